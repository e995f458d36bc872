"""The second demo study, built through the product: everything it is to show is there, by count."""

from collections import Counter, defaultdict

import pytest
from django.core.management import call_command
from django.db.models import Q
from django.urls import reverse

from incidents.choices import IncidentState, JobState, Valence, VersionKind, Viewpoint
from incidents.models import (
    Change,
    Incident,
    IncidentVersion,
    Interview,
    Job,
    Member,
    Moment,
    NoneRecalled,
    Screening,
    Study,
)
from reports.actions.demo.building import SEEDED, is_seeded
from reports.actions.demo.four_regions import NOTE, SCHEMES, seed_four_regions
from reports.actions.demo.planning import parts_of
from reports.demo.four_regions.plans import Fate
from reports.demo.four_regions.revising import EXCEPTION, MADE_TO_MEASURE, OTHER_TIME
from reports.demo.four_regions.world import build_world
from reports.models import Dashboard, Run, Schedule, Table
from reports.queries.home import cards_of
from reports.tasks import compute_due
from taxonomy.access import sees_results
from taxonomy.actions.suggesting import TRAIN_CLASSIFIER
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Outcome, SortOf
from taxonomy.models import (
    Adjudication,
    Assignment,
    Batch,
    Category,
    Classifier,
    Coding,
    Holdout,
    Plan,
    Proposal,
    Revision,
    Scheme,
    Settlement,
    Sort,
    Sorter,
    SortItem,
    TrainingItem,
)
from taxonomy.queries.checks import differences
from taxonomy.queries.coding import unassigned_moments
from taxonomy.queries.saturation import made_from_moments, saturation_of
from taxonomy.queries.splitting import waiting_in
from taxonomy.queries.trees import tree_of
from tests.reports.statistics.on_runs import check_run

pytestmark = [pytest.mark.thorough, pytest.mark.django_db]

SLUG = "four-regions-2026"
COMPUTED = (
    ("serve", 2, "region"),
    ("serve", 1, "valence"),
    ("cause", 1, "viewpoint"),
    ("cause", 1, "sector"),
    ("cause", 1, "country"),
    ("encounter", 1, "viewpoint"),
    ("outcome", 1, "region"),
)


@pytest.fixture(scope="module")
def world():
    return build_world(2026)


@pytest.fixture
def study(db, capsys):
    """Build the study as people do, by the command, which the second time only says so."""
    call_command("seed_demo", only=SLUG)
    said = capsys.readouterr().out
    call_command("seed_demo", only=SLUG)
    assert capsys.readouterr().out == said
    assert "coder3@candid.example" in said
    return Study.objects.get()


def used(world):
    return [part for story in world.stories if story.fate == Fate.USED for part in story.parts]


def outcome_of(part, scheme, who, thought_again):
    """Say what counts for a moment: as a person would work it out.

    `who` are the coders (by number) who have it by a plan, with whether they have answered.
    """
    given = part.answers.get(scheme, ())
    if scheme in part.planned:
        if scheme == "cause" and len(who) > 1:
            return Outcome.WAITING if any(who.values()) else None  # its batch is not locked
        given = [one for one in given if who.get(one.coder)]
    if thought_again:
        given = [part.second if one.coder == part.second.coder else one for one in given]
    if not given:
        return None
    said = {one.category for one in given}
    if len(said) > 1:
        return Outcome.IN_DISPUTE
    if said == {""}:
        return Outcome.UNCLASSIFIABLE
    return Outcome.AGREED if len(given) > 1 else Outcome.SINGLE


def test_everything_the_study_is_to_show_is_there(client, study, world):
    """One long test, because one study serves it all."""
    check_what_was_told(study, world)
    check_what_was_coded(study, world)
    check_what_was_decided(study)
    check_what_was_held_out(client, study)
    check_who_is_blind(study)
    check_what_was_revised(study)
    check_what_a_newcomer_practises(study)
    check_what_was_sorted_and_proposed(client, study)
    check_what_waits_for_the_worker(study)
    check_that_pages_say_it_is_fictional(client, study)
    check_what_is_computed(study)
    check_what_it_opens_with(client, study)
    assert not list(differences(study))


