"""The study of 1998-99 printed these figures; they come out of the demo whichever way one asks."""

import csv
import io
import json
from types import SimpleNamespace
from unittest import mock

import docx
import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from pptx import Presentation
from python_calamine import CalamineWorkbook

from incidents import jobs
from incidents.actions.files import path_of
from incidents.choices import JobState, RoleName
from reports.actions import composing, documents, running, tables
from reports.actions.demo.reconstruction import seed_reconstruction
from reports.demo.world import FOLDER, read_counts
from reports.models import Run
from taxonomy.queries.checks import differences
from tests.factories import MemberFactory
from tests.reports.documents.pdf_text import tables_in
from tests.reports.test_dashboard import figures

FACTS = json.loads((FOLDER / "published_facts.json").read_text())
INCIDENTS = {"reconstruction": 2826, "reconstruction_b": 2835}
STRATEGIES = len(FACTS["strategies"])
QUERIES = {
    "regions": "round=4&by=region",
    "sides": "round=4&by=viewpoint",
    "valences": "round=4&by=valence&shares=row",
}


@pytest.fixture(params=["reconstruction", "reconstruction_b"])
def demo(request, db, client):
    """Seed a reconstruction as the demo does, and let an analyst look at it."""
    counts = read_counts(FOLDER / f"{request.param}.csv")
    study = seed_reconstruction(slug="rebuilt", name="Rebuilt", counts=counts)
    analyst = MemberFactory(study=study, roles=[RoleName.ANALYST])
    client.force_login(analyst.user)
    return SimpleNamespace(
        study=study,
        scheme=study.schemes.get(slug="serve"),
        analyst=analyst,
        client=client,
        incidents=INCIDENTS[request.param],
    )


def test_every_printed_figure_follows_whichever_way_one_asks(demo):
    """One long test, because one study serves it all."""
    printed_by_the_command = {name: tabulated(name) for name in QUERIES}
    assert_published(demo, printed_by_the_command)
    assert_published(demo, {name: on_a_page(demo, name) for name in QUERIES})
    assert_published(demo, {name: in_csv(demo, name) for name in QUERIES})
    assert_published(demo, {name: in_xlsx(demo, name) for name in QUERIES})
    assert_published(demo, on_a_dashboard(demo))
    assert_regions(demo, by_column(figures(show(demo, "front_show"))))
    runs = {name: computed(demo, name) for name in QUERIES}
    assert_published(demo, {name: on_a_run(demo, run) for name, run in runs.items()})
    for read in (in_pdf, in_word, on_slides):
        assert_published(demo, dict(zip(QUERIES, read(demo, runs.values()), strict=True)))

    assert_what_is_said_around_them(demo)


# -- What was printed -------------------------------------------------------------------------


def assert_published(demo, found):
    """The figures of three tables, `{column: [the five strategies, then the base]}` each."""
    assert_regions(demo, found["regions"])

    sides = found["sides"]
    *_, told = sides["Customer"]
    assert round(100 * number(told) / demo.incidents) == FACTS["customer_viewpoint_percent"]
    shown = FACTS["establish_percent_of_customer_viewpoint"]
    assert sides["Customer"][1] == f"{shown}%"
    assert sides["Provider"][1] == f"{FACTS['establish_percent_of_provider_viewpoint']}%"

    see, establish, _render, value, _extend, _base = found["valences"]["Positive"]
    assert value == f"{FACTS['value_positive_percent']}%"
    assert max(percent(see), percent(establish)) < 50  # "more negative than positive"
    assert percent(found["valences"]["Negative"][0]) > percent(see)


def assert_regions(demo, table):
    with (FOLDER / "published_table.csv").open(newline="") as file:
        published = list(csv.DictReader(file))
    names = [column for column in published[0] if column != "strategy"]
    assert {name: table[name][:STRATEGIES] for name in names} == {
        name: [f"{row[name]}%" for row in published] for name in names
    }
    assert number(table["All"][-1]) == demo.incidents


def number(shown):
    return int(str(shown).replace(",", ""))


def percent(shown):
    return int(shown.removesuffix("%"))


# -- Ways to the three tables -----------------------------------------------------------------


def by_column(lines, *, labels=1):
    """Lines of words as `{column: [the five strategies, then the base]}`, after some labels."""
    head, *rows = lines
    base = next(row for row in rows if row[0].casefold() == "base")
    assert rows[0][0].startswith(FACTS["table_labels"]["see"])
    chosen = [*rows[:STRATEGIES], base]
    return {name: [row[at] for row in chosen] for at, name in enumerate(head) if at >= labels}


def tabulated(name):
    asked = dict(pair.split("=") for pair in QUERIES[name].split("&"))
    out = io.StringIO()
    call_command("tabulate", study="rebuilt", scheme="serve", format="json", stdout=out, **asked)
    table = json.loads(out.getvalue())
    assert table["reconstruction"] is True
    return {
        column: [*(row["percent"][column] for row in table["rows"]), base]
        for column, base in table["base"].items()
    }


def show(demo, name, *args, query=""):
    answer = demo.client.get(f"{reverse(f'reports:{name}', args=['rebuilt', *args])}?{query}")
    assert answer.status_code == 200
    return answer.text


def on_a_page(demo, name):
    return by_column(figures(show(demo, "table_show", "serve", query=QUERIES[name])))


