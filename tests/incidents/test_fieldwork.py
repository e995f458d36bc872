import datetime as dt
import threading
import time
import uuid

import pytest
from django.db import IntegrityError, transaction

from incidents import texts
from incidents.actions.answers import Answered
from incidents.actions.fieldwork import (
    Elsewhere,
    Told,
    correct_incident,
    move_respondent,
    open_interview,
    record_incident,
)
from incidents.actions.refusals import RefusedError, StaleError
from incidents.actions.screening import change_told_as, change_valence, return_with_question
from incidents.choices import IncidentState, RoleName, Valence, VersionKind, Viewpoint
from incidents.models import (
    Answer,
    Change,
    Incident,
    IncidentVersion,
    Interview,
    Moment,
    Respondent,
    Site,
)
from incidents.queries.fieldwork import facts_checksum
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    OrganizationFactory,
    RespondentFactory,
    SiteFactory,
)
from tests.racing import at_once, elsewhere

pytestmark = pytest.mark.django_db
LONG_ENOUGH_TO_BLOCK = 0.5
SECRET = "the words nobody may find in the change log"
TOLD = Told(
    words={"headline": "The late letter", "situation": SECRET},
    language="en",
    told_as="customer",
    valence=Valence.NEGATIVE,
    happened_told="about a week ago",
    happened_from=dt.date(1999, 3, 5),
    happened_to=dt.date(1999, 3, 11),
)


def again(told, **changes):
    """Return what is told with other words or facts."""
    words = {**told.words, **changes.pop("words", {})}
    return Told(**{**vars(told), "words": words, **changes})


def open_one(site=None, **fields):
    site = site or SiteFactory()
    study = site.organization.study
    fields = {"uid": uuid.uuid4(), "respondent": "R1", "held_on": dt.date(1999, 3, 1), **fields}
    by = fields.pop("by", None) or MemberFactory(study=study, roles=[RoleName.INTERVIEWER])
    return open_interview(study=study, site=site, by=by, **fields)


# -- Interviews -------------------------------------------------------------------------------


def test_opening_an_interview_twice_under_one_uid_gives_the_same_interview():
    site = SiteFactory()
    by = MemberFactory(study=site.organization.study)
    uid = uuid.uuid4()

    first = open_one(site, uid=uid, by=by)
    second = open_one(site, uid=uid, by=by, held_on=dt.date(1999, 4, 1))

    assert first == second
    assert second.held_on == dt.date(1999, 3, 1)
    assert Change.objects.filter(verb="open_interview").count() == 1


def test_an_interview_of_somebody_else_is_not_opened_again():
    interview = InterviewFactory()
    before = Interview.objects.values().get()

    with pytest.raises(RefusedError):
        open_one(SiteFactory(study=interview.study), uid=interview.uid)

    assert Interview.objects.values().get() == before
    assert Respondent.objects.count() == 1


def test_a_known_respondent_stays_where_they_are_and_what_is_typed_is_filled_in():
    known = RespondentFactory(job_role="Clerk")
    other = SiteFactory(study=known.study)

    interview = open_one(other, respondent=known.code, job_role="Clerk", contact="At the desk")

    assert interview.respondent == known
    known.refresh_from_db()
    assert (known.site_id == other.pk, known.contact) == (False, "At the desk")


def test_what_is_known_of_a_respondent_is_replaced_only_on_purpose():
    known = RespondentFactory(job_role="Clerk")
    site = known.site

    with pytest.raises(RefusedError):
        open_one(site, respondent=known.code, job_role="Pilot")
    known.refresh_from_db()
    assert (known.job_role, Interview.objects.count()) == ("Clerk", 0)
    open_one(site, respondent=known.code, job_role="Pilot", replace=True)
    known.refresh_from_db()
    assert (known.job_role, Interview.objects.count()) == ("Pilot", 1)


