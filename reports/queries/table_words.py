"""What stands around the figures of a table, in words: pages, files, runs and documents alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from taxonomy.choices import Shares
from taxonomy.tabulation.display import (
    DASH,
    HIDDEN,
    LEAST_BASE,
    SMALL_BASE,
    Number,
    is_least,
    is_small,
)
from taxonomy.tabulation.rollup import ALL
from taxonomy.tabulation.table import full_name

COLUMNS_NAMED: Final = 4
SMALL, LEAST = "*", "**"
MARKED: Final[dict[str, Promise]] = {
    SMALL: gettext_lazy("small base"),
    LEAST: gettext_lazy("very small base"),
}


def heading_of(word: str, name: str) -> str:
    """What stands over a column, below the heading of its group; *All* in the words of today."""
    return _("All") if word == ALL else name


def column_in_words(word: str, name: str, group: str) -> str:
    """The name of a column where no other heading stands over it."""
    return heading_of(word, full_name(name, group))


def names_in(answer: Mapping[str, Any]) -> list[str]:
    """The names of the columns of a run, in the words of then; *All* in those of today."""
    return [
        column_in_words(column["word"], column["name"], column["group"])
        for column in answer["columns"]
    ]


def mark_of(units: Number) -> str:
    """The sign beside a base of so many units; "" where it is large enough."""
    if is_least(units):
        return LEAST
    return SMALL if is_small(units) else ""


def marks_of(bases: Sequence[Number], shares: str) -> list[str]:
    """The sign beside each base of a table: only where percentages are of it."""
    if shares == Shares.COLUMN:
        return [mark_of(units) for units in bases]
    if shares == Shares.TOTAL:
        return [mark_of(bases[0]), *("" for _units in bases[1:])]
    return ["" for _units in bases]


def notes_on_marks(marks: Iterable[str]) -> Iterator[str]:
    """What these signs mean."""
    shown = set(marks)
    if LEAST in shown:
        yield _("** Very small base, below %(base)d: counts stand in the place of percentages.") % {
            "base": LEAST_BASE
        }
    if SMALL in shown:
        yield _("* Small base, below %(base)d: read with caution.") % {"base": SMALL_BASE}


def notes_of_run(answer: Mapping[str, Any]) -> list[str]:
    """What a reader of the table of a run should know of its rounding and its bases."""
    uneven = [] if answer["hides"] else answer["uneven"]
    units = answer["unweighted"] or answer["base"]
    rounding = notes_on_rounding(uneven, len(answer["columns"]))
    marks = notes_on_marks(marks_of(units, answer["shares"]))
    on_rows = [note_on_rows()] if _has_small_rows(answer) else []
    return [*_notes_on_shares(answer["shares"]), *rounding, *marks, *on_rows]


def _has_small_rows(answer: Mapping[str, Any]) -> bool:
    """Whether rows are wholes and counts stand in some of them."""
    return answer["shares"] == Shares.ROW and any(
        shown and "%" not in shown and shown not in {DASH, HIDDEN}
        for cells in answer["shown"]
        for shown in cells
    )


def _notes_on_shares(shares: str) -> list[str]:
    """What a table shows that pictures and tests of the same run do not."""
    if shares not in {Shares.ROW, Shares.TOTAL}:
        return []
    return [
        _(
            "Letters, pictures and what stands out are of column percentages, though the table"
            " shows others."
        )
    ]


def note_on_rows() -> str:
    """What stands where rows are wholes, and some of them small."""
    return _("In rows of fewer than %(base)d counts stand in the place of percentages.") % {
        "base": LEAST_BASE
    }


def notes_on_rounding(uneven: Sequence[str], columns: int) -> list[str]:
    """Which columns, of so many, do not add to 100 as they are shown."""
    if not uneven:
        return []
    if len(uneven) > COLUMNS_NAMED:
        said = _(
            "%(uneven)d of %(columns)d columns do not add to 100 because their figures are rounded."
        )
        return [said % {"uneven": len(uneven), "columns": columns}]
    names = ", ".join(_("All") if name == "All" else name for name in uneven)
    said = ngettext(
        "%(names)s does not add to 100 because its figures are rounded.",
        "%(names)s do not add to 100 because their figures are rounded.",
        len(uneven),
    )
    return [said % {"names": names}]
