"""`manage.py codings`: answers as a long table, brought in from elsewhere, and taken back."""

import csv
import io
import json
import uuid

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from incidents.actions.numbering import change_facts
from incidents.actions.people import add_member
from incidents.choices import IncidentState, JobState, RoleName
from incidents.models import Change, Incident, Member
from taxonomy.actions import importing_codings
from taxonomy.actions.bringing import Brought, bring_codings
from taxonomy.actions.coding import code_moment, take_back
from taxonomy.actions.planning import lock_batch, open_batch
from taxonomy.choices import Outcome, Purpose, Unclassifiable
from taxonomy.models import AgreementReport, Category, Coding, Settlement
from taxonomy.queries.answers import COLUMNS
from taxonomy.queries.checks import differences
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.racing import at_once
from tests.taxonomy.factories import CategoryFactory, RoundFactory, SchemeFactory

pytestmark = pytest.mark.django_db

HEADER = "incident,moment,coder,category\n"


@pytest.fixture
def study():
    return StudyFactory(slug="s")


@pytest.fixture
def scheme(study):
    """Warm and Slow under Service; Rude, which stands alone; Service in the second round."""
    scheme = SchemeFactory(study=study, slug="x")
    fine, coarse = scheme.rounds.get(), RoundFactory(scheme=scheme)
    service = CategoryFactory(round=coarse, name="Service")
    for name, parent in (("Warm", service), ("Slow", service), ("Rude", None)):
        CategoryFactory(round=fine, name=name, parent=parent)
    return scheme


@pytest.fixture
def ada(study):
    return coder_of(study, "Ada")


def coder_of(study, name):
    return MemberFactory(study=study, display_name=name, code=name[0], roles=[RoleName.CODER])


@pytest.fixture
def incidents(study):
    return [IncidentFactory(study=study, source_id=f"f{n}") for n in (1, 2, 3)]


