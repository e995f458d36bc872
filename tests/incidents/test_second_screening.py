"""A sample is screened by two: drawn by seed, judged blind, compared, and settled by an admin."""

import pytest

from incidents.actions import screening
from incidents.actions.refusals import RefusedError, StaleError
from incidents.actions.second_screening import give_second_verdict, settle_disagreement
from incidents.choices import IncidentState, RoleName, Verdict
from incidents.criteria import Finding, SettledFor
from incidents.models import Change, Incident, Job, Screening, ScreeningPlan, SecondScreening
from incidents.queries.screening import is_blind
from incidents.queries.second_screening import (
    disagreements_of,
    double_screening_of,
    incidents_due,
    seconds_due,
)
from incidents.reliability.drawing import is_drawn
from tests.factories import IncidentFactory, MemberFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db
SUBMITTED = IncidentState.SUBMITTED


@pytest.fixture
def admins():
    first = MemberFactory(roles=[RoleName.ADMIN])
    ScreeningPlan.objects.create(study=first.study, share=100, seed=1)
    return [first, MemberFactory(study=first.study, roles=[RoleName.ADMIN])]


def judged_first(admin, verdict="accept", findings=None, **fields):
    incident = IncidentFactory(study=admin.study, state=SUBMITTED, **fields)
    judge = {
        "accept": (screening.accept, {}),
        "return": (screening.return_with_question, {"question": "When?"}),
        "exclude": (screening.exclude, {"criterion": "habitual"}),
        "withdraw": (screening.withdraw, {}),
    }
    verb, more = judge[verdict]
    if verdict != "withdraw":
        more["findings"] = findings
    verb(incident=incident, by=admin, row_version=0, **more)
    incident.refresh_from_db()
    return incident


def second_on(incident):
    return SecondScreening.objects.get(incident=incident)


def give(incident, admin, verdict="accept", **more):
    criterion = "too_old" if verdict == "exclude" else ""
    words = "Where?" if verdict == "return" else ""
    given = {"criterion": criterion, "words": words, **more}
    return give_second_verdict(second=second_on(incident), verdict=verdict, by=admin, **given)


def settle(incident, admin, settled_for, row_version=None):
    version = incident.row_version if row_version is None else row_version
    return settle_disagreement(
        second=second_on(incident),
        settled_for=settled_for,
        because="It is one occasion.",
        by=admin,
        row_version=version,
    )


def everything():
    models = (Incident, Screening, SecondScreening, Change, Job)
    return [list(model.objects.order_by("pk").values()) for model in models]


# -- Drawing ----------------------------------------------------------------------------------


def test_of_what_is_screened_exactly_the_drawn_ones_wait_for_a_second_verdict(admins):
    ScreeningPlan.objects.update(share=40, seed=5)
    told = [judged_first(admins[0]) for _number in range(20)]

    drawn = {second.incident_id for second in SecondScreening.objects.all()}
    assert drawn == {one.pk for one in told if is_drawn(one.uid, share=40, seed=5)}
    assert 0 < len(drawn) < 20


def test_a_study_without_a_plan_draws_nobody(admins):
    ScreeningPlan.objects.all().delete()

    judged_first(admins[0])

    assert not SecondScreening.objects.exists()


def test_only_the_first_verdict_is_judged_again_and_no_withdrawal(admins):
    incident = judged_first(admins[0], "return")
    first = second_on(incident).first
    screening.exclude(incident=incident, criterion="habitual", by=admins[1], row_version=1)
    judged_first(admins[0], "withdraw")

    assert SecondScreening.objects.get().first == first


def test_the_words_that_the_first_one_judged_are_judged_again(admins):
    incident = judged_first(admins[0])

    assert second_on(incident).version == incident.version


# -- Judging ----------------------------------------------------------------------------------


def test_a_second_verdict_is_for_anybody_but_the_first_screener(admins):
    incident = judged_first(admins[0])

    assert list(seconds_due(admins[0])) == []
    assert list(incidents_due(admins[1])) == [incident]
    with pytest.raises(RefusedError):
        give(incident, admins[0])
    assert second_on(incident).given_at is None


def test_a_second_verdict_moves_no_incident_and_no_fact(admins):
    incident = judged_first(admins[0])
    before = Incident.objects.values().get()
    jobs = Job.objects.count()

    second = give(incident, admins[1], "exclude", findings={"too_old": Finding.UNMET})

    assert Incident.objects.values().get() == before
    assert (Screening.objects.count(), Job.objects.count()) == (1, jobs)
    assert (second.member, second.verdict, second.criterion) == (admins[1], "exclude", "too_old")
    assert second.findings == {"too_old": "unmet"}
    assert Change.objects.get(verb="give_second_verdict").details["verdict"] == "exclude"


