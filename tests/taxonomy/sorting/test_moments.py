"""Open sorting of moments: drawn, read as coders read, put into piles, made categories."""

import dataclasses
from types import SimpleNamespace

import pytest
from django.urls import reverse

from incidents.choices import IncidentState, RoleName
from incidents.models import Incident, IncidentVersion
from taxonomy.actions.agreeing import take_over_groups, take_over_piles
from taxonomy.actions.batching import retire_category
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.revisions import InvalidTree, undo
from taxonomy.actions.rounds import freeze_round
from taxonomy.actions.sorting import (
    MOST,
    SortRefused,
    finish_sorting,
    put_on_pile,
    start_sort_of_moments,
)
from taxonomy.choices import BatchKind
from taxonomy.models import Assignment, Batch, Category, Coding, Pile
from taxonomy.queries import piling
from taxonomy.queries.piling import beside, candidates
from taxonomy.queries.sorts import desk_of, items_of, made_in
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db
TOLD = ("late bus", "lost bag", "rude clerk", "kind guard")


@pytest.fixture
def world():
    """Ann codes, Bob analyses, an admin; a scheme with an empty round; four accepted incidents."""
    study = StudyFactory()
    roles = {"admin": RoleName.ADMIN, "ann": RoleName.CODER, "bob": RoleName.ANALYST}
    people = {
        name: MemberFactory(study=study, roles=[role], display_name=name.title())
        for name, role in roles.items()
    }
    rounds = [{"position": 1, "name": "Fine"}]
    scheme = start_scheme(study=study, slug="s", name="S", rounds=rounds, by=people["admin"])
    for headline in TOLD:
        IncidentFactory(study=study, words={"headline": headline})
    IncidentFactory(study=study, state=IncidentState.SUBMITTED)
    IncidentFactory()  # of another study
    return SimpleNamespace(study=study, scheme=scheme, fine=scheme.rounds.get(), **people)


@pytest.fixture
def start(world):
    def start(**options):
        given = {"members": [world.ann, world.bob], "name": "Open", "number": 50, "seed": 1}
        return start_sort_of_moments(scheme=world.scheme, by=world.admin, **given | options)

    return start


@pytest.fixture
def sort(start):
    return start()


@pytest.fixture
def put(sort):
    def put(who, headline, to):
        sorter = sort.sorters.select_related("sort__scheme__study").get(member=who)
        item = sort.items.get(moment__incident__version__headline=headline)
        return put_on_pile(sorter=sorter, item=item, to=to, by=who)

    return put


@pytest.fixture
def done(world, sort, put):
    """Ann: Trouble and People; Bob: Waiting (without the bag, which he left) and Manners."""
    for headline, pile in zip(TOLD, ("Trouble", "Trouble", "People", "People"), strict=True):
        put(world.ann, headline, pile)
    for headline, pile in (("late bus", "Waiting"), ("rude clerk", "Manners"), ("kind guard", "2")):
        put(world.bob, headline, pile)
    for sorter in sort.sorters.select_related("sort__scheme__study", "member"):
        finish_sorting(sorter=sorter, by=sorter.member)
    sort.refresh_from_db()
    return sort


def url(sort, name):
    return reverse(f"taxonomy:{name}", args=[sort.scheme.study.slug, sort.scheme.slug, sort.uid])


# -- What is drawn -----------------------------------------------------------------------------


def test_accepted_moments_of_the_study_are_drawn_the_same_by_the_same_seed(start):
    def drawn(**options):
        return [item.heading for item in items_of(start(**options))]

    assert sorted(drawn()) == sorted(TOLD)
    assert drawn(number=2, seed=5) == drawn(number=2, seed=5)
    assert {tuple(drawn(number=2, seed=seed)) for seed in range(9)} != {tuple(drawn(number=2))}
    assert start(seed=None).seed is not None


def test_moments_of_a_batch_alone_are_drawn(world, start):
    batch = Batch.objects.create(scheme=world.scheme, name="B", kind=BatchKind.PLAN)
    moments = [item.moment for item in items_of(start())][:2]
    for moment in moments:
        for coder in (world.ann, world.bob):
            Assignment.objects.create(batch=batch, moment=moment, coder=coder)

    found = [item.moment_id for item in items_of(start(batch=batch))]

    assert sorted(found) == sorted(moment.pk for moment in moments)


