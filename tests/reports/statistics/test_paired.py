"""What changed from one time to the next: cases by hand, and the laws of paired differences."""

import math

import numpy as np
import pytest
from scipy import special

from reports.statistics.paired import paired_difference
from tests.reports.statistics.made import random_told, sample_of

ROWS, COLUMNS = [0, 1, 2, 3], [0, 1, 2]


def sampled(told, **options):
    """A sample over all rows, columns and clusters, so that two of them number alike."""
    cluster = np.array([one[2] for one in told], dtype=np.int64)
    rows, columns = options.pop("rows", ROWS), options.pop("columns", COLUMNS)
    plain = sample_of([one[:2] for one in told], rows=rows, columns=columns)
    fields = {"row": plain.row, "column": plain.column, "cluster": cluster, **options}
    return type(plain)(rows, columns, **fields)


def later_than(told, seed, share=0.1):
    """Some of the same units in other rows, some gone, and some that are new."""
    source = np.random.default_rng(seed)
    moved = source.random(len(told)) < share
    kept = [
        ((one[0] + 1) % 4 if turned else one[0], *one[1:])
        for one, turned in zip(told, moved, strict=True)
        if source.random() > share / 4
    ]
    return kept + random_told(seed + 50, units=60)


def of_one_column(inside, outside=None):
    """Units in and out of a row by organization, four each: `inside` says how many of them."""
    return [
        ("in" if unit < number else "out", "all", place)
        for place, number in enumerate(inside)
        for unit in range((outside or {}).get(place, 4))
    ]


def pair(before, after):
    rows, columns = ["in", "out"], ["all"]
    return paired_difference(
        sampled(before, rows=rows, columns=columns), sampled(after, rows=rows, columns=columns)
    )


def test_a_difference_by_hand():
    # Twelve organizations tell four incidents each. Before one of four is in the row in each; after
    # two of four in ten of them. p = 12/48, then 22/48. Before everybody brings u = (1 − 1)/48 = 0,
    # after ten bring (2 − 4 · 22/48)/48 = (1/6)/48 and two (1 − 11/6)/48 = −(5/6)/48. So
    # V = 12/11 · (10/36 + 2 · 25/36)/48² = (20/11)/48².
    found = pair(of_one_column([1] * 12), of_one_column([2] * 10 + [1] * 2))

    error = math.sqrt(20 / 11) / 48
    assert found.differences[:, 0] == pytest.approx([10 / 48, -10 / 48])
    assert found.errors[:, 0] == pytest.approx([error, error])
    assert found.clusters.tolist() == [12]
    assert found.moved[:, 0] == pytest.approx([10, 10])
    t = special.stdtrit(11, 1 - 0.025 / 2)  # two cells, eleven degrees of freedom
    assert found.tests == 2
    assert found.low[0, 0] == pytest.approx(10 / 48 - t * error)
    assert found.high[0, 0] == pytest.approx(10 / 48 + t * error)
    assert found.changed[:, 0].tolist() == [True, True]


def test_organizations_that_come_to_others_make_the_difference_of_a_ratio():
    # Ten organizations of four, five with 1 and five with 3 in the row: p = 1/2. Ten more come, all
    # with 3: p' = 50/80. Before u = ±1/40; after those of before bring (1 − 2.5)/80 = −1.5/80 and
    # (3 − 2.5)/80 = .5/80, so u' − u is (−1.5 + 2)/80 = .5/80 and (.5 − 2)/80 = −1.5/80; the new
    # ones bring .5/80. V = 20/19 · (5 · .25 + 5 · 2.25 + 10 · .25)/80² = 20/19 · 15/80².
    # q = 9/16: e is (−1 + 2.25)/80 for those with 1, (−3 + 2.25)/80 with 3, (3 − 2.25)/80 of new
    # ones, so 16.25²/16.953125 clusters moved the share.
    before = [1] * 5 + [3] * 5
    found = pair(of_one_column(before), of_one_column(before + [3] * 10))

    assert found.differences[0, 0] == pytest.approx(1 / 8)
    assert found.errors[0, 0] == pytest.approx(math.sqrt(20 / 19 * 15) / 80)
    assert found.clusters.tolist() == [20]
    assert found.moved[0, 0] == pytest.approx(16.25**2 / 16.953125)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_at_both_times_differs_by_nothing(seed):
    told = random_told(seed)
    shuffled = [told[at] for at in np.random.default_rng(seed).permutation(len(told))]

    found = paired_difference(sampled(told), sampled(shuffled))

    assert (found.differences == 0).all()
    assert (found.errors == 0).all()
    assert not found.moved.any()
    assert found.tests == 0
    assert not found.changed.any()


