"""A classifier is trained, kept in a file, read again, and tried on what it has not read."""

import csv
import io
import os
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from taxonomy.suggestions.folds import folds_of
from taxonomy.suggestions.model import LinearModel, model_at, unpacked
from taxonomy.suggestions.training import (
    FEWEST_OF_CATEGORY,
    NothingToLearn,
    Row,
    learnable,
    train,
    tried_out,
)
from taxonomy.suggestions.trial import trial_of
from taxonomy.suggestions.words import tokens_of

ROOT = Path(__file__).resolve().parents[3]
LOADS_IT = re.compile(r"(from|import) (sklearn|scipy|.*suggestions\b.*\btraining)")
SAID = {
    "late": "we waited long and the bus came late",
    "rude": "he shouted at us in a rude voice",
    "kind": "she smiled and helped us with the bags",
}


def rows_of(each=10, people=10, said=SAID):
    names = list(said) * each
    return [Row(said[name], name, str(place % people)) for place, name in enumerate(names)]


@pytest.mark.parametrize("names", [("late", "rude"), ("late", "rude", "kind")])
def test_it_says_what_it_was_taught(names):
    model = train(rows_of(said={name: SAID[name] for name in names}), seed=1)

    assert {name: model.ranked(SAID[name])[0].category for name in names} == {
        name: name for name in names
    }
    assert sorted(one.category for one in model.ranked("")) == sorted(names)


def test_the_lines_are_those_of_scikit_learn_for_all_categories_at_once():
    rows = rows_of()
    model = train(rows, seed=1)
    pipe = make_pipeline(
        TfidfVectorizer(analyzer=tokens_of, sublinear_tf=True, vocabulary=list(model.vocabulary)),
        LinearSVC(C=1.0, tol=0.01, random_state=1),
    )
    pipe.fit([row.text for row in rows], [row.category for row in rows])

    texts = [*SAID.values(), "the bags came late in a rude voice"]
    assert pipe.decision_function(texts) == pytest.approx(
        np.array([model.scores(text) for text in texts]),
        abs=0.01,  # of either, by its tolerance
    )


def test_there_is_a_sign_of_life_before_each_text_and_each_category():
    rows, signs = rows_of(each=4, people=4), []

    train(rows, seed=1, alive=lambda: signs.append("trained"))
    assert len(signs) == 2 * len(rows) + len(SAID)  # words that are shared, vectors; lines

    signs.clear()
    tried_out(rows, seed=1, progress=lambda *how_far: signs.append(how_far))
    assert list(dict.fromkeys(signs)) == [(fold, 4) for fold in range(4)]
    assert min(Counter(signs).values()) > 2 * len(rows)


def test_training_twice_makes_the_same_file():
    rows = rows_of()

    assert train(rows, seed=3).packed() == train(rows, seed=3).packed()


def test_what_is_read_from_a_file_says_the_same(tmp_path):
    model = train(rows_of(), seed=1)
    path = tmp_path / "model.npz"
    path.write_bytes(model.packed())

    again = model_at(str(path))

    assert again.ranked("the bus was late") == model.ranked("the bus was late")
    assert again.weights.dtype == again.rarity.dtype == again.offsets.dtype == np.float32
    assert model_at(str(path)) is again


def test_a_file_with_a_pickle_in_it_is_not_opened(tmp_path):
    stream = io.BytesIO()
    things = {name: np.array([{}], dtype=object) for name in ("categories", "vocabulary")}
    np.savez(stream, **things, rarity=1, weights=1, offsets=1)

    with pytest.raises(ValueError, match="pickle"):
        unpacked(io.BytesIO(stream.getvalue()))


def test_words_are_weighed_as_the_logarithm_of_how_often_times_how_rare():
    model = LinearModel(
        categories=("a", "b"),
        vocabulary={"one": 0, "two": 1},
        rarity=np.array([2, 1], dtype=np.float32),
        weights=np.array([[1, 0], [0, 1]], dtype=np.float32),
        offsets=np.array([0, 0.5], dtype=np.float32),
    )

    first, second = 2 * (1 + np.log(2)), 1.0
    length = np.hypot(first, second)
    assert model.scores("one two one three") == pytest.approx(
        [first / length, second / length + 0.5]
    )
    assert [one.category for one in model.ranked("three")] == ["b", "a"]


