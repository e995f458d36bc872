"""The pages of sorts: the desk without a script and with htmx, results, and agreeing."""

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.choices import RoleName
from taxonomy.actions.rounds import freeze_round
from taxonomy.actions.sorting import MOST, finish_sorting, put_on_pile, start_sort, undo_step
from taxonomy.models import Category, PairVerdict, Sort
from tests.factories import MemberFactory
from tests.taxonomy.factories import CategoryFactory
from tests.taxonomy.sorting.test_agreeing import parents
from tests.taxonomy.sorting.test_sorting import piles_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def url(sort, name, **more):
    address = {"slug": sort.scheme.study.slug, "scheme": sort.scheme.slug, "uid": sort.uid}
    return reverse(f"taxonomy:{name}", kwargs={**address, **more})


def card(sort, name):
    return str(sort.items.get(category__name=name).uid)


@pytest.fixture
def as_ann(client, world):
    client.force_login(world.ann.user)
    return client


@pytest.fixture
def as_admin(client, world):
    client.force_login(world.admin.user)
    return client


# -- Starting ----------------------------------------------------------------------------------


def test_an_admin_starts_a_sort_and_whom_they_chose_finds_it(client, as_admin, world):
    address = reverse("taxonomy:sort_create", args=[world.study.slug, world.scheme.slug])
    fields = {
        "name": "Second",
        "round": world.fine.uid,
        "members": [world.ann.uid],
        "groups": "2",
    }

    as_admin.post(address, fields)

    sort = Sort.objects.get()
    assert (sort.groups, [sorter.member for sorter in sort.sorters.all()]) == (2, [world.ann])
    client.force_login(world.ann.user)
    listed = client.get(reverse("taxonomy:sort_list", args=[world.study.slug, world.scheme.slug]))
    assert url(sort, "sort_desk") in listed.text
    client.force_login(world.bob.user)
    assert client.get(url(sort, "sort_desk")).status_code == 404


def test_a_form_that_is_sent_twice_starts_one_sort_and_is_nobody_elses(client, as_admin, world):
    address = reverse("taxonomy:sort_create", args=[world.study.slug, world.scheme.slug])
    uid = as_admin.get(address).context["form"]["uid"].value()
    fields = {"uid": uid, "name": "n", "round": world.fine.uid, "members": [world.ann.uid]}

    for _ in range(2):
        assert as_admin.post(address, fields).status_code == 302

    assert str(Sort.objects.get().uid) == uid
    client.force_login(MemberFactory(study=world.study, roles=[RoleName.ADMIN]).user)
    refused = client.post(address, fields)
    assert refused.status_code == 422
    assert "Open the form anew" in refused.text
    assert Sort.objects.get().sorters.count() == 1


def test_what_cannot_be_sorted_is_said_on_the_form(as_admin, world):
    address = reverse("taxonomy:sort_create", args=[world.study.slug, world.scheme.slug])
    fields = {"name": "x", "round": world.coarse.uid, "members": [world.ann.uid]}

    answer = as_admin.post(address, fields)

    assert answer.status_code == 422
    assert "at least two to sort" in answer.text


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_of_sorts_takes_the_same_queries_however_many(
    as_admin, world, rows, django_assert_num_queries
):
    for number in range(rows):
        start_sort(
            round=world.fine, members=[world.ann, world.bob], name=f"Sort {number}", by=world.admin
        )
    address = reverse("taxonomy:sort_list", args=[world.study.slug, world.scheme.slug])
    as_admin.get(address)

    with django_assert_num_queries(6):
        answer = as_admin.get(address)

    assert answer.text.count("row-link") == rows


def test_the_list_of_sorts_goes_on_after_fifty(as_admin, world):
    Sort.objects.bulk_create(
        Sort(
            scheme=world.scheme, round=world.fine, name=f"Sort {number:02}", started_by=world.admin
        )
        for number in range(51)
    )
    address = reverse("taxonomy:sort_list", args=[world.study.slug, world.scheme.slug])

    first = as_admin.get(address)
    oldest_shown = Sort.objects.get(name="Sort 01")
    second = as_admin.get(address, {"after": oldest_shown.uid})

    assert f"?after={oldest_shown.uid}" in first.text
    assert (first.text.count("row-link"), "Sort 00" in first.text) == (50, False)
    oldest = Sort.objects.get(name="Sort 00")
    assert f"?before={oldest.uid}" in second.text
    assert (second.text.count("row-link"), "Sort 00" in second.text) == (1, True)


