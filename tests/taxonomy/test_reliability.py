"""What is measured and kept about the agreement of coders, and the pages that show it."""

import csv
import io
import itertools
import math
import re
import threading

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from incidents.actions.numbering import change_facts, enter_tables, leave_tables
from incidents.choices import IncidentState, RoleName
from incidents.models import Change, Incident, Job, Organization, Study
from taxonomy.actions import asking, measuring
from taxonomy.actions.measuring import ask_agreement
from taxonomy.actions.planning import lock_batch
from taxonomy.actions.running import add_coder
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Purpose
from taxonomy.models import (
    Adjudication,
    AgreementReport,
    Assignment,
    Batch,
    Category,
    Coding,
    EarlyLook,
    Scheme,
)
from taxonomy.queries.measured import (
    Figure,
    earlier_batches_in,
    few_clusters_in,
    figure_of,
    matrix_of,
    rounds_of,
)
from taxonomy.queries.reliability import answers_of, counted_codings, measured_batches
from taxonomy.queries.reliability_words import COEFFICIENTS, REASONS
from taxonomy.queries.trees import tree_of
from taxonomy.reliability import report
from taxonomy.reliability.results import FEW_CLUSTERS, Coefficient, Reason
from tests.factories import IncidentFactory, MemberFactory
from tests.racing import at_once
from tests.taxonomy import reliability_study as by_hand
from tests.taxonomy.factories import CategoryFactory
from tests.taxonomy.reliability_study import (
    NO,
    SAID,
    answer,
    at_coarse,
    code_batch,
    measure,
    named,
    study_of,
)

pytestmark = pytest.mark.django_db

FINE, COARSE = 0, 1


@pytest.fixture(autouse=True)
def few_samples(monkeypatch):
    monkeypatch.setattr(measuring, "SAMPLES", 40)


@pytest.fixture
def world():
    return study_of()


@pytest.fixture
def coded(world):
    world.coded = code_batch(world)
    measure()
    return world


def rounds(world):
    return AgreementReport.objects.filter(scheme=world.scheme).latest("pk").answer["rounds"]


def url(world, view="reliability_show"):
    return reverse(f"taxonomy:{view}", args=[world.study.slug, world.scheme.slug])


def page(client, world, who="analyst", **query):
    member = getattr(world, who)
    client.force_login(member.user)
    return client.get(url(world), query)


def ask(client, world):
    client.force_login(world.analyst.user)
    return client.post(url(world, "reliability_measure"), {"clusters": "interview"}, follow=True)


def close(kept, expected):
    return math.isclose(kept["value"], expected, abs_tol=5e-6)


# -- The figures ------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "said", "k"), [(FINE, SAID, 6), (COARSE, at_coarse(SAID), 3)])
def test_the_figures_of_a_round_are_those_counted_by_hand(coded, place, said, k):
    kept = rounds(coded)[place]
    overall = kept["overall"]

    assert kept["k"] == k
    assert close(overall["percent_agreement"], by_hand.observed(said))
    assert close(overall["cohen_kappa"], by_hand.cohen(said))
    assert close(overall["krippendorff_alpha"], by_hand.krippendorff(said))
    assert close(overall["fleiss_kappa"], by_hand.fleiss(said))
    assert close(overall["scott_pi"], by_hand.fleiss(said))
    assert close(overall["gwet_ac1"], by_hand.gwet(said, k))
    assert close(overall["brennan_prediger"], by_hand.brennan(said, k))
    assert close(overall["perreault_leigh"], math.sqrt(by_hand.brennan(said, k)))


@pytest.mark.parametrize(("place", "said", "k"), [(FINE, SAID, 5), (COARSE, at_coarse(SAID), 2)])
def test_the_second_figure_takes_what_cannot_be_classified_for_missing(coded, place, said, k):
    second = rounds(coded)[place]["second"]
    told = [[None if letter == NO else letter for letter in letters] for letters in said]

    assert second["k"] == k
    assert close(second["overall"]["krippendorff_alpha"], by_hand.krippendorff(told))
    assert close(second["overall"]["gwet_ac1"], by_hand.gwet(told, k))


