"""Two runs of one question, cell by cell, with the cause for each moment that moved."""

import dataclasses
import uuid
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from incidents.choices import IncidentState
from incidents.http import Request
from incidents.models import Incident, Member, Moment
from incidents.paging import shown_number
from reports import access
from reports.actions.following import see_change
from reports.forms.comparing_runs import CompareForm
from reports.models import Run
from reports.queries.schedules import change_between
from reports.queries.table_words import names_in
from reports.runs.causes import Cause
from reports.views.figures import residual_name
from reports.views.runs import title_of
from taxonomy.choices import Residual

if TYPE_CHECKING:
    from reports.runs.moving import Compared

PAGE = "reports/run_compare.html"
PAGE_SIZE = 25
MANY_CELLS = 1_500  # from here on only lines in which something changed are shown
CAUSES = {
    Cause.ENTERED: gettext_lazy("Entered: counts only since"),
    Cause.LEFT: gettext_lazy("Left: counts no more"),
    Cause.RECODED: gettext_lazy("Recoded: settled otherwise"),
    Cause.REBATCHED: gettext_lazy("Re-batched: settled the same, its category stands elsewhere"),
    Cause.CORRECTED: gettext_lazy("Corrected: something else about it is stated otherwise"),
}


@require_GET
@never_cache
def run_compare(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Two runs beside each other, the earlier one first."""
    reader = access.reader_for(request, slug)
    form = CompareForm(request.GET)
    if not form.is_valid():
        raise Http404
    one = access.run_shown(reader, uid)
    other = access.run_shown(reader, form.cleaned_data["other"])
    before, after = sorted((one, other), key=lambda run: (run.data_seq or 0, run.pk))
    context: dict[str, Any] = {"study": reader.study, "run": one}
    context |= {"before": before, "after": after, "sees_all": access.sees_all_results(reader)}
    why_not = refusal(before, after, reader)
    if why_not:
        return render(request, PAGE, {**context, "refusal": why_not}, status=422)
    change = change_between(before, after)
    if change is not None:
        see_change(change=change, by=reader)
    try:
        context |= _Comparison(before, after, reader).context(form.cleaned_data)
    except FileNotFoundError:
        context |= {"refusal": _("The file that says where each moment stood is gone.")}
        return render(request, PAGE, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return render(request, PAGE, {**context, "title": title_of(after), "change": change})


def refusal(before: Run, after: Run, reader: Member) -> str:
    """Why two runs are not compared; "" where they are."""
    if before.pk == after.pk:
        return _("A run is compared with another one, not with itself.")
    if not (before.answered_at and after.answered_at):
        return _("One of the two is not computed yet.")
    if before.scheme_id != after.scheme_id or before.question["key"] != after.question["key"]:
        return _(
            "These two answer different questions, so what differs has no one cause. Compare runs"
            " of the same rows, columns, filters and unit."
        )
    tells = before.question["organizations"] and not access.sees_names(reader)
    if tells or before.answer["hides"] or after.answer["hides"]:
        return _(
            "What lies between two runs would tell of few people what their figures do not show, so"
            " runs by organization or with figures left out are not compared."
        )
    return ""


@dataclasses.dataclass(frozen=True, slots=True)
class ComparedCell:
    """Before, after and the difference of one cell; `url` lists what moved there."""

    before: str
    after: str
    difference: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class MovedMoment:
    """A moment, where it stood, where it stands, and why."""

    heading: str
    url: str
    came_from: str
    went_to: str
    cause: str


class _Comparison:
    def __init__(self, before: Run, after: Run, reader: Member) -> None:
        from reports.queries.compared import compare_runs  # noqa: PLC0415  (loads NumPy)

        self.reader, self.after = reader, after
        self.found: Compared = compare_runs(before, after)
        self.line_names = _line_names(before, after)
        self.column_names = _names_of_columns(before, after)
        page = reverse("reports:run_compare", args=[reader.study.slug, after.uid])
        self.url = f"{page}?other={before.uid}"
        self.shown = [  # a column that neither run shows is empty in both
            at for at, word in enumerate(self.found.columns) if word in self.column_names
        ]

    def context(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        found = self.found
        places = self._places(asked)
        page, last = asked["page"] or 1, max(1, -(-len(places) // PAGE_SIZE))
        page = min(page, last)
        shown = places[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        kept = {name: asked[name] for name in ("cause", "row", "column") if asked[name]}
        further = f"{self.url}&{urlencode(kept)}" if kept else self.url
        return {
            "columns": [_("All"), *(self.column_names[found.columns[at]] for at in self.shown)],
            "lines": list(self._lines()),
            "only_changed": self._is_large,
            "causes": self._causes(),
            "whole": (int(found.before.sum()), int(found.after.sum())),
            "moved": self._moved(shown),
            "number": shown_number(len(places)),
            "filtered": bool(kept),
            "url": self.url,
            "next_url": f"{further}&page={page + 1}#moved" if page < last else "",
            "previous_url": f"{further}&page={page - 1}#moved" if page > 1 else "",
        }

    @property
    def _is_large(self) -> bool:
        return len(self.found.lines) * (len(self.found.columns) + 1) > MANY_CELLS

    def _lines(self) -> Iterator[tuple[str, list[ComparedCell]]]:
        found = self.found
        for place, word in enumerate(found.lines):
            before, after = found.before[place], found.after[place]
            if word not in self.line_names or (
                word in Residual.values and not (before.any() or after.any())
            ):
                continue
            if self._is_large and not (before != after).any():
                continue
            cells = [self._cell(word, "", int(before.sum()), int(after.sum()))]
            cells += [
                self._cell(word, found.columns[at], int(before[at]), int(after[at]))
                for at in self.shown
            ]
            yield self.line_names[word], cells

    def _cell(self, line: str, column: str, before: int, after: int) -> ComparedCell:
        asked = urlencode({"row": line, **({"column": column} if column else {})})
        return ComparedCell(
            before=shown_number(before),
            after=shown_number(after),
            difference=signed(after - before) if after != before else "",
            url=f"{self.url}&{asked}#moved" if after != before else "",
        )

    def _causes(self) -> list[tuple[str, str, str, str]]:
        """For each cause its words, how many moments moved by it, its net, and its list."""
        found = self.found
        return [
            (
                str(CAUSES[cause]),
                shown_number(int((found.moved.cause == place).sum())),
                signed(int(found.net[cause].sum())),
                f"{self.url}&cause={cause.value}#moved",
            )
            for place, cause in enumerate(Cause)
        ]

    def _places(self, asked: Mapping[str, Any]) -> Sequence[int]:
        """Which of those that moved are listed."""
        moved, found = self.found.moved, self.found
        wanted = moved.cause >= 0
        if asked["cause"]:
            wanted &= moved.cause == list(Cause).index(Cause(asked["cause"]))
        came, went = wanted.copy(), wanted.copy()
        for word, names, of_before, of_after in (
            (asked["row"], found.lines, moved.line_before, moved.line_after),
            (asked["column"], found.columns, moved.column_before, moved.column_after),
        ):
            if word:
                at = names.index(word) if word in names else len(names)
                came &= of_before == at
                went &= of_after == at
        return (came | went).nonzero()[0].tolist()

    def _moved(self, places: Sequence[int]) -> list[MovedMoment]:
        moved = self.found.moved
        keys = [int(moved.moment[at]) for at in places]
        readable = Incident.objects.visible_to(self.reader).filter(state=IncidentState.ACCEPTED)
        rows = Moment.objects.filter(pk__in=keys, incident__in=readable)
        moments = {row.pk: row for row in rows.select_related("incident__version")}
        return [self._moment(moments.get(key), at) for key, at in zip(keys, places, strict=True)]

    def _moment(self, moment: Moment | None, at: int) -> MovedMoment:
        moved, slug = self.found.moved, self.reader.study.slug
        cause = list(Cause)[int(moved.cause[at])]
        heading, url = _("An incident that is not counted today"), ""
        if moment is not None:
            version = moment.incident.version
            heading = (version.heading if version else "") or _("Without a headline")
            heading = f"{heading} ({moment.label})" if moment.label else heading
            url = reverse("incidents:incident_show", args=[slug, moment.incident.uid])
        return MovedMoment(
            heading=heading,
            url=url,
            came_from=self._place(int(moved.line_before[at]), int(moved.column_before[at])),
            went_to=self._place(int(moved.line_after[at]), int(moved.column_after[at])),
            cause=str(CAUSES[cause]),
        )

    def _place(self, line: int, column: int) -> str:
        if line < 0:
            return "–"
        found = self.found
        return f"{self.line_names[found.lines[line]]}, {self.column_names[found.columns[column]]}"


def _line_names(before: Run, after: Run) -> dict[str, str]:
    """The names of rows and residual lines as the runs have them, the later one's first."""
    names = {kind: residual_name(kind) for kind in Residual.values}
    for run in (before, after):
        names |= {row["uid"]: row["name"] for row in run.answer["rows"]}
    return names


def _names_of_columns(before: Run, after: Run) -> dict[str, str]:
    names: dict[str, str] = {}
    for run in (before, after):
        words = [column["word"] for column in run.answer["columns"]]
        names |= dict(zip(words, names_in(run.answer), strict=True))
    return names


def signed(number: int) -> str:
    """A difference with its sign."""
    return f"+{shown_number(number)}" if number > 0 else shown_number(number).replace("-", "−")
