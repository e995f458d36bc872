"""The user guide of docs/guide, read and rendered for the pages under /help/."""

import dataclasses
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCS: Path = settings.BASE_DIR / "docs"
GUIDE = DOCS / "guide"
INDEX = GUIDE / "README.md"
FURTHER = {  # documents for users that the guide leads to
    "importing-in-detail": DOCS / "importing.md",
    "tables-in-detail": DOCS / "tables.md",
    "statistics-in-detail": DOCS / "statistics.md",
    "exports-in-detail": DOCS / "exports.md",
    "commands": DOCS / "scripts.md",
    "settings": DOCS / "settings.md",
}
ABOUT = {  # how the names of views begin, and the page that helps there
    "": "getting-around",
    "account_": "accounts",
    "mfa_": "accounts",
    "usersessions_": "accounts",
    "admin:": "accounts",
    "incidents:interview_": "interviewing",
    "incidents:incident_": "interviewing",
    "incidents:incident_divide": "screening",
    "incidents:none_recalled_": "interviewing",
    "incidents:guide_": "interviewing#the-guide",
    "incidents:screening_": "screening",
    "incidents:criteria_": "screening#criteria",
    "incidents:criterion_": "screening#criteria",
    "incidents:second_": "screening#screened-by-two",
    "incidents:agreement_": "screening#screened-by-two",
    "incidents:disagreement_": "screening#screened-by-two",
    "incidents:likeness_": "screening#told-twice",
    "incidents:moment_": "screening#valence-side-moments",
    "incidents:incident_told_as": "screening#valence-side-moments",
    "incidents:study_": "setting-up",
    "incidents:region_": "setting-up",
    "incidents:sector_": "setting-up",
    "incidents:organization_": "setting-up",
    "incidents:site_": "setting-up",
    "incidents:respondent_": "setting-up",
    "incidents:invitation_": "accounts#inviting-people",
    "incidents:account_": "accounts#your-account",
    "incidents:session": "accounts#your-account",
    "incidents:file_ready": "accounts#your-account",
    "incidents:member_": "accounts",
    "incidents:job_": "accounts#background-work",
    "taxonomy:coding_": "coding",
    "taxonomy:coding_outcomes": "disputes#what-came-of-ones-own-answers",
    "taxonomy:dispute_": "disputes",
    "taxonomy:plan_": "coding-plan",
    "taxonomy:batch_": "coding-plan#while-it-is-coded",
    "taxonomy:recoding_": "coding-plan#coding-again",
    "taxonomy:training_": "training",
    "taxonomy:holdout_": "holdout",
    "incidents:held_out_": "holdout#withdrawing-one",
    "taxonomy:scheme_": "schemes",
    "taxonomy:proposal_": "coding#proposals",
    "taxonomy:round_": "schemes",
    "taxonomy:category_": "schemes",
    "taxonomy:pile_": "schemes#sorting-by-several",
    "taxonomy:look_": "coding#looking-early",
    "taxonomy:sort_": "schemes#sorting-by-several",
    "taxonomy:categories_": "schemes",
    "taxonomy:resort_": "schemes#splitting",
    "taxonomy:suggestions_": "suggestions",
    "taxonomy:reliability_": "schemes#reliability",
    "taxonomy:saturation_": "schemes#saturation-and-participation",
    "taxonomy:scheme_lineage": "schemes#lineage",
    "taxonomy:category_lineage": "schemes#lineage",
    "taxonomy:revision_": "schemes",
    "taxonomy:import_": "importing-in-detail",
    "reports:study_create": "setting-up",
    "reports:funnel_show": "screening#the-funnel",
    "reports:incident_": "incidents",
    "reports:grid_": "incidents#sort-columns-pages",
    "reports:filter_": "incidents#saved-filters",
    "reports:bulk_": "incidents#decide-on-several",
    "reports:export_": "exports",
    "reports:report_": "reports",
    "reports:document_": "reports#documents",
    "reports:dashboard": "tables",
    "reports:dashboard_": "dashboards",
    "reports:front_": "dashboards#the-front-page",
    "reports:link_": "client-links",
    "reports:client_page": "client-links",
    "reports:method_": "method",
    "reports:ready_": "tables#ready-made-tables",
    "reports:table_": "tables",
    "reports:table_open": "runs#saved-tables",
    "reports:table_edit": "runs#saved-tables",
    "reports:table_keep": "runs#saved-tables",
    "reports:table_schedule": "runs#computed-again-by-itself",
    "reports:schedule_": "runs#computed-again-by-itself",
    "reports:run_": "runs#runs",
    "reports:run_compare": "runs#what-changed-between-two-runs",
    "reports:table_past": "tables#the-time-machine",
    "reports:verbatim_list": "tables#the-words-behind-a-figure",
    "reports:quote": "quotes",
}


