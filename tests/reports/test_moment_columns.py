"""What stands in a file of all moments: the figures of the tables, and no name that may not."""

import csv
import datetime as dt
import io
import json
from collections import Counter

import pyreadstat
import pytest
from python_calamine import CalamineWorkbook

from incidents.actions.files import path_of
from incidents.choices import Consent, IncidentState, RoleName, Valence
from incidents.models import Change, Interview, Moment, Respondent
from reports.choices import ExportForm
from reports.queries import moment_rows
from reports.queries.moment_survey import Asked, survey_of
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    OrganizationFactory,
    RespondentFactory,
    SiteFactory,
)
from tests.reports.exported import document, made, moments_in
from tests.reports.told import tell
from tests.taxonomy.factories import CategoryFactory
from tests.taxonomy.random_study import make_random_study

pytestmark = pytest.mark.django_db
MANY = pytest.mark.thorough


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.FILES_DIR = tmp_path


# -- The figures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=MANY) for n in range(2, 12))])
def test_every_round_counts_as_its_table_does(seed):
    scheme = make_random_study(seed, incidents=20)
    admin = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])

    moments = moments_in(admin)

    tree = tree_of(scheme)
    for position in tree.rounds:
        table = answer(scheme, Specification(position), from_facts=True).table
        rows = {tuple(row.path): row.cells[0].count for row in table.rows if row.cells[0].count}
        lines = {line.kind: line.cells[0][1] for line in table.residuals if line.cells[0][1]}
        codes = Counter(moment[f"scheme_{position}_code"] for moment in moments)
        found = {kind: codes.pop(kind) for kind in lines}
        assert found == lines
        assert sorted(codes.values()) == sorted(rows.values())
        names = Counter(moment[f"scheme_{position}_name"] for moment in moments)
        for path, count in rows.items():
            assert count in {names[path[-1]], names[" > ".join(path)]}
    assert len(moments) == Moment.objects.filter(incident__state=IncidentState.ACCEPTED).count()


def test_a_code_stands_for_its_category_where_each_has_one_and_else_a_number(world):
    CategoryFactory(round=world.fine, name="Slow", code="slow", parent=world.service)
    world.service.code = "7"
    world.service.save()
    tell(world, "a", category=world.quick)
    tell(world, "b")

    first, second = moments_in(world.admin)

    assert (first["kinds_1_code"], first["kinds_1_name"]) == ("2", "Quick")
    assert (first["kinds_2_code"], first["kinds_2_name"]) == ("7", "Service")
    assert first["kinds_outcome"] == "single"
    assert (
        second["kinds_1_code"] == second["kinds_2_code"] == second["kinds_outcome"] == "not_coded"
    )
    export = made(world.admin, "sav")
    data, about = pyreadstat.read_sav(str(path_of(export.file)), user_missing=True)
    assert list(data["kinds_2"]) == [7, -1]
    assert about.variable_value_labels["kinds_2"][7.0] == "Service"
    assert pyreadstat.read_sav(str(path_of(export.file)))[0]["kinds_2"].isna().tolist() == [
        False,
        True,
    ]


def test_a_code_that_is_the_word_of_a_line_is_replaced_by_a_number(world):
    for category, code in ((world.warm, "in_dispute"), (world.quick, "q")):
        category.code = code
        category.save()
    tell(world, "a", category=world.warm)

    assert moments_in(world.admin)[0]["kinds_1_code"] == "1"


def test_names_that_stand_twice_in_a_round_have_their_path(world):
    other = CategoryFactory(round=world.coarse, name="Other")
    again = CategoryFactory(round=world.fine, name="Warm", parent=other)
    tell(world, "a", category=world.warm)
    tell(world, "b", category=again)

    names = [moment["kinds_1_name"] for moment in moments_in(world.admin)]

    assert names == ["Service > Warm", "Other > Warm"]


