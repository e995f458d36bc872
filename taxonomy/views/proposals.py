"""Proposing a change of a scheme, and answering what was proposed."""

import dataclasses
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, tell
from incidents.models import Member
from incidents.paging import Sorting, page_by_key
from incidents.views.attempts import CONFLICT, refusal_of, telling_refusals, version_to_send
from taxonomy import access
from taxonomy.actions import proposing
from taxonomy.choices import ProposalKind
from taxonomy.forms.proposals import (
    AcceptChangedForm,
    AcceptForm,
    AskedForm,
    DeclineForm,
    ProposalForm,
    texts_of,
)
from taxonomy.models import Category, Proposal, Revision, Scheme
from taxonomy.queries.coding import choices_of, offered
from taxonomy.queries.proposals import accepted_otherwise, example_shown, listed, words_of

OPEN_FIRST = Sorting("waiting", descending=True)
FORM_PAGE = "taxonomy/proposal_form.html"
SHOW_PAGE = "taxonomy/proposal_show.html"

# -- Reading ----------------------------------------------------------------------------------


@require_GET
@never_cache
def proposal_mine(request: Request, slug: str) -> HttpResponse:
    """A coder's own proposals in all schemes, those that wait for an answer first."""
    coder = member_for(request, slug, RoleName.CODER)
    own = listed(Proposal.objects.of(coder))
    context = {
        "study": coder.study,
        "page": page_by_key(own, query=request.GET, sorting=OPEN_FIRST),
        "schemes": Scheme.objects.filter(study=coder.study),
    }
    return render(request, "taxonomy/proposal_mine.html", context)


@require_GET
@never_cache
def proposal_list(request: Request, slug: str, scheme: str) -> HttpResponse:
    """What was proposed in a scheme, open ones first: all for admins, one's own for coders."""
    member, shown = _at(request, slug, scheme)
    rows = listed(access.proposals_shown(member, shown))
    answers = member.has_role(RoleName.ADMIN)
    context = {
        "study": member.study,
        "scheme": shown,
        "page": page_by_key(rows, query=request.GET, sorting=OPEN_FIRST),
        "answers": answers,
        "blind": answers and not access.sees_results(member, shown),
        "proposes": member.has_role(RoleName.CODER),
    }
    return render(request, "taxonomy/proposal_list.html", context)


@require_GET
@never_cache
def proposal_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """One proposal with its example and its answer, which its author has read from now on."""
    member, shown = _at(request, slug, scheme)
    proposal = access.proposal_shown(member, shown, uid)
    if proposal.member_id == member.pk:
        proposing.note_read(proposal=proposal)
    return _show(request, member, proposal)


def _at(request: Request, slug: str, scheme: str) -> tuple[Member, Scheme]:
    member = member_for(request, slug, RoleName.CODER, RoleName.ADMIN)
    return member, access.scheme_shown(member, scheme)


