"""Tables as no textbook has them, all the way: page, files, run, pictures, documents, commands."""

import csv
import io
import json
import re

import docx
import pytest
from django.core.management import call_command
from django.urls import reverse
from pptx import Presentation
from python_calamine import CalamineWorkbook

from incidents import jobs
from incidents.actions.files import path_of
from incidents.choices import JobState, RoleName
from reports.actions import composing, documents
from reports.choices import ExportForm
from reports.models import Run
from taxonomy.choices import Outcome
from taxonomy.models import Settlement
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    OrganizationFactory,
    RegionFactory,
    RespondentFactory,
    SiteFactory,
    StudyFactory,
)
from tests.reports.documents.pdf_text import tables_in
from tests.reports.exported import made
from tests.reports.test_dashboard import figures
from tests.taxonomy.factories import SchemeFactory

MARKUP = '<script>alert("x")</script> & <b>'
TYPESET = "#panic() $x$ @ref *bold* [a] \\ `raw` _e_ // %"
FORMULA = "=1+1"
HEBREW = "שלום עולם"
QUOTED = "“quoted”, 'so' {{ name }} {% now %}"
HARMFUL = (MARKUP, TYPESET, FORMULA, HEBREW, QUOTED)
EACH = 40  # moments in a region that has any
SCHEMES = {  # a scheme's categories, and in which of them the moment of a number stands
    "empty": ((), lambda _number: None),
    "uncoded": (("Warm", "Quick"), lambda _number: None),
    "one-row": (("Warm",), lambda _number: 0),
    "one-cell": (("Warm", "Quick", "Cold"), lambda _number: 0),
    "harmful": (HARMFUL, lambda number: number % 5),
}
ODD = {  # what is asked of which scheme
    "no category": ("empty", "round=1&by=region"),
    "nothing coded": ("uncoded", "round=1&by=region"),
    "nothing kept": ("one-cell", "round=1&by=region&valence=mixed"),
    "one row": ("one-row", "round=1&by=region"),
    "one column": ("one-cell", "round=1&by=region&told_as=own"),
    "empty rows and columns": ("one-cell", "round=1&by=valence&then=region"),
    "harmful names": ("harmful", "round=1&by=region"),
    "harmful columns": ("one-row", "round=1&by=scheme:harmful:1"),
    "incidents": ("harmful", "round=1&by=region&unit=incidents"),
    "weights": ("harmful", "round=1&by=region&weight=interview&shares=row"),
}


@pytest.fixture
def study(db):
    """Tell the same 80 moments in two regions of three, and code them in five odd ways."""
    study = StudyFactory()
    names = (MARKUP, HEBREW, "Empty")
    regions = [RegionFactory(study=study, name=name, position=at) for at, name in enumerate(names)]
    houses = [OrganizationFactory(study=study) for _ in range(3)]
    for slug, (categories, _place) in SCHEMES.items():
        SchemeFactory(study=study, slug=slug, name=f"{slug} {MARKUP}", categories=categories)
    for region in regions[:2]:
        sites = [SiteFactory(organization=house, region=region) for house in houses]
        told = [InterviewFactory(respondent=RespondentFactory(site=site)) for site in sites]
        for number in range(EACH):
            code(study, IncidentFactory(interview=told[number % 3]).moments.get(), number)
    return study


def code(study, moment, number):
    for scheme in study.schemes.prefetch_related("categories"):
        categories = sorted(scheme.categories.all(), key=lambda one: one.position)
        place = SCHEMES[scheme.slug][1](number)
        if place is not None:
            Settlement.objects.create(
                scheme=scheme,
                moment=moment,
                outcome=Outcome.SINGLE,
                category=categories[place],
                from_seq=1,
            )


@pytest.fixture
def analyst(client, study):
    analyst = MemberFactory(study=study, roles=[RoleName.ANALYST])
    client.force_login(analyst.user)
    return analyst


def said(page):
    """What a page says, but for what stands on every page."""
    main = re.search(r"<main.*?</main>", page, re.DOTALL)[0]
    assert MARKUP not in main
    words = re.sub(r"<(script|template).*?</\1>|<[^>]*>", " ", main, flags=re.DOTALL)
    assert not re.search(r"\b(NaN|nan|None(?!\.)|inf|Infinity)\b", words)
    return words


def fetch(client, study, name, slug, query):
    answer = client.get(f"{reverse(f'reports:{name}', args=[study.slug, slug])}?{query}")
    assert answer.status_code == 200, (name, slug, query)
    return answer


def run_of(client, study, slug, query):
    client.post(reverse("reports:run_ask", args=[study.slug, slug]), {"query": query})
    run = Run.objects.latest("pk")
    job = jobs.run_now(run.job)
    assert job.state == JobState.DONE, job.error
    run.refresh_from_db()
    json.dumps(run.answer, allow_nan=False)
    return run


BASES = dict.fromkeys(ODD, 2 * EACH) | dict.fromkeys(
    ("no category", "nothing coded", "nothing kept"), 0
)
BASES["weights"] = 6  # interviews


