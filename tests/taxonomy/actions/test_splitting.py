"""A category is split, and its moments are sorted again, one by one and resumably."""

import threading
import uuid
from contextlib import suppress

import pytest
from django.db import transaction

from incidents.actions.numbering import change_facts
from incidents.actions.screening import withdraw
from incidents.choices import RoleName
from incidents.models import Change, Moment
from taxonomy.actions import splitting
from taxonomy.actions.batching import merge_categories, restore_category
from taxonomy.actions.bringing import Brought, bring_codings
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.planning import lock_batch, open_batch
from taxonomy.actions.revisions import Conflict, InvalidTree, undo
from taxonomy.actions.rounds import freeze_round
from taxonomy.actions.splitting import ResortRefused, resort, split_category, take_back_resort
from taxonomy.choices import Outcome, Purpose
from taxonomy.models import Category, Coding, Round
from taxonomy.queries.checks import differences
from taxonomy.queries.history import steps_of
from taxonomy.queries.splitting import (
    next_to_sort,
    resorting_of,
    sorted_out_of,
    split_off,
    under,
    waiting_in,
)
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return MemberFactory(study=StudyFactory(), roles=[RoleName.ADMIN, RoleName.CODER])


@pytest.fixture
def scheme(admin):
    return start_scheme(
        study=admin.study,
        slug="s",
        name="S",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "T", "name": "Top"},
            {"round": 1, "name": "Talk", "parent": "T"},
            {"round": 1, "name": "Walk"},
        ],
    )


def named(name):
    return Category.objects.get(name=name)


def coded(scheme, coder, name):
    IncidentFactory(study=scheme.study)
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    return code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=named(name))


def split(admin, name="Talk", into=("Listens", "Speaks")):
    return split_category(category=named(name), names=into, by=admin)


def put(admin, moment, into, out_of="Talk"):
    return resort(
        moment=moment, category=named(out_of), into=named(into), by=admin, uid=uuid.uuid4()
    )


def counted(scheme):
    table = answer(scheme, Specification(1), from_facts=True).table
    return {row.node.name: row.cells[0].count for row in table.rows if row.cells[0].count}


# -- The split --------------------------------------------------------------------------------


def test_a_split_makes_new_ones_beside_and_counts_as_before(scheme, admin):
    coded(scheme, admin, "Talk")

    revision = split(admin)

    tree = tree_of(scheme)
    assert [node.name for node in tree.rows(1)] == ["Talk", "Listens", "Speaks", "Walk"]
    assert tree.path(tree.nodes[named("Speaks").pk]) == ["Top", "Speaks"]
    assert [row.name for row in split_off(named("Talk"))] == ["Listens", "Speaks"]
    assert (named("Talk").retired, named("Listens").split_from) == (True, named("Talk"))
    assert counted(scheme) == {"Talk": 1}
    [step] = steps_of([revision])
    assert step.sentence == "Split “Talk” into “Listens” and “Speaks”."

    undo(revision=revision, by=admin)
    assert [node.name for node in tree_of(scheme).rows(1)] == ["Talk", "Walk"]
    assert not named("Talk").retired


def test_a_second_split_is_told_with_its_names(scheme, admin):
    split(admin)
    [step] = steps_of([split(admin, into=("Asks", "Tells"))])
    assert step.sentence == "Split “Talk” into “Asks” and “Tells”."


def test_a_split_that_cannot_be_is_refused(scheme, admin):
    with pytest.raises(InvalidTree, match="at least two"):
        split(admin, into=("One", " "))
    with pytest.raises(InvalidTree, match="At most 50"):
        split(admin, into=[f"Part {number}" for number in range(51)])
    with pytest.raises(InvalidTree, match="two categories"):
        split(admin, into=("Same", "Same"))
    merge_categories(categories=[named("Walk")], into=named("Talk"), by=admin)
    with pytest.raises(InvalidTree, match="no longer part"):
        split(admin, "Walk")
    with pytest.raises(Conflict):
        split_category(category=named("Talk"), names=["A", "B"], by=admin, expected_revision=9)
    freeze_round(round=Round.objects.get(scheme=scheme, position=1), by=admin)
    with pytest.raises(InvalidTree, match="frozen"):
        split(admin)


def test_what_stands_under_a_split_category_stays_until_it_is_placed(scheme, admin):
    split(admin, "Top", ("Left", "Right"))
    assert [row.name for row in under(named("Top"))] == ["Talk"]


# -- Sorting again ----------------------------------------------------------------------------


def test_moments_wait_one_by_one_and_count_where_they_are_sorted(scheme, admin):
    for name in ("Talk", "Talk", "Walk", "Talk"):
        coded(scheme, admin, name)
    answers = list(Coding.objects.values())
    split(admin)
    first, second, third = waiting_in(named("Talk"))
    assert next_to_sort(admin, named("Talk")) == first
    assert next_to_sort(admin, named("Talk"), after=first.pk) == second
    assert next_to_sort(admin, named("Talk"), after=third.pk) == first

    put(admin, first, "Listens")
    put(admin, second, "Walk")

    assert counted(scheme) == {"Listens": 1, "Walk": 2, "Talk": 1}
    assert list(waiting_in(named("Talk"))) == [third]
    found = resorting_of(admin, named("Talk"))
    assert (found.waiting, found.done, found.total) == (1, 2, 3)
    assert list(Coding.objects.exclude(purpose=Purpose.RESORT).values()) == answers
    assert list(differences(scheme.study)) == []
    assert Change.objects.filter(verb="resort").count() == 2


