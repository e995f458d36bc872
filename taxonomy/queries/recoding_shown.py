"""How steady coders are, as the reliability page shows it. Nothing is computed here."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from incidents.choices import RoleName
from incidents.models import Job, Member
from taxonomy.choices import BatchKind, BatchState
from taxonomy.models import AgreementReport, Batch, Scheme
from taxonomy.queries.coder_names import coder_names
from taxonomy.queries.measured import Figure, figure_of
from taxonomy.queries.recoding import ABOUT, recoded, recoding_batches
from taxonomy.queries.reliability import coders_named, is_behind, kept_of
from taxonomy.reliability.results import FEW_CLUSTERS, Coefficient


@dataclasses.dataclass(frozen=True)
class Row:
    """One coder at a round, or all: how far second answers are the first, as it was kept.

    `uid` is the coder's, empty for all; `opens` says that the reader may see what is apart.
    """

    uid: str
    name: str
    days: float | None
    kept: Mapping[str, Any]
    opens: bool

    @property
    def moments(self) -> int:
        """How many moments have a place at the round, both answers of them."""
        return int(self.kept["pairs"])

    @property
    def apart(self) -> int:
        """For how many of them the second answer is another one."""
        return int(self.kept["apart"])

    @property
    def agreement(self) -> Figure:
        """Percent agreement."""
        return self._figure(Coefficient.PERCENT_AGREEMENT)

    @property
    def kappa(self) -> Figure:
        """Cohen's kappa."""
        return self._figure(Coefficient.COHEN_KAPPA)

    @property
    def alpha(self) -> Figure:
        """Krippendorff's alpha."""
        return self._figure(Coefficient.KRIPPENDORFF_ALPHA)

    def _figure(self, coefficient: Coefficient) -> Figure:
        return figure_of(self.kept["overall"][coefficient.value])


@dataclasses.dataclass(frozen=True)
class RoundAgain:
    """A round with its rows, all coders first; `few`: so few clusters that intervals are hints."""

    position: int
    name: str
    k: int
    rows: Sequence[Row]
    few: int


@dataclasses.dataclass(frozen=True)
class Again:
    """What there is about coding again: the last report, the job of a newer one, what is open."""

    report: AgreementReport | None
    job: Job | None
    rounds: Sequence[RoundAgain]
    behind: bool
    open: int
    looks: int
    locked: int


def again_of(scheme: Scheme, reader: Member, *, beside: Iterable[str] = ()) -> Again:
    """What the page of a scheme shows to a reader; `beside`: coders with a letter there already."""
    kept = kept_of(scheme, about=ABOUT)
    states = Batch.objects.filter(scheme=scheme, kind=BatchKind.RECODE)
    counted = list(states.values_list("state", flat=True))
    answer = kept.report.answer if kept.report else {}
    return Again(
        report=kept.report,
        job=kept.job,
        rounds=_rounds(answer, reader, list(beside)) if answer else [],
        behind=kept.report is not None and _is_behind(kept.report, scheme),
        open=counted.count(BatchState.OPEN),
        looks=answer.get("looks", 0),
        locked=counted.count(BatchState.LOCKED),
    )


def _is_behind(report: AgreementReport, scheme: Scheme) -> bool:
    """Whether the tree, or what was coded again, has changed since."""
    if not is_behind(report, scheme):
        return False
    found = recoded(scheme).count(), recoding_batches(scheme).count()
    kept = report.answer["moments"], report.answer["batches"]
    return report.revision != scheme.revision or found != kept


def _rounds(answer: Mapping[str, Any], reader: Member, beside: Sequence[str]) -> list[RoundAgain]:
    names = _names([part["coder"] for part in answer["by_coder"]], reader, beside)
    gone = _("Somebody no longer here")
    parts = sorted(
        ((names.get(part["coder"], gone), part) for part in answer["by_coder"]),
        key=lambda named: named[0],
    )
    found = []
    for at, kept in enumerate(answer["rounds"]):
        rows = [_row("", _("All coders"), answer, kept, reader)]
        rows += [
            _row(part["coder"], name, part, part["rounds"][at], reader) for name, part in parts
        ]
        few = kept["clusters"] if 1 < kept["clusters"] < FEW_CLUSTERS else 0
        found.append(RoundAgain(kept["position"], kept["name"], kept["k"], rows, few))
    return found


def _row(
    uid: str, name: str, part: Mapping[str, Any], kept: Mapping[str, Any], reader: Member
) -> Row:
    opens = reader.has_role(RoleName.ADMIN) or uid == str(reader.uid)
    return Row(uid=uid, name=name, days=part["days"], kept=kept, opens=opens)


def _names(uids: Sequence[str], reader: Member, beside: Sequence[str]) -> dict[str, str]:
    """What the coders are called: as elsewhere on the page, the others by the letters after."""
    named = coders_named(beside, reader)
    others = list(Member.objects.filter(study=reader.study_id, uid__in=set(uids) - set(named)))
    further = coder_names(others, reader, after=len(named))
    return named | {str(row.uid): further[row.pk] for row in others}
