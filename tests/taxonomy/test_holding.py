"""A holdout: drawn from what nobody has seen, locked, brought back once or as if never drawn."""

import threading
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import jobs
from incidents.actions.refusals import RefusedError, StaleError
from incidents.actions.reverting import put_back
from incidents.actions.screening import change_told_as, exclude, withdraw
from incidents.choices import IncidentState, JobState, RoleName, Valence
from incidents.models import Change, Incident, Job, Moment
from taxonomy.actions import holding
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import add_category
from taxonomy.actions.holding import (
    BRING_BACK,
    HoldoutRefused,
    HoldoutStale,
    draw_holdout,
    release_holdout,
    take_back_holdout,
)
from taxonomy.actions.measuring import MEASURE_AGREEMENT
from taxonomy.actions.planning import PlanRefused, lock_batch, open_batch
from taxonomy.choices import Purpose, Unclassifiable
from taxonomy.models import (
    Assignment,
    Category,
    Coding,
    HeldIncident,
    Holdout,
    SortItem,
    TrainingItem,
    TrainingSet,
)
from taxonomy.queries.checks import differences
from taxonomy.queries.confirmation import agreement_on, confirmation_of
from taxonomy.queries.drawing import asked_again
from taxonomy.queries.facts import facts_of
from taxonomy.queries.holdout import (
    AskedToHold,
    draw_to_hold,
    eligible_in,
    holdout_of,
    still_held,
    whereabouts_of,
)
from taxonomy.tabulation.dealing import draw_sample
from taxonomy.tabulation.intervals import wilson
from tests.factories import MemberFactory
from tests.racing import at_once
from tests.taxonomy.factories import AssignmentFactory, SortFactory
from tests.taxonomy.planning_world import (
    answer,
    coders_in,
    moments_in,
    plan_of,
    scheme_to_code,
)

HELD, ACCEPTED = IncidentState.HELD_OUT, IncidentState.ACCEPTED
HALF = AskedToHold(seed=5, percent=50)
ALL = AskedToHold(seed=5, number=1000)


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def study(scheme):
    return scheme.study


@pytest.fixture
def admin(study):
    return MemberFactory(study=study, roles=[RoleName.ADMIN])


def states(study):
    return list(study.incidents.order_by("pk").values_list("state", flat=True))


def counted(scheme):
    return set(facts_of(scheme).values_list("pk", flat=True))


# -- Drawing -----------------------------------------------------------------------------------


def test_what_the_preview_shows_is_held_out_by_region_and_valence(scheme, study, admin):
    north, south = moments_in(scheme, 6), moments_in(scheme, 4)
    Moment.objects.filter(pk__in=[one.pk for one in north[:2]]).update(valence=Valence.NEGATIVE)

    seen = draw_to_hold(study, HALF)
    holdout = draw_holdout(study=study, asked=HALF, by=admin, seen=seen.digest)

    assert sorted((line.available, line.drawn) for line in seen.strata) == [(2, 1), (4, 2), (4, 2)]
    held = set(study.incidents.filter(state=HELD).values_list("pk", flat=True))
    assert held == set(seen.incidents) == set(holdout.held.values_list("incident", flat=True))
    assert sum(moment.incident_id in held for moment in south) == 2
    assert counted(scheme) == {one.pk for one in [*north, *south] if one.incident_id not in held}
    assert holdout.drawing["asked"] == {"percent": 50, "number": None}
    assert holdout.drawing["drawn"]["drawn"] == 5
    assert Change.objects.get(verb="draw_holdout").details == {
        "incidents": 5,
        "available": 10,
        "percent": 50,
        "number": None,
    }


def test_what_arrives_meanwhile_makes_the_preview_stale(scheme, study):
    moments_in(scheme, 4)
    seen = draw_to_hold(study, HALF).digest
    moments_in(scheme, 2)

    with pytest.raises(HoldoutStale):
        draw_holdout(study=study, asked=HALF, by=None, seen=seen)
    assert not Holdout.objects.exists()
    assert set(states(study)) == {ACCEPTED}


