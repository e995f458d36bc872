"""The pictures of a table: each kind that fits it, as a Vega-Lite specification."""

from collections.abc import Callable
from typing import Final

from reports.charts import panels, rows
from reports.charts.figures import Figures
from reports.charts.fitting import (
    DIVERGING,
    DOTS,
    KINDS,
    MULTIPLES,
    OVER_TIME,
    RESIDUALS,
    STACKED,
    Part,
    part_for,
    unfit,
)
from reports.charts.marks import Spec, picture

Layout = Callable[[Figures, Part], list[Spec]]

LAYOUTS: Final[dict[str, Layout]] = {
    DOTS: rows.dots,
    STACKED: panels.stacked,
    DIVERGING: rows.diverging,
    RESIDUALS: rows.residuals,
    MULTIPLES: panels.multiples,
    OVER_TIME: panels.over_time,
}


def charts_of(figures: Figures) -> dict[str, Spec]:
    """A Vega-Lite specification for each kind of picture that fits, in the order of KINDS."""
    return {kind: chart_of(figures, kind) for kind in KINDS if not unfit(figures, kind)}


def chart_of(figures: Figures, kind: str) -> Spec:
    """One picture of a table that it fits; it says itself what it leaves out."""
    part = part_for(figures, kind)
    views = LAYOUTS[kind](figures, part)
    return picture(figures.words, kind, views, left_out=_left_out(figures, part))


def _left_out(figures: Figures, part: Part) -> list[str]:
    words = figures.words
    counted = (
        (words.rows_left_out, len(part.rows), part.all_rows),
        (words.columns_left_out, len(part.columns), part.all_columns),
    )
    return [
        text % {"shown": shown, "all": whole} for text, shown, whole in counted if shown < whole
    ]
