"""Batching a scheme in rounds: what each act does to the tree, and what it refuses."""

import pytest

from taxonomy.actions.batching import (
    merge_categories,
    move_category,
    place_categories,
    place_category,
    restore_category,
    retire_category,
)
from taxonomy.actions.coding import offered
from taxonomy.actions.editing import add_category, describe_category, grow_scheme, start_scheme
from taxonomy.actions.revisions import InvalidTree, undo
from taxonomy.actions.rounds import add_round, drop_round, freeze_round, reopen_round
from taxonomy.choices import RevisionVerb
from taxonomy.models import Category, Coding, Revision, Round
from taxonomy.queries.history import last_of, steps_of
from taxonomy.queries.revisions import rows_of
from taxonomy.queries.trees import neighbours_of, tree_of
from tests.factories import MemberFactory, StudyFactory
from tests.taxonomy.actions.resorted import TREE, coded, counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return MemberFactory(study=StudyFactory())


@pytest.fixture
def scheme(admin):
    return start_scheme(study=admin.study, slug="s", name="S", by=admin, **TREE)


def named(scheme, name):
    return Category.objects.get(scheme=scheme, name=name)


def at(scheme, position):
    return Round.objects.get(scheme=scheme, position=position, exists=True)


def path(scheme, name):
    tree = tree_of(scheme)
    return tree.path(tree.canonical(named(scheme, name).pk))


def names(scheme, position):
    return [node.name for node in tree_of(scheme).rows(position)]


# -- Merging ----------------------------------------------------------------------------------


def test_a_merge_counts_codings_where_they_now_belong_and_rewrites_none(scheme, admin):
    coded(scheme, admin, "Looks up")
    before = list(Coding.objects.values())

    merge_categories(
        categories=[named(scheme, "Looks up"), named(scheme, "Hums")],
        into=named(scheme, "Asks back"),
        name="Attends",
        by=admin,
        rationale="alike",
    )

    assert list(Coding.objects.values()) == before
    assert names(scheme, 1) == ["Attends", "Repairs"]
    assert path(scheme, "Looks up") == ["Top one", "Listening", "Attends"]
    assert counted(scheme) == {"Attends": 1, "Repairs": 0}
    assert scheme.revisions.latest("number").verb == RevisionVerb.MERGE


def test_what_stood_under_a_merged_category_stands_under_the_other(scheme, admin):
    merge_categories(
        categories=[named(scheme, "Listening")], into=named(scheme, "Solving"), by=admin
    )
    assert path(scheme, "Looks up") == ["Top one", "Solving", "Looks up"]
    assert [row.name for row in neighbours_of(named(scheme, "Repairs"))] == [
        "Looks up",
        "Asks back",
        "Repairs",
    ]


@pytest.mark.parametrize(
    ("merged", "into", "said"),
    [
        ([], "Hums", "Choose at least one category."),
        (["Hums"], "Hums", "“Hums” cannot be merged into itself."),
        (["Hums"], "Gone", "“Gone” has been merged into “Repairs”."),
        (["Gone"], "Hums", "“Gone” has been merged into “Repairs”."),
        (["Hums"], "Old", "“Old” is retired; restore it first."),
        (["Hums"], "Solving", "“Hums” and “Solving” are not in the same round."),
        (["Taken away"], "Hums", "“Taken away” is no longer part of the scheme."),
    ],
)
def test_a_merge_that_cannot_be_is_refused(scheme, admin, merged, into, said):
    gone = add_category(round=at(scheme, 1), name="Gone", by=admin)
    merge_categories(categories=[gone], into=named(scheme, "Repairs"), by=admin)
    retire_category(category=add_category(round=at(scheme, 1), name="Old", by=admin), by=admin)
    add_category(round=at(scheme, 1), name="Taken away", by=admin)
    undo(revision=scheme.revisions.latest("number"), by=admin)
    before = rows_of(scheme)

    with pytest.raises(InvalidTree) as refused:
        merge_categories(
            categories=[named(scheme, name) for name in merged], into=named(scheme, into), by=admin
        )

    assert str(refused.value) == said
    assert rows_of(scheme) == before


def test_what_would_then_have_one_name_twice_is_not_brought_together(scheme, admin):
    add_category(round=at(scheme, 1), parent=named(scheme, "Solving"), name="Looks up", by=admin)
    listening = Category.objects.get(name="Listening")
    with pytest.raises(InvalidTree, match="two categories “Looks up” under “Solving”"):
        merge_categories(categories=[listening], into=named(scheme, "Solving"), by=admin)


