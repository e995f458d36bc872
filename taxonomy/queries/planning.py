"""The batches of the coding plan: what may be put on one, and who codes there."""

import dataclasses

from django.db.models import Count, QuerySet

from incidents.choices import RoleName
from incidents.models import Member, Study
from taxonomy.choices import BatchKind, BatchState
from taxonomy.models import Assignment, Batch, Scheme


@dataclasses.dataclass(frozen=True)
class OpenBatch:
    """A batch that more may be put on, with its coders and how many moments it has."""

    batch: Batch
    coders: list[Member]
    moments: int


def open_batches(study: Study) -> list[OpenBatch]:
    """The open batches by plan of a study that have coders left, the newest first."""
    coders = coders_by_batch(study)
    return [
        OpenBatch(batch, coders[batch.pk], batch.number)
        for batch in _open(study).annotate(number=Count("assignments__moment", distinct=True))
        if batch.pk in coders
    ]


def coders_by_batch(study: Study) -> dict[int, list[Member]]:
    """The active coders of each open batch of a study, by their names."""
    pairs = Assignment.objects.filter(batch__in=_open(study)).order_by()
    among = coders_of(study).in_bulk()
    found: dict[int, list[Member]] = {}
    for batch, coder in pairs.values_list("batch", "coder").distinct():
        if coder in among:
            found.setdefault(batch, []).append(among[coder])
    for coders in found.values():
        coders.sort(key=lambda coder: (coder.display_name, coder.pk))
    return found


def coders_of(study: Study) -> QuerySet[Member]:
    """The members who code in a study now, by their names."""
    coders = Member.objects.active().with_role(RoleName.CODER).filter(study=study)
    return coders.order_by("display_name", "pk")


def schemes_to_code(study: Study) -> QuerySet[Scheme]:
    """The schemes of a study, in their order."""
    return Scheme.objects.filter(study=study).order_by("pk")


def _open(study: Study) -> QuerySet[Batch]:
    plans = Batch.objects.filter(scheme__study=study, kind=BatchKind.PLAN, state=BatchState.OPEN)
    return plans.select_related("scheme").order_by("-pk")
