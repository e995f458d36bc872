"""The pages of one incident: telling it, reading it, dividing it."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import access
from incidents.actions.drafts import discard_draft, keep, unsent
from incidents.choices import IncidentState, RoleName
from incidents.forms.fieldwork import BODY, IncidentForm, WindowForm, body_of
from incidents.http import Request
from incidents.models import Draft, Incident, Interview, Member
from incidents.models.fieldwork import ANSWERS, TEXTS
from incidents.paging import page_by_key
from incidents.queries.fieldwork import Entry, entries_of, holding, unsent_entries, with_question
from incidents.queries.guides import asked_in_turn, guide_of
from incidents.queries.screening import is_blind, verdicts_on
from incidents.queries.words import translation_of
from incidents.texts import fingerprint
from incidents.views.interviews import WRITERS, answer_submission
from incidents.views.telling import (
    PRESET,
    chips_of,
    conflict_page,
    empty_entry,
    form_of,
    may_be_edited,
    submit_all,
)

WAYS_OUT = ("mine", "theirs", "both")


# -- Telling ----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def incident_record(
    request: Request, slug: str, uid: uuid.UUID, incident_uid: uuid.UUID
) -> HttpResponse:
    """One incident of an interview to be written down; sent, it is kept and the next one opens."""
    member, interview = _at_work(request, slug, uid)
    access.incident_to_record(interview, incident_uid)
    if request.method == "POST":
        _keep(request, interview, incident_uid, member)
        return redirect("incidents:incident_record", slug, uid, uuid.uuid4())
    entries = entries_of(interview, member)
    entry = _entry_among(entries, incident_uid)
    if entry.held_out:
        return redirect("incidents:interview_show", slug, uid)
    if not may_be_edited(entry) and entry.draft is None:
        return redirect("incidents:incident_show", slug, incident_uid)
    context = _record_context(request, interview, member, entries, entry)
    return render(request, "incidents/incident_record.html", context)


@require_POST
def incident_draft(
    request: Request, slug: str, uid: uuid.UUID, incident_uid: uuid.UUID
) -> HttpResponseBase:
    """Keep what is typed; a script gets a receipt, a browser without scripts the page again."""
    member = access.member_for(request, slug, *WRITERS)
    interview, _known = access.interview_to_tell_in(member, uid, incident_uid)
    draft = _keep(request, interview, incident_uid, member)
    if request.headers.get("Accept") != "application/json":
        return redirect("incidents:incident_record", slug, uid, incident_uid)
    stored = draft.sha256 if draft else fingerprint(body_of(request.POST))
    saved_at = draft.saved_at if draft else timezone.now()
    return JsonResponse({"uid": incident_uid, "sha256": stored, "saved_at": saved_at})


@require_POST
def incident_submit(
    request: Request, slug: str, uid: uuid.UUID, incident_uid: uuid.UUID
) -> HttpResponse:
    """Send all complete incidents of the interview, this one as it was posted."""
    member = access.member_for(request, slug, *WRITERS)
    interview, known = access.interview_to_tell_in(member, uid, incident_uid)
    entries = unsent_entries(interview, member, and_also=incident_uid, known=known)
    entry = _entry_among(entries, incident_uid)
    typed = _typed(request, interview, member, entry)
    if typed is not None:
        entries = holding(entries, entry, typed)
    return answer_submission(request, interview, submit_all(interview, member, entries))


@require_http_methods(["GET", "POST"])
def incident_discard(
    request: Request, slug: str, uid: uuid.UUID, incident_uid: uuid.UUID
) -> HttpResponse:
    """Throw away what was not sent, after asking once."""
    member, interview = _at_work(request, slug, uid)
    entry = _found_draft(interview, member, incident_uid)
    if request.method == "POST":
        which = request.GET.get("draft", "")
        if which and which not in {draft.sha256 for draft in entry.drafts}:
            raise Http404
        discard_draft(interview=interview, uid=incident_uid, by=member, sha256=which)
        messages.success(request, _("The unsent words are thrown away."))
        return redirect("incidents:interview_show", slug, uid)
    context = {"study": member.study, "interview": interview, "entry": entry}
    return render(request, "incidents/incident_discard.html", context)


@require_http_methods(["GET", "POST"])
def incident_conflict(
    request: Request, slug: str, uid: uuid.UUID, incident_uid: uuid.UUID
) -> HttpResponse:
    """Words that were changed on two sides; one way out is chosen, and nothing is lost."""
    member, interview = _at_work(request, slug, uid)
    entry = _found_draft(interview, member, incident_uid)
    if entry.incident is None:
        return redirect("incidents:incident_record", slug, uid, incident_uid)
    way = request.POST.get("way")
    if way not in WAYS_OUT:
        return conflict_page(request, interview, entry)
    if way == "theirs":
        discard_draft(interview=interview, uid=incident_uid, by=member)
        return redirect("incidents:interview_show", slug, uid)
    _rebase(interview, member, entry, below=way == "both")
    if way == "mine":
        submission = submit_all(interview, member, entries_of(interview, member))
        return answer_submission(request, interview, submission)
    return redirect("incidents:incident_record", slug, uid, incident_uid)


# -- Reading ----------------------------------------------------------------------------------


@require_GET
def incident_mine(request: Request, slug: str) -> HttpResponse:
    """One's own incidents with where they stand, what was asked about them on top."""
    member = access.member_for(request, slug, *WRITERS)
    mine = with_question(Incident.objects.visible_to(member).told_to(member))
    asked = mine.filter(state=IncidentState.RETURNED).order_by("-pk")[:50]
    page = page_by_key(mine.exclude(state=IncidentState.RETURNED), query=request.GET)
    context = {"study": member.study, "member": member, "page": page, "asked": asked}
    return render(request, "incidents/incident_mine.html", context)