def test_a_file_finds_what_stands_under_a_merged_category(scheme, admin):
    merge_categories(
        categories=[named(scheme, "Listening")], into=named(scheme, "Solving"), by=admin
    )
    paths = [("Top one", "Solving", "Looks up"), ("Top one", "Listening", "Asks back")]
    grown = grow_scheme(scheme=scheme, rounds=[], categories_by_path=paths, by=admin)
    assert grown.revision is None
    assert [grown.categories[path].name for path in paths] == ["Looks up", "Asks back"]


def test_what_stands_there_by_a_merge_is_not_placed_there_again(scheme, admin):
    solving = named(scheme, "Solving")
    merge_categories(categories=[named(scheme, "Listening")], into=solving, by=admin)
    with pytest.raises(InvalidTree, match="“Looks up” stands there already"):
        place_category(category=named(scheme, "Looks up"), parent=solving, by=admin)


def test_nothing_is_placed_or_added_under_what_is_merged_or_gone(scheme, admin):
    listening, solving = named(scheme, "Listening"), named(scheme, "Solving")
    gone = add_category(round=at(scheme, 2), name="Gone", by=admin)
    undo(revision=scheme.revisions.latest("number"), by=admin)
    merge_categories(categories=[listening], into=solving, by=admin)
    before = rows_of(scheme)
    for parent, said in (
        (listening, "“Listening” has been merged into “Solving”."),
        (gone, "“Gone” is no longer part of the scheme."),
    ):
        for act in (
            lambda parent=parent: place_category(
                category=named(scheme, "Hums"), parent=parent, by=admin
            ),
            lambda parent=parent: add_category(
                round=at(scheme, 1), parent=parent, name="New", by=admin
            ),
        ):
            with pytest.raises(InvalidTree) as refused:
                act()
            assert str(refused.value) == said
    assert rows_of(scheme) == before


def test_a_merge_is_taken_back_exactly_also_after_the_other_was_renamed(scheme, admin):
    merge_categories(categories=[named(scheme, "Hums")], into=named(scheme, "Repairs"), by=admin)
    merged = scheme.revisions.latest("number")
    describe_category(category=named(scheme, "Repairs"), name="Puts right", by=admin)

    undo(revision=merged, by=admin)

    assert names(scheme, 1) == ["Looks up", "Asks back", "Puts right", "Hums"]


# -- Retiring ---------------------------------------------------------------------------------


def test_a_retired_category_is_offered_no_more_and_still_counts(scheme, admin):
    coded(scheme, admin, "Hums")
    retire_category(category=named(scheme, "Hums"), by=admin, rationale="too rare")

    assert named(scheme, "Hums") not in offered(scheme)
    assert counted(scheme)["Hums"] == 1

    restore_category(category=named(scheme, "Hums"), by=admin)
    assert named(scheme, "Hums") in offered(scheme)


def test_what_is_merged_is_not_retired_and_nothing_is_retired_twice(scheme, admin):
    merge_categories(categories=[named(scheme, "Hums")], into=named(scheme, "Repairs"), by=admin)
    with pytest.raises(InvalidTree, match="has been merged into “Repairs”"):
        retire_category(category=named(scheme, "Hums"), by=admin)
    retire_category(category=named(scheme, "Repairs"), by=admin)
    with pytest.raises(InvalidTree, match="Nothing would change"):
        retire_category(category=named(scheme, "Repairs"), by=admin)


# -- Ordering ---------------------------------------------------------------------------------


def test_a_category_is_moved_among_those_with_the_same_parent(scheme, admin):
    move_category(category=named(scheme, "Asks back"), before=named(scheme, "Looks up"), by=admin)
    assert names(scheme, 1) == ["Asks back", "Looks up", "Repairs", "Hums"]
    move_category(category=named(scheme, "Asks back"), before=None, by=admin)
    assert names(scheme, 1) == ["Looks up", "Asks back", "Repairs", "Hums"]

    with pytest.raises(InvalidTree, match="Nothing would change"):
        move_category(category=named(scheme, "Asks back"), before=None, by=admin)
    with pytest.raises(InvalidTree, match="do not stand under the same category"):
        move_category(
            category=named(scheme, "Asks back"), before=named(scheme, "Repairs"), by=admin
        )


def test_those_with_equal_positions_are_parted(scheme, admin):
    Category.objects.filter(scheme=scheme, round__position=1).update(position=5)
    move_category(category=named(scheme, "Asks back"), before=named(scheme, "Looks up"), by=admin)
    assert names(scheme, 1)[:2] == ["Asks back", "Looks up"]


