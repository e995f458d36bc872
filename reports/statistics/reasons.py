"""Why a figure is not given. Pages may import this module, which loads nothing."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

LEVEL = 0.05  # of every test
FEW_CLUSTERS = 10  # of a column: no corrected test below it
SMALL_BASE = 30  # of a column: neither per cent nor tests below it
SMALL_EXPECTED = 5  # of a cell: not enough for a test
MOST_SMALL = 20  # per cent of the cells with a smaller one: Monte Carlo instead


class Reason(StrEnum):
    """What stands in place of a figure; each place says it in its own words."""

    NO_DATA = "no_data"
    ONE_ROW = "one_row"
    ONE_COLUMN = "one_column"
    OVERLAPPING = "overlapping"
    EMPTY = "empty"
    NOT_TESTED = "not_tested"
    SMALL_BASE = "small_base"
    SMALL_EXPECTED = "small_expected"
    CLUSTERS_UNKNOWN = "clusters_unknown"
    FEW_CLUSTERS = "few_clusters"
    NO_VARIANCE = "no_variance"
    TOO_LARGE = "too_large"
    ENOUGH_EXPECTED = "enough_expected"


def left_out_of(statistics: Mapping[str, Any]) -> list[int]:
    """The columns, by place, that the corrected test of a whole table is not about."""
    places: list[int] = statistics["rao_scott"].get("left_out", [])
    return places
