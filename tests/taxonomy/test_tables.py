"""Every output of the compiler against a count made the long way."""

import random

import pytest

from incidents.choices import RoleName
from incidents.jobs import run_now
from incidents.models import Interview, Job
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.revisions import undo
from taxonomy.actions.splitting import split_category, take_back_resort
from taxonomy.choices import Dimension, Origin, Unit, Weight
from taxonomy.models import Category, RegionTally, Round, Scheme, Tally, TallyPointer
from taxonomy.queries import tables
from taxonomy.queries.checks import differences
from taxonomy.queries.schemes import board_of
from taxonomy.queries.tables import answer, with_interviews
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Across, Specification, SpecificationError
from tests.factories import MemberFactory
from tests.taxonomy import brute_force
from tests.taxonomy.actions.resorted import coded, put
from tests.taxonomy.random_study import add_other_scheme, make_random_study

VALUES = {
    "region": ["North", "South", "Not stated"],
    "sector": ["Banks", "Shops", "Not stated"],
    "organization": ["O0", "O1", "Not stated"],
    "country": ["CA", "FR", "Not stated"],
    "viewpoint": ["customer", "provider", "not_stated"],
    "valence": ["positive", "negative", "mixed"],
    "told_as": ["own", "customer", "bystander"],
    "asked_for": ["good", "poor"],
    "language": ["en", "Not stated"],
}
FURTHER = {
    **VALUES,
    "served_by": ["own_site", "elsewhere"],
    "mode": ["video", "not_stated"],
    "interviewer": ["Not stated"],
    "first_told": ["yes", "no"],
    "recall": ["inside", "outside", "not_stated"],
    "since": ["2026-02-01", "2026-03-15"],
    "until": ["2026-02-20", "2026-04-15"],
    "held_since": ["2026-02-01", "2026-03-15"],
    "held_until": ["2026-02-20", "2026-04-15"],
    "q": ["Told 1", "Told 22"],
    "other_category": ["Coarse 0", "Coarse 1"],  # and what is drawn
}
KEPT_COUNTS = [
    Dimension(name)
    for name in ("region", "country", "sector", "organization", "viewpoint", "valence")
]


def draw(rng):
    conditions = conditions_from(VALUES, rng)
    return Specification(
        round=rng.choice((1, 2, 3)),
        by=rng.choice(KEPT_COUNTS),
        where=tuple((field, tuple(values)) for field, values in conditions.items()),
        unit=rng.choice((Unit.MOMENTS, Unit.MOMENTS, Unit.INCIDENTS)),
    ), conditions


def conditions_from(values, rng):
    fields = rng.sample(sorted(values), rng.choice((0, 0, 1, 2)))
    return {
        field: rng.sample(values[field], min(len(values[field]), rng.choice((1, 2))))
        for field in fields
    }


def draw_further(rng, scheme):
    """Draw from everything that can be asked where a second scheme is there."""
    conditions = conditions_from(FURTHER, rng)
    names = [*scheme.study.members.values_list("display_name", flat=True)]
    if "interviewer" in conditions:
        conditions["interviewer"].append(rng.choice(names))
    if "other_category" in conditions:
        standing = Category.objects.filter(scheme__slug="other", merged_into=None).order_by("pk")
        conditions["other_category"] = [f"other: {rng.choice(list(standing)).name}"]
    by, then = rng.sample([*Dimension, Across("other", 1), Across("other", 2)], 2)
    weighted = rng.random() < 0.2
    return Specification(
        round=rng.choice((1, 2, 3)),
        by=by,
        where=tuple((field, tuple(values)) for field, values in conditions.items()),
        unit=Unit.MOMENTS if weighted else rng.choice(list(Unit)),
        then=rng.choice((None, then)),
        weight=Weight.INTERVIEW if weighted else Weight.NONE,
        origin=rng.choice(list(Origin)),
        subtotals=rng.random() < 0.5,
    ), conditions


