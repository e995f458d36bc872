"""Links for somebody outside: those that open, and what their maker reads of them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Now

from reports.documents.model import RowKind
from reports.models import ClientLink, Dashboard, LinkOpening
from taxonomy.tabulation.display import HIDDEN

FIGURES = {RowKind.BODY, RowKind.SUBTOTAL}  # the lines of a table that are not beside them


@dataclasses.dataclass(frozen=True)
class Hidden:
    """How many figures of a table, by its name, a link hides since too few stand behind them."""

    title: str
    hidden: int
    figures: int

    @property
    def is_mostly(self) -> bool:
        """Whether so many are hidden that hardly anything can be read."""
        return self.hidden * 2 >= self.figures > 0


def links_of(dashboard: Dashboard) -> QuerySet[ClientLink]:
    """The links of a dashboard: how often each was opened, and whether it ran out."""
    over = ExpressionWrapper(Q(expires_at__lte=Now()), output_field=BooleanField())
    rows = ClientLink.objects.filter(dashboard=dashboard)
    return rows.annotate(opened=Count("openings"), is_over=over).select_related("made_by", "job")


def openings_of(link: ClientLink) -> QuerySet[LinkOpening]:
    """The times at which a link was opened."""
    return LinkOpening.objects.filter(link=link)


def open_links() -> QuerySet[ClientLink]:
    """Those that open: made, not taken back, not run out by the clock of the database.

    Those of a deleted dashboard open nothing while it is deleted.
    """
    return ClientLink.objects.filter(
        made_at__isnull=False,
        revoked_at__isnull=True,
        expires_at__gt=Now(),
        dashboard__deleted_at__isnull=True,
    )


def mostly_hidden(content: Mapping[str, Any]) -> list[Hidden]:
    """The tables of which a link hides half of the figures or more."""
    tables = [one for one in content.get("sections", []) if one.get("title")]
    return [one for one in map(_hidden, tables) if one.is_mostly]


def _hidden(section: Mapping[str, Any]) -> Hidden:
    figures = next((found for found in map(_figures, section["parts"]) if found), [])
    return Hidden(section["title"], figures.count(HIDDEN), len(figures))


def _figures(part: Mapping[str, Any]) -> Sequence[str]:
    """The figures of a table or of a picture, as they are shown."""
    table = part if part["kind"] == "table" else part.get("table")
    if table:
        return [cell for row in table["rows"] if row["kind"] in FIGURES for cell in row["cells"]]
    return [shown for one in part.get("series", []) for shown in one["shown"]]
