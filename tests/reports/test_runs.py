"""Runs: asked once, computed by a job, kept as they were found."""

import dataclasses
import datetime as dt
import io
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from incidents import jobs
from incidents.actions.numbering import change_facts
from incidents.actions.screening import change_valence, withdraw
from incidents.choices import IncidentState, JobState, Valence
from incidents.jobs import claiming
from incidents.models import Change, Incident, Job, Moment, StoredFile, Study
from reports.actions import composing, running
from reports.actions.running import ask_run
from reports.choices import ChartKind, Theme
from reports.models import Run, RunChart, Table
from reports.queries import computing
from reports.queries.compared import compare_runs
from reports.queries.specified import as_plain, from_plain
from reports.runs.causes import Cause
from taxonomy.actions.batching import merge_categories, place_category
from taxonomy.choices import BatchKind, Dimension, Origin, Outcome, Shares, Unit, Weight
from taxonomy.models import Assignment, Batch, Round, Settlement
from taxonomy.queries import protection, units
from taxonomy.tabulation.specification import Across, Specification
from tests.factories import MemberFactory
from tests.reports.test_dashboard import figures
from tests.reports.told import SECRET, blind, tell
from tests.taxonomy.factories import CategoryFactory, SchemeFactory

BY_VALENCE = Specification(1, by=Dimension.VALENCE)


def ask(world, specification=BY_VALENCE, query="round=1&by=valence", **fields):
    words = [("Scheme", world.scheme.name), ("Round", "Fine"), ("Columns", "Valence")]
    asked = {"words": words, "names": False, "by": world.analyst}
    return ask_run(scheme=world.scheme, specification=specification, query=query, **asked | fields)


def ran(world, *args, **fields):
    """Ask for a run, let a worker do it, and return it."""
    run = ask(world, *args, **fields)
    assert jobs.run_now(run.job).state == JobState.DONE, run.job.error
    run.refresh_from_db()
    return run


def tell_some(world):
    """Let two organizations' people tell: 3 positive and 1 negative, one of them not coded."""
    tell(world, "one", category=world.warm)
    tell(world, "two", category=world.warm)
    tell(world, "three", category=world.quick, valence=Valence.NEGATIVE)
    tell(world, "four")


def test_a_run_keeps_the_table_its_numbers_and_what_they_were_counted_from(world):
    tell_some(world)

    run = ran(world)

    answer = run.answer
    assert [column["word"] for column in answer["columns"]][:3] == ["all", "positive", "negative"]
    assert [row["name"] for row in answer["rows"]] == ["Warm", "Quick"]
    assert [cells[:3] for cells in answer["counts"]] == [[2, 2, 0], [1, 0, 1]]
    assert answer["base"][:3] == [3, 2, 1]
    assert answer["residuals"]["not_coded"][:3] == [1, 1, 0]
    assert answer["numbers"]["interviews"][:3] == [3, 2, 1]
    assert answer["numbers"]["respondents"][:3] == [3, 2, 1]
    assert answer["numbers"]["organizations"][:3] == [1, 1, 1]
    world.study.refresh_from_db()
    world.scheme.refresh_from_db()
    assert (run.data_seq, run.revision) == (world.study.data_seq, world.scheme.revision)
    assert answer["as_of"] == {"revision": run.revision, "data_seq": run.data_seq}
    assert run.members.size > 0
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert Change.objects.filter(verb="run_table", object_uid=run.uid).count() == 1


# -- Asking -----------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Start no JavaScript engine: pictures have tests of their own."""
    monkeypatch.setattr(running, "pictures_of", lambda _run: [])


def url_of(world, name, run=None, **query):
    at = [world.study.slug] + ([run.uid] if run else [])
    return reverse(f"reports:{name}", args=at, query=query)


def read(client, member, url):
    client.force_login(member.user)
    return client.get(url)


