import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse
from django.utils.html import escape

from incidents.actions.screening import change_valence
from incidents.choices import ImportState, IncidentState, JobState, RoleName
from incidents.jobs import run_now
from incidents.models import Change, Import, Incident, Job, Moment, StoredFile
from taxonomy.actions import importing
from taxonomy.models import Scheme
from taxonomy.queries.import_words import KIND_TITLES
from taxonomy.queries.imports import SHOWN_APART
from taxonomy.sheets.problems import SEVERITIES
from tests.factories import MemberFactory, StudyFactory
from tests.taxonomy.factories import CategoryFactory, SchemeFactory
from tests.taxonomy.importing.files import (
    HEADERS,
    TEN,
    bring_in,
    check,
    csv_of,
    files_in,
    receive,
    row_counts,
    told,
)

pytestmark = pytest.mark.django_db
ODD = csv_of([told(1, valence="thrilled"), told(2), ["i3", "", "", "", "", "", ""]])


@pytest.fixture
def study():
    return StudyFactory()


@pytest.fixture
def admin(study):
    return MemberFactory(study=study, roles=[RoleName.ADMIN], display_name="Ada")


@pytest.fixture
def desk(client, admin):
    client.force_login(admin.user)
    return client


def at(name, study, source=None):
    return reverse(f"taxonomy:{name}", args=[study.slug, *([source.uid] if source else [])])


def upload(desk, study, content=TEN, name="told.csv"):
    return desk.post(at("import_new", study), {"file": SimpleUploadedFile(name, content)})


def as_shown(desk, study, source, **changes):
    """What the form of the columns sends when nothing but the changes is touched."""
    form = desk.get(at("import_columns", study, source)).context["form"]
    sent = {name: form[name].value() for name in form.fields if name != "row_version"}
    return {
        **{name: value for name, value in sent.items() if value not in (None, False)},
        "row_version": source.row_version,
        **changes,
    }


def run_last(kind):
    return run_now(Job.objects.filter(kind=kind).latest("pk"))


def test_an_empty_list_says_what_to_do(desk, study):
    page = desk.get(at("import_list", study))

    assert "No file yet" in page.text
    assert at("import_new", study) in page.text


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_takes_four_queries_for_any_number_of_imports(
    desk, study, number, django_assert_num_queries
):
    for n in range(number):
        member = MemberFactory(study=study)
        receive(study, csv_of([told(n)]), name=f"file {n}.csv", by=member)
    receive(StudyFactory(), csv_of([told(99)]), name="elsewhere.csv")

    with django_assert_num_queries(4):
        page = desk.get(at("import_list", study))

    assert page.text.count("<tr>") == number + 1
    assert all(f"file {n}.csv" in page.text for n in range(number))
    assert Import.objects.count() == number + 1
    assert "elsewhere.csv" not in page.text


def test_a_file_is_read_at_once_and_its_columns_are_guessed(desk, study):
    answer = upload(desk, study)

    source = Import.objects.get()
    assert answer.headers["Location"] == at("import_columns", study, source)
    page = desk.get(at("import_columns", study, source))
    form = page.context["form"]
    chosen = [form[f"column-{n}"].value() for n in range(len(HEADERS))]
    assert chosen == [
        "incident_id",
        "narrative",
        "region",
        "organization",
        "valence",
        "category_1",
        "category_2",
    ]
    assert page.text.count("Somebody told story") == 3
    assert "Leave out – kept with the row" in page.text


def test_a_file_larger_than_the_limit_is_refused_with_a_sentence(desk, study, house):
    before, files = row_counts(), files_in(house)
    with override_settings(UPLOAD_LIMIT_MB=0):
        page = upload(desk, study)

    assert page.status_code == 422
    assert "The file is larger than 0 MB." in page.text
    assert (row_counts(), files_in(house)) == (before, files)


def test_no_file_chosen_is_a_sentence(desk, study):
    page = desk.post(at("import_new", study), {})

    assert (page.status_code, "Choose a file." in page.text) == (422, True)


