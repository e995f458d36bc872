"""The rounds of a scheme: adding, naming, freezing and dropping one. Each is one revision."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.actions.numbering import lock_study
from incidents.models import Member
from taxonomy.actions.changes import changed, new_round
from taxonomy.actions.revisions import InvalidTree, hold_scheme, revise
from taxonomy.choices import RevisionVerb
from taxonomy.models import Category, Revision, Round, Scheme
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.folding import CATEGORY, ROUND, ObjectChange
from taxonomy.tabulation.tree import Tree


@transaction.atomic
def add_round(
    *,
    scheme: Scheme,
    name: str,
    finest: bool = False,
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Round:
    """Add a round above the coarsest, or below the finest, which numbers the others anew."""
    hold_scheme(scheme)
    standing = list(Round.objects.filter(scheme=scheme, exists=True))
    change = new_round(1 if finest else len(standing) + 1, name)
    moved = [changed(ROUND, row, {"position": row.position + 1}) for row in standing if finest]
    revise(
        scheme=scheme,
        verb=RevisionVerb.ADD,
        rationale=rationale,
        by=by,
        changes=[*moved, change],
        expected_revision=expected_revision,
    )
    return Round.objects.get(uid=change.uid)


def rename_round(
    *,
    round: Round,  # noqa: A002  (the word of the field)
    name: str,
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Give a round another name. Raises InvalidTree where nothing changes."""
    return revise(
        scheme=round.scheme,
        verb=RevisionVerb.RENAME,
        rationale=rationale,
        by=by,
        changes=[changed(ROUND, round, {"name": name.strip()})],
        expected_revision=expected_revision,
    )


def freeze_round(*, round: Round, **act: Any) -> Revision:  # noqa: A002
    """Fix which categories a round has, and what they stand under; words may still change.

    Takes `by`, `rationale` and `expected_revision` as the other acts do.
    """
    return _set_frozen(round, RevisionVerb.FREEZE, frozen=True, **act)


def reopen_round(*, round: Round, **act: Any) -> Revision:  # noqa: A002
    """Let a frozen round change again; `revise` refuses without a reason."""
    return _set_frozen(round, RevisionVerb.REOPEN, frozen=False, **act)


def _set_frozen(
    level: Round,
    verb: RevisionVerb,
    *,
    frozen: bool,
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    return revise(
        scheme=level.scheme,
        verb=verb,
        rationale=rationale,
        by=by,
        changes=[changed(ROUND, level, {"frozen": frozen})],
        expected_revision=expected_revision,
    )


@transaction.atomic
def drop_round(
    *,
    round: Round,  # noqa: A002
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Take a round out with its categories; those below stand under what was above theirs.

    Raises InvalidTree where moments are coded in one of its categories, where it is frozen, or
    where it is the only round.
    """
    scheme = round.scheme
    lock_study(scheme.study_id)  # before the scheme: see `revise`
    hold_scheme(scheme)
    standing = list(Round.objects.filter(scheme=scheme, exists=True))
    if len(standing) == 1:
        raise InvalidTree(_("A scheme keeps at least one round."))
    tree = tree_of(scheme)
    rows = Category.objects.filter(scheme=scheme, exists=True).select_related("round", "parent")
    dropped = next((other for other in standing if other.pk == round.pk), None)
    if dropped is None:
        raise InvalidTree(_("“%(name)s” is no longer part of the scheme.") % {"name": round})
    changes = [
        changed(ROUND, dropped, {"exists": False}),
        *(
            changed(ROUND, other, {"position": other.position - 1})
            for other in standing
            if other.position > dropped.position
        ),
    ]
    for row in rows:
        if row.round_id == dropped.pk:
            changes.append(changed(CATEGORY, row, {"exists": False}))
        elif row.parent is not None and row.parent.round_id == dropped.pk:
            changes.append(_under_what_is_above(row, tree))
    return revise(
        scheme=scheme,
        verb=RevisionVerb.DROP,
        rationale=rationale,
        by=by,
        changes=changes,
        expected_revision=expected_revision,
    )


def _under_what_is_above(row: Category, tree: Tree) -> ObjectChange:
    assert row.parent_id is not None  # noqa: S101  (the caller looked)
    above = tree.parent_of(tree.canonical(row.parent_id))
    return changed(CATEGORY, row, {"parent": above.uid if above else None})
