"""Finds the few files of the npm packages that the pages use."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core import checks
from django.core.files.storage import FileSystemStorage

PREFIX = "npm"
ALLOWED = (
    "bootstrap/dist/css/bootstrap-reboot.min.css",
    "bootstrap/dist/css/bootstrap-reboot.min.css.map",
    "bootstrap/dist/css/bootstrap-utilities.min.css",
    "bootstrap/dist/css/bootstrap-utilities.min.css.map",
    "@fontsource-variable/inter/wght.css",
    "@fontsource-variable/inter/files/inter-*-wght-normal.woff2",
    "htmx.org/dist/htmx.min.js",
    "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "tom-select/dist/css/tom-select.bootstrap5.min.css.map",
    "tom-select/dist/js/tom-select.complete.min.js",
    "tom-select/dist/js/tom-select.complete.min.js.map",
)

Messages = list[checks.CheckMessage]  # the class has a method called list


class NpmFinder(BaseFinder):
    """Serves the files of ALLOWED under npm/, and nothing else of node_modules."""

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        self.storage = FileSystemStorage(location=settings.NODE_MODULES_DIR)
        self.storage.prefix = PREFIX  # type: ignore[attr-defined]

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """Return where an allowed file lies, as staticfiles asks for it."""
        found = [
            self.storage.path(name) for name in self._installed() if path == f"{PREFIX}/{name}"
        ]
        return found if find_all else next(iter(found), [])

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield every allowed file that is installed."""
        del ignore_patterns
        return ((name, self.storage) for name in self._installed())

    def check(self, **_kwargs: Any) -> Messages:
        """Warn when the front-end packages are not installed."""
        root = Path(self.storage.location)
        missing = [pattern for pattern in ALLOWED if not any(root.glob(pattern))]
        message = f"Missing in {root}: {', '.join(missing)}"
        return [checks.Warning(message, hint="Run `make setup`.", id="candid.W001")] * bool(missing)

    def _installed(self) -> Iterator[str]:
        root = Path(self.storage.location)
        files = (file for pattern in ALLOWED for file in sorted(root.glob(pattern)))
        return (file.relative_to(root).as_posix() for file in files)
