"""Stories that may have been told twice: pointed out, judged by people, never merged."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from incidents import access
from incidents.actions.likeness import judge_likeness
from incidents.choices import RoleName
from incidents.criteria import Judgement
from incidents.forms.screening import JudgementForm
from incidents.http import Request
from incidents.models import Incident
from incidents.paging import page_by_key
from incidents.queries.likeness import likenesses_in, unseen_in
from incidents.views.attempts import refusal_of
from incidents.views.incidents import words_shown


@require_GET
def likeness_list(request: Request, slug: str) -> HttpResponse:
    """The pairs of incidents that are alike, those not judged yet first asked for."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    judgement = request.GET.get("judgement", Judgement.OPEN)
    shown = judgement if judgement in Judgement.values else Judgement.OPEN
    page = page_by_key(likenesses_in(member.study, shown), query=request.GET)
    context = {
        "study": member.study,
        "shown": shown,
        "judgements": Judgement.choices,
        "page": page,
        "previous_url": f"?judgement={shown}&before={page.before}" if page.before else "",
        "next_url": f"?judgement={shown}&after={page.after}" if page.after else "",
        "unseen": unseen_in(member.study),
    }
    return render(request, "incidents/likeness_list.html", context)


@require_GET
def likeness_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Two incidents side by side."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    likeness = access.likeness_to_judge(member, uid)
    context = {
        "study": member.study,
        "likeness": likeness,
        "sides": [_side(likeness.first), _side(likeness.second)],
        "judgements": [one for one in Judgement if one != likeness.judgement],
    }
    return render(request, "incidents/likeness_show.html", context)


@require_POST
def likeness_judge(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Say whether two incidents are one story; both stay as they are."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    likeness = access.likeness_to_judge(member, uid)
    form = JudgementForm(request.POST)
    status = refusal_of(
        form, lambda: judge_likeness(likeness=likeness, by=member, **form.cleaned_data)
    )
    if status is not None:
        messages.error(request, " ".join(str(error) for error in form.non_field_errors()))
    elif form.cleaned_data["judgement"] == Judgement.SAME:
        messages.success(request, _("Marked as one story. Exclude one of them to count it once."))
    else:
        messages.success(request, _("Saved."))
    return redirect("incidents:likeness_show", slug, uid)


def _side(incident: Incident) -> dict[str, Any]:
    return {"incident": incident, **words_shown(incident)}
