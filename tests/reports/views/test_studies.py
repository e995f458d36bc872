"""A study is started in one go; its overview shows each role what it may know."""

import pytest
from django.urls import reverse

from incidents.choices import IncidentState, RoleName, Verdict
from incidents.models import Region, Screening, Study
from reports.views import studies
from taxonomy.actions.editing import start_scheme
from taxonomy.models import Scheme
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = "/studies/new/"


@pytest.fixture
def creator(client):
    user = UserFactory(may_create_studies=True)
    client.force_login(user)
    return user


def overview(client, member):
    client.force_login(member.user)
    return client.get(reverse("reports:study_show", args=[member.study.slug]))


# -- A new study ------------------------------------------------------------------------------


def test_the_template_brings_its_scheme_in_one_revision(client, creator):
    response = client.post(NEW, {"name": "Hôtels 2026", "slug": "", "start": "serve"})

    study = Study.objects.get()
    assert response.url == reverse("incidents:study_setup", args=["hotels-2026"])
    scheme = study.schemes.get()
    assert (scheme.slug, scheme.revision, scheme.categories.count()) == ("serve", 1, 25)
    assert study.members.get().user == creator


def test_further_schemes_come_from_their_templates(client, creator):
    given = {"name": "Stays", "slug": "stays", "further": ["cause", "outcome"]}

    client.post(NEW, {**given, "start": "serve"})
    client.post(NEW, {**given, "slug": "other", "start": "blank"})

    found = Scheme.objects.order_by("pk").values_list("study__slug", "slug")
    assert list(found) == [
        *(("stays", slug) for slug in ("serve", "cause", "outcome")),
        *(("other", slug) for slug in ("cause", "outcome")),
    ]


def test_a_blank_study_has_no_scheme(client, creator):
    client.post(NEW, {"name": "Blank", "slug": "b", "start": "blank"})

    assert Study.objects.get().schemes.count() == 0


@pytest.mark.parametrize(
    "data",
    [
        {"name": "", "slug": "", "start": "blank"},
        {"name": "東京", "slug": "", "start": "blank"},
        {"name": "N\x00UL", "slug": "nul", "start": "blank"},
        {"name": "x" * 161, "slug": "x", "start": "blank"},
        {"name": "Taken", "slug": "taken", "start": "blank"},
        {"name": "Bad", "slug": "no spaces", "start": "blank"},
        {"name": "Bad", "slug": "bad", "start": "nothing known"},
        {"name": "Bad", "slug": "bad", "start": "blank", "further": ["serve"]},
        {},
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_comes_back(client, creator, data):
    Study.objects.create(slug="taken", name="First")

    response = client.post(NEW, data)

    assert response.status_code == 422
    assert "Not saved yet" in response.text
    assert Study.objects.count() == 1
    assert "\x00" in data.get("name", "") or data.get("name", "") in response.text


def test_an_account_that_may_not_create_studies_is_told_who_can_help(client):
    client.force_login(UserFactory())

    response = client.post(NEW, {"name": "N", "slug": "n", "start": "blank"})

    assert response.status_code == 403
    assert "superuser" in response.text
    assert not Study.objects.exists()


# -- The overview -----------------------------------------------------------------------------


def test_the_funnel_counts_told_screened_and_used(client):
    member = MemberFactory(roles=[RoleName.ADMIN])
    for state in IncidentState:
        IncidentFactory(study=member.study, state=state)

    funnel = overview(client, member).context["funnel"]

    assert (funnel.told, funnel.screened, funnel.used) == (5, 3, 1)
    assert (funnel.waiting, funnel.returned, funnel.excluded, funnel.withdrawn) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("role", "told", "shown"),
    [
        (RoleName.ADMIN, False, True),
        (RoleName.ADMIN, True, False),
        (RoleName.ANALYST, False, False),
    ],
)
def test_an_admin_is_told_where_to_begin_while_nothing_was_told(client, role, told, shown):
    member = MemberFactory(roles=[role])
    if told:
        IncidentFactory(study=member.study)

    assert ("Where to begin" in overview(client, member).text) == shown


def test_regions_without_incidents_are_listed_too(client):
    member = MemberFactory(roles=[RoleName.ADMIN])
    Region.objects.create(study=member.study, name="Empty", position=0)
    incident = IncidentFactory(study=member.study)

    lines = overview(client, member).context["by_region"]

    assert [(line.name, line.told) for line in lines] == [
        ("Empty", 0),
        (incident.site.region.name, 1),
    ]


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        (RoleName.ADMIN, {"funnel", "by_region", "by_interviewer"}),
        (RoleName.ANALYST, {"funnel", "by_region"}),
        (RoleName.CODER, {"work"}),
        (RoleName.INTERVIEWER, {"own_states"}),
    ],
)
def test_each_role_sees_its_part(client, role, shown):
    member = MemberFactory(roles=[role])
    parts = {"funnel", "by_region", "by_interviewer", "work", "own_states"}

    context = overview(client, member).context

    assert {part for part in parts if part in context} == shown