def test_saying_what_columns_mean_asks_for_the_preview(desk, study, admin):
    source = receive(study, by=admin)
    answer = desk.post(
        at("import_columns", study, source), as_shown(desk, study, source, **{"column-4": ""})
    )

    assert answer.headers["Location"] == at("import_show", study, source)
    source.refresh_from_db()
    assert "valence" not in source.options["columns"]
    assert source.options["scheme"] == "imported"
    waiting = desk.get(at("import_show", study, source))
    assert "Reading a file" in waiting.text
    assert "every 1s" in waiting.text
    run_last(importing.CHECK_IMPORT)
    shown = desk.get(at("import_show", study, source))
    assert "Import 10 incidents" in shown.text
    assert "Columns left out and kept with the rows" in shown.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"column-1": ""}, "No column holds what people told."),
        ({"column-3": "region"}, "Another column is already imported as “region”."),
        ({"column-3": "nonsense"}, "Select a valid choice."),
        ({"scheme": "*", "scheme_name": "Known"}, "The study has a scheme with this name."),
        ({"codes": "neither"}, "Select a valid choice."),
        ({"row_version": "999999999999"}, "Ensure this value is less than"),
    ],
)
def test_what_does_not_fit_together_is_said_on_the_form(desk, study, changes, sentence):
    SchemeFactory(study=study, slug="known", name="Known")
    source = receive(study)
    before = row_counts()
    page = desk.post(at("import_columns", study, source), as_shown(desk, study, source, **changes))

    assert page.status_code == 422
    assert sentence in page.text or sentence.startswith("Ensure")
    assert row_counts() == before


def test_a_stale_form_is_a_conflict_that_keeps_the_choices(desk, study):
    source = receive(study)
    sent = as_shown(desk, study, source, **{"column-3": "", "codes": "first"})
    importing.say_what_it_means(source=source, by=None, row_version=0, codes="split")

    page = desk.post(at("import_columns", study, source), sent)

    assert page.status_code == 409
    assert "Somebody changed this import meanwhile" in page.text
    form = page.context["form"]
    assert (form["column-3"].value(), form["codes"].value()) == ("", "first")
    source.refresh_from_db()
    assert source.options["codes"] == "split"
    again = desk.post(
        at("import_columns", study, source), {**sent, "row_version": page.context["row_version"]}
    )
    assert again.status_code == 302


def test_values_that_nobody_knows_stand_first_and_can_be_said(desk, study):
    source = check(receive(study, ODD))
    shown = desk.get(at("import_show", study, source))
    assert "Nothing can be imported yet" in shown.text
    assert "Column “valence”" in shown.text
    assert 'type="submit">Import' not in shown.text

    page = desk.get(at("import_values", study, source))
    sections = list(page.context["form"].sections())
    assert [section.name for section in sections] == ["valence", "region", "organization"]
    assert [(row.theirs, row.unknown) for row in sections[0].rows] == [
        ("thrilled", True),
        ("positive", False),
    ]
    sent = {"row_version": source.row_version, "valence-0": "positive", "region-0": "Polar"}
    desk.post(at("import_values", study, source), sent)

    source.refresh_from_db()
    assert source.options["values"] == {
        "valence": {"thrilled": "positive"},
        "region": {"North": "Polar"},
    }
    run_last(importing.CHECK_IMPORT)
    shown = desk.get(at("import_show", study, source))
    assert "Import 2 incidents" in shown.text
    assert "Polar" in shown.text


def test_stale_values_are_a_conflict(desk, study):
    source = check(receive(study, ODD))
    importing.say_what_it_means(source=source, by=None, row_version=0, codes="first")

    page = desk.post(at("import_values", study, source), {"row_version": 0, "valence-0": "mixed"})

    assert page.status_code == 409
    source.refresh_from_db()
    assert source.options["values"] == {}


