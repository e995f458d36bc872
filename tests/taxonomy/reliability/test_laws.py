"""Laws that hold for any ratings, and every coefficient beside its definition."""

import math

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from incidents.reliability.kappa import confusion_of
from taxonomy.reliability.results import Coefficient, Reason
from taxonomy.tabulation.points import points_of
from tests.taxonomy.reliability import definitions
from tests.taxonomy.reliability.examples import agreement, alpha, plain, rows_of, values

pytestmark = pytest.mark.thorough

VALUES = st.integers(0, 3)
law = settings(max_examples=40)  # a case takes some milliseconds


def matrices(values=VALUES, *, least_coders=2, most_coders=4, missing=True):
    """For each coder what they said of the same units, at times with gaps."""
    cell = st.none() | values if missing else values
    return st.tuples(st.integers(least_coders, most_coders), st.integers(1, 7)).flatmap(
        lambda size: st.lists(
            st.lists(cell, min_size=size[1], max_size=size[1]),
            min_size=size[0],
            max_size=size[0],
        )
    )


def comparable(rows):
    """Some unit has two ratings, and these units more than one category."""
    every = [value for said in definitions.compared(rows) for value in said]
    return len(set(every)) > 1


def close_to(number):
    return None if number is None else pytest.approx(number, rel=1e-9, abs=1e-12)


def close(found, expected):
    return found == close_to(expected)


def assert_same(found, expected):
    """Figures by name: the same reasons, and the same numbers but for the last digits."""
    numbers = {name: one for name, one in expected.items() if isinstance(one, float)}
    assert found.keys() == expected.keys()
    assert {name: found[name] for name in numbers} == pytest.approx(numbers, rel=1e-9, abs=1e-12)
    others = expected.keys() - numbers.keys()
    assert {name: found[name] for name in others} == {name: expected[name] for name in others}


# -- Definitions ------------------------------------------------------------------------------


@law
@given(matrices(), st.integers(4, 9))
def test_each_coefficient_is_what_its_definition_says(matrix, k):
    rows = rows_of(matrix)
    assume(comparable(rows))

    found = values(rows, available=k)

    agreed = float(definitions.percent_agreement(rows))
    by_chance = float(definitions.brennan_prediger(rows, k))
    assert close(found["percent_agreement"], agreed)
    assert close(found["brennan_prediger"], by_chance)
    assert close(found["perreault_leigh"] ** 2, max(by_chance, 0))
    assert close(found["fleiss_kappa"], float(definitions.fleiss_kappa(rows)))
    assert close(found["gwet_ac1"], float(definitions.gwet_ac1(rows, k)))
    assert close(
        found["krippendorff_alpha"], float(definitions.krippendorff_alpha(rows, "nominal"))
    )


@law
@given(matrices())
def test_cohens_kappa_is_the_mean_over_the_pairs_where_it_is_defined(matrix):
    rows = rows_of(matrix)
    assume(comparable(rows))
    expected = definitions.cohen_kappa(rows)

    found = values(rows)["cohen_kappa"]

    assert found is Reason.ONE_COMPARED if expected is None else close(found, expected)


@pytest.mark.parametrize("level", ["ordinal", "interval", "ratio"])
@law
@given(matrix=matrices(st.integers(0, 6)))
def test_alpha_is_what_its_definition_says_at_every_level(level, matrix):
    rows = rows_of(matrix)
    assume(comparable(rows))

    assert close(alpha(rows, level), float(definitions.krippendorff_alpha(rows, level)))


@law
@given(matrices(), st.sampled_from(range(4)))
def test_a_category_alone_is_a_table_of_it_and_all_others(matrix, category):
    rows = rows_of(matrix)
    binary = [
        (unit, coder, None if value is None else value == category) for unit, coder, value in rows
    ]
    assume(comparable(binary))

    found = agreement(rows).categories[category]

    assert_same(plain(found.figures), values(binary, available=2))
    assert found.ratings == sum(value is True for _unit, _coder, value in binary)


