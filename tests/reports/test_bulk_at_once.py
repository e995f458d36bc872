"""Two people, two connections, many incidents at once."""

import threading

import pytest
from django.db import transaction

from incidents import jobs
from incidents.actions import reverting, screening
from incidents.choices import IncidentState, JobState, RoleName
from incidents.models import Incident, Moment, Screening
from reports.actions import bulk
from reports.choices import BulkVerb
from reports.models import BulkAct, BulkLine
from taxonomy.actions import planning
from taxonomy.choices import BatchKind
from taxonomy.models import Batch
from tests.factories import MemberFactory
from tests.racing import at_once, elsewhere
from tests.reports.told import make_world, tell

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SUBMITTED, ACCEPTED = IncidentState.SUBMITTED, IncidentState.ACCEPTED
LONG_ENOUGH = 2  # for the other to come as far as a lock lets it


@pytest.fixture
def told():
    """Return a small study, a second admin, and three incidents that wait."""
    world = make_world()
    world.other = MemberFactory(study=world.study, roles=[RoleName.ADMIN])
    world.waiting = [tell(world, f"told {number}", state=SUBMITTED) for number in range(3)]
    return world


def decide(incidents, verb, by, **told):
    chosen = [(row, row.row_version) for row in incidents]
    return bulk.decide_on_chosen(chosen=chosen, verb=verb, by=by, **told)


def accepted(world):
    """Accept those that wait, and return the act."""
    act = decide(world.waiting, BulkVerb.ACCEPT, world.admin)
    for incident in world.waiting:
        incident.refresh_from_db()
    return act


def correct_side(incident, by):
    """Let somebody change an incident, as one that is open on a page."""
    screening.change_told_as(
        incident=incident, told_as="customer", by=by, row_version=incident.row_version
    )


def states(world):
    rows = Incident.objects.filter(pk__in=[row.pk for row in world.waiting])
    return list(rows.order_by("pk").values_list("state", flat=True))


def refused(act):
    return [line.incident_id for line in act.lines.exclude(refusal="")]


class Meeting:
    """Where two threads wait for each other, unless a lock keeps one of them away."""

    def __init__(self):
        self.barrier = threading.Barrier(2)

    def wait(self):
        try:
            self.barrier.wait(LONG_ENOUGH)
        except threading.BrokenBarrierError:
            return


# -- Deciding ---------------------------------------------------------------------------------


def test_of_two_who_decide_on_the_same_incidents_at_once_one_is_told(told):
    acts = at_once(
        lambda: decide(told.waiting, BulkVerb.ACCEPT, told.admin),
        lambda: decide(told.waiting, BulkVerb.EXCLUDE, told.other, criterion="habitual"),
    )

    assert sorted(len(refused(act)) for act in acts) == [0, 3]
    assert len(set(states(told))) == 1
    assert Screening.objects.count() == 3
    first = next(act for act in acts if not refused(act))
    assert BulkLine.objects.filter(act=first, row_version=1).count() == 3


def test_two_who_chose_them_in_another_order_do_not_wait_for_each_other(told, monkeypatch):
    """Each has decided on its first, which is the other's last, before either goes on."""
    meeting, take_one = Meeting(), bulk._decide

    def decide_then_meet(step, act):
        try:
            return take_one(step, act)
        finally:
            meeting.wait()

    monkeypatch.setattr(bulk, "_decide", decide_then_meet)
    acts = at_once(
        lambda: decide(told.waiting, BulkVerb.EXCLUDE, told.admin, criterion="habitual"),
        lambda: decide(told.waiting[::-1], BulkVerb.EXCLUDE, told.other, criterion="habitual"),
    )

    assert [type(act) for act in acts] == [BulkAct, BulkAct]
    assert sorted(len(refused(act)) for act in acts) == [0, 3]


def test_what_somebody_changed_before_its_turn_in_the_background_is_left(told, monkeypatch):
    found = Incident.objects.filter(study=told.study)
    act = bulk.request_decision(asked={}, found=found, verb=BulkVerb.ACCEPT, by=told.admin)
    changed = told.waiting[1]
    change_after_reading(monkeypatch, lambda: correct_side(changed, told.other))

    assert jobs.run_now(act.job).state == JobState.DONE

    assert states(told) == [ACCEPTED, SUBMITTED, ACCEPTED]
    assert refused(act) == [changed.pk]


def change_after_reading(monkeypatch, change):
    """Let somebody change a row when the job has read it and not yet locked the study."""
    lock, todo = bulk.lock_study, [change]

    def lock_a_moment_too_late(study_pk):
        if todo:
            elsewhere(todo.pop())
        return lock(study_pk)

    monkeypatch.setattr(bulk, "lock_study", lock_a_moment_too_late)


