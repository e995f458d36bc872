"""`manage.py scheme`: a scheme as a file and back, its history, and taking a step back."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from incidents.choices import RoleName
from incidents.models import Change
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.models import Category, Revision, Scheme
from taxonomy.queries.codebooks import codebook
from taxonomy.queries.revisions import rows_of
from tests.factories import MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return StudyFactory(slug="s")


@pytest.fixture
def scheme(study):
    return start_scheme(study=study, by=None, **codebook("cause"))


def run(act, *arguments):
    out = io.StringIO()
    call_command("scheme", act, *arguments, "--study", "s", stdout=out)
    return out.getvalue()


def refused(act, *arguments):
    with pytest.raises(CommandError) as refusal:
        run(act, *arguments)
    return str(refusal.value)


@pytest.fixture
def file(scheme, tmp_path):
    """The scheme as JSON, with one name changed and one category more."""
    whole = json.loads(run("export"))
    whole["categories"][0]["name"] = "Another name"
    whole["categories"].append({"round": 1, "name": "Brand new"})
    path = tmp_path / "scheme.json"
    path.write_text(json.dumps(whole))
    return str(path)


def test_the_file_is_named_before_the_options_or_after_them(scheme, file):
    out = io.StringIO()
    call_command("scheme", "import", "--study", "s", "--dry-run", file, stdout=out)
    assert out.getvalue() == run("import", file, "--dry-run")


@pytest.mark.parametrize("form", ["json", "csv", "qdc"])
def test_what_is_printed_comes_in_again_as_a_new_scheme(scheme, tmp_path, form):
    path = tmp_path / "file"
    path.write_text(run("export", "--format", form))

    said = run("import", str(path), "--create", "Second cause")

    copy = Scheme.objects.get(slug="second-cause")
    assert f"Made the scheme “second-cause”, revision {copy.revision}." in said
    names = [sorted(row["name"] for row in rows_of(one).values()) for one in (copy, scheme)]
    assert names[0] == names[1]


def test_a_workbook_goes_to_a_file(scheme, tmp_path):
    path = tmp_path / "scheme.xlsx"

    assert "--output" in refused("export", "--format", "xlsx")
    run("export", "--format", "xlsx", "--output", str(path))

    assert "untouched" in run("import", str(path), "--format", "xlsx", "--create", "C", "--dry-run")


def test_an_import_says_what_it_does_and_is_one_revision(scheme, file, study):
    ada = MemberFactory(study=study, roles=[RoleName.ADMIN])

    said = run("import", file, "--rationale", "As agreed.", "--by", ada.user.email)

    assert "renamed: People, by training\n" in said
    assert "added: Brand new\n" in said
    assert "renamed 1" in said
    revision = Revision.objects.latest("pk")
    assert f"Brought in as revision {revision.number} of “cause”." in said
    assert (revision.member, revision.rationale) == (ada, "As agreed.")


def test_a_dry_run_changes_nothing(scheme, file):
    before, changes = rows_of(scheme), Change.objects.count()

    said = run("import", file, "--dry-run")

    assert said.endswith("Checked only: nothing was imported.\n")
    assert (rows_of(scheme), Change.objects.count()) == (before, changes)


def test_an_import_decided_on_an_older_revision_is_refused(scheme, file):
    assert "stands in the way" in refused("import", file, "--revision", "0")
    assert not Category.objects.filter(name="Brand new").exists()


def test_what_cannot_come_in_is_refused_with_every_reason(scheme, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("round,path\n1,Nowhere > Lost\n1,Beyond > Lost\n")

    said = refused("import", str(path))

    assert "“Nowhere”" in said
    assert "“Beyond”" in said
    assert said.endswith("Nothing was imported.")
    assert Scheme.objects.get().revision == scheme.revision


def test_the_log_tells_each_step(scheme, file):
    run("import", file, "--rationale", "As agreed.")

    lines = run("log").splitlines()
    entries = json.loads(run("log", "--format", "json"))

    assert [line.split()[0] for line in lines] == ["1", "2"]
    assert lines[1].endswith("(As agreed.)")
    assert [(one["revision"], one["verb"], one["by"]) for one in entries] == [
        (1, "start", None),
        (2, "import", None),
    ]
    assert {"name": "Another name"} in [change["after"] for change in entries[1]["changes"]]
    assert run("log", "--revision", "1").splitlines() == lines[:1]


@pytest.mark.parametrize("revisions", [2, 12])
@pytest.mark.parametrize(("form", "queries"), [("text", 6), ("json", 7)])
def test_the_log_takes_as_many_queries_for_any_number_of_revisions(
    scheme, revisions, form, queries, django_assert_num_queries
):
    level = scheme.rounds.get(position=1)
    for number in range(1, revisions):
        add_category(round=level, name=f"Added {number}", by=None)

    with django_assert_num_queries(queries):
        said = run("log", "--format", form)

    assert said.count(f"Added {revisions - 1}") == (1 if form == "text" else 2)


def test_a_revision_is_taken_back_after_a_dry_run(scheme, file):
    run("import", file)

    assert "Nothing was changed." in run("undo", "--revision", "2", "--dry-run")
    assert Category.objects.filter(name="Brand new", exists=True).exists()
    assert "Took back as revision 3" in run("undo", "--revision", "2", "--rationale", "Too early.")
    assert not Category.objects.filter(name="Brand new", exists=True).exists()
    assert "already taken this back" in refused("undo", "--revision", "2")


def test_an_earlier_revision_is_taken_away(scheme, file):
    run("import", file)

    then = json.loads(run("export", "--revision", "1"))

    assert then["scheme"]["revision"] == 1
    assert "Brand new" not in [row["name"] for row in then["categories"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "--scheme", "none"], "no scheme “none”"),
        (["export", "--format", "pdf"], "no format “pdf”"),
        (["export", "--revision", "9"], "no revision 9"),
        (["export", "--output", "/nowhere/at/all"], "cannot be written"),
        (["export", "file.json"], "the other acts take none"),
        (["export", "--by", "nobody@example.org"], "not a member"),
        (["import"], "Say which file"),
        (["import", "/nowhere"], "cannot be read"),
        (["log", "--format", "csv"], "no format “csv”"),
        (["undo"], "Say which revision"),
        (["undo", "--revision", "9"], "no revision 9"),
    ],
)
def test_a_mistake_is_a_sentence(scheme, arguments, said):
    assert said in refused(*arguments)


def test_only_an_admin_changes_a_scheme(scheme, file, study):
    reader = MemberFactory(study=study, roles=[RoleName.ANALYST])

    assert "role admin" in refused("import", file, "--by", reader.user.email)
    assert run("export", "--by", reader.user.email)


def test_a_name_that_is_taken_is_refused(scheme, file):
    assert "short name" in refused("import", file, "--create", "Cause")
