"""The database as it is at one moment, while others go on writing."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

COPY = "backup-copy"


@contextmanager
def standing_still(folder: Path) -> Iterator[str]:
    """Give the alias of a database in which nothing changes; nobody who writes waits for it.

    PostgreSQL shows a transaction one state. SQLite is copied into `folder` first: a transaction
    that reads for minutes would keep its writers out.
    """
    if connection.vendor == "sqlite":
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".backup-", suffix=".sqlite3") as copy:
            _copy_to(copy.name)
            with _known_as(COPY, copy.name):
                yield COPY
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield DEFAULT_DB_ALIAS


def _copy_to(path: str) -> None:
    name = connection.settings_dict["NAME"]
    with (
        closing(sqlite3.connect(name, timeout=20)) as source,
        closing(sqlite3.connect(path)) as copy,
    ):
        source.backup(copy)


@contextmanager
def _known_as(alias: str, path: str) -> Iterator[None]:
    known = connection.copy(alias)
    known.settings_dict["NAME"] = path
    connections[alias] = known
    try:
        yield
    finally:
        known.close()
        del connections[alias]
