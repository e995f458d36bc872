import re
import uuid

import pytest

from incidents.actions.screening import change_told_as
from incidents.choices import RoleName
from incidents.models import Draft, Incident, IncidentVersion
from tests.factories import (
    MemberFactory,
)
from tests.incidents.views.posting import address, post

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


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
