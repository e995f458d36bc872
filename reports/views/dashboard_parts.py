"""The parts of a dashboard as a reader sees them: tables of today, what was computed, quotes."""

import dataclasses
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from incidents.http import Request
from incidents.models import Member
from reports import access
from reports.choices import ReportItem
from reports.models import Run, Table
from reports.queries.dashboards import (
    digests_of,
    newest_of,
    pictures_of,
    runs_given_up,
    runs_going_on,
)
from reports.queries.kept_questions import to_ask
from reports.queries.quotes import Quotable, quotable
from reports.queries.reports import quotes_in, tables_in
from reports.queries.run_words import Verdict, verdict_of
from reports.queries.runs import is_behind
from reports.views.charts import Picture, pictures_shown
from reports.views.dashboard import shown_part
from reports.views.questions import Question, question_about
from reports.views.run_figures import FindingShown, address_of, findings_shown

FIGURES = "reports/table_figures.html"

Item = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Computed:
    """What the newest run of a table says; `behind`: whether something has changed since.

    `behind` is None where the reader is not told: it may have changed in a scheme that is hidden.
    `verdict` is None where nothing was tested, or the study is a reconstruction.
    """

    run: Run
    behind: bool | None
    verdict: Verdict | None
    findings: list[FindingShown]
    comparable: bool
    pictures: list[Picture]


@dataclasses.dataclass(frozen=True)
class Part:
    """One part of a dashboard; `barred`: why nothing of it is shown to this reader.

    `failed` is a run that was given up, and none was answered since.
    """

    uid: str
    kind: str
    title: str = ""
    text: str = ""
    lang: str = ""
    barred: str = ""
    url: str = ""
    figures: SafeString | None = None
    shows_findings: bool = False
    wants_run: bool = False
    computed: Computed | None = None
    waiting: bool = False
    failed: Run | None = None


@dataclasses.dataclass(frozen=True)
class Sources:
    """What the parts of a dashboard are read from, for one reader."""

    reader: Member
    tables: Mapping[str, Table]
    runs: Mapping[uuid.UUID, Run]
    waiting: Mapping[uuid.UUID, Run]
    given_up: Mapping[uuid.UUID, Run]
    pictures: Mapping[int, Mapping[str, str]]
    quotes: Mapping[str, Quotable]
    sees_all: bool


def sources_of(
    reader: Member, items: Sequence[Item], tables: Iterable[Table] | None = None
) -> Sources:
    """What the parts of a dashboard are read from; `tables` where these are not saved ones."""
    by_uid = {str(table.uid): table for table in _tables_of(reader, items, tables)}
    asks, runs = digests_of(by_uid.values()), access.runs_shown(reader)
    newest = newest_of(asks, runs.filter(answered_at__isnull=False).defer(None))
    kinds = {kind for item in items for kind in item.get("charts", ())}
    said = quotable(reader.study) if quotes_in(items) else []
    return Sources(
        reader=reader,
        tables=by_uid,
        runs=newest,
        waiting=newest_of(asks, runs_going_on(runs)),
        given_up=newest_of(asks, runs_given_up(runs)),
        pictures=pictures_of(set(newest.values()), kinds),
        quotes={str(quote.uid): quote for quote in said},
        sees_all=access.sees_all_results(reader),
    )


def count_waiting(
    reader: Member, items: Sequence[Item], tables: Iterable[Table] | None = None
) -> int:
    """How many tables of a dashboard are still computed; nothing else is read."""
    asks = digests_of(_tables_of(reader, items, tables))
    return len(newest_of(asks, runs_going_on(access.runs_shown(reader))))


def _tables_of(
    reader: Member, items: Sequence[Item], tables: Iterable[Table] | None
) -> Collection[Table]:
    if tables is None:
        return access.tables_shown(reader).filter(uid__in=tables_in(items))
    return list(tables)


def parts_of(request: Request, items: Sequence[Item], sources: Sources) -> list[Part]:
    """The parts of a dashboard in their order; constantly many queries for each table."""
    return [_part(request, item, sources) for item in items]


def questions_of(sources: Sources) -> list[Question | None]:
    """What each table of a dashboard asks; None where the reader may not ask it."""
    found = (_question(table, sources.reader) for table in sources.tables.values())
    return [None if lost else question for question, lost in found]


def _part(request: Request, item: Item, sources: Sources) -> Part:
    match item["kind"]:
        case ReportItem.TABLE:
            return _table(request, item, sources)
        case ReportItem.QUOTE:
            return _quote(item, sources.quotes.get(item["uid"]))
    return _text(item, sources)


