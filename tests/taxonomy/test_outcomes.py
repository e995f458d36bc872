"""What counts for a moment, decided from answers and terms alone."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.choices import Outcome
from taxonomy.tabulation.outcomes import (
    UNCLASSIFIABLE,
    Answer,
    Decision,
    Terms,
    contested_keys,
    decide,
)

CASES = {
    "nobody was asked or answered": ([], set(), None),
    "asked, but nobody answered": ([], {1, 2}, None),
    "one asked, one answered": ([(1, 7)], {1}, Decision(Outcome.SINGLE, 7)),
    "brought by a file": ([(1, 7)], set(), Decision(Outcome.SINGLE, 7)),
    "another was asked too": ([(1, 7)], {1, 2}, Decision(Outcome.WAITING)),
    "two agree": ([(1, 7), (2, 7)], {1, 2}, Decision(Outcome.AGREED, 7)),
    "two differ": (
        [(1, 9), (2, 7)],
        {1, 2},
        Decision(Outcome.IN_DISPUTE, contested=(7, 9)),
    ),
    "two differ while a third is asked": (
        [(1, 9), (2, 7)],
        {1, 2, 3},
        Decision(Outcome.WAITING),
    ),
    "one cannot, one can": (
        [(1, UNCLASSIFIABLE), (2, 7)],
        {1, 2},
        Decision(Outcome.IN_DISPUTE, contested=(0, 7)),
    ),
    "the only one cannot": ([(1, UNCLASSIFIABLE)], {1}, Decision(Outcome.UNCLASSIFIABLE)),
    "nobody can": (
        [(1, UNCLASSIFIABLE), (2, UNCLASSIFIABLE)],
        {1, 2},
        Decision(Outcome.UNCLASSIFIABLE),
    ),
    "three, one apart": (
        [(1, 7), (2, 7), (3, 9)],
        {1, 2, 3},
        Decision(Outcome.IN_DISPUTE, contested=(7, 9)),
    ),
    "a file and a coder agree": ([(8, 7), (1, 7)], {1}, Decision(Outcome.AGREED, 7)),
}

TWO_OF_TWO, TWO_DIFFER = [(1, 7), (2, 7)], [(1, 7), (2, 9)]
TWO_OF_THREE, TWO_OF_FOUR = [*TWO_OF_TWO, (3, 9)], [*TWO_OF_TWO, (3, 9), (4, 0)]
DISPUTE = Decision(Outcome.IN_DISPUTE, contested=(7, 9))
OF_FOUR = Decision(Outcome.IN_DISPUTE, contested=(0, 7, 9))

ON_TERMS = {
    "agreed, and the batch open": (TWO_OF_TWO, {"closed": True}, Decision(Outcome.WAITING)),
    "decided, and the batch open": (
        TWO_DIFFER,
        {"closed": True, "adjudicated": 9},
        Decision(Outcome.WAITING),
    ),
    "nobody answered, and the batch open": ([], {"closed": True}, None),
    "two of three": (TWO_OF_THREE, {"majority": True}, Decision(Outcome.MAJORITY, 7)),
    "two of three without the rule": (TWO_OF_THREE, {}, DISPUTE),
    "two of four": (TWO_OF_FOUR, {"majority": True}, OF_FOUR),
    "three of four": ([*TWO_OF_THREE, (4, 7)], {"majority": True}, Decision(Outcome.MAJORITY, 7)),
    "one of two is no majority": (TWO_DIFFER, {"majority": True}, DISPUTE),
    "all of three": (
        [*TWO_OF_TWO, (3, 7)],
        {"majority": True},
        Decision(Outcome.AGREED, 7),
    ),
    "most say that it cannot be": (
        [(1, UNCLASSIFIABLE), (2, UNCLASSIFIABLE), (3, 7)],
        {"majority": True},
        Decision(Outcome.UNCLASSIFIABLE),
    ),
    "two of three while a fourth is asked": (
        TWO_OF_THREE,
        {"majority": True, "assigned": {1, 2, 3, 4}},
        Decision(Outcome.WAITING),
    ),
    "decided": (TWO_DIFFER, {"adjudicated": 9}, Decision(Outcome.ADJUDICATED, 9)),
    "decided for what nobody said": (
        TWO_DIFFER,
        {"adjudicated": 8},
        Decision(Outcome.ADJUDICATED, 8),
    ),
    "decided against most": (
        TWO_OF_THREE,
        {"majority": True, "adjudicated": 9},
        Decision(Outcome.ADJUDICATED, 9),
    ),
    "decided that it cannot be": (
        TWO_DIFFER,
        {"adjudicated": UNCLASSIFIABLE},
        Decision(Outcome.UNCLASSIFIABLE),
    ),
}


@pytest.mark.parametrize(("answers", "terms", "expected"), ON_TERMS.values(), ids=ON_TERMS)
def test_what_counts_is_decided_on_the_terms_of_the_batch(answers, terms, expected):
    assert decide([Answer(*answer) for answer in answers], Terms(**terms)) == expected


@pytest.mark.parametrize(("answers", "assigned", "expected"), CASES.values(), ids=CASES)
def test_what_counts_is_decided_from_answers_and_assignments(answers, assigned, expected):
    assert decide([Answer(*answer) for answer in answers], Terms(assigned)) == expected


coders = st.integers(1, 5)
answers_of_coders = st.dictionaries(coders, st.integers(0, 6)).map(
    lambda given: [Answer(coder, category) for coder, category in given.items()]
)


@given(answers_of_coders, st.sets(coders), st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(answers, assigned, random):
    shuffled = random.sample(answers, len(answers))
    assert decide(shuffled, Terms(assigned)) == decide(answers, Terms(assigned))


@given(answers_of_coders, st.sets(coders), st.data())
def test_an_answer_that_is_heard_twice_counts_once(answers, assigned, data):
    again = data.draw(st.lists(st.sampled_from(answers), max_size=3)) if answers else []
    assert decide([*answers, *again], Terms(assigned)) == decide(answers, Terms(assigned))


@given(answers_of_coders, st.sets(coders))
def test_other_names_for_categories_change_nothing_else(answers, assigned):
    """No relation between categories plays a part: any renaming gives the renamed decision."""
    before = decide(answers, Terms(assigned))
    renamed = [Answer(a.coder, a.category and 100 - a.category) for a in answers]
    after = decide(renamed, Terms(assigned))

    assert (before is None) == (after is None)
    if before and after:
        assert after.outcome == before.outcome
        assert after.category == (100 - before.category if before.category else None)
        assert set(after.contested) == {key and 100 - key for key in before.contested}


@given(answers_of_coders, st.sets(coders))
def test_a_category_counts_only_if_every_answer_names_it(answers, assigned):
    decision = decide(answers, Terms(assigned))
    if decision and decision.category is not None:
        assert {answer.category for answer in answers} == {decision.category}
        assert set(assigned) <= {answer.coder for answer in answers}


any_terms = st.builds(
    Terms,
    assigned=st.sets(coders),
    closed=st.booleans(),
    majority=st.booleans(),
    adjudicated=st.none() | st.integers(0, 6),
)


@given(answers_of_coders, any_terms, st.randoms(use_true_random=False))
def test_on_any_terms_neither_order_nor_hearing_twice_matters(answers, terms, random):
    again = random.sample(answers, len(answers)) + answers[:2]
    assert decide(again, terms) == decide(answers, terms)


@given(answers_of_coders, answers_of_coders, any_terms)
def test_what_is_given_in_an_open_batch_tells_nothing_but_that_it_was(one, other, terms):
    open_ = dataclasses.replace(terms, closed=True)
    if one and other:
        assert decide(one, open_) == decide(other, open_) == Decision(Outcome.WAITING)


@given(answers_of_coders, any_terms)
def test_a_majority_is_what_more_than_half_of_three_or_more_said(answers, terms):
    decision = decide(answers, terms)
    if decision and decision.outcome == Outcome.MAJORITY:
        said = [answer.category for answer in answers].count(decision.category)
        assert terms.majority
        assert len(answers) >= 3
        assert len(answers) / 2 < said < len(answers)


@given(answers_of_coders, any_terms)
def test_what_was_adjudicated_is_the_answer_wherever_there_is_one(answers, terms):
    decision = decide(answers, terms)
    if decision and decision.outcome != Outcome.WAITING and terms.adjudicated is not None:
        assert decision == (
            Decision(Outcome.ADJUDICATED, terms.adjudicated)
            if terms.adjudicated
            else Decision(Outcome.UNCLASSIFIABLE)
        )


@given(st.sets(st.integers(0, 10_000), min_size=2))
def test_contested_categories_are_read_back_from_their_text(keys):
    decision = Decision(Outcome.IN_DISPUTE, contested=tuple(sorted(keys)))
    assert contested_keys(decision.contested_text) == decision.contested


def test_nothing_contested_is_no_text():
    assert Decision(Outcome.WAITING).contested_text == ""
    assert contested_keys("") == ()
