"""What a file says that cannot be: refused with a sentence, and by the preview as by the import."""

import json
import uuid

import pytest

from incidents.choices import RoleName
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.exchanging import (
    export_scheme,
    preview_of,
    start_from_book,
)
from taxonomy.actions.revisions import InvalidTree
from taxonomy.actions.splitting import split_category
from taxonomy.exchange.json_books import read_json
from taxonomy.models import Category, Scheme
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
