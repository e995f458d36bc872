"""Disputes: the list, one after another, decided with a reason and reopened."""

import dataclasses
import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, tell
from incidents.models import Member, Moment
from incidents.paging import page_by_key, shown_number
from incidents.views.attempts import refusal_of, telling_refusals
from taxonomy import access
from taxonomy.actions import adjudicating
from taxonomy.choices import BatchKind, Outcome
from taxonomy.forms.disputes import AlikeForm, DecideForm, DisputeFilterForm, ReasonForm
from taxonomy.models import Adjudication, Assignment, Scheme
from taxonomy.queries.coding import choices_of, told
from taxonomy.queries.contested import contest_of, facts_shown, standing_among
from taxonomy.queries.disputes import (
    Line,
    Pair,
    Shown,
    address_of,
    against,
    contested_sets,
    decisions_on,
    disputes_of,
    following,
    lines_of,
    pair_at,
    pairs_in,
    settled_moments,
)
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.tree import Tree

LIST, SHOW = "taxonomy/dispute_list.html", "taxonomy/dispute_show.html"
READERS = (RoleName.CODER, RoleName.ANALYST, RoleName.ADMIN)
MOST_PAIRS = 8
OFFERED_PAIRS = 100
DECIDED_ALIKE = {Shown.OPEN.value, Shown.MAJORITY.value}


@dataclasses.dataclass(frozen=True)
class _Asked:
    """Whose list, of which scheme, with which filters."""

    member: Member
    scheme: Scheme
    tree: Tree
    pairs: list[tuple[Pair, int]]
    filters: DisputeFilterForm

    @property
    def shown(self) -> str:
        return self.filters.chosen("shown") or Shown.OPEN.value

    def moments(self) -> QuerySet[Moment]:
        """The disputes of the list."""
        rows = disputes_of(
            self.scheme,
            self.member,
            self.tree,
            shown=self.shown,
            pair=pair_at(self.filters.chosen("pair"), self.tree),
        )
        if batch := self.filters.chosen("batch"):
            given = Assignment.objects.filter(batch__uid=batch, moment=OuterRef("pk"))
            rows = rows.filter(Exists(given))
        if region := self.filters.chosen("region"):
            rows = rows.filter(incident__site__region__uid=region)
        return rows.select_related("incident__version")


# -- Reading -----------------------------------------------------------------------------------


@require_GET
@never_cache
def dispute_list(request: Request, slug: str, scheme: str) -> HttpResponse:
    """What coders disagreed on in a scheme, and which categories they take for each other."""
    member = member_for(request, slug, *READERS)
    shown = access.scheme_shown(member, scheme)
    if not access.sees_results(member, shown):
        context = {"study": member.study, "scheme": shown, "blind": True}
        return render(request, LIST, context)
    return _list(request, _asked(request, member, shown))


def _list(
    request: Request, asked: _Asked, *, form: AlikeForm | None = None, status: int = 200
) -> HttpResponse:
    page = page_by_key(asked.moments(), query=request.GET)
    lines = lines_of(page.rows, asked.scheme, asked.tree)
    may_decide, many = asked.member.has_role(RoleName.ADMIN), asked.moments().count()
    context = {
        "study": asked.member.study,
        "scheme": asked.scheme,
        "filters": asked.filters,
        "active": asked.filters.in_use(list(asked.filters.fields)),
        "shown": asked.shown,
        "page": page,
        "lines": lines,
        "many": many,
        "many_shown": shown_number(many),
        "pairs": _listed_pairs(asked),
        "more_pairs": len(asked.pairs) > MOST_PAIRS,
        "may_decide": may_decide,
        "alike": may_decide and asked.shown in DECIDED_ALIKE and bool(page.rows),
        "options": _options(asked.tree, lines) if may_decide else [],
        "form": form or AlikeForm(scheme=asked.scheme),
        "ticked": request.POST.getlist("moment"),
        "previous_url": _turn(asked, "before", page.before),
        "next_url": _turn(asked, "after", page.after),
    }
    return render(request, LIST, context, status=status)


