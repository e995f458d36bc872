"""Two people at one report, run, table, dashboard or file, on two connections."""

import pytest

from incidents import jobs
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import JobState
from incidents.models import Change, Job
from reports.actions import composing, documents
from reports.actions.method import write_method
from reports.actions.moment_files import remove_export
from reports.actions.tables import delete_table, keep_table, restore_table
from reports.models import Dashboard, Export, MethodWords, Report, Run, Table
from reports.queries import computing
from taxonomy.actions.batching import merge_categories
from tests.racing import at_once, elsewhere, until_renewed
from tests.reports.exported import made
from tests.reports.test_runs import ask, no_pictures, tell_some
from tests.reports.told import make_world

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures(no_pictures.__name__),
]


@pytest.fixture
def world():
    return make_world()


def kinds(outcomes):
    return sorted(type(one).__name__ for one in outcomes)


def test_of_two_who_put_something_into_a_report_at_once_one_is_told(world):
    report = composing.create_report(title="One", with_method=False, by=world.analyst)

    def add(text, by):
        mine = Report.objects.get(pk=report.pk)
        return lambda: composing.add_words(composition=mine, heading="", text=text, by=by)

    outcomes = at_once(add("first", world.analyst), add("second", world.admin))

    [kept] = Report.objects.get().items
    assert kinds(outcomes) == ["Report", "StaleError"]
    assert [one.items for one in outcomes if isinstance(one, Report)] == [[kept]]


def test_what_is_put_into_a_report_that_is_being_deleted_is_not_kept_in_secret(world):
    report = composing.create_report(title="One", with_method=False, by=world.analyst)
    mine = Report.objects.get(pk=report.pk)
    elsewhere(lambda: composing.delete_composition(composition=report, by=world.admin))

    with pytest.raises(StaleError):
        composing.add_words(composition=mine, heading="", text="late", by=world.analyst)

    assert Report.objects.get().items == []


def test_the_job_of_a_document_is_kept_while_it_is_written(world, settings, monkeypatch):
    settings.JOB_LEASE_SECONDS = 0.2
    report = composing.create_report(title="One", with_method=True, by=world.analyst)
    file = documents.ask_document(report=report, form="pdf", by=world.analyst)
    writer = documents._writer

    def slow(form):
        until_renewed(file.job)
        return writer(form)

    monkeypatch.setattr(documents, "_writer", slow)

    assert jobs.run_now(file.job).state == JobState.DONE


def test_of_two_who_make_dashboards_the_front_page_at_once_one_stands_there(world):
    def make(title, by):
        return lambda: composing.create_dashboard(title=title, is_front=True, by=by)

    outcomes = at_once(make("One", world.analyst), make("Two", world.admin))

    assert set(kinds(outcomes)) <= {"Dashboard", "StaleError"}
    assert Dashboard.objects.filter(is_front=True).count() == 1


def test_of_two_who_write_of_the_method_at_once_one_is_told(world):
    def write(text, by):
        words = {"aim": text}
        return lambda: write_method(study=world.study, words=words, by=by, row_version=0)

    outcomes = at_once(write("One.", world.analyst), write("Two.", world.admin))

    assert kinds(outcomes) == ["MethodWords", "StaleError"]
    [written] = [one for one in outcomes if isinstance(one, MethodWords)]
    assert MethodWords.objects.get().words == written.words


def test_a_question_that_two_ask_at_once_is_computed_once(world):
    outcomes = at_once(lambda: ask(world), lambda: ask(world, by=world.admin))

    assert [*outcomes] == [Run.objects.get()] * 2
    assert Job.objects.filter(kind="reports.run_table").count() == 1
    assert Change.objects.filter(verb="run_table").count() == 1


def test_a_name_that_is_taken_while_a_table_comes_back_is_had_once(world):
    table = keep_table(scheme=world.scheme, name="Same", query="round=1", by=world.analyst)
    delete_table(table=table, by=world.analyst)
    gone = Table.objects.select_related("owner").get(pk=table.pk)

    outcomes = at_once(
        lambda: restore_table(table=gone, by=world.analyst),
        lambda: keep_table(scheme=world.scheme, name="Same", query="round=1", by=world.analyst),
    )

    assert sum(isinstance(one, RefusedError) for one in outcomes) == 1
    assert Table.objects.filter(name="Same", deleted_at__isnull=True).count() == 1


def test_a_file_that_two_remove_at_once_is_removed_once(world):
    tell_some(world)
    export = made(world.analyst, "csv")

    def remove(by):
        mine = Export.objects.get(pk=export.pk)
        return lambda: remove_export(export=mine, by=by)

    outcomes = at_once(remove(world.analyst), remove(world.admin))

    assert sorted(outcomes) == [False, True]
    assert Change.objects.filter(verb="remove_export").count() == 1


def test_a_scheme_that_is_rebatched_while_a_run_is_computed_has_one_tree_in_it(world, monkeypatch):
    tell_some(world)
    run, read = ask(world), computing.read_one_by_one
    merged = []

    def merge_first(*args, **kwargs):
        if not merged:
            merged.append(True)
            both = {"categories": [world.quick], "into": world.warm}
            elsewhere(lambda: merge_categories(**both, by=world.admin))
        return read(*args, **kwargs)

    monkeypatch.setattr(computing, "read_one_by_one", merge_first)

    assert jobs.run_now(run.job).state == JobState.DONE

    run.refresh_from_db()
    world.scheme.refresh_from_db()
    rows = [row["name"] for row in run.answer["rows"]]
    assert (rows, run.answer["counts"][0][0]) == (["Warm"], 3)
    assert run.revision == run.answer["as_of"]["revision"] == world.scheme.revision
