"""A scheme's fields as a book to write down."""

from collections.abc import Mapping

from taxonomy.exchange.book import TEXT_LIMITS, Book, BookCategory, BookRound
from taxonomy.tabulation.folding import CATEGORY, ROUND, Fields, standing

Tree = Mapping[str, Fields]


def book_of(
    tree: Tree, *, merged: bool = True, retired: bool = True, form: str = "", **about: str | int
) -> Book:
    """What stands in a tree (fields by uid) as a book; keys are uids, the coarsest round first.

    Without the merged ones, what stood under them stands under what they were merged into; of the
    retired, those stay that something else stands under or was merged into. `about` are `name`,
    `slug`, `description` and `revision` of the scheme.
    """
    rounds = {uid: row for uid, row in tree.items() if _stands(row, ROUND)}
    kept = _kept(tree, merged=merged, retired=retired)
    levels = [
        BookRound(row["position"], row["name"], uid, bool(row["frozen"]))
        for uid, row in sorted(rounds.items(), key=lambda item: -item[1]["position"])
    ]
    rows = [
        _category(uid, row, tree, kept, rounds[row["round"]]["position"], merged=merged)
        for uid, row in sorted(
            kept.items(),
            key=lambda item: (-rounds[item[1]["round"]]["position"], item[1]["position"]),
        )
    ]
    return Book(form, tuple(levels), tuple(rows), **about)  # type: ignore[arg-type]


def _stands(row: Fields, kind: str) -> bool:
    return row["type"] == kind and bool(row["exists"])


def _kept(tree: Tree, *, merged: bool, retired: bool) -> dict[str, Fields]:
    categories = {uid: row for uid, row in tree.items() if _stands(row, CATEGORY)}
    kept = {uid: row for uid, row in categories.items() if merged or row["merged_into"] is None}
    if retired:
        return kept
    wanted = {uid for uid, row in kept.items() if not row["retired"]}
    waiting = list(wanted)
    while waiting:
        row = kept[waiting.pop()]
        for reference in ("parent", "merged_into"):
            other = row[reference] if merged else standing(row[reference], categories)
            if other is not None and other not in wanted:
                wanted.add(other)
                waiting.append(other)
    return {uid: row for uid, row in kept.items() if uid in wanted}


def _category(
    uid: str, row: Fields, tree: Tree, kept: Tree, position: int, *, merged: bool
) -> BookCategory:
    origin = row["split_from"]
    return BookCategory(
        key=uid,
        uid=uid,
        round=position,
        parent=row["parent"] if merged else standing(row["parent"], tree),
        texts={name: row[name] for name in TEXT_LIMITS},
        retired=bool(row["retired"]),
        merged_into=row["merged_into"] if merged else None,
        split_from=origin if origin in kept else None,
        says_merged=merged,
    )