def test_the_overview_of_a_large_study_fetches_its_interviewers(client, monkeypatch):
    monkeypatch.setattr(studies, "MANY_INCIDENTS", 0)
    member = MemberFactory(roles=[RoleName.ADMIN])
    IncidentFactory.create_batch(2, interview=InterviewFactory(study=member.study))
    IncidentFactory(study=member.study, state=IncidentState.SUBMITTED)
    IncidentFactory(study=member.study, state=IncidentState.WITHDRAWN)
    IncidentFactory()  # of another study

    context = overview(client, member).context
    assert "by_interviewer" not in context
    part = client.get(context["interviewers_url"], headers={"HX-Request": "true"})

    lines = part.context["by_interviewer"]
    assert [(line.told, line.used) for line in lines] == [(2, 2), (1, 0)]
    assert part.text.count("<tr>") == 3
    assert "<html" not in part.text
    assert "<html" in client.get(context["interviewers_url"]).text


def test_regions_add_up_to_the_funnel_whatever_the_states(client):
    member = MemberFactory(roles=[RoleName.ANALYST])
    for state in IncidentState:
        incident = IncidentFactory(study=member.study, state=state)
        IncidentFactory(interview=incident.interview)
    IncidentFactory()  # of another study

    context = overview(client, member).context

    told = sum(line.told for line in context["by_region"])
    used = sum(line.used for line in context["by_region"])
    assert (told, used) == (context["funnel"].told, context["funnel"].used) == (12, 8)


def test_an_interviewer_reads_no_headline_of_others(client):
    member = MemberFactory(roles=[RoleName.INTERVIEWER])
    own = IncidentFactory(interview=InterviewFactory(study=member.study, interviewer=member))
    other = IncidentFactory(study=member.study, words={"headline": "A planted token"})

    response = overview(client, member)

    assert own.version.headline in response.text
    assert other.version.headline == "A planted token"
    assert "A planted token" not in response.text


def test_a_reconstruction_says_what_is_invented(client):
    member = MemberFactory(roles=[RoleName.ANALYST])
    Study.objects.update(reconstruction=True)

    assert "everything else is invented" in overview(client, member).text


def test_who_is_not_in_the_study_finds_nothing(client):
    member = MemberFactory(roles=[RoleName.ADMIN])
    client.force_login(UserFactory(is_superuser=True))

    response = client.get(reverse("reports:study_show", args=[member.study.slug]))

    assert response.status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_the_overview_takes_fourteen_queries_for_any_number_of_incidents(
    client, rows, django_assert_num_queries
):
    member = MemberFactory(roles=list(RoleName))
    scheme = start_scheme(study=member.study, slug="s", name="S", by=None)
    for _ in range(rows):
        incident = IncidentFactory(study=scheme.study)  # each its own site and interviewer
        Screening.objects.create(incident=incident, member=member, verdict=Verdict.ACCEPT)
    client.force_login(member.user)

    with django_assert_num_queries(14):
        response = client.get(reverse("reports:study_show", args=[member.study.slug]))

    assert len(response.context["by_interviewer"]) == rows
