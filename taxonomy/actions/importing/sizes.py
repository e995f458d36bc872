"""What the two databases bear at once when many rows come, and what they have to be told of it."""

import time

from django.db import connection
from django.db.models import Field, Model, TextField

ROWS = {"sqlite": 900, "postgresql": 3600}
"""In one transaction. On SQLite a long one stops everybody, else who works in the same study."""
GAP = {"sqlite": 0.03, "postgresql": 0}
"""Seconds between two portions. SQLite tells nobody who waits that the lock is free."""


def rows_at_once() -> int:
    """How many rows one portion may write in its transaction."""
    return ROWS[connection.vendor]


def let_others_write() -> None:
    """Leave a gap between two portions.

    SQLite has no queue: who waits to write has to find the database free. Measured with a file of
    7,000 rows, others waited up to 6.9 seconds without the gap and 1.3 with it.
    """
    time.sleep(GAP[connection.vendor])


def tell_sizes(*models: type[Model]) -> None:
    """Let PostgreSQL's planner count these tables now, not when its own round comes.

    Before that round it takes a study of 7,000 moments for one of a few, and joins each moment
    with every settlement: one table took more than 80 seconds; with the sizes known, three tables
    and the check of all facts take 0.7. SQLite plans these queries well without. Texts are left
    out: nothing is planned by them. Whoever cleans a table at the moment counts it as well, and is
    not waited for.
    """
    if connection.vendor != "postgresql":
        return
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for model in models:
            columns = ", ".join(quote(str(field.column)) for field in _planned_by(model))
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {quote(model._meta.db_table)} ({columns})")


def _planned_by(model: type[Model]) -> list["Field[object, object]"]:
    fields = model._meta.concrete_fields
    return [field for field in fields if not isinstance(field, TextField)]
