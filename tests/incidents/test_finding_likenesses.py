"""The job that points out stories told twice; people judge, and nothing is merged."""

import pytest

from incidents import jobs
from incidents.actions import likeness
from incidents.actions.likeness import FIND_LIKENESSES, judge_likeness, request_where_unseen
from incidents.actions.refusals import StaleError
from incidents.choices import IncidentState, JobState, RoleName
from incidents.criteria import Judgement
from incidents.models import Change, Incident, IncidentVersion, Job, Likeness, Sketch
from incidents.queries.likeness import likenesses_in, unseen_in
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db
TOLD = (
    "A guest arrived after midnight in heavy rain and her suitcase had been lost by the airline. "
    "Our night porter, Daniel, gave her his own dry jacket, opened the kitchen to make soup and "
    "telephoned the baggage office every hour until the suitcase was found in Lisbon."
)
AGAIN = (
    "It was raining hard and past midnight when this lady checked in; the airline had lost her "
    "suitcase. Daniel on the night desk lent her a jacket, had soup made although the kitchen was "
    "closed, and kept calling the baggage people until they traced the case to Lisbon."
)
OTHER = (
    "The mechanic promised the brakes for Tuesday, then for Thursday, and in the end they squealed "
    "worse than before while the receptionist laughed about it with a colleague."
)


def tell(study, *texts, state=IncidentState.SUBMITTED):
    return [
        IncidentFactory(study=study, state=state, words={"headline": "", "situation": text})
        for text in texts
    ]


def look(study):
    request_where_unseen()
    return jobs.run_now(Job.objects.get(study=study, kind=FIND_LIKENESSES, state=JobState.WAITING))


def pairs(study):
    return list(Likeness.objects.filter(study=study).values_list("first", "second"))


def test_a_story_told_again_is_pointed_out_and_both_stay():
    study = StudyFactory()
    first, _other, again = tell(study, TOLD, OTHER, AGAIN)
    before = list(Incident.objects.order_by("pk").values())

    job = look(study)

    assert (job.state, job.result) == (JobState.DONE, {"found": 1})
    assert pairs(study) == [(first.pk, again.pk)]
    assert list(Incident.objects.order_by("pk").values()) == before
    assert not unseen_in(study)


def test_what_is_new_is_compared_with_what_counts_already_in_the_study_alone():
    study, elsewhere = StudyFactory(), StudyFactory()
    (known,) = tell(study, TOLD, state=IncidentState.ACCEPTED)
    tell(study, TOLD, state=IncidentState.WITHDRAWN)
    tell(study, TOLD, state=IncidentState.IMPORTING)
    tell(elsewhere, TOLD, state=IncidentState.ACCEPTED)
    (new,) = tell(study, AGAIN)

    look(study)

    assert pairs(study) == [(known.pk, new.pk)]
    assert Likeness.objects.count() == 1


def test_nothing_is_asked_for_while_nothing_waits_or_all_was_compared():
    study = StudyFactory()
    tell(study, TOLD, state=IncidentState.ACCEPTED)
    request_where_unseen()
    assert not Job.objects.exists()

    tell(study, OTHER)
    look(study)
    request_where_unseen()

    assert Job.objects.count() == 1


def test_words_put_right_are_compared_anew_and_a_judgement_stays():
    study = StudyFactory()
    member = MemberFactory(study=study, roles=[RoleName.ADMIN])
    first, again, judged = tell(study, TOLD, TOLD, TOLD)
    look(study)
    assert len(pairs(study)) == 3
    pair = Likeness.objects.get(first=first, second=judged)
    judge_likeness(likeness=pair, judgement=Judgement.SAME, by=member)

    version = IncidentVersion.objects.create(
        incident=first, number=2, situation=OTHER, sha256="1" * 64
    )
    Incident.objects.filter(pk=first.pk).update(version=version)
    look(study)

    assert set(pairs(study)) == {(first.pk, judged.pk), (again.pk, judged.pk)}
    assert Likeness.objects.get(first=first).judgement == Judgement.SAME
    assert Sketch.objects.get(incident=first).version == version


def test_looking_twice_changes_nothing():
    study = StudyFactory()
    tell(study, TOLD, AGAIN)
    look(study)
    Sketch.objects.update(compared=False)
    before = list(Likeness.objects.values())

    look(study)

    assert list(Likeness.objects.values()) == before


def test_many_are_looked_through_in_portions(monkeypatch):
    monkeypatch.setattr(likeness, "PORTION", 2)
    study = StudyFactory()
    told = tell(study, TOLD, OTHER, TOLD, TOLD, OTHER)

    look(study)

    keys = [incident.pk for incident in told]
    expected = {(keys[0], keys[2]), (keys[0], keys[3]), (keys[2], keys[3]), (keys[1], keys[4])}
    assert set(pairs(study)) == expected
    assert Sketch.objects.filter(compared=True).count() == 5


def test_of_a_huge_study_the_newest_are_compared(monkeypatch):
    monkeypatch.setattr(likeness, "MOST_COMPARED", 2)
    study = StudyFactory()
    tell(study, TOLD, state=IncidentState.ACCEPTED)
    second, third = tell(study, AGAIN, TOLD)

    look(study)

    assert pairs(study) == [(second.pk, third.pk)]


def test_a_judgement_is_recorded_and_may_be_taken_back():
    study = StudyFactory()
    member = MemberFactory(study=study, roles=[RoleName.ADMIN])
    tell(study, TOLD, AGAIN)
    look(study)
    pair = Likeness.objects.get()

    judged = judge_likeness(likeness=pair, judgement=Judgement.OTHER, by=member)
    assert (judged.judgement, judged.judged_by) == (Judgement.OTHER, member)
    assert not likenesses_in(study, Judgement.OPEN).exists()
    assert Change.objects.latest("pk").details == {"judgement": ["open", "other"]}

    again = judge_likeness(likeness=judged, judgement=Judgement.OPEN, by=member)
    assert (again.judged_by, again.judged_at) == (None, None)


def test_of_two_who_judge_the_second_is_told():
    study = StudyFactory()
    member = MemberFactory(study=study, roles=[RoleName.ADMIN])
    tell(study, TOLD, AGAIN)
    look(study)
    seen = Likeness.objects.get()
    judge_likeness(likeness=Likeness.objects.get(), judgement=Judgement.SAME, by=member)

    with pytest.raises(StaleError):
        judge_likeness(likeness=seen, judgement=Judgement.OTHER, by=member)

    assert Likeness.objects.get().judgement == Judgement.SAME


def test_what_was_withdrawn_is_pointed_out_no_more():
    study = StudyFactory()
    first, _again = tell(study, TOLD, AGAIN)
    look(study)
    assert likenesses_in(study, Judgement.OPEN).count() == 1

    Incident.objects.filter(pk=first.pk).update(state=IncidentState.WITHDRAWN)

    assert not likenesses_in(study, Judgement.OPEN).exists()
