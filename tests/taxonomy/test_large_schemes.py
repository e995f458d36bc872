"""What a scheme of many categories weighs, and what a merge asks, however much is coded."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.choices import RoleName
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import start_scheme
from taxonomy.models import Category
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db

BOARD = 60_000  # bytes as they are sent, compressed
BATCHED = (85, 53, 19, 5)  # categories of each round, the finest first


def test_the_board_of_a_batched_scheme_is_light(client):
    admin = MemberFactory(study=StudyFactory(slug="study"), roles=[RoleName.ADMIN])
    client.force_login(admin.user)
    categories = [
        {
            "round": level,
            "code": f"{level}.{number}",
            "name": f"Reacts to what customer {number} needed, told in round {level}",
            "definition": f"What is told of customer {number} in words of {level}. " * 5,
            "parent": f"{level + 1}.{number % BATCHED[level]}" if level < len(BATCHED) else None,
        }
        for level, size in enumerate(BATCHED, 1)
        for number in range(size)
    ]
    rounds = [{"position": level, "name": f"Round {level}"} for level in range(1, 5)]
    start_scheme(
        study=admin.study, slug="x", name="X", by=admin, rounds=rounds, categories=categories
    )

    url = reverse("taxonomy:scheme_show", args=["study", "x"])
    board = client.get(url, headers={"Accept-Encoding": "gzip"})

    assert board.headers["Content-Encoding"] == "gzip"
    assert 5_000 < len(board.content) <= BOARD
    page = client.get(url).text
    assert sum(page.count(str(uid)) > 0 for (uid,) in Category.objects.values_list("uid")) == 162


def queries_of_a_merge(coded):
    """How many statements it takes to merge a category in which so many moments are coded."""
    admin = MemberFactory(study=StudyFactory(), roles=[RoleName.ADMIN, RoleName.CODER])
    scheme = start_scheme(
        study=admin.study,
        slug="x",
        name="X",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}],
        categories=[{"round": 1, "name": "One"}, {"round": 1, "name": "Two"}],
    )
    one, two = scheme.categories.order_by("pk")
    for _moment in range(coded):
        IncidentFactory(study=admin.study)
        assignment = take_next_assignment(coder=admin, scheme=scheme)
        code_moment(assignment=assignment, by=admin, uid=uuid.uuid4(), category=one)
    assert one.settlements.count() == coded
    with CaptureQueriesContext(connection) as asked:
        merge_categories(categories=[one], into=two, by=admin)
    return len(asked)


def test_a_merge_asks_as_much_however_many_moments_are_coded():
    assert queries_of_a_merge(2) == queries_of_a_merge(25)
