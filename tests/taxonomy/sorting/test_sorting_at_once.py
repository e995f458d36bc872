"""Two windows of a sorter, and two sorters, at the same moment on two PostgreSQL connections."""

import threading
from contextlib import suppress
from types import SimpleNamespace

import pytest

from taxonomy.actions import sorting
from taxonomy.actions.rounds import freeze_round
from taxonomy.actions.sorting import (
    SortRefused,
    end_sort,
    finish_sorting,
    put_on_pile,
    start_sort_of_moments,
)
from taxonomy.models import Pile, Placement
from tests.factories import IncidentFactory
from tests.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(monkeypatch, name):
    """Let two who come to a function of the action go on from there together, if both come."""
    meeting = threading.Barrier(2, timeout=2)
    act = getattr(sorting, name)

    def meet(*args, **kwargs):
        found = act(*args, **kwargs)
        with suppress(threading.BrokenBarrierError):
            meeting.wait()  # who holds the sort waits here alone
        return found

    monkeypatch.setattr(sorting, name, meet)


def test_two_windows_that_name_a_new_pile_at_once_make_one(monkeypatch, world, sort, put):
    together(monkeypatch, "_named")

    outcomes = at_once(
        lambda: put(world.ann, "Late", "Time"), lambda: put(world.ann, "Slow", "Time")
    )

    assert sorted(each.founded for each in outcomes) == [False, True]
    assert Placement.objects.filter(pile=Pile.objects.get()).count() == 2
    assert list(world.sorters[world.ann].steps.values_list("number", flat=True)) == [1, 2]


def test_of_two_windows_the_later_act_counts_and_knows_what_it_moved(monkeypatch, world, sort, put):
    together(monkeypatch, "_named")

    outcomes = at_once(
        lambda: put(world.ann, "Late", "Time"), lambda: put(world.ann, "Late", "Tone")
    )

    later = next(each for each in outcomes if each.came_from)
    earlier = next(each for each in outcomes if not each.came_from)
    assert later.came_from == earlier.pile
    assert Placement.objects.get().pile == later.pile
    assert world.sorters[world.ann].steps.count() == 2


def test_of_two_who_finish_at_once_the_second_opens_the_results(monkeypatch, world, sort, put):
    for who in (world.ann, world.bob):
        put(who, "Late", "Time")
    together(monkeypatch, "_hold_open")

    at_once(
        *(
            lambda who=who: finish_sorting(sorter=world.sorters[who], by=who)
            for who in (world.ann, world.bob)
        )
    )

    sort.refresh_from_db()
    assert sort.closed_at is not None


def test_nothing_is_put_once_the_results_are_being_opened(monkeypatch, world, sort, put):
    put(world.ann, "Late", "Time")
    finish_sorting(sorter=world.sorters[world.ann], by=world.ann)
    opening, placed = threading.Event(), threading.Event()
    close = sorting._close

    def close_late(held):
        opening.set()
        placed.wait(2)  # whoever puts something now waits for the one who opens
        close(held)

    def put_meanwhile():
        opening.wait(10)
        item = sort.items.first()
        put_on_pile(sorter=world.sorters[world.bob], item=item, to="x", by=world.bob)
        placed.set()

    monkeypatch.setattr(sorting, "_close", close_late)

    _ended, refused = at_once(lambda: end_sort(sort=sort, by=world.admin), put_meanwhile)

    assert isinstance(refused, SortRefused)
    assert not Placement.objects.filter(sorter__member=world.bob).exists()


def test_while_a_pile_of_moments_is_made_its_round_is_not_frozen(monkeypatch, world):
    for _each in range(2):
        IncidentFactory(study=world.study)
    sort = start_sort_of_moments(
        scheme=world.scheme, members=[world.ann], name="x", number=2, by=world.admin
    )
    sorter = sort.sorters.select_related("sort__scheme__study").get()
    looked, frozen = threading.Event(), threading.Event()
    seen = SimpleNamespace(frozen_meanwhile=None)
    look = sorting._refuse_frozen

    def look_and_wait(*args):
        look(*args)
        looked.set()
        seen.frozen_meanwhile = frozen.wait(2)  # who freezes waits for the new pile

    def freeze():
        looked.wait(10)
        freeze_round(round=world.fine, by=world.admin)
        frozen.set()

    monkeypatch.setattr(sorting, "_refuse_frozen", look_and_wait)

    at_once(
        lambda: put_on_pile(sorter=sorter, item=sort.items.first(), to="New", by=world.ann), freeze
    )

    assert frozen.is_set()
    assert seen.frozen_meanwhile is False
