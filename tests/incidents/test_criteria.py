"""A study picks its criteria from a template and changes them; those that block do."""

import pytest

from incidents.actions import criteria, screening
from incidents.actions.criteria import Wanted
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import IncidentState, RoleName, Valence
from incidents.criteria import KNOWN, Effect, Finding, TemplateName, effects_in
from incidents.models import Change, Incident, Moment, Screening, ScreeningPlan, StudyCriterion
from incidents.queries.criteria import asked_in, criteria_of, reasons_of, reasons_open
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return MemberFactory(roles=[RoleName.ADMIN])


def choose(admin, template, row_version=0):
    return criteria.choose_template(
        study=admin.study, template=template, by=admin, row_version=row_version
    )


def block(admin, code, row_version=0):
    return criteria.change_criteria(
        study=admin.study,
        wanted=[Wanted(code, Effect.BLOCKS)],
        share=0,
        seed=1,
        by=admin,
        row_version=row_version,
    )


def waiting(study, **fields):
    return IncidentFactory(study=study, state=IncidentState.SUBMITTED, **fields)


def effects(study):
    return {criterion.code: criterion.effect for criterion in criteria_of(study)}


def test_a_study_that_never_chose_asks_what_serve_asks_and_only_flags():
    study = StudyFactory()

    assert effects(study) == effects_in(TemplateName.SERVE)
    assert not any(criterion.blocks for criterion in asked_in(study))
    assert StudyCriterion.objects.count() == 0


def test_the_classic_four_block_and_what_they_leave_out_is_not_asked(admin):
    choose(admin, TemplateName.CLASSIC)

    blocking = [criterion.code for criterion in asked_in(admin.study) if criterion.blocks]
    assert blocking == ["no_customer", "habitual", "too_little", "neither"]
    assert effects(admin.study)["too_old"] == Effect.OFF
    assert effects(StudyFactory()) == effects_in(TemplateName.SERVE)


def test_another_template_keeps_words_and_own_criteria(admin):
    criteria.change_criteria(
        study=admin.study,
        wanted=[Wanted("habitual", Effect.OFF, name="It happened once")],
        share=0,
        seed=1,
        by=admin,
        row_version=0,
    )
    own = criteria.add_criterion(
        study=admin.study, name="In a branch", unmet="Elsewhere", effect=Effect.BLOCKS, by=admin
    )

    choose(admin, TemplateName.SERVE, row_version=1)

    found = {criterion.code: criterion for criterion in criteria_of(admin.study)}
    assert (found["habitual"].name, found["habitual"].effect) == ("It happened once", Effect.FLAGS)
    assert (found[own.code].name, found[own.code].blocks) == ("In a branch", True)
    assert len(found) == len(KNOWN) + 1


def test_an_own_criterion_can_be_a_reason_and_stays_named_when_switched_off(admin):
    own = criteria.add_criterion(
        study=admin.study, name="In a branch", unmet="Elsewhere", effect=Effect.FLAGS, by=admin
    )
    assert dict(reasons_open(asked_in(admin.study)))[own.code] == "Elsewhere"

    criteria.change_criteria(
        study=admin.study,
        wanted=[Wanted(own.code, Effect.OFF, "In a branch", "Elsewhere")],
        share=0,
        seed=1,
        by=admin,
        row_version=0,
    )

    assert own.code not in dict(reasons_open(asked_in(admin.study)))
    assert reasons_of(admin.study)[own.code] == "Elsewhere"


def test_two_who_change_the_criteria_do_not_overwrite_each_other(admin):
    choose(admin, TemplateName.CLASSIC)
    before = list(StudyCriterion.objects.values())

    with pytest.raises(StaleError):
        block(admin, "too_old", row_version=0)

    assert list(StudyCriterion.objects.values()) == before
    assert ScreeningPlan.objects.get().row_version == 1
    assert [change.verb for change in Change.objects.all()] == ["choose_criteria"]


def test_a_study_has_only_so_many_criteria(admin, monkeypatch):
    monkeypatch.setattr(criteria, "MOST_CRITERIA", len(KNOWN))

    with pytest.raises(RefusedError):
        criteria.add_criterion(
            study=admin.study, name="n", unmet="u", effect=Effect.FLAGS, by=admin
        )

    assert StudyCriterion.objects.count() == 0


# -- Blocking ---------------------------------------------------------------------------------


def accept(incident, admin, findings=None):
    return screening.accept(
        incident=incident, by=admin, row_version=incident.row_version, findings=findings
    )


def test_a_criterion_that_only_flags_stops_nobody(admin):
    incident = waiting(admin.study)

    accept(incident, admin, {"too_little": Finding.UNMET})

    assert Incident.objects.get().state == IncidentState.ACCEPTED
    assert Screening.objects.get().findings == {"too_little": "unmet"}


@pytest.mark.parametrize(
    ("valence", "finding", "blocked"),
    [
        (Valence.POSITIVE, None, False),
        (Valence.POSITIVE, Finding.UNCLEAR, False),
        (Valence.POSITIVE, Finding.UNMET, True),
        (Valence.NEUTRAL, None, True),
        (Valence.NEUTRAL, Finding.UNCLEAR, True),
        (Valence.NEUTRAL, Finding.MET, False),
    ],
)
def test_one_that_blocks_needs_a_yes_where_it_is_flagged_and_never_a_no(
    admin, valence, finding, blocked
):
    block(admin, "neither")
    incident = waiting(admin.study, valence=valence)
    findings = {"neither": finding} if finding else {}

    if blocked:
        with pytest.raises(RefusedError, match="clearly good or clearly poor"):
            accept(incident, admin, findings)
    else:
        accept(incident, admin, findings)

    assert (Incident.objects.get().state == IncidentState.SUBMITTED) == blocked
    assert Screening.objects.exists() != blocked
    assert (Moment.objects.get().entered_seq is None) == blocked


def test_what_blocks_accepting_hinders_no_other_verdict(admin):
    block(admin, "neither")
    incident = waiting(admin.study, valence=Valence.NEUTRAL)

    screening.exclude(
        incident=incident,
        criterion="neither",
        by=admin,
        row_version=0,
        findings={"neither": Finding.UNMET},
    )

    assert Incident.objects.get().state == IncidentState.EXCLUDED
    assert Screening.objects.values_list("criterion", "findings").get() == (
        "neither",
        {"neither": "unmet"},
    )
