import uuid
from urllib.parse import quote

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from incidents.forms.fieldwork import BODY, body_of
from incidents.models import Draft, Incident, IncidentVersion
from incidents.texts import fingerprint
from taxonomy.models import Assignment, Batch, Scheme
from tests.factories import (
    IncidentFactory,
    MemberFactory,
)
from tests.incidents.views.posting import address, filled, post

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


def statements(asked):
    return [query["sql"] for query in asked.captured_queries]


# -- Keeping and sending ----------------------------------------------------------------------


def test_a_draft_answers_with_a_receipt_of_what_was_stored(client, interview, interviewer):
    uid = uuid.uuid4()

    response = client.post(
        address("incident_draft", interview, interview.uid, uid), filled(interview), headers=JSON
    )

    draft = Draft.objects.get()
    expected = fingerprint({**dict.fromkeys(BODY, ""), **body_of(filled(interview))})
    receipt = response.json()
    assert (receipt["uid"], receipt["sha256"]) == (str(uid), expected)
    assert (draft.sha256, draft.body["headline"]) == (expected, "The late letter")
    assert receipt["saved_at"][:19] == draft.saved_at.isoformat()[:19]


def test_submitting_writes_the_incident_and_puts_the_jot_before_the_situation(
    client, interview, interviewer
):
    uid = uuid.uuid4()

    response = post(client, "incident_submit", interview, uid, situation="At the bank.")

    incident = Incident.objects.get(uid=uid)
    assert response.status_code == 302
    assert incident.version.situation == "It came after three weeks.\n\nAt the bank."
    assert (incident.viewpoint, incident.moments.get().valence) == ("customer", "negative")
    assert Draft.objects.count() == 0


def test_a_submission_takes_eleven_statements_in_one_transaction_and_no_draft(
    client, interview, interviewer, django_assert_num_queries
):
    with django_assert_num_queries(11 + len(["SAVEPOINT", "RELEASE"])) as asked:
        post(client, "incident_submit", interview, uuid.uuid4())

    assert not any("INSERT INTO" in sql and "draft" in sql for sql in statements(asked))
    assert sum(sql.startswith("SAVEPOINT") for sql in statements(asked)) == 1


def test_what_its_window_kept_before_goes_with_a_submission(client, interview, interviewer):
    uid = uuid.uuid4()
    post(client, "incident_draft", interview, uid, tab="one", jot="It came")
    first = Draft.objects.get()
    post(client, "incident_draft", interview, uid, tab="two", continues=first.sha256)
    assert Draft.objects.count() == 1

    post(client, "incident_submit", interview, uid, tab="two", jot="It came late.")

    assert Incident.objects.get().version.situation == "It came late."
    assert Draft.objects.count() == 0


def test_another_windows_words_keep_an_incident_from_being_sent(client, interview, interviewer):
    uid = uuid.uuid4()
    post(client, "incident_draft", interview, uid, tab="two", jot="Other words.")

    post(client, "incident_submit", interview, uid, tab="one")

    assert Incident.objects.count() == 0
    assert {draft.tab for draft in Draft.objects.all()} == {"one", "two"}


def test_the_same_submission_again_changes_nothing(client, interview, interviewer):
    uid = uuid.uuid4()

    for _time in range(2):
        post(client, "incident_submit", interview, uid)

    assert IncidentVersion.objects.count() == 1
    assert Draft.objects.count() == 0


def test_other_words_under_the_same_uid_are_kept_as_a_version(client, interview, interviewer):
    uid = uuid.uuid4()

    post(client, "incident_submit", interview, uid)
    post(client, "incident_submit", interview, uid, jot="Other words.")

    words = IncidentVersion.objects.order_by("number").values_list("situation", flat=True)
    assert list(words) == ["It came after three weeks.", "Other words."]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"valence": ""}, "How it was experienced"),
        ({"told_as": ""}, "Told as"),
        ({"headline": "", "jot": "  "}, "Headline"),
        ({"headline": "x" * 201}, "Headline"),
        ({"happened_from": "1999-03-09", "happened_to": "1999-03-01"}, "To"),
        ({"happened_from": "soon"}, "From"),
        ({"valence": "splendid"}, "How it was experienced"),
    ],
)
def test_what_is_not_complete_stays_a_draft_and_its_fault_is_named(
    client, interview, interviewer, changes, named
):
    response = client.post(
        address("incident_submit", interview, interview.uid, uuid.uuid4()),
        filled(interview, **changes),
        follow=True,
    )

    said = [str(message) for message in response.context["messages"]]
    assert len(said) == 1
    assert said[0].startswith(f"Incident 1 stays a draft. {named}: ")
    assert Incident.objects.count() == 0
    assert Draft.objects.get().body == {
        **dict.fromkeys(BODY, ""),
        **body_of(filled(interview, **changes)),
    }


def test_what_another_window_throws_away_meanwhile_is_not_named(
    client, interview, interviewer, monkeypatch
):
    def emptied(*_):
        Draft.objects.all().delete()
        return []

    monkeypatch.setattr("incidents.views.interviews.entries_of", emptied)

    response = client.post(
        address("incident_submit", interview, interview.uid, uuid.uuid4()),
        filled(interview, told_as=""),
        follow=True,
    )

    assert response.status_code == 200
    assert list(response.context["messages"]) == []


