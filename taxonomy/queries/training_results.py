"""What came of a training: agreement with the key at each round, what was missed, and the words."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from incidents.choices import IncidentState
from taxonomy.choices import Confidence
from taxonomy.models import Coding, Training, TrainingItem
from taxonomy.queries.coding import STEP, Told, told_of
from taxonomy.queries.reliability import available_at
from taxonomy.queries.training import key_node, key_words
from taxonomy.queries.trees import tree_of
from taxonomy.reliability.beside_key import BesideKey, beside_key
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE
from taxonomy.tabulation.tree import Node, Tree

WORDS = ("moment__incident__version",)


@dataclasses.dataclass(frozen=True)
class Judged:
    """An answer beside the key of its moment."""

    item: TrainingItem
    coding: Coding
    key: str
    answer: str
    is_right: bool
    told: Told | None = None

    @property
    def heading(self) -> str:
        """What its headline is called on the page."""
        return f"told-{self.item.uid}"

    @property
    def unsure(self) -> bool:
        """Whether the coder said so."""
        return self.coding.confidence == Confidence.UNSURE


@dataclasses.dataclass(frozen=True)
class RoundLine:
    """Agreement with the key at a round; `k` is how many answers there were to choose from."""

    name: str
    k: int
    figures: BesideKey

    @property
    def percent(self) -> str:
        """Agreement as it is written; empty where nothing is compared."""
        return _percent(self.figures.agreed, self.figures.n)


@dataclasses.dataclass(frozen=True)
class CategoryLine:
    """A category of the key: how often it was right to choose it, and what was said instead."""

    key: str
    right: int
    total: int
    instead: list[tuple[str, int]]

    @property
    def missed(self) -> int:
        """How often something else was said."""
        return self.total - self.right


@dataclasses.dataclass(frozen=True)
class Result:
    """A finished training. `left_out`: answers whose incident left the study, or key is gone."""

    rounds: list[RoundLine]
    categories: list[CategoryLine]
    missed: list[Judged]
    right: list[Judged]
    left_out: int

    @property
    def n(self) -> int:
        """How many answers are beside a key."""
        return len(self.missed) + len(self.right)


def result_of(training: Training) -> Result:
    """Everything about one training; a constant number of queries."""
    scheme = training.training_set.scheme
    tree = tree_of(scheme)
    judged, left_out = _judged([training], tree, *WORDS).get(training.pk, ([], 0))
    return Result(
        rounds=_rounds(training, tree, judged),
        categories=_categories(judged),
        missed=[one for one in judged if not one.is_right],
        right=[one for one in judged if one.is_right],
        left_out=left_out,
    )


def with_words(judged: Sequence[Judged]) -> list[Judged]:
    """The same with what was told; two queries."""
    told = told_of([one.coding.moment for one in judged])
    return [dataclasses.replace(one, told=words) for one, words in zip(judged, told, strict=True)]


def percents_of(trainings: Iterable[Training], tree: Tree) -> dict[int, str]:
    """How many per cent of the answers are the key, by training; empty where there are none.

    Two queries, whatever their number; take trainings of one scheme.
    """
    judged = _judged([one for one in trainings if one.finished_at], tree)
    return {
        key: _percent(sum(one.is_right for one in rows), len(rows))
        for key, (rows, _left_out) in judged.items()
    }


def _percent(part: int, whole: int) -> str:
    """Rounded half up."""
    return f"{(200 * part + whole) // (2 * whole)}%" if whole else ""


# -- Answers beside keys -----------------------------------------------------------------------


def _judged(
    trainings: Sequence[Training], tree: Tree, *beside: str
) -> dict[int, tuple[list[Judged], int]]:
    """The answers of each training in the order given, and how many are left out.

    `beside` names what is read along with each answer.
    """
    items = _items({one.training_set_id for one in trainings})
    answers = _answers([one.batch_id for one in trainings], *beside)
    found = {}
    for training in trainings:
        rows, left_out = [], 0
        for coding in answers.get(training.batch_id, ()):
            item = items.get((training.training_set_id, coding.moment_id))
            accepted = coding.moment.incident.state == IncidentState.ACCEPTED
            if item is None or not accepted or not key_words(item, tree):
                left_out += 1
            else:
                rows.append(_judge(item, coding, tree))
        found[training.pk] = rows, left_out
    return found


def _items(sets: Iterable[int]) -> dict[tuple[int, int], TrainingItem]:
    """The item of each moment of some sets: what was taken out stays for who has coded it."""
    rows = TrainingItem.objects.filter(training_set__in=list(sets)).select_related("category")
    return {(row.training_set_id, row.moment_id): row for row in rows.order_by("pk")}


def _answers(batches: Sequence[int], *beside: str) -> dict[int, list[Coding]]:
    """The last answer to each assignment of some batches, in the order given."""
    around = ("assignment", "category", "moment__incident", *beside)
    rows = Coding.objects.filter(assignment__batch__in=batches).select_related(*around)
    last = {row.assignment_id: row for row in rows.order_by("pk")}
    found: dict[int, list[Coding]] = defaultdict(list)
    for row in sorted(last.values(), key=lambda row: row.assignment_id or 0):
        if row.assignment is not None and not row.taken_back:
            found[row.assignment.batch_id].append(row)
    return dict(found)


def _judge(item: TrainingItem, coding: Coding, tree: Tree) -> Judged:
    return Judged(
        item=item,
        coding=coding,
        key=key_words(item, tree),
        answer=_answer_words(coding, tree),
        is_right=_is_right(item, coding, tree),
    )


def _is_right(item: TrainingItem, coding: Coding, tree: Tree) -> bool:
    """Whether an answer is the key, or a finer category of it; no reason is better than another."""
    key = key_node(item, tree)
    if key is None or coding.category_id is None:
        return key is None and coding.category_id is None
    return tree.at_round(coding.category_id, key.round) == key


def _answer_words(coding: Coding, tree: Tree) -> str:
    if coding.category_id is None:
        return key_words(TrainingItem(unclassifiable=coding.unclassifiable), tree)
    return STEP.join(tree.path(tree.canonical(coding.category_id)))


# -- Sums --------------------------------------------------------------------------------------


def _rounds(training: Training, tree: Tree, judged: Sequence[Judged]) -> list[RoundLine]:
    """Agreement at each round, the finest first, rolled up from the answers each time."""
    batch = training.batch
    (open_,) = available_at(training.training_set.scheme, tree, [batch]).values()
    lines = []
    for position, name in tree.rounds.items():
        pairs = [pair for one in judged if (pair := _at(one, tree, position))]
        meant = {_label(key, tree, position) for key in open_ if key in tree.nodes}
        used = {label for pair in pairs for label in pair}
        k = len((meant | used) - {None, UNCLASSIFIABLE}) + 1
        lines.append(RoundLine(name, k, beside_key(pairs)))
    return lines


def _at(judged: Judged, tree: Tree, position: int) -> tuple[int, int] | None:
    """Key and answer at a round; None where one of them has no place there."""
    key = _label(judged.item.category_id, tree, position)
    answer = _label(judged.coding.category_id, tree, position)
    return None if key is None or answer is None else (key, answer)


def _label(category: int | None, tree: Tree, position: int) -> int | None:
    if category is None:
        return UNCLASSIFIABLE
    node = tree.at_round(category, position)
    return node.key if isinstance(node, Node) else None


def _categories(judged: Sequence[Judged]) -> list[CategoryLine]:
    """What was missed most first, in the words of the key."""
    total: Counter[str] = Counter(_key_named(one) for one in judged)
    right: Counter[str] = Counter()
    instead: dict[str, Counter[str]] = defaultdict(Counter)
    for one in judged:
        key = _key_named(one)
        if one.is_right:
            right[key] += 1
        else:
            none = one.coding.unclassifiable
            instead[key][_("Cannot be classified") if none else one.answer] += 1
    lines = [
        CategoryLine(key, right[key], number, instead[key].most_common())
        for key, number in total.items()
    ]
    return sorted(lines, key=lambda line: (-line.missed, -line.total, line.key))


def _key_named(judged: Judged) -> str:
    return _("Cannot be classified") if judged.item.unclassifiable else judged.key