@pytest.fixture
def written(tmp_path):
    """Write a file of text or bytes, and return its name."""

    def write(content, name="codings.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def run(act, *arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("codings", act, *arguments, "--study", "s", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(act, *arguments):
    with pytest.raises(CommandError) as refusal:
        run(act, *arguments)
    return str(refusal.value)


def exported(*arguments):
    return list(csv.DictReader(io.StringIO(run("export", *arguments)[0].removeprefix("\ufeff"))))


def category(scheme, name):
    return Category.objects.get(scheme=scheme, name=name)


def answer(assignment, name="Warm", **said):
    chosen = category(assignment.batch.scheme, name) if name else None
    uid = uuid.uuid4()
    return code_moment(assignment=assignment, by=assignment.coder, uid=uid, category=chosen, **said)


def outcomes(scheme):
    rows = Settlement.objects.filter(scheme=scheme, to_seq=None).order_by("moment")
    return [(row.outcome, row.category and row.category.name) for row in rows]


def wrong_settlements(scheme):
    return [one for one in differences(scheme.study) if one.kind == "settlement"]


@pytest.fixture
def batch(scheme, ada, incidents):
    """Ada and Ben have both answered for two moments, otherwise for the second."""
    coders = [ada, coder_of(scheme.study, "Ben")]
    moments = [one.moments.get() for one in incidents[:2]]
    batch = open_batch(scheme=scheme, name="Overlap", moments=moments, coders=coders, by=None)
    for assignment in batch.assignments.order_by("moment", "coder"):
        answer(assignment, "Slow" if assignment.moment == moments[1] else "Warm")
    last = batch.assignments.get(moment=moments[1], coder=coders[1])
    answer(last, None, unclassifiable=Unclassifiable.TOO_LITTLE, note="=short", confidence="unsure")
    return batch


# -- Taking away ------------------------------------------------------------------------------


def test_a_row_for_each_answer_in_the_order_told(scheme, batch, incidents):
    lock_batch(batch=batch, by=None)

    rows = exported()

    assert [(row["unit"], row["coder"], row["value"]) for row in rows] == [
        (f"{incidents[0].uid}/1", "A", "Service > Warm"),
        (f"{incidents[0].uid}/1", "B", "Service > Warm"),
        (f"{incidents[1].uid}/1", "A", "Service > Slow"),
        (f"{incidents[1].uid}/1", "B", "cannot be classified"),
    ]
    assert rows[0] == {
        "unit": f"{incidents[0].uid}/1",
        "coder": "A",
        "value": "Service > Warm",
        "cluster": incidents[0].site.organization.code,
        "incident": str(incidents[0].uid),
        "source_id": "f1",
        "moment": "1",
        "round": "1",
        "category": "Service > Warm",
        "category_uid": str(category(scheme, "Warm").uid),
        "unclassifiable": "",
        "confidence": "not_stated",
        "flagged": "",
        "purpose": "plan",
        "batch": "Overlap",
        "made_at": rows[0]["made_at"],
        "state": "live",
        "seq": str(Coding.objects.order_by("pk").first().seq),
        "suggested": "",
        "suggested_place": "",
    }
    assert (rows[3]["unclassifiable"], rows[3]["confidence"]) == ("too_little", "unsure")
    assert "note" not in rows[3]


def test_notes_come_when_asked_for_and_are_no_formulas(batch):
    lock_batch(batch=batch, by=None)

    assert [row["note"] for row in exported("--notes")] == ["", "", "", "'=short"]
    assert tuple(exported("--notes")[0]) == COLUMNS


def test_json_has_the_same_rows_with_their_types(batch):
    lock_batch(batch=batch, by=None)

    rows = json.loads(run("export", "--format", "json", "--notes")[0])

    assert [row["value"] for row in rows] == [row["value"] for row in exported()]
    assert (rows[3]["note"], rows[3]["flagged"], rows[3]["moment"]) == ("=short", False, 1)


def test_without_answers_both_forms_are_empty_tables(scheme):
    assert exported() == []
    assert json.loads(run("export", "--format", "json")[0]) == []


def test_what_was_superseded_or_taken_back_comes_when_asked_for(scheme, batch, incidents):
    coding = Coding.objects.live().get(moment__incident=incidents[0], coder__code="A")
    take_back(coding=coding, by=coding.coder)
    answer(coding.assignment, "Rude")
    lock_batch(batch=batch, by=None)

    def of_ada(*arguments):
        rows = exported(*arguments)
        return [(row["value"], row["state"]) for row in rows if row["coder"] == "A"][:-1]

    assert of_ada() == of_ada("--live") == [("Rude", "live")]
    assert of_ada("--all") == [
        ("Service > Warm", "superseded"),
        ("", "superseded"),
        ("Rude", "live"),
    ]


def test_answers_of_a_batch_that_is_not_locked_stay_where_they_are(batch):
    out, err = run("export")

    assert list(csv.DictReader(io.StringIO(out))) == []
    assert "“Overlap” (5)" in err
    assert len(exported("--unlocked")) == 4

    lock_batch(batch=batch, by=None)
    assert run("export")[1] == ""


def test_late_answers_stay_where_they_are(batch):
    lock_batch(batch=batch, by=None)
    batch.assignments.filter(coder__code="B").update(late=True)

    assert {row["coder"] for row in exported()} == {"A"}
    assert {row["coder"] for row in exported("--unlocked")} == {"A", "B"}


def test_purposes_can_be_chosen(scheme, batch):
    lock_batch(batch=batch, by=None)

    assert exported("--purpose", "recode,training") == []
    assert len(exported("--purpose", "plan,import")) == 4
    with pytest.raises(CommandError, match="no purpose"):
        run("export", "--purpose", "plans")


def test_one_batch_can_be_chosen(scheme, batch, incidents, ada):
    lock_batch(batch=batch, by=None)
    bring(scheme, incidents[2], ada, "Slow")

    assert len(exported()) == 5
    assert {row["batch"] for row in exported("--batch", "Overlap")} == {"Overlap"}
    assert "no batch “Overlaps”" in refused("export", "--batch", "Overlaps")


def test_values_are_brought_to_a_round(scheme, batch, incidents, ada):
    lock_batch(batch=batch, by=None)
    bring(scheme, incidents[2], ada, "Rude")

    rows = exported("--round", "2")

    assert [row["value"] for row in rows] == ["Service"] * 3 + ["cannot be classified", ""]
    assert rows[0]["category"] == "Service > Warm"
    assert "There is no round 3. There are: 1 (" in refused("export", "--round", "3")


def test_a_merged_category_is_named_by_what_stands_for_it(scheme, batch):
    lock_batch(batch=batch, by=None)
    merged, into = category(scheme, "Warm"), category(scheme, "Rude")
    Category.objects.filter(pk=merged.pk).update(merged_into=into)

    row = exported()[0]

    assert (row["value"], row["category_uid"]) == ("Rude", str(merged.uid))


def test_incidents_that_do_not_count_are_left_out(batch, incidents):
    lock_batch(batch=batch, by=None)
    Incident.objects.filter(pk=incidents[0].pk).update(state=IncidentState.WITHDRAWN)

    assert {row["source_id"] for row in exported()} == {"f2"}


def test_an_export_asks_no_more_for_more_answers(scheme, batch, incidents, ada):
    lock_batch(batch=batch, by=None)
    with CaptureQueriesContext(connection) as few:
        assert len(exported()) == 4

    for _ in range(5):
        bring(scheme, IncidentFactory(study=scheme.study), ada, "Slow")
    with CaptureQueriesContext(connection) as more:
        assert len(exported()) == 9

    assert len(more) == len(few)


def test_a_file_is_written_whole_and_for_its_owner(batch, tmp_path):
    lock_batch(batch=batch, by=None)
    path = tmp_path / "out.csv"

    run("export", str(path))

    assert path.read_bytes().decode() == run("export")[0]
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]
    assert "cannot be written" in refused("export", str(tmp_path / "no" / "out.csv"))


