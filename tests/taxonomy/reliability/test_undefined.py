"""Where there is nothing to say, the answer is a reason, never a number."""

import math

import pytest

from incidents.reliability.kappa import confusion_of
from taxonomy.reliability.kappa import kappa_max, standard_error, weighted_kappa
from taxonomy.reliability.ratings import ratings_of
from taxonomy.reliability.results import Coefficient, Level, Reason, Undefined
from tests.taxonomy.reliability.examples import agreement, alpha, plain, rows_of, values

BY_MARGINS = ["cohen_kappa", "scott_pi", "fleiss_kappa", "krippendorff_alpha"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], Reason.NO_RATINGS),
        (rows_of([[None], [None]]), Reason.NO_RATINGS),
        (rows_of([[0, 1, 0]]), Reason.ONE_CODER),
        (rows_of([[0, 1, 0], [None, None, None]]), Reason.ONE_CODER),
        (rows_of([[0, None, 0], [None, 1, None]]), Reason.NO_OVERLAP),
        (rows_of([[0, 0, 0], [0, 0, 0]]), Reason.ONE_CATEGORY),
    ],
)
@pytest.mark.parametrize("level", Level)
def test_without_a_comparison_nothing_is_defined(rows, reason, level):
    found = agreement(rows, level=level, samples=20)

    figures = [found.overall, *(one.figures for one in found.categories.values())]
    assert {figure for some in figures for figure in some.values()} == {Undefined(reason)}
    assert found.conger == Undefined(reason)
    assert not found.defined


def test_one_category_of_several_leaves_undefined_what_asks_for_margins():
    found = values(rows_of([[0, 0], [0, 0]]), available=5)

    assert {found[name] for name in BY_MARGINS} == {Reason.ONE_COMPARED}
    assert {found[name] for name in found.keys() - set(BY_MARGINS)} == {1.0}


def test_a_category_that_only_one_coder_saw_does_not_count_as_a_comparison():
    found = agreement(rows_of([[0, 0, 1], [0, 0, None]]))

    assert {plain(found.overall)[name] for name in BY_MARGINS} == {Reason.ONE_COMPARED}
    figures = [set(plain(one.figures).values()) for one in found.categories.values()]
    assert figures == [{Reason.NOTHING_ELSE}, {Reason.NOT_COMPARED}]


def test_pairs_of_many_coders_are_not_compared():
    few, many = (agreement(rows_of([[0, 1, 1]] * coders)) for coders in (30, 31))

    assert plain(few.overall)["cohen_kappa"] == 1
    assert len(few.pairs) == 435
    assert plain(many.overall)["cohen_kappa"] is Reason.MANY_CODERS
    assert plain(many.overall)["fleiss_kappa"] == 1
    assert plain(many.categories[0].figures)["cohen_kappa"] is Reason.MANY_CODERS


def test_too_many_numbers_have_no_alpha_of_ratios():
    rows = rows_of([[*range(10_001)], [*range(10_001)]])

    assert alpha(rows, "ratio") is Reason.MANY_VALUES
    assert alpha(rows, "interval") == 1


def test_two_who_always_say_the_same_one_thing_have_no_kappa_to_be_the_mean_of():
    a_and_b, a_and_c = [0, 0, None, None], [None, None, 0, 1]
    found = agreement(rows_of([[0, 0, 0, 1], a_and_b, a_and_c]))

    assert [pair.kappa for pair in found.pairs] == [None, 1.0]
    assert plain(found.overall)["cohen_kappa"] == 1.0


def test_what_belongs_to_kappa_is_undefined_where_kappa_is():
    table = confusion_of([("a", "a")] * 3, "ab")

    assert (kappa_max(table), standard_error(table)) == (None, None)
    assert weighted_kappa(table, lambda a, b: a != b) is None
    assert weighted_kappa(confusion_of([], "ab"), lambda a, b: a != b) is None


# -- What is refused --------------------------------------------------------------------------


def test_a_level_asks_for_numbers_or_an_order():
    rows = rows_of(["ab", "bb"])

    assert plain(agreement(rows, level="ordinal", categories="ab").overall)
    for level in ("ordinal", "interval", "ratio"):
        with pytest.raises(ValueError, match=f"{level} level needs numbers"):
            agreement(rows, level=level)
    with pytest.raises(ValueError, match="below zero"):
        agreement(rows_of([[1, -1], [1, 1]]), level="ratio")
    with pytest.raises(ValueError, match="needs numbers"):
        agreement(rows_of([[1, math.inf], [1, 1]]), level="interval")


def test_the_order_of_the_categories_counts_at_the_ordinal_level():
    rows = rows_of(["lmmh", "lmhh"])
    right, wrong = (alpha(rows, "ordinal", categories=order) for order in ("lmh", "hlm"))

    assert right == alpha(rows_of([[1, 2, 2, 3], [1, 2, 3, 3]]), "ordinal")
    assert right > wrong


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"categories": "ab"}, "no category: c"),
        ({"available": 2}, "3 categories were used, 2 were available"),
    ],
)
def test_categories_that_were_not_open_are_refused(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        ratings_of(rows_of(["abc"]), **options)


def test_a_coder_rates_a_unit_once():
    with pytest.raises(ValueError, match="twice"):
        ratings_of([("u", "c", 1), ("u", "c", None)])


def test_categories_never_used_count_but_are_not_shown():
    found = agreement(rows_of(["ab", "bb"]), categories="dcba")

    assert found.k == 4
    assert list(found.categories) == ["b", "a"]
    assert plain(found.overall)[Coefficient.BRENNAN_PREDIGER] == pytest.approx((0.5 - 0.25) / 0.75)
