"""Pages of a long list by key: as quick at the end as at the start, and no counter in the URL."""

import dataclasses
import uuid
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

PAGE_SIZE = 50

Row = TypeVar("Row", bound=Model)


@dataclasses.dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page; `after` and `before` are the uids that lead on and back, if any."""

    rows: list[Row]
    after: uuid.UUID | None
    before: uuid.UUID | None


def page_by_key(rows: QuerySet[Row], *, query: Any, size: int = PAGE_SIZE) -> Page[Row]:
    """Cut one page out of `rows`, which are put in order newest first.

    `query` is the request's GET: `after=uid` asks for what follows that row, `before=uid` for what
    precedes it; an unknown uid starts again from the top.
    """
    rows = rows.order_by("-pk")
    back = _key_of(rows, query.get("before"))
    key = back or _key_of(rows, query.get("after"))
    if back is not None:
        found = list(rows.filter(pk__gt=back).order_by("pk")[: size + 1])
    else:
        found = list((rows.filter(pk__lt=key) if key else rows)[: size + 1])
    more, shown = len(found) > size, found[:size]
    if back is not None:
        shown.reverse()
    has_next, has_previous = (True, more) if back is not None else (more, key is not None)
    return Page(
        rows=shown,
        after=shown[-1].uid if shown and has_next else None,  # type: ignore[attr-defined]
        before=shown[0].uid if shown and has_previous else None,  # type: ignore[attr-defined]
    )


def _key_of(rows: QuerySet[Row], uid: str | None) -> int | None:
    """The primary key behind a uid; looked up in all rows of the kind, whatever the filters."""
    if not uid:
        return None
    try:
        key = rows.model._default_manager.filter(uid=uid).values_list("pk", flat=True).first()
    except ValidationError:
        return None
    return key