def _asked(request: Request, member: Member, scheme: Scheme) -> _Asked:
    tree = tree_of(scheme)
    pairs = pairs_in(contested_sets(settled_moments(scheme, member)), tree)
    regions = member.study.regions.order_by("pk")
    filters = DisputeFilterForm(
        request.GET,
        pairs=_pair_choices(request.GET.get("pair", ""), pairs, tree),
        batches=[(str(uid), name) for uid, name in _batches(scheme)],
        regions=(
            [(str(one.uid), one.shown_name) for one in regions]
            if member.has_role(RoleName.ANALYST, RoleName.ADMIN)
            else []
        ),
    )
    return _Asked(member, scheme, tree, pairs, filters)


def _batches(scheme: Scheme) -> QuerySet[Any, Any]:
    """Those in which moments may come to several; a portion of a plan has one of each name."""
    alone = (BatchKind.SHARED, BatchKind.RECODE, BatchKind.TRAINING)
    return scheme.batches.exclude(kind__in=alone).order_by("pk").values_list("uid", "name")


def _pair_choices(wanted: str, pairs: list[tuple[Pair, int]], tree: Tree) -> list[tuple[str, str]]:
    found = [pair for pair, _times in pairs[:OFFERED_PAIRS]]
    other = pair_at(wanted, tree)
    if other and other not in found:
        found.append(other)
    named = [(address_of(pair, tree), against(pair, tree)) for pair in found]
    aliases = [(wanted, against(other, tree))] if other else []  # the other way round, or merged
    return [*named, *(each for each in aliases if each not in named)]


def _listed_pairs(asked: _Asked) -> list[tuple[str, int, str]]:
    base = dict.fromkeys(asked.filters.fields, "")
    return [
        (
            against(pair, asked.tree),
            times,
            asked.filters.query({**base, "pair": address_of(pair, asked.tree)}),
        )
        for pair, times in asked.pairs[:MOST_PAIRS]
    ]


def _options(tree: Tree, lines: Iterable[Line]) -> list[tuple[str, str]]:
    """The standing categories that were named for the disputes of a page."""
    named = {end for line in lines for end in line.ends}
    rows = [node for position in tree.rounds for node in tree.rows(position)]
    return [(node.uid, node.name) for node in rows if node.key in named and not node.retired]


def _turn(asked: _Asked, way: str, place: object) -> str:
    return f"?{asked.filters.query({way: str(place)})}" if place else ""


@require_GET
@never_cache
def dispute_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """One dispute: what was told, what coders said of it, and what was decided."""
    member, shown = _at(request, slug, scheme)
    moment = access.dispute_shown(member, shown, uid)
    return _show(request, _asked(request, member, shown), moment)


def _at(request: Request, slug: str, scheme: str, *roles: RoleName) -> tuple[Member, Scheme]:
    member = member_for(request, slug, *(roles or READERS))
    return member, access.scheme_shown(member, scheme)


def _show(
    request: Request,
    asked: _Asked,
    moment: Moment,
    *,
    form: DecideForm | None = None,
    status: int = 200,
) -> HttpResponse:
    scheme, member = asked.scheme, asked.member
    contest = contest_of(moment, scheme, asked.tree, member)
    decisions = decisions_on(moment, scheme)
    standing = standing_among(decisions)
    disagreed = contest.outcome == Outcome.IN_DISPUTE or contest.majority
    decides = (
        member.has_role(RoleName.ADMIN)
        and bool(disagreed)
        and standing is None
        and not contest.settled_by_merge
    )
    others = choices_of(scheme) if decides else []
    next_one = following(asked.moments(), moment)
    context = {
        "study": member.study,
        "scheme": scheme,
        "moment": moment,
        "told": told(moment),
        "facts": facts_shown(moment, member),
        "may_decide": member.has_role(RoleName.ADMIN),
        "contest": contest,
        "former": [row for row in decisions if row != standing],
        "standing": standing,
        "is_own": standing is not None and standing.member_id == member.pk,
        "decides": decides,
        "form": form or DecideForm(scheme=scheme, others=others),
        "query": asked.filters.query(),
        "next": next_one,
    }
    return render(request, SHOW, context, status=status)


# -- Deciding ----------------------------------------------------------------------------------


