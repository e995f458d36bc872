"""What stands in the way of taking a revision back is named, and what was coded comes along."""

import threading
import uuid
from contextlib import suppress

import pytest

from incidents.choices import RoleName
from incidents.models import Moment
from taxonomy.actions import splitting
from taxonomy.actions.batching import (
    merge_categories,
    place_categories,
    place_category,
    restore_category,
)
from taxonomy.actions.coding import code_moment
from taxonomy.actions.editing import add_category, describe_category, start_scheme
from taxonomy.actions.exchanging import export_scheme, import_book
from taxonomy.actions.revisions import Conflict, InvalidTree, undo
from taxonomy.actions.rounds import add_round, drop_round, freeze_round, rename_round
from taxonomy.actions.splitting import split_category, take_back_resort
from taxonomy.exchange.json_books import read_json
from taxonomy.models import Category, Round
from taxonomy.queries.checks import differences
from taxonomy.queries.revisions import rows_of
from tests.factories import MemberFactory, StudyFactory
from tests.racing import at_once
from tests.taxonomy.actions.resorted import coded, put
from tests.taxonomy.actions.resorted import counted as all_counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return MemberFactory(
        study=StudyFactory(), display_name="Ada", roles=[RoleName.ADMIN, RoleName.CODER]
    )


@pytest.fixture
def scheme(admin):
    return start_scheme(
        study=admin.study,
        slug="s",
        name="S",
        by=admin,
        rounds=[
            {"position": 1, "name": "Fine"},
            {"position": 2, "name": "Middle"},
            {"position": 3, "name": "Coarse"},
        ],
        categories=[
            {"round": 3, "name": "Top"},
            {"round": 2, "code": "M", "name": "Mid"},
            {"round": 1, "name": "Talk", "parent": "M"},
            {"round": 1, "name": "Walk"},
            {"round": 1, "name": "Run"},
        ],
    )


def named(name):
    return Category.objects.get(name=name, exists=True)


def at(position):
    return Round.objects.get(position=position, exists=True)


def counted(scheme):
    return {name: number for name, number in all_counted(scheme).items() if number}


# -- The later revision in the way ------------------------------------------------------------


def a_parent_made_for_one_got_another(scheme, admin):
    first = place_categories(categories=[named("Walk")], name="New", by=admin)
    later = place_category(category=named("Run"), parent=named("New"), by=admin)
    return first, later, "The category above “Run” would not exist."


def what_was_added_took_another_in(scheme, admin):
    add_category(round=at(1), name="Sit", by=admin)
    first = scheme.revisions.latest("number")
    later = merge_categories(categories=[named("Walk")], into=named("Sit"), by=admin)
    return first, later, "“Walk” would refer to a category that does not exist."


def what_was_added_was_split(scheme, admin):
    add_category(round=at(1), name="Sit", by=admin)
    first = scheme.revisions.latest("number")
    later = split_category(category=named("Sit"), names=["Down", "Up"], by=admin)
    restore_category(category=named("Sit"), by=admin)
    return first, later, "“Down” would refer to a category that does not exist."


def the_name_of_a_merged_one_was_used_anew(scheme, admin):
    first = merge_categories(categories=[named("Run")], into=named("Walk"), by=admin)
    add_category(round=at(1), name="Run", by=admin)
    return first, scheme.revisions.latest("number"), "There would be two categories named “Run”."


def the_name_stands_there_by_a_later_merge(scheme, admin):
    place_category(category=named("Run"), parent=named("Mid"), by=admin)
    first = describe_category(category=named("Run"), name="Jog", by=admin)
    other = add_category(round=at(2), name="Other", by=admin)
    add_category(round=at(1), name="Run", parent=other, by=admin)
    later = merge_categories(categories=[other], into=named("Mid"), by=admin)
    return first, later, "There would be two categories “Run” under “Mid”."


def the_name_of_a_round_was_used_anew(scheme, admin):
    first = rename_round(round=at(1), name="Codes", by=admin)
    add_round(scheme=scheme, name="Fine", by=admin)
    return first, scheme.revisions.latest("number"), "There would be two rounds named “Fine”."


def a_round_stands_above_the_added_one(scheme, admin):
    add_round(scheme=scheme, name="Fourth", by=admin)
    first = scheme.revisions.latest("number")
    add_round(scheme=scheme, name="Fifth", by=admin)
    said = "Rounds must be numbered 1, 2, 3 and so on, not 1, 2, 3, 5."
    return first, scheme.revisions.latest("number"), said


