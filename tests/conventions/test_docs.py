"""The documents name what exists, and only that."""

import re

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = settings.BASE_DIR
OURS = ("incidents", "taxonomy", "reports", "config")
SETTINGS_PAGE = ROOT / "docs" / "settings.md"
SCRIPTS_PAGE = ROOT / "docs" / "scripts.md"
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "reports").rglob("*.md")]
)


def documented(section_pattern):
    return set(re.findall(section_pattern, SETTINGS_PAGE.read_text(), flags=re.MULTILINE))


def test_every_setting_is_documented_and_every_documented_setting_exists():
    source = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source))

    assert len(read) > 20
    assert documented(r"^\| `([A-Z_]+)` \|") == read


def test_settings_are_read_from_the_environment_in_one_place_only():
    others = [
        path.relative_to(ROOT).as_posix()
        for app in ("config", "incidents", "taxonomy", "reports")
        for path in sorted((ROOT / app).rglob("*.py"))
        if re.search(r"environ(\.get\(|\[)", path.read_text())
    ]

    assert others == [
        "config/environment.py",  # it reads for the settings
        "config/run.py",  # it hands the broker's address to the processes
        "config/server.py",  # it tells them where to add up their numbers
    ]


def test_every_command_is_documented_and_every_documented_command_exists():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    listed = set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, flags=re.MULTILINE))

    assert {"setup", "run", "test", "check"} <= targets
    assert listed == targets
    assert documented(r"^\| `make ([a-z-]+)` \|") == targets


# -- Commands for scripts ---------------------------------------------------------------------


def section(command):
    """Return what the page says of one command."""
    return SCRIPTS_PAGE.read_text().split(f"\n## {command}\n")[1].split("\n## ")[0]


def options_of(command):
    path = ROOT / get_commands()[command] / "management" / "commands" / f"{command}.py"
    source = path.read_text()
    shared = {"--study"} if "add_study(" in source else set()
    return shared | set(re.findall(r"add_argument\(\s*\"(--[a-z-]+)\"", source))


def our_commands():
    return sorted(name for name, app in get_commands().items() if app in OURS)


def test_every_command_for_scripts_is_documented_and_no_other():
    headings = re.findall(r"^## (\w+)$", SCRIPTS_PAGE.read_text(), flags=re.MULTILINE)

    assert our_commands() == sorted(headings)


@pytest.mark.parametrize("command", our_commands())
def test_every_option_of_a_command_is_documented_and_no_other(command):
    named = set(re.findall(r"--[a-z][a-z-]+", section(command)))

    assert named == options_of(command)


# -- Links ------------------------------------------------------------------------------------


def slug_of(heading):
    """Return the anchor that readers of Markdown make of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def links_in(path):
    prose = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target for target in targets if "://" not in target]


def is_broken(path, target):
    name, _hash, anchor = target.partition("#")
    goal = (path.parent / name).resolve() if name else path
    if not goal.exists():
        return True
    headings = re.findall(r"^#+ (.+)$", goal.read_text(), flags=re.MULTILINE) if anchor else []
    return bool(anchor) and anchor not in map(slug_of, headings)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_in_the_documents_leads_somewhere(path):
    assert [target for target in links_in(path) if is_broken(path, target)] == []


def test_every_test_that_a_document_names_exists():
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)\(", sources, flags=re.MULTILINE))
    named = {
        name: path.name for path in PAGES for name in re.findall(r"`(test_\w+)`", path.read_text())
    }

    assert len(named) > 50
    assert {name: page for name, page in named.items() if name not in there} == {}


def test_a_broken_link_is_found():
    page = ROOT / "README.md"

    assert is_broken(page, "docs/nowhere.md")
    assert is_broken(page, "docs/scripts.md#nothing")
    assert not is_broken(page, "docs/scripts.md#tabulate")


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "adr"
    listed = set(links_in(folder / "README.md"))

    assert {path.name for path in folder.glob("0*.md")} == listed
