"""The forms in which a scheme is batched, and what the page of the scheme offers of them."""

import json
import re

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from incidents.models import Moment
from taxonomy import access
from taxonomy.actions.batching import merge_categories, place_category, retire_category
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.planning import open_batch
from taxonomy.actions.rounds import freeze_round
from taxonomy.models import Category, Round
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    admin = MemberFactory(study=StudyFactory(slug="study"), roles=[RoleName.ADMIN])
    client.force_login(admin.user)
    return admin


@pytest.fixture
def scheme(admin):
    return start_scheme(
        study=admin.study,
        slug="x",
        name="X",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "T", "name": "Top"},
            {"round": 1, "name": "One", "parent": "T"},
            {"round": 1, "name": "Two", "parent": "T"},
            {"round": 1, "name": "Three"},
        ],
    )


def url(name, *args):
    return reverse(f"taxonomy:{name}", args=["study", "x", *args])


def chosen(act, *names):
    """The address of the form that places or merges these."""
    query = "&".join(f"category={named(name).uid}" for name in names)
    return f"{url(f'categories_{act}')}?{query}"


def named(name):
    return Category.objects.get(name=name)


def level(position):
    return Round.objects.get(position=position, exists=True)


def offered(page, field):
    """The words of the options of a choice."""
    select = re.search(rf'<select name="{field}".*?</select>', page, re.DOTALL)[0]
    return re.findall(r"<option[^>]*>\s*([^<]*?)\s*</option>", select)


def test_a_category_is_merged_under_a_new_name_with_a_reason(client, scheme):
    page = client.get(chosen("merge", "One")).text
    assert offered(page, "into") == ["Choose a category", "Three", "Two · Top"]
    assert "No coding is changed" in page

    done = client.post(
        url("categories_merge"),
        {
            "category": named("One").uid,
            "into": named("Two").uid,
            "name": "Both",
            "rationale": "alike",
            "revision": 1,
        },
        follow=True,
    )
    assert "Merged “One” into “Both”." in done.text

    assert named("One").merged_into == named("Both")
    assert scheme.revisions.latest("number").rationale == "alike"
    assert "Merged into “Both”." in client.get(url("category_show", named("One").uid)).text
    assert "scheme-category" in client.get(url("scheme_show")).text


def test_pages_show_what_a_category_stands_under_whatever_that_was_merged_into(
    client, scheme, admin
):
    up = add_category(round=level(2), name="Up", by=admin)
    merge_categories(categories=[named("Top")], into=up, by=admin)

    assert "Top" not in re.sub("Merged “Top”", "", client.get(url("scheme_show")).text)
    assert "Fine · Up" in client.get(url("category_show", named("One").uid)).text
    merging = client.get(chosen("merge", "One")).text
    assert offered(merging, "into")[1:] == ["Three", "Two · Up"]
    placing = client.get(chosen("place", "One")).text
    assert re.search(rf'value="{up.uid}" selected', placing)


def test_a_frozen_round_is_not_reopened_by_taking_back_without_a_reason(client, scheme, admin):
    freeze_round(round=level(1), by=admin)
    address = url("revision_undo", scheme.revisions.get(number=2).uid)

    silent = client.post(address)
    assert (silent.status_code, level(1).frozen) == (422, True)
    assert "Say why the round is reopened." in silent.text
    client.post(address, {"rationale": "one more"})
    assert not level(1).frozen


def test_who_codes_blind_does_not_learn_by_dropping_whether_others_have_coded(
    client, scheme, admin
):
    coders = [
        MemberFactory(study=admin.study, roles=[RoleName.ADMIN, RoleName.CODER]) for _ in range(2)
    ]
    IncidentFactory(study=admin.study)
    moments = Moment.objects.filter(incident__study=admin.study)
    open_batch(scheme=scheme, name="Overlap", moments=moments, coders=coders, by=None)
    add_category(round=level(1), name="Four", by=admin)
    client.force_login(coders[0].user)
    for address in (
        url("round_drop", level(1).uid),
        url("round_drop", level(2).uid),
        url("revision_undo", scheme.revisions.get(number=2).uid),
    ):
        answer = client.post(address, {"revision": 2})
        assert answer.status_code == 422
        assert "this can be done when your batch is done" in answer.text


