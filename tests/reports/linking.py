"""What the tests of links for clients share."""

import datetime as dt

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents import jobs
from reports.actions import composing, running, sharing
from reports.models import RunChart
from tests.reports.test_dashboards import add_table, saved
from tests.reports.test_reports import tell_much
from tests.reports.test_runs import ran

DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" role="group" aria-labelledby="dots-1-title">{}</svg>'
)
TITLED = DRAWN.format('<title id="dots-1-title">Dots</title><path class="fill-ink" d="M0,0" />')


def picture(run):
    return [RunChart(run=run, kind="dots", theme=theme, svg=TITLED) for theme in ("light", "dark")]


def start_no_engine(monkeypatch):
    """Let pictures be drawn without a JavaScript engine."""
    monkeypatch.setattr(running, "pictures_of", picture)
    monkeypatch.setattr(sharing, "pictures_of", picture)


def dashboard_of(world):
    """Return a dashboard with a saved table, its findings and a picture."""
    found = composing.create_dashboard(title="At work", is_front=False, by=world.analyst)
    return add_table(found, saved(world), world.analyst, findings=True, charts=["dots"])


def share(world, dashboard, *, days=30, by=None, **fields):
    """Ask for a link, let a worker make its page; return it with its token and its job."""
    until = timezone.now() + dt.timedelta(days=days)
    asked = {"recipient": "Ms. Ivy", "expires_at": until, "by": by or world.analyst, **fields}
    link, token = sharing.share_dashboard(dashboard=dashboard, **asked)
    job = jobs.run_now(link.job)
    link.refresh_from_db()
    return link, token, job


def opened(token):
    return Client().get(reverse("reports:client_page", args=[token]))


def computed(world):
    """Let much be told and the table be computed."""
    tell_much(world)
    return ran(world)
