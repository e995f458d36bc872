"""What stands in a report or on a dashboard, and in which order: put in, moved, out and back."""

import uuid
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError, StaleError
from incidents.models import Member
from reports.actions.tables import change_table
from reports.choices import ReportItem
from reports.models import Composition, Dashboard, Quote, Report, Run, Table

MOST_ITEMS: Final[dict[type[Composition], int]] = {Report: 100, Dashboard: 30}
MOST_REMOVED = 10  # that can be put back

Item = dict[str, Any]
Whole = TypeVar("Whole", bound=Composition)


# -- Reports and dashboards ---------------------------------------------------------------------


@transaction.atomic
def create_report(*, title: str, with_method: bool, by: Member) -> Report:
    """Begin a report of the study; returns it."""
    report = Report.objects.create(study=by.study, author=by, title=title, with_method=with_method)
    record_change(verb="create_report", on=report, study=by.study, by=by)
    return report


@transaction.atomic
def change_report(
    *, report: Report, title: str, with_method: bool, row_version: int, by: Member
) -> Report:
    """Give a report another title, or the method section or none. Raises StaleError."""
    report.row_version = row_version
    _change(report, title=title, with_method=with_method)
    record_change(verb="change_report", on=report, study=by.study, by=by, with_method=with_method)
    return report


@transaction.atomic
def create_dashboard(*, title: str, is_front: bool, by: Member) -> Dashboard:
    """Begin a dashboard of the study, its front page or not; returns it. Raises StaleError."""
    dashboard = Dashboard.objects.create(study=by.study, author=by, title=title)
    if is_front:
        _to_the_front(dashboard, by)
    record_change(verb="create_dashboard", on=dashboard, study=by.study, by=by, is_front=is_front)
    return dashboard


@transaction.atomic
def change_dashboard(
    *, dashboard: Dashboard, title: str, is_front: bool, row_version: int, by: Member
) -> Dashboard:
    """Give a dashboard another title; make it the front page of the study, or no longer.

    The one that was the front page is it no more. Raises StaleError.
    """
    dashboard.row_version = row_version
    _change(dashboard, title=title, **({} if is_front else {"is_front": False}))
    if is_front and not dashboard.is_front:
        _to_the_front(dashboard, by)
    record_change(verb="change_dashboard", on=dashboard, study=by.study, by=by, is_front=is_front)
    return dashboard


def _to_the_front(dashboard: Dashboard, by: Member) -> None:
    """Make a dashboard the one front page of its study. Raises StaleError."""
    for beside in _fronts_beside(dashboard):
        if (
            _rows(beside)
            .filter(is_front=True)
            .update(is_front=False, row_version=F("row_version") + 1)
        ):
            record_change(verb="change_dashboard", on=beside, study=by.study, by=by, is_front=False)
    try:
        with transaction.atomic():
            _change(dashboard, is_front=True)
    except IntegrityError:
        raise StaleError(
            _("Somebody made another dashboard the front page meanwhile. Look again.")
        ) from None


def _fronts_beside(dashboard: Dashboard) -> QuerySet[Dashboard]:
    standing = Dashboard.objects.filter(study=dashboard.study_id, deleted_at__isnull=True)
    return standing.filter(is_front=True).exclude(pk=dashboard.pk)


@transaction.atomic
def delete_composition(*, composition: Composition, by: Member) -> None:
    """Take a report or a dashboard away, from the pages only. Deleted twice is no reason."""
    standing = _rows(composition).filter(deleted_at__isnull=True)
    if standing.update(deleted_at=Now(), row_version=F("row_version") + 1):
        record_change(verb=f"delete_{_kind(composition)}", on=composition, study=by.study, by=by)


@transaction.atomic
def restore_composition(*, composition: Composition, by: Member) -> None:
    """Bring a deleted report or dashboard back; another front page stays the one."""
    gone = _rows(composition).filter(deleted_at__isnull=False)
    lost: dict[str, Any] = {}
    try:
        with transaction.atomic():
            back = gone.update(deleted_at=None, row_version=F("row_version") + 1)
    except IntegrityError:
        lost = {"is_front": False}
        back = gone.update(deleted_at=None, row_version=F("row_version") + 1, **lost)
    if back:
        verb = f"restore_{_kind(composition)}"
        record_change(verb=verb, on=composition, study=by.study, by=by, **lost)


# -- Parts --------------------------------------------------------------------------------------


@transaction.atomic
def add_run(
    *, report: Report, run: Run, table: bool, findings: bool, charts: Sequence[str], by: Member
) -> Report:
    """Put a run at the end: its table, its verdict and what stands out, these kinds of charts.

    Raises RefusedError where it has no figures yet or is gone by now, or the report is full, and
    StaleError.
    """
    if run.answered_at is None:
        raise RefusedError(_("This run has no figures yet."))
    standing = Run.objects.select_for_update().filter(pk=run.pk)  # its schedule may be removing it
    if not standing.values_list("pk"):
        raise RefusedError(_("This run is no longer there."))
    shown = {"table": table, "findings": findings, "charts": list(charts)}
    return _add(report, {"kind": ReportItem.RUN.value, "uid": str(run.uid), **shown}, by)


