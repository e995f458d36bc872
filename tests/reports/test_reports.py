"""Reports: composed of runs, quotes and words; documents made of them; nothing for who is blind."""

import io

import docx
import pytest
from django.db import IntegrityError
from django.urls import reverse
from pptx import Presentation

from incidents import jobs
from incidents.actions.files import path_of
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import Consent, JobState, RoleName, Valence
from incidents.models import Change, Interview
from reports.actions import composing, documents, running
from reports.actions.documents import ask_document
from reports.models import Quote, Report, ReportFile
from reports.queries.chart_words import title_of
from tests.factories import MemberFactory, OrganizationFactory
from tests.reports.test_runs import ran
from tests.reports.told import blind, tell


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Start no JavaScript engine."""
    monkeypatch.setattr(running, "pictures_of", lambda _run: [])
    monkeypatch.setattr(documents, "pictures_of", lambda _run: [])


@pytest.fixture
def report(world):
    return composing.create_report(title="What was told", with_method=False, by=world.analyst)


def tell_much(world):
    """Two organizations' people tell 40 incidents: 27 warm, of them 20 positive; 13 quick."""
    houses = [world.organization, OrganizationFactory(study=world.study)]
    for number in range(40):
        world.organization = houses[number % 2]
        valence = Valence.POSITIVE if number < 20 or number > 33 else Valence.NEGATIVE
        category = world.warm if number < 27 else world.quick
        tell(world, f"told {number}", category=category, valence=valence)


def quote_of(world, **fields):
    incident = tell(world, "one", category=world.warm)
    Interview.objects.filter(pk=incident.interview_id).update(consent=Consent.QUOTES)
    confirmed = {"confirmed_by": world.admin, "confirmed_at": incident.created_at}
    return Quote.objects.create(
        study=world.study,
        moment=incident.moments.get(),
        version=1,
        words="She stayed with us.",
        language="en",
        taken_sha256="1" * 64,
        collected_by=world.analyst,
        **{**confirmed, **fields},
    )


def add_run(report, run, by, **shown):
    fields = {"table": True, "findings": True, "charts": [], **shown}
    return composing.add_run(report=report, run=run, by=by, **fields)


def made(report, by, form="docx"):
    """Ask for a document, let a worker make it, and return it."""
    file = ask_document(report=report, form=form, by=by)
    job = jobs.run_now(file.job)
    file.refresh_from_db()
    return file, job


def opened(file):
    return docx.Document(io.BytesIO(path_of(file.file).read_bytes()))


def rows_of(file):
    return [[cell.text for cell in row.cells] for row in opened(file).tables[0].rows]


def ids(report):
    return [item["id"] for item in report.items]


def page(client, member, name, *args, **query):
    client.force_login(member.user)
    return client.get(reverse(f"reports:{name}", args=[member.study.slug, *args]), query)


def post(client, member, name, *args, **fields):
    client.force_login(member.user)
    return client.post(reverse(f"reports:{name}", args=[member.study.slug, *args]), fields)


# -- Composing --------------------------------------------------------------------------------


def test_parts_stand_in_the_order_in_which_they_are_put_and_moved(world, report):
    for text in ("one", "two", "three"):
        composing.add_words(composition=report, heading="", text=text, by=world.analyst)

    composing.move_item(composition=report, item=ids(report)[2], up=True, by=world.analyst)
    composing.move_item(composition=report, item=ids(report)[0], up=True, by=world.analyst)

    report.refresh_from_db()
    assert [item["text"] for item in report.items] == ["one", "three", "two"]
    assert Change.objects.filter(verb="move_item", object_uid=report.uid).count() == 1


def test_what_was_taken_out_comes_back_where_it_was(world, report):
    for text in ("one", "two", "three"):
        composing.add_words(composition=report, heading="", text=text, by=world.analyst)
    second = ids(report)[1]

    composing.remove_item(composition=report, item=second, by=world.analyst)
    assert [item["text"] for item in report.items] == ["one", "three"]
    composing.restore_item(composition=report, item=second, by=world.analyst)

    report.refresh_from_db()
    assert [item["text"] for item in report.items] == ["one", "two", "three"]
    assert report.removed == []
    with pytest.raises(RefusedError):
        composing.restore_item(composition=report, item=second, by=world.analyst)


def test_who_changes_what_somebody_else_changed_meanwhile_is_told(world, report):
    theirs = Report.objects.get(pk=report.pk)
    composing.add_words(composition=theirs, heading="", text="first", by=world.admin)

    with pytest.raises(StaleError):
        composing.add_words(composition=report, heading="", text="second", by=world.analyst)

    report.refresh_from_db()
    assert [item["text"] for item in report.items] == ["first"]


