"""What lies between two trees of a scheme, whatever was done meanwhile: no database."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum

from taxonomy.tabulation.folding import CATEGORY, ROUND, Fields, ObjectChange, standing

WORDS = (
    "code",
    "label",
    "definition",
    "includes",
    "excludes",
    "positive_example",
    "negative_example",
)

Tree = Mapping[str, Fields]  # by uid, as `folding.tree_at` gives it


class Kind(Enum):
    """What became of a category, in the order in which it is told."""

    ADDED = "added"
    SPLIT_OFF = "split_off"
    GONE = "gone"
    MERGED = "merged"
    UNMERGED = "unmerged"
    RENAMED = "renamed"
    PLACED = "placed"
    RETIRED = "retired"
    RESTORED = "restored"
    WORDS = "words"


class RoundKind(Enum):
    """What became of a round."""

    ADDED = "added"
    DROPPED = "dropped"
    RENAMED = "renamed"
    FROZEN = "frozen"
    REOPENED = "reopened"


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise with a category.

    `before` and `after` are names or paths, from the coarsest round down, as the kind needs them;
    `fields` are the words that changed, as (field, before, after).
    """

    kind: Kind
    uid: str
    name: str
    before: str | tuple[str, ...] | None = None
    after: str | tuple[str, ...] | None = None
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class RoundDifference:
    """What is otherwise in a round; `reordered`: so many categories stand in another order."""

    uid: str
    name: str
    changes: tuple[tuple[RoundKind, str], ...]
    differences: tuple[Difference, ...]
    reordered: int

    def of(self, kind: Kind) -> list[Difference]:
        """The differences of one kind."""
        return [one for one in self.differences if one.kind == kind]


def net_changes(before: Tree, after: Tree) -> list[ObjectChange]:
    """The changes that lead from one tree to the other, one for each object that differs.

    Folding them over `before` gives what stands in `after`; from a tree to itself there are none.
    """
    changes = []
    for uid in [*before, *(uid for uid in after if uid not in before)]:
        old, new = _standing_row(before, uid), _standing_row(after, uid)
        if old is None and new is None:
            continue
        former, later = _plain(old), _plain(new)
        if former != later:
            kind = (new or old or {})["type"]
            changes.append(
                ObjectChange(kind, uid, _other_than(later, former), _other_than(former, later))
            )
    return changes


def _other_than(fields: Fields, wanted: Fields) -> Fields:
    """What is wanted and not so among the fields."""
    return {
        name: value for name, value in wanted.items() if name not in fields or fields[name] != value
    }


def _standing_row(tree: Tree, uid: str) -> Fields | None:
    row = tree.get(uid)
    return row if row is not None and row["exists"] else None


def _plain(row: Fields | None) -> Fields:
    if row is None:
        return {"exists": False}
    return {name: value for name, value in row.items() if name != "type"}


def differences(before: Tree, after: Tree) -> list[RoundDifference]:
    """What a reader finds otherwise in each round, the coarsest first; rounds alike are left out.

    A category is told of in the round where it stands, or stood last.
    """
    changed = {change.uid for change in net_changes(before, after)}
    told: dict[str, list[Difference]] = {}
    for uid in changed:
        old, new = _standing_row(before, uid), _standing_row(after, uid)
        row = new or old
        if row is not None and row["type"] == CATEGORY:
            told.setdefault(row["round"], []).extend(_told(uid, before, after))
    rounds = [_round(uid, before, after, told.get(uid, [])) for uid in _rounds(before, after)]
    return [one for one in rounds if one.changes or one.differences or one.reordered]


def _rounds(before: Tree, after: Tree) -> list[str]:
    """The rounds of either tree, the coarsest first, a dropped one where it stood."""
    places: dict[str, int] = {}
    for tree in (before, after):
        for uid, row in tree.items():
            if row["type"] == ROUND and row["exists"]:
                places[uid] = row["position"]
    return sorted(places, key=lambda uid: -places[uid])


def _round(
    uid: str, before: Tree, after: Tree, differences: Iterable[Difference]
) -> RoundDifference:
    old, new = _standing_row(before, uid), _standing_row(after, uid)
    order = list(Kind)
    return RoundDifference(
        uid=uid,
        name=(new or old or {})["name"],
        changes=tuple(_told_of_round(old, new)),
        differences=tuple(
            sorted(differences, key=lambda one: (order.index(one.kind), one.name, one.uid))
        ),
        reordered=_reordered(uid, before, after),
    )