@law
@given(matrices(least_coders=2, most_coders=2))
def test_of_two_coders_scotts_pi_looks_at_the_units_that_both_rated(matrix):
    rows = rows_of(matrix)
    assume(comparable(rows))
    both = {unit for unit, said in definitions.by_unit(rows).items() if len(said) == 2}

    whole = [row for row in rows if row[0] in both]

    assert close(values(rows)["scott_pi"], float(definitions.fleiss_kappa(whole)))


@law
@given(matrices(least_coders=3))
def test_of_more_coders_scotts_pi_is_fleiss_kappa(matrix):
    assume(all(any(value is not None for value in said) for said in matrix))
    found = values(rows_of(matrix))

    assert found["scott_pi"] == found["fleiss_kappa"]


# -- What changes nothing ---------------------------------------------------------------------


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
@law
@given(matrix=matrices(), drawn=st.data())
def test_the_order_of_rows_changes_nothing_and_no_interval(level, matrix, drawn):
    rows = rows_of(matrix)
    shuffled = drawn.draw(st.permutations(rows))

    one, other = (
        agreement(some, level=level, samples=20, seed=5).overall for some in (rows, shuffled)
    )

    assert_same(plain(other), plain(one))
    for name, figure in one.items():
        lows = [getattr(some, "low", None) for some in (figure, other[name])]
        assert lows[0] == close_to(lows[1])


AS_MANY_AGREE_AS_BY_CHANCE = [
    [None, None, 0, 3],
    [0, 3, None, None],
    [None, 3, 0, 0],
    [2, None, 2, 2],
]


@law
@given(matrices(), st.permutations("abcd"), st.permutations("wxyz"))
@example(AS_MANY_AGREE_AS_BY_CHANCE, ["a", "b", "d", "c"], ["w", "x", "y", "z"])
def test_other_names_for_categories_and_coders_change_nothing(matrix, labels, coders):
    rows = rows_of(matrix)
    renamed = [
        (unit, coders[coder], None if value is None else labels[value])
        for unit, coder, value in rows
    ]

    assert_same(values(renamed), values(rows))


@law
@given(matrices(), VALUES)
def test_a_unit_with_one_rating_never_changes_alpha(matrix, value):
    rows = rows_of(matrix)
    assume(comparable(rows))

    assert alpha([*rows, ("lone", 0, value)], available=4) == alpha(rows, available=4)


@law
@given(
    matrices(st.integers(-5, 5)),
    st.sampled_from([0.5, 3, 1e-200, 1e200]),
    st.sampled_from([0, 1, -7]),
)
def test_another_unit_of_measurement_changes_no_alpha_of_intervals(matrix, factor, zero):
    rows = rows_of(matrix)
    assume(comparable(rows))
    moved = [
        (unit, coder, None if value is None else (value + zero) * factor)
        for unit, coder, value in rows
    ]

    assert close(alpha(moved, "interval"), alpha(rows, "interval"))


@law
@given(matrices(st.integers(1, 5)))
def test_any_rising_numbers_give_the_same_ordinal_alpha(matrix):
    rows = rows_of(matrix)
    risen = [(u, c, None if value is None else math.exp(value)) for u, c, value in rows]

    assert alpha(risen, "ordinal") == alpha(rows, "ordinal")


# -- What has to come out ---------------------------------------------------------------------


@law
@given(st.lists(VALUES, min_size=2, max_size=8), st.integers(2, 4))
def test_a_coder_and_copies_of_the_coder_agree_wholly(said, copies):
    assume(len(set(said)) > 1)

    found = agreement(rows_of([said] * copies), samples=20)

    every = [found.overall, *(one.figures for one in found.categories.values())]
    assert {figure.value for figures in every for figure in figures.values()} == {1.0}


