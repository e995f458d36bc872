"""From the cells of up to three category columns to one tree of categories.

Single codes: the path is the identity, so one name under two parents is two categories. Lists
("a|b"): two lists of one row are not parallel, so nothing is paired by position. There a code is
known by its name, and its parent is learnt from the rows whose coarser cell holds one code.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

SEPARATOR: Final = "|"
UNKNOWN: Final = ""

CategoryPath = tuple[str, ...]
"""Names from the coarsest round down; its length says the round, "" stands for no parent there."""

Codes = tuple[tuple[str, ...], ...]
"""The codes of one row: for every used level, coarsest first, the codes in its cell."""


def split_codes(cell: str) -> tuple[str, ...]:
    """Return the codes of a cell, trimmed, empty ones dropped, each once, in their order."""
    parts = (part.strip() for part in cell.split(SEPARATOR))
    return tuple(dict.fromkeys(part for part in parts if part))


def parent_of(path: CategoryPath) -> CategoryPath | None:
    """Return the path of the parent, or None for the coarsest round and what is not batched."""
    return path[:-1] if len(path) > 1 and path[-2] != UNKNOWN else None


@dataclass(frozen=True, slots=True)
class CategoryTree:
    """The categories of a file, and where its lists leave a parent open.

    `list_levels` are the depths (2 is the second coarsest) whose parents were learnt from lists.
    """

    depth: int
    list_levels: frozenset[int]
    learnt: Mapping[int, Mapping[str, tuple[CategoryPath, ...]]]
    paths: tuple[CategoryPath, ...]

    def path(self, codes: Codes, level: int, code: str) -> CategoryPath:
        """Return the path of a code that stands at `level` (0 the coarsest) of a row."""
        return (*self._parent(codes, level, code), code)

    def _parent(self, codes: Codes, level: int, code: str) -> CategoryPath:
        if level == 0:
            return ()
        if level + 1 in self.list_levels:
            parents = self.learnt.get(level + 1, {}).get(code, ())
            return parents[0] if len(parents) == 1 else (UNKNOWN,) * level
        coarser = codes[level - 1]
        return self.path(codes, level - 1, coarser[0]) if coarser else (UNKNOWN,) * level

    def finest(self, codes: Codes) -> tuple[CategoryPath, ...]:
        """Return the paths of the codes at the finest level that the row fills."""
        for level in reversed(range(self.depth)):
            if codes[level]:
                return tuple(self.path(codes, level, code) for code in codes[level])
        return ()

    @property
    def ambiguous_parents(self) -> dict[CategoryPath, tuple[CategoryPath, ...]]:
        """The codes of lists that stand alone under several parents; they stay not batched."""
        return {
            (UNKNOWN,) * (depth - 1) + (code,): parents
            for depth, by_code in self.learnt.items()
            for code, parents in by_code.items()
            if len(parents) > 1
        }

    @property
    def orphans(self) -> tuple[CategoryPath, ...]:
        """The categories for which the file tells no parent; they stay not batched."""
        ambiguous = self.ambiguous_parents
        return tuple(
            path
            for path in self.paths
            if len(path) > 1 and parent_of(path) is None and path not in ambiguous
        )

    @property
    def same_names(self) -> dict[tuple[int, str], tuple[CategoryPath, ...]]:
        """{(depth, name): paths} of the names that stand under more than one parent."""
        found: dict[tuple[int, str], list[CategoryPath]] = defaultdict(list)
        for path in self.paths:
            found[len(path), path[-1]].append(path)
        return {name: tuple(paths) for name, paths in found.items() if len(paths) > 1}


def learn_tree(rows: Collection[Codes], depth: int) -> CategoryTree:
    """Return the tree of all codes in `rows`, each of which has `depth` levels."""
    distinct = list(dict.fromkeys(rows))
    lists = frozenset(
        level + 1
        for level in range(1, depth)
        if any(len(codes[level]) > 1 or len(codes[level - 1]) > 1 for codes in distinct)
    )
    learnt: dict[int, dict[str, tuple[CategoryPath, ...]]] = {}
    tree = CategoryTree(depth, lists, learnt, ())
    for level in range(1, depth):  # coarsest first: a path needs the parents above it
        if level + 1 in lists:
            learnt[level + 1] = _learn_parents(tree, distinct, level)
    return CategoryTree(depth, lists, learnt, tuple(dict.fromkeys(_all_paths(tree, distinct))))


def _learn_parents(
    tree: CategoryTree, rows: Iterable[Codes], level: int
) -> dict[str, tuple[CategoryPath, ...]]:
    seen: dict[str, dict[CategoryPath, None]] = defaultdict(dict)
    for codes in rows:
        if len(codes[level - 1]) == 1:
            parent = tree.path(codes, level - 1, codes[level - 1][0])
            for code in codes[level]:
                seen[code][parent] = None
    return {code: tuple(parents) for code, parents in seen.items()}


def _all_paths(tree: CategoryTree, rows: Iterable[Codes]) -> Iterator[CategoryPath]:
    for codes in rows:
        for level in range(tree.depth):
            for code in codes[level]:
                yield tree.path(codes, level, code)