def _told_of_round(old: Fields | None, new: Fields | None) -> Iterator[tuple[RoundKind, str]]:
    if old is None and new is not None:
        yield RoundKind.ADDED, ""
    if new is None:
        yield RoundKind.DROPPED, ""
        return
    was_frozen = bool(old and old["frozen"])
    if old is not None and old["name"] != new["name"]:
        yield RoundKind.RENAMED, old["name"]
    if new["frozen"] and not was_frozen:
        yield RoundKind.FROZEN, ""
    if was_frozen and not new["frozen"]:
        yield RoundKind.REOPENED, ""


def _told(uid: str, before: Tree, after: Tree) -> Iterator[Difference]:
    old, new = _standing_row(before, uid), _standing_row(after, uid)
    if old is None and new is not None:
        yield from _told_of_new(uid, new, after)
    elif new is None and old is not None:
        yield Difference(Kind.GONE, uid, old["name"], before=path(uid, before)[:-1])
    elif old is not None and new is not None:
        yield from _told_of_kept(uid, old, new, before, after)


def _told_of_new(uid: str, new: Fields, after: Tree) -> Iterator[Difference]:
    origin = new["split_from"]
    above = path(uid, after)[:-1]
    if origin is None:
        yield Difference(Kind.ADDED, uid, new["name"], after=above)
    else:
        yield Difference(Kind.SPLIT_OFF, uid, new["name"], before=_name(origin, after), after=above)
    if new["merged_into"] is not None:
        yield Difference(Kind.MERGED, uid, new["name"], after=_name(new["merged_into"], after))
    if new["retired"]:
        yield Difference(Kind.RETIRED, uid, new["name"])


def _told_of_kept(
    uid: str, old: Fields, new: Fields, before: Tree, after: Tree
) -> Iterator[Difference]:
    name = new["name"]
    if old["merged_into"] != new["merged_into"]:
        if new["merged_into"] is None:
            yield Difference(Kind.UNMERGED, uid, name, before=_name(old["merged_into"], before))
        else:
            yield Difference(Kind.MERGED, uid, name, after=_name(new["merged_into"], after))
    if old["name"] != name:
        yield Difference(Kind.RENAMED, uid, name, before=old["name"], after=name)
    if (old["parent"], old["round"]) != (new["parent"], new["round"]):
        yield Difference(
            Kind.PLACED, uid, name, before=path(uid, before)[:-1], after=path(uid, after)[:-1]
        )
    if old["retired"] != new["retired"]:
        yield Difference(Kind.RETIRED if new["retired"] else Kind.RESTORED, uid, name)
    words = tuple((field, old[field], new[field]) for field in WORDS if old[field] != new[field])
    if words:
        yield Difference(Kind.WORDS, uid, name, fields=words)


def _name(uid: str, tree: Tree) -> str:
    row = tree.get(uid)
    return str(row["name"]) if row else ""


def path(uid: str, tree: Tree) -> tuple[str, ...]:
    """The names from the coarsest round down to a category, merges of those above followed."""
    names: list[str] = []
    seen: set[str] = set()
    above: str | None = uid
    while above is not None and above in tree and above not in seen:
        seen.add(above)
        names.insert(0, tree[above]["name"])
        above = standing(tree[above]["parent"], tree)
    return tuple(names)


def _reordered(uid: str, before: Tree, after: Tree) -> int:
    """How many categories of a round would have to be moved to bring back their former order."""
    later = _in_order(uid, after)
    kept = set(later)
    former = [one for one in _in_order(uid, before) if one in kept]
    alike = set(former)
    places = {one: place for place, one in enumerate(former)}
    groups: dict[str | None, list[int]] = {}
    for one in later:
        if one in alike and before[one]["parent"] == after[one]["parent"]:
            groups.setdefault(after[one]["parent"], []).append(places[one])
    return sum(len(group) - _longest_rising(group) for group in groups.values())


def _in_order(round_uid: str, tree: Tree) -> list[str]:
    rows = [
        (row["position"], place, uid)
        for place, (uid, row) in enumerate(tree.items())
        if row["type"] == CATEGORY and row["exists"] and row["round"] == round_uid
    ]
    return [uid for _position, _place, uid in sorted(rows)]


def _longest_rising(places: Sequence[int]) -> int:
    """The length of the longest rising choice among numbers, each once."""
    ends: list[int] = []
    for place in places:
        at = next((index for index, end in enumerate(ends) if end > place), len(ends))
        ends[at : at + 1] = [place]
    return len(ends)
