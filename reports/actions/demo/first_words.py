"""A scheme of the demo study made by open sorting: piles, agreed on, then coded with."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from django.db import transaction

from incidents.actions.numbering import change_facts, lock_study
from incidents.choices import IncidentState
from incidents.models import Member, Moment, Study
from reports.demo.four_regions import first_words as plan
from reports.demo.four_regions.plans import PartPlan
from taxonomy.actions.agreeing import take_over_piles
from taxonomy.actions.bringing import Brought, bring_assigned_codings
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.sorting import finish_sorting, put_on_pile, start_sort_of_moments
from taxonomy.choices import BatchKind, Confidence
from taxonomy.models import Assignment, Batch, Category, Pile, Scheme, Sort

AT_ONCE = 120  # moments; with their assignments and settlements under a thousand rows
Parts = Mapping[int, PartPlan]  # by the key of their moment


def sort_openly(
    *,
    study: Study,
    admin: Member,
    coders: Sequence[Member],
    parts: Parts,
    coded_at: dt.datetime,
) -> None:
    """Make the scheme from piles and code with it; leaves out what is there."""
    scheme = _founded(study, admin, coders[1:], parts)
    batch = Batch.objects.select_related("scheme__study").get(scheme=scheme, kind=BatchKind.ONCE)
    coded = set(Assignment.objects.filter(batch=batch).values_list("moment", flat=True))
    accepted = Moment.objects.filter(incident__study=study, incident__state=IncidentState.ACCEPTED)
    first = accepted.order_by("entered_seq", "pk").values_list("pk", flat=True)[: plan.CODED]
    left = [pk for pk in first if pk not in coded]
    for start in range(0, len(left), AT_ONCE):
        _code(batch, left[start : start + AT_ONCE], coders, parts, coded_at)


@transaction.atomic
def _founded(study: Study, admin: Member, sorters: Sequence[Member], parts: Parts) -> Scheme:
    lock_study(study.pk)
    known = Scheme.objects.filter(study=study, slug=plan.SLUG).first()
    if known:
        return known
    scheme = start_scheme(
        study=study,
        slug=plan.SLUG,
        name=plan.NAME,
        description=plan.DESCRIPTION,
        rounds=[{"position": 1, "name": plan.ROUND}],
        by=admin,
        rationale=plan.RATIONALE,
    )
    for asked in plan.SORTS:
        _sort(scheme, asked, sorters[: asked.sorters], admin, parts)
    return scheme


def _sort(
    scheme: Scheme, asked: plan.OpenSort, sorters: Sequence[Member], admin: Member, parts: Parts
) -> None:
    sort = start_sort_of_moments(
        scheme=scheme,
        members=sorters,
        name=asked.name,
        number=asked.moments,
        names_given=asked.names_given,
        seed=asked.seed,
        by=admin,
    )
    words: Sequence[Callable[[str], str]] = (str, plan.in_other_words)
    for member, in_words in zip(sorters, words, strict=False):
        _put(sort, member, in_words, parts)
    sort.refresh_from_db()
    founded = Pile.objects.filter(sorter__sort=sort, category=None).order_by("sorter", "position")
    take_over_piles(
        sort=sort,
        chosen=[(pile, plan.agreed(pile.name)) for pile in founded],
        by=admin,
        rationale=plan.AGREED,
    )


def _put(sort: Sort, member: Member, in_words: Callable[[str], str], parts: Parts) -> None:
    sorter = sort.sorters.get(member=member)
    for item in sort.items.order_by("position"):
        if item.moment_id is not None:
            name = in_words(plan.pile_of(parts[item.moment_id]))
            put_on_pile(sorter=sorter, item=item, to=name, by=member)
    finish_sorting(sorter=sorter, by=member)


@transaction.atomic
def _code(
    batch: Batch,
    moments: Sequence[int],
    coders: Sequence[Member],
    parts: Parts,
    coded_at: dt.datetime,
) -> None:
    seq = change_facts(batch.scheme.study)
    named = {row.name: row for row in Category.objects.filter(scheme=batch.scheme, exists=True)}
    answers = [
        Brought(
            moment=pk,
            coder=coders[place % len(coders)],
            category=named[plan.pile_of(parts[pk])],
            confidence=Confidence.SURE,
        )
        for place, pk in enumerate(moments)
        if plan.pile_of(parts[pk]) in named
    ]
    bring_assigned_codings(batch=batch, brought=answers, seq=seq, done_at=coded_at)