def test_too_little_to_draw_is_refused(world, start):
    with pytest.raises(SortRefused, match="at least two"):
        start(number=1)
    with pytest.raises(SortRefused, match="who is to sort"):
        start(members=[])


# -- Sorting -----------------------------------------------------------------------------------


def test_a_sorter_reads_what_a_coder_reads_and_nothing_of_whom_or_where(client, world, sort):
    IncidentFactory(study=world.study)
    incident = items_of(sort)[0].moment.incident
    client.force_login(world.ann.user)

    text = client.get(url(sort, "sort_desk")).text

    assert f"Situation of {incident.uid}" in text
    interview = incident.interview
    hidden = [
        interview.respondent.code,
        interview.respondent.site.organization.name,
        interview.respondent.site.place,
        interview.interviewer.display_name,
    ]
    assert [word for word in hidden if word in text] == []


def test_cards_without_a_headline_are_called_by_how_their_words_begin(client, world, sort):
    words = IncidentVersion.objects.filter(incident__moments__in=sort.items.values("moment"))
    words.update(headline="", situation="It rained on the queue.")
    client.force_login(world.ann.user)

    page = client.get(url(sort, "sort_desk"))

    assert {item.heading for item in items_of(sort)} == {"It rained on the queue."}
    assert page.text.count('dir="auto">It rained on the queue.</a>') == sort.items.count()
    assert "Without a headline</h2>" in page.text


def test_each_pile_records_the_moment_that_founded_it_and_when(world, put):
    pile = put(world.ann, "lost bag", "Trouble").pile

    pile.refresh_from_db()
    assert pile.founded_on.heading == "lost bag"
    assert pile.created_at is not None


def test_sorting_moments_writes_no_coding(world, done):
    assert not Coding.objects.exists()
    assert not Assignment.objects.exists()


def test_what_leaves_the_study_leaves_the_desk_and_the_results(client, world, sort, put):
    put(world.ann, "lost bag", "Trouble")
    incident = sort.items.get(moment__incident__version__headline="lost bag").moment.incident
    incident.state = IncidentState.WITHDRAWN
    incident.save(update_fields=["state"])

    desk = desk_of(sort.sorters.get(member=world.ann))

    assert (desk.total, desk.placed) == (3, 0)
    assert made_in(sort, with_machine=True) == []
    client.force_login(world.ann.user)
    page = client.get(url(sort, "sort_show")).text
    assert ": 3 to sort" in page
    assert "0 of 3 sorted" in page


def test_the_words_of_what_was_withdrawn_are_on_no_part_of_the_desk(client, world, sort, put):
    put(world.ann, "lost bag", "Trouble")
    client.force_login(world.ann.user)
    assert "lost bag" in client.get(url(sort, "sort_desk")).text
    item = sort.items.get(moment__incident__version__headline="lost bag")
    Incident.objects.filter(moments=item.moment).update(state=IncidentState.WITHDRAWN)

    page = client.get(url(sort, "sort_desk"))
    again = client.post(url(sort, "sort_put"), {"item": item.uid, "to": "Other"}, follow=True)

    assert "data-undo" in page.text
    assert "lost bag" not in page.text
    assert again.status_code == 422
    assert "lost bag" not in again.text


def test_a_frozen_round_lets_no_new_pile_be_made_but_those_that_are_be_used(world, put):
    put(world.ann, "late bus", "Trouble")
    freeze_round(round=world.fine, by=world.admin)

    with pytest.raises(SortRefused, match="“Fine” is frozen: no new pile"):
        put(world.ann, "lost bag", "Luggage")

    assert put(world.ann, "lost bag", "1").pile.name == "Trouble"
    assert Pile.objects.count() == 1


def test_going_on_begins_with_what_was_agreed_on(world, start):
    add_category(round=world.fine, name="Trouble", by=world.admin)
    former = add_category(round=world.fine, name="Former", by=world.admin)
    retire_category(category=former, by=world.admin)

    sort = start(names_given=True)

    given = Pile.objects.filter(sorter__sort=sort)
    assert {(pile.name, pile.category.name) for pile in given} == {("Trouble", "Trouble")}
    sorter = sort.sorters.select_related("sort__scheme__study").get(member=world.ann)
    assert put_on_pile(sorter=sorter, item=sort.items.first(), to="New", by=world.ann).founded


# -- Comparing ---------------------------------------------------------------------------------


