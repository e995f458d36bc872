"""What the settings need to know about the machine and the environment they start in."""

import hashlib
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

TOKEN_LENGTH = 20
ONE_MACHINE = {"filesystem", "memory"}  # brokers that other machines cannot reach
POSTGRES = {"postgres", "postgresql", "psql", "pgsql"}
KINDS = {int: "a whole number", float: "a number", bool: "1 or 0"}
YES_OR_NO = {"1", "0", "true", "false", "yes", "no", "on", "off", "y", "n", "ok", ""}
SECRET_KEY_LENGTH = 50
SECRET_KEY_VARIETY = 10
SOCKET_PATH_LIMIT = 100  # sockaddr_un holds 104 bytes on macOS and 108 on Linux


class Env(environ.Env):  # type: ignore[misc]  # environ is untyped
    """Reads variables, and says in a sentence what is wrong with the value of one."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **options: Any) -> Any:
        """Return a variable as its kind. Raises ImproperlyConfigured for a value of another."""
        typed = os.environ.get(var, "")
        try:
            _require_kind(typed, cast)
            return super().get_value(var, cast, *args, **options)
        except ValueError:
            message = f"{var} is {typed!r}; it must be {KINDS.get(cast, 'something else')}."
            raise ImproperlyConfigured(message) from None

    def choice(self, var: str, choices: Sequence[str], *, default: str) -> str:
        """Return a variable that is one of a few words."""
        value = str(self.str(var, default=default))
        if value not in choices:
            words = f"{', '.join(choices[:-1])} or {choices[-1]}"
            message = f"{var} is {value!r}; it must be {words}."
            raise ImproperlyConfigured(message)
        return value


def _require_kind(typed: str, cast: Any) -> None:
    """Raise ValueError for what environ would read all the same: “1m” as 1, “maybe” as no."""
    if cast is bool and typed.strip().lower() not in YES_OR_NO:
        raise ValueError
    if cast is float and typed:
        float(typed)


def local_secret_key(data_dir: Path) -> str:
    """Return this installation's secret key, made at the first start and readable by its owner."""
    path = data_dir / "secret-key"
    data_dir.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=data_dir)  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(SECRET_KEY_LENGTH))
    try:
        os.link(fresh, path)  # of two first starts at once one wins, and both read that one
    except FileExistsError:
        pass
    finally:
        Path(fresh).unlink()
    return path.read_text().strip()


def production_faults(
    *,
    secret_key: str,
    hosts: Sequence[str],
    origins: Sequence[str],
    debug: bool,
    database_url: str,
    broker_url: str,
    metrics_token: str,
) -> list[str]:
    """Say in plain sentences what keeps this configuration from serving the public."""
    faults = {
        "SECRET_KEY is missing.": not secret_key,
        "SECRET_KEY is a default or too easy to guess; "
        f"give at least {SECRET_KEY_LENGTH} random characters.": secret_key
        and _is_guessable(secret_key),
        "ALLOWED_HOSTS is empty; name the hosts this site answers to.": not hosts,
        "ALLOWED_HOSTS must name the hosts; * would answer to any.": any("*" in h for h in hosts),
        "ALLOWED_HOSTS names hosts alone, without https:// and without a port.": any(
            "/" in host or host.count(":") == 1 for host in hosts
        ),
        "CSRF_TRUSTED_ORIGINS must begin with https://.": any(
            not origin.startswith("https://") for origin in origins
        ),
        "DEBUG must be off.": debug,
        "DATABASE_URL is missing; give the address of a PostgreSQL database.": not database_url,
        "DATABASE_URL must name a PostgreSQL database, as postgresql://user:password@host/name; "
        "SQLite serves one machine only.": database_url and not _is_postgres(database_url),
        "REDIS_URL is missing; give the address of the broker.": not broker_url,
        "The broker must be one that all machines reach, as redis://host:6379/0; "
        "files and memory serve one machine only.": urlsplit(broker_url).scheme in ONE_MACHINE,
        "METRICS_TOKEN is too easy to guess; "
        f"give at least {TOKEN_LENGTH} random characters.": metrics_token
        and (len(metrics_token) < TOKEN_LENGTH or len(set(metrics_token)) < SECRET_KEY_VARIETY),
    }
    return [sentence for sentence, holds in faults.items() if holds]


def _is_guessable(key: str) -> bool:
    return (
        len(key) < SECRET_KEY_LENGTH
        or len(set(key)) < SECRET_KEY_VARIETY
        or "insecure" in key.lower()
    )


def _is_postgres(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in POSTGRES and len(parts.path) > 1


def broker_socket(data_dir: Path) -> Path:
    """Return where the embedded broker listens, in a path short enough for a socket."""
    path = data_dir / "broker" / "broker.sock"
    if len(os.fsencode(path)) < SOCKET_PATH_LIMIT:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"candid-{name}" / "broker.sock"


def broker_options(url: str, *, folder: Path, timeout: float) -> dict[str, object]:
    """Return the options of the broker's transport: short waits, and folders where it uses any."""
    scheme = urlsplit(url).scheme
    if scheme == "filesystem":
        return {"max_retries": 0, "polling_interval": 0.1, **_message_folders(folder)}
    if not scheme.startswith("redis"):
        return {"max_retries": 0}
    return {
        "max_retries": 0,
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry_on_timeout": False,
        "visibility_timeout": 3600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }


def _message_folders(folder: Path) -> dict[str, object]:
    for name in ("messages", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    messages = str(folder / "messages")
    return {
        "data_folder_in": messages,
        "data_folder_out": messages,
        "control_folder": str(folder / "control"),
    }


def postgres_options(
    given: Mapping[str, Any], *, statement_seconds: float, idle_seconds: float
) -> dict[str, Any]:
    """Return how PostgreSQL is asked to end what would otherwise hold its locks for ever.

    A worker that is frozen inside a transaction, or a machine that has gone without a word, loses
    its connection. What the address itself says (`given`) comes last and therefore wins.
    """
    guards = {
        "statement_timeout": round(statement_seconds * 1000),
        "idle_in_transaction_session_timeout": round(idle_seconds * 1000),
        "tcp_keepalives_idle": 30,
        "tcp_keepalives_interval": 10,
        "tcp_keepalives_count": 3,
    }
    words = [f"-c {name}={value}" for name, value in guards.items()]
    options = " ".join([*words, str(given.get("options", ""))]).strip()
    return {"connect_timeout": 10, **given, "options": options}


def sqlite_options() -> dict[str, object]:
    """Return how SQLite is opened: one writer at a time that waits, and every commit kept."""
    journal = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"
    pragmas = ("foreign_keys=ON", f"journal_mode={journal}", "synchronous=FULL")
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "".join(f"PRAGMA {pragma};" for pragma in pragmas),
    }


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite has the fix of the WAL reset that could lose commits."""
    repaired_series = ((3, 44, 6), (3, 50, 7))
    in_series = any(version[:2] == fix[:2] and version >= fix for fix in repaired_series)
    return in_series or version >= (3, 51, 3)