def line_of(lines, name):
    """The first line of that name, without it."""
    return next(line[1:] for line in lines if line and line[0] == name)


def tabulated(study, slug, query, *, stats=False):
    """What the command prints for the question of an address."""
    asked = dict(pair.split("=") for pair in query.split("&"))
    columns = [asked.pop(name) for name in ("by", "then") if name in asked]
    options = {
        name: asked.pop(name) for name in ("round", "unit", "weight", "shares") if name in asked
    }
    where = [f"{field}={value}" for field, value in asked.items()]
    out = io.StringIO()
    at = {"study": study.slug, "scheme": slug, "columns": ",".join(columns), "where": where}
    call_command("tabulate", **at, **options, format="json", stats=stats, stdout=out)
    return json.loads(out.getvalue(), parse_constant=pytest.fail)


def test_every_odd_table_has_a_page_files_and_lines(client, study, analyst):
    for name, (slug, query) in ODD.items():
        page = fetch(client, study, "table_show", slug, query).text
        table = fetch(client, study, "table_csv", slug, query).content.decode("utf-8-sig")
        book = CalamineWorkbook.from_filelike(
            io.BytesIO(fetch(client, study, "table_xlsx", slug, query).content)
        )

        said(page)
        shown = line_of(figures(page), "Base")
        in_csv = line_of(csv.reader(io.StringIO(table)), "Base")
        in_book = line_of(book.get_sheet_by_index(0).to_python(), "Base")
        printed = [*tabulated(study, slug, query)["base"].values()]
        assert float(shown[0].split()[0]) == BASES[name]
        assert [float(cell) for cell in in_csv if cell] == printed
        assert [cell for cell in in_book if cell != ""] == printed
        if slug == "harmful":
            names = [row[0] for row in book.get_sheet_by_index(0).to_python()]
            assert names[1:6] == list(HARMFUL)
            assert "\n'=1+1," in table


def test_every_odd_table_is_computed_drawn_and_written(client, study, analyst):
    report = composing.create_report(title=MARKUP, with_method=False, by=analyst)
    for name, (slug, query) in ODD.items():
        run = run_of(client, study, slug, query)

        shown = said(client.get(reverse("reports:run_show", args=[study.slug, run.uid])).text)
        assert run.answer["base"][0] == BASES[name]
        assert tabulated(study, slug, query, stats=True)["statistics"] == run.answer["statistics"]
        assert "There are too many cells" not in shown
        assert bool(run.charts.count()) == (BASES[name] > 0)
        assert not [one for one in run.charts.all() if re.search("<script|NaN|undefined", one.svg)]
        shows = {"table": True, "findings": True, "charts": []}
        composing.add_run(report=report, run=run, by=analyst, **shows)
    compared = client.get(
        reverse("reports:run_compare", args=[study.slug, run.uid]),
        {"other": run_of(client, study, slug, query).uid},
    )
    assert "None." in said(compared.text)  # has moved

    pdf, word, slides = (document_of(report, form, analyst) for form in ("pdf", "docx", "pptx"))

    in_pdf = [lines_in(table, hebrew=HEBREW[::-1]) for table in tables_in(pdf)]
    assert len(in_pdf) == len(ODD)
    assert [line[0] for line in in_pdf[-1]][:5] == list(HARMFUL)
    assert [lines_in(rows_of(table)) for table in docx.Document(io.BytesIO(word)).tables] == in_pdf
    assert [lines_in(rows_of(table)) for table in tables_on(slides)] == in_pdf


def document_of(report, form, by):
    file = documents.ask_document(report=report, form=form, by=by)
    job = jobs.run_now(file.job)
    assert job.state == JobState.DONE, job.error
    file.refresh_from_db()
    return path_of(file.file).read_bytes()


def tables_on(slides):
    shapes = (shape for slide in Presentation(io.BytesIO(slides)).slides for shape in slide.shapes)
    return [shape.table for shape in shapes if shape.has_table]


def rows_of(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def lines_in(rows, hebrew=HEBREW):
    """The lines below the heads, without places where a line may break; a PDF is read as drawn."""
    plain = [[cell.replace("\u200b", "").replace(hebrew, HEBREW) for cell in row] for row in rows]
    return [row for row in plain if row[0] not in {"Category", "All", ""}]


def test_files_of_all_moments_take_any_name(study, analyst):
    content = {form: path_of(made(analyst, form).file).read_bytes() for form in ExportForm.values}

    lines = list(csv.reader(io.StringIO(content["csv"].decode("utf-8-sig"))))
    assert len([line for line in lines if "'=1+1" in line]) == 2 * EACH / 5
    assert json.loads(content["json"])["moments"][0]["region"] == MARKUP
    book = CalamineWorkbook.from_filelike(io.BytesIO(content["xlsx"]))
    cells = {cell for row in book.get_sheet_by_index(0).to_python() for cell in row}
    assert {*HARMFUL} <= cells
    assert HEBREW.encode() in content["sav"]