def test_who_is_to_sort_finds_it_where_they_code(as_ann, world, sort, put):
    address = reverse("taxonomy:coding_list", args=[world.study.slug])

    assert url(sort, "sort_desk") in as_ann.get(address).text
    put(world.ann, "Late", "Time")
    finish_sorting(sorter=world.sorters[world.ann], by=world.ann)
    assert url(sort, "sort_desk") not in as_ann.get(address).text


# -- The desk ----------------------------------------------------------------------------------


def test_a_card_is_put_and_the_next_one_is_in_hand(as_ann, world, sort):
    answer = as_ann.post(
        url(sort, "sort_put"), {"item": card(sort, "Late"), "to": "Time"}, headers=HTMX
    )

    assert "<html" not in answer.text
    assert "“Late” begins the pile “Time”." in answer.text
    assert f'name="item" value="{card(sort, "Slow")}"' in answer.text
    assert piles_of(world.sorters[world.ann]) == {"Time": ["Late"]}


def test_without_a_script_the_same_is_done_by_pages(as_ann, world, sort):
    answer = as_ann.post(
        url(sort, "sort_put"), {"item": card(sort, "Late"), "to": "Time"}, follow=True
    )

    assert answer.redirect_chain[0][1] == 302
    assert "“Late” begins the pile “Time”." in answer.text
    assert f'name="item" value="{card(sort, "Slow")}"' in answer.text


def test_a_pile_that_is_pressed_counts_before_what_was_typed(as_ann, world, sort, put):
    pile = put(world.ann, "Late", "Time").pile
    fields = {"item": card(sort, "Slow"), "to": "Tone", "pile": str(pile.uid)}

    as_ann.post(url(sort, "sort_put"), fields)

    assert piles_of(world.sorters[world.ann]) == {"Time": ["Late", "Slow"]}


def test_nothing_typed_passes_the_card_over(as_ann, world, sort):
    answer = as_ann.post(
        url(sort, "sort_put"), {"item": card(sort, "Late"), "to": " "}, headers=HTMX
    )

    assert f'name="item" value="{card(sort, "Slow")}"' in answer.text
    assert piles_of(world.sorters[world.ann]) == {}


