"""Tallies: built beside the readers, never behind for long, never half."""

import datetime as dt
import threading
import uuid
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.utils import timezone

from incidents import jobs
from incidents.actions.numbering import change_facts
from incidents.actions.places import add_region, change_region
from incidents.jobs import waiting
from incidents.models import Job, Site, Study
from taxonomy.actions import tallying
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.choices import Dimension
from taxonomy.models import RegionTally, Tally, TallyPointer
from taxonomy.queries import counts
from taxonomy.queries.checks import differences
from taxonomy.queries.tables import answer
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory, MemberFactory
from tests.racing import at_once
from tests.taxonomy.factories import SchemeFactory

LONG_ENOUGH_TO_BLOCK = 0.5


@pytest.fixture
def scheme(db):
    return SchemeFactory(categories=["kind", "rude"])


@pytest.fixture
def coder(scheme):
    IncidentFactory(study=scheme.study)
    IncidentFactory(study=scheme.study)
    return MemberFactory(study=scheme.study, roles=["coder"])


def code_next(scheme, coder):
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    return code_moment(
        assignment=assignment, by=coder, uid=uuid.uuid4(), category=scheme.categories.first()
    )


def wrong_counts(scheme):
    return sum(one.kind == "tally" for one in differences(scheme.study))


def change_once(scheme):
    with transaction.atomic():
        change_facts(scheme.study)
    return waiting_job()


def waiting_job():
    return Job.objects.get(state="waiting")


@pytest.mark.django_db
@pytest.mark.usefixtures("any_size")
def test_a_rebuild_counts_what_was_settled_before_it(scheme, coder):
    code_next(scheme, coder)

    job = jobs.run_now(waiting_job())

    study = Study.objects.get(pk=scheme.study_id)
    assert job.state == "done"
    assert TallyPointer.objects.get(scheme=scheme).data_seq == study.data_seq
    assert answer(scheme, Specification(1)).table.base.total == 1
    assert wrong_counts(scheme) == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("large")
def test_a_rebuild_that_a_change_overtook_asks_for_another(scheme, coder, monkeypatch):
    code_next(scheme, coder)
    counted_aside = tallying.counted_aside

    @contextmanager
    def count_and_be_overtaken(scheme):
        with counted_aside(scheme) as counted:
            with transaction.atomic():
                change_facts(scheme.study)
            Job.objects.filter(state="waiting").delete()
            yield counted

    monkeypatch.setattr(tallying, "counted_aside", count_and_be_overtaken)
    jobs.run_now(waiting_job())

    assert waiting_job().study == scheme.study


@pytest.mark.django_db
def test_the_sweeper_rebuilds_what_is_behind_and_nothing_else(scheme, coder):
    code_next(scheme, coder)
    jobs.run_now(waiting_job())
    tallying.find_stale_tallies()
    assert not Job.objects.filter(state="waiting").exists()

    Study.objects.filter(pk=scheme.study_id).update(data_seq=99)
    tallying.find_stale_tallies()

    assert waiting_job().study == scheme.study


@pytest.mark.django_db
def test_the_sweeper_sees_one_scheme_that_is_behind_beside_one_that_is_not(scheme):
    other = SchemeFactory(study=scheme.study)
    Study.objects.filter(pk=scheme.study_id).update(data_seq=6)
    TallyPointer.objects.create(scheme=scheme, generation=1, data_seq=5)
    TallyPointer.objects.create(scheme=other, generation=1, data_seq=6)

    tallying.find_stale_tallies()

    assert waiting_job().study == scheme.study


@pytest.mark.django_db
def test_a_rebuild_that_failed_is_tried_again_ever_more_rarely_and_leaves_one_row(
    scheme, coder, settings
):
    settings.JOB_MAX_ATTEMPTS = 5
    code_next(scheme, coder)
    long_ago = [timezone.now() - dt.timedelta(minutes=minutes) for minutes in (9, 11, 19, 21)]

    def swept(attempts, finished_at):
        Job.objects.update(state="failed", attempts=attempts, finished_at=finished_at)
        tallying.find_stale_tallies()
        return Job.objects.get().state

    assert [swept(5, when) for when in long_ago[:2]] == ["failed", "waiting"]
    assert [swept(10, when) for when in long_ago[2:]] == ["failed", "waiting"]
    assert swept(32_000, timezone.now() - dt.timedelta(days=1)) == "waiting"


