"""The verdict of a run says which columns it is about."""

import pytest

from reports.queries.run_words import verdict_of

SAID = {"method": "rao_scott_second_order", "p": 0.01, "significant": True}


def statistics(left_out, columns=("Asia", "Canada", "Europe", "Oceania")):
    return {
        "columns": list(columns),
        "rao_scott": {"first_order": {}, "second_order": {}, "left_out": left_out},
        "verdict": {"naive": SAID | {"method": "pearson"}, "corrected": SAID, "differs": False},
    }


OR_UNKNOWN = "or too many units whose cluster is not known."


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ([], ""),
        (
            [3],
            f" Oceania is left out: too few clusters in it, {OR_UNKNOWN}",
        ),
        (
            [0, 3],
            f" Asia, Oceania are left out: too few clusters in them, {OR_UNKNOWN}",
        ),
    ],
)
def test_columns_with_too_few_clusters_are_named(left_out, words):
    verdict = verdict_of(statistics(left_out), statistics([]))

    assert verdict.says.endswith(f"Rao–Scott).{words}")
    assert "left out" not in verdict.sensitivity


def test_many_columns_are_counted():
    wide = statistics([0, 1, 2, 3, 4], columns="abcdefgh")

    assert verdict_of(wide, wide).says.endswith(
        f"5 of 8 columns are left out: too few clusters in them, {OR_UNKNOWN}"
    )
    assert verdict_of(wide, wide).sensitivity.endswith(f"too few clusters in them, {OR_UNKNOWN}")


def test_a_run_of_before_has_nothing_left_out():
    old = statistics([])
    del old["rao_scott"]["left_out"]

    assert "left out" not in verdict_of(old, old).says
