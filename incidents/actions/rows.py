"""Many rows at once, each database in its own quickest way: the one helper for that.

PostgreSQL takes them by COPY, SQLite by one statement that is prepared once. Nothing is made of a
row but its values: no instance of a model, no signal. For what comes in thousands; a few rows are
written with their models.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Field, Model
from django.db.models.fields import NOT_PROVIDED

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]

PLAIN = {
    "BigAutoField",
    "BooleanField",
    "CharField",
    "ForeignKey",
    "OneToOneField",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "TextField",
}
"""Kinds of fields whose values both databases take as they are."""
PLAIN_ON_POSTGRES = {"DateField", "DateTimeField", "UUIDField"}


def reserve_keys(model: type[Model], number: int) -> list[int]:
    """Primary keys for so many rows of a model, ascending, that nobody else will get.

    Call it in the transaction that writes the rows, and write them before asking again for keys of
    the model: SQLite counts what was written. TransactionManagementError outside a transaction.
    """
    _expect_transaction()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, number],
            )
            return sorted(key for (key,) in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
    first = (last[0] if last else 0) + 1  # whoever writes is alone until the commit
    return list(range(first, first + number))


def write_rows(model: type[Model], rows: Iterable[Values], **same: Any) -> None:
    """Write rows of {attribute: value} (`study_id`, not `study`), `same` alike in all of them.

    Every row names what the first one names, else ValueError or KeyError. What nobody names takes
    the default of its field, each row its own where that is worked out. Call it in the transaction
    of the act.

    Raises IntegrityError, or whatever else the database says; TransactionManagementError outside a
    transaction.
    """
    _expect_transaction()
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return
    fields = {field.attname: field for field in model._meta.concrete_fields}
    unnamed = [field for name, field in fields.items() if name not in first.keys() | same.keys()]
    fresh = [field for field in unnamed if field.has_default() and callable(field.default)]
    alike = {fields[name]: value for name, value in same.items()}
    alike |= {one: one.get_default() for one in unnamed if one not in fresh and _is_due(one)}
    named = [fields[name] for name in first]
    copy_rows(
        model._meta.db_table,
        [str(field.column) for field in (*named, *fresh, *alike)],
        _complete(chain([first], iterator), named, fresh, alike),
    )


def _is_due(field: "Field[Any, Any]") -> bool:
    """Whether the database would miss a value for it."""
    has_own = field.generated or field.db_default is not NOT_PROVIDED or field.null
    return not has_own and not field.primary_key


def _complete(
    rows: Iterable[Values],
    named: Sequence["Field[Any, Any]"],
    fresh: Sequence["Field[Any, Any]"],
    alike: Mapping["Field[Any, Any]", Any],
) -> Iterator[tuple[Any, ...]]:
    """The values of every row as the database keeps them."""
    names = [field.attname for field in named]
    converted = [(at, convert) for at, field in enumerate(named) if (convert := _conversion(field))]
    made = [(field.get_default, _conversion(field) or _as_it_is) for field in fresh]
    last = [(_conversion(field) or _as_it_is)(value) for field, value in alike.items()]
    for row in rows:
        if len(row) != len(names):
            msg = f"A row names {sorted(row)}, the first one {sorted(names)}."
            raise ValueError(msg)
        values = [row[name] for name in names]
        for at, convert in converted:
            values[at] = convert(values[at])
        for make, convert in made:
            values.append(convert(make()))
        yield (*values, *last)


def _conversion(field: "Field[Any, Any]") -> Convert | None:
    """What a value goes through on its way; None where it is taken as it is."""
    kind = field.get_internal_type()
    if kind in PLAIN or (kind in PLAIN_ON_POSTGRES and connection.vendor == "postgresql"):
        return None
    return partial(field.get_db_prep_save, connection=connections[connection.alias])


def _as_it_is(value: Any) -> Any:
    return value


def _expect_transaction() -> None:
    if not connection.in_atomic_block:
        msg = "Many rows are written inside the transaction of an act."
        raise transaction.TransactionManagementError(msg)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of values, as the database keeps them, into these columns of a table.

    They are worked out before the first is written: while PostgreSQL takes them, the connection
    answers nobody, and a row that asked it something would wait for itself.
    """
    ready = list(rows)
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
    name = connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        statement = f"COPY {name} ({quoted}) FROM STDIN"
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            for row in ready:
                copy.write_row(row)
        return
    marks = ", ".join("%s" for _column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {name} ({quoted}) VALUES ({marks})", ready)  # noqa: S608  (our own names)
