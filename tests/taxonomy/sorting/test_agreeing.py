"""From what several made to the scheme: disputed pairs, groups, one revision that is taken back."""

import pytest

from taxonomy.actions.agreeing import Group, settle_pair, take_over_groups
from taxonomy.actions.batching import merge_categories, retire_category
from taxonomy.actions.editing import add_category
from taxonomy.actions.revisions import InvalidTree, undo
from taxonomy.actions.rounds import drop_round, freeze_round
from taxonomy.actions.sorting import SortRefused, finish_sorting, reopen_sort
from taxonomy.choices import RevisionVerb
from taxonomy.models import Category, Coding, PairVerdict, Revision
from taxonomy.queries.clustering import clustering_of, compared, names_for
from taxonomy.queries.history import steps_of
from taxonomy.queries.revisions import rows_of
from taxonomy.queries.sorts import made_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def things(sort):
    return {item.heading: item for item in sort.items.select_related("category")}


@pytest.fixture
def settle(world, sort, things):
    def settle(first, second, together):
        settle_pair(
            sort=sort,
            first=things[first],
            second=things[second],
            together=together,
            by=world.admin,
        )

    return settle


@pytest.fixture
def take_over(world, sort, things):
    """Take groups over: a name, and the names of what it gathers."""

    def take_over(by=None, **options):
        groups = [
            Group(name, [things[each] for each in cards.split()])
            for name, cards in (options.pop("groups") or {}).items()
        ]
        return take_over_groups(sort=sort, groups=groups, by=by or world.admin, **options)

    return take_over


def found_in(sort, **options):
    made = made_in(sort, with_machine=False)
    return clustering_of(sort, made, **{"linkage": "average", "groups": 2, **options})


def names_of(groups):
    return [sorted(item.heading for item in group) for group in groups]


def parents(world):
    rows = Category.objects.filter(round=world.fine, exists=True).order_by("position")
    return {row.name: row.parent.name if row.parent else None for row in rows}


# -- What they made ----------------------------------------------------------------------------


def test_the_shares_of_two_sorters(done):
    found = found_in(done)

    assert [item.heading for item in found.items] == ["Late", "Slow", "Rude", "Cold"]
    assert found.shares == [
        [1, 0.5, 0, 0],
        [0.5, 1, 0.5, 0],
        [0, 0.5, 1, 0.5],
        [0, 0, 0.5, 1],
    ]


def test_sorters_agreement_is_that_of_their_piles(done):
    (pair,) = compared(made_in(done, with_machine=True))

    assert [pair.first.sorter.member.display_name, pair.second.sorter.member.display_name] == [
        "Ann",
        "Bob",
    ]
    assert pair.agreement.things == 4
    assert pair.agreement.alike == 0.5
    assert pair.agreement.adjusted == pytest.approx((0 - 2 * 1 / 6) / (1.5 - 2 * 1 / 6))


def test_without_a_number_the_tree_is_cut_at_what_sorters_made_on_average(done):
    assert found_in(done, groups=None).number == 2  # 2 and 3 piles
    assert found_in(done, groups=3).number == 3


def test_groups_are_named_as_most_sorters_called_them_and_each_otherwise(done):
    made = made_in(done, with_machine=False)
    groups = found_in(done, groups=4).members()

    assert names_of(groups) == [["Late"], ["Slow"], ["Rude"], ["Cold"]]
    assert names_for(groups, made) == ["Time", "Staff", "Tone", "Cool"]


def test_names_that_differ_only_in_how_they_are_written_do_not_join_two_groups(world, sort, put):
    put(world.ann, "Late", "Waiting")
    put(world.bob, "Slow", "waiting")
    for who, sorter in world.sorters.items():
        finish_sorting(sorter=sorter, by=who)
    items = {item.heading: item for item in sort.items.select_related("category")}

    names = names_for([[items["Late"]], [items["Slow"]]], made_in(sort, with_machine=False))

    assert names == ["Waiting", "Slow"]


# -- Settling ----------------------------------------------------------------------------------


def test_a_settled_pair_holds_and_is_disputed_no_more(done, settle):
    settle("Late", "Cold", together=True)
    settle("Slow", "Late", together=False)
    found = found_in(done, by_hand=True)

    assert names_of(found.members()) == [["Cold", "Late"], ["Rude", "Slow"]]
    assert ("Late", "Slow") not in {(one.heading, two.heading) for one, two, _ in found.disputed()}
    assert len(found.disputed()) == 2


def test_what_follows_from_settled_pairs_is_disputed_no_more(done, settle):
    settle("Slow", "Late", together=True)
    settle("Late", "Rude", together=True)
    disputed = found_in(done, by_hand=True).disputed()
    assert [(one.heading, two.heading) for one, two, _ in disputed] == [("Rude", "Cold")]

    settle("Cold", "Slow", together=False)

    assert found_in(done, by_hand=True).disputed() == []


