"""What counts for a moment: written once, numbered by the study."""

import pytest
from django.db import IntegrityError, transaction

from incidents.actions.numbering import change_facts
from incidents.choices import RoleName
from taxonomy.actions.bringing import Brought, bring_first_codings
from taxonomy.actions.settling import decisions_for, settle
from taxonomy.choices import BatchKind, BatchState, Outcome, Purpose
from taxonomy.models import Adjudication, Assignment, Batch, Category, Coding, Settlement
from taxonomy.tabulation.outcomes import contested_keys
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.taxonomy.factories import AssignmentFactory, CategoryFactory, SchemeFactory

# -- The rows ----------------------------------------------------------------------------------


@pytest.fixture
def scheme(db):
    return SchemeFactory(categories=["Listening", "Waiting"])


@pytest.fixture
def moment(scheme):
    return IncidentFactory(study=scheme.study).moments.get()


def named(scheme, name):
    return Category.objects.get(scheme=scheme, name=name)


def coded(moment, scheme, category=None, *, coder=None, **fields):
    coder = coder or MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    if category is None:
        fields = {"unclassifiable": "other", **fields}
    return Coding.objects.create(
        scheme=scheme,
        moment=moment,
        coder=coder,
        category=category,
        scheme_revision=scheme.revision,
        seq=0,
        **fields,
    )


def settle_now(scheme, *moments):
    with transaction.atomic():
        seq = change_facts(scheme.study)
        return seq, settle(moments=[moment.pk for moment in moments], scheme=scheme, seq=seq)


def standing(scheme, moment):
    return Settlement.objects.get(scheme=scheme, moment=moment, to_seq=None)


def test_settling_writes_what_counts_under_the_number_given(scheme, moment):
    coded(moment, scheme, named(scheme, "Listening"))

    seq, changed = settle_now(scheme, moment)

    row = standing(scheme, moment)
    assert changed == 1
    assert (row.outcome, row.category.name, row.from_seq) == (Outcome.SINGLE, "Listening", seq)


def test_first_codings_are_settled_as_a_look_at_all_would_settle_them(scheme):
    listening, waiting = named(scheme, "Listening"), named(scheme, "Waiting")
    said = [(listening,), (listening, listening), (listening, waiting), (None,), (None, waiting)]
    coders = [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in range(2)]
    moments = [IncidentFactory(study=scheme.study).moments.get() for _ in said]
    brought = [
        Brought(moment.pk, coder, category, "" if category else "other")
        for moment, categories in zip(moments, said, strict=True)
        for coder, category in zip(coders, categories, strict=False)
    ]
    with transaction.atomic():
        seq = change_facts(scheme.study)
        bring_first_codings(scheme=scheme, brought=brought, seq=seq)

    assert [standing(scheme, moment).outcome for moment in moments] == [
        Outcome.SINGLE,
        Outcome.AGREED,
        Outcome.IN_DISPUTE,
        Outcome.UNCLASSIFIABLE,
        Outcome.IN_DISPUTE,
    ]
    before = list(Settlement.objects.order_by("pk").values())
    assert settle_now(scheme, *moments)[1] == 0
    assert list(Settlement.objects.order_by("pk").values()) == before


def test_settling_again_writes_nothing(scheme, moment):
    coded(moment, scheme, named(scheme, "Listening"))
    settle_now(scheme, moment)
    before = list(Settlement.objects.values())

    _seq, changed = settle_now(scheme, moment, moment)

    assert changed == 0
    assert list(Settlement.objects.values()) == before


def test_a_moment_named_twice_is_settled_once(scheme, moment):
    coded(moment, scheme, named(scheme, "Listening"))
    assert settle_now(scheme, moment, moment)[1] == 1
    assert Settlement.objects.count() == 1


