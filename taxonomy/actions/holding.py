"""Holding incidents out before they are coded, and bringing them back: once, or as never drawn."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents import jobs
from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts, enter_tables, leave_tables, lock_study
from incidents.actions.refusals import RefusedError, StaleError
from incidents.actions.rows import write_rows
from incidents.choices import IncidentState
from incidents.jobs import Claim, request_job
from incidents.models import Incident, Member, Study
from taxonomy.models import HeldIncident, Holdout, Scheme
from taxonomy.queries.holdout import (
    AskedToHold,
    draw_to_hold,
    eligible_in,
    held_in,
    holdout_of,
    still_held,
)

BRING_BACK = "taxonomy.bring_back"
PORTION = 200  # incidents that come back in one transaction, with their moments and former stays


class HoldoutRefused(RefusedError):
    """It cannot be held out or brought back; the text says why."""


class HoldoutStale(StaleError):
    """What would be drawn is no longer what the preview showed."""


@transaction.atomic
def draw_holdout(*, study: Study, asked: AskedToHold, by: Member | None, seen: str = "") -> Holdout:
    """Draw incidents that nobody has coded and lock them everywhere. Returns the holdout.

    `seen` is the digest of the preview that was agreed to. Whoever gives or takes a moment waits,
    and then finds it gone. Raises HoldoutStale where the preview showed something else, and
    HoldoutRefused where the study has a holdout, what was taken back is still coming back, or
    nothing can be drawn.
    """
    number = change_facts(study, by=by)
    _check_none_held(study)
    drawing = draw_to_hold(study, asked)
    if not drawing.incidents:
        raise HoldoutRefused(why_nothing_is_drawn(study))
    if seen and seen != drawing.digest:
        raise HoldoutStale(_("Incidents came or went since you looked. See what it would be now."))
    holdout = Holdout.objects.create(
        study=study,
        seed=asked.seed,
        drawing={"asked": asked.as_json(), "drawn": drawing.as_json()},
        drawn_by=by,
    )
    rows = ({"incident_id": key} for key in drawing.incidents)
    write_rows(HeldIncident, rows, holdout_id=holdout.pk)
    drawn = HeldIncident.objects.filter(holdout=holdout).values("incident")
    leave_tables(Incident.objects.filter(pk__in=drawn), number=number, state=IncidentState.HELD_OUT)
    record_change(
        verb="draw_holdout",
        on=holdout,
        study=study,
        by=by,
        incidents=drawing.drawn,
        available=drawing.available,
        **asked.as_json(),
    )
    return holdout


def _check_none_held(study: Study) -> None:
    if holdout_of(study) is not None:
        raise HoldoutRefused(_("This study has a holdout already."))
    if held := held_in(study):
        raise HoldoutRefused(
            ngettext(
                "%(number)s incident is still on its way back. Draw when it is there.",
                "%(number)s incidents are still on their way back. Draw when they are there.",
                held,
            )
            % {"number": held}
        )


def why_nothing_is_drawn(study: Study) -> str:
    """The sentence that says why no incident of a study may be drawn."""
    if eligible_in(study).accepted:
        return _("Nothing can be drawn: every accepted incident has been coded, given or sorted.")
    return _("Nothing can be drawn: no incident is accepted yet.")


@transaction.atomic
def release_holdout(*, holdout: Holdout, reason: str, by: Member | None) -> Holdout:
    """Let the incidents of a holdout count and be coded, once. Returns the holdout.

    The revisions that the study's schemes have now are kept: whatever category comes later is new.
    Many incidents come back in portions, in the background. Raises HoldoutRefused without a reason,
    and where it was released or taken back already.
    """
    if not reason.strip():
        raise HoldoutRefused(_("Say why it is released now."))
    study = lock_study(holdout.study_id)  # nobody changes a scheme's tree unseen: see below
    schemes = Scheme.objects.select_for_update(no_key=True).filter(study=study).order_by("pk")
    released = _standing(holdout).update(
        released_at=timezone.now(),
        released_by=by,
        reason=reason.strip(),
        revisions={str(scheme.uid): scheme.revision for scheme in schemes},
    )
    if not released:
        raise HoldoutRefused(_("It was released or taken back already."))
    holdout.refresh_from_db()
    record_change(verb="release_holdout", on=holdout, study=study, by=by)
    _bring_back_some(holdout, by=by)
    return holdout


@transaction.atomic
def take_back_holdout(*, holdout: Holdout, by: Member | None) -> Holdout:
    """Undo a drawing as long as it was not released: its incidents are as if never drawn.

    Many come back in portions, in the background. Another holdout may be drawn then. Raises
    HoldoutRefused where it was released or taken back already.
    """
    study = lock_study(holdout.study_id)
    if not _standing(holdout).update(taken_back_at=timezone.now()):
        raise HoldoutRefused(_("It was released or taken back already."))
    holdout.refresh_from_db()
    record_change(verb="take_back_holdout", on=holdout, study=study, by=by)
    _bring_back_some(holdout, by=by)
    return holdout


def _standing(holdout: Holdout) -> QuerySet[Holdout]:
    """The row of a holdout, if nobody has ended it."""
    return Holdout.objects.filter(
        pk=holdout.pk, released_at__isnull=True, taken_back_at__isnull=True
    )


# -- Back into the tables ----------------------------------------------------------------------


def _bring_back_some(holdout: Holdout, *, by: Member | None) -> None:
    """Bring a first portion back at once, and leave the others to a job."""
    _bring_back_portion(holdout, by=by)
    if not still_held(holdout).exists():
        return
    request_job(
        kind=BRING_BACK,
        study=holdout.study,
        by=by,
        args={"holdout": str(holdout.uid)},
        unique_key=f"{BRING_BACK}:{holdout.uid}",
    )


def bring_back(claim: Claim) -> None:
    """Bring in portions back what is locked of an ended holdout. The runner of the job.

    Whatever a worker that was killed had brought back is not locked any more.
    """
    holdout = Holdout.objects.select_related("study").get(uid=claim.job.args["holdout"])
    if holdout.released_at is None and holdout.taken_back_at is None:
        raise jobs.Refused(_("It is not released."))
    total = still_held(holdout).count()
    done = 0
    while done < total:
        claim.progress(done, total)
        with transaction.atomic():
            brought = _bring_back_portion(holdout, by=claim.job.requested_by)
            claim.hold()
        if not brought:
            break
        done += brought
    with transaction.atomic():
        claim.finish(incidents=done)


def _bring_back_portion(holdout: Holdout, *, by: Member | None) -> int:
    number = change_facts(holdout.study, by=by)
    keys = list(still_held(holdout).order_by("pk").values_list("pk", flat=True)[:PORTION])
    portion = Incident.objects.filter(pk__in=keys)
    enter_tables(portion, number=number, state=IncidentState.ACCEPTED)
    return len(keys)
