"""What founded a category: kept whatever sorters do afterwards, and shown to who may know it."""

import pytest
from django.urls import reverse

from incidents.choices import IncidentState, RoleName
from incidents.models import Incident
from taxonomy.actions.agreeing import take_over_piles
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.revisions import undo
from taxonomy.actions.sorting import (
    SortRefused,
    end_sort,
    finish_sorting,
    put_on_pile,
    reopen_sort,
    start_sort_of_moments,
    undo_step,
)
from taxonomy.choices import AssignmentState, BatchKind, BatchState
from taxonomy.models import Assignment, Batch, Category, Pile
from tests.factories import IncidentFactory, MemberFactory

pytestmark = pytest.mark.django_db
TOLD = ("late bus", "lost bag")


@pytest.fixture
def sort(world):
    """Ann has piled each of two moments by itself, Bob both together; the results are open."""
    for headline in TOLD:
        IncidentFactory(study=world.study, words={"headline": headline})
    sort = start_sort_of_moments(
        scheme=world.scheme, members=[world.ann, world.bob], name="Open", number=2, by=world.admin
    )
    world.sorters = {row.member: row for row in sort.sorters.select_related("sort__scheme__study")}
    for headline, pile in zip(TOLD, ("Waiting", "Luggage"), strict=True):
        put(world, sort, world.ann, headline, pile)
        put(world, sort, world.bob, headline, "Trouble")
    for who, sorter in world.sorters.items():
        finish_sorting(sorter=sorter, by=who)
    sort.refresh_from_db()
    return sort


def put(world, sort, who, headline, pile):
    item = sort.items.get(moment__incident__version__headline=headline)
    return put_on_pile(sorter=world.sorters[who], item=item, to=pile, by=who)


def take(world, sort, **names):
    piles = {pile.name: pile for pile in Pile.objects.filter(sorter__sort=sort)}
    chosen = [(piles[pile], name) for pile, name in names.items()]
    return take_over_piles(sort=sort, chosen=chosen, by=world.admin)


def url(world, name, *args):
    return reverse(f"taxonomy:{name}", args=[world.study.slug, world.scheme.slug, *args])


def named(name):
    return Category.objects.get(name=name, exists=True)


# -- Kept --------------------------------------------------------------------------------------


def test_the_step_that_founded_what_became_a_category_is_not_undone(client, world, sort):
    take(world, sort, Luggage="Luggage")
    reopen_sort(sort=sort, by=world.admin)

    with pytest.raises(SortRefused, match="“Luggage” has become a category"):
        undo_step(sorter=world.sorters[world.ann], by=world.ann)

    pile = named("Luggage").piles.get()
    assert (pile.founded_on.heading, pile.placements.count()) == ("lost bag", 1)
    client.force_login(world.ann.user)
    answer = client.post(url(world, "sort_undo", sort.uid), {"step": "2"})
    assert answer.status_code == 422
    assert "“Luggage” has become a category" in answer.text


def test_nor_while_its_taking_over_is_taken_back_since_it_may_be_done_again(world, sort):
    back = undo(revision=take(world, sort, Luggage="Luggage"), by=world.admin)
    reopen_sort(sort=sort, by=world.admin)

    with pytest.raises(SortRefused, match="“Luggage” has become a category"):
        undo_step(sorter=world.sorters[world.ann], by=world.ann)

    undo(revision=back, by=world.admin)
    assert named("Luggage").piles.get().founded_on.heading == "lost bag"


def test_the_card_may_be_put_elsewhere_and_other_steps_be_undone(world, sort):
    take(world, sort, Luggage="Luggage")
    reopen_sort(sort=sort, by=world.admin)

    put(world, sort, world.ann, "lost bag", "Waiting")
    undo_step(sorter=world.sorters[world.ann], by=world.ann)
    put(world, sort, world.ann, "lost bag", "Waiting")
    undo_step(sorter=world.sorters[world.bob], by=world.bob)

    founded = named("Luggage").piles.get().founded_on.heading
    assert founded == "lost bag"
    assert not Pile.objects.get(name="Luggage").placements.exists()


def test_a_pile_that_became_a_category_becomes_no_other(world, sort):
    take(world, sort, Luggage="Luggage")

    with pytest.raises(SortRefused, match="“Luggage” has become the category “Luggage” already"):
        take(world, sort, Luggage="Bags", Waiting="Waiting")

    assert named("Luggage").piles.get().founded_on.heading == "lost bag"
    assert not Category.objects.filter(name__in=["Bags", "Waiting"]).exists()


def test_once_that_is_taken_back_it_may(world, sort):
    undo(revision=take(world, sort, Luggage="Luggage"), by=world.admin)

    take(world, sort, Luggage="Bags")

    assert Pile.objects.get(name="Luggage").category == named("Bags")


