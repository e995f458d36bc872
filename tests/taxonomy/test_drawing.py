"""Plans: what a preview shows is what is made, at once and once."""

import contextlib
import datetime as dt
import itertools
import threading
from collections import Counter

import pytest

from incidents.choices import RoleName, Valence
from incidents.models import Change, Moment
from taxonomy.access import sees_results
from taxonomy.actions import drawing as drawing_actions
from taxonomy.actions.coding import take_next_assignment
from taxonomy.actions.drawing import PlanStale, give_out
from taxonomy.actions.planning import PlanRefused
from taxonomy.choices import BatchKind, Hidden, Later
from taxonomy.models import Assignment, Batch, Plan
from taxonomy.queries.coding import work_of
from taxonomy.queries.drawing import Asked, asked_again, draw, draw_again
from taxonomy.queries.planning import own_batches
from tests.factories import MemberFactory
from tests.racing import at_once
from tests.taxonomy.planning_world import coders_in, moments_in, plan_of, scheme_to_code


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def coders(scheme):
    return coders_in(scheme)


def rows_of(plan):
    return Assignment.objects.filter(batch__plan=plan).order_by("pk")


def test_the_preview_shows_what_is_made(scheme, coders):
    moments = moments_in(scheme, 12) + moments_in(scheme, 8)  # two regions
    Moment.objects.filter(pk__in=[moment.pk for moment in moments[:4]]).update(
        valence=Valence.NEGATIVE
    )
    asked = Asked(
        name="Main",
        coders=coders,
        each=2,
        percent=30,
        portions=2,
        first_due=dt.date(2026, 5, 4),
        seed=3,
    )

    seen = draw(scheme, asked)
    plan = plan_of(
        scheme, coders, whole=False, percent=30, portions=2, first_due=asked.first_due, seed=3
    )

    assert (seen.available, seen.several, seen.answers) == (20, 6, 26)
    assert sum(line.available for line in seen.strata) == 20
    assert sum(line.drawn for line in seen.strata) == 6
    given = Counter(rows_of(plan).values_list("coder", flat=True))
    assert given == {line.coder.pk: line.total for line in seen.loads}
    assert max(given.values()) - min(given.values()) <= 1
    for portion, day in zip(seen.portions, (4, 11), strict=True):
        assert portion.due_on == dt.date(2026, 5, day)
        batches = Batch.objects.filter(plan=plan, name=portion.name)
        assert set(batches.values_list("due_on", flat=True)) == {portion.due_on}
        rows = Assignment.objects.filter(batch__in=batches)
        assert rows.filter(batch__kind=BatchKind.PLAN).count() == 2 * portion.several
        assert rows.filter(batch__kind=BatchKind.SHARED, sole=True).count() == portion.single
    assert plan.drawing["drawn"][0]["strata"] == [
        [line.region, line.valence, line.available, line.drawn] for line in seen.strata
    ]
    assert Change.objects.get(verb="make_plan").details == {
        "moments": 20,
        "overlap": 6,
        "coders": [str(coder.uid) for coder in coders],
        "portions": 2,
    }


def test_what_is_coded_by_several_is_mixed_with_the_rest(scheme, coders):
    moments_in(scheme, 30)
    plan = plan_of(scheme, coders, whole=False, number=15)

    kinds = list(rows_of(plan).filter(coder=coders[0]).values_list("batch__kind", flat=True))
    changes = sum(one != other for one, other in itertools.pairwise(kinds))
    assert set(kinds) == {BatchKind.PLAN, BatchKind.SHARED}
    assert changes > 1
    (own,) = own_batches(coders[0])
    assert (own.name, own.given, own.done, own.due) == ("Main", len(kinds), 0, len(kinds))


@pytest.mark.parametrize(
    ("asked", "several", "single"),
    [
        ({"whole": True}, 10, 0),
        ({"whole": True, "each": 1}, 0, 10),
        ({"whole": False, "percent": 100}, 10, 0),
        ({"whole": False, "percent": 0}, 0, 10),
        ({"whole": False, "percent": 25}, 3, 7),  # 2.5
        ({"whole": False, "number": 4}, 4, 6),
        ({"whole": False, "number": 99}, 10, 0),
    ],
)
def test_the_overlap_is_what_was_asked_for(scheme, coders, asked, several, single):
    moments_in(scheme, 10)
    rows = rows_of(plan_of(scheme, coders, **asked)).order_by()

    of_several = rows.filter(batch__kind=BatchKind.PLAN).values("moment").distinct()
    assert of_several.count() == several
    assert rows.filter(batch__kind=BatchKind.SHARED).count() == single
    assert rows.count() == single + several * asked.get("each", 2)


def test_only_what_nobody_has_is_drawn_and_an_empty_drawing_is_refused(scheme, coders):
    first, *others = moments_in(scheme, 3)
    take_next_assignment(coder=coders[0], scheme=scheme)

    plan = plan_of(scheme, coders)

    assert set(rows_of(plan).values_list("moment", flat=True)) == {one.pk for one in others}
    assert first.pk not in {one.pk for one in others}
    with pytest.raises(PlanRefused, match="nothing to give out"):
        plan_of(scheme, coders)
    assert Plan.objects.count() == 1


