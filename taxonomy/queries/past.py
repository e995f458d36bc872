"""Earlier trees of a scheme, as tables roll up in them."""

import datetime as dt
from collections.abc import Iterator, Mapping

from incidents.models import Incident, Study
from taxonomy.models import Category, Revision, Round, Scheme
from taxonomy.queries.revisions import tree_at_revision
from taxonomy.tabulation.folding import CATEGORY, ROUND, Fields
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


def position_today(scheme: Scheme, number: int, position: int) -> int | None:
    """Where the round at a position after revision `number` stands today; None where it is gone."""
    uids = [
        uid
        for uid, row in tree_at_revision(scheme, number).items()
        if row["type"] == ROUND and row["exists"] and row["position"] == position
    ]
    rounds = Round.objects.filter(scheme=scheme, exists=True, uid__in=uids)
    return rounds.values_list("position", flat=True).first()