def test_the_preview_adds_up_and_names_what_would_be_new(desk, study):
    rows = [told(1), told(2, region="South", codes=("B", "A1")), ["i3", "", "", "", "", "", ""]]
    source = check(receive(study, csv_of([*rows, told(1)])))
    page = desk.get(at("import_show", study, source))
    words = " ".join(page.text.split())

    assert "4</strong> rows" in words
    assert "2</strong> incidents" in words
    assert "1</strong> refused" in words
    assert "1</strong> merged" in words
    names = [(str(new.label), new.names) for new in page.context["new_names"]]
    assert names == [("Region", ["North", "South"]), ("Organization", ["Acme"])]
    tree = [
        (node.name, node.moments, [(child.name, child.moments) for child in node.children])
        for node in page.context["tree"]
    ]
    assert tree == [("A", 2, [("A1", 2)]), ("B", 1, [("A1", 1)])]
    titles = [(str(group.title), group.in_all) for group in page.context["groups"]]
    assert titles == [("Rows that are left out", 1), ("Worth knowing", 1)]
    assert "Row 4:" in words


def test_every_kind_of_message_has_a_title():
    of_the_file = list(SEVERITIES)[: list(SEVERITIES).index("unknown_column")]
    assert set(SEVERITIES) - set(of_the_file) - set(KIND_TITLES) == {SHOWN_APART}


def test_many_messages_of_a_kind_are_counted_and_the_first_shown(desk, study):
    source = check(receive(study, csv_of([[f"i{n}", *[""] * 6] for n in range(150)] + [told(1)])))
    page = desk.get(at("import_show", study, source))

    assert page.text.count("The row has no words") == 100
    assert "and 50 more" in page.text


def test_categories_without_one_parent_are_listed_as_not_batched(desk, study):
    rows = [
        told(1, codes=("A", "x")),
        told(2, codes=("B", "x|y")),
        told(3, codes=("A|B", "z")),
    ]
    source = check(receive(study, csv_of(rows)))
    page = desk.get(at("import_show", study, source))

    assert "Categories with several parents, not batched" in page.text
    assert "Categories without a parent, not batched" in page.text
    last = page.context["tree"][-1]
    assert (str(last.name)[:11], [child.name for child in last.children]) == (
        "Not batched",
        ["x", "z"],
    )


@pytest.mark.parametrize(("rounds", "blocked"), [(1, True), (2, False), (3, False)])
def test_the_rounds_of_the_chosen_scheme_have_to_hold_the_levels(desk, study, rounds, blocked):
    scheme = SchemeFactory(study=study, slug="mine", name="Mine", categories=["one"])
    for _n in range(rounds - 1):
        CategoryFactory(round__scheme=scheme)
    source = check(receive(study, scheme="mine"))
    page = desk.get(at("import_show", study, source))

    assert ("levels of categories, but the scheme “Mine” has only" in page.text) is blocked
    assert ("Import 10 incidents" in page.text) is not blocked
    assert ("no moment is coded in the finest" in page.text) is (rounds == 3)


def test_importing_shows_its_progress_and_then_what_came_of_it(desk, study, admin):
    source = check(receive(study, csv_of([told(1), told(2), ["i3", *[""] * 6]]), by=admin))
    answer = desk.post(at("import_run", study, source), {"row_version": source.row_version})

    assert answer.headers["Location"] == at("import_show", study, source)
    assert "Importing a file" in desk.get(at("import_show", study, source)).text
    run_last(importing.RUN_IMPORT)
    page = desk.get(at("import_show", study, source))
    assert "Imported on" in page.text
    assert "2</strong> incidents" in page.text
    assert at("import_refused", study, source) in page.text
    assert Incident.objects.accepted().count() == 2


def test_pressing_import_on_an_old_preview_is_a_conflict(desk, study):
    source = check(receive(study))
    old = source.row_version
    check(importing.say_what_it_means(source=source, by=None, row_version=old, codes="first"))
    before = row_counts()

    page = desk.post(at("import_run", study, source), {"row_version": old})

    assert page.status_code == 409
    assert "Somebody changed this import meanwhile" in page.text
    assert row_counts() == before