def counted(table):
    """Return the table's counts by (line, column), without the zeros."""
    cells = {
        (
            ("over", row.node.key) if row.subtotal else row.node.key,
            cell.column.full_name,
        ): cell.count
        for row in table.rows
        for cell in row.cells
    }
    for line in (table.base, *table.residuals):
        cells |= {(line.kind, column.full_name): count for column, count in line.cells}
    return {key: count for key, count in cells.items() if count}


def counted_the_long_way(specification, conditions, lines, other_lines):
    """Count what `draw_further` asks; lines are by round."""
    other = {
        level: {moment.pk: line for moment, line in found} for level, found in other_lines.items()
    }
    how = {"by_event": specification.origin == Origin.EVENT, "other": other}
    coarser = specification.round + 1

    def over(category):
        line = brute_force.up(category, coarser) if coarser <= 3 else None
        return None if isinstance(line, str) else line

    return brute_force.count(
        lines[specification.round],
        specification.by.value,
        conditions,
        specification.unit,
        then=specification.then and specification.then.value,
        over=over if specification.subtotals else None,
        weighted=specification.is_weighted,
        **how,
    )


def build_tally(study):
    [job] = Job.objects.filter(study=study, state="waiting")
    assert run_now(job).state == "done"


@pytest.mark.thorough
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.usefixtures("any_size")
def test_tables_from_tally_and_facts_equal_a_count_made_the_long_way(seed):
    scheme = make_random_study(seed)
    build_tally(scheme.study)
    assert not list(differences(scheme.study))

    rng = random.Random(seed)
    lines = {level: brute_force.lines_of(scheme, level) for level in (1, 2, 3)}
    for _ in range(40):
        specification, conditions = draw(rng)
        expected = brute_force.count(
            lines[specification.round], specification.by, conditions, specification.unit
        )

        assert counted(answer(scheme, specification).table) == expected, specification
        assert counted(answer(scheme, specification, from_facts=True).table) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_everything_that_can_be_asked_is_counted_as_it_is_the_long_way(seed):
    scheme = make_random_study(50 + seed, incidents=25)
    other = add_other_scheme(scheme, seed)
    rng = random.Random(seed)
    lines, other_lines = (
        {level: brute_force.lines_of(one, level) for level in (1, 2, 3)} for one in (scheme, other)
    )
    for _ in range(25):
        specification, conditions = draw_further(rng, scheme)
        expected = counted_the_long_way(specification, conditions, lines, other_lines)

        assert counted(answer(scheme, specification).table) == expected, specification


@pytest.mark.thorough
@pytest.mark.django_db
@pytest.mark.parametrize("seed", [0, 1, 2, 11])
def test_a_table_of_one_category_counts_what_stands_in_it_whatever_the_round(seed):
    scheme = make_random_study(seed)
    lines = {level: brute_force.lines_of(scheme, level) for level in (1, 2, 3)}
    for category in scheme.categories.filter(merged_into=None):
        level = category.round.position
        inside = {moment.pk for moment, line in lines[level] if line == category}
        for round_ in (1, 2, 3):
            kept = [(moment, line) for moment, line in lines[round_] if moment.pk in inside]
            specification = Specification(round_, where=(("category", (str(category.uid),)),))

            expected = brute_force.count(kept, "region", {}, Unit.MOMENTS)
            assert counted(answer(scheme, specification, from_facts=True).table) == expected


@pytest.mark.django_db
def test_base_and_residual_lines_total_the_same_at_every_round():
    scheme = make_random_study(7)

    totals = set()
    for level in (1, 2, 3):
        table = answer(scheme, Specification(level), from_facts=True).table
        totals.add(table.base.total + sum(line.total for line in table.residuals))

    assert len(totals) == 1


@pytest.mark.django_db
def test_a_tally_is_read_and_says_that_it_is_behind():
    scheme = make_random_study(8)
    build_tally(scheme.study)
    fresh = answer(scheme, Specification(1))
    assert (fresh.fresh, fresh.counted_at is None) == (True, False)

    scheme.study.data_seq += 1
    scheme.study.save(update_fields=["data_seq"])

    stale = answer(scheme, Specification(1))
    assert (stale.fresh, stale.data_seq) == (False, fresh.data_seq)


