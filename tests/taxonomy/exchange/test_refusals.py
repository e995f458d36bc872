"""What a file says that cannot be: refused with a sentence, and by the preview as by the import."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.models import StoredFile
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.exchanging import (
    export_scheme,
    import_book,
    preview_of,
    start_from_book,
)
from taxonomy.actions.revisions import InvalidTree
from taxonomy.actions.splitting import split_category
from taxonomy.exchange.book import BookError
from taxonomy.exchange.json_books import read_json
from taxonomy.exchange_messages import book_sentence
from taxonomy.models import Category, Round, Scheme
from taxonomy.queries.revisions import rows_of
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def uid(number):
    return str(uuid.UUID(int=1000 + number))


@pytest.fixture
def admin():
    return MemberFactory(study__slug="s", roles=[RoleName.ADMIN])


@pytest.fixture
def scheme(admin):
    return start_scheme(
        study=admin.study,
        by=admin,
        slug="walks",
        name="Walks",
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[{"round": 1, "name": name} for name in ("Talk", "Walk", "Run")],
    )


def as_json(*categories, **changes):
    whole = {
        "format": "candid-scheme",
        "version": 1,
        "scheme": {"name": "X"},
        "rounds": [
            {"id": uid(1), "position": 1, "name": "Fine"},
            {"id": uid(2), "position": 2, "name": "Coarse"},
        ],
        "categories": [{"round": 1, **row} for row in categories],
    }
    return json.dumps({**whole, **changes}).encode()


def start(book, admin, slug="new"):
    return start_from_book(study=admin.study, slug=slug, name="New", book=book, by=admin)


# -- Circles ----------------------------------------------------------------------------------


@pytest.mark.parametrize("origins", [[11], [12, 11], [12, 13, 11]])
def test_the_preview_refuses_splits_in_a_circle_as_the_import_does(admin, origins):
    rows = [
        {"id": uid(11 + at), "name": f"N{at}", "split_from": uid(origin)}
        for at, origin in enumerate(origins)
    ]
    book = read_json(as_json(*rows))

    preview = preview_of(book=book, study=admin.study, scheme=None)

    said = "The splits of “N0” would go in a circle."
    assert (preview.possible, preview.refusal) == (False, said)
    with pytest.raises(InvalidTree, match="would go in a circle"):
        start(book, admin)
    assert not Scheme.objects.exists()


def test_a_split_that_was_merged_into_one_of_its_parts_comes_again_with_its_file(scheme, admin):
    talk = Category.objects.get(name="Talk")
    split_category(category=talk, names=["Asks", "Listens"], by=admin)
    merge_categories(categories=[talk], into=Category.objects.get(name="Asks"), by=admin)
    book = read_json(export_scheme(scheme=scheme, form="json", by=admin))

    assert preview_of(book=book, study=admin.study, scheme=None).possible
    copy = start(book, admin)

    asks, talk = (Category.objects.get(scheme=copy, name=name) for name in ("Asks", "Talk"))
    assert (talk.merged_into, asks.split_from, asks.merged_into) == (asks, talk, None)


# -- Ids of the other kind --------------------------------------------------------------------


ROUNDS = [{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}]


def refused_by_both(content, said, scheme, admin):
    book, before = read_json(content), rows_of(scheme)

    preview = preview_of(book=book, study=admin.study, scheme=scheme)

    assert not preview.possible
    assert [book_sentence(one, book.form) for one in preview.plan.errors] == [said]
    with pytest.raises(InvalidTree) as refusal:
        import_book(scheme=scheme, book=book, by=admin)
    assert str(refusal.value) == said
    assert rows_of(scheme) == before


def test_an_id_is_not_a_round_and_a_category_of_one_file():
    with pytest.raises(BookError) as error:
        read_json(as_json({"id": uid(2), "name": "One"}))

    assert (
        book_sentence(error.value.problem, "json")
        == f"Category 1: The id {uid(2)} stands there twice."
    )


def test_the_id_of_a_round_of_the_scheme_is_no_categorys(scheme, admin):
    taken = str(Round.objects.get(scheme=scheme, position=2).uid)

    refused_by_both(
        as_json({"id": taken, "name": "One"}, rounds=ROUNDS),
        f"Category 1: The id {taken} belongs to a round here, so no category can have it.",
        scheme,
        admin,
    )


def test_the_id_of_a_category_of_the_scheme_is_no_rounds(scheme, admin):
    taken = str(Category.objects.get(name="Talk").uid)
    third = {"id": taken, "position": 3, "name": "Top"}

    refused_by_both(
        as_json(rounds=[*ROUNDS, third]),
        f"The id {taken} belongs to a category here, so no round can have it.",
        scheme,
        admin,
    )


# -- Any file ---------------------------------------------------------------------------------


@st.composite
def files(draw):
    """A file that nearly fits: two rounds, and references to rows of the round they must be in."""
    rows = [
        {
            "id": uid(10 + number),
            "round": draw(st.integers(1, 2)),
            "name": draw(st.sampled_from(["Talk", "Walk", f"Row {number}", f"Row {number}"])),
        }
        for number in range(draw(st.integers(1, 5)))
    ]
    for row in rows:
        for name, above in (("parent", 1), ("merged_into", 0), ("split_from", 0)):
            there = [one["id"] for one in rows if one["round"] == row["round"] + above]
            row[name] = draw(st.sampled_from([None] * 3 + there))
    odd = [{}, {}, {}, {"id": uid(1)}, {"round": 4}, {"retired": True}, {"parent": uid(10)}]
    rows[0].update(draw(st.sampled_from(odd)))
    fine, coarse = ({"position": at, "name": name} for at, name in ((1, "Fine"), (2, "Coarse")))
    fine.update(draw(st.sampled_from([{}, {"frozen": True}, {"id": uid(1)}])))
    return as_json(*rows, rounds=[fine, coarse])


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files(), st.booleans())
def test_what_the_preview_calls_possible_is_what_comes_in(scheme, admin, content, into):
    try:
        book = read_json(content)
    except BookError:
        return
    target = scheme if into else None
    possible = preview_of(book=book, study=admin.study, scheme=target).possible

    with transaction.atomic():
        try:
            if into:
                import_book(scheme=scheme, book=book, by=admin)
            else:
                start(book, admin)
            came = True
        except RefusedError:
            came = False
        transaction.set_rollback(True)

    assert possible == came


# -- Halves of letters ------------------------------------------------------------------------


HALF = "\ud800"
ONE = {"id": uid(11), "name": "One"}
EVIL = {
    "unknown name": as_json(ONE, **{HALF: 1}),
    "value of an unknown name": as_json(ONE, more=[{"deep": HALF}]),
    "unknown name of a category": as_json({**ONE, HALF: 1}),
    "id": as_json({**ONE, "id": HALF}),
    "reference": as_json({**ONE, "parent": HALF}),
    "name": as_json({**ONE, "name": HALF}),
    "long name": as_json({**ONE, "name": HALF + "x" * 400}),
    "version": as_json(ONE, version=HALF),
    "name of a round": as_json(ONE, rounds=[{"position": 1, "name": HALF}]),
    "name of the scheme": as_json(ONE, scheme={"name": HALF * 200}),
    "zero byte": as_json({**ONE, "definition": "a\0"}),
    "zero byte in a name unknown": as_json(ONE, **{"a\0": 1}),
}


@pytest.mark.parametrize("content", EVIL.values(), ids=EVIL)
@pytest.mark.parametrize("page", ["scheme_from_file", "scheme_import"])
def test_a_file_with_halves_of_letters_is_refused_with_a_page_and_not_kept(
    client, scheme, admin, content, page
):
    client.force_login(admin.user)
    into = [] if page == "scheme_from_file" else [scheme.slug]
    file = SimpleUploadedFile("x.json", content)

    response = client.post(
        reverse(f"taxonomy:{page}", args=["s", *into]), {"file": file}, follow=True
    )

    assert (response.status_code, response.redirect_chain) == (422, [])
    assert "Null characters and halves of letters are not allowed." in response.text
    assert not StoredFile.objects.exists()


def test_the_category_with_a_half_of_a_letter_is_named():
    with pytest.raises(BookError) as error:
        read_json(as_json(ONE, {"name": "Two", "includes": HALF}))

    said = "Category 2: Null characters and halves of letters are not allowed."
    assert book_sentence(error.value.problem, "json") == said


ANY = st.text(st.characters(categories=["Cs", "Cc", "Lu"]), max_size=4) | st.none() | st.integers()


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["id", "name", "round", "parent", "split_from", "position", "version", "odd"]),
    st.sampled_from(["whole", "scheme", "rounds", "categories"]),
    ANY,
)
def test_whatever_a_file_says_its_sentences_can_be_shown(name, place, value):
    odd = {name: value, str(value): 1}
    parts = {
        "scheme": {"name": "X"},
        "rounds": [{"position": 1, "name": "Fine"}],
        "categories": [{**ONE, "round": 1}],
    }
    if place == "whole":
        parts.update(odd)
    elif place == "scheme":
        parts["scheme"].update(odd)
    else:
        parts[place][0].update(odd)

    try:
        problems = read_json(as_json(**parts)).notices
    except BookError as error:
        problems = [error.problem]

    for one in problems:
        assert book_sentence(one, "json").encode()  # as a page is