def test_the_page_of_piles_asks_for_no_name_of_what_is_a_category(client, world, sort):
    revision = take(world, sort, Luggage="Bags")
    client.force_login(world.admin.user)

    def asked():
        text = client.get(url(world, "sort_piles", sort.uid)).text
        page = url(world, "category_show", Category.objects.get(name="Bags").uid)
        return text.count('name="pile"'), f'href="{page}"' in text

    assert asked() == (2, True)
    undo(revision=revision, by=world.admin)
    assert asked() == (3, False)


# -- Shown -------------------------------------------------------------------------------------


@pytest.fixture
def bags(world, sort):
    """The category that Luggage of Ann's and then Trouble of Bob's became."""
    take(world, sort, Luggage="Bags", Trouble="Bags", Waiting="Waiting")
    return named("Bags")


def founding(client, world, who, category):
    """Which headlines a member reads on the page of a category."""
    client.force_login(who.user)
    answer = client.get(url(world, "category_show", category.uid))
    assert answer.status_code == 200
    assert ("Founded on" in answer.text) == any(word in answer.text for word in TOLD)
    return {word for word in TOLD if word in answer.text}


def member(world, *roles):
    return MemberFactory(study=world.study, roles=roles)


def batch_for(world, who, **fields):
    """Give the member all moments in a batch, by default still to be coded blindly."""
    batch = Batch.objects.create(scheme=world.scheme, name="B", kind=BatchKind.PLAN)
    for incident in Incident.objects.filter(study=world.study):
        Assignment.objects.create(batch=batch, moment=incident.moments.get(), coder=who, **fields)


def test_a_category_says_on_what_it_was_founded_when_and_by_whom(client, world, bags):
    client.force_login(member(world, RoleName.ANALYST).user)

    text = client.get(url(world, "category_show", bags.uid)).text

    assert text.index("lost bag") < text.index("Ann<")
    first, second = bags.piles.order_by("pk")
    assert f'<time datetime="{first.created_at.isoformat()[:19]}' in text
    incident = first.founded_on.moment.incident
    assert reverse("incidents:incident_show", args=[world.study.slug, incident.uid]) in text
    assert second.founded_on.heading in text
    assert "Bob<" in text
    part = client.get(url(world, "category_show", bags.uid), headers={"HX-Request": "true"}).text
    assert ("lost bag" in part, "<html" in part) == (True, False)


def test_what_no_pile_became_says_nothing_of_founding(client, world, bags):
    assert founding(client, world, world.admin, named("Late")) == set()


def test_who_codes_blindly_does_not_read_it(client, world, bags):
    assert founding(client, world, world.admin, bags) == set(TOLD)
    batch_for(world, world.admin)

    assert founding(client, world, world.admin, bags) == set()


def test_nobody_reads_it_while_the_sort_goes_on(client, world, sort, bags):
    reopen_sort(sort=sort, by=world.admin)
    assert founding(client, world, world.admin, bags) == set()

    finish_sorting(sorter=world.sorters[world.ann], by=world.ann)
    end_sort(sort=sort, by=world.admin)
    assert founding(client, world, world.admin, bags) == set(TOLD)


def test_what_was_withdrawn_is_not_read_even_by_admins(client, world, bags):
    Incident.objects.filter(version__headline="lost bag").update(state=IncidentState.WITHDRAWN)

    assert founding(client, world, world.admin, bags) == {"late bus"}


def test_coders_read_it_of_incidents_and_sorts_that_they_see(client, world, bags):
    assert founding(client, world, world.ann, bags) == set()
    other = member(world, RoleName.CODER)
    for who in (world.ann, other):
        batch_for(world, who, state=AssignmentState.DONE)
    assert founding(client, world, world.ann, bags) == set()
    Batch.objects.update(state=BatchState.LOCKED)

    assert founding(client, world, world.ann, bags) == set(TOLD)
    assert founding(client, world, other, bags) == set()  # sorted nothing
    assert founding(client, world, member(world, RoleName.INTERVIEWER), bags) == set()


def test_the_founding_stays_with_what_was_merged(client, world, bags):
    merge_categories(categories=[bags], into=named("Waiting"), by=world.admin)

    assert founding(client, world, world.admin, bags) == set(TOLD)
    assert founding(client, world, world.admin, named("Waiting")) == {"late bus"}


@pytest.mark.parametrize("more", [0, 30])
def test_the_page_takes_the_same_queries_however_many_founded_it(
    client, world, bags, more, django_assert_num_queries
):
    first = bags.piles.order_by("pk").first()
    Pile.objects.bulk_create(
        Pile(
            sorter=first.sorter,
            position=9 + number,
            name=f"Pile {number}",
            founded_on=first.founded_on,
            category=bags,
        )
        for number in range(more)
    )
    client.force_login(world.admin.user)
    client.get(url(world, "category_show", bags.uid))

    with django_assert_num_queries(12):
        text = client.get(url(world, "category_show", bags.uid)).text

    assert text.count("<time") == min(2 + more, 5)
    assert ("and 27 more" in text) == bool(more)