def test_a_site_nobody_came_from_before_falls_to_its_countrys_region():
    organization = OrganizationFactory()
    study = organization.study
    europe = study.regions.create(name="Europe")
    europe.countries.create(study=study, country="FR")
    by = MemberFactory(study=study)

    for code in ("R1", "R2"):
        open_interview(
            study=study,
            uid=uuid.uuid4(),
            respondent=code,
            site=Elsewhere(organization=organization, country="FR", place="Lyon"),
            by=by,
            held_on=dt.date(1999, 3, 1),
        )

    site = Site.objects.get(place="Lyon")
    assert site.region == europe
    assert site.respondents.count() == 2


# -- Incidents --------------------------------------------------------------------------------


def test_an_incident_is_recorded_with_one_version_and_one_moment_under_its_uid():
    interview = InterviewFactory()
    uid = uuid.uuid4()

    record_incident(interview=interview, uid=uid, told=TOLD, by=interview.interviewer, position=3)

    incident = Incident.objects.select_related("version").get(uid=uid)
    assert (incident.state, incident.position) == (IncidentState.SUBMITTED, 3)
    assert (incident.viewpoint, incident.site) == (Viewpoint.CUSTOMER, interview.respondent.site)
    assert (incident.version.number, incident.version.kind) == (1, VersionKind.ORIGINAL)
    assert incident.version.author == interview.interviewer
    assert incident.version.folded == texts.searchable(f"The late letter {SECRET}")
    assert [moment.valence for moment in incident.moments.all()] == ["negative"]


def test_the_change_log_names_the_act_and_never_repeats_the_words():
    interview = InterviewFactory()

    record_incident(interview=interview, uid=uuid.uuid4(), told=TOLD, by=interview.interviewer)

    change = Change.objects.get(verb="record_incident")
    assert change.member == interview.interviewer
    assert SECRET in IncidentVersion.objects.get().situation
    assert SECRET not in str(change.details)


def test_the_same_uid_and_content_again_changes_nothing():
    interview = InterviewFactory()
    uid = uuid.uuid4()
    send = {"interview": interview, "uid": uid, "told": TOLD, "by": interview.interviewer}

    first = record_incident(**send)
    second = record_incident(**send)

    assert first == second
    assert (IncidentVersion.objects.count(), Moment.objects.count()) == (1, 1)
    assert Change.objects.filter(object_uid=uid).count() == 1


def test_the_same_uid_with_other_content_is_kept_as_a_further_version():
    interview = InterviewFactory()
    uid = uuid.uuid4()
    other = again(TOLD, words={"situation": "Other words."}, valence=Valence.MIXED)

    for told in (TOLD, other):
        record_incident(interview=interview, uid=uid, told=told, by=interview.interviewer)

    words = IncidentVersion.objects.order_by("number").values_list("situation", flat=True)
    assert list(words) == [SECRET, "Other words."]
    assert Incident.objects.get().version.number == 2
    assert Moment.objects.get().valence == Valence.MIXED


def test_a_uid_of_another_interview_is_refused_and_nothing_changes():
    theirs = IncidentFactory()
    interview = InterviewFactory(study=theirs.study)

    with pytest.raises(RefusedError):
        record_incident(interview=interview, uid=theirs.uid, told=TOLD, by=interview.interviewer)

    assert theirs.versions.count() == 1


def test_text_that_no_database_keeps_is_left_out_of_what_is_stored():
    interview = InterviewFactory()
    told = again(TOLD, words={"situation": "a\x00b\r\nc"})

    record_incident(interview=interview, uid=uuid.uuid4(), told=told, by=interview.interviewer)

    assert IncidentVersion.objects.get().situation == "ab\nc"


# -- Corrections ------------------------------------------------------------------------------


def returned(**fields):
    incident = IncidentFactory(state=IncidentState.SUBMITTED, **fields)
    admin = MemberFactory(study=incident.study, roles=[RoleName.ADMIN])
    return return_with_question(
        incident=incident, question="Where was it?", by=admin, row_version=incident.row_version
    )


ANSWER = Answered(words="It was in the lobby.", on=dt.date(1999, 3, 20))