def file_of(demo, form, name):
    url = reverse(f"reports:table_{form}", args=["rebuilt", "serve"])
    return demo.client.get(f"{url}?{QUERIES[name]}").content


def in_csv(demo, name):
    """The percentages, and of the base the counts, which stand in columns of their own."""
    lines = csv.reader(io.StringIO(file_of(demo, "csv", name).decode("utf-8-sig")))
    return with_counted_bases(by_column(list(lines), labels=2))


def in_xlsx(demo, name):
    book = CalamineWorkbook.from_filelike(io.BytesIO(file_of(demo, "xlsx", name)))
    head, *rows = book.get_sheet_by_index(0).to_python()
    width = (len(head) - 2) // 2
    lines = [
        [*row[:2], *(as_percent(cell) for cell in row[2 : 2 + width]), *row[2 + width :]]
        for row in rows
    ]
    return with_counted_bases(by_column([head, *lines], labels=2))


def as_percent(cell):
    return f"{round(100 * cell)}%" if isinstance(cell, float) else cell


def with_counted_bases(table):
    return {
        name: [*cells[:-1], int(table[f"{name} (count)"][-1])]
        for name, cells in table.items()
        if f"{name} (count)" in table
    }


def on_a_dashboard(demo):
    """Keep the three tables, put them onto a dashboard, and read each from its page."""
    made = composing.create_dashboard(title="Printed", is_front=False, by=demo.analyst)
    shown = {"table": True, "findings": True, "charts": []}
    for name, query in QUERIES.items():
        saved = tables.keep_table(scheme=demo.scheme, name=name, query=query, by=demo.analyst)
        composing.add_table(dashboard=made, saved=saved, by=demo.analyst, **shown)
    parts = show(demo, "dashboard_show", made.uid).split('id="figures-')[1:]
    return {name: by_column(figures(part)) for name, part in zip(QUERIES, parts, strict=True)}


def computed(demo, name):
    """Ask for a run as the page does, and compute it without its pictures."""
    url = reverse("reports:run_ask", args=["rebuilt", "serve"])
    demo.client.post(url, {"query": QUERIES[name]})
    run = Run.objects.latest("pk")
    with mock.patch.object(running, "pictures_of", return_value=[]):
        assert jobs.run_now(run.job).state == JobState.DONE
    run.refresh_from_db()
    return run


def on_a_run(demo, run):
    return by_column(figures(show(demo, "run_show", run.uid)))


def written(demo, runs, form):
    """A document of the three runs."""
    report = composing.create_report(title="Printed", with_method=True, by=demo.analyst)
    for run in runs:
        shown = {"table": True, "findings": True, "charts": []}
        composing.add_run(report=report, run=run, by=demo.analyst, **shown)
    file = documents.ask_document(report=report, form=form, by=demo.analyst)
    assert jobs.run_now(file.job).state == JobState.DONE
    file.refresh_from_db()
    return path_of(file.file).read_bytes()


def in_pdf(demo, runs):
    return [by_column(lines) for lines in tables_in(written(demo, runs, "pdf"))]


def in_word(demo, runs):
    file = docx.Document(io.BytesIO(written(demo, runs, "docx")))
    return [by_column(lines_of(table)) for table in file.tables]


def on_slides(demo, runs):
    slides = Presentation(io.BytesIO(written(demo, runs, "pptx"))).slides
    shapes = (shape for slide in slides for shape in slide.shapes)
    return [by_column(lines_of(shape.table)) for shape in shapes if shape.has_table]


def lines_of(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


# -- What was printed of the study as a whole ---------------------------------------------------


def assert_what_is_said_around_them(demo):
    """The ratio in words, the rounds, who was asked; and facts that follow from the codings."""
    assert FACTS["ratio_as_printed"] == "three times"
    said = " ".join(show(demo, "ready_sides", "serve").split())
    assert "Customer 26%, Provider 8%; about three times as often under “Customer”." in said
    rounds = [len(json_of(position)["rows"]) for position in range(1, 5)]
    assert rounds == FACTS["rounds"]
    assert json_of(4)["interviews"]["All"] == demo.study.interviews.count() == 463
    assert FACTS["interviews_more_than"] < 463
    assert FACTS["incidents_more_than"] < demo.incidents
    assert employers_by_part(demo.study) == {
        part: number for part, number in FACTS["employers"].items() if part != "total_is_our_sum"
    }
    assert not list(differences(demo.study))
    assert connection.vendor != "postgresql" or demo.incidents == estimated_incidents()


def json_of(position):
    out = io.StringIO()
    call_command("tabulate", study="rebuilt", round=str(position), format="json", stdout=out)
    return json.loads(out.getvalue())


def employers_by_part(study):
    parts = {"Canada": "United States and Canada", "United States": "United States and Canada"}
    pairs = {
        (name, parts.get(region, "Europe and Asia"))
        for name, region in study.organizations.filter(not_stated=False).values_list(
            "name", "sites__region__name"
        )
    }
    return {
        part: sum(1 for _, where in pairs if where == part) for part in set(dict(pairs).values())
    }


def estimated_incidents():
    """How many incidents the planner of PostgreSQL believes there are, after seeding."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'incidents_incident'")
        return cursor.fetchone()[0]
