"""The picture of a tree."""

from taxonomy.sorting.drawing import drawing
from taxonomy.sorting.linkage import Merge

MERGES = [Merge(0, 2, 0.0), Merge(1, 3, 0.5)]


def test_a_tree_of_three_is_drawn_in_one_path():
    picture = drawing(MERGES, [0, 1, 0])

    assert picture.path == "M300 36H300V60H300M300 12H490V48H300"
    assert picture.leaves == [(1, 17), (0, 41), (2, 65)]
    assert picture.parts == [24]
    assert picture.cut == 395  # halfway between 0 and 0.5
    assert (picture.width, picture.height) == (700, 102)


def test_what_is_one_group_or_all_apart_is_not_cut():
    assert drawing(MERGES, [0, 0, 0]).cut is None
    assert drawing(MERGES, [0, 1, 2]).cut is None