def check_what_is_computed(study):
    """Seven tables, each by what it has for columns; one of them with clusters enough."""
    runs = [
        check_run(study.schemes.get(slug=slug), position=position, by=by)
        for slug, position, by in COMPUTED
    ]
    found = [run.answer["statistics"] for run in runs]
    assert all("p" in one["chi_square"] for one in found)
    assert "p" in found[1]["rao_scott"]["second_order"]


def check_what_was_told(study, world):
    states = Counter(Incident.objects.filter(study=study).values_list("state", flat=True))
    assert states == {
        IncidentState.ACCEPTED: 540,
        IncidentState.SUBMITTED: 18,
        IncidentState.RETURNED: 12,
        IncidentState.EXCLUDED: 24,
        IncidentState.WITHDRAWN: 6,
    }
    assert Interview.objects.filter(study=study).count() == 100
    told = Incident.objects.filter(study=study).select_related("interview", "version")
    assert all(row.created_at.date() == row.interview.held_on for row in told)
    assert all(row.version.author_id == row.interview.interviewer_id for row in told)
    assert NoneRecalled.objects.filter(interview__study=study).count() == 6
    stated = {"not_stated": False}
    assert study.organizations.filter(**stated).count() == 12
    assert study.organizations.filter(**stated).values("sites").count() == 30
    assert study.regions.filter(**stated).count() == 4

    moments = Moment.objects.filter(incident__study=study)
    assert moments.filter(incident__state=IncidentState.ACCEPTED).count() == len(used(world)) == 680
    several = Counter(moments.values_list("incident", flat=True))
    assert sum(number > 1 for number in several.values()) == 120
    assert all(row.label for row in moments if several[row.incident_id] > 1)
    assert set(moments.values_list("valence", flat=True)) == set(Valence.values)
    sides = Counter(Incident.objects.filter(study=study).values_list("viewpoint", flat=True))
    assert set(sides) == set(Viewpoint.values)

    versions = IncidentVersion.objects.filter(incident__study=study)
    translations = versions.filter(kind=VersionKind.TRANSLATION)
    planned = [story for story in world.stories if story.translated]
    assert translations.count() == len(planned) > 200
    assert set(translations.values_list("language", flat=True)) == {"en"}
    originals = Counter(
        versions.filter(kind=VersionKind.ORIGINAL).values_list("language", flat=True)
    )
    assert originals == Counter(story.talk.language for story in world.stories)
    assert not versions.filter(author=None).exists()

    verdicts = Counter(
        Screening.objects.filter(incident__study=study).values_list("verdict", flat=True)
    )
    assert verdicts == {"accept": 543, "return": 12, "exclude": 24, "withdraw": 6}


def check_what_was_coded(study, world):
    assert {*SCHEMES, "first-words"} == set(study.schemes.values_list("slug", flat=True))
    for scheme in Scheme.objects.filter(study=study, slug__in=SCHEMES):
        standing = Settlement.objects.filter(
            scheme=scheme, to_seq=None, moment__incident__state=IncidentState.ACCEPTED
        )
        found = Counter(standing.values_list("outcome", flat=True))
        expected = Counter(expected_in(scheme, parts_of(study, world.stories)))
        for what, number in decided_in(scheme).items():
            expected[what] += number
            expected[Outcome.IN_DISPUTE] -= number
        left = expected.pop(None, 0)
        assert found == expected
        assert left > 0
        assert (
            standing.filter(outcome=Outcome.UNCLASSIFIABLE).exists() or scheme.slug == "encounter"
        )

    serve, cause = (Scheme.objects.get(study=study, slug=slug) for slug in ("serve", "cause"))
    disputes = Settlement.objects.filter(scheme=serve, to_seq=None, outcome=Outcome.IN_DISPUTE)
    assert 5 < disputes.count() < 30
    coarser = Settlement.objects.filter(scheme=serve, to_seq=None, category__round__position=2)
    assert coarser.count() >= 5
    assert Coding.objects.filter(scheme=serve, supersedes__isnull=False).count() == 6
    assert Coding.objects.filter(scheme=serve, flagged=True).exclude(note="").count() > 15
    check_what_was_planned(serve, cause)
    check_what_came_of_piles(study)