@pytest.mark.parametrize("sent", [{}, {"row_version": "x"}, {"row_version": "-5"}])
def test_importing_without_a_version_is_a_conflict(desk, study, sent):
    source = check(receive(study))

    assert desk.post(at("import_run", study, source), sent).status_code == 409
    assert Import.objects.get().state == ImportState.CHECKED


def test_what_is_to_be_settled_first_cannot_be_imported(desk, study):
    source = check(receive(study, ODD))
    page = desk.post(at("import_run", study, source), {"row_version": source.row_version})

    assert page.status_code == 422
    assert "has to be settled before the import" in page.text
    assert Import.objects.get().state == ImportState.CHECKED


def test_the_rows_left_out_are_handed_out_with_their_reasons_and_no_formula(desk, study, admin):
    source = bring_in(receive(study, csv_of([told(1), ["=1+1", "", "", "", "", "", ""]])))
    answer = desk.get(at("import_refused", study, source))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")

    assert text.splitlines() == [
        "row,reason," + ",".join(HEADERS),
        "3,Rows without any words,'=1+1,,,,,,",
    ]
    assert "left-out-told.csv" in answer.headers["Content-Disposition"]
    assert Change.objects.filter(verb="hand_out_refused_rows", member=admin).count() == 1


def test_undoing_names_what_goes_and_takes_it_out(desk, study):
    source = bring_in(receive(study))
    page = desk.get(at("import_undo", study, source))
    assert "10 incidents with their words" in page.text

    desk.post(at("import_undo", study, source))
    assert Incident.objects.visible_to(MemberFactory(study=study, roles=["admin"])).count() == 0
    assert "Undoing an import" in desk.get(at("import_show", study, source)).text
    run_last(importing.UNDO_IMPORT)
    assert "This import was undone." in desk.get(at("import_show", study, source)).text
    assert Incident.objects.count() == 0


def test_what_stands_in_the_way_of_undoing_is_named_and_withdrawing_offered(desk, study, admin):
    source = bring_in(receive(study))
    moment = Moment.objects.first()
    change_valence(moment=moment, valence="negative", by=admin, row_version=0)

    page = desk.get(at("import_undo", study, source))
    assert "1 incident was changed." in page.text
    assert "Withdraw the incidents" in page.text
    refused = desk.post(at("import_undo", study, source))
    assert refused.status_code == 422
    assert "1 incident was changed." in refused.text
    assert Incident.objects.accepted().count() == 10

    desk.post(at("import_withdraw", study, source))
    assert set(Incident.objects.values_list("state", flat=True)) == {IncidentState.WITHDRAWN}
    assert "are withdrawn" in desk.get(at("import_show", study, source)).text


def test_a_file_that_was_not_imported_can_be_deleted(desk, study, house):
    source = check(receive(study))
    path = house / "files" / source.file.path
    assert path.exists()

    with_old = desk.post(at("import_discard", study, source), {"row_version": 7})
    assert (with_old.status_code, path.exists()) == (409, True)

    assert "told.csv" in desk.get(at("import_discard", study, source)).text


@pytest.mark.django_db(transaction=True)
def test_deleting_a_file_leaves_nothing_of_it(desk, study, house):
    source = check(receive(study))
    path = house / "files" / source.file.path

    desk.post(at("import_discard", study, source), {"row_version": source.row_version})

    assert (Import.objects.count(), StoredFile.objects.count(), path.exists()) == (0, 0, False)


def test_a_done_import_can_be_neither_deleted_nor_changed(desk, study):
    source = bring_in(receive(study))
    sent = {"row_version": source.row_version}

    assert desk.post(at("import_discard", study, source), sent).status_code == 409
    assert desk.get(at("import_columns", study, source)).status_code == 302
    assert desk.get(at("import_values", study, source)).status_code == 302
    assert desk.post(at("import_run", study, source), sent).status_code == 409
    assert Incident.objects.accepted().count() == 10


