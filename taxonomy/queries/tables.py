"""The compiler: one question, one query, over the tally where it suffices, else over the facts."""

import dataclasses
import datetime as dt
import functools
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from incidents.models import Incident, Interview, Moment, Study
from incidents.prepared import Given, Question
from taxonomy.choices import Dimension, Outcome, Unit
from taxonomy.models import Category, RegionTally, Scheme, Tally, TallyPointer
from taxonomy.models.facts import Counted
from taxonomy.queries.axes import Axes, axes_of
from taxonomy.queries.behind import BASE, moments_behind
from taxonomy.queries.conditions import Conditions, conditions_of
from taxonomy.queries.facts import GROUPING, facts_at, facts_of
from taxonomy.queries.past import MOST_AT_ONCE
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.adjusting import add_to_100
from taxonomy.tabulation.concealing import without
from taxonomy.tabulation.outcomes import contested_keys
from taxonomy.tabulation.rollup import ALL, Cell, ColumnKey, Counts, Settled, roll_up
from taxonomy.tabulation.specification import Across, Specification, SpecificationError
from taxonomy.tabulation.table import Table, build_table, count_line
from taxonomy.tabulation.tree import Tree

GROUPED = ("outcome", "category_id", "contested")
MOST_ONE_BY_ONE = 20_000  # where each incident or interview is looked at by itself
THINGS = {Unit.INCIDENTS: "incident_id", Unit.INTERVIEWS: "incident__interview_id"}


@dataclasses.dataclass(frozen=True)
class Answered:
    """A table with what it was made from: tree revision, data number, and when it was counted.

    `counted_at` is None where the facts were read just now; `latest` is the study's number now.
    `newer` are the categories counted that an earlier tree does not have, by primary key.
    """

    scheme: Scheme
    specification: Specification
    table: Table
    tree: Tree
    revision: int
    data_seq: int
    latest: int
    counted_at: dt.datetime | None
    newer: frozenset[int] = frozenset()

    @property
    def fresh(self) -> bool:
        """Whether nothing has changed since it was counted."""
        return self.data_seq == self.latest


def answer(
    scheme: Scheme,
    specification: Specification,
    *,
    names: bool = True,
    from_facts: bool = False,
    tree: Tree | None = None,
    revision: int | None = None,
    number: int | None = None,
    at_once: bool = False,
) -> Answered:
    """Count the table that answers a question.

    Reads the tally where that suffices (and `from_facts` does not forbid it), else the facts.
    `names` False shows organizations by their codes. `tree` is that of the scheme where it was read
    already, after the scheme; or the one of an earlier `revision`, under which today's data are
    rolled up, or those that counted at a `number` of the study. Raises SpecificationError; where
    somebody waits (`at_once`) its kind TooMuchError for what takes longer than a page may.
    """
    tree = tree or tree_of(scheme)
    asked = asked_of(scheme, specification, tree, names=names)
    if number is not None and any(isinstance(one, Across) for one in specification.columns):
        raise SpecificationError(_("Two schemes beside each other are known as of today only."))
    by_tally = number is None and not from_facts and is_in_tally(asked)
    if at_once and not by_tally and _is_too_much(asked, scheme):
        raise TooMuchError(_too_much())
    source = _read_tally(scheme, asked, tree) if by_tally else None
    source = source or _read_facts(scheme, asked, number)
    return answered_from(source, asked, scheme, tree, revision)


@dataclasses.dataclass(frozen=True)
class Asked:
    """A question resolved: what makes its columns, and what is kept."""

    specification: Specification
    axes: Axes
    conditions: Conditions

    @property
    def thing(self) -> str | None:
        """What is read of a fact to know which thing is counted, or by which it is weighted."""
        if self.specification.is_weighted:
            return THINGS[Unit.INTERVIEWS]
        return THINGS.get(self.specification.unit)

    def facts(self, facts: QuerySet[Moment]) -> QuerySet[Moment]:
        """Those that are kept, with all that is read of them."""
        return self.axes.onto(facts).filter(self.conditions.facts)


class TooMuchError(SpecificationError):
    """A question that a run answers, but no page of a study of this size."""


def _is_too_much(asked: Asked, scheme: Scheme) -> bool:
    most = MOST_ONE_BY_ONE if asked.thing else MOST_AT_ONCE
    accepted = Incident.objects.accepted().filter(study=scheme.study_id)
    return accepted[: most + 1].count() > most


def _too_much() -> str:
    return _(
        "This table is counted from single moments, and the study has so many that you would wait"
        " too long. Compute it as a run: you are shown the figures when they are there."
    )


def asked_of(
    scheme: Scheme, specification: Specification, tree: Tree, *, names: bool = True
) -> Asked:
    """Resolve a question. Raises SpecificationError."""
    if specification.round not in tree.rounds:
        raise SpecificationError(_no_round(specification.round, tree))
    across = [one.scheme for one in specification.columns if isinstance(one, Across)]
    if scheme.slug in across:
        raise SpecificationError(_("Rows and columns are of the same scheme."))
    study = Study(pk=scheme.study_id)
    _check_units(specification, study)
    return Asked(
        specification,
        axes_of(specification, study, names=names),
        conditions_of(specification, study=study, tree=tree),
    )


