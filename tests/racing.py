"""Two people, two connections, one moment."""

import threading
import time

from django.db import connection

from incidents.models import Job

PATIENCE = 60  # seconds; spent only when something is wrong, or the machine is very busy


def at_once(*acts):
    """Run the acts in threads with connections of their own; return what each gave or raised."""
    barrier = threading.Barrier(len(acts))
    outcomes = [None] * len(acts)

    def run(number, act):
        try:
            barrier.wait(10)
            outcomes[number] = act()
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def elsewhere(act):
    """Do something on a connection of its own, and wait until it is committed."""

    def run():
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


def begun(act):
    """Do something on a connection of its own until it waits for a lock of ours, or is done.

    Call it inside a transaction; returns what waits until it is done, once that has ended, and
    gives what the act gave or raised.
    """
    outcomes = []

    def run():
        try:
            outcomes.append(act())
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            outcomes.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    for _look in range(300):
        if not thread.is_alive() or _waits_for_us():
            break
        time.sleep(0.1)

    def ended():
        thread.join(60)
        return outcomes[0]

    return ended


def until(what, *, patience=PATIENCE):
    """Wait for something to become true, and return it; fail when patience is at its end."""
    end = time.monotonic() + patience
    while not (found := what()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)
    return found


def until_renewed(job):
    """Wait for the lease of a job to be renewed by whoever holds it."""
    rows = Job.objects.filter(pk=job.pk).values_list("lease_until", flat=True)
    before = rows.get()
    until(lambda: rows.get() > before)


def is_renewed(job):
    """Whether somebody renews the lease of a job beside its work."""
    return f"lease of job {job.pk}" in {thread.name for thread in threading.enumerate()}


def _waits_for_us():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE NOT granted"
            " AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return cursor.fetchone() is not None
