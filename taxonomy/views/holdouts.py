"""The holdout of a study: drawn, seen before; released or taken back; and what it confirms."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Study
from incidents.views.attempts import CONFLICT, INVALID, refusal_of
from taxonomy import access
from taxonomy.actions.holding import (
    draw_holdout,
    release_holdout,
    take_back_holdout,
    why_nothing_is_drawn,
)
from taxonomy.forms.holdouts import HoldoutForm, ReleaseForm, TakeBackForm
from taxonomy.models import Holdout, Scheme
from taxonomy.queries.confirmation import Confirmation, agreement_on, confirmation_of
from taxonomy.queries.holdout import (
    draw_to_hold,
    eligible_in,
    held_in,
    holdout_of,
    schemes_for,
    strata_of,
    taken_back_in,
    whereabouts_of,
)
from taxonomy.tabulation.display import percent_shown, whole_percent
from taxonomy.tabulation.intervals import wilson

READERS = (RoleName.ANALYST, RoleName.ADMIN)


@require_GET
def holdout_show(request: Request, slug: str) -> HttpResponse:
    """What is held out, if anything, and what may be done now."""
    study = member_for(request, slug, RoleName.ADMIN).study
    holdout = holdout_of(study)
    context: dict[str, Any] = {"study": study, "holdout": holdout, "past": taken_back_in(study)}
    if holdout is None:
        context |= {"eligible": eligible_in(study), "coming_back": held_in(study)}
    else:
        context |= _standing(holdout)
    return render(request, "taxonomy/holdout_show.html", context)


def _standing(holdout: Holdout) -> dict[str, Any]:
    where = whereabouts_of(holdout)
    return {
        "where": where,
        "coming_back": where.held if holdout.released_at else 0,
        "strata": strata_of(holdout),
        "schemes": schemes_for(holdout) if holdout.released_at else (),
    }


# -- Drawing -----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def holdout_draw(request: Request, slug: str) -> HttpResponse:
    """Say how many are held out, and hold out what the preview showed."""
    member = member_for(request, slug, RoleName.ADMIN)
    if request.method == "GET":
        return _form_page(request, member.study, HoldoutForm(request.GET or None), 200)
    form, seen = HoldoutForm(request.POST), request.POST.get("seen", "")
    status = refusal_of(
        form, lambda: draw_holdout(study=member.study, asked=form.asked(), by=member, seen=seen)
    )
    if status is None:
        messages.success(request, _("Drawn: what is held out is locked for everybody."))
        return redirect("taxonomy:holdout_show", slug)
    if status == CONFLICT:
        return _preview_page(request, member.study, form, CONFLICT)
    return _form_page(request, member.study, form, status)


@require_GET
def holdout_preview(request: Request, slug: str) -> HttpResponse:
    """How many of each region and valence would be held out; nothing is drawn."""
    study = member_for(request, slug, RoleName.ADMIN).study
    form = HoldoutForm(request.GET)
    if not form.is_valid():
        return _form_page(request, study, form, INVALID)
    return _preview_page(request, study, form, 200)


def _form_page(request: Request, study: Study, form: HoldoutForm, status: int) -> HttpResponse:
    eligible = eligible_in(study)
    context = {
        "study": study,
        "form": form,
        "eligible": eligible,
        "standing": holdout_of(study) is not None,
        "why_nothing": "" if eligible.free else why_nothing_is_drawn(study),
    }
    return render(request, "taxonomy/holdout_form.html", context, status=status)


def _preview_page(request: Request, study: Study, form: HoldoutForm, status: int) -> HttpResponse:
    drawing = draw_to_hold(study, form.asked())
    context = {
        "study": study,
        "form": form,
        "drawing": drawing,
        "why_nothing": "" if drawing.available else why_nothing_is_drawn(study),
        "changed": status == CONFLICT,
        "query": (request.GET if request.method == "GET" else request.POST).urlencode(),
    }
    return render(request, "taxonomy/holdout_preview.html", context, status=status)


# -- Back --------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def holdout_release(request: Request, slug: str) -> HttpResponse:
    """Let what is held out count and be coded: once, for a reason."""
    member = member_for(request, slug, RoleName.ADMIN)
    holdout = _to_end(member.study)
    if request.method == "GET" and not _is_standing(holdout):
        return redirect("taxonomy:holdout_show", slug)
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    status = refusal_of(
        form, lambda: release_holdout(holdout=holdout, by=member, **form.cleaned_data)
    )
    if status is None:
        messages.success(request, _("Released: it may be coded now."))
        return redirect("taxonomy:holdout_show", slug)
    context = {"study": member.study, "form": form, "where": whereabouts_of(holdout)}
    return render(request, "taxonomy/holdout_release.html", context, status=status)


@require_http_methods(["GET", "POST"])
def holdout_take_back(request: Request, slug: str) -> HttpResponse:
    """Undo the drawing: its incidents are as if never drawn."""
    member = member_for(request, slug, RoleName.ADMIN)
    holdout = _to_end(member.study)
    if request.method == "GET" and not _is_standing(holdout):
        return redirect("taxonomy:holdout_show", slug)
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    status = refusal_of(form, lambda: take_back_holdout(holdout=holdout, by=member))
    if status is None:
        messages.success(request, _("Taken back: nothing is held out."))
        return redirect("taxonomy:holdout_show", slug)
    context = {"study": member.study, "form": form, "where": whereabouts_of(holdout)}
    return render(request, "taxonomy/holdout_take_back.html", context, status=status)


def _to_end(study: Study) -> Holdout:
    """The holdout that may be released or taken back, or was so a moment ago; 404 without one."""
    holdout = holdout_of(study) or next(iter(taken_back_in(study)), None)
    if holdout is None:
        raise Http404
    return holdout


def _is_standing(holdout: Holdout) -> bool:
    return holdout.released_at is None and holdout.taken_back_at is None


# -- What it confirms --------------------------------------------------------------------------


@require_GET
def holdout_confirm(request: Request, slug: str, scheme: str) -> HttpResponse:
    """How much of the released holdout fits without a new category, and how far coders agree."""
    member = member_for(request, slug, *READERS)
    shown = access.scheme_shown(member, scheme)
    context: dict[str, Any] = {
        "study": member.study,
        "scheme": shown,
        "admin": member.has_role(RoleName.ADMIN),
    }
    if not access.sees_results(member, shown):
        return render(request, "taxonomy/holdout_confirm.html", context | {"blind": True})
    holdout = holdout_of(member.study)
    context["holdout"] = holdout
    if holdout is not None and holdout.released_at is not None:
        context |= _confirmed(shown, holdout)
    return render(request, "taxonomy/holdout_confirm.html", context)


def _confirmed(scheme: Scheme, holdout: Holdout) -> dict[str, Any]:
    revision = holdout.revisions.get(str(scheme.uid))
    if revision is None:
        return {"later": True}
    found = confirmation_of(scheme, holdout, revision)
    return {
        "found": found,
        "revision": revision,
        "lines": _lines(found),
        "portions": agreement_on(scheme, holdout),
    }


def _lines(found: Confirmation) -> list[dict[str, Any]]:
    """Each share of what is decided, with its interval; the part of a line under it."""
    rows = [
        (_("In a category that stood at the release"), found.fitting, False),
        (_("In a category added since"), found.added, False),
        (_("Cannot be classified"), found.unclassifiable, False),
        (_("of these because no category fits"), found.no_category, True),
    ]
    return [_line(label, number, found.decided, part=part) for label, number, part in rows]


def _line(label: str, number: int, base: int, *, part: bool) -> dict[str, Any]:
    ends = (
        [whole_percent(round(end * 10_000), 10_000) for end in wilson(number, base)] if base else []
    )
    return {
        "label": label,
        "number": number,
        "share": percent_shown(number, base),
        "low": ends[0] if ends else None,
        "high": ends[1] if ends else None,
        "part": part,
    }
