"""The pictures of runs: drawn, kept, shown and handed out."""

import re
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from incidents.models import Change
from reports.actions import drawing
from reports.actions.drawing import draw_charts, keep_pictures
from reports.charts.choosing import chart_of
from reports.charts.palette import DARK, LIGHT
from reports.choices import ChartKind, Theme
from reports.models import RunChart
from reports.views.charts import charts_of_page
from tests.reports.charts.answers import answer_of, keep_run

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" role="group"><g>'
    '<a href="#cell-0-1" tabindex="-1"><path d="M0,0h9v9h-9Z" fill="#1c2321"/></a></g></svg>'
)


@pytest.fixture
def run(world):
    return keep_run(world)


def keep(run, kind="dots", theme="light", svg=DRAWN):
    return RunChart.objects.create(run=run, kind=kind, theme=theme, svg=svg)


def file_of(run, kind="dots", form="svg"):
    return reverse("reports:run_chart", args=[run.scheme.study.slug, run.uid, kind, form])


def part_of_page(run) -> str:
    charts = charts_of_page(run, lambda row, column: f"/there/?row={row}&column={column}")
    return render_to_string("reports/run_charts.html", {"charts": charts})


def test_a_run_gets_every_picture_that_fits_once_in_light_and_dark(run):
    drawn = draw_charts(run)
    keep_pictures(drawn)

    kinds = ["dots", "stacked", "diverging", "residuals", "multiples"]
    kept = RunChart.objects.filter(run=run)
    assert sorted(kept.values_list("kind", "theme")) == sorted(
        (kind, theme) for kind in kinds for theme in Theme.values
    )
    ids = [
        found
        for chart in kept.filter(theme="light")
        for found in re.findall(r' id="([^"]+)"', chart.svg)
    ]
    assert len(ids) == len(set(ids)) == 2 * len(kinds)


def test_a_picture_that_cannot_be_drawn_is_left_out_and_no_word_of_it_logged(
    run, monkeypatch, caplog
):
    def fails(_spec, _themes, *, name, **_said):
        if name.startswith("dots"):
            raise ValueError("Warm")
        return {"light": DRAWN}

    monkeypatch.setattr(drawing, "draw", fails)

    kinds = [chart.kind for chart in draw_charts(run)]

    assert ChartKind.DOTS not in kinds
    assert ChartKind.STACKED in kinds
    assert f"Run {run.uid} has no picture dots: ValueError" in caplog.text
    assert "Warm" not in caplog.text


def test_the_page_has_the_pictures_with_links_values_and_files(run):
    keep(run)
    keep(run, theme="dark", svg="<svg>dark</svg>")

    page = part_of_page(run)

    assert '<a href="/there/?row=uid-Warm&amp;column=positive" tabindex="-1">' in page
    assert "<svg>dark</svg>" not in page
    assert f'href="{file_of(run)}"' in page
    assert f'href="{file_of(run, form="png")}"' in page
    assert '<td class="num">75% (95 per cent: 40% to 60%)</td>' in page
    assert "Change over time: The columns are not two or more periods." in page


def test_a_run_without_pictures_says_so(run):
    assert "There are no pictures of this table." in part_of_page(run)


def test_names_are_text_wherever_they_stand(world, monkeypatch):
    monkeypatch.setattr(drawing, "charts_of", lambda figures: {"dots": chart_of(figures, "dots")})
    strange = '<script>alert("שלום")</script>'
    run = keep_run(world, answer_of(rows=(strange, "Quick")))
    draw_charts(run)

    page = part_of_page(run)

    assert strange not in page
    assert "&lt;script&gt;alert(" in page
    assert " style=" not in page


def test_a_picture_is_a_file_without_links_and_it_is_in_the_change_log(client, world, run):
    keep(run)
    client.force_login(world.analyst.user)

    answer = client.get(file_of(run))

    root = ET.fromstring(answer.content)
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="')
    assert root.get("role") == "img"
    assert not list(root.iter(f"{SVG}a"))
    change = Change.objects.get(verb="export_chart")
    assert (change.object_uid, change.member) == (run.uid, world.analyst)


def test_a_picture_is_had_in_dots_and_for_dark_paper(client, world, run):
    keep(run)
    keep(run, theme="dark", svg=DRAWN.replace("#1c2321", "#e9e8e3"))
    client.force_login(world.analyst.user)

    dots, dark = client.get(file_of(run, form="png")), client.get(f"{file_of(run)}?theme=dark")

    assert dots.content.startswith(b"\x89PNG")
    assert dots["Content-Type"] == "image/png"
    assert "#e9e8e3" in dark.text


@pytest.mark.parametrize(
    ("kind", "form"), [("stacked", "svg"), ("dots", "pdf"), ("nothing", "svg")]
)
def test_what_is_not_there_is_not_found(client, world, run, kind, form):
    keep(run)
    client.force_login(world.analyst.user)

    assert client.get(file_of(run, kind, form)).status_code == 404


def test_who_signed_in_long_ago_is_asked_first(client, world, run):
    keep(run)
    client.force_login(world.analyst.user)
    session = client.session
    session["signed_in_at"] = 0
    session.save()

    answer = client.get(file_of(run))

    assert answer.status_code == 302
    assert urlsplit(answer.url).path.startswith("/accounts/")
    assert not Change.objects.filter(verb="export_chart").exists()


def test_the_colours_are_those_of_the_pages():
    css = settings.BASE_DIR / "static/css"
    tokens = (css / "tokens.css").read_text().replace("#fff,", "#ffffff,")
    for token, light in LIGHT.items():
        assert f"--{token}: light-dark({light}, {DARK[token]});" in tokens
        for paint in ("fill", "stroke"):
            rule = f".chart .{paint}-{token} {{\n  {paint}: var(--{token});\n}}"
            assert rule in (css / "charts.css").read_text()
