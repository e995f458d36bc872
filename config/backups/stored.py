"""The stored files: held while a backup is made, staged and moved while it is restored."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from django.conf import settings

from config.backups.sealing import PORTION, Refusal
from incidents.models import StoredFile


class Kept(NamedTuple):
    """One stored file, as its row tells it."""

    path: str
    size: int
    sha256: str


def recorded(alias: str) -> list[Kept]:
    """Return the stored files that the rows speak of."""
    rows = StoredFile.objects.using(alias).order_by("pk").values_list("path", "size", "sha256")
    return [Kept(*row) for row in rows]


@contextmanager
def held(files: Sequence[Kept]) -> Iterator[tuple[dict[str, Path], list[str]]]:
    """Hold the files by second names, so that who removes one does not remove it from the backup.

    Gives where each is held, and the paths of those that are not there.
    """
    with _own_folder("backup") as folder:
        places: dict[str, Path] = {}
        missing = []
        for number, file in enumerate(files):
            place = folder / str(number)
            try:
                _give_second_name(place_of(file.path), place)
                places[file.path] = place
            except FileNotFoundError:
                missing.append(file.path)
        yield places, missing


@contextmanager
def staging() -> Iterator[Path]:
    """Give a folder beside the files, from which they can be moved into place at once."""
    with _own_folder("restore") as folder:
        yield folder


def copy(source: IO[bytes], target: IO[bytes]) -> tuple[int, str]:
    """Copy a file; return its size and checksum."""
    digest, size = hashlib.sha256(), 0
    while portion := source.read(PORTION):
        digest.update(portion)
        size += len(portion)
        target.write(portion)
    return size, digest.hexdigest()


@contextmanager
def put_in_place(staged: dict[str, Path]) -> Iterator[None]:
    """Move files into place for good if the body succeeds; else take them away again."""
    placed: list[Path] = []
    try:
        for path, source in staged.items():
            goal = place_of(path)
            goal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not goal.exists():
                source.rename(goal)
                placed.append(goal)
        yield
    except BaseException:
        for goal in placed:
            goal.unlink(missing_ok=True)
        raise


def remove(paths: Sequence[str]) -> None:
    """Remove files that no row speaks of any more."""
    for path in paths:
        with suppress(OSError):
            place_of(path).unlink()


def place_of(path: str) -> Path:
    """Return where a file lies; Refusal for a path that leads out of the folder of files."""
    root = Path(settings.FILES_DIR).resolve()
    place = (root / path).resolve()
    if root not in place.parents:
        raise Refusal("The backup names a file outside the folder of files.")
    return place


@contextmanager
def _own_folder(purpose: str) -> Iterator[Path]:
    root = Path(settings.FILES_DIR)
    folder = root / f".{purpose}-{uuid.uuid4()}"
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise Refusal(f"{root} cannot be written to: {error.strerror}.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give_second_name(file: Path, name: Path) -> None:
    try:
        os.link(file, name)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without second names
        shutil.copyfile(file, name)
