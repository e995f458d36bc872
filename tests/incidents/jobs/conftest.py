import pytest

from incidents import jobs
from incidents.jobs import bell, registry
from incidents.models import Change

KIND = "tests.write"


@pytest.fixture
def write(monkeypatch):
    """Register a kind of work for one test; its runner may be replaced."""

    def register(run=leave_a_mark, kind=KIND):
        monkeypatch.setitem(registry._kinds, kind, registry.Kind(run, f"Label of {kind}"))
        return kind

    register()
    return register


def leave_a_mark(claim):
    Change.objects.create(verb="tests.mark", object_type="job", object_uid=claim.job.uid)
    claim.finish(marks=1)


@pytest.fixture
def marks():
    return Change.objects.filter(verb="tests.mark")


@pytest.fixture
def bells(monkeypatch):
    """Collect the jobs that were rung for; `bells.broken = True` breaks the bell."""
    rung = Bells()
    monkeypatch.setattr(bell, "_publish", rung.publish)
    monkeypatch.setattr(bell, "_silent_until", 0.0)
    return rung


class Bells(list):
    broken = False

    def publish(self, pk):
        if not self.broken:
            self.append(pk)
        return not self.broken


@pytest.fixture
def ask(write):
    """Ask for work of the test's kind."""

    def request(**fields):
        return jobs.request_job(**{"kind": KIND, "study": None, **fields})

    return request