def test_kappa_is_weighted_by_the_tree_except_at_the_coarsest_round(client, coded):
    fine, coarse = rounds(coded)
    kept = fine["overall"]["weighted_kappa"]
    pairs = [pair["weighted"] for pair in fine["pairs"]]

    assert close(kept, by_hand.weighted(SAID))
    assert kept["low"] < kept["value"] < kept["high"]
    assert close(pairs[0], by_hand.weighted([letters[:2] for letters in SAID]))
    assert all(pair["low"] < pair["value"] < pair["high"] for pair in pairs)
    assert "weighted_kappa" not in coarse["overall"]
    assert [pair["weighted"] for pair in coarse["pairs"]] == [None] * 3
    shown = page(client, coded).text
    assert f'<td class="num">{by_hand.weighted(SAID):.4f}</td>' in shown
    assert shown.count("Weighted kappa counts a disagreement by the steps in the tree") == 1
    assert "Weighted kappa (interval)" in shown
    assert "Weighted kappa (interval)" not in page(client, coded, round=2).text


def test_reports_made_before_kappa_was_weighted_are_shown_without_it(client, coded):
    report = AgreementReport.objects.latest("pk")
    for kept in report.answer["rounds"]:
        for overall in (kept["overall"], kept["second"]["overall"]):
            overall.pop("weighted_kappa", None)
        for pair in kept["pairs"]:
            del pair["weighted"]
    report.save(update_fields=["answer"])

    assert "Weighted kappa" not in page(client, coded).text
    client.force_login(coded.analyst.user)
    assert b"weighted" not in client.get(url(coded, "reliability_csv")).content


def test_codings_without_a_place_at_a_round_are_counted_as_missing(coded):
    fine, coarse = rounds(coded)
    loose = sum(letters.count("O") for letters in SAID)

    assert (fine["missing"], fine["unplaced"]) == (0, 0)
    assert (coarse["missing"], coarse["unplaced"]) == (loose, loose)
    assert fine["units"] == coarse["units"] == len(SAID)


def test_only_answers_that_were_asked_for_are_missing(world):
    third = world.coders.pop()
    code_batch(world, ["LL", "SS", "LO"], "First")
    world.coders = [world.coders[1], third]
    second = code_batch(world, ["RR", "RW"], "Second")
    made = rounds_now(world)
    assert [(one["missing"], one["second"]["missing"]) for one in made] == [(0, 0), (1, 1)]
    assert [one["missing"] for one in made[COARSE]["batches"]] == [1, 0]

    gone = second.batch.assignments.filter(coder=third).first()
    gone.codings.all().delete()
    Assignment.objects.filter(pk=gone.pk).update(state=AssignmentState.OPEN)
    made = rounds_now(world)
    assert [one["missing"] for one in made] == [1, 2]
    assert [one["missing"] for one in made[COARSE]["batches"]] == [1, 1]


def rounds_now(world):
    ask_agreement(scheme=world.scheme, by=world.analyst)
    measure()
    return rounds(world)


def test_batches_with_few_clusters_are_named_beside_their_intervals(client, world):
    code_batch(world, name="First")
    code_batch(world, name="Second")
    measure()

    text = page(client, world).text

    assert f"Fewer than {FEW_CLUSTERS} clusters in: First, Second." in text
    (answer,) = AgreementReport.objects.values_list("answer", flat=True).order_by("-pk")[:1]
    for kept in answer["rounds"]:
        kept["batches"][0]["clusters"] = FEW_CLUSTERS
    assert "in: Second." in few_clusters_in(answer)


