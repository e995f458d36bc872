"""How far coders agree: the page of a kept report, what stands behind it, and asking for one."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from incidents.access import member_for, require_recent_sign_in_for_file, require_role
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key
from incidents.views.attempts import refusal_of
from taxonomy import access
from taxonomy.actions.measuring import ask_agreement, log_figures
from taxonomy.exports import reliability_csv
from taxonomy.forms.measuring import ConfusionForm, MeasureForm, RoundForm
from taxonomy.models import AgreementReport, Scheme
from taxonomy.queries import measured
from taxonomy.queries.brought import is_brought
from taxonomy.queries.recoding_shown import Again, again_of
from taxonomy.queries.reliability import (
    Kept,
    beginnings_of,
    chosen_for,
    coders_named,
    is_agreement_behind,
    kept_of,
    moments_between,
    place_at,
)
from taxonomy.queries.trees import tree_of
from taxonomy.reliability.results import WEIGHTED_KAPPA
from taxonomy.tabulation.tree import Node

PAGE = "taxonomy/reliability_show.html"
READERS = (RoleName.ANALYST, RoleName.ADMIN)
PAGE_SIZE = 25
NO_AGREEMENT: Final[dict[str, Any]] = {"rounds": [], "coders": [], "batches": []}


@require_GET
@never_cache
def reliability_show(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The last report of a scheme; `progress` asks only how far the job of the next one is."""
    member = member_for(request, slug, RoleName.CODER, *READERS)
    shown = access.scheme_shown(member, scheme)
    context: dict[str, Any] = {"study": member.study, "scheme": shown}
    if not access.sees_results(member, shown):
        return render(request, PAGE, {**context, "blind": True})
    kept = kept_of(shown)
    context |= {
        "job": kept.job,
        "may_ask": member.has_role(*READERS),
        "may_retry": member.has_role(RoleName.ADMIN),
    }
    if "progress" not in request.GET:
        recoded = _again(member, shown, kept.report)
        context |= _report(request, member, shown, kept)
        context["sections"] = list(_sections(context))
        if member.has_role(*READERS) and (kept.report or recoded.report):
            context["csv_url"] = _address("reliability_csv", shown)
        return render(request, PAGE, {**context, "recoded": recoded})
    response = render(request, f"{PAGE}#progress", context)
    if kept.job is None or not kept.job.goes_on:
        trigger_client_event(response, "job-over", after="settle")
    return response


