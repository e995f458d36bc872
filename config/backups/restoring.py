"""Bringing a backup back: all of it or nothing."""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.core.cache import cache
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from config.backups import rows, stored
from config.backups.saving import applied_migrations, name_of_rows
from config.backups.sealing import Progress, Refusal, read_manifest
from config.logs import name_of

LOCK_SECONDS = 10
NO_DATA = {  # what migrate fills in itself, and what a worker writes where nobody is yet
    "auth.Group",
    "auth.Permission",
    "contenttypes.ContentType",
    "incidents.Job",
}


class Restored(NamedTuple):
    """What was brought back, and which files the backup itself had missed."""

    made_at: str
    rows: int
    files: int
    missing: list[str]


def restore(path: Path, *, replace: bool, progress: Progress) -> Restored:
    """Bring back rows and files. Raises Refusal, and has changed nothing then.

    Nothing is touched before the whole file was checked. Files come first, under names that no
    row speaks of yet, and are taken away again if the rows, in one transaction, do not follow.
    """
    manifest = read_manifest(path, progress=progress)
    _require_same_version(manifest)
    with zipfile.ZipFile(path) as archive, stored.staging() as folder:
        staged = _stage(archive, manifest["files"], folder, progress)
        with stored.put_in_place(staged), _nobody_else():
            former = stored.recorded(DEFAULT_DB_ALIAS)
            _make_room(replace=replace)
            number = sum(_insert_table(archive, table, progress) for table in manifest["tables"])
            _reset_sequences()
            connection.check_constraints()
    stored.remove(sorted({file.path for file in former} - set(staged)))
    cache.clear()
    return Restored(manifest["made_at"], number, len(staged), manifest["missing"])


# -- Before anything is touched ---------------------------------------------------------------


def _require_same_version(manifest: dict[str, Any]) -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Refusal("The database is not prepared. Run manage.py migrate first.")
    theirs, ours = set(manifest["migrations"]), set(applied_migrations(DEFAULT_DB_ALIAS))
    kept = {model._meta.label: _columns(model) for model in rows.kept_models()}
    told = {table["model"]: table["columns"] for table in manifest["tables"]}
    if theirs == ours and told == kept:
        return
    strange = ", ".join(sorted(theirs ^ ours)[:5]) or "other tables"
    raise Refusal(
        f"The backup was made by another version, Candid {manifest['candid']} ({strange})."
        " Restore it with that version, then upgrade."
    )


def _columns(model: rows.Model) -> list[str]:
    return [field.attname for field in rows.columns_of(model)]


def _stage(
    archive: zipfile.ZipFile, files: Sequence[dict[str, Any]], folder: Path, progress: Progress
) -> dict[str, Path]:
    staged = {}
    for number, file in enumerate(files, start=1):
        progress("Files", number, len(files))
        stored.place_of(file["path"])
        place = staged[file["path"]] = folder / str(number)
        with archive.open(f"files/{file['path']}") as source, place.open("wb") as target:
            found = stored.copy(source, target)
        place.chmod(0o600)
        if found != (file["size"], file["sha256"]):
            raise Refusal("A file in the backup is not what its manifest says.")
    return staged


# -- In one transaction -----------------------------------------------------------------------


@contextmanager
def _nobody_else() -> Iterator[None]:
    """Give a transaction in which all or nothing is done; Refusal instead of its errors."""
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                _lock_out_others()
            yield
    except DatabaseError as error:
        raise Refusal(
            f"The database refused ({name_of(error)}), so nothing was changed. Are web, worker and"
            " beat stopped?"
        ) from error


def _lock_out_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        names = ", ".join(map(connection.ops.quote_name, _tables()))
        cursor.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")


def _make_room(*, replace: bool) -> None:
    """Empty every table. Raises Refusal where somebody's data stand and may not be replaced."""
    occupied = [model for model in _models_with_data() if rows.objects_of(model).exists()]
    if occupied and not replace:
        labels = ", ".join(model._meta.label for model in occupied[:3])
        raise Refusal(
            f"The database is not empty (it has rows of {labels}). Restore into an empty one, or"
            " say --replace to lose what is there."
        )
    statements = connection.ops.sql_flush(no_style(), _tables())
    connection.ops.execute_sql_flush(statements)


def _models_with_data() -> list[rows.Model]:
    return [model for model in rows.kept_models() if model._meta.label not in NO_DATA]


def _tables() -> list[str]:
    return sorted(connection.introspection.django_table_names(only_existing=True))


def _insert_table(archive: zipfile.ZipFile, table: dict[str, Any], progress: Progress) -> int:
    label, expected = table["model"], table["rows"]
    digest, number = hashlib.sha256(), 0
    with archive.open(name_of_rows(label)) as member:
        lines = _digested(member, digest)
        for number in rows.insert_lines(apps.get_model(label), lines, alias=DEFAULT_DB_ALIAS):
            progress(label, number, expected)
    if (number, digest.hexdigest()) != (expected, table["sha256"]):
        raise Refusal("A table in the backup is not what its manifest says.")
    return number


def _digested(lines: Iterable[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    for line in lines:
        digest.update(line)
        yield line


def _reset_sequences() -> None:
    """Let the next keys follow those that came in."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), rows.kept_models()):
            cursor.execute(statement)
