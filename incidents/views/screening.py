"""The pages of screening: what waits, one incident after another, and the verdicts."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from incidents import access
from incidents.actions import screening
from incidents.actions.holding import take_next
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import RoleName
from incidents.forms.screening import (
    ExclusionForm,
    QuestionForm,
    ScreeningFilterForm,
    ToldAsForm,
    ValenceForm,
    VerdictForm,
    WithdrawalForm,
)
from incidents.http import Request, part_of
from incidents.models import Incident, Member
from incidents.paging import page_by_key
from incidents.queries.criteria import Asked, asked_in
from incidents.queries.flags import flags_of, with_flags
from incidents.queries.screening import (
    MOST_COUNTED,
    count_up_to,
    holder_of,
    interviewers_of,
    is_blind,
    likenesses_of,
    not_with_others,
    points_of,
    regions_of,
    verdicts_on,
    waiting_for,
)
from incidents.queries.second_screening import seconds_due
from incidents.views.incidents import words_shown

DESK = "incidents/screening_show.html"

Verb = Callable[..., Incident]


@require_GET
def screening_queue(request: Request, slug: str) -> HttpResponse:
    """The incidents that wait for a verdict, with what the house noticed about them."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    asked = asked_in(member.study)
    filters = _filters(request, member, asked)
    waiting = waiting_for(member, asked, filters.chosen)
    page = page_by_key(with_flags(waiting, member.study, asked).for_list(), query=request.GET)
    context = {
        "study": member.study,
        "filters": filters,
        "active": filters.in_use(list(filters.fields)),
        "queue_url": reverse("incidents:screening_queue", args=[slug]),
        "page": page,
        "rows": [(incident, flags_of(incident, asked)) for incident in page.rows],
        "previous_url": filters.turn("before", page.before),
        "next_url": filters.turn("after", page.after),
        "free": not_with_others(waiting, member).exists(),
        "seconds": seconds_due(member).count(),
        **_counts(waiting),
    }
    return render(request, "incidents/screening_queue.html", context)


@require_GET
def screening_next(request: Request, slug: str) -> HttpResponse:
    """The next waiting incident that is on nobody else's desk; it is on the member's from then."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    asked = asked_in(member.study)
    filters = _filters(request, member, asked)
    found = _next(member, asked, filters, after=_key_of(member, request.GET.get("after", "")))
    if found is None:
        messages.info(request, _nothing_left(member, asked, filters))
        return redirect(_with(filters, "incidents:screening_queue", slug))
    return redirect(_with(filters, "incidents:screening_show", slug, found.uid))


@require_GET
@vary_on_headers("HX-Request")
def screening_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """One incident with the verdicts that may be given."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    incident = access.incident_to_screen(member, uid)
    if is_blind(member, incident):
        return redirect("incidents:second_show", slug, uid)
    return _desk(request, member, incident)


