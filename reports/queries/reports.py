"""Reports and dashboards of a study: what is composed of which parts; documents of reports."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents.models import Study
from reports.choices import ChartKind, ReportItem
from reports.models import Composition, Report, ReportFile, Run, Table
from reports.queries.chart_words import title_of
from reports.queries.quotes import Quotable, quotable
from reports.queries.run_words import asked_beside

MOST_OFFERED = 50  # runs in the list of those to be added
MOST_DELETED = 5

Whole = TypeVar("Whole", bound=Composition)


@dataclasses.dataclass(frozen=True, slots=True)
class ItemLine:
    """One part in the composer; `barred`: why it is not shown, or will not be in a document."""

    uid: str
    kind: str
    title: str
    detail: str = ""
    barred: str = ""
    lang: str = ""
    run: Run | None = None
    table: Table | None = None
    first: bool = False
    last: bool = False


def composed(kind: type[Whole], study: Study) -> QuerySet[Whole]:
    """The reports of a study, or its dashboards."""
    rows = kind._default_manager.filter(study=study, deleted_at__isnull=True)
    return rows.select_related("author")


def composed_and_deleted(kind: type[Whole], study: Study) -> QuerySet[Whole]:
    """Those that were deleted: whoever may compose may delete, and bring back."""
    return kind._default_manager.filter(study=study, deleted_at__isnull=False)


def files_of(report: Report) -> QuerySet[ReportFile]:
    """The documents of a report, the newest first."""
    return report.files.select_related("file", "job", "asked_by").order_by("-pk")


def runs_in(items: Iterable[dict[str, Any]]) -> list[str]:
    """The uids of the runs among the items of a report."""
    return _uids(items, ReportItem.RUN)


def tables_in(items: Iterable[dict[str, Any]]) -> list[str]:
    """The uids of the saved tables among the items of a dashboard."""
    return _uids(items, ReportItem.TABLE)


def quotes_in(items: Iterable[dict[str, Any]]) -> list[str]:
    """The uids of the quotes among the items."""
    return _uids(items, ReportItem.QUOTE)


def _uids(items: Iterable[dict[str, Any]], kind: ReportItem) -> list[str]:
    return [item["uid"] for item in items if item["kind"] == kind]


def runs_offered(runs: QuerySet[Run]) -> list[Run]:
    """Those that may be put into a report, the newest first."""
    return list(runs.filter(answered_at__isnull=False).order_by("-pk")[:MOST_OFFERED])


def lines_of(
    composition: Composition,
    *,
    runs: QuerySet[Run] | None = None,
    tables: QuerySet[Table] | None = None,
) -> list[ItemLine]:
    """The parts of a report or a dashboard as its composer shows them; five queries.

    `runs` of a report and `tables` of a dashboard are those that the reader may read and use.
    """
    items = composition.items
    found = _Found(
        runs={str(run.uid): run for run in _named(runs, runs_in(items))},
        tables={str(table.uid): table for table in _named(tables, tables_in(items))},
        quotes={str(quote.uid): quote for quote in _quotes(composition)},
    )
    last = len(items) - 1
    return [
        dataclasses.replace(_line(item, found), first=place == 0, last=place == last)
        for place, item in enumerate(items)
    ]


@dataclasses.dataclass(frozen=True)
class _Found:
    """What the items name and the reader may read, by uid."""

    runs: dict[str, Run]
    tables: dict[str, Table]
    quotes: dict[str, Quotable]


def _named(rows: QuerySet[Any] | None, uids: Sequence[str]) -> Iterable[Any]:
    return () if rows is None else rows.filter(uid__in=uids)


def _quotes(composition: Composition) -> Sequence[Quotable]:
    return quotable(composition.study) if quotes_in(composition.items) else []


def _line(item: dict[str, Any], found: _Found) -> ItemLine:
    match item["kind"]:
        case ReportItem.RUN:
            return _run_line(item, found.runs.get(item["uid"]))
        case ReportItem.TABLE:
            return _table_line(item, found.tables.get(item["uid"]))
        case ReportItem.QUOTE:
            return _quote_line(item, found.quotes.get(item["uid"]))
    title = item["heading"] or _("Text")
    return ItemLine(item["id"], item["kind"], title, detail=item["text"])


def _run_line(item: dict[str, Any], run: Run | None) -> ItemLine:
    if run is None:
        barred = _("You may not read this run, so no document of yours has it.")
        return ItemLine(item["id"], item["kind"], _("A run"), barred=barred)
    said = [asked_beside(run), ", ".join(shown_of(item))]
    detail = " · ".join(part for part in said if part)
    return ItemLine(item["id"], item["kind"], title_of(run), detail=detail, run=run)


def _table_line(item: dict[str, Any], table: Table | None) -> ItemLine:
    if table is None:
        barred = _("Deleted, or no longer shared: nobody sees it on the dashboard.")
        return ItemLine(item["id"], item["kind"], _("A table"), barred=barred)
    detail = ", ".join(shown_of(item))
    return ItemLine(item["id"], item["kind"], table.name, detail=detail, table=table)


def _quote_line(item: dict[str, Any], quote: Quotable | None) -> ItemLine:
    if quote is None:
        barred = _("This may not be quoted now: it is no longer confirmed, or was taken off.")
        return ItemLine(item["id"], item["kind"], _("A quote"), barred=barred)
    return ItemLine(
        item["id"], item["kind"], quote.words, detail=quote.attribution, lang=quote.language
    )


def shown_of(item: dict[str, Any]) -> list[str]:
    """What is shown of a table, in words."""
    said = [_("table")] if item["table"] else []
    said += [_("verdict and what stands out")] if item["findings"] else []
    return said + [str(ChartKind(kind).label) for kind in item["charts"]]


def may_be_taken(file: ReportFile, runs: QuerySet[Run]) -> bool:
    """Whether a reader may have a document: they may read all its runs, and all quotes still stand.

    `runs` are those that the reader may read.
    """
    shown = set(file.made.get("runs", []))
    if shown and runs.filter(uid__in=shown).count() != len(shown):
        return False
    said = set(file.made.get("quotes", []))
    return not said or said <= {str(quote.uid) for quote in quotable(file.report.study)}