def test_a_question_may_be_kept_as_plain_values_and_read_back():
    asked = Specification(
        2,
        by=Dimension.REGION,
        where=(("region", ("a", "b")),),
        unit=Unit.INTERVIEWS,
        then=Across("cause", 1, "Cause"),
        weight=Weight.INTERVIEW,
        shares=Shares.ROW,
        origin=Origin.EVENT,
        subtotals=True,
        decimals=1,
        adjusted=True,
    )
    usual = Specification(1)

    back = from_plain(json.loads(json.dumps(as_plain(asked))))

    assert back == asked
    assert back.then.label == "Cause"
    for field in dataclasses.fields(Specification):  # each is kept
        assert getattr(asked, field.name) != getattr(usual, field.name) or field.name == "by"
    assert from_plain(as_plain(BY_VALENCE)) == BY_VALENCE


def test_the_same_question_waits_once_and_another_beside_it(world):
    first, again = ask(world), ask(world, by=world.admin)
    other = ask(world, query="round=1&by=valence&valence=positive")

    assert first.pk == again.pk
    assert other.pk != first.pk
    assert Run.objects.count() == 2
    jobs.run_now(first.job)
    assert ask(world).pk != first.pk


def test_a_table_page_asks_for_a_run_and_its_page_follows_it(client, world):
    tell_some(world)
    client.force_login(world.analyst.user)
    at = [world.study.slug, world.scheme.slug]
    page = client.get(reverse("reports:table_show", args=at), {"by": "valence", "round": "1"}).text
    assert f'action="{reverse("reports:run_ask", args=at)}"' in page

    asked = client.post(reverse("reports:run_ask", args=at), {"query": "round=1&by=valence"})

    run = Run.objects.get()
    assert asked.url == url_of(world, "run_show", run)
    waiting = client.get(asked.url)
    assert "<progress" in waiting.text
    assert f'hx-get="{asked.url}?progress=1"' in waiting.text
    assert "HX-Trigger-After-Settle" not in client.get(f"{asked.url}?progress=1")
    jobs.run_now(run.job)
    assert "job-over" in client.get(f"{asked.url}?progress=1")["HX-Trigger-After-Settle"]
    assert "<progress" not in client.get(asked.url).text


def test_a_report_says_what_else_the_runs_ask_that_it_is_offered(client, world):
    tell_some(world)
    address = reverse("reports:run_ask", args=[world.study.slug, world.scheme.slug])
    client.force_login(world.analyst.user)
    client.post(address, {"query": "by=valence&valence=negative"})
    run = Run.objects.get()
    jobs.run_now(run.job)
    report = composing.create_report(title="R", with_method=False, by=world.analyst)
    shown = {"table": True, "findings": False, "charts": []}
    composing.add_run(report=report, run=Run.objects.get(), by=world.analyst, **shown)

    page = client.get(url_of(world, "report_show", report)).text

    assert re.search(r"<option[^>]*>[^<]* · Valence: Negative</option>", page)
    assert "Valence: Negative · table</span>" in page


def test_the_list_of_runs_says_what_else_is_asked(client, world):
    address = reverse("reports:run_ask", args=[world.study.slug, world.scheme.slug])
    client.force_login(world.analyst.user)
    for query in ("by=valence", "by=valence&valence=negative&unit=incidents&shares=row"):
        client.post(address, {"query": query})

    page = client.get(url_of(world, "run_list")).text

    assert page.count("run-beside") == 1
    beside = re.search(r"run-beside[^>]*>([^<]*)<", page)[1]
    assert beside == "Valence: Negative · Incidents · Row %"


def test_what_cannot_be_asked_is_not_run(client, world):
    client.force_login(world.analyst.user)
    at = [world.study.slug, world.scheme.slug]

    answer = client.post(reverse("reports:run_ask", args=at), {"query": "region=nowhere"})

    assert answer.status_code == 302
    assert not Run.objects.exists()


def test_a_saved_table_that_asks_the_same_gets_the_run(client, world):
    tell_some(world)
    client.force_login(world.analyst.user)
    at = [world.study.slug, world.scheme.slug]
    query = "round=1&by=valence"
    client.post(reverse("reports:table_keep", args=at), {"name": "Kept", "query": query})
    client.post(reverse("reports:run_ask", args=at), {"query": query})
    client.post(reverse("reports:run_ask", args=at), {"query": "round=1&by=viewpoint"})

    table = Table.objects.get()

    assert [run.table for run in Run.objects.order_by("pk")] == [table, None]
    of_table = client.get(url_of(world, "run_list", table=str(table.uid))).text
    assert str(Run.objects.first().uid) in of_table
    assert str(Run.objects.last().uid) not in of_table


