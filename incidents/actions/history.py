"""The change log: every act writes one entry in its own transaction."""

import uuid
from collections.abc import Iterable
from typing import Any, Protocol

from incidents.models import Change, Member, Study, User
from incidents.prepared import insert


class Identified(Protocol):
    """Anything with a uid."""

    uid: uuid.UUID


def record_change(
    *,
    verb: str,
    on: Identified,
    study: Study | None,
    by: Member | None = None,
    user: User | None = None,
    **details: Any,
) -> Change:
    """Write one entry of the change log and return it.

    `details` are ids, field names and non-text values; never what people told. `by` is None when
    the system acts. Call inside the transaction of the act.
    """
    return insert(_entry(verb, on, study=study, member=by, user=user, details=details))


def record_changes(
    *,
    verb: str,
    on: Iterable[Identified],
    study: Study,
    by: Member | None = None,
    **details: Any,
) -> None:
    """Write one entry of the change log for each of many objects; the rest as `record_change`."""
    Change.objects.bulk_create(
        _entry(verb, one, study=study, member=by, details=details) for one in on
    )


def _entry(verb: str, on: Identified, **fields: Any) -> Change:
    kind = type(on).__name__.lower()
    return Change(verb=verb, object_type=kind, object_uid=on.uid, **fields)