@require_GET
def incident_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """One incident: its words, its moments, and to whom it concerns how it came to this."""
    member = access.member_for(request, slug)
    incident = access.incident_shown(member, uid)
    if member.has_role(RoleName.ADMIN) and is_blind(member, incident):
        return redirect("incidents:second_show", slug, uid)
    context = {
        "study": member.study,
        "incident": incident,
        **words_shown(incident),
        "moments": incident.moments.all(),
        **_background(member, incident),
    }
    return render(request, "incidents/incident_show.html", context)


def words_shown(incident: Incident) -> dict[str, Any]:
    """What `incident_words.html` shows: the answers, and their translation where there is one."""
    return {"texts": texts_of(incident), "translation": translation_of(incident)}


def texts_of(incident: Incident) -> list[tuple[str, str]]:
    """The five answers under their questions' labels."""
    version = incident.version
    labels = IncidentForm.base_fields
    return [
        (str(labels[name].label), getattr(version, name)) for name in ANSWERS if version is not None
    ]


def _background(member: Member, incident: Incident) -> dict[str, Any]:
    """What only some may see: the place by name or code, and who did what with the incident."""
    interview = incident.interview
    own = interview.interviewer_id == member.pk
    admin = member.has_role(RoleName.ADMIN)
    if not (own or admin):
        return _analysts_background(member, incident)
    return {
        "interview": interview,
        "organization": incident.site.organization.shown_name,
        "site": incident.site,
        "versions": incident.versions.select_related("author").order_by("-number"),
        "screenings": verdicts_on(incident),
        "may_screen": admin,
        "may_edit": incident.state in {IncidentState.SUBMITTED, IncidentState.RETURNED},
    }


def _analysts_background(member: Member, incident: Incident) -> dict[str, Any]:
    if not member.has_role(RoleName.ANALYST):
        return {}
    organization = incident.site.organization
    named = member.study.names_shown_to_analysts
    return {
        "organization": organization.shown_name if named else organization.code,
        "region": incident.site.region,
    }


# -- What the pages share ---------------------------------------------------------------------


