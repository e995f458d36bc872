"""What tables tell of single organizations to who may not know their names."""

import itertools

import pytest

from incidents.models import Study
from taxonomy.choices import Dimension, Residual
from taxonomy.queries import protection
from taxonomy.queries.protection import (
    EVERYTHING,
    hidden_organizations,
    hidden_places,
    protected,
    tells_organizations,
)
from taxonomy.queries.tables import answer, with_interviews
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.concealing import BASE
from taxonomy.tabulation.rollup import ALL
from taxonomy.tabulation.specification import Specification, SpecificationError
from tests.factories import OrganizationFactory
from tests.reports.told import make_world, tell

BY_ORGANIZATION = Specification(2, by=Dimension.ORGANIZATION)


@pytest.fixture
def world(db):
    """Return a study with a bank of which much is told, one of a little, and one of very little."""
    world = make_world()
    world.large = world.organization
    world.small, world.tiny = (
        OrganizationFactory(study=world.study, sector=world.large.sector, code=code)
        for code in ("S-1", "T-1")
    )
    for organization, category, moments in (
        (world.large, world.warm, (4, 4, 4)),
        (world.large, world.quick, (3, 3, 3)),
        (world.small, world.warm, (3, 2, 2)),
        (world.small, world.quick, (2, 2, 2)),
        (world.tiny, world.warm, (2,)),
    ):
        world.organization = organization
        for number in moments:
            tell(world, "told", category=category, moments=number)
    return world


def counts(world, specification, *, names):
    """Return every figure by line and column; None where it is not shown."""
    counted = answer(world.scheme, specification, names=names)
    table = with_interviews(protected(counted, names=names)).table
    found = {
        (row.node.name, cell.column.name): None if cell.hidden else cell.count
        for row in table.rows
        for cell in row.cells
    }
    for line in (table.base, table.interviews, *table.residuals):
        for column, count in line.cells:
            found[line.kind, column.name] = None if column.key in line.hidden else count
    return found


def test_who_may_read_names_sees_every_figure(world):
    figures = counts(world, BY_ORGANIZATION, names=True)

    assert None not in figures.values()
    assert figures["Service", world.tiny.name] == 2


def test_too_little_is_hidden_and_so_is_what_would_tell_it(world):
    figures = counts(world, BY_ORGANIZATION, names=False)

    assert figures["Service", "T-1"] is None
    assert figures[BASE, "T-1"] is None
    assert figures["interviews", "T-1"] is None
    assert figures["Service", "All"] == 36
    assert [figures["Service", code] for code in ("B-17", "S-1")] == [21, None]
    assert [figures[BASE, code] for code in ("B-17", "S-1")] == [21, None]
    assert figures[Residual.NOT_CODED, "B-17"] == 0


def test_a_table_without_organizations_is_as_it_is(world):
    plain = Specification(1, by=Dimension.REGION)

    assert not tells_organizations(plain)
    assert counts(world, plain, names=False) == counts(world, plain, names=True)


def test_many_moments_of_two_people_are_still_too_little(world):
    world.organization = OrganizationFactory(study=world.study, code="TWO")
    for _ in range(2):
        tell(world, "told", category=world.warm, moments=9)

    figures = counts(world, BY_ORGANIZATION, names=False)
    assert figures["Service", "TWO"] is None

    tell(world, "told", category=world.warm)
    assert counts(world, BY_ORGANIZATION, names=False)["Service", "TWO"] == 19


def test_the_threshold_is_that_of_the_study(world):
    Study.objects.filter(pk=world.study.pk).update(confidentiality_threshold=14)

    figures = counts(world, BY_ORGANIZATION, names=False)

    assert [figures["Service", code] for code in ("S-1", "T-1", "B-17")] == [None, None, 21]


def test_a_finer_round_tells_nothing_that_a_coarser_one_hides(world):
    coarse = hidden_places(world.scheme, BY_ORGANIZATION, tree_of(world.scheme))
    fine = hidden_places(
        world.scheme, Specification(1, by=Dimension.ORGANIZATION), tree_of(world.scheme)
    )
    keys = [world.tiny.pk, world.small.pk]

    assert {(world.service.pk, key) for key in keys} <= coarse
    assert {(world.warm.pk, world.tiny.pk), (world.service.pk, world.tiny.pk)} <= fine
    for key in keys:  # of what is hidden together at least two parts are
        assert sum((row.pk, key) in fine for row in (world.warm, world.quick)) != 1 or (
            (BASE, key) in fine
        )


def test_one_organization_filtered_by_shows_what_its_column_shows(world):
    large = Specification(
        1, by=Dimension.REGION, where=(("organization", (str(world.large.uid),)),)
    )
    column = counts(world, Specification(1, by=Dimension.ORGANIZATION), names=False)
    figures = counts(world, large, names=False)

    assert figures["Warm", "All"] == column["Warm", "B-17"]
    for organization in (world.tiny, world.small):
        asked = (("organization", (str(organization.uid),)),)
        with pytest.raises(SpecificationError, match="Too little"):
            protected(answer(world.scheme, Specification(1, where=asked), names=False), names=False)


def test_organizations_stand_alone_where_names_are_not_shown(world):
    nested = Specification(1, by=Dimension.REGION, then=Dimension.ORGANIZATION)

    with pytest.raises(SpecificationError, match="cannot be combined"):
        protected(answer(world.scheme, nested, names=False), names=False)
    assert protected(answer(world.scheme, nested), names=True).table.rows


def test_the_smallest_organizations_have_no_number_in_the_grid_either(world):
    assert hidden_organizations(world.study) == {world.tiny.pk, world.small.pk}
    places = hidden_places(world.scheme, BY_ORGANIZATION, tree_of(world.scheme))
    assert {key for line, key in places if line == EVERYTHING} == {world.tiny.pk, world.small.pk}


def test_figures_are_hidden_by_what_is_known_of_the_same_data(world):
    """More is told between counting and hiding: the figures of before would tell too much."""
    counted = answer(world.scheme, BY_ORGANIZATION, names=False)
    world.organization = world.tiny
    for _interview in range(4):
        tell(world, "told meanwhile", category=world.warm, moments=3)

    table = protected(counted, names=False).table

    base = {column.name: count for column, count in table.base.cells}
    assert table.base.hidden == frozenset()
    assert (base["T-1"], base["S-1"], base["B-17"]) == (14, 13, 21)


def test_what_never_stands_still_is_not_shown(world, monkeypatch):
    def tell_meanwhile(*given):
        tell(world, "told meanwhile", category=world.warm)
        return hidden_places(*given)

    monkeypatch.setattr(protection, "hidden_places", tell_meanwhile)
    counted = answer(world.scheme, BY_ORGANIZATION, names=False)

    with pytest.raises(SpecificationError, match="Look again in a moment"):
        protected(counted, names=False)


def test_a_share_of_a_hidden_base_is_not_shown(world):
    world.organization = world.small
    tell(world, "told", category=world.quick, moments=40)
    counted = answer(world.scheme, Specification(1, by=Dimension.ORGANIZATION), names=False)
    table = protected(counted, names=False).table

    for row, (place, column) in itertools.product(table.rows, enumerate(table.columns)):
        if column.key in table.base.hidden and not row.cells[place].hidden:
            assert row.cells[place].percent is None
        assert column.key != ALL or not row.cells[place].hidden
