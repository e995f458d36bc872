import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.choices import RoleName
from incidents.models import Change, Incident, Interview, NoneRecalled, Respondent, Site
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    RespondentFactory,
    SiteFactory,
    StudyFactory,
)
from tests.incidents.views.posting import address, post

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


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


# -- Lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_of_interviews_takes_eight_queries(client, rows, django_assert_num_queries):
    admin = MemberFactory(roles=[RoleName.ADMIN])
    for _row in range(rows):
        IncidentFactory(study=admin.study)
    InterviewFactory()
    client.force_login(admin.user)

    with django_assert_num_queries(8):
        response = client.get(address("interview_list", admin))

    assert response.text.count("<tr>") == rows + 1


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


# -- A respondent who is known ----------------------------------------------------------------


@pytest.fixture
def known(header):
    site = Site.objects.get(uid=header["site"])
    return RespondentFactory(site=site, code=header["respondent"], relation="employee")


def test_what_is_typed_of_a_known_respondent_is_filled_in(client, header, known):
    client.post(new_interview(), {**header, "job_role": "Clerk", "contact": "By telephone"})

    known.refresh_from_db()
    assert (known.job_role, known.contact, known.row_version) == ("Clerk", "By telephone", 1)
    change = Change.objects.get(verb="change_respondent")
    assert change.details == {"fields": ["contact", "job_role"]}


def test_where_something_else_is_known_the_form_asks_and_names_no_words(client, header, known):
    Respondent.objects.update(job_role="Pilot")
    typed = {**header, "job_role": "Clerk"}

    response = client.post(new_interview(), typed)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["job_role"]
    assert ("Pilot" in response.text, 'name="replace"' in response.text) == (False, True)
    assert Interview.objects.count() == 0
    client.post(new_interview(), {**typed, "replace": "on"})
    known.refresh_from_db()
    assert (Interview.objects.count(), known.job_role) == (1, "Clerk")


def test_what_was_left_out_stays_as_it_is_known(client, header, known):
    Respondent.objects.update(job_role="Pilot")

    client.post(new_interview(), {**header, "relation": "not_stated"})

    known.refresh_from_db()
    assert (known.relation, known.job_role, known.row_version) == ("employee", "Pilot", 0)


# -- As in the interview before ---------------------------------------------------------------


def test_the_next_interview_copies_what_it_shares_and_never_the_person_or_consent(
    client, interview, interviewer
):
    Interview.objects.update(mode="video", language="fr", consent="attributed")
    Respondent.objects.update(relation="customer", job_role="Pilot", contact="At the desk")

    page = client.get(address("interview_open", interview))
    copied = client.get(address("interview_open", interview), {"like": str(interview.uid)})

    form = copied.context["form"]
    site = interview.respondent.site
    assert f"?like={interview.uid}" in page.text
    values = {name: form[name].value() for name in ("relation", "contact", "mode", "language")}
    assert values == {
        "relation": "customer",
        "contact": "At the desk",
        "mode": "video",
        "language": "fr",
    }
    assert form["site"].value() == site.uid
    assert f'value="{site.uid}" selected' in copied.text
    left = [form[name].value() for name in ("respondent", "job_role", "consent")]
    assert left == [None, None, None]


def test_the_header_of_somebody_elses_interview_is_not_copied(client, interview, interviewer):
    theirs = InterviewFactory(study=interview.study)

    response = client.get(address("interview_open", interview), {"like": str(theirs.uid)})

    assert response.status_code == 404


# -- Consent ----------------------------------------------------------------------------------


def agree(client, interview, **said):
    version = Interview.objects.get(pk=interview.pk).row_version
    url = address("interview_consent", interview, interview.uid)
    return client.post(url, {"row_version": str(version), **said})


def test_consent_is_noted_by_one_tap_and_logged(client, interview, interviewer):
    agree(client, interview, consent="attributed")
    agree(client, interview, may_call_back="yes")

    interview.refresh_from_db()
    assert (interview.consent, interview.may_call_back) == ("attributed", True)
    changes = Change.objects.filter(verb="change_consent").order_by("pk")
    assert [change.details for change in changes] == [
        {"consent": ["quotes", "attributed"]},
        {"may_call_back": [False, True]},
    ]


@pytest.mark.parametrize(
    "said", [{"consent": "by_source"}, {"consent": "all"}, {}, {"may_call_back": "perhaps"}]
)
def test_what_cannot_be_agreed_to_changes_nothing(client, interview, interviewer, said):
    agree(client, interview, **said)

    interview.refresh_from_db()
    assert (interview.consent, interview.may_call_back, interview.row_version) == (
        "quotes",
        False,
        0,
    )


