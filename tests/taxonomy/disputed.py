"""Moments that several coders answered for, and decisions on them."""

import uuid

from taxonomy.actions.adjudicating import adjudicate
from taxonomy.actions.coding import code_moment
from taxonomy.actions.planning import lock_batch, open_batch
from taxonomy.choices import Unclassifiable
from taxonomy.models import Batch, Category, Settlement
from tests.factories import IncidentFactory


def category(scheme, name):
    return Category.objects.get(scheme=scheme, name=name)


def coded(scheme, coders, *said, locked=True, majority=False):
    """Moments of a batch, each with what its coders said in their order; "" for: cannot be."""
    moments = [IncidentFactory(study=scheme.study).moments.get() for _ in said]
    batch = open_batch(scheme=scheme, name="Overlap", moments=moments, coders=coders, by=None)
    Batch.objects.filter(pk=batch.pk).update(majority=majority)
    for moment, names in zip(moments, said, strict=True):
        for coder, name in zip(coders, names, strict=True):
            code_moment(
                assignment=batch.assignments.get(moment=moment, coder=coder),
                by=coder,
                uid=uuid.uuid4(),
                category=category(scheme, name) if name else None,
                unclassifiable="" if name else Unclassifiable.OTHER,
            )
    if locked:
        lock_batch(batch=batch, by=None)
    return moments


def settled(moment):
    row = Settlement.objects.get(moment=moment, to_seq=None)
    return row.outcome, row.category and row.category.name


def decide(moment, scheme, admin, name="Waiting", **how):
    how = {"category": category(scheme, name), "reason": "They waited first.", **how}
    return adjudicate(moment=moment, scheme=scheme, by=admin, **how)


TWO_APART = ("Listening", "Waiting")
