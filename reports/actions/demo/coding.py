"""What the coders of the demo study answered outside plans: each moment once."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from incidents.actions.numbering import change_facts
from incidents.choices import IncidentState
from incidents.models import Member, Moment
from reports.actions.demo.planning import Parts, brought
from taxonomy.actions.bringing import bring_assigned_codings
from taxonomy.choices import BatchKind
from taxonomy.models import Assignment, Batch, Category, Scheme

AT_ONCE = 300  # moments; with their assignments and settlements they stay under a thousand rows


def code_once(
    *, scheme: Scheme, coders: Sequence[Member], parts: Parts, coded_at: dt.datetime
) -> None:
    """Code what counts by now and no plan is to give out; leaves out what is coded."""
    batch = Batch.objects.select_related("scheme__study").get(scheme=scheme, kind=BatchKind.ONCE)
    categories = {row.code: row for row in Category.objects.filter(scheme=scheme)}
    left = _left(batch, parts)
    for start in range(0, len(left), AT_ONCE):
        answers = [
            brought(answer, moment=pk, coder=coders[answer.coder], categories=categories)
            for pk in left[start : start + AT_ONCE]
            for answer in parts[pk].answers[scheme.slug]
        ]
        with transaction.atomic():
            seq = change_facts(scheme.study)
            bring_assigned_codings(batch=batch, brought=answers, seq=seq, done_at=coded_at)


def _left(batch: Batch, parts: Parts) -> list[int]:
    slug = batch.scheme.slug
    coded = set(Assignment.objects.filter(batch=batch).values_list("moment", flat=True))
    counted = Moment.objects.filter(
        incident__study=batch.scheme.study_id, incident__state=IncidentState.ACCEPTED
    )
    return [
        pk
        for pk in counted.order_by("pk").values_list("pk", flat=True)
        if pk not in coded and slug in parts[pk].answers and slug not in parts[pk].planned
    ]
