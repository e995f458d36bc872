"""A tree as the sum of its revisions, and what is wrong with it: no database."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

ROUND = "round"
CATEGORY = "category"
FIXED_BY_FREEZING = frozenset({"exists", "round", "parent", "merged_into", "split_from"})

Fields = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class ObjectChange:
    """One object before and after; references are uids as text.

    What is added has `before == {"exists": False}` and all its fields in `after`.
    """

    object_type: str
    uid: str
    before: Fields
    after: Fields

    def swapped(self) -> "ObjectChange":
        """The change that takes this one back."""
        return dataclasses.replace(self, before=self.after, after=self.before)


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a tree: the kind, the names it is about, and the object's uid."""

    kind: str
    name: str
    other: str = ""
    uid: str = ""

    def is_like(self, other: "Fault") -> bool:
        """Whether it is the same fault of the same object, whatever names are now."""
        return (self.kind, self.uid) == (other.kind, other.uid)


def fold(
    changes: Iterable[ObjectChange], start: Mapping[str, Fields] | None = None
) -> dict[str, Fields]:
    """The fields of every object after these changes, by uid, each with its `type`.

    Objects keep the order in which they first appeared. Nothing is checked.
    """
    tree = {uid: dict(fields) for uid, fields in (start or {}).items()}
    for change in changes:
        fields = tree.setdefault(change.uid, {"type": change.object_type})
        fields.update(change.after)
    return tree


def tree_at(revisions: Iterable[Iterable[ObjectChange]]) -> dict[str, Fields]:
    """The tree after these revisions, the oldest first; see `fold`."""
    return fold(change for revision in revisions for change in revision)


def mismatch(tree: Mapping[str, Fields], change: ObjectChange) -> list[str]:
    """The fields whose value in the tree is not the one that the change starts from."""
    fields = tree.get(change.uid, {"exists": False})
    if not fields["exists"] and change.before.get("exists") is not False:
        return ["exists"]
    return [name for name, value in change.before.items() if fields.get(name) != value]


def faults(before: Mapping[str, Fields], after: Mapping[str, Fields]) -> Iterator[Fault]:
    """Everything that is wrong with the tree `after`, or with coming to it from `before`."""
    rounds = {uid: row for uid, row in after.items() if _stands(row, ROUND)}
    categories = {uid: row for uid, row in after.items() if _stands(row, CATEGORY)}
    yield from _faults_of_rounds(after, rounds)
    for uid, row in categories.items():
        for fault in (
            *_faults_of_place(row, rounds, categories),
            *_faults_of_merge(row, categories),
        ):
            yield dataclasses.replace(fault, uid=uid)
    yield from _repeated_names(categories)
    yield from _broken_freezes(before, after)


def broken_by(
    tree: Mapping[str, Fields],
    changes: Sequence[ObjectChange],
    later: Iterable[tuple[int, Sequence[ObjectChange]]],
) -> int | None:
    """The number of the revision since which these changes would break the rule they break now.

    `later` are the revisions until now with their changes, the newest first. None where the
    changes break no rule now, or would have broken it before all of these.
    """
    fault = next(faults(tree, fold(changes, tree)), None)
    if fault is None:
        return None
    for number, done in later:
        tree = fold([change.swapped() for change in reversed(done)], tree)
        if not any(map(fault.is_like, faults(tree, fold(changes, tree)))):
            return number
    return None


def _stands(row: Fields, kind: str) -> bool:
    return row["type"] == kind and bool(row["exists"])


def _faults_of_rounds(after: Mapping[str, Fields], rounds: Mapping[str, Fields]) -> Iterator[Fault]:
    positions = sorted(row["position"] for row in rounds.values())
    if positions != list(range(1, len(positions) + 1)):
        yield Fault("round_order", ", ".join(map(str, positions)))
    for uid, row in rounds.items():
        if not row["name"].strip():
            yield Fault("blank_name", "", uid=uid)
    for name, times in Counter(row["name"] for row in rounds.values()).items():
        if times > 1:
            yield Fault("round_name_twice", name)
    for uid, row in after.items():
        if row["type"] == ROUND and not row["exists"] and row.get("frozen"):
            yield Fault("frozen", row["name"], uid=uid)


def _faults_of_place(
    row: Fields, rounds: Mapping[str, Fields], categories: Mapping[str, Fields]
) -> Iterator[Fault]:
    if not row["name"].strip():
        yield Fault("blank_name", "")
    if row["round"] not in rounds:
        yield Fault("no_round", row["name"])
        return
    if row["parent"] is None:
        return
    parent = categories.get(row["parent"])
    if parent is None:
        yield Fault("no_parent", row["name"])
    elif parent["round"] in rounds and (
        rounds[parent["round"]]["position"] != rounds[row["round"]]["position"] + 1
    ):
        yield Fault("parent_not_next", row["name"], parent["name"])


def _faults_of_merge(row: Fields, categories: Mapping[str, Fields]) -> Iterator[Fault]:
    for reference in ("merged_into", "split_from"):
        if row[reference] is None:
            continue
        other = categories.get(row[reference])
        if other is None:
            yield Fault("no_such_category", row["name"])
        elif other["round"] != row["round"]:
            yield Fault("other_round", row["name"], other["name"])
    for reference, kind in (("merged_into", "merge_circle"), ("split_from", "split_circle")):
        if _in_a_circle(row, reference, categories):
            yield Fault(kind, row["name"])


def _in_a_circle(row: Fields, reference: str, categories: Mapping[str, Fields]) -> bool:
    seen: set[str] = set()
    step: Fields | None = row
    while step is not None and step[reference] is not None:
        if step[reference] in seen:
            return True
        seen.add(step[reference])
        step = categories.get(step[reference])
    return False


def standing(uid: str | None, categories: Mapping[str, Fields]) -> str | None:
    """The category that stands for this one after all merges; None where there is none."""
    seen: set[str] = set()
    while uid is not None and uid not in seen:
        seen.add(uid)
        further = categories[uid]["merged_into"] if uid in categories else None
        if further is None:
            break
        uid = further
    return uid


def _repeated_names(categories: Mapping[str, Fields]) -> Iterator[Fault]:
    """What stands under a merged category stands beside what was under the other."""
    places: dict[tuple[str, str | None, str], list[str]] = defaultdict(list)
    for uid, row in categories.items():
        if row["merged_into"] is None:
            places[row["round"], standing(row["parent"], categories), row["name"]].append(uid)
    for (_, parent, name), uids in places.items():
        if len(uids) > 1:
            above = categories.get(parent) if parent else None
            yield Fault("name_twice", name, above["name"] if above else "", uids[-1])


def _broken_freezes(before: Mapping[str, Fields], after: Mapping[str, Fields]) -> Iterator[Fault]:
    frozen = {
        uid
        for uid, row in before.items()
        if _stands(row, ROUND) and row["frozen"] and after[uid]["frozen"]
    }
    if not frozen:
        return
    for uid, row in after.items():
        old = before.get(uid, {"exists": False})
        touched = any(row.get(name) != old.get(name) for name in FIXED_BY_FREEZING)
        if row["type"] == CATEGORY and touched and {row["round"], old.get("round")} & frozen:
            place = row["round"] if row["round"] in frozen else old["round"]
            yield Fault("frozen", after[place]["name"], uid=place)
