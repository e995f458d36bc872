"""Build the demo studies."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from incidents.jobs import run_now
from incidents.models import Job
from reports.actions.demo.accounts import make_accounts
from reports.actions.demo.building import is_seeded
from reports.actions.demo.four_regions import seed_four_regions
from reports.actions.demo.reconstruction import seed_reconstruction
from reports.demo.world import FOLDER, read_counts
from taxonomy.actions.suggesting import TRAIN_CLASSIFIER
from taxonomy.management.plain import PlainCommand

RECONSTRUCTION = ("achieveglobal-1999", "AchieveGlobal 1998–99 (reconstruction)")
FOUR_REGIONS = ("four-regions-2026", "Four regions 2026 (fictional)")
PASSWORD = "candid-demo"  # noqa: S105  (a demonstration on one's own machine; printed at start)


class Command(PlainCommand):
    """Build the demo studies that are not there."""

    help = "Build the demo studies (once; a run that was cut off is taken up) and their accounts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the password of the demo accounts, and which studies."""
        parser.add_argument("--password", help="password of the demo accounts")
        parser.add_argument(
            "--counts",
            choices=["reconstruction", "reconstruction_b"],
            default="reconstruction",
            help="which of the two sets of counts that print the published table",
        )
        parser.add_argument(
            "--only",
            choices=[RECONSTRUCTION[0], FOUR_REGIONS[0]],
            help="build only this study",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Build what is missing and print the demo accounts."""
        if settings.PRODUCTION and not options["password"]:
            raise CommandError(
                "In production the demo accounts need a password of their own: --password."
            )
        password = options["password"] or PASSWORD
        accounts = make_accounts(password)
        counts = FOLDER / f"{options['counts']}.csv"
        studies: dict[tuple[str, str], Callable[..., Any]] = {
            RECONSTRUCTION: lambda **study: seed_reconstruction(
                counts=read_counts(counts), **study
            ),
            FOUR_REGIONS: seed_four_regions,
        }
        for (slug, name), seed in studies.items():
            if options["only"] in {None, slug}:
                self._build(slug, name, seed)
        self.stdout.write("Sign in as:")
        for email in accounts:
            self.stdout.write(f"  {email}  password: {password}")

    def _build(self, slug: str, name: str, seed: Callable[..., Any]) -> None:
        if not is_seeded(slug):
            seed(slug=slug, name=name, progress=self._progress)
            waiting = Job.objects.filter(study__slug=slug, state="waiting")
            for job in waiting.exclude(kind=TRAIN_CLASSIFIER):  # scikit-learn is the worker's
                run_now(job)
            self.stdout.write("\n" if self.stdout.isatty() else "", ending="")
        self.stdout.write(f"Demo study: {name} ({slug}).")

    def _progress(self, done: int, total: int) -> None:
        if not self.stdout.isatty():
            return
        self.stdout.write(f"\rWriting a demo study: {done} of {total} incidents", ending="")
        self.stdout.flush()
