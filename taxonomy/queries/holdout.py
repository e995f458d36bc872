"""The holdout of a study: what may be drawn, what would be, and how much of it is back."""

import dataclasses
import hashlib
from collections import Counter
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
)

from incidents.choices import IncidentState
from incidents.models import Incident, Study
from incidents.querysets import IncidentQuerySet
from taxonomy.models import (
    Assignment,
    Coding,
    HeldIncident,
    Holdout,
    Scheme,
    SortItem,
    TrainingItem,
)
from taxonomy.queries.coding import some_unassigned
from taxonomy.queries.drawing import StratumLine, strata_in
from taxonomy.tabulation.dealing import Stratum, draw_sample

# -- What may be drawn -------------------------------------------------------------------------


def may_be_held_out(study: Study) -> IncidentQuerySet:
    """The accepted incidents of a study of which nothing has been seen by who makes categories."""
    accepted = Incident.objects.accepted().filter(study=study)
    return accepted.exclude(_with_coders()).exclude(_sorted()).exclude(_practised())


def _with_coders() -> Q:
    assigned = Assignment.objects.filter(moment__incident=OuterRef("pk"))
    coded = Coding.objects.filter(moment__incident=OuterRef("pk"))
    return Q(Exists(assigned)) | Q(Exists(coded))


def _sorted() -> Exists:
    return Exists(SortItem.objects.filter(moment__incident=OuterRef("pk")))


def _practised() -> Exists:
    return Exists(TrainingItem.objects.filter(moment__incident=OuterRef("pk")))


@dataclasses.dataclass(frozen=True)
class Eligible:
    """How many accepted incidents may be drawn, and how many of them may not, by the first reason.

    `waiting`: not accepted yet.
    """

    free: int
    with_coders: int
    in_sorts: int
    in_training: int
    waiting: int

    @property
    def accepted(self) -> int:
        """All accepted ones."""
        return self.free + self.with_coders + self.in_sorts + self.in_training


def eligible_in(study: Study) -> Eligible:
    """How many incidents may be drawn, and why the others may not; two queries."""
    coded, piled, practised = Q(coded=True), Q(piled=True), Q(practised=True)
    accepted = Incident.objects.accepted().filter(study=study)
    counted = accepted.annotate(
        coded=ExpressionWrapper(_with_coders(), output_field=BooleanField()),
        piled=_sorted(),
        practised=_practised(),
    ).aggregate(
        with_coders=Count("pk", filter=coded),
        in_sorts=Count("pk", filter=piled & ~coded),
        in_training=Count("pk", filter=practised & ~piled & ~coded),
        free=Count("pk", filter=~practised & ~piled & ~coded),
    )
    to_come = (IncidentState.SUBMITTED, IncidentState.RETURNED)
    waiting = Incident.objects.filter(study=study, state__in=to_come).count()
    return Eligible(**counted, waiting=waiting)


# -- What would be drawn -----------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class AskedToHold:
    """What is asked of a drawing: `number` of the incidents, or `percent` of them."""

    seed: int
    percent: int | None = None
    number: int | None = None

    def wanted(self, available: int) -> int:
        """How many of so many are drawn; of a share at least one."""
        if self.number is not None:
            return min(self.number, available)
        return min(max(1, (available * (self.percent or 0) + 50) // 100), available)

    def as_json(self) -> dict[str, Any]:
        """What a holdout keeps of it, beside its seed."""
        return {"percent": self.percent, "number": self.number}


@dataclasses.dataclass(frozen=True)
class HeldDrawing:
    """What would be held out. `digest` is another where anything of it is."""

    available: int
    strata: list[StratumLine]
    incidents: list[int]
    digest: str

    @property
    def drawn(self) -> int:
        """How many incidents."""
        return len(self.incidents)

    def as_json(self) -> dict[str, Any]:
        """What a holdout keeps of it."""
        strata = [[line.region, line.valence, line.available, line.drawn] for line in self.strata]
        return {"available": self.available, "drawn": self.drawn, "strata": strata}


def draw_to_hold(study: Study, asked: AskedToHold) -> HeldDrawing:
    """Draw from the incidents that may be held out, by region and first valence. Two queries."""
    first = may_be_held_out(study).filter(moments__position=1)
    rows = first.values_list("pk", "site__region", "moments__valence")
    strata: dict[int, Stratum] = {pk: (region, valence) for pk, region, valence in rows}
    wanted = asked.wanted(len(strata))
    drawn, incidents = draw_sample(strata, wanted, seed=f"{asked.seed}/holdout")
    said = repr((asked, incidents)).encode()
    return HeldDrawing(
        available=len(strata),
        strata=strata_in(study.pk, Counter(strata.values()), drawn),
        incidents=incidents,
        digest=hashlib.sha256(said).hexdigest()[:16],
    )


# -- What was drawn ----------------------------------------------------------------------------


def holdout_of(study: Study) -> Holdout | None:
    """The holdout of a study that was not taken back, if there is one."""
    standing = Holdout.objects.filter(study=study, taken_back_at__isnull=True)
    return standing.select_related("drawn_by", "released_by").first()


def taken_back_in(study: Study) -> list[Holdout]:
    """The holdouts that were drawn and taken back, the newest first."""
    rows = Holdout.objects.filter(study=study, taken_back_at__isnull=False)
    return list(rows.select_related("drawn_by").order_by("-pk")[:20])


@dataclasses.dataclass(frozen=True)
class Whereabouts:
    """Where the incidents of a holdout stand: still locked, used, or out of the study since."""

    held: int
    used: int
    out: int

    @property
    def drawn(self) -> int:
        """All that were drawn and are still there."""
        return self.held + self.used + self.out


def whereabouts_of(holdout: Holdout) -> Whereabouts:
    """Where the incidents of a holdout stand; one query."""
    states = HeldIncident.objects.filter(holdout=holdout).values_list("incident__state")
    counts = dict(states.annotate(number=Count("pk")).order_by())
    held = counts.pop(IncidentState.HELD_OUT, 0)
    used = counts.pop(IncidentState.ACCEPTED, 0)
    return Whereabouts(held=held, used=used, out=sum(counts.values()))


def strata_of(holdout: Holdout) -> list[StratumLine]:
    """What was drawn of what there was, as it was kept."""
    return [StratumLine(*row) for row in holdout.drawing["drawn"]["strata"]]


def schemes_for(holdout: Holdout) -> QuerySet[Scheme]:
    """The schemes of the study, with whether there is something `to_give` out of a released one."""
    held = Q(incident__held_out_for__holdout=holdout)
    schemes = Scheme.objects.filter(study=holdout.study_id)
    return schemes.annotate(to_give=some_unassigned(among=held)).order_by("pk")


def still_held(holdout: Holdout) -> IncidentQuerySet:
    """The incidents of a holdout that are locked, and not since by a later one."""
    held = HeldIncident.objects.filter(incident=OuterRef("pk"))
    locked = Incident.objects.filter(Exists(held.filter(holdout=holdout)))
    again = held.filter(holdout__gt=holdout)
    return locked.exclude(Exists(again)).filter(state=IncidentState.HELD_OUT)


def held_in(study: Study) -> int:
    """How many incidents of a study are locked now, by whatever holdout."""
    return Incident.objects.filter(study=study, state=IncidentState.HELD_OUT).count()
