"""Taking a verdict back: the incident stands again where it stood."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts, enter_tables, leave_tables, lock_study
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import IncidentState, Verdict
from incidents.models import Change, Incident, Member

STATES = (
    IncidentState.SUBMITTED,
    IncidentState.RETURNED,
    IncidentState.ACCEPTED,
    IncidentState.EXCLUDED,
)


@transaction.atomic
def put_back(*, incident: Incident, state: str, by: Member, row_version: int) -> Incident:
    """Let an incident stand where it stood before a verdict. Returns it.

    The verdict stays in its history. What counts again enters under the study's next number.

    Raises
    ------
    RefusedError
        Coders have what would no longer count, it is held out, or the state is none to go back to.
    StaleError
        Somebody changed or decided on the incident since `row_version`.
    """
    if state not in STATES:
        raise RefusedError(_("There is nothing to go back to."))
    if incident.state == IncidentState.HELD_OUT:
        raise RefusedError(_("It is held out."))
    lock_study(incident.study_id)
    leaves = _leaves(incident, state)
    enters = state == IncidentState.ACCEPTED
    number = change_facts(incident.study, by=by) if leaves or enters else 0
    same = Incident.objects.filter(pk=incident.pk, row_version=row_version, state=incident.state)
    if not same.update(state=state, row_version=F("row_version") + 1):
        raise StaleError(_("Somebody else has changed or decided on it since."))
    itself = Incident.objects.filter(pk=incident.pk)
    if enters:
        enter_tables(itself, number=number)
    elif leaves:
        leave_tables(itself, number=number)
    record_change(
        verb="put_back",
        on=incident,
        study=incident.study,
        by=by,
        state=[incident.state, state],
    )
    incident.refresh_from_db()
    return incident


@transaction.atomic
def restore(*, incident: Incident, by: Member, row_version: int) -> Incident:
    """Take an exclusion back: the incident stands where it stood before it. Returns it.

    Raises
    ------
    RefusedError
        The incident is not excluded.
    StaleError
        Somebody changed or decided on the incident since `row_version`.
    """
    if incident.state != IncidentState.EXCLUDED:
        raise RefusedError(_("It is not excluded."))
    state = _state_before_exclusion(incident)
    return put_back(incident=incident, state=state, by=by, row_version=row_version)


def _leaves(incident: Incident, state: str) -> bool:
    """Whether it counted and will not. Raises RefusedError where coders have it already."""
    counted = Incident.objects.accepted().filter(pk=incident.pk)
    if state == IncidentState.ACCEPTED or not counted.exists():
        return False
    if counted.with_coders().exists():
        raise RefusedError(_("It is with the coders already."))
    return True


def _state_before_exclusion(incident: Incident) -> str:
    """What the change log says; *submitted* where an exclusion was never logged."""
    excluded = Change.objects.filter(object_uid=incident.uid, verb=Verdict.EXCLUDE)
    last = excluded.order_by("-pk").values_list("details", flat=True).first()
    before = str((last or {}).get("state", [IncidentState.SUBMITTED])[0])
    return before if before in STATES else IncidentState.SUBMITTED
