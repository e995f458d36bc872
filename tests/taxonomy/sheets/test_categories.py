"""Trees of categories from single codes and from lists, worked by hand."""

from taxonomy.sheets.categories import learn_tree, parent_of, split_codes


def tree_of(*rows):
    depth = len(rows[0])
    return learn_tree([tuple(split_codes(cell) for cell in row) for row in rows], depth)


def codes(*row):
    return tuple(split_codes(cell) for cell in row)


def test_codes_are_trimmed_and_count_once():
    assert split_codes(" a | b||a |") == ("a", "b")
    assert split_codes(" | ") == ()


def test_one_name_under_two_parents_is_two_categories():
    tree = tree_of(("Staff", "other"), ("Place", "other"))
    assert tree.paths == (("Staff",), ("Staff", "other"), ("Place",), ("Place", "other"))
    assert tree.same_names == {(2, "other"): (("Staff", "other"), ("Place", "other"))}
    assert (tree.orphans, tree.list_levels) == ((), frozenset())


def test_a_blank_finest_level_is_coded_in_the_coarser_round():
    tree = tree_of(("Staff", "kind"), ("Staff", ""), ("", ""))
    assert tree.finest(codes("Staff", "")) == (("Staff",),)
    assert tree.finest(codes("", "")) == ()


def test_a_finer_code_without_a_coarser_one_has_no_parent():
    tree = tree_of(("Staff", "kind"), ("", "kind"), ("", "rude"))
    assert tree.finest(codes("", "kind")) == (("", "kind"),)
    assert tree.orphans == (("", "kind"), ("", "rude"))
    assert tree.same_names == {(2, "kind"): (("Staff", "kind"), ("", "kind"))}
    assert parent_of(("", "kind")) is None


def test_a_gap_in_the_middle_cuts_what_is_above_it():
    tree = tree_of(("A", "", "z"), ("B", "y", "z"))
    assert tree.finest(codes("A", "", "z")) == (("", "", "z"),)
    assert ("A",) in tree.paths


def test_lists_are_not_paired_by_position_and_parents_are_learnt_from_single_rows():
    """hot and slow each stand once beside a single coarser code; loud never does.

    By position, the first row would have put slow under Food and hot under Staff.
    """
    tree = tree_of(
        ("Food|Staff", "slow|hot"),
        ("Food", "hot"),
        ("Staff", "slow|rude"),
        ("Food|Staff", "loud"),
    )
    assert tree.list_levels == {2}
    assert tree.finest(codes("Food|Staff", "slow|hot")) == (("Staff", "slow"), ("Food", "hot"))
    assert tree.finest(codes("Food|Staff", "loud")) == (("", "loud"),)
    assert tree.orphans == (("", "loud"),)
    assert tree.ambiguous_parents == {}
    assert set(tree.paths) == {
        ("Food",),
        ("Staff",),
        ("Staff", "slow"),
        ("Food", "hot"),
        ("Staff", "rude"),
        ("", "loud"),
    }


def test_a_code_with_two_learnt_parents_is_one_category_without_a_parent():
    tree = tree_of(("Food", "slow"), ("Staff", "slow|rude"), ("Food|Staff", "slow"))
    assert tree.ambiguous_parents == {("", "slow"): (("Food",), ("Staff",))}
    assert tree.orphans == ()
    assert tree.finest(codes("Food", "slow")) == (("", "slow"),)
    assert tree.same_names == {}


def test_parents_are_learnt_level_by_level():
    tree = tree_of(
        ("A", "x", "1|2"),
        ("A|B", "x|y", "3"),
        ("B", "y", "3"),
        ("A|B", "y", "4"),
    )
    assert tree.list_levels == {2, 3}
    assert tree.finest(codes("A|B", "x|y", "3")) == (("B", "y", "3"),)
    assert tree.finest(codes("A|B", "y", "4")) == (("B", "y", "4"),)
    assert tree.finest(codes("A", "x", "1|2")) == (("A", "x", "1"), ("A", "x", "2"))


def test_lists_above_leave_single_pairs_below_as_paths():
    tree = tree_of(("A", "x", "other"), ("A|B", "y", "other"), ("B", "y", ""))
    assert tree.list_levels == {2}
    assert tree.finest(codes("A|B", "y", "other")) == (("B", "y", "other"),)
    assert set(tree.same_names) == {(3, "other")}
