"""Taking moments, answering, answering anew, taking back: the coder's acts."""

import threading
import uuid

import pytest
from django.db import connection

from incidents.actions.numbering import change_facts
from incidents.choices import IncidentState, RoleName
from incidents.models import Change, Incident, Study
from taxonomy.actions import coding as coding_actions
from taxonomy.actions.coding import (
    CodingRefused,
    code_moment,
    put_aside,
    take_back,
    take_next_assignment,
)
from taxonomy.choices import AssignmentState, BatchState, Confidence, Outcome
from taxonomy.models import Assignment, Batch, Category, Coding, Settlement
from taxonomy.queries.coding import choices_of, work_of
from tests.factories import IncidentFactory, MemberFactory
from tests.taxonomy.factories import AssignmentFactory, CategoryFactory, RoundFactory, SchemeFactory


@pytest.fixture
def scheme(db):
    return SchemeFactory(categories=["Listening", "Waiting"])


@pytest.fixture
def coder(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.CODER])


@pytest.fixture
def assignment(scheme, coder):
    IncidentFactory(study=scheme.study)
    return take_next_assignment(coder=coder, scheme=scheme)


def named(scheme, name):
    return Category.objects.get(scheme=scheme, name=name)


def answer(assignment, name="Listening", *, uid=None, **fields):
    scheme = assignment.batch.scheme
    if name:
        fields["category"] = named(scheme, name)
    return code_moment(
        assignment=Assignment.objects.get(pk=assignment.pk),
        by=assignment.coder,
        uid=uid or uuid.uuid4(),
        **fields,
    )


def settled(assignment):
    row = Settlement.objects.filter(moment=assignment.moment, to_seq=None).first()
    return row and (row.outcome, row.category and row.category.name)


# -- Taking ------------------------------------------------------------------------------------


def test_the_next_moment_is_the_first_that_nobody_has(scheme, coder):
    moments = [IncidentFactory(study=scheme.study).moments.get() for _ in range(3)]
    other = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    AssignmentFactory(scheme=scheme, moment=moments[0], coder=other)

    assert take_next_assignment(coder=coder, scheme=scheme).moment == moments[1]


def test_what_was_accepted_late_comes_after_the_newest(scheme, coder):
    late, given, newest = [IncidentFactory(study=scheme.study).moments.get() for _ in range(3)]
    other = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    AssignmentFactory(scheme=scheme, moment=given, coder=other)

    taken = []
    while assignment := take_next_assignment(coder=coder, scheme=scheme):
        taken.append(assignment.moment)
        answer(assignment)

    assert taken == [newest, late]


def test_asking_again_gives_the_same_moment_until_it_is_answered(scheme, coder):
    IncidentFactory(study=scheme.study)
    IncidentFactory(study=scheme.study)
    first = take_next_assignment(coder=coder, scheme=scheme)

    assert take_next_assignment(coder=coder, scheme=scheme) == first
    answer(first)
    assert take_next_assignment(coder=coder, scheme=scheme) != first


@pytest.mark.parametrize(
    "state", [state for state in IncidentState if state != IncidentState.ACCEPTED]
)
def test_only_accepted_incidents_are_coded(scheme, coder, state):
    IncidentFactory(study=scheme.study, state=state)
    IncidentFactory()  # of another study
    assert take_next_assignment(coder=coder, scheme=scheme) is None


def test_an_incident_that_leaves_while_it_is_with_a_coder_is_passed_over(assignment, coder, scheme):
    Incident.objects.update(state=IncidentState.WITHDRAWN)
    assert take_next_assignment(coder=coder, scheme=scheme) is None


def test_what_a_file_coded_already_is_not_given_to_coders(scheme, coder):
    moment = IncidentFactory(study=scheme.study).moments.get()
    source = MemberFactory(study=scheme.study, user=None)
    Coding.objects.create(
        scheme=scheme,
        moment=moment,
        coder=source,
        purpose="import",
        category=named(scheme, "Waiting"),
        scheme_revision=0,
        seq=1,
    )
    assert take_next_assignment(coder=coder, scheme=scheme) is None


