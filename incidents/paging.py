"""Pages of a long list by key, as quick at the end as at the start; and its length in words."""

import dataclasses
import uuid
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.utils.formats import number_format

PAGE_SIZE = 50
BETWEEN = "~"  # a place in a list: the uid of a row, and what the row was sorted by

Row = TypeVar("Row", bound=Model)


@dataclasses.dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page; `after` and `before` are the places that lead on and back, if any."""

    rows: list[Row]
    after: uuid.UUID | str | None
    before: uuid.UUID | str | None


@dataclasses.dataclass(frozen=True)
class Sorting:
    """By which name of a row, never null, a list is sorted; of equal ones the newest come first."""

    name: str = ""
    descending: bool = False

    def order(self, *, back: bool) -> list[Any]:
        """The order of the rows, or the reverse of it."""
        first = [F(self.name).desc() if self.descending != back else F(self.name).asc()]
        return [*(first if self.name else []), "pk" if back else "-pk"]

    def beyond(self, place: "Place", *, back: bool = False) -> Q:
        """What follows a place, or what precedes it."""
        same = Q(pk__gt=place.key) if back else Q(pk__lt=place.key)
        if not self.name:
            return same
        way = "lt" if self.descending != back else "gt"
        further = Q(**{f"{self.name}__{way}": place.value})
        here = Q(**{f"{self.name}__{way}e": place.value})  # says an index where to begin
        return here & (further | same)

    def place_of(self, row: Model) -> uuid.UUID | str:
        """Where a row of the list stands, for an address."""
        uid: uuid.UUID = row.uid  # type: ignore[attr-defined]
        return f"{uid}{BETWEEN}{getattr(row, self.name)}" if self.name else uid


NEWEST = Sorting()


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a page begins or ends: the row's key, and what it was sorted by."""

    key: int
    value: Any = None


def page_by_key(
    rows: QuerySet[Row],
    *,
    query: Any,
    size: int = PAGE_SIZE,
    sorting: Sorting = NEWEST,
    read: Callable[[list[Row]], list[Row]] = list,
) -> Page[Row]:
    """Cut one page out of `rows`, which are put in order: newest first, or as `sorting` says.

    `query` is the request's GET: `after=place` asks for what follows there, `before=place` for what
    precedes it; a place of no row starts again from the top. A place carries what its row was
    sorted by, so a page goes on from there though the row has changed since. Where `rows` are only
    keys, `read` gives what they stand for, in the same order.
    """
    before = _place(rows, query.get("before"), sorting)
    if before is not None:
        found = list(_preceding(rows, before, sorting)[: size + 1])
        if len(found) > size:
            return _page(read(found[size - 1 :: -1]), sorting, has_next=True, has_previous=True)
        return page_by_key(rows, query={}, size=size, sorting=sorting, read=read)
    place = _place(rows, query.get("after"), sorting)
    ordered = rows.order_by(*sorting.order(back=False))
    found = list((ordered.filter(sorting.beyond(place)) if place else ordered)[: size + 1])
    more = len(found) > size
    return _page(read(found[:size]), sorting, has_next=more, has_previous=place is not None)


def _preceding(rows: QuerySet[Row], place: "Place", sorting: Sorting) -> QuerySet[Row]:
    """What comes before a place, the nearest first."""
    ordered = rows.order_by(*sorting.order(back=True))
    return ordered.filter(sorting.beyond(place, back=True))


def _page(rows: list[Row], sorting: Sorting, *, has_next: bool, has_previous: bool) -> Page[Row]:
    return Page(
        rows=rows,
        after=sorting.place_of(rows[-1]) if rows and has_next else None,
        before=sorting.place_of(rows[0]) if rows and has_previous else None,
    )


def _place(rows: QuerySet[Row], text: str | None, sorting: Sorting) -> Place | None:
    """The place that an address names; its uid is looked up whatever the filters."""
    uid, _between, value = (text or "").partition(BETWEEN)
    if not uid or "\x00" in value:  # which PostgreSQL cannot even compare with
        return None
    try:
        key = rows.model._default_manager.filter(uid=uid).values_list("pk", flat=True).first()
        if key is None or not sorting.name:
            return None if key is None else Place(key)
        return Place(key, rows.query.resolve_ref(sorting.name).output_field.to_python(value))
    except ValidationError:
        return None


def shown_number(number: int) -> str:
    """A number with its thousands set apart."""
    return str(number_format(number, use_l10n=True, force_grouping=True))


def shown_decimal(number: float | Decimal, places: int) -> str:
    """A number with so many decimals, rounded half up: Django's own way cuts the others off."""
    step = Decimal(1).scaleb(-places)
    rounded = Decimal(str(number)).quantize(step, ROUND_HALF_UP)
    shown = str(number_format(abs(rounded), places, use_l10n=True, force_grouping=True))
    return f"−{shown}" if rounded < 0 else shown


def shown_bounded(count: tuple[int, bool]) -> str:
    """A count and whether it is all: exact, or at least so many."""
    number, is_all = count
    return shown_number(number) if is_all else f"{shown_number(number)}+"
