"""Units one by one sum up to the table."""

import dataclasses
import random
from collections import Counter

import numpy as np
import pytest

from taxonomy.queries.tables import answer, with_interviews
from taxonomy.queries.trees import tree_of
from taxonomy.queries.units import RESIDUALS, read_one_by_one
from tests.taxonomy.random_study import add_other_scheme, make_random_study
from tests.taxonomy.test_behind import narrowed
from tests.taxonomy.test_tables import counted, draw, draw_further


def summed(units):
    """Return the counts by (line, column) as `counted` does, from the units one by one."""
    counts = Counter()
    for column, by in (("All", ()), (None, (units.column,))):
        for place in once(units, units.row, *by):
            counts[_line(units, place), _name(units, place, column)] += units.weight[place]
        for place in once(units, *by, among=units.placed):
            counts["base", _name(units, place, column)] += units.weight[place]
    return dict(counts)


def once(units, *by, among=None):
    """Places of the units, each once within each combination of these arrays."""
    places = np.arange(len(units)) if among is None else np.flatnonzero(among)
    together = np.stack([array[places] for array in (units.unit, *by)])
    _found, first = np.unique(together, axis=1, return_index=True)
    return places[np.sort(first)]


def _line(units, place):
    row = units.row[place]
    return units.rows[row].key if row >= 0 else RESIDUALS[-1 - row].value


def _name(units, place, column):
    return column or units.columns[units.column[place]].full_name


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_units_sum_up_to_the_table(seed):
    scheme = make_random_study(40 + seed, incidents=25)
    add_other_scheme(scheme, seed)
    rng, tree = random.Random(seed), tree_of(scheme)
    for _ in range(20):
        specification = narrowed(draw_further(rng, scheme)[0], tree, rng)
        specification = dataclasses.replace(specification, subtotals=False)
        answered = answer(scheme, specification, from_facts=True, tree=tree)

        one_by_one, units = read_one_by_one(scheme, specification, tree=tree)

        assert one_by_one == answered
        assert summed(units) == pytest.approx(counted(answered.table)), specification
        assert units.columns == list(answered.table.columns[1:])
        assert units.rows == [row.node for row in answered.table.rows]
        assert (units.data_seq, units.revision) == (answered.data_seq, answered.revision)


@pytest.mark.django_db
def test_units_of_nothing_are_empty_arrays():
    scheme = make_random_study(42, incidents=6)
    specification = draw(random.Random(0))[0]
    scheme.study.incidents.update(state="excluded")

    _answered, units = read_one_by_one(scheme, specification)

    assert len(units) == 0


@pytest.mark.django_db
def test_interviews_behind_the_base_are_those_of_the_units_placed():
    scheme = make_random_study(43)
    specification = draw(random.Random(1))[0]
    answered = with_interviews(answer(scheme, specification, from_facts=True))

    _answered, units = read_one_by_one(scheme, specification)

    assert len(set(units.interview[units.placed])) == answered.table.interviews.total
