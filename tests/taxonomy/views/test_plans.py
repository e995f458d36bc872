"""The pages of the coding plan."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from incidents.choices import RoleName
from taxonomy.actions.planning import lock_batch
from taxonomy.choices import BatchKind, BatchState, Later
from taxonomy.models import Assignment, Batch, Plan
from taxonomy.queries.progress import forecast_of, forecast_of_plan, progress_of, today_in
from tests.factories import MemberFactory
from tests.taxonomy.planning_world import (
    answer,
    answer_open,
    coders_in,
    moments_in,
    plan_of,
    scheme_to_code,
)


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def coders(scheme):
    return coders_in(scheme)


@pytest.fixture
def client(client, scheme):
    admin = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    client.force_login(admin.user)
    return client


def url(name, thing, *more):
    scheme = getattr(thing, "scheme", thing)
    keys = [] if thing is scheme else [thing.uid]
    return reverse(f"taxonomy:{name}", args=[scheme.study.slug, scheme.slug, *keys, *more])


def typed(coders, **other):
    return {
        "name": "Main",
        "coders": [str(coder.uid) for coder in coders],
        "way": "overlap",
        "percent": "50",
        "each": "2",
        "every": "7",
        "hides": ["region"],
        "later": Later.WAIT,
        "seed": "5",
        **other,
    }


def the_batch(plan, kind=BatchKind.PLAN):
    batch = plan.batches.select_related("scheme__study").get(kind=kind)
    batch.scheme.study = plan.scheme.study
    return batch


# -- A new plan --------------------------------------------------------------------------------


def test_without_a_plan_the_page_says_what_one_is_for(client, scheme):
    response = client.get(url("plan_list", scheme))

    assert "No plan yet" in response.text
    assert url("plan_create", scheme) in response.text


def test_with_nothing_to_give_out_and_without_coders_the_page_says_what_to_do(client, scheme):
    assert "Nobody codes in this study" in client.get(url("plan_create", scheme)).text
    coders_in(scheme, 2)
    assert "Nothing to give out" in client.get(url("plan_create", scheme)).text


@pytest.mark.parametrize("day", ["9999-12-31", "2999-01-01"])
def test_a_portion_is_due_within_ten_years(client, scheme, coders, day):
    moments_in(scheme, 9)

    seen = client.get(url("plan_preview", scheme), typed(coders, first_due=day, portions="3"))

    assert (seen.status_code, "Choose a day within ten years." in seen.text) == (422, True)


def test_a_plan_is_seen_before_it_is_made(client, scheme, coders):
    moments_in(scheme, 9)
    seen = client.get(url("plan_preview", scheme), typed(coders, first_due="2026-05-04"))

    assert seen.status_code == 200
    assert not Plan.objects.exists()
    drawing = seen.context["drawing"]
    assert (drawing.available, drawing.several, drawing.answers) == (9, 5, 14)
    assert "May 4, 2026" in seen.text
    hidden = re.search(r'name="seen" value="(\w+)"', seen.text)[1]
    made = client.post(
        url("plan_create", scheme), typed(coders, first_due="2026-05-04", seen=hidden), follow=True
    )

    plan = Plan.objects.get()
    assert (plan.seed, plan.hides, plan.later, plan.made_by.has_role(RoleName.ADMIN)) == (
        5,
        ["region"],
        Later.WAIT,
        True,
    )
    assert Assignment.objects.filter(batch__plan=plan).count() == 14
    assert "The plan is made" in made.text
    assert url("plan_show", plan) in made.text


def test_a_preview_that_no_longer_holds_is_shown_anew(client, scheme, coders):
    moments_in(scheme, 4)
    seen = client.get(url("plan_preview", scheme), typed(coders)).context["drawing"].digest
    moments_in(scheme, 2)

    response = client.post(url("plan_create", scheme), typed(coders, seen=seen))

    assert response.status_code == 409
    assert "came or went since you looked" in response.text
    assert response.context["drawing"].available == 6
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"coders": []}, "Choose who codes."),
        ({"each": "4"}, "as many coders as are to code"),
        ({"each": "1"}, "coded by two or more"),
        ({"percent": ""}, "how large the sample is"),
        ({"percent": "101"}, "less than or equal to 100"),
        ({"majority": "on"}, "takes three coders"),
        ({"portions": "2", "size": "3"}, "not both"),
        ({"seed": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_planned_is_said_beside_its_field(client, scheme, coders, change, words):
    moments_in(scheme, 2)
    for response in (
        client.get(url("plan_preview", scheme), {**typed(coders), **change}),
        client.post(url("plan_create", scheme), {**typed(coders), **change}),
    ):
        assert response.status_code == 422
        assert words in response.text
    assert not Plan.objects.exists()


def test_what_was_typed_comes_back_to_be_changed(client, scheme, coders):
    moments_in(scheme, 2)
    seen = client.get(url("plan_preview", scheme), typed(coders, name="Spring wave"))
    link = re.search(r'href="([^"]+plans/new/\?[^"]+)"', seen.text)[1].replace("&amp;", "&")

    assert 'value="Spring wave"' in client.get(link).text


def test_a_plan_with_nothing_left_is_refused_in_words(client, scheme, coders):
    moments_in(scheme, 2)
    plan_of(scheme, coders)

    response = client.post(url("plan_create", scheme), typed(coders))

    assert response.status_code == 422
    assert Plan.objects.count() == 1


def test_what_came_later_is_given_out_from_the_page_of_the_plan(client, scheme, coders):
    moments_in(scheme, 4)
    plan = plan_of(scheme, coders)
    assert "Give them out" not in client.get(url("plan_show", plan)).text
    moments_in(scheme, 3)

    page = client.get(url("plan_show", plan))
    assert "3 accepted moments are with no coder" in page.text
    seen = client.get(url("plan_give_out", plan), {"first_due": "2026-06-01", "portions": "3"})
    assert [len(portion.dealt) for portion in seen.context["drawing"].portions] == [1, 1, 1]
    sent = {"first_due": "2026-06-01", "portions": "3"}
    stale = client.post(url("plan_give_out", plan), {**sent, "seen": "other"})
    assert stale.status_code == 409
    client.post(url("plan_give_out", plan), {**sent, "seen": seen.context["drawing"].digest})

    names = plan.batches.filter(due_on__isnull=False).order_by("due_on").values_list("name")
    assert [name for (name,) in names] == ["Main · 2", "Main · 3", "Main · 4"]
    assert "Nothing to give out" in client.get(url("plan_give_out", plan)).text


def test_too_few_coders_for_what_came_later_lead_to_a_new_plan(client, scheme, coders):
    moments_in(scheme, 2)
    plan = plan_of(scheme, coders[:2])
    moments_in(scheme, 1)
    coders[0].active = False
    coders[0].save()

    assert "Too few of its coders" in client.get(url("plan_give_out", plan)).text
    assert client.post(url("plan_give_out", plan)).status_code == 422


@pytest.mark.parametrize("portions", [1, 12])
def test_the_list_takes_the_same_queries_for_any_number_of_batches(
    client, scheme, portions, django_assert_num_queries
):
    coders = coders_in(scheme, 2 + portions)
    moments_in(scheme, 2 * portions)
    plan_of(scheme, coders, whole=False, percent=50, portions=portions)
    client.get(url("plan_list", scheme))

    with django_assert_num_queries(QUERIES):
        response = client.get(url("plan_list", scheme))

    assert len(response.context["lines"]) == min(2 * portions + 1, 25)


QUERIES = 10


def test_the_batches_of_a_portion_stand_beside_its_name(client, scheme, coders):
    moments_in(scheme, 12)
    plan = plan_of(scheme, coders, whole=False, percent=50, portions=2)
    page = client.get(url("plan_list", scheme)).text

    names = re.findall(r'<th scope="rowgroup" rowspan="2"><span dir="auto">(.+?)</span>', page)
    assert names == sorted({batch.name for batch in plan.batches.all()})
    assert (len(names), page.count('scope="rowgroup"')) == (2, 3)  # and what is in no plan
    assert all(page.count(url("batch_show", batch)) == 1 for batch in plan.batches.all())


# -- A batch -----------------------------------------------------------------------------------


def days_ago(days):
    return timezone.now() - dt.timedelta(days=days)


def test_the_forecast_is_the_day_when_the_slowest_coder_is_done(scheme, coders):
    moments_in(scheme, 20)
    batch = the_batch(plan_of(scheme, coders[:2]))
    quick, slow = coders[:2]
    mine = list(batch.assignments.filter(coder=quick).select_related("batch__scheme__study"))
    for assignment in mine[:10]:
        answer(assignment)
    answer(batch.assignments.filter(coder=slow).select_related("batch__scheme__study").first())
    batch.assignments.filter(pk=mine[0].pk).update(done_at=days_ago(4))
    today = today_in(scheme.study)

    forecast = forecast_of(batch, progress_of([batch], scheme.study)[batch.pk], scheme.study)

    first, second = forecast.outlooks
    assert (first.pace.answers, first.pace.days, first.pace.a_day) == (10, 2, 5)
    assert (first.share.done, first.share.due, first.ahead) == (10, 10, 10)
    assert first.done_on == today + dt.timedelta(days=5)  # ten answers in five days
    assert second.done_on == today + dt.timedelta(days=19)
    assert (forecast.done_on, forecast.never) == (second.done_on, False)


def test_it_is_never_done_while_somebody_does_not_code(client, scheme, coders):
    moments_in(scheme, 4)
    batch = the_batch(plan_of(scheme, coders[:2]))
    answer_open(batch, coder=coders[0])

    forecast = forecast_of(batch, progress_of([batch], scheme.study)[batch.pk], scheme.study)
    assert [one.never for one in forecast.outlooks] == [False, True]
    assert (forecast.never, forecast.done_on) == (True, None)
    page = client.get(url("batch_show", batch)).text
    assert "Never at this pace" in page
    assert "All answered" in page


def test_of_a_batch_without_moments_nothing_is_answered(client, scheme):
    page = client.get(url("batch_show", scheme.batches.get(kind=BatchKind.ONCE))).text

    assert "0 of 0" in page
    assert "All answered" not in page


def test_what_comes_first_counts_in_the_forecast_of_what_follows(scheme, coders):
    moments_in(scheme, 8)
    plan = plan_of(scheme, coders[:2], portions=2)
    last = plan.batches.select_related("scheme__study").get(name="Main · 2")
    progress = progress_of([last], scheme.study)[last.pk]

    assert [one.ahead for one in forecast_of(last, progress, scheme.study).outlooks] == [8, 8]
    plan.batches.filter(name="Main · 1").update(paused_at=timezone.now())
    assert [one.ahead for one in forecast_of(last, progress, scheme.study).outlooks] == [4, 4]


def test_the_page_of_a_plan_says_when_all_of_it_will_be_done(client, scheme, coders):
    moments_in(scheme, 8)
    plan = plan_of(scheme, coders[:2], portions=2)
    page = client.get(url("plan_show", plan)).text
    assert "0 of 16" in page
    assert "Never at this pace" in page

    answer_open(plan.batches.get(name="Main · 1"))
    progress, forecast = forecast_of_plan(plan, scheme.study)
    page = client.get(url("plan_show", plan)).text

    assert [(one.share.done, one.share.due, one.ahead) for one in forecast.outlooks] == [
        (4, 4, 4),
        (4, 4, 4),
    ]
    assert (progress.done, progress.given) == (8, 16)
    assert forecast.done_on == today_in(scheme.study) + dt.timedelta(days=1)
    assert "8 of 16" in page
    assert date_format(forecast.done_on) in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"whole": True}, "Every moment"),
        ({"whole": False, "percent": 50, "majority": True}, "50%"),
        ({"whole": False, "number": 2}, "2 moments"),
    ],
)
def test_the_page_of_a_plan_says_what_was_asked_for(client, scheme, coders, asked, said):
    moments_in(scheme, 4)
    plan = plan_of(scheme, coders, each=3, **asked)
    page = client.get(url("plan_show", plan)).text

    assert f"<dt>What several code</dt>\n          <dd>{said}</dd>" in page
    majority = "What more than half of three or more coders say counts" in page
    assert majority is asked.get("majority", False)


@pytest.mark.parametrize("portions", [1, 4])
def test_the_page_of_a_plan_takes_the_same_queries_for_any_number_of_portions(
    client, scheme, coders, portions, django_assert_num_queries
):
    moments_in(scheme, 4)
    plan = plan_of(scheme, coders[:2], portions=portions)
    client.get(url("plan_show", plan))

    with django_assert_num_queries(QUERIES_OF_A_PLAN):
        client.get(url("plan_show", plan))


QUERIES_OF_A_PLAN = 17


def test_a_batch_is_paused_renamed_resumed_and_locked(client, scheme, coders):
    moments_in(scheme, 2)
    batch = the_batch(plan_of(scheme, coders[:2]))
    early = client.post(url("batch_lock", batch), follow=True)
    assert "4 answers are still due" in early.text
    assert "Paused" in client.post(url("batch_pause", batch), follow=True).text
    client.post(url("batch_resume", batch))
    client.post(url("batch_edit", batch), {"name": "First", "due_on": "2020-01-01"})
    page = client.get(url("batch_show", batch)).text
    assert "Overdue" in page
    assert "Lock it now" not in page

    answer_open(batch)
    page = client.get(url("batch_show", batch)).text
    assert "Lock it now" in page
    assert "Overdue" not in page
    client.post(url("batch_lock", batch))

    batch.refresh_from_db()
    assert (batch.name, batch.state, batch.paused_at) == ("First", BatchState.LOCKED, None)
    assert client.post(url("batch_edit", batch), {"name": ""}).status_code == 422


def test_moments_of_a_coder_who_left_are_handed_on(client, scheme, coders):
    moments_in(scheme, 3)
    batch = the_batch(plan_of(scheme, coders[:2]))
    coders[0].active = False
    coders[0].save()
    address = url("batch_hand_on", batch, coders[0].uid)

    assert address in client.get(url("batch_show", batch)).text
    assert "Coder 0 codes no longer" in client.get(url("batch_show", batch)).text
    assert client.post(address, {"to": []}).status_code == 422
    kept = client.post(address, {"to": [coders[1].uid]}, follow=True)
    assert "3 moments stay" in kept.text
    done = client.post(address, {"to": [coders[2].uid]}, follow=True)

    assert "3 moments are handed on" in done.text
    assert set(batch.assignments.values_list("coder", flat=True)) == {one.pk for one in coders[1:]}
    assert "codes no longer" not in done.text
    assert client.post(address, {"to": [coders[1].uid]}).status_code == 404


def test_moments_that_nobody_can_take_are_taken_away(client, scheme, coders):
    moments_in(scheme, 3)
    batch = the_batch(plan_of(scheme, coders[:2]))
    answer_open(batch, coder=coders[1])

    address = url("batch_take_away", batch, coders[0].uid)
    assert "3 moments are taken away" in client.post(address, follow=True).text
    assert client.get(address).status_code == 405
    refused = client.post(url("batch_take_away", batch, coders[1].uid), follow=True)
    assert "has answered everything" in refused.text


def test_a_coder_is_added_to_a_locked_batch_with_a_warning(client, scheme, coders):
    moments_in(scheme, 2)
    batch = the_batch(plan_of(scheme, coders[:2]))
    answer_open(batch)
    lock_batch(batch=batch, by=None)

    page = client.get(url("batch_add_coder", batch)).text
    assert "is blind until all of it is answered" in page
    client.post(url("batch_add_coder", batch), {"coder": coders[2].uid})
    twice = client.post(url("batch_add_coder", batch), {"coder": coders[2].uid})

    assert batch.assignments.filter(coder=coders[2], late=True).count() == 2
    assert twice.status_code == 422


@pytest.mark.parametrize("number", [2, 12])
def test_a_batch_takes_the_same_queries_for_any_number_of_coders(
    client, scheme, number, django_assert_num_queries
):
    coders = coders_in(scheme, number)
    moments_in(scheme, 2)
    batch = the_batch(plan_of(scheme, coders, each=number))
    answer_open(batch, coder=coders[0])
    client.get(url("batch_show", batch))

    with django_assert_num_queries(QUERIES_OF_ONE):
        client.get(url("batch_show", batch))


QUERIES_OF_ONE = 13


def test_the_batch_that_gives_each_moment_once_has_a_page_too(client, scheme):
    batch = Batch.objects.get(scheme=scheme, kind=BatchKind.ONCE)
    page = client.get(url("batch_show", batch)).text

    assert "Nobody has a moment of it" in page
    assert "Add a coder" not in page
    assert client.post(url("batch_add_coder", batch), {}).status_code == 422


def test_an_admin_who_codes_there_does_not_see_how_far_the_others_are(client, scheme, coders):
    admin = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN, RoleName.CODER])
    moments_in(scheme, 7)
    batch = the_batch(plan_of(scheme, [coders[0], admin]))
    answer_open(batch, coder=coders[0])
    assert "7 of 14" in client.get(url("plan_list", scheme)).text
    client.force_login(admin.user)

    for name, thing in (("plan_list", scheme), ("plan_show", batch.plan), ("batch_show", batch)):
        page = client.get(url(name, thing)).text
        assert "You code here yourself" in page
        assert "of 14<" not in page
        assert "of 7<" not in page
    for name in ("batch_hand_on", "batch_take_away"):
        sent = {"to": [coders[1].uid]}
        client.post(url(name, batch, coders[0].uid), sent)
    locked = client.post(url("batch_lock", batch), follow=True).text
    assert "still due" not in locked
    assert "when your batch is done" in locked
    assert batch.assignments.filter(coder=coders[0]).count() == 7
    assert "7 of 14" not in locked
