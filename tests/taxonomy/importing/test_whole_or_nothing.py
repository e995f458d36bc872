"""An import is seen whole or not at all, and can be taken out without a trace."""

import datetime as dt
import io
import threading
import time
import uuid
from collections import Counter

import pytest
import xlsxwriter
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from incidents import jobs
from incidents.actions import rows
from incidents.actions.drafts import keep, unsent
from incidents.actions.fieldwork import move_respondent
from incidents.actions.places import add_organization, add_region
from incidents.actions.refusals import RefusedError
from incidents.actions.screening import change_valence, exclude
from incidents.choices import ImportState, JobState, RoleName
from incidents.jobs import run_now
from incidents.models import (
    Change,
    Import,
    ImportRow,
    Incident,
    IncidentVersion,
    Interview,
    Job,
    Member,
    Moment,
    Organization,
    Region,
    RegionCountry,
    Respondent,
    Site,
)
from taxonomy.actions import importing
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.holding import draw_holdout
from taxonomy.actions.importing import bringing_in, sizes, taking_out
from taxonomy.actions.revisions import undo
from taxonomy.actions.sorting import start_sort_of_moments
from taxonomy.actions.training import add_moments, make_training_set
from taxonomy.actions.training import take_out as take_out_of_set
from taxonomy.models import Assignment, Category, Coding, Revision, Round, Scheme, Settlement
from taxonomy.queries.checks import differences
from taxonomy.queries.holdout import AskedToHold
from tests.factories import MemberFactory, SiteFactory, StudyFactory
from tests.racing import at_once, elsewhere
from tests.taxonomy.importing.files import (
    HEADERS,
    bring_in,
    check,
    csv_of,
    receive,
    row_counts,
    take_out,
    tally,
    told,
)

pytestmark = pytest.mark.django_db
NOTED = (
    "Change",
    "DataNumber",
    "Job",
    "data_seq",
    "Tally",
    "TallyPointer",
)  # what is only ever added to
FILE = ("Import", "StoredFile")
TREE = ("Scheme", "Batch", "Round", "Category", "Revision", "RevisionChange")  # never deleted


@pytest.fixture
def study():
    return StudyFactory()


@pytest.fixture
def admin(study):
    return MemberFactory(study=study, roles=[RoleName.ADMIN])


@pytest.fixture
def coder(study):
    return MemberFactory(study=study, roles=[RoleName.CODER])


# two of the ten come without a category, so that there is something to code
PARTLY_CODED = csv_of([told(n, codes=("A", "A1") if n < 8 else ("", "")) for n in range(10)])


def code_one(study, coder):
    scheme = Scheme.objects.get(study=study)
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    category = Category.objects.filter(scheme=scheme, round__position=1).first()
    return code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=category)


def test_an_import_brings_what_its_preview_counted(study):
    source = bring_in(receive(study))
    tally(study)

    counts = source.summary["counts"]
    assert (counts["rows"], counts["incidents"], counts["moments"]) == (10, 10, 10)
    assert Incident.objects.accepted().filter(imported_from=source).count() == 10
    assert Counter(Incident.objects.values_list("site__region__name", flat=True)) == {
        "North": 4,
        "South": 3,
        "Not stated": 3,
    }
    assert Coding.objects.filter(coder__code="SOURCE").count() == 10
    assert ImportRow.objects.filter(source=source).count() == 10
    assert list(differences(study)) == []


def test_taking_an_import_out_leaves_nothing_of_it(study):
    receive(study, csv_of([told(99)]), name="other.csv")
    before = row_counts(but=(*NOTED, *FILE, *TREE))
    source = bring_in(receive(study, csv_of([told(n, organization=f"O{n}") for n in range(7)])))
    assert row_counts(but=(*NOTED, *FILE, *TREE)) != before

    take_out(source)

    assert row_counts(but=(*NOTED, *FILE, *TREE)) == before
    assert Category.objects.filter(exists=True).count() == 0
    assert Round.objects.filter(exists=True).count() == 0
    assert source.state == ImportState.UNDONE
    tally(study)
    assert list(differences(study)) == []


