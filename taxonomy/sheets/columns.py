"""Which column holds which field, and the cells of a row by field."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from taxonomy.sheets.fields import (
    IN_PARTS,
    LEVELS,
    TEXTS,
    WORDS,
    field_named,
    says_nothing,
)
from taxonomy.sheets.problems import Problem

BETWEEN_PARTS = "\n\n"


class Columns:
    """The columns of a sheet under a mapping {header: field}.

    `levels` are the category fields that have a column, the broadest first.
    """

    def __init__(self, headers: Sequence[str], mapping: Mapping[str, str]) -> None:
        self.headers, self.width = tuple(headers), len(headers)
        self.problems: list[Problem] = []
        self._places = self._place(mapping)
        self._first = {field: places[0] for field, places in self._places.items()}
        self._texts = tuple(field for field in TEXTS if field in self._places)
        taken = {at for places in self._places.values() for at in places}
        self.levels = tuple(level for level in LEVELS if level in self._places)
        self._free = tuple((name, at) for at, name in enumerate(self.headers) if at not in taken)
        if not self._places.keys() & {*WORDS, "narrative"}:
            self.problems.append(Problem("no_text_column"))
        for header in self.unmapped:
            self.problems.append(Problem("unmapped_column", column=header))

    def _place(self, mapping: Mapping[str, str]) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for header, name in mapping.items():
            field = field_named(name)
            if header not in self.headers:
                known = ", ".join(self.headers)
                self.problems.append(Problem("unknown_column", None, header, {"known": known}))
            elif field is None:
                self.problems.append(Problem("unknown_field", None, header, {"field": name}))
            elif field in places and field not in IN_PARTS:
                self.problems.append(Problem("field_twice", None, header, {"field": field}))
            else:
                places[field].append(self.headers.index(header))
        return {field: sorted(found) for field, found in places.items()}

    @property
    def unmapped(self) -> tuple[str, ...]:
        """The columns without a field, in the file's order."""
        return tuple(name for name, _ in self._free)

    def header(self, field: str) -> str | None:
        """Return the (first) column of a field."""
        at = self._first.get(field)
        return None if at is None else self.headers[at]

    def having(self, fields: Iterable[str]) -> dict[str, str]:
        """Return those of the fields that have a column, with its header."""
        return {name: self.headers[self._first[name]] for name in fields if name in self._first}

    def value(self, field: str, cells: Sequence[str]) -> str:
        """Return the trimmed cell of a field, "" where it has no column."""
        at = self._first.get(field)
        return "" if at is None else cells[at].strip()

    def text(self, field: str, cells: Sequence[str]) -> str:
        """Return the words of a text field exactly as typed, its columns joined by a blank line."""
        parts = [cells[at] for at in self._places.get(field, ())]
        return BETWEEN_PARTS.join(part for part in parts if not says_nothing(part))

    def words(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the headline and answers that have words; a narrative goes to the situation."""
        words = {field: self.text(field, cells) for field in self._texts}
        if words.get("narrative"):
            parts = (words.get("situation"), words["narrative"])
            words["situation"] = BETWEEN_PARTS.join(part for part in parts if part)
        return {field: words[field] for field in WORDS if words.get(field)}

    def codes(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the filled category cells by field."""
        typed = {level: self.value(level, cells) for level in self.levels}
        return {level: cell for level, cell in typed.items() if cell}

    def extras(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the filled cells of the columns without a field, as typed."""
        return {name: cells[at] for name, at in self._free if cells[at].strip()}

    def filled(self, cells: Sequence[str]) -> dict[str, str]:
        """Return every filled cell of a row, as typed."""
        named = zip(self.headers, cells, strict=False)
        return {name: cell for name, cell in named if cell.strip()}

    def surplus(self, cells: Sequence[str]) -> bool:
        """Whether the row has filled cells beyond the last header."""
        return any(cell.strip() for cell in cells[self.width :])
