"""What Prometheus reads, and that it is no way around the doors."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from incidents.choices import JobState
from incidents.models import Job
from taxonomy.models import TallyPointer
from tests.taxonomy.factories import SchemeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client):
    """Return a function that reads one number."""

    def number(name, default=None):
        text = client.get("/metrics").text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, flags=re.MULTILINE)
        return float(found[1]) if found else default

    return number


def test_requests_are_counted_by_their_route_and_not_by_what_is_in_it(client, read):
    series = 'candid_requests_total{method="GET",route="/accounts/login/",status="200"}'
    before = read(series, 0)

    client.get("/accounts/login/?next=/s/secret-study/")

    assert read(series) == before + 1
    assert 'candid_request_seconds_bucket{le="0.05",method="GET",route="/accounts/login/"}' in (
        client.get("/metrics").text
    )
    assert "secret-study" not in client.get("/metrics").text


def test_jobs_are_counted_by_state_with_the_age_of_the_oldest(read):
    long_ago = timezone.now() - dt.timedelta(minutes=10)
    Job.objects.create(kind="x", run_after=long_ago)
    Job.objects.create(kind="x", run_after=timezone.now() + dt.timedelta(hours=1))
    Job.objects.create(kind="x", state=JobState.FAILED)
    Job.objects.create(kind="x", state=JobState.DONE)

    assert read('candid_jobs{state="waiting"}') == 2
    assert read('candid_jobs{state="running"}') == 0
    assert read('candid_jobs{state="failed"}') == 1
    assert 600 <= read("candid_job_oldest_waiting_seconds") < 700


def test_the_last_tally_is_told(read):
    assert read("candid_last_tally_timestamp_seconds") is None
    scheme = SchemeFactory()
    built = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    TallyPointer.objects.update_or_create(scheme=scheme, defaults={"built_at": built})

    assert read("candid_last_tally_timestamp_seconds") == built.timestamp()


def test_who_is_elsewhere_reads_nothing_without_the_token(client, settings):
    response = client.get("/metrics", REMOTE_ADDR="203.0.113.7")

    assert (response.status_code, response.content) == (401, b"")


def test_every_answer_carries_an_id_that_may_be_quoted(client):
    ours = client.get("/accounts/login/")["X-Request-ID"]
    theirs = client.get("/accounts/login/", headers={"X-Request-ID": "0123-abcd-4567"})
    strange = client.get("/accounts/login/", headers={"X-Request-ID": "<script>"})

    assert re.fullmatch(r"[0-9a-f]{16}", ours)
    assert theirs["X-Request-ID"] == "0123-abcd-4567"
    assert re.fullmatch(r"[0-9a-f]{16}", strange["X-Request-ID"])