def test_only_what_nobody_has_coded_sorted_or_practised_on_is_drawn(scheme, study):
    moments = moments_in(scheme, 7)
    coder = MemberFactory(study=study, roles=[RoleName.CODER])
    AssignmentFactory(scheme=scheme, moment=moments[0], coder=coder)
    answer(AssignmentFactory(scheme=scheme, moment=moments[1], coder=coder))
    SortItem.objects.create(sort=SortFactory(scheme=scheme), position=1, moment=moments[2])
    practice = TrainingSet.objects.create(scheme=scheme, name="Practice")
    TrainingItem.objects.create(
        training_set=practice,
        moment=moments[3],
        position=1,
        unclassifiable=Unclassifiable.OTHER,
    )
    Incident.objects.filter(moments=moments[4]).update(state=IncidentState.SUBMITTED)

    draw_holdout(study=study, asked=ALL, by=None)

    assert [state == HELD for state in states(study)] == [False] * 5 + [True] * 2
    Incident.objects.filter(state=HELD).update(state=ACCEPTED)
    eligible = eligible_in(study)
    assert (eligible.free, eligible.with_coders, eligible.in_sorts) == (2, 2, 1)
    assert (eligible.in_training, eligible.waiting, eligible.accepted) == (1, 1, 6)


def test_a_coding_in_any_scheme_of_the_study_is_in_the_way(scheme, study):
    other = scheme_to_code(study=study)
    (moment,) = moments_in(scheme, 1)
    AssignmentFactory(
        scheme=other, moment=moment, coder=MemberFactory(study=study, roles=[RoleName.CODER])
    )

    with pytest.raises(HoldoutRefused, match="has been coded, given or sorted"):
        draw_holdout(study=study, asked=HALF, by=None)


def test_where_nothing_is_accepted_nothing_is_drawn(study):
    with pytest.raises(HoldoutRefused, match="no incident is accepted"):
        draw_holdout(study=study, asked=HALF, by=None)


def test_a_study_has_one_holdout(scheme, study):
    moments_in(scheme, 4)
    holdout = draw_holdout(study=study, asked=HALF, by=None)

    with pytest.raises(HoldoutRefused, match="has a holdout already"):
        draw_holdout(study=study, asked=HALF, by=None)
    with (
        pytest.raises(IntegrityError, match=r"holdout_once_per_study|study_id"),
        transaction.atomic(),
    ):
        Holdout.objects.create(study=study, seed=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        HeldIncident.objects.create(holdout=holdout, incident=holdout.held.first().incident)
    Holdout.objects.update(taken_back_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Holdout.objects.update(released_at=timezone.now())


def test_an_incident_of_several_moments_goes_with_all_of_them(scheme, study):
    (moment,) = moments_in(scheme, 1)
    Moment.objects.create(incident=moment.incident, position=2, label="Later", valence="negative")

    seen = draw_to_hold(study, ALL)
    draw_holdout(study=study, asked=ALL, by=None)

    assert [(line.valence, line.drawn) for line in seen.strata] == [(moment.valence, 1)]
    assert counted(scheme) == set()


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=5),
    share=st.integers(0, 100),
    seed=st.text(max_size=5),
)
def test_a_sample_takes_its_share_of_every_stratum(sizes, share, seed):
    keys = [kind for kind, size in enumerate(sizes) for _ in range(size)]
    strata = {key: (kind, "positive") for key, kind in enumerate(keys)}
    number = len(keys) * share // 100

    drawn, chosen = draw_sample(strata, number, seed=seed)

    assert len(set(chosen)) == len(chosen) == number == sum(drawn.values())
    for kind, size in enumerate(sizes):
        assert abs(drawn[kind, "positive"] - size * number / len(keys)) < 1
        assert sum(strata[key][0] == kind for key in chosen) == drawn[kind, "positive"]
    assert draw_sample(dict(reversed(strata.items())), number, seed=seed) == (drawn, chosen)


