"""From a file without regions, valences and interviews to figures of agreement."""

import io
import random
import uuid

import pytest
from django.core.management import call_command
from django.urls import reverse

from incidents.choices import RoleName, Valence
from incidents.jobs import run_now
from incidents.models import Job, Moment, Study
from taxonomy.actions.coding import code_moment
from taxonomy.actions.drawing import make_plan
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.measuring import MEASURE_AGREEMENT
from taxonomy.actions.planning import lock_batch
from taxonomy.choices import BatchKind
from taxonomy.models import Assignment, Category
from taxonomy.queries.drawing import Asked
from tests.factories import MemberFactory

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]
LINES, OVERLAP = 31, 8
TREE = {
    "rounds": [{"position": 1, "name": "Kinds"}],
    "categories": [{"round": 1, "code": name, "name": name} for name in ("Car", "Price", "Other")],
}


@pytest.fixture
def study(real_data, tmp_path):
    """The first incidents of a file that says nothing of where, who and how good."""
    whole = real_data / "data" / "narratives" / "casa_cars_id.csv"
    few = tmp_path / "few.csv"
    few.write_text(
        "".join(whole.read_text(encoding="utf-8").splitlines(keepends=True)[:LINES]),
        encoding="utf-8",
    )
    call_command(
        "import_incidents", "--study", "cars", "--create-study", "Cars", few, stdout=io.StringIO()
    )
    return Study.objects.get(slug="cars")


def test_it_is_drawn_coded_locked_and_measured_though_nothing_is_known_of_them(client, study):
    coders = [MemberFactory(study=study, roles=[RoleName.CODER]) for _ in range(2)]
    analyst = MemberFactory(study=study, roles=[RoleName.ANALYST])
    assert set(Moment.objects.values_list("valence", flat=True)) == {Valence.NOT_STATED}
    scheme = start_scheme(study=study, slug="kinds", name="Kinds", by=None, **TREE)
    asked = Asked(name="Few", coders=coders, each=2, number=OVERLAP, seed=3)

    plan = make_plan(scheme=scheme, asked=asked, by=None)
    code_all(plan, random.Random(3))
    lock_batch(batch=plan.batches.get(kind=BatchKind.PLAN), by=None)
    run_now(Job.objects.get(kind=MEASURE_AGREEMENT))
    client.force_login(analyst.user)
    address = reverse("taxonomy:reliability_show", args=[study.slug, scheme.slug])
    page = client.get(address).text

    coded = Assignment.objects.filter(batch__plan=plan, sole=False)
    (stratum,) = plan.drawing["drawn"][0]["strata"]
    assert stratum == ["Not stated", Valence.NOT_STATED, Moment.objects.count(), OVERLAP]
    assert f"n = {OVERLAP} moments" in page
    talks = len({one.moment.incident.interview_id for one in coded})  # each row its own
    assert f"There are only {talks} clusters. With fewer than 20" in page


def code_all(plan, rng):
    names = list(Category.objects.filter(scheme=plan.scheme))
    for row in Assignment.objects.filter(batch__plan=plan).select_related(
        "batch__scheme__study", "coder"
    ):
        chosen = names[row.moment_id % 3] if rng.random() < 0.7 else rng.choice(names)
        code_moment(assignment=row, by=row.coder, uid=uuid.uuid4(), category=chosen)
