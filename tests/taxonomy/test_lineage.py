"""Where categories went, and the picture of it: laws that hold for any tree."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from taxonomy.choices import Outcome
from taxonomy.tabulation.lineage import Way, narrowed, streams_of
from taxonomy.tabulation.rollup import Cell, Settled, roll_up
from taxonomy.tabulation.sankey import LINE, STEP, draw, shortened
from taxonomy.tabulation.tree import Node, Tree


@st.composite
def trees(draw_):
    """A tree of one to four rounds in which some are merged and some stand under nothing."""
    rounds = draw_(st.integers(1, 4))
    keys = itertools.count(1)
    nodes, above = [], []
    for position in range(rounds, 0, -1):
        here = [next(keys) for _ in range(draw_(st.integers(1, 7)))]
        for number, key in enumerate(here):
            parent = draw_(st.sampled_from([None, *above]))
            merged = draw_(st.sampled_from([None, None, *here[:number]]))
            nodes.append(
                Node(key, position, f"C{key}", parent=parent, merged_into=merged, position=key)
            )
        above = here
    coded = {node.key: draw_(st.integers(0, 50)) for node in nodes if draw_(st.booleans())}
    return Tree.of(nodes, {place: f"R{place}" for place in range(1, rounds + 1)}), coded


def everything(roots):
    return [stream for root in roots for stream in root.all()]


@given(trees())
def test_every_category_stands_in_the_lineage_once(drawn):
    tree, coded = drawn

    found = [stream.node.key for stream in everything(streams_of(tree, coded)) if stream.node]

    assert sorted(found) == sorted(tree.nodes)


@given(trees())
def test_a_category_has_the_moments_that_a_table_counts_in_it(drawn):
    tree, coded = drawn
    cells = [Cell(Settled(Outcome.SINGLE, key), "one", number) for key, number in coded.items()]

    streams = everything(streams_of(tree, coded))

    for position in tree.rounds:
        counts = roll_up(cells, tree, position).rows
        for stream in streams:
            if stream.node and stream.node.round == position and stream.way != Way.MERGED:
                counted = counts.get(stream.node.key, {"one": 0})
                assert stream.moments == counted["one"]
    assert sum(root.moments for root in streams_of(tree, coded)) == sum(coded.values())


@given(trees())
def test_children_and_what_was_coded_in_the_parent_itself_add_up_to_the_parent(drawn):
    tree, coded = drawn
    cells = [Cell(Settled(Outcome.SINGLE, key), "one", number) for key, number in coded.items()]
    counts = {place: roll_up(cells, tree, place).rows for place in tree.rounds}

    for parent in (node for node in tree.nodes.values() if node.round > 1):
        if parent.merged_into is None:
            children = [
                node for node in tree.rows(parent.round - 1) if tree.parent_of(node) == parent
            ]
            own = sum(n for key, n in coded.items() if tree.canonical(key) == parent)
            below = sum(counted(counts[child.round], child) for child in children)
            assert counted(counts[parent.round], parent) == own + below


def counted(rows, node):
    return rows.get(node.key, {"one": 0})["one"]


@given(trees())
def test_what_is_drawn_equally_broad_tells_nothing_of_what_was_coded(drawn):
    tree, coded = drawn

    blind = streams_of(tree)

    assert blind == streams_of(tree, {})
    assert blind == streams_of(tree, dict.fromkeys(coded, 0))
    assert {stream.weight for stream in everything(blind) if not stream.sources} == {1}


@given(trees())
def test_no_label_stands_on_another_and_no_ribbon_leaves_its_bar(drawn):
    tree, coded = drawn

    picture = draw(streams_of(tree, coded), tree.rounds)

    for _x, column in itertools.groupby(sorted(picture.boxes, key=_place), key=lambda box: box.x):
        for upper, lower in itertools.pairwise(column):
            assert lower.middle - upper.middle >= LINE - 0.5  # of rounding
            assert lower.y >= upper.y + upper.height
    for box in picture.boxes:
        assert box.y >= 0
        assert box.y + box.height <= picture.height
        assert box.x + STEP <= picture.width + 10
        arriving = sum(
            other.height for other in picture.boxes if other.stream in box.stream.sources
        )
        assert arriving <= box.height + 0.1 * (1 + len(box.stream.sources))


def _place(box):
    return box.x, box.y


@given(trees())
def test_every_category_but_the_last_has_one_ribbon(drawn):
    tree, coded = drawn

    picture = draw(streams_of(tree, coded), tree.rounds)

    gone = [ribbon.stream.node.key for ribbon in picture.ribbons]
    ends = [
        stream.node.key
        for stream in everything(streams_of(tree, coded))
        if stream.node and stream.way == Way.COARSEST
    ]
    assert sorted(gone + ends) == sorted(tree.nodes)


@given(trees())
def test_ribbons_come_in_the_order_of_the_list(drawn):
    tree, coded = drawn
    roots = streams_of(tree, coded)

    ribbons = [ribbon.stream.node.key for ribbon in draw(roots, tree.rounds).ribbons]

    listed = [stream.node.key for stream in everything(roots) if stream.node]
    assert ribbons == [key for key in listed if key in set(ribbons)]


def small():
    return Tree.of(
        [
            Node(1, 2, "Top"),
            Node(2, 1, "One", parent=1),
            Node(3, 1, "Two", parent=1),
            Node(4, 1, "Once", parent=1, merged_into=3),
            Node(5, 1, "Alone"),
        ],
        {1: "Fine", 2: "Coarse"},
    )


def test_what_was_merged_flows_into_its_target_and_what_is_not_batched_into_a_line_of_its_own():
    top, beside = streams_of(small(), {2: 3, 3: 4, 4: 5, 5: 6})

    assert [(source.node.name, source.moments) for source in top.sources] == [
        ("One", 3),
        ("Two", 9),
    ]
    assert [source.node.name for source in top.sources[1].sources] == ["Once"]
    assert top.sources[1].direct == 4
    assert (beside.node, beside.moments) == (None, 6)
    assert beside.sources[0].way == Way.NOT_BATCHED


def test_a_lineage_of_one_category_is_what_flowed_into_it_and_where_it_goes():
    (top,) = narrowed(streams_of(small(), {2: 3, 3: 4, 4: 5}), 3)

    assert [stream.node.name for stream in top.all()] == ["Top", "Two", "Once"]
    assert (top.moments, top.weight) == (12, 9)  # all of it is said, what comes from here is drawn
    assert narrowed(streams_of(small()), 99) == []


def test_a_merged_category_stands_between_the_rounds():
    picture = draw(streams_of(small()), {1: "Fine", 2: "Coarse"})

    assert [(head.x, head.round, head.merged) for head in picture.heads] == [
        (0, "Fine", True),
        (STEP, "Fine", False),
        (2 * STEP, "Coarse", False),
    ]


def test_long_names_end_where_the_next_column_begins():
    assert shortened("a" * 34) == "a" * 34
    assert shortened("a" * 35) == "a" * 33 + "…"
    assert shortened("") == ""


def test_nothing_gives_an_empty_picture():
    picture = draw([], {})
    assert (picture.boxes, picture.ribbons, picture.heads) == ((), (), ())