def test_an_answer_is_kept_beside_its_question_and_hands_the_incident_in_again():
    incident = returned()
    by = incident.interview.interviewer

    correct_incident(incident=incident, told=TOLD, by=by, based_on=1, answered=ANSWER)

    incident.refresh_from_db()
    version, answer = incident.version, Answer.objects.get()
    assert incident.state == IncidentState.SUBMITTED
    assert (version.number, version.based_on, version.kind) == (2, 1, VersionKind.CORRECTION)
    assert incident.versions.get(number=1).headline == f"Headline of {incident.uid}"
    assert (answer.words, answer.answered_on, answer.author) == (ANSWER.words, ANSWER.on, by)
    assert answer.screening == incident.screenings.get(verdict="return")


def test_an_answer_without_other_words_counts_once_however_often_it_is_sent():
    interview = InterviewFactory()
    by = interview.interviewer
    incident = record_incident(interview=interview, uid=uuid.uuid4(), told=TOLD, by=by)
    admin = MemberFactory(study=incident.study)
    return_with_question(incident=incident, question="Sure?", by=admin, row_version=0)

    for _time in range(2):
        correct_incident(incident=incident, told=TOLD, by=by, based_on=1, answered=ANSWER)

    incident.refresh_from_db()
    assert (incident.state, incident.versions.count()) == (IncidentState.SUBMITTED, 1)
    assert Answer.objects.count() == 1


def test_another_answer_to_the_same_question_is_kept_too():
    incident = returned()
    by = incident.interview.interviewer

    for words in ("In the lobby.", "No, at the desk."):
        answered = Answered(words=words, on=dt.date(1999, 3, 20))
        correct_incident(incident=incident, told=TOLD, by=by, based_on=None, answered=answered)

    assert [answer.words for answer in Answer.objects.all()] == [
        "In the lobby.",
        "No, at the desk.",
    ]


def test_the_log_of_an_answer_does_not_repeat_it():
    incident = returned()

    correct_incident(
        incident=incident,
        told=TOLD,
        by=incident.interview.interviewer,
        based_on=1,
        answered=ANSWER,
    )

    change = Change.objects.get(verb="correct_incident")
    assert change.details["answer"] == str(Answer.objects.get().uid)
    assert ANSWER.words not in str(change.details)


def test_a_correction_of_an_older_version_is_stale_and_nothing_changes():
    incident = returned()
    by = incident.interview.interviewer
    correct_incident(incident=incident, told=TOLD, by=by, based_on=1)
    before = list(Incident.objects.values())

    with pytest.raises(StaleError):
        correct_incident(
            incident=incident, told=again(TOLD, words={"note": "mine"}), by=by, based_on=1
        )

    assert list(Incident.objects.values()) == before
    assert incident.versions.count() == 2


def test_going_back_to_earlier_words_on_purpose_is_a_version_of_its_own():
    interview = InterviewFactory()
    by = interview.interviewer
    incident = record_incident(interview=interview, uid=uuid.uuid4(), told=TOLD, by=by)
    other = again(TOLD, words={"situation": "Other words."})
    correct_incident(incident=incident, told=other, by=by, based_on=1)

    correct_incident(incident=incident, told=TOLD, by=by, based_on=2)

    assert list(incident.versions.values_list("number", flat=True)) == [1, 2, 3]


@pytest.mark.parametrize(
    "state", [IncidentState.ACCEPTED, IncidentState.EXCLUDED, IncidentState.WITHDRAWN]
)
def test_what_was_decided_on_is_no_longer_corrected(state):
    incident = IncidentFactory(state=state)

    with pytest.raises(RefusedError):
        correct_incident(
            incident=incident, told=TOLD, by=incident.interview.interviewer, based_on=1
        )

    assert incident.versions.count() == 1


def test_the_valence_of_a_divided_incident_is_left_to_its_parts():
    incident = IncidentFactory(state=IncidentState.RETURNED, moments=2, valence=Valence.POSITIVE)

    correct_incident(incident=incident, told=TOLD, by=incident.interview.interviewer, based_on=1)

    assert {moment.valence for moment in incident.moments.all()} == {Valence.POSITIVE}


# -- What a screener corrected ----------------------------------------------------------------


@pytest.fixture
def told():
    interview = InterviewFactory()
    by = interview.interviewer
    incident = record_incident(interview=interview, uid=uuid.uuid4(), told=TOLD, by=by)
    incident.refresh_from_db()
    return incident