@pytest.mark.parametrize("seed", range(3))
def test_the_error_is_that_of_what_clusters_bring_unit_by_unit(seed):
    before, after = random_told(seed), later_than(random_told(seed), seed)

    found = paired_difference(sampled(before), sampled(after))

    for row in ROWS:
        for column in COLUMNS:
            brought = _brought(after, row, column) - _brought(before, row, column)
            expected = math.sqrt(24 / 23 * float((brought**2).sum()))
            assert found.errors[row, column] == pytest.approx(expected)


def _brought(told, row, column):
    here = [one for one in told if one[1] == column]
    share = sum(one[0] == row for one in here) / len(here)
    brought = np.zeros(24)
    for one in here:
        brought[one[2]] += ((one[0] == row) - share) / len(here)
    return brought


@pytest.mark.parametrize("times", [2, 7])
def test_copies_inside_clusters_leave_every_error_and_interval(times):
    before, after = random_told(7), later_than(random_told(7), 7)
    once = paired_difference(sampled(before), sampled(after))
    copied = paired_difference(sampled(before * times), sampled(after * times))

    assert once.tests > 0
    for name in ("errors", "low", "high"):
        assert getattr(copied, name) == pytest.approx(getattr(once, name), nan_ok=True)


def test_both_times_exchanged_turn_the_sign_and_keep_the_error():
    before, after = sampled(random_told(3)), sampled(later_than(random_told(3), 3))
    there, back = paired_difference(before, after), paired_difference(after, before)

    assert back.differences == pytest.approx(-there.differences)
    assert back.errors == pytest.approx(there.errors)
    assert (back.changed == there.changed).all()


def test_what_stands_still_says_nothing_so_the_error_is_smaller_than_of_two_samples():
    before = random_told(9)
    after = later_than(before, 9, share=0.05)
    apart = [(row, column, cluster + 24) for row, column, cluster in after]  # others told it
    paired = paired_difference(sampled(before), sampled(after))
    unpaired = paired_difference(sampled(before), sampled(apart))

    assert (paired.errors < 0.7 * unpaired.errors).all()


def test_units_that_are_independent_and_turn_one_by_one_are_judged_as_by_mcnemar():
    # 300 units, each its own cluster; 24 turn into the row and 8 out of it. McNemar: the difference
    # is 16/300, its variance (32 − 16²/300)/300²; here with 300/299.
    before = [("in" if unit < 100 else "out", "all", unit) for unit in range(300)]
    turned = {*range(8), *range(100, 124)}
    other = {"in": "out", "out": "in"}
    after = [(other[one[0]] if one[2] in turned else one[0], *one[1:]) for one in before]

    found = pair(before, after)

    assert found.differences[0, 0] == pytest.approx(16 / 300)
    variance = 300 / 299 * (32 - 16**2 / 300) / 300**2
    assert found.errors[0, 0] == pytest.approx(math.sqrt(variance))
    assert found.changed[0, 0]


def told_otherwise(number):
    """Twelve organizations of which so many have one more in the row."""
    return pair(of_one_column([1] * 12), of_one_column([2] * number + [1] * (12 - number)))


def test_a_few_organizations_that_moved_together_are_no_evidence():
    assert told_otherwise(10).changed.any()
    assert told_otherwise(9).moved[0, 0] == pytest.approx(9)
    assert told_otherwise(9).errors[0, 0] > 0
    assert told_otherwise(9).tests == 0
    assert np.isnan(told_otherwise(9).low).all()


@pytest.mark.parametrize(("number", "is_told"), [(6, False), (8, False), (12, True)])
def test_new_moments_elsewhere_make_no_evidence_of_what_a_few_moved(number, is_told):
    # Forty organizations tell ten each, three in the row. Some settle two more each in it, and ten
    # others tell one more moment each, three in ten of them in the row.
    before = of_one_column([3] * 40, dict.fromkeys(range(40), 10))
    recoded = of_one_column([5] * number + [3] * (40 - number), dict.fromkeys(range(40), 10))
    new = [("in" if at < 3 else "out", "all", 30 + at) for at in range(10)]

    found = pair(before, recoded + new)

    assert found.moved[0, 0] == pytest.approx(_effective(before, recoded + new))
    assert (found.tests > 0, bool(found.changed.any())) == (is_told, is_told)


