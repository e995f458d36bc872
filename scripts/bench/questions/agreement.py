"""All coefficients of agreement with a thousand samples, beside reading the same rows."""

import csv
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from scripts.bench.measuring import Line, paired
from scripts.bench.subject import Subject
from taxonomy.management.long_table import LongTable, read_long_table
from taxonomy.reliability.agreement import agreement_of
from taxonomy.reliability.ratings import ratings_of
from taxonomy.reliability.results import Level

FEWEST, MOST = 2_826, 100_000
CODERS, CATEGORIES, INCIDENTS_EACH = 3, 85, 6
RIGHT = 0.75
SAMPLES = 1000
ROUNDS = {FEWEST: 5, MOST: 2}
SECONDS = {FEWEST: 3, MOST: 60}


def ask(subject: Subject) -> Iterator[Line]:
    """As many units as the study has incidents; each a cluster, and then in interviews of six."""
    units = FEWEST if subject.size < MOST else MOST
    for each, said in ((1, "units alone"), (INCIDENTS_EACH, "clusters of six")):
        path = subject.folder / f"ratings-{units}.csv"
        _write(path, units, each)
        table = _read(path)
        line = paired(
            f"agreement: {units:,} × {CODERS} × {CATEGORIES}, {SAMPLES:,} samples, {said}",
            partial(_agreement, table),
            partial(_read, path),
            against="reading the rows",
            rounds=ROUNDS[units],
        )
        most = SECONDS[units]
        yield replace(line, target=f"≤ {most} s", met=line.ours <= most * 1000)
        path.unlink()


def _write(path: Path, units: int, each: int) -> None:
    """Categories as they are: a few common, most rare; coders who are right so often."""
    source = random.Random(1)  # noqa: S311  (no secret)
    chances = [1 / (place + 1) for place in range(CATEGORIES)]
    true = source.choices(range(CATEGORIES), chances, k=units)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["unit", "coder", "value", "cluster"])
        for unit, category in enumerate(true):
            for coder in range(CODERS):
                right = source.random() < RIGHT
                value = category if right else source.randrange(CATEGORIES)
                writer.writerow([unit, coder, f"category {value}", unit // each])


def _read(path: Path) -> LongTable:
    return read_long_table(path, level=Level.NOMINAL, categories=None)


def _agreement(table: LongTable) -> None:
    agreement_of(ratings_of(table.rows, clusters=table.clusters), samples=SAMPLES, seed=1)
