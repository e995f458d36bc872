import re
import uuid
from urllib.parse import quote

import pytest
from django.urls import reverse

from incidents.actions.screening import change_told_as
from incidents.choices import IncidentState, RoleName
from incidents.forms.fieldwork import BODY, body_of
from incidents.models import Answer, Draft, Incident, IncidentVersion, Interview, Screening
from incidents.texts import fingerprint
from taxonomy.models import Assignment, Batch, Scheme
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    SiteFactory,
    StudyFactory,
)

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


@pytest.fixture
def interview():
    return InterviewFactory()


@pytest.fixture
def interviewer(client, interview):
    client.force_login(interview.interviewer.user)
    return interview.interviewer


def address(name, interview, *uids):
    return reverse(f"incidents:{name}", args=[interview.study.slug, *uids])


def filled(interview, **changes):
    """Return a complete form as the browser posts it."""
    return {
        "tab": "tab",
        "member": str(interview.interviewer.uid),
        "position": "1",
        "based_on": "",
        "continues": "",
        "headline": "The late letter",
        "jot": "It came after three weeks.",
        "told_as": "customer",
        "valence": "negative",
        "language": "en",
        **changes,
    }


def post(client, name, interview, uid, **changes):
    return client.post(address(name, interview, interview.uid, uid), filled(interview, **changes))


def texts_on(response):
    return [str(message) for message in response.wsgi_request._messages]


# -- Opening an interview ---------------------------------------------------------------------


@pytest.fixture
def header(client):
    site = SiteFactory(study=StudyFactory(slug="opened"))
    member = MemberFactory(study=site.organization.study, roles=[RoleName.INTERVIEWER])
    client.force_login(member.user)
    return {
        "uid": str(uuid.uuid4()),
        "respondent": "R-1",
        "site": str(site.uid),
        "relation": "employee",
        "held_on": "1999-03-15",
        "mode": "telephone",
        "language": "en",
        "consent": "quotes",
    }


def new_interview():
    return reverse("incidents:interview_open", args=["opened"])


def test_the_header_is_posted_once_and_leads_to_the_first_incident(client, header):
    response = client.post(new_interview(), header)

    interview = Interview.objects.get()
    assert str(interview.uid) == header["uid"]
    assert response.status_code == 302
    assert f"/interviews/{interview.uid}/incidents/" in response["Location"]


def test_the_same_header_posted_twice_is_one_interview(client, header):
    client.post(new_interview(), header)
    client.post(new_interview(), {**header, "mode": "video"})

    assert Interview.objects.get().mode == "telephone"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"site": ""}, "site"),
        ({"site": str(uuid.uuid4())}, "site"),
        ({"respondent": "R\x001"}, "respondent"),
        ({"held_on": "last week"}, "held_on"),
        ({"consent": "by_source"}, "consent"),
        ({"uid": "no uid"}, "uid"),
        ({"region": "x"}, "region"),
        ({"country": "ZZ"}, "country"),
    ],
)
def test_a_faulty_header_comes_back_with_its_fault_and_opens_nothing(
    client, header, changes, field
):
    response = client.post(new_interview(), {**header, **changes})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert Interview.objects.count() == 0


def test_where_no_site_was_chosen_the_fields_of_another_one_stand_open(client, header):
    fresh = client.get(new_interview()).text
    faulty = client.post(new_interview(), {**header, "site": ""}).text

    assert re.search(r'<details class="mb-4" *>', fresh)
    assert re.search(r'<details class="mb-4" open>', faulty)


def test_sites_of_another_study_are_not_offered(client, header):
    theirs = SiteFactory()
    response = client.post(new_interview(), {**header, "site": str(theirs.uid)})

    assert response.status_code == 422
    assert theirs.organization.name not in response.text


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


# -- Words that met other words ---------------------------------------------------------------


@pytest.fixture
def conflict(client, interview, interviewer):
    """Submit version 1, let an admin write version 2, and write a draft on version 1."""
    uid = uuid.uuid4()
    post(client, "incident_submit", interview, uid)
    admin = MemberFactory(study=interview.study, roles=[RoleName.ADMIN])
    client.force_login(admin.user)
    theirs = {"based_on": "1", "member": str(admin.uid), "jot": "", "situation": "Theirs."}
    post(client, "incident_submit", interview, uid, **theirs)
    client.force_login(interviewer.user)
    return uid


