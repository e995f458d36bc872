"""Every coefficient comes out as somebody published it."""

import json

import pytest

from incidents.reliability.kappa import confusion_of
from taxonomy.reliability.formulas import brennan_prediger, perreault_leigh
from taxonomy.reliability.kappa import kappa_max, standard_error, weighted_kappa
from taxonomy.reliability.results import Coefficient
from taxonomy.saturation.richness import Richness
from taxonomy.sorting.partitions import masi_distance
from tests.reports.statistics.test_published import OF_TABLES
from tests.taxonomy.reliability.examples import (
    ABSTRACTORS,
    BEN_AND_GERRY,
    COHEN_1960,
    COHEN_1968_WEIGHTS,
    FLEISS_1971,
    FOUR_OBSERVERS,
    GWET_FOUR,
    MEG_AND_OWEN,
    PARADOX,
    agreement,
    alpha,
    rows_of,
    rows_of_counts,
    rows_of_table,
    values,
)

NAMES = {  # the short names that the books use
    "pa": "percent_agreement",
    "po": "percent_agreement",
    "kappa": "cohen_kappa",
    "pi": "scott_pi",
    "fleiss": "fleiss_kappa",
    "alpha": "krippendorff_alpha",
    "ac1": "gwet_ac1",
    "bp": "brennan_prediger",
    "s": "brennan_prediger",
    "ir": "perreault_leigh",
}


def to_four(number):
    return pytest.approx(number, abs=0.00005)


def assert_printed(found, printed):
    expected = {NAMES[short]: to_four(number) for short, number in printed.items()}
    assert {name: found[name] for name in expected} == expected


def table_of(counts):
    labels = range(len(counts))
    pairs = [(a, b) for a in labels for b in labels for _time in range(counts[a][b])]
    return confusion_of(pairs, labels)


@pytest.mark.parametrize(
    ("coders", "level", "printed"),
    [
        (MEG_AND_OWEN, "nominal", 0.095),
        (BEN_AND_GERRY, "nominal", 0.692),
        (FOUR_OBSERVERS, "nominal", 0.743),
        (FOUR_OBSERVERS, "ordinal", 0.815),
        (FOUR_OBSERVERS, "interval", 0.849),
        (FOUR_OBSERVERS, "ratio", 0.797),
        (GWET_FOUR, "ordinal", 0.815),
    ],
)
def test_alpha_is_as_krippendorff_computed_it(coders, level, printed):
    assert round(alpha(rows_of(coders), level), 3) == printed


def test_gwets_example_of_four_coders_with_missing_values():
    found = agreement(rows_of(GWET_FOUR))

    printed = {"pa": 0.8182, "fleiss": 0.7612, "bp": 0.7727, "ac1": 0.7754, "alpha": 0.7434}
    assert_printed({one.value: figure.value for one, figure in found.overall.items()}, printed)
    assert found.conger.value == to_four(0.7628)
    assert (found.units, found.coders, found.ratings, found.k, found.missing) == (12, 4, 41, 5, 7)


@pytest.mark.parametrize(
    ("table", "printed"),
    [
        (
            COHEN_1960,
            {"po": 0.7, "kappa": 0.4915, "pi": 0.4872, "alpha": 0.4885, "ac1": 0.576}
            | {"s": 0.55, "ir": 0.7416},
        ),
        (
            ABSTRACTORS,
            {"po": 0.89, "kappa": 0.7964, "pi": 0.7962, "alpha": 0.7973, "ac1": 0.8493}
            | {"s": 0.835, "ir": 0.9138},
        ),
        (
            PARADOX,
            {"po": 0.944, "kappa": -0.0234, "pi": -0.0288, "alpha": -0.0247, "ac1": 0.9408}
            | {"s": 0.888, "ir": 0.9423},
        ),
    ],
)
def test_tables_of_two_coders(table, printed):
    assert_printed(values(rows_of_table(table)), printed)


def test_cohens_table_with_its_ceiling_its_error_and_its_weights():
    table = table_of(COHEN_1960)

    assert kappa_max(table) == to_four(0.8305)
    assert standard_error(table) == to_four(0.0510)
    assert standard_error(table_of(ABSTRACTORS)) == to_four(0.0589)
    assert weighted_kappa(table, lambda a, b: COHEN_1968_WEIGHTS[a][b]) == to_four(0.3478)


def test_fleiss_patients_overall_and_by_diagnosis():
    found = agreement(rows_of_counts(FLEISS_1971))

    figures = {one.value: figure.value for one, figure in found.overall.items()}
    assert figures["fleiss_kappa"] == pytest.approx(0.4302445, abs=5e-8)
    assert_printed(figures, {"alpha": 0.4334, "ac1": 0.4479, "s": 0.4444, "ir": 0.6667})
    assert [
        one.figures[Coefficient.FLEISS_KAPPA].value for one in found.categories.values()
    ] == to_four([0.2448, 0.2448, 0.52, 0.4711, 0.5661])
    assert [one.ratings for one in found.categories.values()] == [26, 26, 30, 55, 43]