def test_a_pair_is_opened_again(done, settle):
    settle("Late", "Slow", together=True)
    settle("Slow", "Late", together=None)

    assert not PairVerdict.objects.exists()
    assert len(found_in(done, by_hand=True).disputed()) == 3


def test_a_contradiction_is_refused_by_name_and_changes_nothing(done, settle):
    settle("Late", "Slow", together=True)
    settle("Slow", "Rude", together=True)

    with pytest.raises(SortRefused, match="“Late” and “Rude” are settled to be apart"):
        settle("Rude", "Late", together=False)

    assert PairVerdict.objects.filter(together=True).count() == PairVerdict.objects.count() == 2


# -- Into the scheme ---------------------------------------------------------------------------


def test_groups_become_the_next_round_in_one_revision_that_names_the_sort(world, done, take_over):
    number = world.scheme.revision

    revision = take_over(
        groups={"Time": "Late Slow", "Manner": "Rude Cold"}, rationale="We talked it over."
    )

    assert parents(world) == {"Late": "Time", "Slow": "Time", "Rude": "Manner", "Cold": "Manner"}
    assert (revision.number, revision.verb) == (number + 1, RevisionVerb.SORT)
    assert revision.rationale == "From the sort “First”. We talked it over."
    assert steps_of([revision])[0].sentence == "Took over a sort: added “Time” and “Manner”."


def test_taking_it_back_restores_the_tree(world, done, take_over):
    before = rows_of(world.scheme)
    revision = take_over(groups={"Time": "Late Slow", "Manner": "Rude Cold"})

    undo(revision=revision, by=world.admin)

    rows = rows_of(world.scheme)
    assert {uid: rows[uid] for uid in before} == before
    assert [row for uid, row in rows.items() if uid not in before and row["exists"]] == []
    assert not Coding.objects.exists()


def test_a_name_that_stands_above_takes_them_in_and_no_name_leaves_them(world, done, take_over):
    time = add_category(round=world.coarse, name="Time", by=world.admin)

    take_over(groups={"time ": "Late", "": "Slow Rude Cold"})

    assert parents(world) == {"Late": "Time", "Slow": None, "Rude": None, "Cold": None}
    assert Category.objects.get(round=world.coarse) == time


def test_a_retired_name_takes_nothing_in_and_is_refused_by_name(world, done, take_over):
    time = add_category(round=world.coarse, name="Time", by=world.admin)
    retire_category(category=time, by=world.admin)

    with pytest.raises(InvalidTree, match="“time” is retired; restore it first"):
        take_over(groups={"time": "Late Slow"})

    assert set(parents(world).values()) == {None}


def test_one_name_for_two_groups_is_one_category(world, sort, done, things):
    groups = [Group("Time", [things["Late"]]), Group("TIME", [things["Cold"]])]

    take_over_groups(sort=sort, groups=groups, by=world.admin)

    assert Category.objects.filter(round=world.coarse).count() == 1


def test_a_round_that_is_missing_is_added_in_the_same_revision(world, done, take_over):
    drop_round(round=world.coarse, by=world.admin)
    with pytest.raises(InvalidTree, match="Name the new round"):
        take_over(groups={"Time": "Late Slow"})

    take_over(groups={"Time": "Late Slow"}, round_name="Themes")

    assert parents(world)["Late"] == "Time"
    assert world.scheme.rounds.get(exists=True, position=2).name == "Themes"


def test_a_frozen_round_above_refuses(world, done, take_over):
    add_category(round=world.coarse, name="Time", by=world.admin)
    freeze_round(round=world.coarse, by=world.admin)
    number = Revision.objects.count()

    with pytest.raises(InvalidTree, match="“Coarse” is frozen"):
        take_over(groups={"Time": "Late Slow"})  # even under what stands there

    assert Revision.objects.count() == number


def test_what_was_merged_since_stands_for_what_was_sorted(world, done, things, take_over):
    late, slow = things["Late"].category, things["Slow"].category
    merge_categories(categories=[slow], into=late, by=world.admin)

    with pytest.raises(InvalidTree, match="“Late” stands for two"):
        take_over(groups={"Time": "Late", "Tone": "Slow"})
    take_over(groups={"Time": "Late Slow"})

    late.refresh_from_db()
    slow.refresh_from_db()
    assert (late.parent.name, slow.parent) == ("Time", None)


def test_nothing_is_taken_over_before_everybody_has_finished(world, done, take_over, settle):
    reopen_sort(sort=done, by=world.admin)

    with pytest.raises(SortRefused, match="everybody has finished"):
        take_over(groups={"Time": "Late Slow"})
    with pytest.raises(SortRefused, match="everybody has finished"):
        settle("Late", "Slow", together=True)


def test_the_same_groups_again_change_nothing(world, done, take_over):
    take_over(groups={"Time": "Late Slow"})

    with pytest.raises(InvalidTree, match="Nothing would change"):
        take_over(groups={"Time": "Late Slow"})
