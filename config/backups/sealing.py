"""How a backup is closed, and how one that is whole is told from one that is not."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

FORMAT = 1
MANIFEST = "manifest.json"
SEAL_LENGTH = 64
OPEN = b"0" * SEAL_LENGTH
PORTION = 1024 * 1024

Progress = Callable[[str, int, int], None]


class Refusal(Exception):
    """It cannot be done; the message is a sentence for the operator, and nothing was changed."""


def seal(path: Path) -> str:
    """Write the checksum of all that stands before it into the last bytes; return it."""
    with path.open("r+b") as file:
        digest = _digest_before_seal(file, path.stat().st_size, lambda *_: None)
        file.seek(-SEAL_LENGTH, 2)
        file.write(digest.encode())
    return digest


def read_manifest(path: Path, *, progress: Progress) -> dict[str, Any]:
    """Return the manifest of a backup that is whole. Raises Refusal for any other file."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            digest = _digest_before_seal(file, size, progress)
            is_whole = file.read(SEAL_LENGTH) == digest.encode()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from error
    if not is_whole:
        raise Refusal(f"{path} is no whole backup: it was cut short or altered.")
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    if manifest["format"] != FORMAT:
        raise Refusal(f"{path} has format {manifest['format']}; this version reads {FORMAT}.")
    return dict(manifest)


def _digest_before_seal(file: BinaryIO, size: int, progress: Progress) -> str:
    """Read up to the seal and return the checksum of what was read."""
    digest = hashlib.sha256()
    left = max(0, size - SEAL_LENGTH)
    while left and (portion := file.read(min(PORTION, left))):
        digest.update(portion)
        left -= len(portion)
        progress("Checking the file", size - left, size)
    return digest.hexdigest()
