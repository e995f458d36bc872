"""Statements that are put into SQL once and then asked again with other values.

Writing a small question down takes Django several times as long as the database takes to answer.
What every page, every submission and every coding asks is therefore drawn once for a connection,
with a `Given` where a value comes later:

    by_uid = Question(lambda: Interview.objects.filter(uid=Given("uid")))
    interview = by_uid.first(uid=uid)

The ORM writes the SQL, reads the rows and makes the objects as ever; what is kept is the SQL, and
PostgreSQL keeps its plan of it.
"""

import datetime as dt
import functools
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connections, models, transaction
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import QuerySet, Value
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import DeleteQuery, Query, UpdateQuery

TAKEN = (bool, int, str, uuid.UUID, dt.datetime, dict, type(None))  # a dict as JSON
LASTING = {"bigint", "boolean"}  # keys, numbers, and yes or no: no migration makes them another
Row = TypeVar("Row")
Written = TypeVar("Written", bound=models.Model)


class Given(Value):
    """A value that is known when the statement is asked, by its name; in a condition never None."""

    def as_sql(self, *_surroundings: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Stand in for the value."""
        return "%s", [self]


class NextKey(Value):
    """The key that the next row of a model gets, taken ahead in the transaction that writes it.

    Write the row before asking again: SQLite counts what was written.
    """

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(model._meta.db_table, output_field=models.BigIntegerField())

    def as_sql(self, *_surroundings: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Count on from the last row."""
        return "coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0) + 1", [self.value]

    def as_postgresql(self, *_surroundings: Any) -> tuple[str, list[Any]]:
        """Take the next of the sequence."""
        return "nextval(pg_get_serial_sequence(%s, 'id'))", [self.value]


@contextmanager
def _bound_by_server(own: Any, *, plan_kept: bool) -> Iterator[None]:
    """Let PostgreSQL have the SQL without the values, and keep its plan of it for the next time."""
    own.ensure_connection()
    raw, features = own.connection, own.features
    if own.vendor != "postgresql":
        yield
        return
    usual = raw.cursor_factory, raw.prepare_threshold, features.uses_server_side_binding
    raw.cursor_factory, raw.prepare_threshold = ServerBindingCursor, 0 if plan_kept else None
    features.uses_server_side_binding = True  # so that those who listen hear the values
    try:
        yield
    finally:
        raw.cursor_factory, raw.prepare_threshold, features.uses_server_side_binding = usual


class _Drawn:
    """A statement of one connection: a compiler that has its SQL, and only fills in the values."""

    def __init__(self, query: Any, *, returning: str = "", shared: bool = False) -> None:
        self.connection = connections[DEFAULT_DB_ALIAS]
        self.compiler = query.get_compiler(connection=self.connection)
        self.values: dict[str, Any] = {}
        self._locks = query.select_for_update or shared
        self._known_converters: Any = None
        self._sql, self._params = self.compiler.as_sql()
        if returning:
            self._sql += f" RETURNING {self.connection.ops.quote_name(returning)}"
        if shared and self.connection.features.has_select_for_update:
            self._sql += " FOR SHARE"
        columns = getattr(self.compiler, "select", None) or []
        types = {column.output_field.db_type(self.connection) for column, *_how in columns}
        self._answers_for_good = types <= LASTING
        self.compiler.as_sql = self.filled
        self.compiler.get_converters = self._converters
        query.get_compiler = lambda *_, **__: self.compiler

    def asked(self, rows: Iterable[Any]) -> list[Any]:
        """What the rows are now.

        A plan is void once the type of a column that it answers changes; a transaction would break.
        """
        plan_kept = self._answers_for_good or not self.connection.in_atomic_block
        with _bound_by_server(self.connection, plan_kept=plan_kept):
            return list(rows)

    def filled(self, **_how: Any) -> tuple[str, tuple[Any, ...]]:
        """The SQL and the values."""
        if self._locks and self.connection.get_autocommit():
            raise transaction.TransactionManagementError("Rows are locked in a transaction only.")
        return self._sql, tuple(self._adapted(param) for param in self._params)

    def _converters(self, columns: Any) -> Any:
        if self._known_converters is None:
            self._known_converters = type(self.compiler).get_converters(self.compiler, columns)
        return self._known_converters

    def _adapted(self, param: Any) -> Any:
        if not isinstance(param, Given):
            return param
        value = self.values[param.value]
        if not isinstance(value, TAKEN):
            msg = f"{type(value).__name__} is not a value that a kept statement takes."
            raise TypeError(msg)
        if isinstance(value, uuid.UUID) and not self.connection.features.has_native_uuid_field:
            return value.hex
        if isinstance(value, dt.datetime):
            return self.connection.ops.adapt_datetimefield_value(value)
        if isinstance(value, dict):
            return self.connection.ops.adapt_json_value(value, None)
        if type(value) is int:
            return self.connection.ops.adapt_integerfield_value(value, "BigIntegerField")
        return value


@contextmanager
def _writing(own: Any) -> Iterator[Any]:
    """A cursor for what writes; its answers are keys and numbers, so a kept plan is never void."""
    marked = transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS)
    with marked, _bound_by_server(own, plan_kept=True), own.cursor() as cursor:
        yield cursor


