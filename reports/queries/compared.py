"""Two runs of one question beside each other: the cause for what only one of them counts.

Loads NumPy, so views import it only when it is asked for.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from incidents.actions.files import path_of
from reports.models import Run
from reports.runs.causes import Cause
from reports.runs.members import Members, Numbers, Settled, unpacked
from reports.runs.moving import Compared, bare, compared
from taxonomy.models import Scheme
from taxonomy.queries.facts import GROUPING, facts_at

AT_ONCE = 5_000
BY_CATEGORY = {"category", "other_category"}


def compare_runs(before: Run, after: Run) -> Compared:
    """Compare the members of two runs of the same question, the earlier one first."""
    filtered = {field for field, _values in before.question["specification"]["where"]}
    why = _Why(before.scheme, filtered, same_tree=before.revision == after.revision)
    return compared(
        members_of(before),
        members_of(after),
        why_gone=lambda keys, settled: why(keys, settled, after.data_seq or 0, Cause.LEFT),
        why_new=lambda keys, settled: why(keys, settled, before.data_seq or 0, Cause.ENTERED),
    )


def members_of(run: Run) -> Members:
    """In which cell each moment of a run stood. Raises FileNotFoundError where its file is gone."""
    if run.members is None:
        raise FileNotFoundError
    return unpacked(path_of(run.members).read_bytes())


class _Why:
    """Why moments are counted by one run only: known from what counted at the other's number.

    Without filters everything that counts is in a run, so nothing has to be read.
    """

    def __init__(self, scheme: Scheme, filtered: set[str], *, same_tree: bool) -> None:
        self.scheme, self.filtered, self.same_tree = scheme, filtered, same_tree

    def __call__(
        self, keys: Numbers, settled: Sequence[Settled], number: int, gone: Cause
    ) -> list[Cause]:
        if not self.filtered:
            return [gone] * len(keys)
        there = self._counted_at(number, keys)
        return [
            self._of_one(one, there.get(int(key)), gone)
            for key, one in zip(keys, settled, strict=True)
        ]

    def _of_one(self, here: Settled, there: Settled | None, gone: Cause) -> Cause:
        if there is None:
            return gone
        if not self.filtered & BY_CATEGORY:
            return Cause.CORRECTED
        if bare(here) != bare(there):
            return Cause.RECODED
        return Cause.CORRECTED if self.same_tree else Cause.REBATCHED

    def _counted_at(self, number: int, keys: Numbers) -> dict[int, Settled]:
        """What was settled at a number for those of the moments that counted then."""
        found: dict[int, Settled] = {}
        for some in _portions(keys):
            for facts in facts_at(self.scheme, number):
                rows = facts.filter(pk__in=some).values_list("pk", *GROUPING)
                found |= {
                    key: (outcome or "", category, contested or "")
                    for key, outcome, category, contested in rows
                }
        return found


def _portions(keys: Numbers) -> Iterable[list[int]]:
    whole = np.sort(keys)
    for start in range(0, len(whole), AT_ONCE):
        yield whole[start : start + AT_ONCE].tolist()
