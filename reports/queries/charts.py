"""The figures of a run as its pictures are made of them, and the words around them."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.choices import Valence
from incidents.paging import shown_number
from incidents.templatetags.figure_tags import per_cent, percent_in_words
from reports.charts import fitting
from reports.charts.figures import Cell, Column, Figures, Row, Words
from reports.choices import ChartKind
from reports.models import Run
from reports.queries.chart_words import notes_of, subtitles_of, title_of
from taxonomy.choices import Dimension, Shares, Unit
from taxonomy.tabulation.display import (
    HIDDEN,
    Number,
    count_or_dash,
    count_shown,
    is_least,
    percent_shown,
)
from taxonomy.tabulation.rollup import ALL

PERIODS = {
    Dimension.MONTH,
    Dimension.QUARTER,
    Dimension.YEAR,
    Dimension.HAPPENED_MONTH,
    Dimension.HAPPENED_QUARTER,
    Dimension.HAPPENED_YEAR,
}
NO_INTERVAL = (None, None)
WHOLE = 100

REASONS = {
    fitting.NO_FIGURES: gettext_lazy("No percentage of this table may be drawn."),
    fitting.OVERLAPPING: gettext_lazy("What is counted may stand in several rows."),
    fitting.MANY_ROWS: gettext_lazy("There are too many rows for pieces of a bar."),
    fitting.NO_VALENCES: gettext_lazy("The columns are not positive and negative."),
    fitting.NO_STATISTICS: gettext_lazy(
        "Residuals need two rows and columns, nothing hidden, and no reconstruction."
    ),
    fitting.ONE_COLUMN: gettext_lazy("There is only one column to show."),
    fitting.NO_PERIODS: gettext_lazy("The columns are not two or more periods."),
}


def figures_of(run: Run) -> Figures:
    """The figures of an answered run, as the table shows them, as column per cents.

    In a reconstruction there is nothing of chance: neither intervals nor residuals.
    """
    read = _Read(run)
    return Figures(
        columns=tuple(read.columns()),
        rows=tuple(read.rows()),
        words=Words(
            title=title_of(run),
            subtitles=subtitles_of(corrected=read.corrected, whiskers=bool(read.intervals)),
            per_cent=per_cent("%s").replace("%", "%%").replace("%%s", "%s"),
            base=_("Base %s"),
            rows_left_out=_("The %(shown)s largest of %(all)s rows; the table has all."),
            columns_left_out=_("%(shown)s of %(all)s columns; the table has all."),
            is_all=_("All"),
            negative=str(Valence.NEGATIVE.label),
            positive=str(Valence.POSITIVE.label),
            notes=tuple(notes_of(run)),
        ),
        overlapping=read.answer["unit"] != Unit.MOMENTS,
        periods=read.by in PERIODS,
        statistics=read.statistics is not None,
        all_rows=len(read.places()),
    )


def label_of(kind: str, figures: Figures) -> str:
    """What a picture is called; dots without intervals do not promise any."""
    if kind == fitting.DOTS and not figures.statistics:
        return _("Dots")
    return str(ChartKind(kind).label)


class _Read:
    """An answer, read cell by cell; places are those of the answer's rows and columns."""

    def __init__(self, run: Run) -> None:
        asked = run.question["specification"]
        self.answer: Mapping[str, Any] = run.answer
        self.by = asked["by"][0] if asked["then"] is None else ""
        self.is_by_column = self.answer["shares"] == Shares.COLUMN
        self.statistics = None if run.scheme.study.reconstruction else self.answer["statistics"]
        intervals = (self.statistics or {}).get("intervals") or {}
        self.corrected = _is_known(intervals.get("corrected"))
        self.intervals = intervals.get("corrected" if self.corrected else "wilson")
        self.base = self.answer["base"]
        self.decimals = self.answer.get("decimals", 0)
        self.units = self.answer["unweighted"] or self.base
        self.base_hidden = self.answer["lines_hidden"]["base"]

    def places(self) -> list[int]:
        """Where the rows stand in the answer that are no subtotals: the rows of the statistics."""
        return [at for at, row in enumerate(self.answer["rows"]) if not row["subtotal"]]

    def heaviest(self) -> list[tuple[int, int]]:
        """The rows that pictures may show, by their number and where they stand."""
        rows = list(enumerate(self.places()))
        rows.sort(key=lambda row: (-self.answer["counts"][row[1]][0], row[0]))
        return sorted(rows[: max(fitting.MOST_ROWS.values())])

    def columns(self) -> Iterator[Column]:
        for at, column in enumerate(self.answer["columns"]):
            base = HIDDEN if self.base_hidden[at] else _number(self.base[at])
            yield Column(
                name=column["name"],
                base=base,
                valence=column["word"] if self.by == Dimension.VALENCE else "",
                group=column["group"],
                is_all=column["word"] == ALL,
                not_stated=column["not_stated"],
            )

    def rows(self) -> Iterator[Row]:
        """The rows that pictures may show."""
        for number, at in self.heaviest():
            row, counts = self.answer["rows"][at], self.answer["counts"][at]
            yield Row(
                at=number,
                name=row["name"],
                cells=tuple(self._cell(at, number, place) for place in range(len(counts))),
                weight=float(counts[0]),
                across=tuple(self._across(at)) if self.by == Dimension.VALENCE else (),
            )

    def _cell(self, at: int, number: int, place: int) -> Cell:
        if self.answer["hidden"][at][place] or self.base_hidden[place]:
            return Cell(HIDDEN)
        count, base = self.answer["counts"][at][place], self.base[place]
        if self.is_by_column:
            shown, percent = self.answer["shown"][at][place], self.answer["percents"][at][place]
        else:
            shown, percent = self._shown(count, base, self.units[place])
        low, high = self._interval(number, place) if percent else NO_INTERVAL
        of_all = (self.statistics or {}).get("adjusted_residuals")
        residual = self._matrix(of_all, number, place) if percent else None
        return Cell(
            shown=_in_words(shown),
            share=WHOLE * count / base if percent and base else None,
            low=low,
            high=high,
            interval="" if low is None or high is None else _interval_in_words(low, high),
            residual=residual,
            residual_shown="" if residual is None else _signed(residual),
        )

    def _across(self, at: int) -> Iterator[Cell]:
        """The shares of a row itself: of all that stands in it."""
        counts, hidden = self.answer["counts"][at], self.answer["hidden"][at]
        for count, is_hidden in zip(counts, hidden, strict=True):
            if is_hidden or hidden[0]:
                yield Cell(HIDDEN)
                continue
            shown, percent = self._shown(count, counts[0], counts[0])
            share = WHOLE * count / counts[0] if percent and counts[0] else None
            yield Cell(_in_words(shown), share)

    def _shown(self, count: Number, base: Number, units: Number) -> tuple[str | None, str | None]:
        """A cell as shown, and its per cent if it is one."""
        if is_least(units):
            return count_or_dash(count), None
        percent = percent_shown(count, base, decimals=self.decimals)
        return percent, percent

    def _interval(self, number: int, place: int) -> tuple[float | None, float | None]:
        ends = self._matrix(self.intervals, number, place)
        if ends is None or ends[0] is None:
            return NO_INTERVAL
        return WHOLE * ends[0], WHOLE * ends[1]

    @staticmethod
    def _matrix(matrix: Any, number: int, place: int) -> Any:
        """A figure of a row and a column; All has none."""
        return matrix[number][place - 1] if matrix and place else None


def _is_known(intervals: Any) -> bool:
    """Whether any cell has an interval."""
    return any(cell and cell[0] is not None for row in intervals or () for cell in row)


def _in_words(shown: str | None) -> str:
    return percent_in_words(shown)


def _interval_in_words(low: float, high: float) -> str:
    ends = {"low": per_cent(int(low + 0.5)), "high": per_cent(int(high + 0.5))}
    return _("95 per cent: %(low)s to %(high)s") % ends


def _signed(residual: float) -> str:
    size = number_format(f"{abs(residual):.1f}", decimal_pos=1)
    if float(f"{residual:.1f}") == 0:
        return size
    return f"+{size}" if residual > 0 else f"−{size}"


def _number(count: Number) -> str:
    return shown_number(count) if isinstance(count, int) else count_shown(count)