def _effective(before, after):
    """By definition, organization by organization."""
    share = sum(sum(one[0] == "in" for one in told) / len(told) / 2 for told in (before, after))
    moved = np.zeros(40)
    for told, sign in ((before, -1), (after, 1)):
        for one in told:
            moved[one[2]] += sign * ((one[0] == "in") - share) / len(told)
    return (moved**2).sum() ** 2 / (moved**4).sum()


def test_weights_added_in_another_order_have_moved_nothing():
    told = random_told(5)
    order = np.random.default_rng(5).permutation(len(told))
    weight = 1 / np.random.default_rng(6).integers(3, 12, len(told))

    found = paired_difference(
        sampled(told, weight=weight), sampled([told[at] for at in order], weight=weight[order])
    )

    assert not found.moved.any()
    assert found.tests == 0


def test_a_column_that_would_have_no_test_has_no_verdict_on_its_change():
    nine = pair(of_one_column([1] * 9), of_one_column([2] * 9))
    small = pair(
        of_one_column([1] * 12, dict.fromkeys(range(12), 2)), of_one_column([2] * 12)
    )  # 24, then 48
    before, after = of_one_column([1] * 12), of_one_column([2] * 12)
    hidden = [(*one[:2], -1 if one[2] in {0, 1} else one[2]) for one in after]

    assert (nine.clusters.tolist(), nine.tests) == ([9], 0)
    assert small.tests == 0
    assert pair(before, hidden).tests == 0
    assert pair(before, before[4:] + after).tests == 2


def test_where_all_clusters_bring_the_same_nothing_varies_and_nothing_is_said():
    found = pair(of_one_column([1] * 12), of_one_column([2] * 12))

    assert found.differences[0, 0] == 0.25
    assert found.errors[0, 0] == 0
    assert found.tests == 0


def test_few_unknown_clusters_are_one_and_counted_for_none():
    before = of_one_column([1] * 24)
    after = of_one_column([2] * 23 + [1])
    unknown = [(*one[:2], -1 if one[2] == 5 else one[2]) for one in after]
    was = [(*one[:2], -1 if one[2] == 5 else one[2]) for one in before]

    found = pair(was, unknown)

    assert found.clusters.tolist() == [23]
    assert found.moved[0, 0] == pytest.approx(22)
    assert found.errors[0, 0] == pytest.approx(pair(before, after).errors[0, 0])


def test_weights_scaled_alike_change_nothing_and_weights_that_changed_do():
    before, after = random_told(4), later_than(random_told(4), 4)
    ones, threes = np.ones(len(after)), np.full(len(before), 3.0)
    plain = paired_difference(sampled(before), sampled(after))
    weighted = paired_difference(sampled(before, weight=threes), sampled(after, weight=ones))
    heavier = np.where(np.array([one[0] for one in after]) == 0, 2.0, 1.0)
    other = paired_difference(sampled(before), sampled(after, weight=heavier))

    assert weighted.errors == pytest.approx(plain.errors)
    assert (other.differences[0] > plain.differences[0]).all()


def test_a_unit_in_several_rows_counts_once_in_each_and_once_in_the_base():
    # Sixty incidents of twelve organizations; the second moments of some stand in a second row.
    before = [("in", "all", unit % 12) for unit in range(60)]
    further = [("out", "all", unit % 12) for unit in range(22)]
    numbers = [*range(60), *range(22)]
    rows, columns = ["in", "out"], ["all"]
    fields = {"rows": rows, "columns": columns}

    found = paired_difference(
        sampled(before, unit=np.arange(60), **fields),
        sampled(before + further, unit=np.array(numbers), **fields),
    )

    assert found.before[:, 0].tolist() == [1, 0]
    assert found.after[:, 0] == pytest.approx([1, 22 / 60])
    assert found.changed[:, 0].tolist() == [False, True]


def test_an_empty_column_has_no_share_and_other_rows_are_refused():
    told = of_one_column([1] * 12)
    empty = pair([], told)
    assert np.isnan(empty.before).all()
    assert (empty.tests, empty.clusters.tolist()) == (0, [12])

    with pytest.raises(ValueError, match="same rows and columns"):
        paired_difference(
            sampled(told, rows=["in", "out"], columns=["all"]),
            sampled(told, rows=["out", "in"], columns=["all"]),
        )
