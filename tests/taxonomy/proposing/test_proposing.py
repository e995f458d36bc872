"""What coders propose, what admins answer, and what comes of it."""

import uuid

import pytest
from django.db import transaction

from incidents.choices import RoleName
from incidents.models import Change
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.editing import describe_category, start_scheme
from taxonomy.actions.proposing import (
    ProposalRefused,
    accept_proposal,
    decline_proposal,
    note_read,
    propose,
    withdraw_proposal,
)
from taxonomy.actions.revisions import InvalidTree, undo
from taxonomy.choices import ProposalKind, ProposalState
from taxonomy.models import Category, Proposal
from tests.factories import MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme():
    return start_scheme(
        study=StudyFactory(),
        slug="x",
        name="X",
        by=None,
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "T", "name": "Top"},
            {"round": 1, "name": "One", "definition": "The first", "parent": "T"},
            {"round": 1, "name": "Two"},
        ],
    )


@pytest.fixture
def coder(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.CODER], display_name="Cleo")


@pytest.fixture
def admin(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.ADMIN], display_name="Ada")


def named(name):
    return Category.objects.get(name=name)


@pytest.fixture
def proposed(scheme, coder):
    def propose_it(kind, category=None, **rest):
        about = named(category) if category else None
        return propose(
            scheme=scheme, kind=kind, by=coder, reason="Seen often", category=about, **rest
        )

    return propose_it


def state_of(proposal):
    proposal.refresh_from_db()
    return proposal.state


def test_a_proposal_changes_nothing_until_it_is_accepted(scheme, proposed):
    proposal = proposed(ProposalKind.ADD, words={"name": " Three ", "definition": ""})

    assert proposal.words == {"name": "Three"}
    assert state_of(proposal) == ProposalState.OPEN
    assert scheme.revisions.count() == 1
    assert Change.objects.filter(verb="propose", object_uid=proposal.uid).count() == 1


def test_the_same_uid_again_is_the_same_proposal(scheme, coder, admin, proposed):
    uid = uuid.uuid4()
    first = proposed(ProposalKind.RETIRE, "One", uid=uid)

    assert proposed(ProposalKind.RETIRE, "One", uid=uid) == first
    assert Proposal.objects.count() == 1
    with pytest.raises(ProposalRefused):
        propose(scheme=scheme, kind=ProposalKind.ADD, by=admin, reason="mine", uid=uid)


def test_the_same_uid_with_other_words_is_refused(proposed):
    uid = uuid.uuid4()
    first = proposed(ProposalKind.DESCRIBE, "One", uid=uid, words={"definition": "1st\r\nof all"})
    again = proposed(ProposalKind.DESCRIBE, "One", uid=uid, words={"definition": "1st\nof all"})
    assert again == first

    with pytest.raises(ProposalRefused, match="with other words"):
        proposed(ProposalKind.DESCRIBE, "One", uid=uid, words={"definition": "2nd"})
    with pytest.raises(ProposalRefused, match="with other words"):
        proposed(ProposalKind.RETIRE, "One", uid=uid)


def test_an_accepted_proposal_leaves_the_words_that_only_broke_lines_otherwise(admin, proposed):
    describe_category(category=named("One"), by=admin, definition="First\nof all")
    sent = {"name": "Uno", "definition": "First\r\nof all"}
    proposal = proposed(ProposalKind.DESCRIBE, "One", words=sent)
    assert proposal.words == {"name": "Uno"}
    describe_category(category=named("One"), by=admin, definition="Said since")

    accept_proposal(proposal=proposal, by=admin)

    assert named("Uno").definition == "Said since"


def test_a_split_of_what_was_merged_is_not_accepted(admin, proposed):
    proposal = proposed(ProposalKind.SPLIT, "One", words={"definition": "Early and late"})
    merge_categories(categories=[named("One")], into=named("Two"), by=admin)

    with pytest.raises(InvalidTree, match="has been merged into"), transaction.atomic():
        accept_proposal(proposal=proposal, by=admin)
    assert state_of(proposal) == ProposalState.OPEN


def test_other_words_are_those_that_differ(proposed):
    proposal = proposed(ProposalKind.DESCRIBE, "One", words={"name": "One", "definition": "1st"})
    assert proposal.words == {"definition": "1st"}
    with pytest.raises(ProposalRefused, match="Nothing would change"):
        proposed(ProposalKind.DESCRIBE, "One", words={"name": "One "})


