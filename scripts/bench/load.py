"""The command behind `make load`: many interviewers submit at once over a bad network.

Then the receipts are compared with the database.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from scripts.bench.servers import database_on, postgres, web

ROOT = Path(__file__).resolve().parents[2]
RATES = {"sqlite": 20, "postgres": 50}  # submissions a second
SECONDS = 30
INCIDENTS = 600  # that are there already


def run(rate: float, seconds: float) -> int:
    """Load the database that the environment names; returns how many faults there are."""
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from config.prepare import collect_static_files  # noqa: PLC0415
    from scripts.bench.browsers import session_of  # noqa: PLC0415
    from scripts.bench.delivering import deliver, report  # noqa: PLC0415
    from scripts.bench.generator import generate  # noqa: PLC0415
    from scripts.bench.telling import interviewer_of, submissions  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    collect_static_files()
    study = generate(INCIDENTS)
    told = submissions(study, int(rate * seconds))
    user = interviewer_of(study).user
    session = session_of(user) if user else ""
    connections.close_all()
    variables = {"DATABASE_URL": settings.DATABASE_URL, "DATA_DIR": str(settings.DATA_DIR)}
    with web("config.wsgi", variables, Path(settings.DATA_DIR) / "load.log") as port:
        began = time.monotonic()
        ledger = deliver(told, port, session, rate=rate)
        took = time.monotonic() - began
    where = "SQLite" if "sqlite" in settings.DATABASE_URL else "PostgreSQL"
    print(report(ledger, took, where), flush=True)
    return len(ledger.faults())


def main() -> None:
    """Load each database in a process of its own."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--database", nargs="+", choices=[*RATES], default=[*RATES])
    parser.add_argument("--rate", type=float, help="submissions a second")
    default = os.environ.get("BENCH_DIR") or str(ROOT / "var" / "bench")
    parser.add_argument("--folder", default=default, help="where databases are made")
    parser.add_argument("--here", action="store_true", help="load what DATABASE_URL names")
    options = parser.parse_args()
    if options.here:
        sys.exit(1 if run(options.rate, options.seconds) else 0)
    folder = Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    sys.exit(max(_one(name, folder, options) for name in options.database))


def _one(name: str, folder: Path, options: argparse.Namespace) -> int:
    if name == "sqlite":
        path = folder / "load.sqlite3"
        path.unlink(missing_ok=True)
        return _in_process(f"sqlite:///{path}", folder, options, RATES[name])
    with postgres(folder) as address:
        database = database_on(address, "candid_load", fresh=True)
        return _in_process(database, folder, options, RATES[name])


def _in_process(database: str, folder: Path, options: argparse.Namespace, rate: float) -> int:
    variables = {**os.environ, "DATABASE_URL": database, "DATA_DIR": str(folder / "data")}
    variables |= {"CANDID_ENV": "local", "BROKER_URL": "memory://", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "scripts.bench.load", "--here"]
    numbers = ["--rate", str(options.rate or rate), "--seconds", str(options.seconds)]
    return subprocess.call([*command, *numbers], env=variables, cwd=ROOT)


if __name__ == "__main__":
    main()