def test_what_was_there_before_or_is_used_since_stays(study, admin):
    north = add_region(study=study, name="North", by=admin)
    add_organization(study=study, name="Acme", sector=study.sectors.get(not_stated=True), by=admin)
    first = bring_in(receive(study, csv_of([told(1), told(2, region="South")])))
    bring_in(receive(study, csv_of([told(3, region="South")]), name="second.csv"))

    take_out(first)

    names = set(Region.objects.filter(study=study).values_list("name", flat=True))
    assert names == {"North", "South", "Not stated"}
    assert Region.objects.filter(pk=north.pk).exists()
    assert Organization.objects.filter(name="Acme").count() == 1
    assert Site.objects.filter(organization__name="Acme").count() == 1
    assert Member.objects.filter(code="SOURCE").count() == 1
    assert Incident.objects.count() == 1


def test_a_file_taken_out_can_be_brought_in_again(study):
    take_out(bring_in(receive(study)))
    again = bring_in(receive(study))
    tally(study)

    assert Incident.objects.accepted().filter(imported_from=again).count() == 10
    assert Category.objects.filter(exists=True).count() == 2
    assert list(differences(study)) == []


def test_categories_that_others_stand_on_stay_and_the_import_says_so(study):
    first = bring_in(receive(study))
    bring_in(receive(study, csv_of([told(20, codes=("A", "A2"))]), name="second.csv"))

    take_out(first)

    assert first.summary["categories_kept"] is True
    left = Category.objects.filter(exists=True).values_list("name", flat=True)
    assert sorted(left) == ["A", "A1", "A2"]


def test_a_second_file_grows_the_scheme_in_one_revision(study):
    bring_in(receive(study))
    scheme = Scheme.objects.get()
    before = scheme.revision
    kept = set(Category.objects.values_list("uid", flat=True))

    rows = [told(20), told(21, codes=("A", "A2")), told(22, codes=("B", "A1"))]
    bring_in(receive(study, csv_of(rows), name="second.csv"))

    scheme.refresh_from_db()
    assert (scheme.revision, Scheme.objects.count()) == (before + 1, 1)
    assert kept < set(Category.objects.values_list("uid", flat=True))
    paths = {(one.parent.name if one.parent else "", one.name) for one in Category.objects.all()}
    assert paths == {("", "A"), ("A", "A1"), ("A", "A2"), ("", "B"), ("B", "A1")}
    again = bring_in(receive(study, csv_of([told(30)]), name="third.csv"))
    scheme.refresh_from_db()
    assert (scheme.revision, again.revision_number) == (before + 1, None)


# -- What stands in the way -------------------------------------------------------------------


def has_coded(study, admin, coder, source):
    code_one(study, coder)


def has_taken(study, admin, coder, source):
    take_next_assignment(coder=coder, scheme=Scheme.objects.get(study=study))


def sorts_moments(study, admin, coder, source):
    scheme = Scheme.objects.get(study=study)
    start_sort_of_moments(scheme=scheme, members=[coder], name="Open", number=2, by=admin)


def practises(study, admin, coder, source):
    made = make_training_set(scheme=Scheme.objects.get(study=study), name="First steps", by=admin)
    moments = Moment.objects.filter(incident__imported_from=source)[:2]
    add_moments(training_set=made, moments=moments, by=admin)
    take_out_of_set(item=made.items.first(), by=admin)


def holds_out(study, admin, coder, source):
    draw_holdout(study=study, asked=AskedToHold(seed=1, number=1), by=admin)


def has_changed_a_valence(study, admin, coder, source):
    moment = Moment.objects.filter(incident__imported_from=source).first()
    change_valence(moment=moment, valence="mixed", by=admin, row_version=0)


def has_excluded(study, admin, coder, source):
    incident = Incident.objects.filter(imported_from=source).first()
    exclude(incident=incident, criterion="other", reason="not ours", by=admin, row_version=0)


def has_corrected(study, admin, coder, source):
    incident = Incident.objects.filter(imported_from=source).first()
    IncidentVersion.objects.create(incident=incident, number=2, kind="correction", sha256="x")


def is_writing(study, admin, coder, source):
    interview = Interview.objects.filter(imported_from=source).first()
    body = {"situation": "half a sentence"}
    keep(unsent(interview=interview, uid=uuid.uuid4(), tab="t", body=body, by=admin, position=2))


