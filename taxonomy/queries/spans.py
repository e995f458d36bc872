"""Columns by month, quarter or year."""

from collections.abc import Collection
from typing import Any

from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from taxonomy.choices import Dimension
from taxonomy.queries.variables import Axis, not_stated_column
from taxonomy.tabulation.periods import Grain, filled, period_of, span_of
from taxonomy.tabulation.rollup import ColumnKey
from taxonomy.tabulation.table import NOT_STATED, Column

GRAINS = {
    Dimension.MONTH: Grain.MONTH,
    Dimension.QUARTER: Grain.QUARTER,
    Dimension.YEAR: Grain.YEAR,
    Dimension.HAPPENED_MONTH: Grain.MONTH,
    Dimension.HAPPENED_QUARTER: Grain.QUARTER,
    Dimension.HAPPENED_YEAR: Grain.YEAR,
}
OF_INTERVIEWS = {Dimension.MONTH, Dimension.QUARTER, Dimension.YEAR}


class Periods(Axis):
    """By month, quarter or year: of the interview, or of what happened.

    What may have happened in more than one of them is not stated.
    """

    merges = True

    def __init__(self, dimension: Dimension) -> None:
        self._grain = GRAINS[dimension]
        self.reads = ("incident__happened_from", "incident__happened_to")
        if dimension in OF_INTERVIEWS:
            self.reads = ("incident__interview__held_on",)

    def key(self, *read: Any) -> ColumnKey:
        """The period that both days are in."""
        first, last = read[0], read[-1]
        found = period_of(first or last, self._grain), period_of(last or first, self._grain)
        return (found[0] if found[0] == found[1] else None) or NOT_STATED

    def columns(self, met: Collection[ColumnKey]) -> list[Column]:
        """From the first that was counted to the last, one after another."""
        words = filled(sorted(str(one) for one in met if one != NOT_STATED), self._grain)
        return [*(self._column(word) for word in words), not_stated_column()]

    def behind(self, key: ColumnKey) -> Q:
        """With both days in a period, or in no one."""
        first, last = self.reads[0], self.reads[-1]
        if key != NOT_STATED:
            within = span_of(str(key))
            return (
                Q(**{f"{first}__range": within, f"{last}__range": within})
                | Q(**{f"{first}__isnull": True, f"{last}__range": within})
                | Q(**{f"{first}__range": within, f"{last}__isnull": True})
            )
        undated = Q(**{f"{first}__isnull": True, f"{last}__isnull": True})
        known = Q(**{f"{first}__isnull": False, f"{last}__isnull": False})
        alike = Q(**{f"{first}__year": F(f"{last}__year")})
        if self._grain != Grain.YEAR:
            alike &= Q(**{f"{first}__{self._grain}": F(f"{last}__{self._grain}")})
        return undated | (known & ~alike)

    def named(self, word: str) -> Column | None:
        """As ISO writes it, or with a q for the quarter."""
        if word == NOT_STATED:
            return not_stated_column()
        try:
            first, _last = span_of(word)
        except ValueError:
            return None
        return self._column(word) if period_of(first, self._grain) == word else None

    def _column(self, word: str) -> Column:
        first, _last = span_of(word)
        name = str(first.year)
        if self._grain == Grain.MONTH:
            name = date_format(first, "YEAR_MONTH_FORMAT")
        elif self._grain == Grain.QUARTER:
            quarter = (first.month + 2) // 3
            name = _("Q%(quarter)d %(year)d") % {"quarter": quarter, "year": first.year}
        return Column(word, name, word=word)
