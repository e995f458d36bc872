"""The compiler: one question, one query, over the tally where it suffices, else over the facts."""

import dataclasses
import datetime as dt
import functools
import itertools
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from incidents.choices import Valence, Viewpoint
from incidents.models import Interview, Moment, Study
from incidents.prepared import Given, Question
from taxonomy.choices import Dimension, Outcome, Unit
from taxonomy.models import Category, RegionTally, Scheme, Tally, TallyPointer
from taxonomy.models.facts import Counted
from taxonomy.queries.behind import BASE, moments_behind
from taxonomy.queries.conditions import Conditions, conditions_of
from taxonomy.queries.facts import (
    COLUMN_LOOKUPS,
    GROUPING,
    REGION_LOOKUPS,
    fact_lookup,
    facts_at,
    facts_of,
)
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.outcomes import contested_keys
from taxonomy.tabulation.rollup import ALL, Cell, ColumnKey, Settled, roll_up
from taxonomy.tabulation.specification import Specification, SpecificationError
from taxonomy.tabulation.table import NOT_STATED, Column, Table, build_table, count_line
from taxonomy.tabulation.tree import Tree

GROUPED = ("outcome", "category_id", "contested")


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
) -> Answered:
    """Count the table that answers a question.

    Reads the tally where that suffices (and `from_facts` does not forbid it), else the facts.
    `names` False shows organizations by their codes. `tree` is that of the scheme where it was read
    already, after the scheme; or the one of an earlier `revision`, under which today's data are
    rolled up, or those that counted at a `number` of the study. Raises SpecificationError.
    """
    tree = tree or tree_of(scheme)
    if specification.round not in tree.rounds:
        raise SpecificationError(_no_round(specification.round, tree))
    study = Study(pk=scheme.study_id)
    conditions = conditions_of(specification, study=study, tree=tree)
    by_tally = not (from_facts or conditions.needs_facts or specification.unit != Unit.MOMENTS)
    by_tally = by_tally and number is None
    source = _read_tally(scheme, specification, conditions, tree) if by_tally else None
    source = source or _read_facts(scheme, specification, conditions, number)
    if revision is None and source.after.revision != scheme.revision:
        tree = tree_of(scheme)  # the cells may name categories made since
    counts = roll_up(source.cells, tree, specification.round, keep=conditions.keep(tree))
    columns = columns_of(study, specification.by, names=names)
    return Answered(
        scheme=scheme,
        specification=specification,
        table=build_table(counts, tree, specification.round, columns),
        tree=tree,
        revision=source.after.revision if revision is None else revision,
        data_seq=source.data_seq,
        latest=source.after.data_seq,
        counted_at=source.counted_at,
        newer=_newer(source.cells, tree),
    )


def _newer(cells: Iterable[Cell], tree: Tree) -> frozenset[int]:
    if not tree.past:
        return frozenset()
    named = {cell.settled.category for cell in cells}
    return frozenset(key for key in named if key is not None and tree.is_newer(key))


def cells_by(scheme: Scheme, by: Dimension, tree: Tree) -> list[Cell]:
    """Everything of a scheme by a dimension, to be rolled up in more than one tree."""
    specification = Specification(min(tree.rounds), by=by)
    conditions = conditions_of(specification, study=Study(pk=scheme.study_id), tree=tree)
    source = _read_tally(scheme, specification, conditions, tree)
    return (source or _read_facts(scheme, specification, conditions)).cells


def with_interviews(answered: Answered) -> Answered:
    """Add the numbers of interviews behind the base; None where the study cannot know them."""
    if not clusters_known(Study(pk=answered.scheme.study_id)):
        return answered
    line = _interview_counts(answered)
    table = dataclasses.replace(
        answered.table, interviews=count_line("interviews", line, answered.table)
    )
    return dataclasses.replace(answered, table=table)


