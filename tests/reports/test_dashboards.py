"""Dashboards: composed of saved tables, quotes and words; shown as far as each reader may see."""

import re
from urllib.parse import urlencode

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from incidents import jobs
from incidents.actions.numbering import change_facts
from incidents.choices import IncidentState, JobState, RoleName
from incidents.models import Change, Job
from reports.actions import composing, running
from reports.models import Dashboard, Quote, Run, RunChart, Table
from reports.queries.kept_questions import to_keep
from tests.factories import MemberFactory
from tests.reports.test_reports import ids, page, post, quote_of, tell_much
from tests.reports.test_runs import ran
from tests.reports.told import blind, tell
from tests.taxonomy.factories import SchemeFactory
from tests.taxonomy.importing.files import tally


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Start no JavaScript engine."""
    monkeypatch.setattr(running, "pictures_of", lambda _run: [])


@pytest.fixture
def dashboard(world):
    return composing.create_dashboard(title="At work", is_front=False, by=world.analyst)


def saved(world, name="By valence", query="round=1&by=valence", **fields):
    asked = {"owner": world.admin, "shared": True, "scheme": world.scheme, **fields}
    return Table.objects.create(name=name, query=to_keep(query, asked["scheme"]), **asked)


def add_table(dashboard, saved_table, by, **shown):
    fields = {"table": True, "findings": False, "charts": [], **shown}
    return composing.add_table(dashboard=dashboard, saved=saved_table, by=by, **fields)


def shown(client, member, dashboard, name="dashboard_show"):
    return page(client, member, name, dashboard.uid)


# -- Composing --------------------------------------------------------------------------------


def test_a_dashboard_is_composed_on_its_page(client, world):
    quote, table = quote_of(world), saved(world)
    begun = post(client, world.analyst, "dashboard_create", title="For the board")
    made = Dashboard.objects.get()
    post(client, world.analyst, "dashboard_add_table", made.uid, saved=table.uid, table="on")
    post(client, world.analyst, "dashboard_add_quote", made.uid, quote=quote.uid)
    post(client, world.analyst, "dashboard_add_words", made.uid, heading="Read this", text="Now.")

    composer = page(client, world.analyst, "dashboard_compose", made.uid).text
    read = shown(client, world.analyst, made).text

    assert begun.url == reverse("reports:dashboard_compose", args=[world.study.slug, made.uid])
    made.refresh_from_db()
    assert [item["kind"] for item in made.items] == ["table", "quote", "text"]
    assert made.items[0]["uid"] == str(table.uid)
    for words in ("By valence", "She stayed with us.", "Read this"):
        assert words in composer
        assert words in read
    assert "Warm" in read


def test_a_part_is_changed_moved_taken_off_and_put_back(client, world, dashboard):
    add_table(dashboard, saved(world), world.analyst)
    composing.add_words(composition=dashboard, heading="Old", text="", by=world.analyst)
    (of_table, words), at = ids(dashboard), [dashboard.uid]
    version = {"row_version": dashboard.row_version}

    post(client, world.analyst, "dashboard_item_edit", *at, of_table, charts="dots", **version)
    late = post(client, world.analyst, "dashboard_item_edit", *at, words, heading="x", **version)
    post(client, world.analyst, "dashboard_item_move", *at, words, way="up")
    post(client, world.analyst, "dashboard_item_remove", *at, of_table)
    dashboard.refresh_from_db()
    assert late.status_code == 409
    assert [item.get("heading") for item in dashboard.items] == ["Old"]

    post(client, world.analyst, "dashboard_item_restore", *at, of_table)

    dashboard.refresh_from_db()
    assert [item["kind"] for item in dashboard.items] == ["text", "table"]
    assert dashboard.items[1]["charts"] == ["dots"]
    assert dashboard.items[1]["table"] is False


def test_ones_own_table_is_shared_when_it_is_put_on_and_anothers_is_not(client, world, dashboard):
    own = saved(world, owner=world.analyst, shared=False)
    theirs = saved(world, "Secret", owner=world.admin, shared=False)

    post(client, world.analyst, "dashboard_add_table", dashboard.uid, saved=own.uid, table="on")
    refused = post(
        client, world.analyst, "dashboard_add_table", dashboard.uid, saved=theirs.uid, table="on"
    )

    assert refused.status_code == 404
    own.refresh_from_db()
    theirs.refresh_from_db()
    assert (own.shared, theirs.shared) == (True, False)
    dashboard.refresh_from_db()
    assert [item["uid"] for item in dashboard.items] == [str(own.uid)]
    assert Change.objects.filter(verb="change_table", object_uid=own.uid).count() == 1


def test_a_dashboard_holds_so_many_parts(client, world, dashboard, monkeypatch):
    monkeypatch.setitem(composing.MOST_ITEMS, Dashboard, 1)
    table = saved(world)
    add_table(dashboard, table, world.analyst)

    answer = post(
        client, world.analyst, "dashboard_add_table", dashboard.uid, saved=table.uid, table="on"
    )

    assert answer.status_code == 422
    assert "There is room for 1 parts at most." in answer.text
    dashboard.refresh_from_db()
    assert len(dashboard.items) == 1


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("dashboard_add_table", {"saved": "no uid", "table": "on"}),
        ("dashboard_add_table", {}),
        ("dashboard_add_words", {}),
        ("dashboard_add_words", {"heading": "x" * 201}),
    ],
)
def test_what_cannot_be_added_says_why_and_adds_nothing(client, world, dashboard, name, fields):
    answer = post(client, world.analyst, name, dashboard.uid, **fields)

    assert answer.status_code == 422
    dashboard.refresh_from_db()
    assert dashboard.items == []


# -- The front page ---------------------------------------------------------------------------


def test_one_dashboard_of_a_study_is_its_front_page(client, world, dashboard):
    first = composing.create_dashboard(title="First", is_front=True, by=world.analyst)
    fields = {"title": "At work", "is_front": "on", "row_version": dashboard.row_version}

    post(client, world.analyst, "dashboard_edit", dashboard.uid, **fields)

    assert page(client, world.analyst, "front_show").context["board_title"] == "At work"
    first.refresh_from_db()
    dashboard.refresh_from_db()
    assert (first.is_front, dashboard.is_front) == (False, True)
    first.is_front = True
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save()


def test_a_front_page_that_was_deleted_comes_back_beside_the_one_of_now(world, dashboard):
    old = composing.create_dashboard(title="Old", is_front=True, by=world.analyst)
    composing.delete_composition(composition=old, by=world.analyst)
    new = composing.create_dashboard(title="New", is_front=True, by=world.analyst)

    composing.restore_composition(composition=old, by=world.analyst)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.deleted_at, old.is_front, new.is_front) == (None, False, True)

    composing.delete_composition(composition=new, by=world.analyst)
    composing.restore_composition(composition=new, by=world.analyst)
    new.refresh_from_db()
    assert (new.deleted_at, new.is_front) == (None, True)


def test_without_a_chosen_one_the_front_page_is_made_up_of_the_first_open_scheme(client, world):
    tell(world, "one", category=world.warm)
    quote_of(world)

    read = page(client, world.analyst, "front_show")

    assert read.context["is_made_up"]
    assert Dashboard.objects.count() == 0
    assert "Coarse by region" in read.text
    assert "Service" in read.text
    assert "Warm" not in read.text  # of the finer round
    assert "She stayed with us." in read.text
    assert read.text.count("/ready/") == 3
    assert "Not computed yet" in read.text


def test_the_made_up_front_page_says_what_the_newest_run_of_its_table_says(client, world):
    tell_much(world)
    asked = post(client, world.analyst, "front_compute")
    run = Run.objects.get()
    waiting = page(client, world.analyst, "front_show").text
    assert jobs.run_now(run.job).state == JobState.DONE

    read = page(client, world.analyst, "front_show").text

    assert asked.url == reverse("reports:front_show", args=[world.study.slug])
    assert "1 table is being computed" in waiting
    assert "is being computed" not in read
    assert reverse("reports:run_show", args=[world.study.slug, run.uid]) in read
    assert "Nothing has changed since" in read


def test_a_study_without_anything_to_show_says_so(client, world):
    world.scheme.rounds.update(exists=False)

    read = page(client, world.analyst, "front_show")

    assert read.status_code == 200
    assert "Nothing to show yet" in read.text


def test_analysts_are_led_to_the_front_page_from_home_and_by_the_places_of_the_study(client, world):
    front = reverse("reports:front_show", args=[world.study.slug])

    for address in (reverse("reports:home"), front):
        client.force_login(world.analyst.user)
        assert f'href="{front}"' in client.get(address).text
    client.force_login(world.coder.user)
    assert front not in client.get(reverse("reports:home")).text


# -- Figures of today, and what was computed ----------------------------------------------------


def test_a_table_is_of_today_and_its_pictures_say_as_of_when(client, world, dashboard):
    tell_much(world)
    run = ran(world)
    RunChart.objects.create(run=run, kind="dots", theme="light", svg=_svg("dots", run))
    RunChart.objects.create(run=run, kind="stacked", theme="light", svg=_svg("stacked", run))
    add_table(dashboard, saved(world), world.analyst, findings=True, charts=["dots"])
    before = shown(client, world.analyst, dashboard).text

    tell(world, "41", category=world.warm)
    world.study.data_seq += 1
    world.study.save()
    after = shown(client, world.analyst, dashboard).text

    assert "the dots" in before
    assert "the stacked" not in before
    assert "Nothing has changed since" in before
    assert "Data or tree have changed since" in after
    assert ">40<" in before
    assert ">41<" in after


def _svg(kind, run):
    return f'<svg id="{kind}-{run.uid.hex[:8]}"><title>the {kind}</title></svg>'


def test_two_parts_with_the_same_picture_share_no_id(client, world, dashboard):
    run = ran(world)
    RunChart.objects.create(run=run, kind="dots", theme="light", svg=_svg("dots", run))
    for table in (saved(world), saved(world, "The same again")):
        add_table(dashboard, table, world.analyst, table=False, charts=["dots"])

    read = shown(client, world.analyst, dashboard).text

    name = f'id="dots-{run.uid.hex[:8]}'
    assert read.count(name) == 2
    assert {read.count(f"{name}-{item['id'][:8]}") for item in dashboard.items} == {1}


def test_a_table_asks_for_fresh_figures_where_it_stands(client, world, dashboard):
    tell(world, "one", category=world.warm)
    add_table(dashboard, saved(world), world.analyst)
    part = dashboard.items[0]["id"]
    client.force_login(world.analyst.user)
    address = reverse("reports:table_fresh", args=[world.study.slug, world.scheme.slug])

    fresh = client.get(
        f"{address}?round=1&by=valence&seen=0&part={part}", headers={"HX-Request": "true"}
    )

    assert f'id="figures-{part}"' in shown(client, world.analyst, dashboard).text
    assert fresh["HX-Retarget"] == f"#figures-{part}"
    assert "Warm" in fresh.text
    assert "table.csv" not in fresh.text


@pytest.mark.parametrize("name", ["dashboard_show", "dashboard_present"])
def test_the_words_behind_a_cell_lead_back_to_its_part(client, world, dashboard, name):
    tell_much(world)
    run = ran(world)
    RunChart.objects.create(run=run, kind="dots", theme="light", svg=_svg("dots", run))
    add_table(dashboard, saved(world), world.analyst, findings=True, charts=["dots"])
    part = dashboard.items[0]["id"]

    read = shown(client, world.analyst, dashboard, name).text
    address = reverse(f"reports:{name}", args=[world.study.slug, dashboard.uid])
    back = urlencode({"back": f"{address}#part-{part}"})

    behind = re.findall(r'href="([^"]*/verbatims/[^"]*)"', read)
    assert behind
    assert [one for one in behind if not one.endswith(f"&amp;{back}")] == []
    assert f'id="part-{part}"' in read


def test_figures_that_come_later_lead_back_to_their_part_as_well(client, world, dashboard):
    tell_much(world)
    add_table(dashboard, saved(world), world.analyst)
    change_facts(world.study)
    tally(world.study)
    change_facts(world.study)

    read = shown(client, world.analyst, dashboard).text

    address = reverse("reports:dashboard_show", args=[world.study.slug, dashboard.uid])
    [asks] = re.findall(r'hx-get="([^"]*/fresh/[^"]*)"', read)
    tally(world.study)
    fresh = client.get(asks.replace("&amp;", "&"), headers={"HX-Request": "true"}).text
    back = urlencode({"back": f"{address}#part-{dashboard.items[0]['id']}"})
    behind = re.findall(r'href="([^"]*/verbatims/[^"]*)"', fresh)
    assert behind
    assert [one for one in behind if back not in one] == []


def test_what_a_table_keeps_is_said_on_the_dashboard(client, world, dashboard):
    tell(world, "one", category=world.warm)
    add_table(dashboard, saved(world, query="round=1&valence=positive"), world.analyst)

    assert "Kept: Valence: Positive." in shown(client, world.analyst, dashboard).text


def test_a_reconstruction_says_so_at_each_table_and_nothing_is_tested(client, world, dashboard):
    tell_much(world)
    ran(world)
    add_table(dashboard, saved(world), world.analyst, findings=True)
    tested = shown(client, world.analyst, dashboard).text

    world.study.reconstruction = True
    world.study.save()
    read = shown(client, world.analyst, dashboard).text

    assert "verdict" in tested
    assert "A reconstruction: nothing is tested, and nothing stands out." not in tested
    assert "verdict" not in read
    assert "A reconstruction: nothing is tested, and nothing stands out." in read
    assert "Percentages as published, everything else invented" in read
    assert "Percentages as published" not in tested


def test_all_tables_are_computed_anew_and_the_page_comes_back_when_they_are(
    client, world, dashboard
):
    tell_much(world)
    for query in ("round=1&by=valence", "round=2"):
        add_table(dashboard, saved(world, query, query), world.analyst)

    post(client, world.analyst, "dashboard_compute", dashboard.uid)
    runs = list(Run.objects.all())
    address = reverse("reports:dashboard_show", args=[world.study.slug, dashboard.uid])
    waits = client.get(f"{address}?waiting=1", headers={"HX-Request": "true"})
    Run.objects.update(answered_at=timezone.now(), revision=1, data_seq=1)
    Job.objects.filter(pk__in=[run.job_id for run in runs]).update(state=JobState.DONE)
    over = client.get(f"{address}?waiting=1", headers={"HX-Request": "true"})

    assert len(runs) == 2
    assert "2 tables are being computed" in waits.text
    assert "<html" not in waits.text
    assert over["HX-Refresh"] == "true"


# -- What a reader may not see ------------------------------------------------------------------


def test_what_is_no_longer_there_is_left_out_with_a_word_why(client, world, dashboard):
    gone, hidden = saved(world, "Deleted one"), saved(world, "Unshared one")
    for table in (gone, hidden):
        add_table(dashboard, table, world.analyst)
    composing.add_quote(composition=dashboard, quote=quote_of(world), by=world.analyst)
    Table.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    Table.objects.filter(pk=hidden.pk).update(shared=False)
    Quote.objects.update(confirmed_at=None, confirmed_by=None)

    for member in (world.admin, world.analyst):
        read = shown(client, member, dashboard).text
        assert read.count("A table is not shown: it was deleted, is no longer shared") == 2
        assert "A quote is not shown" in read
        assert "Deleted one" not in read
        assert "Unshared one" not in read
        assert "stayed with us" not in read


def test_who_is_blind_in_a_scheme_sees_the_tables_of_the_others_and_no_words(
    client, world, dashboard
):
    other = SchemeFactory(study=world.study, slug="other", name="Other kinds")
    add_table(dashboard, saved(world, "Hidden from coders"), world.analyst)
    add_table(dashboard, saved(world, "Open to all", "round=1", scheme=other), world.analyst)
    composing.add_words(
        composition=dashboard, heading="Warm wins", text="By far.", by=world.analyst
    )
    coder = MemberFactory(study=world.study, roles=[RoleName.CODER, RoleName.ANALYST])
    blind(world, coder)

    read = shown(client, coder, dashboard).text
    listed = page(client, coder, "dashboard_list")

    assert "Open to all" in read
    assert "you are not to see its results yet" in read
    for words in ("Hidden from coders", "Warm wins", "By far", "At work"):
        assert words not in read
        assert words not in listed.text
        assert words not in shown(client, coder, dashboard, "dashboard_present").text
    assert "You still code in one of them" in listed.text
    assert page(client, coder, "dashboard_compose", dashboard.uid).status_code == 404
    assert "Hidden from coders" in shown(client, world.analyst, dashboard).text


def test_the_made_up_front_page_of_who_is_blind_is_of_a_scheme_that_is_open(client, world):
    tell(world, "one", category=world.warm)
    coder = MemberFactory(study=world.study, roles=[RoleName.CODER, RoleName.ANALYST])
    blind(world, coder)
    SchemeFactory(study=world.study, slug="other", name="Other kinds")

    read = page(client, coder, "front_show").text

    assert "Other kinds" in read
    assert "Service" not in read
    assert f"{world.scheme.name}: not yet for you" in read
    assert "Other kinds: not yet" not in read
    assert "Service" in page(client, world.analyst, "front_show").text


def test_a_table_about_interviewers_is_shown_to_admins_only(client, world, dashboard):
    tell(world, "one", category=world.warm, own=True)
    by_people = saved(world, "Who heard what", "round=1&by=interviewer")
    kept = saved(world, "One of them", f"round=1&interviewer={world.interviewer.uid}")
    for table in (by_people, kept):
        add_table(dashboard, table, world.admin)

    seen, barred = (shown(client, one, dashboard).text for one in (world.admin, world.analyst))

    name = world.interviewer.display_name
    assert name in seen
    assert name not in barred
    assert barred.count("is not for you to see") == 2
    assert "is not for you to see" not in seen


def test_a_table_whose_round_has_gone_says_so(client, world, dashboard):
    add_table(dashboard, saved(world, "Of old", "round=2"), world.analyst)
    world.coarse.exists = False
    world.coarse.save()

    read = shown(client, world.analyst, dashboard).text

    assert "“Of old” is not shown: something that it asks for has gone" in read


def test_a_withdrawn_story_is_no_longer_quoted(client, world, dashboard):
    quote = quote_of(world)
    composing.add_quote(composition=dashboard, quote=quote, by=world.analyst)
    assert "stayed with us" in shown(client, world.analyst, dashboard).text

    incident = quote.moment.incident
    incident.state = IncidentState.WITHDRAWN
    incident.save()

    assert "stayed with us" not in shown(client, world.analyst, dashboard).text


# -- Presenting, deleting, counting queries -----------------------------------------------------


def test_a_dashboard_is_presented_part_by_part_without_the_places_of_the_study(
    client, world, dashboard
):
    tell_much(world)
    run = ran(world)
    RunChart.objects.create(run=run, kind="dots", theme="light", svg=_svg("dots", run))
    add_table(dashboard, saved(world), world.analyst, findings=True, charts=["dots"])
    composing.add_words(composition=dashboard, heading="Then", text="", by=world.analyst)

    read = shown(client, world.analyst, dashboard, "dashboard_present").text

    assert read.count("data-slide") == 4  # table, picture, what stands out, words
    assert "study-nav" not in read
    assert reverse("reports:dashboard_show", args=[world.study.slug, dashboard.uid]) in read
    assert page(client, world.analyst, "front_present").text.count("data-slide") == 1


def test_whoever_deletes_a_dashboard_is_offered_to_bring_it_back_and_may(client, world, dashboard):
    other = MemberFactory(study=world.study, roles=[RoleName.ANALYST])
    undo = reverse("reports:dashboard_restore", args=[world.study.slug, dashboard.uid])
    post(client, other, "dashboard_delete", dashboard.uid)
    assert shown(client, world.analyst, dashboard).status_code == 404

    for one in (other, world.analyst):
        assert f'action="{undo}"' in page(client, one, "dashboard_list").text
    post(client, other, "dashboard_restore", dashboard.uid)

    assert shown(client, world.analyst, dashboard).status_code == 200


@pytest.mark.parametrize("told", [1, 12])
def test_a_dashboard_takes_as_many_queries_for_any_number_of_rows(
    client, world, dashboard, told, django_assert_num_queries
):
    for number in range(told):
        tell(world, f"told {number}", category=world.warm, region=number % 2)
    for name in ("one", "two"):
        add_table(dashboard, saved(world, name), world.analyst)
    ran(world)
    shown(client, world.analyst, dashboard)

    with django_assert_num_queries(45):
        shown(client, world.analyst, dashboard)


def test_lists_take_as_many_queries_for_any_number_of_dashboards(
    client, world, django_assert_num_queries
):
    for number in range(2):
        composing.create_dashboard(title=f"no {number}", is_front=False, by=world.analyst)
    page(client, world.analyst, "dashboard_list")
    with django_assert_num_queries(12):
        page(client, world.analyst, "dashboard_list")
    for number in range(20):
        composing.create_dashboard(title=f"more {number}", is_front=False, by=world.admin)
    with django_assert_num_queries(12):
        page(client, world.analyst, "dashboard_list")