def expected_in(scheme, parts):
    who = defaultdict(dict)
    for row in Assignment.objects.filter(batch__scheme=scheme, batch__plan__isnull=False):
        number = int(row.coder.code.removeprefix("COD")) - 1
        who[row.moment_id][number] = row.state == AssignmentState.DONE
    again = Coding.objects.filter(scheme=scheme, supersedes__isnull=False)
    planned = again.filter(assignment__batch__plan__isnull=False)
    thought_again = set(planned.values_list("moment", flat=True))
    counted = Moment.objects.filter(incident__state=IncidentState.ACCEPTED)
    for pk in counted.values_list("pk", flat=True):
        yield outcome_of(parts[pk], scheme.slug, who[pk], pk in thought_again)


def check_what_was_planned(serve, cause):
    """Both were drawn: 120 of 148 for all three, and locked; 48 of 185, and hardly begun.

    What they were meant for and was held out then waits for the next drawing.
    """
    for scheme, several, moments, held in ((serve, 120, 148, 12), (cause, 48, 185, 13)):
        plan = Plan.objects.get(scheme=scheme)
        (drawn,) = plan.drawing["drawn"]
        assert (drawn["overlap"], drawn["available"]) == (several, moments)
        assert unassigned_moments(scheme).count() == held
        given = Assignment.objects.filter(batch__plan=plan)
        assert given.count() == 3 * several + (moments - several)
        assert plan.batches.values("name", "due_on").distinct().count() == 3
    waiting = Settlement.objects.filter(scheme=cause, to_seq=None, outcome="waiting")
    begun = Batch.objects.get(scheme=cause, kind=BatchKind.PLAN, name="Causes · 1")
    assert waiting.count() == begun.assignments.values("moment").distinct().count() == 16
    aside = Assignment.objects.filter(state=AssignmentState.SKIPPED)
    assert set(aside.values_list("coder__code", "batch__kind", "batch__scheme__slug")) == {
        ("COD3", BatchKind.SHARED, "serve")
    }
    assert aside.count() == 3


def check_what_came_of_piles(study):
    """Sixteen categories, each seen first at a place of its own, the last ones late."""
    scheme = Scheme.objects.get(study=study, slug="first-words")
    tree = tree_of(scheme)
    found = saturation_of(scheme, tree, 1, made_from_moments(scheme, tree))
    assert (len(found.made), found.given) == (16, [])
    assert found.richness.moments == 200
    assert found.firsts[0] == 1
    assert found.firsts[-1] > 50
    assert set(scheme.sorts.values_list("name", flat=True)) == {
        "First piles",
        "More moments, the same piles",
    }


def decided_in(scheme):
    standing = Adjudication.objects.filter(
        scheme=scheme, to_seq=None, moment__incident__state=IncidentState.ACCEPTED
    )
    return Counter(
        Outcome.UNCLASSIFIABLE if row.unclassifiable else Outcome.ADJUDICATED for row in standing
    )


def check_what_was_decided(study):
    """Two of three disputes, each with a reason; one was reopened, and every third is left."""
    scheme = Scheme.objects.get(study=study, slug="serve")
    decisions = Adjudication.objects.filter(scheme__study=study)
    assert set(decisions.values_list("scheme__slug", "member__code", "by_coder")) == {
        ("serve", "ADM", False),
        ("first-words", "ADM", False),
    }
    assert decisions.exclude(reason="").count() == decisions.count() > 10
    assert set(decided_in(scheme)) == {Outcome.ADJUDICATED, Outcome.UNCLASSIFIABLE}
    (reopened,) = decisions.filter(to_seq__isnull=False)
    assert reopened.reopened_for
    row = Settlement.objects.get(scheme=scheme, moment=reopened.moment, to_seq=None)
    assert row.outcome == Outcome.IN_DISPUTE


def check_what_was_held_out(client, study):
    """Drawn before anything was coded or sorted, released once, and coded by two with the piles."""
    holdout = Holdout.objects.get(study=study)
    held = Moment.objects.filter(incident__held_out_for__holdout=holdout)
    assert holdout.drawing["drawn"]["available"] == 543
    assert (holdout.held.count(), held.count()) == (36, 46)
    assert (holdout.released_by.code, bool(holdout.reason)) == ("ADM", True)
    coded = Coding.objects.filter(scheme__study=study)
    assert coded.earliest("created_at").created_at > holdout.created_at
    assert coded.filter(moment__in=held).earliest("created_at").created_at > holdout.released_at
    assert not SortItem.objects.filter(moment__in=held).exists()
    assert not Assignment.objects.filter(
        Q(batch__plan__name="Causes") | Q(batch__plan__name="Coded by all three"), moment__in=held
    ).exists()

    client.force_login(Member.objects.get(study=study, code="ADM").user)
    page = client.get(reverse("taxonomy:holdout_confirm", args=[SLUG, "first-words"]))
    found, (portion,) = page.context["found"], page.context["portions"]
    assert (found.fitting, found.added, found.no_category) == (39, 0, 5)
    assert (found.decided, found.in_dispute, found.waiting) == (44, 2, 0)
    assert (portion.moments, portion.coders) == (46, 2)
    assert 0.7 < portion.figures[1].value < 0.95
    encounter = client.get(reverse("taxonomy:holdout_confirm", args=[SLUG, "encounter"]))
    assert encounter.context["found"].added == 3