@pytest.mark.django_db
def test_an_older_claim_does_not_win_over_a_later_one(scheme):
    pointer = TallyPointer.objects.create(scheme=scheme, generation=5000, data_seq=3)

    tallying._point(scheme, generation=4000, seq=4)
    tallying._point(scheme, generation=6000, seq=2)
    pointer.refresh_from_db()
    assert (pointer.generation, pointer.data_seq) == (5000, 3)

    tallying._point(scheme, generation=6000, seq=3)
    pointer.refresh_from_db()
    assert (pointer.generation, pointer.data_seq) == (6000, 3)


def generations(model):
    return set(model.objects.values_list("generation", flat=True))


@pytest.mark.django_db
@pytest.mark.usefixtures("large")
def test_only_the_generation_pointed_to_is_kept(scheme, coder):
    for _ in range(2):
        code_next(scheme, coder)
        jobs.run_now(waiting_job())

    generation = TallyPointer.objects.get(scheme=scheme).generation
    assert generations(Tally) == generations(RegionTally) == {generation}


@pytest.mark.django_db
def test_a_study_that_became_small_keeps_no_sums_by_region(scheme, coder, monkeypatch):
    monkeypatch.setattr(counts, "FEW", 0)
    code_next(scheme, coder)
    jobs.run_now(waiting_job())
    assert generations(RegionTally) == generations(Tally)
    monkeypatch.undo()

    jobs.run_now(change_once(scheme))

    generation = TallyPointer.objects.get(scheme=scheme).generation
    assert (generations(Tally), generations(RegionTally)) == ({generation}, set())
    by_region = Specification(1, by=Dimension.REGION)
    assert answer(scheme, by_region).table == answer(scheme, by_region, from_facts=True).table
    assert answer(scheme, by_region).table.base.total == 1


@pytest.mark.django_db
@pytest.mark.parametrize("both", [False, True])
def test_counts_of_schemes_are_all_there_wherever_sums_by_region_stand(
    scheme, coder, both, monkeypatch
):
    """One scheme may have been counted before the study became large, or by an older version."""
    other = SchemeFactory(study=scheme.study)
    jobs.run_now(change_once(scheme))
    monkeypatch.setattr(counts, "FEW", 0)
    if both:
        jobs.run_now(change_once(scheme))
    else:
        with jobs.claimed(change_once(scheme).pk) as claim:
            tallying.rebuild_tally(scheme, claim)
            claim.finish()
    assert generations(RegionTally)

    standing = counts.standing_counts([scheme, other])

    assert sorted(standing.values_list("scheme", "moments")) == sorted(
        (key, 1) for key in (scheme.pk, other.pk) for _site in range(2)
    )


@pytest.mark.django_db
def test_from_one_incident_more_than_few_on_a_study_is_large(scheme, coder, monkeypatch):
    monkeypatch.setattr(counts, "FEW", 2)
    assert counts.are_few(scheme)

    IncidentFactory(study=scheme.study, state="submitted")
    IncidentFactory()  # of another study
    assert counts.are_few(scheme)

    IncidentFactory(study=scheme.study)
    assert not counts.are_few(scheme)


@pytest.mark.django_db
@pytest.mark.usefixtures("large")
def test_a_tally_larger_than_a_portion_is_written_whole(scheme, coder, monkeypatch):
    monkeypatch.setattr(tallying, "PORTION", 1)
    for _ in range(2):
        code_next(scheme, coder)
        jobs.run_now(waiting_job())

    assert Tally.objects.count() == 2  # two sites
    assert sum(Tally.objects.values_list("moments", flat=True)) == 2
    assert wrong_counts(scheme) == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("large")
def test_a_table_by_region_reads_the_sums_by_region_and_without_them_the_sites(scheme, coder):
    code_next(scheme, coder)
    jobs.run_now(waiting_job())
    region = scheme.study.regions.get(sites__incidents__moments__codings__isnull=False)
    question = Specification(1, by=Dimension.REGION, where=(("region", (region.name,)),))
    table = answer(scheme, question).table

    RegionTally.objects.update(moments=7)
    assert answer(scheme, question).table.base.total == 7

    RegionTally.objects.all().delete()  # a version that knew none built this tally
    assert answer(scheme, question).table == table
    assert table.base.total == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("large")
