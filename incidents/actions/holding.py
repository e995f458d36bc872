"""Whose desk an incident is on, so that two screeners who ask for the next one get two."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from incidents.models import Incident, Member, ScreeningHold
from incidents.queries.screening import not_with_others
from incidents.querysets import IncidentQuerySet

HELD_FOR = dt.timedelta(minutes=10)
TRIES = 20  # each lost race means that somebody else got on


def take(*, incident: Incident, by: Member) -> bool:
    """Put an incident on a screener's desk and nothing else there; False if another has it.

    After ten minutes without a verdict it may be given to somebody else.
    """
    try:
        with transaction.atomic():
            return _take(incident, by)
    except IntegrityError:  # somebody else, or another window of the same person, came first
        return False


def take_next(*, waiting: IncidentQuerySet, by: Member, after: int = 0) -> Incident | None:
    """Take the oldest waiting incident behind a key that is on nobody's desk, and return it.

    Goes on from the start after the last; None when others have all that is left.
    """
    for _try in range(TRIES):
        free = not_with_others(waiting, by).order_by("pk")
        incident = free.filter(pk__gt=after).first() or free.first()
        if incident is None or take(incident=incident, by=by):
            return incident
        after = incident.pk
    return None


def _take(incident: Incident, by: Member) -> bool:
    ScreeningHold.objects.filter(member=by).exclude(incident=incident).delete()
    mine = ScreeningHold.objects.filter(Q(member=by) | Q(until__lt=Now()), incident=incident)
    if not mine.update(member=by, until=Now() + HELD_FOR):
        ScreeningHold.objects.create(incident=incident, member=by, until=Now() + HELD_FOR)
    return True
