"""What the settings accept and refuse, each tried in a process of its own."""

import os
import stat
import subprocess
import sys

import pytest
from django.conf import settings

from config import environment

ROOT = settings.BASE_DIR
KEPT = ("PATH", "HOME", "LANG", "COVERAGE_")
GOOD = {
    "CANDID_ENV": "production",
    "SECRET_KEY": "k4!mZ0-vQ8_sW2xE6rT1yU9iO3pA7dF5gH-jK8lB2nM4cV6wX0z",
    "ALLOWED_HOSTS": "candid.example.org",
    "DATABASE_URL": "postgresql://candid:secret@db/candid",
    "REDIS_URL": "redis://broker:6379/0",
}

GUESSABLE = "SECRET_KEY is a default or too easy to guess; give at least 50 random characters."
NO_HOSTS = "ALLOWED_HOSTS is empty; name the hosts this site answers to."
ANY_HOST = "ALLOWED_HOSTS must name the hosts; * would answer to any."
NO_DATABASE = "DATABASE_URL is missing; give the address of a PostgreSQL database."
NO_BROKER = "REDIS_URL is missing; give the address of the broker."
BARE_HOSTS = "ALLOWED_HOSTS names hosts alone, without https:// and without a port."
NOT_POSTGRES = (
    "DATABASE_URL must name a PostgreSQL database, as postgresql://user:password@host/name; "
    "SQLite serves one machine only."
)
ONE_MACHINE = (
    "The broker must be one that all machines reach, as redis://host:6379/0; "
    "files and memory serve one machine only."
)


def start(tmp_path, *, show="", **environ):
    """Load the settings with nothing but these variables."""
    keep = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    code = f"from django.conf import settings; settings.SECRET_KEY; print(repr(({show or 0})))"
    return subprocess.run(
        [sys.executable, "-c", code],
        env={
            **keep,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": str(tmp_path),
            **environ,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def manage(tmp_path, *command, **environ):
    """Run a command of ours in production, with good settings but for these."""
    keep = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        env={**keep, **GOOD, "DATA_DIR": str(tmp_path), **environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_good_settings(tmp_path):
    result = start(tmp_path, show="settings.SECURE_SSL_REDIRECT, settings.DJANGO_ADMIN", **GOOD)

    assert (result.returncode, result.stdout) == (0, "(True, False)\n")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing."),
        ({"SECRET_KEY": "short"}, GUESSABLE),
        ({"SECRET_KEY": "a" * 60}, GUESSABLE),
        (
            {"SECRET_KEY": "django-insecure-k4!mZ0vQ8_sW2xE6rT1yU9iO3pA7dF5gH-jK8lB2n"},
            GUESSABLE,
        ),
        ({"ALLOWED_HOSTS": ""}, NO_HOSTS),
        ({"ALLOWED_HOSTS": "*"}, ANY_HOST),
        ({"ALLOWED_HOSTS": "candid.example.org,*"}, ANY_HOST),
        ({"DEBUG": "1"}, "DEBUG must be off."),
        ({"ALLOWED_HOSTS": "https://candid.example.org"}, BARE_HOSTS),
        ({"ALLOWED_HOSTS": "candid.example.org:443"}, BARE_HOSTS),
        (
            {"CSRF_TRUSTED_ORIGINS": "http://candid.example.org"},
            "CSRF_TRUSTED_ORIGINS must begin with https://.",
        ),
        ({"DATABASE_URL": ""}, NO_DATABASE),
        ({"DATABASE_URL": "sqlite:////srv/candid.sqlite3"}, NOT_POSTGRES),
        ({"DATABASE_URL": "postgresql://candid@db"}, NOT_POSTGRES),
        ({"REDIS_URL": ""}, NO_BROKER),
        ({"BROKER_URL": "filesystem://localhost"}, ONE_MACHINE),
        ({"BROKER_URL": "memory://"}, ONE_MACHINE),
        (
            {"METRICS_TOKEN": "aaaaaaaaaaaaaaaaaaaaaaaa"},
            "METRICS_TOKEN is too easy to guess; give at least 20 random characters.",
        ),
        ({"PORT": "eighty"}, "PORT is 'eighty'; it must be a whole number."),
        ({"SSL_REDIRECT": "maybe"}, "SSL_REDIRECT is 'maybe'; it must be 1 or 0."),
        ({"JOB_LEASE_SECONDS": "1m"}, "JOB_LEASE_SECONDS is '1m'; it must be a number."),
        (
            {"LOG_LEVEL": "loud"},
            "LOG_LEVEL is 'loud'; it must be DEBUG, INFO, WARNING or ERROR.",
        ),
    ],
)
def test_production_refuses_to_start(tmp_path, change, sentence):
    result = start(tmp_path, **{**GOOD, **change})

    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1] == (
        f"django.core.exceptions.ImproperlyConfigured: {sentence}"
    )


def test_all_faults_are_said_at_once(tmp_path):
    result = start(tmp_path, **{**GOOD, "SECRET_KEY": "", "ALLOWED_HOSTS": "*"})

    assert result.stderr.strip().endswith(f"SECRET_KEY is missing. {ANY_HOST}")


def test_a_command_says_the_faults_and_nothing_else(tmp_path):
    result = manage(tmp_path, "check", SECRET_KEY="")

    assert (result.returncode, result.stderr) == (1, "SECRET_KEY is missing.\n")


def test_production_passes_the_checks_for_deployment(tmp_path):
    result = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")

    assert (result.returncode, result.stderr) == (0, "")


def test_an_address_may_override_what_postgres_is_asked_for():
    options = environment.postgres_options(
        {"options": "-c statement_timeout=5", "sslmode": "require"},
        statement_seconds=600,
        idle_seconds=60,
    )

    assert options["sslmode"] == "require"
    assert options["options"].startswith("-c statement_timeout=600000 -c idle_in_transaction")
    assert options["options"].endswith(" -c statement_timeout=5")  # the last one counts


def test_an_unknown_environment_is_refused(tmp_path):
    result = start(tmp_path, CANDID_ENV="prodution")

    assert "must be local or production" in result.stderr.strip().splitlines()[-1]


def test_a_local_start_makes_a_secret_key_that_only_its_owner_reads(tmp_path):
    first = start(tmp_path, show="settings.SECRET_KEY")
    second = start(tmp_path, show="settings.SECRET_KEY")

    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) > environment.SECRET_KEY_LENGTH
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_a_local_start_answers_to_this_machine_only_and_without_debug(tmp_path):
    result = start(tmp_path, show="settings.ALLOWED_HOSTS, settings.DEBUG")

    assert result.stdout == "(['localhost', '127.0.0.1'], False)\n"


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_wal_is_used_only_where_sqlite_has_the_fix(version, safe):
    assert environment.wal_is_safe(version) is safe


def test_a_data_folder_too_deep_for_a_socket_gets_a_short_one(tmp_path):
    deep = tmp_path / ("deep" * 30)

    assert len(str(environment.broker_socket(deep))) < environment.SOCKET_PATH_LIMIT
    assert environment.broker_socket(deep) == environment.broker_socket(deep)
    assert environment.broker_socket(deep) != environment.broker_socket(deep / "other")
