"""The grid of incidents: its pages, what is read for them, and how many there are."""

import dataclasses
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from incidents.choices import VersionKind
from incidents.models import Incident, Moment
from incidents.models.fieldwork import ANSWERS
from incidents.paging import NEWEST, Page, Sorting, page_by_key
from incidents.queries.words import Words, is_readers, translations_at
from incidents.querysets import IncidentQuerySet
from reports.queries.columns import VALENCES, Badges, Column
from reports.queries.filters import COUNTED

COUNTED_AMONG_WORDS = 1_000  # each takes reading a text
COUNTED_AFTERWARDS = ("q", "since", "until", "valence", "category", "reason")
EXCERPT = 300  # three lines of the widest column
SORTED_BY = "sorted_by"
READ = "read"  # on a key: the values of its row
OF_EACH = (
    *("pk", "uid", "row_version"),
    *("version__number", "version__kind", "version__language", "version__headline"),
    *(f"version__{name}" for name in ANSWERS),
)


class Cell(NamedTuple):
    """What stands in one column of one row: badges, or text."""

    label: str
    text: str
    badges: Badges


@dataclasses.dataclass(frozen=True)
class GridRow:
    """One incident of the grid, with its cells in the order of the columns."""

    uid: uuid.UUID
    url: str
    row_version: int
    headline: str
    excerpt: str
    language: str
    cells: list[Cell]
    translation: Words | None = None
    translated: str = ""


def page_of_grid(
    found: IncidentQuerySet,
    columns: Sequence[Column],
    *,
    by: tuple[Column, bool] | None,
    query: Any,
    size: int,
) -> Page[Incident]:
    """One page of incidents by a column and its way, each only a key with what its row shows.

    Keys are found first and rows read for them alone, so that no text is carried through a sort.
    """
    keys, sorting = found.only("pk"), NEWEST
    if by is not None:
        column, descending = by
        assert column.sorts_by is not None  # noqa: S101  (sorting_of chose it)
        keys = keys.annotate(**{SORTED_BY: column.sorts_by(descending)})
        sorting = Sorting(SORTED_BY, descending)
    read = partial(_read, columns)
    return page_by_key(keys, query=query, size=size, sorting=sorting, read=read)


def _read(columns: Sequence[Column], keys: list[Incident]) -> list[Incident]:
    """The keys in their order with what the columns show of them; nothing more is made of rows."""
    if not keys:
        return []
    names = {*OF_EACH, *(name for column in columns for name in column.reads)}
    rows = Incident.objects.filter(pk__in=[key.pk for key in keys])
    read = {row["pk"]: row for row in rows.values(*sorted(names - {VALENCES}))}
    if VALENCES in names:
        _add_valences(read)
    there = [key for key in keys if key.pk in read]
    for key in there:
        key.uid = read[key.pk]["uid"]
        setattr(key, READ, read[key.pk])
    return there


def _add_valences(read: Mapping[int, dict[str, Any]]) -> None:
    for row in read.values():
        row[VALENCES] = ()
    moments = Moment.objects.filter(incident__in=read).order_by("position")
    for incident, valence in moments.values_list("incident_id", "valence"):
        read[incident][VALENCES] += (valence,)


def count_found(found: IncidentQuerySet, asked: Mapping[str, Any]) -> tuple[int, bool]:
    """How many there are, and whether that is all: counting stops where it would take long."""
    bound = _most_counted(asked)
    number = found.order_by()[: bound + 1].count()
    return min(number, bound), number <= bound


def count_at_once(
    page: Page[Incident],
    found: IncidentQuerySet,
    asked: Mapping[str, Any],
    *,
    turned: bool,
    size: int,
) -> tuple[int, bool]:
    """As `count_found`, as far as the page need not wait: what it shows itself, or a quick count.

    What a place in an index does not tell is counted afterwards; until then there are as many as
    the page has, and the page before it.
    """
    has_become_empty = turned and not page.rows
    if page.after is None and page.before is None and not has_become_empty:
        return len(page.rows), True
    if page.rows and any(asked.get(name) for name in COUNTED_AFTERWARDS):
        return len(page.rows) + (size if page.before else 0), False
    return count_found(found, asked)


def may_count_further(asked: Mapping[str, Any], counted: tuple[int, bool]) -> bool:
    """Whether a count at once stopped sooner than it has to."""
    number, is_all = counted
    return not is_all and number < _most_counted(asked)


def _most_counted(asked: Mapping[str, Any]) -> int:
    return COUNTED_AMONG_WORDS if asked.get("q") else COUNTED


def grid_rows(
    incidents: Iterable[Incident], columns: Sequence[Column], url_of: Callable[[uuid.UUID], str]
) -> list[GridRow]:
    """The rows of a page as they are shown; what is in another language with its translation."""
    rows = [getattr(incident, READ) for incident in incidents]
    translations = translations_at(
        {row["pk"]: row["version__number"] for row in rows if _is_foreign(row)}
    )
    cells = [(column.reads, cache(partial(_cell, column, str(column.label)))) for column in columns]
    return [_grid_row(row, url_of(row["uid"]), cells, translations.get(row["pk"])) for row in rows]


def _is_foreign(row: Mapping[str, Any]) -> bool:
    """Whether it shows what was told, and not in the reader's language."""
    told = row["version__kind"] not in {None, VersionKind.TRANSLATION}
    return told and not is_readers(row["version__language"])


def _grid_row(
    row: Mapping[str, Any],
    url: str,
    cells: Iterable[tuple[tuple[str, ...], Callable[..., Cell]]],
    translation: Words | None,
) -> GridRow:
    answers = (row[f"version__{name}"] for name in ANSWERS)
    return GridRow(
        uid=row["uid"],
        url=url,
        row_version=row["row_version"],
        headline=row["version__headline"] or _("Without a headline"),
        excerpt=_excerpt(" ".join(filter(None, answers))),
        language=row["version__language"] or "",
        cells=[cell(*(row[name] for name in reads)) for reads, cell in cells],
        translation=translation,
        translated=_excerpt(translation.text) if translation else "",
    )


def _cell(column: Column, label: str, *values: Any) -> Cell:
    if column.badges:
        return Cell(label, "", column.badges(*values))
    return Cell(label, column.text(*values), [])


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…"