def test_a_report_holds_so_many_parts_and_no_run_without_figures(world, report, monkeypatch):
    monkeypatch.setitem(composing.MOST_ITEMS, Report, 1)
    run = ran(world)
    run.answered_at = None

    with pytest.raises(RefusedError, match="no figures"):
        add_run(report, run, world.analyst)
    composing.add_words(composition=report, heading="", text="one", by=world.analyst)
    with pytest.raises(RefusedError, match="1 parts at most"):
        composing.add_words(composition=report, heading="", text="two", by=world.analyst)


def test_a_report_is_composed_on_its_page(client, world):
    quote, run = quote_of(world), ran(world)
    begun = post(client, world.analyst, "report_create", title="For the board", with_method="on")
    report = Report.objects.get()
    post(client, world.analyst, "report_add_run", report.uid, run=run.uid, table="on")
    post(client, world.analyst, "report_add_quote", report.uid, quote=quote.uid)
    post(client, world.analyst, "report_add_words", report.uid, heading="Results")

    shown = page(client, world.analyst, "report_show", report.uid).text

    assert begun.url == reverse("reports:report_show", args=[world.study.slug, report.uid])
    report.refresh_from_db()
    assert [item["kind"] for item in report.items] == ["run", "quote", "text"]
    assert "She stayed with us." in shown
    assert title_of(run) in shown
    assert "is not stated" in shown  # what is missing for a complete report


def test_a_part_is_changed_moved_and_taken_out_on_its_page(client, world, report):
    add_run(report, ran(world), world.analyst)
    composing.add_words(composition=report, heading="Old", text="", by=world.analyst)
    of_run, words = ids(report)
    version = report.row_version

    post(
        client,
        world.analyst,
        "report_item_edit",
        report.uid,
        of_run,
        charts="dots",
        row_version=version,
    )
    post(
        client,
        world.analyst,
        "report_item_edit",
        report.uid,
        words,
        heading="New",
        row_version=version + 1,
    )
    late = post(
        client,
        world.analyst,
        "report_item_edit",
        report.uid,
        words,
        heading="x",
        row_version=version,
    )
    post(client, world.analyst, "report_item_move", report.uid, words, way="up")
    post(client, world.analyst, "report_item_remove", report.uid, of_run)

    report.refresh_from_db()
    assert late.status_code == 409
    assert [item.get("heading") for item in report.items] == ["New"]
    assert report.removed[0]["item"]["charts"] == ["dots"]
    assert report.removed[0]["item"]["table"] is False


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("report_add_run", {"run": "no uid"}),
        ("report_add_run", {}),
        ("report_add_words", {}),
        ("report_add_words", {"heading": "x" * 201}),
    ],
)
def test_what_cannot_be_added_says_why_and_adds_nothing(client, world, report, name, fields):
    answer = post(client, world.analyst, name, report.uid, **fields)

    assert answer.status_code == 422
    report.refresh_from_db()
    assert report.items == []


@pytest.mark.parametrize("parts", [1, 30])
def test_the_page_of_a_report_takes_as_many_queries_for_any_number_of_parts(
    client, world, report, parts, django_assert_num_queries
):
    run = ran(world)
    for _number in range(parts):
        add_run(report, run, world.analyst)
    page(client, world.analyst, "report_show", report.uid)

    with django_assert_num_queries(17):
        page(client, world.analyst, "report_show", report.uid)


def test_a_deleted_report_is_brought_back_by_whoever_may_compose(client, world, report):
    other = MemberFactory(study=world.study, roles=[RoleName.ANALYST])
    post(client, other, "report_delete", report.uid)
    assert page(client, world.analyst, "report_show", report.uid).status_code == 404

    assert report.title in page(client, other, "report_list").text
    post(client, other, "report_restore", report.uid)

    assert page(client, world.analyst, "report_show", report.uid).status_code == 200


def test_a_document_has_a_known_form(world, report):
    with pytest.raises(IntegrityError, match="document_form_known"):
        ReportFile.objects.create(report=report, asked_by=world.analyst, form="odt")


# -- Documents --------------------------------------------------------------------------------


def test_a_document_has_the_note_of_its_study(world, report):
    type(world.study).objects.update(note="Made up from end to end.")
    composing.add_words(composition=report, heading="", text="Words.", by=world.analyst)

    file, _job = made(report, world.analyst)

    assert "Made up from end to end." in [line.text for line in opened(file).paragraphs]


def test_a_document_has_the_figures_of_the_run_as_they_are_shown(world, report):
    tell_much(world)
    run = ran(world)
    add_run(report, run, world.analyst)

    file, job = made(report, world.analyst)

    assert job.state == JobState.DONE, job.error
    rows = rows_of(file)
    assert rows[0][:4] == ["Category", "All", "Positive", "Negative"]
    assert rows[1][:4] == ["Warm", "68%", "20", "7"]  # below a base of 30 counts stand
    assert [row[0] for row in rows] == [
        "Category",
        "Warm",
        "Quick",
        "Base",
        "Interviews",
        "Organizations",
    ]
    assert file.made["runs"] == [str(run.uid)]
    assert Change.objects.filter(verb="make_document", object_uid=file.uid).exists()


