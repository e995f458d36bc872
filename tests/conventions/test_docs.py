"""The documents name what exists, and only that."""

import re

from django.conf import settings

SETTINGS_PAGE = settings.BASE_DIR / "docs" / "settings.md"


def documented(section_pattern):
    return set(re.findall(section_pattern, SETTINGS_PAGE.read_text(), flags=re.MULTILINE))


def test_every_setting_is_documented_and_every_documented_setting_exists():
    source = (settings.BASE_DIR / "config" / "settings.py").read_text()
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source))

    assert len(read) > 20
    assert documented(r"^\| `([A-Z_]+)` \|") == read


def test_settings_are_read_from_the_environment_in_one_place_only():
    others = [
        path.relative_to(settings.BASE_DIR).as_posix()
        for app in ("config", "incidents", "taxonomy", "reports")
        for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
        if re.search(r"environ(\.get\(|\[)", path.read_text())
    ]

    assert others == ["config/run.py"]  # it hands the broker's address to the processes


def test_every_command_is_documented_and_every_documented_command_exists():
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    listed = set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, flags=re.MULTILINE))

    assert {"setup", "run", "test", "check"} <= targets
    assert listed == targets
    assert documented(r"^\| `make ([a-z-]+)` \|") == targets