@pytest.mark.parametrize(
    ("somebody", "sentences"),
    [
        (has_coded, ["1 coding was made.", "1 moment is with a coder."]),
        (has_taken, ["1 moment is with a coder."]),
        (sorts_moments, ["2 moments are in sorts."]),
        (practises, ["1 moment is in a training set."]),
        (holds_out, ["1 incident is of the holdout."]),
        (has_changed_a_valence, ["1 incident was changed."]),
        (has_excluded, ["1 verdict was given.", "1 incident was changed."]),
        (has_corrected, ["1 text was corrected."]),
        (is_writing, ["1 incident is being written in its interviews."]),
    ],
)
def test_an_import_that_somebody_worked_on_is_not_undone(study, admin, coder, somebody, sentences):
    source = bring_in(receive(study, PARTLY_CODED))
    somebody(study, admin, coder, source)
    before = row_counts()

    with pytest.raises(RefusedError) as refusal:
        importing.request_undo(source=source, by=admin)

    assert importing.obstacles(source) == sentences
    assert " ".join(sentences) in str(refusal.value)
    assert row_counts() == before
    source.refresh_from_db()
    assert source.state == ImportState.DONE


def test_withdrawing_keeps_the_work_and_takes_the_incidents_out_of_what_counts(study, admin, coder):
    source = bring_in(receive(study, PARTLY_CODED))
    code_one(study, coder)

    assert importing.withdraw_import(source=source, by=admin) == 10
    tally(study)

    assert Coding.objects.count() == 9
    assert Incident.objects.accepted().count() == 0
    assert list(differences(study)) == []


def test_nothing_is_undone_twice(study):
    source = take_out(bring_in(receive(study)))

    with pytest.raises(RefusedError, match="There is nothing to undo"):
        importing.request_undo(source=source, by=None)


def test_an_import_under_way_is_not_undone(study):
    source = check(receive(study))
    importing.request_import(source=source, by=None, row_version=source.row_version)

    with pytest.raises(RefusedError, match="still being brought in"):
        importing.request_undo(source=source, by=None)


# -- Attempts that end early ------------------------------------------------------------------


class CutOff(Exception):
    """The worker is gone."""


def cut_off_after(monkeypatch, portions, rows=900):
    """Let the worker die when it has written so many portions."""
    write, written = bringing_in._Writer.write, []

    def counting(self, portion, claim):
        if len(written) >= portions:
            raise CutOff
        written.append(len(portion))
        return write(self, portion, claim)

    monkeypatch.setattr(bringing_in._Writer, "write", counting)
    monkeypatch.setattr(bringing_in, "rows_at_once", lambda: rows)  # several portions
    return written


MANY = csv_of([told(n, codes=("A", f"A{n % 5}")) for n in range(400)])


def test_what_an_attempt_wrote_is_not_seen_and_not_written_again(study, admin, monkeypatch):
    source = check(receive(study, MANY))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)
    with monkeypatch.context() as patch:
        written = cut_off_after(patch, 2)
        job = run_now(job)
    assert (job.state, len(written)) == (JobState.WAITING, 2)
    some = Incident.objects.count()
    assert 0 < some < 400
    assert Incident.objects.visible_to(admin).count() == 0
    assert Incident.objects.accepted().count() == 0
    assert Moment.objects.filter(entered_seq__isnull=False).count() == 0

    Job.objects.filter(pk=job.pk).update(run_after=job.created_at)
    job = run_now(job)
    tally(study)

    assert job.state == JobState.DONE
    assert Incident.objects.accepted().count() == 400
    counts = [model.objects.count() for model in (Moment, Coding, Settlement, ImportRow)]
    assert counts == [400] * 4
    assert Respondent.objects.count() == Interview.objects.count() == 400
    assert list(differences(study)) == []


def test_an_attempt_that_failed_for_good_is_undone(study, monkeypatch):
    before = row_counts(but=(*NOTED, *FILE, *TREE))
    source = check(receive(study, MANY))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)
    with monkeypatch.context() as patch:
        cut_off_after(patch, 2)
        run_now(job)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED)

    take_out(source)

    assert row_counts(but=(*NOTED, *FILE, *TREE)) == before


def test_a_retry_that_comes_after_the_undoing_writes_nothing(study):
    source = check(receive(study))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED)
    importing.request_undo(source=source, by=None)
    jobs.try_again(Job.objects.get(pk=job.pk))

    job = run_now(job)

    assert (job.state, job.error) == (
        JobState.FAILED,
        "This import is not under way any more.",
    )
    assert Incident.objects.count() == 0