def clusters_known(study: Study) -> bool:
    """Whether any interview, or any teller, is known: else each row may be anybody's."""
    known = ~Q(implied=True, code="", respondent__implied=True)
    return Interview.objects.filter(study=study).filter(known).exists()


def columns_of(study: Study, by: Dimension, *, names: bool = True) -> list[Column]:
    """The columns of a dimension in the study's order, *not stated* last."""
    if by == Dimension.VIEWPOINT:
        return [_choice_column(choice) for choice in Viewpoint]
    if by == Dimension.VALENCE:
        return [_choice_column(choice) for choice in Valence]
    if by == Dimension.ORGANIZATION:
        return _organization_columns(study, names=names)
    places = study.regions if by == Dimension.REGION else study.sectors
    rows = places.order_by("not_stated", "position", "pk")
    return _distinct(
        [
            Column(key, _not_stated_name() if not_stated else name, not_stated, str(uid))
            for key, name, not_stated, uid in rows.values_list("pk", "name", "not_stated", "uid")
        ]
    )


def _organization_columns(study: Study, *, names: bool) -> list[Column]:
    """By name, or by code where names may not be seen: then their order would tell of them."""
    shown = "name" if names else "code"
    rows = study.organizations.filter(not_stated=False).order_by(shown, "pk")
    columns = _distinct(
        [
            Column(key, name, word=str(uid))
            for key, name, uid in rows.values_list("pk", shown, "uid")
        ]
    )
    return [*columns, Column(NOT_STATED, _not_stated_name(), not_stated=True, word=NOT_STATED)]


def _not_stated_name() -> str:
    return str(Viewpoint.NOT_STATED.label)


def _distinct(columns: list[Column]) -> list[Column]:
    """Give a column whose name is taken a number behind it, so that names can be keys."""
    taken = {"All"}
    distinct = []
    for column in columns:
        name, number = column.name, 2
        while name in taken:
            name, number = f"{column.name} ({number})", number + 1
        taken.add(name)
        distinct.append(dataclasses.replace(column, name=name))
    return distinct


def _choice_column(choice: Viewpoint | Valence) -> Column:
    return Column(choice.value, str(choice.label), choice.value == NOT_STATED, choice.value)


class _Standing(NamedTuple):
    """What a scheme is at: its revision, its study's number, the generation pointed to."""

    revision: int
    data_seq: int
    generation: int | None


@dataclasses.dataclass(frozen=True)
class _Source:
    """Cells with the number of the study they belong to, and what stood after they were read."""

    cells: list[Cell]
    data_seq: int
    counted_at: dt.datetime | None
    after: _Standing


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


def _standing(scheme: Scheme) -> _Standing:
    return _Standing(*STANDING.all(scheme=scheme.pk)[0])


def _column(key: Any, by: Dimension, not_stated: frozenset[int]) -> ColumnKey:
    return NOT_STATED if by == Dimension.ORGANIZATION and key in not_stated else key


def _read_tally(
    scheme: Scheme, specification: Specification, conditions: Conditions, tree: Tree
) -> _Source | None:
    """The generation pointed to; None where none was built yet, or it names a category that left.

    `tree` is that of the scheme as given. The generation is read again if the pointer has moved on
    meanwhile, for then the rows may be half gone; three times at most.
    """
    for _attempt in range(3):
        pointer: Any = POINTER.first(scheme=scheme.pk)
        if pointer is None:
            return None
        lookup = REGION_LOOKUPS.get(specification.by)
        if lookup and pointer.has_regions and conditions.region_tally is not None:
            rows = _tally_rows(RegionTally, pointer, conditions.region_tally, lookup)
        else:
            lookup = COLUMN_LOOKUPS[specification.by]
            rows = _tally_rows(Tally, pointer, conditions.tally, lookup)
        after = _standing(scheme)
        if after.generation == pointer.generation:
            cells = _with_columns(_cells(rows), scheme, specification.by)
            known = tree.nodes.keys() if after.revision == scheme.revision else frozenset()
            if _has_left(_named(cells) - known):
                return None
            return _Source(cells, pointer.data_seq, pointer.built_at, after)
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
    model: type[Counted], pointer: TallyPointer, condition: Q, lookup: str
) -> list[tuple[Any, ...]]:
    rows = model._default_manager.filter(
        scheme=pointer.scheme_id, generation=pointer.generation
    ).filter(condition)
    counted = rows.values_list(*GROUPED, lookup).annotate(total=Sum("moments")).order_by()
    return [(*row, None) for row in counted]


