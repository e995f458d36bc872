"""Every figure comes out as somebody published it."""

import json

import numpy as np
import pytest

from reports.statistics.association import (
    adjusted_residuals,
    chi_square,
    cramers_v,
    cramers_v_corrected,
)
from reports.statistics.intervals import goodman_intervals, sison_glaz
from reports.statistics.multiplicity import bonferroni, false_discovery_rate
from reports.statistics.table import statistics_of
from taxonomy.tabulation.display import adjusted_to_100
from taxonomy.tabulation.intervals import wilson
from tests.reports.statistics.made import LITTERS, PARTIES, litters, sample_of_counts


def to_four(number):
    return pytest.approx(number, abs=0.00005)


def test_agrestis_parties_by_gender():
    found = statistics_of(sample_of_counts(PARTIES))

    assert found["n"] == 2757
    assert found["chi_square"] == {
        "statistic": to_four(30.0701),
        "df": 2,
        "p": pytest.approx(2.954e-07, abs=5e-11),
    }
    assert found["likelihood_ratio"]["statistic"] == to_four(30.0167)
    assert found["cramers_v"] == to_four(0.1044)
    assert found["expected"][0] == pytest.approx([703.67, 319.65, 533.68], abs=0.005)
    assert found["adjusted_residuals"][0] == pytest.approx([4.50, 0.70, -5.32], abs=0.005)
    assert found["adjusted_residuals"][1] == pytest.approx([-4.50, -0.70, 5.32], abs=0.005)
    assert found["expected_below_5_percent"] == 0
    assert found["monte_carlo_p"] is None


def test_the_bias_corrected_v_by_hand():
    # φ² = 30.0701/2757 less 2/2756; rows 2 − 1/2756, columns 3 − 4/2756.
    parties = statistics_of(sample_of_counts(PARTIES))["cramers_v_corrected"]
    phi = 30.070149 / 2757 - 2 / 2756

    assert parties == pytest.approx((phi / (1 - 1 / 2756)) ** 0.5, abs=5e-7)
    assert cramers_v_corrected(np.array([[50.0, 0], [0, 50]])) == pytest.approx(1)
    assert cramers_v_corrected(np.diag([20.0, 20, 20])) == pytest.approx(1)
    assert cramers_v_corrected(np.array([[26.0, 24], [24, 26]])) == 0
    assert cramers_v_corrected(np.array([[1.0, 0], [0, 1]])) is None


def test_weils_litters_as_rao_and_scott_corrected_them():
    found = statistics_of(litters())

    assert found["design_effects"]["cells"] == [
        pytest.approx([1.232495, 3.952861], abs=5e-7),
        pytest.approx([1.232495, 3.952861], abs=5e-7),
    ]
    assert found["chi_square"]["statistic"] == to_four(8.8999)
    assert found["chi_square"]["p"] == to_four(0.0029)
    assert found["design_effect"] == to_four(3.0688)
    assert found["rao_scott"]["first_order"] == {
        "statistic": to_four(2.9001),
        "df": 1,
        "p": to_four(0.0886),
    }
    second = found["rao_scott"]["second_order"]
    assert (second["df"], second["df_denominator"]) == (pytest.approx(1), pytest.approx(31))
    assert second["p"] == to_four(0.0986)  # F with 1 and 31
    [[control, _treated], _dead] = found["corrected_residuals"]["z"]
    assert control**2 == to_four(4.0406)
    assert found["verdict"]["naive"]["significant"]
    assert found["verdict"]["corrected"] == {
        "method": "rao_scott_second_order",
        "p": second["p"],
        "significant": False,
    }
    assert found["verdict"]["differs"]
    assert found["letters"]["naive"] == [["B", ""], ["", "A"]]
    assert found["letters"]["corrected"] == [["", ""], ["", ""]]
    assert found["letters"]["differ"] == [[0, 0], [1, 1]]


def test_intervals_of_all_rows_together_as_sison_and_glaz_have_them():
    counts = np.array([56, 72, 73, 59, 62, 87, 58])
    intervals = statistics_of(sample_of_counts(counts[:, None]))["intervals"]

    low, high = np.array(intervals["goodman"])[:, 0].T
    assert low == pytest.approx([0.085, 0.115, 0.116, 0.091, 0.096, 0.143, 0.089], abs=5e-4)
    assert high == pytest.approx([0.166, 0.204, 0.207, 0.173, 0.181, 0.239, 0.171], abs=5e-4)
    low, high = np.array(intervals["sison_glaz"])[:, 0].T
    printed = [0.0792, 0.1135, 0.1156, 0.0857, 0.0921, 0.1456, 0.0835]
    assert low == pytest.approx(printed, abs=5e-5)
    printed = [0.1643, 0.1986, 0.2007, 0.1708, 0.1772, 0.2307, 0.1686]
    assert high == pytest.approx(printed, abs=1e-4)


def test_benjamini_and_hochbergs_fifteen_comparisons():
    # Benjamini and Hochberg (1995), 3.2: four are significant at .05, by Bonferroni three.
    p = np.array(
        [
            *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
            *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0),
        ]
    )

    assert int((false_discovery_rate(p) <= 0.05).sum()) == 4
    assert int((bonferroni(p[None, :]) <= 0.05).sum()) == 3
    assert false_discovery_rate(p)[3] == pytest.approx(0.0095 * 15 / 4)


OF_TABLES = {"contingency", "wilson95", "multinomial", "rao_scott_weil", "largest_remainder"}


@pytest.mark.real_data
def test_every_worked_example_of_the_reference_comes_out(real_data):
    golden = json.loads((real_data / "reference" / "statistics_golden.json").read_text())

    for example in golden["contingency"]:
        cells = np.array(example["t"], dtype=float)
        assert chi_square(cells).statistic == to_four(example["x2"])
        assert chi_square(cells).df == example["df"]
        assert cramers_v(cells) == to_four(example["v"])
        assert adjusted_residuals(cells)[0] == pytest.approx(example["adj_row0"], abs=0.005)
    for number, base, low, high in golden["wilson95"]:
        assert wilson(number, base) == (to_four(low), to_four(high))
    counts = np.array(golden["multinomial"]["counts"], dtype=float)
    shares, bases = (counts / counts.sum())[:, None], counts.sum(keepdims=True)
    goodman = goodman_intervals(shares, bases)[:, 0]
    assert goodman == pytest.approx(np.array(golden["multinomial"]["goodman"]), abs=0.0005)
    printed = np.array(golden["multinomial"]["sison_glaz"])
    assert sison_glaz(counts) == pytest.approx(printed, abs=0.00005)
    for example in golden["largest_remainder"]:
        shares = adjusted_to_100(example["counts"], decimals=example["digits"])
        assert [float(share) for share in shares] == example["percent"]
    weil = golden["rao_scott_weil"]
    assert {name: [tuple(one) for one in weil[name]] for name in LITTERS} == LITTERS
    found = statistics_of(litters())
    assert found["design_effects"]["columns"] == pytest.approx(weil["deff"], abs=5e-7)
    assert found["chi_square"]["statistic"] == to_four(weil["x2_naive"])
    assert found["corrected_residuals"]["z"][0][0] ** 2 == to_four(weil["x2_rs"])
    assert found["design_effect"] == to_four(weil["pooled_d"])
    assert found["rao_scott"]["first_order"]["statistic"] == to_four(weil["x2_pooled"])