def test_consent_noted_on_an_older_page_is_told_so(client, interview, interviewer):
    agree(client, interview, consent="attributed")

    agree(client, interview, consent="notes", row_version="0")

    interview.refresh_from_db()
    assert interview.consent == "attributed"


# -- Asked, none recalled ---------------------------------------------------------------------


def in_vain(client, interview, name="none_recalled_record", **kind):
    return client.post(address(name, interview, interview.uid), kind)


def test_a_kind_that_nobody_recalled_is_recorded_counted_and_taken_back(
    client, interview, interviewer
):
    for _time in range(2):
        in_vain(client, interview, asked_for="poor", told_as="own")
    in_vain(client, interview, asked_for="poor")

    kinds = list(NoneRecalled.objects.values_list("asked_for", "told_as"))
    assert kinds == [("poor", "own"), ("poor", "not_stated")]
    listed = client.get(address("interview_list", interview)).context["none_recalled"]
    assert [(str(row["asked_for"]), str(row["told_as"]), row["count"]) for row in listed] == [
        ("Poor service", "Not stated", 1),
        ("Poor service", "Own service", 1),
    ]
    in_vain(client, interview, "none_recalled_take_back", asked_for="poor", told_as="own")
    assert NoneRecalled.objects.get().told_as == "not_stated"
    verbs = Change.objects.filter(verb__contains="none_recalled").order_by("pk")
    assert [change.verb for change in verbs] == [
        "record_none_recalled",
        "record_none_recalled",
        "take_back_none_recalled",
    ]


@pytest.mark.parametrize("kind", [{}, {"asked_for": "not_stated"}, {"asked_for": "x"}])
def test_no_kind_is_no_record(client, interview, interviewer, kind):
    in_vain(client, interview, **kind)

    assert NoneRecalled.objects.count() == 0


# -- What was recorded and what was received --------------------------------------------------


def received(client, interview, *uids):
    url = address("incident_received", interview)
    return client.post(url, {"uids": " ".join(str(uid) for uid in uids)})


def test_a_browser_hears_which_of_its_incidents_the_server_has(client, interview, interviewer):
    told = IncidentFactory(interview=interview, state="submitted")
    unsent, discarded, unknown = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    for uid in (unsent, discarded):
        post(client, "incident_draft", interview, uid)
    client.post(address("incident_discard", interview, interview.uid, discarded))
    theirs = IncidentFactory(study=interview.study)

    answer = received(client, interview, told.uid, unsent, discarded, unknown, theirs.uid).json()

    assert answer == {
        "received": {
            str(told.uid): "submitted",
            str(unsent): "unsent",
            str(discarded): "discarded",
        }
    }


def test_what_is_no_list_of_incidents_is_refused(client, interview, interviewer):
    assert received(client, interview, "no uid").status_code == 422


def test_the_day_counts_what_the_server_received_since_midnight(client, interview, interviewer):
    for state in ("submitted", "accepted"):
        IncidentFactory(interview=interview, state=state)
    yesterday = IncidentFactory(interview=interview)
    Incident.objects.filter(pk=yesterday.pk).update(
        created_at=timezone.now() - dt.timedelta(days=1, hours=1)
    )
    post(client, "incident_draft", interview, uuid.uuid4(), tab="one")
    IncidentFactory(study=interview.study)

    page = client.get(address("interview_list", interview))

    day = page.context["today"]
    assert (day.submitted, day.unsent, day.received) == (2, 1, 3)
    assert "The server received 3 incidents of yours today:" in page.text


# -- Parked -----------------------------------------------------------------------------------


def test_what_is_parked_is_listed_first_and_not_sent_until_it_is_taken_up(
    client, interview, interviewer
):
    parked, other = uuid.uuid4(), uuid.uuid4()
    post(client, "incident_record", interview, parked, parked="1", headline="The parked one")
    post(client, "incident_record", interview, other, position="2", headline="The other one")

    page = client.get(address("interview_list", interview)).text
    sent = client.post(address("interview_submit", interview, interview.uid), follow=True)

    assert page.index("The parked one") < page.index("The other one")
    assert "Incident 1 is parked and was not sent" in sent.text
    assert [incident.uid for incident in Incident.objects.all()] == [other]
    post(client, "incident_submit", interview, parked, headline="The parked one")
    assert Incident.objects.filter(uid=parked).exists()
