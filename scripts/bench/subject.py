"""What is measured on: the large study, and people who are signed in to it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from incidents.choices import RoleName
from incidents.jobs import run_now
from incidents.models import Job, Study
from scripts.bench.generator import SLUG, account
from taxonomy.models import Scheme


@dataclass(frozen=True)
class Subject:
    """The database of one size, and the folder for logs and files."""

    size: int
    folder: Path

    @cached_property
    def study(self) -> Study:
        """The study that was generated."""
        return Study.objects.get(slug=SLUG)

    @cached_property
    def scheme(self) -> Scheme:
        """Its scheme."""
        return Scheme.objects.select_related("study").filter(study=self.study).earliest("pk")

    def client(self, role: RoleName) -> Client:
        """A browser in which the person with this role is signed in."""
        client = Client(SERVER_NAME="localhost")
        client.force_login(account(role))
        return client

    def address(self, name: str, *args: object) -> str:
        """The address of a page of the study."""
        return reverse(name, args=[self.study.slug, *args])


def page(client: Client, url: str, **headers: str) -> Callable[[], HttpResponseBase]:
    """An act that opens a page and insists that it opens."""

    def open_page() -> HttpResponseBase:
        response = client.get(url, headers=headers)
        if response.status_code != 200:  # noqa: PLR2004  (OK)
            msg = f"{url} answers {response.status_code}"
            raise RuntimeError(msg)
        return response

    return open_page


def count_now(study: Study) -> None:
    """Do the counting that waits, as the worker would."""
    for job in Job.objects.filter(study=study, state="waiting"):
        run_now(job)
