"""Everybody reads the schemes of a study; admins change them, one revision at a time."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.revisions import undo
from taxonomy.models import Category, Round, Scheme, Tally, TallyPointer
from taxonomy.queries.codebooks import FOLDER, TEMPLATES, codebook
from tests.factories import MemberFactory, SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    member = MemberFactory(study__slug="s", roles=[RoleName.ADMIN])
    client.force_login(member.user)
    return member


@pytest.fixture
def scheme(admin):
    rounds = [{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}]
    top = {"round": 2, "code": "T", "name": "Top", "definition": "What is above"}
    return start_scheme(
        study=admin.study, slug="x", name="X", rounds=rounds, categories=[top], by=admin
    )


@pytest.fixture
def leaf(scheme):
    return add_category(round=fine(scheme), name="Leaf", by=None)


def fine(scheme):
    return Round.objects.get(scheme=scheme, position=1)


def url(name, *args):
    return reverse(f"taxonomy:{name}", args=["s", *args])


# -- Reading ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(RoleName))
def test_every_role_reads_a_scheme_and_only_admins_see_buttons(client, admin, leaf, role):
    member = MemberFactory(study=admin.study, roles=[role])
    client.force_login(member.user)

    board = client.get(url("scheme_show", "x")).text
    top = Category.objects.get(name="Top")
    words, page = url("category_show", "x", top.uid), url("category_show", "x", leaf.uid)

    assert ("Leaf" in board, words in board, "What is above" in board) == (True, True, False)
    part = client.get(words, headers={"HX-Request": "true"}).text
    assert ("What is above" in part, "<html" in part) == (True, False)
    placing = url("categories_place", "x")
    for address in (url("category_edit", "x", leaf.uid), f"{placing}?category={leaf.uid}"):
        offered = f'"{address}"' in client.get(page).text
        assert offered == (role == RoleName.ADMIN)
    assert placing not in part  # nothing is coarser


@pytest.mark.parametrize(
    ("role", "shown"), [(RoleName.ANALYST, [7, 7]), (RoleName.INTERVIEWER, [None, None])]
)
def test_counts_follow_the_tree_and_show_where_results_may_be_seen(
    client, scheme, leaf, role, shown
):
    Category.objects.filter(pk=leaf.pk).update(parent=Category.objects.get(name="Top"))
    TallyPointer.objects.create(scheme=scheme, generation=4, data_seq=0)
    tally = {"scheme": scheme, "site": SiteFactory(study=scheme.study), "outcome": "single"}
    for generation, moments in ((4, 7), (3, 100)):
        Tally.objects.create(
            **tally,
            category=leaf,
            generation=generation,
            moments=moments,
            viewpoint="customer",
            valence="positive",
        )
    client.force_login(MemberFactory(study=scheme.study, roles=[role]).user)

    columns = client.get(url("scheme_show", "x")).context["columns"]

    assert [card.moments for column in columns for card in column.cards] == shown


def test_the_board_is_fetched_anew_only_after_a_change(client, admin, scheme):
    address = url("scheme_board", "x")
    assert client.get(address, {"since": 1}).status_code == 204

    add_category(round=fine(scheme), name="Leaf", by=admin)
    changed = client.get(address, {"since": 1})

    assert (changed.status_code, "<html" in changed.text) == (200, False)
    assert 'data-announce="Added “Leaf”."' in changed.text
    assert 'data-revision="2"' in changed.text


def test_the_board_groups_a_round_by_what_it_is_batched_into(client, admin, scheme):
    top = Category.objects.get(name="Top")
    add_category(round=top.round, name="Bare", by=admin)
    for name in ("Leaf", "Twig"):
        add_category(round=fine(scheme), parent=top, name=name, by=admin)
    add_category(round=fine(scheme), name="Loose", by=admin)

    page = client.get(url("scheme_show", "x"))

    coarse, finest = page.context["columns"]
    assert (coarse.above, finest.above) == (None, "Coarse")
    assert [
        (group.parent and group.parent.name, [card.node.name for card in group.cards])
        for group in finest.groups
    ] == [(None, ["Loose"]), ("Top", ["Leaf", "Twig"]), ("Bare", [])]
    assert "2 of 3 batched into 1" in page.text
    client.force_login(MemberFactory(study=admin.study, roles=[RoleName.CODER]).user)
    reading = client.get(url("scheme_show", "x")).text
    assert ("Nothing stands under it yet" in reading, 'name="category"' in reading) == (0, 0)


@pytest.mark.parametrize("rows", [1, 30])
def test_a_scheme_takes_twenty_queries_for_any_number_of_categories(
    client, admin, scheme, rows, django_assert_num_queries
):
    top = Category.objects.get(name="Top")
    for number in range(rows):
        add_category(round=fine(scheme), parent=top, name=f"Leaf {number}", by=admin)

    with django_assert_num_queries(20):
        response = client.get(url("scheme_show", "x"))

    assert response.text.count('<details class="scheme-category"') == rows + 1


def test_before_there_is_a_scheme_a_holdout_can_be_drawn(client, admin):
    assert f'href="{url("holdout_show")}"' in client.get(url("scheme_list")).text


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_takes_four_queries_for_any_number_of_schemes(
    client, admin, rows, django_assert_num_queries
):
    for number in range(rows):
        start_scheme(study=admin.study, slug=f"s{number}", name=f"S{number}", by=None)

    with django_assert_num_queries(4):
        response = client.get(url("scheme_list"))

    assert response.text.count("row-title") == rows


def test_the_list_of_schemes_goes_on_after_fifty_from_the_first_made(client, admin):
    made = [
        start_scheme(study=admin.study, slug=f"s{number}", name=f"Scheme {number:02}", by=None)
        for number in range(51)
    ]
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for number, scheme in enumerate(made):
        Scheme.objects.filter(pk=scheme.pk).update(created_at=start + dt.timedelta(number))

    first = client.get(url("scheme_list"))
    (after,) = re.findall(r'href="(\?after=[^"]+)"', first.text)
    second = client.get(url("scheme_list") + html.unescape(after))
    (before,) = re.findall(r'href="(\?before=[^"]+)"', second.text)
    back = client.get(url("scheme_list") + html.unescape(before))

    shown = [re.findall(r"Scheme \d\d", page.text) for page in (first, second, back)]
    assert shown[0] == [f"Scheme {number:02}" for number in range(50)]
    assert shown[1:] == [["Scheme 50"], shown[0]]


@pytest.mark.parametrize("rows", [1, 30])
def test_the_history_takes_nine_queries_for_any_number_of_revisions(
    client, scheme, rows, django_assert_num_queries
):
    for number in range(rows):
        add_category(round=fine(scheme), name=f"Leaf {number}", by=None)

    with django_assert_num_queries(9):
        response = client.get(url("scheme_history", "x"))

    assert response.text.count('scope="row"') == rows + 1


@pytest.mark.parametrize("times", [2, 12])
def test_the_history_takes_one_query_more_where_something_was_done_again(
    client, leaf, times, django_assert_num_queries
):
    take_back(leaf.scheme, times)

    with django_assert_num_queries(10):
        response = client.get(url("scheme_history", "x"))

    assert response.text.count("Did again: Added “Leaf”.") == times // 2


@pytest.mark.parametrize(
    ("times", "sentence", "button"),
    [
        (0, "Added “Leaf”.", "Take back"),
        (1, "Took back revision 2: Added “Leaf”.", "Do it again"),
        (2, "Did again: Added “Leaf”.", "Take back"),
        (3, "Took back revision 4: Added “Leaf”.", "Do it again"),
        (4, "Did again: Added “Leaf”.", "Take back"),
    ],
)
def test_what_was_done_again_is_taken_back_and_what_was_taken_back_done_again(
    client, leaf, times, sentence, button
):
    last = take_back(leaf.scheme, times)
    address = url("revision_undo", "x", last.uid)

    row = client.get(url("scheme_history", "x")).text.partition('scope="row"')[2]

    assert sentence in row.partition("</tr>")[0]
    assert button in row.partition(f'href="{address}"')[2].partition("</a>")[0]


@pytest.mark.parametrize(
    ("times", "title", "said"),
    [
        (0, "Take back revision 2", "Added “Leaf”."),
        (1, "Do it again", "Took back revision 2: Added “Leaf”."),
        (2, "Take back revision 4", "Did again: Added “Leaf”."),
    ],
)
def test_who_takes_a_revision_back_reads_what_it_did(client, leaf, times, title, said):
    last = take_back(leaf.scheme, times)

    page = client.get(url("revision_undo", "x", last.uid)).text

    assert f'<span dir="auto">{title}</span>' in page
    assert f'<p class="soft" dir="auto">{said}</p>' in page
    assert (
        f'<button class="btn btn-primary" type="submit">{title.partition(" revision")[0]}</button>'
        in page
    )


def take_back(scheme, times):
    """Take the last revision back, and that again, so many times; the last of them."""
    last = scheme.revisions.latest("number")
    for _ in range(times):
        last = undo(revision=last, by=None)
    return last


# -- Starting ---------------------------------------------------------------------------------


def test_a_blank_scheme_has_one_round_to_fill(client, admin):
    data = {"name": "Kinds", "slug": "kinds", "description": "", "finest": "Kinds of it"}

    response = client.post(url("scheme_create"), data)

    assert response.url == url("scheme_show", "kinds")
    assert Round.objects.get(scheme__slug="kinds").name == "Kinds of it"


@pytest.mark.parametrize("name", [template.name for template in TEMPLATES])
def test_a_template_is_used_once(client, admin, name):
    made = client.post(url("scheme_from_template"), {"template": name})
    page = client.get(url("scheme_create")).text
    again = client.post(url("scheme_from_template"), {"template": name}, follow=True)

    scheme = Scheme.objects.get()
    assert made.url == url("scheme_show", name)
    assert scheme.categories.count() == len(codebook(name)["categories"])
    assert scheme.rounds.count() == len(codebook(name)["rounds"])
    assert [f'value="{other.name}"' in page for other in TEMPLATES] == [
        other.name != name for other in TEMPLATES
    ]
    assert page.count("The study has it already.") == 1
    assert "The study has a scheme with this short name." in again.text


@pytest.mark.parametrize(
    ("data", "words"),
    [({}, "Choose a template."), ({"template": "../serve"}, "Select a valid choice")],
)
def test_only_the_templates_there_are_are_used(client, admin, data, words):
    answer = client.post(url("scheme_from_template"), data, follow=True)

    assert words in answer.text
    assert not Scheme.objects.exists()


def test_every_codebook_is_offered_under_its_own_name():
    """One that nobody can choose would be of no use."""
    files = {path.stem for path in FOLDER.glob("*.json")}

    assert {template.name for template in TEMPLATES} == files
    for template in TEMPLATES:
        book = codebook(template.name)
        assert (book["slug"], book["name"]) == (template.name, str(template.label))


def test_the_short_name_of_a_scheme_is_made_from_its_name(client, scheme):
    client.post(url("scheme_create"), {"name": "Kinds of it", "slug": "", "finest": "Kinds"})

    assert Scheme.objects.get(name="Kinds of it").slug == "kinds-of-it"


@pytest.mark.parametrize(
    "bad",
    [
        {"slug": "x"},
        {"slug": "new"},
        {"slug": "a b"},
        {"name": "東京", "slug": ""},
        {"name": "New", "slug": ""},
        {"name": "\x00"},
        {"finest": ""},
    ],
)
def test_a_scheme_that_cannot_be_comes_back(client, scheme, bad):
    data = {"name": "Kinds", "slug": "kinds", "description": "", "finest": "Kinds of it"}

    response = client.post(url("scheme_create"), data | bad)

    assert response.status_code == 422
    assert "Not saved yet" in response.text
    assert Scheme.objects.count() == 1


# -- Changing ---------------------------------------------------------------------------------


def test_a_category_is_added_placed_and_described(client, scheme):
    top = Category.objects.get(name="Top")
    client.post(
        url("category_create", "x", fine(scheme).uid),
        {"name": "Leaf", "rationale": "Found in the first ten", "revision": 1},
    )
    leaf = Category.objects.get(name="Leaf")
    placed = {"category": leaf.uid, "parent": top.uid, "revision": 2}
    client.post(url("categories_place", "x"), placed)
    client.post(
        url("category_edit", "x", leaf.uid), {"name": "Blade", "definition": "Thin", "revision": 3}
    )

    leaf.refresh_from_db()
    assert (leaf.name, leaf.definition, leaf.parent) == ("Blade", "Thin", top)
    verbs = [(row.verb, row.rationale) for row in scheme.revisions.all()]
    assert verbs == [
        ("start", ""),
        ("add", "Found in the first ten"),
        ("place", ""),
        ("rename", ""),
    ]


def test_a_round_is_added_and_renamed(client, scheme):
    client.post(url("round_create", "x"), {"name": "Finest", "finest": "1", "revision": 1})
    finest = Round.objects.get(scheme=scheme, position=1)
    client.post(url("round_edit", "x", finest.uid), {"name": "Words", "revision": 2})

    rounds = Round.objects.filter(scheme=scheme).order_by("position")
    assert [row.name for row in rounds] == ["Words", "Fine", "Coarse"]


def test_a_page_from_an_older_revision_is_a_conflict_and_can_be_saved_again(client, scheme, leaf):
    data = {"name": "Typed by me", "revision": 1}

    response = client.post(url("category_edit", "x", leaf.uid), data)

    assert response.status_code == 409
    assert "Revision 2 (Added, by the system) stands in the way." in response.text
    assert 'value="Typed by me"' in response.text
    again = client.post(url("category_edit", "x", leaf.uid), data | {"revision": 2})
    assert again.status_code == 302


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": ""}, "required"),
        ({"name": "x" * 301}, "at most 300"),
        ({"name": "nul \x00"}, "Null characters"),
        ({"name": "Leaf"}, "two categories named “Leaf”"),
        ({"name": "New", "parent": "x"}, "valid"),
        ({"name": "New", "revision": "x"}, "revision"),
        ({"name": "New", "definition": "x" * 5001}, "at most 5000"),
    ],
)
def test_a_category_that_cannot_be_comes_back(client, scheme, leaf, data, said):
    response = client.post(url("category_create", "x", fine(scheme).uid), {"revision": 2, **data})

    assert response.status_code == 422
    assert said.lower() in response.text.lower()
    assert Category.objects.count() == 2


def test_the_last_revision_is_taken_back_with_a_reason(client, scheme, leaf):
    revision = scheme.revisions.last()

    client.post(url("revision_undo", "x", revision.uid), {"rationale": "Too early", "revision": 2})

    leaf.refresh_from_db()
    assert not leaf.exists
    assert scheme.revisions.last().rationale == "Too early"


def test_htmx_gets_the_form_only(client, scheme):
    form = url("category_create", "x", fine(scheme).uid)

    response = client.get(form, headers={"HX-Request": "true"})

    assert "<html" not in response.text
    assert f'action="{form}"' in response.text


@pytest.mark.parametrize("role", [RoleName.INTERVIEWER, RoleName.CODER, RoleName.ANALYST])
def test_only_admins_change_a_scheme(client, admin, scheme, leaf, role):
    client.force_login(MemberFactory(study=admin.study, roles=[role]).user)
    writes = [
        (url("scheme_create"), {"name": "N", "slug": "n", "finest": "F"}),
        (url("scheme_from_template"), {"template": "serve"}),
        (url("round_create", "x"), {"name": "N", "revision": 2}),
        (url("round_edit", "x", fine(scheme).uid), {"name": "N", "revision": 2}),
        (url("category_create", "x", fine(scheme).uid), {"name": "N", "revision": 2}),
        (url("category_edit", "x", leaf.uid), {"name": "N", "revision": 2}),
        (url("categories_place", "x"), {"category": leaf.uid, "revision": 2}),
        (url("revision_undo", "x", scheme.revisions.last().uid), {"revision": 2}),
    ]

    statuses = {client.post(address, data).status_code for address, data in writes}

    assert statuses == {403}
    scheme.refresh_from_db()
    assert (scheme.revision, Scheme.objects.count()) == (2, 1)


def test_rows_of_another_scheme_are_not_found(client, admin, scheme, leaf):
    start_scheme(study=admin.study, slug="y", name="Y", by=None)

    for address in (
        url("category_edit", "y", leaf.uid),
        url("round_edit", "y", fine(scheme).uid),
        url("revision_undo", "y", scheme.revisions.first().uid),
    ):
        assert client.get(address).status_code == 404