def the_added_round_got_a_category(scheme, admin):
    add_round(scheme=scheme, name="Fourth", by=admin)
    first = scheme.revisions.latest("number")
    add_category(round=at(4), name="All", by=admin)
    said = "“All” would stand in a round that does not exist."
    return first, scheme.revisions.latest("number"), said


def one_was_placed_over_a_dropped_round(scheme, admin):
    first = drop_round(round=at(2), by=admin)
    later = place_category(category=named("Run"), parent=named("Top"), by=admin)
    return first, later, "“Top” is not in the round just above “Run”."


def it_was_merged_the_other_way_round(scheme, admin):
    merged = merge_categories(categories=[named("Run")], into=named("Walk"), by=admin)
    first = undo(revision=merged, by=admin)
    later = merge_categories(categories=[named("Walk")], into=named("Run"), by=admin)
    return first, later, "The merges of “Walk” would go in a circle."


def its_round_was_frozen(scheme, admin):
    first = place_category(category=named("Run"), parent=named("Mid"), by=admin)
    later = freeze_round(round=at(1), by=admin)
    return first, later, "The round “Fine” is frozen; reopen it first."


@pytest.mark.parametrize(
    "happened",
    [
        a_parent_made_for_one_got_another,
        what_was_added_took_another_in,
        what_was_added_was_split,
        the_name_of_a_merged_one_was_used_anew,
        the_name_stands_there_by_a_later_merge,
        the_name_of_a_round_was_used_anew,
        a_round_stands_above_the_added_one,
        the_added_round_got_a_category,
        one_was_placed_over_a_dropped_round,
        it_was_merged_the_other_way_round,
        its_round_was_frozen,
    ],
)
def test_a_tree_that_would_break_a_rule_names_the_later_revision_and_the_rule(
    scheme, admin, happened
):
    first, later, said = happened(scheme, admin)
    others = Category.objects.exclude(uid__in=first.changes.values("object_uid"))
    for row in others.filter(exists=True):  # is touched later, which matters not
        describe_category(category=row, definition="In other words.", by=admin)
    before = rows_of(scheme)

    with pytest.raises(Conflict) as refused:
        undo(revision=first, by=admin)

    deed = f"Revision {later.number} ({later.get_verb_display()}, by Ada) stands in the way."
    assert str(refused.value) == f"{deed} {said}"
    assert (refused.value.revision, rows_of(scheme)) == (later, before)


def test_what_is_named_is_taken_back_and_then_the_first_can_be(scheme, admin):
    before = rows_of(scheme)
    first = place_categories(categories=[named("Walk")], name="New", by=admin)
    place_category(category=named("Run"), parent=named("New"), by=admin)
    place_category(category=named("Run"), parent=None, by=admin)
    place_category(category=named("Run"), parent=named("New"), by=admin)
    place_category(category=named("Talk"), parent=named("New"), by=admin)

    for _ in range(2):
        with pytest.raises(Conflict) as refused:
            undo(revision=first, by=admin)
        undo(revision=refused.value.revision, by=admin)
    undo(revision=first, by=admin)

    made = rows_of(scheme)
    assert {uid: made[uid] for uid in before} == before


# -- What was coded ---------------------------------------------------------------------------


def merged_and_split(scheme, admin):
    """“Walk” merged into “Talk”, which is split then; returns both revisions."""
    merged = merge_categories(categories=[named("Walk")], into=named("Talk"), by=admin)
    return merged, split_category(category=named("Talk"), names=["Listens", "Speaks"], by=admin)


def test_a_merge_is_not_taken_back_while_its_moments_are_sorted_out_of_the_other(scheme, admin):
    coded(scheme, admin, "Walk")
    merged, _split = merged_and_split(scheme, admin)
    made = put(admin, Moment.objects.get(), "Listens", "Talk")

    with pytest.raises(InvalidTree, match="Moments of “Talk” have been sorted again; take that"):
        undo(revision=merged, by=admin)
    assert counted(scheme) == {"Listens": 1}

    take_back_resort(coding=made, by=admin)
    undo(revision=merged, by=admin)
    assert counted(scheme) == {"Walk": 1}
    assert list(differences(scheme.study)) == []


def test_nor_where_they_were_sorted_on_from_there(scheme, admin):
    coded(scheme, admin, "Walk")
    merged, _split = merged_and_split(scheme, admin)
    put(admin, Moment.objects.get(), "Listens", "Talk")
    split_category(category=named("Listens"), names=["Nods", "Asks"], by=admin)
    put(admin, Moment.objects.get(), "Nods", "Listens")
    with pytest.raises(InvalidTree, match="Moments of “Talk” have been sorted again"):
        undo(revision=merged, by=admin)


