"""Imports a file of so many rows into a study of its own: python -m scripts.bench.bring ROWS."""

import os
import sys
import uuid

import django


def main(rows: int) -> None:
    """Import and end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from incidents.actions.studies import found_study  # noqa: PLC0415  (after the set-up)
    from scripts.bench.questions.files import bring, file_of  # noqa: PLC0415

    study = found_study(slug=f"import-{uuid.uuid4().hex[:8]}", name="Import")
    bring(study, file_of(rows))


if __name__ == "__main__":
    main(int(sys.argv[1]))
