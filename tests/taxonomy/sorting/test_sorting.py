"""Sorting: the task, the piles of one sorter, undoing, and when the results open."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.models import Change
from taxonomy.actions.batching import merge_categories, restore_category, retire_category
from taxonomy.actions.editing import add_category
from taxonomy.actions.sorting import (
    SortRefused,
    SortStale,
    end_sort,
    finish_sorting,
    put_on_pile,
    rename_pile,
    reopen_sort,
    resume_sorting,
    start_sort,
    undo_step,
)
from taxonomy.actions.splitting import split_category
from taxonomy.models import Category, Coding, Pile, Placement, Sort
from taxonomy.queries.sorts import desk_of, made_in
from tests.taxonomy.sorting.conftest import NAMES

pytestmark = pytest.mark.django_db


def piles_of(sorter):
    """Each pile with what lies in it."""
    return {heap.pile.name: [item.heading for item in heap.items] for heap in desk_of(sorter).heaps}


# -- The task ----------------------------------------------------------------------------------


def test_a_sort_has_the_standing_categories_in_the_order_of_the_scheme(world):
    late, slow, *_rest = Category.objects.filter(round=world.fine).order_by("position")
    merge_categories(categories=[slow], into=late, by=world.admin)

    sort = start_sort(round=world.fine, members=[world.ann], name="x", by=world.admin)

    assert [item.heading for item in sort.items.all()] == ["Late", "Rude", "Cold"]
    assert Change.objects.get(verb="start_sort").object_uid == sort.uid


def test_of_a_split_category_only_the_parts_are_sorted(world):
    late, slow, *_rest = Category.objects.filter(round=world.fine).order_by("position")
    split_category(category=late, names=["Too late", "Missed"], by=world.admin)
    retire_category(category=slow, by=world.admin)

    def dealt():
        sort = start_sort(round=world.fine, members=[world.ann], name="x", by=world.admin)
        return {item.heading for item in sort.items.all()}

    assert dealt() == {"Too late", "Missed", "Slow", "Rude", "Cold"}
    restore_category(category=late, by=world.admin)
    assert dealt() == {"Late", "Too late", "Missed", "Slow", "Rude", "Cold"}


def test_names_that_are_given_are_the_piles_that_everybody_begins_with(world):
    for name in ("Time", "Tone"):
        add_category(round=world.coarse, name=name, by=world.admin)

    sort = start_sort(
        round=world.fine,
        members=[world.ann, world.bob],
        name="x",
        names_given=True,
        by=world.admin,
    )

    assert [piles_of(sorter) for sorter in sort.sorters.all()] == [{"Time": [], "Tone": []}] * 2


def test_nothing_is_started_without_names_members_or_categories(world):
    refused = [
        {"round": world.fine, "members": []},
        {"round": world.coarse, "members": [world.ann]},
        {"round": world.fine, "members": [world.ann], "names_given": True},
    ]
    for fields in refused:
        with pytest.raises(SortRefused):
            start_sort(name="x", by=world.admin, **fields)

    assert not Sort.objects.exists()


# -- Piles -------------------------------------------------------------------------------------


def test_a_new_name_makes_a_pile_that_knows_what_founded_it(world, put):
    made = put(world.ann, "Slow", " Time  and\nwaiting ")

    assert made.founded
    assert made.pile.name == "Time and waiting"
    assert made.pile.founded_on.heading == "Slow"
    assert made.pile.created_at is not None


def test_a_pile_is_found_by_its_number_or_its_name_however_it_is_written(world, put):
    put(world.ann, "Late", "Time")
    put(world.ann, "Rude", "Tone")

    assert put(world.ann, "Slow", "1").pile.name == "Time"
    assert put(world.ann, "Cold", "TONE ").pile.name == "Tone"
    assert piles_of(world.sorters[world.ann]) == {
        "Time": ["Late", "Slow"],
        "Tone": ["Rude", "Cold"],
    }


@pytest.mark.parametrize("typed", ["", "  ", "7", "0", "99999999999999999999", "x" * 301])
def test_what_names_no_pile_is_refused(world, put, typed):
    put(world.ann, "Late", "Time")

    with pytest.raises(SortRefused):
        put(world.ann, "Slow", typed)

    assert piles_of(world.sorters[world.ann]) == {"Time": ["Late"]}


def test_putting_a_card_where_it_lies_is_no_step(world, put):
    put(world.ann, "Late", "Time")
    put(world.ann, "Late", "time")

    assert world.sorters[world.ann].steps.count() == 1


def test_the_piles_of_two_sorters_are_their_own(world, put):
    put(world.ann, "Late", "Time")

    assert put(world.bob, "Late", "Time").founded
    assert piles_of(world.sorters[world.bob]) == {"Time": ["Late"]}


def test_a_pile_is_renamed_but_not_to_the_name_of_another(world, put):
    time = put(world.ann, "Late", "Time").pile
    put(world.ann, "Rude", "Tone")

    rename_pile(sorter=world.sorters[world.ann], pile=time, name="Waiting", by=world.ann)
    with pytest.raises(SortRefused, match="“Tone” already"):
        rename_pile(sorter=world.sorters[world.ann], pile=time, name="tone", by=world.ann)

    assert list(piles_of(world.sorters[world.ann])) == ["Waiting", "Tone"]


def test_sorting_is_not_coding_and_is_in_the_change_log(world, put):
    put(world.ann, "Late", "Secret words")

    change = Change.objects.get(verb="put_on_pile")
    assert (change.member, change.object_uid) == (world.ann, world.sorters[world.ann].uid)
    assert "Secret" not in str(change.details)
    assert not Coding.objects.exists()


# -- Undoing -----------------------------------------------------------------------------------


def test_steps_are_undone_one_after_the_other(world, put):
    sorter = world.sorters[world.ann]
    put(world.ann, "Late", "Time")
    tone = put(world.ann, "Slow", "Tone").pile
    rename_pile(sorter=sorter, pile=tone, name="Manner", by=world.ann)
    put(world.ann, "Late", "Manner")
    seen = []
    while sorter.steps.filter(undone=False).exists():
        seen.append(piles_of(sorter))
        undo_step(sorter=sorter, by=world.ann)

    assert seen == [
        {"Time": [], "Manner": ["Late", "Slow"]},
        {"Time": ["Late"], "Manner": ["Slow"]},
        {"Time": ["Late"], "Tone": ["Slow"]},
        {"Time": ["Late"]},
    ]
    assert piles_of(sorter) == {}
    with pytest.raises(SortRefused, match="nothing to undo"):
        undo_step(sorter=sorter, by=world.ann)


def test_a_name_that_another_pile_has_taken_is_not_given_back(world, sort, put):
    pile = put(world.ann, "Late", "Time").pile
    rename_pile(sorter=world.sorters[world.ann], pile=pile, name="Waiting", by=world.ann)
    put(world.ann, "Slow", "time")
    sort.items.get(category__name="Slow").delete()  # as a moment goes: its steps go with it

    with pytest.raises(SortRefused, match="You have a pile “time” already"):
        undo_step(sorter=world.sorters[world.ann], by=world.ann)

    assert set(Pile.objects.values_list("name", flat=True)) == {"Waiting", "time"}


def test_a_step_that_is_no_longer_the_last_is_not_undone(world, put):
    sorter = world.sorters[world.ann]
    put(world.ann, "Late", "Time")
    put(world.ann, "Slow", "Time")

    with pytest.raises(SortStale, match="another window"):
        undo_step(sorter=sorter, by=world.ann, expected=1)

    assert piles_of(sorter) == {"Time": ["Late", "Slow"]}


STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from("ABC")), max_size=8)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, more=STEPS)
def test_whatever_was_done_undoing_it_restores_what_was_before(world, put, steps, more):
    sorter = world.sorters[world.ann]
    for card, pile in steps:
        put(world.ann, card, pile)
    before, number = piles_of(sorter), sorter.steps.filter(undone=False).count()
    for card, pile in more:
        put(world.ann, card, pile)
    while sorter.steps.filter(undone=False).count() > number:
        undo_step(sorter=sorter, by=world.ann)

    assert piles_of(sorter) == before
    assert Placement.objects.filter(sorter=sorter).count() <= len(NAMES)


# -- Being done --------------------------------------------------------------------------------


def test_the_results_open_when_the_last_one_has_finished(world, sort, put):
    put(world.ann, "Late", "Time")
    put(world.bob, "Late", "Time")

    first = finish_sorting(sorter=world.sorters[world.ann], by=world.ann)
    second = finish_sorting(sorter=world.sorters[world.bob], by=world.bob)

    assert (first.closed_at, second.closed_at is None) == (None, False)


def test_who_is_done_may_go_on_until_the_results_are_open(world, sort, put):
    put(world.ann, "Late", "Time")
    finish_sorting(sorter=world.sorters[world.ann], by=world.ann)
    with pytest.raises(SortRefused, match="You have said that you are done"):
        put(world.ann, "Slow", "Time")

    resume_sorting(sorter=world.sorters[world.ann], by=world.ann)
    put(world.ann, "Slow", "Time")
    finish_sorting(sorter=world.sorters[world.ann], by=world.ann)
    end_sort(sort=sort, by=world.admin)

    with pytest.raises(SortRefused, match="nobody sorts on"):
        resume_sorting(sorter=world.sorters[world.ann], by=world.ann)
    with pytest.raises(SortRefused, match="results are open"):
        put(world.bob, "Slow", "Time")


def test_nothing_sorted_is_not_done_and_nobody_done_is_no_end(world, sort):
    with pytest.raises(SortRefused, match="Sort something first"):
        finish_sorting(sorter=world.sorters[world.ann], by=world.ann)
    with pytest.raises(SortRefused, match="Nobody has finished"):
        end_sort(sort=sort, by=world.admin)


def test_who_had_not_finished_is_left_out_of_the_results(world, sort, put):
    put(world.ann, "Late", "Time")
    put(world.bob, "Late", "Time")
    finish_sorting(sorter=world.sorters[world.ann], by=world.ann)

    end_sort(sort=sort, by=world.admin)

    assert [made.sorter.member for made in made_in(sort, with_machine=True)] == [world.ann]


def test_a_sort_that_is_opened_again_is_everybodys_to_finish(world, done, put):
    reopen_sort(sort=done, by=world.admin)
    put(world.ann, "Late", "Tone")

    done.refresh_from_db()
    assert done.closed_at is None
    assert not done.sorters.filter(finished_at__isnull=False).exists()
    assert piles_of(world.sorters[world.ann])["Tone"] == ["Late", "Rude", "Cold"]


def test_a_pile_that_was_undone_elsewhere_is_refused_by_name(world, sort, put):
    sorter = world.sorters[world.ann]
    time = put(world.ann, "Late", "Time").pile
    undo_step(sorter=sorter, by=world.ann)

    with pytest.raises(SortRefused, match="undone in another window"):
        put_on_pile(sorter=sorter, item=sort.items.first(), to=time, by=world.ann)
    assert not Pile.objects.exists()
