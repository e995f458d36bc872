"""The method section says what the data say, names what is missing, and keeps people's words."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from incidents.actions import screening
from incidents.actions.refusals import StaleError
from incidents.choices import Elicitation, IncidentState, Mode, RoleName
from incidents.models import Change
from incidents.paging import shown_decimal
from reports.actions.method import write_method
from reports.queries.method.writing import method_of
from taxonomy.actions import measuring
from taxonomy.actions.coding import code_moment
from taxonomy.models import AgreementReport
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory
from tests.taxonomy import reliability_study
from tests.taxonomy.factories import AssignmentFactory, CategoryFactory, SchemeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return MemberFactory(roles=[RoleName.ADMIN])


@pytest.fixture
def study(admin):
    study = admin.study
    study.aim, study.recall_window_days = "To learn.\n\nAnd to tell.", 31
    study.save()
    return study


def section(study, title, schemes=()):
    found = {one.title: one for one in method_of(study, list(schemes)).sections}
    return found[title]


def gaps(study, schemes=()):
    return [gap.text for gap in method_of(study, list(schemes)).gaps]


def test_who_was_asked_when_and_how_is_counted(study):
    first = InterviewFactory(study=study, held_on=dt.date(2026, 3, 2), mode=Mode.TELEPHONE)
    InterviewFactory(
        study=study,
        respondent=first.respondent,
        interviewer=first.interviewer,
        held_on=dt.date(2026, 4, 5),
        mode=Mode.IN_PERSON,
    )
    InterviewFactory(study=study, implied=True, held_on=None)

    [who, asked] = section(study, "Interviews").paragraphs

    assert who.startswith(
        "2 interviews were held (respondents: 1; organizations: 1; sites: 1). They were held"
        " between March 2, 2026 and April 5, 2026. 1 interviewer held them. How they were held: In"
        " person 1, Telephone 1."
    )
    assert asked == (
        "Respondents were asked for incidents of the last 31 days. Respondents told whatever came"
        " to mind. 1 incident came with a file that named no interview."
    )


def test_quotas_are_named_as_the_design_that_sets_the_shares(study):
    study.elicitation, study.quota_good, study.quota_poor = Elicitation.QUOTA, 3, 2
    study.save()

    assert "(3) and of poor service (2)" in section(study, "Interviews").paragraphs[0]
    assert "was set by the design" in section(study, "Limits of this study").paragraphs[0]


def test_what_was_left_out_is_counted_by_reason_and_what_was_not_screened_is_said(study, admin):
    for criterion in ("habitual", "habitual", "too_old"):
        incident = IncidentFactory(study=study, state=IncidentState.SUBMITTED)
        screening.exclude(incident=incident, criterion=criterion, by=admin, row_version=0)
    accepted = IncidentFactory(study=study, state=IncidentState.SUBMITTED)
    screening.accept(incident=accepted, by=admin, row_version=0)
    IncidentFactory(study=study, state=IncidentState.ACCEPTED, moments=2)
    IncidentFactory(study=study, state=IncidentState.SUBMITTED)

    told, by = section(study, "Incidents and screening").paragraphs

    assert told.startswith("6 incidents were told. Where they stand: Submitted 1, Excluded 3,")
    assert "the accepted incidents have 3." in told
    assert told.endswith(
        "Left out because of: Habitual, not one occasion 2, Outside the recall window 1."
    )
    assert by.endswith("1 of those used was taken over as accepted and not screened here.")
    assert "1 incident still waits for a verdict." in gaps(study)


def test_a_scheme_says_its_rounds_its_coders_and_what_was_not_measured(study):
    scheme = SchemeFactory(study=study, name="Kinds")
    category = CategoryFactory(round=scheme.rounds.get(position=1))
    incident = IncidentFactory(study=study, state=IncidentState.ACCEPTED, moments=2)
    for moment in incident.moments.all():
        assignment = AssignmentFactory(
            scheme=scheme, moment=moment, coder=MemberFactory(study=study)
        )
        code_moment(assignment=assignment, by=assignment.coder, uid=uuid.uuid4(), category=category)

    said = section(study, "Coding: Kinds", [scheme])

    assert said.paragraphs[0].startswith("Categories by round, the finest first: ")
    assert "2 people coded." in " ".join(said.paragraphs)
    assert "Kinds: How far coders agree was not measured." in gaps(study, [scheme])


def test_nothing_is_listed_where_there_is_nothing(study):
    scheme = SchemeFactory(study=study, name="Kinds")

    [told] = section(study, "Incidents and screening").paragraphs
    assert told.startswith("0 incidents were told. The unit that is coded and counted")
    rounds = section(study, "Coding: Kinds", [scheme]).paragraphs[0]
    assert rounds.startswith("It has no categories yet.")


def test_paragraphs_are_those_that_were_typed_whatever_the_browser_sent(study):
    study.aim = "To learn.\r\n\r\nAnd to tell."
    study.save()

    assert section(study, "Aim").paragraphs == ["To learn.", "And to tell."]


def test_a_scheme_that_is_not_open_to_the_reader_is_not_described(client, study):
    scheme = SchemeFactory(study=study, name="Secret kinds")

    assert "Coding: Secret kinds" not in [one.title for one in method_of(study, []).sections]
    assert "Coding: Secret kinds" in [one.title for one in method_of(study, [scheme]).sections]


def test_a_rebuilt_study_says_so_and_claims_no_tests(study):
    scheme = SchemeFactory(study=study)
    assert len(section(study, "Counting and tests", [scheme]).paragraphs) == 2

    study.reconstruction = True

    assert len(section(study, "Counting and tests", [scheme]).paragraphs) == 1
    assert "rebuilt from published figures" in section(study, "Limits of this study").paragraphs[0]


def test_words_of_people_fill_their_gaps_and_the_log_names_the_parts_alone(study, admin):
    assert "How organizations and respondents were chosen is not stated." in gaps(study)

    write_method(study=study, words={"sampling": " By hand. "}, by=admin, row_version=0)

    title = "How organizations and respondents were chosen"
    assert section(study, title).paragraphs == ["By hand."]
    assert "How organizations and respondents were chosen is not stated." not in gaps(study)
    change = Change.objects.filter(verb="write_method").get()
    assert change.details == {"parts": ["sampling"]}


def test_of_two_who_write_the_second_is_told_and_keeps_the_words(client, study, admin):
    write_method(study=study, words={"limits": "One."}, by=admin, row_version=0)
    with pytest.raises(StaleError):
        write_method(study=study, words={"limits": "Two."}, by=admin, row_version=0)

    client.force_login(admin.user)
    url = reverse("reports:method_edit", args=[study.slug])
    page = client.post(url, {"row_version": "0", "limits": "Mine, long thought over."})

    assert page.status_code == 409
    assert "Mine, long thought over." in page.text
    assert study.method_words.words == {"limits": "One."}

    assert client.post(url, {"row_version": page.context["row_version"], "limits": "Mine."}).url
    study.method_words.refresh_from_db()
    assert study.method_words.words == {"limits": "Mine."}


def test_an_analyst_is_led_only_to_what_they_may_mend(client, study):
    analyst = MemberFactory(study=study, roles=[RoleName.ANALYST])
    SchemeFactory(study=study)
    client.force_login(analyst.user)

    listed = client.get(reverse("reports:method_show", args=[study.slug])).context["gaps"]

    urls = {gap["url"] for gap in listed}
    assert urls == {"", reverse("reports:method_edit", args=[study.slug])}


@pytest.mark.parametrize("rows", [1, 12])
def test_the_section_takes_as_many_queries_for_many(
    client, study, admin, rows, django_assert_num_queries
):
    for _number in range(rows):
        IncidentFactory(study=study, state=IncidentState.ACCEPTED)
    client.force_login(admin.user)

    with django_assert_num_queries(20):
        client.get(reverse("reports:method_show", args=[study.slug]))


def test_agreement_is_told_as_it_was_measured(monkeypatch):
    monkeypatch.setattr(measuring, "SAMPLES", 40)
    world = reliability_study.study_of()
    reliability_study.code_batch(world)
    reliability_study.measure()
    kept = AgreementReport.objects.get().answer["rounds"][0]
    alpha = kept["overall"]["krippendorff_alpha"]

    paragraphs = section(world.study, f"Coding: {world.scheme.name}", [world.scheme]).paragraphs

    said = " ".join(paragraphs)
    assert "1 batch was coded by several people, none of whom saw another's answer" in said
    assert f"Krippendorff's alpha {shown_decimal(alpha['value'], 2)}" in said
    assert f"coders: {kept['coders']}; categories: {kept['k']})" in said
    assert not [gap for gap in gaps(world.study, [world.scheme]) if "was not measured" in gap]


def test_what_disputes_leave_open_is_missing(monkeypatch):
    monkeypatch.setattr(measuring, "SAMPLES", 40)
    world = reliability_study.study_of()
    reliability_study.code_batch(world)

    missing = gaps(world.study, [world.scheme])

    name = world.scheme.name
    assert f"{name}: Disputes are not settled." in missing
    assert f"{name}: How far coders agree was not measured." in missing