def test_what_two_put_on_batches_at_once_is_on_one(told, monkeypatch):
    """Both have seen that nobody codes it yet, where nothing keeps them apart."""
    accepted(told)
    meeting, free = Meeting(), planning.unassigned_moments

    def look_then_meet(scheme):
        found = list(free(scheme).values_list("pk", flat=True))
        meeting.wait()
        return Moment.objects.filter(pk__in=found)

    monkeypatch.setattr(planning, "unassigned_moments", look_then_meet)

    def put(by, name):
        plan = bulk.Plan(told.scheme, [told.coder], name=name)
        return decide(told.waiting, BulkVerb.BATCH, by, plan=plan)

    acts = at_once(lambda: put(told.admin, "First"), lambda: put(told.other, "Second"))

    assert sorted(len(refused(act)) for act in acts) == [0, 3]
    batch = Batch.objects.get(kind=BatchKind.PLAN)
    assert batch.assignments.count() == 3


# -- Undoing ----------------------------------------------------------------------------------


def test_of_two_who_undo_at_once_one_is_told(told, monkeypatch):
    """Both have seen that nobody undid it yet, where nothing keeps them apart."""
    act, meeting, begin = accepted(told), Meeting(), bulk._begin

    def meet_then_begin(**fields):
        meeting.wait()
        return begin(**fields)

    monkeypatch.setattr(bulk, "_begin", meet_then_begin)
    outcomes = at_once(
        lambda: bulk.undo(act=act, by=told.admin), lambda: bulk.undo(act=act, by=told.other)
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BulkAct", "RefusedError"]
    assert states(told) == [SUBMITTED] * 3
    assert BulkAct.objects.filter(undoes=act).count() == 1


def test_undoing_waits_for_a_change_under_way_and_leaves_what_it_touched(told):
    act, changed, begun = accepted(told), told.waiting[1], threading.Event()

    def change_slowly():
        with transaction.atomic():
            correct_side(changed, told.other)
            begun.set()
            threading.Event().wait(LONG_ENOUGH)

    def undo_meanwhile():
        assert begun.wait(30)
        return bulk.undo(act=act, by=told.admin)

    _changed, taken_back = at_once(change_slowly, undo_meanwhile)

    assert states(told) == [SUBMITTED, ACCEPTED, SUBMITTED]
    assert refused(taken_back) == [changed.pk]


def test_a_change_that_comes_while_it_is_undone_is_told_so(told, monkeypatch):
    act, changed, read = accepted(told), told.waiting[1], threading.Event()
    take = bulk._take

    def take_slowly(steps, act):
        read.set()
        threading.Event().wait(LONG_ENOUGH)
        take(steps, act)

    def change_meanwhile():
        assert read.wait(30)
        return correct_side(changed, told.other)

    monkeypatch.setattr(bulk, "_take", take_slowly)
    taken_back, outcome = at_once(lambda: bulk.undo(act=act, by=told.admin), change_meanwhile)

    assert type(outcome).__name__ == "StaleError"
    assert refused(taken_back) == []
    assert states(told) == [SUBMITTED] * 3


def test_what_coders_are_being_given_is_not_put_back(told, monkeypatch):
    """The one who gives has seen that all of it counts; then the other looks for coders."""
    act, coders = accepted(told), [told.coder]
    moments = [row.moments.get() for row in told.waiting]
    seen_to_count, looked_for_coders = threading.Event(), threading.Event()
    check, look = planning._check_moments, reverting._leaves

    def check_then_wait(scheme, wanted):
        check(scheme, wanted)
        seen_to_count.set()
        looked_for_coders.wait(LONG_ENOUGH)  # with the lock the other waits for the study

    def look_then_tell(incident, state):
        leaves = look(incident, state)
        looked_for_coders.set()
        return leaves

    def undo_meanwhile():
        assert seen_to_count.wait(30)
        return bulk.undo(act=act, by=told.other)

    monkeypatch.setattr(planning, "_check_moments", check_then_wait)
    monkeypatch.setattr(reverting, "_leaves", look_then_tell)
    given, taken_back = at_once(
        lambda: planning.open_batch(
            scheme=told.scheme, name="Plan", moments=moments, coders=coders, by=told.admin
        ),
        undo_meanwhile,
    )

    assert given.assignments.count() == 3
    assert states(told) == [ACCEPTED] * 3
    assert len(refused(taken_back)) == 3


def test_undoing_in_the_background_leaves_what_somebody_changed_since_it_was_read(
    told, monkeypatch
):
    act, changed = accepted(told), told.waiting[1]
    monkeypatch.setattr(bulk, "PORTION", 2)
    taken_back = bulk.undo(act=act, by=told.admin)
    change_after_reading(monkeypatch, lambda: correct_side(changed, told.other))

    assert jobs.run_now(taken_back.job).state == JobState.DONE

    assert states(told) == [SUBMITTED, ACCEPTED, SUBMITTED]
    assert refused(taken_back) == [changed.pk]


def test_a_verdict_given_while_it_is_undone_in_the_background_stands(told, monkeypatch):
    act, decided = accepted(told), told.waiting[0]
    monkeypatch.setattr(bulk, "PORTION", 2)
    taken_back = bulk.undo(act=act, by=told.admin)

    def exclude():
        screening.exclude(
            incident=decided,
            criterion="habitual",
            by=told.other,
            row_version=decided.row_version,
        )

    change_after_reading(monkeypatch, exclude)

    assert jobs.run_now(taken_back.job).state == JobState.DONE

    assert states(told) == [IncidentState.EXCLUDED, SUBMITTED, SUBMITTED]
    assert refused(taken_back) == [decided.pk]
