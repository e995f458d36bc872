"""How each database finds words quickly: one helper for each, and none that an answer needs.

A search asks whether each pattern (`texts.patterns_of`) occurs in the searchable text of a version.
On PostgreSQL a trigram index answers it. On SQLite an FTS5 table of trigrams, which triggers keep,
says where it may occur, and the text decides. Without its helper either database reads the texts.
"""

import logging
from typing import Any

from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import TextField
from django.db.models.lookups import Contains
from django.db.models.sql.compiler import SQLCompiler

logger = logging.getLogger(__name__)

WITHOUT_TRIGRAMS = (
    "Searching for words will be slow: the extension pg_trgm cannot be made (%s). It comes with "
    "PostgreSQL (Debian: postgresql; elsewhere often postgresql-contrib). Install it, or let a "
    "superuser run CREATE EXTENSION pg_trgm in this database, then run migrate again."
)
VERSIONS = "incidents_incidentversion"
INDEX = "incident_words"
TRIGRAMS = "pg_trgm"
TRIGRAM = 3
PARTS_OF_SQLITE = {
    "incident_words": """CREATE VIRTUAL TABLE incident_words USING fts5(
        folded, content='incidents_incidentversion', content_rowid='id', detail='none',
        tokenize='trigram case_sensitive 1'
    )""",
    "incident_words_added": """CREATE TRIGGER incident_words_added
    AFTER INSERT ON incidents_incidentversion BEGIN
        INSERT INTO incident_words (rowid, folded) VALUES (new.id, new.folded);
    END""",
    "incident_words_removed": """CREATE TRIGGER incident_words_removed
    AFTER DELETE ON incidents_incidentversion BEGIN
        INSERT INTO incident_words (incident_words, rowid, folded)
            VALUES ('delete', old.id, old.folded);
    END""",
    "incident_words_changed": """CREATE TRIGGER incident_words_changed
    AFTER UPDATE OF id, folded ON incidents_incidentversion BEGIN
        INSERT INTO incident_words (incident_words, rowid, folded)
            VALUES ('delete', old.id, old.folded);
        INSERT INTO incident_words (rowid, folded) VALUES (new.id, new.folded);
    END""",
}
FILL_SQLITE = "INSERT INTO incident_words (incident_words) VALUES ('rebuild')"
MAY_OCCUR = "{table}.id IN (SELECT rowid FROM incident_words WHERE incident_words MATCH %s)"
EXISTS = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


@TextField.register_lookup
class Says(Contains):
    """`folded__says=pattern`: the pattern occurs in the text."""

    lookup_name = "says"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Ask as for any text that contains another."""
        return Contains(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Look in the trigrams first, where there are any of the pattern."""
        found, parameters = self.as_sql(compiler, connection)
        trigrams = _trigrams(str(self.rhs))
        if not trigrams or not _stands_on_sqlite(connection):
            return found, parameters
        table = connection.ops.quote_name(self.lhs.alias)
        return f"({MAY_OCCUR.format(table=table)} AND {found})", [trigrams, *parameters]


def prepare(using: str = "default", **_signal: Any) -> None:
    """Make the helper of a database, unless it stands. Runs after every `migrate`.

    A migration that rewrites the table of versions on SQLite drops its triggers, for one.
    """
    connection = connections[using]
    if VERSIONS not in connection.introspection.table_names():
        return
    if stands(connection):
        return
    if connection.vendor == "postgresql":
        _prepare_postgresql(connection)
    else:
        _prepare_sqlite(connection)


def stands(connection: BaseDatabaseWrapper) -> bool:
    """Whether the helper of this database is there, whole."""
    if connection.vendor == "postgresql":
        return _stands_on_postgresql(connection)
    return _stands_on_sqlite(connection)


def _trigrams(pattern: str) -> str:
    """The trigrams of a pattern as FTS5 asks for them; empty where the pattern is too short."""
    found = {pattern[at : at + TRIGRAM] for at in range(len(pattern) - TRIGRAM + 1)}
    quoted = [trigram.replace('"', '""') for trigram in sorted(found)]
    return " AND ".join(f'"{trigram}"' for trigram in quoted)


def _stands_on_sqlite(connection: BaseDatabaseWrapper) -> bool:
    names = ", ".join(f"'{name}'" for name in PARTS_OF_SQLITE)
    connection.ensure_connection()
    parts = connection.connection.execute(
        f"SELECT count(*) FROM sqlite_master WHERE name IN ({names})"  # noqa: S608  (our own names)
    )
    return bool(parts.fetchone()[0] == len(PARTS_OF_SQLITE))


def _prepare_sqlite(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for name in reversed(PARTS_OF_SQLITE):
            kind = "TABLE" if name == INDEX else "TRIGGER"
            cursor.execute(f"DROP {kind} IF EXISTS {name}")
        for sql in PARTS_OF_SQLITE.values():
            cursor.execute(sql)
        cursor.execute(FILL_SQLITE)


def _stands_on_postgresql(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [INDEX]
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def _prepare_postgresql(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {INDEX}")  # left by a build that was cut off
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {TRIGRAMS}")
        except Error as error:
            logger.warning(WITHOUT_TRIGRAMS, str(error).strip().splitlines()[0])
            return
        beside = "" if connection.in_atomic_block else "CONCURRENTLY"
        columns = "(folded gin_trgm_ops)"
        cursor.execute(f"CREATE INDEX {beside} {INDEX} ON {VERSIONS} USING gin {columns}")
