"""What the settings need to know about the machine and the environment they start in."""

import hashlib
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

SECRET_KEY_LENGTH = 50
SECRET_KEY_VARIETY = 10
SOCKET_PATH_LIMIT = 100  # sockaddr_un holds 104 bytes on macOS and 108 on Linux


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
    *, secret_key: str, hosts: Sequence[str], debug: bool, database_url: str, broker_url: str
) -> list[str]:
    """Say in plain sentences what keeps this configuration from serving the public."""
    faults = {
        "SECRET_KEY is missing.": not secret_key,
        "SECRET_KEY is a default or too easy to guess; "
        f"give at least {SECRET_KEY_LENGTH} random characters.": secret_key
        and _is_guessable(secret_key),
        "ALLOWED_HOSTS is empty; name the hosts this site answers to.": not hosts,
        "ALLOWED_HOSTS must name the hosts; * would answer to any.": any("*" in h for h in hosts),
        "DEBUG must be off.": debug,
        "DATABASE_URL is missing; give the address of a PostgreSQL database.": not database_url,
        "REDIS_URL is missing; give the address of the broker.": not broker_url,
    }
    return [sentence for sentence, holds in faults.items() if holds]


def _is_guessable(key: str) -> bool:
    return (
        len(key) < SECRET_KEY_LENGTH
        or len(set(key)) < SECRET_KEY_VARIETY
        or "insecure" in key.lower()
    )


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
