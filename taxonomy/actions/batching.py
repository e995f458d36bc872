"""Batching categories: placing, merging, retiring and ordering them. Each act is one revision."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Member
from taxonomy.actions.changes import changed
from taxonomy.actions.revisions import InvalidTree, hold_scheme, revise
from taxonomy.choices import RevisionVerb
from taxonomy.models import Category, Revision
from taxonomy.queries.trees import neighbours_of, parent_node
from taxonomy.tabulation.folding import CATEGORY, ObjectChange


@transaction.atomic
def place_category(
    *,
    category: Category,
    parent: Category | None,
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Give a category its parent in the next coarser round, or none (*not batched*).

    Changes what tables at coarser rounds show, not the facts, so the study keeps its number. Raises
    InvalidTree where it stands there already, be it by a merge of its parent.
    """
    hold_scheme(category.scheme)
    above = parent_node(category)
    if parent is not None and above is not None and parent.pk == above.key:
        raise InvalidTree(_("“%(name)s” stands there already.") % {"name": category})
    return revise(
        scheme=category.scheme,
        verb=RevisionVerb.PLACE,
        rationale=rationale,
        by=by,
        changes=[changed(CATEGORY, category, {"parent": str(parent.uid) if parent else None})],
        expected_revision=expected_revision,
    )


@transaction.atomic
def merge_categories(
    *,
    categories: Sequence[Category],
    into: Category,
    name: str = "",
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Let categories of one round count as another of them, which may take a new name.

    No coding is rewritten: what was coded in a merged category is counted in `into`, and the
    categories under a merged one stand under `into`. Raises InvalidTree where one of them is merged
    already, or `into` is merged or retired.
    """
    if not categories:
        raise InvalidTree(_("Choose what to merge."))
    scheme = categories[0].scheme
    hold_scheme(scheme)
    rows = _as_they_are([*categories, into])
    target = rows.pop()
    if target in rows:
        raise InvalidTree(_("“%(name)s” cannot be merged into itself.") % {"name": target})
    for row in (*rows, target):
        _refuse_merged(row)
    if target.retired:
        raise InvalidTree(_("“%(name)s” is retired; restore it first.") % {"name": target})
    changes = [changed(CATEGORY, row, {"merged_into": str(target.uid)}) for row in rows]
    if name.strip():
        changes.append(changed(CATEGORY, target, {"name": name.strip()}))
    return revise(
        scheme=scheme,
        verb=RevisionVerb.MERGE,
        rationale=rationale,
        by=by,
        changes=changes,
        expected_revision=expected_revision,
    )


def retire_category(*, category: Category, **act: Any) -> Revision:
    """Offer a category to coders no more; what was coded in it still counts.

    Takes `by`, `rationale` and `expected_revision` as the other acts do.
    """
    return _offer(category, RevisionVerb.RETIRE, retired=True, **act)


def restore_category(*, category: Category, **act: Any) -> Revision:
    """Offer a retired category again; see `retire_category`."""
    return _offer(category, RevisionVerb.RESTORE, retired=False, **act)


@transaction.atomic
def _offer(
    category: Category,
    verb: RevisionVerb,
    *,
    retired: bool,
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    hold_scheme(category.scheme)
    (row,) = _as_they_are([category])
    _refuse_merged(row)
    return revise(
        scheme=category.scheme,
        verb=verb,
        rationale=rationale,
        by=by,
        changes=[changed(CATEGORY, row, {"retired": retired})],
        expected_revision=expected_revision,
    )


@transaction.atomic
def move_category(
    *,
    category: Category,
    before: Category | None,
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Put a category before another with the same parent, or behind all of these (None).

    Raises InvalidTree where it stands there already, or the other has another parent.
    """
    scheme = category.scheme
    hold_scheme(scheme)
    (row,) = _as_they_are([category])
    _refuse_merged(row)
    order = neighbours_of(row)
    order.remove(row)
    if before is not None and before not in order:
        raise InvalidTree(
            _("“%(name)s” and “%(other)s” do not stand under the same category.")
            % {"name": row, "other": before}
        )
    order.insert(order.index(before) if before else len(order), row)
    return revise(
        scheme=scheme,
        verb=RevisionVerb.REORDER,
        rationale=rationale,
        by=by,
        changes=sorted(_positions(order), key=lambda change: change.uid != str(row.uid)),
        expected_revision=expected_revision,
    )


def _positions(order: Sequence[Category]) -> Iterable[ObjectChange]:
    """Give these categories their own positions in this order; equal ones are parted."""
    least = -1
    for position, row in zip(sorted(row.position for row in order), order, strict=True):
        least = max(position, least + 1)
        yield changed(CATEGORY, row, {"position": least})


def _as_they_are(categories: Iterable[Category]) -> list[Category]:
    """Categories of one scheme as they stand now, in this order."""
    wanted = [category.pk for category in categories]
    rows = Category.objects.select_related("scheme", "round", "merged_into").in_bulk(wanted)
    gone = [row for row in rows.values() if not row.exists]
    if gone:
        raise InvalidTree(_("“%(name)s” is no longer part of the scheme.") % {"name": gone[0]})
    return [rows[key] for key in wanted]


def _refuse_merged(row: Category) -> None:
    if row.merged_into is not None:
        raise InvalidTree(
            _("“%(name)s” has been merged into “%(other)s”.")
            % {"name": row, "other": row.merged_into}
        )
