"""The rows of a scheme as fields by uid, and its revisions as changes to fold."""

from collections.abc import Iterator
from typing import Any

from taxonomy.models import Category, Revision, RevisionChange, Round, Scheme
from taxonomy.tabulation.folding import CATEGORY, ROUND, Fields, ObjectChange, tree_at

ROUND_FIELDS = ("position", "name", "exists", "frozen")
REFERENCES = ("round", "parent", "merged_into", "split_from")
TEXTS = (
    "code",
    "name",
    "label",
    "definition",
    "includes",
    "excludes",
    "positive_example",
    "negative_example",
)
CATEGORY_FIELDS = (*REFERENCES, "position", *TEXTS, "exists", "retired")


def rows_of(scheme: Scheme) -> dict[str, Fields]:
    """The fields of every round and category as they stand, by uid; two queries."""
    return dict(_rounds(scheme)) | dict(_categories(scheme))


def _rounds(scheme: Scheme) -> Iterator[tuple[str, Fields]]:
    for row in Round.objects.filter(scheme=scheme).order_by("pk").values("uid", *ROUND_FIELDS):
        yield str(row.pop("uid")), {"type": ROUND, **row}


def _categories(scheme: Scheme) -> Iterator[tuple[str, Fields]]:
    references = [f"{name}__uid" for name in REFERENCES]
    plain = [name for name in CATEGORY_FIELDS if name not in REFERENCES]
    rows = Category.objects.filter(scheme=scheme).order_by("pk").values("uid", *plain, *references)
    for row in rows:
        fields: dict[str, Any] = {name: row[name] for name in plain}
        for name in REFERENCES:
            uid = row[f"{name}__uid"]
            fields[name] = None if uid is None else str(uid)
        yield str(row["uid"]), {"type": CATEGORY, **fields}


def changes_of(revision: Revision) -> list[ObjectChange]:
    """What one revision changed, in its order."""
    return [as_change(row) for row in revision.changes.order_by("pk")]


def tree_at_revision(scheme: Scheme, number: int) -> dict[str, Fields]:
    """The fields of every object as they were after revision `number`, by uid; one query."""
    rows = RevisionChange.objects.filter(
        revision__scheme=scheme, revision__number__lte=number
    ).order_by("revision__number", "pk")
    return tree_at([[as_change(row) for row in rows]])


def texts_at(category: Category, number: int) -> dict[str, str]:
    """The texts of a category as they were after revision `number`; one query."""
    rows = RevisionChange.objects.filter(
        object_uid=category.uid, revision__scheme=category.scheme_id, revision__number__lte=number
    )
    texts = dict.fromkeys(TEXTS, "")
    for after in rows.order_by("revision__number", "pk").values_list("after", flat=True):
        texts |= {name: text for name, text in after.items() if name in texts}
    return texts


def as_change(row: RevisionChange) -> ObjectChange:
    """A stored change as the engine takes it."""
    return ObjectChange(row.object_type, str(row.object_uid), row.before, row.after)
