"""Home says what waits for whom, and nothing of studies one is not in."""

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from incidents.actions.numbering import REBUILD_TALLIES, change_facts
from incidents.choices import IncidentState, JobState, RoleName
from incidents.jobs import run_now
from incidents.models import Draft, Job
from taxonomy.actions.adjudicating import adjudicate
from taxonomy.actions.coding import code_moment
from taxonomy.actions.drawing import make_plan
from taxonomy.actions.planning import lock_batch, open_batch
from taxonomy.actions.running import pause_batch
from taxonomy.choices import BatchState
from taxonomy.models import Category, Settlement, Sorter
from taxonomy.queries import counts
from taxonomy.queries.drawing import Asked
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    MomentFactory,
    StudyFactory,
    UserFactory,
)
from tests.taxonomy.factories import (
    AssignmentFactory,
    CategoryFactory,
    RoundFactory,
    SchemeFactory,
    SortFactory,
)

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
def test_home_takes_sixteen_queries_for_any_number_of_studies(
    client, number, django_assert_num_queries
):
    user = UserFactory()
    for place in range(number):
        member = MemberFactory(user=user, roles=list(RoleName))
        IncidentFactory(study=member.study)
        scheme = SchemeFactory(study=member.study)
        SortFactory(scheme=scheme, members=[member])
        SortFactory(scheme=scheme, members=[member])
        if place < 3:
            disputed_in(scheme)
    client.force_login(user)

    with django_assert_num_queries(16):
        response = client.get(HOME)

    assert response.text.count("<section") == number


# -- What is to be settled, and what is due --------------------------------------------------------


def disputed_in(scheme, number=1):
    """Moments about which two coders said different things, in a locked batch."""
    one, other = CategoryFactory.create_batch(2, round=RoundFactory(scheme=scheme))
    coders = [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in range(2)]
    moments = [MomentFactory(incident__study=scheme.study) for _ in range(number)]
    batch = open_batch(scheme=scheme, name="Both", moments=moments, coders=coders, by=None)
    for assignment in batch.assignments.select_related("batch__scheme__study", "coder"):
        code_moment(
            assignment=assignment,
            by=assignment.coder,
            uid=uuid.uuid4(),
            category=one if assignment.coder == coders[0] else other,
        )
    lock_batch(batch=batch, by=None)
    return batch, one, other


def test_an_admin_reads_how_many_disputes_wait_in_each_scheme(client):
    admin = MemberFactory(roles=[RoleName.ADMIN])
    first, second, quiet = SchemeFactory.create_batch(3, study=admin.study)
    disputed_in(first, 2)
    disputed_in(second)
    disputed_in(SchemeFactory())  # of another study

    response = page(client, admin.user)

    found = response.context["cards"][0].disputes
    assert [(one.scheme, one.number) for one in found] == [(first.slug, 2), (second.slug, 1)]
    assert reverse("taxonomy:dispute_list", args=[admin.study.slug, first.slug]) in response.text
    assert quiet.name not in response.text


def test_what_was_settled_by_a_merge_or_decided_is_no_dispute_that_waits(client):
    admin = MemberFactory(roles=[RoleName.ADMIN])
    scheme = SchemeFactory(study=admin.study)
    batch, one, _other = disputed_in(scheme, 2)
    merged_scheme = SchemeFactory(study=admin.study)
    _batch, into, away = disputed_in(merged_scheme)
    adjudicate(
        moment=batch.assignments.first().moment, scheme=scheme, by=admin, category=one, reason="So."
    )
    Category.objects.filter(pk=away.pk).update(merged_into=into)

    found = page(client, admin.user).context["cards"][0].disputes

    assert [(line.scheme, line.number) for line in found] == [(scheme.slug, 1)]


def count_now(study):
    for job in Job.objects.filter(study=study, state=JobState.WAITING, kind=REBUILD_TALLIES):
        run_now(job)


def test_disputes_of_a_large_study_are_read_from_sums_as_long_as_these_are_of_today(
    client, monkeypatch
):
    monkeypatch.setattr(counts, "FEW", 0)
    admin = MemberFactory(roles=[RoleName.ADMIN])
    scheme = SchemeFactory(study=admin.study)
    batch, _one, _other = disputed_in(scheme, 2)
    away = batch.assignments.first().moment
    count_now(admin.study)
    Settlement.objects.filter(moment=away).delete()  # which only the facts know

    def waiting():
        return [line.number for line in page(client, admin.user).context["cards"][0].disputes]

    assert waiting() == [2]
    with transaction.atomic():
        change_facts(admin.study)
    assert waiting() == [1]
    count_now(admin.study)
    Settlement.objects.filter(scheme=scheme).delete()
    assert waiting() == [1]


def test_an_admin_who_codes_blind_reads_of_no_dispute_there(client):
    admin = MemberFactory(roles=[RoleName.ADMIN, RoleName.CODER])
    scheme = SchemeFactory(study=admin.study)
    disputed_in(scheme)
    other = MemberFactory(study=admin.study, roles=[RoleName.CODER])
    moment = MomentFactory(incident__study=admin.study)
    assert page(client, admin.user).context["cards"][0].disputes

    open_batch(scheme=scheme, name="Next", moments=[moment], coders=[admin, other], by=None)

    assert page(client, admin.user).context["cards"][0].disputes == []


def test_only_admins_read_of_disputes(client):
    analyst = MemberFactory(roles=[RoleName.ANALYST])
    disputed_in(SchemeFactory(study=analyst.study))

    assert page(client, analyst.user).context["cards"][0].disputes == []


def test_a_coder_reads_what_waits_in_each_portion_and_until_when(client):
    scheme = SchemeFactory()
    coders = [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in range(2)]
    for _ in range(8):
        MomentFactory(incident__study=scheme.study)
    asked = Asked(
        name="Spring", coders=coders, each=2, number=4, portions=2, first_due=dt.date(2030, 5, 6)
    )
    plan = make_plan(scheme=scheme, asked=asked, by=None)

    response = page(client, coders[0].user)

    found = response.context["cards"][0].planned
    assert [one.name for one in found] == ["Spring · 1", "Spring · 2"]  # what several code within
    assert sum(one.number for one in found) == response.context["cards"][0].to_code == 6
    assert "due by May 6, 2030" in " ".join(response.text.split())
    listed = client.get(reverse("taxonomy:coding_list", args=[scheme.study.slug]))
    assert "due by May 13, 2030" in " ".join(listed.text.split())

    for batch in plan.batches.all():
        pause_batch(batch=batch, by=None)

    assert page(client, coders[0].user).context["cards"][0].planned == []