# -- Rounds -----------------------------------------------------------------------------------


def test_a_frozen_round_keeps_its_members_and_parents_until_it_is_reopened(scheme, admin):
    freeze_round(round=at(scheme, 1), by=admin)
    hums, repairs = named(scheme, "Hums"), named(scheme, "Repairs")
    for act in (
        lambda: merge_categories(categories=[hums], into=repairs, by=admin),
        lambda: place_category(category=hums, parent=named(scheme, "Solving"), by=admin),
        lambda: add_category(round=at(scheme, 1), name="New", by=admin),
        lambda: drop_round(round=at(scheme, 1), by=admin),
    ):
        with pytest.raises(InvalidTree, match="The round “Fine” is frozen; reopen it first"):
            act()
    describe_category(category=hums, definition="Sings along.", by=admin)
    with pytest.raises(InvalidTree, match="Say why"):
        reopen_round(round=at(scheme, 1), by=admin, rationale=" ")

    with pytest.raises(InvalidTree, match="Say why"):
        undo(revision=scheme.revisions.get(verb="freeze"), by=admin)
    reopen_round(round=at(scheme, 1), by=admin, rationale="two more were found")

    merge_categories(categories=[named(scheme, "Hums")], into=repairs, by=admin)


def test_what_is_frozen_stands_under_what_its_parent_is_merged_into(scheme, admin):
    freeze_round(round=at(scheme, 1), by=admin)
    members = list(Category.objects.filter(round=at(scheme, 1)).values("pk", "parent", "exists"))

    merge_categories(
        categories=[named(scheme, "Listening")], into=named(scheme, "Solving"), by=admin
    )

    kept = list(Category.objects.filter(round=at(scheme, 1)).values("pk", "parent", "exists"))
    assert kept == members
    assert path(scheme, "Looks up") == ["Top one", "Solving", "Looks up"]
    with pytest.raises(InvalidTree, match="The round “Fine” is frozen; reopen it first"):
        drop_round(round=at(scheme, 2), by=admin)


def test_what_stood_under_a_dropped_round_stands_under_what_was_above(scheme, admin):
    merge_categories(
        categories=[named(scheme, "Listening")], into=named(scheme, "Solving"), by=admin
    )
    before = rows_of(scheme)

    drop_round(round=at(scheme, 2), by=admin)

    assert [row.name for row in Round.objects.filter(scheme=scheme, exists=True)] == ["Fine", "Top"]
    assert path(scheme, "Looks up") == ["Top one", "Looks up"]
    assert path(scheme, "Hums") == ["Hums"]
    undo(revision=scheme.revisions.latest("number"), by=admin)
    assert rows_of(scheme) == before


def test_a_round_in_which_moments_are_coded_and_the_only_round_stay(scheme, admin):
    coded(scheme, admin, "Solving")
    with pytest.raises(InvalidTree, match="Moments are coded in “Solving”"):
        drop_round(round=at(scheme, 2), by=admin)
    drop_round(round=at(scheme, 3), by=admin)
    drop_round(round=at(scheme, 1), by=admin)
    with pytest.raises(InvalidTree, match="keeps at least one round"):
        drop_round(round=at(scheme, 1), by=admin)


# -- In sentences, and taking back ------------------------------------------------------------


def test_every_step_is_said_in_a_sentence(scheme, admin):
    hums, repairs = named(scheme, "Hums"), named(scheme, "Repairs")
    place_category(category=hums, parent=named(scheme, "Solving"), by=admin)
    place_category(category=named(scheme, "Hums"), parent=None, by=admin)
    move_category(category=named(scheme, "Looks up"), before=None, by=admin)
    describe_category(category=named(scheme, "Hums"), name="Sings", by=admin)
    describe_category(category=named(scheme, "Sings"), definition="Aloud.", by=admin)
    retire_category(category=named(scheme, "Sings"), by=admin)
    restore_category(category=named(scheme, "Sings"), by=admin)
    merge_categories(categories=[named(scheme, "Sings")], into=repairs, by=admin)
    undo(revision=scheme.revisions.latest("number"), by=admin)
    undo(revision=scheme.revisions.latest("number"), by=admin)
    freeze_round(round=at(scheme, 1), by=admin)
    reopen_round(round=at(scheme, 1), by=admin, rationale="why not")
    add_round(scheme=scheme, name="Above all", by=admin)
    drop_round(round=at(scheme, 4), by=admin)
    for name in "vwxyz":
        add_category(round=at(scheme, 1), name=name, by=admin)
    merge_categories(categories=[named(scheme, name) for name in "vwxy"], into=repairs, by=admin)

    steps = steps_of(Revision.objects.filter(scheme=scheme).order_by("number"))

    assert [step.sentence for step in steps if step.revision.number not in range(17, 21)] == [
        "Started the scheme.",
        "Placed “Sings” under “Solving”.",
        "Took “Sings” out from under its parent.",
        "Moved “Looks up” among its neighbours.",
        "Renamed “Hums” to “Sings”.",
        "Described “Sings”.",
        "Retired “Sings”.",
        "Restored “Sings”.",
        "Merged “Sings” into “Repairs”.",
        "Took back revision 9: Merged “Sings” into “Repairs”.",
        "Did again: Merged “Sings” into “Repairs”.",
        "Froze the round “Fine”.",
        "Reopened the round “Fine”.",
        "Added “Above all”.",
        "Dropped the round “Above all”.",
        "Added “v”.",
        "Merged “v”, “w”, “x” and 1 more into “Repairs”.",
    ]


