"""The categories of a scheme as one tree: merges followed, parents found, rows in order."""

import dataclasses
from collections.abc import Iterable, Mapping

from taxonomy.choices import Residual


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """One category. `round` is its position (1 the finest); references are keys of other nodes.

    `uid` names it in addresses, which never carry a key.
    """

    key: int
    round: int
    name: str
    label: str = ""
    parent: int | None = None
    merged_into: int | None = None
    position: int = 0
    retired: bool = False
    uid: str = ""

    @property
    def heading(self) -> str:
        """The words that stand in a table."""
        return self.label or self.name


@dataclasses.dataclass(frozen=True)
class Tree:
    """All categories of a scheme and the names of its rounds, by position.

    A `past` tree is an earlier one: what was coded in a category that it does not have is *newer*.
    """

    nodes: Mapping[int, Node]
    rounds: Mapping[int, str]
    past: bool = False

    @classmethod
    def of(cls, nodes: Iterable[Node], rounds: Mapping[int, str], *, past: bool = False) -> "Tree":
        """Build a tree from its nodes."""
        return cls({node.key: node for node in nodes}, dict(sorted(rounds.items())), past)

    def with_nodes(self, *nodes: Node) -> "Tree":
        """The tree in which these nodes stand in the place of those with the same keys."""
        return dataclasses.replace(self, nodes={**self.nodes, **{node.key: node for node in nodes}})

    def canonical(self, key: int) -> Node:
        """The category that stands for this one after all merges.

        Raises KeyError for an unknown category and ValueError where merges go in a circle.
        """
        node = self.nodes[key]
        seen = {key}
        while node.merged_into is not None:
            if node.merged_into in seen:
                msg = f"Merges of category {key} go in a circle."
                raise ValueError(msg)
            seen.add(node.merged_into)
            node = self.nodes[node.merged_into]
        return node

    def coarser_than(self, position: int) -> int | None:
        """The position of the next coarser round; None above the coarsest."""
        return min((place for place in self.rounds if place > position), default=None)

    def is_newer(self, key: int) -> bool:
        """Whether a category came after this tree."""
        return self.past and key not in self.nodes

    def parent_of(self, node: Node) -> Node | None:
        """The canonical parent of a canonical node, or None where it is not batched."""
        return None if node.parent is None else self.canonical(node.parent)

    def at_round(self, key: int, position: int) -> Node | Residual:
        """What a coding in category `key` counts as at a round: a category or a residual line."""
        if self.is_newer(key):
            return Residual.NEWER
        node: Node | None = self.canonical(key)
        if node is not None and node.round > position:
            return Residual.COARSER_ONLY
        while node is not None and node.round < position:
            node = self.parent_of(node)
        return Residual.NOT_BATCHED if node is None else node

    def agreed(self, contested: Iterable[int]) -> Node | None:
        """The one category that those of a dispute have become: *settled by merge*; else None.

        0 among the contested stands for *cannot be classified*, which never merges.
        """
        keys = set(contested)
        if 0 in keys or any(self.is_newer(key) for key in keys):
            return None
        ends = {self.canonical(key).key for key in keys}
        return self.nodes[ends.pop()] if len(ends) == 1 else None

    def agreed_at(self, contested: Iterable[int], position: int) -> Node | Residual:
        """What a dispute counts as at a round, see `agreed`."""
        node = self.agreed(contested)
        return Residual.IN_DISPUTE if node is None else self.at_round(node.key, position)

    def ancestry(self, node: Node) -> list[Node]:
        """The node and its parents, from the coarsest to itself."""
        line = [node]
        while (parent := self.parent_of(line[0])) is not None:
            line.insert(0, parent)
        return line

    def path(self, node: Node) -> list[str]:
        """The names from the coarsest round down to the node: its identity for people."""
        return [step.name for step in self.ancestry(node)]

    def headings(self, node: Node) -> list[str]:
        """The same in the words that stand in tables."""
        return [step.heading for step in self.ancestry(node)]

    def rows(self, position: int) -> list[Node]:
        """The standing categories of a round, in the order of the tree; unbatched ones last."""
        standing = [
            node
            for node in self.nodes.values()
            if node.round == position and node.merged_into is None
        ]
        return sorted(standing, key=self._order)

    def _order(self, node: Node) -> tuple[tuple[bool, int, int], ...]:
        line = self.ancestry(node)
        rounds = {step.round: (False, step.position, step.key) for step in line}
        last = max(self.rounds, default=0)
        places = range(max(last, line[0].round), node.round - 1, -1)
        return tuple(rounds.get(place, (True, 0, 0)) for place in places)
