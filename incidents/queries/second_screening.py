"""What two screeners said of the same incidents: what is due, how far they agree, where not."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db.models import F, QuerySet

from incidents.choices import IncidentState
from incidents.criteria import JUDGED_TWICE, Finding
from incidents.models import Incident, Member, SecondScreening, Study
from incidents.queries.criteria import criteria_of
from incidents.querysets import IncidentQuerySet
from incidents.reliability.kappa import (
    Confusion,
    cohen_kappa,
    confusion_of,
    percent_agreement,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Pair = tuple[str, str]
OUT = (IncidentState.WITHDRAWN, IncidentState.IMPORTING, IncidentState.HELD_OUT)


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How far first and second screeners agree on one thing; `shown` are words for the labels."""

    name: "StrOrPromise"
    table: Confusion[str]
    shown: Sequence["StrOrPromise"]

    @property
    def percent(self) -> float | None:
        """The share of incidents on which both said the same, in per cent."""
        share = percent_agreement(self.table)
        return None if share is None else 100 * share

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa, None where it is undefined."""
        return cohen_kappa(self.table)

    @property
    def rows(self) -> list[tuple["StrOrPromise", list[int]]]:
        """What the first said, in words, with how often the second said each."""
        counts = [numbers for _label, numbers in self.table.rows]
        return list(zip(self.shown, counts, strict=True))


@dataclasses.dataclass(frozen=True)
class DoubleScreening:
    """The double screening of a study as it stands."""

    decision: Agreement
    criteria: list[Agreement]
    drawn: int
    given: int

    @property
    def due(self) -> int:
        """How many second verdicts are still to be given."""
        return self.drawn - self.given


def seconds_due(member: Member) -> QuerySet[SecondScreening]:
    """The second verdicts that a member may give, oldest first: those of others' first ones."""
    due = SecondScreening.objects.filter(
        incident__study=member.study_id, given_at__isnull=True
    ).exclude(first__member=member)
    standing = due.exclude(incident__state__in=OUT)
    return standing.select_related("incident__study", "first", "version").order_by("pk")


def incidents_due(member: Member) -> IncidentQuerySet:
    """The incidents of which a member may give the second verdict."""
    due = seconds_due(member).order_by().values("incident")
    return Incident.objects.visible_to(member).filter(pk__in=due)


def double_screening_of(study: Study) -> DoubleScreening:
    """How far the screeners of a study agree, over all incidents that two have judged.

    What the two said is what counts, whatever was settled later or decided anew.
    """
    drawn = SecondScreening.objects.filter(incident__study=study)
    given = list(drawn.filter(given_at__isnull=False).select_related("first"))
    decisions = [(second.first.verdict, second.verdict) for second in given]
    asked = criteria_of(study)
    agreements = [
        _on_criterion(criterion.name, _findings(given, criterion.code)) for criterion in asked
    ]
    return DoubleScreening(
        decision=_agreement("", decisions, [(one.value, one.label) for one in JUDGED_TWICE]),
        criteria=[agreement for agreement in agreements if agreement.table.units],
        drawn=drawn.count(),
        given=len(given),
    )


def disagreements_of(study: Study, *, settled: bool) -> QuerySet[SecondScreening]:
    """Where the two verdicts differ, the newest first."""
    given = SecondScreening.objects.filter(incident__study=study, given_at__isnull=False)
    given = given.exclude(incident__state=IncidentState.HELD_OUT)
    differing = given.exclude(verdict=F("first__verdict"))
    found = differing.exclude(settled_for="") if settled else differing.filter(settled_for="")
    return found.select_related(
        "incident", "version", "first__member", "member", "settled_by"
    ).order_by("-pk")


def _on_criterion(name: "StrOrPromise", pairs: Iterable[Pair]) -> Agreement:
    return _agreement(name, pairs, [(one.value, one.label) for one in Finding])


def _agreement(
    name: "StrOrPromise", pairs: Iterable[Pair], labels: Sequence[tuple[str, "StrOrPromise"]]
) -> Agreement:
    table = confusion_of(pairs, [value for value, _words in labels])
    return Agreement(name, table, [words for _value, words in labels])


def _findings(given: Iterable[SecondScreening], code: str) -> list[Pair]:
    """What both found of a criterion, of the incidents on which both said something about it."""
    said = [
        ((second.first.findings or {}).get(code), second.findings.get(code)) for second in given
    ]
    return [(first, second) for first, second in said if first and second]
