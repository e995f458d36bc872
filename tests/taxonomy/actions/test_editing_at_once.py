"""Two people change one scheme at the same moment, on two PostgreSQL connections."""

import threading
from contextlib import suppress

import pytest

from taxonomy.actions import batching, revisions, rounds
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.revisions import Conflict, InvalidTree
from taxonomy.actions.rounds import add_round
from taxonomy.models import Category, Revision, Round
from tests.factories import StudyFactory
from tests.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def fine():
    finest = {"position": 1, "name": "Fine"}
    scheme = start_scheme(study=StudyFactory(), slug="s", name="S", rounds=[finest], by=None)
    return Round.objects.get(scheme=scheme)


def test_of_two_revisions_at_once_one_is_a_conflict(monkeypatch, fine):
    scheme = fine.scheme
    meeting = threading.Barrier(2, timeout=5)
    take = revisions._take

    def take_together(scheme, expected):
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        take(scheme, expected)

    monkeypatch.setattr(revisions, "_take", take_together)

    outcomes = at_once(
        *(
            lambda name=name: add_category(round=fine, name=name, by=None, expected_revision=1)
            for name in ("One", "Two")
        )
    )

    conflict = next(outcome for outcome in outcomes if isinstance(outcome, Conflict))
    scheme.refresh_from_db()
    assert conflict.revision.number == 2
    assert scheme.revision == Revision.objects.count() == 2
    assert Category.objects.get() in outcomes


def test_of_two_merges_into_each_other_one_is_refused_by_name(monkeypatch, fine):
    scheme = fine.scheme
    for name in ("One", "Two"):
        add_category(round=fine, name=name, by=None)
    one, two = Category.objects.filter(scheme=scheme).order_by("name")
    meeting = threading.Barrier(2, timeout=2)
    look = batching._as_they_are

    def look_together(categories):
        rows = look(categories)
        with suppress(threading.BrokenBarrierError):
            meeting.wait()  # who holds the scheme waits here alone
        return rows

    monkeypatch.setattr(batching, "_as_they_are", look_together)

    outcomes = at_once(
        lambda: merge_categories(categories=[one], into=two, by=None),
        lambda: merge_categories(categories=[two], into=one, by=None),
    )

    refused = next(outcome for outcome in outcomes if isinstance(outcome, InvalidTree))
    standing = Category.objects.get(scheme=scheme, merged_into=None)
    merged = Category.objects.get(scheme=scheme, merged_into=standing)
    assert str(refused) == f"“{merged}” has been merged into “{standing}”."
    scheme.refresh_from_db()
    assert scheme.revision == Revision.objects.count() == 4


def test_a_change_that_was_not_decided_on_a_revision_waits_for_another(monkeypatch, fine):
    meeting = threading.Barrier(2, timeout=2)
    compare = revisions._compare

    def compare_together(*arguments):
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        compare(*arguments)

    monkeypatch.setattr(revisions, "_compare", compare_together)

    outcomes = at_once(
        *(lambda name=name: add_category(round=fine, name=name, by=None) for name in ("A", "B"))
    )

    assert {outcome.name for outcome in outcomes} == {"A", "B"}
    assert list(Revision.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_two_rounds_added_at_once_stand_above_each_other(monkeypatch, fine):
    meeting = threading.Barrier(2, timeout=2)
    new_round = rounds.new_round

    def draw_up_together(*arguments):
        with suppress(threading.BrokenBarrierError):
            meeting.wait()  # who holds the scheme waits here alone
        return new_round(*arguments)

    monkeypatch.setattr(rounds, "new_round", draw_up_together)

    outcomes = at_once(
        *(lambda name=name: add_round(scheme=fine.scheme, name=name, by=None) for name in "AB")
    )

    assert {outcome.name for outcome in outcomes} == {"A", "B"}
    assert {outcome.position for outcome in outcomes} == {2, 3}
