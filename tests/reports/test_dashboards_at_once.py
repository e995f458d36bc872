"""Two people who choose the front page of a study, on two connections."""

import threading

import pytest

from incidents.actions.refusals import StaleError
from incidents.choices import RoleName
from reports.actions import composing
from reports.models import Dashboard
from tests.factories import MemberFactory
from tests.racing import at_once
from tests.reports.told import make_world

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world():
    world = make_world()
    world.other = MemberFactory(study=world.study, roles=[RoleName.ANALYST])
    return world


def choose(uid, by):
    """Make a dashboard the front page, as it is read now."""
    board = Dashboard.objects.get(uid=uid)
    return composing.change_dashboard(
        dashboard=board, title=board.title, is_front=True, row_version=board.row_version, by=by
    )


def test_of_two_who_choose_the_front_page_at_once_one_is_told(world, monkeypatch):
    uids = [
        composing.create_dashboard(title=title, is_front=False, by=world.analyst).uid
        for title in ("one", "two")
    ]
    change, both = composing._change, threading.Barrier(2)

    def change_together(dashboard, **fields):
        if "is_front" in fields:  # neither has seen the other's
            both.wait(10)
        change(dashboard, **fields)

    monkeypatch.setattr(composing, "_change", change_together)

    outcomes = at_once(lambda: choose(uids[0], world.analyst), lambda: choose(uids[1], world.other))

    assert sorted(type(one).__name__ for one in outcomes) == ["Dashboard", StaleError.__name__]
    [chosen] = [one for one in outcomes if isinstance(one, Dashboard)]
    assert Dashboard.objects.get(is_front=True).uid == chosen.uid