# -- Locked ------------------------------------------------------------------------------------


@pytest.fixture
def held(scheme, study):
    (moment,) = moments_in(scheme, 1)
    draw_holdout(study=study, asked=ALL, by=None)
    return Incident.objects.get(moments=moment)


def test_nobody_reads_what_is_held_out_and_its_teller_knows_that_it_exists(study, held):
    member = MemberFactory(study=study, roles=list(RoleName))
    analyst = MemberFactory(study=study, roles=[RoleName.ANALYST, RoleName.CODER])
    held.interview.interviewer = analyst
    teller = MemberFactory(study=study, roles=[RoleName.INTERVIEWER])
    held.interview.interviewer = teller
    held.interview.save()

    for who in (member, analyst, teller):
        assert not Incident.objects.visible_to(who).exists()
    known = [Incident.objects.known_to(who).exists() for who in (member, teller, analyst)]
    assert known == [True, True, False]


def test_what_is_held_out_is_given_to_nobody(scheme, study, held):
    coder, other = coders_in(scheme, 2)
    moment = held.moments.get()

    assert take_next_assignment(coder=coder, scheme=scheme) is None
    with pytest.raises(PlanRefused):
        open_batch(scheme=scheme, name="No", moments=[moment], coders=[coder, other], by=None)
    with pytest.raises(PlanRefused):
        plan_of(scheme, [coder, other])
    assert not Assignment.objects.exists()


def test_no_verdict_but_a_withdrawal_and_no_correction_reaches_what_is_held_out(study, held, admin):
    version = held.row_version
    known = {"incident": held, "by": admin, "row_version": version}

    with pytest.raises(StaleError):
        exclude(**known, criterion="habitual")
    with pytest.raises(StaleError):
        change_told_as(**known, told_as="own")
    with pytest.raises(RefusedError, match="held out"):
        put_back(**known, state=IncidentState.SUBMITTED)
    withdraw(**known)

    assert states(study) == [IncidentState.WITHDRAWN]
    where = whereabouts_of(holdout_of(study))
    assert (where.held, where.used, where.out) == (0, 0, 1)


def test_what_is_withdrawn_while_held_out_does_not_come_back(scheme, study, admin):
    moments = moments_in(scheme, 2)
    holdout = draw_holdout(study=study, asked=ALL, by=None)
    gone = Incident.objects.get(moments=moments[0])
    withdraw(incident=gone, by=admin, row_version=gone.row_version)

    release_holdout(holdout=holdout, reason="Done", by=admin)

    assert states(study) == [IncidentState.WITHDRAWN, ACCEPTED]


# -- Back --------------------------------------------------------------------------------------


def test_a_release_brings_all_back_and_keeps_the_revisions_of_then(scheme, study, admin):
    moments = moments_in(scheme, 4)
    before = counted(scheme)
    holdout = draw_holdout(study=study, asked=HALF, by=admin)
    add_category(round=scheme.rounds.get(), name="Late", by=admin)
    scheme.refresh_from_db()

    release_holdout(holdout=holdout, reason=" Nothing new comes. ", by=admin)

    assert counted(scheme) == before == {moment.pk for moment in moments}
    assert holdout.revisions == {str(scheme.uid): scheme.revision}
    assert (holdout.reason, holdout.released_by) == ("Nothing new comes.", admin)
    assert Change.objects.filter(verb="release_holdout", member=admin).count() == 1
    assert [one for one in differences(study) if one.kind != "category"] == []


def test_it_is_released_once_with_a_reason_and_then_not_taken_back(scheme, study):
    moments_in(scheme, 2)
    holdout = draw_holdout(study=study, asked=HALF, by=None)

    with pytest.raises(HoldoutRefused, match="Say why"):
        release_holdout(holdout=holdout, reason="  ", by=None)
    release_holdout(holdout=holdout, reason="Done", by=None)
    for again in (
        lambda: release_holdout(holdout=holdout, reason="Twice", by=None),
        lambda: take_back_holdout(holdout=holdout, by=None),
    ):
        with pytest.raises(HoldoutRefused, match="already"):
            again()
    assert Holdout.objects.get().reason == "Done"


