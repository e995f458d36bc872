"""Making a backup."""

import datetime as dt
import hashlib
import json
import os
import tomllib
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from config.backups import rows, sealing, stored
from config.backups.sealing import Progress, Refusal
from config.backups.snapshot import standing_still

LOOKS = 10
ROWS_BETWEEN_SIGNS = 1000


class Saved(NamedTuple):
    """What a backup holds, and its seal."""

    rows: int
    files: int
    missing: list[str]
    size: int
    seal: str


def save(path: Path, *, progress: Progress) -> Saved:
    """Write everything as it is at one moment into a new file. Raises Refusal where it cannot.

    A file that is missing may have been removed after the rows were read; then a further look
    shows neither. What is missing at two looks, or at the last, is named in the manifest.
    """
    if path.exists():
        raise Refusal(f"{path} exists already; a backup never overwrites a file.")
    if not path.parent.is_dir():
        raise Refusal(f"The folder {path.parent} does not exist.")
    unfinished = path.with_name(f".{path.name}.part")
    try:
        manifest = _look_and_write(unfinished, progress)
        seal = sealing.seal(unfinished)
        _flush(unfinished)
        unfinished.rename(path)
    except OSError as error:
        raise Refusal(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Saved(
        rows=sum(table["rows"] for table in manifest["tables"]),
        files=len(manifest["files"]),
        missing=manifest["missing"],
        size=path.stat().st_size,
        seal=seal,
    )


class _Overtaken(Exception):
    """Files were not there; `paths` says which."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__()
        self.paths = frozenset(paths)


def _look_and_write(path: Path, progress: Progress) -> dict[str, Any]:
    gone: frozenset[str] = frozenset()
    for _look in range(LOOKS):
        try:
            return _write(path, progress, gone=gone)
        except _Overtaken as overtaken:
            gone = overtaken.paths
    return _write(path, progress, gone=None)


def _write(path: Path, progress: Progress, *, gone: frozenset[str] | None) -> dict[str, Any]:
    """Write the archive and return its manifest.

    Raises _Overtaken where a file is missing that is not known to be gone; None: whatever may be.
    """
    progress("Looking at the database", 0, 0)
    with standing_still(path.parent) as alias:
        kept = stored.recorded(alias)
        with stored.held(kept) as (places, missing):
            if gone is not None and not gone.issuperset(missing):
                raise _Overtaken(missing)
            with _private(path) as archive:
                archive.comment = sealing.OPEN
                manifest = {
                    "format": sealing.FORMAT,
                    "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                    "candid": version(),
                    "migrations": applied_migrations(alias),
                    "tables": _write_rows(archive, alias, progress),
                    "files": _write_files(archive, places, progress),
                    "missing": missing,
                }
                archive.writestr(sealing.MANIFEST, json.dumps(manifest, indent=1))
    return manifest


def version() -> str:
    """Return the version of Candid that runs."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def applied_migrations(alias: str) -> list[str]:
    """Return the names of all migrations that a database has seen."""
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _private(path: Path) -> zipfile.ZipFile:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    return zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3)


def _write_rows(archive: zipfile.ZipFile, alias: str, progress: Progress) -> list[dict[str, Any]]:
    return [_write_table(archive, model, alias, progress) for model in rows.kept_models()]


def _write_table(
    archive: zipfile.ZipFile, model: rows.Model, alias: str, progress: Progress
) -> dict[str, Any]:
    label = model._meta.label
    total = rows.objects_of(model).using(alias).count()
    digest, number = hashlib.sha256(), 0
    with archive.open(name_of_rows(label), "w", force_zip64=True) as member:
        for line in rows.lines_of(model, alias=alias):
            member.write(line)
            digest.update(line)
            number += 1
            if number % ROWS_BETWEEN_SIGNS == 0:
                progress(label, number, total)
    columns = [field.attname for field in rows.columns_of(model)]
    return {"model": label, "columns": columns, "rows": number, "sha256": digest.hexdigest()}


def name_of_rows(label: str) -> str:
    """Return where in the archive the rows of a model lie."""
    return f"rows/{label}.jsonl"


def _write_files(
    archive: zipfile.ZipFile, places: dict[str, Path], progress: Progress
) -> list[dict[str, Any]]:
    written = []
    for number, (path, place) in enumerate(places.items(), start=1):
        progress("Files", number, len(places))
        with place.open("rb") as source, _member(archive, path) as member:
            size, digest = stored.copy(source, member)
        written.append({"path": path, "size": size, "sha256": digest})
    return written


def _member(archive: zipfile.ZipFile, path: str) -> Any:
    return archive.open(f"files/{path}", "w", force_zip64=True)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
