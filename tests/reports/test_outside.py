"""A run as it may leave the study: cells, what protects them, and what tells of them."""

import copy

import numpy as np
import pytest

from reports.queries import outside
from reports.queries.outside import BASE, Lines, masked, owners_of
from tests.factories import IncidentFactory

ANSWER = {
    "rows": [
        {"uid": "service", "subtotal": True, "path": ["Service"]},
        {"uid": "warm", "subtotal": False, "path": ["Service", "Warm"]},
        {"uid": "quick", "subtotal": False, "path": ["Service", "Quick"]},
        {"uid": "price", "subtotal": True, "path": ["Price"]},
    ],
    "counts": [[9, 4], [6, 3], [3, 1], [5, 5]],
    "shown": [["64%", "44%"], ["43%", "33%"], ["21%", "11%"], ["36%", "56%"]],
    "percents": [["64%", "44%"], ["43%", "33%"], ["21%", "11%"], ["36%", "56%"]],
    "hidden": [[False, False] for _row in range(4)],
    "base": [14, 9],
    "unweighted": None,
    "residuals": {"not_coded": [2, 1]},
    "lines_hidden": {"base": [False, False], "not_coded": [False, False]},
    "statistics": {"chi_square": {}},
    "sensitivity": {},
    "findings": [1],
    "hides": False,
}


def test_rows_stand_below_the_subtotal_before_them_and_that_below_the_base():
    lines = Lines.of(ANSWER)

    assert list(lines.parents) == [None, 0, 1, 1, 0]
    assert lines.paths().tolist()[3] == [3, 1, 0]


def test_a_row_without_a_place_in_the_coarser_round_stands_below_the_base():
    alone = {"uid": "odd", "subtotal": False, "path": ["Odd"]}

    lines = Lines.of({**ANSWER, "rows": [*ANSWER["rows"], alone]})

    assert list(lines.parents) == [None, 0, 1, 1, 0, 0]


def test_a_hidden_figure_goes_with_everything_that_would_tell_of_it():
    before = copy.deepcopy(ANSWER)

    found = masked(ANSWER, {(3, 1), (BASE, 1)})

    assert found["shown"][2] == ["21%", "×"]
    assert found["counts"][2] == [3, 0]
    assert found["hidden"][2] == [False, True]
    assert found["base"] == [14, 0]
    assert found["lines_hidden"]["base"] == [False, True]
    assert (found["statistics"], found["findings"], found["hides"]) == (None, [], True)
    assert before == ANSWER


def test_where_nothing_is_hidden_all_stays_but_residuals_by_column():
    found = masked(ANSWER, ())

    assert found == {**ANSWER, "residuals": {"not_coded": [2]}}


@pytest.mark.parametrize("most", [0, 10**6])
def test_keys_are_counted_alike_with_marks_and_without(most, monkeypatch):
    monkeypatch.setattr(outside, "MOST_MARKS", most)
    keys = np.array([7, 7, 9, 900, outside.UNKNOWN, 9])
    line, column = np.array([1, 1, 1, 2, 1, 2]), np.array([1, 1, 2, 2, 2, 2])
    paths = np.array([[0, -1], [1, 0], [2, 0]])
    standing = outside._Standing(line, column, paths, 3)

    assert standing.distinct(keys).tolist() == [[3, 1, 2], [2, 1, 1], [2, 0, 2]]


@pytest.mark.django_db
def test_whose_moments_are_is_read_of_their_study_only():
    own, other = IncidentFactory(), IncidentFactory()
    moment, foreign = own.moments.get().pk, other.moments.get().pk
    moments = np.array([foreign, moment, foreign + 1])

    interviews, organizations = owners_of(own.study, moments)

    assert interviews.tolist() == [-1, own.interview_id, -1]
    assert organizations.tolist() == [-1, own.site.organization_id, -1]
