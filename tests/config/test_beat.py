"""The clock ends when it is told to, wherever the signal falls."""

import pytest

from config.beat import Scheduler
from config.celery import app


@pytest.fixture
def clock(tmp_path):
    return Scheduler(app, schedule_filename=str(tmp_path / "new" / "schedule"), schedule={})


def test_its_folder_is_made(clock, tmp_path):
    clock.close()
    assert list((tmp_path / "new").iterdir())


def test_a_closed_clock_ends_with_its_next_tick(clock):
    clock.close()
    with pytest.raises(SystemExit):
        clock.tick()


def test_a_clock_that_is_closed_in_a_tick_ends_without_a_fault(clock, monkeypatch):
    clock.tick()
    monkeypatch.setattr(clock, "schedules_equal", lambda *_both: clock.close())
    with pytest.raises(SystemExit):
        clock.tick()


def test_another_fault_of_a_tick_is_told(clock, monkeypatch):
    def fail(*_arguments):
        raise ValueError("no such interval")

    monkeypatch.setattr(clock, "populate_heap", fail)
    with pytest.raises(ValueError, match="no such interval"):
        clock.tick()
    clock.close()