def _check_units(specification: Specification, study: Study) -> None:
    by_interview = specification.unit == Unit.INTERVIEWS or specification.is_weighted
    if specification.is_weighted and specification.unit != Unit.MOMENTS:
        raise SpecificationError(_("Weights are for moments: choose moments, or no weights."))
    if specification.adjusted and not specification.may_be_adjusted:
        raise SpecificationError(
            _("Only the shares of moments in columns or in rows can be made to add to 100.")
        )
    if by_interview and not clusters_known(study):
        raise SpecificationError(
            _("The file said neither who told what nor in which interview, so none is known.")
        )


def is_in_tally(asked: Asked) -> bool:
    """Whether the counts kept know what is asked."""
    known = not asked.conditions.needs_facts and asked.axes.tally is not None
    return known and asked.thing is None


def _table(cells: Collection[Cell], asked: Asked, tree: Tree) -> Table:
    specification, keep = asked.specification, asked.conditions.keep(tree)

    def rolled_up(*, weighted: bool) -> Counts:
        plain = specification.is_weighted and not weighted
        return roll_up(
            (dataclasses.replace(cell, thing=None) for cell in cells) if plain else cells,
            tree,
            specification.round,
            keep=keep,
            subtotals=specification.subtotals,
            weighted=weighted,
        )

    table = build_table(
        rolled_up(weighted=specification.is_weighted),
        tree,
        specification.round,
        asked.axes.columns({cell.column for cell in cells}),
        shares=specification.shares,
        unweighted=rolled_up(weighted=False) if specification.is_weighted else None,
        decimals=specification.decimals,
        adjusted=specification.adjusted,
    )
    return add_to_100(table)


def _newer(cells: Iterable[Cell], tree: Tree) -> frozenset[int]:
    if not tree.past:
        return frozenset()
    named = {cell.settled.category for cell in cells}
    return frozenset(key for key in named if key is not None and tree.is_newer(key))


def cells_by(scheme: Scheme, by: Dimension, tree: Tree) -> list[Cell]:
    """Everything of a scheme by a dimension, to be rolled up in more than one tree."""
    asked = asked_of(scheme, Specification(min(tree.rounds), by=by), tree)
    return (_read_tally(scheme, asked, tree) or _read_facts(scheme, asked)).cells


def with_interviews(answered: Answered) -> Answered:
    """Add the numbers of interviews behind the base; None where the study cannot know them."""
    if not clusters_known(Study(pk=answered.scheme.study_id)):
        return answered
    line = _interview_counts(answered)
    counted = without(count_line("interviews", line, answered.table), answered.table.base.hidden)
    table = dataclasses.replace(answered.table, interviews=counted)
    return dataclasses.replace(answered, table=table)


def clusters_known(study: Study) -> bool:
    """Whether any interview, or any teller, is known: else each row may be anybody's."""
    known = ~Q(implied=True, code="", respondent__implied=True)
    return Interview.objects.filter(study=study).filter(known).exists()


class _Standing(NamedTuple):
    """What a scheme is at: its revision, its study's number, the generation pointed to."""

    revision: int
    data_seq: int
    generation: int | None


@dataclasses.dataclass(frozen=True)
class Source:
    """Cells with the number of the study they belong to, and what stood after they were read."""

    cells: list[Cell]
    data_seq: int
    counted_at: dt.datetime | None
    after: _Standing


def answered_from(
    source: Source, asked: Asked, scheme: Scheme, tree: Tree, revision: int | None = None
) -> Answered:
    """The table of cells. `tree` is that of the scheme as given, or of an earlier revision."""
    if revision is None and source.after.revision != scheme.revision:
        tree = tree_of(scheme)  # the cells may name categories made since
    return Answered(
        scheme=scheme,
        specification=asked.specification,
        table=_table(source.cells, asked, tree),
        tree=tree,
        revision=source.after.revision if revision is None else revision,
        data_seq=source.data_seq,
        latest=source.after.data_seq,
        counted_at=source.counted_at,
        newer=_newer(source.cells, tree),
    )


STANDING = Question(
    lambda: Scheme.objects.filter(pk=Given("scheme")).values_list(
        "revision", "study__data_seq", "tally_pointer__generation"
    )
)
POINTER = Question(
    lambda: TallyPointer.objects.filter(scheme=Given("scheme"), data_seq__isnull=False).annotate(
        has_regions=Exists(
            RegionTally.objects.filter(scheme=OuterRef("scheme"), generation=OuterRef("generation"))
        )
    )
)


def standing_of(scheme: Scheme) -> _Standing:
    """What a scheme is at now."""
    return _Standing(*STANDING.all(scheme=scheme.pk)[0])


