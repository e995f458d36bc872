"""The study of 1998-99 printed these figures; the product's own code finds them again."""

import csv
import io
import json

import pytest
from django.core.management import call_command
from django.db import connection

from incidents.choices import IncidentState
from incidents.models import Study
from reports.actions.demo.building import is_seeded
from reports.actions.demo.reconstruction import seed_reconstruction
from reports.demo.world import FOLDER, read_counts
from taxonomy.queries.checks import differences

pytestmark = pytest.mark.thorough

FACTS = json.loads((FOLDER / "published_facts.json").read_text())
INCIDENTS = {"reconstruction": 2826, "reconstruction_b": 2835}


@pytest.fixture(params=["reconstruction", "reconstruction_b"])
def study(request, db):
    counts = read_counts(FOLDER / f"{request.param}.csv")
    study = seed_reconstruction(slug="rebuilt", name="Rebuilt", counts=counts)
    study.expected_incidents = INCIDENTS[request.param]
    return study


@pytest.fixture
def scheme(study):
    return study.schemes.get(slug="serve")


def printed(by, **options):
    out = io.StringIO()
    call_command(
        "tabulate", study="rebuilt", scheme="serve", by=by, format="json", stdout=out, **options
    )
    return json.loads(out.getvalue())


def percents(table, column):
    return [row["percent"][column] for row in table["rows"]]


def test_every_printed_figure_follows_from_the_reconstruction(study, scheme):
    """One long test, because one study serves it all."""
    by_region = printed("region", round="Strategies")
    with (FOLDER / "published_table.csv").open(newline="") as file:
        published = list(csv.DictReader(file))
    names = [column for column in published[0] if column != "strategy"]

    assert [column for column in by_region["base"] if column != "Not stated"] == names
    assert {name: percents(by_region, name) for name in names} == {
        name: [f"{row[name]}%" for row in published] for name in names
    }
    assert [row["path"][0] for row in by_region["rows"]] == list(FACTS["strategies"].values())
    assert by_region["rows"][0]["category"] == FACTS["table_labels"]["see"]
    assert by_region["base"]["All"] == study.expected_incidents
    assert by_region["interviews"]["All"] == 463
    assert by_region["reconstruction"] is True

    by_viewpoint = printed("viewpoint", round="4")
    establish = by_viewpoint["rows"][1]
    base = by_viewpoint["base"]
    share = 100 * base["Customer"] / base["All"]
    assert round(share) == FACTS["customer_viewpoint_percent"]
    assert establish["percent"]["Customer"] == "26%"
    assert establish["percent"]["Provider"] == "8%"
    ratio = establish["counts"]["Customer"] / base["Customer"]
    ratio /= establish["counts"]["Provider"] / base["Provider"]
    assert round(ratio) == 3

    by_valence = printed("valence", round="4")
    value = by_valence["rows"][3]["counts"]
    assert round(100 * value["Positive"] / value["All"]) == FACTS["value_positive_percent"]

    rounds = scheme.rounds.order_by("position")
    assert [one.categories.filter(exists=True).count() for one in rounds] == FACTS["rounds"]
    assert printed("region", round="1")["base"] == by_region["base"]
    assert employers_by_part(study) == {"United States and Canada": 32, "Europe and Asia": 28}
    assert study.interviews.count() == 463
    assert not list(differences(study))


@pytest.mark.postgres
def test_the_planner_knows_how_large_the_study_is(study):
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'incidents_incident'")
        assert cursor.fetchone()[0] == study.expected_incidents


def employers_by_part(study):
    parts = {"Canada": "United States and Canada", "United States": "United States and Canada"}
    pairs = {
        (name, parts.get(region, "Europe and Asia"))
        for name, region in study.organizations.filter(not_stated=False).values_list(
            "name", "sites__region__name"
        )
    }
    return {
        part: sum(1 for _, where in pairs if where == part) for part in set(dict(pairs).values())
    }


def test_a_seed_that_was_cut_off_is_taken_up(db):
    counts = read_counts(FOLDER / "reconstruction.csv")
    written = []

    def cut_off(done, total):
        written.append(done)
        if done == 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed_reconstruction(slug="rebuilt", name="Rebuilt", counts=counts, progress=cut_off)
    half = Study.objects.get(slug="rebuilt")
    assert half.incidents.filter(state=IncidentState.IMPORTING).count() == 300
    assert half.incidents.accepted().count() == 0

    study = seed_reconstruction(slug="rebuilt", name="Rebuilt", counts=counts)

    assert study == half
    assert study.incidents.accepted().count() == 2826
    assert is_seeded("rebuilt")
    assert not list(differences(study))
