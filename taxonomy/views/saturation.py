"""Whether new categories still come, and how many interviews contribute to each."""

import dataclasses
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, part_of
from incidents.models import Member, Study
from incidents.paging import PAGE_SIZE, shown_number
from incidents.templatetags.figure_tags import per_cent
from taxonomy import access
from taxonomy.forms.saturation import IN_THE_TREE, Asked, SaturationForm
from taxonomy.models import Scheme
from taxonomy.queries.saturation import (
    InRegion,
    Saturation,
    is_large,
    made_from_moments,
    participation_of,
    saturation_of,
)
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
@vary_on_headers("HX-Request")
def saturation_show(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The page; of a large study htmx asks for its figures afterwards."""
    member = member_for(request, slug, RoleName.ANALYST, RoleName.ADMIN)
    shown = access.scheme_shown(member, scheme)
    tree = tree_of(shown)
    context: dict[str, Any] = {"study": member.study, "scheme": shown}
    if not access.sees_results(member, shown):
        return render(request, PAGE, context | {"blind": True})
    if not tree.rounds:
        return render(request, PAGE, context | {"empty": True})
    form = SaturationForm(request.GET, tree=tree)
    context |= _frame(_Page(member, shown, tree, form.asked), form)
    if not request.htmx and "now" not in request.GET and is_large(shown):
        return render(request, PAGE, context | {"later": True})
    context |= _figures(_Page(member, shown, tree, form.asked))
    return render(request, part_of(PAGE, "figures", request), context)


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


def _frame(page: _Page, form: SaturationForm) -> dict[str, Any]:
    return {
        "form": form,
        "asked": page.asked,
        "part_url": page.address(),
        "now_url": page.address(now=1),
    }


def _figures(page: _Page) -> dict[str, Any]:
    position = page.asked.round
    made = made_from_moments(page.scheme, page.tree)
    found = saturation_of(page.scheme, page.tree, position, made)
    context = _participation(page)
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
        "chao1": "–" if richness.chao1 is None else _decimal(richness.chao1),
    }


def _coverage(richness: Richness) -> str:
    """In per cent with one decimal; what is not all is not rounded up to it."""
    if richness.coverage is None:
        return "–"
    tenths = round(richness.coverage * 1000)
    if tenths == 1000 and richness.once:  # noqa: PLR2004  (a hundred per cent)
        return f"> {per_cent(_decimal(99.9))}"
    return per_cent(_decimal(tenths / 10))


def _region(region: InRegion) -> dict[str, str]:
    new = str(region.new) if region.richness.moments >= HUNDRED else "–"
    return {"name": region.name, "new": new, **_shown(region.richness)}


def _step(step: Step, expected: Expected) -> dict[str, str]:
    first, last = shown_number(step.first), shown_number(step.last)
    return {
        "moments": f"{first}–{last}",
        "new": shown_number(step.new),
        "per_hundred": "–" if step.per_hundred is None else _decimal(step.per_hundred),
        "total": shown_number(step.total),
        "mean": _decimal(expected.mean),
        "band": f"{_decimal(expected.low)}–{_decimal(expected.high)}",
    }


def _decimal(value: float) -> str:
    return str(number_format(value, 1, use_l10n=True, force_grouping=True))


# -- Participation ----------------------------------------------------------------------------


def _participation(page: _Page) -> dict[str, Any]:
    if not clusters_known(Study(pk=page.member.study_id)):
        return {"interviews": None}
    position, asked = page.asked.round, page.asked
    found = participation_of(page.scheme, page.tree, position)
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
    return {
        "node": node,
        "count": shown_number(count),
        "share": percent_shown(count, interviews),
        "whole": whole_percent(count, interviews) if interviews else 0,
        "url": f"{behind}?{urlencode({'round': node.round, 'row': node.uid})}" if count else "",
    }
