"""What we compute is what other software computes, of any number of coders and with gaps."""

import random

import pytest

from taxonomy.reliability.agreement import agreement_of
from taxonomy.reliability.ratings import ratings_of
from taxonomy.reliability.results import Coefficient
from tests.taxonomy.reliability import oracles

NEAR = 1e-9
AVAILABLE = 6  # categories; all of them need not be used


def ratings_at_random(seed, coders, *, gaps):
    """Forty units with something to find, rated by coders who mostly find it."""
    rng = random.Random(seed)
    truth = [rng.choices(range(5), (40, 25, 20, 10, 5))[0] for _ in range(40)]
    rows = [
        (unit, f"c{coder}", value if rng.random() < 0.7 else rng.randrange(5))
        for unit, value in enumerate(truth)
        for coder in range(coders)
    ]
    return [row for row in rows if rng.random() >= gaps]


def ours(rows):
    found = agreement_of(ratings_of(rows, available=AVAILABLE))
    return {one.value: found.overall[one].value for one in Coefficient}


@pytest.mark.parametrize("gaps", [0, 0.2])
@pytest.mark.parametrize("coders", [2, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_every_coefficient_is_what_other_software_says(seed, coders, gaps):
    rows = ratings_at_random(seed, coders, gaps=gaps)

    assert ours(rows) == pytest.approx(oracles.figures(rows, AVAILABLE), abs=NEAR)


@pytest.mark.parametrize("coders", [2, 4])
def test_fleiss_kappa_without_gaps_is_that_of_nltk(coders):
    rows = ratings_at_random(7, coders, gaps=0)

    assert ours(rows)["fleiss_kappa"] == pytest.approx(oracles.fleiss_of_all(rows), abs=NEAR)
