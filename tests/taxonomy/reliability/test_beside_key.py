"""One coder beside a key: the same figures as of two coders, without arrays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.reliability.agreement import agreement_of
from taxonomy.reliability.beside_key import beside_key
from taxonomy.reliability.ratings import ratings_of
from taxonomy.reliability.results import Coefficient, Estimate

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), max_size=12)


def of_two_coders(pairs):
    rows = [
        (unit, coder, label)
        for unit, pair in enumerate(pairs)
        for coder, label in zip(("key", "own"), pair, strict=True)
    ]
    figures = agreement_of(ratings_of(rows, available=5)).overall
    wanted = (
        Coefficient.PERCENT_AGREEMENT,
        Coefficient.COHEN_KAPPA,
        Coefficient.KRIPPENDORFF_ALPHA,
    )
    found = [figures[one] for one in wanted]
    return [one.value if isinstance(one, Estimate) else None for one in found]


@settings(max_examples=40, deadline=None)
@given(PAIRS)
def test_figures_are_those_of_two_coders(pairs):
    found = beside_key(pairs)

    assert [found.percent, found.kappa, found.alpha] == pytest.approx(of_two_coders(pairs))
    assert (found.n, found.agreed) == (len(pairs), sum(one == other for one, other in pairs))


def test_one_answer_only_is_undefined():
    found = beside_key([("a", "a")] * 3)

    assert (found.percent, found.kappa, found.alpha) == (1, None, None)
    assert beside_key([]).percent is None
