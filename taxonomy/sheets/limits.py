"""How big a file may be. What is larger is refused before it costs memory or time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest file that is read; lengths are in characters, sizes in bytes."""

    file_bytes: int = 100_000_000
    rows: int = 100_000
    columns: int = 500
    cells: int = 5_000_000
    cell_length: int = 100_000
    record_length: int = 2_000_000
    unpacked_bytes: int = 200_000_000
    unpacked_ratio: int = 100
    unpacked_small: int = 10_000_000  # below this no ratio is suspicious
    members: int = 2_000
