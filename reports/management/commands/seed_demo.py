"""Build the demo study."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from incidents.jobs import run_now
from incidents.models import Job
from reports.actions.demo import is_seeded, make_accounts, seed_reconstruction
from reports.demo.world import FOLDER, read_counts
from taxonomy.management.plain import PlainCommand

SLUG = "achieveglobal-1999"
NAME = "AchieveGlobal 1998–99 (reconstruction)"
PASSWORD = "candid-demo"  # noqa: S105  (a demonstration on one's own machine; printed at start)


class Command(PlainCommand):
    """Build “AchieveGlobal 1998–99 (reconstruction)” unless it is there."""

    help = "Build the demo study (once; a run that was cut off is taken up) and its accounts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the password of the demo accounts."""
        parser.add_argument("--password", help="password of the demo accounts")
        parser.add_argument(
            "--counts",
            choices=["reconstruction", "reconstruction_b"],
            default="reconstruction",
            help="which of the two sets of counts that print the published table",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Build what is missing and print the demo accounts."""
        if settings.PRODUCTION and not options["password"]:
            raise CommandError(
                "In production the demo accounts need a password of their own: --password."
            )
        password = options["password"] or PASSWORD
        accounts = make_accounts(password)
        if not is_seeded(SLUG):
            counts = read_counts(FOLDER / f"{options['counts']}.csv")
            seed_reconstruction(slug=SLUG, name=NAME, counts=counts, progress=self._progress)
            for job in Job.objects.filter(study__slug=SLUG, state="waiting"):
                run_now(job)
            self.stdout.write("\n" if self.stdout.isatty() else "", ending="")
        self.stdout.write(f"Demo study: {NAME} ({SLUG}). Sign in as:")
        for email in accounts:
            self.stdout.write(f"  {email}  password: {password}")

    def _progress(self, done: int, total: int) -> None:
        if not self.stdout.isatty():
            return
        self.stdout.write(f"\rWriting the demo study: {done} of {total} incidents", ending="")
        self.stdout.flush()
