"""One member's training: taken up, finished, and what came of it."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from incidents.access import member_for
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.http import Request
from incidents.views.attempts import telling_refusals
from taxonomy import access
from taxonomy.actions import training as actions
from taxonomy.queries.training import left_the_coders, training_lines
from taxonomy.queries.training_results import Judged, Result, result_of, with_words

MISSES = 20  # on a page
DIGITS = 5


@require_POST
def training_take(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take up a set that is offered, and begin."""
    coder = member_for(request, slug, RoleName.CODER)
    shown = access.training_set_offered(coder, uid)
    try:
        actions.give_training(training_set=shown, coder=coder, by=coder)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("taxonomy:coding_list", slug)
    return redirect("taxonomy:coding_next", slug, shown.scheme.slug)


@require_GET
@never_cache
def training_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """How far a training is; when it is finished, agreement with the key and every miss."""
    member = member_for(request, slug, *access.UNLESS_BLIND)
    shown = access.training_of(member, scheme, uid)
    is_own = shown.member_id == member.pk
    sees = is_own or access.sees_results(member, shown.training_set.scheme)
    context = {
        "study": member.study,
        "scheme": shown.training_set.scheme,
        "training": shown,
        "line": training_lines([shown])[0],
        "is_own": is_own,
        "sees": sees,
        "may_end": member.has_role(RoleName.ADMIN),
        "left": left_the_coders(member.study, [shown.member_id]),
    }
    if shown.finished_at is not None and sees:
        context |= _result_context(request, result_of(shown))
    return render(request, "taxonomy/training_show.html", context)


def _result_context(request: Request, result: Result) -> dict[str, object]:
    """The sums, and one page of what was missed."""
    start = _start(request.GET.get("from", ""), result.missed)
    end = start + MISSES
    return {
        "result": result,
        "judged": with_words(result.missed[start:end]),
        "next_from": end if end < len(result.missed) else None,
        "previous_from": max(start - MISSES, 0) if start else None,
    }


def _start(text: str, rows: list[Judged]) -> int:
    """Where a page begins; one that is not there is the first."""
    start = int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else 0
    return start if start < len(rows) else 0


@require_POST
def training_finish(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Make one's answers final and see the result."""
    member = member_for(request, slug, RoleName.CODER)
    shown = access.training_of(member, scheme, uid)
    if shown.member_id == member.pk:
        with telling_refusals(request):
            actions.finish_training(training=shown, by=member)
    return redirect("taxonomy:training_show", slug, scheme, uid)


@require_POST
def training_end(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """End a training that nobody goes on with."""
    member = member_for(request, slug, RoleName.ADMIN)
    shown = access.training_of(member, scheme, uid)
    try:
        ended = actions.end_training(training=shown, by=member)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("taxonomy:training_show", slug, scheme, uid)
    if ended is not None:
        messages.success(request, _("Ended. What was answered is the result."))
        return redirect("taxonomy:training_show", slug, scheme, uid)
    messages.success(request, _("Ended. Nothing was answered, so the set can be given again."))
    return redirect("taxonomy:training_set_show", slug, scheme, shown.training_set.uid)
