"""docs/invariants.md names every constraint of the models, and only tests that exist."""

import re

import pytest
from django.apps import apps
from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "invariants.md").read_text()
ROWS = [line.strip().strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")]
RULES = [[cell.strip() for cell in row] for row in ROWS if row[0].strip() != "rule"]
OURS = ("incidents", "taxonomy", "reports")


def quoted(text):
    return set(re.findall(r"`([a-z_]+)`", text))


def constraints():
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return {constraint.name for model in models for constraint in model._meta.constraints}


@pytest.fixture(scope="module")
def tests():
    files = (settings.BASE_DIR / "tests").rglob("test_*.py")
    names = [re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE) for file in files]
    return {name for found in names for name in found}


def test_every_constraint_of_the_models_is_listed():
    named = set().union(*(quoted(held) for _rule, held, _shown in RULES))

    assert len(constraints()) > 40
    assert constraints() - named == set()


def test_what_holds_a_rule_exists_by_that_name():
    held = set().union(*(quoted(held) for _rule, held, _shown in RULES))
    files = [path for app in OURS for path in (settings.BASE_DIR / app).rglob("*.py")]
    words = {word for path in files for word in re.findall(r"\w+", path.read_text())}

    assert held - words - {path.stem for path in files} == set()


def test_every_rule_says_what_holds_it_and_names_a_test():
    assert [rule for rule, held, shown in RULES if not held or not quoted(shown)] == []


def test_every_test_that_is_named_exists(tests):
    named = set().union(*(quoted(shown) for _rule, _held, shown in RULES))

    assert named - tests == set()
