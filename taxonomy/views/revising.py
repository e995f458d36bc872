"""How a page changes a scheme: tried out, kept as one revision, or back with what was typed."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, part_of
from incidents.models import Member
from incidents.views.attempts import refusal_of, version_to_send
from taxonomy import access
from taxonomy.forms.schemes import RevisionForm
from taxonomy.models import Scheme

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
    action: str = "",
    preview: str = "",
) -> HttpResponse:
    """Try the change; back to the scheme when done, else the form with what was typed.

    `preview` is the address that says what the chosen change would do.
    """
    status = refusal_of(form, act)
    if status is None:
        messages.success(request, _("Saved as revision %(n)d.") % {"n": scheme.revision})
        return redirect("taxonomy:scheme_show", scheme.study.slug, scheme.slug)
    latest = Scheme.objects.values_list("revision", flat=True).get(pk=scheme.pk)
    context = {
        "study": scheme.study,
        "scheme": scheme,
        "form": form,
        "form_title": title,
        "form_lead": lead,
        "action": action or _("Save"),
        "preview_url": preview,
        "revision": version_to_send(form, "revision", latest, status),
    }
    return render(request, part_of(FORM_PAGE, "change", request), context, status=status)
