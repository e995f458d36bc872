"""How alike categories are by words: by hand, by laws, and on real narratives."""

import csv
import math
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.sorting.linkage import agglomerate, cut
from taxonomy.sorting.partitions import agreement
from taxonomy.sorting.words import distances, heaviest, weights, words_of

COUNTS = st.lists(st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 9)), max_size=6)


def test_words_are_folded_and_numbers_left_out():
    assert words_of("The Queue, the QUEUES: 17 minutes à la café!") == [
        *("the", "queue", "the", "queues", "minutes", "la", "cafe"),
    ]
    assert words_of("服务很好") == list("服务很好")


def test_weights_worked_by_hand():
    """Of two categories both have "bus", one has "late" twice."""
    one, two = weights([{"bus": 1, "late": 2}, {"bus": 1}])
    bus, late = 1.0, (1 + math.log(2)) * (1 + math.log(3 / 2))
    length = math.hypot(bus, late)

    assert one == pytest.approx({"bus": bus / length, "late": late / length})
    assert two == {"bus": 1}
    assert distances([one, two])[0][1] == pytest.approx(1 - bus / length)


@given(COUNTS)
def test_distances_are_symmetric_between_0_and_1_and_0_from_oneself(counts):
    found = distances(weights(counts))

    assert found == [list(row) for row in zip(*found, strict=True)]
    assert all(0 <= value <= 1 for row in found for value in row)
    doubled = distances(weights([*counts, *counts[:1]]))
    if counts and counts[0]:
        assert doubled[0][-1] == pytest.approx(0, abs=1e-9)


def test_the_heaviest_words_name_a_group():
    vectors = weights([{"bus": 1, "late": 5}, {"bus": 1, "queue": 2}, {"bus": 1}])

    assert heaviest(vectors[:2], 2) == ["late", "queue"]


# -- On real narratives ------------------------------------------------------------------------

MEASURED = {  # file, fine and coarse codes: categories, groups, adjusted Rand index
    ("nhs_fft_trusts_A_C", "category_2", "category_1"): (44, 9, 0.10),
    ("nhs_v6_nhft_multilabel", "category_2", "category_1"): (42, 11, 0.02),
    ("cfpb_mixed_products", "category_2", "category_1"): (69, 14, 0.25),
}


@pytest.mark.thorough
@pytest.mark.real_data
@pytest.mark.parametrize(("file", "fine", "coarse"), MEASURED)
def test_clusters_of_words_match_the_groups_of_analysts_poorly(real_data, file, fine, coarse):
    """The figures that the page and the guide quote."""
    told, above = defaultdict(Counter), defaultdict(Counter)
    path = real_data / "data" / "narratives" / f"{file}.csv"
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row[fine] and row[coarse] and "|" not in row[fine] + row[coarse]:
                told[row[fine]].update(words_of(row["narrative"]))
                above[row[fine]][row[coarse]] += 1
    names = sorted(told)
    people = {at: above[name].most_common(1)[0][0] for at, name in enumerate(names)}
    size = len(set(people.values()))
    merges = agglomerate(distances(weights([told[name] for name in names])), "complete")
    found = agreement(dict(enumerate(cut(len(names), merges, size))), people)

    assert (len(names), size, round(found.adjusted, 2)) == MEASURED[file, fine, coarse]
