"""Home says what waits for whom, and nothing of studies one is not in."""

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.choices import IncidentState, RoleName
from incidents.models import Draft, Job
from taxonomy.choices import BatchState
from taxonomy.models import Sorter
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    StudyFactory,
    UserFactory,
)
from tests.taxonomy.factories import AssignmentFactory, SchemeFactory, SortFactory

pytestmark = pytest.mark.django_db
HOME = "/"


def page(client, user):
    client.force_login(user)
    return client.get(HOME)


def test_an_account_without_a_study_is_told_what_to_do(client):
    StudyFactory(name="Of others")

    response = page(client, UserFactory())

    assert "You are in no study yet" in response.text
    assert "Of others" not in response.text
    assert reverse("reports:study_create") not in response.text


def test_who_may_create_studies_gets_a_button(client):
    response = page(client, UserFactory(may_create_studies=True))

    assert reverse("reports:study_create") in response.text


def test_an_interviewer_sees_what_was_returned_and_what_is_not_sent(client):
    member = MemberFactory(roles=[RoleName.INTERVIEWER])
    interview = InterviewFactory(study=member.study, interviewer=member)
    for _ in range(3):
        IncidentFactory(interview=interview, state=IncidentState.RETURNED)
    IncidentFactory(study=member.study, state=IncidentState.RETURNED)  # another interviewer's
    for tab in ("one window", "another"):  # of the same incident
        Draft.objects.create(
            study=member.study,
            member=member,
            object_uid=interview.uid,
            tab=tab,
            sha256="",
            saved_at="1999-01-01T00:00:00Z",
        )

    card = page(client, member.user).context["cards"][0]

    assert (card.returned, card.unsent, card.own_told) == (3, 1, 3)
    assert (card.told, card.to_screen) == (None, 0)


def test_a_coder_is_told_only_of_what_can_still_be_coded(client):
    scheme = SchemeFactory()
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    for state in (IncidentState.ACCEPTED, IncidentState.RETURNED, IncidentState.WITHDRAWN):
        moment = IncidentFactory(study=scheme.study, state=state).moments.get()
        AssignmentFactory(scheme=scheme, moment=moment, coder=coder)

    assert page(client, coder.user).context["cards"][0].to_code == 1

    scheme.batches.update(state=BatchState.LOCKED)
    assert page(client, coder.user).context["cards"][0].to_code == 0


def test_an_admin_sees_what_waits_for_screening_and_what_failed(client):
    member = MemberFactory(roles=[RoleName.ADMIN])
    IncidentFactory(study=member.study, state=IncidentState.SUBMITTED)
    IncidentFactory(study=member.study)
    IncidentFactory(study=member.study, state=IncidentState.IMPORTING)
    IncidentFactory(state=IncidentState.SUBMITTED)
    Job.objects.create(study=member.study, kind="k", state="failed")

    card = page(client, member.user).context["cards"][0]

    assert (card.to_screen, card.failed_jobs, card.told, card.used) == (1, 1, 2, 1)


def test_an_analyst_is_not_told_what_waits_for_others(client):
    member = MemberFactory(roles=[RoleName.ANALYST])
    IncidentFactory(study=member.study, state=IncidentState.SUBMITTED)
    Job.objects.create(study=member.study, kind="k", state="failed")

    card = page(client, member.user).context["cards"][0]

    assert (card.to_screen, card.failed_jobs, card.told) == (0, 0, 1)


@pytest.mark.parametrize("role", [RoleName.CODER, RoleName.ANALYST, RoleName.ADMIN])
def test_whoever_sorts_is_led_to_their_desk_until_they_have_finished(client, role):
    member = MemberFactory(roles=[role])
    scheme = SchemeFactory(study=member.study)
    mine, both = (SortFactory(scheme=scheme, members=[member]) for _ in range(2))
    Sorter.objects.create(sort=both, member=MemberFactory(study=member.study))
    SortFactory(scheme=scheme, members=[MemberFactory(study=member.study)])
    SortFactory(scheme=scheme, members=[member], closed_at=timezone.now())

    response = page(client, member.user)

    assert response.context["cards"][0].sorts == [both, mine]
    for sort in (mine, both):
        desk = reverse("taxonomy:sort_desk", args=[member.study.slug, scheme.slug, sort.uid])
        assert response.text.count(f'href="{desk}"') == 1
        assert client.get(desk).status_code == 200

    Sorter.objects.filter(sort=mine, member=member).update(finished_at=timezone.now())
    assert page(client, member.user).context["cards"][0].sorts == [both]


def test_nobody_is_led_to_a_desk_that_is_closed_to_them(client):
    user = UserFactory()
    members = [MemberFactory(user=user, roles=[RoleName.CODER]) for _ in range(2)]
    sort = SortFactory(scheme=SchemeFactory(study=members[0].study), members=[members[0]])
    by_study = {card.study: card.sorts for card in page(client, user).context["cards"]}
    assert by_study == {members[0].study: [sort], members[1].study: []}

    members[0].roles.all().delete()

    assert [card.sorts for card in page(client, user).context["cards"]] == [[], []]


@pytest.mark.parametrize("number", [1, 30])
def test_home_takes_twelve_queries_for_any_number_of_studies(
    client, number, django_assert_num_queries
):
    user = UserFactory()
    for _ in range(number):
        member = MemberFactory(user=user, roles=list(RoleName))
        IncidentFactory(study=member.study)
        scheme = SchemeFactory(study=member.study)
        SortFactory(scheme=scheme, members=[member])
        SortFactory(scheme=scheme, members=[member])
    client.force_login(user)

    with django_assert_num_queries(12):
        response = client.get(HOME)

    assert response.text.count("<section") == number