# -- Bringing in ------------------------------------------------------------------------------


def test_codings_come_in_and_are_settled_under_one_number(scheme, ada, incidents, written):
    path = written(
        "Incident;Moment;Coder;Category path;Unclassifiable;Confidence;Note\r\n"
        f"{incidents[0].uid};1;ada;service>warm;;Sure;\r\n"
        "f1;;Zoë;Slow;;;\r\n"
        "f2;1;A;Rude;;;déjà vu\r\n"
        "f3;;A;;Too little;unsure;\r\n".encode("cp1252"),
    )

    said, _err = run("import", path)

    number = scheme.study.__class__.objects.get().data_seq
    assert "rows 4, new 4, there already 0, no first answers 0, faulty 0; moments 3" in said
    assert "new coder: Zoë" in said
    assert f"Imported 4 codings into “x” as number {number}." in said
    assert outcomes(scheme) == [
        (Outcome.IN_DISPUTE, None),
        (Outcome.SINGLE, "Rude"),
        (Outcome.UNCLASSIFIABLE, None),
    ]
    assert set(Coding.objects.values_list("seq", "purpose")) == {(number, Purpose.IMPORT)}
    assert Coding.objects.get(moment__incident=incidents[1]).note == "déjà vu"
    zoe = Member.objects.get(display_name="Zoë")
    assert (zoe.user, zoe.has_role(RoleName.CODER)) == (None, True)
    assert zoe.code.startswith("M")
    assert Change.objects.get(verb="import_codings").details == {
        "number": number,
        "first": number,
        "codings": 4,
    }
    assert not wrong_settlements(scheme)


def test_what_several_brought_is_measured_and_what_one_did_is_not(scheme, incidents, written):
    alone, _err = run("import", written(f"{HEADER}f1,,Ada,Warm\n"))
    assert ("Reliability" in alone, AgreementReport.objects.count()) == (False, 0)

    beside, _err = run("import", written(f"{HEADER}f1,,Ben,Slow\n"))
    assert "How far these coders agree: the page Reliability says it soon." in beside
    assert AgreementReport.objects.get().job.state == JobState.WAITING


def test_the_same_file_again_changes_nothing(scheme, ada, incidents, written):
    path = written(f"{HEADER}f1,,A,Warm\nf2,,A,Slow\n")
    run("import", path)
    before = list(Coding.objects.values()), Change.objects.count(), scheme.study.changes.count()

    said, _err = run("import", path)

    assert "new 0, there already 2" in said
    assert "nothing was changed" in said
    after = list(Coding.objects.values()), Change.objects.count(), scheme.study.changes.count()
    assert before == after


def test_a_dry_run_says_it_and_changes_nothing(scheme, incidents, written):
    said, _err = run("import", written(f"{HEADER}f1,,Zoe,Warm\n"), "--dry-run")

    assert "new 1" in said
    assert "nothing was imported" in said
    assert not Coding.objects.exists()
    assert not Member.objects.filter(display_name="Zoe").exists()


