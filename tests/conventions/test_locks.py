"""The lock files pin every package by hash and name no registry."""

import json
import re

import pytest
from django.conf import settings

REQUIREMENTS = settings.BASE_DIR / "requirements"
LOCKS = sorted(REQUIREMENTS.glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_requirements_lock_names_no_address_and_pins_every_package_by_hash(lock):
    blocks = re.split(r"\n(?=[a-z0-9])", lock.read_text().strip())

    assert "://" not in lock.read_text()
    assert "index-url" not in lock.read_text()
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert [block for block in blocks if not re.match(r"[a-z0-9.\-]+(\[.*\])?==", block)] == []


def pins(text):
    return set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE))


def test_what_runs_is_pinned_to_the_versions_that_are_tested():
    runtime, dev = (pins((REQUIREMENTS / name).read_text()) for name in ("runtime.txt", "dev.txt"))

    assert len(runtime) > 30
    assert runtime <= dev


def test_the_front_end_lock_names_no_registry_and_pins_every_package_by_hash():
    packages = json.loads((settings.BASE_DIR / "package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}

    assert "node_modules/htmx.org" in installed
    assert [name for name, package in installed.items() if "resolved" in package] == []
    assert [name for name, package in installed.items() if not package.get("integrity")] == []
