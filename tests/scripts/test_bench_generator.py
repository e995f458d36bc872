"""The study that measurements run on keeps every rule of the house, and is uneven as real ones."""

from collections import Counter

import pytest
from django.test import Client
from django.urls import reverse

from incidents.choices import IncidentState, RoleName
from incidents.jobs import run_now
from incidents.models import Incident, Interview, Job, Moment
from scripts.bench import drawing
from scripts.bench.crosstab import ROUND, crosstab
from scripts.bench.generator import account, generate
from scripts.bench.subject import Subject
from taxonomy.choices import Dimension, Outcome
from taxonomy.models import Assignment, Coding, Scheme, Settlement
from taxonomy.queries.checks import differences
from taxonomy.queries.tables import answer
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory

SIZE = 600


@pytest.fixture
def generated(db):
    IncidentFactory()  # keys begin behind those that are taken
    return generate(SIZE)


def test_a_generated_study_follows_from_its_own_codings_and_pandas_counts_it_alike(
    generated, tmp_path
):
    assert Incident.objects.filter(study=generated).count() == SIZE
    assert Interview.objects.filter(study=generated).count() == SIZE / 6
    assert list(differences(generated)) == []
    assert_pandas_counts_alike(Subject(SIZE, tmp_path))


def assert_pandas_counts_alike(subject):
    """The table that measurements compare with is the one that Candid shows."""
    specification = Specification(round=ROUND, by=Dimension.REGION)
    table = answer(subject.scheme, specification, from_facts=True).table
    theirs = crosstab(subject)
    bases = {column.name: count for column, count in table.base.cells[1:] if count}
    assert set(theirs.columns) == set(bases)
    for row in table.rows:
        for column, cell in zip(table.columns[1:], row.cells[1:], strict=True):
            if column.name in bases:
                share = theirs[column.name].get(row.node.heading, 0)
                assert share == pytest.approx(cell.count / bases[column.name])


def test_a_generated_study_holds_what_real_ones_do(generated):
    incidents = Incident.objects.filter(study=generated)
    states = Counter(incidents.values_list("state", flat=True))
    outcomes = Counter(Settlement.objects.values_list("outcome", flat=True))
    categories = Counter(Coding.objects.values_list("category", flat=True))

    assert set(states) == {
        IncidentState.ACCEPTED,
        IncidentState.RETURNED,
        IncidentState.EXCLUDED,
        IncidentState.WITHDRAWN,
        IncidentState.SUBMITTED,
    }
    assert set(outcomes) == {
        Outcome.SINGLE,
        Outcome.AGREED,
        Outcome.IN_DISPUTE,
        Outcome.UNCLASSIFIABLE,
    }
    assert categories.most_common(1)[0][1] > 10 * sorted(categories.values())[len(categories) // 2]
    assert Moment.objects.filter(incident__study=generated).count() > SIZE
    assert incidents.filter(version=None).count() == 0


def test_what_is_newest_waits_for_a_coder(generated):
    scheme = Scheme.objects.get(study=generated)
    moments = Moment.objects.filter(
        incident__study=generated, incident__state=IncidentState.ACCEPTED
    )
    coded = Assignment.objects.filter(batch__scheme=scheme).values("moment")
    free = moments.exclude(pk__in=coded)

    assert 0 < free.count() < moments.count() * 2 * drawing.WAITING_TO_BE_CODED
    assert not moments.filter(pk__in=coded, pk__gt=free.order_by("pk").first().pk).exists()


def test_a_generated_study_opens_and_takes_further_rows(generated):
    assert IncidentFactory(study=generated).pk > SIZE
    client = Client()
    client.force_login(account(RoleName.ADMIN))
    for job in Job.objects.filter(study=generated, state="waiting"):
        run_now(job)

    response = client.get(reverse("reports:incident_list", args=[generated.slug]))

    assert response.status_code == 200
    assert "10,000" not in response.text