def test_more_coders_than_there_are_and_no_coders_are_refused(scheme, coders):
    moments_in(scheme, 2)
    left = MemberFactory(study=scheme.study, roles=[RoleName.CODER], active=False)

    with pytest.raises(PlanRefused, match="wants 4 coders"):
        plan_of(scheme, coders, each=4)
    with pytest.raises(PlanRefused, match="active coders"):
        plan_of(scheme, [*coders, left])
    with pytest.raises(PlanRefused, match="active coders"):
        plan_of(scheme, [])
    assert not Batch.objects.filter(plan__isnull=False).exists()


def test_a_preview_that_shows_something_else_is_stale(scheme, coders):
    moments_in(scheme, 4)
    asked = Asked(name="Main", coders=coders, each=2, whole=True, seed=7)
    seen = draw(scheme, asked).digest
    moments_in(scheme, 1)

    with pytest.raises(PlanStale, match="since you looked"):
        plan_of(scheme, coders, seen=seen)
    assert not Plan.objects.exists()
    plan_of(scheme, coders, seen=draw(scheme, asked).digest)


def test_the_coders_of_the_overlap_are_blind_and_those_of_the_rest_are_not(scheme, coders):
    moments_in(scheme, 6)
    other = coders_in(scheme, 1)
    plan_of(scheme, coders[:2], whole=False, number=1)

    assert [sees_results(coder, scheme) for coder in [*coders, *other]] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(("later", "waiting"), [(Later.WAIT, 0), (Later.ONCE, 1)])
def test_moments_that_come_later_wait_or_go_to_who_asks(scheme, coders, later, waiting):
    moments_in(scheme, 2)
    plan_of(scheme, coders[:2], later=later, hides=[Hidden.REGION])
    (came,) = moments_in(scheme, 1)

    assert Plan.objects.get().hides == [Hidden.REGION]
    assert [work.waiting for work in work_of(coders[2])] == [waiting]
    taken = take_next_assignment(coder=coders[2], scheme=scheme)
    assert (taken.moment if taken else None) == (came if waiting else None)


def test_what_came_later_is_given_out_by_the_same_plan(scheme, coders):
    moments_in(scheme, 10)
    plan = plan_of(scheme, coders, whole=False, number=5, portions=2, first_due=dt.date(2026, 5, 4))
    came = moments_in(scheme, 4)
    coders[2].active = False
    coders[2].save()

    asked = asked_again(plan, first_due=dt.date(2026, 6, 1), portions=None)
    seen = draw_again(plan, asked)
    give_out(plan=plan, asked=asked, by=None, seen=seen.digest)

    assert [line.coder for line in seen.loads] == coders[:2]
    assert (asked.share, seen.several) == ((5, 10), 2)
    newest = Batch.objects.filter(plan=plan, name="Main · 3", due_on=dt.date(2026, 6, 1))
    assert sorted(newest.values_list("kind", flat=True)) == [BatchKind.PLAN, BatchKind.SHARED]
    rows = Assignment.objects.filter(batch__in=newest)
    assert set(rows.values_list("moment", flat=True)) == {moment.pk for moment in came}
    assert len(Plan.objects.get().drawing["drawn"]) == 2
    with pytest.raises(PlanRefused, match="nothing to give out"):
        give_out(plan=plan, asked=asked, by=None)


def test_nothing_more_is_given_out_when_too_few_of_a_plan_still_code(scheme, coders):
    moments_in(scheme, 2)
    plan = plan_of(scheme, coders[:2])
    moments_in(scheme, 1)
    coders[0].active = False
    coders[0].save()

    with pytest.raises(PlanRefused, match="wants 2 coders"):
        give_out(plan=plan, asked=asked_again(plan, first_due=None, portions=1), by=None)


def test_a_plan_of_many_takes_as_many_statements_as_one_of_few(
    scheme, coders, django_assert_max_num_queries
):
    moments_in(scheme, 40)

    with django_assert_max_num_queries(16):
        plan_of(scheme, coders, whole=False, percent=50, portions=10)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_plans_at_once_give_no_moment_twice(monkeypatch):
    """Both have seen the same moments free before either has written."""
    scheme = scheme_to_code()
    coders = coders_in(scheme, 2)
    moments_in(scheme, 3)
    both = threading.Barrier(2)
    drawn = drawing_actions.draw

    def draw_slowly(*what, **how):
        found = drawn(*what, **how)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1)  # with the lock the other is still waiting for the study
        return found

    monkeypatch.setattr(drawing_actions, "draw", draw_slowly)
    made = at_once(*[lambda: plan_of(scheme, coders)] * 2)

    assert sorted(type(one).__name__ for one in made) == ["Plan", "PlanRefused"]
    assert Counter(Assignment.objects.values_list("moment", flat=True)) == dict.fromkeys(
        Moment.objects.values_list("pk", flat=True), 2
    )
