"""The engine of revisions: every change of a scheme, and taking one back, comes through here."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError, StaleError
from incidents.models import Member
from taxonomy.choices import RevisionVerb
from taxonomy.models import Category, Revision, RevisionChange, Round, Scheme
from taxonomy.queries.held import concerns_codings, hindrance_by_codings
from taxonomy.queries.revisions import REFERENCES, as_change, changes_of, rows_of
from taxonomy.tabulation.folding import (
    CATEGORY,
    ROUND,
    Fault,
    Fields,
    ObjectChange,
    broken_by,
    faults,
    fold,
    mismatch,
)

MODELS: dict[str, Any] = {ROUND: Round, CATEGORY: Category}
LIMITS: dict[str, dict[str, int | None]] = {
    kind: {field.name: getattr(field, "max_length", None) for field in model._meta.get_fields()}
    for kind, model in MODELS.items()
}
UNIQUE_FIELDS = frozenset({"exists", "round", "parent", "merged_into", "position", "name"})
AT_ONCE = 200
IN_ORDER = Prefetch("changes", RevisionChange.objects.order_by("pk"))


class Conflict(StaleError):
    """Somebody changed meanwhile what this change starts from; `revision` is in the way."""

    def __init__(self, message: str, revision: Revision | None = None) -> None:
        super().__init__(message)
        self.revision = revision


class InvalidTree(RefusedError):
    """The change would leave a tree that breaks a rule, or facts where they do not belong."""


class BrokenRule(InvalidTree):
    """The tree itself would break a rule."""


@transaction.atomic
def revise(
    *,
    scheme: Scheme,
    verb: RevisionVerb,
    rationale: str,
    by: Member | None,
    changes: Sequence[ObjectChange],
    expected_revision: int | None,
    undoes: Revision | None = None,
) -> Revision:
    """Apply changes to a scheme as one revision and return it; `scheme.revision` is its number.

    `expected_revision` is the revision that the change was decided on; None takes the scheme as
    it stands. Every field in a change's `before` must still have that value.

    Raises
    ------
    Conflict
        The scheme or a field has changed meanwhile; nothing is changed.
    InvalidTree
        The tree would break a rule, or nothing would change; nothing is changed.
    """
    changes = [change for change in changes if change.before != change.after]
    if not rationale.strip() and any(_reopens(change) for change in changes):
        raise InvalidTree(_("Say why the round is reopened."))
    if not changes and verb != RevisionVerb.START:
        raise InvalidTree(_("Nothing would change."))
    _check_texts(changes)
    if concerns_codings(changes):  # the study is locked first, as by whoever codes
        lock_study(scheme.study_id)
    _take(scheme, expected_revision)
    before = rows_of(scheme)
    _compare(scheme, before, changes)
    after = fold(changes, before)
    _check(before, after)
    hindrance = hindrance_by_codings(changes, before)
    if hindrance is not None:
        raise InvalidTree(hindrance)
    _write(scheme, before, after, changes)
    return _record(
        scheme=scheme, verb=verb, rationale=rationale, by=by, changes=changes, undoes=undoes
    )


@transaction.atomic
def undo(
    *,
    revision: Revision,
    by: Member | None,
    rationale: str = "",
) -> Revision:
    """Take a revision back by a new one, and return that; undoing an undo does it again.

    Raises Conflict, naming the later revision in the way, where what it changed has changed since
    or the tree without it would break a rule; InvalidTree where moments are coded in what it
    added, or were sorted again out of what it merged. Nothing is changed then.
    """
    earlier = Revision.objects.filter(undoes=revision).first()
    if earlier is not None:
        raise Conflict(
            _("Revision %(number)d has already taken this back.") % {"number": earlier.number},
            earlier,
        )
    changes = [change.swapped() for change in reversed(changes_of(revision))]
    try:
        return revise(
            scheme=revision.scheme,
            verb=RevisionVerb.UNDO,
            rationale=rationale,
            by=by,
            changes=changes,
            expected_revision=None,  # what it changed is compared field by field
            undoes=revision,
        )
    except BrokenRule as broken:
        later = _broken_by(revision, changes)
        if later is None:
            raise
        raise Conflict(f"{_in_the_way(later)} {broken}", later) from broken


def _broken_by(undone: Revision, changes: Sequence[ObjectChange]) -> Revision | None:
    """The later revision without which a revision could be taken back."""
    later = Revision.objects.filter(scheme=undone.scheme_id, number__gt=undone.number)
    rows = list(later.order_by("-number").prefetch_related(IN_ORDER))
    done = ((row.number, [as_change(change) for change in row.changes.all()]) for row in rows)
    number = broken_by(rows_of(undone.scheme), changes, done)
    return next((row for row in rows if row.number == number), None)


def hold_scheme(scheme: Scheme) -> int:
    """Let one at a time change a scheme, until the caller's commit; returns its revision.

    Who decides on what stands in the scheme holds it first, and then calls `revise`.
    """
    rows = Scheme.objects.select_for_update(no_key=True).filter(pk=scheme.pk)
    return rows.values_list("revision", flat=True).get()


def hold_unchanged(
    scheme: Scheme, seen: int | None, about: Iterable[Round | Category | None]
) -> int:
    """Hold the scheme where nothing in `about` has changed since revision `seen`.

    Several people batch one scheme at once: what one of them decided looking at revision `seen`
    stands while others change other corners. Returns the revision to hand to `revise`; None as
    `seen` is whoever did not look at one. Raises Conflict with the revision in the way.
    """
    now = hold_scheme(scheme)
    if seen is None or seen == now:
        return now
    uids = [row.uid for row in about if row is not None]
    later = Revision.objects.filter(scheme=scheme, number__gt=seen)
    touching = later.filter(changes__object_uid__in=uids).order_by("-number").first()
    if touching is not None or seen > now:
        raise Conflict(_in_the_way(touching), touching)
    return now


def _take(scheme: Scheme, expected: int | None) -> None:
    """Take the next number of the scheme, or raise Conflict: two cannot take the same."""
    if expected is None:
        expected = hold_scheme(scheme)
    rows = Scheme.objects.filter(pk=scheme.pk, revision=expected)
    if not rows.update(revision=expected + 1):
        latest = Revision.objects.filter(scheme=scheme).order_by("-number").first()
        raise Conflict(_in_the_way(latest), latest)
    scheme.revision = expected + 1


def _compare(scheme: Scheme, tree: dict[str, Fields], changes: Iterable[ObjectChange]) -> None:
    for change in changes:
        fields = mismatch(tree, change)
        if fields:
            later = _last_to_touch(scheme, change.uid, fields)
            raise Conflict(_in_the_way(later), later)


def _last_to_touch(scheme: Scheme, uid: str, fields: Sequence[str]) -> Revision | None:
    touched = RevisionChange.objects.filter(revision__scheme=scheme, object_uid=uid)
    for change in touched.select_related("revision").order_by("-revision__number"):
        if set(fields) & set(change.after):
            return change.revision
    return None


def _in_the_way(revision: Revision | None) -> str:
    if revision is None:
        return _("The scheme has changed meanwhile.")
    return _("Revision %(number)d (%(verb)s, by %(name)s) stands in the way.") % {
        "number": revision.number,
        "verb": RevisionVerb(revision.verb).label,
        "name": revision.member or _("the system"),
    }


def _reopens(change: ObjectChange) -> bool:
    return change.before.get("frozen") is True and change.after.get("frozen") is False


def _check_texts(changes: Iterable[ObjectChange]) -> None:
    """Refuse texts that the database would: too long, or with a NUL."""
    for change in changes:
        for name, value in change.after.items():
            if not isinstance(value, str) or name in REFERENCES:
                continue
            limit = LIMITS[change.object_type].get(name)
            if "\x00" in value:
                raise InvalidTree(_("Null characters are not allowed."))
            if limit and len(value) > limit:
                raise InvalidTree(
                    _("“%(start)s…” is too long: at most %(limit)d characters.")
                    % {"start": value[:40], "limit": limit}
                )


def _check(before: dict[str, Fields], after: dict[str, Fields]) -> None:
    fault = next(faults(before, after), None)
    if fault is not None:
        raise BrokenRule(_sentence(fault))


def _sentence(fault: Fault) -> str:
    sentences = {
        "round_order": _("Rounds must be numbered 1, 2, 3 and so on, not %(name)s."),
        "round_name_twice": _("There would be two rounds named “%(name)s”."),
        "blank_name": _("A name is missing."),
        "no_round": _("“%(name)s” would stand in a round that does not exist."),
        "no_parent": _("The category above “%(name)s” would not exist."),
        "parent_not_next": _("“%(other)s” is not in the round just above “%(name)s”."),
        "no_such_category": _("“%(name)s” would refer to a category that does not exist."),
        "other_round": _("“%(name)s” and “%(other)s” are not in the same round."),
        "merge_circle": _("The merges of “%(name)s” would go in a circle."),
        "split_circle": _("The splits of “%(name)s” would go in a circle."),
        "frozen": _("The round “%(name)s” is frozen; reopen it first."),
        "name_twice": _("There would be two categories “%(name)s” under “%(other)s”.")
        if fault.other
        else _("There would be two categories named “%(name)s”."),
    }
    return sentences[fault.kind] % {"name": fault.name, "other": fault.other}


def _write(
    scheme: Scheme,
    before: dict[str, Fields],
    after: dict[str, Fields],
    changes: Sequence[ObjectChange],
) -> None:
    """Bring the rows to the tree; rows leave the unique indexes before they come back changed."""
    added = [change.uid for change in changes if change.uid not in before]
    for kind in (ROUND, CATEGORY):
        changed = {
            change.uid: {
                name for name in change.after if change.after[name] != before[change.uid][name]
            }
            for change in changes
            if change.object_type == kind and change.uid in before
        }
        moving = [uid for uid, fields in changed.items() if fields & UNIQUE_FIELDS]
        MODELS[kind].objects.filter(uid__in=moving).update(exists=False)
        new = {uid: after[uid] for uid in added if after[uid]["type"] == kind}
        keys = _keys(scheme)
        _create(kind, scheme, new, keys)
        _update(kind, {uid: after[uid] for uid in changed}, changed, keys)


def _keys(scheme: Scheme) -> dict[str, int]:
    """The primary keys of the scheme's rounds and categories, by uid."""
    return {
        str(uid): key
        for model in (Round, Category)
        for uid, key in model.objects.filter(scheme=scheme).values_list("uid", "pk")
    }


