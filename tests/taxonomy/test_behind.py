"""Behind every cell stand exactly the units it counts."""

import dataclasses
import random

import pytest

from incidents.choices import IncidentState
from taxonomy.choices import Residual, Unit
from taxonomy.queries.axes import axes_of
from taxonomy.queries.behind import BASE, incidents_of, moments_behind
from taxonomy.queries.settled import settlements_in
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification
from tests.taxonomy import brute_force
from tests.taxonomy.random_study import add_other_scheme, make_random_study
from tests.taxonomy.test_tables import draw, draw_further


def cells_of(table):
    """Return every cell as (line, column, count): categories, the base, the residuals."""
    for row in table.rows:
        yield from ((row.node, cell.column, cell.count) for cell in row.cells)
    for line in (table.base, *table.residuals):
        name = BASE if line.kind == BASE else Residual(line.kind)
        yield from ((name, column, count) for column, count in line.cells)


def units_of_cells(table):
    """Return every cell as (line, column, units), also of a weighted table, where it says them."""
    for row in table.rows:
        yield from ((row.node, cell.column, cell.units) for cell in row.cells)
    yield from ((BASE, column, units) for column, units in table.units.cells)
    for line in () if table.unweighted else table.residuals:
        yield from ((Residual(line.kind), column, units) for column, units in line.cells)


def narrowed(specification, tree, rng):
    """Return the question with one category kept, now and then."""
    if rng.random() < 0.5:
        return specification
    node = rng.choice([node for node in tree.nodes.values() if node.merged_into is None])
    where = (*specification.where, ("category", (node.uid,)))
    return dataclasses.replace(specification, where=where)


@pytest.mark.thorough
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_behind_every_cell_stand_as_many_as_it_counts(seed):
    scheme = make_random_study(20 + seed, incidents=30)
    rng = random.Random(seed)
    tree = answer(scheme, Specification(1), from_facts=True).tree
    lines_met = set()
    for _ in range(5):
        specification = narrowed(draw(rng)[0], tree, rng)
        table = answer(scheme, specification, from_facts=True).table
        by_incident = specification.unit == Unit.INCIDENTS
        for line, column, count in cells_of(table):
            moments = moments_behind(scheme, tree, specification, line, column.key)
            found = list(incidents_of(moments) if by_incident else moments)

            assert len(found) == len({row.pk for row in found}) == count, (specification, line)
            lines_met |= {line if isinstance(line, str) else "category"} if count else set()

    assert {"category", BASE, Residual.NOT_CODED} <= lines_met


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_behind_every_cell_of_whatever_is_asked_stands_what_it_counts(seed):
    scheme = make_random_study(60 + seed, incidents=15)
    add_other_scheme(scheme, seed)
    rng, tree = random.Random(seed), tree_of(scheme)
    for _ in range(12):
        specification = narrowed(draw_further(rng, scheme)[0], tree, rng)
        table = answer(scheme, specification, tree=tree).table
        things = {Unit.INCIDENTS: "incident", Unit.INTERVIEWS: "incident__interview"}
        counted_by = things.get(specification.unit, "pk")
        axes = axes_of(specification, scheme.study)
        cells = list(units_of_cells(table))
        for line, column, units in rng.sample(cells, min(12, len(cells))):
            assert axes.named(column.word) == column
            behind = moments_behind(scheme, tree, specification, line, column.key)
            found = behind.values_list(counted_by, flat=True).distinct().order_by()

            assert len(found) == units, (specification, line, column)


@pytest.mark.django_db
def test_the_settlements_in_a_category_are_those_counted_the_long_way():
    scheme = make_random_study(31)
    tree = answer(scheme, Specification(1), from_facts=True).tree

    for position in (1, 2, 3):
        lines = brute_force.lines_of(scheme, position)
        for node in tree.rows(position):
            expected = {
                moment.pk for moment, line in lines if getattr(line, "pk", None) == node.key
            }
            settled = settlements_in(scheme, tree, node).filter(
                moment__incident__state=IncidentState.ACCEPTED
            )
            assert set(settled.values_list("moment", flat=True)) == expected
