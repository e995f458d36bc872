"""How far a command is, on one line of the terminal that is written over and over."""

import time
from types import TracebackType
from typing import Self

from django.core.management.base import OutputWrapper

SECONDS_BETWEEN = 0.2


class Line:
    """Shows progress where somebody looks at a terminal; says nothing in a file or a pipe."""

    def __init__(self, stream: OutputWrapper) -> None:
        self._stream = stream
        self._shown = ""
        self._due = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show what is being done, and how much of it is done."""
        if not self._stream.isatty() or time.monotonic() < self._due:
            return
        text = f"{what}: {done:,} of {total:,}" if total else f"{what} …"
        self._write(text)
        self._due = time.monotonic() + SECONDS_BETWEEN

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        blank = " " * max(0, len(self._shown) - len(text))
        self._stream.write(f"\r{text}{blank}" if text else f"\r{blank}\r", ending="")
        self._stream.flush()
        self._shown = text
