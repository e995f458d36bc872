"""The tables that every study wants: what each asks, and what two of its columns say of a row."""

import dataclasses
from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from incidents.choices import IncidentState, Valence, Viewpoint
from incidents.models import Incident, Interview, Study
from reports.choices import Ready
from reports.queries.times import NEARLY
from taxonomy.choices import Dimension, Shares
from taxonomy.models import Scheme
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.rollup import ALL
from taxonomy.tabulation.specification import Across
from taxonomy.tabulation.table import Column, Row, Shown, Table

ENOUGH = 50  # a base on which one share is called a multiple of another
CAUSE = "cause"  # the short name that the template gives its scheme


def query_of(which: Ready, other: Scheme | None, position: int = 0) -> dict[str, str]:
    """What the table asks, as the query of its address.

    `other` are the causes, `position` is their round: without it the coarsest.
    """
    if which == Ready.SIDES:
        return {"by": Dimension.VIEWPOINT.value}
    if which == Ready.VALENCES:
        return {"by": Dimension.VALENCE.value, "shares": Shares.ROW.value}
    if other is None:
        return {}
    across = Across(other.slug, position or max(tree_of(other).rounds, default=1))
    return {
        "by": across.value,
        "valence": Valence.NEGATIVE.value,
        "shares": Shares.ROW.value,
    }


def rounds_among(causes: Scheme | None, wanted: str = "") -> tuple[list[tuple[int, str]], int]:
    """The rounds of the causes, the coarsest first, and the one asked for, else the coarsest."""
    rounds = sorted(tree_of(causes).rounds.items(), reverse=True) if causes else []
    positions = [position for position, _name in rounds]
    asked = int(wanted) if wanted.isdecimal() else 0
    return rounds, asked if asked in positions else max(positions, default=0)


def causes_among(others: Sequence[Scheme], wanted: str = "") -> Scheme | None:
    """The scheme of causes: the one asked for, else the one of that name, else the first."""
    for slug in (wanted, CAUSE):
        for scheme in others:
            if scheme.slug == slug:
                return scheme
    return others[0] if others else None


@dataclasses.dataclass(frozen=True)
class Pair:
    """One row in the two columns that stand beside each other."""

    row: Row
    left: Shown
    right: Shown

    @property
    def times(self) -> float | None:
        """How many times the smaller share the larger is, both on a base that bears it."""
        low, high = sorted(self._shares)
        return high / low if low else None

    @property
    def more(self) -> Shown:
        """The cell with the larger share."""
        left, right = self._shares
        return self.left if left >= right else self.right

    @property
    def is_telling(self) -> bool:
        """Whether one share may be called a multiple of the other."""
        enough = min(self.left.base, self.right.base) >= ENOUGH
        return enough and (self.times or 0) >= NEARLY

    @property
    def _shares(self) -> list[float]:
        return [
            float(cell.count) / float(cell.base) if cell.base else 0.0
            for cell in (self.left, self.right)
        ]


def columns_beside(which: Ready, table: Table) -> tuple[Column, Column] | None:
    """The two columns that stand beside each other; None where there are no two."""
    by_word = {column.word: column for column in table.columns}
    words: tuple[str, ...]
    if which == Ready.SIDES:
        words = (Viewpoint.CUSTOMER.value, Viewpoint.PROVIDER.value)
    elif which == Ready.VALENCES:
        words = (Valence.POSITIVE.value, Valence.NEGATIVE.value)
    else:
        words = tuple(_commonest(table))
    found = [by_word[word] for word in words if word in by_word]
    return (found[0], found[1]) if len(found) == 2 else None  # noqa: PLR2004


def _commonest(table: Table) -> list[str]:
    """The two columns with the largest bases, in the order of the table."""
    bases = {
        column.word: count
        for column, count in table.base.cells
        if column.key != ALL and not column.not_stated
    }
    largest = sorted(bases, key=lambda word: -bases[word])[:2]
    return [word for word in bases if word in largest]


def pairs_of(table: Table, left: Column, right: Column) -> list[Pair]:
    """Every row in these two columns, in the order of the table."""
    names = [column.word for column in table.columns]
    places = names.index(left.word), names.index(right.word)
    return [
        Pair(row, row.cells[places[0]], row.cells[places[1]])
        for row in table.rows
        if not row.subtotal
    ]


def row_to_read(pairs: Sequence[Pair], wanted: str = "") -> Pair | None:
    """The row whose words are shown: the one asked for, else where the two are furthest apart."""
    for pair in pairs:
        if pair.row.node.uid == wanted:
            return pair
    told = [pair for pair in pairs if pair.left.count and pair.right.count]
    telling = [pair for pair in told if pair.is_telling]
    return max(telling or told or pairs, key=lambda pair: pair.times or 0, default=None)


def told_from_both_sides(study: Study) -> tuple[int, int]:
    """In how many interviews both sides were told from, and in how many anything was."""
    told = Incident.objects.filter(interview=OuterRef("pk"), state=IncidentState.ACCEPTED)
    heard = Interview.objects.filter(Exists(told), study=study, implied=False)
    both = heard.filter(
        Exists(told.filter(viewpoint=Viewpoint.CUSTOMER)),
        Exists(told.filter(viewpoint=Viewpoint.PROVIDER)),
    )
    return both.count(), heard.count()
