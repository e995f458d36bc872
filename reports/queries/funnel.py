"""From what was written down to what stands in tables: every incident and moment in one place."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef

from incidents.choices import IncidentState
from incidents.models import Draft, Incident, Moment, Study
from incidents.queries.criteria import reasons_of
from incidents.queries.screening import NO_REASON, last_reason
from taxonomy.choices import Residual
from taxonomy.models import Scheme
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STATES = (
    IncidentState.SUBMITTED,
    IncidentState.RETURNED,
    IncidentState.EXCLUDED,
    IncidentState.WITHDRAWN,
    IncidentState.HELD_OUT,
    IncidentState.ACCEPTED,
)


@dataclasses.dataclass(frozen=True)
class Fieldwork:
    """How many incidents stand where; those submitted are exactly those of all states."""

    unsent: int
    states: dict[str, int]
    reasons: list[tuple[str, "StrOrPromise", int]]
    moments: int

    @property
    def submitted(self) -> int:
        """All that interviewers sent or files brought, whatever became of it."""
        return sum(self.states.values())

    @property
    def recorded(self) -> int:
        """All that was written down, sent or not."""
        return self.submitted + self.unsent


@dataclasses.dataclass(frozen=True)
class CodingStage:
    """What became of the moments of accepted incidents in one scheme, in its coarsest round.

    `placed` and the residual lines add up to `moments`, as counted at `counted_at` (None: now).
    """

    scheme: Scheme
    round: int
    placed: int
    residuals: dict[str, int]
    counted_at: dt.datetime | None
    fresh: bool

    @property
    def moments(self) -> int:
        """All moments that were counted."""
        return self.placed + sum(self.residuals.values())

    @property
    def coded(self) -> int:
        """The moments to which coders have given an answer that counts."""
        return self.moments - self.residuals[Residual.NOT_CODED]


def fieldwork_of(study: Study) -> Fieldwork:
    """Where the incidents of a study stand; six queries."""
    incidents = Incident.objects.published().filter(study=study)
    states = dict(incidents.order_by().values_list("state").annotate(number=Count("pk")))
    return Fieldwork(
        unsent=_unsent(study),
        states={
            state: states.get(state, 0)
            for state in STATES
            if state in states or state != IncidentState.HELD_OUT
        },
        reasons=_reasons(study),
        moments=Moment.objects.filter(incident__in=incidents.accepted()).count(),
    )


def stages_of(schemes: Sequence[Scheme]) -> list[CodingStage]:
    """What became of the moments in these schemes; one that has no round yet is left out."""
    coarsest = [(scheme, max(tree_of(scheme).rounds, default=0)) for scheme in schemes]
    return [_stage(scheme, position) for scheme, position in coarsest if position]


def _unsent(study: Study) -> int:
    """Incidents that are written down and not sent; several windows write one."""
    sent = Incident.objects.filter(uid=OuterRef("object_uid"))
    drafts = Draft.objects.filter(study=study).exclude(Exists(sent))
    return drafts.aggregate(number=Count("object_uid", distinct=True))["number"] or 0


def _reasons(study: Study) -> list[tuple[str, "StrOrPromise", int]]:
    """How many incidents were left out for each reason, in the order of the criteria."""
    excluded = Incident.objects.filter(study=study, state=IncidentState.EXCLUDED)
    rows = excluded.order_by().annotate(reason=last_reason()).values_list("reason")
    numbers = dict(rows.annotate(number=Count("pk")))
    words = {**reasons_of(study), NO_REASON: ""}
    codes = [*words, *(code for code in numbers if code not in words)]
    return [(code, words.get(code, code), numbers[code]) for code in codes if numbers.get(code)]


def _stage(scheme: Scheme, position: int) -> CodingStage:
    answered = answer(scheme, Specification(round=position))
    return CodingStage(
        scheme=scheme,
        round=position,
        placed=int(answered.table.base.total),
        residuals={line.kind: int(line.total) for line in answered.table.residuals},
        counted_at=answered.counted_at,
        fresh=answered.fresh,
    )