def test_what_is_taken_back_counts_as_if_never_drawn_and_another_may_be_drawn(scheme, study):
    moments = moments_in(scheme, 4)
    first = draw_holdout(study=study, asked=HALF, by=None)

    take_back_holdout(holdout=first, by=None)

    assert counted(scheme) == {moment.pk for moment in moments}
    assert holdout_of(study) is None
    assert draw_holdout(study=study, asked=HALF, by=None) != first
    with pytest.raises(HoldoutRefused):
        release_holdout(holdout=first, reason="No", by=None)
    assert list(Change.objects.filter(verb__contains="holdout").values_list("verb", flat=True)) == [
        "draw_holdout",
        "take_back_holdout",
        "draw_holdout",
    ]


def test_many_come_back_in_portions_and_what_a_killed_worker_left_comes_next(
    scheme, study, monkeypatch
):
    monkeypatch.setattr(holding, "PORTION", 2)
    moments_in(scheme, 7)
    holdout = draw_holdout(study=study, asked=ALL, by=None)
    release_holdout(holdout=holdout, reason="Done", by=None)
    job = Job.objects.get(kind=BRING_BACK)
    assert (still_held(holdout).count(), states(study).count(ACCEPTED)) == (5, 2)
    with transaction.atomic():  # a worker that was killed had done one portion more
        holding._bring_back_portion(holdout, by=None)

    assert jobs.run_now(job).state == JobState.DONE

    assert set(states(study)) == {ACCEPTED}
    assert job.result == {"incidents": 3}
    assert len(counted(scheme)) == 7


def test_nothing_comes_back_by_a_job_before_the_end(scheme, study):
    moments_in(scheme, 1)
    holdout = draw_holdout(study=study, asked=ALL, by=None)
    job = jobs.request_job(kind=BRING_BACK, study=study, args={"holdout": str(holdout.uid)})

    assert jobs.run_now(job).state == JobState.FAILED
    assert states(study) == [HELD]


def test_while_some_are_still_coming_back_no_other_is_drawn(scheme, study, monkeypatch):
    monkeypatch.setattr(holding, "PORTION", 2)
    moments_in(scheme, 5)
    take_back_holdout(holdout=draw_holdout(study=study, asked=ALL, by=None), by=None)

    with pytest.raises(HoldoutRefused, match="3"):
        draw_holdout(study=study, asked=ALL, by=None)

    jobs.run_now(Job.objects.get(kind=BRING_BACK))
    assert draw_holdout(study=study, asked=ALL, by=None).held.count() == 5


def test_a_worker_that_comes_late_brings_nothing_back_that_was_drawn_again(scheme, study):
    moments_in(scheme, 2)
    first = draw_holdout(study=study, asked=ALL, by=None)
    take_back_holdout(holdout=first, by=None)
    second = draw_holdout(study=study, asked=ALL, by=None)
    job = jobs.request_job(kind=BRING_BACK, study=study, args={"holdout": str(first.uid)})

    assert jobs.run_now(job).result == {"incidents": 0}
    assert states(study) == [HELD, HELD]
    assert (still_held(first).count(), still_held(second).count()) == (0, 2)


