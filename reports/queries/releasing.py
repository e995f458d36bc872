"""What was released of each question of a study, and what a further release may show. For jobs.

Loads NumPy.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from incidents.models import Study
from reports.models import ClientLink, Run
from reports.queries.outside import (
    Lines,
    Owners,
    Seen,
    owners_of,
    seen_outside,
)
from reports.runs.members import Members, Numbers
from reports.runs.releasing import Named, Release, framed, movements, told_nothing_together
from taxonomy.tabulation.disclosure import Behind, Place, Rule, hidden_cells

Read = Callable[[Run], Members | None]


@dataclasses.dataclass(frozen=True)
class Released:
    """A run as it is released: what of it is hidden. `kept`: an earlier one, in place of newer."""

    run: Run
    hidden: frozenset[Named]
    few: frozenset[Named]
    kept: bool = False

    def as_plain(self) -> dict[str, Any]:
        """What is kept of it with a release."""
        return {
            "run": str(self.run.uid),
            "key": self.run.question["key"],
            "hidden": sorted(map(list, self.hidden)),
            "few": sorted(map(list, self.few)),
        }


@dataclasses.dataclass(frozen=True)
class _Looked:
    """A run that is looked at: where its moments stood, whose they are, what is counted in it."""

    members: Members
    owners: Owners
    seen: Seen


class Releases:
    """What was released so far, in links that were made, revoked ones too.

    `read` gives the members of a run, None where their file is gone. `links` are the keys of the
    links that were looked at.
    """

    def __init__(self, study: Study, read: Read) -> None:
        self.study, self.read = study, read
        made = links_made(study).order_by("pk").values_list("pk", "content__released")
        rows = list(made)
        self.links = {pk for pk, _released in rows}
        kept = {one["run"]: one for _pk, released in rows for one in released}
        runs = Run.objects.filter(uid__in=list(kept)).defer("answer")
        runs = runs.select_related("scheme__study", "members")
        self._of_key: dict[str, list[Released]] = {}
        for run in runs.order_by("pk"):
            one = kept[str(run.uid)]
            self._add(Released(run, _names(one["hidden"]), _names(one["few"])))

    def _add(self, released: Released) -> None:
        self._of_key.setdefault(released.run.question["key"], []).append(released)

    def released(self, run: Run) -> Released | None:
        """What is shown where a run is to be released; None where it and all before it are gone.

        The run itself, with what is hidden for its own sake and so that together with the earlier
        releases of its question it tells of nobody; else the last of those.
        """
        earlier = self._of_key.get(run.question["key"], [])
        same = next((one for one in earlier if one.run.pk == run.pk), None)
        if same is not None:
            return same
        new = self._tried(run, earlier)
        if new is not None:
            self._add(new)
            return new
        alike = [one for one in earlier if one.run.query == run.query]
        last = next(reversed([*earlier, *alike]), None)
        return dataclasses.replace(last, kept=True) if last else None

    def _tried(self, run: Run, earlier: Sequence[Released]) -> Released | None:
        """The run as it may be released after these; None where that would tell of somebody."""
        looked = self._looked(run)
        if looked is None:
            return None
        seen = looked.seen
        own = _named(hidden_cells(seen.grid, seen.few, width=seen.rule.moments), seen)
        hidden = own | _hidden_before(earlier, seen)
        new = Released(run, hidden, _named(seen.few, seen))
        table = _table(new, seen)
        tables = [table]
        for one in earlier:
            there = self._looked(one.run)
            if there is None:
                return None
            before = _table(one, there.seen)
            tables.append(before)
            if not _moves_tell_nothing((before, there), (table, looked)):
                return None
        if earlier and not told_nothing_together(tables, width=seen.rule.moments):
            return None
        return new

    def _looked(self, run: Run) -> _Looked | None:
        members = self.read(run)
        if members is None:
            return None
        owners = owners_of(self.study, members.moment)
        return _Looked(members, owners, seen_outside(run, members, owners))


def links_made(study: Study) -> Any:
    """The links of a study whose page was made, revoked and expired ones too."""
    return ClientLink.objects.filter(dashboard__study=study, made_at__isnull=False)


def places_in(run: Run, named: Iterable[Named]) -> set[Place]:
    """Places of a run's answer by the names of their line and column."""
    lines = {name: place for place, name in enumerate(Lines.of(run.answer).names)}
    columns = {column["word"]: place for place, column in enumerate(run.answer["columns"])}
    return {(lines[line], columns[column]) for line, column in named}


def _names(pairs: Iterable[Sequence[str]]) -> frozenset[Named]:
    return frozenset((line, column) for line, column in pairs)


def _named(places: Iterable[Place], seen: Seen) -> frozenset[Named]:
    return frozenset((seen.lines.names[line], seen.columns[column]) for line, column in places)


def _hidden_before(earlier: Sequence[Released], seen: Seen) -> frozenset[Named]:
    """What every earlier release hides and the new one has."""
    if not earlier:
        return frozenset()
    common = frozenset.intersection(*(one.hidden for one in earlier))
    lines, columns = set(seen.lines.names), set(seen.columns)
    return frozenset(place for place in common if place[0] in lines and place[1] in columns)


def _table(released: Released, seen: Seen) -> Release:
    return Release(
        lines=seen.lines.names,
        parents=seen.lines.parents,
        columns=seen.columns,
        values=seen.grid.values,
        hidden=released.hidden,
        few=released.few,
    )


def _moves_tell_nothing(before: tuple[Release, _Looked], after: tuple[Release, _Looked]) -> bool:
    """Whether behind everything that came to a place, and left one, nobody is recognized."""
    frame = framed([before[0], after[0]])
    if frame is None:
        return False
    both = (before[1], after[1])
    known, first = np.unique(
        np.concatenate([one.members.moment for one in both]), return_index=True
    )
    interviews, organizations = (
        np.concatenate([one.owners[which] for one in both])[first] for which in range(2)
    )
    return all(
        _is_enough(
            both[0].seen.rule,
            line * len(frame.columns) + column,
            (
                moment,
                *(keys[np.searchsorted(known, moment)] for keys in (interviews, organizations)),
            ),
        )
        for line, column, moment in movements(both[0].members, both[1].members, frame)
    )


def _is_enough(rule: Rule, place: Numbers, behind: Sequence[Numbers]) -> bool:
    """Whether in each place enough moments, interviews and organizations stand behind."""
    if not len(place):
        return True
    counted = [_distinct(place, keys) for keys in behind]
    there = np.flatnonzero(counted[0])
    return all(Behind(*(int(one[each]) for one in counted)).is_enough(rule) for each in there)


def _distinct(place: Numbers, key: Numbers) -> Numbers:
    """How many different keys stand in each place; negative ones are none."""
    size, known = int(place.max()) + 1, key >= 0
    if not known.any():
        return np.zeros(size, dtype=np.int64)
    span = int(key.max()) + 1
    pairs = np.unique(place[known] * span + key[known])
    return np.bincount(pairs // span, minlength=size)
