"""Agreement of two: published worked examples, and laws that hold for any table."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.reliability.kappa import cohen_kappa, confusion_of, percent_agreement

COHEN_1960 = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]  # table 2 of the article
PARADOX = [[118, 5], [2, 0]]  # Feinstein and Cicchetti 1990: high agreement, kappa below 0

LABELS = "abcd"
PAIRS = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1)


def table_of(counts):
    labels = range(len(counts))
    pairs = [
        (row, column) for row in labels for column in labels for _ in range(counts[row][column])
    ]
    return confusion_of(pairs, list(labels))


def kappa(pairs):
    return cohen_kappa(confusion_of(pairs, LABELS))


@pytest.mark.parametrize(
    ("counts", "agreement", "expected"), [(COHEN_1960, 0.7, 0.4915), (PARADOX, 0.944, -0.0234)]
)
def test_published_examples_come_out_as_printed(counts, agreement, expected):
    table = table_of(counts)

    assert percent_agreement(table) == pytest.approx(agreement)
    assert cohen_kappa(table) == pytest.approx(expected, abs=0.00005)


@pytest.mark.real_data
def test_every_worked_example_of_two_judges_comes_out():
    folder = Path(os.environ["CANDID_REAL_DATA"])
    golden = json.loads((folder / "reference" / "statistics_golden.json").read_text())
    for example in golden["two_coder_tables"]:
        table = table_of(example["t"])
        assert percent_agreement(table) == pytest.approx(example["po"], abs=0.00005)
        assert cohen_kappa(table) == pytest.approx(example["kappa"], abs=0.00005), example["id"]


def test_the_table_is_read_by_rows_of_the_first_judge():
    table = confusion_of([("a", "b"), ("a", "a"), ("a", "b")], "ab")

    assert table.rows == [("a", [1, 2]), ("b", [0, 0])]
    assert (table.units, table.agreed) == (3, 1)


def test_without_units_nothing_is_defined():
    table = confusion_of([], LABELS)

    assert (percent_agreement(table), cohen_kappa(table)) == (None, None)


def test_where_both_only_ever_say_one_thing_kappa_is_undefined_and_not_one():
    table = confusion_of([("a", "a")] * 7, LABELS)

    assert (percent_agreement(table), cohen_kappa(table)) == (1.0, None)


def test_a_label_that_was_not_open_is_refused():
    with pytest.raises(ValueError, match="z"):
        confusion_of([("a", "z")], LABELS)


@given(PAIRS)
def test_a_judge_compared_with_themselves_agrees_wholly(pairs):
    same = [(first, first) for first, _second in pairs]

    assert kappa(same) in (None, 1.0)
    assert (kappa(same) is None) == (len(set(same)) == 1)


@given(PAIRS)
def test_it_does_not_matter_which_judge_is_the_first(pairs):
    turned = [(second, first) for first, second in pairs]

    assert kappa(pairs) == pytest.approx(kappa(turned)) or kappa(pairs) is kappa(turned) is None


@given(PAIRS, st.permutations(LABELS))
def test_other_names_for_the_labels_change_nothing(pairs, names):
    renamed = [(names[LABELS.index(a)], names[LABELS.index(b)]) for a, b in pairs]

    assert kappa(pairs) == pytest.approx(kappa(renamed)) or kappa(pairs) is kappa(renamed) is None


@given(PAIRS)
def test_kappa_never_exceeds_the_agreement_nor_falls_below_minus_one(pairs):
    found = kappa(pairs)

    assert found is None or -1 <= found <= percent_agreement(confusion_of(pairs, LABELS)) + 1e-12