# -- Reading ----------------------------------------------------------------------------------


def test_the_page_of_a_run_shows_what_was_kept(client, world):
    tell_some(world)
    run = ran(world)

    page = read(client, world.analyst, url_of(world, "run_show", run)).text

    lines = figures(page)
    assert lines[0][:4] == ["Category", "All", "Positive", "Negative"]
    assert ["Interviews", "3", "2", "1"] in [line[:4] for line in lines]
    assert ["Organizations", "1", "1", "1"] in [line[:4] for line in lines]
    assert str(run.uid) in page
    assert "No verdict with organizations as clusters" in page
    assert "Nothing can be said: no two columns can be compared" in page
    assert "seed 1" in page
    start = reverse("reports:verbatim_list", args=[world.study.slug, world.scheme.slug])
    cell = f"{start}?round=1&amp;by=valence&amp;row={world.warm.uid}&amp;column=positive"
    back = url_of(world, "run_show", run)
    assert f'href="{cell}&amp;{urlencode({"back": back})}"' in page
    behind = client.get(f"{cell.replace('&amp;', '&')}&{urlencode({'back': back})}").text
    assert re.search(f'href="{back}">.*?Back to the run</a>', behind, re.DOTALL)


def test_a_run_shows_the_same_for_ever(client, world):
    tell_some(world)
    run = ran(world)
    url = url_of(world, "run_show", run)
    page = read(client, world.analyst, url).text

    merge_categories(categories=[world.quick], into=world.warm, name="Renamed", by=world.admin)
    told = tell(world, "five", category=world.warm)
    withdraw(incident=told, by=world.admin, row_version=told.row_version)
    Incident.objects.exclude(pk=told.pk).update(state=IncidentState.WITHDRAWN)
    Round.objects.filter(pk=world.fine.pk).update(name="Another")
    world.analyst.display_name, world.study.reconstruction = "Somebody", False
    world.study.save()

    later = client.get(url).text
    assert figures(later) == figures(page)
    assert [line[0] for line in figures(later)[1:3]] == ["Warm Service", "Quick Service"]
    assert '<dd dir="auto">Kinds</dd>' in later
    assert "Data or tree have changed since." in later
    run.refresh_from_db()
    again = ran(world).answer
    assert again["counts"] != run.answer["counts"]


def test_in_a_reconstruction_statistics_are_an_exercise(client, world):
    Study.objects.filter(pk=world.study.pk).update(reconstruction=True)
    tell_some(world)
    url = url_of(world, "run_show", ran(world))

    plain = read(client, world.analyst, url).text
    exercise = client.get(f"{url}?exercise=1").text

    assert "The verdict" not in plain
    assert "Residual" not in plain
    assert "data-watermark" not in plain
    assert '<p class="figures-title" dir="auto">Fine by Valence</p>' in plain
    assert "Show as an exercise" in plain
    assert "The verdict" in exercise
    assert 'data-watermark="Exercise"' in exercise


def test_who_is_blind_or_may_not_read_names_finds_no_run(client, world):
    tell_some(world)
    by_organization = Specification(1, by=Dimension.ORGANIZATION)
    open_run = ran(world)
    named = ran(world, by_organization, query="by=organization", names=True, by=world.admin)
    coded = ran(world, by_organization, query="by=organization", by=world.analyst)

    listed = read(client, world.analyst, url_of(world, "run_list")).text

    assert (named.question["names"], coded.question["names"]) == (True, False)
    assert SECRET in json.dumps(named.answer)
    assert SECRET not in json.dumps(coded.answer)
    assert client.get(url_of(world, "run_show", named)).status_code == 404
    assert str(named.uid) not in listed
    assert str(coded.uid) in listed
    assert read(client, world.admin, url_of(world, "run_show", named)).status_code == 200
    blind(world, world.analyst)
    assert read(client, world.analyst, url_of(world, "run_show", open_run)).status_code == 404
    assert str(open_run.uid) not in client.get(url_of(world, "run_list")).text


