"""Two people change one scheme at the same moment, on two PostgreSQL connections."""

import threading
from contextlib import suppress

import pytest

from taxonomy.actions import revisions
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.revisions import Conflict
from taxonomy.models import Category, Revision, Round
from tests.factories import StudyFactory
from tests.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_two_revisions_at_once_one_is_a_conflict(monkeypatch):
    rounds = [{"position": 1, "name": "Fine"}]
    scheme = start_scheme(study=StudyFactory(), slug="s", name="S", rounds=rounds, by=None)
    fine = Round.objects.get(scheme=scheme)
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
