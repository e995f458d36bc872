"""The command behind `make bench`: measures each database at each size in a process of its own."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from scripts.bench.servers import database_on, postgres

ROOT = Path(__file__).resolve().parents[2]
SIZES = "2800,100000"
DATABASES = ("sqlite", "postgres")
KEPT_FROM = 500_000  # incidents; such a database takes minutes to write and is used again


def main() -> None:
    """Measure what is asked for and print it."""
    options = _parser().parse_args()
    folder = Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [int(size.replace("_", "")) for size in options.size.split(",")]
    failed = 0
    for size in sizes:
        if "sqlite" in options.database:
            failed += _on_sqlite(folder, size, options)
        if "postgres" in options.database:
            with postgres(folder) as address:
                failed += _on_postgres(address, folder, size, options)
    sys.exit(1 if failed else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--size", default=SIZES, help="numbers of incidents, between commas")
    parser.add_argument("--database", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--only", nargs="*", default=[], help="names of questions")
    default = os.environ.get("BENCH_DIR") or str(ROOT / "var" / "bench")
    parser.add_argument("--folder", default=default, help="where databases are made")
    return parser


def _on_sqlite(folder: Path, size: int, options: argparse.Namespace) -> int:
    path = folder / f"bench-{size}.sqlite3"
    if size < KEPT_FROM:
        path.unlink(missing_ok=True)
    return _run(f"sqlite:///{path}", folder, size, options)


def _on_postgres(address: str, folder: Path, size: int, options: argparse.Namespace) -> int:
    database = database_on(address, f"candid_bench_{size}", fresh=size < KEPT_FROM)
    return _run(database, folder, size, options)


def _run(database: str, folder: Path, size: int, options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "scripts.bench.run", str(size), *options.only]
    variables = {**os.environ, "DATABASE_URL": database, "DATA_DIR": str(folder / "data")}
    variables |= {"CANDID_ENV": "local", "BROKER_URL": "memory://", "LOG_LEVEL": "ERROR"}
    return subprocess.call(command, env=variables, cwd=ROOT)


if __name__ == "__main__":
    main()