def test_many_moments_are_settled_in_portions(scheme, monkeypatch):
    monkeypatch.setattr("taxonomy.actions.settling.PORTION", 2)
    moments = [IncidentFactory(study=scheme.study).moments.get() for _ in range(5)]
    for moment in moments:
        coded(moment, scheme, named(scheme, "Listening"))

    assert settle_now(scheme, *moments)[1] == 5
    assert Settlement.objects.filter(to_seq=None).count() == 5
    assert settle_now(scheme, *moments)[1] == 0


def test_another_outcome_closes_the_one_before_and_opens_the_next_at_the_same_number(
    scheme, moment
):
    coded(moment, scheme, named(scheme, "Listening"))
    first, _ = settle_now(scheme, moment)
    coded(moment, scheme, named(scheme, "Waiting"))

    second, changed = settle_now(scheme, moment)

    rows = list(Settlement.objects.order_by("pk").values_list("outcome", "from_seq", "to_seq"))
    assert changed == 1
    assert rows == [(Outcome.SINGLE, first, second), (Outcome.IN_DISPUTE, second, None)]


def test_two_outcomes_under_one_number_leave_the_last(scheme, moment):
    """Nobody has seen the first: it was never committed."""
    with transaction.atomic():
        seq = change_facts(scheme.study)
        first = coded(moment, scheme, named(scheme, "Listening"))
        settle(moments=[moment.pk], scheme=scheme, seq=seq)
        coded(moment, scheme, named(scheme, "Waiting"), coder=first.coder, supersedes=first)
        settle(moments=[moment.pk], scheme=scheme, seq=seq)

    row = Settlement.objects.get()
    assert (row.category.name, row.from_seq, row.to_seq) == ("Waiting", seq, None)


def test_a_dispute_lists_its_categories_sorted_and_is_no_category(scheme, moment):
    first, second = named(scheme, "Listening"), named(scheme, "Waiting")
    for category in (second, first, None):
        coded(moment, scheme, category)
    settle_now(scheme, moment)

    row = standing(scheme, moment)
    assert row.category is None
    assert contested_keys(row.contested) == (0, first.pk, second.pk)


def test_merging_the_contested_categories_leaves_the_settlement_a_dispute(scheme, moment):
    first, second = named(scheme, "Listening"), named(scheme, "Waiting")
    coded(moment, scheme, first)
    coded(moment, scheme, second)
    settle_now(scheme, moment)
    Category.objects.filter(pk=second.pk).update(merged_into=first)

    _seq, changed = settle_now(scheme, moment)

    assert changed == 0
    assert standing(scheme, moment).outcome == Outcome.IN_DISPUTE


def test_while_somebody_assigned_has_not_answered_it_waits(scheme, moment):
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    AssignmentFactory(scheme=scheme, moment=moment, coder=coder, sole=False)
    coded(moment, scheme, named(scheme, "Listening"))
    settle_now(scheme, moment)
    assert standing(scheme, moment).outcome == Outcome.WAITING

    coded(moment, scheme, named(scheme, "Listening"), coder=coder)
    settle_now(scheme, moment)
    assert standing(scheme, moment).outcome == Outcome.AGREED


def test_an_assignment_in_another_scheme_keeps_nothing_waiting(scheme, moment):
    other = SchemeFactory(study=scheme.study, categories=["Cause"])
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    AssignmentFactory(scheme=other, moment=moment, coder=coder)
    coded(moment, scheme, named(scheme, "Listening"))

    settle_now(scheme, moment)

    assert standing(scheme, moment).outcome == Outcome.SINGLE


def test_answers_for_training_and_keys_do_not_count(scheme, moment):
    coded(moment, scheme, named(scheme, "Listening"), purpose=Purpose.TRAINING)
    coded(moment, scheme, named(scheme, "Waiting"), purpose=Purpose.KEY)
    assert decisions_for([moment.pk], scheme) == {}


def test_of_one_coders_answers_for_two_purposes_the_later_counts(scheme, moment):
    first = coded(moment, scheme, named(scheme, "Listening"))
    coded(moment, scheme, named(scheme, "Waiting"), coder=first.coder, purpose=Purpose.IMPORT)
    settle_now(scheme, moment)
    assert standing(scheme, moment).category.name == "Waiting"


