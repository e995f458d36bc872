"""Earlier trees of a scheme, as tables roll up in them."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping

from incidents.models import Incident, Study
from taxonomy.models import Category, Revision, RevisionChange, Round, Scheme
from taxonomy.queries.revisions import as_change, tree_at_revision
from taxonomy.tabulation.folding import CATEGORY, ROUND, Fields, tree_at
from taxonomy.tabulation.tree import Node, Tree

MOST_AT_ONCE = 100_000  # incidents of which the facts are counted while somebody waits


def is_counted_at_once(study: Study) -> bool:
    """Whether the facts of a study are few enough to be counted while a page is waited for."""
    return Incident.objects.filter(study=study)[: MOST_AT_ONCE + 1].count() <= MOST_AT_ONCE


def past_tree(scheme: Scheme, number: int) -> Tree:
    """The tree of a scheme after revision `number`: two queries, whatever its size."""
    fields = tree_at_revision(scheme, number)
    standing = {uid: row for uid, row in fields.items() if row["exists"]}
    rows = Category.objects.filter(scheme=scheme).values_list("uid", "pk")
    keys = {str(uid): key for uid, key in rows}
    rounds = {uid: row for uid, row in standing.items() if row["type"] == ROUND}
    names = {row["position"]: row["name"] for row in rounds.values()}
    return Tree.of(_nodes(standing, rounds, keys), names, past=True)


def _nodes(
    standing: Mapping[str, Fields], rounds: Mapping[str, Fields], keys: Mapping[str, int]
) -> Iterator[Node]:
    for uid, row in standing.items():
        if row["type"] == CATEGORY:
            yield Node(
                key=keys[uid],
                round=rounds[row["round"]]["position"],
                name=row["name"],
                label=row["label"],
                parent=None if row["parent"] is None else keys[row["parent"]],
                merged_into=None if row["merged_into"] is None else keys[row["merged_into"]],
                position=row["position"],
                retired=row["retired"],
                uid=uid,
            )


def revision_at(scheme: Scheme, when: dt.datetime) -> Revision | None:
    """The last revision made until a time; None where the scheme was not there yet."""
    made = Revision.objects.filter(scheme=scheme, created_at__lte=when)
    return made.select_related("member", "undoes").order_by("-number").first()


def revision_numbered(scheme: Scheme, number: int) -> Revision:
    """A revision of the scheme."""
    return Revision.objects.select_related("member", "undoes").get(scheme=scheme, number=number)


def began_at(scheme: Scheme) -> dt.datetime | None:
    """When the first revision of a scheme was made."""
    made = Revision.objects.filter(scheme=scheme).order_by("number")
    return made.values_list("created_at", flat=True).first()


def has_the_first_tree(scheme: Scheme, tree: Tree) -> bool:
    """Whether a tree of the scheme rolls up as that of revision 1 did, whatever the names."""
    if scheme.revision <= 1:
        return True
    first = past_tree(scheme, 1)
    return tree.rounds.keys() == first.rounds.keys() and _shape(tree) == _shape(first)


def _shape(tree: Tree) -> dict[int, tuple[int, int | None, int | None]]:
    return {node.key: (node.round, node.parent, node.merged_into) for node in tree.nodes.values()}


@dataclasses.dataclass(frozen=True, slots=True)
class PastRound:
    """A round under its last name, and its position after an earlier revision and today.

    A position is None where the round does not stand.
    """

    uid: str
    name: str
    then: int | None
    today: int | None

    def is_meant_by(self, asked: str) -> bool:
        """Whether an address means it: by its uid or, as that of a table does, by its position."""
        return asked in (self.uid, None if self.today is None else str(self.today))


def rounds_then_and_today(scheme: Scheme, number: int) -> list[PastRound]:
    """Every round that a scheme ever had, those of today first, the coarsest first; two queries.

    Of then are those that stood after revision `number`.
    """
    then = _positions_at(scheme, number)
    rows = Round.objects.filter(scheme=scheme).order_by("-exists", "-position", "-pk")
    return [
        PastRound(str(uid), name, then.get(str(uid)), position if exists else None)
        for uid, name, position, exists in rows.values_list("uid", "name", "position", "exists")
    ]


def _positions_at(scheme: Scheme, number: int) -> dict[str, int]:
    changes = RevisionChange.objects.filter(
        revision__scheme=scheme, revision__number__lte=number, object_type=ROUND
    )
    changes = changes.order_by("revision__number", "pk")
    rounds = tree_at([[as_change(change) for change in changes]])
    return {uid: row["position"] for uid, row in rounds.items() if row["exists"]}
