"""The columns of a table: one column variable, or two of which one divides the other."""

import functools
import itertools
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from incidents.models import Study
from taxonomy.choices import Dimension, Origin
from taxonomy.queries.across import OtherScheme
from taxonomy.queries.spans import GRAINS, Periods
from taxonomy.queries.variables import (
    Axis,
    ByEvent,
    Chosen,
    Countries,
    Facts,
    Interviewers,
    Organizations,
    Places,
)
from taxonomy.tabulation.rollup import ALL, ColumnKey
from taxonomy.tabulation.specification import Across, Specification, SpecificationError, Variable
from taxonomy.tabulation.table import Column

BETWEEN = "."  # the words of nested columns
PLACED = {Dimension.REGION, Dimension.COUNTRY, Dimension.SECTOR, Dimension.ORGANIZATION}


class Axes:
    """The one or two column variables of a table; of two, the keys of columns are pairs."""

    def __init__(self, *axes: Axis) -> None:
        self.axes = axes

    @property
    def merge(self) -> bool:
        """Whether different values that are read may be of one column."""
        return any(axis.merges for axis in self.axes)

    @functools.cached_property
    def reads(self) -> tuple[str, ...]:
        """All that is read of a fact, each once."""
        return tuple(dict.fromkeys(itertools.chain.from_iterable(one.reads for one in self.axes)))

    @property
    def tally(self) -> tuple[str, ...] | None:
        """The lookups of the counts kept by site; None where these do not know."""
        return _all_of(axis.tally for axis in self.axes)

    @property
    def region_tally(self) -> tuple[str, ...] | None:
        """The lookups of the counts kept by region; None where these do not know."""
        return _all_of(axis.region_tally for axis in self.axes)

    def onto(self, facts: Facts) -> Facts:
        """The facts with what is read of them joined."""
        for axis in self.axes:
            facts = axis.onto(facts)
        return facts

    def key(self, read: Sequence[Any]) -> ColumnKey:
        """The key of the column of a fact, by what was read of it."""
        found = [
            axis.key(*(read[place] for place in places))
            for axis, places in zip(self.axes, self._places, strict=True)
        ]
        return found[0] if len(found) == 1 else tuple(found)

    def tally_key(self, read: Sequence[Any]) -> ColumnKey:
        """The key of the column of a count kept, by what was read of it."""
        found = [axis.key(value) for axis, value in zip(self.axes, read, strict=True)]
        return found[0] if len(found) == 1 else tuple(found)

    @functools.cached_property
    def _places(self) -> list[list[int]]:
        return [[self.reads.index(one) for one in axis.reads] for axis in self.axes]

    def columns(self, met: Collection[ColumnKey]) -> list[Column]:
        """The columns in their order; of nested ones only those in which something is counted."""
        if len(self.axes) == 1:
            return self.axes[0].columns(met)
        pairs = {key for key in met if isinstance(key, tuple)}
        outer, inner = (
            axis.columns({pair[place] for pair in pairs}) for place, axis in enumerate(self.axes)
        )
        both = (_nested(first, second) for first, second in itertools.product(outer, inner))
        return [column for column in both if column.key in pairs]

    def behind(self, key: ColumnKey) -> Q:
        """The facts that stand in a column."""
        if key == ALL:
            return Q()
        keys = key if isinstance(key, tuple) else (key,)
        found = Q()
        for axis, one in zip(self.axes, keys, strict=True):
            found &= axis.behind(one)
        return found

    def named(self, word: str) -> Column | None:
        """The column that an address names."""
        if word == ALL:
            return Column(ALL, "All", word=ALL)
        words = word.split(BETWEEN)
        if len(words) != len(self.axes):
            return None
        found = [axis.named(one) for axis, one in zip(self.axes, words, strict=True)]
        if None in found:
            return None
        return found[0] if len(found) == 1 else _nested(*found)  # type: ignore[arg-type]


def axes_of(specification: Specification, study: Study, *, names: bool = True) -> Axes:
    """What makes the columns of a question. Raises SpecificationError."""
    variables = specification.columns
    if len(set(variables)) < len(variables):
        raise SpecificationError(_("The same columns stand twice: choose another variable."))
    return Axes(
        *(
            _axis(variable, study, specification.origin, place, names=names)
            for place, variable in enumerate(variables)
        )
    )


def columns_of(study: Study, by: Variable, *, names: bool = True) -> list[Column]:
    """The columns of one variable, before anything is counted."""
    return _axis(by, study, Origin.RESPONDENT, 0, names=names).columns(())


def _axis(variable: Variable, study: Study, origin: Origin, place: int, *, names: bool) -> Axis:
    if isinstance(variable, Across):
        return OtherScheme(variable, study, place)
    if variable in GRAINS:
        return Periods(variable)
    if variable == Dimension.INTERVIEWER:
        return Interviewers(study)
    if variable in PLACED:
        axis = _place(variable, study, names=names)
        return ByEvent(axis) if origin == Origin.EVENT else axis
    return Chosen(variable)


def _place(variable: Dimension, study: Study, *, names: bool) -> Places | Organizations | Countries:
    if variable == Dimension.ORGANIZATION:
        return Organizations(study, names=names)
    return Countries() if variable == Dimension.COUNTRY else Places(variable, study)


def _all_of(lookups: Iterable[str | None]) -> tuple[str, ...] | None:
    known = tuple(lookups)
    return None if None in known else known  # type: ignore[return-value]


def _nested(outer: Column, inner: Column) -> Column:
    return Column(
        key=(outer.key, inner.key),
        name=inner.name,
        not_stated=outer.not_stated or inner.not_stated,
        word=f"{outer.word}{BETWEEN}{inner.word}",
        group=outer.name,
    )