def test_several_are_merged_into_one_of_them_or_into_another(client, scheme, admin):
    page = client.get(chosen("merge", "One", "Two")).text
    assert "Merge 2 categories" in page
    assert offered(page, "into") == ["Choose a category", "One · Top", "Three", "Two · Top"]
    assert re.search(rf'value="{named("One").uid}" selected', page)

    both = [named("One").uid, named("Two").uid]
    client.post(url("categories_merge"), {"category": both, "into": both[1], "revision": 1})
    assert (named("One").merged_into, named("Two").merged_into) == (named("Two"), None)

    itself = {"category": both[1], "into": both[1], "revision": 2}
    assert client.post(url("categories_merge"), itself).status_code == 422


def test_several_are_placed_under_a_category_that_is_made_for_them(client, scheme):
    ready = client.get(chosen("place", "One", "Two") + f"&parent={named('Top').uid}").text
    assert "Place 2 categories" in ready
    assert re.search(rf'value="{named("Top").uid}" selected', ready)

    sent = {"category": [named("Two").uid, named("Three").uid], "name": "Fresh", "revision": 1}
    client.post(url("categories_place"), sent)
    assert {named("Two").parent, named("Three").parent} == {named("Fresh")}
    assert named("Fresh").round == level(2)

    named_over = {"category": named("One").uid, "parent": named("Top").uid, "name": "Newest"}
    client.post(url("categories_place"), named_over)
    assert named("One").parent == named("Newest")


def test_nothing_is_taken_out_from_under_its_parent_by_leaving_a_choice_open(client, scheme):
    apart = client.get(chosen("place", "One", "Three")).text
    assert offered(apart, "parent")[:2] == ["Choose a category", "Nothing yet (not batched)"]
    assert re.search(r'value="" selected>Choose a category', apart)
    sent = {"category": named("One").uid, "revision": 1}

    left_open = client.post(url("categories_place"), sent | {"parent": ""})
    assert (left_open.status_code, named("One").parent) == (422, named("Top"))
    assert "Choose a category, or name a new one." in left_open.text
    client.post(url("categories_place"), sent | {"parent": "none"})
    assert named("One").parent is None


@pytest.mark.parametrize(("act", "field"), [("place", "parent"), ("merge", "into")])
def test_the_form_for_what_is_ticked_is_asked_by_post_and_changes_nothing(
    client, scheme, act, field
):
    wanted = named({"place": "Top", "merge": "Two"}[act])
    ticked = {"category": [named("One").uid, named("Two").uid], "ask": "1"}
    asked = client.post(url(f"categories_{act}"), ticked | {field: wanted.uid})

    assert (asked.status_code, scheme.revisions.count()) == (200, 1)
    assert re.search(rf'value="{wanted.uid}" selected', asked.text)
    assert "is-invalid" not in asked.text
    assert 'name="ask"' not in asked.text
    nothing = client.post(url(f"categories_{act}"), {"ask": "1"})
    assert (nothing.status_code, "Tick the categories" in nothing.text) == (200, True)


def test_what_is_ticked_is_previewed_by_post_too(client, scheme):
    ticked = {"category": [named("One").uid, named("Three").uid], "parent": named("Top").uid}
    asked = client.post(url("categories_preview"), ticked)
    assert "“One” and “Three” under “Top”" in asked.text
    assert scheme.revisions.count() == 1


