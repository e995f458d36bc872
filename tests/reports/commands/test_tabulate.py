"""What `manage.py tabulate` prints, and how it answers mistakes."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from python_calamine import CalamineWorkbook

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
        "weight": "none",
        "shares": "column",
        "decimals": 0,
        "adjusted": False,
        "origin": "respondent",
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


def test_two_column_variables_are_nested_and_keep_their_own_base(scheme):
    table = json.loads(tabulate(round="1", columns="viewpoint,valence", format="json"))

    assert table["by"] == "viewpoint,valence"
    assert table["base"] == {
        "All": 3,
        "Customer: Positive": 1,
        "Provider: Positive": 0,
        "Provider: Negative": 2,
        "Not stated: Mixed": 0,
    }
    greets = table["rows"][0]
    assert greets["counts"]["Provider: Negative"] == 1
    assert greets["percent"]["Provider: Negative"] == "50%"


def test_another_scheme_makes_columns_and_what_it_has_not_coded_is_one_of_them(scheme):
    other = start_scheme(
        study=scheme.study,
        slug="cause",
        name="Cause",
        rounds=[{"position": 1, "name": "Causes"}],
        categories=[{"round": 1, "name": "Rules"}, {"round": 1, "name": "Systems"}],
        by=None,
    )
    first = scheme.study.incidents.order_by("pk").first()
    brought = [Brought(first.moments.get().pk, MemberFactory(study=scheme.study), rule_of(other))]
    bring_codings(scheme=other, brought=brought, seq=2)

    table = json.loads(tabulate(round="1", columns="scheme:cause", format="json"))

    assert table["base"] == {"All": 3, "Rules": 1, "Systems": 0, "Not coded": 2}


def rule_of(scheme):
    return scheme.categories.get(name="Rules")


def test_weights_subtotals_and_shares_are_said(scheme):
    table = json.loads(
        tabulate(round="1", weight="interview", subtotals=True, shares="row", format="json")
    )

    assert [table["weight"], table["shares"]] == ["interview", "row"]
    assert table["unweighted"]["All"] == 3
    assert [(row["category"], row.get("subtotal", False)) for row in table["rows"]] == [
        ("Warm service", True),
        ("Greets", False),
        ("Loose", False),
    ]
    assert table["rows"][0]["percent"] == {
        "All": "100%",
        'North, "far"': "50%",
        "Not stated": "50%",
    }


def test_a_workbook_is_written_to_a_file_or_as_bytes(scheme, tmp_path):
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw)

    call_command("tabulate", study="small", round="1", format="xlsx", stdout=out)
    tabulate(round="1", format="xlsx", output=str(tmp_path / "table.xlsx"))

    written = io.BytesIO((tmp_path / "table.xlsx").read_bytes())
    for file in (io.BytesIO(raw.getvalue()), written):
        book = CalamineWorkbook.from_filelike(file)
        table, about = book.sheet_names
        rows = book.get_sheet_by_name(table).to_python()
        facts = dict(book.get_sheet_by_name(about).to_python())
        assert [row[0] for row in rows[:3]] == ["Category", "Greets", "Loose"]
        assert facts["Columns"] == "Region"
        assert facts["Base"].endswith("Not weighted. Places are the respondent's.")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"round": "7"}, "There is no round “7”. The rounds are: 1 .Fine., 2 .Coarse."),
        ({"round": "1", "where": ["region"]}, "write field=value"),
        ({"round": "1", "where": ["mood=blue"]}, "There is no field “mood”"),
        ({"round": "1", "where": ["region=Mars"]}, "There is no region “Mars”"),
        (
            {"round": "1", "columns": "mood"},
            "no columns by “mood”. Columns are by: region",
        ),
        ({"round": "1", "columns": "region,region"}, "names one column variable twice"),
        ({"round": "1", "where": ["recall=blue"]}, "“blue” is not a value of recall"),
        ({"round": "1", "where": ["first_told=1"]}, "“1” is not a value of first_told"),
        ({"round": "1", "where": ["other_category=x"]}, "names no category of another scheme"),
        ({"round": "1", "columns": "scheme:none"}, "There is no scheme “none” in this study"),
        ({"round": "1", "columns": "scheme:kinds"}, "of the same scheme"),
        (
            {"round": "1", "where": ["since=March"]},
            "“March” is not a day: write it as",
        ),
        ({"round": "1", "weight": "interview", "unit": "incidents"}, "Weights are for moments"),
        ({"round": "1", "output": "/nowhere/table.csv"}, "cannot be written"),
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