def test_what_is_refused_keeps_what_was_typed(as_ann, world, sort):
    answer = as_ann.post(
        url(sort, "sort_put"), {"item": card(sort, "Late"), "to": "17"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "There is no pile 17" in answer.text
    assert 'value="17"' in answer.text
    assert f'name="item" value="{card(sort, "Late")}"' in answer.text


def test_the_receipt_says_where_another_window_had_put_the_card(as_ann, world, sort, put):
    put(world.ann, "Late", "Time")  # in another window; this one shows it in no pile
    fields = {"item": card(sort, "Late"), "to": "Tone", "was": ""}

    answer = as_ann.post(url(sort, "sort_put"), fields, headers=HTMX)

    assert "Another window had put it in “Time”" in answer.text
    undo_step(sorter=world.sorters[world.ann], by=world.ann)
    assert piles_of(world.sorters[world.ann]) == {"Time": ["Late"]}


def test_undoing_what_is_no_longer_the_last_is_a_conflict(as_ann, world, sort, put):
    put(world.ann, "Late", "Time")
    put(world.ann, "Slow", "Time")

    answer = as_ann.post(url(sort, "sort_undo"), {"step": "1"}, headers=HTMX)

    assert answer.status_code == 409
    assert "in another window since" in answer.text
    assert piles_of(world.sorters[world.ann]) == {"Time": ["Late", "Slow"]}


def test_a_pile_is_renamed_on_the_desk(as_ann, world, sort, put):
    pile = put(world.ann, "Late", "Time").pile

    as_ann.post(url(sort, "pile_rename", pile=pile.uid), {"name": "Waiting"})

    assert piles_of(world.sorters[world.ann]) == {"Waiting": ["Late"]}


def test_being_done_and_not_yet(as_ann, world, sort, put):
    put(world.ann, "Late", "Time")

    as_ann.post(url(sort, "sort_finish"))
    assert "I am not done yet" in as_ann.get(url(sort, "sort_show")).text
    refused = as_ann.post(url(sort, "sort_put"), {"item": card(sort, "Slow"), "to": "Time"})
    assert refused.status_code == 422
    as_ann.post(url(sort, "sort_resume"))
    as_ann.post(url(sort, "sort_put"), {"item": card(sort, "Slow"), "to": "Time"})

    assert piles_of(world.sorters[world.ann]) == {"Time": ["Late", "Slow"]}


@pytest.mark.parametrize("more", [0, 60])
def test_the_desk_takes_the_same_queries_however_much_is_sorted(
    as_ann, world, more, django_assert_num_queries
):
    for _each in range(more):
        CategoryFactory(round=world.fine)
    sort = start_sort(round=world.fine, members=[world.ann, world.bob], name="x", by=world.admin)
    sorter = sort.sorters.select_related("sort__scheme__study").get(member=world.ann)
    for number, item in enumerate(list(sort.items.all())[:-1]):
        put_on_pile(sorter=sorter, item=item, to=f"Pile {number % 12}", by=world.ann)
    as_ann.get(url(sort, "sort_desk"))

    with django_assert_num_queries(9):
        answer = as_ann.get(url(sort, "sort_desk"))

    assert answer.text.count("sort-pile-head") == min(3 + more, 12)


# -- Blind -------------------------------------------------------------------------------------


def test_nobody_sees_what_others_made_before_all_have_finished(client, world, sort, put):
    put(world.ann, "Late", "zq-planted")
    finish_sorting(sorter=world.sorters[world.ann], by=world.ann)
    world.bob.roles.create(name=RoleName.ADMIN)  # whatever other roles they hold
    pages = ("sort_show", "sort_desk", "sort_results", "sort_agree")
    analyst = MemberFactory(study=world.study, roles=[RoleName.ANALYST])

    client.force_login(world.ann.user)
    assert "zq-planted" in client.get(url(sort, "sort_desk")).text
    for who in (world.bob, world.admin, analyst):
        client.force_login(who.user)
        told = [client.get(url(sort, name)).text for name in pages]
        assert not any("zq-planted" in text for text in told)
        assert not any("dendrogram" in text or "Most disputed" in text for text in told)

    put(world.bob, "Late", "Time")
    finish_sorting(sorter=world.sorters[world.bob], by=world.bob)
    client.force_login(world.admin.user)
    assert "zq-planted" in client.get(url(sort, "sort_agree") + "?groups=3").text


# -- Results and agreeing ----------------------------------------------------------------------


@pytest.mark.parametrize("linkage", ["average", "single", "complete", "none of them"])
def test_results_show_agreement_tree_and_matrix(as_ann, done, linkage):
    answer = as_ann.get(url(done, "sort_results"), {"linkage": linkage, "groups": "2"})

    assert answer.status_code == 200
    assert "Ann" in answer.text
    assert "-0.29" in answer.text  # adjusted Rand of Ann and Bob
    assert '<path class="dendrogram-tree" d="M' in answer.text
    assert answer.text.count('<td class="share-3">50</td>') == 3
    assert " style=" not in answer.text


def test_results_take_the_same_queries_however_many_sorters(
    as_admin, world, done, django_assert_num_queries
):
    people = [MemberFactory(study=world.study, roles=[RoleName.CODER]) for _ in range(8)]
    wide = start_sort(round=world.fine, members=people, name="wide", by=world.admin)
    for sorter in wide.sorters.select_related("sort__scheme__study", "member"):
        for number, item in enumerate(wide.items.all()):
            put_on_pile(sorter=sorter, item=item, to=f"Pile {number % 2}", by=sorter.member)
        finish_sorting(sorter=sorter, by=sorter.member)
    as_admin.get(url(done, "sort_results"))

    for sort in (done, wide):
        with django_assert_num_queries(10):
            as_admin.get(url(sort, "sort_results"))


def test_agreeing_opens_on_the_most_disputed_pairs_with_groups_named(as_admin, world, done):
    answer = as_admin.get(url(done, "sort_agree"), {"groups": "3"})

    assert answer.text.index("Most disputed pairs") < answer.text.index("Names; without one")
    assert answer.text.count('value="together"') == 3
    assert 'value="Time" aria-label="Name of group 1"' in answer.text


def test_a_pair_is_settled_without_a_reload(as_admin, world, done):
    fields = {"first": card(done, "Late"), "second": card(done, "Slow"), "verdict": "together"}

    answer = as_admin.post(url(done, "sort_settle"), fields | {"groups": "3"}, headers=HTMX)

    assert "<html" not in answer.text
    assert "1 pair settled by hand" in answer.text
    assert answer.text.count('value="together"') == 2
    assert PairVerdict.objects.get().together


def typed_into(page, **names):
    """The form of groups as it would be sent, with other names for those of these cards."""
    rows, called = page.context["rows"], list(page.context["names"])
    for item, number in rows:
        called[int(number) - 1] = names.get(item.heading, called[int(number) - 1])
    numbers = [number for _item, number in rows]
    return {
        "item": [str(item.uid) for item, _number in rows],
        "group": numbers,
        "offered": ",".join(numbers),
        "name": called,
        "rationale": "As we said.",
    }


def grouped(answer):
    names = answer.context["names"]
    return {item.heading: names[int(number) - 1] for item, number in answer.context["rows"]}


@pytest.fixture
def settle(as_admin, done):
    """Settle a pair with the form of groups as it was typed."""

    def settle(first, second, typed):
        pair = {"first": card(done, first), "second": card(done, second), "verdict": "together"}
        fields = {**typed, **pair, "groups": "3"}
        return as_admin.post(url(done, "sort_settle"), fields, headers=HTMX)

    return settle


def test_settling_a_pair_keeps_the_names_and_the_reason_that_were_typed(as_admin, done, settle):
    page = as_admin.get(url(done, "sort_agree"), {"groups": "3"})
    assert grouped(page) == {"Late": "Time", "Slow": "Time", "Rude": "Tone", "Cold": "Cool"}

    answer = settle("Slow", "Rude", typed_into(page, Late="Delay", Rude="Manner", Cold="Chill"))

    assert grouped(answer) == {"Late": "Delay", "Slow": "Manner", "Rude": "Manner", "Cold": "Chill"}
    assert "As we said." in answer.text
    assert 'id="agree-form"' in answer.text
    assert answer.text.count('hx-include="#agree-form"') == 3


def test_groups_that_were_made_by_hand_stay_so_when_a_pair_is_settled(as_admin, done, settle):
    typed = typed_into(as_admin.get(url(done, "sort_agree"), {"groups": "3"}), Cold="Chill")
    moved = {**typed, "group": ["1", "2", "2", "3"]}

    again = settle("Late", "Slow", moved)

    assert [number for _item, number in again.context["rows"]] == ["1", "2", "2", "3"]
    assert again.context["names"] == typed["name"]


def taken(done, **fields):
    """The groups of a form: Late and Slow first, Rude second, Cold in none."""
    cards = [card(done, name) for name in ("Late", "Slow", "Rude", "Cold")]
    groups = {"item": cards, "group": ["1", "1", "2", ""], "name": ["Time", "Tone"]}
    return {**groups, "rationale": "Agreed.", **fields}


def test_the_form_makes_the_next_round_and_the_history_takes_it_back(as_admin, world, done):
    as_admin.post(url(done, "sort_agree"), taken(done))

    assert parents(world) == {"Late": "Time", "Slow": "Time", "Rude": "Tone", "Cold": None}
    revision = world.scheme.revisions.latest("number")
    undo = reverse(
        "taxonomy:revision_undo", args=[world.study.slug, world.scheme.slug, revision.uid]
    )
    as_admin.post(undo, {"rationale": ""})
    assert set(parents(world).values()) == {None}


def test_what_is_done_is_said_with_its_undo(as_admin, world, done):
    answer = as_admin.post(url(done, "sort_agree"), taken(done), follow=True)

    revision = world.scheme.revisions.latest("number")
    (message,) = answer.context["messages"]
    assert str(message) == "Took over a sort: added “Time” and “Tone”."
    assert message.extra_tags.endswith(f"/{revision.uid}/undo/")


def test_what_stands_elsewhere_is_counted_before_it_is_moved(as_admin, world, done):
    page = url(done, "sort_agree") + "?groups=3"
    assert "already and will be moved" not in as_admin.get(page).text
    group = Category.objects.filter(round=world.fine, name__in=["Late", "Slow"])
    group.update(parent=CategoryFactory(round=world.coarse, name="Before"))

    assert "2 of these stand under another category of “Coarse” already" in as_admin.get(page).text
    typed = as_admin.post(url(done, "sort_agree"), taken(done, name=["before", ""], revision="0"))
    assert "already and will be moved" not in typed.text


def test_how_many_stand_in_the_round_above_is_said_before_others_are_added(as_admin, world, done):
    assert "already. A group of" not in as_admin.get(url(done, "sort_agree")).text
    CategoryFactory(round=world.coarse, name="Time")
    CategoryFactory(round=world.coarse, name="Gone", exists=False)
    assert "“Coarse” has 1 category already." in as_admin.get(url(done, "sort_agree")).text
    CategoryFactory(round=world.coarse, name="Tone")
    assert "“Coarse” has 2 categories already." in as_admin.get(url(done, "sort_agree")).text


def test_what_is_said_of_the_end_of_a_sort_holds_when_it_is_opened_again(as_admin, sort):
    page = as_admin.get(url(sort, "sort_show")).text
    assert "nobody sorts on unless a study admin opens the sort again" in page
    assert "final" not in page


def test_the_most_things_in_as_many_groups_are_sent_at_once(as_admin, world):
    for number in range(MOST - 4):
        CategoryFactory(round=world.fine, position=number + 9)
    sort = start_sort(round=world.fine, members=[world.ann], name="Wide", by=world.admin)
    sort.sorters.update(finished_at=timezone.now())
    Sort.objects.filter(pk=sort.pk).update(closed_at=timezone.now())
    items = list(sort.items.values_list("uid", flat=True))
    fields = {"item": items, "group": ["1"] * MOST, "name": ["Time", *[""] * (MOST + 2)]}

    as_admin.post(url(sort, "sort_agree"), {**fields, "rationale": "", "groups": MOST})

    assert Category.objects.filter(parent__name="Time").count() == MOST


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"group": ["1", "1", "9", ""]}, "There is no group “9”"),
        ({"group": ["1", "one", "2", ""]}, "There is no group “one”"),
        ({"name": ["x" * 301, "Tone"]}, "at most 300 characters"),
        ({"name": ["", ""]}, "Nothing would change"),
    ],
)
def test_a_form_that_cannot_be_taken_over_comes_back_as_typed(as_admin, world, done, fields, said):
    answer = as_admin.post(url(done, "sort_agree"), taken(done, **fields))

    assert answer.status_code == 422
    assert said in answer.text
    assert "Agreed." in answer.text
    assert not Category.objects.filter(round=world.coarse).exists()


def test_a_stale_form_is_a_conflict_that_keeps_what_was_typed(as_admin, world, done):
    answer = as_admin.post(url(done, "sort_agree"), taken(done, revision="0"))

    assert answer.status_code == 409
    assert 'value="Tone"' in answer.text


def test_a_frozen_round_above_is_said_before_and_after(as_admin, world, done):
    freeze_round(round=world.coarse, by=world.admin)

    assert "“Coarse” is frozen" in as_admin.get(url(done, "sort_agree")).text
    answer = as_admin.post(url(done, "sort_agree"), taken(done))
    assert answer.status_code == 422
    assert "“Coarse” is frozen; reopen it first." in answer.text
