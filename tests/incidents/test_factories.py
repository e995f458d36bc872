import pytest

from incidents.choices import IncidentState, RoleName
from incidents.models import Incident, Study
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


def test_everything_under_an_incident_is_of_its_study():
    incident = IncidentFactory(study=StudyFactory())

    interview = incident.interview
    owners = [interview, interview.respondent, interview.interviewer, incident.site.organization]
    assert [row.study for row in owners] == [incident.study] * 4
    assert Study.objects.count() == 1


def test_an_incident_of_a_given_interview_joins_its_study():
    interview = InterviewFactory()

    incident = IncidentFactory(interview=interview, moments=2, state=IncidentState.SUBMITTED)

    assert incident.study == interview.study
    assert Study.objects.count() == 1
    assert [moment.label for moment in incident.moments.all()] == ["Part 1", "Part 2"]
    assert [moment.entered_seq for moment in incident.moments.all()] == [None, None]


def test_a_moment_of_an_accepted_incident_has_entered_under_the_studys_number():
    moment = IncidentFactory().moments.get()

    assert moment.entered_seq == 1
    assert Study.objects.get().data_seq == 1


def test_a_member_has_the_roles_given():
    member = MemberFactory(roles=[RoleName.CODER, RoleName.ADMIN])

    assert member.role_names == {"coder", "admin"}
    assert Incident.objects.visible_to(member).count() == 0
