"""Whether new categories still come, and how many interviews contribute to each."""

import dataclasses
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Job, Member, Study
from incidents.paging import PAGE_SIZE, shown_decimal, shown_number
from incidents.templatetags.figure_tags import per_cent
from incidents.views.attempts import telling_refusals
from taxonomy import access
from taxonomy.actions.saturating import ask_saturation
from taxonomy.forms.saturation import IN_THE_TREE, Asked, SaturationForm
from taxonomy.models import Scheme
from taxonomy.queries.reliability import is_behind, kept_of
from taxonomy.queries.saturation import (
    InRegion,
    Saturation,
    is_large,
    saturation_of,
)
from taxonomy.queries.saturation_kept import ABOUT, CountedNow, KeptCounts
from taxonomy.queries.tables import clusters_known
from taxonomy.queries.trees import tree_of
from taxonomy.saturation.drawing import draw_bars, draw_curve
from taxonomy.saturation.order import HUNDRED, Expected, Step
from taxonomy.saturation.richness import Richness
from taxonomy.tabulation.display import percent_shown, whole_percent
from taxonomy.tabulation.tree import Node, Tree

PAGE = "taxonomy/saturation_show.html"
USUAL_SHARE = 25  # per cent of the interviews, below which some leave a category out


@require_GET
@never_cache
def saturation_show(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The page; of a large study it shows what was kept, and `progress` how far the job is."""
    member = member_for(request, slug, RoleName.ANALYST, RoleName.ADMIN)
    shown = access.scheme_shown(member, scheme)
    context: dict[str, Any] = {"study": member.study, "scheme": shown}
    if not access.sees_results(member, shown):
        return render(request, PAGE, context | {"blind": True})
    tree = tree_of(shown)
    if not tree.rounds:
        return render(request, PAGE, context | {"empty": True})
    if not is_large(shown):
        return render(request, PAGE, context | _figures(request, member, CountedNow(shown, tree)))
    kept = kept_of(shown, about=ABOUT)
    context |= {"job": kept.job, "large": True, "may_retry": member.has_role(RoleName.ADMIN)}
    if "progress" in request.GET:
        return _progress(request, context, kept.job)
    if kept.report is None:
        return render(request, PAGE, context | {"uncounted": True})
    counts = KeptCounts.of(kept.report, shown, tree)
    context |= {"report": kept.report, "behind": is_behind(kept.report, shown)}
    return render(request, PAGE, context | _figures(request, member, counts))


@require_POST
def saturation_count(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Ask for the counts of a large study; its page says how far they are."""
    member = member_for(request, slug, RoleName.ANALYST, RoleName.ADMIN)
    shown = access.scheme_shown(member, scheme)
    with telling_refusals(request):
        access.require_results(member, shown)
        ask_saturation(scheme=shown, by=member)
    return redirect("taxonomy:saturation_show", slug, scheme)


def _progress(request: Request, context: dict[str, Any], job: Job | None) -> HttpResponse:
    response = render(request, f"{PAGE}#progress", context)
    if job is None or not job.goes_on:
        trigger_client_event(response, "job-over", after="settle")
    return response


@dataclasses.dataclass(frozen=True)
class _Page:
    """Who looks at which round of a scheme."""

    member: Member
    scheme: Scheme
    tree: Tree
    asked: Asked

    def address(self, **changes: Any) -> str:
        """The address of this page, with some of what is asked changed."""
        url = reverse("taxonomy:saturation_show", args=[self.member.study.slug, self.scheme.slug])
        return f"{url}?{urlencode({**dataclasses.asdict(self.asked), **changes})}"


def _figures(request: Request, member: Member, counts: KeptCounts | CountedNow) -> dict[str, Any]:
    scheme, tree = counts.scheme, counts.tree
    form = SaturationForm(request.GET, tree=tree)
    page, position = _Page(member, scheme, tree, form.asked), form.asked.round
    found = saturation_of(scheme, tree, position, counts.made, counts.entered(position))
    context = {"form": form, "asked": form.asked, **_participation(page, counts)}
    if not isinstance(found, Saturation):
        share = percent_shown(found.used, found.offered)
        return {**context, "used": found, "used_share": share}
    points = [found.expected[at] for at in sorted(found.expected)]
    moments = found.richness.moments
    return {
        **context,
        "saturation": found,
        "moments": shown_number(moments),
        "hundreds": moments >= HUNDRED,
        "all": _shown(found.richness),
        "regions": [_region(one) for one in found.regions],
        "steps": [_step(step, found.expected[step.last]) for step in found.steps],
        "curve": draw_curve(found.firsts, moments, points, shown_number),
        "bars": draw_bars(found.steps, shown_number),
    }


# -- Figures as they are shown ----------------------------------------------------------------


def _shown(richness: Richness) -> dict[str, str]:
    return {
        "moments": shown_number(richness.moments),
        "categories": shown_number(richness.categories),
        "once": shown_number(richness.once),
        "twice": shown_number(richness.twice),
        "coverage": _coverage(richness),
        "chao1": "–" if richness.chao1 is None else shown_decimal(richness.chao1, 1),
    }


def _coverage(richness: Richness) -> str:
    """In per cent with one decimal; what is not all is not rounded up to it."""
    if richness.coverage is None:
        return "–"
    tenths = round(richness.coverage * 1000)
    if tenths == 1000 and richness.once:  # noqa: PLR2004  (a hundred per cent)
        return f"> {per_cent(shown_decimal(99.9, 1))}"
    return per_cent(shown_decimal(tenths / 10, 1))


def _region(region: InRegion) -> dict[str, str]:
    new = str(region.new) if region.richness.moments >= HUNDRED else "–"
    return {"name": region.name, "new": new, **_shown(region.richness)}


def _step(step: Step, expected: Expected) -> dict[str, str]:
    first, last = shown_number(step.first), shown_number(step.last)
    return {
        "moments": f"{first}–{last}",
        "new": shown_number(step.new),
        "per_hundred": "–" if step.per_hundred is None else shown_decimal(step.per_hundred, 1),
        "total": shown_number(step.total),
        "mean": shown_decimal(expected.mean, 1),
        "band": f"{shown_decimal(expected.low, 1)}–{shown_decimal(expected.high, 1)}",
    }


# -- Participation ----------------------------------------------------------------------------


def _participation(page: _Page, source: KeptCounts | CountedNow) -> dict[str, Any]:
    if not clusters_known(Study(pk=page.member.study_id)):
        return {"interviews": None}
    position, asked = page.asked.round, page.asked
    found = source.participation(position)
    counts = [
        (node, found.by_category.get(node.key, 0))
        for node in page.tree.rows(position)
        if node.key in found.by_category or not node.retired
    ]
    if asked.order != IN_THE_TREE:
        counts.sort(key=lambda each: -each[1])
    start = (asked.page - 1) * PAGE_SIZE
    usual = [each for each in counts if _is_usual(each[1], found.interviews)]
    return {
        "interviews": shown_number(found.interviews),
        "rows": [_row(page, *each, found.interviews) for each in counts[start : start + PAGE_SIZE]],
        "categories": len(counts),
        "usual": len(usual),
        "usual_share": per_cent(USUAL_SHARE),
        "previous_url": page.address(page=asked.page - 1) if asked.page > 1 else "",
        "next_url": page.address(page=asked.page + 1) if start + PAGE_SIZE < len(counts) else "",
    }


def _is_usual(count: int, interviews: int) -> bool:
    return count * 100 >= USUAL_SHARE * interviews > 0


def _row(page: _Page, node: Node, count: int, interviews: int) -> dict[str, Any]:
    behind = reverse("reports:verbatim_list", args=[page.member.study.slug, page.scheme.slug])
    asked = {"round": node.round, "row": node.uid, "back": page.address()}
    return {
        "node": node,
        "count": shown_number(count),
        "share": percent_shown(count, interviews),
        "whole": whole_percent(count, interviews) if interviews else 0,
        "url": f"{behind}?{urlencode(asked)}" if count else "",
    }
