"""A scheme of two rounds, and people who sort the finer one."""

from types import SimpleNamespace

import pytest

from incidents.choices import RoleName
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.sorting import finish_sorting, put_on_pile, start_sort
from tests.factories import MemberFactory, StudyFactory

NAMES = ("Late", "Slow", "Rude", "Cold")


@pytest.fixture
def world():
    """An admin, Ann and Bob who code, and a scheme: four categories, none batched."""
    study = StudyFactory()
    admin = MemberFactory(study=study, roles=[RoleName.ADMIN])
    ann, bob = (
        MemberFactory(study=study, roles=[RoleName.CODER], display_name=name)
        for name in ("Ann", "Bob")
    )
    rounds = [{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}]
    categories = [{"round": 1, "name": name} for name in NAMES]
    scheme = start_scheme(
        study=study, slug="s", name="S", rounds=rounds, categories=categories, by=admin
    )
    fine, coarse = scheme.rounds.order_by("position")
    return SimpleNamespace(
        study=study, admin=admin, ann=ann, bob=bob, scheme=scheme, fine=fine, coarse=coarse
    )


@pytest.fixture
def sort(world):
    """Ann and Bob are to sort; nobody has begun."""
    sort = start_sort(
        round=world.fine, members=[world.ann, world.bob], name="First", by=world.admin
    )
    world.sorters = {row.member: row for row in sort.sorters.select_related("sort__scheme__study")}
    return sort


@pytest.fixture
def put(world, sort):
    """Put a card of Ann's or Bob's on a pile by typing."""

    def put(who, card, to):
        sorter = world.sorters[who]
        item = sort.items.get(category__name=card)
        return put_on_pile(sorter=sorter, item=item, to=to, by=who)

    return put


@pytest.fixture
def done(world, sort, put):
    """Both have finished: Ann made Time and Tone, Bob has Cold by itself and Slow with Rude."""
    for card, pile in zip(NAMES, ("Time", "Time", "Tone", "Tone"), strict=True):
        put(world.ann, card, pile)
    for card, pile in zip(NAMES, ("Time", "Staff", "Staff", "Cool"), strict=True):
        put(world.bob, card, pile)
    for who, sorter in world.sorters.items():
        finish_sorting(sorter=sorter, by=who)
    sort.refresh_from_db()
    return sort