def check_who_is_blind(study):
    serve, cause = (Scheme.objects.get(study=study, slug=slug) for slug in ("serve", "cause"))
    batches = Batch.objects.filter(kind=BatchKind.PLAN).values_list("scheme__slug", "state")
    assert Counter(batches) == {
        ("serve", BatchState.LOCKED): 3,
        ("cause", BatchState.OPEN): 3,
        ("first-words", BatchState.LOCKED): 1,
    }
    coders = Member.objects.filter(study=study, code__startswith="COD").order_by("code")
    due = Assignment.objects.filter(state=AssignmentState.OPEN, batch__name="Causes · 1")
    assert list(due.values_list("coder", flat=True)) == [coders[0].pk] * 9
    assert [sees_results(coder, cause) for coder in coders] == [False, False, False]
    assert [sees_results(coder, serve) for coder in coders] == [True, True, True]


def check_what_a_newcomer_practises(study):
    items = TrainingItem.objects.filter(training_set__scheme__study=study)
    assert Counter(items.values_list("category__code", flat=True)) == dict.fromkeys(
        ("O1", "O2", "O3", "O4", "O5"), 2
    )
    assert not items.filter(explanation="").exists()
    given = Assignment.objects.filter(batch__kind=BatchKind.TRAINING)
    assert set(given.values_list("coder__code", "state")) == {("COD3", AssignmentState.OPEN)}
    assert given.count() == 10


def check_what_was_revised(study):
    """Each step has a reason and an author; SERVE and cause, which are coded together, stay."""
    schemes = {scheme.slug: scheme for scheme in Scheme.objects.filter(study=study)}
    revised = Revision.objects.filter(scheme__study=study, number__gt=1).order_by("number")
    verbs = {
        slug: list(revised.filter(scheme=scheme).values_list("verb", flat=True))
        for slug, scheme in schemes.items()
    }
    assert verbs == {
        "serve": [],
        "cause": [],
        "encounter": ["split", "merge", "describe", "describe"],
        "outcome": ["merge", "undo", "rename", "add", "place", "place", "freeze"],
        "first-words": ["sort", "sort"],
    }
    assert set(revised.values_list("member__code", flat=True)) == {"ADM"}
    assert not revised.filter(rationale="").exists()
    assert list(study.schemes.get(slug="outcome").rounds.values_list("name", "frozen")) == [
        ("Outcomes", True),
        ("Worse or better off", False),
    ]

    split = Category.objects.get(scheme=schemes["encounter"], code="K2")
    resorted = Coding.objects.filter(resorts=split)
    found = Counter(resorted.values_list("category__name", flat=True))
    assert found == {EXCEPTION: 9, OTHER_TIME: 4, MADE_TO_MEASURE: 11}
    assert set(resorted.values_list("coder__code", flat=True)) == {"ADM"}
    assert waiting_in(split).count() == 166
    nodes = {node.name: node for node in tree_of(schemes["encounter"]).nodes.values()}
    assert nodes[OTHER_TIME].merged_into == nodes[MADE_TO_MEASURE].key


