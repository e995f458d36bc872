"""Practising on the demo study, as the guide says: the 85 batched anew, and all taken back."""

import re
import uuid

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from reports.demo.world import read_scheme
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import start_scheme
from taxonomy.models import Category
from taxonomy.queries.revisions import rows_of
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db
TAKE_BACK = re.compile(r'<a [^>]*href="([^"]*/undo/)">(?:(?!</a>).)*Take back</a>', re.DOTALL)


@pytest.fixture
def scheme(client):
    """The scheme of the reconstruction, with a moment coded in its finest round."""
    study = StudyFactory(slug="study")
    client.force_login(MemberFactory(study=study, roles=[RoleName.ADMIN]).user)
    content = read_scheme()
    fields = ("slug", "name", "description", "rounds", "categories")
    scheme = start_scheme(study=study, by=None, **{name: content[name] for name in fields})
    coder = MemberFactory(study=study, roles=[RoleName.CODER])
    IncidentFactory(study=study)
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    first = Category.objects.filter(scheme=scheme, round__position=1).first()
    code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=first)
    return scheme


def url(name, *args):
    return reverse(f"taxonomy:{name}", args=["study", "serve", *args])


def rounds(scheme):
    """The rounds that stand, the coarsest first."""
    return list(scheme.rounds.filter(exists=True).order_by("-position"))


def standing(scheme):
    return {uid: row for uid, row in rows_of(scheme).items() if row["exists"]}


def latest_in_the_history(client):
    """The address of its first *Take back*, from the top down."""
    address = TAKE_BACK.search(client.get(url("scheme_history")).text)[1]
    assert client.get(address).status_code == 200
    return address


def latest_on_the_board(client):
    """The address of *Undo* above the rounds."""
    done = client.get(url("scheme_show")).context["last"].done
    return url("revision_undo", done.revision.uid)


@pytest.mark.parametrize("latest", [latest_in_the_history, latest_on_the_board])
def test_the_85_are_batched_anew_and_all_of_it_is_taken_back(client, scheme, latest):
    before = standing(scheme)
    uids = list(scheme.rounds.get(position=1).categories.order_by("position").values_list("uid"))
    chosen = [uid for (uid,) in uids[:6]]

    for left in (3, 2, 1):
        coarsest = rounds(scheme)[0]
        asked = client.post(url("round_drop", coarsest.uid), {"rationale": "To practise."})
        assert asked.status_code == 302
        assert len(rounds(scheme)) == left
    board = client.get(url("scheme_show"))
    assert [len(column.cards) for column in board.context["columns"]] == [85]

    client.post(url("round_create"), {"name": "Mine", "rationale": "To practise."})
    assert rounds(scheme)[0].name == "Mine"
    for name, categories in {"Warmth": chosen[:3], "Repair": chosen[3:5]}.items():
        placed = client.post(
            url("categories_place"),
            {"category": categories, "name": name, "rationale": "They sound alike."},
        )
        assert placed.status_code == 302
    merged = client.post(
        url("categories_merge"),
        {"category": [chosen[5], chosen[4]], "into": chosen[4], "rationale": "The same."},
    )
    assert merged.status_code == 302
    assert "5 of 84 batched into 2" in client.get(url("scheme_show")).text

    scheme.refresh_from_db()
    for _revision in range(scheme.revision - 1):
        assert client.post(latest(client)).status_code == 302

    assert standing(scheme) == before
    sizes = [level.categories.filter(exists=True).count() for level in rounds(scheme)]
    assert sizes == [5, 19, 53, 85]


def test_a_round_in_which_moments_are_coded_stays(client, scheme):
    """So the order of the guide is the one that works: the finest round is never to be dropped."""
    finest = scheme.rounds.get(position=1)

    refused = client.post(url("round_drop", finest.uid), {"rationale": "To practise."})

    assert refused.status_code == 422
    assert len(rounds(scheme)) == 4