def test_the_dialog_of_the_board_is_told_what_was_done_and_how_to_take_it_back(client, scheme):
    sent = {"category": named("Three").uid, "parent": named("Top").uid, "revision": 1}
    done = client.post(url("categories_place"), sent, headers={"HX-Request": "true"})

    revision = scheme.revisions.latest("number")
    events = json.loads(done["HX-Trigger"])
    assert done.status_code == 204
    assert events["scheme-changed"] == {"revision": 2}
    assert events["toast"]["text"] == "Placed “Three” under “Top”."
    assert events["toast"]["undo"] == url("revision_undo", revision.uid)


def test_what_took_something_back_is_not_offered_to_be_undone_in_a_message(client, scheme, admin):
    merge_categories(categories=[named("One")], into=named("Two"), by=admin)
    address = url("revision_undo", scheme.revisions.get(number=2).uid)
    done = client.post(address, headers={"HX-Request": "true"})

    assert json.loads(done["HX-Trigger"])["toast"]["undo"] == ""
    assert "Do it again" in client.get(url("scheme_show")).text


def test_who_drops_a_card_that_another_has_moved_is_told_and_loses_nothing(client, scheme, admin):
    up = add_category(round=level(2), name="Up", by=admin)
    place_category(category=named("One"), parent=up, by=MemberFactory(study=admin.study))
    sent = {"category": named("One").uid, "rationale": "Belongs there", "revision": 1}

    stale = client.post(
        url("categories_place"), sent | {"parent": "none"}, headers={"HX-Request": "true"}
    )

    assert (stale.status_code, named("One").parent) == (409, up)
    assert "Revision 3 (Placed, by" in stale.text
    assert "Belongs there" in stale.text
    elsewhere = sent | {"category": named("Three").uid, "parent": named("Top").uid}
    assert client.post(url("categories_place"), elsewhere).status_code == 302


def test_what_is_asked_without_categories_of_one_round_is_not_done(client, scheme):
    assert "Tick the categories on the board" in client.get(url("categories_merge")).text
    mixed = client.get(chosen("place", "One", "Top"))
    assert "Choose categories of one round." in mixed.text
    refused = client.post(url("categories_place"), {"category": [], "revision": 1})
    assert refused.status_code == 422
    for junk in ("x", "00000000-0000-0000-0000-000000000000"):
        assert client.get(url("categories_place"), {"category": junk}).status_code == 404


def test_what_cannot_be_merged_comes_back_with_what_was_typed(client, scheme):
    address, sent = url("categories_merge"), {"category": named("One").uid, "revision": 1}
    again = client.post(address, sent | {"into": "", "rationale": "Because I say so"})
    assert again.status_code == 422
    assert "Because I say so" in again.text

    top = client.post(address, sent | {"into": named("Top").uid})
    assert (top.status_code, scheme.revisions.count()) == (422, 1)


def test_a_category_is_moved_before_one_of_its_neighbours(client, scheme):
    page = client.get(url("category_move", named("Two").uid)).text
    assert offered(page, "before") == ["None of them: at the end", "One · Top"]
    first = client.get(url("category_move", named("One").uid)).text
    assert re.search(rf'value="{named("Two").uid}" selected', first)  # where it stands now

    client.post(url("category_move", named("Two").uid), {"before": named("One").uid, "revision": 1})

    page = client.get(url("scheme_show")).text
    assert page.index(">Two</span>") < page.index(">One</span>")


def test_a_category_is_retired_and_restored(client, scheme, admin):
    client.post(url("category_retire", named("One").uid), {"revision": 1})
    assert named("One").retired
    words = client.get(url("category_show", named("One").uid)).text
    assert url("category_restore", named("One").uid) in words
    assert url("category_retire", named("One").uid) not in words

    client.post(url("category_restore", named("One").uid), {"revision": 2})
    assert not named("One").retired


