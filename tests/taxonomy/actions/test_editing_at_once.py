"""Two people change one scheme at the same moment, on two PostgreSQL connections."""

import threading
import uuid
from contextlib import suppress

import pytest

from incidents.choices import RoleName
from taxonomy.actions import batching, coding, revisions, rounds
from taxonomy.actions.batching import merge_categories, place_categories
from taxonomy.actions.coding import take_next_assignment
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.revisions import Conflict, InvalidTree
from taxonomy.actions.rounds import add_round, rename_round
from taxonomy.models import Category, Revision, Round
from taxonomy.queries.tables import answer
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
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
            lambda name=name: rename_round(round=fine, name=name, by=None, expected_revision=1)
            for name in ("One", "Two")
        )
    )

    conflict = next(outcome for outcome in outcomes if isinstance(outcome, Conflict))
    scheme.refresh_from_db()
    assert conflict.revision.number == 2
    assert scheme.revision == Revision.objects.count() == 2
    assert sum(isinstance(outcome, Revision) for outcome in outcomes) == 1


@pytest.mark.parametrize("same", [True, False])
def test_two_who_look_at_one_revision_are_in_each_others_way_on_one_card_only(
    monkeypatch, fine, same
):
    scheme = fine.scheme
    add_round(scheme=scheme, name="Coarse", by=None)
    coarse = Round.objects.get(scheme=scheme, position=2)
    tops = [add_category(round=coarse, name=name, by=None) for name in ("Up", "High")]
    cards = [add_category(round=fine, name=name, by=None) for name in ("One", "Two")]
    scheme.refresh_from_db()
    seen = scheme.revision
    meeting = threading.Barrier(2, timeout=2)
    look = batching.as_they_are

    def look_together(rows):
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        return look(rows)

    monkeypatch.setattr(batching, "as_they_are", look_together)
    moved = [cards[0], cards[0] if same else cards[1]]

    outcomes = at_once(
        *(
            lambda card=card, top=top: place_categories(
                categories=[card], parent=top, by=None, expected_revision=seen
            )
            for card, top in zip(moved, tops, strict=True)
        )
    )

    scheme.refresh_from_db()
    conflicts = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert (len(conflicts), scheme.revision) == ((1, seen + 1) if same else (0, seen + 2))


def test_of_two_merges_into_each_other_one_is_refused_by_name(monkeypatch, fine):
    scheme = fine.scheme
    for name in ("One", "Two"):
        add_category(round=fine, name=name, by=None)
    one, two = Category.objects.filter(scheme=scheme).order_by("name")
    meeting = threading.Barrier(2, timeout=2)
    look = batching.as_they_are

    def look_together(categories):
        rows = look(categories)
        with suppress(threading.BrokenBarrierError):
            meeting.wait()  # who holds the scheme waits here alone
        return rows

    monkeypatch.setattr(batching, "as_they_are", look_together)

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


def meet_while_held(monkeypatch, module, name):
    """Let who reads by this function wait for the other, who waits for the lock, in vain."""
    meeting = threading.Barrier(2, timeout=2)
    read = getattr(module, name)

    def read_together(*given, **named):
        found = read(*given, **named)
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        return found

    monkeypatch.setattr(module, name, read_together)


def test_what_is_dragged_while_its_round_is_frozen_is_placed_before_or_refused(monkeypatch, fine):
    scheme = fine.scheme
    add_round(scheme=scheme, name="Coarse", by=None)
    top = add_category(round=Round.objects.get(scheme=scheme, position=2), name="Up", by=None)
    one = add_category(round=fine, name="One", by=None)
    meet_while_held(monkeypatch, revisions, "rows_of")

    placed, frozen = at_once(
        lambda: place_categories(categories=[one], parent=top, by=None),
        lambda: rounds.freeze_round(round=fine, by=None),
    )

    one.refresh_from_db()
    assert isinstance(frozen, Revision)
    if isinstance(placed, Revision):
        assert (one.parent, placed.number < frozen.number) == (top, True)
    else:
        assert "is frozen; reopen it first" in str(placed)
        assert one.parent is None


def test_what_is_coded_while_its_category_is_merged_counts_in_the_other(monkeypatch, fine):
    scheme = fine.scheme
    one, two = (add_category(round=fine, name=name, by=None) for name in ("One", "Two"))
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    IncidentFactory(study=scheme.study)
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    meeting = threading.Barrier(2, timeout=2)
    check = coding._check

    def check_and_wait(*given):
        found = check(*given)
        with suppress(threading.BrokenBarrierError):
            meeting.wait()  # it was offered; now the merge comes
            meeting.wait()
        return found

    def merge():
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        merged = merge_categories(categories=[one], into=two, by=None)
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        return merged

    monkeypatch.setattr(coding, "_check", check_and_wait)

    coded, merged = at_once(
        lambda: coding.code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=one),
        merge,
    )

    assert (coded.category, isinstance(merged, Revision)) == (one, True)
    table = answer(scheme, Specification(1), from_facts=True).table
    assert [(row.node.name, row.cells[0].count) for row in table.rows] == [("Two", 1)]