def test_a_revision_that_takes_the_categories_back_meanwhile_ends_the_import(study, monkeypatch):
    source = check(receive(study))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)
    prepare = bringing_in.prepare_people

    def meddle(*args):
        undo(revision=Revision.objects.latest("pk"), by=None, rationale="no")
        return prepare(*args)

    monkeypatch.setattr(bringing_in, "prepare_people", meddle)
    job = run_now(job)

    assert job.state == JobState.FAILED
    assert "was taken back meanwhile" in job.error
    source.refresh_from_db()
    assert source.state == ImportState.CHECKED
    assert Incident.objects.count() == Interview.objects.count() == 0


def test_an_import_that_gives_up_leaves_nothing_that_it_made(study, admin, monkeypatch):
    """Its people and places go, what others use stays, and the tables are counted again."""
    add_region(study=study, name="North", by=admin)
    before = row_counts(but=(*NOTED, *TREE, *FILE))
    rows = [[*told(n, region="South", organization=f"O{n}"), f"R{n}", "Ann"] for n in range(3)]
    headers = (*HEADERS, "respondent", "interviewer")
    source = check(receive(study, csv_of([*rows, [*told(9), "R9", "Ann"]], headers)))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)

    def refuse(*_args):
        raise RefusedError("No.")

    with monkeypatch.context() as patch:
        patch.setattr(bringing_in, "_write_refused", refuse)
        job = run_now(job)
    assert (job.state, job.error) == (JobState.FAILED, "No.")
    assert row_counts(but=(*NOTED, *TREE, *FILE)) == before
    assert Job.objects.filter(kind="taxonomy.rebuild_tallies", state=JobState.WAITING).exists()

    source = bring_in(source)
    assert Incident.objects.accepted().filter(imported_from=source).count() == 4
    tally(study)
    assert list(differences(study)) == []


def test_an_import_that_gives_up_leaves_what_somebody_changed_meanwhile(study, admin, monkeypatch):
    rows = [told(n, region=f"R{n}", organization=f"O{n}") for n in range(3)]
    source = check(receive(study, csv_of(rows)))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)

    def refuse(*_args):
        south = Region.objects.get(study=study, name="R0")
        RegionCountry.objects.create(study=study, region=south, country="FR")
        Region.objects.filter(study=study, name="R1").update(row_version=1)
        raise RefusedError("No.")

    monkeypatch.setattr(bringing_in, "_write_refused", refuse)
    run_now(job)

    made = Region.objects.filter(study=study, not_stated=False)
    assert set(made.values_list("name", flat=True)) == {"R0", "R1"}
    assert RegionCountry.objects.count() == 1
    assert Change.objects.filter(verb="give_up_import", object_uid=source.uid).count() == 1


# -- Portions ---------------------------------------------------------------------------------


def rows_in(sql, params):
    """Count the rows that one INSERT writes; 0 for other statements, whose cursor knows."""
    if not sql.startswith("INSERT"):
        return 0
    return len(params[0]) if "UNNEST" in sql else sql.count("), (") + 1


class RowsWritten:
    """Counts the rows that each transaction writes; each thread has one of its own."""

    def __init__(self):
        self.heaviest = self.publishing = 0
        self.here = threading.local()

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith(("INSERT", "UPDATE", "DELETE")) and not many:
            rows = rows_in(sql, params) or context["cursor"].rowcount
            if self.is_permitted(sql):
                self.publishing += rows
            else:
                self.add(rows)
        return result

    def add(self, rows):
        self.here.now = getattr(self.here, "now", 0) + rows
        self.heaviest = max(self.heaviest, self.here.now)

    @staticmethod
    def is_permitted(sql):
        """Name the narrow updates that show or hide an import in one act."""
        narrow = ('"entered_seq" = ', '"incidents_incident" SET "state" = ')
        return any(part in sql for part in narrow)


@pytest.fixture
def rows_written(monkeypatch):
    """Return the counter, told of every commit and of rows that come in bulk."""
    counter = RowsWritten()
    commit, copy = BaseDatabaseWrapper._commit, rows.copy_rows

    def commit_and_begin_anew(self):
        counter.here.now = 0
        return commit(self)

    def copy_and_count(table, columns, values):
        copied = list(values)
        counter.add(len(copied))
        copy(table, columns, copied)

    monkeypatch.setattr(BaseDatabaseWrapper, "_commit", commit_and_begin_anew)
    monkeypatch.setattr(rows, "copy_rows", copy_and_count)
    with connection.execute_wrapper(counter):
        yield counter