def test_nor_where_the_other_was_merged_on_or_they_were_merged_before(scheme, admin):
    coded(scheme, admin, "Run")
    merge_categories(categories=[named("Run")], into=named("Walk"), by=admin)
    merged = merge_categories(categories=[named("Walk")], into=named("Talk"), by=admin)
    further = add_category(round=at(1), name="Speak", by=admin)
    merge_categories(categories=[named("Talk")], into=further, by=admin)
    split_category(category=further, names=["Aloud", "Low"], by=admin)
    put(admin, Moment.objects.get(), "Low", "Speak")
    with pytest.raises(InvalidTree, match="Moments of “Speak” have been sorted again"):
        undo(revision=merged, by=admin)


def test_nor_does_a_file_take_it_apart(scheme, admin):
    coded(scheme, admin, "Walk")
    before = read_json(export_scheme(scheme=scheme, form="json", by=admin, merged=True))
    merged_and_split(scheme, admin)
    put(admin, Moment.objects.get(), "Listens", "Talk")
    with pytest.raises(InvalidTree, match="Moments of “Talk” have been sorted again"):
        import_book(scheme=scheme, book=before, by=admin)
    assert counted(scheme) == {"Listens": 1}


def test_a_merge_is_taken_back_where_only_moments_of_the_other_were_sorted_again(scheme, admin):
    for name in ("Walk", "Talk"):
        coded(scheme, admin, name)
    merged, _split = merged_and_split(scheme, admin)
    _walked, talked = Moment.objects.order_by("pk")
    put(admin, talked, "Speaks", "Talk")

    undo(revision=merged, by=admin)

    assert counted(scheme) == {"Walk": 1, "Speaks": 1}


def test_what_was_sorted_before_the_merge_does_not_hinder_taking_it_back(scheme, admin):
    coded(scheme, admin, "Walk")
    split_category(category=named("Walk"), names=["Strolls", "Hikes"], by=admin)
    put(admin, Moment.objects.get(), "Hikes", "Walk")
    merged, _split = merged_and_split(scheme, admin)
    undo(revision=merged, by=admin)
    assert counted(scheme) == {"Hikes": 1}


def test_a_split_is_taken_back_once_its_sorting_was(scheme, admin):
    coded(scheme, admin, "Talk")
    split = split_category(category=named("Talk"), names=["Listens", "Speaks"], by=admin)
    made = put(admin, Moment.objects.get(), "Listens", "Talk")
    with pytest.raises(InvalidTree, match="Moments are coded in “Listens”"):
        undo(revision=split, by=admin)
    take_back_resort(coding=made, by=admin)

    undo(revision=split, by=admin)

    assert counted(scheme) == {"Talk": 1}
    assert [
        row.name for row in Category.objects.filter(exists=True, split_from__isnull=False)
    ] == []
    assert list(differences(scheme.study)) == []


def test_an_answer_that_was_taken_back_or_changed_still_keeps_its_category(scheme, admin):
    add_category(round=at(1), name="Sit", by=admin)
    added = scheme.revisions.latest("number")
    first = coded(scheme, admin, "Sit")
    code_moment(assignment=first.assignment, by=admin, uid=uuid.uuid4(), category=named("Walk"))
    with pytest.raises(InvalidTree, match="Moments are coded in “Sit”"):
        undo(revision=added, by=admin)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_merge_that_is_taken_back_while_its_moment_is_sorted_again_stays(monkeypatch):
    admin = MemberFactory(study=StudyFactory(), roles=[RoleName.ADMIN, RoleName.CODER])
    scheme = start_scheme(
        study=admin.study,
        slug="s",
        name="S",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}],
        categories=[{"round": 1, "name": name} for name in ("Talk", "Walk")],
    )
    coded(scheme, admin, "Walk")
    merged, _split = merged_and_split(scheme, admin)
    moment, meeting = Moment.objects.get(), threading.Barrier(2, timeout=2)
    look = splitting.waiting_in

    def meet():
        with suppress(threading.BrokenBarrierError):
            meeting.wait()

    def look_and_wait(category):
        rows = list(look(category).values_list("pk", flat=True))
        meet()  # it waits to be sorted; now the other begins
        meet()
        return Moment.objects.filter(pk__in=rows)

    def take_back():
        meet()
        undone = undo(revision=merged, by=admin)
        meet()
        return undone

    monkeypatch.setattr(splitting, "waiting_in", look_and_wait)

    made, undone = at_once(lambda: put(admin, moment, "Listens", "Talk"), take_back)

    assert made.category == named("Listens")
    assert isinstance(undone, InvalidTree)
    assert (counted(scheme), named("Walk").merged_into) == ({"Listens": 1}, named("Talk"))