def test_batches_without_figures_of_their_own_are_counted(client, world, monkeypatch):
    monkeypatch.setattr(report, "BATCHES_SHOWN", 2)
    for name in ("First", "Second", "Third"):
        code_batch(world, ["LLL", "LSL"], name)
    measure()

    text = page(client, world).text
    assert "The batch before these is not shown by itself" in text
    assert f'<span dir="auto">Third, {date_format(timezone.localdate())}</span>' in text
    (answer,) = AgreementReport.objects.values_list("answer", flat=True).order_by("-pk")[:1]
    assert earlier_batches_in(answer) == 1
    assert earlier_batches_in({**answer, "rounds": []}) == 0


def test_moments_of_one_organization_stay_together_or_those_of_one_interview(world):
    code_batch(world, ["LLL", "SSS", "LLS"])
    places = Incident.objects.filter(study=world.study).order_by("pk")
    first, second = places[0], places[1]
    Incident.objects.filter(pk=second.pk).update(site=first.site)
    assert first.interview != second.interview
    measure()
    assert {kept["clusters"] for kept in rounds(world)} == {2}

    ask_agreement(scheme=world.scheme, by=world.analyst, clusters="interview")
    measure()
    assert {kept["clusters"] for kept in rounds(world)} == {3}


def test_where_no_organization_is_known_moments_of_one_interview_stay_together(client, world):
    code_batch(world, ["LLL", "SSS", "LLS"])
    one = Incident.objects.filter(study=world.study).order_by("pk")[0]
    Incident.objects.filter(study=world.study).update(site=one.site)
    Organization.objects.filter(pk=one.site.organization_id).update(not_stated=True)
    measure()

    assert {kept["clusters"] for kept in rounds(world)} == {3}
    assert "where none is known, those of one interview" in page(client, world).text


def test_the_same_seed_gives_the_same_intervals(coded):
    before = rounds(coded)
    ask_agreement(scheme=coded.scheme, by=coded.analyst)
    measure()

    assert rounds(coded) == before
    assert before[FINE]["overall"]["krippendorff_alpha"]["low"] is not None


def test_a_category_with_fewer_than_ten_codings_has_no_interval(coded):
    few = {
        one["name"]: (one["ratings"], one["figures"]["krippendorff_alpha"]["low"] is None)
        for one in rounds(coded)[FINE]["categories"]
    }
    counts = dict.fromkeys(few, 0)
    for letter in "".join(SAID):
        counts[by_hand.LETTERS[letter]] += 1

    assert list(few) == ["Late", "Slow", "Rude", "Warm", "Loose", ""]  # as in the tree
    assert few == {name: (number, number < 10) for name, number in counts.items()}
    assert {few["Loose"][1], few["Late"][1]} == {True, False}


def test_categories_count_that_were_open_when_the_batch_was_locked(world):
    code_batch(world)
    Category.objects.filter(name="Loose").update(retired=True)
    CategoryFactory(round=world.scheme.rounds.get(position=1), name="New")
    Batch.objects.filter(scheme=world.scheme, kind=BatchKind.PLAN).update(locked_revision=None)
    measure()
    assert rounds(world)[FINE]["k"] == 7  # Late, Slow, Rude, Warm, New, what was used, and none


def test_the_revision_of_the_lock_says_what_was_open(world, monkeypatch):
    code_batch(world, ["LLL", "SSS", "LLS"])
    asked = []
    tree = {}

    def past(scheme, number):
        asked.append(number)
        return tree["then"]

    monkeypatch.setattr("taxonomy.queries.reliability.past_tree", past)
    today = tree_of(world.scheme)
    kept = {key: node for key, node in today.nodes.items() if node.name not in {"Warm", "Loose"}}
    tree["then"] = type(today)(kept, today.rounds, past=True)
    world.scheme.revision += 3
    world.scheme.save(update_fields=["revision"])
    measure()

    assert asked == [0]
    assert [kept["k"] for kept in rounds(world)] == [4, 3]  # Late, Slow, Rude; Waiting, Manner


# -- What counts ------------------------------------------------------------------------------


