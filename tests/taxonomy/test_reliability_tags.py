"""Tables of agreement say their figures in the language of their reader, and run nothing."""

import pytest
from django.template import Context, Template
from django.utils import translation

from taxonomy.queries.measured import (
    CategoryShown,
    Confused,
    Figure,
    Line,
    Matrix,
    PairShown,
    _panel,
    most_confused,
)

TYPED = '<b>"&'
FIGURE, NONE = Figure(0.71649, 0.6, 0.8), Figure(why="Undefined: <why>.")
KEPT = {"units": 1234, "agreement": 0.8, "kappa": -0.00001, "standard_error": 0.1}
PAIR = PairShown("Ann", TYPED, {**KEPT, "kappa_max": None, "weighted": None})
MATRIX = Matrix([("u-1", "Waiting"), ("", TYPED)], [[1500, 3], [3, 0]], 0)


def written(tag, **context):
    loaded = "{% load reliability_tags whisker_tags %}"
    return Template(f"{loaded}{{% {tag} %}}").render(Context(context))


@pytest.mark.parametrize(
    ("language", "value", "ends", "units"),
    [("en", "0.7165", "0.60 to 0.80", "1,234"), ("de", "0,7165", "0,60 bis 0,80", "1.234")],
)
def test_figures_are_written_as_their_reader_writes_them(language, value, ends, units):
    with translation.override(language):
        line = written("coefficient_rows lines", lines=[Line("Alpha", FIGURE, FIGURE)])
        pair = written("pair_rows pairs True", pairs=[PAIR])
    assert line == (
        f'<tr><th scope="row">Alpha</th><td class="num">{value}</td><td class="num">{ends}</td>'
        f'<td class="num soft">{value}</td></tr>'
    )
    assert f'<td class="num">{units}</td>' in pair


def test_what_has_no_value_says_why_or_has_a_dash_and_nothing_is_minus_zero():
    line = written("coefficient_rows lines", lines=[Line("Alpha", NONE, NONE)])
    assert '<td colspan="2" class="soft small">Undefined: &lt;why&gt;.</td>' in line
    assert '<span class="small">undefined</span>' in line
    other = written("coefficient_rows lines", lines=[Line("Alpha", FIGURE, NONE)])
    assert '<td class="soft small">Undefined: &lt;why&gt;.</td></tr>' in other
    figures = ["1,234", "0.8000", "0.0000", "0.1000", "–"]
    assert "".join(f'<td class="num">{one}</td>' for one in figures) in written(
        "pair_rows pairs False", pairs=[PAIR]
    )


def test_a_matrix_of_coders_has_the_kappa_of_each_two_on_both_sides():
    def pair(first, second, kappa):
        return PairShown(f"Coder {first}", TYPED, {"first": "u1", "second": second, "kappa": kappa})

    shown = written("kappa_matrix pairs", pairs=[pair(1, "u2", 0.456), pair(1, "u3", None)])
    rows = shown.split("<tbody>")[1].split("</tr>")[:3]

    assert shown.count("&lt;b&gt;") == 4
    assert [row.split("</th>")[1] for row in rows] == [
        "".join(f'<td class="num">{one}</td>' for one in cells)
        for cells in (("–", "0.46", "–"), ("0.46", "–", "–"), ("–", "–", "–"))
    ]


def test_a_category_has_four_figures_and_the_interval_of_alpha():
    figures = {"agreement": Figure(0.9), "alpha": FIGURE, "kappa": Figure(0.7), "ac1": Figure(0.8)}
    shown = written(
        "category_rows rows", rows=[CategoryShown("u", "Late", "", 1234, few=False, **figures)]
    )
    cells = ["1,234", "0.900", "0.716", "0.60 to 0.80", "0.700", "0.800"]
    assert "".join(f'<td class="num">{one}</td>' for one in cells) in shown


def test_what_is_typed_is_text():
    figures = {"agreement": FIGURE, "alpha": FIGURE, "kappa": FIGURE, "ac1": FIGURE}
    category = CategoryShown("u-1", TYPED, TYPED, 20, few=False, **figures)
    pages = [
        written("category_rows rows", rows=[category]),
        written("pair_rows rows False", rows=[PAIR]),
        written("confusion_rows rows '/x/' 1", rows=MATRIX),
        written("confused_items rows '/x/' 1", rows=[Confused("u-1", TYPED, "u-2", TYPED, 2)]),
        written("panel_rows rows", rows=[_panel("Alpha", [FIGURE], [TYPED], 0.0)]),
    ]
    assert [page.count("&lt;b&gt;&quot;&amp;") for page in pages] == [2, 1, 3, 2, 1]
    assert not any("<b>" in page for page in pages)


def test_a_cell_of_the_matrix_leads_to_its_two_categories_and_is_darkest_where_most_part():
    shown = written("confusion_rows rows '/x/' 2", rows=MATRIX)
    first, second = shown.split("</tr>")[:2]
    assert '<td class="confusion-same"><a href="/x/?round=2&amp;a=u-1&amp;b=u-1"' in first
    assert 'aria-label="Waiting and Waiting: 1,500 moments">1,500</a>' in first
    assert '<td class="confusion-5"><a href="/x/?round=2&amp;a=u-1&amp;b=none"' in first
    assert '<td class="confusion-same"><span class="soft">–</span></td>' in second
    assert "<a " not in written("confusion_rows rows '' 2", rows=MATRIX)


def test_the_list_of_what_is_confused_leads_to_the_moments_the_most_first():
    names = [{"uid": "u-1", "name": "One"}, {"uid": "u-2", "name": "Two"}, {"uid": "", "name": ""}]
    kept = {
        "categories": names,
        "confusion": [["u-1", "u-2", 1], ["u-1", "u-1", 9], ["u-2", "", 2]],
    }
    items = written("confused_items rows '/x/' 1", rows=most_confused(kept)).split("</li>")
    assert '<a href="/x/?round=1&amp;a=u-2&amp;b=none">2 moments</a>' in items[0]
    assert '<a href="/x/?round=1&amp;a=u-1&amp;b=u-2">1 moment</a>' in items[1]
    assert items[2:] == [""]


def test_each_point_of_the_charts_stands_beside_the_same_point_of_the_others():
    panels = [_panel("Alpha", [FIGURE, NONE], ["One", "Two"], 0.0)]
    panels += [_panel("AC1", [NONE, Figure(0.25)], ["One", "Two"], 0.0)]
    one, two = written("panel_rows rows", rows=panels).split("</tr>")[:2]
    assert one.endswith(
        '<td class="num">0.72 <span class="soft small">0.60 to 0.80</span></td>'
        '<td class="num">–</td>'
    )
    assert two.endswith('<td class="num">–</td><td class="num">0.25</td>')


def test_a_chart_draws_what_has_a_value_and_a_dash_for_what_has_none():
    panel = _panel("Alpha", [FIGURE, Figure(0.25), NONE], ["One", "Two", "Three"], 0.0)
    with translation.override("de"):  # numbers in a picture have a point
        drawn = written("whisker_chart chart", chart=panel.chart)
    parts = ["<circle", "whiskers-interval", ">–</text>", ">0.5</text>", ">0,5</text>"]
    assert [drawn.count(part) for part in parts] == [2, 1, 1, 1, 0]
