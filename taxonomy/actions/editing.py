"""Making and changing schemes. Each verb is one revision, whatever it touches."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.actions.duplicates import refuse_taken
from incidents.actions.history import record_change
from incidents.models import Member, Study
from taxonomy.actions.changes import (
    as_they_are,
    changed,
    new_category,
    new_round,
    refuse_merged,
)
from taxonomy.actions.revisions import InvalidTree, hold_unchanged, revise
from taxonomy.choices import BatchKind, RevisionVerb
from taxonomy.models import Batch, Category, Revision, Round, Scheme
from taxonomy.queries.revisions import TEXTS, rows_of
from taxonomy.tabulation.folding import CATEGORY, ROUND, Fields, ObjectChange, standing

Path = tuple[str | None, ...]  # names from the coarsest round down; None where no parent is known


@dataclasses.dataclass(frozen=True)
class Growth:
    """What `grow_scheme` found or made: the category of each path; None where nothing was new."""

    categories: Mapping[Path, Category]
    revision: Revision | None


@transaction.atomic
def start_scheme(
    *,
    study: Study,
    slug: str,
    name: str,
    description: str = "",
    rounds: Sequence[Mapping[str, Any]] = (),
    categories: Sequence[Mapping[str, Any]] = (),
    by: Member | None,
    rationale: str = "",
) -> Scheme:
    """Make a scheme with its whole tree in one revision, and its batch *each moment once*.

    `rounds` have `position` (1 the finest) and `name`; `categories` have `round` (a position),
    `name`, and may have `code`, `label`, `definition`, `includes`, `excludes`, the two examples
    and `parent`, the code of a category of the next coarser round. Their order is kept.

    Raises ValidationError (on `slug`) where the study has such a scheme, and InvalidTree.
    """
    with refuse_taken("slug", _("The study has a scheme with this short name.")):
        scheme = Scheme.objects.create(study=study, slug=slug, name=name, description=description)
    Batch.objects.create(scheme=scheme, name=_("Each moment once"), kind=BatchKind.ONCE)
    record_change(verb="start_scheme", on=scheme, study=study, by=by)
    revise(
        scheme=scheme,
        verb=RevisionVerb.START,
        rationale=rationale,
        by=by,
        changes=_whole_tree(rounds, categories),
        expected_revision=0,
    )
    return scheme


def _whole_tree(
    rounds: Sequence[Mapping[str, Any]], categories: Sequence[Mapping[str, Any]]
) -> list[ObjectChange]:
    new_rounds = {
        entry["position"]: new_round(entry["position"], entry["name"]) for entry in rounds
    }
    uids: dict[tuple[int, str], str] = {}
    changes = []
    for number, entry in enumerate(sorted(categories, key=lambda entry: -entry["round"])):
        level, parent = entry["round"], entry.get("parent")
        if level not in new_rounds or (parent and (level + 1, parent) not in uids):
            raise InvalidTree(
                _("“%(name)s” has no round or no category above it.") % {"name": entry["name"]}
            )
        change = new_category(
            round_uid=new_rounds[level].uid,
            parent=uids[level + 1, parent] if parent else None,
            position=number,
            **{name: entry.get(name) or "" for name in TEXTS},
        )
        if entry.get("code"):
            uids.setdefault((level, entry["code"]), change.uid)
        changes.append(change)
    return [*new_rounds.values(), *changes]


@transaction.atomic
def grow_scheme(
    *,
    scheme: Scheme,
    rounds: Sequence[str],
    categories_by_path: Iterable[Path] | Mapping[Path, Mapping[str, str]],
    by: Member | None,
    rationale: str = "",
) -> Growth:
    """Add what is missing of these paths, and of the paths above them, in one revision.

    A path names categories from the coarsest round down; a shorter one ends in a coarser round;
    None stands for a parent that is not known, so `(None, "late")` is not batched. A mapping may
    give texts (`definition`, `code`, …) for new categories. `rounds` are the names of the rounds
    from the coarsest down, and are made only where the scheme has none.

    Returns the category of every path given and of those above it. Categories that stand are
    preferred to merged ones of the same path. Raises Conflict and InvalidTree.
    """
    expected = Scheme.objects.values_list("revision", flat=True).get(pk=scheme.pk)
    grower = _Grower(rows_of(scheme), rounds)
    texts = categories_by_path if isinstance(categories_by_path, Mapping) else {}
    for path in categories_by_path:
        grower.find_or_add(path, texts.get(path, {}))
    revision = None
    if grower.changes:
        revision = revise(
            scheme=scheme,
            verb=RevisionVerb.IMPORT,
            rationale=rationale,
            by=by,
            changes=grower.changes,
            expected_revision=expected,
        )
    rows = {str(row.uid): row for row in Category.objects.filter(scheme=scheme)}
    found = {path: rows[uid] for path, uid in grower.uids.items() if uid is not None}
    return Growth(categories=found, revision=revision)


class _Grower:
    """Finds the categories of paths in a tree and collects changes that add the missing ones."""

    def __init__(self, tree: Mapping[str, Fields], names: Sequence[str]) -> None:
        self.changes: list[ObjectChange] = []
        self.uids: dict[Path, str | None] = {(): None}
        self._levels = self._rounds(tree, names)
        self._next = 1 + max((row["position"] for row in tree.values()), default=0)
        self._categories = {
            uid: row for uid, row in tree.items() if row["type"] == CATEGORY and row["exists"]
        }
        by_merge = sorted(
            self._categories.items(), key=lambda item: item[1]["merged_into"] is None
        )  # the standing ones win
        self._known = {
            (row["round"], standing(row["parent"], self._categories), row["name"]): uid
            for uid, row in by_merge
        }

    def _rounds(self, tree: Mapping[str, Fields], names: Sequence[str]) -> list[str]:
        """The uids of the rounds from the coarsest down."""
        rounds = [
            (row["position"], uid)
            for uid, row in tree.items()
            if row["type"] == ROUND and row["exists"]
        ]
        if rounds:
            return [uid for _position, uid in sorted(rounds, reverse=True)]
        self.changes = [new_round(len(names) - depth, name) for depth, name in enumerate(names)]
        return [change.uid for change in self.changes]

    def find_or_add(self, path: Path, texts: Mapping[str, str]) -> str | None:
        """The uid of the category at the end of the path."""
        if path in self.uids:
            return self.uids[path]
        if len(path) > len(self._levels):
            raise InvalidTree(
                _("The scheme has %(rounds)d rounds; a path has %(levels)d levels.")
                % {"rounds": len(self._levels), "levels": len(path)}
            )
        above = self.find_or_add(path[:-1], {})
        name = path[-1]
        self.uids[path] = None if name is None else self._named(len(path) - 1, above, name, texts)
        return self.uids[path]

    def _named(self, depth: int, parent: str | None, name: str, texts: Mapping[str, str]) -> str:
        parent = standing(parent, self._categories)
        place = (self._levels[depth], parent, name.strip())
        if place not in self._known:
            change = new_category(
                round_uid=place[0], parent=parent, position=self._next, **{**texts, "name": name}
            )
            self._next += 1
            self._known[place] = change.uid
            self.changes.append(change)
        return self._known[place]


@transaction.atomic
def add_category(
    *,
    round: Round,  # noqa: A002
    parent: Category | None = None,
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
    **texts: str,
) -> Category:
    """Add a category at the end of a round; `texts` are its name, code, label, definition.

    Raises InvalidTree where the parent is merged or gone, or the tree would break a rule.
    """
    expected = hold_unchanged(round.scheme, expected_revision, [round, parent])
    for above in as_they_are([] if parent is None else [parent]):
        refuse_merged(above)
    places = Category.objects.filter(round=round).values_list("position", flat=True)
    change = new_category(
        round_uid=str(round.uid),
        parent=str(parent.uid) if parent else None,
        position=max(places, default=0) + 1,
        **texts,
    )
    revise(
        scheme=round.scheme,
        verb=RevisionVerb.ADD,
        rationale=rationale,
        by=by,
        changes=[change],
        expected_revision=expected,
    )
    return Category.objects.get(uid=change.uid)


@transaction.atomic
def describe_category(
    *,
    category: Category,
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
    **texts: str,
) -> Revision:
    """Change the name, code, label, definition, limits or examples of a category.

    The revision is *renamed* where the name changes, else *described*. Raises InvalidTree where
    nothing changes.
    """
    stripped = {name: text.strip() for name, text in texts.items()}
    expected = hold_unchanged(category.scheme, expected_revision, [category])
    change = changed(CATEGORY, category, stripped)
    return revise(
        scheme=category.scheme,
        verb=RevisionVerb.RENAME if "name" in change.after else RevisionVerb.DESCRIBE,
        rationale=rationale,
        by=by,
        changes=[change],
        expected_revision=expected,
    )
