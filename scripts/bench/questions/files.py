"""Files in and out, per 10,000 rows, beside the database's own copy of the same rows."""

import csv
import io
import random
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from django.db import connection, transaction

from incidents.actions.studies import found_study
from incidents.choices import RoleName
from incidents.jobs import run_now
from incidents.models import (
    Import,
    ImportRow,
    Incident,
    IncidentVersion,
    Interview,
    Moment,
    Respondent,
    Study,
)
from scripts.bench.drawing import LANGUAGES, Words, chosen, weights
from scripts.bench.measuring import Line, alone, paired, seconds
from scripts.bench.subject import Subject, page
from scripts.bench.writing import copy_rows
from taxonomy.actions import importing
from taxonomy.exports import refused_csv
from taxonomy.models import Coding, Settlement

ROWS = 10_000
ORGANIZATIONS = 400
LEAST_ROWS_A_SECOND = 2000
WRITTEN = (Respondent, Interview, Incident, IncidentVersion, Moment, ImportRow, Coding, Settlement)
ROUNDS = 3
ANSWERED = ("situation", "action", "result")
COLUMNS = (
    "incident_id",
    "interview",
    "organization",
    "region",
    "country",
    "date",
    "told_as",
    "valence",
    "headline",
    *ANSWERED,
    "language",
    "category_1",
    "category_2",
)


@dataclass(frozen=True)
class Took:
    """How long the parts of one import took, in seconds, and what it brought."""

    source: Import
    preview: float
    bringing: float


def ask(subject: Subject) -> Iterator[Line]:
    """Bring files in, copy what they wrote with the database's own means, take files out."""
    rounds = [_round(file_of(ROWS, seed=seed)) for seed in range(3, 3 + ROUNDS)]
    yield from _about_bringing(rounds)
    yield _left_out()
    analyst = subject.client(RoleName.ANALYST)
    for kind in ("csv", "xlsx"):
        url = subject.address(f"reports:table_{kind}", subject.scheme.slug)
        yield alone(f"table by region as {kind}", page(analyst, f"{url}?by=region"))
        yield alone(
            f"table by organization as {kind}",
            page(analyst, f"{url}?by=organization&round=1"),
            rounds=3,
        )


def _round(file: bytes) -> tuple[Took, float]:
    """One import into a study of its own, and then the bare copy of the rows it wrote."""
    study = found_study(slug=f"import-{uuid.uuid4().hex[:8]}", name="Import")
    return bring(study, file), seconds(_copy(study))


def _about_bringing(rounds: Sequence[tuple[Took, float]]) -> Iterator[Line]:
    """The rates: the target is that of the import, from the button to the incidents seen by all.

    The import reads the file once more, makes places and people, writes and publishes. The preview
    before it reads and checks. Copying writes the same rows into tables with the same indexes, but
    without references to check and, on SQLite, without the table of trigrams.
    """
    on_postgres = connection.vendor == "postgresql"
    ratios = [took.bringing / copied for took, copied in rounds]
    rate = ROWS / median(took.bringing for took, _copied in rounds)
    slowest, quickest = (
        ROWS / end(took.bringing for took, _copied in rounds) for end in (max, min)
    )
    yield Line(
        f"file of {ROWS:,} rows brought in",
        rate,
        "rows a second",
        ROWS / median(copied for _took, copied in rounds),
        "COPY of the rows it wrote" if on_postgres else "executemany of the rows it wrote",
        median(ratios),
        min(ratios),
        max(ratios),
        target=f"≥ {LEAST_ROWS_A_SECOND:,} rows a second" if on_postgres else "",
        met=rate >= LEAST_ROWS_A_SECOND if on_postgres else None,
        remark=f"{slowest:,.0f} to {quickest:,.0f}; ratio of the times",
    )
    yield Line(
        "its preview before",
        ROWS / median(took.preview for took, _copied in rounds),
        "rows a second",
    )
    yield Line(
        "preview and import",
        ROWS / median(took.preview + took.bringing for took, _copied in rounds),
        "rows a second",
    )


def _left_out() -> Line:
    """The rows of a file without words, answers in columns nobody knows, as a CSV of them."""
    study = found_study(slug=f"import-{uuid.uuid4().hex[:8]}", name="Left out")
    known = [name for name in COLUMNS if name not in ANSWERED]
    took = bring(study, file_of(ROWS, seed=2, headlines=False), known)
    written = paired(
        f"{ROWS:,} rows that were left out as csv",
        lambda: sum(len(line) for line in refused_csv(took.source)),
        lambda: _taken_out(took.source),
        against="COPY TO" if connection.vendor == "postgresql" else "SELECT",
    )
    return replace(written, remark=f"{ROWS / written.ours * 1000:,.0f} rows a second")


