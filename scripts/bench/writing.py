"""Rows into tables as fast as the database takes them: COPY, or one statement for many."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from django.core.management.color import no_style
from django.db import Error, connection, transaction
from django.db.models import JSONField, Max, Model
from django.db.models.fields import NOT_PROVIDED

Row = Sequence[Any]


def write_rows(model: type[Model], names: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows of plain values (text, numbers, None) of these fields; others take defaults."""
    fixed = _fixed_values(model, names)
    columns = [*(_column(model, name) for name in names), *fixed]
    constant = tuple(fixed.values())
    complete = ((*row, *constant) for row in rows)
    copy_rows(model._meta.db_table, columns, complete)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """The database's own quickest way to write rows of a table."""
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
    if connection.vendor == "postgresql":
        statement = f"COPY {table} ({quoted}) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" for _column in columns)
    statement = f"INSERT INTO {table} ({quoted}) VALUES ({marks})"  # noqa: S608  (our own names)
    connection.ensure_connection()
    bare: Any = sqlite3.Cursor(connection.connection)  # without Django's look at each
    bare.executemany(statement, rows)


def _column(model: type[Model], name: str) -> str:
    return {one.name: str(one.column) for one in model._meta.concrete_fields}[name]


def _fixed_values(model: type[Model], names: Sequence[str]) -> dict[str, Any]:
    """What the fields that are not named hold in every row, where the database has no default."""
    named = {_column(model, name) for name in names}
    fixed = {}
    for one in model._meta.concrete_fields:
        has_own = one.generated or one.db_default is not NOT_PROVIDED or one.null
        if one.column not in named and not has_own and not one.primary_key:
            value = one.get_default()
            fixed[str(one.column)] = json.dumps(value) if isinstance(one, JSONField) else value
    return fixed


def next_key(model: type[Model]) -> int:
    """The first primary key above all that are used."""
    return (model._default_manager.aggregate(top=Max("pk"))["top"] or 0) + 1


@contextmanager
def in_bulk(models: Sequence[type[Model]]) -> Iterator[None]:
    """One transaction without indexes on these tables; they, and the counters, come after."""
    tables = [model._meta.db_table for model in models]
    with transaction.atomic():
        _settle_references()
        definitions = _indexes(tables)
        with connection.cursor() as cursor:
            for name in definitions:
                cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
            yield
            for definition in definitions.values():
                cursor.execute(definition)
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)
    may_vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if may_vacuum else "ANALYZE")


def _settle_references() -> None:
    """Check what waits to be checked, and then no more, where the server lets us say so."""
    if connection.vendor == "postgresql":
        connection.check_constraints()
        with suppress(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")


def _indexes(tables: Sequence[str]) -> dict[str, str]:
    """The definitions of the indexes that are no constraint of these tables."""
    marks = ", ".join(["%s"] * len(tables))
    if connection.vendor == "postgresql":
        question = (
            f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({marks})"  # noqa: S608
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    else:
        question = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"  # noqa: S608
            f" AND tbl_name IN ({marks})"
        )
    with connection.cursor() as cursor:
        cursor.execute(question, list(tables))
        return dict(cursor.fetchall())
