"""Submitting an incident beside the least that Django can do, on the same server, by turns.

A submission writes in one transaction: incident, moment, version, the incident's pointer to its
version and an entry of the change log; what was kept of it as a draft is removed. The minimal view
writes one row with the same texts.
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

from django.conf import settings
from django.db import connections

from incidents.models import Draft, Incident
from scripts.bench import minimal
from scripts.bench.browsers import Browser, session_of
from scripts.bench.measuring import Line
from scripts.bench.servers import web
from scripts.bench.subject import Subject
from scripts.bench.telling import Submission, interviewer_of, submissions

APPLICATION = "scripts.bench.site"
CLIENTS = 4
ROUNDS = 15
IN_A_ROUND = 42  # whole interviews: submitting one incident sends its neighbours too
LEAST = 0.5

Rate = float


def ask(subject: Subject) -> Iterator[Line]:
    """Requests a second: submitting, autosaving, and the minimal view in two surroundings."""
    minimal.make_table()
    told = submissions(subject.study, 2 * (1 + ROUNDS) * IN_A_ROUND)
    user = interviewer_of(subject.study).user
    session = session_of(user) if user else ""
    connections.close_all()  # a reader's open connection must not stand in the servers' way
    variables = {"DATABASE_URL": settings.DATABASE_URL, "DATA_DIR": str(settings.DATA_DIR)}
    logs = subject.folder
    with ExitStack() as stack:
        port = stack.enter_context(web(APPLICATION, variables, logs / "web.log"))
        without = {**variables, "BENCH_BARE": "1"}
        bare = stack.enter_context(web(APPLICATION, without, logs / "bare.log"))
        candid = [stack.enter_context(Browser(port, session)) for _one in range(CLIENTS)]
        plain = [stack.enter_context(Browser(bare, session)) for _one in range(CLIENTS)]
        rates = _by_turns(told, candid, plain)
    yield from _lines(rates)
    _expect_all(told, subject)


def _by_turns(
    told: list[Submission], candid: list[Browser], plain: list[Browser]
) -> dict[str, list[Rate]]:
    """The rates of each kind of request, one of each in a round; the first warms servers up."""
    rates: dict[str, list[Rate]] = {"submit": [], "draft": [], "beside": [], "bare": []}
    half = len(told) // 2
    for number in range(1 + ROUNDS):
        sent = told[number * IN_A_ROUND : (number + 1) * IN_A_ROUND]
        kept = told[half + number * IN_A_ROUND : half + (number + 1) * IN_A_ROUND]
        rates["submit"].append(_rate(candid, sent, lambda one: f"{one.path}submit/", 302))
        rates["draft"].append(_rate(candid, kept, lambda one: f"{one.path}draft/", 200))
        rates["beside"].append(_rate(candid, sent, lambda _one: "/bench/telling/", 302))
        rates["bare"].append(_rate(plain, sent, lambda _one: "/bench/telling/", 302))
    return {kind: measured[1:] for kind, measured in rates.items()}


def _rate(
    browsers: list[Browser],
    told: list[Submission],
    address: Callable[[Submission], str],
    expected: int,
) -> Rate:
    """Requests a second of several browsers that share the work."""
    waiting = list(told)
    failed: list[str] = []

    def work(browser: Browser) -> None:
        headers: Mapping[str, str] = {"Accept": "application/json"}
        while waiting and not failed:
            one = waiting.pop()
            status, body = browser.post(address(one), one.form, **headers)
            if status != expected or "login" in body:
                failed.append(f"{address(one)} answers {status}: {body[:300]}")

    threads = [threading.Thread(target=work, args=(browser,)) for browser in browsers]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError(failed[0])
    return len(told) / (time.perf_counter() - began)


def _lines(rates: Mapping[str, list[Rate]]) -> Iterator[Line]:
    beside = "minimal ModelForm view, same server"
    yield _line("incident submitted", rates["submit"], rates["beside"], beside, least=LEAST)
    yield _line("draft kept by autosave", rates["draft"], rates["beside"], beside)
    bare = "the same view in a project just started"
    yield _line("incident submitted", rates["submit"], rates["bare"], bare)


def _line(
    question: str,
    ours: list[Rate],
    reference: list[Rate],
    against: str,
    *,
    least: float | None = None,
) -> Line:
    ratios = [mine / theirs for mine, theirs in zip(ours, reference, strict=True)]
    ratio = statistics.median(ratios)
    return Line(
        question,
        statistics.median(ours),
        "a second",
        statistics.median(reference),
        against,
        ratio,
        min(ratios),
        max(ratios),
        "" if least is None else f"≥ {least:g} ×",
        None if least is None else ratio >= least,
    )


def _expect_all(told: list[Submission], subject: Subject) -> None:
    """Every submission is an incident and every draft a draft, or the rates mean nothing."""
    half = len(told) // 2
    sent = {one.uid for one in told[:half]}
    kept = {one.uid for one in told[half:]}
    found = Incident.objects.filter(study=subject.study, uid__in=sent).count()
    drafts = Draft.objects.filter(object_uid__in=kept).count()
    if (found, drafts) != (len(sent), len(kept)):
        raise RuntimeError(f"{found} of {len(sent)} incidents, {drafts} of {len(kept)} drafts")
