"""The pages of those who make links for clients: made, renewed, watched."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents import jobs
from incidents.models import Job
from reports.actions import composing
from reports.models import ClientLink, Dashboard, LinkOpening
from tests.reports.linking import computed, dashboard_of, opened, share, start_no_engine
from tests.reports.test_reports import page, post, quote_of
from tests.reports.test_runs import ran


@pytest.fixture(autouse=True)
def no_engine(monkeypatch):
    """Start no JavaScript engine."""
    start_no_engine(monkeypatch)


@pytest.fixture
def dashboard(world):
    return dashboard_of(world)


def form(**fields):
    return {"recipient": "Ms. Ivy", "term": "30", **fields}


def test_the_address_is_shown_once_and_opens_the_page(client, world, dashboard):
    computed(world)
    made = post(client, world.analyst, "link_create", dashboard.uid, **form())
    link = ClientLink.objects.get()
    jobs.run_now(link.job)

    first, again = client.get(made.url).text, client.get(made.url).text

    address = re.search(r"http://testserver(/c/[\w-]{43}/)", first)[1]
    assert "/c/" not in again
    assert Client().get(address).status_code == 200
    assert "1 time" in client.get(made.url).text


def test_a_new_address_takes_the_place_of_the_one_before(client, world, dashboard):
    computed(world)
    link, token, _job = share(world, dashboard)

    made = post(client, world.analyst, "link_renew", dashboard.uid, link.uid)
    address = re.search(r"http://testserver(/c/[\w-]{43}/)", client.get(made.url).text)[1]

    assert [opened(token).status_code, Client().get(address).status_code] == [404, 200]


@pytest.mark.parametrize(
    ("fields", "days"),
    [({"term": "7"}, 7), ({"term": "90"}, 90), ({"term": "date", "until": 365}, 366)],
)
def test_a_link_opens_as_long_as_was_asked(client, world, dashboard, fields, days):
    if "until" in fields:
        fields = {**fields, "until": timezone.localdate() + dt.timedelta(days=fields["until"])}

    post(client, world.analyst, "link_create", dashboard.uid, **form(**fields))

    left = ClientLink.objects.get().expires_at - timezone.now()
    assert dt.timedelta(days=days - 1) < left <= dt.timedelta(days=days + 1)


@pytest.mark.parametrize("until", [-1, 366, None])
def test_a_day_that_is_over_too_far_away_or_missing_is_refused(client, world, dashboard, until):
    day = (
        "" if until is None else str(timezone.localdate() + dt.timedelta(days=until + (until > 0)))
    )

    refused = post(
        client, world.analyst, "link_create", dashboard.uid, **form(term="date", until=day)
    )

    assert refused.status_code == 422
    assert not ClientLink.objects.exists()


def test_its_maker_reads_what_was_left_out_and_what_is_of_an_earlier_release(
    client, world, dashboard
):
    computed(world)
    share(world, dashboard)
    composing.add_quote(composition=dashboard, quote=quote_of(world), by=world.analyst)
    ran(world)
    link, *_rest = share(world, dashboard)

    text = page(client, world.analyst, "link_show", dashboard.uid, link.uid).text

    assert "Figures of an earlier release" in text
    assert "Quotes are not shown outside" in text


@pytest.mark.parametrize("before", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_beyond_all_calendars_is_none(client, world, dashboard, before):
    link, *_rest = share(world, dashboard)

    shown = page(client, world.analyst, "link_show", dashboard.uid, link.uid, before=before)

    assert (shown.status_code, shown.context["previous_url"]) == (200, "")


def test_times_are_those_of_the_study_and_name_its_zone(client, world, dashboard):
    computed(world)
    link, token, _job = share(world, dashboard)
    opened(token)
    type(world.study).objects.update(time_zone="Asia/Tokyo")
    late = dt.datetime(2027, 1, 31, 16, 30, tzinfo=dt.UTC)
    ClientLink.objects.update(expires_at=late, created_at=late)
    LinkOpening.objects.update(opened_at=late)
    Dashboard.objects.update(created_at=late)

    shown = page(client, world.analyst, "link_show", dashboard.uid, link.uid).text
    links = page(client, world.analyst, "link_list", dashboard.uid).text

    assert (shown.count("Feb. 1, 2027, 1:30 a.m."), links.count("Feb. 1, 2027, 1:30 a.m.")) == (
        3,
        1,
    )
    assert "(Asia/Tokyo)" in shown
    assert "(Asia/Tokyo)" in links
    assert "Feb. 1, 2027" in page(client, world.analyst, "dashboard_list").text


def test_a_link_whose_job_is_gone_is_not_being_made(client, world, dashboard):
    link, *_rest = share(world, dashboard)
    Job.objects.all().delete()

    for shown in (
        page(client, world.analyst, "link_show", dashboard.uid, link.uid).text,
        page(client, world.analyst, "link_list", dashboard.uid).text,
    ):
        assert "Being made" not in shown
        assert "Failed" in shown


@pytest.mark.parametrize("links", [1, 12])
def test_the_list_of_links_takes_as_many_queries_for_any_number(
    client, world, dashboard, links, django_assert_num_queries
):
    for number in range(links):
        ClientLink.objects.create(
            dashboard=dashboard,
            recipient=f"No {number}",
            token_hash=str(number),
            made_by=world.analyst,
            expires_at=timezone.now(),
        )
    client.force_login(world.analyst.user)
    url = reverse("reports:link_list", args=[world.study.slug, dashboard.uid])
    client.get(url)
    cache.clear()

    with django_assert_num_queries(7):
        text = client.get(url).text

    assert text.count(">No ") == links


def test_openings_come_in_pages(client, world, dashboard):
    computed(world)
    link, *_rest = share(world, dashboard)
    now = timezone.now()
    LinkOpening.objects.bulk_create(
        LinkOpening(link=link, opened_at=now - dt.timedelta(hours=hour)) for hour in range(60)
    )

    first = page(client, world.analyst, "link_show", dashboard.uid, link.uid)
    older = client.get(f"{first.request['PATH_INFO']}{first.context['next_url']}")
    odd = page(client, world.analyst, "link_show", dashboard.uid, link.uid, before="2026-99-99T")

    assert [len(one.context["openings"]) for one in (first, older, odd)] == [50, 10, 50]
    assert "60 times" in older.text
