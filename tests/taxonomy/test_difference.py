"""The difference of two trees: none from a tree to itself, and enough to come to the other."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.tabulation.difference import Kind, RoundKind, differences, net_changes
from taxonomy.tabulation.folding import fold
from taxonomy.tabulation.wording import COMMON, COMPARED, Piece, pieces

WORDS = ("code", "label", "definition", "includes", "excludes")
EXAMPLES = ("positive_example", "negative_example")


def round_(position, name, **fields):
    return {
        "type": "round",
        "position": position,
        "name": name,
        "exists": True,
        "frozen": False,
    } | fields


def category(name, round_uid, parent=None, **fields):
    plain = dict.fromkeys((*WORDS, *EXAMPLES), "")
    references = {"round": round_uid, "parent": parent, "merged_into": None, "split_from": None}
    return {
        "type": "category",
        **references,
        "position": 0,
        "name": name,
        **plain,
        "exists": True,
        "retired": False,
    } | fields


@st.composite
def trees(draw):
    """Trees over the same few uids, so that two of them differ in everything."""
    rng = random.Random(draw(st.integers(0, 10**6)))
    tree = {
        f"r{n}": round_(n, rng.choice("XY"), exists=rng.random() < 0.8, frozen=rng.random() < 0.3)
        for n in (1, 2)
    }
    uids = [f"c{n}" for n in range(6)]
    rng.shuffle(uids)
    for uid in uids[: rng.randrange(7)]:
        others = [None, *(key for key in tree if key.startswith("c"))]
        place = rng.choice(("r1", "r2"))
        tree[uid] = category(
            rng.choice("ABC"),
            place,
            parent=rng.choice(others),
            merged_into=rng.choice(others) if rng.random() < 0.3 else None,
            split_from=rng.choice(others) if rng.random() < 0.3 else None,
            position=rng.randrange(4),
            definition=rng.choice(("", "one", "one two")),
            exists=tree[place]["exists"] and rng.random() < 0.8,
            retired=rng.random() < 0.3,
        )
    return tree


def standing(tree):
    return {uid: fields for uid, fields in tree.items() if fields["exists"]}


@given(trees())
def test_nothing_lies_between_a_tree_and_itself(tree):
    assert (net_changes(tree, tree), differences(tree, tree)) == ([], [])


@given(trees(), trees())
@settings(max_examples=300)
def test_the_changes_lead_from_one_tree_to_the_other(before, after):
    assert standing(fold(net_changes(before, after), before)) == standing(after)
    back = [change.swapped() for change in net_changes(before, after)]
    assert standing(fold(back, after)) == standing(before)


@given(trees(), trees())
@settings(max_examples=300)
def test_each_object_that_differs_is_told_of(before, after):
    told = differences(before, after)
    named = {one.uid for changed in told for one in changed.differences}
    named |= {changed.uid for changed in told if changed.changes}
    quiet = {"position", "split_from"}
    for change in net_changes(before, after):
        fields = {
            name
            for name in change.before | change.after
            if change.before.get(name) != change.after.get(name)
        }
        assert change.uid in named or fields <= quiet, change


BEFORE = {
    "r1": round_(1, "Fine"),
    "r2": round_(2, "Coarse"),
    "top": category("Top", "r2"),
    "other": category("Other", "r2"),
    "a": category("A", "r1", "top", position=1),
    "b": category("B", "r1", "top", position=2),
    "c": category("C", "r1", "top", position=3),
}


def changed(**by_uid):
    tree = dict(BEFORE)
    for uid, fields in by_uid.items():
        tree[uid] = {**tree.get(uid, category("New", "r1")), **fields}
    return tree


def told(after, before=BEFORE):
    return [
        (one.kind, one.name, one.before, one.after)
        for found in differences(before, after)
        for one in found.differences
    ]


@pytest.mark.parametrize(
    ("after", "line"),
    [
        (changed(a={"merged_into": "b"}), (Kind.MERGED, "A", None, "B")),
        (changed(a={"name": "Z"}), (Kind.RENAMED, "Z", "A", "Z")),
        (changed(a={"parent": "other"}), (Kind.PLACED, "A", ("Top",), ("Other",))),
        (changed(a={"parent": None}), (Kind.PLACED, "A", ("Top",), ())),
        (changed(a={"exists": False}), (Kind.GONE, "A", ("Top",), None)),
        (changed(a={"retired": True}), (Kind.RETIRED, "A", None, None)),
        (changed(n={"parent": "top"}), (Kind.ADDED, "New", None, ("Top",))),
        (changed(n={"split_from": "a"}), (Kind.SPLIT_OFF, "New", "A", ())),
        (changed(a={"definition": "x"}), (Kind.WORDS, "A", None, None)),
    ],
)
def test_a_change_is_told_as_what_it_is(after, line):
    assert told(after) == [line]


def test_what_was_done_is_told_the_other_way_when_looking_back():
    merged, retired = changed(a={"merged_into": "b"}), changed(a={"retired": True})

    assert told(BEFORE, before=merged) == [(Kind.UNMERGED, "A", "B", None)]
    assert told(BEFORE, before=retired) == [(Kind.RESTORED, "A", None, None)]


def test_a_path_follows_the_merges_above():
    merged = changed(top={"merged_into": "other"})
    moved = {**merged, "a": {**merged["a"], "parent": None}}

    assert told(moved, before=merged) == [(Kind.PLACED, "A", ("Other",), ())]


def test_rounds_are_told_of_from_the_coarsest_with_what_became_of_them():
    after = changed()
    after |= {
        "r1": round_(1, "Finest", frozen=True),
        "r2": round_(2, "Coarse", exists=False),
        "r3": round_(2, "Themes"),
    }

    found = [
        (one.name, [kind for kind, _former in one.changes]) for one in differences(BEFORE, after)
    ]

    assert sorted(found) == [
        ("Coarse", [RoundKind.DROPPED]),
        ("Finest", [RoundKind.RENAMED, RoundKind.FROZEN]),
        ("Themes", [RoundKind.ADDED]),
    ]


def test_of_a_new_order_only_what_was_moved_counts():
    after = changed(a={"position": 9})  # before: a, b, c

    assert [one.reordered for one in differences(BEFORE, after)] == [1]


def test_numbers_that_change_without_another_order_are_no_new_order():
    after = changed(a={"position": 11}, b={"position": 12}, c={"position": 13})

    assert differences(BEFORE, after) == []


TEXTS = st.text(alphabet="ab ,.\n", max_size=40)


@given(TEXTS, TEXTS)
def test_pieces_make_both_wordings(before, after):
    found = pieces(before, after)

    assert "".join(piece.text for piece in found if not piece.new) == before
    assert "".join(piece.text for piece in found if not piece.gone) == after
    assert not any(piece.gone or piece.new for piece in found) or before != after


def test_of_a_long_text_both_wordings_are_shown_whole():
    before = "a " * (COMPARED + 1)
    after = f"{before}b"

    assert [piece.text for piece in pieces(before, after)] == [before, after]


@pytest.mark.parametrize("between", [" ", ", ", " and "])
def test_between_other_words_nothing_stays(between):
    """Else what stands between all words is compared with itself everywhere, at a cubic price."""
    before, after = (between.join(f"{word}{n}" for n in range(300)) for word in ("was", "is"))

    assert pieces(before, after) == [Piece(before, gone=True), Piece(after, new=True)]


def test_what_is_often_there_stays_beside_what_stays():
    before = ", ".join(f"word{n}" for n in range(COMMON * 2))

    assert pieces(before, f"{before}, more") == [Piece(before), Piece(", more", new=True)]
