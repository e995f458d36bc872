"""Somebody who is signed in at a server of its own process, and posts forms there."""

import http.client
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from incidents.models import User
from scripts.bench.servers import HOST

TIMEOUT = 60  # seconds


@dataclass
class Browser:
    """One connection, kept open; the session is made in the database, not by signing in."""

    port: int
    session: str
    token: str = field(
        default_factory=lambda: "".join(secrets.choice(string.ascii_letters) for _one in range(32))
    )
    _connection: http.client.HTTPConnection | None = None

    def post(self, url: str, form: Mapping[str, object], **headers: str) -> tuple[int, str]:
        """Post a form; returns the status and where it leads, or else what it says.

        Raises OSError or HTTPException as they come.
        """
        kept_open = self._connection is not None
        try:
            return self._post(url, self.body(form), headers)
        except (http.client.CannotSendRequest, ConnectionError):
            self.close()
            if not kept_open:
                raise
        return self._post(url, self.body(form), headers)  # the server had let go of an idle one

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        connection = self._connection or http.client.HTTPConnection(
            HOST, self.port, timeout=TIMEOUT
        )
        self._connection = connection
        connection.request("POST", url, body, {**self.headers(), **headers})
        response = connection.getresponse()
        answer = response.read()
        if response.will_close:
            self.close()
        return response.status, response.getheader("Location") or answer.decode()

    def body(self, form: Mapping[str, object]) -> bytes:
        """A form as it travels."""
        return urlencode({**form, "csrfmiddlewaretoken": self.token}).encode()

    def headers(self) -> dict[str, str]:
        """What a browser says about itself."""
        names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
        cookies = dict(zip(names, (self.session, self.token), strict=True))
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Host": f"localhost:{self.port}",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def session_of(user: User) -> str:
    """The key of a session in which the user is signed in."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