def test_columns_of_a_scheme_that_is_hidden_hide_the_run(client, world):
    other = SchemeFactory(study=world.study, slug="causes", categories=["Cause"])
    tell_some(world)
    across = Specification(1, by=Across("causes"))
    run = ran(world, across, query="by=scheme:causes", by=world.admin)
    assert read(client, world.analyst, url_of(world, "run_show", run)).status_code == 200

    batch = Batch.objects.create(scheme=other, name="Plan", kind=BatchKind.PLAN)
    moment = Moment.objects.first()
    Assignment.objects.create(batch=batch, moment=moment, coder=world.analyst)

    assert client.get(url_of(world, "run_show", run)).status_code == 404


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_of_runs_takes_as_many_queries_for_any_number(
    client, world, number, django_assert_num_queries
):
    asked = ask(world)
    Run.objects.bulk_create(
        Run(
            scheme=SchemeFactory(study=world.study) if at < 3 else world.scheme,
            question=asked.question,
            asked_by=MemberFactory(study=world.study),
        )
        for at in range(number - 1)
    )
    client.force_login(world.analyst.user)

    with django_assert_num_queries(8):
        page = client.get(url_of(world, "run_list")).text

    assert page.count('<a class="link-alone"') == min(number, 25)


# -- Computing --------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", list(Unit))
def test_nothing_told_is_a_run_without_figures(client, world, unit):
    tell(world, "known", state=IncidentState.WITHDRAWN)
    run = ran(world, Specification(1, by=Dimension.REGION, unit=unit), query=f"unit={unit}")

    page = read(client, world.analyst, url_of(world, "run_show", run))

    assert page.status_code == 200
    assert run.answer["numbers"]["moments"][0] == 0
    assert "nan" not in json.dumps(run.answer).lower()


def test_the_answer_is_of_the_tree_that_it_names_though_it_changes_meanwhile(world, monkeypatch):
    tell_some(world)
    read_units, times = computing.read_one_by_one, []

    def merge_first(*args, **kwargs):
        if not times:
            merge_categories(categories=[world.quick], into=world.warm, by=world.admin)
        times.append(1)
        return read_units(*args, **kwargs)

    monkeypatch.setattr(computing, "read_one_by_one", merge_first)

    run = ran(world)

    world.scheme.refresh_from_db()
    assert len(times) == 2
    assert run.revision == world.scheme.revision
    assert [row["name"] for row in run.answer["rows"]] == ["Warm"]
    assert run.answer["counts"][0][0] == 3


def test_a_run_hides_by_what_is_known_of_the_data_it_counts(world, monkeypatch):
    tell_some(world)
    hidden_places, times = protection.hidden_places, []

    def tell_first(*given):
        if not times:
            for number in range(9):
                tell(world, f"late {number}", category=world.warm)
        times.append(1)
        return hidden_places(*given)

    monkeypatch.setattr(protection, "hidden_places", tell_first)

    run = ran(world, Specification(1, by=Dimension.ORGANIZATION), "round=1&by=organization")

    assert len(times) == 3  # what was told meanwhile; with its table; with its units
    assert run.answer["base"][0] == run.answer["numbers"]["moments"][0] == 3 + 9
    assert run.data_seq == run.answer["as_of"]["data_seq"]


def test_a_run_in_which_the_data_change_is_of_what_was_read_in_one_statement(world, monkeypatch):
    tell_some(world)
    standing, numbers = units.standing_of, []

    def tell_first(scheme):
        tell(world, f"late {len(numbers)}", category=world.warm)
        numbers.append(change_facts(world.study))
        return standing(scheme)

    monkeypatch.setattr(units, "standing_of", tell_first)

    run = ran(world)

    assert len(numbers) == 6  # before and after each of three tries
    assert run.answer["base"][0] == run.answer["numbers"]["moments"][0] == 3 + 5
    assert run.data_seq == numbers[4]


