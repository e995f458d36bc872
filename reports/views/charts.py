"""The pictures of a run: on its page, and as files to take away."""

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from incidents.access import require_recent_sign_in_for_file
from incidents.http import Request
from reports import access
from reports.actions.drawing import log_chart
from reports.charts.figures import Cell, Figures, called
from reports.charts.fitting import DIVERGING, DOTS, KINDS, RESIDUALS, part_for, unfit
from reports.charts.markup import linked
from reports.choices import Theme
from reports.exports.charts import as_png, as_svg
from reports.models import Run, RunChart
from reports.queries.charts import REASONS, figures_of, label_of

FORMS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "svg": ("image/svg+xml; charset=utf-8", as_svg),
    "png": ("image/png", as_png),
}

Address = Callable[[str, str], str]


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """One picture as a page shows it, its values as a table, and where its files are."""

    kind: str
    label: str
    svg: SafeString
    heads: list[str]
    lines: list[tuple[str, list[str]]]
    svg_url: str
    png_url: str


@require_GET
@never_cache
def run_chart(request: Request, slug: str, uid: uuid.UUID, kind: str, form: str) -> HttpResponse:
    """A picture of a run as a file; `?theme=dark` for dark paper."""
    reader = access.reader_for(request, slug)
    run = access.run_shown(reader, uid)
    if form not in FORMS:
        raise Http404
    theme = Theme.DARK if request.GET.get("theme") == Theme.DARK else Theme.LIGHT
    chart = RunChart.objects.filter(run=run, kind=kind, theme=theme).first()
    if chart is None:
        raise Http404
    require_recent_sign_in_for_file(request)
    content_type, write = FORMS[form]
    content = write(chart.svg)
    log_chart(chart=chart, form=form, by=reader)
    name = f"{reader.study.slug}-{run.scheme.slug}-{kind}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


def charts_of_page(run: Run, address: Address) -> dict[str, Any]:
    """What `reports/run_charts.html` shows of an answered run: its pictures, and why not others.

    `address` leads from the uid of a row and the word of a column to what stands behind the cell.
    """
    drawn = RunChart.objects.filter(run=run, theme=Theme.LIGHT)
    svgs = dict(drawn.values_list("kind", "svg"))
    figures = figures_of(run)
    return {
        "pictures": _pictures(run, figures, svgs, address),
        "unfit": list(_not_drawn(figures)),
    }


def pictures_shown(run: Run, svgs: Mapping[str, str], address: Address) -> list[Picture]:
    """Pictures of an answered run by their kind, as a page shows them."""
    return _pictures(run, figures_of(run), svgs, address) if svgs else []


def _pictures(
    run: Run, figures: Figures, svgs: Mapping[str, str], address: Address
) -> list[Picture]:
    kinds = [kind for kind in KINDS if kind in svgs]
    addresses = dict(_addresses(run, figures, address)) if kinds else {}
    return [_picture(run, figures, kind, svgs[kind], addresses) for kind in kinds]


def _picture(
    run: Run, figures: Figures, kind: str, svg: str, addresses: dict[tuple[int, int], str]
) -> Picture:
    part = part_for(figures, kind)
    places = range(len(figures.columns)) if kind == DIVERGING else [at for at, _one in part.columns]
    lines = []
    for _at, row in part.rows:
        values = _values(row.across if kind == DIVERGING else row.cells, kind)
        lines.append((row.name, [values[at] for at in places]))
    return Picture(
        kind=kind,
        label=label_of(kind, figures),
        svg=mark_safe(linked(svg, addresses)),  # noqa: S308  (drawn by us; names were escaped then)
        heads=[called(figures.columns[at], figures.words) for at in places],
        lines=lines,
        svg_url=_url(run, kind, "svg"),
        png_url=_url(run, kind, "png"),
    )


def _values(cells: tuple[Cell, ...], kind: str) -> list[str]:
    if kind == RESIDUALS:
        return [cell.residual_shown for cell in cells]
    if kind != DOTS:
        return [cell.shown for cell in cells]
    return [f"{cell.shown} ({cell.interval})" if cell.interval else cell.shown for cell in cells]


def _addresses(
    run: Run, figures: Figures, address: Address
) -> Iterator[tuple[tuple[int, int], str]]:
    """Where the marks lead, escaped for an attribute: cells that are shown and are not empty."""
    rows = [row for row in run.answer["rows"] if not row["subtotal"]]
    words = [column["word"] for column in run.answer["columns"]]
    for row in figures.rows:
        for place, cell in enumerate(row.cells):
            if row.at is not None and (cell.share or cell.residual is not None):
                yield (row.at, place), escape(address(rows[row.at]["uid"], words[place]))


def _not_drawn(figures: Figures) -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        reason = unfit(figures, kind)
        if reason:
            yield label_of(kind, figures), str(REASONS[reason])


def _url(run: Run, kind: str, form: str) -> str:
    slug = run.scheme.study.slug
    return reverse("reports:run_chart", args=[slug, run.uid, kind, form])
