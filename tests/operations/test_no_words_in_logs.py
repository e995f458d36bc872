"""Words that nobody may find in a log are sent everywhere, and looked for."""

import io
import logging
import uuid
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError
from django.test import Client
from django.urls import reverse

from config import logs
from incidents import jobs
from incidents.choices import RoleName
from incidents.jobs import registry
from incidents.models import Draft, IncidentVersion, Job
from incidents.tasks import run_job, sweep_jobs
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory

MARKER = "zimtsternchen"
TOLD = f"Then the clerk said {MARKER} and tore it up."
pytestmark = pytest.mark.django_db
SENT = ["incident_draft", "incident_submit"]


@pytest.fixture(params=[logs.Json, logs.Discreet])
def written(request, monkeypatch):
    """Everything that is logged during the test, at every level, in each of the two forms."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [*root.handlers, handler])
    for name in ("", "celery", "candid.requests", "gunicorn.error"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    monkeypatch.setattr(logging.Logger.manager, "disable", 0)
    clear_caches()
    yield stream
    clear_caches()


def clear_caches():
    """Let loggers ask for their levels anew."""
    logging.Logger.manager._clear_cache()


@pytest.fixture
def interview():
    return InterviewFactory()


@pytest.fixture
def sender(client, interview):
    """Return a client that shows a failure as people see it, and the addresses of an incident."""
    client.raise_request_exception = False
    client.force_login(interview.interviewer.user)
    uid = uuid.uuid4()

    place = [interview.study.slug, interview.uid, uid]
    addresses = {name: reverse(f"incidents:{name}", args=place) for name in SENT}

    def send(name, **changes):
        return client.post(addresses[name], form(interview, **changes))

    return SimpleNamespace(send=send, client=client, uid=uid)


def form(interview, **changes):
    return {
        "tab": "tab",
        "member": str(interview.interviewer.uid),
        "position": "1",
        "based_on": "",
        "continues": "",
        "headline": TOLD,
        "jot": TOLD,
        "situation": TOLD,
        "told_as": "customer",
        "valence": "negative",
        "language": "en",
        **changes,
    }


def quote_it(*_args, **_options):
    """Fail as PostgreSQL does where it refuses a row: with the row."""
    raise DataError(f"value too long\nDETAIL: Failing row contains ({TOLD}).")


def lines(written):
    found = written.getvalue()
    assert found, "nothing was logged, so nothing was shown"
    return found


def test_what_is_told_saved_and_submitted_is_in_no_log(sender, written):
    sender.send("incident_draft")
    sender.send("incident_submit")
    sender.send("incident_submit", told_as="nonsense", language=MARKER)

    assert IncidentVersion.objects.filter(headline__contains=MARKER).exists()
    assert MARKER not in lines(written)


@pytest.mark.parametrize("name", SENT)
def test_an_error_on_the_way_tells_its_place_only(sender, written, monkeypatch, name):
    monkeypatch.setattr(Draft.objects.__class__, "get_queryset", quote_it)

    response = sender.send(name)

    assert response.status_code == 500
    found = lines(written)
    assert "DataError at" in found
    assert "test_no_words_in_logs.py" in found
    assert MARKER not in found + response.text


def test_what_is_asked_for_in_an_address_is_in_no_log(client, written):
    analyst = MemberFactory(roles=[RoleName.ANALYST])
    IncidentFactory(study=analyst.study)
    client.force_login(analyst.user)
    asked = {"words": MARKER, "search": MARKER, "q": MARKER}

    found = client.get(reverse("reports:incident_list", args=[analyst.study.slug]), asked)
    lost = client.get("/s/none/incidents/", asked)
    turned_away = client.post("/accounts/login/", {"login": MARKER, "password": MARKER})

    assert (found.status_code, lost.status_code) == (200, 404)
    assert turned_away.status_code in {200, 302}
    assert MARKER not in lines(written)


def test_a_form_without_its_token_is_in_no_log(interview, written):
    client = Client(enforce_csrf_checks=True)
    client.force_login(interview.interviewer.user)
    address = reverse("incidents:interview_open", args=[interview.study.slug])

    assert client.post(address, {"note": TOLD}).status_code == 403
    assert MARKER not in lines(written)


def test_a_job_that_fails_tells_its_place_only(written, monkeypatch):
    monkeypatch.setitem(registry._kinds, "tests.fail", registry.Kind(quote_it, "tests.fail"))
    job = jobs.request_job(kind="tests.fail", study=None)

    run_job.apply(args=[job.pk])

    found = lines(written)
    assert f"Job {job.pk}: DataError" in found
    assert MARKER not in found
    assert MARKER not in Job.objects.get(pk=job.pk).error


def test_a_task_that_fails_as_a_whole_tells_its_place_only(written, monkeypatch):
    monkeypatch.setattr(jobs, "sweep", quote_it)

    sweep_jobs.apply()

    found = lines(written)
    assert "incidents.sweep_jobs" in found
    assert "DataError at" in found
    assert MARKER not in found


def test_a_command_that_fails_quotes_nothing(written, tmp_path, capsys):
    told = tmp_path / "told.csv"
    told.write_text(f"id,what happened,valence\n1,{TOLD},{MARKER}\n")

    with pytest.raises(CommandError) as failure:
        call_command("import_incidents", str(told), "--study", "none")
    logging.getLogger("candid.tests").warning("so that something is logged")

    assert MARKER not in str(failure.value)
    assert MARKER not in lines(written)