def _at_work(request: Request, slug: str, uid: uuid.UUID) -> tuple[Member, Interview]:
    member = access.member_for(request, slug, *WRITERS)
    return member, access.interview_to_record(member, uid)


def _keep(request: Request, interview: Interview, uid: uuid.UUID, member: Member) -> Draft | None:
    """Keep the posted words as a draft; None where nothing was typed."""
    entry = _entry_among(entries_of(interview, member), uid)
    typed = _typed(request, interview, member, entry)
    return keep(typed) if typed else None


def _typed(request: Request, interview: Interview, member: Member, entry: Entry) -> Draft | None:
    """The posted words as a draft that is not stored yet; None where nothing was typed.

    Raises PermissionDenied if the form was opened by somebody else, whose words these are.
    """
    window = WindowForm(request.POST)
    if not window.is_valid() or window.cleaned_data["member"] != member.uid:
        raise PermissionDenied(
            _("This form was opened by somebody else. Go back, sign in as them, and send it again.")
        )
    known, body = window.cleaned_data, body_of(request.POST)
    if _untouched(entry, body):
        return None
    return unsent(
        interview=interview,
        uid=entry.uid,
        tab=known["tab"],
        body=body,
        by=member,
        position=known["position"] or entry.position,
        based_on=known["based_on"],
        seen=known["seen"],
        parked=known["parked"],
        continues=known["continues"],
    )


def _untouched(entry: Entry, body: Mapping[str, str]) -> bool:
    """Say whether there is nothing to keep: an empty form, or a sent incident as it stands."""
    if entry.draft is not None:
        return False
    before = {**{name: body[name] for name in PRESET}, **entry.body}
    return all(text == before.get(name, "") for name, text in body.items())


def _entry_among(entries: list[Entry], uid: uuid.UUID) -> Entry:
    found = (entry for entry in entries if entry.uid == uid)
    return next(found, None) or empty_entry(entries, uid)


def _found_draft(interview: Interview, member: Member, uid: uuid.UUID) -> Entry:
    entry = _entry_among(entries_of(interview, member), uid)
    if entry.draft is None:
        raise Http404
    return entry


def _record_context(
    request: Request, interview: Interview, member: Member, entries: list[Entry], entry: Entry
) -> dict[str, Any]:
    form = form_of(entry, interview, bound="check" in request.GET)
    held_on = interview.held_on or form.today
    guide = guide_of(interview.study, interview.language, held_on=held_on)
    return {
        "study": interview.study,
        "member": member,
        "interview": interview,
        "entry": entry,
        "chips": chips_of(entries, interview, current=entry),
        "form": form,
        "guide": guide,
        "asked_now": guide.nearest(str(form["asked_for"].value() or "")),
        "questions": list(form.questions(guide.probes)),
        "tab": uuid.uuid4().hex,
        "new_uid": uuid.uuid4(),
        "fields": " ".join(BODY),
        "presets": " ".join(PRESET),
        "asked_in_turn": " ".join(asked_in_turn(interview.study)),
        "editable": may_be_edited(entry),
    }


def _rebase(interview: Interview, member: Member, entry: Entry, *, below: bool) -> None:
    """Let a draft stand on the current version, its words alone or below what is there."""
    draft, incident = entry.draft, entry.incident
    if draft is None or incident is None or incident.version is None:
        return
    body: Mapping[str, str] = entry.body
    if below:
        body = {**body, **_one_below_the_other(incident, body)}
    rebased = unsent(
        interview=interview,
        uid=entry.uid,
        tab=draft.tab,
        body=body,
        by=member,
        position=entry.position,
        based_on=incident.version.number,
        seen=entry.facts_now,
    )
    keep(rebased)


def _one_below_the_other(incident: Incident, mine: Mapping[str, str]) -> dict[str, str]:
    version = incident.version
    theirs = {name: str(getattr(version, name)) for name in TEXTS}
    return {
        name: (" / " if name == "headline" else "\n\n").join(
            part for part in dict.fromkeys((there, mine.get(name, ""))) if part
        )
        for name, there in theirs.items()
    }