# -- Two at once ------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_coder_takes_while_the_holdout_is_drawn_is_held_out_or_theirs(monkeypatch):
    """The one who draws has seen the moment free; then a coder asks for it."""
    scheme = scheme_to_code()
    (coder,), (moment,) = coders_in(scheme, 1), moments_in(scheme, 1)
    seen, taken = threading.Event(), threading.Event()
    draw = holding.draw_to_hold

    def draw_slowly(*asked):
        drawing = draw(*asked)
        assert drawing.drawn == 1
        seen.set()
        taken.wait(2)  # with the lock the coder is still waiting for the study
        return drawing

    def take_once_seen():
        assert seen.wait(30)
        assignment = take_next_assignment(coder=coder, scheme=scheme)
        taken.set()
        return assignment

    monkeypatch.setattr(holding, "draw_to_hold", draw_slowly)
    holdout, assignment = at_once(
        lambda: draw_holdout(study=scheme.study, asked=ALL, by=None), take_once_seen
    )

    assert isinstance(holdout, Holdout)
    assert assignment is None
    assert not Assignment.objects.filter(moment=moment).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_release_at_once_one_is_told():
    scheme = scheme_to_code()
    moments_in(scheme, 2)
    holdout = draw_holdout(study=scheme.study, asked=ALL, by=None)
    copies = [Holdout.objects.select_related("study").get(pk=holdout.pk) for _ in range(2)]

    came = at_once(
        *(
            lambda copy=copy: release_holdout(holdout=copy, reason="Done", by=None)
            for copy in copies
        )
    )

    assert sorted(type(one).__name__ for one in came) == ["Holdout", "HoldoutRefused"]
    assert Change.objects.filter(verb="release_holdout").count() == 1
    assert Moment.objects.filter(stays__isnull=False).count() == 2
    assert states(scheme.study) == [ACCEPTED, ACCEPTED]


# -- What it confirms --------------------------------------------------------------------------


def test_a_plan_of_the_holdout_gives_out_nothing_else(scheme, study):
    moments_in(scheme, 4)
    holdout = draw_holdout(study=study, asked=HALF, by=None)
    release_holdout(holdout=holdout, reason="Done", by=None)
    coders = coders_in(scheme, 2)

    plan = plan_of(scheme, coders, holdout=str(holdout.uid))

    given_out = set(Assignment.objects.values_list("moment__incident", flat=True))
    assert given_out == set(holdout.held.values_list("incident", flat=True))
    assert asked_again(plan, first_due=None, portions=None).holdout == str(holdout.uid)


def test_the_confirmation_says_what_fits_what_is_new_and_what_fits_nowhere(
    scheme, study, admin, django_assert_num_queries
):
    moments_in(scheme, 7)
    holdout = draw_holdout(study=study, asked=ALL, by=None)
    (old,) = add_categories(scheme, ["Old"], by=admin)
    release_holdout(holdout=holdout, reason="Done", by=admin)
    _new, joined = add_categories(scheme, ["New", "Joined"], by=admin)
    coders = coders_in(scheme, 2)
    batch = plan_of(scheme, coders, holdout=str(holdout.uid)).batches.get()
    none = Unclassifiable.NO_CATEGORY
    said = ["Old", "Old", "New", "Joined", none, Unclassifiable.OTHER, ("Old", "New")]
    for moment, word in zip(Moment.objects.order_by("pk"), said, strict=True):
        for place, task in enumerate(batch.assignments.filter(moment=moment).order_by("coder")):
            say(task, word[place] if isinstance(word, tuple) else word)
    lock_batch(batch=batch, by=None)
    Moment.objects.create(incident=moment.incident, position=2, label="Nobody's")
    merge_categories(categories=[joined], into=old, by=admin)

    with django_assert_num_queries(6):
        found = confirmation_of(scheme, holdout, holdout.revisions[str(scheme.uid)])

    assert (found.fitting, found.added) == (3, 1)
    assert (found.unclassifiable, found.no_category) == (2, 1)
    assert (found.moments, found.decided, found.in_dispute, found.waiting) == (8, 6, 1, 1)


def add_categories(scheme, names, *, by):
    return [add_category(round=scheme.rounds.get(), name=name, by=by) for name in names]


def say(task, word):
    category = None if word in Unclassifiable.values else word
    code_moment(
        assignment=task,
        by=task.coder,
        uid=uuid.uuid4(),
        category=category and Category.objects.get(scheme=task.batch.scheme, name=category),
        unclassifiable="" if category else word,
    )


