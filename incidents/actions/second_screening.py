"""The second, blind verdict on a sample, and what is done where the two differ."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError, StaleError
from incidents.actions.screening import STATE_AFTER, decide
from incidents.choices import Verdict
from incidents.criteria import SettledFor
from incidents.models import Incident, Member, SecondScreening


@transaction.atomic
def give_second_verdict(
    *,
    second: SecondScreening,
    verdict: str,
    by: Member,
    criterion: str = "",
    words: str = "",
    findings: Mapping[str, str] | None = None,
) -> SecondScreening:
    """Record a second verdict; the incident stays where the first one put it. Returns it.

    Raises
    ------
    RefusedError
        The first verdict is by the same member.
    StaleError
        Somebody else gave the second verdict meanwhile.
    """
    if second.first.member_id == by.pk:
        raise RefusedError(_("The first verdict is yours; the second must be somebody else's."))
    given = SecondScreening.objects.filter(pk=second.pk, given_at__isnull=True).update(
        member=by,
        verdict=verdict,
        criterion=criterion,
        words=words,
        findings=dict(findings or {}),
        given_at=Now(),
    )
    if not given:
        raise StaleError(_("Somebody else gave the second verdict on this one just now."))
    record_change(
        verb="give_second_verdict",
        on=second,
        study=second.incident.study,
        by=by,
        incident=str(second.incident.uid),
        verdict=verdict,
        criterion=criterion,
    )
    second.refresh_from_db()
    return second


@transaction.atomic
def settle_disagreement(
    *, second: SecondScreening, settled_for: str, because: str, by: Member, row_version: int
) -> SecondScreening:
    """Say which of two different verdicts stands, and why. Returns the second screening.

    The second one's takes effect on the incident now, unless it stands there already; what the two
    had said stays as it was, for their agreement.

    Raises
    ------
    RefusedError
        There is no disagreement, or the incident may not be changed that way any more.
    StaleError
        Somebody settled it meanwhile, or changed the incident since `row_version`.
    """
    if not second.verdict or second.verdict == second.first.verdict:
        raise RefusedError(_("There is nothing to settle here."))
    if settled_for == SettledFor.SECOND:
        _follow(second, by=by, row_version=row_version)
    settled = SecondScreening.objects.filter(pk=second.pk, settled_for="").update(
        settled_for=settled_for, settled_because=because, settled_by=by, settled_at=Now()
    )
    if not settled:
        raise StaleError(_("Somebody else settled this just now. Look again."))
    record_change(
        verb="settle_disagreement",
        on=second,
        study=second.incident.study,
        by=by,
        incident=str(second.incident.uid),
        settled_for=settled_for,
    )
    second.refresh_from_db()
    return second


def _follow(second: SecondScreening, *, by: Member, row_version: int) -> None:
    verdict = Verdict(second.verdict)
    incident = Incident.objects.get(pk=second.incident_id)
    if incident.state == STATE_AFTER[verdict]:
        return
    decide(
        incident,
        verdict,
        by=by,
        row_version=row_version,
        criterion=second.criterion,
        words=second.words,
        findings=second.findings,
    )