@pytest.mark.parametrize("form", ExportForm.values)
def test_a_study_without_moments_gives_a_file_without_rows(world, form):
    export = made(world.analyst, form)

    assert export.rows == 0


def test_all_four_forms_have_the_same_rows(world):
    for number in range(3):
        tell(world, f"{number}", category=world.warm, region=number % 2)
    paths = {form: path_of(made(world.analyst, form).file) for form in ExportForm.values}

    rows = json.loads(paths["json"].read_text())["moments"]
    uids = [row["moment"] for row in rows]
    text = io.StringIO(paths["csv"].read_bytes().decode("utf-8-sig"), newline="")
    plain = list(csv.DictReader(text))
    assert [(row["moment"], row["row"], row["rows"]) for row in plain] == [
        (uid, str(number), "3") for number, uid in enumerate(uids, 1)
    ]
    sheet = CalamineWorkbook.from_path(paths["xlsx"]).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[1:]] == uids
    assert sheet[0] == list(plain[0])[2:]
    data, _about = pyreadstat.read_sav(str(paths["sav"]))
    assert list(data["moment"]) == uids
    assert list(data["interview"]) == [1, 2, 3]


# -- Names and words -------------------------------------------------------------------------------

SECRETS = [
    "zq-org",
    "zq-place",
    "zq-person",
    "zq-teller",
    "zq-source",
    "zq-words",
    "zq-note",
    "zq-when",
]


def tell_secrets(world, consent=Consent.QUOTES):
    organization = OrganizationFactory(study=world.study, name="zq-org", code="ORG-1")
    site = SiteFactory(organization=organization, region=world.regions[0], place="zq-place")
    respondent = RespondentFactory(site=site, code="zq-teller", job_role="zq-role")
    interviewer = MemberFactory(study=world.study, display_name="zq-person")
    interview = InterviewFactory(
        respondent=respondent, interviewer=interviewer, consent=consent, code="zq-source-talk"
    )
    return IncidentFactory(
        interview=interview,
        source_id="zq-source",
        happened_told="zq-when",
        happened_from=dt.date(1999, 2, 3),
        words={"headline": "zq-words", "note": "zq-note"},
    )


def test_a_de_identified_file_names_nobody_and_has_no_words(world):
    tell_secrets(world)

    for form in ExportForm.values:
        content = path_of(made(world.admin, form).file).read_bytes()
        assert not [secret for secret in SECRETS if secret.encode() in content]
    (moment,) = moments_in(world.admin)
    assert moment["organization"] == "ORG-1"
    assert moment["interview_month"] == "1999-03"
    assert moment["happened_from_month"] == "1999-02"
    assert not {"interview_date", "interviewer", "headline", "respondent_code"} & moment.keys()


def test_a_full_file_names_all_and_is_on_record(world):
    tell_secrets(world)

    export = made(world.admin, full=True, reason="For the archive")

    content = path_of(export.file).read_text()
    assert [secret for secret in SECRETS if secret not in content] == []
    assert document(export)["moments"][0]["interview_date"] == "1999-03-15"
    assert document(export)["notes"]["Reason"] == "For the archive"
    asked = Change.objects.get(verb="ask_export")
    assert asked.object_uid == export.uid
    assert asked.details == {"form": "json", "full": True, "set_aside": False}


def test_words_are_kept_back_where_only_notes_were_agreed_to(world):
    tell_secrets(world, consent=Consent.NOTES)

    (moment,) = moments_in(world.admin, full=True, reason="why")

    assert moment["words"] == "kept_back"
    assert moment["headline"] == moment["note"] == ""
    assert moment["interviewer"] == "zq-person"


