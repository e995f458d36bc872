"""What the database holds of proposals."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from taxonomy.choices import ProposalKind, ProposalState
from taxonomy.models import Category, Proposal, Revision
from tests.factories import MemberFactory
from tests.taxonomy.factories import SchemeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    """The fields of a proposal to retire something."""
    scheme = SchemeFactory(categories=["One"])
    coder = MemberFactory(study=scheme.study)
    about = {"kind": ProposalKind.RETIRE, "category": Category.objects.get()}
    return {"scheme": scheme, "member": coder, "reason": "It is never used.", **about}


def refuses(row, **fields):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Proposal.objects.create(**row | fields)
    return str(refused.value)


def test_a_proposal_is_about_a_category_and_of_a_known_kind(row):
    Proposal.objects.create(**row)
    Proposal.objects.create(**row | {"kind": ProposalKind.ADD, "category": None})

    assert "proposal_about_a_category" in refuses(row, category=None)
    assert "proposal_about_a_category" in refuses(row, kind=ProposalKind.ADD)
    assert "proposal_kind_and_state_known" in refuses(row, kind="burn")
    assert "proposal_kind_and_state_known" in refuses(row, state="lost")


def test_an_answer_is_somebodys_and_a_refusal_has_a_word(row):
    by = {"answered_by": row["member"], "answered_at": timezone.now()}
    declined = {"state": ProposalState.DECLINED, **by}
    revision = Revision.objects.create(scheme=row["scheme"], number=1, verb="retire")
    Proposal.objects.create(**row, **declined, answer="It is.")

    assert "proposal_declined_with_a_word" in refuses(row, **declined)
    assert "proposal_answered_by_somebody" in refuses(row, state=ProposalState.ACCEPTED)
    assert "proposal_answered_by_somebody" in refuses(row, **by)
    assert "proposal_revision_when_accepted" in refuses(row, revision=revision)