def _create(kind: str, scheme: Scheme, new: dict[str, Fields], keys: dict[str, int]) -> None:
    """Insert rows level by level: what they refer to comes first.

    What one was split from may have been merged into it, so that reference waits for the other row.
    """
    model = MODELS[kind]
    known = {None, *keys}
    waiting = {uid: row for uid, row in new.items() if row.get("split_from") not in known}
    while new:
        ready = [uid for uid, fields in new.items() if _needed(fields) <= keys.keys()]
        if not ready:
            raise InvalidTree(_("New categories refer to each other in a circle."))
        rows = [
            model(uid=uuid.UUID(uid), scheme=scheme, **_columns(new.pop(uid), keys))
            for uid in ready
        ]
        for row in model.objects.bulk_create(rows, batch_size=AT_ONCE):
            keys[str(row.uid)] = row.pk
    _update(kind, waiting, {uid: {"split_from"} for uid in waiting}, keys)


def _needed(fields: Fields) -> set[str]:
    names = set(REFERENCES) - {"split_from"}
    return {fields[name] for name in names if fields.get(name) is not None}


def _columns(fields: Fields, keys: dict[str, int]) -> dict[str, Any]:
    """Name the fields as arguments of the model: references by primary key."""
    plain = {name: fields[name] for name in fields.keys() - {"type", *REFERENCES}}
    references = {f"{name}_id": keys.get(fields[name]) for name in REFERENCES if name in fields}
    return plain | references


