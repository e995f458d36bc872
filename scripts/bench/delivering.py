"""Sending submissions as a bad network does, and the receipts that come of it.

Each is delivered one to five times, some of the deliveries at the same moment, and a tenth of the
connections is cut: in the middle of sending, before the answer, or while it comes.
"""

import queue
import random
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from scripts.bench.browsers import Browser
from scripts.bench.ledger import CUT, RECEIPT, Ledger
from scripts.bench.measuring import percentile
from scripts.bench.servers import HOST
from scripts.bench.telling import Submission

TIMES = (1, 2, 3, 4, 5)
SHARES = (50, 25, 15, 7, 3)  # of the submissions, by how often they are delivered
CUT_SHARE = 0.1
CLIENTS = 12
LATEST_COPY = 0.4  # seconds after the first
TIMEOUT = 60


@dataclass(frozen=True, order=True)
class Delivery:
    """One sending of one submission, at a time after the start; `cut` says where, if anywhere."""

    at: float
    number: int
    cut: str = ""


def deliveries(number: int, rate: float, rng: random.Random) -> list[Delivery]:
    """When each of so many submissions is delivered, and which connections are cut. In order."""
    planned = []
    for one in range(number):
        times = rng.choices(TIMES, weights=SHARES)[0]
        first = one / rate
        for copy in range(times):
            at = first + (rng.uniform(0, LATEST_COPY) if copy else 0)
            cut = rng.choice(["sending", "waiting", "reading"])
            planned.append(Delivery(at, one, cut if rng.random() < CUT_SHARE else ""))
    return sorted(planned)


def deliver(
    told: Sequence[Submission], port: int, session: str, *, rate: float, seed: int = 4
) -> Ledger:
    """Send all submissions at the rate, then again what has no receipt; returns the ledger."""
    ledger = Ledger(told)
    waiting: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
    for planned in deliveries(len(told), rate, random.Random(seed)):  # noqa: S311  (no secret)
        waiting.put(planned)
    start = time.monotonic()

    def work() -> None:
        with Browser(port, session) as browser, suppress(queue.Empty):
            while True:
                one = waiting.get_nowait()
                time.sleep(max(0.0, start + one.at - time.monotonic()))
                _send(ledger, told[one.number], browser, one.cut)

    _together([threading.Thread(target=work) for _client in range(CLIENTS)])
    with Browser(port, session) as browser:
        for missing in ledger.unacknowledged():
            _send(ledger, missing, browser, "")
    return ledger


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _send(ledger: Ledger, one: Submission, browser: Browser, cut: str) -> None:
    began = time.monotonic()
    address = f"{one.path}submit/"
    outcome: int | str
    try:
        if cut:
            _send_and_cut(browser, address, browser.body(one.form), cut)
            outcome = CUT
        else:
            status, leads_to = browser.post(address, one.form)
            outcome = RECEIPT if leads_to == one.interview_path else status
    except (OSError, HTTPException) as error:
        browser.close()
        outcome = type(error).__name__
    ledger.note(one.uid, outcome, time.monotonic() - began)


def _send_and_cut(browser: Browser, address: str, body: bytes, cut: str) -> None:
    """Begin as a browser does and go away: in the body, behind it, or with the first answer."""
    connection = HTTPConnection(HOST, browser.port, timeout=TIMEOUT)
    with closing(connection):
        connection.putrequest("POST", address, skip_host=True)
        for name, value in browser.headers().items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        connection.send(body[: len(body) // 2] if cut == "sending" else body)
        if cut == "reading" and connection.sock is not None:
            connection.sock.recv(1)


def report(ledger: Ledger, took: float, where: str) -> str:
    """What happened, in a few lines."""
    half, most = (percentile(ledger.seconds, share) * 1000 for share in (0.5, 0.95))
    told, sent = len(ledger.submissions), sum(ledger.outcomes.values())
    faults = ledger.faults()
    lines = (
        f"{where}: {told} submissions in {sent} deliveries, {took:.1f} s",
        f"  {told / took:.1f} submissions and {sent / took:.1f} deliveries a second",
        f"  outcomes: {dict(sorted(ledger.outcomes.items()))}",
        f"  answered: half within {half:.0f} ms, 95 % within {most:.0f} ms",
        f"  ledger: {len(faults)} faults" if faults else "  ledger: nothing lost, nothing doubled",
    )
    return "\n".join([*lines, *(f"  FAULT {fault}" for fault in faults)])
