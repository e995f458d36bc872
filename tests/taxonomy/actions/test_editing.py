"""Every change of a scheme is one revision, and any of them can be taken back."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from taxonomy.actions.batching import place_category
from taxonomy.actions.editing import (
    add_category,
    describe_category,
    grow_scheme,
    start_scheme,
)
from taxonomy.actions.revisions import Conflict, InvalidTree, revise, undo
from taxonomy.actions.rounds import add_round, rename_round, reopen_round
from taxonomy.choices import BatchKind, BatchState, RevisionVerb
from taxonomy.models import Category, Coding, Revision, RevisionChange, Round
from taxonomy.queries.revisions import rows_of, tree_at_revision
from taxonomy.tabulation.folding import ObjectChange
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db

SERVE = json.loads((Path(settings.BASE_DIR) / "taxonomy/codebooks/serve.json").read_text())


@pytest.fixture
def study():
    return StudyFactory()


@pytest.fixture
def member(study):
    return MemberFactory(study=study)


@pytest.fixture
def serve(study, member):
    return start_scheme(study=study, by=member, **SERVE)


@pytest.fixture
def blank(study, member):
    """A scheme of two rounds without categories."""
    rounds = [{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}]
    return start_scheme(study=study, slug="s", name="S", rounds=rounds, by=member)


def category(scheme, name, position=1):
    return Category.objects.get(scheme=scheme, round__position=position, name=name)


def round_at(scheme, position):
    return Round.objects.get(scheme=scheme, position=position, exists=True)


def change(row, **fields):
    before = {name: getattr(row, name) for name in fields}
    kind = type(row).__name__.lower()
    for name in ("parent", "merged_into", "split_from"):
        if name in before:
            before[name] = before[name] and str(before[name].uid)
    return ObjectChange(kind, str(row.uid), before, fields)


def change_scheme(scheme, *changes, verb=RevisionVerb.MERGE, expected=None):
    return revise(
        scheme=scheme,
        verb=verb,
        rationale="",
        by=None,
        changes=changes,
        expected_revision=expected,
    )


# -- Starting ---------------------------------------------------------------------------------


def test_a_template_makes_its_whole_tree_in_one_revision(serve, member):
    revision = Revision.objects.get(scheme=serve)

    assert (revision.number, revision.verb, revision.member) == (1, RevisionVerb.START, member)
    assert revision.changes.count() == 27
    assert Category.objects.filter(scheme=serve, round__position=1).count() == 20
    kept = category(serve, "Rebuild trust without delay")
    assert kept.parent.code == "X"
    assert kept.definition == SERVE["categories"][-1]["definition"]


def test_categories_keep_the_order_of_the_template(serve):
    codes = Category.objects.filter(scheme=serve, round__position=2).values_list("code", flat=True)

    assert list(codes) == ["S", "E", "R", "V", "X"]


def test_a_scheme_starts_with_one_open_batch_that_gives_each_moment_once(serve):
    batch = serve.batches.get()

    assert (batch.kind, batch.state) == (BatchKind.ONCE, BatchState.OPEN)


def test_a_study_has_a_scheme_of_one_short_name_once(serve, study):
    with pytest.raises(ValidationError) as refusal:
        start_scheme(study=study, slug="serve", name="Again", by=None)

    assert list(refusal.value.message_dict) == ["slug"]
    assert study.schemes.count() == 1


def test_a_parent_that_the_template_does_not_have_is_refused(study):
    entries = [{"round": 1, "code": "a", "name": "A", "parent": "nobody"}]

    with pytest.raises(InvalidTree):
        start_scheme(
            study=study,
            slug="s",
            name="S",
            rounds=[{"position": 1, "name": "One"}],
            categories=entries,
            by=None,
        )

    assert study.schemes.count() == 0


def test_a_large_tree_takes_no_more_queries_than_a_small_one(study, django_assert_max_num_queries):
    rounds = [{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}]
    parents = [{"round": 2, "code": f"P{n}", "name": f"Parent {n}"} for n in range(20)]
    leaves = [
        {"round": 1, "code": f"L{n}", "name": f"Leaf {n}", "parent": f"P{n % 20}"}
        for n in range(300)
    ]

    with django_assert_max_num_queries(40):
        scheme = start_scheme(
            study=study, slug="s", name="S", rounds=rounds, categories=parents + leaves, by=None
        )

    assert Category.objects.filter(scheme=scheme, parent__isnull=False).count() == 300


# -- Growing ----------------------------------------------------------------------------------


def test_growing_adds_only_what_is_missing_in_one_revision(serve):
    top = "Value and respond to unique customer needs"
    growth = grow_scheme(
        scheme=serve,
        rounds=["Strategies", "Behaviours"],
        categories_by_path={(top, "A new one"): {"definition": "Said so."}, (top,): {}},
        by=None,
    )

    assert growth.revision.number == 2
    assert growth.revision.changes.count() == 1
    assert growth.categories[top, "A new one"].parent == growth.categories[(top,)]
    assert growth.categories[top, "A new one"].definition == "Said so."


def test_growing_a_scheme_by_what_it_has_makes_no_revision(serve):
    paths = [("Establish an authentic human connection with each customer",)]

    growth = grow_scheme(scheme=serve, rounds=[], categories_by_path=paths, by=None)

    assert growth.revision is None
    assert growth.categories[paths[0]].code == "E"
    serve.refresh_from_db()
    assert serve.revision == 1


def test_growing_an_empty_scheme_makes_its_rounds_from_the_coarsest_down(study):
    scheme = start_scheme(study=study, slug="s", name="S", by=None)

    grow_scheme(
        scheme=scheme,
        rounds=["Top", "Middle", "Leaf"],
        categories_by_path=[("A", "B", "C"), ("A",), ("X", "B")],
        by=None,
    )

    assert [row.name for row in scheme.rounds.all()] == ["Leaf", "Middle", "Top"]
    middle = Category.objects.filter(scheme=scheme, round__position=2)
    assert [(row.parent.name, row.name) for row in middle] == [("A", "B"), ("X", "B")]
    assert category(scheme, "C").parent.parent.name == "A"


def test_a_path_without_a_known_parent_is_not_batched(blank):
    growth = grow_scheme(
        scheme=blank, rounds=[], categories_by_path=[(None, "Late"), ("Time", "Late")], by=None
    )

    assert growth.categories[None, "Late"].parent is None
    assert growth.categories["Time", "Late"].parent.name == "Time"


def test_a_path_with_more_levels_than_the_scheme_has_rounds_is_refused(blank):
    with pytest.raises(InvalidTree):
        grow_scheme(scheme=blank, rounds=[], categories_by_path=[("A", "B", "C")], by=None)

    assert Category.objects.filter(scheme=blank).count() == 0


def test_growing_finds_a_merged_category_again(blank):
    late, slow = (add_category(round=round_at(blank, 1), name=name, by=None) for name in ("L", "S"))
    change_scheme(blank, change(late, merged_into=str(slow.uid)))

    growth = grow_scheme(scheme=blank, rounds=[], categories_by_path=[(None, "L")], by=None)

    assert growth.revision is None
    assert growth.categories[None, "L"] == late


# -- One change at a time ---------------------------------------------------------------------


def test_a_round_is_added_above_the_coarsest(blank):
    added = add_round(scheme=blank, name="Coarser still", by=None)

    assert added.position == 3


def test_a_round_added_below_the_finest_numbers_the_others_anew(blank):
    added = add_round(scheme=blank, name="Finer still", finest=True, by=None)

    assert added.position == 1
    assert [row.name for row in blank.rounds.all()] == ["Finer still", "Fine", "Coarse"]
    undo(revision=blank.revisions.last(), by=None)
    assert [row.name for row in blank.rounds.filter(exists=True)] == ["Fine", "Coarse"]


def test_renaming_and_describing_are_told_apart(blank):
    leaf = add_category(round=round_at(blank, 1), name="Leaf", by=None)

    described = describe_category(category=leaf, definition="What it is", name="Leaf", by=None)
    renamed = describe_category(category=leaf, name="Blade", by=None)

    assert (described.verb, renamed.verb) == (RevisionVerb.DESCRIBE, RevisionVerb.RENAME)
    assert [c.after for c in described.changes.all()] == [{"definition": "What it is"}]


def test_placing_changes_no_fact(blank, study):
    top = add_category(round=round_at(blank, 2), name="Top", by=None)
    leaf = add_category(round=round_at(blank, 1), name="Leaf", by=None)

    place_category(category=leaf, parent=top, by=None)

    leaf.refresh_from_db()
    study.refresh_from_db()
    assert leaf.parent == top
    assert study.data_seq == 0


def test_names_may_repeat_under_different_parents_only(blank):
    tops = [add_category(round=round_at(blank, 2), name=name, by=None) for name in "AB"]
    for top in tops:
        add_category(round=round_at(blank, 1), parent=top, name="Same", by=None)

    with pytest.raises(InvalidTree, match="two categories “Same” under “A”"):
        place_category(category=Category.objects.latest("pk"), parent=tops[0], by=None)


def test_two_categories_can_swap_their_names_at_once(blank):
    one, two = (add_category(round=round_at(blank, 1), name=name, by=None) for name in "AB")

    change_scheme(blank, change(one, name="B"), change(two, name="A"))

    assert [row.name for row in Category.objects.order_by("pk")] == ["B", "A"]


def test_what_changes_nothing_is_no_revision(blank):
    leaf = add_category(round=round_at(blank, 1), name="Leaf", by=None)

    with pytest.raises(InvalidTree, match="Nothing would change"):
        describe_category(category=leaf, name=" Leaf ", by=None)

    assert blank.revisions.count() == 2


# -- What a tree must not be ------------------------------------------------------------------


def test_a_parent_stands_in_the_next_coarser_round(blank):
    add_round(scheme=blank, name="Top", by=None)
    top = add_category(round=round_at(blank, 3), name="Top", by=None)
    leaf = add_category(round=round_at(blank, 1), name="Leaf", by=None)

    with pytest.raises(InvalidTree, match="not in the round just above"):
        place_category(category=leaf, parent=top, by=None)


def test_merges_do_not_go_in_a_circle(blank):
    one, two = (add_category(round=round_at(blank, 1), name=name, by=None) for name in "AB")

    with pytest.raises(InvalidTree, match="circle"):
        change_scheme(
            blank, change(one, merged_into=str(two.uid)), change(two, merged_into=str(one.uid))
        )


def test_merges_stay_in_one_round(blank):
    fine = add_category(round=round_at(blank, 1), name="Fine one", by=None)
    coarse = add_category(round=round_at(blank, 2), name="Coarse one", by=None)

    with pytest.raises(InvalidTree, match="not in the same round"):
        change_scheme(blank, change(fine, merged_into=str(coarse.uid)))


def test_a_frozen_round_keeps_its_members_and_parents_until_it_is_reopened(blank):
    fine = round_at(blank, 1)
    top = add_category(round=round_at(blank, 2), name="Top", by=None)
    leaf = add_category(round=fine, name="Leaf", by=None)
    change_scheme(blank, change(fine, frozen=True), verb=RevisionVerb.FREEZE)

    with pytest.raises(InvalidTree, match="frozen"):
        place_category(category=leaf, parent=top, by=None)
    with pytest.raises(InvalidTree, match="frozen"):
        add_category(round=fine, name="Another", by=None)
    describe_category(category=leaf, definition="Words may still be mended.", by=None)
    fine.refresh_from_db()
    reopen_round(round=fine, by=None, rationale="one more was found")
    place_category(category=leaf, parent=top, by=None)

    leaf.refresh_from_db()
    assert leaf.parent == top


@pytest.mark.parametrize("name", ["", "   ", "x" * 301, "nul \x00"])
def test_names_that_cannot_be_are_refused_with_a_sentence(blank, name):
    with pytest.raises(InvalidTree):
        add_category(round=round_at(blank, 1), name=name, by=None)

    assert blank.revisions.count() == 1


def test_a_parent_does_not_leave_before_its_children(blank):
    top = add_category(round=round_at(blank, 2), name="Top", by=None)
    add_category(round=round_at(blank, 1), parent=top, name="Leaf", by=None)

    with pytest.raises(Conflict, match=r"Revision 3 .*above “Leaf” would not exist"):
        undo(revision=Revision.objects.get(number=2), by=None)


def test_a_category_with_codings_does_not_leave(blank, study, member):
    leaf = add_category(round=round_at(blank, 1), name="Leaf", by=None)
    moment = IncidentFactory(study=study).moments.get()
    Coding.objects.create(
        scheme=blank, moment=moment, coder=member, category=leaf, scheme_revision=2, seq=1
    )

    with pytest.raises(InvalidTree, match="Moments are coded"):
        undo(revision=blank.revisions.last(), by=None)

    leaf.refresh_from_db()
    assert leaf.exists


# -- Taking back ------------------------------------------------------------------------------


def test_undo_takes_away_what_was_added_and_redo_brings_it_back(blank, member):
    leaf = add_category(round=round_at(blank, 1), name="Leaf", code="L", by=None)

    undone = undo(revision=blank.revisions.last(), by=member, rationale="Too early")
    leaf.refresh_from_db()
    assert (leaf.exists, undone.verb, undone.undoes.number) == (False, RevisionVerb.UNDO, 2)

    undo(revision=undone, by=member)
    leaf.refresh_from_db()
    assert (leaf.exists, leaf.name, leaf.code) == (True, "Leaf", "L")


def test_a_revision_is_taken_back_once(blank):
    add_category(round=round_at(blank, 1), name="Leaf", by=None)
    revision = blank.revisions.last()
    undone = undo(revision=revision, by=None)

    with pytest.raises(Conflict) as conflict:
        undo(revision=revision, by=None)

    assert conflict.value.revision == undone


def test_undo_names_the_later_revision_that_stands_in_the_way(blank):
    leaf = add_category(round=round_at(blank, 1), name="Leaf", by=None)
    first = describe_category(category=leaf, name="Blade", by=None)
    leaf.refresh_from_db()
    describe_category(category=leaf, definition="Of no matter here", by=None)
    later = describe_category(category=leaf, name="Stalk", by=None)

    with pytest.raises(Conflict, match=f"Revision {later.number} ") as conflict:
        undo(revision=first, by=None)

    assert conflict.value.revision == later
    leaf.refresh_from_db()
    assert leaf.name == "Stalk"


def test_a_change_decided_on_an_older_revision_is_a_conflict_where_it_touches_the_same(blank):
    leaf = add_category(round=round_at(blank, 1), name="Leaf", by=None, expected_revision=1)
    describe_category(category=leaf, name="Blade", by=None, expected_revision=2)

    with pytest.raises(Conflict, match="Revision 3") as conflict:
        describe_category(category=leaf, name="Stalk", by=None, expected_revision=2)

    assert conflict.value.revision.number == 3
    blank.refresh_from_db()
    assert (blank.revision, blank.revisions.count()) == (3, 3)


def test_a_change_decided_on_an_older_revision_stands_where_others_changed_elsewhere(blank):
    leaf = add_category(round=round_at(blank, 1), name="Leaf", by=None, expected_revision=1)
    add_category(round=round_at(blank, 1), name="Blade", by=None, expected_revision=1)

    describe_category(category=leaf, definition="Green.", by=None, expected_revision=2)

    blank.refresh_from_db()
    assert (blank.revision, Category.objects.get(name="Leaf").definition) == (4, "Green.")


def test_what_was_decided_on_a_revision_that_never_was_is_a_conflict(blank):
    with pytest.raises(Conflict):
        add_category(round=round_at(blank, 1), name="Leaf", by=None, expected_revision=99)


def test_a_refused_revision_leaves_no_trace(blank):
    before = rows_of(blank), RevisionChange.objects.count()

    with pytest.raises(InvalidTree):
        add_round(scheme=blank, name="Fine", by=None)

    blank.refresh_from_db()
    assert (rows_of(blank), RevisionChange.objects.count()) == before
    assert blank.revision == 1


# -- The law ----------------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "rename", "place", "merge", "split", "retire", "round", "finest", "undo"]
        ),
        st.integers(0, 5),
        st.integers(0, 5),
        st.sampled_from(["Ann", "Bea", "Cid"]),
    ),
    max_size=12,
)


def act(scheme, verb, first, second, name):
    """Try one act on rows picked by number; what the rules refuse changes nothing."""
    rounds = list(Round.objects.filter(scheme=scheme))
    rows = list(Category.objects.filter(scheme=scheme).order_by("pk")) or [None]
    one, two = rows[first % len(rows)], rows[second % len(rows)]
    if verb == "add":
        add_category(round=rounds[first % len(rounds)], name=name, by=None)
    elif verb == "rename" and one:
        describe_category(category=one, name=name, by=None)
    elif verb == "place" and one:
        place_category(category=one, parent=two if second else None, by=None)
    elif verb == "merge" and one:
        change_scheme(scheme, change(one, merged_into=str(two.uid)))
    elif verb == "split" and one:
        change_scheme(scheme, change(one, split_from=str(two.uid)), verb=RevisionVerb.SPLIT)
    elif verb == "retire" and one:
        change_scheme(scheme, change(one, retired=not one.retired), verb=RevisionVerb.RETIRE)
    elif verb == "round":
        rename_round(round=rounds[first % len(rounds)], name=name, by=None)
    elif verb == "finest":
        add_round(scheme=scheme, name=name, finest=True, by=None)
    elif verb == "undo":
        revisions = list(scheme.revisions.order_by("-number"))
        undo(revision=revisions[first % len(revisions)], by=None)


def test_line_breaks_of_another_kind_change_nothing(blank, member):
    row = add_category(
        round=round_at(blank, 1), name="Leaf", definition="One\r\ntwo", includes="a\rb", by=member
    )
    assert (row.definition, row.includes) == ("One\ntwo", "a\nb")

    with pytest.raises(InvalidTree, match="Nothing would change"):
        describe_category(category=row, by=member, definition="One\r\ntwo")
    made = describe_category(category=row, by=member, name="Blade", definition="One\r\ntwo")
    assert made.changes.get().after == {"name": "Blade"}


@pytest.mark.thorough
@example_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_the_rows_are_always_the_sum_of_the_revisions(study, acts):
    slug = f"s{study.schemes.count()}"
    rounds = [{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}]
    top = {"round": 2, "code": "T", "name": "Top"}
    scheme = start_scheme(
        study=study, slug=slug, name="S", rounds=rounds, categories=[top], by=None
    )
    history = {1: rows_of(scheme)}

    for step in acts:
        with suppress(InvalidTree, Conflict):
            act(scheme, *step)
        scheme.refresh_from_db()
        history.setdefault(scheme.revision, rows_of(scheme))
        assert rows_of(scheme) == history[scheme.revision]

    assert {number: tree_at_revision(scheme, number) for number in history} == history
