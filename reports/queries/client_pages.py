"""What a link for somebody outside shows: parts made once of a dashboard. Loads NumPy, for jobs."""

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from incidents.models import Organization, Study
from reports.choices import LeftOut, ReportItem
from reports.documents.model import Chart, Part
from reports.models import Run, Table
from reports.queries.chart_words import title_of
from reports.queries.dashboards import newest_runs
from reports.queries.releasing import Released, Releases, places_in
from reports.queries.written import Sources, caveats, parts_of

FORMAT = 1
APART = " ¶ "  # no name reaches beyond it
NAMED = re.compile(r'aria-labelledby="([^"]+)-title"')

Item = Mapping[str, Any]
Told = tuple[Item, str, Sequence[Part]]  # an item, why it is left out, and its parts


@dataclasses.dataclass(frozen=True)
class Made:
    """What a link shows, and the uids of the runs behind it."""

    content: dict[str, Any]
    made_of: list[str]


def client_page(asked: Item, sources: Sources, releases: Releases) -> Made:
    """The page of what was asked for: a section for each part that may leave the study.

    Figures are of the newest runs in which nobody is named, or of earlier ones where the newest
    would tell of a few people to who reads both. Nothing of what was told is in it.
    """
    study, names = sources.by.study, names_of(sources.by.study)
    tables = _tables(asked["items"], sources)
    chosen, barred = _chosen(tables, sources, releases)
    why = [_left_out(item, barred, names) for item in asked["items"]]
    headings = {uid: _heading(tables[uid], one.run) for uid, one in chosen.items()}
    told = list(_told(zip(asked["items"], why, strict=True), chosen, headings, sources, names))
    shown = [chosen[item["uid"]] for item, _why, parts in told if parts and _is_table(item)]
    there = {str(one.run.uid): one for one in shown}
    content = {
        "format": FORMAT,
        "lang": get_language() or "en",
        "zone": study.time_zone,
        "title": asked["title"],
        "study": "" if organizations_in(study.name, names) else study.name,
        "caveats": [said for said in caveats(study) if not organizations_in(said, names)],
        "sections": [
            _section(parts, number) | (_about(item, chosen, headings) if _is_table(item) else {})
            for number, (item, _why, parts) in enumerate(told)
            if parts
        ],
        "released": [one.as_plain() for one in there.values()],
        "left_out": [
            {"why": why or LeftOut.EMPTY, "title": _title(item, tables)}
            for item, why, parts in told
            if not parts
        ],
    }
    return Made(content, list(there))


def organizations_in(words: str, names: Iterable[str]) -> list[str]:
    """Those of the names that stand in some words, as whole words in whatever letters and space."""
    there = _folded(words)
    folded = ((name, _folded(name)) for name in names)
    return [
        name
        for name, alike in folded
        if alike in there and re.search(rf"(?<!\w){re.escape(alike)}(?!\w)", there)
    ]


