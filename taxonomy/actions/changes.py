"""What an act changes, as the engine of revisions takes it: fields before and after."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from incidents.texts import same_breaks
from taxonomy.actions.revisions import InvalidTree
from taxonomy.models import Category, Round
from taxonomy.queries.revisions import REFERENCES, TEXTS
from taxonomy.tabulation.folding import CATEGORY, ROUND, Fields, ObjectChange


def new_round(position: int, name: str) -> ObjectChange:
    """A round that is added; 1 is the finest."""
    fields = {"position": position, "name": name.strip(), "exists": True, "frozen": False}
    return ObjectChange(ROUND, str(uuid.uuid4()), {"exists": False}, fields)


def new_category(
    *,
    round_uid: str,
    parent: str | None,
    position: int,
    split_from: str | None = None,
    **texts: str,
) -> ObjectChange:
    """A category that is added; references are uids, `texts` its name and other words."""
    fields: Fields = {
        "round": round_uid,
        "parent": parent,
        "merged_into": None,
        "split_from": split_from,
        "position": position,
        **{name: same_breaks(texts.get(name, "")).strip() for name in TEXTS},
        "exists": True,
        "retired": False,
    }
    return ObjectChange(CATEGORY, str(uuid.uuid4()), {"exists": False}, fields)


def changed(kind: str, row: Round | Category, wanted: Fields) -> ObjectChange:
    """Say how a row comes to these values, with only the fields that differ.

    Line breaks of one kind are as good as those of another.
    """
    wanted = {name: _tidied(value) for name, value in wanted.items()}
    before = {name: _value(row, name) for name in wanted}
    differing = [name for name in wanted if wanted[name] != _tidied(before[name])]
    return ObjectChange(
        kind,
        str(row.uid),
        {name: before[name] for name in differing},
        {name: wanted[name] for name in differing},
    )


def _tidied(value: Any) -> Any:
    return same_breaks(value) if isinstance(value, str) else value


def _value(row: Round | Category, name: str) -> Any:
    value = getattr(row, name)
    if name in REFERENCES:
        return None if value is None else str(value.uid)
    return value


def as_they_are(categories: Iterable[Category]) -> list[Category]:
    """Categories of one scheme as they stand now, in this order; refuses those that are gone."""
    wanted = [category.pk for category in categories]
    rows = Category.objects.select_related("scheme", "round", "merged_into").in_bulk(wanted)
    gone = [row for row in rows.values() if not row.exists]
    if gone:
        raise InvalidTree(_("“%(name)s” is no longer part of the scheme.") % {"name": gone[0]})
    return [rows[key] for key in wanted]


def refuse_merged(row: Category) -> None:
    """Raise InvalidTree where another category stands for this one."""
    if row.merged_into is not None:
        raise InvalidTree(
            _("“%(name)s” has been merged into “%(other)s”.")
            % {"name": row, "other": row.merged_into}
        )