def _taken_out(source: Import) -> None:
    """The rows of an import as the database itself hands them out."""
    rows = ImportRow.objects.filter(source=source.pk).values_list("number", "reason", "extra")
    statement, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(statement, values)
            cursor.fetchall()
            return
        with cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)", values) as copy:
            for _piece in copy:
                pass


def bring(study: Study, file: bytes, columns: Sequence[str] = COLUMNS) -> Took:
    """Import a file to the end: read, checked, brought in, published."""
    source = importing.receive_file(study=study, name="bench.csv", chunks=[file], by=None)
    importing.say_what_it_means(
        source=source,
        by=None,
        row_version=source.row_version,
        columns={name: name for name in columns},
    )
    preview = seconds(lambda: _do(importing.request_check(source=source, by=None)))
    source.refresh_from_db()
    bringing = seconds(
        lambda: _do(
            importing.request_import(source=source, by=None, row_version=source.row_version)
        )
    )
    return Took(source, preview, bringing)


def _do(job: Any) -> None:
    done = run_now(job)
    if done.state != "done":
        raise RuntimeError(done.error or f"{done.kind}: {done.state}")


def file_of(rows: int, *, seed: int = 3, headlines: bool = True) -> bytes:
    """A file of incidents, six to an interview, with categories in two levels."""
    rng = random.Random(seed)  # noqa: S311  (a measurement, not a secret)
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(COLUMNS)
    words, falling = Words.drawn(rng), weights(40, 1.2)
    organizations = rng.choices(range(ORGANIZATIONS), cum_weights=weights(ORGANIZATIONS), k=rows)
    languages = chosen(rng, LANGUAGES, rows)
    for n in range(rows):
        told, _folded = words.tell()
        category = rng.choices(range(40), cum_weights=falling)[0]
        organization = organizations[n // 6]
        writer.writerow(
            (
                f"{seed}-{n}",
                f"{seed}-{n // 6}",
                f"Firm {organization}",
                f"Area {organization % 9}",
                ("CA", "DE", "JP", "US")[organization % 4],
                f"2021-0{n % 9 + 1}-1{n % 10}",
                ("own", "customer")[n % 2],
                ("positive", "negative")[n // 2 % 2],
                told["headline"] if headlines else "",
                *(told[name] for name in ANSWERED),
                languages[n],
                f"Theme {category % 5}",
                f"Kind {category}",
            )
        )
    return sheet.getvalue().encode()


class _copy:  # noqa: N801  (used as a verb)
    """Write the rows that an import wrote once more, into tables like theirs."""

    def __init__(self, study: Study) -> None:
        self.rows = {model: _rows_of(model, study) for model in WRITTEN}

    def __call__(self) -> None:
        with transaction.atomic():
            for model, (columns, rows) in self.rows.items():
                table = _twin_of(model._meta.db_table)
                copy_rows(table, columns, rows)
            transaction.set_rollback(True)


def _rows_of(model: Any, study: Study) -> tuple[list[str], Sequence[tuple[Any, ...]]]:
    """The rows as the database holds them, without what it works out itself."""
    ways = {
        Respondent: "study",
        Interview: "study",
        Incident: "study",
        IncidentVersion: "incident__study",
        Moment: "incident__study",
        ImportRow: "source__study",
        Coding: "scheme__study",
        Settlement: "scheme__study",
    }
    columns = [field.column for field in model._meta.concrete_fields if not field.generated]
    keys = model.objects.filter(**{ways[model]: study}).values("pk")
    names = ", ".join(f'"{column}"' for column in columns)
    statement, values = keys.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM {model._meta.db_table} WHERE id IN ({statement})",  # noqa: S608
            values,
        )
        return columns, cursor.fetchall()


def _twin_of(table: str) -> str:
    """A table with the same columns, keys and indexes."""
    twin = f"twin_{table}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE TABLE {twin} (LIKE {table} INCLUDING ALL)")
            return twin
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL"
            " AND type IN ('table', 'index') ORDER BY type DESC",
            [table],
        )
        for (definition,) in cursor.fetchall():
            named = re.sub(r'(INDEX) "', r'\1 "twin_', definition, count=1)
            cursor.execute(named.replace(f'"{table}"', f'"{twin}"'))
    return twin
