"""Portions where people meet them: their days, how they stand in lists, what is first on Code."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.choices import RoleName
from incidents.models import Region, Site
from taxonomy.choices import BatchKind
from taxonomy.models import Coding
from taxonomy.queries.drawing import Asked, draw
from taxonomy.queries.holdout import AskedToHold, draw_to_hold
from taxonomy.queries.progress import today_in
from tests.factories import MemberFactory, RegionFactory
from tests.taxonomy.factories import AssignmentFactory
from tests.taxonomy.planning_world import (
    answer,
    answer_open,
    coders_in,
    moments_in,
    plan_of,
    scheme_to_code,
)
from tests.taxonomy.training_world import give, set_of

DAY = dt.timedelta(days=1)


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def coders(scheme):
    return coders_in(scheme)


@pytest.fixture
def client(client, scheme):
    client.force_login(MemberFactory(study=scheme.study, roles=[RoleName.ADMIN]).user)
    return client


@pytest.fixture
def today(scheme):
    return today_in(scheme.study)


def url(name, thing):
    scheme = getattr(thing, "scheme", thing)
    keys = [] if thing is scheme else [thing.uid]
    return reverse(f"taxonomy:{name}", args=[scheme.study.slug, scheme.slug, *keys])


def text_of(response):
    return " ".join(response.text.split())


# -- Days that have passed ---------------------------------------------------------------------


def typed(coders, **other):
    keys = [str(coder.uid) for coder in coders]
    said = {"name": "Main", "coders": keys, "way": "whole", "each": "2", "every": "7"}
    return {**said, "later": "wait", "seed": "5", **other}


def test_a_plan_says_which_of_its_days_have_passed_and_can_be_made_or_changed(
    client, scheme, coders, today
):
    moments_in(scheme, 6)
    sent = typed(coders, portions="3", first_due=today - 10 * DAY)

    page = client.get(url("plan_preview", scheme), sent)

    assert [one.due_on for one in page.context["passed"]] == [today - 10 * DAY, today - 3 * DAY]
    assert "2 portions are due on days that have passed" in text_of(page)
    assert "Make the plan" in page.text
    change = re.search(r'href="([^"]+plans/new/\?[^"]+)"', page.text)[1].replace("&amp;", "&")
    assert f'value="{today - 10 * DAY}"' in client.get(change).text


def test_a_plan_that_is_due_today_or_never_has_no_day_that_has_passed(
    client, scheme, coders, today
):
    moments_in(scheme, 2)

    for day in (today, ""):
        page = client.get(url("plan_preview", scheme), typed(coders, first_due=day))
        assert (page.status_code, page.context["passed"]) == (200, [])
        assert "passed" not in page.text


def test_what_came_later_is_not_given_out_for_a_day_that_has_passed_unsaid(
    client, scheme, coders, today
):
    moments_in(scheme, 2)
    plan = plan_of(scheme, coders)
    moments_in(scheme, 2)

    page = client.get(url("plan_give_out", plan), {"first_due": today - DAY})

    assert "A portion is due on" in text_of(page)
    assert "Give them out" in page.text


def test_coding_again_says_that_its_day_has_passed(client, scheme, coders, today):
    sent = {"name": "Again", "coders": [str(coders[0].uid)], "days": "1", "percent": "10"}
    passed = {**sent, "seed": "1", "due_on": today - DAY}

    page = client.get(url("recoding_preview", scheme), passed)
    other = client.get(url("recoding_preview", scheme), {**passed, "due_on": today})

    assert "which has passed" in text_of(page)
    assert "which has passed" not in text_of(other)


def test_a_portion_that_is_given_a_day_that_has_passed_says_so_once(client, scheme, coders, today):
    moments_in(scheme, 2)
    batch = plan_of(scheme, coders).batches.get()
    said = {"name": "Main", "due_on": today - DAY}

    first = client.post(url("batch_edit", batch), said, follow=True)
    again = client.post(url("batch_edit", batch), said, follow=True)

    assert "whatever is not answered in this portion is overdue" in text_of(first)
    assert "whatever is not answered" not in text_of(again)


# -- Lists -------------------------------------------------------------------------------------


def test_a_batch_in_which_all_is_answered_is_not_called_open(client, scheme, coders):
    moments_in(scheme, 4)
    plan = plan_of(scheme, coders, whole=False, number=2)
    shared = plan.batches.get(kind=BatchKind.SHARED)

    answer_open(shared)
    page = client.get(url("plan_list", scheme))

    lines = {line.batch.kind: line.complete for line in page.context["lines"]}
    assert lines == {BatchKind.SHARED: True, BatchKind.PLAN: False, BatchKind.ONCE: False}
    assert page.text.count("All answered") == 1
    assert "All answered" in client.get(url("batch_show", shared)).text


def test_what_has_had_nothing_is_not_counted_as_none_of_none(client, scheme, coders):
    moments_in(scheme, 2)
    plan_of(scheme, coders)

    page = text_of(client.get(url("plan_list", scheme)))

    assert "Each moment once" in page
    assert "0 of 0" not in page


def test_strata_stand_as_the_study_orders_its_regions_and_what_is_not_stated_last(scheme, coders):
    regions = [
        Region.objects.get(study=scheme.study, not_stated=True),
        RegionFactory(study=scheme.study, name="Zeeland", position=2),
        RegionFactory(study=scheme.study, name="Aland", position=1),
    ]
    for region in regions:
        (moment,) = moments_in(scheme, 1)
        Site.objects.filter(incidents__moments=moment).update(region=region)

    drawn = draw(scheme, Asked(name="Main", coders=coders, each=2, whole=True))
    held = draw_to_hold(scheme.study, AskedToHold(percent=100, number=None, seed=1))

    for lines in (drawn.strata, held.strata):
        assert [line.region for line in lines] == ["Aland", "Zeeland", "Not stated"]


# -- The page Code -----------------------------------------------------------------------------


def named_on_code(client, coder):
    client.force_login(coder.user)
    page = client.get(reverse("taxonomy:coding_list", args=[coder.study.slug]))
    return [(one.name, one.number) for one in page.context["portions"]]


def test_what_is_coded_again_is_named_on_code_and_what_is_practised_stands_there_once(
    client, scheme, coders
):
    once = scheme.batches.get(kind=BatchKind.ONCE)
    first, second, third = moments_in(scheme, 3)
    answer(AssignmentFactory(batch=once, moment=first, coder=coders[0]))
    AssignmentFactory(batch=once, moment=second, coder=coders[0])
    Coding.objects.update(created_at=timezone.now() - 30 * DAY)
    asked = {"name": "Once more", "coders": [coders[0].uid], "days": "14", "percent": "100"}
    client.post(url("recoding_create", scheme), {**asked, "seed": "1"})
    give(set_of(scheme, [third], ["Waiting"]), coders[0])

    assert named_on_code(client, coders[0]) == [("Once more", 1)]
    home = client.get(reverse("reports:home")).context["cards"][0]
    assert [one.name for one in home.planned] == ["First steps", "Once more"]
    assert home.to_code == 3