def test_an_incomplete_draft_opens_with_what_is_missing(client, interview, interviewer):
    uid = uuid.uuid4()
    post(client, "incident_draft", interview, uid, told_as="")

    listed = client.get(address("interview_show", interview, interview.uid))
    record = address("incident_record", interview, interview.uid, uid)
    opened = client.get(record, {"check": "1"})

    assert f'href="{record}?check=1"' in listed.text
    assert "Told as: Still missing." in listed.text
    assert list(opened.context["form"].errors) == ["told_as"]
    assert 'value="The late letter"' in opened.text


def test_words_no_database_keeps_are_stored_without_them(client, interview, interviewer):
    post(client, "incident_submit", interview, uuid.uuid4(), jot="a\x00b\r\nc", note="\x00")

    assert IncidentVersion.objects.get().situation == "ab\nc"


def test_an_empty_form_leaves_no_draft(client, interview, interviewer):
    empty = {"headline": "", "jot": "", "told_as": "", "valence": ""}

    response = post(client, "incident_record", interview, uuid.uuid4(), **empty)

    assert response.status_code == 302
    assert Draft.objects.count() == 0


def test_a_form_opened_by_another_member_is_refused_and_kept_nowhere(
    client, interview, interviewer
):
    other = MemberFactory(study=interview.study)

    response = post(client, "incident_draft", interview, uuid.uuid4(), member=str(other.uid))

    assert response.status_code == 403
    assert Draft.objects.count() == 0


def test_two_windows_with_different_words_are_not_sent_but_named(client, interview, interviewer):
    uid = uuid.uuid4()
    post(client, "incident_draft", interview, uid, tab="one")
    post(client, "incident_draft", interview, uid, tab="two", jot="Other words.")

    response = client.post(address("interview_submit", interview, interview.uid), follow=True)

    assert "two windows hold different words" in response.text
    assert (Incident.objects.count(), Draft.objects.count()) == (0, 2)


def test_a_draft_that_is_not_there_is_not_thrown_away(client, interview, interviewer):
    uid = uuid.uuid4()
    post(client, "incident_draft", interview, uid)
    url = address("incident_discard", interview, interview.uid, uid)

    for name in ("0" * 64, "\x00"):
        assert client.post(f"{url}?draft={quote(name)}").status_code == 404
    assert Draft.objects.count() == 1
    assert client.post(f"{url}?draft={Draft.objects.get().sha256}").status_code == 302
    assert Draft.objects.count() == 0


# -- Who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["incident_record", "incident_draft", "incident_submit"])
def test_nobody_writes_into_another_interviewers_interview(client, interview, name):
    other = MemberFactory(study=interview.study, roles=[RoleName.INTERVIEWER])
    client.force_login(other.user)

    response = post(client, name, interview, uuid.uuid4(), member=str(other.uid))

    assert response.status_code == 404
    assert (Draft.objects.count(), Incident.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["incident_record", "incident_draft", "incident_submit"])
def test_a_uid_of_another_interview_is_not_found(client, interview, interviewer, name):
    theirs = IncidentFactory(study=interview.study)

    response = post(client, name, interview, theirs.uid)

    assert response.status_code == 404
    assert theirs.versions.count() == 1
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        (RoleName.ADMIN, {"organization", "interviewer", "history"}),
        (RoleName.ANALYST, {"code"}),
        (RoleName.CODER, set()),
    ],
)
def test_one_incident_shows_each_role_only_what_it_may_see(client, role, shown):
    incident = IncidentFactory()
    member = MemberFactory(study=incident.study, roles=[role])
    scheme = Scheme.objects.create(study=incident.study, slug="serve", name="SERVE")
    batch = Batch.objects.create(scheme=scheme, name="All")
    Assignment.objects.create(batch=batch, moment=incident.moments.get(), coder=member)
    client.force_login(member.user)

    page = client.get(reverse("incidents:incident_show", args=[incident.study.slug, incident.uid]))

    organization = incident.site.organization
    planted = {
        "organization": organization.name,
        "code": organization.code,
        "interviewer": incident.interview.interviewer.display_name,
        "history": "Versions",
    }
    assert page.status_code == 200
    assert incident.version.situation in page.text
    assert {name for name, token in planted.items() if token in page.text} == shown


def test_a_script_whose_session_ended_is_told_and_a_page_is_led_to_the_sign_in(client, interview):
    url = address("incident_draft", interview, interview.uid, uuid.uuid4())

    told = client.post(url, filled(interview), headers=JSON)
    by_htmx = client.post(url, filled(interview), headers={"hx-request": "true"})
    led = client.post(url, filled(interview))

    assert (told.status_code, by_htmx.status_code, led.status_code) == (401, 401, 302)
    assert told.json()["sign_in"] == "/accounts/login/"
    assert "signed-out" in by_htmx["HX-Trigger"]
    assert Draft.objects.count() == 0