def test_coding_again_to_measure_drift_changes_nothing_that_counts(scheme, moment):
    first = coded(moment, scheme, named(scheme, "Listening"))
    settle_now(scheme, moment)
    again = Batch.objects.create(scheme=scheme, name="Again", kind=BatchKind.RECODE)
    given = Assignment.objects.create(batch=again, moment=moment, coder=first.coder)
    assert settle_now(scheme, moment)[1] == 0
    coded(
        moment,
        scheme,
        named(scheme, "Waiting"),
        coder=first.coder,
        purpose=Purpose.RECODE,
        assignment=given,
    )
    assert settle_now(scheme, moment)[1] == 0


def several(scheme, moment, *names, **batch):
    """Some who coded the moment in a batch of several; returns the assignments."""
    row = Batch.objects.create(scheme=scheme, name="Overlap", kind=BatchKind.PLAN, **batch)
    made = []
    for name in names:
        coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
        given = Assignment.objects.create(batch=row, moment=moment, coder=coder)
        coded(moment, scheme, named(scheme, name), coder=coder, assignment=given)
        made.append(given)
    return made


def test_what_several_code_waits_until_their_batch_is_locked(scheme, moment):
    several(scheme, moment, "Listening", "Listening")
    settle_now(scheme, moment)
    assert standing(scheme, moment).outcome == Outcome.WAITING

    Batch.objects.filter(name="Overlap").update(state=BatchState.LOCKED)
    settle_now(scheme, moment)
    assert standing(scheme, moment).outcome == Outcome.AGREED


def test_most_decide_where_the_batch_says_so(scheme, moment):
    names = ("Listening", "Listening", "Waiting")
    several(scheme, moment, *names, majority=True, state=BatchState.LOCKED)
    settle_now(scheme, moment)
    row = standing(scheme, moment)
    assert (row.outcome, row.category.name) == (Outcome.MAJORITY, "Listening")


def test_what_is_given_late_counts_when_all_of_it_is(scheme, moment):
    *_given, late = several(
        scheme, moment, "Listening", "Listening", "Waiting", state=BatchState.LOCKED
    )
    Assignment.objects.filter(pk=late.pk).update(late=True)
    settle_now(scheme, moment)
    assert standing(scheme, moment).outcome == Outcome.AGREED

    Assignment.objects.filter(pk=late.pk).update(late=False)
    settle_now(scheme, moment)
    assert standing(scheme, moment).outcome == Outcome.IN_DISPUTE


@pytest.mark.parametrize("one", [True, False])
def test_what_was_adjudicated_counts_until_it_is_reopened(scheme, moment, one):
    """Whether the moment is settled by itself, in SQL that is kept, or among others."""
    several(scheme, moment, "Listening", "Waiting", state=BatchState.LOCKED)
    decided = adjudicated(scheme, moment, category=named(scheme, "Waiting"))
    others = [] if one else [IncidentFactory(study=scheme.study).moments.get()]
    settle_now(scheme, moment, *others)
    row = standing(scheme, moment)
    assert (row.outcome, row.category.name) == (Outcome.ADJUDICATED, "Waiting")

    Adjudication.objects.filter(pk=decided.pk).update(to_seq=99)
    settle_now(scheme, moment, *others)
    assert standing(scheme, moment).outcome == Outcome.IN_DISPUTE


def test_it_may_be_decided_that_a_moment_cannot_be_classified(scheme, moment):
    several(scheme, moment, "Listening", "Waiting", state=BatchState.LOCKED)
    adjudicated(scheme, moment, unclassifiable="other")
    settle_now(scheme, moment)
    assert standing(scheme, moment).outcome == Outcome.UNCLASSIFIABLE


def adjudicated(scheme, moment, **said):
    fields = {"scheme_revision": 0, "from_seq": 1, "by_coder": False, "reason": "Read again."}
    member = MemberFactory(study=scheme.study)
    return Adjudication.objects.create(
        scheme=scheme, moment=moment, member=member, **(fields | said)
    )


