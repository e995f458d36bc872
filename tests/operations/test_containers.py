"""No Docker runs here: its files are read, and compared with settings, documents and code."""

import fnmatch
import os
import re
import subprocess
import sys

import pytest

from config import health, probes
from tests.conventions.test_docs import documented
from tests.operations import deployment as deployed
from tests.operations.deployment import PARTS, ROOT, compose, image_environment, service

OURS = (*PARTS, "migrate")
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|KEY")
FILES = image_environment()["FILES_DIR"]


def variables(name):
    return service(name).get("environment", {})


def test_the_services_are_those_that_the_house_needs():
    assert set(compose()["services"]) == {*OURS, "database", "broker"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_documented_setting(name):
    known = documented(r"^\| `([A-Z_]+)` \|")

    assert set(variables(name)) <= known
    assert set(image_environment()) - known == {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def test_no_secret_is_written_down():
    for name in compose()["services"]:
        for variable, value in variables(name).items():
            if SECRET.search(variable):
                assert re.fullmatch(r"\$\{[A-Z_]+:[?-][^}]*\}", value)
    assert not any(SECRET.search(variable) for variable in image_environment())
    assert "://candid:${POSTGRES_PASSWORD:?" in variables("web")["DATABASE_URL"]
    text = (ROOT / "Dockerfile").read_text()
    assert "ARG" not in text
    assert "rm -rf /tmp/build" in text  # with the key that collecting made


def test_every_variable_that_must_be_given_stands_on_the_page():
    text = (ROOT / "docker-compose.yml").read_text()
    needed = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    optional = set(re.findall(r"\$\{([A-Z_]+):-", text))

    assert needed <= set(deployed.settings_on_page(0)) <= needed | optional


@pytest.mark.parametrize("name", OURS)
def test_production_accepts_the_settings_of_every_container(name, tmp_path):
    environ = {"PATH": os.environ["PATH"], **deployed.environment_of(name)}

    assert environ["CANDID_ENV"] == "production"
    assert check(environ | {"DATA_DIR": str(tmp_path)}) == ""


def test_production_accepts_the_settings_of_the_page(tmp_path):
    environ = {"PATH": os.environ["PATH"], **deployed.settings_on_page(1)}

    assert set(deployed.settings_on_page(1)) <= documented(r"^\| `([A-Z_]+)` \|")
    assert check(environ | {"DATA_DIR": str(tmp_path)}) == ""


def check(environ):
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    ).stderr


def test_the_units_of_the_page_start_what_the_containers_start():
    assert deployed.units_on_page() == {part: service(part)["command"] for part in PARTS}
    assert deployed.image_command() == service("web")["command"]


def test_web_and_worker_share_the_folder_of_files():
    for name in ("web", "worker"):
        assert f"files:{FILES}" in service(name)["volumes"]
    mounted = {name: service(name).get("volumes", []) for name in compose()["services"]}
    used = {volume.split(":")[0] for volumes in mounted.values() for volume in volumes}

    assert used == set(compose()["volumes"])
    assert len({*mounted["database"], *mounted["broker"], *mounted["web"]}) == 4


def test_the_web_is_reached_on_this_machine_only_and_nothing_else_is():
    port = image_environment()["PORT"]

    assert service("web")["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert deployed.instructions("EXPOSE") == [port]
    assert [name for name, told in compose()["services"].items() if "ports" in told] == ["web"]


@pytest.mark.parametrize("name", OURS)
def test_ours_run_without_rights(name):
    told = service(name)

    assert deployed.instructions("USER") == ["candid"]
    assert "--uid 10001" in " ".join(deployed.instructions("RUN"))
    assert (told["read_only"], told["cap_drop"]) == (True, ["ALL"])
    assert "no-new-privileges:true" in told["security_opt"]
    assert "user" not in told


def test_nothing_is_written_outside_the_volumes_and_the_folder_for_passing_things():
    written = {image_environment()[name] for name in ("DATA_DIR", "FILES_DIR")}

    assert written == {"/tmp/candid", FILES}
    assert service("beat")["tmpfs"] == ["/tmp"]


def test_the_broker_keeps_what_it_was_told_and_forgets_nothing_for_lack_of_room():
    words = " ".join(service("broker")["command"])

    assert "--appendonly yes" in words
    assert "--maxmemory-policy noeviction" in words


def test_every_service_that_stays_says_how_it_is():
    checks = {name: told.get("healthcheck") for name, told in compose()["services"].items()}

    assert [name for name, one in checks.items() if one is None] == ["migrate"]
    assert re.search(r"'http://127\.0\.0\.1:8000(/\w+)'", checks["web"]["test"][3])[1] in (
        probes.ADDRESSES
    )
    for name in ("worker", "beat"):
        word, python, manage, command, *parts = checks[name]["test"]
        assert (word, python, manage, command) == ("CMD", "python", "manage.py", "health")
        assert set(parts) <= set(health.PARTS)


def test_nobody_starts_before_the_database_is_prepared():
    assert service("migrate")["depends_on"]["database"] == {"condition": "service_healthy"}
    for name in PARTS:
        waits = service(name)["depends_on"]["migrate"]
        assert waits == {"condition": "service_completed_successfully"}


def test_what_the_image_takes_is_there_and_not_left_out():
    left_out = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    taken = [
        source
        for line in deployed.instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    ]

    assert {".env", ".git", "var", "*.backup"} <= set(left_out)
    for source in taken:
        assert (ROOT / source).exists()
        assert not any(fnmatch.fnmatch(source, pattern) for pattern in left_out)
    apps = ("config", "incidents", "taxonomy", "reports")
    for needed in (*apps, "templates", "static", "locale", "docs", "pyproject.toml"):
        assert not any(fnmatch.fnmatch(needed, pattern) for pattern in left_out)