@dataclasses.dataclass(frozen=True)
class Page:
    """One page of the guide: its text as HTML, and its sections as heading and anchor."""

    title: str
    html: SafeString
    sections: Sequence[tuple[str, str]]


def pages() -> Mapping[str, Path]:
    """Return the file of each page by its name: the guide, and what it leads to."""
    return FURTHER | {path.stem: path for path in GUIDE.glob("*.md") if path != INDEX}


def contents() -> Sequence[tuple[str, str]]:
    """Return the pages of the guide in the order of its index, as name and title."""
    linked = re.findall(r"\]\(([\w-]+)\.md\)", INDEX.read_text())
    known = pages()
    return [(name, _title(known[name].read_text())) for name in dict.fromkeys(linked)]


def address_about(view_name: str) -> str:
    """Return the address of the page that helps on the page of a view."""
    nearest = max((begin for begin in ABOUT if view_name.startswith(begin)), key=len)
    name, hash_, section = ABOUT[nearest].partition("#")
    return reverse("reports:help_show", args=[name]) + hash_ + section


def read(path: Path) -> Page:
    """Render one document; its links lead to the pages under /help/."""
    text = path.read_text()
    tokens = _PARSER.parse(text)
    headings = list(_headings(tokens))
    for token, heading in headings:
        token.attrSet("id", anchor(heading))
    _name_tables(tokens)
    for part in (part for token in tokens for part in token.children or ()):
        _lead_on(part, path)
    html = _PARSER.renderer.render(tokens[_HEADING:], _PARSER.options, {})  # the page has its own
    return Page(
        title=_title(text),
        html=mark_safe(html),  # noqa: S308  (our own documents; the parser lets no HTML through)
        sections=[(heading, anchor(heading)) for token, heading in headings if token.tag == "h2"],
    )


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as readers of Markdown make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


# -- How it is rendered -----------------------------------------------------------------------

_HEADING = 3  # opening, words, closing
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


def _title(text: str) -> str:
    return text.split("\n", 1)[0].removeprefix("# ")


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    for token, words in itertools.pairwise(tokens):
        if token.type == "heading_open":
            yield token, "".join(part.content for part in words.children or ())


def _lead_on(part: Token, path: Path) -> None:
    """Let a link or picture of a document work on the site; a link to elsewhere is no link."""
    if part.type == "image":
        part.attrs = {"src": static(f"guide/{Path(str(part.attrGet('src'))).name}")}
        part.attrSet("loading", "lazy")
    elif part.type == "link_open":
        address = _address(str(part.attrGet("href")), path)
        part.attrs = {"href": address} if address else {}


def _address(target: str, path: Path) -> str:
    name, hash_, section = target.partition("#")
    if not name or "://" in name:
        return target
    goal = (path.parent / name).resolve()
    names = {file: name for name, file in pages().items()}
    if goal == INDEX:
        return reverse("reports:help_index")
    if goal not in names:
        return ""
    return reverse("reports:help_show", args=[names[goal]]) + hash_ + section


def _name_tables(tokens: Sequence[Token]) -> None:
    """Name each table by the heading above it and its own first cell."""
    heading = ""
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = tokens[index + 1].content
        elif token.type == "table_open":
            cell = next(each.content for each in tokens[index:] if each.type == "inline")
            token.attrSet("aria-label", f"{heading}: {cell}")


def _table_opens(_renderer: Any, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
    """A wide table scrolls in a box of its own."""
    name = tokens[index].attrGet("aria-label")
    box = format_html('role="region" tabindex="0" aria-label="{}"', name)
    return f'<div class="table-scroll" {box}><table class="table">'


def _table_closes(*_everything: Any) -> str:
    return "</table></div>"


_PARSER.add_render_rule("table_open", _table_opens)
_PARSER.add_render_rule("table_close", _table_closes)
