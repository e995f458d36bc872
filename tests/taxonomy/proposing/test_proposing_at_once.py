"""Two people answer one proposal at the same moment, on two PostgreSQL connections."""

import threading
import uuid
from contextlib import suppress

import pytest

from incidents.choices import RoleName
from incidents.models import Change
from taxonomy.actions import proposing
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.proposing import (
    ProposalRefused,
    accept_proposal,
    decline_proposal,
    propose,
    withdraw_proposal,
)
from taxonomy.choices import ProposalKind, ProposalState
from taxonomy.models import Category, Proposal, Revision
from tests.factories import MemberFactory, StudyFactory
from tests.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scheme():
    finest = {"position": 1, "name": "Fine"}
    one = {"round": 1, "name": "One"}
    return start_scheme(
        study=StudyFactory(), slug="s", name="S", rounds=[finest], categories=[one], by=None
    )


@pytest.fixture
def proposal(scheme):
    return propose(
        scheme=scheme,
        kind=ProposalKind.ADD,
        by=MemberFactory(study=scheme.study, roles=[RoleName.CODER]),
        reason="Seen often",
        words={"name": "Two"},
    )


@pytest.fixture
def ada(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.ADMIN], display_name="Ada")


@pytest.fixture
def ben(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.ADMIN], display_name="Ben")


@pytest.fixture(autouse=True)
def meeting(monkeypatch):
    """Both have read the proposal as open before either answers."""
    both = threading.Barrier(2, timeout=5)
    take = proposing._take

    def take_together(proposal, *args, **rest):
        with suppress(threading.BrokenBarrierError):
            both.wait()
        return take(proposal, *args, **rest)

    monkeypatch.setattr(proposing, "_take", take_together)


def test_of_two_admins_who_answer_at_once_one_is_told(proposal, ada, ben):
    accepted, declined = at_once(
        lambda: accept_proposal(proposal=Proposal.objects.get(), by=ada),
        lambda: decline_proposal(proposal=Proposal.objects.get(), by=ben, answer="No"),
    )

    refused = [one for one in (accepted, declined) if isinstance(one, ProposalRefused)]
    proposal.refresh_from_db()
    if proposal.state == ProposalState.ACCEPTED:
        assert refused == [declined]
        assert str(declined) == "Ada has accepted it already."
        assert proposal.revision == accepted
    else:
        assert refused == [accepted]
        assert str(accepted) == "Ben has declined it already."
    made = Category.objects.filter(name="Two", exists=True).exists()
    assert made == (proposal.state == ProposalState.ACCEPTED)


def test_a_form_that_is_sent_twice_at_once_is_one_proposal(scheme, ada):
    sent = {"scheme": scheme, "kind": ProposalKind.ADD, "by": ada, "reason": "Seen often"}
    uid = uuid.uuid4()

    first, second = at_once(
        *(lambda: propose(**sent, words={"name": "Two"}, uid=uid) for _ in range(2))
    )

    assert first == second == Proposal.objects.get()
    assert Change.objects.filter(verb="propose").count() == 1


def test_of_two_who_accept_at_once_the_category_comes_once(proposal, ada, ben):
    outcomes = at_once(
        *(
            lambda by=by: accept_proposal(
                proposal=Proposal.objects.get(), by=by, instead={"words": {"name": by.display_name}}
            )
            for by in (ada, ben)
        )
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["ProposalRefused", "Revision"]
    assert (Category.objects.count(), Revision.objects.count()) == (2, 2)


def test_of_two_who_reword_a_category_from_one_revision_the_later_is_told(scheme, ada, ben):
    category = Category.objects.get()
    both = [
        propose(
            scheme=scheme,
            kind=ProposalKind.DESCRIBE,
            category=category,
            by=ada,
            reason="Seen often",
            words=words,
        )
        for words in ({"name": "Uno"}, {"definition": "The first"})
    ]

    outcomes = at_once(
        *(
            lambda uid=uid, by=by: accept_proposal(
                proposal=Proposal.objects.get(uid=uid), by=by, expected_revision=1
            )
            for uid, by in zip([one.uid for one in both], (ada, ben), strict=True)
        )
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Revision"]
    assert Revision.objects.count() == 2


def test_what_is_withdrawn_while_it_is_accepted_is_one_of_them(proposal, ada):
    accepted, withdrawn = at_once(
        lambda: accept_proposal(proposal=Proposal.objects.get(), by=ada),
        lambda: withdraw_proposal(proposal=Proposal.objects.get(), by=proposal.member),
    )

    proposal.refresh_from_db()
    was_accepted = proposal.state == ProposalState.ACCEPTED
    refused = withdrawn if was_accepted else accepted
    assert isinstance(refused, ProposalRefused)
    assert Category.objects.filter(name="Two", exists=True).exists() == was_accepted