def _show(
    request: Request,
    member: Member,
    proposal: Proposal,
    *,
    accepting: forms.Form | None = None,
    declining: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    accepting = accepting or AcceptForm(auto_id="accept_%s")
    context = {
        "study": member.study,
        "scheme": proposal.scheme,
        "proposal": proposal,
        "revision": _revision_to_send(accepting, proposal, status),
        "words": words_of(proposal),
        "otherwise": accepted_otherwise(proposal),
        "example": example_shown(proposal, member),
        "is_mine": proposal.member_id == member.pk,
        "answers": member.has_role(RoleName.ADMIN),
        "accepting": accepting,
        "declining": declining or DeclineForm(auto_id="decline_%s"),
    }
    return render(request, SHOW_PAGE, context, status=status)


def _revision_to_send(form: forms.Form, proposal: Proposal, status: int) -> object:
    """What the page was drawn from: the scheme is read before the proposal and its category."""
    return version_to_send(form, "revision", proposal.scheme.revision, status)


# -- Proposing --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Asked:
    """What an address asks to propose; what it says wrongly it does not say."""

    kind: ProposalKind
    category: Category | None
    example: uuid.UUID | None

    @property
    def lacks_category(self) -> bool:
        """Whether it has yet to be said what the proposal is about."""
        return self.kind != ProposalKind.ADD and self.category is None


@require_http_methods(["GET", "POST"])
@never_cache
def proposal_new(request: Request, slug: str, scheme: str) -> HttpResponse:
    """A new proposal: its kind, and what it is about, are in the address."""
    coder = member_for(request, slug, RoleName.CODER)
    shown = access.scheme_shown(coder, scheme)
    asked = _asked(request, shown)
    form = _proposal_form(request, coder, shown, asked)
    status = refusal_of(form, lambda: _propose(form, shown, coder, asked))
    if status is None:
        messages.success(request, _("Proposed. An admin answers; you are told on your pages."))
        return redirect("taxonomy:proposal_mine", slug)
    context = {
        "study": coder.study,
        "scheme": shown,
        "asked": asked,
        "kinds": ProposalKind.choices,
        "choices": choices_of(shown) if asked.kind != ProposalKind.ADD else None,
        "form": form if form.is_bound or not asked.lacks_category else None,
    }
    return render(request, FORM_PAGE, context, status=status)


def _asked(request: Request, scheme: Scheme) -> Asked:
    form = AskedForm(request.GET)
    form.is_valid()
    kind = ProposalKind(form.cleaned_data.get("kind") or ProposalKind.ADD)
    uid = form.cleaned_data.get("category")
    wanted = offered(scheme).filter(uid=uid) if uid and kind != ProposalKind.ADD else None
    category = wanted.first() if wanted is not None else None
    if category is not None:
        category.scheme = scheme
    return Asked(kind, category, form.cleaned_data.get("example"))


def _proposal_form(request: Request, coder: Member, scheme: Scheme, asked: Asked) -> ProposalForm:
    form = ProposalForm(
        request.POST if request.method == "POST" else None,
        member=coder,
        scheme=scheme,
        kind=asked.kind,
        category=asked.category,
        asked=asked.example,
        initial=texts_of(asked.category) if asked.kind == ProposalKind.DESCRIBE else {},
    )
    if form.is_bound and asked.lacks_category:  # it went while somebody wrote
        form.add_error(None, _("Choose a category that stands; what you wrote is kept."))
    return form


def _propose(form: ProposalForm, scheme: Scheme, coder: Member, asked: Asked) -> None:
    proposing.propose(
        scheme=scheme, kind=asked.kind, category=asked.category, by=coder, **form.proposal()
    )


@require_POST
def proposal_withdraw(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Take one's own proposal back."""
    member, shown = _at(request, slug, scheme)
    proposal = access.proposal_to_withdraw(member, shown, uid)
    with telling_refusals(request):
        proposing.withdraw_proposal(proposal=proposal, by=member)
    return redirect("taxonomy:proposal_show", slug, scheme, uid)


# -- Answering --------------------------------------------------------------------------------


@require_POST
def proposal_accept(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Accept a proposal as it is."""
    admin, proposal = _to_answer(request, slug, scheme, uid)
    form = AcceptForm(request.POST, auto_id="accept_%s")
    status = refusal_of(form, lambda: _accept(request, proposal, admin, **form.acceptance()))
    if status is None:
        return redirect("taxonomy:proposal_show", slug, scheme, uid)
    admin, proposal = _to_answer(request, slug, scheme, uid)
    return _show(request, admin, proposal, accepting=form, status=status)


@require_http_methods(["GET", "POST"])
@never_cache
def proposal_change(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Accept a proposal with other words, or another place, than were proposed.

    With `ask` the form is only asked for, with the answer that was typed so far.
    """
    admin, proposal = _to_answer(request, slug, scheme, uid)
    answers = request.method == "POST" and "ask" not in request.POST
    typed = request.POST.get("answer", "")
    form = AcceptChangedForm(request.POST if answers else None, proposal=proposal, answer=typed)
    status = refusal_of(form, lambda: _accept(request, proposal, admin, **form.acceptance()))
    if status is None:
        return redirect("taxonomy:proposal_show", slug, scheme, uid)
    if status == CONFLICT:
        admin, proposal = _to_answer(request, slug, scheme, uid)
        form.take_up(proposal.category)
    context = {
        "study": admin.study,
        "scheme": proposal.scheme,
        "proposal": proposal,
        "revision": _revision_to_send(form, proposal, status),
        "form": form,
    }
    return render(request, "taxonomy/proposal_change.html", context, status=status)


@require_POST
def proposal_decline(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Decline a proposal with a word of reason."""
    admin, proposal = _to_answer(request, slug, scheme, uid)
    form = DeclineForm(request.POST, auto_id="decline_%s")
    status = refusal_of(
        form,
        lambda: proposing.decline_proposal(
            proposal=proposal, by=admin, answer=form.cleaned_data["answer"]
        ),
    )
    if status is None:
        messages.success(request, _("Declined. Its author is told."))
        return redirect("taxonomy:proposal_list", slug, scheme)
    proposal = access.proposal_shown(admin, proposal.scheme, uid)
    return _show(request, admin, proposal, declining=form, status=status)


def _to_answer(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> tuple[Member, Proposal]:
    admin = member_for(request, slug, RoleName.ADMIN)
    return admin, access.proposal_to_answer(admin, access.scheme_shown(admin, scheme), uid)


def _accept(request: Request, proposal: Proposal, admin: Member, **said: Any) -> None:
    revision = proposing.accept_proposal(proposal=proposal, by=admin, **said)
    if revision is None:
        messages.success(request, _("Accepted. Split the category when you are ready."))
        return
    undo = _undo_url(proposal.scheme, revision)
    tell(request, _("Accepted as revision %(n)d.") % {"n": revision.number}, undo=undo)


def _undo_url(scheme: Scheme, revision: Revision) -> str:
    return reverse("taxonomy:revision_undo", args=[scheme.study.slug, scheme.slug, revision.uid])