PROPOSED = {
    ProposalKind.ADD: {"words": {"name": "Three", "definition": "The third"}, "other": "Top"},
    ProposalKind.DESCRIBE: {"category": "One", "words": {"definition": "1st"}},
    ProposalKind.MERGE: {"category": "One", "other": "Two", "words": {"name": "Both"}},
    ProposalKind.RETIRE: {"category": "One"},
}
CAME_TRUE = {
    ProposalKind.ADD: lambda: (
        (named("Three").parent, named("Three").definition) == (named("Top"), "The third")
    ),
    ProposalKind.DESCRIBE: lambda: named("One").definition == "1st",
    ProposalKind.MERGE: lambda: named("One").merged_into == named("Both"),
    ProposalKind.RETIRE: lambda: named("One").retired,
}


@pytest.mark.parametrize("kind", PROPOSED)
def test_accepting_makes_the_revision_and_undoing_that_takes_it_back(admin, proposed, kind):
    given = dict(PROPOSED[kind])
    if "other" in given:
        given["other"] = named(given["other"])
    proposal = proposed(kind, **given)

    revision = accept_proposal(proposal=proposal, by=admin)

    assert CAME_TRUE[kind]()
    assert (revision.verb, revision.member) == (kind.value, admin)
    assert revision.rationale == "Proposed by Cleo."  # not what the coder told the admins
    proposal.refresh_from_db()
    assert (proposal.state, proposal.revision, proposal.answered_by) == (
        ProposalState.ACCEPTED,
        revision,
        admin,
    )
    undo(revision=revision, by=admin)
    assert Category.objects.filter(exists=True, merged_into=None, retired=False).count() == 3
    assert named("One").definition == "The first"
    assert state_of(proposal) == ProposalState.ACCEPTED


def test_a_split_that_is_accepted_is_made_later(scheme, admin, proposed):
    proposal = proposed(ProposalKind.SPLIT, "One", words={"definition": "Early and late"})

    assert accept_proposal(proposal=proposal, by=admin) is None
    assert (state_of(proposal), scheme.revisions.count()) == (ProposalState.ACCEPTED, 1)


def test_a_proposal_is_accepted_with_changes_and_a_word(admin, proposed):
    proposal = proposed(ProposalKind.ADD, words={"name": "Three"}, other=named("Top"))

    revision = accept_proposal(
        proposal=proposal,
        by=admin,
        answer="Yes, but elsewhere",
        instead={"words": {"name": "Third"}, "other": None},
    )

    assert named("Third").parent is None
    assert revision.rationale == "Yes, but elsewhere"
    proposal.refresh_from_db()
    assert (proposal.words, proposal.answer) == ({"name": "Three"}, "Yes, but elsewhere")


def test_what_the_scheme_does_not_allow_leaves_the_proposal_open(admin, proposed):
    proposal = proposed(ProposalKind.MERGE, "One", other=named("Two"))
    merge_categories(categories=[named("One")], into=named("Two"), by=admin)

    with pytest.raises(InvalidTree):
        accept_proposal(proposal=proposal, by=admin)

    assert state_of(proposal) == ProposalState.OPEN


def test_declining_needs_a_word(admin, proposed):
    proposal = proposed(ProposalKind.RETIRE, "One")

    with pytest.raises(ProposalRefused, match="Say why"):
        decline_proposal(proposal=proposal, by=admin, answer="  ")
    decline_proposal(proposal=proposal, by=admin, answer="It is used in Asia")

    assert (state_of(proposal), proposal.answer) == (ProposalState.DECLINED, "It is used in Asia")
    assert not named("One").retired


def test_a_proposal_is_answered_once_and_says_by_whom(admin, coder, proposed):
    declined, withdrawn = (proposed(ProposalKind.RETIRE, "One") for _ in range(2))
    decline_proposal(proposal=declined, by=admin, answer="No")
    withdraw_proposal(proposal=withdrawn, by=coder)

    with pytest.raises(ProposalRefused, match="Ada has declined it already"):
        accept_proposal(proposal=declined, by=admin)
    with pytest.raises(ProposalRefused, match="It has been withdrawn"):
        accept_proposal(proposal=withdrawn, by=admin)
    with pytest.raises(ProposalRefused, match="Ada has declined it already"):
        withdraw_proposal(proposal=declined, by=coder)
    assert not named("One").retired


def test_an_answer_is_new_until_it_is_read(admin, coder, proposed):
    proposal = proposed(ProposalKind.RETIRE, "One")
    note_read(proposal=proposal)
    assert Proposal.objects.of(coder).unread().count() == 0

    decline_proposal(proposal=proposal, by=admin, answer="No")
    assert Proposal.objects.of(coder).unread().count() == 1

    note_read(proposal=proposal)
    assert Proposal.objects.of(coder).unread().count() == 0
