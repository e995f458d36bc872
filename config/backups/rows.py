"""Rows as lines of text that any database takes."""

import base64
import datetime as dt
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db import connections, models
from django.db.models.sql import InsertQuery
from django.utils.duration import duration_iso_string

AT_ONCE = 1000
SHORT = (",", ":")
LEFT_OUT = {"sessions", "usersessions"}  # who is signed in; after a restore everybody signs in
AS_TEXT = (
    models.BinaryField,
    models.DateField,  # and DateTimeField
    models.DecimalField,
    models.DurationField,
    models.TimeField,
    models.UUIDField,
)

Model = type[models.Model]
if TYPE_CHECKING:
    Columns = list[models.Field[Any, Any]]
else:
    Columns = list


def kept_models() -> list[Model]:
    """Return every model whose rows a backup holds, in the order of their names."""
    every = apps.get_models(include_auto_created=True)
    kept = [model for model in every if model._meta.managed and not model._meta.proxy]
    return sorted(
        (model for model in kept if model._meta.app_label not in LEFT_OUT),
        key=lambda model: model._meta.label,
    )


def columns_of(model: Model) -> Columns:
    """Return the fields that have a column which the database does not compute itself."""
    return [field for field in model._meta.local_concrete_fields if not field.generated]


def objects_of(model: Model) -> "models.Manager[Any]":
    """Return the manager that hides no row."""
    return model._base_manager  # noqa: SLF001  (documented under this name)


def lines_of(model: Model, *, alias: str) -> Iterator[bytes]:
    """Yield the rows of a model, each a line."""
    names = [field.attname for field in columns_of(model)]
    rows = objects_of(model).using(alias).order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=AT_ONCE):
        line = json.dumps(row, default=_text, ensure_ascii=False, separators=SHORT, sort_keys=True)
        yield line.encode(errors="surrogatepass") + b"\n"


def insert_lines(model: Model, lines: Iterable[bytes], *, alias: str) -> Iterator[int]:
    """Insert rows as they are, keys and all; yields how many there are after each portion."""
    fields = columns_of(model)
    read = [_reader(field) for field in fields]
    names = [field.attname for field in fields]
    portion: list[SimpleNamespace] = []
    most = _portion(fields, alias)
    number = 0
    for number, line in enumerate(lines, start=1):
        values = json.loads(line)
        known = zip(names, read, values, strict=True)
        portion.append(SimpleNamespace(**{name: make(value) for name, make, value in known}))
        if len(portion) == most:
            _insert(model, fields, portion, alias)
            portion = []
            yield number
    if portion:
        _insert(model, fields, portion, alias)
    yield number


def _portion(fields: Columns, alias: str) -> int:
    most = connections[alias].ops.bulk_batch_size(fields, range(AT_ONCE))
    return max(1, min(AT_ONCE, most))


def _insert(model: Model, fields: Columns, rows: list[SimpleNamespace], alias: str) -> None:
    query = InsertQuery(model)
    # Only the attributes of rows are read; raw, so that no time of saving is put in.
    query.insert_values(fields, rows, raw=True)  # type: ignore[arg-type]
    query.get_compiler(using=alias).execute_sql()


def _reader(field: "models.Field[Any, Any]") -> Any:
    goal = field.target_field if isinstance(field, models.ForeignKey) else field
    return field.to_python if isinstance(goal, AS_TEXT) else _as_it_is


def _as_it_is(value: object) -> object:
    return value


def _text(value: object) -> str:
    if isinstance(value, dt.timedelta):
        return duration_iso_string(value)
    if isinstance(value, dt.date | dt.time):  # and datetime
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(type(value).__name__)  # and not what it holds