@pytest.mark.django_db(transaction=True)
def test_no_transaction_of_an_import_or_its_undoing_writes_more_than_its_portion(
    study, rows_written
):
    most = sizes.rows_at_once()
    codes = "|".join(f"c{n}" for n in range(6))
    incidents = max(600, most // 5)
    lines = [
        told(n, organization=f"Organization {n}", codes=("A", codes if n % 2 else "c1"))
        for n in range(incidents)
    ]
    source = bring_in(receive(study, csv_of([*lines, ["", *[""] * 6]])))
    assert rows_written.publishing == incidents + incidents // 2 * (1 + 6)
    into, rows_written.heaviest = rows_written.heaviest, 0
    take_out(source)

    assert Moment.objects.count() == 0
    assert most == (5000 if connection.vendor == "postgresql" else 900)
    assert most / 2 < into < most + 100
    assert 200 < rows_written.heaviest < 1000


# -- Files ------------------------------------------------------------------------------------


def test_a_workbook_keeps_dates_numbers_and_yes_or_no(study):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, ["id", "narrative", "date", "valence", "score", "weight", "again"])
        sheet.write_row(1, 0, [7, "Words of the seventh.", None, "negative"])
        sheet.write_datetime(1, 2, dt.date(2024, 3, 9), day)
        sheet.write_number(1, 4, 5)
        sheet.write_number(1, 5, 2.5)
        sheet.write_boolean(1, 6, True)
    source = bring_in(receive(study, buffer.getvalue(), name="told.xlsx"))

    incident = Incident.objects.get()
    assert (incident.source_id, str(incident.happened_from), str(incident.happened_to)) == (
        "7",
        "2024-03-09",
        "2024-03-09",
    )
    assert incident.version.situation == "Words of the seventh."
    assert incident.moments.get().valence == "negative"
    extra = ImportRow.objects.get(source=source).extra
    assert extra["columns"] == {"score": "5", "weight": "2.5", "again": "TRUE"}


# -- Two at once ------------------------------------------------------------------------------


