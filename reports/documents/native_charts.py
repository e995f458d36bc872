"""Charts that PowerPoint and Word draw themselves, with the figures in a sheet behind them."""

import dataclasses
from typing import Any, NamedTuple

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.util import Emu, Pt

from reports.documents.fitting import without_controls
from reports.documents.model import Chart, Plotted, Series

KINDS: dict[Plotted | None, Any] = {
    Plotted.BARS: XL_CHART_TYPE.BAR_CLUSTERED,
    Plotted.STACKED: XL_CHART_TYPE.BAR_STACKED,
    Plotted.DIVERGING: XL_CHART_TYPE.BAR_STACKED,
    Plotted.LINES: XL_CHART_TYPE.LINE_MARKERS,
}
COLOURS = ("2F5DA8", "C2571A", "2A7F62", "8B4A9C", "A67C00", "5B6470", "B03A48", "3A8FB7")
OF_POLES = {"negative": "B03A48", "positive": "2A7F62"}
BETWEEN = ("5B6470", "77808C")
MOST_SERIES = len(COLOURS)  # that can be told apart
MOST_LABELLED = 40
PER_CENT = '0"%"'
PER_CENT_IN_THE_SHEET = '0.0"%";0.0"%"'  # what lies to the left of the line has no sign


class NativeChart(NamedTuple):
    """The XML of a chart and the workbook that its first relationship leads to."""

    xml: bytes
    book: bytes


def draw_on(slide: Any, chart: Chart, place: tuple[Any, Any, Any, Any]) -> Any:
    """Put a chart on a slide of python-pptx at left, top, width and height; returns its frame."""
    chart = dataclasses.replace(chart, series=chart.series[:MOST_SERIES])
    frame = slide.shapes.add_chart(KINDS[chart.plotted], *place, _figures(chart))
    _style(frame.chart, chart)
    frame._element.nvGraphicFramePr.cNvPr.set(  # noqa: SLF001  (it has no other way to say it)
        "descr", without_controls(chart.description)
    )
    return frame


def native_chart(chart: Chart) -> NativeChart:
    """The parts of a chart as PowerPoint would keep them; Word keeps the same."""
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    side = Emu(914400)
    part = draw_on(slide, chart, (side, side, side, side)).chart.part
    return NativeChart(part.blob, part.chart_workbook.xlsx_part.blob)


def _figures(chart: Chart) -> CategoryChartData:
    data = CategoryChartData(number_format=PER_CENT_IN_THE_SHEET)
    data.categories = [without_controls(name) for name in chart.categories]
    for series in chart.series:
        data.add_series(without_controls(series.name), _values(series, chart.plotted))
    return data


def _values(series: Series, plotted: Plotted | None) -> list[float | None]:
    if plotted != Plotted.DIVERGING or series.pole != "negative":
        return list(series.values)
    return [None if value is None else -value for value in series.values]


def _style(drawn: Any, chart: Chart) -> None:
    drawn.has_title = False
    drawn.font.size = Pt(11)
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
        drawn.legend.include_in_layout = False
    drawn.value_axis.has_major_gridlines = False
    drawn.value_axis.tick_labels.number_format = PER_CENT
    drawn.value_axis.tick_labels.number_format_is_linked = False
    drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if chart.plotted != Plotted.LINES:
        drawn.category_axis.reverse_order = True  # the first category on top
        drawn.value_axis.visible = False
    _label(drawn.plots[0], chart)
    for number, series in enumerate(drawn.plots[0].series):
        colour = RGBColor.from_string(_colour(chart, number))
        if chart.plotted == Plotted.LINES:
            series.format.line.color.rgb = colour
            series.smooth = False
        else:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour


def _colour(chart: Chart, number: int) -> str:
    if chart.plotted != Plotted.DIVERGING:
        return COLOURS[number % len(COLOURS)]
    return OF_POLES.get(chart.series[number].pole) or BETWEEN[number % len(BETWEEN)]


def _label(plot: Any, chart: Chart) -> None:
    """Write the figures beside the marks where there is room for them."""
    if len(chart.series) * len(chart.categories) > MOST_LABELLED:
        return
    plot.has_data_labels = True
    for drawn, series in zip(plot.series, chart.series, strict=True):
        for at, value in enumerate(series.values):
            if value is not None:
                _label_point(drawn.points[at], series.shown[at], chart.plotted)


def _label_point(point: Any, words: str, plotted: Plotted | None) -> None:
    """Write a figure as the table has it: a number format would round it a second time."""
    label = point.data_label
    label.text_frame.text = without_controls(words)
    font = label.text_frame.paragraphs[0].runs[0].font
    font.size = Pt(9)
    if plotted in {Plotted.STACKED, Plotted.DIVERGING}:
        font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)
