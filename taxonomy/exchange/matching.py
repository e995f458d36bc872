"""What a book would do to a scheme: which of its rows are which category, and what changes."""

import dataclasses
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from incidents.texts import same_breaks
from taxonomy.exchange.book import ABOVE_SEPARATOR as SEPARATOR
from taxonomy.exchange.book import TEXT_LIMITS, Book, BookCategory, BookProblem, BookRound
from taxonomy.tabulation.folding import CATEGORY, ROUND, Fields, ObjectChange, fold, standing

Tree = Mapping[str, Fields]
REFERENCES = frozenset({"round", "parent", "merged_into", "split_from"})


class Act(StrEnum):
    """What happens to one category, or one round."""

    NEW_ROUND = "new_round"
    ROUND_RENAMED = "round_renamed"
    ADDED = "added"
    RENAMED = "renamed"
    DESCRIBED = "described"
    PLACED = "placed"
    MERGED = "merged"
    UNMERGED = "unmerged"
    RETIRED = "retired"
    RESTORED = "restored"


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One thing that the file would do; `field` says which of the words where it describes."""

    act: Act
    name: str
    line: int | None = None
    field: str = ""
    before: str = ""
    after: str = ""


@dataclasses.dataclass(frozen=True)
class Plan:
    """Everything that a file would do to a scheme, and what it would leave alone.

    `absent` are the paths of standing categories that the file does not have; nothing happens to
    them. With `errors` nothing can be done at all.
    """

    changes: list[ObjectChange]
    steps: list[Step]
    errors: list[BookProblem]
    notices: list[BookProblem]
    untouched: int
    absent: list[str]


def uid_in(scheme: str, uid: str) -> str:
    """The id in one scheme of what has this id in another: the same whenever it is asked."""
    return str(uuid.uuid5(uuid.UUID(scheme), uid))


def plan_of(
    book: Book,
    tree: Tree,
    *,
    scheme: str,
    taken: frozenset[str] = frozenset(),
    round_name: Callable[[int], str] = "Round {}".format,
) -> Plan:
    """Say what a book would do to the scheme with the uid `scheme`, whose fields are `tree`.

    A category is found by its id, else by the id that another scheme's category got here, else by
    its path, or by its name in its round where the file does not say what it stands under. `taken`
    are ids that other schemes use, so that copies get ids of their own.
    """
    planner = _Planner(book, tree, scheme, taken, round_name)
    planner.match_rounds()
    if not planner.errors:
        planner.match_categories()
    if not planner.errors:
        planner.compare()
    return planner.plan()


class _Planner:
    def __init__(
        self,
        book: Book,
        tree: Tree,
        scheme: str,
        taken: frozenset[str],
        round_name: Callable[[int], str],
    ) -> None:
        self.book, self.tree, self.scheme, self.taken = book, tree, scheme, taken
        self.round_name = round_name
        self.rounds = {uid: row for uid, row in tree.items() if _stands(row, ROUND)}
        self.categories = {uid: row for uid, row in tree.items() if _stands(row, CATEGORY)}
        self.changes: list[ObjectChange] = []
        self.steps: list[Step] = []
        self.errors: list[BookProblem] = []
        self.notices = list(book.notices)
        self.levels: dict[int, str] = {}  # a position of the file: the uid of the round
        self.uids: dict[str, str] = {}  # a key of the file: the uid of the category
        self.untouched = 0
        self._paths: dict[str, tuple[str, ...]] = {}
        self._by_path: dict[tuple[str, tuple[str, ...]], str] = {}
        self._by_name: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._names: dict[str, str] = {}  # of the file

    # -- Rounds -------------------------------------------------------------------------------

    def match_rounds(self) -> None:
        """Find the rounds of the file in the scheme, or plan new ones above or below."""
        here = sorted(self.rounds, key=lambda uid: -self.rounds[uid]["position"])
        there = sorted(self.book.rounds, key=lambda level: -level.position)
        if not here:
            for level in there:
                self._add_round(level, level.position)
        elif self.book.by_depth or not any(level.name or level.uid for level in there):
            self._match_by_depth(here, there)
        else:
            self._match_by_name(here, there)

    def _match_by_depth(self, here: list[str], there: list[BookRound]) -> None:
        """The coarsest is the coarsest; names without any nesting are those of the finest."""
        if len(there) > len(here):
            self._fail("too_deep", levels=len(there), rounds=len(here))
            return
        if self.book.by_depth:
            nested = any(row.says_parent for row in self.book.categories)
            places = here if nested else here[-1:]
            self.levels = {level.position: uid for level, uid in zip(there, places, strict=False)}
        else:
            finest = {self.rounds[uid]["position"]: uid for uid in here}
            self.levels = {level.position: finest[level.position] for level in there}

    def _match_by_name(self, here: list[str], there: list[BookRound]) -> None:
        named = {self.rounds[uid]["name"].casefold(): uid for uid in here}
        at = {self.rounds[uid]["position"]: uid for uid in here}
        new = []
        for level in there:
            known = [level.uid, uid_in(self.scheme, level.uid) if level.uid else ""]
            uid = next((one for one in known if one in self.rounds), None)
            uid = uid or named.get(level.name.casefold())
            if uid is None and not level.name:
                uid = at.get(level.position)
            if uid is None or uid in self.levels.values():
                new.append(level)
            else:
                self.levels[level.position] = uid
        found = [self.levels[level.position] for level in there if level.position in self.levels]
        if found != [uid for uid in here if uid in found]:
            self._fail("rounds_in_other_order")
        elif new and set(found) != set(here):
            missing = ", ".join(self.rounds[uid]["name"] for uid in here if uid not in found)
            self._fail("other_rounds", names=", ".join(one.name for one in new), missing=missing)
        else:
            self._renumber(there, new)

    def _renumber(self, there: list[BookRound], new: list[BookRound]) -> None:
        for level in there:
            if level in new:
                self._add_round(level, level.position)
                continue
            uid = self.levels[level.position]
            row = self.rounds[uid]
            wanted: Fields = {}
            if new and row["position"] != level.position:
                wanted["position"] = level.position
            if level.name and level.name != row["name"]:
                wanted["name"] = level.name
                step = Step(Act.ROUND_RENAMED, row["name"], before=row["name"], after=level.name)
                self.steps.append(step)
            self._change(ROUND, uid, wanted)

    def _add_round(self, level: BookRound, position: int) -> None:
        uid = self._own_uid(level.uid)
        if uid in self.tree and self.tree[uid]["type"] != ROUND:
            self._fail("id_of_category", id=level.uid)
        name = level.name.strip() or self.round_name(position)
        fields = {"position": position, "name": name, "frozen": level.frozen, "exists": True}
        if self.rounds:  # an import fixes nothing in a scheme that is being worked on
            fields["frozen"] = False
        self.changes.append(ObjectChange(ROUND, uid, {"exists": False}, fields))
        self.steps.append(Step(Act.NEW_ROUND, name))
        self.levels[level.position] = uid

    # -- Categories ---------------------------------------------------------------------------

    def match_categories(self) -> None:
        """Find the category of each row: by id, then by path or name; the rest are new."""
        self._by_path = {self._place(uid): uid for uid, _row in self._standing()}
        for standing_uid, now in self._standing():
            self._by_name[now["round"], now["name"]].append(standing_uid)
        claimed: dict[str, BookCategory] = {}
        rows = {row.key: row for row in self.book.categories}
        waiting = []
        for row in self.book.categories:
            uid = self._by_id(row)
            if uid is None:
                waiting.append(row)
            else:
                self._claim(row, uid, claimed)
        by_id = frozenset(claimed)
        for row in waiting:
            uid = None if row.merged_into else self._by_place(row, rows, claimed, by_id)
            self._claim(row, uid or self._own_uid(row.uid), claimed)

    def _standing(self) -> Iterator[tuple[str, Fields]]:
        for uid, row in self.categories.items():
            if row["merged_into"] is None:
                yield uid, row

    def _by_id(self, row: BookCategory) -> str | None:
        if not row.uid:
            return None
        known = (row.uid, uid_in(self.scheme, row.uid))
        return next((uid for uid in known if uid in self.tree), None)

    def _by_place(
        self,
        row: BookCategory,
        rows: Mapping[str, BookCategory],
        claimed: Mapping[str, BookCategory],
        by_id: frozenset[str],
    ) -> str | None:
        level, name = self.levels.get(row.round, ""), row.texts["name"]
        if row.says_parent:
            uid = self._by_path.get((level, self._path_in_file(row, rows)))
            return None if uid in claimed else uid
        named = [uid for uid in self._by_name.get((level, name), []) if uid not in by_id]
        if len(named) > 1:
            self._fail("name_in_places", row.line, name=name)
        return named[0] if len(named) == 1 else None

    def _claim(self, row: BookCategory, uid: str, claimed: dict[str, BookCategory]) -> None:
        if uid in claimed:
            self._fail("same_category", row.line, name=row.texts["name"])
        if uid in self.tree and self.tree[uid]["type"] != CATEGORY:
            self._fail("id_of_round", row.line, id=row.uid)
        claimed[uid] = row
        self.uids[row.key] = uid
        self._names[uid] = row.texts["name"]

    def _own_uid(self, uid: str) -> str:
        """The file's id where nothing else has it, else one that follows from it."""
        if not uid:
            return str(uuid.uuid4())
        return uid_in(self.scheme, uid) if uid in self.taken else uid

    def _place(self, uid: str) -> tuple[str, tuple[str, ...]]:
        return self.categories[uid]["round"], self._path(uid)

    def _path(self, uid: str) -> tuple[str, ...]:
        """The names in the scheme down to a category, merges followed."""
        if uid not in self._paths:
            row = self.categories[uid]
            above = standing(row["parent"], self.categories)
            names = self._path(above) if above in self.categories else ()
            self._paths[uid] = (*names, row["name"])
        return self._paths[uid]

    def _path_in_file(self, row: BookCategory, rows: Mapping[str, BookCategory]) -> tuple[str, ...]:
        names: list[str] = []
        step: BookCategory | None = row
        seen: set[str] = set()
        while step is not None and step.key not in seen:
            seen.add(step.key)
            names.insert(0, step.texts["name"])
            if step.above:
                names[:0] = step.above.split(SEPARATOR)
            step = rows[step.parent] if step.parent else None
        return tuple(names)

    # -- Changes ------------------------------------------------------------------------------

    def compare(self) -> None:
        """Plan what is added and what changes; new ones stand behind what is there."""
        last = max((row["position"] for row in self.categories.values()), default=-1)
        for number, row in enumerate(self.book.categories, start=1):
            uid = self.uids[row.key]
            if row.round not in self.levels:
                self._fail("no_such_round", row.line, name=row.texts["name"], round=row.round)
            elif uid in self.categories:
                self._compare(row, uid)
            else:
                self._add(row, uid, last + number)

    def _add(self, row: BookCategory, uid: str, position: int) -> None:
        fields: Fields = {
            "round": self.levels[row.round],
            "parent": self._parent(row),
            "merged_into": self._reference(row.merged_into),
            "split_from": self._reference(row.split_from),
            "position": position,
            **{name: same_breaks(row.texts.get(name, "")).strip() for name in TEXT_LIMITS},
            "exists": True,
            "retired": bool(row.retired),
        }
        self.changes.append(ObjectChange(CATEGORY, uid, {"exists": False}, fields))
        above = self._path_of_parent(fields["parent"])
        self.steps.append(Step(Act.ADDED, fields["name"], row.line, after=above))

    def _compare(self, row: BookCategory, uid: str) -> None:
        now = self.categories[uid]
        if now["round"] != self.levels[row.round] and not self.book.by_depth:
            self._fail("in_other_round", row.line, name=now["name"])
            return
        wanted: Fields = {}
        steps = []
        for name, text in sorted(row.texts.items(), key=lambda item: item[0] != "name"):
            if (said := same_breaks(text).strip()) != same_breaks(now[name]):
                wanted[name] = said
                act = Act.RENAMED if name == "name" else Act.DESCRIBED
                field = "" if name == "name" else name
                steps.append(Step(act, now["name"], row.line, field, now[name], said))
        steps += self._placed(row, now, wanted)
        steps += self._settled(row, now, wanted)
        self.steps += steps
        self.untouched += not wanted
        self._change(CATEGORY, uid, wanted)

    def _placed(self, row: BookCategory, now: Fields, wanted: Fields) -> Iterator[Step]:
        if now["merged_into"] is not None or not row.says_parent:
            return
        parent = self._parent(row)
        before = standing(now["parent"], self.categories)
        after = standing(parent, self.categories) if parent in self.categories else parent
        if before == after:
            return
        wanted["parent"] = parent
        was, will = self._path_of_parent(before), self._path_of_parent(parent)
        yield Step(Act.PLACED, now["name"], row.line, before=was, after=will)

    def _settled(self, row: BookCategory, now: Fields, wanted: Fields) -> Iterator[Step]:
        """Retiring and merging, where the file speaks of them."""
        if row.retired is not None and row.retired != bool(now["retired"]):
            wanted["retired"] = row.retired
            yield Step(Act.RETIRED if row.retired else Act.RESTORED, now["name"], row.line)
        target = self._reference(row.merged_into)
        if not row.says_merged or target == now["merged_into"]:
            return
        wanted["merged_into"] = target
        was, will = self._name(now["merged_into"]), self._name(target)
        act = Act.MERGED if target else Act.UNMERGED
        yield Step(act, now["name"], row.line, before=was, after=will)

    def _change(self, kind: str, uid: str, wanted: Fields) -> None:
        if wanted:
            now = self.tree[uid]
            before = {name: now[name] for name in wanted}
            self.changes.append(ObjectChange(kind, uid, before, wanted))

    def _reference(self, key: str | None) -> str | None:
        return self.uids[key] if key else None

    def _parent(self, row: BookCategory) -> str | None:
        """What the file puts a row under: another row of it, or a path that the scheme has."""
        if row.parent:
            return self.uids[row.parent]
        if not row.above:
            return None
        level = self._above(self.levels[row.round])
        uid = self._by_path.get((level, tuple(row.above.split(SEPARATOR))))
        if uid is None:
            self._fail("no_such_path", row.line, name=row.texts["name"], path=row.above)
        return uid

    def _above(self, level: str) -> str:
        """The round of the scheme just above one of its rounds."""
        position = self.rounds[level]["position"] + 1 if level in self.rounds else 0
        at = {row["position"]: uid for uid, row in self.rounds.items()}
        return at.get(position, "")

    def _name(self, uid: str | None) -> str:
        row = self.categories.get(uid or "")
        return str(row["name"]) if row else self._names.get(uid or "", "")

    def _path_of_parent(self, uid: str | None) -> str:
        if uid is None:
            return ""
        return SEPARATOR.join(self._path(uid)) if uid in self.categories else self._name(uid)

    def _fail(self, code: str, line: int | None = None, **params: object) -> None:
        self.errors.append(BookProblem(code, line, params))

    def plan(self) -> Plan:
        """Everything together."""
        named = set(self.uids.values())
        absent = [
            SEPARATOR.join(self._path(uid)) for uid, _row in self._standing() if uid not in named
        ]
        return Plan(
            changes=self.changes,
            steps=self.steps,
            errors=self.errors,
            notices=self.notices,
            untouched=self.untouched,
            absent=absent,
        )


def _stands(row: Fields, kind: str) -> bool:
    return row["type"] == kind and bool(row["exists"])


def tree_after(tree: Tree, plan: Plan) -> dict[str, Any]:
    """The fields of the scheme as the plan would leave them."""
    return fold(plan.changes, tree)
