"""The columns of the grid of incidents: what each shows, to whom, and what it is sorted by."""

import dataclasses
import datetime as dt
import functools
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Case, CharField, F, Prefetch, QuerySet, TextChoices, Value, When
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.choices import AskedFor, IncidentState, ToldAs, Viewpoint
from incidents.models import Incident, IncidentVersion
from incidents.paging import NEWEST, Page, Sorting, page_by_key
from incidents.queries.words import Words, is_readers, translations_of
from incidents.querysets import IncidentQuerySet
from reports.queries.filters import COUNTED
from reports.queries.incidents import Sight
from reports.queries.verbatims import valences_of, words_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COUNTED_AMONG_WORDS = 1_000  # each takes reading a text
COUNTED_AFTERWARDS = ("q", "since", "until", "valence", "category", "reason")
EXCERPT = 300  # three lines of the widest column
NO_BREAK = "\N{NO-BREAK SPACE}"
SORTED_BY = "sorted_by"
MOMENTS = "moments_read"
Badges = list[tuple[str, str]]


@dataclasses.dataclass(frozen=True)
class Column:
    """One column. `sorts_by` gives what rows are sorted by, never null; None: it does not sort.

    `usual`: shown to who has not chosen. `badges` instead of `text` where states are marked.
    """

    name: str
    label: "StrOrPromise"
    text: Callable[[Incident, Sight], str] | None = None
    badges: Callable[[Incident], Badges] | None = None
    sorts_by: Callable[[Sight, bool], Any] | None = None
    seen: Callable[[Sight], bool] = lambda _sight: True
    usual: bool = False


class Cell(NamedTuple):
    """What stands in one column of one row: badges, or text."""

    label: str
    text: str
    badges: Badges


@dataclasses.dataclass(frozen=True)
class GridRow:
    """One incident of the grid, with its cells in the order of the columns."""

    uid: uuid.UUID
    row_version: int
    headline: str
    excerpt: str
    language: str
    cells: list[Cell]
    translation: Words | None = None
    translated: str = ""


def columns_for(sight: Sight) -> list[Column]:
    """The columns that a member may see."""
    return [column for column in COLUMNS if column.seen(sight)]


def columns_shown(sight: Sight, chosen: Sequence[str] | None) -> list[Column]:
    """Those of them that are shown: the chosen ones, or the usual ones."""
    return [
        column
        for column in columns_for(sight)
        if (column.usual if chosen is None else column.name in chosen)
    ]


def sorting_of(sight: Sight, text: str) -> tuple[Column, bool] | None:
    """The column that `name` or `-name` sorts by, and whether descending; None: newest first."""
    descending, name = text.startswith("-"), text.removeprefix("-")
    for column in columns_for(sight):
        if column.name == name and column.sorts_by:
            return column, descending
    return None


def page_of_grid(
    found: IncidentQuerySet, sight: Sight, *, sort: str, query: Any, size: int
) -> Page[Incident]:
    """One page of incidents in the order asked for, with what its rows show.

    Keys are found first and rows read for them alone, so that no text is carried through a sort.
    """
    keys, sorting = found.only("pk"), NEWEST
    by = sorting_of(sight, sort)
    if by is not None:
        column, descending = by
        assert column.sorts_by is not None  # noqa: S101  (sorting_of chose it)
        keys = keys.annotate(**{SORTED_BY: column.sorts_by(sight, descending)})
        sorting = Sorting(SORTED_BY, descending)
    return page_by_key(keys, query=query, size=size, sorting=sorting, read=_read)


def _read(keys: list[Incident]) -> list[Incident]:
    """The rows of these keys in their order, with what they are sorted by."""
    rows = {row.pk: row for row in read_rows(keys)}
    for key in keys:
        if key.pk in rows and hasattr(key, SORTED_BY):
            setattr(rows[key.pk], SORTED_BY, getattr(key, SORTED_BY))
    return [rows[key.pk] for key in keys if key.pk in rows]