def test_a_worker_that_lost_its_job_leaves_nothing_and_the_next_answers_once(world, settings):
    tell_some(world)
    run = ask(world)
    claim_first = claiming._claim(run.job.pk)
    Job.objects.filter(pk=run.job.pk).update(lease_until=timezone.now() - dt.timedelta(hours=1))
    jobs.sweep(timezone.now())
    Job.objects.filter(pk=run.job.pk).update(run_after=timezone.now() - dt.timedelta(hours=1))
    assert jobs.execute(run.job.pk)

    with pytest.raises(jobs.LeaseLost):
        running.run_table(claim_first)

    run.refresh_from_db()
    files = list((Path(settings.FILES_DIR) / str(world.study.uid)).iterdir())
    assert run.answered_at is not None
    assert StoredFile.objects.count() == 1
    assert [file.name for file in files] == [str(run.members.uid)]


def test_tabulate_prints_the_statistics_of_the_run(world):
    tell_some(world)
    run = ran(world)
    asked = {"study": world.study.slug, "round": "1", "by": "valence", "stats": True}

    out = io.StringIO()
    call_command("tabulate", **asked, format="json", stdout=out)

    printed = json.loads(out.getvalue())
    for name in ("numbers", "statistics", "sensitivity", "findings"):
        assert printed[name] == run.answer[name]
    assert printed["base"]["All"] == 3
    with pytest.raises(CommandError, match="add --format json"):
        call_command("tabulate", **asked, format="csv", stdout=out)


# -- Comparing --------------------------------------------------------------------------------


def settle_otherwise(incident, category):
    """Let something else count for an incident's moment, from the study's next number."""
    moment = incident.moments.get()
    number = change_facts(incident.study)
    moment.settlements.filter(to_seq=None).update(to_seq=number)
    scheme = category.scheme
    Settlement.objects.create(
        scheme=scheme, moment=moment, outcome=Outcome.SINGLE, category=category, from_seq=number
    )


def compare_pages(client, world, before, after):
    url = url_of(world, "run_compare", after, other=str(before.uid))
    return read(client, world.analyst, url)


def test_two_runs_are_compared_with_the_cause_for_each_moment_that_moved(client, world):
    told = {name: tell(world, name, category=world.warm) for name in ("stays", "goes", "codes")}
    told["mends"] = tell(world, "mends", category=world.warm)
    told["moves"] = tell(world, "moves", category=world.quick)
    before = ran(world)
    tell(world, "comes", category=world.warm)
    withdraw(incident=told["goes"], by=world.admin, row_version=told["goes"].row_version)
    third = CategoryFactory(round=world.fine, name="Third")
    settle_otherwise(told["codes"], third)
    change_valence(
        moment=told["mends"].moments.get(),
        valence=Valence.NEGATIVE,
        by=world.admin,
        row_version=told["mends"].moments.get().row_version,
    )
    merge_categories(categories=[world.quick], into=third, by=world.admin)
    after = ran(world)

    page = compare_pages(client, world, before, after)

    lines = figures(page.text)
    assert lines[0][:4] == ["Category", "All", "Positive", "Negative"]
    by_name = {line[0]: line[1:4] for line in lines}
    assert by_name["Warm"] == ["4 → 3 −1", "4 → 2 −2", "0 → 1 +1"]
    assert by_name["Third"] == ["0 → 2 +2", "0 → 2 +2", "0"]
    assert by_name["Quick"] == ["1 → 0 −1", "1 → 0 −1", "0"]
    moved = re.findall(
        r'dir="auto"><(?:a|span) class[^>]*>([^<>]+)<.*?data-label="Cause">(\w+)',
        page.text,
        re.DOTALL,
    )
    assert sorted((name.split(" ")[-1], cause[:7]) for name, cause in moved) == [
        ("codes", "Recoded"),
        ("comes", "Entered"),
        ("mends", "Correct"),
        ("moves", "Re"),
        ("today", "Left"),
    ]