def connections_to_this_database():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend'"
        )
        return cursor.fetchone()[0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_portions_that_are_written_at_once_bring_what_one_by_one_would(study, monkeypatch):
    """The first portion stays open until another is written beside it."""
    hold, both, first = jobs.Claim.hold, threading.Barrier(2), []

    def hold_together(self):
        if threading.current_thread() is not threading.main_thread() and len(first) < 2:
            first.append(self)
            both.wait(60)
        return hold(self)

    monkeypatch.setattr(jobs.Claim, "hold", hold_together)
    monkeypatch.setattr(bringing_in, "rows_at_once", lambda: 300)
    before = connections_to_this_database()
    source = bring_in(receive(study, MANY))
    tally(study)

    assert len(first) == 2
    assert Incident.objects.accepted().filter(imported_from=source).count() == 400
    counts = [model.objects.count() for model in (Moment, Coding, Settlement, ImportRow)]
    assert counts == [400] * 4
    assert list(differences(study)) == []
    closed = time.monotonic() + 30
    while connections_to_this_database() > before and time.monotonic() < closed:
        time.sleep(0.05)  # a backend leaves some time after it was told to
    assert connections_to_this_database() <= before  # one of the test before may have left since


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_portion_that_fails_beside_another_is_written_by_the_next_attempt(study, monkeypatch):
    source = check(receive(study, MANY))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)
    with monkeypatch.context() as patch:
        cut_off_after(patch, 3, rows=300)
        job = run_now(job)
    left = Incident.objects.count()

    assert job.state == JobState.WAITING
    assert left == Moment.objects.count() == ImportRow.objects.count() < 400
    Job.objects.filter(pk=job.pk).update(run_after=job.created_at)
    assert run_now(job).state == JobState.DONE
    assert Incident.objects.accepted().count() == 400


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_moves_a_respondent_waits_for_no_portion_and_what_it_brings_follows(
    study, admin, monkeypatch
):
    source = check(receive(study))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)
    elsewhere_site = SiteFactory(study=study)
    bring = bringing_in.bring_first_codings

    def move():
        respondent = Respondent.objects.select_related("study", "site").earliest("pk")
        move_respondent(respondent=respondent, site=elsewhere_site, by=admin, row_version=0)

    def bring_while_somebody_moves(**fields):
        elsewhere(move)  # the incidents of this portion are written, and not committed
        bring(**fields)

    publish = bringing_in._publish

    def publish_when_all_is_right(*what):
        assert list(differences(study)) == []  # what is on its way is not looked at
        publish(*what)

    monkeypatch.setattr(bringing_in, "bring_first_codings", bring_while_somebody_moves)
    monkeypatch.setattr(bringing_in, "_publish", publish_when_all_is_right)
    assert run_now(job).state == JobState.DONE
    tally(study)

    moved = Incident.objects.filter(interview__respondent=Respondent.objects.earliest("pk"))
    assert {one.site_id for one in moved} == {elsewhere_site.pk}
    assert list(differences(study)) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_categories_that_leave_while_a_portion_is_written_end_the_import(study, monkeypatch):
    source = check(receive(study))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)
    bring = bringing_in.bring_first_codings

    def take_back():
        undo(revision=Revision.objects.latest("pk"), by=None, rationale="no")

    def bring_and_see_them_leave(**fields):
        bring(**fields)
        elsewhere(take_back)  # who looks for codings sees none: they are not committed

    monkeypatch.setattr(bringing_in, "bring_first_codings", bring_and_see_them_leave)
    job = run_now(job)

    assert (job.state, "was taken back meanwhile" in job.error) == (JobState.FAILED, True)
    assert Category.objects.filter(exists=True).count() == 0
    assert Incident.objects.count() == Coding.objects.count() == Interview.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_categories_that_left_before_an_attempt_was_cut_off_end_the_next(study, monkeypatch):
    source = check(receive(study, MANY))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)
    bring = bringing_in.bring_first_codings

    def bring_and_see_them_leave(**fields):
        bring(**fields)
        elsewhere(lambda: undo(revision=Revision.objects.latest("pk"), by=None, rationale="no"))

    with monkeypatch.context() as patch:
        patch.setitem(sizes.WRITERS, "postgresql", 1)
        patch.setattr(bringing_in, "bring_first_codings", bring_and_see_them_leave)
        cut_off_after(patch, 1, rows=300)
        job = run_now(job)
    assert job.state == JobState.WAITING
    assert Coding.objects.filter(category__exists=False).exists()

    Job.objects.filter(pk=job.pk).update(run_after=job.created_at)
    job = run_now(job)

    assert (job.state, "was taken back meanwhile" in job.error) == (JobState.FAILED, True)
    assert Incident.objects.count() == Coding.objects.count() == Interview.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_admins_who_press_import_at_once_make_one_import(study):
    source = check(receive(study))

    outcomes = at_once(
        *[
            lambda: importing.request_import(
                source=Import.objects.select_related("study", "file").get(),
                by=None,
                row_version=source.row_version,
            )
        ]
        * 2
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Job", "StaleError"]
    assert Job.objects.filter(kind=importing.RUN_IMPORT).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_asks_while_an_import_is_undone_is_given_nothing_that_is_gone(
    study, coder, monkeypatch
):
    source = bring_in(receive(study, PARTLY_CODED))
    scheme = Scheme.objects.get()
    category = Category.objects.filter(round__position=1).first()
    looked, coded = threading.Event(), threading.Event()
    note = taking_out.record_change

    def note_slowly(**fields):
        looked.set()
        coded.wait(1.5)
        return note(**fields)

    def take_and_code():
        looked.wait(10)
        assignment = take_next_assignment(coder=coder, scheme=scheme)
        if assignment is not None:
            code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=category)
        coded.set()

    monkeypatch.setattr(taking_out, "record_change", note_slowly)
    undone, fault = at_once(lambda: importing.request_undo(source=source, by=None), take_and_code)

    assert isinstance(undone, Job)
    assert fault is None
    assert not Assignment.objects.filter(coder=coder).exists()
    assert Coding.objects.filter(coder=coder).count() == 0
    assert run_now(undone).state == JobState.DONE
    assert (Incident.objects.count(), Coding.objects.count()) == (0, 0)


@pytest.mark.postgres
def test_the_planner_knows_how_many_rows_an_import_brought(study):
    bring_in(receive(study, MANY))

    tables = ["incidents_incident", "incidents_moment", "taxonomy_settlement"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(reltuples) FROM pg_class WHERE relname = ANY(%s)", [tables])
        assert cursor.fetchone()[0] >= 400
