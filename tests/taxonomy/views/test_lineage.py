"""Where the categories of a scheme came from and where they went, as every role reads it."""

import re
import uuid

import pytest
from django.urls import reverse

from incidents.actions.numbering import REBUILD_TALLIES
from incidents.choices import RoleName
from incidents.jobs import run_now
from incidents.models import Job, Moment
from taxonomy.actions.batching import merge_categories, place_category
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.planning import lock_batch, open_batch
from taxonomy.actions.revisions import undo
from taxonomy.choices import RevisionVerb
from taxonomy.models import Assignment, Category, RevisionChange, Round
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    admin = MemberFactory(
        study=StudyFactory(slug="study"), roles=[RoleName.ADMIN], display_name="Ada"
    )
    client.force_login(admin.user)
    return admin


def make_scheme(admin, per_round=(4, 2, 1)):
    """A scheme in which each category of a round has its share of those below."""
    rounds = [{"position": n, "name": f"Round {n}"} for n in range(1, len(per_round) + 1)]
    categories = [
        {
            "round": level,
            "code": f"{level}-{number}",
            "name": f"Category {level}-{number}",
            "parent": f"{level + 1}-{number * per_round[level] // many}"
            if level < len(per_round)
            else None,
        }
        for level, many in enumerate(per_round, start=1)
        for number in range(many)
    ]
    return start_scheme(
        study=admin.study, slug="x", name="X", by=admin, rounds=rounds, categories=categories
    )


@pytest.fixture
def scheme(admin):
    return make_scheme(admin)


def url(name="scheme_lineage", *args):
    return reverse(f"taxonomy:{name}", args=["study", "x", *args])


def named(name):
    return Category.objects.get(name=f"Category {name}")


def entry_of(page, category):
    """What the list says of one category, without what flowed into it."""
    return re.search(rf'id="category-{category.uid}"(.*?)(<ul|</li>)', page, re.DOTALL)[1]


def ribbon_of(page, category):
    """What the ribbon of a category says."""
    found = re.search(rf'href="#category-{category.uid}">\s*<title>(.*?)</title>', page)
    return found and found[1]


def code(scheme, coder, category):
    """Have one more moment coded."""
    IncidentFactory(study=scheme.study)
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=category)


def build_tally(study):
    [job] = Job.objects.filter(study=study, kind=REBUILD_TALLIES, state="waiting")
    assert run_now(job).state == "done"


def test_each_category_says_where_it_went_and_by_whom(client, scheme, admin):
    ben = MemberFactory(study=admin.study, roles=[RoleName.ADMIN], display_name="Ben")
    place_category(category=named("1-0"), parent=named("2-1"), by=ben, rationale="fits better")

    page = client.get(url()).text

    moved, stayed = entry_of(page, named("1-0")), entry_of(page, named("1-1"))
    assert "Under “Category 2-1” · revision 2 (Placed) · Ben" in moved
    assert "fits better" in moved
    assert "Under “Category 2-0” · revision 1 (Started the scheme) · Ada" in stayed
    assert ribbon_of(page, named("1-0")).startswith("Category 1-0. Under “Category 2-1”")
    assert ribbon_of(page, named("1-0")).endswith("Revision 2")
    assert ribbon_of(page, named("3-0")) is None  # it goes nowhere


def test_what_was_merged_is_shown_as_what_flowed_into_its_target(client, scheme, admin):
    merge_categories(categories=[named("2-1")], into=named("2-0"), by=admin, rationale="the same")

    page = client.get(url()).text

    assert "Merged into “Category 2-0” · revision 2 (Merged)" in entry_of(page, named("2-1"))
    assert "Under “Category 2-1”" in entry_of(page, named("1-3"))  # where it had been put
    assert re.search(r"Round 2 <tspan[^>]*>merged<", page)


def test_what_was_taken_back_says_so(client, scheme, admin):
    undo(
        revision=place_category(category=named("1-0"), parent=named("2-1"), by=admin),
        by=admin,
        rationale="a slip",
    )

    entry = entry_of(client.get(url()).text, named("1-0"))

    assert "Under “Category 2-0” · revision 3 (Took back)" in entry
    assert "a slip" in entry
    assert "Do it again" in entry


