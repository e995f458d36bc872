"""Tables of the past are what the tables showed then."""

import random
from contextlib import suppress

import pytest

from incidents.actions.refusals import RefusedError
from taxonomy.actions.batching import merge_categories, place_category
from taxonomy.actions.editing import add_category, describe_category
from taxonomy.actions.revisions import undo
from taxonomy.actions.rounds import add_round, drop_round
from taxonomy.choices import Dimension, Residual
from taxonomy.models import Category, Revision, Round
from taxonomy.queries.past import past_tree, rounds_then_and_today
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification
from tests.taxonomy.random_study import make_random_study

pytestmark = pytest.mark.django_db


def shown(answered):
    """All that a table shows, as plain values."""
    table = answered.table
    lines = {line.kind: [count for _column, count in line.cells] for line in table.residuals}
    rows = [(row.path, [(cell.count, cell.percent) for cell in row.cells]) for row in table.rows]
    return rows, [count for _column, count in table.base.cells], lines


def all_tables(scheme, tree, **past):
    return {
        (position, by): shown(answer(scheme, Specification(position, by=by), tree=tree, **past))
        for position in tree.rounds
        for by in (Dimension.REGION, Dimension.VALENCE)
    }


def change_the_tree(scheme, rng):
    """Do something to a scheme, if it can be done."""
    rows = list(Category.objects.filter(scheme=scheme, exists=True).order_by("pk"))
    one, other = rng.sample(rows, 2)
    rounds = list(Round.objects.filter(scheme=scheme, exists=True))
    last = Revision.objects.filter(scheme=scheme).order_by("-number").first()
    name = f"Name {rng.randrange(10**6)}"
    acts = [
        lambda: merge_categories(categories=[one], into=other, by=None),
        lambda: place_category(category=one, parent=other, by=None),
        lambda: place_category(category=one, parent=None, by=None),
        lambda: describe_category(category=one, by=None, name=name),
        lambda: add_category(round=rng.choice(rounds), name=name, by=None),
        lambda: undo(revision=last, by=None),
        lambda: add_round(scheme=scheme, name=name, finest=rng.random() < 0.5, by=None),
        lambda: drop_round(round=rng.choice(rounds), by=None),
    ]
    with suppress(RefusedError):
        rng.choice(acts)()
    scheme.refresh_from_db()


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(6))
def test_the_same_data_under_an_earlier_tree_are_the_tables_of_then(seed):
    scheme, rng = make_random_study(seed), random.Random(seed)
    recorded = {scheme.revision: all_tables(scheme, tree_of(scheme))}
    for _step in range(12):
        change_the_tree(scheme, rng)
        recorded[scheme.revision] = all_tables(scheme, tree_of(scheme))

    assert len(recorded) > 5
    for number, tables in recorded.items():
        assert all_tables(scheme, past_tree(scheme, number), revision=number) == tables


@pytest.mark.parametrize("seed", range(4))
def test_base_and_residual_lines_add_up_to_the_same_under_every_tree(seed):
    scheme = make_random_study(seed)
    whole = scheme.revision

    totals, newer = set(), []
    for number in range(1, whole + 1):
        tree = past_tree(scheme, number)
        for _rows, base, lines in all_tables(scheme, tree, revision=number).values():
            totals.add(base[0] + sum(counts[0] for counts in lines.values()))
            newer.append(lines[Residual.NEWER][0])

    assert len(totals) == 1
    assert set(newer) == {0}  # all categories came with the first revision


def test_a_tree_of_then_knows_what_stood_then_and_where_its_rounds_are_now():
    scheme = make_random_study(1)
    first = past_tree(scheme, 1)
    add_round(scheme=scheme, name="Finest", finest=True, by=None)
    scheme.refresh_from_db()

    assert past_tree(scheme, scheme.revision).nodes == tree_of(scheme).nodes
    assert past_tree(scheme, 0).rounds == {}
    assert past_tree(scheme, 1) == first
    places = [(one.then, one.today) for one in rounds_then_and_today(scheme, 1)]
    assert places == [(3, 4), (2, 3), (1, 2), (None, 1)]
    assert {place for place, _today in places} == {*first.rounds, None}