def test_practice_and_what_is_coded_again_say_nothing_of_the_categories(scheme, study, admin):
    (moment,) = moments_in(scheme, 1)
    holdout = draw_holdout(study=study, asked=ALL, by=None)
    release_holdout(holdout=holdout, reason="Done", by=admin)
    coders = coders_in(scheme, 2)
    batch = plan_of(scheme, coders, holdout=str(holdout.uid)).batches.get()
    for task in batch.assignments.all():
        say(task, Unclassifiable.OTHER)
    lock_batch(batch=batch, by=None)
    for purpose in (Purpose.TRAINING, Purpose.RECODE):
        Coding.objects.create(
            scheme=scheme,
            moment=moment,
            coder=coders[0],
            unclassifiable=Unclassifiable.NO_CATEGORY,
            purpose=purpose,
            scheme_revision=scheme.revision,
            seq=1,
        )

    found = confirmation_of(scheme, holdout, holdout.revisions[str(scheme.uid)])

    assert (found.unclassifiable, found.no_category) == (1, 0)


def test_a_dispute_that_a_merge_settled_fits_where_what_was_chosen_stood(scheme, study, admin):
    moments_in(scheme, 2)
    holdout = draw_holdout(study=study, asked=ALL, by=None)
    old, new = add_categories(scheme, ["Old", "Older"], by=admin), ["New", "Both"]
    release_holdout(holdout=holdout, reason="Done", by=admin)
    *joined, both = [*old, *add_categories(scheme, new, by=admin)]
    coders = coders_in(scheme, 2)
    batch = plan_of(scheme, coders, holdout=str(holdout.uid)).batches.get()
    said = [("Old", "Older"), ("Old", "New")]
    for moment, words in zip(Moment.objects.order_by("pk"), said, strict=True):
        for task, word in zip(batch.assignments.filter(moment=moment), words, strict=True):
            say(task, word)
    lock_batch(batch=batch, by=None)
    merge_categories(categories=joined, into=both, by=admin)

    found = confirmation_of(scheme, holdout, holdout.revisions[str(scheme.uid)])

    assert (found.fitting, found.added, found.in_dispute) == (1, 1, 0)


def test_the_agreement_on_the_holdout_is_that_of_its_portions(scheme, study):
    moments_in(scheme, 6)
    holdout = draw_holdout(study=study, asked=HALF, by=None)
    coders = coders_in(scheme, 2)
    others = plan_of(scheme, coders).batches.get()
    release_holdout(holdout=holdout, reason="Done", by=None)
    batch = plan_of(scheme, coders, holdout=str(holdout.uid), name="Held").batches.get()
    for one, words in ((others, ("Listening", "Listening")), (batch, ("Listening", "Waiting"))):
        for coder, word in zip(coders, words, strict=True):
            for task in one.assignments.filter(coder=coder):
                say(task, word)
        lock_batch(batch=one, by=None)
    assert agreement_on(scheme, holdout) == []

    assert jobs.run_now(Job.objects.get(kind=MEASURE_AGREEMENT)).state == JobState.DONE

    (portion,) = agreement_on(scheme, holdout)
    assert (portion.name, portion.moments, portion.coders) == ("Held", 3, 2)
    assert portion.figures[0].value == 0


@pytest.mark.parametrize(
    ("number", "base", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_the_interval_of_a_share_is_wilsons(number, base, low, high):
    assert wilson(number, base) == pytest.approx((low, high), abs=5e-5)
    assert wilson(base - number, base) == pytest.approx((1 - high, 1 - low), abs=5e-5)


@pytest.mark.parametrize(("number", "base"), [(0, 0), (3, 2), (-1, 2)])
def test_what_is_no_share_has_no_interval(number, base):
    with pytest.raises(ValueError, match="no share"):
        wilson(number, base)
