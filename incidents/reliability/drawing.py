"""Drawing a sample that anybody can draw again from its seed."""

import hashlib
import uuid

RANGE = 2**64


def is_drawn(unit: uuid.UUID, *, share: int, seed: int) -> bool:
    """Say whether a unit belongs to the sample of so many per cent under this seed.

    Each unit is drawn by itself, so nobody needs to know the others: one that arrives tomorrow
    changes nothing about today's. A larger share contains the smaller one of the same seed.
    """
    digest = hashlib.sha256(f"{seed}:{unit}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * 100 < share * RANGE