@law
@given(st.lists(st.lists(st.none() | st.just(1), min_size=4, max_size=4), min_size=2, max_size=4))
def test_a_table_of_one_category_is_undefined_and_never_one(matrix):
    rows = rows_of(matrix)
    only, of_several = values(rows, available=1), values(rows, available=3)

    assert all(isinstance(found, Reason) for found in only.values())
    margins = ["cohen_kappa", "scott_pi", "fleiss_kappa", "krippendorff_alpha"]
    assert all(isinstance(of_several[name], Reason) for name in margins)


@law
@given(matrices(), VALUES, VALUES)
def test_merging_categories_never_lowers_percent_agreement(matrix, one, other):
    rows = rows_of(matrix)
    merged = [(unit, coder, one if value == other else value) for unit, coder, value in rows]
    before = values(rows, available=4)["percent_agreement"]
    after = values(merged, available=4)["percent_agreement"]

    assert after is before if isinstance(before, Reason) else after >= before - 1e-12


@law
@given(matrices(least_coders=2, most_coders=2, missing=False))
def test_alpha_of_two_coders_is_pi_and_a_little_more(matrix):
    rows = rows_of(matrix)
    assume(comparable(rows))
    found = values(rows)
    units = len(matrix[0])

    lifted = found["scott_pi"] + (1 - found["scott_pi"]) / (2 * units)
    assert close(found["krippendorff_alpha"], lifted)


@law
@given(matrices(), st.integers(4, 9))
def test_what_chance_is_taken_to_be_orders_the_coefficients(matrix, k):
    rows = rows_of(matrix)
    assume(comparable(rows))
    found = values(rows, available=k)

    order = ["fleiss_kappa", "brennan_prediger", "gwet_ac1"]
    least, middle, most = (found[name] for name in order)
    assert least <= middle + 1e-12
    assert -1 / (k - 1) - 1e-12 <= middle <= most + 1e-12
    assert most <= found["percent_agreement"] + 1e-12
    assert 0 <= found["perreault_leigh"] <= 1


@law
@given(matrices(), st.integers(4, 9))
def test_more_categories_available_raise_the_index_of_perreault_and_leigh(matrix, k):
    rows = rows_of(matrix)
    assume(comparable(rows))
    fewer, more = (values(rows, available=number)["perreault_leigh"] for number in (k, k + 1))

    assert fewer <= more + 1e-12


@law
@given(matrices(least_coders=2, most_coders=2, missing=False))
def test_congers_kappa_of_two_coders_is_cohens(matrix):
    found = agreement(rows_of(matrix))
    assume(comparable(rows_of(matrix)))

    assert close(found.conger.value, plain(found.overall)["cohen_kappa"])


@law
@given(matrices(least_coders=2, most_coders=2))
def test_pairs_are_those_of_the_table_of_two(matrix):
    both = [(a, b) for a, b in zip(*matrix, strict=True) if None not in {a, b}]
    assume(both)
    table = confusion_of(both, range(4))

    (pair,) = agreement(rows_of(matrix)).pairs

    assert (pair.first, pair.second, pair.units) == (0, 1, len(both))
    assert pair.agreement == table.agreed / table.units
    if pair.kappa is not None:
        assert pair.kappa <= pair.kappa_max + 1e-12 <= 1 + 2e-12


@law
@given(matrices())
def test_point_values_from_counts_are_those_of_arrays(coders):
    rows = rows_of(coders)
    assume(comparable(rows))
    found = agreement(rows).overall

    units = zip(*coders, strict=True)
    answers = [[value for value in said if value is not None] for said in units]
    points = points_of([(said, 1) for said in answers])
    twice = points_of([(said, 2) for said in answers])

    for one, figure in (
        (Coefficient.PERCENT_AGREEMENT, points.agreement),
        (Coefficient.KRIPPENDORFF_ALPHA, points.alpha),
        (Coefficient.FLEISS_KAPPA, points.kappa),
    ):
        assert close(figure, found[one].value)
    assert (close(twice.agreement, points.agreement), close(twice.kappa, points.kappa)) == (
        True,
        True,
    )
    assert twice.moments == 2 * points.moments == 2 * len(definitions.compared(rows))