def screened(incident):
    """Let a screener correct from which side the incident is told, and its valence."""
    admin = MemberFactory(study=incident.study, roles=[RoleName.ADMIN])
    change_told_as(incident=incident, told_as="own", by=admin, row_version=incident.row_version)
    change_valence(moment=incident.moments.get(), valence=Valence.MIXED, by=admin, row_version=0)


def stands(incident):
    incident.refresh_from_db()
    return incident.told_as, incident.moments.get().valence, incident.versions.count()


@pytest.mark.parametrize("words", [{}, {"note": "One thing more."}])
def test_a_form_from_before_a_screeners_correction_is_stale_and_overwrites_nothing(told, words):
    seen = facts_checksum(told, told.moments.get().valence)
    screened(told)

    with pytest.raises(StaleError):
        correct_incident(
            incident=told,
            told=again(TOLD, words=words),
            by=told.interview.interviewer,
            based_on=1,
            seen=seen,
        )

    assert stands(told) == ("own", "mixed", 1)


def test_a_form_that_knew_of_no_incident_overwrites_no_correction_either(told):
    screened(told)

    with pytest.raises(StaleError):
        record_incident(
            interview=told.interview,
            uid=told.uid,
            told=again(TOLD, words={"note": "One thing more."}),
            by=told.interview.interviewer,
        )

    assert stands(told) == ("own", "mixed", 1)


def test_what_was_handed_in_before_the_correction_is_known_when_it_comes_again(told):
    screened(told)

    record_incident(
        interview=told.interview, uid=told.uid, told=TOLD, by=told.interview.interviewer
    )

    assert stands(told) == ("own", "mixed", 1)


def test_a_form_that_saw_the_correction_may_change_it_again(told):
    screened(told)
    seen = facts_checksum(Incident.objects.get(), told.moments.get().valence)

    correct_incident(incident=told, told=TOLD, by=told.interview.interviewer, based_on=1, seen=seen)

    assert stands(told) == ("customer", "negative", 2)


def test_other_words_with_the_facts_as_they_stand_meet_no_conflict(told):
    seen = facts_checksum(told, told.moments.get().valence)
    screened(told)
    agreed = again(TOLD, words={"note": "Yes."}, told_as="own", valence=Valence.MIXED)

    correct_incident(
        incident=told, told=agreed, by=told.interview.interviewer, based_on=1, seen=seen
    )

    assert stands(told) == ("own", "mixed", 2)


# -- Respondents ------------------------------------------------------------------------------


def test_moving_a_respondent_moves_all_they_told_under_a_new_number():
    incident = IncidentFactory()
    bystander = IncidentFactory(study=incident.study)
    study = incident.study
    site = SiteFactory(study=study)
    study.refresh_from_db()
    before = study.data_seq

    respondent = incident.interview.respondent
    move_respondent(respondent=respondent, site=site, by=MemberFactory(study=study), row_version=0)

    study.refresh_from_db()
    assert study.data_seq == before + 1
    assert Respondent.objects.get(pk=respondent.pk).site == site
    assert Incident.objects.get(pk=incident.pk).site == site
    assert Incident.objects.get(pk=bystander.pk).site == bystander.site


def test_a_respondent_moved_meanwhile_stays_where_they_are():
    respondent = RespondentFactory()
    site = SiteFactory(study=respondent.study)
    admin = MemberFactory(study=respondent.study)

    with pytest.raises(StaleError):
        move_respondent(respondent=respondent, site=site, by=admin, row_version=1)

    respondent.refresh_from_db()
    respondent.study.refresh_from_db()
    assert (respondent.site_id == site.pk, respondent.study.data_seq) == (False, 0)


def test_an_incident_that_came_with_a_translation_is_corrected_like_any_other():
    incident = IncidentFactory(state=IncidentState.RETURNED)
    IncidentVersion.objects.create(
        incident=incident, number=2, based_on=1, kind=VersionKind.TRANSLATION, sha256="0" * 64
    )

    correct_incident(incident=incident, told=TOLD, by=incident.interview.interviewer, based_on=1)

    incident.refresh_from_db()
    version = incident.version
    assert (version.number, version.kind, version.based_on) == (3, VersionKind.CORRECTION, 1)
    assert version.headline == "The late letter"


