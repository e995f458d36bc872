"""What the two databases bear at once when many rows come, and what they have to be told of it."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Model, TextField

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

Portion = TypeVar("Portion")
Result = TypeVar("Result")

ROWS = {"sqlite": 900, "postgresql": 5000}
"""In one transaction. On SQLite a long one stops everybody. On PostgreSQL it stops nobody, but the
last one keeps only one writer busy."""
GAP = {"sqlite": 0.03, "postgresql": 0}
"""Seconds between two portions. SQLite tells nobody who waits that the lock is free."""
WRITERS = {"sqlite": 1, "postgresql": 2}
"""Portions at a time. PostgreSQL works on one while Python gets the other ready."""


def rows_at_once() -> int:
    """How many rows one portion may write in its transaction."""
    return ROWS[connection.vendor]


@contextmanager
def some_at_once(
    write: Callable[[Portion], Result], portions: Iterable[Portion]
) -> Iterator[Iterator[Result]]:
    """Write portions, some at a time where the database bears it; give what each came to, in order.

    Each writer then has a connection of its own, to which nothing is known that waits for a commit:
    inside a transaction they are written one by one. After the block none is under way any more.
    """
    if WRITERS[connection.vendor] == 1 or connection.in_atomic_block:
        yield map(write, portions)
        return
    opened: list[BaseDatabaseWrapper] = []

    def keep_connection() -> None:
        own = connections[DEFAULT_DB_ALIAS]
        own.inc_thread_sharing()  # it is closed by who waits for its thread
        opened.append(own)

    writers = ThreadPoolExecutor(WRITERS[connection.vendor], initializer=keep_connection)
    try:
        yield writers.map(write, portions)
    finally:
        writers.shutdown(cancel_futures=True)
        for own in opened:
            own.close()


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
    and the check of all facts take 0.7. SQLite plans these queries well without. Texts and what is
    unique are left out: nothing is planned by them. Whoever cleans a table at the moment counts it
    as well, and is not waited for.
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
    return [field for field in fields if not (field.unique or isinstance(field, TextField))]