@require_POST
def reliability_measure(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Ask for a new report; its page says how far it is."""
    member = member_for(request, slug, *READERS)
    shown = access.scheme_shown(member, scheme)
    form = MeasureForm(request.POST)
    if refusal_of(form, lambda: _ask(member, shown, form)) is not None:
        said = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(said))
    return redirect("taxonomy:reliability_show", slug, scheme)


@require_GET
def reliability_confusion(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The moments for which one coder chose one category and another coder the other."""
    member = member_for(request, slug, *READERS)
    shown = access.scheme_shown(member, scheme)
    report = _kept_report(member, shown)
    form = ConfusionForm(request.GET)
    if not form.is_valid():
        raise Http404
    context = {
        "study": member.study,
        "scheme": shown,
        "behind": is_agreement_behind(report, shown),
        **_behind_cell(request, member, shown, report, form.cleaned_data),
    }
    return render(request, "taxonomy/reliability_confusion.html", context)


@require_GET
@never_cache
def reliability_csv_file(request: Request, slug: str, scheme: str) -> HttpResponse:
    """All figures of the page as CSV, one in each line."""
    member = member_for(request, slug, RoleName.CODER, *READERS)
    require_role(member, *READERS)
    require_recent_sign_in_for_file(request)
    shown = access.scheme_shown(member, scheme)
    taken, recoded = _figures_kept(member, shown)
    answer = taken.answer if taken != recoded.report else NO_AGREEMENT
    content = reliability_csv(answer, coders_named(answer["coders"], member), recoded.rounds)
    log_figures(report=taken, by=member)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-{scheme}-reliability.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _ask(member: Member, scheme: Scheme, form: MeasureForm) -> None:
    access.require_results(member, scheme)
    ask_agreement(scheme=scheme, by=member, clusters=form.cleaned_data["clusters"])


def _kept_report(member: Member, scheme: Scheme) -> AgreementReport:
    """The report to show; 404 where there is none, or for who may not see results yet."""
    report = kept_of(scheme).report if access.sees_results(member, scheme) else None
    if report is None:
        raise Http404
    return report


def _figures_kept(member: Member, scheme: Scheme) -> tuple[AgreementReport, Again]:
    """What the page has figures from: its report, or that of coding again alone; else 404."""
    if not access.sees_results(member, scheme):
        raise Http404
    report = kept_of(scheme).report
    recoded = _again(member, scheme, report)
    taken = report or recoded.report
    if taken is None:
        raise Http404
    return taken, recoded


def _again(member: Member, scheme: Scheme, report: AgreementReport | None) -> Again:
    """How steady coders are, each under the name or letter that the report gives them."""
    return again_of(scheme, member, beside=report.answer["coders"] if report else ())


# -- The report -------------------------------------------------------------------------------


def _report(request: Request, member: Member, scheme: Scheme, kept: Kept) -> dict[str, Any]:
    if kept.report is None:
        return {
            "beginnings": beginnings_of(scheme),
            "measure": MeasureForm(),
            "plans_url": _address("plan_list", scheme) if member.has_role(RoleName.ADMIN) else "",
        }
    report, answer = kept.report, kept.report.answer
    reads = member.has_role(*READERS)
    names = coders_named(answer["coders"], member)
    asked = RoundForm(request.GET).asked()
    rounds = measured.rounds_of(answer)
    detail = next((one for one in rounds if one.position == asked), rounds[0] if rounds else None)
    return {
        "report": report,
        "answer": answer,
        "brought": is_brought(answer),
        "behind": is_agreement_behind(report, scheme),
        "measure": MeasureForm(initial={"clusters": report.question["clusters"]}),
        "by_interview": report.question["clusters"] == "interview",
        "rounds": rounds,
        "coders": sorted(names.values()) if reads else [],
        "batches": measured.batches_of(answer),
        "panels": measured.panels_by_round(answer),
        "over_time": measured.panels_by_batch(answer),
        "earlier_batches": measured.earlier_batches_in(answer),
        "few_clusters": measured.few_clusters_in(answer),
        "base": _address("reliability_confusion", scheme) if reads else "",
        **(_detail(detail, names) if detail else {}),
    }


def _sections(page: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The headings of the page with their ids, in its order; none where there is no report."""
    if "report" not in page:
        return
    yield from ((f"round-{one.position}", one.kept["name"]) for one in page["rounds"])
    if len(page["rounds"]) > 1:
        yield "over-rounds", _("From round to round")
    if page["over_time"]:
        yield "over-time", _("From batch to batch")
    if "detail" in page:
        yield "detail", _("Category by category")
        if page["categories"] and not page["detail"].undefined:
            yield "confusion", _("Which categories are taken for each other")
            if page["pairs"]:
                yield "pairs", _("Coder by coder")
    if page["may_ask"] and not page["job"] and not page["behind"]:
        yield "ask-again", _("Compute otherwise")
    yield "again", _("The same coder again")


def _detail(detail: measured.RoundShown, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "detail": detail,
        "categories": measured.categories_of(detail.kept),
        "matrix": measured.matrix_of(detail.kept),
        "confused": measured.most_confused(detail.kept),
        "pairs": measured.pairs_of(detail.kept, names),
        "weighted": WEIGHTED_KAPPA in detail.kept["overall"],
    }


def _address(view: str, scheme: Scheme) -> str:
    return reverse(f"taxonomy:{view}", args=[scheme.study.slug, scheme.slug])


# -- Behind a cell ----------------------------------------------------------------------------


def _behind_cell(
    request: Request,
    member: Member,
    scheme: Scheme,
    report: AgreementReport,
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    tree, position = tree_of(scheme), asked["round"]
    try:
        places = (place_at(tree, position, asked["a"]), place_at(tree, position, asked["b"]))
    except LookupError:
        raise Http404 from None
    batches = [uuid.UUID(batch["uid"]) for batch in report.answer["batches"]]
    found = moments_between(scheme, tree, batches, position, places)
    page = page_by_key(found, query=request.GET, size=PAGE_SIZE)
    names = coders_named(report.answer["coders"], member)
    chosen = chosen_for(page.rows, scheme, tree, batches, position, names=names)
    link = urlencode({"round": position, "a": asked["a"], "b": asked["b"]})
    return {
        "position": position,
        "round_name": tree.rounds[position],
        "first": _name(places[0]),
        "second": _name(places[1]),
        "same": places[0] == places[1],
        "number": found.order_by().count(),
        "rows": [(moment, chosen.get(moment.pk, [])) for moment in page.rows],
        "next_url": f"?{link}&after={page.after}" if page.after else "",
        "previous_url": f"?{link}&before={page.before}" if page.before else "",
    }


def _name(place: Node | None) -> str:
    return place.heading if place else _("Cannot be classified")
