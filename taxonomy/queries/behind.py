"""What stands behind a cell of a table: exactly the units that it counts."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q, QuerySet, Subquery

from incidents.choices import IncidentState
from incidents.models import Incident, Moment, Study
from taxonomy.choices import Dimension, Outcome, Residual
from taxonomy.models import Category, Scheme, Settlement
from taxonomy.queries.conditions import conditions_of
from taxonomy.queries.facts import fact_lookup, facts_of
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.rollup import ALL, ColumnKey, Settled, node_of, row_of
from taxonomy.tabulation.specification import Specification
from taxonomy.tabulation.table import NOT_STATED
from taxonomy.tabulation.tree import Node, Tree

BASE = "base"

Place = Node | Residual
Line = Node | Residual | str
Wanted = Callable[[Place, Settled], bool]


def moments_behind(
    scheme: Scheme,
    tree: Tree,
    specification: Specification,
    line: Line,
    column: ColumnKey = ALL,
) -> QuerySet[Moment]:
    """The moments that a cell counts: of a category, a residual line or BASE, in a column.

    Read from the facts as they are now. Raises SpecificationError.
    """
    study = Study.objects.get(pk=scheme.study_id)
    conditions = conditions_of(specification, study=study, tree=tree)
    keep = conditions.keep(tree)

    def is_wanted(place: Place, settled: Settled) -> bool:
        return _stands_in(place, line) and keep(place, settled)

    sets = contested_sets(scheme)
    settled_so = _settled_so(tree, specification.round, is_wanted, sets, at="settled__")
    facts = facts_of(scheme).filter(conditions.facts, _in_column(specification.by, column))
    return facts.filter(settled_so)


def incidents_of(moments: QuerySet[Moment]) -> QuerySet[Incident]:
    """The incidents of these moments, each once."""
    return Incident.objects.filter(pk__in=moments.values("incident_id"))


def settlements_in(scheme: Scheme, tree: Tree, category: Node) -> QuerySet[Settlement]:
    """The open settlements in a category or in what lies under it.

    Only those of accepted incidents count; whoever joins them to incidents says so there.
    """

    def is_wanted(place: Place, _settled: Settled) -> bool:
        return isinstance(place, Node) and place.key == category.key

    merged = any(node.merged_into for node in tree.nodes.values())
    sets = contested_sets(scheme) if merged else []  # nothing else makes one of several
    counted = _settled_so(tree, category.round, is_wanted, sets)
    return Settlement.objects.filter(counted, scheme=scheme, to_seq=None)


def settlements_at(scheme: Scheme, tree: Tree, key: int) -> QuerySet[Settlement]:
    """The open settlements that name a standing category itself, be it by a merge."""

    def is_wanted(settled: Settled) -> bool:
        node = node_of(settled, tree)
        return node is not None and node.key == key

    keys = [one for one in tree.nodes if is_wanted(Settled(Outcome.SINGLE, one))]
    sets = [
        text
        for text in contested_sets(scheme)
        if is_wanted(Settled(Outcome.IN_DISPUTE, None, text))
    ]
    named = Q(category__in=keys) | Q(outcome=Outcome.IN_DISPUTE, contested__in=sets)
    return Settlement.objects.filter(named, scheme=scheme, to_seq=None)


def sample_of(category: Category, number: int = 3) -> list[Moment]:
    """The moments settled last in a standing category or under it, with their words."""
    tree = tree_of(category.scheme)
    settled = settlements_in(category.scheme, tree, tree.canonical(category.pk))
    accepted = settled.filter(moment__incident__state=IncidentState.ACCEPTED)
    keys = accepted.order_by("-pk").values_list("moment", flat=True)[:number]
    moments = Moment.objects.select_related("incident__version").in_bulk(list(keys))
    return sorted(moments.values(), key=lambda moment: -moment.pk)


def newest_coded(scheme: Scheme) -> int:
    """The key up to which incidents may have a settled moment; 0 where none has."""
    settled = scheme.settlements.filter(to_seq=None).exclude(outcome=Outcome.WAITING)
    last = settled.order_by("-moment").values("moment")[:1]
    moments = Moment.objects.filter(pk__lte=Subquery(last)).order_by("-incident")
    return moments.values_list("incident_id", flat=True).first() or 0


def _stands_in(place: Place, line: Line) -> bool:
    if line == BASE:
        return isinstance(place, Node)
    if isinstance(line, Node):
        return isinstance(place, Node) and place.key == line.key
    return place == line


def _in_column(by: Dimension, column: ColumnKey) -> Q:
    if column == ALL:
        return Q()
    if by == Dimension.ORGANIZATION and column == NOT_STATED:
        return Q(incident__site__organization__not_stated=True)
    return Q(**{fact_lookup(by): column})


def _settled_so(
    tree: Tree, position: int, wanted: Wanted, sets: Iterable[str], *, at: str = ""
) -> Q:
    """A filter on open settlements, found `at` a lookup, for those that count where wanted.

    `sets` are the sets of categories in dispute.
    """

    def is_wanted(settled: Settled) -> bool:
        return wanted(row_of(settled, tree, position), settled)

    def so(**conditions: Any) -> Q:
        return Q(**{f"{at}{lookup}": value for lookup, value in conditions.items()})

    categories = [key for key in tree.nodes if is_wanted(Settled(Outcome.SINGLE, key))]
    contested = [text for text in sets if is_wanted(Settled(Outcome.IN_DISPUTE, None, text))]
    found = so(category_id__in=categories)
    found |= so(outcome=Outcome.IN_DISPUTE, contested__in=contested)
    if is_wanted(Settled(Outcome.UNCLASSIFIABLE)):
        found |= so(outcome=Outcome.UNCLASSIFIABLE)
    if is_wanted(Settled(None)):
        found |= so(outcome__isnull=True) | so(outcome=Outcome.WAITING)
    return found


def contested_sets(scheme: Scheme) -> list[str]:
    """The sets of categories in dispute that a merge may have made one, or not."""
    disputes = scheme.settlements.filter(to_seq=None, outcome=Outcome.IN_DISPUTE)
    return list(disputes.values_list("contested", flat=True).distinct().order_by())