def test_a_frozen_round_offers_nothing_that_would_be_refused(client, scheme, admin):
    client.post(url("round_freeze", level(1).uid), {"revision": 1})
    page = client.get(url("scheme_show")).text
    words = client.get(url("category_show", named("One").uid)).text
    assert "Frozen" in page
    for address in (
        url("round_drop", level(1).uid),
        url("round_freeze", level(1).uid),
        url("category_create", level(1).uid),
    ):
        assert address not in page
    for act in ("merge", "place"):
        assert chosen(act, "One") not in words
        asked = client.get(chosen(act, "One"))
        assert (asked.status_code, "The round “Fine” is frozen;" in asked.text) == (200, True)
        assert "<textarea" not in asked.text

    silent = client.post(url("round_reopen", level(1).uid), {"rationale": "", "revision": 2})
    assert (silent.status_code, level(1).frozen) == (422, True)
    assert "Say why the round is reopened." in silent.text
    client.post(url("round_reopen", level(1).uid), {"rationale": "one more", "revision": 2})
    assert not level(1).frozen


def test_a_round_is_dropped(client, scheme):
    client.post(url("round_drop", level(2).uid), {"revision": 1})

    page = client.get(url("scheme_show")).text
    assert "Dropped the round “Coarse”." in page
    assert re.findall(r'<h2 id="round-[^>]*>(\w+)', page) == ["Fine"]
    assert url("round_drop", level(1).uid) not in page


def test_ones_last_change_is_taken_back_and_done_again_from_the_scheme(client, scheme, admin):
    merge_categories(categories=[named("One")], into=named("Two"), by=admin)
    retire_category(category=named("Three"), by=MemberFactory(study=admin.study))

    page = client.get(url("scheme_show")).text
    assert "Merged “One” into “Two”." in page
    client.post(url("revision_undo", scheme.revisions.get(number=2).uid))
    assert named("One").merged_into is None

    page = client.get(url("scheme_show")).text
    assert "Do it again" in page
    client.post(url("revision_undo", scheme.revisions.get(number=4).uid))
    assert named("One").merged_into == named("Two")


@pytest.mark.parametrize("role", [RoleName.INTERVIEWER, RoleName.CODER, RoleName.ANALYST])
def test_only_admins_see_what_can_be_done(client, scheme, admin, role):
    merge_categories(categories=[named("One")], into=named("Two"), by=admin)
    freeze_round(round=level(1), by=admin)
    client.force_login(MemberFactory(study=admin.study, roles=[role]).user)

    page = client.get(url("scheme_show")).text + client.get(url("scheme_history")).text

    assert "Merged “One” into “Two”." in page
    assert not re.search(r"/(undo|freeze|reopen|drop|merge)/", page)


def test_a_category_tells_how_it_came_to_be_what_it_is(client, scheme, admin):
    merge_categories(categories=[named("One")], into=named("Two"), by=admin)
    retire_category(category=named("Three"), by=admin)
    place_category(category=named("Two"), parent=None, by=admin)

    def told(name):
        page = client.get(url("category_history", named(name).uid)).text
        rows = re.findall(r'<th class="num" scope="row">(\d+)</th>', page)
        return [int(number) for number in rows]

    assert told("One") == [2, 1]
    assert told("Two") == [4, 2, 1]
    assert told("Top") == [4, 1]
    assert told("Three") == [3, 1]
    assert "History of “Two”" in client.get(url("category_history", named("Two").uid)).text


def test_who_ticked_too_many_is_told_how_many_may_be(client, scheme, monkeypatch):
    monkeypatch.setattr(access, "MOST_CHOSEN", 2)

    for act in ("merge", "place"):
        assert client.get(chosen(act, "One", "Two")).context["chosen"]
        page = client.get(chosen(act, "One", "Two", "Three"))
        assert "Choose at most 2 categories at once." in page.text


def test_the_bar_of_a_large_round_is_one_that_a_browser_reads(client, scheme, admin):
    fine = level(1)
    Category.objects.bulk_create(
        Category(scheme=scheme, round=fine, name=f"Part {number}", position=number, exists=True)
        for number in range(1000)
    )

    assert '<progress max="1003"' in client.get(url("scheme_show")).text
