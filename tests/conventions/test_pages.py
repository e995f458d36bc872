"""Templates keep to the content security policy, the sprite and docs/pages.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMPONENTS = sorted((ROOT / "templates/components").glob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))

FORBIDDEN = {
    "a style attribute": r"\sstyle=",
    "a style element": r"<style\b",
    "an inline handler": r"\s(?:hx-)?on[a-z:-]+=",
    "an inline script": r"<script(?![^>]*\bsrc=)",
    "an evaluated value": r"""=["']j(?:s|avascript):""",
}
ICON = re.compile(r'{% icon "([\w-]+)"')


def forbidden_in(text: str) -> list[str]:
    """Name what the policy forbids and the text has."""
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text)]


def name_of(path: Path) -> str:
    """Say which file a failed case is about."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_has_nothing_inline(path):
    assert forbidden_in(path.read_text()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<p style="color: red">', "a style attribute"),
        ("<style>p { color: red }</style>", "a style element"),
        ('<button onclick="go()">', "an inline handler"),
        ('<button hx-on:click="go()">', "an inline handler"),
        ("<script>go()</script>", "an inline script"),
        ('<a href="javascript:go()">', "an evaluated value"),
    ],
)
def test_what_is_inline_is_found(text, found):
    assert forbidden_in(text) == [found]


NUMBER = re.compile(
    r'(?:value|max|min|data-[\w-]+)="\{\{ [\w.]*\b'
    r"(?:\w*version|\w*position|\w*revision|based_on|seen|pk|progress_\w+)"
    r"(?!\w|[^}]*stringformat)"
)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_number_that_is_sent_back_has_no_separator_of_thousands(path):
    assert NUMBER.findall(path.read_text()) == []


def test_a_number_with_a_separator_would_be_found():
    assert NUMBER.search('value="{{ incident.row_version }}"')
    assert not NUMBER.search("value=\"{{ incident.row_version|stringformat:'s' }}\"")


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_icon_named_in_a_template_is_drawn(path):
    sprite = (ROOT / "static/img/icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    assert set(ICON.findall(path.read_text())) - drawn == set()


BLOCK = re.compile(r"{% block (\w+) %}(.*?){% endblock(?: \1)? %}", re.DOTALL)
MADE = re.compile(r"\b(?:as (\w+) %}|asvar (\w+)\b)")
USED = re.compile(r"(?:{{ |=)(\w+)\b(?!\()")


def lost_in(text: str) -> set[str]:
    """Name what one block makes and another uses, where it is empty."""
    blocks = [body for _name, body in BLOCK.findall(text)]
    made = [{name for names in MADE.findall(body) for name in names if name} for body in blocks]
    anywhere = set().union(*made)
    return {
        name
        for body, own in zip(blocks, made, strict=True)
        for name in USED.findall(body)
        if name in anywhere - own
    }


def test_no_block_uses_what_another_makes():
    lost = {name_of(path): lost_in(path.read_text()) for path in TEMPLATES}
    assert {path: names for path, names in lost.items() if names} == {}


def test_what_ends_with_its_block_is_found():
    crumbs = "{% block breadcrumbs %}{% url 'x' as list_url %}{{ list_url }}{% endblock %}"
    used = '{% block content %}<a href="{{ list_url }}">{% endblock content %}'
    assert lost_in(crumbs + used) == {"list_url"}


def test_the_documented_components_are_the_ones_that_exist():
    section = (ROOT / "docs/pages.md").read_text().split("## Components")[1].split("\n## ")[0]
    names = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(names))) == [path.stem for path in COMPONENTS]


def classes_of(path: Path) -> set[str]:
    """Return the classes that a style sheet knows."""
    return set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"url\([^)]*\)", "", path.read_text())))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_template_uses_a_part_of_bootstrap_that_is_not_served(path):
    sheets = ROOT / "node_modules/bootstrap/dist/css"
    served = set().union(
        *map(classes_of, STYLES),
        *(classes_of(sheets / f"bootstrap-{part}.min.css") for part in ("reboot", "utilities")),
    )
    used = set(" ".join(re.findall(r'class="([^"]*)"', path.read_text())).split())

    assert "dropdown" in classes_of(sheets / "bootstrap.min.css") - served
    assert used & classes_of(sheets / "bootstrap.min.css") - served == set()


@pytest.mark.parametrize("path", STYLES, ids=name_of)
def test_only_the_tokens_name_colours(path):
    colours = re.findall(r"#[0-9a-f]{3,8}\b", path.read_text())
    assert colours == [] or path.stem in {"tokens", "print"}
