"""What a run puts into a report document: its table, its verdict, its pictures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from incidents.templatetags.figure_tags import percent_in_words
from reports.charts.figures import Cell, Figures, called
from reports.charts.fitting import (
    DIVERGING,
    DOTS,
    KINDS,
    MULTIPLES,
    OVER_TIME,
    RESIDUALS,
    STACKED,
    part_for,
    unfit,
)
from reports.charts.markup import standing_alone
from reports.choices import ChartKind, Theme
from reports.documents.model import (
    Chart,
    Column,
    Paragraph,
    Part,
    Plotted,
    Row,
    RowKind,
    Series,
    Table,
)
from reports.models import Run, RunChart
from reports.queries.chart_words import notes_of, title_of
from reports.queries.charts import figures_of, label_of
from reports.queries.run_words import shown_count, verdict_of
from reports.queries.standing_out import standing_out
from reports.queries.table_words import heading_of, marks_of, notes_of_run
from taxonomy.choices import Residual
from taxonomy.tabulation.display import HIDDEN

PLOTTED = {
    DOTS: Plotted.BARS,
    MULTIPLES: Plotted.BARS,
    STACKED: Plotted.STACKED,
    DIVERGING: Plotted.DIVERGING,
    OVER_TIME: Plotted.LINES,
}
DIVERGES = ("negative", "positive", "neutral", "mixed")  # what lies between follows the second

Answer = Mapping[str, Any]


def table_of(run: Run) -> Table:
    """The table of an answered run as it is shown, with the letters of its tests."""
    answer, letters = run.answer, _letters(run)
    about, *notes = notes_of(run)
    if letters:
        notes.insert(
            0,
            _(
                "A letter names a column whose share is lower; tested with organizations as"
                " clusters."
            ),
        )
    notes[:0] = [*notes_of_run(answer), *_beside_the_base(run)]
    return Table(
        title=title_of(run),
        corner=_("Category"),
        columns=list(_columns(answer, letters)),
        rows=[*_rows(answer, letters), *_lines(answer)],
        about=[about],
        notes=notes,
    )


def verdict_in(run: Run) -> list[Part]:
    """What the test of the whole table says; nothing where there is none, or it is an exercise."""
    if _statistics(run) is None:
        return []
    verdict = verdict_of(run.answer["statistics"], run.answer["sensitivity"])
    said = (verdict.says, verdict.differs, verdict.sensitivity)
    return [Paragraph(" ".join(words for words in said if words))]


def findings_in(run: Run) -> list[str]:
    """What stands out, in sentences with their evidence; nothing where it is an exercise."""
    if _statistics(run) is None:
        return []
    return [f"{one.sentence} {one.evidence}" for one in standing_out(run.answer)]


def charts_in(run: Run, kinds: Sequence[str], pictures: Sequence[RunChart]) -> Iterator[Part]:
    """The pictures of these kinds, with figures to be drawn anew; those that fit the table."""
    figures = figures_of(run)
    drawn = {chart.kind: chart.svg for chart in pictures if chart.theme == Theme.LIGHT}
    for kind in kinds:
        if kind not in drawn or unfit(figures, kind):
            continue
        yield _chart(figures, kind, drawn[kind])


def kinds_of(run: Run) -> list[str]:
    """The kinds of pictures that fit an answered run."""
    figures = figures_of(run)
    return [kind for kind in KINDS if not unfit(figures, kind)]


# -- Tables -------------------------------------------------------------------------------------


def _statistics(run: Run) -> Answer | None:
    return None if run.scheme.study.reconstruction else run.answer["statistics"]


def _letters(run: Run) -> Answer | None:
    statistics = _statistics(run)
    if statistics is None or not any(map(any, statistics["letters"]["corrected"] or [])):
        return None
    letters: Answer = statistics["letters"]
    return letters


def _columns(answer: Answer, letters: Answer | None) -> Iterator[Column]:
    named = ["", *letters["columns"]] if letters else [""] * len(answer["columns"])
    for column, letter in zip(answer["columns"], named, strict=True):
        name = heading_of(column["word"], column["name"])
        yield Column(f"{name} ({letter})" if letter else name, column["group"])


def _rows(answer: Answer, letters: Answer | None) -> Iterator[Row]:
    place = 0
    for at, row in enumerate(answer["rows"]):
        cells = [
            HIDDEN if hidden else percent_in_words(shown)
            for shown, hidden in zip(answer["shown"][at], answer["hidden"][at], strict=True)
        ]
        if row["subtotal"]:
            yield Row(row["name"], cells, RowKind.SUBTOTAL)
            continue
        if letters:
            beside = ["", *letters["corrected"][place]]
            cells = [f"{cell} {more}".strip() for cell, more in zip(cells, beside, strict=True)]
        place += 1
        yield Row(row["name"], cells)


def _lines(answer: Answer) -> Iterator[Row]:
    """The base, and of how many interviews and organizations it is."""
    yield Row(_("Base"), _bases(answer), RowKind.BASE)
    counted = {"interviews": _("Interviews"), "organizations": _("Organizations")}
    for name, label in counted.items():
        numbers = answer["numbers"][name]
        if numbers is not None and not answer["hides"]:
            yield Row(label, [shown_count(number) for number in numbers], RowKind.BESIDE)


def _beside_the_base(run: Run) -> list[str]:
    """What is not placed in the round, in all; few are not counted out."""
    least = run.scheme.study.confidentiality_threshold
    said = []
    for kind, counts in run.answer["residuals"].items():
        few = _("fewer than %(number)s") % {"number": least}
        number = few if counts[0] < least else shown_count(counts[0])
        if counts[0]:
            said.append(f"{Residual(kind).label} {number}")
    return [_("Not in the base: %(lines)s.") % {"lines": ", ".join(said)}] if said else []


def _bases(answer: Answer) -> list[str]:
    """The base of each column, small ones with their sign."""
    marks = marks_of(answer["unweighted"] or answer["base"], answer["shares"])
    hidden = answer["lines_hidden"]["base"]
    return [
        HIDDEN if hidden[at] else shown_count(count) + marks[at]
        for at, count in enumerate(answer["base"])
    ]


# -- Pictures -----------------------------------------------------------------------------------


def _chart(figures: Figures, kind: str, svg: str) -> Chart:
    words = figures.words
    categories, names, cells = _plotted(figures, kind)
    label = label_of(kind, figures)
    title = words.title if kind == DOTS else f"{words.title}: {label}"
    return Chart(
        title=title,
        description=f"{words.subtitles[kind]} {_in_words(categories, names, cells)}".strip(),
        svg=standing_alone(svg),
        plotted=PLOTTED.get(kind),
        categories=categories,
        series=_series(names, cells, _poles(figures, kind) or [""] * len(names)),
        table=_residuals(figures) if kind == RESIDUALS else None,
        notes=[words.subtitles[kind], *words.notes],
        corner=_("Column") if kind in {STACKED, OVER_TIME} else _("Category"),
        label=label,
    )


Plots = tuple[list[str], list[str], list[list[Cell]]]  # along the axis; colours, and their cells


def _plotted(figures: Figures, kind: str) -> Plots:
    """The figures of a picture: what is along its axis, and the cells of each colour."""
    if kind == RESIDUALS:
        return [], [], []
    part = part_for(figures, kind)
    rows = [row for _place, row in part.rows]
    columns = [place for place, _column in part.columns]
    if kind == DIVERGING:
        valences = {column.valence: place for place, column in part.columns}
        columns = [valences[valence] for valence in DIVERGES if valence in valences]
    names = [called(figures.columns[place], figures.words) for place in columns]
    of_rows = [row.name for row in rows]
    if kind == DIVERGING:
        return of_rows, names, [[row.across[place] for row in rows] for place in columns]
    if kind in {STACKED, OVER_TIME}:
        return names, of_rows, [[row.cells[place] for place in columns] for row in rows]
    return of_rows, names, [[row.cells[place] for row in rows] for place in columns]


def _poles(figures: Figures, kind: str) -> list[str]:
    """The valence of each colour of bars that diverge, in their order; of other pictures none."""
    if kind != DIVERGING:
        return []
    there = {column.valence for _place, column in part_for(figures, kind).columns}
    return [valence for valence in DIVERGES if valence in there]


def _series(
    names: Sequence[str], cells: Sequence[Sequence[Cell]], poles: Sequence[str]
) -> list[Series]:
    return [
        Series(
            name,
            [None if cell.share is None else round(cell.share, 1) for cell in line],
            [cell.shown for cell in line],
            pole,
        )
        for name, line, pole in zip(names, cells, poles, strict=True)
    ]


def _in_words(categories: Sequence[str], names: Sequence[str], cells: Sequence[list[Cell]]) -> str:
    """The figures of a picture for those who do not see it; of the first colour only."""
    if not names:
        return ""
    said = ", ".join(
        f"{category} {cell.shown}"
        for category, cell in zip(categories, cells[0], strict=True)
        if cell.share is not None
    )
    return f"{names[0]}: {said}."


def _residuals(figures: Figures) -> Table:
    columns = [place for place, column in enumerate(figures.columns) if not column.is_all]
    return Table(
        title=f"{figures.words.title}: {ChartKind(RESIDUALS).label}",
        corner=_("Category"),
        columns=[Column(called(figures.columns[place], figures.words)) for place in columns],
        rows=[
            Row(row.name, [row.cells[place].residual_shown or "–" for place in columns])
            for row in figures.rows
        ],
        notes=[figures.words.subtitles[RESIDUALS], *figures.words.notes],
    )
