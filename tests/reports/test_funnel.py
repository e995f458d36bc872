"""Every number of the funnel leads to as many incidents or moments, and the numbers add up."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import screening
from incidents.choices import IncidentState, RoleName
from incidents.models import Draft
from reports.queries.funnel import fieldwork_of, stages_of
from taxonomy.actions.coding import code_moment
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory
from tests.taxonomy.factories import AssignmentFactory, CategoryFactory, SchemeFactory

pytestmark = pytest.mark.django_db
SUBMITTED = IncidentState.SUBMITTED


@pytest.fixture
def admin():
    return MemberFactory(roles=[RoleName.ADMIN])


def told(study, state=SUBMITTED, **fields):
    return IncidentFactory(study=study, state=state, **fields)


def exclude(study, admin, criterion):
    screening.exclude(incident=told(study), criterion=criterion, by=admin, row_version=0)


@pytest.fixture
def study(admin):
    """Return a study with something in every place."""
    study = admin.study
    for state, times in (("submitted", 2), ("returned", 1), ("withdrawn", 1), ("importing", 1)):
        for _time in range(times):
            told(study, state)
    for criterion in ("habitual", "habitual", "too_old", "other"):
        exclude(study, admin, criterion)
    told(study, IncidentState.EXCLUDED)
    _write_down(study)
    _code(study)
    IncidentFactory(state=SUBMITTED)  # of another study
    return study


def _write_down(study):
    """Leave three drafts: two windows with one incident, and one of an incident that was sent."""
    interview = InterviewFactory(study=study)
    unsent, sent = uuid.uuid4(), told(study, IncidentState.RETURNED).uid
    for uid, tab in ((unsent, "a"), (unsent, "b"), (sent, "c")):
        Draft.objects.create(
            study=study,
            member=interview.interviewer,
            interview=interview,
            object_uid=uid,
            tab=tab,
            sha256="0" * 64,
            saved_at=timezone.now(),
        )


def _code(study):
    scheme = SchemeFactory(study=study, slug="kinds", name="Kinds")
    category = CategoryFactory(round=scheme.rounds.get(position=1), name="Warm")
    accepted = [told(study, IncidentState.ACCEPTED, moments=2) for _number in range(2)]
    for moment, unclassifiable in zip(accepted[0].moments.all(), ("", "too_little"), strict=True):
        coder = MemberFactory(study=study)
        assignment = AssignmentFactory(scheme=scheme, moment=moment, coder=coder)
        code_moment(
            assignment=assignment,
            by=assignment.coder,
            uid=uuid.uuid4(),
            category=None if unclassifiable else category,
            unclassifiable=unclassifiable,
        )


def test_what_was_recorded_is_all_in_one_place_or_another(study):
    fieldwork = fieldwork_of(study)

    assert fieldwork.states == {
        "submitted": 2,
        "returned": 2,
        "excluded": 5,
        "withdrawn": 1,
        "accepted": 2,
    }
    assert (fieldwork.unsent, fieldwork.submitted, fieldwork.recorded) == (1, 12, 13)
    reasons = [(code, number) for code, _words, number in fieldwork.reasons]
    assert reasons == [("habitual", 2), ("too_old", 1), ("other", 1), ("none", 1)]


def test_what_was_accepted_is_in_the_table_or_beside_it(study):
    (stage,) = stages_of(list(study.schemes.all()))

    assert stage.moments == fieldwork_of(study).moments == 4
    assert (stage.placed, stage.coded) == (1, 2)
    assert {kind: number for kind, number in stage.residuals.items() if number} == {
        "not_coded": 2,
        "unclassifiable": 1,
    }


def test_an_incident_taken_in_again_and_left_out_anew_is_counted_under_the_last_reason(admin):
    incident = told(admin.study)
    screening.exclude(incident=incident, criterion="habitual", by=admin, row_version=0)
    screening.accept(incident=incident, by=admin, row_version=1)
    screening.exclude(incident=incident, criterion="too_old", by=admin, row_version=2)

    assert [code for code, *_rest in fieldwork_of(admin.study).reasons] == ["too_old"]


def figures_in(page):
    """Return every number of the page that leads somewhere, with its address."""
    tiles = re.findall(
        r'<a href="([^"]+)" class="panel stat">.*?stat-value">(\d+)<', page.text, re.DOTALL
    )
    rows = re.findall(
        r'<a href="([^"]+)" class="row-link">.*?class="num">(\d+)<', page.text, re.DOTALL
    )
    return [(url.replace("&amp;", "&"), int(number)) for url, number in tiles + rows]


def test_each_number_leads_to_as_many(client, admin, study):
    client.force_login(admin.user)
    page = client.get(reverse("reports:funnel_show", args=[study.slug]))

    figures = figures_in(page)

    grid = [(url, number) for url, number in figures if "/incidents/?" in url]
    verbatims = [(url, number) for url, number in figures if "/verbatims/" in url]
    assert (len(grid), len(verbatims)) == (10, 3)
    for url, number in grid:
        assert client.get(url).text.count('<th scope="row"') == number, url
    for url, number in verbatims:
        shown = client.get(url).context
        assert shown["count"] == str(number), url
        assert shown["back_url"] == page.wsgi_request.path
        assert shown["back_label"] == "Back to the funnel"


def test_an_analyst_reads_the_numbers_and_is_led_to_the_accepted_ones_alone(client, study):
    analyst = MemberFactory(study=study, roles=[RoleName.ANALYST])
    client.force_login(analyst.user)

    page = client.get(reverse("reports:funnel_show", args=[study.slug]))

    grid = [(url, number) for url, number in figures_in(page) if "/incidents/?" in url]
    assert [(url.partition("?")[2], number) for url, number in grid] == [("state=accepted", 2)]
    assert client.get(grid[0][0]).text.count('<th scope="row"') == 2


@pytest.mark.parametrize("rows", [1, 20])
def test_the_funnel_takes_as_many_queries_for_many(client, admin, rows, django_assert_num_queries):
    for _number in range(rows):
        exclude(admin.study, admin, "habitual")
        told(admin.study, IncidentState.ACCEPTED)
    client.force_login(admin.user)

    with django_assert_num_queries(9):
        client.get(reverse("reports:funnel_show", args=[admin.study.slug]))
