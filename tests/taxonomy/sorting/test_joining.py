"""An incident whose parts are being sorted is made whole: its card stays, and where it lies."""

from types import SimpleNamespace

import pytest
from django.db import transaction

from incidents.actions.fieldwork import Part
from incidents.actions.screening import divide_incident
from incidents.choices import RoleName, Valence
from taxonomy.actions import sorting
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.holding import HoldoutRefused, draw_holdout
from taxonomy.actions.sorting import put_on_pile, start_sort_of_moments, undo_step
from taxonomy.models import Pile, Placement, SortItem
from taxonomy.queries.holdout import AskedToHold
from taxonomy.queries.sorts import desk_of, items_of
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.racing import at_once
from tests.taxonomy.slowly import slowly

pytestmark = pytest.mark.django_db
LABELS = ("waiting", "the lost bag", "the answer")


def world_of():
    """An incident of three parts and one of one; Ann and Bob sort."""
    study = StudyFactory()
    admin = MemberFactory(study=study, roles=[RoleName.ADMIN])
    rounds = [{"position": 1, "name": "Fine"}]
    scheme = start_scheme(study=study, slug="s", name="S", rounds=rounds, by=admin)
    incident = IncidentFactory(study=study, words={"headline": "late bus"})
    IncidentFactory(study=study, words={"headline": "kind guard"})
    world = SimpleNamespace(study=study, scheme=scheme, admin=admin, incident=incident)
    world.sorters = [MemberFactory(study=study, roles=[RoleName.CODER]) for _ in range(2)]
    divide(world, LABELS)
    return world


@pytest.fixture
def world():
    return world_of()


def divide(world, labels):
    parts = [Part(label=label, valence=Valence.NEGATIVE) for label in labels]
    world.incident.refresh_from_db()
    version = world.incident.row_version
    divide_incident(incident=world.incident, parts=parts, by=world.admin, row_version=version)


def make_whole(world):
    divide(world, [""])


@pytest.fixture
def sort(world):
    return start(world)


def start(world):
    given = {"members": world.sorters, "name": "Open", "number": 50, "seed": 1}
    return start_sort_of_moments(scheme=world.scheme, by=world.admin, **given)


def put(sort, place, label, to):
    sorter = sorter_of(sort, place)
    item = sort.items.get(moment__label=label, moment__incident__version__headline="late bus")
    return put_on_pile(sorter=sorter, item=item, to=to, by=sorter.member)


def sorter_of(sort, place):
    return list(sort.sorters.select_related("member", "sort__scheme__study").order_by("pk"))[place]


def lying(sort, place):
    rows = Placement.objects.filter(sorter=sorter_of(sort, place))
    return [(row.item.heading, row.pile.name) for row in rows.select_related("item", "pile")]


def test_the_whole_lies_where_its_first_part_did_or_else_another(world, sort):
    put(sort, 0, LABELS[0], "Waiting")
    put(sort, 0, LABELS[1], "Bags")
    put(sort, 1, LABELS[2], "Answers")

    make_whole(world)

    assert sorted(item.heading for item in items_of(sort)) == ["kind guard", "late bus"]
    assert (lying(sort, 0), lying(sort, 1)) == (
        [("late bus", "Waiting")],
        [("late bus", "Answers")],
    )
    assert Pile.objects.filter(
        name="Bags", founded_on__moment=world.incident.moments.get()
    ).exists()


def test_what_a_sorter_did_with_a_part_can_be_undone_with_the_whole(world, sort):
    put(sort, 1, LABELS[2], "Answers")
    put(sort, 1, LABELS[2], "People")
    make_whole(world)
    bob = sorter_of(sort, 1)

    undo_step(sorter=bob, by=bob.member)
    assert lying(sort, 1) == [("late bus", "Answers")]
    undo_step(sorter=bob, by=bob.member)

    assert lying(sort, 1) == []
    assert [item.heading for item in desk_of(bob).waiting if item.heading == "late bus"]


def test_the_card_of_a_part_becomes_that_of_the_whole_where_it_has_none(world, sort):
    first = world.incident.moments.get(position=1)
    card = sort.items.get(moment__label=LABELS[1])
    SortItem.objects.filter(sort=sort, moment=first).delete()
    put(sort, 0, LABELS[1], "Bags")
    put(sort, 1, LABELS[2], "Answers")

    make_whole(world)

    (whole,) = sort.items.filter(moment=first)
    assert (whole.uid, whole.position) == (card.uid, card.position)
    assert (lying(sort, 0), lying(sort, 1)) == (
        [("late bus", "Bags")],
        [("late bus", "Answers")],
    )


def test_fewer_parts_keep_their_own_cards_only(world, sort):
    put(sort, 0, LABELS[1], "Bags")

    divide(world, LABELS[:2])

    assert lying(sort, 0) == [("late bus · the lost bag", "Bags")]
    assert sort.items.count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_drawn_to_be_sorted_is_held_out_by_nobody_meanwhile(monkeypatch):
    """The one who starts the sort has drawn; then somebody draws a holdout."""
    world = world_of()
    seen, drawn = slowly(monkeypatch, sorting, "moments_to_sort")

    def hold_out_once_seen():
        assert seen.wait(30)
        try:
            with transaction.atomic():
                return draw_holdout(study=world.study, asked=AskedToHold(1, number=9), by=None)
        finally:
            drawn.set()

    sort, refusal = at_once(lambda: start(world), hold_out_once_seen)

    assert isinstance(refusal, HoldoutRefused)
    assert items_of(sort).count() == 4
