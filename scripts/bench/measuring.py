"""Measuring two things by turns, so that a busy machine hurts both, and saying what came of it."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Act = Callable[[], object]


@dataclass(frozen=True)
class Line:
    """One measurement: what Candid takes, what the bare way takes, and what was hoped for.

    Numbers are in `unit`. `ratio` is the median of the ratios of neighbouring rounds, from `low`
    to `high`. `target` is words; `met` None where there is none for this size.
    """

    question: str
    ours: float
    unit: str = "ms"
    reference: float | None = None
    against: str = ""
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    target: str = ""
    met: bool | None = None
    remark: str = ""


def seconds(act: Act) -> float:
    """How long an act takes once."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def alone(question: str, act: Act, *, rounds: int = 7, most: float | None = None) -> Line:
    """The median of an act in ms, after one round that warms it up; `most` ms are hoped for.

    The remark says the best round, and how long the processor worked in this process: a busy
    machine hardly lengthens these two.
    """
    act()
    worked = time.process_time()
    times = [seconds(act) * 1000 for _round in range(rounds)]
    worked = (time.process_time() - worked) / rounds * 1000
    took = statistics.median(times)
    return Line(
        question,
        took,
        target="" if most is None else f"≤ {most:g} ms",
        met=None if most is None else took <= most,
        remark=f"best {_number(min(times))}, Python {_number(worked)}",
    )


def paired(
    question: str,
    act: Act,
    reference: Act,
    *,
    against: str,
    rounds: int = 5,
    most: float | None = None,
    tidy: Act = lambda: None,
) -> Line:
    """Our act beside the bare one, by turns; `most` is the largest ratio hoped for.

    After each round `tidy` is done, which no clock sees.
    """
    pairs = []
    for _round in range(rounds):
        pairs.append((seconds(act), seconds(reference)))
        tidy()
    ratios = [ours / bare for ours, bare in pairs]
    ratio = statistics.median(ratios)
    return Line(
        question,
        statistics.median(ours for ours, _bare in pairs) * 1000,
        reference=statistics.median(bare for _ours, bare in pairs) * 1000,
        against=against,
        ratio=ratio,
        low=min(ratios),
        high=max(ratios),
        target="" if most is None else f"≤ {most:g} ×",
        met=None if most is None else ratio <= most,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the values do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def table(lines: Sequence[Line]) -> str:
    """The lines as a table in Markdown."""
    head = "| question | Candid | bare | ratio | target | |\n|---|---|---|---|---|---|"
    return "\n".join([head, *map(_row, lines)])


def _row(line: Line) -> str:
    ours = f"{_number(line.ours)} {line.unit}"
    bare = "" if line.reference is None else f"{_number(line.reference)} {line.unit}"
    bare = f"{bare} ({line.against})" if line.against else bare
    verdict = {True: "met", False: "**missed**", None: ""}[line.met]
    remark = f"{verdict} {line.remark}".strip()
    return f"| {line.question} | {ours} | {bare} | {_ratio(line)} | {line.target} | {remark} |"


def _ratio(line: Line) -> str:
    if line.ratio is None:
        return ""
    spread = f" [{line.low:.2f}–{line.high:.2f}]" if line.low is not None else ""
    return f"{line.ratio:.2f}{spread}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004  (three digits)