def counted(world):
    """What is counted: the same for a page that asks for some and for a report of all."""
    rows = counted_codings(world.scheme).select_related("category", "coder")
    batches = measured_batches(world.scheme).values_list("uid", flat=True)
    in_report = [(one.moment, one.coder, one.category) for one in answers_of(world.scheme, batches)]
    assert in_report == [
        (row.moment_id, str(row.coder.uid), row.category_id) for row in rows.order_by("pk")
    ]
    return sorted((row.moment_id, row.coder_id, str(row.category or "")) for row in rows)


def test_open_batches_and_those_of_one_coder_each_are_not_measured(world):
    code_batch(world, ["LLL", "SSS"], lock=False)
    once = world.scheme.batches.get(kind=BatchKind.ONCE)
    moment = IncidentFactory(study=world.study).moments.get()
    Assignment.objects.create(batch=once, moment=moment, coder=world.coders[0], sole=True)
    answer(once, moment, world.coders[0], "L")
    Batch.objects.filter(pk=once.pk).update(state=BatchState.LOCKED, locked_seq=10**6)

    assert counted(world) == []


def test_the_last_coding_before_the_lock_counts_and_nothing_after_it(world):
    made = code_batch(world, ["LLS"], lock=False)
    moment, coder = made.moments[0], world.coders[2]
    again = answer(made.batch, moment, coder, "L")
    batch = lock_batch(batch=made.batch, by=None)
    Coding.objects.create(
        scheme=world.scheme,
        moment=moment,
        coder=coder,
        assignment=again.assignment,
        category=named(batch, "W"),
        scheme_revision=0,
        seq=batch.locked_seq + 1,
        supersedes=again,
    )
    Coding.objects.create(
        scheme=world.scheme,
        moment=moment,
        coder=world.coders[0],
        purpose=Purpose.RESORT,
        category=named(batch, "R"),
        resorts=named(batch, "L"),
        scheme_revision=0,
        seq=batch.locked_seq,
    )

    assert [name for _moment, _coder, name in counted(world)] == ["Late"] * 3


def test_incidents_that_count_no_longer_are_left_out(coded):
    incident = coded.coded.moments[0].incident
    Incident.objects.filter(pk=incident.pk).update(state=IncidentState.EXCLUDED)

    assert len(counted(coded)) == 3 * (len(SAID) - 1)


def test_who_was_added_later_counts_when_all_of_theirs_is_done(world):
    made = code_batch(world, ["LLL", "SSS"])
    measure()
    late = MemberFactory(study=world.study, roles=[RoleName.CODER])
    add_coder(batch=made.batch, coder=late, by=world.admin)
    answer(made.batch, made.moments[0], late, "L")
    assert len(counted(world)) == 6
    assert AgreementReport.objects.count() == 1

    answer(made.batch, made.moments[1], late, "W")
    assert len(counted(world)) == 8
    measure()
    report = AgreementReport.objects.latest("pk")
    assert (report.answer["codings"], len(report.answer["coders"])) == (8, 4)


def test_adjudicating_changes_no_figure_and_is_said(coded, client):
    before = rounds(coded)
    moment = coded.coded.moments[1]
    Adjudication.objects.create(
        scheme=coded.scheme,
        moment=moment,
        member=coded.coders[0],
        by_coder=True,
        category=named(coded.coded.batch, "W"),
        scheme_revision=0,
        from_seq=10**6,
    )
    EarlyLook.objects.create(
        scheme=coded.scheme, member=coded.admin, reason="x", until=timezone.now()
    )
    EarlyLook.objects.update(created_at=coded.coded.batch.created_at)
    ask_agreement(scheme=coded.scheme, by=coded.analyst)
    measure()

    assert rounds(coded) == before
    text = page(client, coded).text
    assert "1 of them by somebody who had coded it." in text
    assert "1 time an admin looked at results while coding went on." in text


# -- Asking -----------------------------------------------------------------------------------