def test_what_was_done_again_is_told_as_the_act_and_taken_back_by_its_last_revision(
    client, scheme, admin
):
    ben = MemberFactory(study=admin.study, roles=[RoleName.ADMIN], display_name="Ben")
    merged = merge_categories(
        categories=[named("1-0")], into=named("1-1"), by=ben, rationale="the same"
    )
    again = undo(revision=undo(revision=merged, by=admin, rationale="a slip"), by=admin)

    page = client.get(url()).text

    entry = entry_of(page, named("1-0"))
    assert "Merged into “Category 1-1” · revision 2 (Merged) · Ben" in entry
    assert ("the same" in entry, "a slip" in entry) == (True, False)
    assert ("Take back" in entry, "Do it again" in entry) == (True, False)
    assert url("revision_undo", again.uid) in entry
    assert ribbon_of(page, named("1-0")).endswith("Revision 2")

    undo(revision=again, by=admin)
    entry = entry_of(client.get(url("category_lineage", named("1-0").uid)).text, named("1-0"))
    assert "Merged into" not in entry


def test_what_was_taken_back_a_second_time_can_be_done_again(client, scheme, admin):
    last = place_category(category=named("1-0"), parent=named("2-1"), by=admin)
    for _ in range(3):
        last = undo(revision=last, by=admin)

    entry = entry_of(client.get(url()).text, named("1-0"))

    assert "Under “Category 2-0” · revision 5 (Took back) · Ada" in entry
    assert "Do it again" in entry
    assert url("revision_undo", last.uid) in entry


def test_an_import_that_was_done_again_is_not_taken_back_at_one_of_its_categories(client, scheme):
    start = scheme.revisions.get(number=1)
    start.verb = RevisionVerb.IMPORT
    start.save()
    again = start
    for number in (2, 3):
        again = scheme.revisions.create(number=number, verb=RevisionVerb.UNDO, undoes=again)
    RevisionChange.objects.filter(revision=start).update(revision=again)

    page = client.get(url()).text

    assert "revision 1 (Brought categories with a file)" in page
    assert "/undo/" not in page


def test_what_is_not_batched_is_a_line_of_its_own(client, scheme, admin):
    taken_out = place_category(category=named("1-0"), parent=None, by=admin)

    page = client.get(url()).text

    assert 'id="not-batched"' in page
    entry = entry_of(page, named("1-0"))
    assert "Not batched · revision 2 (Placed)" in entry
    assert url("revision_undo", taken_out.uid) in entry


@pytest.mark.parametrize("role", list(RoleName))
def test_every_role_reads_the_lineage_and_only_admins_take_back(client, scheme, admin, role):
    place_category(category=named("1-0"), parent=named("2-1"), by=admin)
    client.force_login(MemberFactory(study=admin.study, roles=[role]).user)

    page = client.get(url()).text

    assert "Under “Category 2-1” · revision 2 (Placed)" in page
    assert ("/undo/" in page) == (role == RoleName.ADMIN)


def test_the_start_of_a_scheme_is_not_taken_back_at_one_of_its_categories(client, scheme):
    assert "/undo/" not in client.get(url()).text


def test_ribbons_are_as_broad_as_what_was_coded(client, scheme, admin):
    coder = MemberFactory(study=admin.study, roles=[RoleName.CODER])
    for name in ("1-0", "1-0", "1-1"):
        code(scheme, coder, named(name))
    merge_categories(categories=[named("1-1")], into=named("1-2"), by=admin)
    build_tally(admin.study)

    page = client.get(url()).text

    figures = {
        name: re.search(r"(\d+) moments?", entry_of(page, named(name)))[1]
        for name in ("1-0", "1-1", "1-2", "2-0", "2-1", "3-0")
    }
    assert figures == {"1-0": "2", "1-1": "1", "1-2": "1", "2-0": "2", "2-1": "1", "3-0": "3"}
    assert "1 moment" in ribbon_of(page, named("1-1"))
    assert "as broad as the moments settled in it" in page