def _quote(item: Item, quote: Quotable | None) -> Part:
    if quote is None:
        barred = _("A quote is not shown: it is no longer confirmed, or was taken off.")
        return Part(item["id"], item["kind"], barred=barred)
    return Part(item["id"], item["kind"], quote.attribution, text=quote.words, lang=quote.language)


def _text(item: Item, sources: Sources) -> Part:
    if not sources.sees_all:
        barred = _("Words are not shown: they may tell of results that you are not to see yet.")
        return Part(item["id"], item["kind"], barred=barred)
    return Part(item["id"], item["kind"], item["heading"], text=item["text"])


# -- Tables -------------------------------------------------------------------------------------


def _table(request: Request, item: Item, sources: Sources) -> Part:
    table = sources.tables.get(item["uid"])
    if table is None:
        barred = _(
            "A table is not shown: it was deleted, is no longer shared, or you are not to see its"
            " results yet."
        )
        return Part(item["id"], item["kind"], barred=barred)
    question, lost = _question(table, sources.reader)
    url = _address(question, table)
    if lost:
        barred = _("“%(name)s” is not shown: %(why)s") % {"name": table.name, "why": lost}
        return Part(item["id"], item["kind"], barred=barred, url=url)
    run = sources.runs.get(table.uid)
    return Part(
        uid=item["id"],
        kind=item["kind"],
        title=table.name,
        url=url,
        figures=_figures(request, question, item) if item["table"] else None,
        shows_findings=item["findings"],
        wants_run=bool(item["findings"] or item["charts"]),
        computed=None if run is None else _computed(request, item, run, sources),
        waiting=table.uid in sources.waiting,
        failed=_failed(table, sources),
    )


def _failed(table: Table, sources: Sources) -> Run | None:
    """The newest run of a table where it was given up."""
    given_up, answered = sources.given_up.get(table.uid), sources.runs.get(table.uid)
    if given_up is None or (answered is not None and answered.pk > given_up.pk):
        return None
    return given_up


def _question(table: Table, reader: Member) -> tuple[Question, str]:
    """What a table asks today, and why it cannot be shown to this reader, if it cannot."""
    table.scheme.study = reader.study
    asked, round_gone = to_ask(table.query, table.scheme)
    question = question_about(table.scheme, reader, asked)
    if not question.tree.rounds:
        return question, _("its scheme has no rounds yet.")
    unknown = [name for name in asked if asked[name] and name not in question.form.fields]
    if round_gone or unknown or not question.form.is_valid():
        return question, _("something that it asks for has gone, or is not for you to see.")
    return question, ""


def _address(question: Question, table: Table) -> str:
    """Where the table stands by itself: a saved one leads on from its name."""
    key: int | None = table.pk
    if key is None:
        return question.address("table_show")
    return reverse("reports:table_open", args=[question.member.study.slug, table.uid])


def _figures(request: Request, question: Question, item: Item) -> SafeString:
    _status, context = shown_part(question, str(item["id"]), _way_back(request, item))
    return render_to_string(FIGURES, context, request)


def _way_back(request: Request, item: Item) -> str:
    """The part of this page to which the words behind one of its cells lead back."""
    return f"{request.path}#part-{item['id']}"


def _computed(request: Request, item: Item, run: Run, sources: Sources) -> Computed:
    answer, study = run.answer, sources.reader.study
    run.scheme.study = study
    address = address_of(
        reverse("reports:verbatim_list", args=[study.slug, run.scheme.slug]),
        run.query,
        back=_way_back(request, item),
    )
    statistics = None if study.reconstruction else answer["statistics"]
    svgs = {kind: svg for kind, svg in sources.pictures[run.pk].items() if kind in item["charts"]}
    return Computed(
        run=run,
        behind=is_behind(run) if sources.sees_all else None,
        verdict=verdict_of(statistics, answer["sensitivity"]) if statistics else None,
        findings=findings_shown(answer, address) if statistics else [],
        comparable=statistics is not None and statistics["reasons"].count(None) > 1,
        pictures=[
            _under_an_own_name(picture, run, item) for picture in pictures_shown(run, svgs, address)
        ],
    )


def _under_an_own_name(picture: Picture, run: Run, item: Item) -> Picture:
    """The same with the ids in it made those of the part: a run may stand in two of them."""
    name = f"{picture.kind}-{run.uid.hex[:8]}"
    svg = picture.svg.replace(name, f"{name}-{item['id'][:8]}")
    return dataclasses.replace(picture, svg=mark_safe(svg))  # noqa: S308  (drawn by us)
