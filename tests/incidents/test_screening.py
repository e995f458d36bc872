import threading
import time

import pytest
from django.db import transaction

from incidents.actions import screening
from incidents.actions.fieldwork import Part, Told, correct_incident
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import Criterion, IncidentState, RoleName, ToldAs, Valence, Viewpoint
from incidents.models import Change, Incident, Job, Moment, Screening, Study
from taxonomy.models import Assignment, Batch, Scheme
from tests.factories import IncidentFactory, MemberFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db
SUBMITTED, ACCEPTED = IncidentState.SUBMITTED, IncidentState.ACCEPTED
LONG_ENOUGH_TO_BLOCK = 0.5


def admin_of(study):
    return MemberFactory(study=study, roles=[RoleName.ADMIN])


def number_of(study):
    return Study.objects.values_list("data_seq", flat=True).get(pk=study.pk)


def everything():
    """Return all that a refused act must leave alone."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Incident, Moment, Screening, Study, Change, Job)
    ]


VERBS = {
    "accept": (screening.accept, {}),
    "return": (screening.return_with_question, {"question": "Where was it?"}),
    "exclude": (screening.exclude, {"criterion": Criterion.HABITUAL}),
    "withdraw": (screening.withdraw, {"reason": "Consent withdrawn."}),
}


def decide(verdict, incident, by=None, row_version=None):
    verb, more = VERBS[verdict]
    return verb(
        incident=incident,
        by=by or admin_of(incident.study),
        row_version=incident.row_version if row_version is None else row_version,
        **more,
    )


# -- Verdicts ---------------------------------------------------------------------------------


def test_accepting_lets_the_moments_enter_under_the_studys_next_number():
    incident = IncidentFactory(state=SUBMITTED, moments=2)
    admin = admin_of(incident.study)

    decide("accept", incident, by=admin)

    assert Incident.objects.get().state == ACCEPTED
    assert number_of(incident.study) == 1
    assert [moment.entered_seq for moment in incident.moments.all()] == [1, 1]
    assert Screening.objects.values_list("member", "verdict").get() == (admin.pk, "accept")
    assert Change.objects.get(verb="accept").details["state"] == ["submitted", "accepted"]
    assert Job.objects.count() == 1


@pytest.mark.parametrize("verdict", ["return", "exclude", "withdraw"])
def test_an_accepted_incident_leaves_under_a_number(verdict):
    incident = IncidentFactory(state=ACCEPTED)
    before = number_of(incident.study)

    decide(verdict, incident)

    incident.refresh_from_db()
    assert (number_of(incident.study), incident.left_seq) == (before + 1, before + 1)
    assert incident.state == screening.STATE_AFTER[verdict]


@pytest.mark.parametrize("verdict", ["return", "exclude", "withdraw"])
def test_what_never_counted_changes_no_fact(verdict):
    incident = IncidentFactory(state=SUBMITTED)

    decide(verdict, incident)

    incident.refresh_from_db()
    assert (number_of(incident.study), incident.left_seq, Job.objects.count()) == (0, None, 0)
    assert incident.state == screening.STATE_AFTER[verdict]


def test_the_log_of_an_exclusion_holds_the_criterion_and_not_the_reason():
    incident = IncidentFactory(state=SUBMITTED)

    screening.exclude(
        incident=incident,
        criterion=Criterion.OTHER,
        reason="secret words",
        by=admin_of(incident.study),
        row_version=0,
    )

    assert Screening.objects.get().words == "secret words"
    details = Change.objects.get(verb="exclude").details
    assert details == {"state": ["submitted", "excluded"], "criterion": "other"}


@pytest.mark.parametrize("verdict", list(VERBS))
def test_a_verdict_on_what_was_changed_meanwhile_is_stale_and_changes_nothing(verdict):
    incident = IncidentFactory(state=SUBMITTED)
    Incident.objects.update(row_version=4)
    admin = admin_of(incident.study)
    before = everything()

    with pytest.raises(StaleError):
        decide(verdict, incident, by=admin, row_version=3)

    assert everything() == before


@pytest.mark.parametrize("state", IncidentState.values)
@pytest.mark.parametrize("verdict", list(VERBS))
def test_only_the_states_named_take_a_verdict(verdict, state):
    incident = IncidentFactory(state=state)
    admin = admin_of(incident.study)
    before = everything()

    if state in screening.STATES_BEFORE[verdict]:
        decide(verdict, incident, by=admin)
        assert Incident.objects.get().state == screening.STATE_AFTER[verdict]
    else:
        with pytest.raises(StaleError):
            decide(verdict, incident, by=admin)
        assert everything() == before


# -- Facts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "numbers"), [(SUBMITTED, 0), (ACCEPTED, 1)])
def test_a_corrected_valence_is_a_fact_only_of_accepted_incidents(state, numbers):
    incident = IncidentFactory(state=state, valence=Valence.POSITIVE)
    moment = incident.moments.get()
    before = number_of(incident.study)

    screening.change_valence(
        moment=moment, valence=Valence.MIXED, by=admin_of(incident.study), row_version=0
    )

    assert Moment.objects.values_list("valence", "row_version").get() == ("mixed", 1)
    assert number_of(incident.study) == before + numbers
    assert Change.objects.get().details == {"valence": ["positive", "mixed"]}


@pytest.mark.parametrize(("state", "numbers"), [(SUBMITTED, 0), (ACCEPTED, 1)])
def test_a_corrected_side_moves_the_viewpoint(state, numbers):
    incident = IncidentFactory(state=state, told_as=ToldAs.OWN)
    before = number_of(incident.study)

    screening.change_told_as(
        incident=incident, told_as=ToldAs.CUSTOMER, by=admin_of(incident.study), row_version=0
    )

    assert Incident.objects.get().viewpoint == Viewpoint.CUSTOMER
    assert number_of(incident.study) == before + numbers
    assert Change.objects.get().details == {"told_as": ["own", "customer"]}


def test_a_correction_of_what_was_corrected_meanwhile_is_stale():
    incident = IncidentFactory()
    moment = incident.moments.get()
    admin = admin_of(incident.study)
    before = everything()

    with pytest.raises(StaleError):
        screening.change_valence(moment=moment, valence="mixed", by=admin, row_version=1)
    with pytest.raises(StaleError):
        screening.change_told_as(incident=incident, told_as="own", by=admin, row_version=1)

    assert everything() == before


# -- Dividing ---------------------------------------------------------------------------------

PARTS = [Part("The wait", Valence.NEGATIVE), Part("The apology", Valence.POSITIVE)]


def divide(incident, parts, by=None):
    incident.refresh_from_db()
    return screening.divide_incident(
        incident=incident,
        parts=parts,
        by=by or admin_of(incident.study),
        row_version=incident.row_version,
    )


def as_rows(incident):
    return list(incident.moments.values_list("position", "label", "valence"))


def test_dividing_keeps_the_first_moment_and_adds_the_others():
    incident = IncidentFactory(state=SUBMITTED)
    first = incident.moments.get()

    divide(incident, PARTS)

    assert as_rows(incident) == [(1, "The wait", "negative"), (2, "The apology", "positive")]
    assert incident.moments.first().uid == first.uid


def test_parts_of_an_accepted_incident_enter_under_the_number_of_the_division():
    incident = IncidentFactory()

    divide(incident, PARTS)

    number = number_of(incident.study)
    assert number == 2
    assert [moment.entered_seq for moment in incident.moments.all()] == [1, number]


def test_one_part_makes_the_incident_whole_again():
    incident = IncidentFactory(state=SUBMITTED)
    divide(incident, PARTS)

    divide(incident, [Part("dropped", Valence.MIXED)])

    assert as_rows(incident) == [(1, "", "mixed")]


@pytest.mark.parametrize(
    "parts", [[], [Part("a", "mixed"), Part(" ", "mixed")], [Part("a", "mixed")] * 13]
)
def test_parts_without_labels_or_without_measure_are_refused(parts):
    incident = IncidentFactory(state=SUBMITTED)
    admin = admin_of(incident.study)
    before = everything()

    with pytest.raises(RefusedError):
        divide(incident, parts, by=admin)

    assert everything() == before


def test_an_incident_that_is_with_a_coder_is_not_divided():
    incident = IncidentFactory()
    scheme = Scheme.objects.create(study=incident.study, slug="serve", name="SERVE")
    Assignment.objects.create(
        batch=Batch.objects.create(scheme=scheme, name="All"),
        moment=incident.moments.get(),
        coder=MemberFactory(study=incident.study),
    )
    admin = admin_of(incident.study)
    before = everything()

    with pytest.raises(RefusedError):
        divide(incident, PARTS, by=admin)

    assert everything() == before


# -- Two at once ------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_screeners_at_once_the_second_is_told_and_changes_nothing():
    for _round in range(10):
        incident = IncidentFactory(state=SUBMITTED)
        admins = [admin_of(incident.study) for _number in range(2)]

        outcomes = at_once(
            lambda: decide("accept", incident, by=admins[0], row_version=0),  # noqa: B023
            lambda: decide("exclude", incident, by=admins[1], row_version=0),  # noqa: B023
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Incident", "StaleError"]
        assert Screening.objects.filter(incident=incident).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["return", "exclude", "withdraw"])
def test_a_verdict_waits_for_the_words_being_corrected_and_neither_blocks_the_other(name):
    incident = IncidentFactory(state=SUBMITTED)
    interviewer, admin = incident.interview.interviewer, admin_of(incident.study)
    told = Told(words={"headline": "Put right"}, told_as=incident.told_as)
    has_corrected = threading.Event()

    def correct():
        with transaction.atomic():
            correct_incident(incident=incident, told=told, by=interviewer, based_on=1)
            has_corrected.set()
            time.sleep(LONG_ENOUGH_TO_BLOCK)

    def judge():
        assert has_corrected.wait(10)
        decide(name, incident, by=admin, row_version=0)

    outcomes = at_once(correct, judge)

    assert [type(outcome).__name__ for outcome in outcomes] == ["NoneType", "StaleError"]
    assert incident.versions.count() == 2