def mine(client, interview, uid):
    changes = {"based_on": "1", "jot": "", "situation": "Mine."}
    return post(client, "incident_submit", interview, uid, **changes)


def resolve(client, interview, uid, way):
    return client.post(address("incident_conflict", interview, interview.uid, uid), {"way": way})


def situations():
    return list(IncidentVersion.objects.order_by("number").values_list("situation", flat=True))


FIRST = "It came after three weeks."


def test_a_stale_submission_answers_409_with_both_texts(client, interview, conflict):
    response = mine(client, interview, conflict)

    assert response.status_code == 409
    assert ("Mine." in response.text, "Theirs." in response.text) == (True, True)
    assert situations() == [FIRST, "Theirs."]
    assert Draft.objects.get().body["situation"] == "Mine."


@pytest.mark.parametrize(
    ("way", "left"),
    [
        ("mine", ([FIRST, "Theirs.", "Mine."], [])),
        ("theirs", ([FIRST, "Theirs."], [])),
        ("both", ([FIRST, "Theirs."], ["Theirs.\n\nMine."])),
        ("neither", ([FIRST, "Theirs."], ["Mine."])),
    ],
)
def test_every_way_out_of_a_conflict_does_what_it_says(client, interview, conflict, way, left):
    mine(client, interview, conflict)

    resolve(client, interview, conflict, way)

    drafts = [draft.body["situation"] for draft in Draft.objects.all()]
    assert (situations(), drafts) == left


def test_words_put_below_theirs_can_then_be_submitted(client, interview, conflict):
    mine(client, interview, conflict)
    resolve(client, interview, conflict, "both")

    client.post(address("interview_submit", interview, interview.uid))

    assert situations() == [FIRST, "Theirs.", "Theirs.\n\nMine."]


def test_a_form_from_before_a_screeners_correction_shows_both_sides(client, interview, interviewer):
    uid = uuid.uuid4()
    post(client, "incident_submit", interview, uid)
    page = client.get(address("incident_record", interview, interview.uid, uid)).text
    as_seen = {"based_on": "1", "seen": re.search(r'name="seen" value="(\w+)"', page)[1]}
    admin = MemberFactory(study=interview.study, roles=[RoleName.ADMIN], display_name="Ada")
    incident = Incident.objects.get()
    change_told_as(incident=incident, told_as="own", by=admin, row_version=incident.row_version)

    response = post(client, "incident_submit", interview, uid, jot="", situation=FIRST, **as_seen)

    assert response.status_code == 409
    sides = ("While you were writing, Ada changed", "Received as a customer", "Own service")
    assert [words for words in sides if words not in response.text] == []
    incident.refresh_from_db()
    assert (incident.told_as, incident.versions.count()) == ("own", 1)
    resolve(client, interview, uid, "mine")
    incident.refresh_from_db()
    assert (incident.told_as, incident.versions.count()) == ("customer", 2)


# -- One's own incidents ----------------------------------------------------------------------


def test_a_returned_incident_stands_on_top_with_its_question(client, interview, interviewer):
    incident = IncidentFactory(interview=interview, state=IncidentState.RETURNED)
    IncidentFactory(interview=interview, state=IncidentState.ACCEPTED)
    IncidentFactory(study=interview.study, words={"headline": "Somebody else's"})
    screener = MemberFactory(study=interview.study)
    Screening.objects.create(
        incident=incident, member=screener, verdict="return", words="Where was it?"
    )

    response = client.get(address("incident_mine", interview))

    assert [row.uid for row in response.context["asked"]] == [incident.uid]
    assert "Where was it?" in response.text
    assert "Somebody else" not in response.text


