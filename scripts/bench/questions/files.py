"""Files in and out, per 10,000 rows, beside the database's own copy of the same rows."""

import csv
import io
import random
import re
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction

from incidents.actions.studies import found_study
from incidents.choices import RoleName
from incidents.jobs import run_now
from incidents.models import (
    ImportRow,
    Incident,
    IncidentVersion,
    Interview,
    Moment,
    Respondent,
    Study,
)
from scripts.bench.drawing import LANGUAGES, Words, chosen, weights
from scripts.bench.measuring import Line, alone, seconds
from scripts.bench.subject import Subject, page
from scripts.bench.writing import copy_rows
from taxonomy.actions import importing
from taxonomy.models import Coding, Settlement

ROWS = 10_000
ORGANIZATIONS = 400
LEAST_ROWS_A_SECOND = 2000
WRITTEN = (Respondent, Interview, Incident, IncidentVersion, Moment, ImportRow, Coding, Settlement)
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
    "situation",
    "action",
    "result",
    "language",
    "category_1",
    "category_2",
)


def ask(subject: Subject) -> Iterator[Line]:
    """Bring a file in, copy what it wrote with the database's own means, take files out."""
    study = found_study(slug=f"import-{uuid.uuid4().hex[:8]}", name="Import")
    took = seconds(lambda: bring(study, file_of(ROWS)))
    copied = seconds(_copy(study))
    on_postgres = connection.vendor == "postgresql"
    rate = ROWS / took
    yield Line(
        f"file of {ROWS:,} rows imported",
        rate,
        "rows a second",
        ROWS / copied,
        "COPY of the rows it wrote" if on_postgres else "executemany of the rows it wrote",
        took / copied,
        target=f"≥ {LEAST_ROWS_A_SECOND:,} rows a second" if on_postgres else "",
        met=rate >= LEAST_ROWS_A_SECOND if on_postgres else None,
        remark="ratio of the times",
    )
    analyst = subject.client(RoleName.ANALYST)
    for kind in ("csv", "xlsx"):
        url = subject.address(f"reports:table_{kind}", subject.scheme.slug)
        yield alone(f"table by region as {kind}", page(analyst, f"{url}?by=region"))
        yield alone(
            f"table by organization as {kind}",
            page(analyst, f"{url}?by=organization&round=1"),
            rounds=3,
        )


def bring(study: Study, file: bytes) -> None:
    """Import a file to the end: read, checked, brought in, published."""
    source = importing.receive_file(study=study, name="bench.csv", chunks=[file], by=None)
    importing.say_what_it_means(
        source=source,
        by=None,
        row_version=source.row_version,
        columns={name: name for name in COLUMNS},
    )
    _do(importing.request_check(source=source, by=None))
    source.refresh_from_db()
    _do(importing.request_import(source=source, by=None, row_version=source.row_version))


def _do(job: Any) -> None:
    done = run_now(job)
    if done.state != "done":
        raise RuntimeError(done.error or f"{done.kind}: {done.state}")


def file_of(rows: int, *, seed: int = 3) -> bytes:
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
                *(told[name] for name in ("headline", "situation", "action", "result")),
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
