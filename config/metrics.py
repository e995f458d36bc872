"""What Prometheus reads: requests as all processes counted them, work as it stands."""

import os
from collections.abc import Iterable, Iterator

from django.db.models import Count, F, Max
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from config.health import worker_silence
from incidents.choices import JobState
from incidents.models import Job
from taxonomy.models import TallyPointer

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
SHOWN = (JobState.WAITING, JobState.RUNNING, JobState.FAILED)

_counted = CollectorRegistry()
requests = Counter(
    "candid_requests", "Requests answered.", ["method", "route", "status"], registry=_counted
)
request_seconds = Histogram(
    "candid_request_seconds",
    "Seconds until the answer.",
    ["method", "route"],
    buckets=SECONDS,
    registry=_counted,
)


def count_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    requests.labels(method, route, status).inc()
    request_seconds.labels(method, route).observe(seconds)


def text() -> bytes:
    """Return everything in the text format of Prometheus."""
    return generate_latest(_requests_of_all_processes()) + generate_latest(_work())


def _requests_of_all_processes() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _counted
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _work() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Work())
    return registry


class Work(Collector):
    """The state of background work, read when it is asked for."""

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Keep registering from reading the database."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield jobs by state, the age of the oldest that is due, and what was last done when."""
        yield _jobs()
        yield _gauge("candid_job_oldest_waiting_seconds", "How long the oldest job waits.", _age())
        built = TallyPointer.objects.aggregate(at=Max("built_at"))["at"]
        if built is not None:
            name = "candid_last_tally_timestamp_seconds"
            yield _gauge(name, "When a tally was last counted.", built.timestamp())
        silence = worker_silence()
        if silence is not None:
            yield _gauge("candid_worker_silence_seconds", "Since a worker went round.", silence)


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def _jobs() -> GaugeMetricFamily:
    rows = Job.objects.filter(state__in=SHOWN).values_list("state").annotate(Count("pk")).order_by()
    numbers = dict(rows)
    family = GaugeMetricFamily("candid_jobs", "Jobs in each state.", labels=["state"])
    for state in SHOWN:
        family.add_metric([state.value], numbers.get(state.value, 0))
    return family


def _age() -> float:
    due = Job.objects.due(Now()).order_by("run_after").values_list(F("run_after"), flat=True)
    oldest = due.first()
    return 0.0 if oldest is None else max(0.0, (timezone.now() - oldest).total_seconds())
