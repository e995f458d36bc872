"""What the pages of an import show: its jobs, its preview in parts, the rows it left out."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.choices import ImportState, IncidentState, RowOutcome
from incidents.models import Import, ImportRow, Incident, Job, Study
from taxonomy.queries.import_words import FIELD_LABELS, KIND_TITLES
from taxonomy.sheets.problems import Severity

ROWS_AT_ONCE = 500
NAMED: Final = ("region", "sector", "organization", "interviewer", "coder")
SHOWN_APART: Final = "unmapped_column"  # with how many cells each of them has
NOT_BATCHED: Final = _("Not batched: the file does not say where these belong")
SEVERITY_TITLES: Final[dict[str, Promise]] = {
    Severity.ERROR: _("To be settled before the import"),
    Severity.REFUSED: _("Rows that are left out"),
    Severity.NOTICE: _("Worth knowing"),
}


def imports_of(study: Study) -> QuerySet[Import]:
    """The imports of a study with what a list says of each."""
    return (
        Import.objects.filter(study=study)
        .select_related("file", "member")
        .annotate(
            incidents_brought=KT("summary__counts__incidents"),
            rows_read=KT("summary__counts__rows"),
        )
        .defer("summary", "options", "created")
    )


def job_of(source: Import, kind: str) -> Job | None:
    """The latest job of a kind that works on an import."""
    jobs = Job.objects.filter(study=source.study_id, unique_key=f"{kind}:{source.uid}")
    return jobs.select_related("requested_by").order_by("-pk").first()


def is_withdrawn(source: Import) -> bool:
    """Whether nothing of an import counts any more."""
    left = Incident.objects.filter(imported_from=source).exclude(state=IncidentState.WITHDRAWN)
    return source.state == ImportState.DONE and not left.exists()


def refused_rows(source: Import) -> Iterator[ImportRow]:
    """The rows that were left out, in the order of the file."""
    rows = ImportRow.objects.filter(source=source, outcome=RowOutcome.REFUSED)
    return rows.order_by("number").iterator(ROWS_AT_ONCE)


@dataclasses.dataclass
class Kind:
    """The messages of one kind: how many there are in all, and the first of them."""

    code: str
    title: str
    in_all: int
    messages: list[dict[str, Any]]

    @property
    def further(self) -> int:
        """How many are not shown."""
        return self.in_all - len(self.messages)


@dataclasses.dataclass
class Group:
    """The kinds of one severity."""

    severity: str
    title: Promise
    kinds: list[Kind]

    @property
    def in_all(self) -> int:
        """How many messages there are."""
        return sum(kind.in_all for kind in self.kinds)


@dataclasses.dataclass
class Node:
    """One category with the moments in it and in all below it."""

    name: str
    moments: int = 0
    children: list["Node"] = dataclasses.field(default_factory=list)
    is_residual: bool = False


@dataclasses.dataclass(frozen=True)
class NewNames:
    """The names of one field that the study does not have yet."""

    label: Promise
    names: Sequence[str]
    in_all: int

    @property
    def further(self) -> int:
        """How many are not shown."""
        return self.in_all - len(self.names)


def groups_of(summary: Mapping[str, Any]) -> list[Group]:
    """The messages of a preview by severity and kind, in the order they matter.

    The columns that are left out are a list of their own.
    """
    counts: Mapping[str, int] = summary["messages_by_kind"]
    kinds: dict[str, dict[str, Kind]] = {severity: {} for severity in SEVERITY_TITLES}
    for message in summary["messages"]:
        code = message["code"]
        if code == SHOWN_APART:
            continue
        kind = kinds[message["severity"]].setdefault(
            code, Kind(code, str(KIND_TITLES.get(code, code)), counts[code], [])
        )
        kind.messages.append(message)
    return [
        Group(severity, title, list(kinds[severity].values()))
        for severity, title in SEVERITY_TITLES.items()
        if kinds[severity]
    ]


def tree_of(summary: Mapping[str, Any]) -> list[Node]:
    """The categories of a preview as a tree; what is not batched stands under one last line."""
    nodes: dict[tuple[str, ...], Node] = {}
    own = Counter({tuple(one["path"]): one["moments"] for one in summary["categories"]})
    roots: list[Node] = []
    loose = Node(str(NOT_BATCHED), is_residual=True)
    for path in own:
        node = nodes[path] = Node(path[-1])
        above = path[:-1]
        if not above:
            roots.append(node)
        else:
            nodes.get(above, loose).children.append(node)
    for node in [*roots, loose]:
        _add_up(node, {id(nodes[path]): count for path, count in own.items()})
    return [*roots, loose] if loose.children else roots


def _add_up(node: Node, own: Mapping[int, int]) -> int:
    node.moments = own.get(id(node), 0) + sum(_add_up(child, own) for child in node.children)
    return node.moments


def new_names_of(summary: Mapping[str, Any]) -> list[NewNames]:
    """What the import would make beside incidents and categories."""
    found = [(field, summary["new_names"].get(field)) for field in NAMED]
    return [
        NewNames(FIELD_LABELS[field], new["names"], new["in_all"])
        for field, new in found
        if new and new["in_all"]
    ]