def count_found(found: IncidentQuerySet, asked: Mapping[str, Any]) -> tuple[int, bool]:
    """How many there are, and whether that is all: counting stops where it would take long."""
    bound = _most_counted(asked)
    number = found.order_by()[: bound + 1].count()
    return min(number, bound), number <= bound


def count_at_once(
    page: Page[Incident], found: IncidentQuerySet, asked: Mapping[str, Any]
) -> tuple[int, bool]:
    """As `count_found`, as far as the page need not wait: what it shows itself, or a quick count.

    What a place in an index does not tell is counted afterwards.
    """
    if page.after is None and page.before is None:
        return len(page.rows), True
    if any(asked.get(name) for name in COUNTED_AFTERWARDS):
        return len(page.rows), False
    return count_found(found, asked)


def may_count_further(asked: Mapping[str, Any], counted: tuple[int, bool]) -> bool:
    """Whether a count at once stopped sooner than it has to."""
    number, is_all = counted
    return not is_all and number < _most_counted(asked)


def _most_counted(asked: Mapping[str, Any]) -> int:
    return COUNTED_AMONG_WORDS if asked.get("q") else COUNTED


def read_rows(incidents: Iterable[Incident]) -> QuerySet[Incident]:
    """Load what the rows of these incidents show."""
    keys = [incident.pk for incident in incidents]
    moments = Prefetch("moments", to_attr=MOMENTS)  # a list; a manager for each row takes long
    return Incident.objects.filter(pk__in=keys).for_list().prefetch_related(moments)


def grid_rows(
    incidents: Iterable[Incident], sight: Sight, columns: Sequence[Column]
) -> list[GridRow]:
    """Rows of `read_rows` as they are shown; what is in another language with its translation."""
    shown = list(incidents)
    foreign = [row for row in shown if row.version and not is_readers(row.version.language)]
    translations = translations_of(foreign)
    labelled = [(str(column.label), column) for column in columns]
    return [_grid_row(row, sight, labelled, translations.get(row.pk)) for row in shown]


def _grid_row(
    incident: Incident,
    sight: Sight,
    columns: Sequence[tuple[str, Column]],
    translation: Words | None,
) -> GridRow:
    version = incident.version or IncidentVersion()
    return GridRow(
        uid=incident.uid,
        row_version=incident.row_version,
        headline=version.headline,
        excerpt=_excerpt(words_of(version)),
        language=version.language,
        cells=[
            Cell(
                label,
                column.text(incident, sight) if column.text else "",
                column.badges(incident) if column.badges else [],
            )
            for label, column in columns
        ],
        translation=translation,
        translated=_excerpt(translation.text) if translation else "",
    )


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…"


# -- What columns show ------------------------------------------------------------------------


def _organization(incident: Incident, sight: Sight) -> str:
    organization = incident.site.organization
    return organization.shown_name if sight.names else organization.code


def _interviewer(incident: Incident, _sight: Sight) -> str:
    interviewer = incident.interview.interviewer
    return interviewer.display_name if interviewer else ""


def _happened(incident: Incident, _sight: Sight) -> str:
    first = incident.happened_from or incident.happened_to
    last = incident.happened_to or first
    days = [_day(first)] if first == last else [_day(first), _day(last)]
    return f"{NO_BREAK}– ".join(day for day in days if day)


def _day(day: dt.date | None) -> str:
    return _day_in(get_language() or "", day) if day else ""


@functools.lru_cache(maxsize=4096)
def _day_in(_language: str, day: dt.date) -> str:
    return date_format(day, "DATE_FORMAT").replace(" ", NO_BREAK)


def _state(incident: Incident) -> Badges:
    return [(incident.state, str(IncidentState(incident.state).label))]


# -- What they are sorted by ------------------------------------------------------------------