def test_each_scheme_gives_the_moment_anew(scheme, coder, assignment):
    other = SchemeFactory(study=scheme.study, categories=["Cause"])
    answer(assignment)
    assert take_next_assignment(coder=coder, scheme=other).moment == assignment.moment


def test_what_is_put_aside_comes_back_last_and_in_a_circle(scheme, coder):
    for _ in range(3):
        IncidentFactory(study=scheme.study)
    seen, current = [], None
    for _ in range(6):
        current = take_next_assignment(coder=coder, scheme=scheme, after=current)
        seen.append(current.pk)
        put_aside(assignment=current, by=coder)

    assert len(set(seen[:3])) == 3
    assert seen[3:] == seen[:3]


def test_an_answered_moment_cannot_be_put_aside(assignment, coder):
    answer(assignment)
    put_aside(assignment=assignment, by=coder)
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.DONE


# -- Answering ---------------------------------------------------------------------------------


def test_an_answer_is_kept_with_everything_said_and_settles_the_moment(assignment, coder):
    uid = uuid.uuid4()
    answer(assignment, uid=uid, confidence=Confidence.UNSURE, note="Perhaps Waiting.")

    coding = Coding.objects.get()
    assignment.refresh_from_db()
    assert (coding.uid, coding.coder, coding.confidence) == (uid, coder, Confidence.UNSURE)
    assert (coding.note, coding.assignment) == ("Perhaps Waiting.", assignment)
    assert assignment.state == AssignmentState.DONE
    assert settled(assignment) == (Outcome.SINGLE, "Listening")


def test_an_answer_takes_fourteen_statements(assignment, coder, django_assert_num_queries):
    change_facts(assignment.batch.scheme.study, by=coder)  # as ever, a request to count waits
    category = named(assignment.batch.scheme, "Listening")
    known = Assignment.objects.select_related("batch__scheme__study").get(pk=assignment.pk)

    with django_assert_num_queries(14 + len(["SAVEPOINT", "RELEASE"])):
        code_moment(assignment=known, by=coder, uid=uuid.uuid4(), category=category)


def test_an_answer_carries_the_number_that_settles_it(assignment):
    coding = answer(assignment)
    assert coding.seq == Settlement.objects.get().from_seq == Study.objects.get().data_seq


def test_the_change_log_names_the_answer_but_not_its_note(assignment, coder):
    coding = answer(assignment, note="What she told me")
    change = Change.objects.get(verb="code")
    assert (change.object_uid, change.member) == (coding.uid, coder)
    assert "told" not in str(change.details)


def test_the_same_answer_under_the_same_uid_is_one_coding_and_changes_no_number(assignment):
    uid = uuid.uuid4()
    first = answer(assignment, uid=uid)
    number = Study.objects.get().data_seq

    assert answer(assignment, uid=uid) == first
    assert Coding.objects.count() == 1
    assert Study.objects.get().data_seq == number


def test_another_answer_under_the_same_uid_is_not_lost(assignment):
    """The page never heard that its first answer arrived, and its reader chose anew."""
    uid = uuid.uuid4()
    first = answer(assignment, uid=uid)

    second = answer(assignment, "Waiting", uid=uid)

    assert second.supersedes == first
    assert answer(assignment, "Waiting", uid=uid) == second
    assert settled(assignment) == (Outcome.SINGLE, "Waiting")


def test_a_late_repetition_does_not_bring_a_changed_answer_back(assignment):
    uid = uuid.uuid4()
    first = answer(assignment, uid=uid)
    answer(assignment, "Waiting")

    assert answer(assignment, uid=uid) == first
    assert settled(assignment) == (Outcome.SINGLE, "Waiting")


def test_a_uid_that_another_coder_used_is_no_hindrance(assignment, scheme):
    coding = answer(assignment)
    IncidentFactory(study=scheme.study)
    other = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    theirs = take_next_assignment(coder=other, scheme=scheme)

    own = answer(theirs, "Waiting", uid=coding.uid)

    assert own.uid != coding.uid
    assert own.category.name == "Waiting"


def test_a_changed_answer_supersedes_and_keeps_the_one_before(assignment):
    first = answer(assignment)
    second = answer(assignment, "Waiting")

    assert second.supersedes == first
    assert Coding.objects.live().get() == second
    assert settled(assignment) == (Outcome.SINGLE, "Waiting")


