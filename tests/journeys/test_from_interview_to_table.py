"""One study, from its founding to the words behind a figure, through the pages people use."""

import re
import uuid

import pytest
from django.urls import reverse

from incidents import jobs
from incidents.models import Incident, Interview, Job, Study
from tests.factories import MemberFactory, UserFactory

pytestmark = pytest.mark.django_db
TOLD = [
    ("The umbrella kept", "customer", "positive", "Kept my umbrella for a week and rang me."),
    ("The form nobody had", "own", "negative", "Two counters, and neither had the form."),
    ("The second look", "own", "positive", "I read the bill again and found the double entry."),
]


@pytest.fixture
def study(client):
    """Found a study from the SERVE template, as an account that may create studies."""
    founder = UserFactory(may_create_studies=True, name="Fay")
    client.force_login(founder)
    page = reverse("reports:study_create")
    response = client.post(page, {"name": "Harbour 2026", "slug": "harbour", "start": "serve"})
    assert response.status_code == 302, response.context["form"].errors
    study = Study.objects.get(slug="harbour")
    study.admin = founder
    for name in ("interviewer", "coder", "analyst"):
        member = MemberFactory(study=study, code=name, roles=[name])
        setattr(study, name, member.user)
    return study


def url(name, study, *rest, **query):
    return reverse(name, args=[study.slug, *rest], query=query)


def set_up(client, study):
    client.force_login(study.admin)
    region = {"name": "Coast", "countries": ["CA"]}
    assert client.post(url("incidents:region_create", study), region).status_code == 302
    sector = study.sectors.get(not_stated=True)
    harbour = {"name": "Gull Harbour", "code": "GH", "sector": str(sector.uid)}
    address = url("incidents:organization_create", study)
    response = client.post(address, harbour)
    assert response.status_code == 302, response.context["form"].errors


def interview(client, study):
    client.force_login(study.interviewer)
    header = {
        "uid": str(uuid.uuid4()),
        "respondent": "R-1",
        "site": "",
        "organization": str(study.organizations.get(code="GH").uid),
        "country": "CA",
        "place": "Gull Bay",
        "relation": "employee",
        "held_on": "2026-11-02",
        "mode": "telephone",
        "language": "en",
        "consent": "quotes",
    }
    assert client.post(url("incidents:interview_open", study), header).status_code == 302
    held = Interview.objects.get(study=study)
    for position, (headline, told_as, valence, words) in enumerate(TOLD, start=1):
        told = {
            "tab": "tab",
            "member": str(held.interviewer.uid),
            "position": position,
            "based_on": "",
            "continues": "",
            "headline": headline,
            "jot": words,
            "told_as": told_as,
            "valence": valence,
            "language": "en",
        }
        address = url("incidents:incident_submit", study, held.uid, uuid.uuid4())
        assert client.post(address, told).status_code == 302


def screen(client, study):
    """Accept what stands first in the queue, until nothing waits; exclude the second."""
    client.force_login(study.admin)
    for headline, *_rest in TOLD:
        incident = Incident.objects.get(version__headline=headline)
        name, words = "screening_accept", {}
        if headline == TOLD[1][0]:
            name, words = "screening_exclude", {"criterion": "habitual", "reason": "Each week."}
        body = {"row_version": incident.row_version, **words}
        client.post(url(f"incidents:{name}", study, incident.uid), body)


def code(client, study, scheme, name):
    """Answer for every moment the desk offers; returns the headlines it ever showed."""
    client.force_login(study.coder)
    category = scheme.categories.get(name=name)
    desk, seen = url("taxonomy:coding_next", study, scheme.slug), set()
    while answer_to := re.search(r'action="([^"]*/answer/)"', page := client.get(desk).text):
        seen |= {headline for headline, *_rest in TOLD if headline in page}
        body = {"uid": str(uuid.uuid4()), "category": str(category.uid)}
        assert client.post(answer_to[1], body).status_code == 302
    return seen


def count(study):
    for job in Job.objects.filter(study=study, state="waiting"):
        assert jobs.run_now(job).state == "done"


def test_what_is_told_today_stands_in_the_table_with_its_words(client, study):
    scheme = study.schemes.get(slug="serve")
    behaviour = scheme.categories.filter(round__position=1).first()
    set_up(client, study)
    interview(client, study)
    screen(client, study)

    assert code(client, study, scheme, behaviour.name) == {"The umbrella kept", "The second look"}
    count(study)

    client.force_login(study.analyst)
    table = client.get(url("reports:table_show", study, scheme.slug, round=2)).text
    assert "Coast" in table
    counts = re.findall(r"<td[^>]*><a[^>]*>(\d+)</a>", table)  # on so small a base
    assert counts[:2] == ["2", "2"]  # All and Coast
    verbatims = client.get(
        url("reports:verbatim_list", study, scheme.slug, round=2, row=behaviour.parent.uid)
    ).text
    assert "Kept my umbrella for a week" in verbatims
    assert "found the double entry" in verbatims
    assert "neither had the form" not in verbatims