def check_what_was_sorted_and_proposed(client, study):
    sorts = Sort.objects.filter(scheme__study=study, of=SortOf.CATEGORIES)
    ended, open_ = sorts.get(closed_at__isnull=False), sorts.get(closed_at=None)
    assert (ended.scheme.slug, open_.scheme.slug) == ("cause", "serve")
    waiting = Sorter.objects.filter(finished_at=None)
    assert list(waiting.values_list("sort", "member__code")) == [(open_.pk, "COD2")]
    assert open_.items.count() == 20

    client.force_login(Member.objects.get(study=study, code="ADM").user)
    address = [SLUG, ended.scheme.slug, ended.uid]
    disputed = client.get(reverse("taxonomy:sort_agree", args=address)).context["disputed"]
    assert [(one.heading, other.heading) for one, other, _share in disputed] == [
        ("The provider", "The customer"),
        ("A colleague", "The customer"),
        ("Policy or rule", "System or tool"),
        ("Policy or rule", "Supply"),
        ("The customer", "Outside"),
    ]

    proposals = Proposal.objects.filter(scheme__study=study)
    assert set(proposals.values_list("member__code", "state", "scheme__slug")) == {
        ("COD1", "open", "cause"),
        ("COD2", "accepted", "outcome"),
        ("COD3", "declined", "outcome"),
    }
    cards = {
        code: cards_of([Member.objects.get(study=study, code=code)])[0]
        for code in ("ADM", "COD1", "COD2")
    }
    assert (cards["ADM"].proposed, cards["COD2"].answered) == (1, 1)
    assert (list(cards["COD2"].sorts), cards["COD1"].sorts) == ([open_], [])
    assert cards["COD1"].to_code == 72
    assert [(one.name, one.number) for one in cards["COD1"].planned] == [
        ("Causes · 1", 9),
        ("Causes · 2", 32),
        ("Causes · 3", 31),
    ]
    assert [(one.scheme, one.number) for one in cards["ADM"].disputes] == [
        ("serve", 9),
        ("first-words", 2),
    ]


def check_what_waits_for_the_worker(study):
    """Training alone: scikit-learn is loaded by nobody else."""
    jobs = Job.objects.filter(study=study, state=JobState.WAITING)
    assert set(jobs.values_list("kind", flat=True)) == {TRAIN_CLASSIFIER}
    asked = Classifier.objects.filter(job__in=jobs, asked_by__code="ADM", trained_at=None)
    assert set(asked.values_list("scheme__slug", flat=True)) == {"serve", "outcome"}
    assert Classifier.objects.count() == 2


def check_that_pages_say_it_is_fictional(client, study):
    analyst = Member.objects.get(study=study, code="ANA")
    client.force_login(analyst.user)

    for name in ("study_show", "dashboard", "incident_list"):
        assert NOTE in client.get(reverse(f"reports:{name}", args=[SLUG])).text
    assert NOTE in client.get(reverse("reports:home")).text
    serve = client.get(reverse("reports:table_show", args=[SLUG, "serve"]))
    assert NOTE in serve.text


def check_what_it_opens_with(client, study):
    """Four tables for everybody, asked for by themselves as soon as somebody does jobs."""
    analyst = Member.objects.get(study=study, code="ANA")
    client.force_login(analyst.user)
    before = Run.objects.count()

    compute_due()

    asked = Run.objects.filter(schedule__owner=analyst, table__shared=True)
    assert (asked.count(), Run.objects.count() - before) == (4, 4)
    page = client.get(reverse("reports:front_show", args=[SLUG])).text
    assert all(table.name in page for table in Table.objects.filter(scheme__study=study))
    assert "4 tables are being computed" in page


def test_a_seed_that_was_cut_off_is_taken_up(db):
    def cut_off(done, total):
        if done == 240:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed_four_regions(slug=SLUG, name="Four regions", progress=cut_off)
    half = Study.objects.get(slug=SLUG)
    assert half.incidents.count() == 240
    assert half.incidents.accepted().count() == 0
    assert not Revision.objects.filter(number__gt=1).exists()

    study = seed_four_regions(slug=SLUG, name="Four regions")

    assert study == half
    assert study.incidents.accepted().count() == 540
    assert not list(differences(study))

    counted = (Coding, Revision, Adjudication, Holdout, Plan, Classifier, Job, Dashboard, Schedule)
    counts = [model.objects.count() for model in counted]
    Change.objects.filter(verb=SEEDED).delete()
    Batch.objects.filter(kind=BatchKind.PLAN).update(state=BatchState.OPEN)
    assert not is_seeded(SLUG)
    seed_four_regions(slug=SLUG, name="Four regions")

    assert is_seeded(SLUG)
    assert [model.objects.count() for model in counted] == counts
    states = Batch.objects.filter(scheme__slug="serve", kind=BatchKind.PLAN).values("state")
    assert [row["state"] for row in states] == [BatchState.LOCKED] * 3
    assert not list(differences(study))