@pytest.mark.parametrize("reason", ["too_little", "no_behaviour", "no_category"])
def test_a_moment_may_be_beyond_classifying_for_a_reason(assignment, reason):
    assert answer(assignment, None, unclassifiable=reason).unclassifiable == reason
    assert settled(assignment) == (Outcome.UNCLASSIFIABLE, None)


def _retire(assignment):
    Category.objects.filter(name="Listening").update(retired=True)


def _merge(assignment):
    into = named(assignment.batch.scheme, "Waiting")
    Category.objects.filter(name="Listening").update(merged_into=into)


def _remove(assignment):
    Category.objects.filter(name="Listening").update(exists=False)


def _withdraw(assignment):
    Incident.objects.update(state=IncidentState.WITHDRAWN)


def _lock(assignment):
    Batch.objects.update(state=BatchState.LOCKED)


def _give_away(assignment):
    assignment.coder = MemberFactory(study=assignment.batch.scheme.study)


@pytest.mark.parametrize(
    "meanwhile",
    [_retire, _merge, _remove, _withdraw, _lock, _give_away],
    ids=lambda act: act.__name__,
)
def test_an_answer_that_no_longer_fits_is_refused_and_changes_nothing(assignment, meanwhile):
    meanwhile(assignment)
    number = Study.objects.values_list("data_seq", flat=True).get(
        pk=assignment.batch.scheme.study_id
    )

    with pytest.raises(CodingRefused):
        answer(assignment)

    assert not Coding.objects.exists()
    assert not Settlement.objects.exists()
    assert Assignment.objects.get().state == AssignmentState.OPEN
    assert Study.objects.get(pk=assignment.batch.scheme.study_id).data_seq == number


@pytest.mark.parametrize(
    "fields",
    [{}, {"unclassifiable": "whatever"}],
)
def test_an_answer_that_says_nothing_known_is_refused(assignment, fields):
    with pytest.raises(CodingRefused):
        answer(assignment, None, **fields)


def test_an_answer_that_says_two_things_is_refused(assignment):
    with pytest.raises(CodingRefused):
        answer(assignment, "Listening", unclassifiable="other")


def test_a_category_of_another_scheme_is_refused(assignment, scheme):
    other = SchemeFactory(study=scheme.study, categories=["Cause"])
    with pytest.raises(CodingRefused):
        answer(assignment, None, category=named(other, "Cause"))


# -- Taking back -------------------------------------------------------------------------------


def test_what_is_taken_back_is_to_be_coded_again(assignment, coder, scheme):
    undone = take_back(coding=answer(assignment), by=coder)

    assert undone.taken_back
    assert settled(assignment) is None
    assert take_next_assignment(coder=coder, scheme=scheme) == assignment


def test_after_taking_back_a_new_answer_continues_the_chain(assignment, coder):
    undone = take_back(coding=answer(assignment), by=coder)
    again = answer(assignment, "Waiting")

    assert again.supersedes == undone
    assert settled(assignment) == (Outcome.SINGLE, "Waiting")


def test_taking_back_twice_is_taking_back_once(assignment, coder):
    coding = answer(assignment)
    undone = take_back(coding=coding, by=coder)
    assert take_back(coding=coding, by=coder) == undone
    assert Coding.objects.count() == 2


def test_an_answer_that_was_changed_since_cannot_be_taken_back(assignment, coder):
    first = answer(assignment)
    second = answer(assignment, "Waiting")
    with pytest.raises(CodingRefused):
        take_back(coding=first, by=coder)
    assert Coding.objects.live().get() == second


def test_nobody_takes_back_anothers_answer(assignment):
    coding = answer(assignment)
    other = MemberFactory(study=assignment.batch.scheme.study, roles=[RoleName.CODER])
    with pytest.raises(CodingRefused):
        take_back(coding=coding, by=other)


def test_in_a_locked_batch_nothing_is_taken_back(assignment, coder):
    coding = answer(assignment)
    _lock(assignment)
    with pytest.raises(CodingRefused):
        take_back(coding=coding, by=coder)
    assert settled(assignment) == (Outcome.SINGLE, "Listening")