def _folded(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def names_of(study: Study) -> list[str]:
    """The names of a study's organizations."""
    rows = Organization.objects.filter(study=study, not_stated=False).exclude(name="")
    return list(rows.values_list("name", flat=True))


def _tables(items: Iterable[Item], sources: Sources) -> dict[str, Table]:
    """The saved tables among the items that are shared and of schemes that are open."""
    uids = [item["uid"] for item in items if item["kind"] == ReportItem.TABLE]
    rows = Table.objects.filter(
        uid__in=uids, shared=True, deleted_at__isnull=True, scheme__in=list(sources.schemes)
    )
    return {str(table.uid): table for table in rows.select_related("scheme__study")}


def _chosen(
    tables: Mapping[str, Table], sources: Sources, releases: Releases
) -> tuple[dict[str, Released], dict[str, LeftOut | None]]:
    """What is released of each saved table, and for each why nothing is, or None."""
    saved = list(tables.values())
    newest = newest_runs(saved, _nameless(sources))
    of_organizations = sources.runs.filter(question__organizations=True).defer("answer")
    telling = newest_runs(saved, of_organizations)
    chosen: dict[str, Released] = {}
    barred: dict[str, LeftOut | None] = {}
    for uid, table in tables.items():
        barred[uid] = LeftOut.ORGANIZATIONS if table.uid in telling else LeftOut.NO_RUN
        if table.uid not in telling and table.uid in newest:
            released = releases.released(newest[table.uid])
            barred[uid] = None if released else LeftOut.NO_FILE
            chosen |= {uid: released} if released else {}
    return chosen, barred


def _nameless(sources: Sources) -> QuerySet[Run]:
    """The runs in which neither organizations nor interviewers are named."""
    runs = sources.runs.filter(question__names=False, question__interviewers=False)
    return runs.select_related("scheme__study", "members").defer("answer")


def _left_out(item: Item, barred: Mapping[str, LeftOut | None], names: Iterable[str]) -> str:
    """Why an item is not shown, or nothing."""
    match item["kind"]:
        case ReportItem.TABLE:
            return barred.get(item["uid"], LeftOut.GONE) or ""
        case ReportItem.QUOTE:
            return LeftOut.QUOTE
        case ReportItem.TEXT if organizations_in(f"{item['heading']}\n{item['text']}", names):
            return LeftOut.NAMES
    return ""


def _told(
    asked: Iterable[tuple[Item, str]],
    chosen: Mapping[str, Released],
    headings: Mapping[str, Mapping[str, str]],
    sources: Sources,
    names: Sequence[str],
) -> Iterator[Told]:
    """Each item with its parts; none where it is left out, or names an organization."""
    items = list(asked)
    shown = [_shown(item, chosen) for item, why in items if not why]
    found = iter(parts_of(shown, _masking(sources, chosen.values())).of_items)
    for item, why in items:
        parts = () if why else next(found)
        heading = headings[item["uid"]] if parts and _is_table(item) else {}
        words = _words_in([heading, *map(_plain, parts)])
        if organizations_in(APART.join(words), names):
            yield item, LeftOut.NAMES, ()
        else:
            yield item, why, parts


def _plain(part: Part) -> dict[str, Any]:
    """A part without its drawing, whose words are in its figures."""
    return dataclasses.asdict(part) | {"svg": ""}


def _words_in(plain: Any) -> Iterator[str]:
    """All words of plain values."""
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, dict):
        yield from itertools.chain.from_iterable(map(_words_in, plain.values()))
    elif isinstance(plain, list | tuple):
        yield from itertools.chain.from_iterable(map(_words_in, plain))


def _is_table(item: Item) -> bool:
    return bool(item["kind"] == ReportItem.TABLE)


def _title(item: Item, tables: Mapping[str, Table]) -> str:
    """What the maker knows an item by."""
    if _is_table(item):
        return tables[item["uid"]].name if item["uid"] in tables else ""
    return str(item.get("heading") or item.get("text", ""))[:80]


def _shown(item: Item, chosen: Mapping[str, Released]) -> dict[str, Any]:
    """An item as a report has it: the run in place of the saved table."""
    if not _is_table(item):
        return dict(item)
    uid = str(chosen[item["uid"]].run.uid)
    return {**item, "kind": ReportItem.RUN.value, "uid": uid}


def _masking(sources: Sources, chosen: Iterable[Released]) -> Sources:
    """The same sources, with what each release hides."""
    hidden = {one.run.pk: one.hidden for one in chosen}
    return dataclasses.replace(sources, hide=lambda run: places_in(run, hidden[run.pk]))


def _heading(table: Table, run: Run) -> dict[str, str]:
    """The name of a table on its dashboard, and what it counts by what."""
    return {"title": table.name, "counted": title_of(run)}


def _section(parts: Sequence[Part], number: int) -> dict[str, Any]:
    return {"parts": list(_as_plain(parts, number))}


def _about(
    item: Item, chosen: Mapping[str, Released], headings: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """What a table is called, as of when it is, and whether a newer run is held back."""
    released = chosen[item["uid"]]
    when = released.run.answered_at
    return {
        **headings[item["uid"]],
        "as_of": when.isoformat() if when else None,
        "kept": released.kept,
    }


def _as_plain(parts: Iterable[Part], number: int) -> Iterator[dict[str, Any]]:
    for place, part in enumerate(parts):
        plain = dataclasses.asdict(part)
        if isinstance(part, Chart):
            plain["svg"] = _named(part.svg, f"chart-{number}-{place}")
        yield {"kind": type(part).__name__.lower(), **plain}


def _named(svg: str, name: str) -> str:
    """The picture with ids that stand once in the page, however often a table does."""
    found = NAMED.search(svg)
    return svg.replace(f'"{found[1]}-', f'"{name}-') if found else svg
