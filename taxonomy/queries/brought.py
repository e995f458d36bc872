"""Answers that files brought, where two coders or more answered for the same moments."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents.choices import IncidentState
from incidents.models import Member, Moment
from taxonomy.choices import Purpose
from taxonomy.models import AgreementReport, Coding, Scheme
from taxonomy.querysets import CodingQuerySet
from taxonomy.reliability.material import Coded, last_answers

BROUGHT: Final = uuid.UUID(int=0)  # stands in reports where else the uid of a batch does


def brought_codings(scheme: Scheme) -> QuerySet[Coding]:
    """The answers of moments that two coders or more answered in files; of incidents that count."""
    brought = _brought(scheme).live().filter(moment__incident__state=IncidentState.ACCEPTED)
    others = brought.filter(moment=OuterRef("moment")).exclude(coder=OuterRef("coder"))
    return brought.filter(Exists(others))


def answers_brought(scheme: Scheme) -> list[Coded]:
    """The same as a report takes them, in one statement."""
    rows = _brought(scheme).filter(moment__incident__state=IncidentState.ACCEPTED).order_by("pk")
    coded = last_answers(
        (Coded(moment, str(coder), category, str(BROUGHT)), taken_back)
        for moment, coder, category, taken_back in rows.values_list(
            "moment_id", "coder__uid", "category_id", "taken_back"
        )
    )
    coders = Counter(one.moment for one in coded)
    return [one for one in coded if coders[one.moment] > 1]


def _brought(scheme: Scheme) -> CodingQuerySet:
    return Coding.objects.filter(scheme=scheme, purpose=Purpose.IMPORT)


def several_brought(scheme: Scheme) -> bool:
    """Whether there are any; quickly answered where files name one coder, as most do."""
    theirs = _brought(scheme).filter(coder=OuterRef("pk"))
    coders = Member.objects.filter(Exists(theirs), study=scheme.study_id).order_by("pk")
    two = coders.values_list("pk", flat=True)[:2]
    return len(two) == 2 and brought_codings(scheme).exists()  # noqa: PLR2004  (two)


def is_brought(answer: Mapping[str, Any]) -> bool:
    """Whether the figures of a report are those of files, and of no batch."""
    return str(BROUGHT) in _uids(answer)


def _uids(answer: Mapping[str, Any]) -> Collection[str]:
    return {batch["uid"] for batch in answer["batches"]}


def brought_otherwise(report: AgreementReport, scheme: Scheme) -> bool:
    """Whether an answer of a file came or was taken back, or a moment of one left or came back."""
    since = report.data_seq
    came = _brought(scheme).filter(seq__gt=since)
    moved = Moment.objects.filter(
        Q(incident__left_seq__gt=since) | Q(entered_seq__gt=since),
        Exists(_brought(scheme).filter(moment=OuterRef("pk"))),
        incident__study=scheme.study_id,
    )
    return Scheme.objects.filter(Q(Exists(came)) | Q(Exists(moved)), pk=scheme.pk).exists()