@require_POST
def dispute_decide(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Decide a dispute with a reason, and go on to the next of the list."""
    admin, shown = _at(request, slug, scheme, RoleName.ADMIN)
    moment = access.dispute_shown(admin, shown, uid)
    form = DecideForm(request.POST, scheme=shown, others=choices_of(shown))
    made: list[Adjudication] = []

    def decide() -> None:
        how: dict[str, Any] = {"moment": moment, "scheme": shown, "by": admin}
        made.append(adjudicating.adjudicate(**how, **form.decision()))

    status = refusal_of(form, decide)
    asked = _asked(request, admin, shown)
    if status is not None:
        return _show_again(request, asked, moment, form, status)
    back = reverse("taxonomy:dispute_take_back", args=[slug, scheme, made[0].uid])
    tell(request, _("Decided: %(what)s.") % {"what": made[0].in_words}, undo=_with(asked, back))
    following_one = following(asked.moments(), moment)
    if following_one is None:
        return redirect(_with(asked, reverse("taxonomy:dispute_list", args=[slug, scheme])))
    return redirect(_with(asked, _address(slug, scheme, following_one)))


def _show_again(
    request: Request, asked: _Asked, moment: Moment, form: DecideForm, status: int
) -> HttpResponse:
    """The dispute with why it was not decided; the list where there is no dispute any more."""
    try:
        access.dispute_shown(asked.member, asked.scheme, moment.uid)
    except Http404:
        for error in form.non_field_errors():
            messages.error(request, str(error))
        slug, scheme = asked.member.study.slug, asked.scheme.slug
        return redirect(_with(asked, reverse("taxonomy:dispute_list", args=[slug, scheme])))
    return _show(request, asked, moment, form=form, status=status)


@require_POST
def dispute_alike(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Decide the disputes that were ticked alike, with one reason."""
    admin, shown = _at(request, slug, scheme, RoleName.ADMIN)
    if not access.sees_results(admin, shown):
        raise Http404
    form = AlikeForm(request.POST, scheme=shown)
    made: list[Adjudication] = []

    def decide() -> None:
        moments = form.cleaned_data["moment"]
        how: dict[str, Any] = {"moments": moments, "scheme": shown, "by": admin}
        made.extend(adjudicating.adjudicate_alike(**how, **form.decision()))

    status = refusal_of(form, decide)
    asked = _asked(request, admin, shown)
    if status is not None:
        return _list(request, asked, form=form, status=status)
    messages.success(request, _decided_alike(len(made), len(form.cleaned_data["moment"])))
    return redirect(_with(asked, reverse("taxonomy:dispute_list", args=[slug, scheme])))


def _decided_alike(made: int, ticked: int) -> str:
    said = ngettext("%(number)s dispute is decided.", "%(number)s disputes are decided.", made) % {
        "number": made
    }
    if made == ticked:
        return said
    left = _("The others were decided meanwhile, or nothing is to be decided there.")
    return f"{said} {left}"


def _address(slug: str, scheme: str, moment: Moment) -> str:
    return reverse("taxonomy:dispute_show", args=[slug, scheme, moment.uid])


def _with(asked: _Asked, address: str) -> str:
    """The address with the same filters."""
    query = asked.filters.query()
    return f"{address}?{query}" if query else address


# -- Reopening ---------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@never_cache
def dispute_reopen(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Open a decided dispute again, with a reason."""
    admin, shown = _at(request, slug, scheme, RoleName.ADMIN)
    decision = access.decision_of(admin, shown, uid)
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def reopen() -> None:
        adjudicating.reopen(adjudication=decision, by=admin, **form.cleaned_data)

    status = refusal_of(form, reopen)
    asked = _asked(request, admin, shown)
    if form.is_bound and status is None:
        messages.success(request, _("Reopened: what the coders said counts again."))
        return redirect(_with(asked, _address(slug, scheme, decision.moment)))
    context = {
        "study": admin.study,
        "scheme": shown,
        "decision": decision,
        "form": form,
        "query": asked.filters.query(),
    }
    return render(request, "taxonomy/dispute_reopen.html", context, status=status)


@require_POST
def dispute_take_back(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Take one's own decision back, and show its dispute again."""
    admin, shown = _at(request, slug, scheme, RoleName.ADMIN)
    decision = access.decision_of(admin, shown, uid)
    with telling_refusals(request):
        adjudicating.take_back_decision(adjudication=decision, by=admin)
        messages.success(request, _("Taken back: it is to be decided again."))
    return redirect(_with(_asked(request, admin, shown), _address(slug, scheme, decision.moment)))
