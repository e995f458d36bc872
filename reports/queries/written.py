"""The document of a report: its parts from runs, quotes, words and the method section.

Loads NumPy, so only jobs may import it.
"""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from incidents.models import Member, Study
from reports.choices import ReportItem
from reports.documents.model import (
    Document,
    Heading,
    Missing,
    Paragraph,
    Part,
    Quote,
    Statements,
    Words,
)
from reports.models import Run, RunChart
from reports.queries.method.writing import Method, method_of
from reports.queries.outside import masked
from reports.queries.quotes import Quotable, quotable
from reports.queries.reports import quotes_in, runs_in
from reports.queries.run_parts import charts_in, findings_in, table_of, verdict_in
from taxonomy.models import Scheme
from taxonomy.tabulation.disclosure import Place

Draw = Callable[[Run], Sequence[RunChart]]
Hide = Callable[[Run], Iterable[Place]]


@dataclasses.dataclass(frozen=True)
class Written:
    """A document, and what is kept beside it."""

    document: Document
    made: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Sources:
    """Who asked for it and which runs they may read; how pictures are drawn, figures hidden.

    `hide` names the places of a run that may not leave the study (`Lines` of `outside`).
    """

    by: Member
    schemes: Sequence[Scheme]
    runs: QuerySet[Run]
    draw: Draw
    hide: Hide


@dataclasses.dataclass(frozen=True)
class Found:
    """The parts of each item, none where it may not be read; which runs and quotes they are of."""

    of_items: Sequence[Sequence[Part]]
    runs: Sequence[str]
    quotes: frozenset[str]


def document_of(asked: dict[str, Any], sources: Sources, *, made_at: dt.datetime) -> Written:
    """The document of what was asked, as it may leave the study.

    What the member may not read is left out, and what may not be quoted; both are named in `made`.
    """
    items, study = asked["items"], sources.by.study
    found = parts_of(items, sources)
    method = method_of(study, sources.schemes) if asked["with_method"] else None
    document = Document(
        title=asked["title"],
        author=sources.by.display_name,
        lines=_lines_below(study, sources.by, made_at),
        lang=get_language() or "en",
        made_at=made_at,
        parts=[
            *itertools.chain.from_iterable(found.of_items),
            *(_method_parts(method) if method else []),
        ],
        words=_words(),
    )
    made = {
        "runs": list(found.runs),
        "quotes": [uid for uid in dict.fromkeys(quotes_in(items)) if uid in found.quotes],
        "left_out": sum(uid not in found.runs for uid in runs_in(items))
        + sum(uid not in found.quotes for uid in quotes_in(items)),
        "method": _kept_method(method),
        "missing": [gap.text for gap in method.gaps] if method else [],
    }
    return Written(document, made)


def parts_of(items: Sequence[dict[str, Any]], sources: Sources) -> Found:
    """What stands in items of a composition, as it may leave the study."""
    runs = {str(run.uid): run for run in _runs(items, sources)}
    said = {str(quote.uid): quote for quote in _quotes(items, sources.by.study)}
    parts = [list(_parts(item, runs, said, sources)) for item in items]
    return Found(parts, list(runs), frozenset(said))


def _runs(items: Sequence[dict[str, Any]], sources: Sources) -> Iterator[Run]:
    """The runs that may be read, as they may leave the study: masked, with their pictures."""
    wanted = sources.runs.filter(uid__in=runs_in(items), answered_at__isnull=False)
    for run in wanted.defer(None).select_related("scheme__study", "table", "members"):
        run.answer = masked(run.answer, sources.hide(run))
        yield run


def _quotes(items: Sequence[dict[str, Any]], study: Study) -> Sequence[Quotable]:
    return quotable(study) if quotes_in(items) else []


# -- Parts --------------------------------------------------------------------------------------


def _parts(
    item: dict[str, Any], runs: dict[str, Run], said: dict[str, Quotable], sources: Sources
) -> Iterator[Part]:
    match item["kind"]:
        case ReportItem.RUN if item["uid"] in runs:
            yield from _run_parts(item, runs[item["uid"]], sources)
        case ReportItem.QUOTE if item["uid"] in said:
            quote = said[item["uid"]]
            words = _("“%(words)s”") % {"words": quote.words}
            yield Quote(words, quote.attribution, quote.language)
        case ReportItem.TEXT:
            if item["heading"]:
                yield Heading(item["heading"])
            for text in item["text"].split("\n\n"):
                if text.strip():
                    yield Paragraph(text.strip())


def _run_parts(item: dict[str, Any], run: Run, sources: Sources) -> Iterator[Part]:
    if item["table"]:
        yield table_of(run)
    if item["findings"]:
        yield from verdict_in(run)
        found = findings_in(run)
        if found:
            yield Statements(found)
    if item["charts"]:
        yield from charts_in(run, item["charts"], _pictures(run, sources))


def _pictures(run: Run, sources: Sources) -> Sequence[RunChart]:
    """Those kept with the run, or drawn anew where figures are hidden that they would show."""
    if run.answer["hides"]:
        return sources.draw(run)
    return list(run.charts.all())


def _method_parts(method: Method) -> Iterator[Part]:
    yield Heading(_("Method"))
    for section in method.sections:
        if section.paragraphs or section.gaps:
            yield Heading(section.title, 2)
        yield from (Paragraph(text) for text in section.paragraphs)
        if section.gaps:
            yield Missing("", [gap.text for gap in section.gaps])
    if method.gaps:
        yield Missing(_("Missing for a complete report"), [gap.text for gap in method.gaps])


def _kept_method(method: Method | None) -> list[dict[str, Any]]:
    """The method section as it was."""
    return [
        {
            "title": section.title,
            "paragraphs": list(section.paragraphs),
            "missing": [gap.text for gap in section.gaps],
        }
        for section in (method.sections if method else [])
    ]


# -- The frame ----------------------------------------------------------------------------------


def _lines_below(study: Study, by: Member, made_at: dt.datetime) -> list[str]:
    """What stands below the title: the study, who made it, as of when."""
    when = date_format(timezone.localtime(made_at, ZoneInfo(study.time_zone)), "DATETIME_FORMAT")
    lines = [
        study.name,
        _("%(name)s, %(when)s (%(zone)s)")
        % {"name": by.display_name, "when": when, "zone": study.time_zone},
    ]
    return [*lines, *caveats(study)]


def caveats(study: Study) -> list[str]:
    """What stands beside all figures of a study that leave it."""
    said = [study.note] if study.note else []
    said.append(_("All figures are of incidents told, not of customers and not of the service."))
    if study.reconstruction:
        said.append(
            _("A study rebuilt from published figures: everything but the percentages is invented.")
        )
    return said


def _words() -> Words:
    return Words(
        table=_("Table {}"),
        figure=_("Figure {}"),
        page=_("Page {} of {}"),
        band=_("Part {} of {}"),
        missing=_("Missing"),
    )