def test_who_codes_blind_sees_a_picture_that_no_coding_changes(client, scheme, admin):
    coders = [MemberFactory(study=admin.study, roles=[RoleName.CODER]) for _ in range(2)]
    for _ in range(2):
        IncidentFactory(study=admin.study)
    moments = Moment.objects.filter(incident__study=admin.study)
    batch = open_batch(scheme=scheme, name="Overlap", moments=moments, coders=coders, by=None)
    client.force_login(coders[0].user)
    before = client.get(url())

    other = take_next_assignment(coder=coders[1], scheme=scheme)
    code_moment(assignment=other, by=coders[1], uid=uuid.uuid4(), category=named("1-0"))
    own = take_next_assignment(coder=coders[0], scheme=scheme)
    code_moment(assignment=own, by=coders[0], uid=uuid.uuid4(), category=named("1-0"))
    build_tally(admin.study)

    assert inside(client.get(url())) == inside(before)
    assert "drawn equally broad: you are coding" in before.text
    client.force_login(admin.user)
    assert "1 moment" not in entry_of(client.get(url()).text, named("1-0"))
    Assignment.objects.exclude(pk__in=[own.pk, other.pk]).delete()
    lock_batch(batch=batch, by=None)
    build_tally(admin.study)
    assert "1 moment" in entry_of(client.get(url()).text, named("1-0"))


def inside(response):
    """What the page itself says."""
    return response.text.partition("<main")[2].partition("</main>")[0]


def test_only_one_category_of_the_coarsest_round_is_shown_when_asked(client, scheme, admin):
    last = Round.objects.get(scheme=scheme, position=3)
    other = add_category(round=last, name="Category 3-1", by=admin)

    page = client.get(url(), {"under": other.uid}).text

    assert f'value="{other.uid}" selected' in page
    assert re.findall(r'id="category-(.*?)"', page) == [str(other.uid)]
    for wrong in ("", "nonsense", "\x00"):
        assert str(named("1-0").uid) in client.get(url(), {"under": wrong}).text
    assert client.get(url(), {"under": uuid.uuid4()}).status_code == 404


def test_a_category_has_a_lineage_of_its_own(client, scheme, admin):
    merge_categories(categories=[named("1-0")], into=named("1-1"), by=admin)

    page = client.get(url("category_lineage", named("1-1").uid)).text

    shown = re.findall(r'id="category-(.*?)"', page)
    assert shown == [str(named(name).uid) for name in ("3-0", "2-0", "1-1", "1-0")]
    current = re.search(r'id="category-([^"]*)"[^>]*aria-current', page)[1]
    assert current == str(named("1-1").uid)
    for name in ("category_history", "category_show"):
        other = client.get(url(name, named("1-1").uid)).text
        assert url("category_lineage", named("1-1").uid) in other


def test_a_split_is_told_at_both_ends(client, scheme, admin):
    part = named("1-1")
    part.split_from = named("1-0")
    part.save()

    page = client.get(url()).text

    assert "Split off from “Category 1-0”" in entry_of(page, part)
    assert "“Category 1-1” was split off from it" in entry_of(page, named("1-0"))


def test_an_empty_scheme_says_what_to_do(client, admin):
    start_scheme(study=admin.study, slug="x", name="X", by=admin, rounds=[])
    page = client.get(url())
    assert (page.status_code, "No category yet" in page.text) == (200, True)


@pytest.mark.parametrize("per_round", [(2, 1, 1, 1), (85, 53, 19, 5), (400, 53, 19, 5)])
def test_a_lineage_takes_twelve_queries_whatever_its_size(
    client, admin, per_round, django_assert_num_queries
):
    make_scheme(admin, per_round)
    for number in range(1, min(per_round[0], 20)):
        merge_categories(categories=[named(f"1-{number}")], into=named("1-0"), by=admin)
    place_category(category=named("1-0"), parent=None, by=admin)

    with django_assert_num_queries(12):
        page = client.get(url())

    assert page.text.count("<li id=") == sum(per_round) + 1


@pytest.mark.parametrize("times", [2, 6])
def test_a_lineage_takes_one_query_more_where_something_was_done_again(
    client, scheme, admin, times, django_assert_num_queries
):
    for name in ("1-0", "1-1"):
        last = merge_categories(categories=[named(name)], into=named("1-2"), by=admin)
        for _ in range(times):
            last = undo(revision=last, by=admin)

    with django_assert_num_queries(13):
        page = client.get(url())

    assert page.text.count("(Merged)") == 2