def test_a_difference_in_the_sums_by_region_is_found(scheme, coder):
    code_next(scheme, coder)
    jobs.run_now(waiting_job())
    RegionTally.objects.update(moments=7)

    assert wrong_counts(scheme) == RegionTally.objects.count()


@pytest.mark.django_db
@pytest.mark.usefixtures("large")
def test_sites_that_move_to_another_region_make_the_sums_by_region_count_again(scheme, coder):
    jobs.run_now(change_once(scheme))
    region = add_region(study=scheme.study, name="North", by=None)
    assert not Job.objects.filter(state="waiting").exists()
    nowhere = scheme.study.regions.get(not_stated=True)
    Site.objects.filter(organization__study=scheme.study).update(region=nowhere)

    change_region(region=region, countries={"CA"}, by=None)
    assert answer(scheme, Specification(1, by=Dimension.REGION)).fresh is False
    jobs.run_now(waiting_job())

    question = Specification(1, by=Dimension.REGION)
    assert answer(scheme, question).table == answer(scheme, question, from_facts=True).table
    assert RegionTally.objects.filter(region=region).exists()


def settle_while_a_rebuild_is_claimed(scheme, coder):
    """A coder joins the rebuild that waits; a worker claims it before the coder has committed."""
    with transaction.atomic():
        change_facts(scheme.study)
    job = waiting_job()
    has_settled, may_commit = threading.Event(), threading.Event()

    def code():
        with transaction.atomic():
            code_next(scheme, coder)
            has_settled.set()
            may_commit.wait(10)

    def work():
        assert has_settled.wait(10)
        threading.Timer(LONG_ENOUGH_TO_BLOCK, may_commit.set).start()
        return jobs.execute(job.pk)

    _coded, worked = at_once(code, work)
    assert worked is True
    assert scheme.codings.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("any_size")
def test_a_settlement_that_joined_the_waiting_rebuild_is_in_the_tally(scheme, coder):
    settle_while_a_rebuild_is_claimed(scheme, coder)

    table = answer(scheme, Specification(1))
    assert (table.table.base.total, table.fresh) == (1, True)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("large")
def test_without_the_lock_of_the_waiting_rebuild_the_settlement_would_be_missed(
    scheme, coder, monkeypatch
):
    """Shows that the interleaving is the dangerous one, and that the sweeper mends even that."""
    only_look = Job.objects.filter(state="waiting")
    monkeypatch.setattr(
        waiting, "join", lambda unique_key: only_look.filter(unique_key=unique_key).exists()
    )
    settle_while_a_rebuild_is_claimed(scheme, coder)
    assert answer(scheme, Specification(1)).fresh is False

    tallying.find_stale_tallies()
    jobs.run_now(waiting_job())

    assert answer(scheme, Specification(1)).table.base.total == 1


def code_while_a_small_study_is_counted(scheme, coder, monkeypatch, *, patience):
    """A coder answers when the number has been read and the facts have not been counted yet."""
    jobs.run_now(change_once(scheme))
    job = change_once(scheme)
    has_begun, has_coded = threading.Event(), threading.Event()
    count_straight = tallying.count_straight

    def count_slowly(*args):
        has_begun.set()
        has_coded.wait(patience)
        count_straight(*args)

    def code():
        assert has_begun.wait(10)
        code_next(scheme, coder)
        has_coded.set()

    monkeypatch.setattr(tallying, "count_straight", count_slowly)
    monkeypatch.setattr(tallying, "request_where_stale", lambda _studies: 0)
    at_once(lambda: jobs.execute(job.pk), code)
    counted = answer(scheme, Specification(1))
    assert counted.data_seq == counted.latest - 1
    return counted.table.base.total


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_coded_while_a_small_study_is_counted_waits_for_the_next_number(
    scheme, coder, monkeypatch
):
    counted = code_while_a_small_study_is_counted(
        scheme, coder, monkeypatch, patience=LONG_ENOUGH_TO_BLOCK
    )

    assert counted == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_of_the_study_its_count_would_not_be_that_of_its_number(
    scheme, coder, monkeypatch
):
    monkeypatch.setattr(tallying, "lock_number", lambda pk: Study.objects.get(pk=pk).data_seq)

    assert code_while_a_small_study_is_counted(scheme, coder, monkeypatch, patience=10) == 1


@pytest.mark.django_db(transaction=True)
def test_a_fact_changes_only_inside_a_transaction(scheme):
    with pytest.raises(transaction.TransactionManagementError):
        change_facts(scheme.study)