def _read_tally(scheme: Scheme, asked: Asked, tree: Tree) -> Source | None:
    """The generation pointed to; None where none was built yet, or it names a category that left.

    `tree` is that of the scheme as given. The generation is read again if the pointer has moved on
    meanwhile, for then the rows may be half gone; three times at most.
    """
    for _attempt in range(3):
        pointer: Any = POINTER.first(scheme=scheme.pk)
        if pointer is None:
            return None
        lookups, condition = asked.axes.region_tally, asked.conditions.region_tally
        if lookups and condition is not None and pointer.has_regions:
            rows = _tally_rows(RegionTally, pointer, condition, lookups)
        else:
            lookups = asked.axes.tally or ()
            rows = _tally_rows(Tally, pointer, asked.conditions.tally, lookups)
        after = standing_of(scheme)
        if after.generation == pointer.generation:
            cells = _cells(rows, asked.axes.tally_key)
            known = tree.nodes.keys() if after.revision == scheme.revision else frozenset()
            if _has_left(_named(cells) - known):
                return None
            return Source(cells, pointer.data_seq, pointer.built_at, after)
    return None


def _named(cells: Iterable[Cell]) -> set[int]:
    """The categories counted or in dispute."""
    keys: set[int] = set()
    for settled in {cell.settled for cell in cells}:
        keys.update(contested_keys(settled.contested))
        if settled.category is not None:
            keys.add(settled.category)
    return keys - {0}  # cannot be classified


def _has_left(keys: Collection[int]) -> bool:
    """Whether one of these categories exists no more."""
    return Category.objects.filter(pk__in=keys, exists=False).exists()


def _tally_rows(
    model: type[Counted], pointer: TallyPointer, condition: Q, lookups: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    rows = model._default_manager.filter(
        scheme=pointer.scheme_id, generation=pointer.generation
    ).filter(condition)
    counted = rows.values_list(*GROUPED, *lookups).annotate(total=Sum("moments")).order_by()
    return [(*row, None) for row in counted]


def _read_facts(scheme: Scheme, asked: Asked, number: int | None = None) -> Source:
    """The facts as they are now, or were at a number of the study.

    They are read again where they changed meanwhile, three times at most.
    """
    for _attempt in range(3):
        before = standing_of(scheme)
        sources = [facts_of(scheme)] if number is None else facts_at(scheme, number)
        rows = (_fact_rows(asked.facts(facts), asked) for facts in sources)
        cells = _cells(itertools.chain.from_iterable(rows), asked.axes.key)
        after = standing_of(scheme)
        if after.data_seq == before.data_seq:
            break
    return Source(cells, before.data_seq if number is None else number, None, after)


def _fact_rows(facts: QuerySet[Moment], asked: Asked) -> Iterable[tuple[Any, ...]]:
    """Of each settlement and column how many moments there are, of each thing where these count."""
    read = (*GROUPING, *asked.axes.reads)
    if asked.thing is None:
        counted = facts.values_list(*read).annotate(total=Count("pk")).order_by()
        return ((*row, None) for row in counted)
    of_things = facts.values_list(*read, asked.thing).annotate(total=Count("pk")).order_by()
    return ((*row[:-2], row[-1], row[-2]) for row in of_things)


def _cells(
    rows: Iterable[tuple[Any, ...]], key: Callable[[Sequence[Any]], ColumnKey]
) -> list[Cell]:
    settled, column_key = functools.cache(settled_of), functools.cache(key)  # many are alike
    return [
        Cell(settled(outcome, category, contested), column_key(tuple(column)), total, thing)
        for outcome, category, contested, *column, total, thing in rows
    ]


def settled_of(outcome: str | None, category: int | None, contested: str | None) -> Settled:
    """How a moment is settled, as it was read."""
    return Settled(Outcome(outcome) if outcome else None, category, contested or "")


def _interview_counts(answered: Answered) -> dict[ColumnKey, int]:
    """Distinct interviews behind the base, by column and in all."""
    scheme, specification = answered.scheme, answered.specification
    axes = axes_of(specification, Study(pk=scheme.study_id))
    placed = moments_behind(scheme, answered.tree, specification, BASE)
    interviews = Count("incident__interview", distinct=True)
    line: dict[ColumnKey, int] = {ALL: placed.aggregate(total=interviews)["total"]}
    if not axes.merge:
        counted = placed.values_list(*axes.reads).annotate(total=interviews).order_by()
        line.update((axes.key(read), total) for *read, total in counted)
        return line
    pairs = placed.values_list("incident__interview", *axes.reads).distinct().order_by()
    together = {(axes.key(read), one) for one, *read in pairs}
    return line | Counter(key for key, _interview in together)


def _no_round(position: int, tree: Tree) -> str:
    rounds = ", ".join(f"{place} ({name})" for place, name in tree.rounds.items())
    return f"There is no round {position}. The rounds are: {rounds or 'none yet'}."
