"""The pages of screening: what waits, one incident after another, and its pieces."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from incidents import access
from incidents.actions import screening
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import IncidentState, RoleName
from incidents.forms.screening import (
    ExclusionForm,
    PartFormSet,
    QuestionForm,
    ToldAsForm,
    ValenceForm,
    VerdictForm,
    WithdrawalForm,
    part_rows,
    parts_of,
)
from incidents.http import Request, part_of
from incidents.models import Incident, Member
from incidents.paging import page_by_key
from incidents.queries.fieldwork import next_to_screen
from incidents.views.incidents import texts_of

DESK = "incidents/screening_show.html"
COUNTED = 1000

Verb = Callable[..., Incident]


@require_GET
def screening_queue(request: Request, slug: str) -> HttpResponse:
    """The incidents that wait for a verdict."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    waiting = Incident.objects.visible_to(member).filter(state=IncidentState.SUBMITTED)
    context = {
        "study": member.study,
        "page": page_by_key(waiting.for_list(), query=request.GET),
        "first": next_to_screen(member),
        "count": waiting.order_by()[: COUNTED + 1].count(),
        "most": COUNTED,
    }
    return render(request, "incidents/screening_queue.html", context)


@require_GET
@vary_on_headers("HX-Request")
def screening_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """One incident with the verdicts that may be given."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    return _desk(request, member, access.incident_to_screen(member, uid))


@require_POST
def screening_accept(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Let the incident count."""
    return _decide(
        request, (slug, uid), VerdictForm(request.POST), screening.accept, _("Accepted.")
    )


@require_POST
def screening_return(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Send the incident back with a question."""
    done = _("Returned with your question.")
    return _decide(
        request, (slug, uid), QuestionForm(request.POST), screening.return_with_question, done
    )


@require_POST
def screening_exclude(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Leave the incident out by a criterion."""
    return _decide(
        request, (slug, uid), ExclusionForm(request.POST), screening.exclude, _("Excluded.")
    )


@require_POST
def screening_withdraw(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take the incident out of everything."""
    return _decide(
        request, (slug, uid), WithdrawalForm(request.POST), screening.withdraw, _("Withdrawn.")
    )


@require_POST
def incident_told_as(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Correct from which side the incident is told."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    incident = access.incident_to_screen(member, uid)
    form = ToldAsForm(request.POST)
    if form.is_valid():
        _try(request, screening.change_told_as, incident=incident, by=member, **form.cleaned_data)
    return redirect("incidents:screening_show", slug, uid)


@require_POST
def moment_valence(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Correct how a moment was experienced."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    moment = access.moment_to_screen(member, uid)
    form = ValenceForm(request.POST)
    if form.is_valid():
        _try(request, screening.change_valence, moment=moment, by=member, **form.cleaned_data)
    return redirect("incidents:screening_show", slug, moment.incident.uid)


@require_http_methods(["GET", "POST"])
def incident_divide(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Divide an incident into the pieces that are coded one by one."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    incident = access.incident_to_screen(member, uid)
    posted = request.POST if request.method == "POST" else None
    rows = PartFormSet(posted, initial=part_rows(incident))
    version = VerdictForm(posted, initial={"row_version": incident.row_version})
    if version.is_bound and rows.is_valid() and version.is_valid():
        parts = parts_of(rows)
        given = {"parts": parts, "row_version": version.cleaned_data["row_version"]}
        if _try(request, screening.divide_incident, incident=incident, by=member, **given):
            return redirect("incidents:screening_show", slug, uid)
    context = {
        "study": member.study,
        "incident": incident,
        "texts": texts_of(incident),
        "rows": rows,
        "version": version,
    }
    status = 422 if version.is_bound else 200
    return render(request, "incidents/incident_divide.html", context, status=status)


def _decide(
    request: Request, where: tuple[str, uuid.UUID], form: Form, verb: Verb, done: str
) -> HttpResponse:
    slug, uid = where
    member = access.member_for(request, slug, RoleName.ADMIN)
    incident = access.incident_to_screen(member, uid)
    if not form.is_valid():
        return _desk(request, member, incident, form=form, status=422)
    try:
        verb(incident=incident, by=member, **form.cleaned_data)
    except StaleError as refusal:
        incident.refresh_from_db()
        form.add_error(None, str(refusal))
        return _desk(request, member, incident, form=form, status=409)
    return _go_on(request, member, incident, done)


def _go_on(request: Request, member: Member, decided: Incident, done: str) -> HttpResponse:
    """Show what waits next: in place for htmx, with its own address; else by a redirect."""
    following = next_to_screen(member, after=decided.pk)
    if following is None or not request.htmx:
        messages.success(request, done)
    if following is None:
        return _go_to(request, reverse("incidents:screening_queue", args=[member.study.slug]))
    url = reverse("incidents:screening_show", args=[member.study.slug, following.uid])
    if not request.htmx:
        return redirect(url)
    shown = access.incident_to_screen(member, following.uid)
    answer = _desk(request, member, shown, decided=decided, done=done)
    answer["HX-Push-Url"] = url
    return answer


def _go_to(request: Request, url: str) -> HttpResponse:
    if not request.htmx:
        return redirect(url)
    return HttpResponse(headers={"HX-Redirect": url})


def _desk(
    request: Request,
    member: Member,
    incident: Incident,
    *,
    form: Form | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    following = next_to_screen(member, after=incident.pk)
    context = {
        "study": member.study,
        "incident": incident,
        "texts": texts_of(incident),
        "moments": [_moment_row(moment) for moment in incident.moments.all()],
        "told_as": ToldAsForm(initial=_read(incident)),
        "screenings": incident.screenings.select_related("member").order_by("-pk"),
        "versions": incident.versions.select_related("author").order_by("-number"),
        "following": following if following and following.pk != incident.pk else None,
        "refusal": form,
        **_verdict_forms(incident, form),
        **_age(incident),
        **more,
    }
    return render(request, part_of(DESK, "desk", request), context, status=status)


def _verdict_forms(incident: Incident, sent: Form | None) -> dict[str, Any]:
    """A form for each verdict; the one that was refused comes back with what was typed."""
    kinds = {
        "accepting": VerdictForm,
        "asking": QuestionForm,
        "excluding": ExclusionForm,
        "withdrawing": WithdrawalForm,
    }
    read = {"row_version": incident.row_version}
    forms = {name: kind(initial=read, auto_id=f"{name}_%s") for name, kind in kinds.items()}
    for name, kind in kinds.items():
        if sent is not None and type(sent) is kind:
            sent.auto_id = forms[name].auto_id
            forms[name] = sent
    allowed = screening.STATES_BEFORE
    return {
        **forms,
        "verdicts": [verdict.value for verdict in allowed if incident.state in allowed[verdict]],
    }


def _age(incident: Incident) -> dict[str, Any]:
    """How long before the telling it may have happened, and whether that is too long ago."""
    held_on, happened = incident.interview.held_on, incident.happened_from
    if held_on is None or happened is None:
        return {}
    days = (held_on - happened).days
    return {"age_days": days, "too_old": days > incident.study.recall_window_days}


def _moment_row(moment: Any) -> dict[str, Any]:
    initial = {"row_version": moment.row_version, "valence": moment.valence}
    return {"moment": moment, "form": ValenceForm(initial=initial, auto_id=f"{moment.uid}_%s")}


def _read(incident: Incident) -> dict[str, Any]:
    return {"row_version": incident.row_version, "told_as": incident.told_as}


def _try(request: Request, verb: Callable[..., Any], **given: Any) -> bool:
    """Act; say why where it is refused."""
    try:
        verb(**given)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return False
    return True
