"""Brings database, static files and demo study up to date before the processes start."""

import hashlib
import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    """Do what is missing; with nothing to do this takes a second or two."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    if not settings.DEBUG:
        collect_static_files()
    if settings.DEMO_STUDY:
        call_command("seed_demo")


def collect_static_files() -> None:
    """Collect and compress the static files when any of their sources changed."""
    stamp = settings.DATA_DIR / "static.stamp"
    fingerprint = _fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    print("Collecting the static files, some ten seconds …", flush=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(fingerprint)


def _fingerprint() -> str:
    sources = [
        settings.BASE_DIR / "requirements" / "runtime.txt",
        settings.BASE_DIR / "package-lock.json",
        *sorted((settings.BASE_DIR / "static").rglob("*")),
        *sorted((settings.BASE_DIR / "docs" / "screenshots").glob("*")),
        *(Path(__file__).with_name(name) for name in ("finders.py", "storage.py")),
    ]
    digest = hashlib.sha256()
    for path in filter(Path.is_file, sources):
        digest.update(str(path).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