def test_a_lock_asks_for_a_report_and_several_locks_ask_once(world):
    code_batch(world, ["LLL"], "First")
    code_batch(world, ["SSS"], "Second")

    assert Job.objects.filter(kind=measuring.MEASURE_AGREEMENT).count() == 1
    report = AgreementReport.objects.get()
    assert (report.answer, report.question["clusters"]) == ({}, "organization")
    assert Change.objects.filter(verb="measure_agreement").count() == 1

    measure()
    report.refresh_from_db()
    assert [batch["name"] for batch in report.answer["batches"]] == ["First", "Second"]
    assert report.data_seq == Study.objects.get(pk=world.study.pk).data_seq


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one_report(world, monkeypatch):
    """The second waits for the job of the first, and then finds its report."""
    code_batch(world, ["LLL"])
    AgreementReport.objects.all().delete()
    Job.objects.all().delete()
    real = asking.request_job

    def request_slowly(**job):
        asked = real(**job)
        threading.Event().wait(0.3)  # the other comes as far as the job lets it
        return asked

    monkeypatch.setattr(asking, "request_job", request_slowly)
    asked = at_once(*[lambda: ask_agreement(scheme=world.scheme, by=world.analyst)] * 2)

    assert [report.pk for report in asked] == [AgreementReport.objects.get().pk] * 2
    assert Job.objects.filter(kind=measuring.MEASURE_AGREEMENT).count() == 1


def test_nothing_is_asked_for_before_a_lock(client, world):
    client.force_login(world.analyst.user)
    answered = client.post(
        url(world, "reliability_measure"), {"clusters": "interview"}, follow=True
    )

    assert "There is nothing to measure before a batch is locked." in answered.text
    assert not AgreementReport.objects.exists()


def test_an_analyst_asks_for_intervals_by_interview(client, coded):
    client.force_login(coded.analyst.user)
    answered = client.post(
        url(coded, "reliability_measure"), {"clusters": "interview"}, follow=True
    )
    assert "<progress" in answered.text
    measure()

    assert "Moments of one interview stay together." in page(client, coded).text


def test_the_bar_asks_for_itself_only_and_tells_the_page_when_the_job_is_over(client, coded):
    ask_agreement(scheme=coded.scheme, by=coded.analyst)
    going_on = page(client, coded, progress=1)
    assert "<progress" in going_on.text
    assert "<html" not in going_on.text
    assert "HX-Trigger-After-Settle" not in going_on

    measure()
    over = page(client, coded, progress=1)
    assert "The new figures are ready." in over.text
    assert "job-over" in over["HX-Trigger-After-Settle"]


def test_a_job_that_failed_is_seen_with_the_report_before(client, coded, monkeypatch):
    ask_agreement(scheme=coded.scheme, by=coded.analyst)
    Job.objects.update(state="failed", error="The disk is full.")
    shown = page(client, coded).text

    assert "The disk is full." in shown
    assert "Krippendorff&#x27;s alpha" in shown


# -- The page ---------------------------------------------------------------------------------


def test_the_page_shows_the_figures_counted_by_hand_to_four_decimals(client, coded):
    text = page(client, coded).text

    for value in (
        by_hand.observed(SAID),
        by_hand.cohen(SAID),
        by_hand.krippendorff(SAID),
        by_hand.gwet(SAID, 6),
        by_hand.krippendorff(at_coarse(SAID)),
        by_hand.gwet(at_coarse(SAID), 3),
    ):
        assert f'<td class="num">{value:.4f}</td>' in text


def test_the_page_computes_nothing_and_takes_as_many_queries_for_any_number_of_batches(
    client, world, django_assert_max_num_queries
):
    code_batch(world, ["LLL", "LSL"], "First")
    measure()
    page(client, world)
    with django_assert_max_num_queries(40) as first:
        page(client, world)
    for name in ("Second", "Third"):
        code_batch(world, ["SSS", "RRW"], name)
    measure()
    with django_assert_max_num_queries(40) as second:
        shown = page(client, world)

    assert len(first) == len(second)
    assert not any('"taxonomy_coding"' in query["sql"] for query in second.captured_queries[-5:])
    assert "From batch to batch" in shown.text