def test_the_first_half_of_the_patients_as_the_package_irrcac_has_them():
    found = values(rows_of_counts(FLEISS_1971[:15]))

    printed = {"ac1": 0.4448007, "fleiss": 0.4139265, "alpha": 0.4204384, "bp": 0.4388889}
    assert_printed(found, printed)


@pytest.mark.parametrize(
    ("agreed", "k", "printed"),
    [
        (0.7, 2, 0.6325),
        (0.8, 2, 0.7746),
        (0.9, 2, 0.8944),
        (0.8, 5, 0.8660),
        (0.8, 85, 0.8931),
        (0.9, 5, 0.9354),
        (0.5, 5, 0.6124),
        (0.2, 5, 0),
        (0.1, 5, 0),
    ],
)
def test_perreault_and_leighs_index(agreed, k, printed):
    assert perreault_leigh(agreed, k) == to_four(printed)
    assert perreault_leigh(agreed, k) ** 2 == pytest.approx(max(brennan_prediger(agreed, k), 0))


def test_merging_can_lower_kappa_and_leave_the_agreement():
    table = [[30, 0, 0], [0, 30, 0], [4, 4, 2]]
    rows = rows_of_table(table)
    merged = [(unit, coder, {0: 1, 1: 1, 2: 2}[value]) for unit, coder, value in rows]

    assert_printed(values(rows), {"po": 0.8857, "kappa": 0.8028})
    assert_printed(values(merged), {"po": 0.8857, "kappa": 0.3})


@pytest.mark.parametrize(
    ("first", "second", "printed"),
    [({1, 2}, {1, 2, 3, 4}, 0.6667), ({1, 2}, {2, 3}, 0.8889), ({1}, {2}, 1), ({1}, {1}, 0)],
)
def test_the_distance_of_sets(first, second, printed):
    assert masi_distance(first, second) == to_four(printed)
    assert masi_distance(second, first) == to_four(printed)


OF_AGREEMENT = {
    *("krippendorff", "two_coder_tables", "fleiss1971", "perreault_leigh"),
    *("masi_distance", "chao1_good_turing"),
}


@pytest.mark.real_data
def test_every_worked_example_of_the_reference_comes_out(real_data):
    golden = json.loads((real_data / "reference" / "statistics_golden.json").read_text())

    for example in golden["krippendorff"]:
        for level, printed in example["alpha"].items():
            assert alpha(rows_of(example["data"]), level) == to_four(printed), example["id"]
    gwet = golden["krippendorff"][2]["gwet_all"]
    found = agreement(rows_of(GWET_FOUR))
    assert found.conger.value == to_four(gwet.pop("conger"))
    assert_printed({one.value: figure.value for one, figure in found.overall.items()}, gwet)
    for example in golden["two_coder_tables"]:
        table = table_of(example["t"])
        printed = {short: example[short] for short in example.keys() & NAMES.keys()}
        assert_printed(values(rows_of_table(example["t"])), printed)
        if "ase" in example:
            weights = example["weights"]
            assert standard_error(table) == to_four(example["ase"])
            assert kappa_max(table) == to_four(example["kappa_max"])
            weighted = weighted_kappa(table, lambda a, b, of=weights: of[a][b])
            assert weighted == to_four(example["kw"])
        if "merge" in example:
            into = {old: new for new, group in enumerate(example["merge"]) for old in group}
            rows = [
                (unit, coder, into[value]) for unit, coder, value in rows_of_table(example["t"])
            ]
            assert_printed(values(rows), {"kappa": example["kappa_after"]})
    fleiss = golden["fleiss1971"]
    found = agreement(rows_of_counts(fleiss["counts"]))
    assert [
        one.figures[Coefficient.FLEISS_KAPPA].value for one in found.categories.values()
    ] == to_four(fleiss["per_category"])
    figures = {one.value: figure.value for one, figure in found.overall.items()}
    assert figures["fleiss_kappa"] == pytest.approx(fleiss["kappa"], abs=5e-8)
    assert_printed(figures, {short: fleiss[short] for short in ("alpha", "ac1", "s", "ir")})
    for agreed, k, printed in golden["perreault_leigh"]:
        assert perreault_leigh(agreed, k) == to_four(printed)
    for first, second, printed in golden["masi_distance"]:
        assert masi_distance(first, second) == to_four(printed)
    seen = golden["chao1_good_turing"]
    richness = Richness(seen["N"], seen["S"], once=seen["f1"], twice=seen["f2"])
    assert richness.coverage == pytest.approx(seen["coverage"], abs=5e-7)
    assert richness.chao1 == pytest.approx(seen["chao1"])
    assert golden.keys() - OF_TABLES == {"note", *OF_AGREEMENT}
