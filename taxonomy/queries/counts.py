"""The facts counted at the grain of the tally."""

import functools
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import (
    Count,
    Exists,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce

from incidents.models import Incident, Study
from incidents.prepared import Given, Question
from taxonomy.choices import Outcome
from taxonomy.models import RegionTally, Scheme, Tally
from taxonomy.queries.facts import SomeScheme, facts_of

SHARED = ("outcome", "category", "contested", "viewpoint", "valence")
GRAIN = (*SHARED, "site")
REGION_GRAIN = (*SHARED, "region")
FEW = 5_000  # incidents: counted in some hundredths of a second


def standing_counts(schemes: Collection[Scheme]) -> "QuerySet[RegionTally] | QuerySet[Tally]":
    """The counts pointed to, by region where all have sums: for questions that name no site."""
    current = Q(scheme__in=schemes, generation=F("scheme__tally_pointer__generation"))
    counted = Scheme.objects.filter(tally_pointer__data_seq__isnull=False)
    by_site = counted.filter(pk__in=[s.pk for s in schemes]).exclude(_has_regions())
    return (Tally if by_site.exists() else RegionTally).objects.filter(current)


def is_summed_up() -> Q:
    """Of schemes: sums by region stand, and are those of the study as it is now."""
    return Q(_has_regions(), tally_pointer__data_seq=F("study__data_seq"))


def _has_regions() -> Exists:
    current = {"scheme": OuterRef("pk"), "generation": OuterRef("tally_pointer__generation")}
    return Exists(RegionTally.objects.filter(**current))


def count_facts(scheme: Scheme) -> tuple[int, list[dict[str, Any]]]:
    """The counts at the tally's grain, and the number they were counted at.

    One statement reads both, so that they belong together; where there are no facts the number is
    read before, and may only be too old, which is found and mended.
    """
    before = _number_of(scheme)
    rows = list(_counted_with_regions(scheme))
    return (rows[0]["seq"] if rows else before), rows


def are_few(scheme: Scheme) -> bool:
    """Whether the facts are so few that they are counted while the study stands still."""
    return not _more_than(FEW).all(study=scheme.study_id)


@functools.cache
def _more_than(few: int) -> Question[tuple[int]]:
    accepted = Incident.objects.accepted().filter(study=Given("study"))
    return Question(lambda: accepted.values_list("pk")[few : few + 1])


def count_straight(scheme: Scheme, generation: int) -> None:
    """Count the facts into a generation of the tally, in one statement."""
    select, values = _counts.sql(scheme=scheme.pk, study=scheme.study_id)
    _insert(
        Tally,
        GRAIN,
        f"SELECT %s, %s, {', '.join(GRAIN)}, moments FROM ({select}) counted",  # noqa: S608
        [scheme.pk, generation, *values],
    )


@dataclass(frozen=True)
class Counts:
    """The counted facts in a table that only this connection sees, and the number they are of."""

    table: str
    rows: int
    seq: int

    def copy(self, scheme: Scheme, generation: int, *, first: int, last: int) -> None:
        """Write the rows numbered from first to last, from 1, as a generation of the tally."""
        _insert(
            Tally,
            GRAIN,
            f"SELECT %s, %s, {', '.join(GRAIN)}, moments FROM {self.table}"  # noqa: S608
            " WHERE number BETWEEN %s AND %s",
            [scheme.pk, generation, first, last],
        )

    def sum_regions(self, scheme: Scheme, generation: int) -> None:
        """Write the sums by region as a generation of theirs."""
        grain = ", ".join(REGION_GRAIN)
        _insert(
            RegionTally,
            REGION_GRAIN,
            f"SELECT %s, %s, {grain}, sum(moments) FROM {self.table} GROUP BY {grain}",  # noqa: S608
            [scheme.pk, generation],
        )


@contextmanager
def counted_aside(scheme: Scheme) -> Iterator[Counts]:
    """Count the facts into a table of this connection's own, which is gone afterwards.

    Nothing has to leave the database: a study of a million incidents has hundreds of thousands of
    counts. The one statement is a snapshot and locks nobody out.
    """
    table, before = f"counted_facts_{scheme.pk}", _number_of(scheme)
    select, values = _counted_with_regions(scheme).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {table} AS"  # noqa: S608
            f" SELECT row_number() OVER () AS number, counted.* FROM ({select}) counted",
            values,
        )
        try:
            cursor.execute(f"CREATE INDEX {table}_number ON {table} (number)")
            cursor.execute(f"SELECT count(*), max(seq) FROM {table}")  # noqa: S608
            rows, seq = cursor.fetchone()
            yield Counts(table, rows, before if seq is None else seq)
        finally:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def _number_of(scheme: Scheme) -> int:
    return Study.objects.values_list("data_seq", flat=True).get(pk=scheme.study_id)


def _counted_with_regions(scheme: Scheme) -> Any:
    """The counts with what belongs to them: the regions of the sites, and the study's number."""
    study = Study.objects.filter(pk=scheme.study_id).values("data_seq")
    return _counted(scheme, region=F("incident__site__region_id"), seq=Subquery(study))


def _counted(scheme: Scheme | SomeScheme, **further: Any) -> Any:
    return (
        facts_of(scheme)
        .annotate(
            site=F("incident__site_id"),
            category=F("settled__category_id"),
            viewpoint=F("incident__viewpoint"),
            outcome=Coalesce(
                "settled__outcome", Value(Outcome.WAITING.value), output_field=TextField()
            ),
            contested=Coalesce("settled__contested", Value(""), output_field=TextField()),
            **further,
        )
        .values(*GRAIN, *further)
        .annotate(moments=Count("pk"))
        .order_by()
    )


_counts: Question[dict[str, Any]] = Question(lambda: _counted(SomeScheme()))


def _insert(model: type[Model], grain: tuple[str, ...], select: str, values: Sequence[Any]) -> None:
    columns_of = {field.name: str(field.column) for field in model._meta.concrete_fields}
    columns = ", ".join(columns_of[name] for name in ("scheme", "generation", *grain, "moments"))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({columns}) {select}", values)
