"""How figures are shown, decimals and sums of 100, is asked once and the same wherever they go."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from incidents import jobs
from incidents.choices import Valence
from reports.actions.running import ask_run
from reports.forms.tables import TableForm
from reports.models import Run, Table
from reports.queries.charts import figures_of
from reports.queries.outside import masked
from reports.queries.run_parts import table_of
from taxonomy.choices import Dimension, Shares
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification
from tests.reports.test_dashboard import figures, reading, url_of
from tests.reports.test_exports import fetch, read_csv, read_xlsx
from tests.reports.told import tell
from tests.taxonomy.factories import CategoryFactory

ASKED = {"round": "1", "by": "valence", "decimals": "1", "adjusted": "on"}
SHOWN = ["33.4%", "33.3%", "33.3%"]


@pytest.fixture
def thirds(world):
    """Tell as much of each of three categories."""
    slow = CategoryFactory(round=world.fine, name="Slow", parent=world.service)
    for category in (world.warm, world.quick, slow):
        tell(world, category.name, category=category, moments=11, valence=Valence.POSITIVE)
    return world


def run_of(world):
    specification = Specification(1, by=Dimension.VALENCE, decimals=1, adjusted=True)
    words = [("Scheme", "Kinds"), ("Round", "Fine"), ("Columns", "Valence")]
    run = ask_run(
        scheme=world.scheme,
        specification=specification,
        query="round=1&by=valence",
        words=words,
        names=False,
        by=world.analyst,
    )
    jobs.run_now(run.job)
    return Run.objects.get(pk=run.pk)


def test_page_and_files_show_what_was_asked(client, thirds):
    page = reading(client, thirds.analyst, url_of(thirds, **ASKED)).text
    csv, about = read_csv(fetch(client, thirds.analyst, thirds, "csv", **ASKED))
    xlsx, _about = read_xlsx(fetch(client, thirds.analyst, thirds, "xlsx", **ASKED))

    assert [line[1] for line in figures(page)[1:4]] == SHOWN
    assert [line[2] for line in csv[1:4]] == SHOWN
    assert [line[2] for line in xlsx[1:4]] == [0.334, 0.333, 0.333]
    assert "Adjusted to 100 by the largest remainder" in page
    assert "Adjusted to 100 by the largest remainder" in about["Base"]
    assert "do not add to 100" not in page


def test_without_the_question_figures_are_rounded_and_what_does_not_add_is_named(client, thirds):
    page = reading(client, thirds.analyst, url_of(thirds, round=1, by="valence")).text

    assert [line[1] for line in figures(page)[1:4]] == ["33%"] * 3
    assert "All, Positive do not add to 100" in page


def test_a_run_its_pictures_and_its_document_show_the_same(thirds):
    run = run_of(thirds)

    assert [row[0] for row in run.answer["shown"]] == SHOWN
    assert [row.cells[0].shown for row in figures_of(run).rows] == SHOWN
    assert [row.cells[0] for row in table_of(run).rows[:3]] == SHOWN
    assert run.answer["uneven"] == []


def test_a_run_that_leaves_the_study_is_rounded_again_where_something_is_hidden(thirds):
    run = run_of(thirds)

    left = masked(run.answer, {(1, 1), (2, 1)})

    assert [row[:2] for row in left["shown"]] == [["33.4%", "×"], ["33.3%", "×"], ["33.3%"] * 2]
    assert [row[1] for row in masked(run.answer, {(2, 1), (3, 1)})["shown"]] == ["33.3%", "×", "×"]


def test_the_command_prints_the_same(thirds):
    out = io.StringIO()
    asked = {"study": thirds.study.slug, "round": "1", "by": "valence", "format": "json"}

    call_command("tabulate", **asked, decimals=1, adjust=True, stdout=out)
    found = json.loads(out.getvalue())
    assert [row["percent"]["All"] for row in found["rows"]] == SHOWN
    assert (found["decimals"], found["adjusted"]) == (1, True)

    with pytest.raises(CommandError, match="can be made to add to 100"):
        call_command("tabulate", **asked, adjust=True, unit="incidents")


def test_a_saved_table_keeps_how_it_is_shown(client, thirds):
    client.force_login(thirds.analyst.user)
    form = {"name": "Thirds", "query": "round=1&by=valence&decimals=1&adjusted=on"}
    at = [thirds.study.slug, thirds.scheme.slug]

    client.post(reverse("reports:table_keep", args=at), form)

    kept = Table.objects.get()
    opened = client.get(
        reverse("reports:table_open", args=[thirds.study.slug, kept.uid]), follow=True
    )
    assert [line[1] for line in figures(opened.text)[1:4]] == SHOWN


@pytest.mark.parametrize(
    "asked", [{"unit": "incidents"}, {"shares": "total"}, {"shares": "counts"}]
)
def test_what_is_no_whole_cannot_be_made_to_add_to_100(client, thirds, asked):
    page = reading(client, thirds.analyst, url_of(thirds, round=1, adjusted="on", **asked))

    assert page.status_code == 422
    assert "can be made to add to 100" in page.text


def test_shares_of_rows_add_to_100_by_row(thirds):
    form = TableForm(
        ASKED | {"shares": "row"}, study=thirds.study, tree=tree_of(thirds.scheme), names=False
    )

    assert form.is_valid(), form.errors
    asked = form.specification()
    assert (asked.shares, asked.decimals, asked.adjusted) == (Shares.ROW, 1, True)