def test_what_one_person_alone_said_is_not_kept():
    rows = rows_of()
    rows[0] = Row(f"{rows[0].text} Mrs Quigley Quigley", rows[0].category, rows[0].group)

    assert not [word for word in train(rows, seed=1).vocabulary if "quigley" in word]


@pytest.mark.parametrize(
    "rows",
    [rows_of(said={"late": SAID["late"]}), rows_of(people=1)],
    ids=["one category", "one person"],
)
def test_nothing_is_learned_where_nothing_can_be_told_apart(rows):
    with pytest.raises(NothingToLearn):
        train(rows, seed=1)


def test_a_category_is_learned_from_five_on():
    rows = rows_of(each=FEWEST_OF_CATEGORY) + [Row("once", "rare", "1")] * 4

    assert learnable(rows) == set(SAID)


def test_what_one_person_told_is_on_one_side():
    source = random.Random(5)
    groups = [source.randrange(40) for _ in range(300)]
    categories = [source.choice("abbcccc") for _ in groups]

    folds = folds_of(categories, groups, number=5, seed=1)

    assert len({(group, fold) for group, fold in zip(groups, folds, strict=True)}) == 40
    sizes = [folds.count(fold) for fold in range(5)]
    assert min(sizes) > 40
    for category in "abc":
        placed = [fold for fold, own in zip(folds, categories, strict=True) if own == category]
        shares = [placed.count(fold) for fold in range(5)]
        assert max(shares) - min(shares) <= 0.2 * len(placed)
    assert folds == folds_of(categories, groups, number=5, seed=1)


def test_it_is_tried_on_people_it_has_not_heard():
    rows = rows_of()
    by_heart = [Row(f"secret{row.group}", row.category, row.group) for row in rows]

    guesses = tried_out(rows, seed=1)
    assert [guess.ranked[0] for guess in guesses] == [row.category for row in rows]
    assert tried_out(by_heart, seed=1) == [None] * len(rows)  # no two people share a word


def test_a_guess_says_how_far_it_is_from_what_people_gave():
    rows = [*rows_of(), Row(SAID["late"], "rude", "new")]

    guess = tried_out(rows, seed=1)[-1]

    assert guess.ranked[0] == "late"
    assert guess.margin > 0
    assert tried_out(rows, seed=1)[0].margin == 0


def test_a_trial_counts_first_and_third_and_misses_what_was_not_learned():
    class Said:
        def __init__(self, *ranked):
            self.ranked = ranked

    guesses = [Said("a", "b"), Said("b", "x", "a", "y"), Said("x", "y", "z", "a"), None, Said("c")]

    found = trial_of("aaabc", guesses, {"a", "b"})

    assert {key: found[key] for key in ("moments", "first", "third", "commonest")} == {
        "moments": 5,
        "first": 1,
        "third": 2,
        "commonest": 3,
    }
    assert found["categories"] == [
        {"category": "a", "moments": 3, "first": 1, "third": 2, "learned": True},
        {"category": "b", "moments": 1, "first": 0, "third": 0, "learned": True},
        {"category": "c", "moments": 1, "first": 0, "third": 0, "learned": False},
    ]


def test_a_web_process_does_not_load_what_trains():
    """Modules import it inside the worker's functions only: nothing at the beginning of a line.

    The statistics of tables, which only jobs and commands import, are another such room.
    """
    found = []
    for app in ("config", "incidents", "taxonomy", "reports"):
        for path in (ROOT / app).rglob("*.py"):
            lines = path.read_text().splitlines()
            found += [str(path.relative_to(ROOT)) for line in lines if LOADS_IT.match(line)]

    of_tables = {path for path in found if path.startswith("reports/statistics/")}
    assert set(found) - of_tables == {"taxonomy/suggestions/training.py"}


@pytest.mark.real_data
def test_of_real_messages_it_gets_most_right():
    path = Path(os.environ["CANDID_REAL_DATA"]) / "data" / "narratives" / "banking77_train.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        told = [(row["narrative"], row["category_1"]) for row in csv.DictReader(stream)]
    few = sorted({category for _text, category in told})[:8]
    rows = [Row(*pair, str(place)) for place, pair in enumerate(told) if pair[1] in few]

    model = train(rows[::2], seed=1)

    right = [model.ranked(row.text)[0].category == row.category for row in rows[1::2]]
    assert sum(right) / len(right) > 0.85
