"""Dashboards of a study: what stands on them, as far as a reader may see it."""

import uuid
from collections.abc import Collection, Iterable

from django.db.models import Max, QuerySet
from django.http import QueryDict

from incidents.choices import GOING_ON
from incidents.models import Study
from reports.choices import Theme
from reports.models import Dashboard, Run, RunChart, Table
from reports.queries.kept_questions import ROUND_UID, coarsest_rounds, digest_of


def newest_runs(tables: Collection[Table], runs: QuerySet[Run]) -> dict[uuid.UUID, Run]:
    """The newest answered run of the question of each saved table, by the uid of the table.

    `runs` are those that the reader may read. A table is found by what it asks, whoever asked, and
    not by its name; one that was never computed is left out. One query; another for the rounds of
    tables that name none.
    """
    return newest_of(digests_of(tables), runs.filter(answered_at__isnull=False))


def newest_of(asks: dict[uuid.UUID, str], runs: QuerySet[Run]) -> dict[uuid.UUID, Run]:
    """The newest of `runs` that asks the same, by the same uids; one query.

    Of those that tell organizations the newest with their names, where one is among `runs`.
    """
    if not asks:
        return {}
    alike = runs.filter(question__asks__in=list(set(asks.values())))
    apart = alike.order_by().values("question__asks", "question__names")
    newest = apart.annotate(newest=Max("pk")).values("newest")
    found = sorted(runs.filter(pk__in=newest), key=lambda run: bool(run.question["names"]))
    by_digest = {run.question["asks"]: run for run in found}
    return {uid: by_digest[asked] for uid, asked in asks.items() if asked in by_digest}


def digests_of(tables: Iterable[Table]) -> dict[uuid.UUID, str]:
    """What the question of each saved table shares with runs of it."""
    named = [(table, QueryDict(table.query).get(ROUND_UID)) for table in tables]
    unnamed = {table.scheme for table, given in named if not given}
    coarsest = coarsest_rounds(unnamed) if unnamed else {}
    return {
        table.uid: digest_of(
            table.scheme, given or coarsest.get(table.scheme_id) or "", table.query
        )
        for table, given in named
    }


def runs_going_on(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Those that wait or are computed."""
    return runs.filter(answered_at__isnull=True, job__state__in=GOING_ON)


def runs_given_up(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Those that were not answered and no longer wait: their job failed, or is gone."""
    return runs.filter(answered_at__isnull=True).exclude(job__state__in=GOING_ON)


def front_of(study: Study) -> Dashboard | None:
    """The dashboard that a study opens with, if one was chosen."""
    front = Dashboard.objects.filter(study=study, is_front=True, deleted_at__isnull=True)
    return front.select_related("author", "study").first()


def pictures_of(runs: Collection[Run], kinds: Collection[str]) -> dict[int, dict[str, str]]:
    """The pictures of runs for light pages, by the key of the run and their kind; one query."""
    found: dict[int, dict[str, str]] = {run.pk: {} for run in runs}
    drawn = RunChart.objects.filter(run__in=runs, theme=Theme.LIGHT, kind__in=kinds)
    for run, kind, svg in drawn.values_list("run_id", "kind", "svg"):
        found[run][kind] = svg
    return found
