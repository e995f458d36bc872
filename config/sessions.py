"""Sessions in the database, looked for under names as we give them only."""

import re
from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from incidents.prepared import Given, Question

GIVEN = re.compile(r"[a-z0-9]{8,40}")

_standing: Question[Any] = Question(
    lambda: db.SessionStore.get_model_class().objects.filter(
        session_key=Given("key"), expire_date__gt=Given("now")
    )
)


class SessionStore(db.SessionStore):
    """Takes no cookie for a session that PostgreSQL could not even look for: one with a NUL."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(GIVEN.fullmatch(key or ""))

    def _get_session_from_db(self) -> Any:
        found = _standing.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found
