"""The codings of a scheme as a long table: a row for each answer, in the order told."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from incidents.choices import IncidentState
from incidents.models import Incident, Study
from taxonomy.choices import BLINDING, BatchState, Purpose
from taxonomy.models import Coding, Scheme
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import PATH_SEPARATOR
from taxonomy.tabulation.tree import Node, Tree

INCIDENTS: Final = 500  # whose answers are read at once
CANNOT: Final = "cannot be classified"
COLUMNS: Final = (
    "unit",
    "coder",
    "value",
    "cluster",
    "incident",
    "source_id",
    "moment",
    "round",
    "category",
    "category_uid",
    "unclassifiable",
    "confidence",
    "note",
    "flagged",
    "purpose",
    "batch",
    "made_at",
    "state",
    "seq",
    "suggested",
    "suggested_place",
)
FIELDS: Final = (
    "moment__incident__uid",
    "moment__incident__source_id",
    "moment__position",
    "moment__incident__site__organization__code",
    "coder__code",
    "category_id",
    "unclassifiable",
    "confidence",
    "note",
    "flagged",
    "purpose",
    "assignment__batch__name",
    "created_at",
    "taken_back",
    "seq",
    "superseded",
    "suggestion__offered",
    "suggestion__chosen",
)

Cell = str | int | bool | None
Answer = dict[str, Cell]


def answers_of(
    scheme: Scheme,
    *,
    superseded: bool = False,
    unlocked: bool = False,
    purposes: Collection[str] = Purpose.values,
    batch: str = "",
    position: int | None = None,
) -> Iterator[Answer]:
    """Every answer for accepted incidents, by the names of COLUMNS, as it stood when this began.

    Without `superseded` only those that stand. Without `unlocked` none of a batch in which coders
    are still to be blind. `batch` keeps those of batches with that name; `position` is the round
    that values are brought to, else the round they were given in. Reads in portions, and holds no
    lock between them.
    """
    number = Study.objects.values_list("data_seq", flat=True).get(pk=scheme.study_id)
    tree = tree_of(scheme)
    rows = _rows(scheme, number).filter(purpose__in=purposes)
    if not superseded:
        rows = rows.filter(superseded=False, taken_back=False)
    if not unlocked:
        rows = rows.exclude(_UNLOCKED)
    if batch:
        rows = rows.filter(assignment__batch__name=batch)
    last = 0
    while incidents := _incidents_after(scheme, last):
        last = incidents[-1]
        portion = rows.filter(moment__incident__in=incidents)
        ordered = portion.order_by("moment__incident", "moment__position", "coder__code", "pk")
        for row in ordered.values_list(*FIELDS):
            yield _answer(dict(zip(FIELDS, row, strict=True)), tree, position)


def withheld(scheme: Scheme) -> list[tuple[str, int]]:
    """The batches whose answers `answers_of` keeps back, with the number of these."""
    rows = Coding.objects.filter(_UNLOCKED, scheme=scheme).order_by("assignment__batch")
    counted = rows.values("assignment__batch").annotate(number=Count("pk"))
    return list(counted.values_list("assignment__batch__name", "number"))


_UNLOCKED = Q(assignment__batch__kind__in=BLINDING, assignment__batch__state=BatchState.OPEN) | Q(
    assignment__late=True
)


def _rows(scheme: Scheme, number: int) -> QuerySet[Any, Any]:
    by_then = Coding.objects.filter(supersedes=OuterRef("pk"), seq__lte=number)
    rows = Coding.objects.filter(
        scheme=scheme, seq__lte=number, moment__incident__state=IncidentState.ACCEPTED
    )
    return rows.annotate(superseded=Exists(by_then))


def _incidents_after(scheme: Scheme, last: int) -> list[int]:
    rows = Incident.objects.accepted().filter(study=scheme.study_id, pk__gt=last).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:INCIDENTS])


def _answer(row: dict[str, Any], tree: Tree, at_round: int | None) -> Answer:
    incident, order = str(row["moment__incident__uid"]), row["moment__position"]
    node = tree.canonical(row["category_id"]) if row["category_id"] else None
    path = _path(node, tree)
    return {
        "unit": f"{incident}/{order}",
        "coder": row["coder__code"],
        "value": CANNOT if row["unclassifiable"] else _value(node, tree, at_round),
        "cluster": row["moment__incident__site__organization__code"],
        "incident": incident,
        "source_id": row["moment__incident__source_id"],
        "moment": order,
        "round": node.round if node else None,
        "category": path,
        "category_uid": tree.nodes[row["category_id"]].uid if node else "",
        "unclassifiable": row["unclassifiable"],
        "confidence": row["confidence"],
        "note": row["note"],
        "flagged": row["flagged"],
        "purpose": row["purpose"],
        "batch": row["assignment__batch__name"] or "",
        "made_at": row["created_at"].isoformat(timespec="seconds"),
        "state": _state(row),
        "seq": row["seq"],
        "suggested": row["suggestion__offered"] or "",
        "suggested_place": row["suggestion__chosen"],
    }


def _path(node: Node | None, tree: Tree) -> str:
    return PATH_SEPARATOR.join(tree.path(node)) if node else ""


def _value(node: Node | None, tree: Tree, position: int | None) -> str:
    """The path at a round; empty, so missing, where an answer has no place there."""
    if node is None or position is None:
        return _path(node, tree)
    there = tree.at_round(node.key, position)
    return _path(there, tree) if isinstance(there, Node) else ""


def _state(row: dict[str, Any]) -> str:
    if row["superseded"]:
        return "superseded"
    return "taken_back" if row["taken_back"] else "live"
