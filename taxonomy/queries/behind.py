"""What stands behind a cell of a table: exactly the units that it counts."""

from django.db.models import Q, QuerySet, Subquery

from incidents.choices import IncidentState
from incidents.models import Incident, Moment, Study
from taxonomy.choices import Outcome, Residual
from taxonomy.models import Category, Scheme, Settlement
from taxonomy.queries.axes import axes_of
from taxonomy.queries.conditions import conditions_of
from taxonomy.queries.facts import facts_of
from taxonomy.queries.settled import contested_sets, settled_so, settlements_in
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.rollup import ALL, ColumnKey, Place, Settled, above, node_of
from taxonomy.tabulation.specification import Specification
from taxonomy.tabulation.tree import Node, Tree

BASE = "base"

Line = Node | Residual | str


def moments_behind(
    scheme: Scheme,
    tree: Tree,
    specification: Specification,
    line: Line,
    column: ColumnKey = ALL,
) -> QuerySet[Moment]:
    """The moments that a cell counts: of a category, a residual line or BASE, in a column.

    Of a category of the next coarser round it is the subtotal. Read from the facts as they are now;
    where the table counts incidents or interviews, it counts those of these moments. Raises
    SpecificationError.
    """
    study = Study.objects.get(pk=scheme.study_id)
    conditions = conditions_of(specification, study=study, tree=tree)
    keep, axes = conditions.keep(tree), axes_of(specification, study)

    def is_wanted(place: Place, settled: Settled) -> bool:
        return _stands_in(place, line, tree, specification.round) and keep(place, settled)

    sets = contested_sets(scheme)
    in_line = settled_so(tree, specification.round, is_wanted, sets, at="settled__")
    facts = axes.onto(facts_of(scheme)).filter(conditions.facts, axes.behind(column))
    return facts.filter(in_line)


def incidents_of(moments: QuerySet[Moment]) -> QuerySet[Incident]:
    """The incidents of these moments, each once."""
    return Incident.objects.filter(pk__in=moments.values("incident_id"))


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


def _stands_in(place: Place, line: Line, tree: Tree, position: int) -> bool:
    if line == BASE:
        return isinstance(place, Node)
    if isinstance(line, Node) and line.round > position:
        over = above(place, tree, position)
        return over is not None and over.key == line.key
    if isinstance(line, Node):
        return isinstance(place, Node) and place.key == line.key
    return place == line