def test_an_import_that_failed_says_why_and_can_be_tried_again_or_undone(desk, study, admin):
    source = check(receive(study, by=admin), by=admin)
    job = importing.request_import(source=source, by=admin, row_version=source.row_version)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="The disk is full.")

    page = desk.get(at("import_show", study, source))

    assert "The disk is full." in page.text
    assert reverse("incidents:job_retry", args=[study.slug, job.uid]) in page.text
    assert at("import_undo", study, source) in page.text
    desk.post(at("import_undo", study, source))
    run_last(importing.UNDO_IMPORT)
    source.refresh_from_db()
    assert source.state == ImportState.UNDONE


def test_htmx_gets_the_state_alone(desk, study):
    source = check(receive(study))
    page = desk.get(at("import_show", study, source), headers={"HX-Request": "true"})

    assert "<html" not in page.text
    assert 'id="import-state"' in page.text
    assert "HX-Request" in page.headers["Vary"]


# -- Who may ----------------------------------------------------------------------------------

GETS = [
    "import_list",
    "import_new",
    "import_show",
    "import_columns",
    "import_values",
    "import_undo",
    "import_discard",
    "import_refused",
]
POSTS = [
    "import_new",
    "import_columns",
    "import_values",
    "import_run",
    "import_undo",
    "import_withdraw",
    "import_discard",
]
ACTS = [*(("get", name) for name in GETS), *(("post", name) for name in POSTS)]
OTHERS = {
    "interviewer": 403,
    "coder": 403,
    "analyst": 403,
    "admin of another study": 404,
    "nobody's member": 404,
    "anonymous": 302,
}


def somebody(who, study):
    if who == "anonymous":
        return None
    if who == "nobody's member":
        return MemberFactory(active=False, study=study).user
    elsewhere = who == "admin of another study"
    roles = [RoleName.ADMIN] if elsewhere else [who]
    return MemberFactory(study=StudyFactory() if elsewhere else study, roles=roles).user


@pytest.mark.parametrize(("method", "name"), ACTS)
@pytest.mark.parametrize("who", OTHERS)
def test_nobody_but_an_admin_of_the_study_sees_or_changes_an_import(
    client, study, who, method, name
):
    source = check(receive(study, csv_of([told(1, region="Secretland")])))
    user = somebody(who, study)
    if user:
        client.force_login(user)
    payload = {"row_version": source.row_version}
    if name == "import_new":
        payload = {"file": SimpleUploadedFile("b.csv", csv_of([told(5)]))}
    before = row_counts()

    aimed = None if name in {"import_list", "import_new"} else source
    answer = getattr(client, method)(at(name, study, aimed), payload)

    assert answer.status_code == OTHERS[who]
    assert row_counts() == before
    assert "Secretland" not in answer.text


@pytest.mark.parametrize(
    "name", [name for name in GETS if name not in {"import_list", "import_new"}]
)
def test_an_import_of_another_study_is_like_one_that_is_not_there(desk, study, name):
    elsewhere = receive(StudyFactory())

    assert desk.get(at(name, study, elsewhere)).status_code == 404


def test_texts_of_a_file_are_escaped(desk, study):
    nasty = "<script>alert(1)</script>"
    source = check(receive(study, csv_of([told(1, region=nasty, codes=(nasty, nasty))])))

    for name in ("import_show", "import_columns", "import_values"):
        page = desk.get(at(name, study, source)).text
        assert escape(nasty) in page
        assert nasty not in page


def test_the_existing_scheme_is_offered_first_when_it_is_called_imported(desk, study):
    bring_in(receive(study))
    source = receive(study, csv_of([told(77)]), name="more.csv")
    form = desk.get(at("import_columns", study, source)).context["form"]

    assert form["scheme"].value() == "imported"
    assert Scheme.objects.get().slug == "imported"
