"""Looking early at what is still blind, and reading who did."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from incidents.http import Request
from incidents.paging import page_by_key
from incidents.views.attempts import refusal_of
from taxonomy import access
from taxonomy.actions.looking import look_early, stop_looking
from taxonomy.forms.looks import LookForm
from taxonomy.queries.looks import looks_at, running_look
from taxonomy.views.revising import at_work, posted


@require_http_methods(["GET", "POST"])
@never_cache
def look_list(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Who looked early, when and why; and the form to do so, for an admin who is blind."""
    member, shown = at_work(request, slug, scheme)
    form = LookForm(posted(request))
    status = refusal_of(form, lambda: look_early(scheme=shown, by=member, **form.cleaned_data))
    if status is None:
        return redirect("taxonomy:look_list", slug, scheme)
    context = {
        "study": member.study,
        "scheme": shown,
        "member": member,
        "form": form,
        "blind": access.is_blind(member, shown),
        "running": running_look(member, shown),
        "page": page_by_key(looks_at(shown), query=request.GET),
    }
    return render(request, "taxonomy/look_list.html", context, status=status)


@require_POST
def look_stop(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """End one's own look."""
    member, shown = at_work(request, slug, scheme)
    look = looks_at(shown).filter(member=member, uid=uid).first()
    if look is None:
        raise Http404
    look.scheme = shown
    stop_looking(look=look, by=member)
    return redirect("taxonomy:look_list", slug, scheme)