def _by(lookup: str) -> Callable[[Sight, bool], Any]:
    return lambda _sight, _descending: F(lookup)


def _by_text_or_blank(lookup: str) -> Callable[[Sight, bool], Any]:
    return lambda _sight, _descending: Coalesce(F(lookup), Value(""), output_field=CharField())


def _by_place_in(choices: type[TextChoices], field: str) -> Callable[[Sight, bool], Any]:
    """In the order of the list, which is the order of the work, not of the alphabet."""
    places = [When(**{field: value}, then=place) for place, value in enumerate(choices.values)]
    return lambda _sight, _descending: Case(*places, default=len(places))


def _by_day(*lookups: str) -> Callable[[Sight, bool], Any]:
    """By the first day there is; what has none comes last either way."""
    return lambda _sight, descending: Coalesce(
        *lookups, Value(dt.date.min if descending else dt.date.max)
    )


def _by_organization(sight: Sight, _descending: bool) -> Any:  # noqa: FBT001
    return F(f"site__organization__{'name' if sight.names else 'code'}")


def _sees_places(sight: Sight) -> bool:
    return sight.places


COLUMNS = (
    Column(
        "region",
        _("Region"),
        text=lambda incident, _sight: incident.site.region.shown_name,
        sorts_by=_by("site__region__name"),
        seen=_sees_places,
        usual=True,
    ),
    Column(
        "country",
        _("Country"),
        text=lambda incident, _sight: str(incident.site.country.name),
        sorts_by=_by("site__country"),
        seen=_sees_places,
    ),
    Column(
        "sector",
        _("Sector"),
        text=lambda incident, _sight: incident.site.organization.sector.shown_name,
        sorts_by=_by("site__organization__sector__name"),
        seen=_sees_places,
        usual=True,
    ),
    Column(
        "organization",
        _("Organization"),
        text=_organization,
        sorts_by=_by_organization,
        seen=_sees_places,
        usual=True,
    ),
    Column(
        "interviewer",
        _("Interviewer"),
        text=_interviewer,
        sorts_by=_by_text_or_blank("interview__interviewer__display_name"),
        seen=lambda sight: sight.people,
        usual=True,
    ),
    Column(
        "held",
        _("Interviewed"),
        text=lambda incident, _sight: _day(incident.interview.held_on),
        sorts_by=_by_day("interview__held_on"),
        seen=_sees_places,
    ),
    Column(
        "viewpoint",
        _("Viewpoint"),
        text=lambda incident, _sight: str(Viewpoint(incident.viewpoint).label),
        sorts_by=_by_place_in(Viewpoint, "viewpoint"),
        usual=True,
    ),
    Column(
        "told_as",
        _("Told as"),
        text=lambda incident, _sight: str(ToldAs(incident.told_as).label),
        sorts_by=_by_place_in(ToldAs, "told_as"),
    ),
    Column(
        "asked_for",
        _("Asked for"),
        text=lambda incident, _sight: str(AskedFor(incident.asked_for).label),
        sorts_by=_by_place_in(AskedFor, "asked_for"),
    ),
    Column(
        "valence",
        _("Valence"),
        badges=lambda incident: valences_of(getattr(incident, MOMENTS)),
        usual=True,
    ),
    Column(
        "happened",
        _("Happened"),
        text=_happened,
        sorts_by=_by_day("happened_from", "happened_to"),
        usual=True,
    ),
    Column(
        "language",
        _("Language"),
        text=lambda incident, _sight: incident.version.language if incident.version else "",
        sorts_by=_by_text_or_blank("version__language"),
    ),
    Column(
        "source",
        _("Number in the source"),
        text=lambda incident, _sight: incident.source_id,
        sorts_by=_by("source_id"),
        seen=lambda sight: sight.people,
    ),
    Column(
        "state",
        _("State"),
        badges=_state,
        sorts_by=_by_place_in(IncidentState, "state"),
        usual=True,
    ),
)