def test_one_sorting_is_taken_back_and_made_once(scheme, admin):
    coded(scheme, admin, "Talk")
    split(admin)
    moment, sent = Moment.objects.get(), uuid.uuid4()
    into = {"category": named("Talk"), "into": named("Speaks"), "by": admin, "uid": sent}
    made = resort(moment=moment, **into)
    assert resort(moment=moment, **into) == made

    undone = take_back_resort(coding=made, by=admin)
    assert take_back_resort(coding=made, by=admin) == undone
    assert counted(scheme) == {"Talk": 1}
    put(admin, moment, "Listens")
    assert counted(scheme) == {"Listens": 1}
    with pytest.raises(ResortRefused, match="otherwise since"):
        take_back_resort(coding=made, by=admin)
    assert list(differences(scheme.study)) == []


def test_a_sorting_that_is_taken_back_leaves_the_one_before_it(scheme, admin):
    coded(scheme, admin, "Talk")
    moment = Moment.objects.get()
    split(admin)
    put(admin, moment, "Listens")
    split(admin, "Listens", ("Nods", "Hums"))
    second = put(admin, moment, "Nods", out_of="Listens")

    back = take_back_resort(coding=second, by=admin)

    assert (counted(scheme), take_back_resort(coding=second, by=admin)) == ({"Listens": 1}, back)
    assert list(waiting_in(named("Listens"))) == [moment]
    third = put(admin, moment, "Hums", out_of="Listens")
    assert counted(scheme) == {"Hums": 1}
    back = take_back_resort(coding=third, by=admin)
    assert counted(scheme) == {"Listens": 1}
    take_back_resort(coding=back, by=admin)
    assert counted(scheme) == {"Talk": 1}
    assert list(differences(scheme.study)) == []


def test_taking_back_touches_nothing_that_was_decided_since(scheme, admin):
    given = coded(scheme, admin, "Talk").assignment
    moment, other = Moment.objects.get(), MemberFactory(study=admin.study)
    split(admin)
    put(admin, moment, "Listens")
    split(admin, "Listens", ("Nods", "Hums"))
    second = put(admin, moment, "Nods", out_of="Listens")
    split(admin, "Nods", ("Once", "Twice"))
    further = put(other, moment, "Once", out_of="Nods")

    with pytest.raises(ResortRefused, match="otherwise since"):
        take_back_resort(coding=second, by=admin)
    take_back_resort(coding=further, by=other)
    code_moment(assignment=given, by=admin, uid=uuid.uuid4(), category=named("Walk"))
    take_back_resort(coding=second, by=admin)

    assert counted(scheme) == {"Walk": 1}
    assert list(differences(scheme.study)) == []


def test_a_split_in_which_moments_were_sorted_is_not_undone_but_merged(scheme, admin):
    coded(scheme, admin, "Talk")
    revision = split(admin)
    put(admin, Moment.objects.get(), "Listens")
    with pytest.raises(InvalidTree, match="it can be merged or retired"):
        undo(revision=revision, by=admin)


def test_what_several_agreed_on_stays_agreed_and_a_dispute_stays_one(scheme, admin):
    coders = [MemberFactory(study=admin.study, roles=[RoleName.CODER]) for _ in range(2)]
    for _ in range(2):
        IncidentFactory(study=admin.study)
    moments = Moment.objects.order_by("pk")
    batch = open_batch(scheme=scheme, name="Both", moments=moments, coders=coders, by=None)
    for coder, names in zip(coders, (["Talk", "Talk"], ["Talk", "Walk"]), strict=True):
        for name in names:
            assignment = take_next_assignment(coder=coder, scheme=scheme)
            code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=named(name))
    lock_batch(batch=batch, by=None)
    split(admin)

    agreed, disputed = moments
    assert list(waiting_in(named("Talk"))) == [agreed]
    put(admin, agreed, "Speaks")

    settled = dict(scheme.settlements.filter(to_seq=None).values_list("moment", "outcome"))
    assert settled == {agreed.pk: Outcome.AGREED, disputed.pk: Outcome.IN_DISPUTE}
    with pytest.raises(ResortRefused, match="sorted meanwhile"):
        put(admin, disputed, "Speaks")


