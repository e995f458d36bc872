"""Commands that answer a user's mistake with a sentence and never with a traceback."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from incidents.models import Study
from taxonomy.models import Scheme


class PlainCommand(BaseCommand):
    """A command that says what to do where the database is not ready."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command, or say that the database has to be prepared."""
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            if options.get("traceback"):
                raise
            message = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise CommandError(
                f"The database cannot be used ({message}). Does it run, and did you prepare it"
                " with “manage.py migrate”?"
            ) from error
        except UnicodeEncodeError as error:
            if options.get("traceback"):
                raise
            raise CommandError(_unwritable(error)) from error

    def add_study(self, parser: ArgumentParser, *, required: bool = True) -> None:
        """Take --study SLUG."""
        parser.add_argument("--study", required=required, help="short name of the study")


def readable(name: str) -> Path:
    """The file of this name. Raises CommandError where there is none, or none to read."""
    path = Path(name)
    try:
        if not path.is_file():
            raise CommandError(f"There is no file “{path}”.")
        path.open("rb").close()
    except OSError as error:
        raise CommandError(f"“{path}” cannot be read: {error.strerror}.") from None
    return path


def study_named(slug: str) -> Study:
    """The study with this slug. Raises CommandError that names those there are."""
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        slugs = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise CommandError(f"There is no study “{slug}”. There are: {slugs or 'none yet'}.")
    return study


def scheme_named(study: Study, slug: str | None) -> Scheme:
    """The scheme with this slug, or the only one; CommandError names those there are."""
    schemes = list(Scheme.objects.filter(study=study).select_related("study").order_by("slug"))
    found = [one for one in schemes if slug in {None, one.slug}]
    if len(found) != 1:
        slugs = ", ".join(one.slug for one in schemes) or "none yet"
        missing = f"The study has no scheme “{slug}”." if slug else "Say which scheme: --scheme."
        raise CommandError(f"{missing} It has: {slugs}.")
    return found[0]


def _unwritable(error: UnicodeEncodeError) -> str:
    if error.encoding.replace("-", "").lower() == "utf8":
        return "What was typed is not UTF-8."
    return f"This terminal ({error.encoding}) cannot show it. Set PYTHONIOENCODING=utf-8."
