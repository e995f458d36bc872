import uuid

import pytest

from incidents.actions.drafts import discard_draft, keep, unsent
from incidents.models import Change, Draft, Incident
from incidents.texts import fingerprint
from tests.factories import InterviewFactory, MemberFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def interview():
    return InterviewFactory()


def save(interview, uid, words, tab="one", **more):
    typed = unsent(
        interview=interview,
        uid=uid,
        tab=tab,
        body={"jot": words},
        by=more.pop("by", interview.interviewer),
        **more,
    )
    return keep(typed)


def kept():
    return sorted(draft.body["jot"] for draft in Draft.objects.all())


def test_a_draft_is_kept_once_per_window_and_answers_with_its_fingerprint(interview):
    uid = uuid.uuid4()

    save(interview, uid, "Once")
    draft = save(interview, uid, "Once upon a time")

    assert kept() == ["Once upon a time"]
    assert draft.sha256 == fingerprint({"jot": "Once upon a time"})
    assert (Incident.objects.count(), Change.objects.count()) == (0, 0)


def test_a_draft_that_is_kept_again_is_what_is_stored(interview):
    uid = uuid.uuid4()
    first = save(interview, uid, "Once", position=1, parked=True)

    draft = save(interview, uid, "Once upon", position=2, based_on=3, seen="f" * 64)

    names = [field.attname for field in Draft._meta.concrete_fields]
    stored = Draft.objects.get()
    assert [getattr(stored, name) for name in names] == [getattr(draft, name) for name in names]
    assert (stored.pk, stored.position, stored.based_on, stored.parked) == (first.pk, 2, 3, False)
    assert draft.stored


def test_keeping_a_draft_again_takes_two_statements(interview, django_assert_num_queries):
    uid = uuid.uuid4()
    save(interview, uid, "Once")

    with django_assert_num_queries(2 + len(["SAVEPOINT", "RELEASE"])):
        save(interview, uid, "Once upon a time")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_window_that_saves_twice_at_once_keeps_one_draft():
    interview = InterviewFactory()

    for _round in range(10):
        uid = uuid.uuid4()
        outcomes = at_once(
            lambda uid=uid: save(interview, uid, "Once"),
            lambda uid=uid: save(interview, uid, "Once upon"),
        )
        stored = Draft.objects.get(object_uid=uid)
        assert [type(outcome) for outcome in outcomes] == [Draft, Draft]
        assert stored.sha256 in {outcome.sha256 for outcome in outcomes}


def test_a_window_that_goes_on_from_a_draft_replaces_it(interview):
    uid = uuid.uuid4()
    first = save(interview, uid, "Once")

    save(interview, uid, "Once upon", tab="two", continues=first.sha256)

    assert kept() == ["Once upon"]


def test_two_windows_that_both_write_on_are_both_kept(interview):
    uid = uuid.uuid4()
    first = save(interview, uid, "Once")
    save(interview, uid, "Once more")

    save(interview, uid, "Once upon", tab="two", continues=first.sha256)

    assert kept() == ["Once more", "Once upon"]


def test_the_same_words_of_two_members_are_both_kept(interview):
    uid = uuid.uuid4()
    other = MemberFactory(study=interview.study)

    save(interview, uid, "Once")
    save(interview, uid, "Once", by=other)

    assert kept() == ["Once", "Once"]


def test_what_a_database_cannot_keep_is_left_out(interview):
    draft = save(interview, uuid.uuid4(), "a\x00b\r\nc")

    draft.refresh_from_db()
    assert draft.body == {"jot": "ab\nc"}
    assert draft.sha256 == fingerprint({"jot": "ab\nc"})


def test_discarding_is_logged_without_the_words_and_touches_only_ones_own(interview):
    uid = uuid.uuid4()
    other = MemberFactory(study=interview.study)
    save(interview, uid, "mine, secret")
    save(interview, uid, "theirs", by=other)

    gone = discard_draft(interview=interview, uid=uid, by=interview.interviewer)

    assert (gone, kept()) == (1, ["theirs"])
    assert "secret" not in str(Change.objects.get().details)


def test_one_of_two_windows_is_discarded_by_what_it_says(interview):
    uid = uuid.uuid4()
    first = save(interview, uid, "this")
    save(interview, uid, "that", tab="two")

    discard_draft(interview=interview, uid=uid, by=interview.interviewer, sha256=first.sha256)

    assert kept() == ["that"]
