"""The change log: every act writes one entry in its own transaction."""

import uuid
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
    return insert(
        Change(
            study=study,
            member=by,
            user=user,
            verb=verb,
            object_type=type(on).__name__.lower(),
            object_uid=on.uid,
            details=details,
        )
    )