def test_a_part_that_is_split_again_and_what_was_merged_before_are_sorted_on(scheme, admin):
    for name in ("Talk", "Walk"):
        coded(scheme, admin, name)
    merge_categories(categories=[named("Walk")], into=named("Talk"), by=admin)
    split(admin)
    first, merged = waiting_in(named("Talk"))
    put(admin, first, "Speaks")
    put(admin, merged, "Speaks")
    split(admin, "Speaks", ("Asks", "Tells"))
    other = MemberFactory(study=admin.study)

    put(other, first, "Asks", out_of="Speaks")
    put(admin, merged, "Tells", out_of="Speaks")

    assert counted(scheme) == {"Asks": 1, "Tells": 1}
    assert list(differences(scheme.study)) == []


def test_a_coder_who_answers_anew_is_not_sorted_again(scheme, admin):
    coding = coded(scheme, admin, "Talk")
    split(admin)
    put(admin, Moment.objects.get(), "Listens")
    code_moment(assignment=coding.assignment, by=admin, uid=uuid.uuid4(), category=named("Walk"))
    assert counted(scheme) == {"Walk": 1}
    restore_category(category=named("Talk"), by=admin)
    code_moment(assignment=coding.assignment, by=admin, uid=uuid.uuid4(), category=named("Talk"))
    assert counted(scheme) == {"Talk": 1}
    assert waiting_in(named("Talk")).count() == 1
    with pytest.raises(ResortRefused, match="that was split"):
        put(admin, Moment.objects.get(), "Talk")


def test_who_answers_one_of_the_parts_agrees_with_what_was_sorted_there(scheme, admin):
    given = coded(scheme, admin, "Talk").assignment
    moment, other = Moment.objects.get(), MemberFactory(study=admin.study)
    with transaction.atomic():
        brought = [Brought(moment.pk, other, named("Talk"))]
        bring_codings(scheme=scheme, brought=brought, seq=change_facts(scheme.study))
    split(admin)
    put(admin, moment, "Speaks")
    code_moment(assignment=given, by=admin, uid=uuid.uuid4(), category=named("Speaks"))
    assert scheme.settlements.get(to_seq=None).outcome == Outcome.AGREED
    split(admin, "Speaks", ("Asks", "Tells"))

    put(admin, moment, "Asks", out_of="Speaks")

    assert counted(scheme) == {"Asks": 1}
    assert scheme.settlements.get(to_seq=None).outcome == Outcome.AGREED
    assert list(differences(scheme.study)) == []


def test_a_dispute_that_a_merge_has_settled_is_sorted_again_too(scheme, admin):
    coders = [MemberFactory(study=admin.study, roles=[RoleName.CODER]) for _ in range(2)]
    IncidentFactory(study=admin.study)
    moments = Moment.objects.all()
    batch = open_batch(scheme=scheme, name="Both", moments=moments, coders=coders, by=None)
    for coder, name in zip(coders, ("Talk", "Walk"), strict=True):
        assignment = take_next_assignment(coder=coder, scheme=scheme)
        code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=named(name))
    lock_batch(batch=batch, by=None)
    merge_categories(categories=[named("Walk")], into=named("Talk"), by=admin)
    split(admin)
    assert counted(scheme) == {"Talk": 1}

    put(admin, waiting_in(named("Talk")).get(), "Listens")

    assert counted(scheme) == {"Listens": 1}


def test_a_split_is_not_taken_back_while_moments_are_sorted_out_of_it(scheme, admin):
    coded(scheme, admin, "Talk")
    revision = split(admin)
    made = put(admin, Moment.objects.get(), "Walk")

    with pytest.raises(InvalidTree, match="sorted again; take that back first"):
        undo(revision=revision, by=admin)
    take_back_resort(coding=made, by=admin)
    undo(revision=revision, by=admin)
    assert counted(scheme) == {"Talk": 1}


def test_what_was_withdrawn_is_named_no_more_and_a_desk_has_its_own_only(scheme, admin):
    for name in ("Talk", "Walk"):
        coded(scheme, admin, name)
    split(admin)
    split(admin, "Walk", ("Runs", "Strolls"))
    talk, walk = Moment.objects.order_by("pk")
    put(admin, talk, "Listens")
    put(admin, walk, "Runs", out_of="Walk")
    assert [row.moment for row in sorted_out_of(named("Talk"))] == [talk]

    withdraw(incident=talk.incident, by=admin, reason="told twice", row_version=0)
    assert not sorted_out_of(named("Talk")).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_sort_one_moment_at_once_do_not_both(monkeypatch):
    admin = MemberFactory(study=StudyFactory())
    scheme = start_scheme(
        study=admin.study,
        slug="s",
        name="S",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}],
        categories=[{"round": 1, "name": "Talk"}],
    )
    coded(scheme, admin, "Talk")
    split(admin)
    moment, other = Moment.objects.get(), MemberFactory(study=admin.study)
    meeting = threading.Barrier(2, timeout=2)
    look = splitting.waiting_in

    def look_together(category):
        rows = list(look(category).values_list("pk", flat=True))
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        return Moment.objects.filter(pk__in=rows)

    monkeypatch.setattr(splitting, "waiting_in", look_together)

    outcomes = at_once(lambda: put(admin, moment, "Listens"), lambda: put(other, moment, "Speaks"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Coding", "ResortRefused"]
    assert scheme.settlements.filter(to_seq=None).count() == 1
