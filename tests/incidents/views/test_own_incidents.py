import re

import pytest

from incidents.choices import IncidentState
from incidents.models import Answer, Draft, Screening
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
)
from tests.incidents.views.posting import address, filled, post

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


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


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_of_ones_own_incidents_takes_five_queries(
    client, interview, interviewer, rows, django_assert_num_queries
):
    for _row in range(rows):
        IncidentFactory(interview=InterviewFactory(study=interview.study, interviewer=interviewer))
    IncidentFactory(study=interview.study)

    with django_assert_num_queries(5):
        response = client.get(address("incident_mine", interview))

    assert response.text.count('class="row-link"') == rows