def test_ones_own_last_acts_are_taken_back_one_by_one_and_done_again(scheme, admin):
    def last():
        found = last_of(admin, scheme)
        return [step and step.sentence for step in (found.done, found.taken_back)]

    def take_back(which):
        undo(revision=getattr(last_of(admin, scheme), which).revision, by=admin)

    hums, other = named(scheme, "Hums"), MemberFactory(study=admin.study)
    assert last() == [None, None]
    retire_category(category=hums, by=admin)
    merge_categories(categories=[hums], into=named(scheme, "Repairs"), by=admin)
    retire_category(category=named(scheme, "Repairs"), by=other)
    assert last() == ["Merged “Hums” into “Repairs”.", None]
    take_back("done")
    assert last() == ["Retired “Hums”.", "Merged “Hums” into “Repairs”."]
    take_back("done")
    assert last() == [None, "Retired “Hums”."]
    take_back("taken_back")
    assert last() == ["Retired “Hums”.", "Merged “Hums” into “Repairs”."]
    take_back("taken_back")
    assert last() == ["Merged “Hums” into “Repairs”.", None]
    assert named(scheme, "Hums").merged_into == named(scheme, "Repairs")
    take_back("done")
    add_category(round=at(scheme, 1), name="New", by=admin)
    assert last() == ["Added “New”.", None]
    take_back("done")
    assert last() == ["Retired “Hums”.", "Added “New”."]


def test_several_are_placed_at_once_also_under_a_category_that_is_made_for_them(scheme, admin):
    codes = [named(scheme, name) for name in ("Repairs", "Hums", "Looks up")]
    revision = place_categories(
        categories=codes, name=" Doing ", rationale="alike", by=admin, expected_revision=1
    )

    assert path(scheme, "Hums") == ["Doing", "Hums"]
    assert names(scheme, 2) == ["Listening", "Solving", "Doing"]
    assert (revision.number, revision.verb) == (2, RevisionVerb.PLACE)
    [step] = steps_of([revision])
    assert step.sentence == "Placed “Repairs”, “Hums” and “Looks up” under “Doing”."
    undo(revision=revision, by=admin)
    assert names(scheme, 2) == ["Listening", "Solving"]
    assert path(scheme, "Repairs") == ["Top one", "Solving", "Repairs"]

    listening = named(scheme, "Listening")
    two = [named(scheme, "Looks up"), named(scheme, "Hums")]
    only_one = place_categories(categories=two, parent=listening, by=admin)
    assert [change.object_uid for change in only_one.changes.all()] == [two[1].uid]


def test_what_cannot_be_placed_together_is_refused(scheme, admin):
    refusals = {
        "Choose at least one category.": {"categories": []},
        "Choose categories of one round.": {
            "categories": [named(scheme, "Hums"), named(scheme, "Solving")]
        },
        "not both": {
            "categories": [named(scheme, "Hums")],
            "parent": named(scheme, "Solving"),
            "name": "New",
        },
        "There is no round above “Top”": {"categories": [named(scheme, "Top one")], "name": "New"},
        "two categories named “Solving”": {
            "categories": [named(scheme, "Hums")],
            "name": "Solving",
        },
    }
    place_category(category=named(scheme, "Solving"), parent=None, by=admin)
    for said, asked in refusals.items():
        with pytest.raises(InvalidTree, match=said):
            place_categories(by=admin, **asked)
    assert Revision.objects.count() == 2