def headings(items):
    return {item.heading for item in items}


def test_piles_of_two_sorters_stand_side_by_side_with_what_they_share(done):
    ann, bob = made_in(done, with_machine=False)
    found = beside(ann, bob, list(items_of(done)))

    assert [(pile.name, number) for pile, number in found.columns] == [
        ("Waiting", 1),
        ("Manners", 2),
    ]
    trouble, people = found.rows
    assert found.table() == [(trouble, [1, 0]), (people, [0, 2])]
    (waiting,), (manners,) = trouble.shared, people.shared
    assert headings(waiting.only_first) == {"lost bag"}
    assert headings(manners.both) == {"rude clerk", "kind guard"}
    assert (headings(found.lone_first), found.lone_second) == ({"lost bag"}, [])


def test_the_nearest_pile_stands_first(done):
    ann, bob = made_in(done, with_machine=False)
    items = list(items_of(done))
    one, two, three = (item.pk for item in items[:3])
    (mine, _), (small, large) = ann.piles.values(), bob.piles.values()
    first = dataclasses.replace(ann, partition={one: mine.pk, two: mine.pk, three: mine.pk})
    second = dataclasses.replace(bob, partition={one: small.pk, two: large.pk, three: large.pk})

    (row,) = beside(first, second, items).rows

    assert [shared.pile for shared in row.shared] == [large, small]


def test_the_page_names_shared_and_lone_moments(client, world, done):
    client.force_login(world.bob.user)

    text = client.get(url(done, "sort_results")).text

    assert all(headline in text for headline in TOLD)
    assert "Placed by one of them only" in text
    other = client.get(url(done, "sort_results"), {"first": "nobody", "second": "x" * 50})
    assert other.status_code == 200


def test_more_piles_than_a_table_can_show_are_compared_in_words(client, world, done, monkeypatch):
    client.force_login(world.bob.user)
    assert "too many piles for a table" not in client.get(url(done, "sort_results")).text
    monkeypatch.setattr(piling, "MOST_IN_TABLE", 1)

    text = client.get(url(done, "sort_results")).text

    assert "too many piles for a table" in text
    assert "How many moments both put there" not in text
    assert "2 shared" in text


def test_who_codes_these_moments_blindly_does_not_see_how_others_sorted_them(client, world, done):
    batch = Batch.objects.create(scheme=world.scheme, name="B", kind=BatchKind.PLAN)
    moment = items_of(done)[0].moment
    Assignment.objects.create(batch=batch, moment=moment, coder=world.ann)
    client.force_login(world.ann.user)

    text = client.get(url(done, "sort_results")).text

    assert "Manners" not in text
    assert "when your batch is done" in text
    client.force_login(world.bob.user)
    assert "Manners" in client.get(url(done, "sort_results")).text


# -- Agreeing ----------------------------------------------------------------------------------


def test_piles_that_match_are_offered_under_one_name(done):
    made = made_in(done, with_machine=False)

    found = {
        (each.made.sorter.member.display_name, each.pile.name): each.name
        for each in candidates(made, list(items_of(done)))
    }

    assert found == {
        ("Ann", "Trouble"): "Trouble",
        ("Ann", "People"): "People",
        ("Bob", "Waiting"): "Trouble",
        ("Bob", "Manners"): "People",
    }


def chosen(done, **names):
    """Piles by their names, and what they are to be called."""
    piles = {pile.name: pile for pile in Pile.objects.filter(sorter__sort=done)}
    return [(piles[name], wanted) for name, wanted in names.items()]


def test_piles_become_categories_in_one_revision_and_know_it(world, done):
    number = world.scheme.revision
    piles = chosen(done, Trouble="Trouble", Waiting="trouble", Manners="Manners", People="")

    revision = take_over_piles(sort=done, chosen=piles, by=world.admin, rationale="Agreed.")

    assert revision.number == number + 1
    assert revision.rationale == "From the sort “Open”. Agreed."
    became = {pile.name: pile.category and pile.category.name for pile in Pile.objects.all()}
    assert became == {
        "Trouble": "Trouble",
        "Waiting": "Trouble",
        "Manners": "Manners",
        "People": None,
    }
    first = Category.objects.get(name="Trouble").piles.order_by("created_at").first()
    assert first.founded_on.heading == "late bus"

    undo(revision=revision, by=world.admin)
    assert not Category.objects.filter(exists=True).exists()