@transaction.atomic
def add_table(
    *,
    dashboard: Dashboard,
    saved: Table,
    table: bool,
    findings: bool,
    charts: Sequence[str],
    by: Member,
) -> Dashboard:
    """Put a saved table at the end: its figures of today, and what its newest run says.

    One's own is shared by this. Raises RefusedError where it is another's and not shared, or the
    dashboard is full, and StaleError.
    """
    if not saved.shared:
        _share(saved, by)
    shown = {"table": table, "findings": findings, "charts": list(charts)}
    return _add(dashboard, {"kind": ReportItem.TABLE.value, "uid": str(saved.uid), **shown}, by)


def _share(saved: Table, by: Member) -> None:
    if saved.owner_id != by.pk:
        raise RefusedError(_("Only shared tables can stand on a dashboard."))
    change_table(table=saved, name=saved.name, shared=True, by=by, row_version=saved.row_version)


@transaction.atomic
def add_quote(*, composition: Whole, quote: Quote, by: Member) -> Whole:
    """Put a quote of the clipboard at the end. Raises RefusedError, and StaleError."""
    return _add(composition, {"kind": ReportItem.QUOTE.value, "uid": str(quote.uid)}, by)


@transaction.atomic
def add_words(*, composition: Whole, heading: str, text: str, by: Member) -> Whole:
    """Put words of one's own at the end. Raises RefusedError, and StaleError."""
    item = {"kind": ReportItem.TEXT.value, "heading": heading, "text": text}
    return _add(composition, item, by)


@transaction.atomic
def change_item(
    *, composition: Whole, item: str, row_version: int, by: Member, **fields: object
) -> Whole:
    """Change the words of an item, or what is shown of a table. Raises StaleError."""
    composition.row_version = row_version
    place = _place(composition, item)
    items = [{**one, **fields} if at == place else one for at, one in enumerate(composition.items)]
    _change(composition, items=items)
    record_change(verb="change_item", on=composition, study=by.study, by=by, item=item)
    return composition


@transaction.atomic
def move_item(*, composition: Whole, item: str, up: bool, by: Member) -> Whole:
    """Put an item one place up or down; at an end it stays. Raises StaleError."""
    place = _place(composition, item)
    other = place - 1 if up else place + 1
    items = list(composition.items)
    if 0 <= other < len(items):
        items[place], items[other] = items[other], items[place]
        _change(composition, items=items)
        record_change(verb="move_item", on=composition, study=by.study, by=by, item=item, up=up)
    return composition


@transaction.atomic
def remove_item(*, composition: Whole, item: str, by: Member) -> Whole:
    """Take an item out; the last ones can be put back. Raises StaleError."""
    place = _place(composition, item)
    items = list(composition.items)
    removed = [*composition.removed, {"at": place, "item": items.pop(place)}]
    _change(composition, items=items, removed=removed[-MOST_REMOVED:])
    record_change(verb="remove_item", on=composition, study=by.study, by=by, item=item)
    return composition


@transaction.atomic
def restore_item(*, composition: Whole, item: str, by: Member) -> Whole:
    """Put back what was taken out, where it was. Raises RefusedError, and StaleError."""
    gone = next((one for one in composition.removed if one["item"]["id"] == item), None)
    if gone is None:
        raise RefusedError(_("This can no longer be put back."))
    _require_room(composition)
    items = list(composition.items)
    items.insert(gone["at"], gone["item"])
    left = [one for one in composition.removed if one is not gone]
    _change(composition, items=items, removed=left)
    record_change(verb="restore_item", on=composition, study=by.study, by=by, item=item)
    return composition


# -- How it is written --------------------------------------------------------------------------


def _add(composition: Whole, item: Item, by: Member) -> Whole:
    _require_room(composition)
    item = {"id": str(uuid.uuid4()), **item}
    _change(composition, items=[*composition.items, item])
    of_item = {"item": item["id"], "kind": item["kind"]}
    record_change(verb="add_item", on=composition, study=by.study, by=by, **of_item)
    return composition


def _require_room(composition: Composition) -> None:
    most = MOST_ITEMS[type(composition)]
    if len(composition.items) >= most:
        raise RefusedError(
            _("There is room for %(number)s parts at most. Take something out first.")
            % {"number": most}
        )


def _place(composition: Composition, item: str) -> int:
    """Where an item stands. Raises StaleError where somebody has taken it out."""
    places = (place for place, one in enumerate(composition.items) if one["id"] == item)
    found = next(places, None)
    if found is None:
        raise StaleError(_("Somebody has taken this out."))
    return found


def _change(composition: Composition, **fields: object) -> None:
    """Write some fields as they were read. Raises StaleError."""
    read = _rows(composition).filter(row_version=composition.row_version, deleted_at__isnull=True)
    if not read.update(**fields, row_version=F("row_version") + 1):
        raise StaleError(_("Somebody changed this meanwhile. Look again."))
    for name, value in fields.items():
        setattr(composition, name, value)
    composition.row_version += 1


def _rows(composition: Composition) -> QuerySet[Any]:
    return type(composition)._default_manager.filter(pk=composition.pk)


def _kind(composition: Composition) -> str:
    return type(composition).__name__.lower()
