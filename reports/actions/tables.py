"""How members keep questions to tables: under names, shared, in an order, deleted and back."""

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError, StaleError
from incidents.models import Member
from reports.models import Table
from taxonomy.models import Scheme

LONGEST_NAME = 120


class NameTakenError(RefusedError):
    """The owner has a table of that name; `taken` is it."""

    def __init__(self, taken: Table) -> None:
        super().__init__(_("You have another table of that name."))
        self.taken = taken


@transaction.atomic
def keep_table(*, scheme: Scheme, name: str, query: str, by: Member) -> Table:
    """Keep a question under a name of the member's, after their other tables; returns the table.

    Raises NameTakenError.
    """
    table = _insert(Table(scheme=scheme, owner=by, name=name, query=query))
    record_change(verb="keep_table", on=table, study=by.study, by=by, scheme=str(scheme.uid))
    return table


@transaction.atomic
def put_in_place(*, table: Table, scheme: Scheme, query: str, by: Member) -> Table:
    """Let a table ask another question under its old name; its runs stay. Returns the table.

    Raises StaleError where somebody changed it meanwhile.
    """
    _change(table, scheme=scheme, query=query)
    record_change(verb="change_question", on=table, study=by.study, by=by, scheme=str(scheme.uid))
    return table


@transaction.atomic
def change_table(*, table: Table, name: str, shared: bool, by: Member, row_version: int) -> Table:
    """Rename a table, or show it to everybody or only to its owner. Returns it.

    Raises NameTakenError where its owner has another of that name, and StaleError where somebody
    changed it since `row_version`.
    """
    before, table.row_version = table.shared, row_version
    _refuse_taken(table.owner, name, besides=table)
    try:
        with transaction.atomic():
            _change(table, name=name, shared=shared)
    except IntegrityError:  # taken a moment ago
        _refuse_taken(table.owner, name, besides=table)
        raise
    record_change(verb="change_table", on=table, study=by.study, by=by, shared=[before, shared])
    return table


@transaction.atomic
def duplicate_table(*, table: Table, by: Member) -> Table:
    """Keep the question of a table once more, as one of the member's own; returns the new one."""
    copy = _insert(
        Table(scheme=table.scheme, owner=by, name=_free_name(table.name, by), query=table.query)
    )
    record_change(verb="duplicate_table", on=copy, study=by.study, by=by, source=str(table.uid))
    return copy


@transaction.atomic
def move_table(*, table: Table, up: bool, by: Member, row_version: int) -> None:
    """Put a table one place up or down among those of its owner; at an end it stays.

    Raises StaleError where somebody changed it, or its neighbour, meanwhile.
    """
    table.row_version = row_version
    neighbour = _neighbour(table, up=up)
    if neighbour is None:
        return
    places = {table.pk: neighbour.position, neighbour.pk: table.position}
    for row in sorted((table, neighbour), key=lambda one: one.pk):  # nobody waits for each other
        _change(row, position=places[row.pk])
    record_change(verb="move_table", on=table, study=by.study, by=by, up=up)


@transaction.atomic
def delete_table(*, table: Table, by: Member) -> None:
    """Take a table away; its runs stay. Somebody who deleted it a moment ago is no reason."""
    standing = Table.objects.filter(pk=table.pk, deleted_at__isnull=True)
    if standing.update(deleted_at=Now(), row_version=F("row_version") + 1):
        record_change(verb="delete_table", on=table, study=by.study, by=by)


@transaction.atomic
def restore_table(*, table: Table, by: Member) -> None:
    """Bring back what was deleted, in its old place.

    Raises NameTakenError where its owner has given the name to another.
    """
    _refuse_taken(table.owner, table.name, besides=table)
    gone = Table.objects.filter(pk=table.pk, deleted_at__isnull=False)
    try:
        with transaction.atomic():
            back = gone.update(deleted_at=None, row_version=F("row_version") + 1)
    except IntegrityError:
        _refuse_taken(table.owner, table.name, besides=table)
        raise
    if back:
        record_change(verb="restore_table", on=table, study=by.study, by=by)


# -- How it is written ------------------------------------------------------------------------


def _insert(table: Table) -> Table:
    """Write a new table after all others: its key, which no other has, is its position."""
    _refuse_taken(table.owner, table.name)
    try:
        with transaction.atomic():
            table.save(force_insert=True)
    except IntegrityError:  # taken a moment ago
        _refuse_taken(table.owner, table.name)
        raise
    table.position = table.pk
    table.save(update_fields=["position"])
    return table


def _refuse_taken(owner: Member, name: str, *, besides: Table | None = None) -> None:
    rows = Table.objects.filter(owner=owner, name=name, deleted_at__isnull=True)
    taken = (rows if besides is None else rows.exclude(pk=besides.pk)).first()
    if taken is not None:
        raise NameTakenError(taken)


def _change(table: Table, **fields: object) -> None:
    """Write some fields of a table as it was read. Raises StaleError."""
    read = Table.objects.filter(pk=table.pk, row_version=table.row_version, deleted_at__isnull=True)
    if not read.update(**fields, row_version=F("row_version") + 1):
        raise StaleError(_("Somebody changed this table meanwhile. Look again."))
    for name, value in fields.items():
        setattr(table, name, value)
    table.row_version += 1


def _neighbour(table: Table, *, up: bool) -> Table | None:
    rows = Table.objects.filter(owner=table.owner_id, deleted_at__isnull=True)
    if up:
        return rows.filter(position__lt=table.position).order_by("-position").first()
    return rows.filter(position__gt=table.position).order_by("position").first()


def _free_name(name: str, owner: Member) -> str:
    """The name of a copy: the same where it is free, else with a number behind it."""
    begins = Q(name__startswith=name[: LONGEST_NAME - 10])
    rows = Table.objects.filter(begins, owner=owner, deleted_at__isnull=True)
    taken, number = set(rows.values_list("name", flat=True)), 2
    free = name
    while free in taken:
        behind = f" ({number})"
        free, number = name[: LONGEST_NAME - len(behind)] + behind, number + 1
    return free
