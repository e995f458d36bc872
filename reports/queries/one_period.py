"""What is said where periods are the columns of a table and all is in a single one."""

from typing import Final

from django.utils.translation import gettext as _

from taxonomy.choices import Dimension
from taxonomy.tabulation.rollup import ALL
from taxonomy.tabulation.specification import Specification
from taxonomy.tabulation.table import Table

HELD: Final = {Dimension.MONTH, Dimension.QUARTER, Dimension.YEAR}
HAPPENED: Final = {
    Dimension.HAPPENED_MONTH,
    Dimension.HAPPENED_QUARTER,
    Dimension.HAPPENED_YEAR,
}
FINEST: Final = {Dimension.MONTH, Dimension.HAPPENED_MONTH}


def note_on_one_period(asked: Specification, table: Table) -> str:
    """That all is in one period, and what to choose instead; "" where it is not so."""
    columns = [column for column in table.columns if column.key != ALL]
    if asked.by not in HELD | HAPPENED or asked.then or len(columns) != 1 or columns[0].not_stated:
        return ""
    return _words(asked.by in HELD, asked.by in FINEST) % {"period": columns[0].name}


def _words(held: bool, finest: bool) -> str:  # noqa: FBT001
    if held and finest:
        return _("All interviews counted here are in %(period)s.")
    if held:
        return _("All interviews counted here are in %(period)s; choose months.")
    if finest:
        return _("All that is counted here happened in %(period)s.")
    return _("All that is counted here happened in %(period)s; choose months.")
