"""Coding again by the same coder: drawing a sample, and what was answered otherwise."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key
from incidents.views.attempts import INVALID, refusal_of, telling_refusals
from taxonomy import access
from taxonomy.actions.measuring_again import ask_recoding
from taxonomy.actions.recoding import draw_recoding
from taxonomy.forms.recoding import ApartForm, RecodingForm
from taxonomy.models import Scheme
from taxonomy.queries.planning import coders_of
from taxonomy.queries.progress import today_in
from taxonomy.queries.recoding import Asked, apart_of, coded_apart, recoded, shares_of
from taxonomy.queries.trees import tree_of
from taxonomy.views.revising import at_work

PAGE_SIZE = 25


@require_http_methods(["GET", "POST"])
def recoding_create(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Say who codes again how much of their own work, and give it out."""
    member, edited = at_work(request, slug, scheme)
    if request.method == "GET":
        form = RecodingForm(request.GET or None, scheme=edited)
        return _form_page(request, edited, form, 200)
    form = RecodingForm(request.POST, scheme=edited)
    status = refusal_of(form, lambda: _draw(request, edited, form.asked(), member))
    if status is None:
        return redirect("taxonomy:plan_list", slug, scheme)
    return _form_page(request, edited, form, status)


def _draw(request: Request, scheme: Scheme, asked: Asked, by: Member) -> None:
    made = len(draw_recoding(scheme=scheme, asked=asked, by=by))
    said = ngettext(
        "Drawn: %(number)s coder finds the moments under Code.",
        "Drawn: %(number)s coders find their moments under Code.",
        made,
    )
    messages.success(request, said % {"number": made})


@require_GET
def recoding_preview(request: Request, slug: str, scheme: str) -> HttpResponse:
    """How much of each coder's work is old enough, and how much would be drawn; nothing is made."""
    _member, edited = at_work(request, slug, scheme)
    form = RecodingForm(request.GET, scheme=edited)
    if not form.is_valid():
        return _form_page(request, edited, form, INVALID)
    asked = form.asked()
    shares = shares_of(edited, asked)
    context = {
        "study": edited.study,
        "scheme": edited,
        "form": form,
        "asked": asked,
        "has_passed": asked.due_on is not None and asked.due_on < today_in(edited.study),
        "shares": shares,
        "drawn": sum(share.drawn for share in shares),
        "query": request.GET.urlencode(),
    }
    return render(request, "taxonomy/recoding_preview.html", context)


def _form_page(request: Request, scheme: Scheme, form: RecodingForm, status: int) -> HttpResponse:
    context = {
        "study": scheme.study,
        "scheme": scheme,
        "form": form,
        "coders": coders_of(scheme.study).exists(),
    }
    return render(request, "taxonomy/recoding_form.html", context, status=status)


@require_POST
def recoding_measure(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Ask for new figures; the page of the scheme's reliability shows them."""
    member = member_for(request, slug, RoleName.ANALYST, RoleName.ADMIN)
    shown = access.scheme_shown(member, scheme)
    with telling_refusals(request):
        access.require_results(member, shown)
        ask_recoding(scheme=shown, by=member)
    return redirect("taxonomy:reliability_show", slug, scheme)


@require_GET
@never_cache
def recoding_apart(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The moments answered otherwise the second time: all for admins, for coders their own."""
    member = member_for(request, slug, RoleName.CODER, RoleName.ADMIN)
    shown = access.scheme_shown(member, scheme)
    form = ApartForm(request.GET)
    if not access.sees_results(member, shown) or not form.is_valid():
        raise Http404
    tree = tree_of(shown)
    position = form.cleaned_data["round"] or min(tree.rounds, default=0)
    if position not in tree.rounds:
        raise Http404
    named = member.has_role(RoleName.ADMIN)
    whose = _whose(member, form)
    found = recoded(shown).filter(**({"coder": whose} if whose else {}))
    around = ("coder", "category", "moment__incident__version")
    apart = coded_apart(found, tree, position).select_related(*around)
    page = page_by_key(apart, query=request.GET, size=PAGE_SIZE)
    said = {"round": position, **({"coder": str(whose.uid)} if whose and named else {})}
    context = {
        "study": member.study,
        "scheme": shown,
        "round_name": tree.rounds[position],
        "whose": whose if named else None,
        "own": not named,
        "number": apart.order_by().count(),
        "rows": apart_of(page.rows, tree, position, named=named),
        **_pages(page, said),
    }
    return render(request, "taxonomy/recoding_apart.html", context)


def _whose(member: Member, form: ApartForm) -> Member | None:
    """Whose answers are listed: for admins whoever is named, or all; for others their own."""
    if not member.has_role(RoleName.ADMIN):
        return member
    uid = form.cleaned_data["coder"]
    if uid is None:
        return None
    coder = Member.objects.filter(study=member.study_id, uid=uid).first()
    if coder is None:
        raise Http404
    return coder


def _pages(page: Any, said: dict[str, Any]) -> dict[str, str]:
    link = urlencode(said)
    return {
        "next_url": f"?{link}&after={page.after}" if page.after else "",
        "previous_url": f"?{link}&before={page.before}" if page.before else "",
    }
