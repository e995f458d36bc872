"""The columns of the grid of incidents: what each reads and shows, to whom, and how it sorts."""

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Case, CharField, F, TextChoices, Value, When
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from incidents.choices import AskedFor, IncidentState, ToldAs, Viewpoint
from incidents.models.studies import shown_name
from reports.queries.incidents import Sight
from reports.queries.verbatims import valences_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NO_BREAK = "\N{NO-BREAK SPACE}"
VALENCES = "valences"  # of all moments of an incident, in their order
Badges = list[tuple[str, str]]


@dataclasses.dataclass(frozen=True)
class Column:
    """One column: the names of what it `reads`, which are given to `text` or to `badges`.

    `sorts_by` gives what rows are sorted by, never null, from whether they descend; None: the
    column does not sort. `usual`: shown to who has not chosen.
    """

    name: str
    label: "StrOrPromise"
    reads: tuple[str, ...]
    text: Callable[..., str] = lambda value: value or ""
    badges: Callable[[Any], Badges] | None = None
    sorts_by: Callable[[bool], Any] | None = None
    seen: Callable[[Sight], bool] = lambda _sight: True
    usual: bool = False


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


# -- What they show ---------------------------------------------------------------------------


def _place(name: str, not_stated: bool) -> str:  # noqa: FBT001
    return shown_name(name, not_stated=not_stated)


def _in_words(choices: type[TextChoices]) -> Callable[[str], str]:
    return lambda value: str(choices(value).label)


def _happened(first: dt.date | None, last: dt.date | None) -> str:
    first, last = first or last, last or first
    days = [first] if first == last else [first, last]
    return f"{NO_BREAK}– ".join(_day(day) for day in days if day)


def _day(day: dt.date | None) -> str:
    return _day_in(get_language() or "", day) if day else ""


@functools.lru_cache(maxsize=4096)
def _day_in(_language: str, day: dt.date) -> str:
    return date_format(day, "DATE_FORMAT").replace(" ", NO_BREAK)


def _state(state: str) -> Badges:
    return [(state, str(IncidentState(state).label))]


# -- What they are sorted by ------------------------------------------------------------------


def _by(lookup: str) -> Callable[[bool], Any]:
    return lambda _descending: F(lookup)


def _by_text_or_blank(lookup: str) -> Callable[[bool], Any]:
    return lambda _descending: Coalesce(F(lookup), Value(""), output_field=CharField())


def _by_place_in(choices: type[TextChoices], field: str) -> Callable[[bool], Any]:
    """In the order of the list, which is the order of the work, not of the alphabet."""
    places = [When(**{field: value}, then=place) for place, value in enumerate(choices.values)]
    return lambda _descending: Case(*places, default=len(places))


def _by_day(*lookups: str) -> Callable[[bool], Any]:
    """By the first day there is; what has none comes last either way."""
    return lambda descending: Coalesce(*lookups, Value(dt.date.min if descending else dt.date.max))


def _sees_places(sight: Sight) -> bool:
    return sight.places


COLUMNS = (
    Column(
        "region",
        _("Region"),
        reads=("site__region__name", "site__region__not_stated"),
        text=_place,
        sorts_by=_by("site__region__name"),
        seen=_sees_places,
        usual=True,
    ),
    Column(
        "country",
        _("Country"),
        reads=("site__country",),
        text=countries.name,
        sorts_by=_by("site__country"),
        seen=_sees_places,
    ),
    Column(
        "sector",
        _("Sector"),
        reads=("site__organization__sector__name", "site__organization__sector__not_stated"),
        text=_place,
        sorts_by=_by("site__organization__sector__name"),
        seen=_sees_places,
        usual=True,
    ),
    Column(
        "organization",
        _("Organization"),
        reads=("site__organization__name", "site__organization__not_stated"),
        text=_place,
        sorts_by=_by("site__organization__name"),
        seen=lambda sight: sight.places and sight.names,
        usual=True,
    ),
    Column(
        "organization",
        _("Organization"),
        reads=("site__organization__code",),
        sorts_by=_by("site__organization__code"),
        seen=lambda sight: sight.places and not sight.names,
        usual=True,
    ),
    Column(
        "interviewer",
        _("Interviewer"),
        reads=("interview__interviewer__display_name",),
        sorts_by=_by_text_or_blank("interview__interviewer__display_name"),
        seen=lambda sight: sight.people,
        usual=True,
    ),
    Column(
        "held",
        _("Interviewed"),
        reads=("interview__held_on",),
        text=_day,
        sorts_by=_by_day("interview__held_on"),
        seen=_sees_places,
    ),
    Column(
        "viewpoint",
        _("Viewpoint"),
        reads=("viewpoint",),
        text=_in_words(Viewpoint),
        sorts_by=_by_place_in(Viewpoint, "viewpoint"),
        usual=True,
    ),
    Column(
        "told_as",
        _("Told as"),
        reads=("told_as",),
        text=_in_words(ToldAs),
        sorts_by=_by_place_in(ToldAs, "told_as"),
    ),
    Column(
        "asked_for",
        _("Asked for"),
        reads=("asked_for",),
        text=_in_words(AskedFor),
        sorts_by=_by_place_in(AskedFor, "asked_for"),
    ),
    Column(
        "valence",
        _("Valence"),
        reads=(VALENCES,),
        badges=valences_of,
        usual=True,
    ),
    Column(
        "happened",
        _("Happened"),
        reads=("happened_from", "happened_to"),
        text=_happened,
        sorts_by=_by_day("happened_from", "happened_to"),
        usual=True,
    ),
    Column(
        "language",
        _("Language"),
        reads=("version__language",),
        sorts_by=_by_text_or_blank("version__language"),
    ),
    Column(
        "source",
        _("Number in the source"),
        reads=("source_id",),
        sorts_by=_by("source_id"),
        seen=lambda sight: sight.people,
    ),
    Column(
        "state",
        _("State"),
        reads=("state",),
        badges=_state,
        sorts_by=_by_place_in(IncidentState, "state"),
        usual=True,
    ),
)