def _update(
    kind: str, after: dict[str, Fields], changed: dict[str, set[str]], keys: dict[str, int]
) -> None:
    model = MODELS[kind]
    names = sorted({"exists"}.union(*changed.values()))
    rows = list(model.objects.filter(uid__in=list(after)))
    for row in rows:
        for name, value in _columns(after[str(row.uid)], keys).items():
            setattr(row, name, value)
    if rows:
        model.objects.bulk_update(rows, names, batch_size=AT_ONCE)


def _record(
    *,
    scheme: Scheme,
    verb: RevisionVerb,
    rationale: str,
    by: Member | None,
    changes: Sequence[ObjectChange],
    undoes: Revision | None,
) -> Revision:
    revision = Revision.objects.create(
        scheme=scheme,
        number=scheme.revision,
        verb=verb,
        rationale=rationale,
        member=by,
        undoes=undoes,
    )
    RevisionChange.objects.bulk_create(
        (
            RevisionChange(
                revision=revision,
                object_type=change.object_type,
                object_uid=change.uid,
                before=change.before,
                after=change.after,
            )
            for change in changes
        ),
        batch_size=AT_ONCE,
    )
    record_change(
        verb="revise_scheme",
        on=scheme,
        study=scheme.study,
        by=by,
        revision=revision.number,
        act=str(verb),
    )
    return revision
