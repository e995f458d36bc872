"""Measures one database at one size: python -m scripts.bench.run SIZE [QUESTION …]."""

import importlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.core.management import call_command

if TYPE_CHECKING:
    from scripts.bench.subject import Subject

QUESTIONS = (
    "pages",
    "figures",
    "grid",
    "counting",
    "coding",
    "agreement",
    "classifier",
    "reliability",
    "saving",
    "files",
    "exports",
    "reading",
)


def main(size: int, names: list[str]) -> None:
    """Make the study if it is not there, ask each question, print the answers as a table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from config.prepare import collect_static_files  # noqa: PLC0415  (after the set-up)
    from scripts.bench import measuring, subject  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    collect_static_files()
    one = subject.Subject(size, Path(settings.DATA_DIR))
    _generate(one)
    for name in names or QUESTIONS:
        began = time.monotonic()
        question = importlib.import_module(f"scripts.bench.questions.{name}")
        lines = list(question.ask(one))
        _say(f"\n{name}, {_where()}, {size:,} incidents ({time.monotonic() - began:.0f} s)\n")
        _say(measuring.table(lines))


def _generate(one: "Subject") -> None:
    from incidents.models import Study  # noqa: PLC0415
    from scripts.bench import generator, subject  # noqa: PLC0415

    if not Study.objects.filter(slug=generator.SLUG).exists():
        began = time.monotonic()
        generator.generate(one.size)
        _say(f"\n{one.size:,} incidents written in {time.monotonic() - began:.0f} s")
    subject.count_now(one.study)
    from taxonomy.actions.tallying import request_where_stale  # noqa: PLC0415

    request_where_stale(Study.objects.filter(pk=one.study.pk))
    subject.count_now(one.study)


def _where() -> str:
    return "SQLite" if "sqlite" in settings.DATABASES["default"]["ENGINE"] else "PostgreSQL"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