def test_a_workbook_comes_in_too(scheme, ada, incidents, tmp_path):
    path = tmp_path / "codings.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate([HEADER.strip().split(","), ["f1", 1, "A", "Warm"]]):
            sheet.write_row(number, 0, line)

    run("import", str(path))

    assert outcomes(scheme) == [(Outcome.SINGLE, "Warm")]


@pytest.mark.parametrize(
    "row",
    [
        ("nobody,,A,Warm", "the study has no incident “nobody”"),
        ("twin,,A,Warm", "several incidents have the number “twin”"),
        ("f2,,A,Warm", "the incident does not count: it is withdrawn"),
        ("parts,,A,Warm", "the incident has 2 moments. Say which"),
        ("parts,3,A,Warm", "the incident has no moment 3. It has: 1, 2"),
        ("f1,0,A,Warm", "“0” is no order of a moment"),
        ("f1,one,A,Warm", "“one” is no order of a moment"),
        ("f1,,Eve,Warm", "several members are called “Eve”. Give a code: E1, E2"),
        ("f1,,A,Cold", "the scheme has no category “Cold”"),
        (
            "f1,,A,Double",
            "“Double” may be several. Give the whole path: Service > Double; Help > D",
        ),
        ("f1,,A,Kind", "“Kind” was merged into “Service > Warm”"),
        ("f1,,A,Service > Old", "“Service > Old” is retired"),
        ("f1,,A,", "there is neither a category nor a reason"),
        (",,A,Warm", "the incident is empty"),
        ("f1,,,Warm", "the coder is empty"),
        ("f1,,A,Warm,too_little", "there is a category, and a reason"),
        ("f1,,A,,dunno", "“dunno” is no reason"),
        ("f1,,A,Warm,,certain", "“certain” is no confidence"),
        ("f1,,A,Warm,,,,,more", "there are 9 cells, but 6 headers"),
        ("f3,,A,Warm", "this coder has another answer for the moment in the study"),
        ("f1,1,A,Slow\nf1,,Ada,Slow", "coder “Ada” answers again for the moment of row 2"),
        ("f1,,A,Warm\n{uid},1,A,Slow", "row 3: coder “A” answers again for the moment of row 2"),
    ],
)
def test_a_row_that_does_not_fit_stops_everything_and_is_named(
    scheme, ada, incidents, written, row
):
    line, says = row
    study = scheme.study
    IncidentFactory(study=study, source_id="parts", moments=2)
    IncidentFactory(study=study, source_id="twin")
    IncidentFactory(study=study, source_id="twin")
    Incident.objects.filter(pk=incidents[1].pk).update(state=IncidentState.WITHDRAWN)
    for code in ("E1", "E2"):
        MemberFactory(study=study, display_name="Eve", code=code)
    fine, coarse = scheme.rounds.order_by("position")
    service, help_ = category(scheme, "Service"), CategoryFactory(round=coarse, name="Help")
    warm = category(scheme, "Warm")
    CategoryFactory(round=fine, name="Double", parent=service)
    CategoryFactory(round=fine, name="Double", parent=help_)
    CategoryFactory(round=fine, name="Kind", parent=service, merged_into=warm)
    CategoryFactory(round=fine, name="Old", parent=service, retired=True)
    bring(scheme, incidents[2], ada, "Slow")
    before = Coding.objects.count()
    columns = HEADER.strip() + ",unclassifiable,confidence\n"
    good = "parts,1,A,Warm"

    said = refused("import", written(f"{columns}{line.format(uid=incidents[0].uid)}\n{good}\n"))

    assert says in said
    assert said.endswith("Nothing was imported.")
    assert said.count("row ") - says.count("row ") <= 2
    assert Coding.objects.count() == before


def bring(scheme, incident, coder, name):
    with transaction.atomic():
        seq = change_facts(scheme.study)
        brought = [Brought(incident.moments.get().pk, coder, category(scheme, name))]
        bring_codings(scheme=scheme, brought=brought, seq=seq)