def test_a_second_verdict_is_given_once(admins):
    incident = judged_first(admins[0])
    third = MemberFactory(study=incident.study, roles=[RoleName.ADMIN])
    seen_before = second_on(incident)
    give(incident, admins[1])
    before = everything()

    with pytest.raises(StaleError):
        give_second_verdict(second=seen_before, verdict="return", words="When?", by=third)

    assert everything() == before


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_second_verdicts_at_once_one_is_refused():
    for _round in range(8):
        first = MemberFactory(roles=[RoleName.ADMIN])
        ScreeningPlan.objects.create(study=first.study, share=100, seed=1)
        others = [MemberFactory(study=first.study) for _number in range(2)]
        incident = judged_first(first)

        outcomes = at_once(
            *(lambda other=other: give(incident, other) for other in others)  # noqa: B023
        )

        names = sorted(type(outcome).__name__ for outcome in outcomes)
        assert names == ["SecondScreening", "StaleError"]


def test_everybody_but_the_first_screener_is_blind_until_the_second_has_spoken(admins):
    incident = judged_first(admins[0])

    assert [is_blind(admin, incident) for admin in admins] == [False, True]
    give(incident, admins[1])
    assert not is_blind(admins[1], incident)


# -- Agreement --------------------------------------------------------------------------------


def test_agreement_is_counted_by_decision_and_by_criterion(admins):
    said = [("accept", "accept")] * 2 + [("accept", "exclude"), ("return", "return")]
    for first, second in said:
        incident = judged_first(admins[0], first, findings={"habitual": "met", "too_old": "met"})
        give(incident, admins[1], second, findings={"habitual": "unmet", "no_result": "met"})
    judged_first(admins[0])

    double = double_screening_of(admins[0].study)

    assert (double.drawn, double.given, double.due) == (5, 4, 1)
    assert double.decision.percent == 75
    # p_e = 3/4 × 2/4 + 1/4 × 1/4 + 0 × 1/4 = 7/16, so kappa = (12/16 - 7/16) / (9/16)
    assert double.decision.kappa == pytest.approx(5 / 9)
    assert [numbers for _words, numbers in double.decision.rows] == [
        [2, 0, 1],
        [0, 1, 0],
        [0, 0, 0],
    ]
    (habitual,) = double.criteria
    assert (habitual.table.units, habitual.percent) == (4, 0)


def test_what_was_settled_later_changes_no_agreement(admins):
    incident = judged_first(admins[0])
    give(incident, admins[1], "exclude")
    before = double_screening_of(admins[0].study).decision

    settle(incident, admins[0], SettledFor.SECOND)

    assert double_screening_of(admins[0].study).decision == before


# -- Settling ---------------------------------------------------------------------------------


def test_disagreements_are_listed_until_they_are_settled(admins):
    agreed, differing = judged_first(admins[0]), judged_first(admins[0])
    give(agreed, admins[1])
    give(differing, admins[1], "exclude")
    study = admins[0].study

    assert list(disagreements_of(study, settled=False)) == [second_on(differing)]
    settle(differing, admins[0], SettledFor.FIRST)
    assert not disagreements_of(study, settled=False).exists()
    assert list(disagreements_of(study, settled=True)) == [second_on(differing)]


def test_the_first_verdict_that_stands_leaves_the_incident_as_it_is(admins):
    incident = judged_first(admins[0], "return")
    give(incident, admins[1])
    Incident.objects.update(state=SUBMITTED)  # its interviewer has answered meanwhile

    settle(incident, admins[0], SettledFor.FIRST)

    assert Incident.objects.get().state == SUBMITTED
    assert Screening.objects.count() == 1


def test_the_second_verdict_that_stands_takes_effect(admins):
    incident = judged_first(admins[0])
    give(incident, admins[1], "exclude")

    second = settle(incident, admins[0], SettledFor.SECOND)

    assert Incident.objects.get().state == IncidentState.EXCLUDED
    last = Screening.objects.latest("pk")
    assert (last.verdict, last.criterion, last.member) == (Verdict.EXCLUDE, "too_old", admins[0])
    assert (second.settled_by, second.settled_because) == (admins[0], "It is one occasion.")
    assert "occasion" not in str(list(Change.objects.values_list("details", flat=True)))


@pytest.mark.parametrize("settled_for", SettledFor.values)
def test_agreement_and_a_verdict_still_due_cannot_be_settled(admins, settled_for):
    agreed, due = judged_first(admins[0]), judged_first(admins[0])
    give(agreed, admins[1])
    before = everything()

    for incident in (agreed, due):
        with pytest.raises(RefusedError):
            settle(incident, admins[0], settled_for)

    assert everything() == before


def test_an_incident_that_was_changed_meanwhile_is_looked_at_again(admins):
    incident = judged_first(admins[0])
    give(incident, admins[1], "exclude")
    before = everything()

    with pytest.raises(StaleError):
        settle(incident, admins[0], SettledFor.SECOND, row_version=incident.row_version - 1)

    assert everything() == before


def test_a_disagreement_is_settled_once(admins):
    incident = judged_first(admins[0])
    give(incident, admins[1], "exclude")
    settle(incident, admins[0], SettledFor.FIRST)
    before = everything()

    with pytest.raises(StaleError):
        settle(incident, admins[1], SettledFor.FIRST)

    assert everything() == before