class Question(Generic[Row]):
    """What is read again and again: a queryset that is drawn when it is first asked.

    It prefetches nothing, and a queryset that can find nothing (`none`) cannot be drawn. With
    `shared` nobody changes the rows until the commit, but others may ask for them the same way.
    """

    def __init__(self, draw: "Callable[[], QuerySet[Any, Row]]", *, shared: bool = False) -> None:
        self._draw = draw
        self._shared = shared
        self._kept = threading.local()  # each thread has a connection of its own

    def all(self, **values: Any) -> list[Row]:
        """All rows, for these values."""
        drawn, rows = self._drawn()
        drawn.values = values
        try:
            return drawn.asked(rows)
        except NotSupportedError:  # a table has changed since this connection planned it
            if drawn.connection.in_atomic_block:
                raise
            drawn.connection.close()
            return drawn.asked(rows)

    def first(self, **values: Any) -> Row | None:
        """The row there is for these values, or None: for a question with at most one answer."""
        return next(iter(self.all(**values)), None)

    def sql(self, **values: Any) -> tuple[str, tuple[Any, ...]]:
        """The SQL for these values, to be part of a longer statement."""
        drawn, _rows = self._drawn()
        drawn.values = values
        return drawn.filled()

    def _drawn(self) -> tuple[_Drawn, Iterable[Row]]:
        kept = getattr(self._kept, "drawn", None)
        if kept is None or kept[0].connection is not connections[DEFAULT_DB_ALIAS]:
            queryset: Any = self._draw()
            kept = _Drawn(queryset.query, shared=self._shared), queryset._iterable_class(queryset)  # noqa: SLF001
            self._kept.drawn = kept
        return kept


class Act:
    """What is changed or removed again and again; `returning` names a column of what was."""

    def __init__(self, draw: Callable[[], Query], *, returning: str = "") -> None:
        self._draw = draw
        self._returning = returning
        self._kept = threading.local()

    def do(self, **values: Any) -> int:
        """Do it for these values; returns how many rows there were."""
        with self._cursor(values) as cursor:
            return int(cursor.rowcount)

    def returned(self, **values: Any) -> list[Any]:
        """Do it for these values; returns the column as it is now, of each row there was."""
        with self._cursor(values) as cursor:
            return [value for (value,) in cursor.fetchall()]

    @contextmanager
    def _cursor(self, values: dict[str, Any]) -> Iterator[Any]:
        drawn: _Drawn | None = getattr(self._kept, "drawn", None)
        if drawn is None or drawn.connection is not connections[DEFAULT_DB_ALIAS]:
            self._kept.drawn = drawn = _Drawn(self._draw(), returning=self._returning)
        drawn.values = values
        with _writing(drawn.connection) as cursor:
            cursor.execute(*drawn.filled())
            yield cursor


def changing(rows: QuerySet[Any], **fields: Any) -> Query:
    """The UPDATE that sets these fields of the rows, for an `Act`."""
    query = rows.query.chain(UpdateQuery)
    cast("UpdateQuery", query).add_update_values(fields)
    return query


def removing(rows: QuerySet[Any]) -> Query:
    """The DELETE of the rows, for an `Act`; nothing may refer to them."""
    query = rows.query.clone()
    query.__class__ = DeleteQuery
    return query


def insert(row: Written) -> Written:
    """Write a new row as `save` does, and return it with its primary key.

    No signal is sent. What the database fills in by itself is read when it is first asked for.
    """
    own, meta = connections[DEFAULT_DB_ALIAS], row._meta
    columns, params, comes_by_itself = [], [], []
    for field in meta.local_concrete_fields:
        value = None if field.generated else field.pre_save(row, add=True)
        if field.generated or isinstance(value, DatabaseDefault):
            comes_by_itself.append(field.attname)
        elif value is not None or not field.primary_key:
            columns.append(field.column)
            params.append(field.get_db_prep_save(value, own))
    with _writing(own) as cursor:
        cursor.execute(_insert_sql(own.vendor, meta.model, tuple(columns)), params)
        row.pk = cursor.fetchone()[0]
    for name in comes_by_itself:
        row.__dict__.pop(name, None)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


@functools.cache
def _insert_sql(_vendor: str, model: type[models.Model], columns: tuple[str, ...]) -> str:
    own, meta = connections[DEFAULT_DB_ALIAS], model._meta
    quoted = ", ".join(own.ops.quote_name(column) for column in columns)
    places = ", ".join("%s" for _column in columns)
    table, key = map(own.ops.quote_name, (meta.db_table, str(meta.pk.column)))
    return f"INSERT INTO {table} ({quoted}) VALUES ({places}) RETURNING {key}"  # noqa: S608