@pytest.mark.django_db
@pytest.mark.usefixtures("any_size")
def test_a_generation_that_goes_while_it_is_read_is_left_for_the_next(monkeypatch):
    """Old generations are forgotten in portions, so half of one may be there for a moment."""
    scheme = make_random_study(8)
    build_tally(scheme.study)
    whole = answer(scheme, Specification(1)).table
    read, pointer = tables._tally_rows, TallyPointer.objects.get(scheme=scheme)

    def switch_and_read_half(model, pointed, *asked):
        if pointed.generation != pointer.generation:
            return read(model, pointed, *asked)
        for rows in (Tally.objects.all(), RegionTally.objects.all()):
            rows.filter(scheme=scheme).update(generation=pointer.generation + 1)
        TallyPointer.objects.filter(scheme=scheme).update(generation=pointer.generation + 1)
        return read(model, pointed, *asked)[::2]

    monkeypatch.setattr(tables, "_tally_rows", switch_and_read_half)

    answered = answer(scheme, Specification(1))

    assert answered.counted_at is not None
    assert answered.table == whole


@pytest.mark.django_db
@pytest.mark.parametrize("from_facts", [False, True])
def test_a_category_made_while_a_page_is_drawn_stands_in_its_table(from_facts):
    """Whoever read the tree before it was made may find moments that are placed in it."""
    drawn = make_random_study(8)
    tree = tree_of(drawn)
    finest = Round.objects.get(scheme=drawn.pk, position=1)
    made = add_category(round=finest, by=None, name="Made meanwhile")
    before = drawn.settlements.filter(category__round=made.round, to_seq=None)
    before.update(category=made)
    build_tally(drawn.study)

    answered = answer(drawn, Specification(1), from_facts=from_facts, tree=tree)

    assert made.pk not in tree.nodes
    assert counted(answered.table)[made.pk, "All"] > 0
    assert answered.revision == drawn.revision + 1


@pytest.mark.django_db
def test_interviews_are_counted_once_per_column_and_unknown_ones_are_not_counted():
    scheme = make_random_study(9)
    answered = with_interviews(answer(scheme, Specification(1), from_facts=True))
    assert answered.table.interviews.total <= Interview.objects.filter(study=scheme.study).count()
    assert answered.table.interviews.total > 0

    scheme.study.respondents.update(implied=True)

    assert with_interviews(answer(scheme, Specification(1))).table.interviews is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("round_", "where", "says"),
    [
        (9, (), "There is no round 9"),
        (1, (("region", ("Mars",)),), "There is no region “Mars”"),
        (1, (("valence", ("lovely",)),), "“lovely” is not a value of valence"),
        (1, (("country", ("Atlantis",)),), "“Atlantis” is not a country"),
        (1, (("category", ("Coarse 0 > nothing",)),), "does not name one category"),
    ],
)
def test_what_cannot_be_asked_is_answered_by_a_sentence(round_, where, says):
    scheme = make_random_study(10, incidents=6)

    with pytest.raises(SpecificationError, match=says):
        answer(scheme, Specification(round_, where=where))


@pytest.mark.django_db
def test_where_a_category_has_left_that_the_tally_still_names_the_facts_are_read():
    coder = MemberFactory(roles=[RoleName.ADMIN, RoleName.CODER])
    rounds, categories = [{"position": 1, "name": "Fine"}], [{"round": 1, "name": "Talk"}]
    scheme = start_scheme(
        study=coder.study, slug="s", name="S", by=coder, rounds=rounds, categories=categories
    )
    moment = coded(scheme, coder, "Talk").moment
    parted = split_category(category=scheme.categories.get(), names=["L", "S"], by=coder)
    sorted_again = put(coder, moment, "L", "Talk")
    build_tally(scheme.study)
    take_back_resort(coding=sorted_again, by=coder)
    undo(revision=parted, by=coder)
    before = Scheme.objects.get(pk=scheme.pk)

    answered = answer(before, Specification(1))

    assert [(row.node.name, row.cells[0].count) for row in answered.table.rows] == [("Talk", 1)]
    assert (answered.counted_at, answered.fresh) == (None, True)
    (talk,) = board_of(before, counted=True)[0].groups[0].cards
    assert talk.moments == 1
