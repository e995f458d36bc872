"""What the pages of an interview share: chips, submitting, and words that met other words."""

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.drafts import keep
from incidents.actions.fieldwork import EDITABLE, correct_incident, record_incident
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import AnswerSource, IncidentState
from incidents.forms.fieldwork import CheckedIncidentForm, IncidentForm, study_zone
from incidents.http import Request
from incidents.models import Interview, Member
from incidents.queries.fieldwork import Entry, body_of_incident, last_change_of
from incidents.queries.guides import asked_in_turn

PRESET = ("language", "asked_for", "answered_from", "answered_on")
NOT_COMPARED = ("answered_from", "answered_on")


@dataclasses.dataclass(frozen=True)
class Chip:
    """An incident of an interview, as its number shows it."""

    entry: Entry
    number: int
    state: str
    state_label: str
    missing: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Kept:
    """An incident that was not sent, and why: a sentence that wants the incident's number."""

    uid: uuid.UUID
    sentence: str
    known: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def said(self, number: int) -> str:
        """The whole sentence."""
        return self.sentence % {"number": number, **self.known}


@dataclasses.dataclass
class Submission:
    """What came of sending an interview's incidents."""

    sent: int = 0
    kept: list[Kept] = dataclasses.field(default_factory=list)
    stale: list[Entry] = dataclasses.field(default_factory=list)

    def add(self, other: "Submission") -> None:
        """Count in what came of one more."""
        self.sent += other.sent
        self.kept += other.kept
        self.stale += other.stale


def chips_of(
    entries: Sequence[Entry], interview: Interview, *, current: Entry | None = None
) -> list[Chip]:
    """All incidents of an interview with how complete they are, the current one among them."""
    known = {entry.uid for entry in entries}
    shown = [*entries, *([current] if current and current.uid not in known else [])]
    return [_chip(entry, number, interview) for number, entry in enumerate(shown, start=1)]


def missing_in(entry: Entry, interview: Interview) -> list[str]:
    """What an unsent incident still lacks, named; nothing if it may be sent."""
    return _checked(entry, interview).missing()


def form_of(entry: Entry, interview: Interview, *, bound: bool = False) -> IncidentForm:
    """The form of an incident: as it stands, or bound so that it says what is missing."""
    body = entry.body
    return IncidentForm(
        body if bound else None,
        interview=interview,
        initial={**presets_of(entry, interview), **body},
        divided=entry.divided,
        question=entry.question,
    )


def _checked(entry: Entry, interview: Interview) -> CheckedIncidentForm:
    """The same, where nobody sees it."""
    return CheckedIncidentForm(
        entry.body, interview=interview, divided=entry.divided, question=entry.question
    )


def presets_of(entry: Entry, interview: Interview) -> dict[str, str]:
    """What stands in a form before anybody has typed; it says nothing by itself."""
    if entry.question:
        today = timezone.localdate(timezone=study_zone(interview.study))
        return {"answered_from": AnswerSource.NOTES.value, "answered_on": today.isoformat()}
    if entry.incident is not None:
        return {}
    asked = asked_in_turn(interview.study)
    kind = asked[(entry.position - 1) % len(asked)]
    return {"language": interview.language, "asked_for": kind.value}


def submit_all(interview: Interview, member: Member, entries: Iterable[Entry]) -> Submission:
    """Send every complete draft of an interview, each in a transaction of its own.

    What cannot be sent stays a draft, or becomes one if it was not stored yet.
    """
    whole = Submission()
    for entry in entries:
        if entry.draft is None:
            continue
        came = _submit(interview, member, entry)
        if not came.sent and not entry.draft.stored:
            keep(entry.draft)
        whole.add(came)
    return whole


def conflict_page(
    request: Request, interview: Interview, entry: Entry, *, status: int = 200
) -> HttpResponse:
    """Both texts side by side, and the ways out."""
    context: dict[str, Any] = {
        "study": interview.study,
        "interview": interview,
        "entry": entry,
        "texts": differing_texts(entry),
        "change": last_change_of(entry.incident) if entry.incident else None,
    }
    return render(request, "incidents/incident_conflict.html", context, status=status)


def differing_texts(entry: Entry) -> list[dict[str, str]]:
    """Field by field what is mine and what is there now, where the two differ."""
    theirs = body_of_incident(entry.incident, entry.valence) if entry.incident else {}
    fields = IncidentForm.base_fields
    return [
        {
            "name": name,
            "label": str(field.label),
            "mine": _as_shown(field, mine),
            "theirs": _as_shown(field, other),
        }
        for name, field in fields.items()
        if (mine := entry.body.get(name, "")) != (other := theirs.get(name, ""))
        and name not in NOT_COMPARED
    ]


def _as_shown(field: forms.Field, value: str) -> str:
    """A choice by its words; anything else as it was typed."""
    return str(dict(getattr(field, "choices", ())).get(value, value))


def _submit(interview: Interview, member: Member, entry: Entry) -> Submission:
    if entry.in_dispute:
        return _kept(
            entry, _("Incident %(number)s was not sent: two windows hold different words of it.")
        )
    if entry.parked:
        return _kept(
            entry, _("Incident %(number)s is parked and was not sent. Open it to go on with it.")
        )
    form = _checked(entry, interview)
    if not form.is_valid():
        stays = _("Incident %(number)s stays a draft. %(missing)s")
        return _kept(entry, stays, missing=" ".join(form.missing()))
    try:
        _send(interview, member, entry, form)
    except StaleError:
        return Submission(stale=[entry])
    except RefusedError as refusal:
        return _kept(entry, _("Incident %(number)s was not sent. %(why)s"), why=str(refusal))
    return Submission(sent=1)


def _kept(entry: Entry, sentence: str, **known: str) -> Submission:
    return Submission(kept=[Kept(entry.uid, sentence, known)])


def _send(interview: Interview, member: Member, entry: Entry, form: IncidentForm) -> None:
    """Submit one incident; its draft goes in the same transaction."""
    if entry.incident is None:
        record_incident(
            interview=interview,
            uid=entry.uid,
            told=form.told(),
            by=member,
            position=entry.position,
            draft=entry.draft,
        )
        return
    correct_incident(
        incident=entry.incident,
        told=form.told(),
        by=member,
        based_on=entry.based_on,
        seen=entry.seen,
        reason=form.cleaned_data["reason"],
        answered=form.answered(),
        draft=entry.draft,
    )


def _chip(entry: Entry, number: int, interview: Interview) -> Chip:
    if entry.draft is None and entry.incident is not None:
        label = entry.incident.get_state_display()
        return Chip(entry, number, "part" if entry.question else "complete", label)
    if entry.held_out:
        return Chip(entry, number, "complete", str(IncidentState.HELD_OUT.label))
    if entry.draft is None:
        return Chip(entry, number, "empty", _("Empty"))
    if entry.parked:
        return Chip(entry, number, "parked", _("Parked"))
    missing = missing_in(entry, interview)
    label = _("Not complete") if missing else _("Complete, not sent")
    return Chip(entry, number, "part" if missing else "complete", label, missing)


def may_be_edited(entry: Entry) -> bool:
    """Say whether the incident is still the interviewer's to change."""
    if entry.held_out:
        return False
    return entry.incident is None or entry.incident.state in EDITABLE


def empty_entry(entries: Sequence[Entry], uid: uuid.UUID) -> Entry:
    """A new incident behind all others."""
    return Entry(uid=uid, position=max((entry.position for entry in entries), default=0) + 1)
