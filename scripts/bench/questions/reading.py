"""How long readers wait while a file is brought in: on SQLite one writer can stop them all."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection

from incidents.choices import RoleName
from scripts.bench.measuring import Line, percentile, seconds
from scripts.bench.subject import Subject, page

ROWS = 20_000
ROUNDS_WITHOUT = 20
MOST_MS = 1000
ROOT = Path(__file__).resolve().parents[3]

Times = dict[str, list[float]]


def ask(subject: Subject) -> Iterator[Line]:
    """Open pages again and again until a file of 20,000 rows is in, and as long with none."""
    pages = _pages(subject)
    for act in pages.values():
        act()
    took: Times = {name: [] for name in pages}
    quiet: Times = {name: [] for name in pages}
    with _importer() as process:
        while process.poll() is None:
            _open_each(pages, took)
    if process.returncode:
        raise RuntimeError("The import failed.")
    for _round in range(ROUNDS_WITHOUT):
        _open_each(pages, quiet)
    every = [one for times in took.values() for one in times]
    database = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
    yield Line(
        f"slowest of {len(every):,} reads while {ROWS:,} rows are imported, {database}",
        max(every),
        target=f"≤ {MOST_MS:,} ms",
        met=max(every) <= MOST_MS,
        remark=f"half ≤ {percentile(every, 0.5):.0f} ms, 99 % ≤ {percentile(every, 0.99):.0f} ms",
    )
    for name, times in took.items():
        yield Line(
            f"slowest {name} meanwhile",
            max(times),
            reference=max(quiet[name]),
            against="without an import",
            ratio=median(times) / median(quiet[name]),
            remark="ratio of the medians",
        )


def _open_each(pages: Mapping[str, Callable[[], object]], took: Times) -> None:
    for name, act in pages.items():
        took[name].append(seconds(act) * 1000)


def _pages(subject: Subject) -> dict[str, Callable[[], object]]:
    analyst, admin = subject.client(RoleName.ANALYST), subject.client(RoleName.ADMIN)
    scheme = subject.scheme.slug
    table = subject.address("reports:table_show", scheme)
    return {
        "home": page(admin, "/"),
        "grid": page(analyst, subject.address("reports:incident_list")),
        "board": page(admin, subject.address("taxonomy:scheme_show", scheme)),
        "table": page(analyst, f"{table}?by=region"),
        "interviews": page(admin, subject.address("incidents:interview_list")),
    }


def _importer() -> "subprocess.Popen[bytes]":
    """A process that imports into a study of its own in the same database."""
    variables = {"DATABASE_URL": settings.DATABASE_URL, "DATA_DIR": str(settings.DATA_DIR)}
    return subprocess.Popen(
        [sys.executable, "-m", "scripts.bench.bring", str(ROWS)],
        env={**os.environ, **variables},
        cwd=ROOT,
    )
