"""Coding one's own work again: drawn, answered without the first answer, measured."""

import csv
import datetime as dt
import io
import uuid
from types import SimpleNamespace

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from incidents.choices import IncidentState, RoleName
from incidents.jobs import run_now
from incidents.models import Change, Incident, Job
from taxonomy import access
from taxonomy.access import sees_results
from taxonomy.actions import measuring_again
from taxonomy.actions import recoding as recoding_actions
from taxonomy.actions.coding import CodingRefused, code_moment, take_back
from taxonomy.actions.measuring_again import MEASURE_RECODING
from taxonomy.actions.planning import PlanRefused, lock_batch
from taxonomy.actions.recoding import draw_recoding
from taxonomy.actions.running import QUIET, hand_on, lock_finished, take_away
from taxonomy.choices import BatchKind, BatchState, Outcome, Purpose
from taxonomy.models import Assignment, Batch, Category, Coding, Settlement
from taxonomy.queries.coding import answer_to, answers_of
from taxonomy.queries.desk import trail_of
from taxonomy.queries.recoding import Asked, apart_of, coded_apart, recoded, shares_of
from taxonomy.queries.recoding_shown import again_of
from taxonomy.queries.trees import tree_of
from tests.factories import MemberFactory
from tests.racing import at_once
from tests.taxonomy.factories import AssignmentFactory, CategoryFactory, RoundFactory
from tests.taxonomy.planning_world import answer, coders_in, moments_in, plan_of, scheme_to_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def coder(scheme):
    return coders_in(scheme, 1)[0]


def coded(scheme, coder, number=3, *, days=20, name="Listening"):
    """Moments that a coder answered so many days ago, each as the only one; the codings."""
    codings = [
        answer(AssignmentFactory(scheme=scheme, moment=moment, coder=coder), name)
        for moment in moments_in(scheme, number)
    ]
    aged(codings, days)
    return codings


def aged(codings, days):
    at = timezone.now() - dt.timedelta(days=days, hours=1)
    Coding.objects.filter(pk__in=[coding.pk for coding in codings]).update(created_at=at)


def draw(scheme, *coders, **asked):
    wanted = {"name": "Again", "number": 100, "seed": 3, **asked}
    return draw_recoding(scheme=scheme, asked=Asked(coders=coders, **wanted), by=None)


def found_of(scheme, coder, **asked):
    return shares_of(scheme, Asked(name="", coders=[coder], **{"number": 100, **asked}))[0]


def moments_of(batch):
    return set(batch.assignments.values_list("moment", flat=True))


# -- Drawing -----------------------------------------------------------------------------------


def test_what_is_old_enough_is_given_to_its_coder_again(scheme, coder):
    old = coded(scheme, coder, 3)
    coded(scheme, coder, 2, days=3)
    coded(scheme, coders_in(scheme, 1)[0], 2)

    (batch,) = draw(scheme, coder)

    assert (batch.kind, batch.state) == (BatchKind.RECODE, BatchState.OPEN)
    assert moments_of(batch) == {coding.moment_id for coding in old}
    assert set(batch.assignments.values_list("coder", "state")) == {(coder.pk, "open")}


def test_the_preview_counts_what_is_old_recent_and_was_given_again(scheme, coder):
    coded(scheme, coder, 3)
    coded(scheme, coder, 2, days=3)
    draw(scheme, coder, number=1)

    share = found_of(scheme, coder, percent=50, number=None)

    assert (share.old, share.recent, share.again, share.drawn) == (2, 2, 1, 1)
    assert share.first_on == timezone.localdate(timezone.now() + dt.timedelta(days=10, hours=23))


def test_each_coder_has_a_batch_and_who_has_nothing_old_gets_none(scheme):
    one, other, newcomer = coders_in(scheme, 3)
    coded(scheme, one)
    coded(scheme, other)
    coded(scheme, newcomer, days=1)

    batches = draw(scheme, one, other, newcomer)

    assert [batch.name for batch in batches] == ["Again · Coder 0", "Again · Coder 1"]


def test_without_anything_old_it_is_said(scheme, coder):
    coded(scheme, coder, days=13)

    with pytest.raises(PlanRefused, match="old enough"):
        draw(scheme, coder)
    assert not Batch.objects.filter(kind=BatchKind.RECODE).exists()