@pytest.mark.parametrize("form", ["pdf", "docx", "pptx"])
def test_the_same_runs_are_the_same_bytes_but_for_the_date(world, report, form, time_machine):
    add_run(report, ran(world), world.analyst)
    time_machine.move_to("2026-11-23 12:00:00 +0000", tick=False)

    (one, _job), (two, _other) = (
        made(report, world.analyst, form),
        made(report, world.analyst, form),
    )

    assert one.file.pk != two.file.pk
    assert path_of(one.file).read_bytes() == path_of(two.file).read_bytes()


def test_what_few_people_told_does_not_leave_the_study(world, report):
    tell(world, "one", category=world.warm)
    tell(world, "two", category=world.quick)
    add_run(report, ran(world), world.analyst)

    file, _job = made(report, world.analyst)

    figures = [cell for row in rows_of(file)[1:] for cell in row[1:]]
    assert not [
        cell for cell in figures if any(letter.isdigit() for letter in cell) and cell != "0"
    ]
    assert "×: not shown, so that nobody is recognized." in [
        line.text for line in opened(file).paragraphs
    ]


def test_a_quote_that_may_no_longer_be_quoted_is_left_out_and_bars_documents_made_before(
    client, world, report
):
    quote = quote_of(world)
    composing.add_quote(composition=report, quote=quote, by=world.analyst)
    composing.add_words(composition=report, heading="", text="Words.", by=world.analyst)
    before, _job = made(report, world.analyst)
    address = ("document_file", report.uid, before.uid)
    assert page(client, world.analyst, *address).status_code == 200

    Quote.objects.update(confirmed_by=None, confirmed_at=None)
    after, _job = made(report, world.analyst)

    assert "“She stayed with us.”" in [line.text for line in opened(before).paragraphs]
    assert "stayed" not in "".join(line.text for line in opened(after).paragraphs)
    assert after.made["left_out"] == 1
    assert page(client, world.analyst, *address).status_code == 404
    assert (
        "can no longer be taken"
        in page(client, world.analyst, "document_show", report.uid, before.uid).text
    )


def test_a_document_keeps_the_method_section_as_it_was_and_marks_what_is_missing(world, report):
    composing.change_report(
        report=report, title="T", with_method=True, row_version=report.row_version, by=world.admin
    )

    file, _job = made(report, world.analyst, "pptx")

    show = Presentation(io.BytesIO(path_of(file.file).read_bytes()))
    said = "\n".join(
        shape.text_frame.text
        for slide in show.slides
        for shape in slide.shapes
        if shape.has_text_frame
    )
    missing = "How organizations and respondents were chosen is not stated."
    assert missing in file.made["missing"]
    assert f"Missing: {missing}" in said
    assert file.made["method"][0]["title"] == "Aim"


def test_an_empty_report_is_refused_in_words(world, report):
    _file, job = made(report, world.analyst)

    assert job.state == JobState.FAILED
    assert "nothing in this report" in job.error


def test_a_document_is_made_only_for_who_may_see_results_then(world, report):
    composing.add_words(composition=report, heading="", text="Words.", by=world.analyst)
    file = ask_document(report=report, form="docx", by=world.analyst)
    blind(world, world.analyst)

    job = jobs.run_now(file.job)

    assert job.state == JobState.FAILED
    assert ReportFile.objects.get().file is None


def test_taking_a_document_needs_a_recent_sign_in_and_is_in_the_log(
    client, world, report, settings
):
    composing.add_words(composition=report, heading="", text="Words.", by=world.analyst)
    file, _job = made(report, world.analyst)

    taken = page(client, world.analyst, "document_file", report.uid, file.uid)
    settings.REAUTHENTICATE_MINUTES = 0
    late = page(client, world.analyst, "document_file", report.uid, file.uid)

    assert b"".join(taken.streaming_content) == path_of(file.file).read_bytes()
    assert taken["Content-Disposition"] == 'attachment; filename="what-was-told.docx"'
    assert late.status_code == 302
    assert Change.objects.filter(verb="download_document", object_uid=file.uid).count() == 1


def test_who_is_blind_sees_a_sentence_and_no_report(client, world, report):
    coder = MemberFactory(study=world.study, roles=[RoleName.CODER, RoleName.ANALYST])
    blind(world, coder)

    listed = page(client, coder, "report_list")

    assert listed.status_code == 200
    assert "You still code in one of them" in listed.text
    assert report.title not in listed.text
    assert page(client, coder, "report_show", report.uid).status_code == 404
    assert report.title in page(client, world.analyst, "report_list").text
