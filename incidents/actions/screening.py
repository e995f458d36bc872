"""What screeners decide: which incidents count, and what their pieces are."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from incidents.actions.fieldwork import Part
from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts, enter_tables, leave_tables, lock_study
from incidents.actions.parts import ask_to_divide, make_whole
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import IncidentState, Verdict
from incidents.criteria import Finding
from incidents.models import (
    Incident,
    Member,
    Moment,
    Screening,
    ScreeningHold,
    ScreeningPlan,
    SecondScreening,
)
from incidents.queries.criteria import Asked, asked_in
from incidents.queries.flags import flags_of, with_flags
from incidents.reliability.drawing import is_drawn

MOST_PARTS = 12
STATE_AFTER = {
    Verdict.ACCEPT: IncidentState.ACCEPTED,
    Verdict.RETURN: IncidentState.RETURNED,
    Verdict.EXCLUDE: IncidentState.EXCLUDED,
    Verdict.WITHDRAW: IncidentState.WITHDRAWN,
}
STANDING = (
    IncidentState.SUBMITTED,
    IncidentState.RETURNED,
    IncidentState.ACCEPTED,
    IncidentState.EXCLUDED,
)
STATES_BEFORE = {
    Verdict.ACCEPT: (IncidentState.SUBMITTED, IncidentState.RETURNED, IncidentState.EXCLUDED),
    Verdict.RETURN: (IncidentState.SUBMITTED, IncidentState.ACCEPTED, IncidentState.EXCLUDED),
    Verdict.EXCLUDE: (IncidentState.SUBMITTED, IncidentState.RETURNED, IncidentState.ACCEPTED),
    Verdict.WITHDRAW: (*STANDING, IncidentState.HELD_OUT),  # consent ends whenever it does
}


@transaction.atomic
def accept(
    *, incident: Incident, by: Member, row_version: int, findings: Mapping[str, str] | None = None
) -> Incident:
    """Let an incident count: its moments enter under the study's next number. Returns it.

    `findings` says of the codes of criteria what the screener found.

    Raises
    ------
    RefusedError
        A criterion that blocks is not met: somebody found so, or a flag says so and nobody found
        the contrary.
    StaleError
        Somebody changed or decided on the incident since `row_version`.
    """
    accepted = decide(incident, Verdict.ACCEPT, by=by, row_version=row_version, findings=findings)
    blocking = what_blocks(incident, findings or {})
    if blocking:
        names = ", ".join(str(criterion.name) for criterion in blocking)
        raise RefusedError(
            _("Not accepted, because this study asks that this be met: %(criteria)s.")
            % {"criteria": names}
        )
    return accepted


def return_with_question(
    *,
    incident: Incident,
    question: str,
    by: Member,
    row_version: int,
    findings: Mapping[str, str] | None = None,
) -> Incident:
    """Send an incident back to its interviewer with a question; it counts no longer. Returns it.

    Raises
    ------
    StaleError
        Somebody changed or decided on the incident since `row_version`.
    """
    return decide(
        incident,
        Verdict.RETURN,
        by=by,
        row_version=row_version,
        words=question,
        findings=findings,
    )


def exclude(
    *,
    incident: Incident,
    criterion: str,
    by: Member,
    row_version: int,
    reason: str = "",
    findings: Mapping[str, str] | None = None,
) -> Incident:
    """Leave an incident out by a criterion; it stays among what was told. Returns it.

    Raises
    ------
    StaleError
        Somebody changed or decided on the incident since `row_version`.
    """
    return decide(
        incident,
        Verdict.EXCLUDE,
        by=by,
        row_version=row_version,
        criterion=criterion,
        words=reason,
        findings=findings,
    )


def withdraw(*, incident: Incident, by: Member, row_version: int, reason: str = "") -> Incident:
    """Take an incident out of everything, whatever its state. Returns it.

    Raises
    ------
    StaleError
        Somebody changed or decided on the incident since `row_version`.
    """
    return decide(incident, Verdict.WITHDRAW, by=by, row_version=row_version, words=reason)


@transaction.atomic
def divide_incident(
    *, incident: Incident, parts: Sequence[Part], by: Member, row_version: int
) -> list[Moment]:
    """Make the parts the moments of an incident, in order, and return them.

    One part makes the incident whole again. The first part stays the moment that was first.

    Raises
    ------
    RefusedError
        A moment is with a coder already or to be practised on, or a part of several has no label.
    StaleError
        Somebody changed the incident since `row_version`.
    """
    _check_parts(parts)
    number = _number_if_counted(incident, by=by)
    _compare_and_set(incident, row_version=row_version)
    moments = list(Moment.objects.select_for_update().filter(incident=incident))
    if Incident.objects.with_coders().filter(pk=incident.pk).exists():
        raise RefusedError(
            _("This incident is with the coders already, so it can no longer be divided.")
        )
    if [moment.label for moment in moments] != _labels(parts):
        ask_to_divide(incident)
    _fit_moments(incident, moments, parts, number=number)
    record_change(
        verb="divide_incident",
        on=incident,
        study=incident.study,
        by=by,
        parts=[len(moments), len(parts)],
        valences=[part.valence for part in parts],
    )
    return list(incident.moments.all())


@transaction.atomic
def change_valence(*, moment: Moment, valence: str, by: Member, row_version: int) -> Moment:
    """Correct the valence of a moment and return it.

    Raises
    ------
    StaleError
        Somebody changed the moment since `row_version`.
    """
    _number_if_counted(moment.incident, by=by)
    changed = Moment.objects.filter(pk=moment.pk, row_version=row_version).update(
        valence=valence, row_version=F("row_version") + 1
    )
    if not changed:
        raise StaleError(_("Somebody else changed this just now. Look again."))
    record_change(
        verb="change_valence",
        on=moment,
        study=moment.incident.study,
        by=by,
        valence=[moment.valence, valence],
    )
    moment.refresh_from_db()
    return moment


@transaction.atomic
def change_told_as(*, incident: Incident, told_as: str, by: Member, row_version: int) -> Incident:
    """Correct from which side an incident is told, and return it.

    Raises
    ------
    StaleError
        Somebody changed the incident since `row_version`.
    """
    _number_if_counted(incident, by=by)
    before = incident.told_as
    _compare_and_set(incident, row_version=row_version, told_as=told_as)
    record_change(
        verb="change_told_as",
        on=incident,
        study=incident.study,
        by=by,
        told_as=[before, told_as],
    )
    incident.refresh_from_db()
    return incident


def what_blocks(incident: Incident, findings: Mapping[str, str]) -> list[Asked]:
    """The criteria of the study that stand in the way of accepting an incident."""
    blocking = [criterion for criterion in asked_in(incident.study) if criterion.blocks]
    if not blocking:
        return []
    shown = with_flags(Incident.objects.filter(pk=incident.pk), incident.study, blocking).get()
    flagged = set(flags_of(shown, blocking))
    return [criterion for criterion in blocking if _fails(criterion, findings, flagged)]


def _fails(criterion: Asked, findings: Mapping[str, str], flagged: Collection[str]) -> bool:
    found = findings.get(criterion.code)
    return found == Finding.UNMET or (criterion.flag in flagged and found != Finding.MET)


@transaction.atomic
def decide(
    incident: Incident,
    verdict: Verdict,
    *,
    by: Member,
    row_version: int,
    criterion: str = "",
    words: str = "",
    findings: Mapping[str, str] | None = None,
) -> Incident:
    """Give a verdict, whichever, and record it. Returns the incident as it is then.

    Raises
    ------
    StaleError
        Somebody changed or decided on the incident since `row_version`.
    """
    state = STATE_AFTER[verdict]
    accepts = verdict == Verdict.ACCEPT
    entered = change_facts(incident.study, by=by) if accepts else None
    left = None if accepts else _number_if_counted(incident, by=by)
    before = incident.state
    _compare_and_set(incident, row_version=row_version, states=STATES_BEFORE[verdict], state=state)
    itself = Incident.objects.filter(pk=incident.pk)
    if entered is not None:
        enter_tables(itself, number=entered)
    elif left is not None:
        leave_tables(itself, number=left)
    given = Screening.objects.create(
        incident=incident,
        member=by,
        verdict=verdict,
        criterion=criterion,
        words=words,
        findings=dict(findings or {}),
    )
    _ask_for_a_second(given)
    ScreeningHold.objects.filter(incident=incident).delete()
    record_change(
        verb=verdict.value,
        on=incident,
        study=incident.study,
        by=by,
        state=[before, state.value],
        criterion=criterion,
    )
    incident.refresh_from_db()
    return incident


def _ask_for_a_second(first: Screening) -> None:
    """Let a second member judge, too, if the incident is drawn and this is its first verdict."""
    incident = first.incident
    plan = ScreeningPlan.objects.filter(study=incident.study_id).first()
    if plan is None or first.verdict == Verdict.WITHDRAW or incident.version is None:
        return
    if not is_drawn(incident.uid, share=plan.share, seed=plan.seed):
        return
    if Screening.objects.filter(incident=incident).exclude(pk=first.pk).exists():
        return
    SecondScreening.objects.create(incident=incident, first=first, version=incident.version)


def _number_if_counted(incident: Incident, *, by: Member) -> int | None:
    """Lock the study; take its next number if the incident counts in tables, else None."""
    lock_study(incident.study_id)
    if not Incident.objects.accepted().filter(pk=incident.pk).exists():
        return None
    return change_facts(incident.study, by=by)


def _compare_and_set(
    incident: Incident,
    *,
    row_version: int,
    states: Sequence[str] = STANDING,
    **fields: Any,
) -> None:
    """Change the incident if it is still as it was read, and in one of these states."""
    same = Incident.objects.filter(pk=incident.pk, row_version=row_version, state__in=states)
    if not same.update(row_version=F("row_version") + 1, **fields):
        raise StaleError(
            _("Somebody else changed or decided on this incident just now. Look again.")
        )


def _check_parts(parts: Sequence[Part]) -> None:
    if not 1 <= len(parts) <= MOST_PARTS:
        raise RefusedError(_("An incident has 1 to %(most)s parts.") % {"most": MOST_PARTS})
    if len(parts) > 1 and not all(part.label.strip() for part in parts):
        raise RefusedError(_("Give each part a short label."))


def _labels(parts: Sequence[Part]) -> list[str]:
    """What the moments of these parts are called; the whole has no name."""
    return [part.label.strip() for part in parts] if len(parts) > 1 else [""]


def _fit_moments(
    incident: Incident, moments: list[Moment], parts: Sequence[Part], *, number: int | None
) -> None:
    """Reuse the moments there are, add what is missing, remove what is too many."""
    if len(parts) == 1 < len(moments):
        make_whole(moments[0], moments[1:])
    for surplus in moments[len(parts) :]:
        surplus.delete()
    for position, (part, label) in enumerate(zip(parts, _labels(parts), strict=True), start=1):
        if position <= len(moments):
            moment = moments[position - 1]
            moment.position, moment.label, moment.valence = position, label, part.valence
            moment.row_version += 1
            moment.save(update_fields=["position", "label", "valence", "row_version"])
        else:
            Moment.objects.create(
                incident=incident,
                position=position,
                label=label,
                valence=part.valence,
                entered_seq=number,
            )
