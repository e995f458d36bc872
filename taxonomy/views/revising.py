"""How a page changes a scheme: tried out, kept as one revision, or back with what was typed."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, part_of, tell
from incidents.models import Member
from incidents.views.attempts import refusal_of, version_to_send
from taxonomy import access
from taxonomy.forms.schemes import RevisionForm
from taxonomy.models import Category, Scheme
from taxonomy.queries.history import steps_of

FORM_PAGE = "taxonomy/scheme_form.html"


def at_work(request: Request, slug: str, scheme: str) -> tuple[Member, Scheme]:
    """An admin, and the scheme that they change."""
    member = member_for(request, slug, RoleName.ADMIN)
    return member, access.scheme_to_edit(member, scheme)


def posted(request: Request) -> Any:
    """What a form is bound to: nothing before it is sent."""
    return request.POST if request.method == "POST" else None


def form_page(
    request: Request,
    scheme: Scheme,
    form: RevisionForm,
    act: Callable[[], object],
    *,
    title: str,
    lead: str = "",
    chosen: Sequence[Category] = (),
    action: str = "",
    preview: str = "",
    next_step: tuple[str, str] = ("", ""),
) -> HttpResponse:
    """Try the change; back to the scheme when done, else the form with what was typed.

    `chosen` are the categories that the form is about where the address does not name one;
    `preview` is the address that says what the chosen change would do, `next_step` the address of
    what is to be done after it, with its words. On the board, whose dialog the form stands in, an
    event says that it is done.
    """
    status = refusal_of(form, act)
    if status is None:
        return changed_page(request, scheme, next_step=next_step)
    latest = Scheme.objects.values_list("revision", flat=True).get(pk=scheme.pk)
    context = {
        "study": scheme.study,
        "scheme": scheme,
        "form": form,
        "form_title": title,
        "form_lead": lead,
        "chosen": chosen,
        "action": action or _("Save"),
        "preview_url": preview,
        "revision": version_to_send(form, "revision", latest, status),
    }
    return render(request, part_of(FORM_PAGE, "change", request), context, status=status)


def changed_page(
    request: Request, scheme: Scheme, *, next_step: tuple[str, str] = ("", "")
) -> HttpResponse:
    """Say that the scheme is changed, with the undo: on its page, or to the board that asks.

    What took something back is done again from the board or the history, by a button that says so.
    """
    revision = scheme.revisions.get(number=scheme.revision)
    address = [scheme.study.slug, scheme.slug]
    address_of_undo = reverse("taxonomy:revision_undo", args=[*address, revision.uid])
    undo = "" if revision.undoes_id else address_of_undo
    said = steps_of([revision])[0].sentence
    if request.htmx and not request.htmx.boosted:
        toast: dict[str, Any] = {"text": said, "level": "success", "undo": undo}
        if next_step[0]:
            toast["link"] = dict(zip(("href", "text"), next_step, strict=True))
        response = HttpResponse(status=204)
        trigger_client_event(response, "toast", toast)
        return trigger_client_event(response, "scheme-changed", {"revision": revision.number})
    if next_step[0]:
        said = format_html('{} <a href="{}">{}</a>', said, *next_step)
    tell(request, said, undo=undo)
    return redirect("taxonomy:scheme_show", *address)
