"""The holdout of the demo study: drawn before anybody codes, released once, coded by two."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from incidents.actions.numbering import change_facts, lock_study
from incidents.models import Member, Moment, Study
from reports.actions.demo.planning import Parts, brought
from reports.demo.four_regions import first_words
from reports.demo.four_regions import holding as plan
from reports.demo.four_regions.settling import left_open
from taxonomy.actions.adjudicating import adjudicate
from taxonomy.actions.bringing import bring_assigned_codings
from taxonomy.actions.drawing import make_plan
from taxonomy.actions.holding import draw_holdout, release_holdout
from taxonomy.actions.planning import lock_batch
from taxonomy.choices import AssignmentState, BatchState, Later, Unclassifiable
from taxonomy.models import Adjudication, Batch, Category, Holdout, Plan, Scheme
from taxonomy.queries.disputes import can_be_decided
from taxonomy.queries.drawing import Asked
from taxonomy.queries.holdout import AskedToHold, holdout_of


@transaction.atomic
def hold_out(*, study: Study, admin: Member, drawn_at: dt.datetime) -> None:
    """Draw the holdout, unless that was done."""
    lock_study(study.pk)
    if holdout_of(study) is None:
        asked = AskedToHold(seed=plan.SEED, number=plan.INCIDENTS)
        drawn = draw_holdout(study=study, asked=asked, by=admin)
        Holdout.objects.filter(pk=drawn.pk).update(created_at=drawn_at)


@transaction.atomic
def release(*, study: Study, admin: Member, released_at: dt.datetime) -> None:
    """Let the holdout count and be coded, unless that was done."""
    lock_study(study.pk)
    holdout = holdout_of(study)
    if holdout is not None and holdout.released_at is None:
        release_holdout(holdout=holdout, reason=plan.RELEASED_FOR, by=admin)
        Holdout.objects.filter(pk=holdout.pk).update(released_at=released_at)


def confirm_piles(
    *,
    study: Study,
    admin: Member,
    coders: Sequence[Member],
    parts: Parts,
    coded_at: dt.datetime,
) -> None:
    """Let two code what was held out, with the piles made from the rest, unless that was done."""
    scheme = Scheme.objects.select_related("study").get(study=study, slug=first_words.SLUG)
    given = Plan.objects.filter(scheme=scheme).first()
    batch = (given or _drawn(scheme, admin, coders)).batches.get()
    batch.scheme = scheme
    named = {row.name: row for row in Category.objects.filter(scheme=scheme, exists=True)}
    _code(batch, coders, parts, named, coded_at)
    if batch.state == BatchState.OPEN:
        lock_batch(batch=batch, by=admin)
    _decide(scheme, admin, parts, named)


def _drawn(scheme: Scheme, admin: Member, coders: Sequence[Member]) -> Plan:
    holdout = Holdout.objects.get(study=scheme.study, released_at__isnull=False)
    asked = Asked(
        name=plan.PLAN,
        coders=coders[: plan.CODERS],
        each=plan.CODERS,
        whole=True,
        seed=plan.PLAN_SEED,
        holdout=str(holdout.uid),
    )
    return make_plan(scheme=scheme, asked=asked, by=admin, later=Later.ONCE)


@transaction.atomic
def _code(
    batch: Batch,
    coders: Sequence[Member],
    parts: Parts,
    named: Mapping[str, Category],
    coded_at: dt.datetime,
) -> None:
    """All of it, or nothing where it was."""
    open_ = batch.assignments.filter(state=AssignmentState.OPEN)
    moments = sorted(set(open_.values_list("moment", flat=True)))
    if not moments:
        return
    seq = change_facts(batch.scheme.study)
    rng = random.Random(plan.SEED)  # noqa: S311  (a demonstration, not a secret)
    answers = [
        brought(answer, moment=pk, coder=coders[answer.coder], categories=named)
        for pk in moments
        for answer in plan.both_answers(parts[pk], named, rng)
    ]
    bring_assigned_codings(batch=batch, brought=answers, seq=seq, done_at=coded_at)


@transaction.atomic
def _decide(scheme: Scheme, by: Member, parts: Parts, named: Mapping[str, Category]) -> None:
    """Two of three disputes, unless that was done."""
    lock_study(scheme.study_id)
    if Adjudication.objects.filter(scheme=scheme).exists():
        return
    for place, moment in enumerate(list(can_be_decided(scheme).order_by("pk"))):
        if not left_open(place):
            adjudicate(moment=moment, scheme=scheme, by=by, **_decision(moment, parts, named))


def _decision(moment: Moment, parts: Parts, named: Mapping[str, Category]) -> dict[str, Any]:
    category = named.get(first_words.pile_of(parts[moment.pk]))
    if category is None:
        return {"unclassifiable": Unclassifiable.NO_CATEGORY, "reason": plan.DECIDED_NONE}
    return {"category": category, "reason": plan.DECIDED}