def test_with_a_filter_what_was_corrected_did_not_leave(client, world):
    tell(world, "one", category=world.warm)
    told = tell(world, "two", category=world.warm)
    gone = tell(world, "three", category=world.warm)
    asked = Specification(1, by=Dimension.REGION, where=(("valence", ("positive",)),))
    query = "round=1&valence=positive"
    before = ran(world, asked, query=query)
    change_valence(moment=told.moments.get(), valence=Valence.MIXED, by=world.admin, row_version=0)
    withdraw(incident=gone, by=world.admin, row_version=gone.row_version)
    after = ran(world, asked, query=query)

    found = compare_runs(before, after)

    assert found.before.sum() - found.after.sum() == 2
    assert {
        int(key): list(Cause)[at]
        for key, at in zip(found.moved.moment, found.moved.cause, strict=True)
    } == {
        told.moments.get().pk: Cause.CORRECTED,
        gone.moments.get().pk: Cause.LEFT,
    }


def test_with_a_category_filter_what_left_it_was_recoded_or_rebatched(world):
    coded = tell(world, "one", category=world.warm)
    other = CategoryFactory(round=world.coarse, name="Other")
    placed = tell(world, "two", category=world.quick)
    asked = Specification(2, by=Dimension.REGION, where=(("category", (str(world.service.uid),)),))
    before = ran(world, asked, query="category=x")
    elsewhere = CategoryFactory(round=world.fine, name="Elsewhere", parent=other)
    settle_otherwise(coded, elsewhere)
    place_category(category=world.quick, parent=other, by=world.admin)
    after = ran(world, asked, query="category=x")

    found = compare_runs(before, after)

    assert {
        int(key): list(Cause)[at]
        for key, at in zip(found.moved.moment, found.moved.cause, strict=True)
    } == {
        coded.moments.get().pk: Cause.RECODED,
        placed.moments.get().pk: Cause.REBATCHED,
    }


def test_runs_of_different_questions_are_not_compared(client, world):
    tell_some(world)
    one = ran(world)
    two = ran(world, Specification(1, by=Dimension.REGION), query="round=1")

    refused = compare_pages(client, world, one, two)

    assert refused.status_code == 422
    assert "different questions" in refused.text
    assert "not with itself" in compare_pages(client, world, one, one).text


def test_what_lies_between_runs_by_organization_is_not_told_to_who_reads_codes(client, world):
    tell_some(world)
    asked = Specification(1, by=Dimension.ORGANIZATION)
    runs = [ran(world, asked, query=f"by=organization&n={at}") for at in range(2)]

    refused = compare_pages(client, world, *runs)

    assert refused.status_code == 422
    assert "would tell of few people" in refused.text


def test_runs_that_may_be_compared_are_offered_on_the_page_of_a_run(client, world):
    tell_some(world)
    one, two = ran(world), ran(world)

    page = read(client, world.analyst, url_of(world, "run_show", one)).text

    assert f"{url_of(world, 'run_compare', one)}?other={two.uid}" in page
    assert "Nothing differs" not in compare_pages(client, world, one, two).text


def test_an_answered_run_says_what_it_is_of(world):
    run = ask(world)

    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(answered_at=timezone.now())


def test_a_run_has_one_picture_of_a_kind_for_each_theme(world):
    run = ask(world)
    picture = {"run": run, "kind": ChartKind.DOTS, "theme": Theme.LIGHT, "svg": "<svg/>"}
    RunChart.objects.create(**picture)

    for wrong in ({}, {"kind": "pie"}, {"theme": "sepia"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RunChart.objects.create(**picture | wrong)
    RunChart.objects.create(**picture | {"theme": Theme.DARK})


@pytest.mark.parametrize("most", [0, 10**8])
def test_different_keys_are_counted_in_all_and_by_column(monkeypatch, most):
    monkeypatch.setattr(computing, "MOST_MARKS", most)
    keys = np.array([7, 7, 9, 9, 9, -1, 2**40 if most == 0 else 12])
    column = np.array([0, 1, 1, 1, 2, 0, 2])

    assert computing._distinct(keys, column, 4) == [3, 1, 2, 2, 0]
    assert computing._distinct(keys[5:6], column[5:6], 4) == [0, 0, 0, 0, 0]
