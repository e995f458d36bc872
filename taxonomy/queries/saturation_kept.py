"""What saturation and participation are worked out from: counted now, or kept by a job."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from taxonomy.models import AgreementReport, Scheme
from taxonomy.queries.past import past_tree
from taxonomy.queries.saturation import (
    Entered,
    Participation,
    entered_at,
    made_from_moments,
    participation_of,
)
from taxonomy.tabulation.tree import Tree

ABOUT = "saturation"  # what reports are about


@dataclasses.dataclass(frozen=True)
class CountedNow:
    """The counts of a small study, made as they are asked for; each reads all facts."""

    scheme: Scheme
    tree: Tree

    @property
    def made(self) -> Collection[int]:
        """The categories made from moments, by key."""
        return made_from_moments(self.scheme, self.tree)

    def entered(self, position: int) -> Sequence[Entered]:
        """The moments of a round, by category and region."""
        return entered_at(self.scheme, self.tree, position)

    def participation(self, position: int) -> Participation:
        """The interviews of a round."""
        return participation_of(self.scheme, self.tree, position)


@dataclasses.dataclass(frozen=True)
class KeptCounts:
    """A kept answer, with the tree that it was counted under; no fact is read."""

    scheme: Scheme
    tree: Tree
    made: Collection[int]
    rounds: Mapping[int, Mapping[str, Any]]

    @classmethod
    def of(cls, report: AgreementReport, scheme: Scheme, tree: Tree) -> "KeptCounts":
        """Read a report; `tree` is that of today."""
        if report.revision is not None and report.revision != scheme.revision:
            tree = past_tree(scheme, report.revision)
        rounds = {kept["position"]: kept for kept in report.answer["rounds"]}
        return cls(scheme, tree, frozenset(report.answer["made"]), rounds)

    def entered(self, position: int) -> Sequence[Entered]:
        """The moments of a round, by category and region."""
        return [Entered(*line) for line in self.rounds[position]["entered"]]

    def participation(self, position: int) -> Participation:
        """The interviews of a round."""
        kept = self.rounds[position]
        return Participation(dict(kept["by_category"]), kept["interviews"])


def kept_counts(
    position: int, entered: Sequence[Entered], participation: Participation
) -> dict[str, Any]:
    """The counts of a round as plain values."""
    return {
        "position": position,
        "entered": [list(line) for line in entered],
        "interviews": participation.interviews,
        "by_category": sorted(participation.by_category.items()),
    }
