"""The front page of a study for which nobody has composed one."""

from django.utils.translation import gettext as _

from incidents.models import Member
from reports.choices import ChartKind, ReportItem
from reports.models import Dashboard, Table
from reports.queries.quotes import quotable
from taxonomy.access import schemes_open_to
from taxonomy.queries.trees import tree_of

MOST_QUOTES = 6


def ready_dashboard(reader: Member) -> tuple[Dashboard, list[Table]]:
    """A dashboard that is not kept, and its table: the first open scheme that has rounds.

    Its coarsest round by region, the newest picture and what stands out, then confirmed quotes.
    """
    table = _first_table(reader)
    quotes = [
        {"id": str(quote.uid), "kind": ReportItem.QUOTE.value, "uid": str(quote.uid)}
        for quote in quotable(reader.study)[:MOST_QUOTES]
    ]
    dashboard = Dashboard(study=reader.study, author=reader, title=_("At a glance"))
    dashboard.items = [*([_item(table)] if table else []), *quotes]
    return dashboard, [table] if table else []


def _first_table(reader: Member) -> Table | None:
    for scheme in schemes_open_to(reader):
        if tree_of(scheme).rounds:
            return Table(uid=scheme.uid, scheme=scheme, owner=reader, name=scheme.name, shared=True)
    return None


def _item(table: Table) -> dict[str, object]:
    return {
        "id": str(table.uid),
        "kind": ReportItem.TABLE.value,
        "uid": str(table.uid),
        "table": True,
        "findings": True,
        "charts": [ChartKind.DOTS.value],
    }
