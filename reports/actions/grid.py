"""How a member keeps the grid of incidents."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError
from incidents.models import Member
from reports.models import GridChoice, SavedFilter


@transaction.atomic
def save_filter(*, owner: Member, name: str, query: str) -> SavedFilter:
    """Keep a question under a name of the owner's; the same name again replaces it. Returns it."""
    saved, _is_new = SavedFilter.objects.update_or_create(
        owner=owner, name=name, defaults={"query": query}
    )
    record_change(verb="save_filter", on=saved, study=owner.study, by=owner)
    return saved


@transaction.atomic
def change_filter(*, saved: SavedFilter, name: str, shared: bool, by: Member) -> SavedFilter:
    """Rename a filter, or show it to everybody or only to its owner. Returns it.

    Raises RefusedError where its owner has another of that name.
    """
    others = SavedFilter.objects.filter(owner=saved.owner_id, name=name).exclude(pk=saved.pk)
    if others.exists():
        raise RefusedError(_("There is another filter of that name."))
    before = saved.shared
    saved.name, saved.shared = name, shared
    saved.save(update_fields=["name", "shared"])
    record_change(verb="change_filter", on=saved, study=by.study, by=by, shared=[before, shared])
    return saved


@transaction.atomic
def delete_filter(*, saved: SavedFilter, by: Member) -> None:
    """Forget a filter, also where the grid opens with it."""
    record_change(verb="delete_filter", on=saved, study=by.study, by=by)
    saved.delete()


@transaction.atomic
def open_with(*, saved: SavedFilter | None, by: Member) -> None:
    """Let the member's grid open with a filter, or with everything."""
    GridChoice.objects.update_or_create(member=by, defaults={"opens_with": saved})
    record_change(verb="open_grid_with", on=by, study=by.study, by=by)


@transaction.atomic
def choose_columns(*, columns: Sequence[str] | None, by: Member) -> None:
    """Let the member's grid show these columns, or with None the usual ones."""
    chosen = None if columns is None else list(columns)
    GridChoice.objects.update_or_create(member=by, defaults={"columns": chosen})
    record_change(verb="choose_columns", on=by, study=by.study, by=by, columns=chosen)