def test_what_the_database_refuses_is_no_repetition_and_leaves_nothing():
    interview, uid = InterviewFactory(), uuid.uuid4()
    backwards = again(TOLD, happened_to=dt.date(1999, 3, 1))

    with pytest.raises(IntegrityError):
        record_incident(interview=interview, uid=uid, told=backwards, by=interview.interviewer)

    assert not Incident.objects.exists()
    assert not Change.objects.filter(verb="record_incident").exists()


# -- Two at once ------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_windows_that_submit_one_uid_at_once_make_one_incident():
    interview = InterviewFactory()
    uid = uuid.uuid4()

    def send():
        return record_incident(interview=interview, uid=uid, told=TOLD, by=interview.interviewer)

    for _round in range(10):
        uid = uuid.uuid4()
        outcomes = at_once(send, send)
        assert [type(outcome) for outcome in outcomes] == [Incident, Incident]
        assert IncidentVersion.objects.filter(incident__uid=uid).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_incident_told_while_its_respondent_moves_stands_where_the_respondent_does():
    interview = InterviewFactory()
    respondent = Respondent.objects.get(pk=interview.respondent_id)  # not the one it has loaded
    admin, site = MemberFactory(study=interview.study), SiteFactory(study=interview.study)
    has_moved = threading.Event()

    def move():
        with transaction.atomic():
            move_respondent(respondent=respondent, site=site, by=admin, row_version=0)
            has_moved.set()
            time.sleep(LONG_ENOUGH_TO_BLOCK)

    def tell():
        assert has_moved.wait(10)
        record_incident(interview=interview, uid=uuid.uuid4(), told=TOLD, by=interview.interviewer)

    assert at_once(move, tell) == [None, None]
    assert Incident.objects.get().site == site


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_respondent_moves_only_after_what_is_being_told_of_them():
    interview = InterviewFactory()
    respondent = Respondent.objects.get(pk=interview.respondent_id)
    admin, site = MemberFactory(study=interview.study), SiteFactory(study=interview.study)
    is_told = threading.Event()

    def tell():
        with transaction.atomic():
            told = {"told": TOLD, "by": interview.interviewer}
            record_incident(interview=interview, uid=uuid.uuid4(), **told)
            is_told.set()
            time.sleep(LONG_ENOUGH_TO_BLOCK)

    def move():
        assert is_told.wait(10)
        move_respondent(respondent=respondent, site=site, by=admin, row_version=0)

    assert at_once(tell, move) == [None, None]
    assert Incident.objects.get().site == site


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_incidents_of_one_respondent_do_not_wait_for_each_other():
    interview = InterviewFactory()

    def tell():
        record_incident(interview=interview, uid=uuid.uuid4(), told=TOLD, by=interview.interviewer)

    with transaction.atomic():
        tell()
        elsewhere(tell)

    assert Incident.objects.filter(version__number=1).count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_screener_and_an_interviewer_at_once_do_not_overwrite_each_other():
    interview = InterviewFactory()
    by = interview.interviewer
    incident = record_incident(interview=interview, uid=uuid.uuid4(), told=TOLD, by=by)
    seen = facts_checksum(incident, TOLD.valence)
    admin = MemberFactory(study=incident.study, roles=[RoleName.ADMIN])
    has_changed = threading.Event()

    def screen():
        with transaction.atomic():
            change_valence(
                moment=incident.moments.get(), valence=Valence.MIXED, by=admin, row_version=0
            )
            has_changed.set()
            time.sleep(LONG_ENOUGH_TO_BLOCK)

    def correct():
        assert has_changed.wait(10)
        told = again(TOLD, words={"note": "One thing more."})
        correct_incident(incident=incident, told=told, by=by, based_on=1, seen=seen)

    outcomes = at_once(screen, correct)

    assert [type(outcome) for outcome in outcomes] == [type(None), StaleError]
    assert (Moment.objects.get().valence, IncidentVersion.objects.count()) == ("mixed", 1)
