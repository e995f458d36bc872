"""Small charts of values with their intervals, drawn at once."""

from collections.abc import Iterator

from django import template
from django.utils.safestring import SafeString, mark_safe

from taxonomy.charts.whiskers import Chart, Mark

register = template.Library()

FRAME = (
    '<svg class="whiskers" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    ' width="{width}" height="{height}">{content}</svg>'
)
LINE = (
    '<line class="whiskers-scale" x1="{left}" x2="{width}" y1="{y}" y2="{y}"/>'
    '<text class="whiskers-words" x="{left}" dx="-6" y="{y}" dy=".35em" text-anchor="end">'
    "{value:.1f}</text>"
)
INTERVAL = (
    '<path class="whiskers-interval" d="M{mark.x} {mark.low}V{mark.high}M{mark.left} {mark.low}'
    'H{mark.right}M{mark.left} {mark.high}H{mark.right}"/>'
)
VALUE = '<circle class="whiskers-value" cx="{mark.x}" cy="{mark.y}" r="4"/>'
WORDS = '<text class="whiskers-words" x="{x}" y="{y}"{moved} text-anchor="middle">{words}</text>'


@register.simple_tag
def whisker_chart(chart: Chart) -> SafeString:
    """Return a chart as a picture; its numbers have a point in every language."""
    lines = (
        LINE.format(left=chart.left, width=chart.width, y=line.y, value=line.value)
        for line in chart.lines
    )
    marks = (part for mark in chart.marks for part in _mark(mark, chart))
    content = "".join([*lines, *marks])
    drawn = FRAME.format(width=chart.width, height=chart.height, content=content)
    return mark_safe(drawn)  # noqa: S308  (nothing but numbers)


def _mark(mark: Mark, chart: Chart) -> Iterator[str]:
    if mark.low is not None and mark.high is not None:
        yield INTERVAL.format(mark=mark)
    if mark.y is None:
        yield WORDS.format(x=mark.x, y=chart.floor, moved=' dy="-4"', words="–")
    else:
        yield VALUE.format(mark=mark)
    yield WORDS.format(x=mark.x, y=chart.foot, moved="", words=mark.number)
