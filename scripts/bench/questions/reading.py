"""How long readers wait while a file is brought in: on SQLite one writer can stop them all."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from incidents.choices import RoleName
from scripts.bench.measuring import Line, percentile
from scripts.bench.subject import Subject, page

ROWS = 20_000
MOST_MS = 1000
ROOT = Path(__file__).resolve().parents[3]


def ask(subject: Subject) -> Iterator[Line]:
    """Open pages again and again until a file of 20,000 rows is in."""
    pages = _pages(subject)
    for act in pages.values():
        act()
    took: dict[str, list[float]] = {name: [] for name in pages}
    with _importer() as process:
        while process.poll() is None:
            for name, act in pages.items():
                began = time.perf_counter()
                act()
                took[name].append((time.perf_counter() - began) * 1000)
    if process.returncode:
        raise RuntimeError("The import failed.")
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
        yield Line(f"slowest {name} meanwhile", max(times))


def _pages(subject: Subject) -> dict[str, Callable[[], object]]:
    analyst, admin = subject.client(RoleName.ANALYST), subject.client(RoleName.ADMIN)
    table = subject.address("reports:table_show", subject.scheme.slug)
    return {
        "home": page(admin, "/"),
        "grid": page(analyst, subject.address("reports:incident_list")),
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
