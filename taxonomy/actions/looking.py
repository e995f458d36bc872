"""Looking at what others code while one is blind: for a reason, for a time, and on record."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.models import Member
from taxonomy.models import Assignment, EarlyLook, Scheme
from taxonomy.queries.looks import running_look

MINUTES = (15, 60, 240)


class LookRefused(RefusedError):
    """It cannot be looked early; the text says why."""


@transaction.atomic
def look_early(*, scheme: Scheme, by: Member, reason: str, minutes: int) -> EarlyLook:
    """Let an admin who codes blind see what others code, for so many minutes. Returns the look.

    Everybody who administers the study can read who looked, when and why. Raises LookRefused
    without a reason, for another time than MINUTES, for who is no admin or is not blind, and while
    a look of theirs runs.
    """
    study = lock_study(scheme.study_id)  # of two requests one is refused
    if not reason.strip():
        raise LookRefused(_("Say why you look; whoever reads the agreement reads it."))
    if minutes not in MINUTES:
        raise LookRefused(_("Choose one of the times."))
    if not by.has_role(RoleName.ADMIN):
        raise LookRefused(_("Only a study admin can look early."))
    if not Assignment.objects.of(by).filter(batch__scheme=scheme).blinding().exists():
        raise LookRefused(_("Nothing is hidden from you here."))
    if running_look(by, scheme) is not None:
        raise LookRefused(_("You are looking already."))
    until = timezone.now() + dt.timedelta(minutes=minutes)
    look = EarlyLook.objects.create(scheme=scheme, member=by, reason=reason.strip(), until=until)
    about: dict[str, Any] = {"scheme": str(scheme.uid), "minutes": minutes}
    record_change(verb="look_early", on=look, study=study, by=by, **about)
    return look


@transaction.atomic
def stop_looking(*, look: EarlyLook, by: Member) -> bool:
    """End a look of one's own before its time; returns whether it ran still."""
    now = timezone.now()
    running = EarlyLook.objects.filter(pk=look.pk, member=by, until__gt=now)
    if not running.update(until=now):
        return False
    record_change(verb="stop_looking", on=look, study=look.scheme.study, by=by)
    return True
