"""Where every category went: into what it was merged with, or under its parent. No database."""

import dataclasses
import enum
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from taxonomy.tabulation.tree import Node, Tree


class Way(enum.Enum):
    """How a category came to count in another one."""

    MERGED = "merged"
    PLACED = "placed"
    NOT_BATCHED = "not_batched"
    COARSEST = "coarsest"  # it goes nowhere


@dataclasses.dataclass(frozen=True)
class Stream:
    """A category with what flowed into it; `node` is None for the line of what is not batched.

    `moments` are those that it stands for, `direct` those of them that were coded in itself.
    `weight` is how broad it is drawn.
    """

    node: Node | None
    way: Way
    moments: int
    direct: int
    weight: int
    sources: tuple["Stream", ...]

    def all(self) -> Iterator["Stream"]:
        """This one and everything that flowed into it, from the coarsest down."""
        yield self
        for source in self.sources:
            yield from source.all()


def streams_of(tree: Tree, coded: Mapping[int, int] | None = None) -> list[Stream]:
    """The categories of the coarsest round with what flowed into each, then what is not batched.

    `coded` are moments by the category in which they are settled, merged ones included; where there
    are none, or none may be seen, every category that nothing flowed into is drawn equally broad.
    """
    settled = {key: number for key, number in (coded or {}).items() if key in tree.nodes}
    return _Weighing(tree, settled).roots()


def narrowed(roots: Sequence[Stream], key: int) -> list[Stream]:
    """Only what flowed into one category, and the line from it on; empty where it is unknown."""
    for root in roots:
        if root.node is not None and root.node.key == key:
            return [root]
        below = narrowed(root.sources, key)
        if below:
            return [dataclasses.replace(root, weight=below[0].weight, sources=tuple(below))]
    return []


class _Weighing:
    """Turns a tree round, so that each category knows what flowed into it."""

    def __init__(self, tree: Tree, settled: Mapping[int, int]) -> None:
        self.tree, self.settled = tree, settled
        self.coarsest = max(tree.rounds, default=0)
        self.equal = not any(settled.values())
        self.sources = self._sources()

    def _sources(self) -> Mapping[int | None, list[Node]]:
        sources: dict[int | None, list[Node]] = defaultdict(list)
        for position in self.tree.rounds:
            for node in self.tree.rows(position):
                sources[self._target(node)].append(node)
        merged = [node for node in self.tree.nodes.values() if node.merged_into is not None]
        for node in sorted(merged, key=lambda node: (node.round, node.position, node.key)):
            sources[self._target(node)].append(node)
        return sources

    def _target(self, node: Node) -> int | None:
        """What a node flows into: what it was merged into, or its parent as it was given."""
        if node.merged_into is not None:
            return self.tree.canonical(node.key).key
        return node.parent

    def roots(self) -> list[Stream]:
        ends = self.sources[None]
        batched = [self._stream(node) for node in ends if node.round == self.coarsest]
        alone = tuple(self._stream(node) for node in ends if node.round != self.coarsest)
        if not alone:
            return batched
        moments = sum(stream.moments for stream in alone)
        weight = sum(stream.weight for stream in alone)
        return [*batched, Stream(None, Way.COARSEST, moments, 0, weight, alone)]

    def _stream(self, node: Node) -> Stream:
        sources = tuple(self._stream(source) for source in self.sources.get(node.key, ()))
        direct = self.settled.get(node.key, 0)
        moments = direct + sum(source.moments for source in sources)
        weight = max(1, sum(source.weight for source in sources)) if self.equal else moments
        return Stream(node, self._way(node), moments, direct, weight, sources)

    def _way(self, node: Node) -> Way:
        if node.merged_into is not None:
            return Way.MERGED
        if node.parent is not None:
            return Way.PLACED
        return Way.COARSEST if node.round == self.coarsest else Way.NOT_BATCHED