def test_a_moment_is_given_to_be_coded_again_once(scheme, coder):
    coded(scheme, coder, 3)
    (first,) = draw(scheme, coder, number=2)
    (second,) = draw(scheme, coder)

    assert moments_of(first).isdisjoint(moments_of(second))
    assert (len(moments_of(first)), len(moments_of(second))) == (2, 1)


def test_what_was_out_of_the_study_until_the_lock_may_be_given_again(scheme, coder):
    answered, away = coded(scheme, coder, 2)
    incident = Incident.objects.filter(moments=away.moment_id)
    (batch,) = draw(scheme, coder)
    answer(batch.assignments.get(moment=answered.moment_id))
    incident.update(state=IncidentState.WITHDRAWN)
    lock_batch(batch=batch, by=None)
    incident.update(state=IncidentState.ACCEPTED)

    share = found_of(scheme, coder)
    (second,) = draw(scheme, coder)

    assert (share.old, share.again) == (1, 1)
    assert moments_of(second) == {away.moment_id}
    answer(second.assignments.get(), "Waiting")
    lock_batch(batch=second, by=None)
    assert recoded(scheme).count() == 2


def test_what_cannot_be_compared_is_left_out(scheme, coder):
    kept, gone, retired, split, back = coded(scheme, coder, 5)
    Incident.objects.filter(moments=gone.moment_id).update(state=IncidentState.WITHDRAWN)
    finest = scheme.rounds.get()
    old, parted = (CategoryFactory(round=finest, name=name) for name in ("Old", "Parted"))
    CategoryFactory(round=finest, name="Part", split_from=parted)
    for coding, category in ((retired, old), (split, parted)):
        Coding.objects.filter(pk=coding.pk).update(category=category)
    Category.objects.filter(pk=old.pk).update(retired=True)
    take_back(coding=back, by=coder)

    (batch,) = draw(scheme, coder)

    assert moments_of(batch) == {kept.moment_id}


def test_what_lies_in_an_open_batch_of_several_is_left_out(scheme):
    coders = coders_in(scheme, 2)
    moments_in(scheme, 2)
    batch = plan_of(scheme, coders).batches.get()
    aged([answer(row) for row in batch.assignments.filter(coder=coders[0])], 20)

    assert found_of(scheme, coders[0]).old == 0
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.LOCKED)
    assert found_of(scheme, coders[0]).old == 2


def test_spread_draws_from_every_category(scheme, coder):
    common = coded(scheme, coder, 8)
    rare = coded(scheme, coder, 1, name="Waiting")

    for seed in range(4):
        share = found_of(scheme, coder, number=2)
        drawn = share.draw(Asked(name="", coders=[coder], spread=True, seed=seed))
        assert len(drawn) == 2
        assert rare[0].moment_id in drawn
    assert share.old == len(common) + 1


def test_the_same_seed_draws_the_same_and_the_log_keeps_it(scheme, coder):
    coded(scheme, coder, 9)
    share = found_of(scheme, coder, number=3)
    asked = Asked(name="", coders=[coder], seed=5)

    assert share.draw(asked) == share.draw(asked)
    (batch,) = draw(scheme, coder, number=3, seed=5)
    assert moments_of(batch) == set(share.draw(asked))
    log = Change.objects.get(verb="draw_recoding", object_uid=batch.uid)
    assert log.details["seed"] == 5
    assert (log.details["moments"], log.details["old"], log.details["days"]) == (3, 9, 14)


def test_only_active_coders_code_again(scheme, coder):
    coded(scheme, coder)
    analyst = MemberFactory(study=scheme.study, roles=[RoleName.ANALYST])

    with pytest.raises(PlanRefused, match="active coders"):
        draw(scheme, coder, analyst)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs PostgreSQL")