@require_POST
def screening_accept(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Let the incident count."""
    return _decide(request, (slug, uid), VerdictForm, screening.accept, _("Accepted."))


@require_POST
def screening_return(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Send the incident back with a question."""
    done = _("Returned with your question.")
    return _decide(request, (slug, uid), QuestionForm, screening.return_with_question, done)


@require_POST
def screening_exclude(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Leave the incident out by a criterion."""
    return _decide(request, (slug, uid), ExclusionForm, screening.exclude, _("Excluded."))


@require_POST
def screening_withdraw(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take the incident out of everything."""
    return _decide(request, (slug, uid), WithdrawalForm, screening.withdraw, _("Withdrawn."))


# -- One verdict after another ----------------------------------------------------------------


def _decide(
    request: Request, where: tuple[str, uuid.UUID], kind: type[VerdictForm], verb: Verb, done: str
) -> HttpResponse:
    slug, uid = where
    member = access.member_for(request, slug, RoleName.ADMIN)
    incident = access.incident_to_screen(member, uid)
    asked = [] if kind is WithdrawalForm else asked_in(member.study)
    form = kind(request.POST, asked=asked)
    if not form.is_valid():
        return _desk(request, member, incident, form=form, status=422)
    try:
        verb(incident=incident, by=member, **form.verdict)
    except RefusedError as refusal:
        return _refused(request, member, incident, form, refusal)
    return _go_on(request, member, incident, done)


def _refused(
    request: Request, member: Member, incident: Incident, form: VerdictForm, refusal: RefusedError
) -> HttpResponse:
    """Show the reason, and what was typed; not to who may still be asked for a blind verdict."""
    if is_blind(member, incident):
        messages.warning(request, _("Somebody else decided on this one just now."))
        return _go_to(request, reverse("incidents:screening_queue", args=[member.study.slug]))
    shown = access.incident_to_screen(member, incident.uid)
    form.add_error(None, str(refusal))
    status = 409 if isinstance(refusal, StaleError) else 422
    return _desk(request, member, shown, form=form, status=status)


def _go_on(request: Request, member: Member, decided: Incident, done: str) -> HttpResponse:
    """Show what waits next: in place for htmx, with its own address; else by a redirect."""
    asked = asked_in(member.study)
    filters = _filters(request, member, asked)
    following = _next(member, asked, filters, after=decided.pk)
    slug = member.study.slug
    if following is None or not request.htmx:
        messages.success(request, done)
    if following is None:
        return _go_to(request, _with(filters, "incidents:screening_queue", slug))
    url = _with(filters, "incidents:screening_show", slug, following.uid)
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


def _next(
    member: Member, asked: Sequence[Asked], filters: ScreeningFilterForm, *, after: int
) -> Incident | None:
    return take_next(waiting=waiting_for(member, asked, filters.chosen), by=member, after=after)


def _nothing_left(member: Member, asked: Sequence[Asked], filters: ScreeningFilterForm) -> str:
    if waiting_for(member, asked, filters.chosen).exists():
        return _("What is left is on other screeners' desks at this moment.")
    return _("Nothing more waits here.")


def _key_of(member: Member, uid: str) -> int:
    try:
        wanted = uuid.UUID(uid)
    except ValueError:
        return 0
    found = Incident.objects.visible_to(member).filter(uid=wanted)
    return found.values_list("pk", flat=True).first() or 0


# -- What the pages show ----------------------------------------------------------------------


def _filters(request: Request, member: Member, asked: Sequence[Asked]) -> ScreeningFilterForm:
    return ScreeningFilterForm(
        request.GET,
        interviewers=interviewers_of(member.study),
        regions=regions_of(member.study),
        asked=asked,
    )


def _with(filters: ScreeningFilterForm, name: str, *args: Any) -> str:
    query = filters.query()
    return f"{reverse(name, args=args)}?{query}" if query else reverse(name, args=args)


def _counts(waiting: Any) -> dict[str, int]:
    return {"count": count_up_to(waiting), "most": MOST_COUNTED}


def _desk(
    request: Request,
    member: Member,
    incident: Incident,
    *,
    form: VerdictForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    asked = asked_in(member.study)
    filters = _filters(request, member, asked)
    context = {
        "study": member.study,
        "incident": incident,
        **words_shown(incident),
        "points": _points(incident, asked, form),
        "moments": [_moment_row(moment) for moment in incident.moments.all()],
        "told_as": ToldAsForm(initial=_read(incident)),
        "screenings": verdicts_on(incident),
        "versions": incident.versions.select_related("author").order_by("-number"),
        "likenesses": likenesses_of(incident),
        "holder": holder_of(incident, member),
        "query": filters.query(),
        "asked": f"?{filters.query()}" if filters.query() else "",
        "active": filters.in_use(list(filters.fields)),
        "refusal": form,
        **_counts(waiting_for(member, asked, filters.chosen)),
        **_verdict_forms(incident, form, asked),
        **_age(incident),
        **more,
    }
    return render(request, part_of(DESK, "desk", request), context, status=status)


def _points(incident: Incident, asked: Sequence[Asked], form: VerdictForm | None) -> list[Any]:
    rows = Incident.objects.filter(pk=incident.pk)
    shown = with_flags(rows, incident.study, asked).get()
    return points_of(shown, asked, form.sent if form else None)


def _verdict_forms(
    incident: Incident, sent: VerdictForm | None, asked: Sequence[Asked]
) -> dict[str, Any]:
    """A form for each verdict; what was typed in any of them comes back."""
    kinds = {
        "accepting": VerdictForm,
        "asking": QuestionForm,
        "excluding": ExclusionForm,
        "withdrawing": WithdrawalForm,
    }
    typed = {name: sent.data.get(name, "") for name in sent.data} if sent is not None else {}
    read = {**typed, "row_version": incident.row_version}
    forms: dict[str, VerdictForm] = {}
    for name, kind in kinds.items():
        if sent is not None and type(sent) is kind:
            sent.auto_id = f"{name}_%s"
            forms[name] = sent
        else:
            forms[name] = kind(initial=read, asked=asked, auto_id=f"{name}_%s")
    allowed = screening.STATES_BEFORE
    return {
        **forms,
        "verdicts": [verdict.value for verdict in allowed if incident.state in allowed[verdict]],
    }


def _age(incident: Incident) -> dict[str, Any]:
    """How long before the telling it may have happened."""
    held_on, happened = incident.interview.held_on, incident.happened_from
    if held_on is None or happened is None:
        return {}
    return {"age_days": (held_on - happened).days}


def _moment_row(moment: Any) -> dict[str, Any]:
    initial = {"row_version": moment.row_version, "valence": moment.valence}
    return {"moment": moment, "form": ValenceForm(initial=initial, auto_id=f"{moment.uid}_%s")}


def _read(incident: Incident) -> dict[str, Any]:
    return {"row_version": incident.row_version, "told_as": incident.told_as}