# -- What is offered, and what is to do --------------------------------------------------------


def test_the_finest_round_is_offered_first_and_coarser_ones_by_name(scheme):
    fine = scheme.rounds.get()
    coarse = RoundFactory(scheme=scheme, name="Strategies")
    strategy = CategoryFactory(round=coarse, name="Respond")
    Category.objects.filter(name="Waiting").update(parent=strategy)
    CategoryFactory(round=fine, name="Gone", retired=True)
    CategoryFactory(round=fine, name="Joined", merged_into=strategy)
    CategoryFactory(round=fine, name="Undone", exists=False)

    offered = [(c.category.name, c.path, c.coarser_round) for c in choices_of(scheme)]

    assert offered == [
        ("Waiting", "Respond", ""),
        ("Listening", "", ""),
        ("Respond", "", "Strategies"),
    ]


def test_a_coder_sees_what_they_did_and_what_waits_in_every_scheme(scheme, coder, assignment):
    SchemeFactory(study=scheme.study)
    SchemeFactory(study=scheme.study, batch=False)  # nothing can be taken there
    for _ in range(3):
        IncidentFactory(study=scheme.study)
    other = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    answer(assignment)
    theirs = IncidentFactory(study=scheme.study).moments.get()
    AssignmentFactory(scheme=scheme, moment=theirs, coder=other)
    take_next_assignment(coder=coder, scheme=scheme)

    rows = [(row.done_today, row.done, row.waiting) for row in work_of(coder)]

    assert rows == [(1, 1, 3), (0, 0, 5), (0, 0, 0)]


def test_many_that_wait_are_not_all_counted(scheme, coder, monkeypatch):
    monkeypatch.setattr("taxonomy.queries.coding.MOST_COUNTED", 2)
    waiting = []
    for _ in range(3):
        IncidentFactory(study=scheme.study)
        waiting += [(row.waiting, row.waiting_shown) for row in work_of(coder)]

    assert waiting == [(1, "1"), (2, "2"), (2, "2+")]


# -- Two at once: real connections -------------------------------------------------------------


def at_once(*acts):
    """Run acts in threads of their own that start together; returns results and raises errors."""
    barrier = threading.Barrier(len(acts))
    results, errors = [], []

    def run(act):
        try:
            barrier.wait(timeout=10)
            results.append(act())
        except Exception as error:  # noqa: BLE001  (raised again by the test's thread)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    return results


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_coders_who_ask_at_once_get_different_moments(monkeypatch):
    """Both have seen the same moment free before either takes it."""
    scheme = SchemeFactory(categories=["Listening"])
    moments = {IncidentFactory(study=scheme.study).moments.get().pk for _ in range(3)}
    coders = [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in range(3)]
    both_saw = threading.Barrier(3)
    assign, met = coding_actions._assign, threading.local()

    def assign_after_all_looked(*what):
        if not getattr(met, "others", False):
            met.others = True
            both_saw.wait(timeout=10)
        return assign(*what)

    monkeypatch.setattr(coding_actions, "_assign", assign_after_all_looked)
    taken = at_once(
        *(lambda coder=c: take_next_assignment(coder=coder, scheme=scheme) for c in coders)
    )

    assert {assignment.moment_id for assignment in taken} == moments
    assert {assignment.coder_id for assignment in taken} == {coder.pk for coder in coders}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_uid", [True, False], ids=["a double click", "two tabs"])
def test_two_answers_at_once_make_one_chain(same_uid):
    scheme = SchemeFactory(categories=["Listening", "Waiting"])
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    IncidentFactory(study=scheme.study)
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    uid = uuid.uuid4()
    second = "Listening" if same_uid else "Waiting"

    at_once(
        lambda: answer(assignment, "Listening", uid=uid),
        lambda: answer(assignment, second, uid=uid if same_uid else uuid.uuid4()),
    )

    live = Coding.objects.live().get()
    assert Coding.objects.count() == (1 if same_uid else 2)
    assert (live.supersedes is None) == same_uid
    assert settled(assignment) == (Outcome.SINGLE, live.category.name)
    assert list(Settlement.objects.filter(to_seq=None).values_list("from_seq", flat=True)) == [
        live.seq
    ]
