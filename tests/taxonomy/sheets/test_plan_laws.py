"""Laws that hold for any table: no row and no filled cell is lost, order means nothing."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.sheets.planning import plan_import

pytestmark = pytest.mark.thorough

HEADERS = [
    *["incident_id", "interview", "respondent", "region", "valence", "viewpoint", "date"],
    *["headline", "narrative", "translation", "category_1", "category_2", "category_3"],
    *["coder", "note"],
]
MAPPING = {name: name for name in HEADERS if name != "note"}
BLANKS = st.sampled_from(["", "", " "])


def of(*values):
    return st.one_of(BLANKS, st.sampled_from(values))


FREE = st.one_of(BLANKS, st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9))
CODES = of("a", " b", "a|b", "b | c|b", "|a", "NA")
ROW = st.tuples(
    of("1", "2", " 3"),
    of("i1", "i2"),
    of("r1", "r2"),
    of("North", "South", "not stated"),
    of("positive", "NEG", "odd"),
    of("customer", "employee", "Provider"),
    of("2021-01-02", "1/2/2021", "13/2/2021", "soon"),
    FREE,
    FREE,
    FREE,
    CODES,
    CODES,
    CODES,
    of("Ann", "Bob"),
    FREE,
).map(list)
TABLES = st.lists(ROW, max_size=8)
MODES = st.sampled_from(["split", "first"])


def plan(rows, codes="split"):
    return plan_import(
        enumerate(rows, start=2),
        headers=HEADERS,
        mapping=MAPPING,
        country_code=lambda _: None,
        codes=codes,
    )


def everything(result, incident):
    """All texts that an incident and what belongs to it would keep."""
    interview = result.interviews[incident.interview]
    teller = result.respondents[interview.respondent]
    yield from (incident.source_id, incident.translation, incident.told_as, incident.happened_told)
    yield from incident.words.values()
    yield from (interview.key.name, interview.respondent.name, teller.region)
    for moment in incident.moments:
        yield moment.valence
        for coding in moment.codings:
            yield from (coding.coder, *coding.category)


def contradictions(result, incident):
    """What the incident says of a person against an earlier row: an error, so nothing starts."""
    for problem in result.problems:
        if problem.code.endswith("_contradicts") and problem.row == incident.row_number:
            assert result.blocked
            yield problem.params["value"]


@given(TABLES, MODES)
def test_every_row_is_an_incident_refused_or_merged(rows, codes):
    result = plan(rows, codes)
    counts = result.counts
    assert counts.rows == len(rows)
    assert counts.rows == counts.incidents + counts.merged + sum(counts.refused.values())
    kept = [row.number for incident in result.incidents for row in incident.rows]
    numbers = Counter([*kept, *(row.number for row in result.refused)])
    assert numbers == Counter(range(2, len(rows) + 2))


@given(TABLES, MODES)
def test_nothing_typed_is_lost_unless_the_import_is_stopped_and_says_it(rows, codes):
    result = plan(rows, codes)
    typed = dict(enumerate(rows, start=2))
    for incident in result.incidents:
        held = list(everything(result, incident))
        told = list(contradictions(result, incident))
        for row in incident.rows:
            beside = [*row.extras.values(), *row.written.values(), *told]
            for header, cell in zip(HEADERS, typed[row.number], strict=True):
                blank = not cell.strip().strip("\u200b\ufeff\u2060").strip()
                assert blank or _is_kept(cell, held, beside), (header, cell)
    for row in result.refused:
        assert list(row.cells.values()) == [cell for cell in typed[row.number] if cell.strip()]


def _is_kept(cell, held, beside):
    words = " ".join(cell.split())
    return (
        cell.strip() in {text.strip() for text in [*held, *beside]}
        or any(cell in text for text in held)
        or any(words == " ".join(text.split()) for text in held)
    )


@given(TABLES, st.randoms(use_true_random=False))
def test_the_categories_do_not_depend_on_the_order_of_rows(rows, chance):
    rows = [["", *row[1:]] for row in rows]  # without ids, so that no row's words depend on another
    shuffled = rows[:]
    chance.shuffle(shuffled)
    first, second = plan(rows), plan(shuffled)
    assert {(one.path, one.moments) for one in first.categories} == {
        (one.path, one.moments) for one in second.categories
    }
    assert set(first.tree.orphans) == set(second.tree.orphans)
    assert first.counts == second.counts


@given(TABLES, MODES)
def test_categories_form_a_tree_and_every_coding_has_one(rows, codes):
    result = plan(rows, codes)
    paths = [one.path for one in result.categories]
    assert len(paths) == len(set(paths))
    assert {one.parent for one in result.categories} - {None} <= set(paths)
    used = {
        coding.category
        for incident in result.incidents
        for moment in incident.moments
        for coding in moment.codings
    }
    assert used <= set(paths)
    assert all(1 <= one.round <= result.rounds for one in result.categories)


@given(TABLES)
def test_equal_texts_without_ids_never_merge(rows):
    twice = [["", *row[1:]] for row in rows for _ in range(2)]
    assert plan(twice).counts.merged == 0
    random.Random(1).shuffle(twice)
    assert plan(twice).counts.incidents % 2 == 0