def test_what_too_few_have_is_withheld_and_no_single_value_is(world):
    """Three countries have enough behind them, one has not; so the smallest of them goes, too."""
    study = world.study
    study.confidentiality_threshold = 3
    study.save()
    organizations = [OrganizationFactory(study=study) for _ in range(2)]
    for country, number in (("CA", 5), ("FR", 4), ("JP", 3), ("IS", 1)):
        for turn in range(number):
            site = SiteFactory(
                organization=organizations[turn % 2], region=world.regions[0], country=country
            )
            respondent = RespondentFactory(site=site, job_role="cook" if turn < 2 else "")
            IncidentFactory(interview=InterviewFactory(respondent=respondent))

    moments = moments_in(world.analyst)

    assert Counter(moment["country"] for moment in moments) == {"CA": 5, "FR": 4, "withheld": 4}
    assert {moment["region"] for moment in moments} == {"North"}
    assert Counter(moment["job_role"] for moment in moments) == {"cook": 7, "": 6}
    full = moments_in(world.admin, full=True, reason="why")
    assert Counter(moment["country"] for moment in full) == {"CA": 5, "FR": 4, "JP": 3, "IS": 1}


@pytest.mark.parametrize(
    ("interviews", "organizations", "shown"), [(3, 2, True), (2, 2, False), (3, 1, False)]
)
def test_a_value_has_three_interviews_and_two_organizations_behind_it(
    world, interviews, organizations, shown
):
    world.study.confidentiality_threshold = 3
    world.study.save()
    places = [
        SiteFactory(organization=OrganizationFactory(study=world.study), region=world.regions[0])
        for _ in range(organizations)
    ]
    talks = [
        InterviewFactory(respondent=RespondentFactory(site=places[number % organizations]))
        for number in range(interviews)
    ]
    for number in range(6):
        IncidentFactory(interview=talks[number % interviews])

    survey = survey_of(Asked(world.study))

    assert survey.found["country"] == {"CA"}
    assert survey.shown["country"] == ({"CA"} if shown else set())


def test_where_a_region_is_withheld_its_country_is_not_told(world):
    """Both regions are withheld, and one of two countries would tell of which."""
    world.study.confidentiality_threshold = 4
    world.study.save()
    organizations = [OrganizationFactory(study=world.study) for _ in range(2)]
    for region, number in ((0, 6), (1, 1)):
        for turn in range(number):
            site = SiteFactory(
                organization=organizations[turn % 2], region=world.regions[region], country="CA"
            )
            IncidentFactory(interview=InterviewFactory(respondent=RespondentFactory(site=site)))

    moments = moments_in(world.analyst)

    assert {(one["region"], one["country"]) for one in moments} == {("withheld", "withheld")}


def test_who_was_not_named_has_no_number(world):
    named = tell(world, "named")
    unnamed = tell(world, "unnamed")
    Interview.objects.filter(pk=unnamed.interview_id).update(implied=True)
    Respondent.objects.filter(pk=unnamed.interview.respondent_id).update(implied=True)
    IncidentFactory(interview=named.interview)

    moments = moments_in(world.analyst)

    assert [one["interview"] for one in moments] == [1, None, 1]
    assert [one["respondent"] for one in moments] == [1, None, 1]


# -- Portions -------------------------------------------------------------------------------------


def test_what_stands_in_a_file_is_the_same_for_any_number_of_portions(world, monkeypatch):
    for number in range(7):
        tell(world, f"{number}", category=world.warm, valence=Valence.NOT_STATED)
    whole = moments_in(world.analyst)

    for module in ("reports.queries.moment_survey", "reports.queries.moment_rows"):
        monkeypatch.setattr(f"{module}.PORTION", 2)

    assert moments_in(world.analyst) == whole
    assert {moment["valence"] for moment in whole} == {"not_stated"}


def test_reading_takes_as_many_questions_for_any_number_of_rows(world, django_assert_num_queries):
    tell(world, "one", category=world.warm)
    asked = Asked(world.study, schemes=(world.scheme,))
    for more in (0, 30):
        for number in range(more):
            tell(world, f"{number}", category=world.warm, region=number % 2)
        with django_assert_num_queries(14):
            assert len(list(moment_rows.Moments(asked).rows())) == 1 + more