def test_a_moment_that_is_coded_blindly_takes_nothing_from_elsewhere(scheme, batch, written):
    path = written(f"{HEADER}f1,,Zoe,Warm\n")

    assert "the moment is still coded blindly in the batch “Overlap”" in refused("import", path)

    lock_batch(batch=batch, by=None)
    run("import", path)
    assert Coding.objects.filter(coder__display_name="Zoe").exists()


def test_only_known_coders_when_asked_for(scheme, ada, incidents, written):
    path = written(f"{HEADER}f1,,Zoe,Warm\n")

    assert "the study has no member “Zoe”" in refused("import", path, "--coders", "existing")


def test_a_coder_who_is_new_gets_a_free_code_that_is_no_name(scheme, incidents, written):
    Member.objects.update(code=F("uid"))
    add_member(study=scheme.study, display_name="x", code="M1", by=None)

    run("import", written(f"{HEADER}f1,,Zoe,Warm\n"))

    assert Member.objects.get(display_name="Zoe").code == "M2"
    assert {row["coder"] for row in exported()} == {"M2"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "The file is empty. It has to have the columns incident, coder and category."),
        (HEADER, "headers but no rows"),
        ("incident,value\nf1,Warm\n", "no column “coder” and no column “category”"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(1, 9)) * 9, "neither a table of text"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(scheme, written, content, says):
    assert says in refused("import", written(content))


def test_portions_are_written_one_after_another_and_taken_back_together(
    scheme, ada, incidents, written, monkeypatch
):
    monkeypatch.setattr(importing_codings, "rows_at_once", lambda: 3)
    path = written(f"{HEADER}f1,,A,Warm\nf2,,A,Slow\nf3,,Z,Rude\n")

    said, _err = run("import", path)

    numbers = sorted(Coding.objects.values_list("seq", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert f"as number {numbers[0]}." in said

    assert "Took back 3 codings" in run("undo")[0]
    assert outcomes(scheme) == []
    assert not Coding.objects.live().exists()
    assert not wrong_settlements(scheme)
    assert "no import of codings to take back" in refused("undo")


def test_what_does_not_fit_any_more_takes_back_what_was_written(
    scheme, ada, incidents, written, monkeypatch
):
    """The second portion meets a batch that was opened after the file was checked."""
    monkeypatch.setattr(importing_codings, "rows_at_once", lambda: 3)
    path = written(f"{HEADER}f1,,A,Warm\nf2,,A,Slow\n")

    def open_meanwhile():
        if not scheme.batches.filter(name="Meanwhile").exists():
            moments = [incidents[1].moments.get()]
            open_batch(scheme=scheme, name="Meanwhile", moments=moments, coders=[ada], by=None)

    monkeypatch.setattr(importing_codings, "let_others_write", open_meanwhile)

    assert "The study was changed meanwhile" in refused("import", path)

    assert not Coding.objects.live().exists()
    assert outcomes(scheme) == []


def test_an_import_that_was_taken_back_comes_in_again(scheme, ada, incidents, written):
    path = written(f"{HEADER}f1,,A,Warm\n")
    run("import", path)
    first = Coding.objects.get().seq
    run("undo", "--number", str(first))

    run("import", path)

    assert outcomes(scheme) == [(Outcome.SINGLE, "Warm")]
    assert Coding.objects.count() == 3
    assert "no import of codings to take back" in refused("undo", "--number", str(first))


def test_only_what_the_import_brought_is_taken_back(scheme, ada, incidents, written):
    bring(scheme, incidents[2], ada, "Slow")
    run("import", written(f"{HEADER}f1,,A,Warm\n"))
    run("import", written(f"{HEADER}f2,,A,Warm\n"))

    run("undo")

    assert sorted(Coding.objects.live().values_list("moment__incident__source_id")) == [
        ("f1",),
        ("f3",),
    ]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_file_twice_at_once_comes_in_once(tmp_path):
    scheme = SchemeFactory(study=StudyFactory(slug="s"), categories=["Warm"])
    for n in range(5):
        IncidentFactory(study=scheme.study, source_id=f"f{n}")
    path = tmp_path / "codings.csv"
    path.write_text(HEADER + "".join(f"f{n},,Zoe,Warm\n" for n in range(5)))

    both = at_once(*[lambda: run("import", str(path))] * 2)

    assert not [one for one in both if isinstance(one, Exception)]
    assert Coding.objects.count() == 5
    assert Member.objects.filter(display_name="Zoe").count() == 1
