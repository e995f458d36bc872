"""A classifier trained on real texts, beside scikit-learn's plain TF-IDF and linear machine."""

import csv
import os
import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from scripts.bench.measuring import Line, alone, paired
from scripts.bench.subject import Subject
from taxonomy.suggestions.model import LinearModel, unpacked
from taxonomy.suggestions.training import Row, train, tried_out

FILES = (("banking77_train", "category_1"), ("nhs_fft_trusts_A_C", "category_1"))
SECONDS, MS = 20, 10
POINTS = 2  # of hundred that ours may be below
HELD_BACK = 5  # every so manieth
SUGGESTED = 3


def ask(subject: Subject) -> Iterator[Line]:
    """How long it takes and how often it is right, on a fifth that it has not read."""
    folder = Path(os.environ.get("CANDID_REAL_DATA", "")) / "data" / "narratives"
    for name, column in FILES:
        path = folder / f"{name}.csv"
        if not os.environ.get("CANDID_REAL_DATA") or not path.exists():
            yield Line(
                f"classifier, {name}", 0, remark="skipped: CANDID_REAL_DATA has no such file"
            )
            continue
        yield from _asked(name, _rows(path, column), subject)


def _rows(path: Path, column: str) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        told = [(row["narrative"], row[column]) for row in csv.DictReader(stream)]
    rows = [Row(text, category, str(place)) for place, (text, category) in enumerate(told)]
    kept = [row for row in rows if row.text and row.category]
    random.Random(1).shuffle(kept)  # noqa: S311  (no secret)
    return kept


def _asked(name: str, rows: Sequence[Row], subject: Subject) -> Iterator[Line]:
    back, read = rows[::HELD_BACK], [row for at, row in enumerate(rows) if at % HELD_BACK]
    kinds = len({row.category for row in rows})
    line = paired(
        f"{name}: trained on {len(rows):,} texts, {kinds} categories",
        partial(train, rows, seed=1),
        partial(_plain, rows),
        against="plain scikit-learn",
        rounds=3,
    )
    yield _within(line, SECONDS)
    yield alone(f"{name}: tried in five folds", partial(tried_out, rows, seed=1), rounds=1)
    path = subject.folder / f"{name}.npz"
    path.write_bytes(train(read, seed=1).packed())
    model = unpacked(path)
    longest = max((row.text for row in back), key=len)
    yield alone(
        f"{name}: three suggested for the longest text", partial(model.ranked, longest), most=MS
    )
    path.unlink()
    yield from _accuracy(name, back, model, _plain(read))


def _within(line: Line, seconds: int) -> Line:
    values = {**vars(line), "target": f"≤ {seconds} s", "met": line.ours <= seconds * 1000}
    return Line(**values)


def _plain(rows: Sequence[Row]) -> tuple[Any, Any]:
    vectors = TfidfVectorizer()
    read = vectors.fit_transform([row.text for row in rows])
    return vectors, LinearSVC(random_state=1).fit(read, [row.category for row in rows])


def _accuracy(
    name: str, back: Sequence[Row], model: LinearModel, plain: tuple[Any, Any]
) -> Iterator[Line]:
    vectors, machine = plain
    scores = machine.decision_function(vectors.transform([row.text for row in back]))
    theirs = [
        [machine.classes_[at] for at in order[:SUGGESTED]] for order in (-scores).argsort(axis=1)
    ]
    ours = [[one.category for one in model.ranked(row.text)[:SUGGESTED]] for row in back]
    for first, said in ((1, "first suggestion right"), (SUGGESTED, "one of three right")):
        own, bare = (_right(back, guesses, first) for guesses in (ours, theirs))
        yield Line(
            f"{name}: {said}, of {len(back):,} not read",
            own,
            "%",
            reference=bare,
            against="plain scikit-learn",
            target=f"≥ plain − {POINTS}",
            met=own >= bare - POINTS,
        )


def _right(back: Sequence[Row], guesses: Sequence[Sequence[str]], first: int) -> float:
    hits = sum(row.category in said[:first] for row, said in zip(back, guesses, strict=True))
    return 100 * hits / len(back)
