"""Suggestions of a scheme: how far its classifier agrees with people, and where it doubts them."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, tell
from incidents.models import Member
from incidents.paging import Sorting, page_by_key
from incidents.views.attempts import refusal_of, telling_refusals
from taxonomy import access
from taxonomy.actions import suggesting
from taxonomy.forms.suggestions import LookedForm, OfferedForm
from taxonomy.models import Classifier, Scheme
from taxonomy.queries import suggestions
from taxonomy.queries.trees import tree_of
from taxonomy.views.revising import at_work

PAGE = "taxonomy/suggestions_show.html"
READERS = (RoleName.ANALYST, RoleName.ADMIN)
PAGE_SIZE = 25


@require_GET
@never_cache
def suggestions_show(request: Request, slug: str, scheme: str) -> HttpResponse:
    """How the classifier of a scheme did; `progress` asks only how far the next one is."""
    member = member_for(request, slug, RoleName.CODER, *READERS)
    shown = access.scheme_shown(member, scheme)
    context: dict[str, Any] = {"study": member.study, "scheme": shown}
    if not access.sees_results(member, shown):
        return render(request, PAGE, {**context, "blind": True})
    job = suggestions.job_of(shown)
    is_admin = member.has_role(RoleName.ADMIN)
    context |= {"job": job, "may_train": is_admin, "may_retry": is_admin}
    if "progress" not in request.GET:
        return render(request, PAGE, context | _figures(member, shown))
    response = render(request, f"{PAGE}#progress", context)
    if job is None or not job.goes_on:
        trigger_client_event(response, "job-over", after="settle")
    return response


def _figures(member: Member, scheme: Scheme) -> dict[str, Any]:
    classifier = suggestions.classifier_of(scheme)
    context: dict[str, Any] = {"form": OfferedForm(initial={"offered": scheme.offered})}
    if classifier is None:
        return context | {"fewest": suggesting.FEWEST_MOMENTS}
    return context | {
        "classifier": classifier,
        "report": classifier.report,
        "shares": suggestions.shares_of(classifier.report),
        "lines": suggestions.lines_of(classifier.report, tree_of(scheme)),
        "use": suggestions.use_of(classifier),
        "behind": classifier.data_seq != scheme.study.data_seq,
        "lost": suggestions.model_of(classifier) is None,
        "reads_doubts": member.has_role(*READERS),
    }


@require_POST
def suggestions_train(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Ask for a classifier; the page says how far it is."""
    member, shown = at_work(request, slug, scheme)
    with telling_refusals(request):
        access.require_results(member, shown)
        suggesting.ask_training(scheme=shown, by=member)
    return redirect("taxonomy:suggestions_show", slug, scheme)


@require_POST
def suggestions_offer(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Say when coders see suggestions."""
    member, shown = at_work(request, slug, scheme)
    form = OfferedForm(request.POST)
    status = refusal_of(
        form,
        lambda: suggesting.offer_suggestions(scheme=shown, by=member, **form.cleaned_data),
    )
    if status is None:
        messages.success(request, _("Changed."))
    else:
        messages.error(request, _("Choose when suggestions are shown."))
    return redirect("taxonomy:suggestions_show", slug, scheme)


@require_GET
@never_cache
def suggestions_doubts(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The settled moments that the classifier would put elsewhere, the clearest first."""
    member = member_for(request, slug, *READERS)
    shown = access.scheme_shown(member, scheme)
    context: dict[str, Any] = {"study": member.study, "scheme": shown}
    if not access.sees_results(member, shown):
        return render(request, "taxonomy/suggestions_doubts.html", {**context, "blind": True})
    classifier = suggestions.classifier_of(shown)
    if classifier is not None:
        context |= _doubts(request, classifier)
    return render(request, "taxonomy/suggestions_doubts.html", context)


def _doubts(request: Request, classifier: Classifier) -> dict[str, Any]:
    rows = suggestions.doubts_of(classifier)
    to_look = "all" not in request.GET
    if to_look:
        rows = rows.filter(looked_at__isnull=True)
    by_margin = Sorting("margin", descending=True)
    return {
        "classifier": classifier,
        "page": page_by_key(rows, query=request.GET, size=PAGE_SIZE, sorting=by_margin),
        "to_look": to_look,
    }


@require_POST
def suggestions_look(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Tick a doubt as looked at, or take the tick away; back to the same part of the list."""
    member = member_for(request, slug, *READERS)
    doubt = access.doubt_shown(member, access.scheme_shown(member, scheme), uid)
    form = LookedForm(request.POST)
    looked = form.is_valid() and form.cleaned_data["looked"]
    changed = suggesting.look_at_doubt(doubt=doubt, looked=looked, by=member)
    if changed and looked:
        undo = reverse("taxonomy:suggestions_look", args=[slug, scheme, uid])
        tell(request, _("Looked at."), undo=undo)
    elif changed:
        messages.success(request, _("It is to be looked at again."))
    address = reverse("taxonomy:suggestions_doubts", args=[slug, scheme])
    place = request.GET.urlencode()
    return redirect(f"{address}?{place}" if place else address)