@pytest.mark.parametrize(("said", "batches"), [(["LLL", "LSL"], 1), (["LSL"], 2), (["LLL"], 1)])
def test_a_list_on_top_leads_to_each_part_of_the_page(client, world, said, batches):
    for _number in range(batches):
        code_batch(world, said)
    measure()
    text = page(client, world).text

    leads = re.findall(r'class="chip" href="#([\w-]+)"', text)
    assert leads == re.findall(r'<h[23][^>]* id="([\w-]+)"', text)
    assert ("over-time" in leads, leads[0], leads[-1]) == (batches > 1, "round-1", "again")


@pytest.mark.parametrize(
    ("said", "coders", "sentence"),
    [
        (["L", "S"], 1, "Undefined: only one coder has coded"),
        (["LLL", "LLL"], 3, "all chose the same one category"),
    ],
)
def test_what_is_undefined_is_said_in_words(client, said, coders, sentence):
    world = study_of(coders)
    code_batch(world, said)
    measure()

    assert sentence in page(client, world).text


def test_without_overlap_the_page_says_so(client, world):
    made = code_batch(world, ["LLL", "SSS"], lock=False)
    first, second = made.moments
    Assignment.objects.exclude(
        pk__in=[
            made.batch.assignments.get(moment=first, coder=world.coders[0]).pk,
            made.batch.assignments.get(moment=second, coder=world.coders[1]).pk,
        ]
    ).update(late=True)
    lock_batch(batch=made.batch, by=None)
    measure()

    assert "Undefined: no moment was coded by two coders." in page(client, world).text


def test_with_nothing_locked_the_page_says_what_to_do(client, world):
    assert "A study admin makes a coding plan with an overlap" in page(client, world).text
    link = f'href="{url(world, "plan_list")}">To the coding plan</a>'
    assert link in page(client, world, "admin").text
    assert link not in page(client, world).text

    code_batch(world, ["LLL"], lock=False)
    text = page(client, world).text
    assert "Several coders are at work." in text
    assert "coding plan with an overlap" not in text


def test_a_blind_coder_sees_no_figure(client, coded):
    code_batch(coded, ["LLL"], "Next", lock=False)
    coded.blind = coded.coders[0]
    text = page(client, coded, "blind").text

    assert "the figures open to you when your batch is locked" in text
    assert "alpha" not in text


def test_a_coder_sees_figures_after_the_lock_but_no_way_to_the_moments(client, coded):
    coded.coder = coded.coders[0]
    text = page(client, coded, "coder").text

    assert f"{by_hand.cohen(SAID):.4f}" in text
    assert "reliability/confusion/" not in text
    coded.coders[1].display_name = "Ruth"
    coded.coders[1].save()
    coded.admin = MemberFactory(study=coded.study, roles=[RoleName.ADMIN])
    read = {who: page(client, coded, who).text for who in ("admin", "analyst", "coder")}
    assert {who: "Ruth" in text for who, text in read.items()} == {
        "admin": True,
        "analyst": False,
        "coder": False,
    }
    client.force_login(coded.coder.user)
    assert client.get(url(coded, "reliability_confusion")).status_code == 403
    assert client.get(url(coded, "reliability_csv")).status_code == 403


BEHIND = "What these figures were made from has changed since"


def says_behind(client, world):
    """Whether the page says so, with the study and the number in which something else happened."""
    with transaction.atomic():
        change_facts(world.study)
    return BEHIND in page(client, world).text


