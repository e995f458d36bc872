"""The pages of those who make links for clients: made, renewed, watched."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from incidents import jobs
from incidents.models import Job
from reports.actions import composing
from reports.models import ClientLink, Dashboard, LinkOpening
from reports.queries.client_links import mostly_hidden
from tests.reports.linking import computed, dashboard_of, opened, share, start_no_engine
from tests.reports.test_reports import page, post, quote_of
from tests.reports.test_runs import ran, tell_some


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


def test_its_maker_is_told_which_tables_are_mostly_hidden(client, world, dashboard):
    tell_some(world)
    ran(world)
    link, token, _job = share(world, dashboard)

    text = page(client, world.analyst, "link_show", dashboard.uid, link.uid).text

    cells = [
        cell
        for part in link.content["sections"][0]["parts"]
        if part["kind"] == "table"
        for row in part["rows"]
        if row["kind"] in {"body", "subtotal"}
        for cell in row["cells"]
    ]
    hidden = cells.count("×")
    assert hidden * 2 >= len(cells)
    assert f"Of the {len(cells)} figures of “By valence” {hidden} are hidden." in text
    assert "are hidden." not in opened(token).text


def test_nothing_is_said_of_a_table_that_can_be_read(client, world, dashboard):
    computed(world)
    link, *_rest = share(world, dashboard)

    shown = page(client, world.analyst, "link_show", dashboard.uid, link.uid)

    assert shown.context["hidden"] == []
    assert "Mostly hidden" not in shown.text


TABLE = {
    "kind": "table",
    "rows": [
        {"kind": "body", "cells": ["×", "×"]},
        {"kind": "subtotal", "cells": ["34%", "×"]},
        {"kind": "base", "cells": ["40", "7"]},
    ],
}


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([TABLE], [(3, 4)]),
        ([{"kind": "chart", "series": [{"shown": ["×", "5%"]}], "table": None}], [(1, 2)]),
        ([{"kind": "chart", "series": [], "table": TABLE}], [(3, 4)]),
        ([{"kind": "chart", "series": [{"shown": ["×", "5%", "6%"]}]}], []),
        ([{"kind": "paragraph", "text": "×"}], []),
    ],
)
def test_half_of_the_figures_of_a_table_or_of_its_picture_is_mostly(parts, found):
    content = {"sections": [{"parts": parts}, {"title": "By valence", "parts": parts}]}

    told = [(one.title, one.hidden, one.figures) for one in mostly_hidden(content)]

    assert told == [("By valence", *numbers) for numbers in found]


def test_its_maker_sees_what_the_client_sees_and_no_opening_is_noted(client, world, dashboard):
    computed(world)
    with translation.override("de"):
        link, token, _job = share(world, dashboard)

    shown = page(client, world.analyst, "link_preview", dashboard.uid, link.uid).text

    assert not LinkOpening.objects.exists()
    back = reverse("reports:link_show", args=[world.study.slug, dashboard.uid, link.uid])
    assert re.findall(r'<a href="([^"]+)"', shown) == [back]
    assert "This is what Ms. Ivy sees." in shown
    assert '<html lang="de"' in shown
    read = opened(token).text
    assert (
        shown[shown.index('<div class="stack-lg">') :]
        == read[read.index('<div class="stack-lg">') :]
    )
    assert "Ms. Ivy sees" not in read


def test_there_is_nothing_to_see_before_the_page_of_a_link_is_made(client, world, dashboard):
    link, *_rest = share(world, dashboard)  # never computed

    shown = page(client, world.analyst, "link_preview", dashboard.uid, link.uid)

    assert shown.status_code == 404


def test_who_takes_a_link_back_is_told_before_who_loses_it(client, world, dashboard):
    computed(world)
    link, *_rest = share(world, dashboard)

    before = page(client, world.analyst, "link_show", dashboard.uid, link.uid).text
    after = post(client, world.analyst, "link_revoke", dashboard.uid, link.uid)

    assert "Ms. Ivy, and whoever else has the address, can no longer open it" in before
    assert "This cannot be undone" in before
    assert "whoever else has the address" not in client.get(after.url).text


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
