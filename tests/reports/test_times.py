"""How many times as often is said only where it is so, to the nearest half."""

import pytest

from reports.queries.times import times_in_words


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ((69 / 386) / (23 / 163), ""),
        (1.39, ""),
        (1.4, "about one and a half times"),
        (1.74, "about one and a half times"),
        (1.75, "about twice"),
        (2.24, "about twice"),
        (2.25, "about two and a half times"),
        (26 / 8, "about three times"),
        (3.49, "about three times"),
        (10.4, "about ten times"),
        (10.5, "more than ten times"),
    ],
)
def test_shares_that_are_nearly_alike_are_no_multiple_and_others_are_the_nearest(times, words):
    assert times_in_words(times) == words
