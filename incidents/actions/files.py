"""Keeping files in the private folder that web and worker share."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from incidents.actions.history import record_change
from incidents.models import Member, StoredFile, Study

AT_ONCE = 1 << 20

Look = Callable[[Path, str], object]


def keep_file(
    *,
    study: Study,
    name: str,
    chunks: Iterable[bytes],
    by: Member | None,
    look: Look | None = None,
) -> StoredFile:
    """Write a file under a temporary name, rename it, and only then record it; returns its row.

    `look` sees the whole file and its sha256 before anything is recorded; where it raises, no
    trace of the file is left.
    """
    uid = uuid.uuid4()
    folder = Path(settings.FILES_DIR) / str(study.uid)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f"{uid}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with unfinished.open("wb") as stream:
            for chunk in chunks:
                stream.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        if look is not None:
            look(unfinished, digest.hexdigest())
        unfinished.rename(folder / str(uid))
    finally:
        unfinished.unlink(missing_ok=True)
    with transaction.atomic():
        kept = StoredFile.objects.create(
            uid=uid,
            study=study,
            member=by,
            name=Path(name).name[:255] or str(uid),
            path=f"{study.uid}/{uid}",
            size=size,
            sha256=digest.hexdigest(),
        )
        record_change(verb="keep_file", on=kept, study=study, by=by, size=size)
    return kept


def remove_file(file: StoredFile) -> None:
    """Remove a file, in the caller's transaction: its row now, its content after the commit."""
    path = path_of(file)
    StoredFile.objects.filter(pk=file.pk).delete()
    transaction.on_commit(partial(path.unlink, missing_ok=True), robust=True)


def path_of(file: StoredFile) -> Path:
    """Where a kept file lies."""
    return Path(settings.FILES_DIR) / file.path


def portions_of(path: Path) -> Iterator[bytes]:
    """What a file holds, to be kept or sent; it is opened when the first portion is asked for."""
    with path.open("rb") as file:
        yield from iter(partial(file.read, AT_ONCE), b"")