def test_superseded_and_taken_back_answers_do_not_count(scheme, moment):
    first = coded(moment, scheme, named(scheme, "Listening"))
    settle_now(scheme, moment)
    Coding.objects.create(
        scheme=scheme,
        moment=moment,
        coder=first.coder,
        taken_back=True,
        supersedes=first,
        scheme_revision=0,
        seq=0,
    )

    seq, changed = settle_now(scheme, moment)

    assert changed == 1
    assert Settlement.objects.get().to_seq == seq


def test_settling_asks_as_many_queries_for_one_moment_as_for_thirty(
    scheme, django_assert_num_queries
):
    for number in (1, 30):
        moments = [IncidentFactory(study=scheme.study).moments.get() for _ in range(number)]
        for moment in moments:
            coded(moment, scheme, named(scheme, "Listening"))
        with transaction.atomic():
            seq = change_facts(scheme.study)
            with django_assert_num_queries(4):
                settle(moments=[moment.pk for moment in moments], scheme=scheme, seq=seq)


# -- Invariants in the database ----------------------------------------------------------------


def settlement(scheme, moment, **fields):
    fields = {"outcome": Outcome.WAITING, "from_seq": 1, **fields}
    return Settlement.objects.create(scheme=scheme, moment=moment, **fields)


def test_a_moment_has_one_open_settlement_in_a_scheme(scheme, moment):
    settlement(scheme, moment)
    with pytest.raises(IntegrityError):
        settlement(scheme, moment, from_seq=2)


def test_a_settled_moment_has_a_category(scheme, moment):
    with pytest.raises(IntegrityError):
        settlement(scheme, moment, outcome=Outcome.SINGLE)


def test_an_unsettled_moment_has_no_category(scheme, moment):
    with pytest.raises(IntegrityError):
        settlement(scheme, moment, category=named(scheme, "Listening"))


def test_a_dispute_names_what_is_contested(scheme, moment):
    with pytest.raises(IntegrityError):
        settlement(scheme, moment, outcome=Outcome.IN_DISPUTE)


@pytest.mark.parametrize("to_seq", [4, 5])
def test_a_settlement_ends_after_it_began(scheme, moment, to_seq):
    with pytest.raises(IntegrityError):
        settlement(scheme, moment, from_seq=5, to_seq=to_seq)


def test_a_moment_has_one_adjudication_that_stands_in_a_scheme(scheme, moment):
    adjudicated(scheme, moment, unclassifiable="other", to_seq=3)
    adjudicated(scheme, moment, unclassifiable="other", from_seq=3)
    with pytest.raises(IntegrityError):
        adjudicated(scheme, moment, unclassifiable="other", from_seq=4)


@pytest.mark.parametrize("says", ["nothing", "both"])
def test_an_adjudication_says_one_thing(scheme, moment, says):
    category = named(scheme, "Waiting") if says == "both" else None
    with pytest.raises(IntegrityError):
        adjudicated(scheme, moment, category=category, unclassifiable="other" if category else "")


@pytest.mark.parametrize("to_seq", [4, 5])
def test_an_adjudication_is_reopened_after_it_was_made(scheme, moment, to_seq):
    with pytest.raises(IntegrityError):
        adjudicated(scheme, moment, unclassifiable="other", from_seq=5, to_seq=to_seq)


def test_a_coder_has_a_moment_once_in_a_batch(scheme, moment):
    coder = MemberFactory(study=scheme.study)
    AssignmentFactory(scheme=scheme, moment=moment, coder=coder, sole=False)
    with pytest.raises(IntegrityError):
        AssignmentFactory(scheme=scheme, moment=moment, coder=coder, sole=False)


def test_a_moment_given_to_one_coder_is_given_to_no_other(scheme, moment):
    AssignmentFactory(scheme=scheme, moment=moment, coder=MemberFactory(study=scheme.study))
    with pytest.raises(IntegrityError):
        AssignmentFactory(scheme=scheme, moment=moment, coder=MemberFactory(study=scheme.study))