def test_a_frozen_round_takes_no_pile_over(world, done):
    freeze_round(round=world.fine, by=world.admin)

    with pytest.raises(InvalidTree, match="“Fine” is frozen"):
        take_over_piles(sort=done, chosen=chosen(done, People="People"), by=world.admin)
    assert not Category.objects.exists()


def test_what_is_of_another_kind_is_not_taken_over(world, done):
    with pytest.raises(SortRefused, match="nothing of that kind"):
        take_over_groups(sort=done, groups=[], by=world.admin)


def test_the_page_of_piles_makes_categories_and_says_what_founded_each(client, world, done):
    client.force_login(world.admin.user)
    page = client.get(url(done, "sort_piles"))
    assert page.text.count("late bus") == 2  # founded Trouble and Waiting

    piles = Pile.objects.order_by("pk")
    fields = {"pile": [pile.uid for pile in piles], "name": ["A", "", "B", "A"]}
    answer = client.post(url(done, "sort_piles"), fields, follow=True)

    assert "Took over a sort: added “A” and “B”." in answer.text
    assert set(Category.objects.values_list("name", flat=True)) == {"A", "B"}


def test_as_many_piles_as_two_may_make_of_the_most_moments_are_sent_at_once(client, world, done):
    Pile.objects.all().delete()
    piles = Pile.objects.bulk_create(
        Pile(sorter=sorter, position=position, name=f"Pile {position}")
        for sorter in done.sorters.all()
        for position in range(1, MOST + 1)
    )
    client.force_login(world.admin.user)
    names = ["Trouble", *[""] * (len(piles) - 1)]

    client.post(url(done, "sort_piles"), {"pile": [pile.uid for pile in piles], "name": names})

    assert Category.objects.get().name == "Trouble"


@pytest.mark.parametrize(
    ("names", "said"),
    [(["x" * 301], "at most 300 characters"), ([""], "Nothing would change")],
)
def test_names_that_cannot_be_taken_come_back(client, world, done, names, said):
    client.force_login(world.admin.user)
    fields = {"pile": [Pile.objects.first().uid], "name": names, "rationale": "So."}

    answer = client.post(url(done, "sort_piles"), fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert not Category.objects.exists()


def test_who_codes_these_moments_blindly_makes_no_categories_of_them(client, world, done):
    batch = Batch.objects.create(scheme=world.scheme, name="B", kind=BatchKind.PLAN)
    moment = items_of(done)[0].moment
    given = Assignment.objects.create(batch=batch, moment=moment, coder=world.admin)
    client.force_login(world.admin.user)
    piles = [pile.uid for pile in Pile.objects.order_by("pk")]
    fields = {"pile": piles, "name": ["A", "B", "A", "B"]}

    page = client.get(url(done, "sort_piles"))
    answer = client.post(url(done, "sort_piles"), fields)

    assert (page.status_code, answer.status_code) == (200, 422)
    assert all("when your batch is done" in each.text for each in (page, answer))
    assert not any("Manners" in each.text for each in (page, answer))
    assert not Category.objects.exists()
    given.delete()
    client.post(url(done, "sort_piles"), fields)
    assert Category.objects.count() == 2


def test_an_admin_starts_a_sort_of_moments(client, world):
    client.force_login(world.admin.user)
    address = reverse("taxonomy:sort_of_moments", args=[world.study.slug, world.scheme.slug])

    uid = client.get(address).context["form"]["uid"].value()
    fields = {"name": "Open", "number": "3", "seed": "7", "members": [world.ann.uid], "uid": uid}
    client.post(address, fields)
    client.post(address, fields)  # pressed twice

    sort = world.scheme.sorts.get()
    assert (sort.items.count(), sort.seed) == (3, 7)
    assert client.post(address, {"name": "Open", "number": "1"}).status_code == 422


@pytest.mark.parametrize("more", [0, 25])
def test_the_desk_of_moments_takes_the_same_queries_however_many(
    client, world, start, more, django_assert_num_queries
):
    for _each in range(more):
        IncidentFactory(study=world.study)
    sort = start()
    client.force_login(world.ann.user)
    client.get(url(sort, "sort_desk"))

    with django_assert_num_queries(12):
        answer = client.get(url(sort, "sort_desk"))

    assert answer.text.count("?card=") >= 2 * (4 + more)
