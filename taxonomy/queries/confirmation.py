"""Whether a released holdout fits the categories that stood when it was released."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from django.db.models import Count, Exists, OuterRef

from incidents.choices import IncidentState
from incidents.models import Moment
from taxonomy.choices import BatchKind, Outcome, Unclassifiable
from taxonomy.models import (
    Adjudication,
    Batch,
    Coding,
    HeldIncident,
    Holdout,
    Plan,
    Scheme,
    Settlement,
)
from taxonomy.queries.decisions import COUNTED
from taxonomy.queries.measured import Figure, figure_of
from taxonomy.queries.reliability import kept_of
from taxonomy.queries.revisions import tree_at_revision
from taxonomy.queries.trees import tree_of
from taxonomy.reliability.results import Coefficient
from taxonomy.tabulation.folding import CATEGORY
from taxonomy.tabulation.outcomes import contested_keys
from taxonomy.tabulation.rollup import Settled, node_of
from taxonomy.tabulation.tree import Tree

SHOWN = (
    Coefficient.PERCENT_AGREEMENT,
    Coefficient.KRIPPENDORFF_ALPHA,
    Coefficient.GWET_AC1,
)


@dataclasses.dataclass(frozen=True)
class Confirmation:
    """How the moments of a holdout are settled in a scheme.

    `fitting`: in a category that stood at the release, or that it was merged into since; `added`:
    in one that came later; `unclassifiable`: in none, of which for `no_category` because none
    fits; `in_dispute` and `waiting` are not decided.
    """

    moments: int
    fitting: int
    added: int
    unclassifiable: int
    no_category: int
    in_dispute: int

    @property
    def decided(self) -> int:
        """The base of the shares."""
        return self.fitting + self.added + self.unclassifiable

    @property
    def waiting(self) -> int:
        """Those that nobody has decided on yet."""
        return self.moments - self.decided - self.in_dispute


def confirmation_of(scheme: Scheme, holdout: Holdout, revision: int) -> Confirmation:
    """How the holdout's moments that count stand in a scheme, against its tree at a revision.

    Six queries, whatever their number.
    """
    tree = tree_of(scheme)
    then = _standing_at(scheme, revision, tree)
    moments = moments_of(holdout)
    settled = Settlement.objects.filter(scheme=scheme, to_seq__isnull=True, moment__in=moments)
    rows = settled.order_by().values_list("outcome", "category", "contested")
    counts: Counter[str] = Counter()
    for outcome, category, contested, number in rows.annotate(number=Count("pk")):
        counts[_kind(Settled(Outcome(outcome), category, contested), tree, then)] += number
    none = settled.filter(outcome=Outcome.UNCLASSIFIABLE).filter(_no_category_fits(scheme))
    return Confirmation(
        moments=moments.count(), **{kind: counts[kind] for kind in KINDS}, no_category=none.count()
    )


KINDS = ("fitting", "added", "unclassifiable", "in_dispute")


def moments_of(holdout: Holdout) -> Any:
    """The moments of what was held out and counts now."""
    held = HeldIncident.objects.filter(holdout=holdout, incident=OuterRef("incident"))
    return Moment.objects.filter(Exists(held), incident__state=IncidentState.ACCEPTED)


def _standing_at(scheme: Scheme, revision: int, tree: Tree) -> set[int]:
    """The keys of the categories of a tree that stood after a revision."""
    fields = tree_at_revision(scheme, revision)
    uids = {uid for uid, row in fields.items() if row["type"] == CATEGORY and row["exists"]}
    return {key for key, node in tree.nodes.items() if node.uid in uids}


def _kind(settled: Settled, tree: Tree, then: AbstractSet[int]) -> str:
    node = node_of(settled, tree)
    if node is not None:
        return "fitting" if node.key in then or _chosen(settled) <= then else "added"
    return settled.outcome.value if settled.outcome else ""


def _chosen(settled: Settled) -> AbstractSet[int]:
    """What the coders chose: several where it took a merge to settle their dispute."""
    return {settled.category} if settled.category else set(contested_keys(settled.contested))


def _no_category_fits(scheme: Scheme) -> Any:
    """Whether that is why a moment cannot be classified, by the decision, else by a coder."""
    of_it = {"scheme": scheme, "moment": OuterRef("moment")}
    decided = Adjudication.objects.filter(**of_it, to_seq__isnull=True)
    said = Coding.objects.live().filter(
        **of_it, purpose__in=COUNTED, unclassifiable=Unclassifiable.NO_CATEGORY
    )
    by_decision = decided.filter(unclassifiable=Unclassifiable.NO_CATEGORY)
    return Exists(by_decision) | (~Exists(decided) & Exists(said))


# -- How far the coders agree on it ------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class PortionMeasured:
    """One locked portion of the holdout: so many moments and coders, and the figures of it."""

    name: str
    moments: int
    coders: int
    figures: Sequence[Figure]


def agreement_on(scheme: Scheme, holdout: Holdout) -> list[PortionMeasured]:
    """The figures of the portions that code the holdout, at the finest round, as last measured."""
    report = kept_of(scheme).report
    if report is None or not report.answer["rounds"]:
        return []
    finest, batches = report.answer["rounds"][0], report.answer["batches"]
    figures = {one["uid"]: one for one in finest["batches"]} or {
        one["uid"]: finest
        for one in batches[:1]  # the only one is the whole
    }
    wanted = {str(uid) for uid in batches_of(scheme, holdout).values_list("uid", flat=True)}
    return [
        _measured(batch, figures[batch["uid"]])
        for batch in batches
        if batch["uid"] in wanted and batch["uid"] in figures
    ]


def batches_of(scheme: Scheme, holdout: Holdout) -> Any:
    """The batches by plans of the holdout's moments alone that several code."""
    wanted = str(holdout.uid)
    plans = [plan.pk for plan in scheme.plans.all() if _codes(plan, wanted)]
    return Batch.objects.filter(scheme=scheme, plan__in=plans, kind=BatchKind.PLAN)


def _codes(plan: Plan, holdout: str) -> bool:
    return bool(plan.drawing["asked"].get("holdout") == holdout)


def _measured(batch: Mapping[str, Any], kept: Mapping[str, Any]) -> PortionMeasured:
    return PortionMeasured(
        name=batch["name"],
        moments=batch["moments"],
        coders=len(batch["coders"]),
        figures=[figure_of(kept["overall"][one.value]) for one in SHOWN],
    )