def test_what_happens_elsewhere_in_the_study_leaves_the_figures_alone(client, coded):
    incident = IncidentFactory(study=coded.study)
    leave(incident)
    code_batch(coded, ["LLL"], "Open", lock=False)
    newcomer = MemberFactory(study=coded.study, roles=[RoleName.CODER])
    add_coder(batch=coded.coded.batch, coder=newcomer, by=coded.admin)
    answer(coded.coded.batch, coded.coded.moments[0], newcomer, "L")  # and much more to come

    assert not says_behind(client, coded)


def leave(incident):
    with transaction.atomic():
        number = change_facts(incident.study)
        these = Incident.objects.filter(pk=incident.pk)
        leave_tables(these, number=number, state=IncidentState.EXCLUDED)


def come_back(incident):
    with transaction.atomic():
        number = change_facts(incident.study)
        these = Incident.objects.filter(pk=incident.pk)
        enter_tables(these, number=number, state=IncidentState.ACCEPTED)


def test_figures_are_behind_when_an_incident_left_or_came_back(client, coded):
    incident = coded.coded.moments[0].incident
    leave(incident)
    assert says_behind(client, coded)

    ask_agreement(scheme=coded.scheme, by=None)
    measure()
    assert not says_behind(client, coded)
    come_back(incident)
    assert says_behind(client, coded)


def test_figures_are_behind_when_somebody_added_has_coded_all(client, world):
    made = code_batch(world, ["LLL"])
    measure()
    late = MemberFactory(study=world.study, roles=[RoleName.CODER])
    add_coder(batch=made.batch, coder=late, by=world.admin)
    answer(made.batch, made.moments[0], late, "L")
    Job.objects.filter(state="waiting").update(state="done")
    assert says_behind(client, world)

    ask_agreement(scheme=world.scheme, by=None)
    measure()
    assert not says_behind(client, world)


def test_figures_are_behind_when_a_batch_was_locked_or_the_tree_changed(client, coded):
    batch = code_batch(coded, ["LLL"], "Next").batch
    Job.objects.filter(state="waiting").update(state="done")
    assert says_behind(client, coded)

    Batch.objects.filter(pk=batch.pk).update(state=BatchState.OPEN)
    assert not says_behind(client, coded)
    Scheme.objects.filter(pk=coded.scheme.pk).update(revision=9)
    assert says_behind(client, coded)


def test_a_reconstruction_says_that_its_figures_are_an_exercise(client, coded):
    assert "The codings of this study are invented" not in page(client, coded).text
    Study.objects.update(reconstruction=True)
    assert "The codings of this study are invented" in page(client, coded).text


def test_kappa_and_ac1_part_company_where_a_category_is_rare(client, world):
    code_batch(world, ["LLL"] * 18 + ["LLR", "RLL"])
    measure()
    fine = rounds(world)[FINE]["overall"]
    assert fine["cohen_kappa"]["value"] < 0.1
    assert fine["gwet_ac1"]["value"] > 0.8

    assert "“Late” has 58 of 60, and “Rude” is rare, with 2." in page(client, world).text


def test_where_kappa_and_ac1_agree_nothing_is_said_of_it(coded):
    shown = rounds_of({"rounds": rounds(coded)})
    assert not any("part company" in note for one in shown for note in one.notes)


def test_few_clusters_are_said(client, world):
    code_batch(world, ["LLL", "SSS", "LLS"])
    measure()
    assert "There are only 3 clusters." in page(client, world).text


# -- Confusion --------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [FINE, COARSE])
def test_each_cell_of_the_matrix_leads_to_as_many_moments(client, coded, place):
    kept = rounds(coded)[place]
    client.force_login(coded.analyst.user)
    matrix = matrix_of(kept)
    places = itertools.combinations_with_replacement(enumerate(matrix.labels), 2)
    for (at, (one, _)), (to, (other, _)) in places:
        asked = {"round": place + 1, "a": one or "none", "b": other or "none"}
        context = client.get(url(coded, "reliability_confusion"), asked).context
        assert (context["number"], len(context["rows"])) == (matrix.rows[at][to],) * 2, asked
    assert sum(map(sum, matrix.rows)) > 30