def _read_facts(
    scheme: Scheme,
    specification: Specification,
    conditions: Conditions,
    number: int | None = None,
) -> _Source:
    """The facts as they are now, or were at a number of the study.

    They are read again where they changed meanwhile, three times at most.
    """
    for _attempt in range(3):
        before = _standing(scheme)
        sources = [facts_of(scheme)] if number is None else facts_at(scheme, number)
        rows = (_fact_rows(facts.filter(conditions.facts), specification) for facts in sources)
        cells = _cells(itertools.chain.from_iterable(rows))
        after = _standing(scheme)
        if after.data_seq == before.data_seq:
            break
    cells = _with_columns(cells, scheme, specification.by)
    return _Source(cells, before.data_seq if number is None else number, None, after)


def _fact_rows(facts: QuerySet[Moment], specification: Specification) -> Iterable[tuple[Any, ...]]:
    lookup = fact_lookup(specification.by)
    if specification.unit == Unit.INCIDENTS:
        things = facts.values_list(*GROUPING, lookup, "incident_id").distinct().order_by()
        return ((*row[:4], 1, row[4]) for row in things)
    counted = facts.values_list(*GROUPING, lookup).annotate(total=Count("pk")).order_by()
    return ((*row, None) for row in counted)


def _cells(rows: Iterable[tuple[Any, ...]]) -> list[Cell]:
    settled = functools.cache(_settled)  # many cells are settled alike
    return [
        Cell(settled(outcome, category, contested), column, total, thing)
        for outcome, category, contested, column, total, thing in rows
    ]


def _settled(outcome: str | None, category: int | None, contested: str | None) -> Settled:
    return Settled(Outcome(outcome) if outcome else None, category, contested or "")


def _with_columns(cells: list[Cell], scheme: Scheme, by: Dimension) -> list[Cell]:
    """Put the organizations that are not stated, one per sector, into one column."""
    not_stated = _not_stated_organizations(scheme, by)
    if not not_stated:
        return cells
    return [
        dataclasses.replace(cell, column=_column(cell.column, by, not_stated)) for cell in cells
    ]


def _not_stated_organizations(scheme: Scheme, by: Dimension) -> frozenset[int]:
    if by != Dimension.ORGANIZATION:
        return frozenset()
    organizations = Study(pk=scheme.study_id).organizations.filter(not_stated=True)
    return frozenset(organizations.values_list("pk", flat=True))


def _interview_counts(answered: Answered) -> dict[ColumnKey, int]:
    """Distinct interviews behind the base, by column and in all."""
    scheme, specification = answered.scheme, answered.specification
    placed = moments_behind(scheme, answered.tree, specification, BASE)
    interviews = Count("incident__interview", distinct=True)
    line: dict[ColumnKey, int] = {ALL: placed.aggregate(total=interviews)["total"]}
    column = F(fact_lookup(specification.by))
    not_stated = _not_stated_organizations(scheme, specification.by)
    if not not_stated:
        line.update(placed.values_list(column).annotate(total=interviews).order_by())
        return line
    pairs = placed.values_list(column, "incident__interview").distinct().order_by()
    together = {(_column(key, specification.by, not_stated), one) for key, one in pairs}
    return line | Counter(key for key, _interview in together)


def _no_round(position: int, tree: Tree) -> str:
    rounds = ", ".join(f"{place} ({name})" for place, name in tree.rounds.items())
    return f"There is no round {position}. The rounds are: {rounds or 'none yet'}."