def test_two_admins_who_draw_at_once_give_no_moment_twice(monkeypatch):
    scheme = scheme_to_code()
    coder = coders_in(scheme, 1)[0]
    coded(scheme, coder, 3)
    checked = recoding_actions.check_coders
    monkeypatch.setattr(recoding_actions, "check_coders", lambda *asked: (checked(*asked), pause()))

    outcomes = at_once(lambda: draw(scheme, coder), lambda: draw(scheme, coder))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["PlanRefused", "list"]
    assert Assignment.objects.filter(batch__kind=BatchKind.RECODE).count() == 3


def pause():
    """Give the other one time to read what this one has not committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")


# -- Blind to one's own first answer ---------------------------------------------------------


@pytest.fixture
def recode(scheme, coder):
    """A moment of two that is coded again: the first coding, and the assignment."""
    first, other = coded(scheme, coder, 2)
    Coding.objects.filter(pk=first.pk).update(note="planted", flagged=True)
    Coding.objects.filter(pk=other.pk).update(created_at=timezone.now())
    (batch,) = draw(scheme, coder)
    return SimpleNamespace(first=first, other=other, batch=batch, task=batch.assignments.get())


def test_who_codes_again_sees_no_results_until_the_lock_and_nobody_else_is_blind(
    scheme, coder, recode
):
    bystander, admin = coders_in(scheme, 1)[0], MemberFactory(study=scheme.study)
    admin.roles.create(name=RoleName.ADMIN)

    assert not sees_results(coder, scheme)
    answer(recode.task)
    assert not sees_results(coder, scheme)
    assert sees_results(bystander, scheme)
    assert sees_results(admin, scheme)
    lock_batch(batch=recode.batch, by=None)
    assert sees_results(coder, scheme)


def test_the_first_answer_is_in_no_list_of_ones_own(scheme, coder, recode):
    assert list(answers_of(coder)) == [recode.other]
    assert answer_to(recode.first.assignment) is None
    assert answer_to(recode.task) is None
    assert trail_of(coder, scheme).last == recode.other


def test_the_categories_used_last_are_those_that_are_not_hidden(scheme, coder, recode):
    waiting = Category.objects.get(scheme=scheme, name="Waiting")
    Coding.objects.filter(pk=recode.first.pk).update(category=waiting)

    assert [row.name for row in trail_of(coder, scheme).recent] == ["Listening"]


def test_an_old_link_opens_neither_the_moment_nor_its_answer(client, scheme, coder, recode):
    client.force_login(coder.user)
    at = f"/s/{scheme.study.slug}/schemes/{scheme.slug}/code/{recode.first.assignment.uid}/"
    sent = {"uid": str(uuid.uuid4()), "unclassifiable": "other", "seen": "", "confidence": "sure"}

    shown = client.get(at)
    kept = client.post(f"{at}answer/", sent, headers={"Accept": "application/json"})
    undone = client.post(f"/s/{scheme.study.slug}/code/mine/{recode.first.uid}/take-back/")
    mine = client.get(f"/s/{scheme.study.slug}/code/mine/")

    assert (shown.status_code, kept.status_code, undone.status_code) == (404, 409, 404)
    assert "Listening" not in shown.text + kept.text + undone.text
    assert "planted" not in mine.text
    assert mine.text.count('class="mine-answer"') == 1
    assert Coding.objects.count() == 2


def test_a_request_that_was_under_way_when_it_was_drawn_is_refused_without_a_word(coder, recode):
    first = recode.first.assignment  # read before the drawing

    with pytest.raises(CodingRefused) as refused:
        code_moment(assignment=first, by=coder, uid=uuid.uuid4(), unclassifiable="other", seen="")
    with pytest.raises(CodingRefused):
        take_back(coding=recode.first, by=coder)

    assert "Listening" not in str(refused.value)


def test_the_first_answer_is_back_when_the_batch_is_locked(coder, recode, scheme):
    answer(recode.task, "Waiting")
    lock_batch(batch=recode.batch, by=None)

    assert recode.first in answers_of(coder)
    assert access.assignment_of(coder, scheme.slug, recode.first.assignment.uid)


def test_the_second_answer_may_be_seen_changed_and_taken_back(coder, recode):
    given = answer(recode.task, "Waiting")

    assert given.purpose == Purpose.RECODE
    assert given.supersedes is None
    assert answer_to(recode.task) == given
    take_back(coding=given, by=coder)
    assert answer_to(recode.task) is None


def test_what_is_coded_again_counts_for_nothing(scheme, recode):
    before = list(Settlement.objects.values_list("pk", "outcome", "category__name", "to_seq"))

    answer(recode.task, "Waiting")
    lock_batch(batch=recode.batch, by=None)

    assert list(Settlement.objects.values_list("pk", "outcome", "category__name", "to_seq")) == (
        before
    )
    assert {row[1] for row in before} == {Outcome.SINGLE}


# -- While it is coded -----------------------------------------------------------------------


def test_it_is_nobody_elses_and_can_only_be_taken_away(scheme, coder, recode):
    other = coders_in(scheme, 1)[0]

    with pytest.raises(PlanRefused, match="same coder"):
        hand_on(batch=recode.batch, coder=coder, to=[other], by=None)
    assert take_away(batch=recode.batch, coder=coder, by=None) == 1
    assert sees_results(coder, scheme)
    assert recode.first in answers_of(coder)


def test_it_locks_by_itself_and_is_measured(recode):
    answer(recode.task)
    lock_finished()
    assert not Job.objects.filter(kind=MEASURE_RECODING).exists()
    quiet = timezone.now() - QUIET - dt.timedelta(minutes=1)
    Assignment.objects.filter(pk=recode.task.pk).update(done_at=quiet)

    lock_finished()

    recode.batch.refresh_from_db()
    assert recode.batch.state == BatchState.LOCKED
    assert Job.objects.filter(kind=MEASURE_RECODING).count() == 1


# -- What came of it -------------------------------------------------------------------------


@pytest.fixture
def measured(scheme, monkeypatch):
    """Two coders, one of whom says other things the second time, at two rounds; measured."""
    monkeypatch.setattr(measuring_again, "SAMPLES", 10)
    steady, drifting = coders_in(scheme, 2)
    coarse = RoundFactory(scheme=scheme, name="Coarse")
    above = CategoryFactory(round=coarse, name="All")
    Category.objects.filter(scheme=scheme, round__position=1).update(parent=above)
    for who in (steady, drifting):
        coded(scheme, who, 2, days=30)
        coded(scheme, who, 2, days=20, name="Waiting")
    said = {steady: "LLWW", drifting: "LWWW"}
    for batch in draw(scheme, steady, drifting):
        rows = batch.assignments.order_by("moment").select_related("coder", "batch__scheme__study")
        for row, letter in zip(rows, said[rows[0].coder], strict=True):
            answer(row, {"L": "Listening", "W": "Waiting"}[letter])
        lock_batch(batch=batch, by=None)
    job = run_now(Job.objects.get(kind=MEASURE_RECODING))
    assert job.state == "done", job.error
    admin = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    return SimpleNamespace(scheme=scheme, steady=steady, drifting=drifting, admin=admin)


def test_the_figures_are_those_of_the_first_and_second_answers(measured):
    fine, coarse = again_of(measured.scheme, measured.admin).rounds
    everybody, steady, drifting = fine.rows

    assert [row.moments for row in fine.rows] == [8, 4, 4]
    assert [row.name for row in fine.rows] == ["All coders", "Coder 0", "Coder 1"]
    assert [row.apart for row in fine.rows] == [1, 0, 1]
    assert (steady.agreement.value, steady.kappa.value, steady.alpha.value) == (1, 1, 1)
    assert (drifting.agreement.value, drifting.kappa.value) == (0.75, 0.5)  # chance: .25 + .25
    assert everybody.agreement.value == 0.875
    assert drifting.alpha.value == pytest.approx(1 - (2 / 8) / (2 * 3 * 5 / (8 * 7)), abs=1e-6)
    assert everybody.days == pytest.approx(25, abs=0.1)
    assert [row.agreement.value for row in coarse.rows] == [1, 1, 1]
    assert coarse.rows[0].apart == 0


def test_who_is_no_admin_reads_letters_and_you_and_opens_only_their_own(measured):
    fine = again_of(measured.scheme, measured.drifting).rounds[0]

    assert [row.name for row in fine.rows] == ["All coders", "Coder A", "You"]
    assert [row.opens for row in fine.rows] == [False, False, True]


def test_a_letter_of_the_page_is_not_given_twice(measured):
    analyst = MemberFactory(study=measured.scheme.study, roles=[RoleName.ANALYST])
    beside = [str(measured.drifting.uid)]

    fine = again_of(measured.scheme, analyst, beside=beside).rounds[0]

    assert {row.uid: row.name for row in fine.rows[1:]} == {
        str(measured.drifting.uid): "Coder A",
        str(measured.steady.uid): "Coder B",
    }


def test_the_file_has_the_figures_of_the_page_and_names_as_there(client, measured):
    analyst = MemberFactory(study=measured.scheme.study, roles=[RoleName.ANALYST])
    client.force_login(analyst.user)
    slugs = [measured.scheme.study.slug, measured.scheme.slug]

    page = client.get(reverse("taxonomy:reliability_show", args=slugs))
    file = client.get(reverse("taxonomy:reliability_csv", args=slugs))

    assert page.context["csv_url"] == file.request["PATH_INFO"]
    lines = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert {line["of"] for line in lines} == {"same coder again"}
    written = {(one["round"], one["name"], one["coefficient"]): one["value"] for one in lines}
    for shown in page.context["recoded"].rounds:
        for row in shown.rows:
            key = (shown.name, row.name if row.uid else "")
            assert written[*key, "percent_agreement"] == str(row.agreement.value)
            assert written[*key, "krippendorff_alpha"] == str(row.alpha.value or "")
            assert written[*key, "answered_otherwise"] == str(row.apart)
            assert written[*key, "days_between"] == str(row.days)
    everybody = next(line for line in lines if not line["name"])
    counted = ("moments", "coders", "codings", "categories", "missing")
    assert [everybody[name] for name in counted] == ["8", "2", "16", "3", ""]  # none is a category
    assert {name for _round, name, _figure in written} == {"", "Coder A", "Coder B"}
    assert Change.objects.filter(verb="export_agreement", member=analyst).count() == 1


def test_an_answer_that_was_taken_back_before_is_not_the_first_one(scheme, coder):
    (planned,) = coded(scheme, coder, 1, name="Waiting")
    brought = bring(planned, "Listening")
    take_back(coding=planned, by=coder)
    aged([brought], 20)
    (batch,) = draw(scheme, coder)
    answer(batch.assignments.get())
    lock_batch(batch=batch, by=None)

    again = recoded(scheme).get()

    assert (again.first, again.said) == (brought.pk, brought.category_id)


def bring(coding, name):
    """An answer of the same coder to the same moment, from a file."""
    return Coding.objects.create(
        scheme=coding.scheme,
        moment=coding.moment,
        coder=coding.coder,
        purpose=Purpose.IMPORT,
        category=Category.objects.get(scheme=coding.scheme, name=name),
        scheme_revision=0,
        seq=coding.seq,
    )


def test_an_answer_changed_after_the_lock_changes_nothing(measured):
    first = Coding.objects.filter(coder=measured.steady, purpose=Purpose.PLAN).earliest("pk")
    answer(first.assignment, "Waiting")

    assert {coding.said for coding in recoded(measured.scheme).filter(moment=first.moment_id)} == {
        first.category_id
    }


def test_what_was_answered_otherwise_is_listed_by_round(measured):
    tree, found = tree_of(measured.scheme), recoded(measured.scheme)

    rows = apart_of(coded_apart(found, tree, 1), tree, 1, named=True)

    assert [(row.first_said, row.again_said, row.name) for row in rows] == [
        ("Listening", "Waiting", "Coder 1")
    ]
    assert not coded_apart(found, tree, 2)


def test_cannot_be_classified_is_an_answer_like_another(measured):
    tree, found = tree_of(measured.scheme), recoded(measured.scheme)
    same = found.filter(coder=measured.steady).order_by("pk").first()
    changed = {"category": None, "unclassifiable": "other"}
    Coding.objects.filter(pk=same.pk).update(**changed)

    assert coded_apart(found.filter(coder=measured.steady), tree, 2).get() == same
    Coding.objects.filter(pk=same.first).update(**changed)
    assert not coded_apart(found.filter(coder=measured.steady), tree, 2)