def test_the_matrix_counts_moments_as_they_were_said(coded):
    kept = rounds(coded)[FINE]
    letters_of = {name: letter for letter, name in by_hand.LETTERS.items()}
    names = {one["uid"]: letters_of[one["name"]] for one in kept["categories"]}
    found = {tuple(sorted((names[a], names[b]))): n for a, b, n in kept["confusion"]}
    expected = {}
    for letters in SAID:
        for pair in {tuple(sorted(two)) for two in itertools.combinations(letters, 2)}:
            expected[pair] = expected.get(pair, 0) + 1

    assert found == expected


def test_a_moment_shows_what_each_coder_chose(client, coded):
    late, slow = (str(named(coded.coded.batch, letter).uid) for letter in "LS")
    client.force_login(coded.analyst.user)
    shown = client.get(url(coded, "reliability_confusion"), {"round": 1, "a": late, "b": slow})
    text = re.sub(r"\s+", " ", shown.text)

    headline = coded.coded.moments[1].incident.version.headline
    assert headline in text
    assert coded.coded.moments[0].incident.version.headline not in text
    assert '<dt dir="auto">Coder C</dt> <dd dir="auto">Slow</dd>' in text


@pytest.mark.parametrize(
    "asked", [{}, {"round": 9, "a": "none", "b": "none"}, {"round": 1, "a": "x", "b": "none"}]
)
def test_a_cell_that_is_not_there_is_not_found(client, coded, asked):
    client.force_login(coded.analyst.user)
    assert client.get(url(coded, "reliability_confusion"), asked).status_code == 404


def test_the_list_behind_a_cell_takes_as_many_queries_for_any_number_of_moments(
    client, world, django_assert_max_num_queries
):
    code_batch(world, ["LLS"] + ["SRR"] * 9)
    measure()
    client.force_login(world.analyst.user)
    numbers = []
    for letters in ("LS", "SR"):
        a, b = (str(Category.objects.get(name=by_hand.LETTERS[one]).uid) for one in letters)
        with django_assert_max_num_queries(40) as queries:
            shown = client.get(url(world, "reliability_confusion"), {"round": 1, "a": a, "b": b})
        numbers.append((len(queries), len(shown.context["rows"])))

    assert [rows for _queries, rows in numbers] == [1, 9]
    assert len({queries for queries, _rows in numbers}) == 1


# -- The file ---------------------------------------------------------------------------------


def test_the_file_has_the_figures_and_is_logged(client, coded):
    client.force_login(coded.analyst.user)
    answered = client.get(url(coded, "reliability_csv"))
    rows = list(csv.DictReader(io.StringIO(answered.content.decode("utf-8-sig"))))

    alpha = next(
        row for row in rows if row["of"] == "all" and row["coefficient"] == "krippendorff_alpha"
    )
    assert float(alpha["value"]) == round(by_hand.krippendorff(SAID), 6)
    assert (alpha["moments"], alpha["coders"], alpha["categories"]) == (str(len(SAID)), "3", "6")
    weighted = [row for row in rows if row["coefficient"] == "weighted_kappa"]
    assert [row["of"] for row in weighted] == ["all", "unclassifiable missing", *["pair"] * 3]
    assert float(weighted[0]["value"]) == round(by_hand.weighted(SAID), 6)
    assert all(row["low"] < row["value"] < row["high"] for row in weighted)
    kinds = {row["of"] for row in rows}
    assert kinds == {"all", "unclassifiable missing", "category", "pair"}
    assert Change.objects.filter(verb="export_agreement", member=coded.analyst).count() == 1


def test_a_figure_is_a_value_or_a_reason():
    assert set(REASONS) == set(Reason)
    assert set(COEFFICIENTS) == set(Coefficient)
    for reason in Reason:
        assert figure_of({"undefined": reason.value}) == Figure(why=str(REASONS[reason]))