def test_an_answer_is_wanted_before_a_returned_incident_goes_back(client, interview, interviewer):
    incident = IncidentFactory(interview=interview, state=IncidentState.RETURNED)
    screener = MemberFactory(study=interview.study)
    Screening.objects.create(incident=incident, member=screener, verdict="return", words="Where?")

    page = client.get(address("incident_record", interview, interview.uid, incident.uid)).text
    assert page.index("Where?") < page.index('name="answer"') < page.index('name="headline"')
    as_seen = {"based_on": "1", "seen": re.search(r'name="seen" value="(\w+)"', page)[1]}
    post(client, "incident_submit", interview, incident.uid, **as_seen)
    assert (incident.versions.count(), Answer.objects.count()) == (1, 0)
    said = {"answer": "At the bank.", "answered_from": "respondent", "answered_on": "1999-03-20"}
    post(client, "incident_submit", interview, incident.uid, **as_seen, **said)

    incident.refresh_from_db()
    answer = Answer.objects.get()
    assert (incident.state, answer.words, answer.source) == (
        "submitted",
        "At the bank.",
        "respondent",
    )
    assert (str(answer.answered_on), answer.author) == ("1999-03-20", interviewer)
    shown = client.get(address("incident_show", interview, incident.uid)).text
    assert shown.index("Where?") < shown.index("At the bank.") < shown.index("March 20, 1999")


def test_an_accepted_incident_is_shown_and_not_opened(client, interview, interviewer):
    incident = IncidentFactory(interview=interview, state=IncidentState.ACCEPTED)

    response = client.get(address("incident_record", interview, interview.uid, incident.uid))

    assert response.status_code == 302
    assert response["Location"] == address("incident_show", interview, incident.uid)


def test_words_written_while_the_incident_was_accepted_are_kept(client, interview, interviewer):
    incident = IncidentFactory(interview=interview, state=IncidentState.ACCEPTED)

    response = client.post(
        address("incident_submit", interview, interview.uid, incident.uid),
        filled(interview, based_on="1"),
        follow=True,
    )

    assert "can no longer be changed" in response.text
    assert incident.versions.count() == 1
    assert Draft.objects.get().body["headline"] == "The late letter"


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


# -- As many queries for many as for one ------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_of_interviews_takes_five_queries(client, rows, django_assert_num_queries):
    admin = MemberFactory(roles=[RoleName.ADMIN])
    for _row in range(rows):
        IncidentFactory(study=admin.study)
    InterviewFactory()
    client.force_login(admin.user)

    with django_assert_num_queries(5):
        response = client.get(address("interview_list", admin))

    assert response.text.count("<tr>") == rows + 1


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_of_ones_own_incidents_takes_six_queries(
    client, interview, interviewer, rows, django_assert_num_queries
):
    for _row in range(rows):
        IncidentFactory(interview=InterviewFactory(study=interview.study, interviewer=interviewer))
    IncidentFactory(study=interview.study)

    with django_assert_num_queries(6):
        response = client.get(address("incident_mine", interview))

    assert response.text.count('class="row-link"') == rows


@pytest.mark.parametrize("rows", [1, 30])
def test_the_page_of_an_interview_takes_seven_queries(
    client, interview, interviewer, rows, django_assert_num_queries
):
    for position in range(rows):
        IncidentFactory(interview=interview, position=position, state="submitted")

    with django_assert_num_queries(7):
        response = client.get(address("interview_show", interview, interview.uid))

    assert response.text.count('class="row-link"') == rows


def test_an_empty_list_says_what_to_do(client, interview):
    nobody = MemberFactory(study=interview.study, roles=[RoleName.INTERVIEWER])
    client.force_login(nobody.user)

    assert "No interviews yet" in client.get(address("interview_list", interview)).text
    assert "Nothing submitted yet" in client.get(address("incident_mine", interview)).text


def test_a_draft_that_is_not_there_is_not_thrown_away(client, interview, interviewer):
    uid = uuid.uuid4()
    post(client, "incident_draft", interview, uid)
    url = address("incident_discard", interview, interview.uid, uid)

    for name in ("0" * 64, "\x00"):
        assert client.post(f"{url}?draft={quote(name)}").status_code == 404
    assert Draft.objects.count() == 1
    assert client.post(f"{url}?draft={Draft.objects.get().sha256}").status_code == 302
    assert Draft.objects.count() == 0
