"""Where everything in the picture of a tree stands, in whole units of the picture."""

import dataclasses
from collections.abc import Sequence

from taxonomy.sorting.linkage import Merge, branches, leaf_order

ROW = 24
LABELS = 280  # the width of the names
TREE = 380  # from a distance of 0 to 1
MARGIN = 20
AXIS = 30


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A tree of things: its size, one path for all branches, and what stands where.

    `leaves` are a thing and the height at which its name stands; `parts` the heights between two
    groups; `cut` is how far right the tree is cut, None where that parts nothing.
    """

    width: int
    height: int
    path: str
    leaves: Sequence[tuple[int, int]]
    parts: Sequence[int]
    cut: int | None


def drawing(merges: Sequence[Merge], groups: Sequence[int]) -> Drawing:
    """Draw a tree whose distances lie between 0 and 1, with the group of each thing."""
    size = len(groups)
    order = leaf_order(size, merges)
    strokes = (
        f"M{_across(each.first_height)} {_down(each.first_place)}"
        f"H{_across(each.height)}V{_down(each.second_place)}H{_across(each.second_height)}"
        for each in branches(size, merges)
    )
    ends = [place for place in range(1, size) if groups[order[place]] != groups[order[place - 1]]]
    return Drawing(
        width=LABELS + TREE + 2 * MARGIN,
        height=size * ROW + AXIS,
        path="".join(strokes),
        leaves=[(thing, _down(place) + 5) for place, thing in enumerate(order)],
        parts=[place * ROW for place in ends],
        cut=_cut(merges, size - len(set(groups))),
    )


def _across(distance: float) -> int:
    return LABELS + MARGIN + round(distance * TREE)


def _down(place: float) -> int:
    return round((place + 0.5) * ROW)


def _cut(merges: Sequence[Merge], applied: int) -> int | None:
    """Between the last merge that holds and the first that does not."""
    if not 0 < applied < len(merges):
        return None
    return _across((merges[applied - 1].height + merges[applied].height) / 2)
