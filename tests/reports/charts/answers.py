"""Answered runs, made by hand."""

import datetime as dt
from types import SimpleNamespace

from reports.models import Run

WORDS = [
    ["Scheme", "Kinds"],
    ["Round", "Strategies"],
    ["Columns", "Valence"],
    ["Kept", "Everything"],
    ["Unit", "Moments"],
    ["Percentages", "Column per cent"],
]
ROWS = ("Warm", "Quick")
COUNTS = [[90, 60, 30], [60, 20, 40]]
COLUMNS = (("all", "All"), ("positive", "Positive"), ("negative", "Negative"))


def percent(count, base):
    return f"{round(100 * count / base)}%" if count else "–"


def answer_of(counts=COUNTS, columns=COLUMNS, rows=ROWS, **more) -> dict:
    """An answer in the form that running.py keeps; `more` replaces parts of it."""
    base = [sum(line[at] for line in counts) for at in range(len(columns))]
    shown = [[percent(count, base[at]) for at, count in enumerate(line)] for line in counts]
    return {
        "rows": [
            {"uid": f"uid-{name}", "name": name, "path": [name], "round": 1, "subtotal": False}
            for name in rows
        ],
        "columns": [
            {"word": word, "name": name, "group": "", "not_stated": word == "not_stated"}
            for word, name in columns
        ],
        "counts": counts,
        "shown": shown,
        "percents": shown,
        "hidden": [[False] * len(columns) for _row in counts],
        "base": base,
        "unweighted": None,
        "residuals": {},
        "lines_hidden": {"base": [False] * len(columns)},
        "unit": "moments",
        "weight": "none",
        "shares": "column",
        "hides": False,
        "statistics": statistics_of(len(columns) - 1, len(counts)),
        **more,
    }


def statistics_of(columns, rows, *, corrected=(0.4, 0.6)) -> dict:
    """Statistics of columns without All: every residual is −2.96, every interval the same."""
    return {
        "adjusted_residuals": [[-2.96] * columns for _row in range(rows)],
        "intervals": {
            "wilson": [[[0.3, 0.7]] * columns for _row in range(rows)],
            "corrected": [[list(corrected)] * columns for _row in range(rows)],
        },
    }


def asked(by="valence", then=None) -> dict:
    plain = {"by": [by, by.title()], "then": then and [then, then.title()]}
    return {"words": WORDS, "specification": plain, "names": False, "interviewers": False}


def run_of(answer=None, *, by="valence", reconstruction=False) -> SimpleNamespace:
    """A run that is in no database."""
    study = SimpleNamespace(reconstruction=reconstruction, time_zone="Asia/Tokyo")
    return SimpleNamespace(
        question=asked(by),
        answer=answer or answer_of(),
        scheme=SimpleNamespace(name="Kinds", study=study),
        revision=3,
        data_seq=1200,
        answered_at=dt.datetime(2026, 3, 4, 20, tzinfo=dt.UTC),
    )


def keep_run(world, answer=None, **question) -> Run:
    """An answered run of a study."""
    return Run.objects.create(
        scheme=world.scheme,
        query="round=1&by=valence",
        question={"key": "key", **asked(**question)},
        answer={"numbers": {}, "findings": [], **(answer or answer_of())},
        asked_by=world.analyst,
        revision=1,
        data_seq=1,
        answered_at=dt.datetime(2026, 3, 4, 20, tzinfo=dt.UTC),
    )
