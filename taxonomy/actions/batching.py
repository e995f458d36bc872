"""Batching categories: placing, merging, retiring and ordering them. Each act is one revision."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Member
from taxonomy.actions.changes import as_they_are, changed, new_category, refuse_merged
from taxonomy.actions.revisions import InvalidTree, hold_unchanged, revise
from taxonomy.choices import RevisionVerb
from taxonomy.models import Category, Revision, Round, Scheme
from taxonomy.queries.trees import neighbours_of, tree_of
from taxonomy.tabulation.folding import CATEGORY, ObjectChange
from taxonomy.tabulation.tree import Tree


def place_category(*, category: Category, parent: Category | None, **act: Any) -> Revision:
    """Give one category its parent; see `place_categories`."""
    return place_categories(categories=[category], parent=parent, **act)


@transaction.atomic
def place_categories(
    *,
    categories: Sequence[Category],
    parent: Category | None = None,
    name: str = "",
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Give categories of one round a parent in the next coarser one, or none (*not batched*).

    With a `name` the parent is a new category, made in the same revision. Changes what tables at
    coarser rounds show, not the facts, so the study keeps its number. Raises InvalidTree where they
    all stand there already, be it by a merge of their parent, or where the parent is merged.
    """
    scheme = _scheme_of(categories)
    expected = hold_unchanged(scheme, expected_revision, [*categories, parent])
    rows = as_they_are([*categories, *([] if parent is None else [parent])])
    for row in rows:
        refuse_merged(row)
    del rows[len(categories) :]
    added = [_new_above(rows[0].round, name)] if name.strip() else []
    if parent is not None and added:
        raise InvalidTree(_("Choose a category or name a new one, not both."))
    above = added[0].uid if added else str(parent.uid) if parent else None
    tree = tree_of(scheme)
    moving = [row for row in rows if not _stands_under(tree, row, parent) or added]
    if not moving:
        raise InvalidTree(_("“%(name)s” stands there already.") % {"name": rows[0]})
    return revise(
        scheme=scheme,
        verb=RevisionVerb.PLACE,
        rationale=rationale,
        by=by,
        changes=[*added, *(changed(CATEGORY, row, {"parent": above}) for row in moving)],
        expected_revision=expected,
    )


def _scheme_of(categories: Sequence[Category]) -> Scheme:
    if not categories:
        raise InvalidTree(_("Choose at least one category."))
    if len({category.round_id for category in categories}) > 1:
        raise InvalidTree(_("Choose categories of one round."))
    return categories[0].scheme


def _new_above(lower: Round, name: str) -> ObjectChange:
    """A new category of the round above one, behind all others there."""
    above = Round.objects.filter(scheme=lower.scheme, exists=True, position=lower.position + 1)
    round_above = above.first()
    if round_above is None:
        raise InvalidTree(_("There is no round above “%(name)s”; add one first.") % {"name": lower})
    places = round_above.categories.values_list("position", flat=True)
    return new_category(
        round_uid=str(round_above.uid), parent=None, position=max(places, default=0) + 1, name=name
    )


def _stands_under(tree: Tree, row: Category, parent: Category | None) -> bool:
    node = tree.nodes.get(row.pk)
    above = tree.parent_of(node) if node else None
    return (above.key if above else None) == (parent.pk if parent else None)


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
    scheme = _scheme_of(categories)
    expected = hold_unchanged(scheme, expected_revision, [*categories, into])
    rows = as_they_are([*categories, into])
    target = rows.pop()
    if target in rows:
        raise InvalidTree(_("“%(name)s” cannot be merged into itself.") % {"name": target})
    for row in (*rows, target):
        refuse_merged(row)
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
        expected_revision=expected,
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
    expected = hold_unchanged(category.scheme, expected_revision, [category])
    (row,) = as_they_are([category])
    refuse_merged(row)
    return revise(
        scheme=category.scheme,
        verb=verb,
        rationale=rationale,
        by=by,
        changes=[changed(CATEGORY, row, {"retired": retired})],
        expected_revision=expected,
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
    expected = hold_unchanged(scheme, expected_revision, [category, before])
    (row,) = as_they_are([category])
    refuse_merged(row)
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
        expected_revision=expected,
    )


def _positions(order: Sequence[Category]) -> Iterable[ObjectChange]:
    """Give these categories their own positions in this order; equal ones are parted."""
    least = -1
    for position, row in zip(sorted(row.position for row in order), order, strict=True):
        least = max(position, least + 1)
        yield changed(CATEGORY, row, {"position": least})
