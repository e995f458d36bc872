"""Where moments stand in the rounds of schemes, and what their coders noted."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from incidents.models import Member
from taxonomy.choices import Outcome, Residual
from taxonomy.models import Coding, Scheme, Settlement
from taxonomy.queries.coder_names import coder_names
from taxonomy.queries.coding import STEP
from taxonomy.queries.disputes import answers_in
from taxonomy.queries.trees import trees_of
from taxonomy.tabulation.rollup import Settled, node_of
from taxonomy.tabulation.tree import Tree

NAMED = {Outcome.IN_DISPUTE: Residual.IN_DISPUTE, Outcome.UNCLASSIFIABLE: Residual.UNCLASSIFIABLE}


def settled_in(scheme: Scheme, moments: Collection[int]) -> list[Settlement]:
    """What counts in a scheme for moments, by their keys."""
    return list(Settlement.objects.filter(scheme=scheme, moment__in=moments, to_seq=None))


def paths_by_scheme(
    schemes: Collection[Scheme], moments: Collection[int]
) -> dict[int, list[tuple[str, str]]]:
    """The paths of moments by their keys, each with the name of its scheme; two queries."""
    if not moments or not schemes:
        return {}
    trees = trees_of([scheme.pk for scheme in schemes])
    names = {scheme.pk: scheme.name for scheme in schemes}
    settled = Settlement.objects.filter(scheme__in=schemes, moment__in=moments, to_seq=None)
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in settled.order_by("scheme", "pk"):
        if path := path_of(row, trees[row.scheme_id]):
            found[row.moment_id].append((names[row.scheme_id], path))
    return found


def path_of(settlement: Settlement, tree: Tree) -> str:
    """Where a moment stands, as tables call it from the coarsest round down, or why nowhere."""
    outcome = Outcome(settlement.outcome)
    node = node_of(Settled(outcome, settlement.category_id, settlement.contested), tree)
    if node is not None:
        return STEP.join(tree.headings(node))
    return str(Residual(NAMED[outcome]).label) if outcome in NAMED else ""


def notes_in(
    scheme: Scheme, tree: Tree, settled: Iterable[Settlement], reader: Member
) -> dict[int, list[tuple[str, str]]]:
    """What coders noted beside the answers that count, by moment: whose, and the note; one query.

    Where a category counts these are the answers that say so, else all; none while a moment waits
    for its coders. Coders are named for admins; others read a letter for each.
    """
    given = [row for row in settled if row.outcome != Outcome.WAITING]
    counts = {row.moment_id: _standing(row.category_id, tree) for row in given}
    rows = answers_in(scheme).filter(moment__in=counts).exclude(note="")
    found: dict[int, list[Coding]] = defaultdict(list)
    for coding in rows.select_related("coder").order_by("pk"):
        if counts[coding.moment_id] in {None, _standing(coding.category_id, tree)}:
            found[coding.moment_id].append(coding)
    return {moment: _named(codings, reader) for moment, codings in found.items()}


def _standing(category: int | None, tree: Tree) -> int | None:
    if category is None or category not in tree.nodes:
        return category
    return tree.canonical(category).key


def _named(codings: Collection[Coding], reader: Member) -> list[tuple[str, str]]:
    names = coder_names([coding.coder for coding in codings], reader)
    return [(names[coding.coder_id], coding.note) for coding in codings]
