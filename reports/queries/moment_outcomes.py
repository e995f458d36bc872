"""What counts for a moment in a scheme, at each of its rounds, as variables of a file."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from reports.datafiles.book import Cell, Kind, Value, Variable, variable_name
from reports.queries.moment_survey import ChangedMeanwhileError
from taxonomy.choices import Outcome, Residual
from taxonomy.models import Category, Scheme
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.rollup import Settled, node_of, row_of
from taxonomy.tabulation.specification import PATH_SEPARATOR
from taxonomy.tabulation.tree import Node, Tree

MERGED = "settled_by_merge"
LARGEST_CODE = 9_999_999
NOTHING = (None, None, "")  # no settlement
Key = tuple[str | None, int | None, str]


@dataclasses.dataclass
class Outcomes:
    """The variables of one scheme; `cells` are those of a settlement, the same for all alike."""

    scheme: Scheme
    tree: Tree
    variables: list[Variable]
    _outcomes: Mapping[str, Value]
    _rows: Mapping[int, Mapping[int | Residual, Value]]
    _known: dict[Key, list[Cell]] = dataclasses.field(default_factory=dict)

    def cells(self, key: Key) -> list[Cell]:
        """Outcome, and category or residual line at each round, as tables have it."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._worked_out(key)
        return found

    def none(self) -> list[Cell]:
        """What a moment has that does not count."""
        return [None] * len(self.variables)

    def _worked_out(self, key: Key) -> list[Cell]:
        outcome, category, contested = key
        settled = Settled(Outcome(outcome) if outcome else None, category, contested)
        try:
            cells: list[Cell] = [self._outcomes[_word(settled, self.tree)]]
            for position, values in self._rows.items():
                row = row_of(settled, self.tree, position)
                cells.append(values[row if isinstance(row, Residual) else row.key])
        except KeyError as error:  # a category made since the tree was read
            raise ChangedMeanwhileError from error
        return cells


def outcomes_of(scheme: Scheme, taken: Collection[str]) -> Outcomes:
    """The variables of a scheme, the finest round first, by names that are not taken."""
    tree = tree_of(scheme)
    codes = dict(Category.objects.filter(scheme=scheme, exists=True).values_list("pk", "code"))
    names = set(taken)
    outcomes = _outcome_values()
    variables = [
        Variable(
            _name(scheme, "outcome", names),
            _("%(scheme)s: outcome") % {"scheme": scheme.name},
            Kind.CODED,
            tuple(outcomes.values()),
            width=18,
        )
    ]
    rows = {}
    for position, words in tree.rounds.items():
        rows[position] = _values(tree, position, codes)
        label = _("%(scheme)s: %(round)s (round %(number)d)") % {
            "scheme": scheme.name,
            "round": words,
            "number": position,
        }
        name = _name(scheme, str(position), names)
        choices = tuple(rows[position].values())
        variables.append(Variable(name, label, Kind.CATEGORY, choices, width=24))
    return Outcomes(scheme, tree, variables, outcomes, rows)


def _name(scheme: Scheme, ending: str, names: set[str]) -> str:
    name = variable_name(scheme.slug, names, ending=ending)
    names.update({name, f"{name}_code", f"{name}_name"})
    return name


def _word(settled: Settled, tree: Tree) -> str:
    if settled.outcome == Outcome.IN_DISPUTE and node_of(settled, tree) is not None:
        return MERGED
    if settled.outcome in {None, Outcome.WAITING}:
        return Residual.NOT_CODED.value
    return str(settled.outcome)


def _outcome_values() -> dict[str, Value]:
    """Counted are positive; what is in no category is a missing value, as in the rounds."""
    counted = (Outcome.SINGLE, Outcome.AGREED, Outcome.MAJORITY, Outcome.ADJUDICATED)
    words = {one.value: str(one.label) for one in counted} | {MERGED: _("Settled by a merge")}
    values = {
        word: Value(number, word, label) for number, (word, label) in enumerate(words.items(), 1)
    }
    residuals = (Residual.NOT_CODED, Residual.IN_DISPUTE, Residual.UNCLASSIFIABLE)
    return values | {one.value: _residual(one) for one in residuals}


def _residual(line: Residual) -> Value:
    number = -1 - list(Residual).index(line)
    return Value(number, line.value, f"({line.label})")


def _values(tree: Tree, position: int, codes: Mapping[int, str]) -> dict[int | Residual, Value]:
    """The categories of a round in the order of the tree, and the lines beside its base.

    Their codes, where each has one of its own that is no line's word, else their numbers; and
    the numbers are the codes where these are numbers.
    """
    nodes = tree.rows(position)
    own = [codes.get(node.key, "").strip() for node in nodes]
    reserved = {line.value for line in Residual}
    distinct = len({code.casefold() for code in own}) == len(own)
    if not (distinct and all(own) and not reserved & {code.casefold() for code in own}):
        own = [str(number) for number in range(1, len(nodes) + 1)]
    numbers = _numbers(own)
    labels = _labels(nodes, tree)
    values: dict[int | Residual, Value] = {
        node.key: Value(number, code, label)
        for node, number, code, label in zip(nodes, numbers, own, labels, strict=True)
    }
    lines = [line for line in Residual if line != Residual.NEWER]
    return values | {line: _residual(line) for line in lines}


def _numbers(codes: list[str]) -> list[int]:
    are_numbers = all(code.isascii() and code.isdecimal() for code in codes)
    numbers = [int(code) for code in codes] if are_numbers else []
    bounded = all(1 <= number <= LARGEST_CODE for number in numbers)
    if numbers and bounded and len(set(numbers)) == len(numbers):
        return numbers
    return list(range(1, len(codes) + 1))


def _labels(nodes: list[Node], tree: Tree) -> list[str]:
    """The names, with the path where one stands more than once in the round."""
    times = Counter(node.name for node in nodes)
    return [
        node.name if times[node.name] == 1 else PATH_SEPARATOR.join(tree.path(node))
        for node in nodes
    ]