def test_a_scheme_has_one_open_batch_for_each_moment_once(scheme):
    with pytest.raises(IntegrityError):
        scheme.batches.create(name="Again")


def test_a_coders_first_answer_for_a_purpose_is_one(scheme, moment):
    first = coded(moment, scheme, named(scheme, "Listening"))
    with pytest.raises(IntegrityError):
        coded(moment, scheme, named(scheme, "Waiting"), coder=first.coder)


def test_an_answer_is_superseded_once(scheme, moment):
    first = coded(moment, scheme, named(scheme, "Listening"))
    coded(moment, scheme, named(scheme, "Waiting"), coder=first.coder, supersedes=first)
    with pytest.raises(IntegrityError):
        coded(moment, scheme, named(scheme, "Waiting"), coder=first.coder, supersedes=first)


@pytest.mark.parametrize(
    "fields",
    [
        {"unclassifiable": "", "taken_back": False},
        {"unclassifiable": "", "taken_back": True},  # of nothing
    ],
)
def test_an_answer_says_something(scheme, moment, fields):
    with pytest.raises(IntegrityError):
        coded(moment, scheme, **fields)


@pytest.mark.parametrize("fields", [{"unclassifiable": "other"}, {"taken_back": True}])
def test_an_answer_says_one_thing(scheme, moment, fields):
    with pytest.raises(IntegrityError):
        coded(moment, scheme, named(scheme, "Listening"), **fields)


def test_names_repeat_under_different_parents_but_not_under_one(scheme):
    fine = scheme.rounds.get()
    first, second = named(scheme, "Listening"), named(scheme, "Waiting")
    CategoryFactory(round=fine, parent=first, name="Late")
    CategoryFactory(round=fine, parent=second, name="Late")
    with pytest.raises(IntegrityError):
        CategoryFactory(round=fine, parent=first, name="Late")


def test_names_without_a_parent_do_not_repeat(scheme):
    with pytest.raises(IntegrityError):
        CategoryFactory(round=scheme.rounds.get(), name="Listening")


@pytest.mark.parametrize("field", ["parent", "merged_into"])
def test_no_category_is_above_or_behind_itself(scheme, field):
    category = named(scheme, "Listening")
    with pytest.raises(IntegrityError):
        Category.objects.filter(pk=category.pk).update(**{field: category})


def test_a_position_is_one_round(scheme):
    with pytest.raises(IntegrityError):
        scheme.rounds.create(position=1, name="Again", exists=True)


def test_a_short_name_is_one_scheme_of_a_study(scheme):
    SchemeFactory(slug=scheme.slug, study=StudyFactory())
    with pytest.raises(IntegrityError):
        SchemeFactory(slug=scheme.slug, study=scheme.study)


def test_a_revision_number_is_one_revision(scheme):
    scheme.revisions.create(number=7, verb="add")
    with pytest.raises(IntegrityError):
        scheme.revisions.create(number=7, verb="add")


def test_a_revision_is_undone_once(scheme):
    first = scheme.revisions.create(number=7, verb="add")
    scheme.revisions.create(number=8, verb="undo", undoes=first)
    with pytest.raises(IntegrityError):
        scheme.revisions.create(number=9, verb="undo", undoes=first)


def test_a_revision_touches_an_object_once(scheme):
    revision = scheme.revisions.create(number=7, verb="add")
    uid = named(scheme, "Listening").uid
    revision.changes.create(object_type="category", object_uid=uid)
    with pytest.raises(IntegrityError):
        revision.changes.create(object_type="category", object_uid=uid)


def test_a_revision_touches_rounds_and_categories_only(scheme):
    revision = scheme.revisions.create(number=7, verb="add")
    with pytest.raises(IntegrityError):
        revision.changes.create(object_type="coding", object_uid=scheme.uid)
