"""Which run a saved table of a dashboard is drawn from: the newest that asks the same."""

import pytest
from django.http import QueryDict
from django.utils import timezone

from incidents.choices import JobState
from incidents.models import Job
from reports.models import Run, Table
from reports.queries.dashboards import newest_runs
from reports.queries.kept_questions import to_keep
from taxonomy.choices import Dimension, Shares
from taxonomy.models import Round
from taxonomy.tabulation.specification import Specification
from tests.reports.test_runs import ask
from tests.taxonomy.factories import RoundFactory, SchemeFactory


def answered(world, *args, **fields):
    """Ask for a run, and have it answered; nothing is computed."""
    run = ask(world, *args, **fields)
    Run.objects.filter(pk=run.pk).update(answered_at=timezone.now(), revision=1, data_seq=1)
    Job.objects.filter(pk=run.job_id).update(state=JobState.DONE)
    return run


def saved(world, query="round=1&by=valence", **fields):
    asked = {"owner": world.admin, "name": query or "everything", "shared": True, **fields}
    return Table.objects.create(scheme=world.scheme, query=to_keep(query, world.scheme), **asked)


def newest(*tables, runs=None):
    return newest_runs(tables, Run.objects.all() if runs is None else runs)


def test_a_table_has_the_newest_answered_run_of_its_question_whoever_asked(world):
    table, other = saved(world), saved(world, "round=1&by=sector")
    answered(world, by=world.admin)
    second = answered(world)
    ask(world)  # nobody has answered it

    assert newest(table, other) == {table.uid: second}


def test_what_reads_the_same_is_the_same_question_and_other_figures_are_another(world):
    run = answered(world, Specification(1, by=Dimension.REGION), "round=1")
    written_out = saved(world, "by=region&counts=on&round=1&unit=moments&weight=none")
    in_rows = saved(world, "round=1&shares=row")
    coarse = saved(world, "round=2")
    kept = saved(world, "round=1&valence=positive")

    assert newest(written_out, in_rows, coarse, kept) == {written_out.uid: run}


def test_a_table_that_names_no_round_asks_of_the_coarsest(world):
    run = answered(world, Specification(2, by=Dimension.VALENCE), "by=valence")
    silent, named = saved(world, "by=valence"), saved(world, "by=valence&round=2")
    assert newest(silent, named) == {silent.uid: run, named.uid: run}

    RoundFactory(scheme=world.scheme, name="Coarsest", position=3)

    assert newest(silent, named) == {named.uid: run}


def test_a_run_is_found_by_its_round_where_positions_have_moved(world):
    table = saved(world)
    run = answered(world)
    for round_ in Round.objects.filter(scheme=world.scheme).order_by("-position"):
        Round.objects.filter(pk=round_.pk).update(position=round_.position + 1)
    RoundFactory(scheme=world.scheme, name="Finest", position=1)
    of_finest = saved(world, "round=1&by=valence", name="finest")

    assert QueryDict(table.query)["round"] == "1"
    assert newest(table, of_finest) == {table.uid: run}


def test_the_same_query_of_another_scheme_is_another_question(world):
    answered(world)
    scheme = SchemeFactory(study=world.study, slug="other")
    table = Table.objects.create(scheme=scheme, owner=world.admin, name="x", query="by=valence")

    assert newest(table) == {}


def test_runs_that_the_reader_may_not_read_are_passed_over(world):
    table = saved(world)
    plain = answered(world)
    hidden = answered(world, Specification(1, by=Dimension.VALENCE, shares=Shares.COLUMN))
    Run.objects.filter(pk=hidden.pk).update(question={**hidden.question, "names": True})

    readable = Run.objects.filter(question__names=False)

    assert newest(table, runs=readable) == {table.uid: plain}
    assert newest(table)[table.uid] == hidden


@pytest.mark.parametrize("number", [1, 30])
def test_the_runs_of_any_number_of_tables_take_one_query(world, number, django_assert_num_queries):
    answered(world)
    tables = [saved(world, name=f"table {place}") for place in range(number)]

    with django_assert_num_queries(1):
        found = newest(*tables)

    assert len(found) == number
    with django_assert_num_queries(0):
        assert newest() == {}
