"""What fits on a page or a slide: bands of columns, portions of rows, the way words run."""

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from reports.documents.model import Column, Row, Table

LONGEST_WORD = 24
TIGHT = 0.75  # a line of a label that has several, against the height of a row
BREAK = "\u200b"  # a place to break a word, without a mark
RIGHT_TO_LEFT = frozenset({"R", "AL"})
LEFT_TO_RIGHT = "L"


class Group(NamedTuple):
    """A heading above so many columns."""

    name: str
    columns: int


def bands(table: Table, most: int) -> list[Table]:
    """A table as tables of at most `most` columns, each with the first column of the whole.

    The first is what the others are read against. They are about as wide as each other.
    """
    columns = range(len(table.columns))
    if len(columns) <= most:
        return [table]
    rest, room = list(columns[1:]), max(1, most - 1)
    pieces = -(-len(rest) // room)
    width = -(-len(rest) // pieces)
    starts = range(0, len(rest), width)
    return [_with_columns(table, [0, *rest[start : start + width]]) for start in starts]


def portions(rows: Sequence[Row], most: int, letters: int) -> list[Sequence[Row]]:
    """Rows in portions of at most `most` lines, where a line holds so many letters of a label.

    One, without any, where there are no rows.
    """
    pieces: list[list[Row]] = [[]]
    room = float(most)
    for row in rows:
        lines = max(1, TIGHT * -(-len(row.label) // letters))
        if pieces[-1] and lines > room:
            pieces.append([])
            room = float(most)
        pieces[-1].append(row)
        room -= lines
    return list(pieces)


def groups(columns: Sequence[Column]) -> list[Group]:
    """The headings above the columns, from left to right; none where no column has one."""
    found: list[Group] = []
    for column in columns:
        if found and found[-1].name == column.group and column.group:
            found[-1] = Group(column.group, found[-1].columns + 1)
        else:
            found.append(Group(column.group, 1))
    return found if any(group.name for group in found) else []


def breakable(words: str) -> str:
    """The words with places to break those that are longer than a column is wide."""
    return " ".join(_broken(word) for word in words.split(" "))


def runs_right_to_left(words: str) -> bool:
    """Whether the first letter with a direction is one of a script written from the right."""
    for letter in words:
        direction = unicodedata.bidirectional(letter)
        if direction == LEFT_TO_RIGHT or direction in RIGHT_TO_LEFT:
            return direction != LEFT_TO_RIGHT
    return False


def without_controls(words: str) -> str:
    """The words without what no file of these forms may hold."""
    return "".join(one for one in words if one in "\n\t" or _may_stand(one))


def _may_stand(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cs"} and letter not in "\ufffe\uffff"


def _broken(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return BREAK.join(word[at : at + LONGEST_WORD] for at in range(0, len(word), LONGEST_WORD))


def _with_columns(table: Table, places: Sequence[int]) -> Table:
    return Table(
        title=table.title,
        corner=table.corner,
        columns=[table.columns[place] for place in places],
        rows=[
            Row(row.label, [row.cells[place] for place in places], row.kind) for row in table.rows
        ],
        about=table.about,
        notes=table.notes,
    )
