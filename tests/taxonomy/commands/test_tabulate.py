"""What `manage.py tabulate` prints, and how it answers mistakes."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from incidents.choices import ToldAs, Valence
from incidents.models import Region
from taxonomy.actions.bringing import Brought, bring_codings
from taxonomy.actions.editing import start_scheme
from taxonomy.choices import Residual
from tests.factories import IncidentFactory, MemberFactory, SiteFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme():
    study = StudyFactory(slug="small")
    scheme = start_scheme(
        study=study,
        slug="kinds",
        name="Kinds",
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "A", "name": "Warm", "label": "Warm service"},
            {"round": 1, "code": "a", "name": "Greets", "parent": "A"},
            {"round": 1, "code": "b", "name": "Loose"},
        ],
        by=None,
    )
    coder = MemberFactory(study=study)
    north = Region.objects.create(study=study, name='North, "far"', position=1)
    category = {one.name: one for one in scheme.categories.all()}
    told = [
        ("Greets", north, ToldAs.CUSTOMER, Valence.POSITIVE),
        ("Greets", None, ToldAs.OWN, Valence.NEGATIVE),
        ("Loose", north, ToldAs.OWN, Valence.NEGATIVE),
        ("Warm", north, ToldAs.BYSTANDER, Valence.MIXED),
        (None, north, ToldAs.OWN, Valence.POSITIVE),
    ]
    for name, region, told_as, valence in told:
        site = SiteFactory(study=study, region=region or study.regions.get(not_stated=True))
        incident = IncidentFactory(
            study=study, told_as=told_as, valence=valence, interview__respondent__site=site
        )
        if name:
            brought = [Brought(incident.moments.get().pk, coder, category[name])]
            bring_codings(scheme=scheme, brought=brought, seq=1)
    return scheme


def tabulate(**options):
    out = io.StringIO()
    call_command("tabulate", study="small", scheme="kinds", stdout=out, **options)
    return out.getvalue()


def test_json_has_every_key_and_the_residual_lines(scheme):
    table = json.loads(tabulate(round="Coarse", by="region", format="json"))

    counts = {"All": 3, 'North, "far"': 2, "Not stated": 1}
    shown = dict.fromkeys(counts, "100%")
    assert list(table["base"]) == list(counts)
    residuals = table.pop("residuals")
    assert table == {
        "format": 1,
        "study": "small",
        "scheme": "kinds",
        "revision": 1,
        "data_seq": 5,
        "round": 2,
        "by": "region",
        "unit": "moments",
        "reconstruction": False,
        "base": counts,
        "interviews": counts,
        "rows": [
            {"category": "Warm service", "path": ["Warm"], "counts": counts, "percent": shown}
        ],
    }
    assert list(residuals) == Residual.values
    assert {kind: line["All"] for kind, line in residuals.items() if line["All"]} == {
        "not_coded": 1,
        "not_batched": 1,
    }
    assert table["rows"][0]["percent"]['North, "far"'] == "100%"


def test_a_finer_round_has_a_line_for_what_is_coded_only_at_a_coarser_one(scheme):
    table = json.loads(tabulate(round="1", by="valence", format="json"))

    assert [row["path"] for row in table["rows"]] == [["Warm", "Greets"], ["Loose"]]
    assert table["residuals"]["coarser_only"] == {
        "All": 1,
        "Positive": 0,
        "Negative": 0,
        "Mixed": 1,
        "Neutral": 0,
    }
    assert [row["percent"]["Neutral"] for row in table["rows"]] == [None, None]
    assert [row["percent"]["All"] for row in table["rows"]] == ["67%", "33%"]


@pytest.mark.parametrize(
    ("where", "base"),
    [
        (['region="North, ""far"""'], 2),
        (['region="North, ""far""",Not stated'], 3),
        (["region=not stated", "valence=negative"], 1),
        (["viewpoint=customer"], 1),
        (["told_as=own"], 2),
        (["category=Warm > Greets"], 2),
        (["country=CA"], 3),
        (["language=en"], 3),
        (["asked_for=good"], 0),
    ],
)
def test_conditions_are_joined_by_and_and_their_values_by_or(scheme, where, base):
    table = json.loads(tabulate(round="1", by="region", where=where, format="json"))

    assert table["base"]["All"] == base


def test_csv_has_a_line_for_each_category_and_each_residual(scheme):
    rows = list(csv.reader(io.StringIO(tabulate(round="1", by="viewpoint"))))

    assert rows[0][:4] == ["category", "All", "Customer", "Provider"]
    assert [row[0] for row in rows[1:]] == [
        "Greets",
        "Loose",
        "base",
        "interviews",
        *Residual.values,
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"round": "7"}, "There is no round “7”. The rounds are: 1 .Fine., 2 .Coarse."),
        ({"round": "1", "where": ["region"]}, "write field=value"),
        ({"round": "1", "where": ["mood=blue"]}, "There is no field “mood”"),
        ({"round": "1", "where": ["region=Mars"]}, "There is no region “Mars”"),
        ({"round": "1", "study": "none"}, "There is no study “none”. There are: small"),
        ({"round": "1", "scheme": "none"}, "no scheme “none”. It has: kinds"),
    ],
)
def test_a_mistake_is_answered_by_a_sentence(scheme, options, says):
    with pytest.raises(CommandError, match=says):
        call_command("tabulate", **{"study": "small", "scheme": "kinds", **options})


def test_the_only_scheme_need_not_be_named(scheme):
    out = io.StringIO()

    call_command("tabulate", study="small", round="1", format="json", stdout=out)

    assert json.loads(out.getvalue())["scheme"] == "kinds"
