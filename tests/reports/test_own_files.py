"""Interviewers take along what they were told, and nothing else."""

import csv

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from incidents import jobs
from incidents.actions.files import path_of
from incidents.actions.refusals import RefusedError
from incidents.actions.screening import withdraw
from incidents.choices import Consent, JobState, RoleName
from incidents.models import Change, Incident, Interview
from reports.actions.moment_files import ask_export
from reports.models import Export
from reports.queries.exports import has_withdrawn
from tests.factories import MemberFactory
from tests.reports.exported import made
from tests.reports.told import SECRET, blind, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.FILES_DIR = tmp_path


@pytest.fixture
def own(world):
    """Let the interviewer be told something in each state, and another one something, too."""
    for state in ("accepted", "submitted", "returned", "excluded", "withdrawn", "held_out"):
        told = tell(world, state, own=True, category=world.warm)
        Incident.objects.filter(pk=told.pk).update(state=state)
    tell(world, "of another", category=world.warm)
    Interview.objects.update(consent=Consent.QUOTES)
    return world


def rows_of(export):
    with path_of(export.file).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def address(name, world, *args):
    return reverse(f"reports:export_{name}", args=[world.study.slug, *args])


def test_the_file_has_what_was_told_to_them_with_words_and_no_categories(own):
    export = made(own.interviewer, form="csv", own=True)

    rows = rows_of(export)
    assert [(row["headline"], row["state"]) for row in rows] == [
        (state, state) for state in ("accepted", "submitted", "returned", "excluded")
    ]
    assert {row["organization_name"] for row in rows} == {SECRET}
    assert {row["interviewer"] for row in rows} == {own.interviewer.display_name}
    assert not [name for name in rows[0] if name.startswith(own.scheme.slug)]
    assert "organization" not in rows[0]
    assert export.rows == 4
    assert "of another" not in path_of(export.file).read_text(encoding="utf-8-sig")


def test_words_of_who_agreed_to_notes_only_are_kept_back(own):
    Interview.objects.update(consent=Consent.NOTES)

    row, *_rest = rows_of(made(own.interviewer, form="csv", own=True))

    assert (row["words"], row["headline"]) == ("kept_back", "")


def test_a_workbook_says_whose_it_is(own):
    export = made(own.interviewer, form="xlsx", own=True)

    book = CalamineWorkbook.from_path(str(path_of(export.file)))
    notes = dict(row[:2] for row in book.get_sheet_by_index(2).to_python())
    assert notes["Which"].startswith("What was told to whoever asked for the file")
    assert notes["Names"].startswith("With names.")
    assert "Reason" not in notes


def test_an_interviewer_asks_on_a_page_and_takes_the_file(client, own):
    client.force_login(own.interviewer.user)

    page = client.get(address("ask", own))
    assert "Moments told to you" in page.text
    assert [value for value, _label in page.context["form"].fields["form"].choices] == [
        "csv",
        "xlsx",
    ]
    asked = client.post(address("ask", own), {"form": "csv", "content": "full"})
    export = Export.objects.get()
    assert (export.own, export.full) == (True, False)
    assert asked.url == address("show", own, export.uid)

    assert jobs.run_now(export.job).state == JobState.DONE
    assert "What one interviewer was told, as CSV" in client.get(asked.url).text
    taken = b"".join(client.get(address("file", own, export.uid)).streaming_content)
    assert b"returned" in taken
    assert Change.objects.get(verb="ask_export").details["own"] is True
    assert "CSV, told to one interviewer" in client.get(address("list", own)).text


def test_files_of_analysts_are_not_theirs_nor_theirs_of_analysts(client, own):
    analysts = made(own.analyst, form="csv")
    theirs = made(own.interviewer, form="csv", own=True)

    for member, export in ((own.interviewer, analysts), (own.analyst, theirs)):
        client.force_login(member.user)
        assert client.get(address("file", own, export.uid)).status_code == 404
        assert str(export.uid) not in client.get(address("list", own)).text


def test_only_what_was_withdrawn_of_their_own_takes_their_file_away(own):
    export = made(own.interviewer, form="csv", own=True)
    of_all = made(own.analyst, form="csv")

    def withdraw_one(headline):
        incident = Incident.objects.get(version__headline=headline)
        withdraw(incident=incident, reason="asked for", by=own.admin, row_version=0)
        return [has_withdrawn(one) for one in (export, of_all)]

    assert withdraw_one("of another") == [False, True]
    assert withdraw_one("accepted") == [True, True]


def test_who_is_an_interviewer_no_more_has_none_of_them(client, own):
    export = made(own.interviewer, form="csv", own=True)
    waiting = ask_export(form="csv", full=False, own=True, by=own.interviewer)
    own.interviewer.roles.all().delete()
    own.interviewer.roles.create(name=RoleName.ANALYST)
    client.force_login(own.interviewer.user)

    assert client.get(address("show", own, export.uid)).status_code == 404
    assert jobs.run_now(waiting.job).state == JobState.FAILED


@pytest.mark.parametrize(
    ("who", "asked"),
    [
        ("interviewer", {"full": False}),
        ("interviewer", {"full": True, "reason": "why"}),
        ("interviewer", {"full": False, "own": True, "form": "json"}),
        ("analyst", {"full": False, "own": True}),
        ("coder", {"full": False, "own": True}),
    ],
)
def test_nobody_gets_more_than_their_roles_open(world, who, asked):
    with pytest.raises(RefusedError):
        ask_export(**{"form": "csv", **asked}, by=getattr(world, who))

    assert not Export.objects.exists()


def test_who_is_interviewer_and_analyst_chooses(client, own):
    both = MemberFactory(study=own.study, roles=[RoleName.INTERVIEWER, RoleName.ANALYST])
    client.force_login(both.user)

    sent = {"form": "sav", "content": "own"}
    refused = client.post(address("ask", own), sent)
    assert refused.status_code == 422
    assert "leave as CSV or Excel" in refused.text
    client.post(address("ask", own), {"form": "sav", "content": "de_identified"})
    client.post(address("ask", own), {"form": "xlsx", "content": "own"})

    assert [one.own for one in Export.objects.order_by("pk")] == [False, True]


def test_being_blind_hides_nothing_of_ones_own(client, own):
    own.interviewer.roles.create(name=RoleName.CODER)
    blind(own, own.interviewer)
    export = made(own.interviewer, form="csv", own=True)
    client.force_login(own.interviewer.user)

    assert client.get(address("file", own, export.uid)).status_code == 200
