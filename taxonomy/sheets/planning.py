"""Turn the rows of a sheet into a plan: one pass over the rows, then the parts put together.

Rules: a row without words is refused. Rows that share an incident id are one incident; each brings
a further moment, or, from another coder, further codings of the same moments matched by their
order. A row whose id is known with other words is refused. Equal texts alone never merge.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from taxonomy.sheets.categories import (
    CategoryPath,
    CategoryTree,
    learn_tree,
    split_codes,
)
from taxonomy.sheets.columns import Columns
from taxonomy.sheets.dates import DateColumn, Span
from taxonomy.sheets.fields import NOT_STATED
from taxonomy.sheets.moments import Slots
from taxonomy.sheets.people import Said, gather_people, interview_key
from taxonomy.sheets.plan import (
    Counts,
    ImportPlan,
    PlannedCategory,
    PlannedIncident,
    PlannedMoment,
    PlannedRow,
    RefusedRow,
)
from taxonomy.sheets.problems import Problem
from taxonomy.sheets.rows import ReadRow, RowReader, with_defaults
from taxonomy.sheets.values import CountryCode, ValueMap, Values, check_values

CodesMode = Literal["split", "first"]
PATH_SEPARATOR = " > "


def plan_import(
    rows: Iterable[tuple[int, list[str]]],
    *,
    headers: Sequence[str],
    mapping: Mapping[str, str],
    country_code: CountryCode,
    value_map: ValueMap | None = None,
    codes: CodesMode = "split",
    defaults: Mapping[str, str] | None = None,
    known: Mapping[str, Collection[str]] | None = None,
    create_missing: bool = True,
) -> ImportPlan:
    """Return what importing these rows would do; nothing is written.

    `mapping` is {header: field}, `value_map` {field: {theirs: ours}} on top of the guesses,
    `defaults` {field: our value} where a row says nothing, `known` {field: names the study has}.
    With `codes="first"` only the first code of a cell is used. Raises SheetError where reading
    `rows` does.
    """
    columns = Columns(headers, mapping)
    values = Values(value_map or {}, country_code, known or {}, create_missing=create_missing)
    planner = _Planner(columns, values, codes, defaults or {})
    planner.problems.extend([*columns.problems, *check_values(value_map or {})])
    for number, cells in rows:
        planner.take(number, cells)
    return planner.finish()


def path_text(path: CategoryPath) -> str:
    """Return a path as it is written for people; unknown parents are left out."""
    return PATH_SEPARATOR.join(name for name in path if name)


@dataclass(slots=True)
class _Group:
    """The rows of one incident, the first of them with its words."""

    source_id: str
    words: dict[str, str]
    rows: list[ReadRow]
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def row(self) -> int:
        return self.rows[0].number


class _Planner:
    def __init__(
        self, columns: Columns, values: Values, codes: CodesMode, defaults: Mapping[str, str]
    ) -> None:
        self.columns, self.values, self.codes, self.defaults = columns, values, codes, defaults
        self.reader = RowReader(columns, values)
        self.groups: dict[object, _Group] = {}
        self.refused: list[RefusedRow] = []
        self.problems: list[Problem] = []
        self.dates = DateColumn()
        self.unmapped: Counter[str] = Counter(dict.fromkeys(columns.unmapped, 0))
        self.rows = self.codes_left_out = 0

    def take(self, number: int, cells: Sequence[str]) -> None:
        """Sort one row: a new incident, a further row of one, or refused."""
        self.rows += 1
        words = self.columns.words(cells)
        source_id = self.columns.value("incident_id", cells)
        group = self.groups.get(source_id or number)
        if not words:
            self._refuse("no_words", number, cells)
        elif group is None:
            self.reader.check_length("incident_id", source_id, number)
            self.reader.check_length("headline", words.get("headline", ""), number)
            self.groups[source_id or number] = _Group(source_id, words, [self._read(number, cells)])
        elif _adds_words(group.words, words):
            self._refuse("same_id_other_words", number, cells, id=source_id, first=group.row)
        else:
            group.rows.append(self._read(number, cells))

    def _read(self, number: int, cells: Sequence[str]) -> ReadRow:
        row = self.reader.read(number, cells)
        self.unmapped.update(row.extras.keys())
        if "date" in row.facts:
            self.dates.note(row.facts["date"])
        return row

    def _refuse(self, reason: str, number: int, cells: Sequence[str], **params: object) -> None:
        self.refused.append(RefusedRow(number, reason, self.columns.filled(cells)))
        self.problems.append(Problem(reason, number, None, params))

    def finish(self) -> ImportPlan:
        """Put the incidents, the people and the categories together."""
        groups = list(self.groups.values())
        levels = self._levels()
        tree = self._tree(levels)
        for group in groups:
            self._settle_facts(group)
        people = gather_people(
            [
                Said(group.row, interview_key(group.facts, group.row), group.facts)
                for group in groups
            ],
            self.columns,
        )
        incidents = tuple(self._incident(group, tree, levels) for group in groups)
        self.problems += [*people.problems, *self._notices(tree, levels)]
        return ImportPlan(
            counts=self._counts(incidents),
            incidents=incidents,
            refused=tuple(self.refused),
            interviews=people.interviews,
            respondents=people.respondents,
            levels=levels,
            tree=tree,
            categories=_categories(tree, incidents),
            values=dict(self.values.uses),
            unmapped=dict(self.unmapped),
            problems=self._all_problems(),
        )

    def _every_row(self) -> Iterator[ReadRow]:
        return (row for group in self.groups.values() for row in group.rows)

    def _levels(self) -> tuple[str, ...]:
        used = {level for row in self._every_row() for level in row.cells}
        return tuple(level for level in self.columns.levels if level in used)

    def _tree(self, levels: Sequence[str]) -> CategoryTree:
        for row in self._every_row():
            row.codes = tuple(split_codes(row.cells.get(level, "")) for level in levels)
            for level, codes in zip(levels, row.codes, strict=True):
                self.reader.check_length(level, max(codes, key=len, default=""), row.number)
        return learn_tree([row.codes for row in self._every_row()], len(levels))

    def _settle_facts(self, group: _Group) -> None:
        """The first row that says something counts; a merged row that says else is noticed."""
        for row in group.rows:
            for name, value in row.facts.items():
                if group.facts.setdefault(name, value) != value:
                    self._differs(row, name, value)
        group.facts = with_defaults(group.facts, self.defaults)

    def _differs(self, row: ReadRow, name: str, value: str) -> None:
        column = self.columns.header(name)
        if name == "told_as" and column is None:
            column = self.columns.header("viewpoint")
        if column is not None:
            row.written.setdefault(column, value)
        self.problems.append(Problem("merged_row_differs", row.number, column))

    def _incident(
        self, group: _Group, tree: CategoryTree, levels: Sequence[str]
    ) -> PlannedIncident:
        facts = group.facts
        happened_from, happened_to = self._happened(group)
        return PlannedIncident(
            source_id=group.source_id,
            interview=interview_key(facts, group.row),
            words=group.words,
            translation=facts.get("translation", ""),
            language=facts.get("language", ""),
            told_as=facts.get("told_as", NOT_STATED),
            asked_for=facts.get("asked_for", NOT_STATED),
            happened_told=facts.get("date", ""),
            happened_from=happened_from,
            happened_to=happened_to,
            moments=self._moments(group, tree, levels),
            rows=tuple(PlannedRow(row.number, row.extras, row.written) for row in group.rows),
        )

    def _happened(self, group: _Group) -> Span | tuple[None, None]:
        text = group.facts.get("date", "")
        span = self.dates.read(text) if text else (None, None)
        if not isinstance(span, str):
            return span
        column = self.columns.header("date")
        self.problems.append(Problem(span, group.row, column, {"value": text}))
        return (None, None)

    def _moments(
        self, group: _Group, tree: CategoryTree, levels: Sequence[str]
    ) -> tuple[PlannedMoment, ...]:
        slots = Slots()
        for row in group.rows:
            paths = tree.finest(row.codes)
            used = paths[:1] if self.codes == "first" else paths
            self.codes_left_out += len(paths) - len(used)
            if not _says_the_same(row, used, levels):
                self._keep_typed(row, row.cells)
            if not used:
                self._keep_typed(row, {"coder": row.coder} if row.coder else {})
            valence = row.valence
            if valence == NOT_STATED:
                valence = self.defaults.get("valence", NOT_STATED)
            if not slots.add(row.coder, valence, used):
                self._differs(row, "valence", valence)
        return slots.moments()

    def _keep_typed(self, row: ReadRow, cells: Mapping[str, str]) -> None:
        for name, cell in cells.items():
            row.written[self.columns.header(name) or name] = cell

    def _counts(self, incidents: Sequence[PlannedIncident]) -> Counts:
        moments = [moment for incident in incidents for moment in incident.moments]
        return Counts(
            rows=self.rows,
            incidents=len(incidents),
            merged=sum(len(incident.merged_rows) for incident in incidents),
            refused=dict(Counter(row.reason for row in self.refused)),
            moments=len(moments),
            codings=sum(len(moment.codings) for moment in moments),
        )

    def _notices(self, tree: CategoryTree, levels: Sequence[str]) -> Iterator[Problem]:
        for level in self.columns.levels:
            if level not in levels:
                yield Problem("dropped_level", column=self.columns.header(level))
        for (depth, name), paths in tree.same_names.items():
            yield self._about(levels[depth - 1], "same_name", name, paths)
        for path, parents in tree.ambiguous_parents.items():
            yield self._about(levels[len(path) - 1], "ambiguous_parent", path[-1], parents)
        for path in tree.orphans:
            yield self._about(levels[len(path) - 1], "no_parent", path[-1], ())
        if self.codes_left_out:
            yield Problem("codes_left_out", params={"count": self.codes_left_out})

    def _about(self, level: str, code: str, name: str, paths: Iterable[CategoryPath]) -> Problem:
        params = {"name": name, "paths": "; ".join(path_text(path) for path in paths)}
        return Problem(code, None, self.columns.header(level), params)

    def _all_problems(self) -> tuple[Problem, ...]:
        found = [*self.problems, *self.reader.problems, *self.values.problems]
        return tuple(sorted(found, key=lambda problem: problem.row or 0))


def _adds_words(words: Mapping[str, str], more: Mapping[str, str]) -> bool:
    """Whether a further row says something that the first did not; spaces do not count."""
    return any(words.get(name, "").split() != text.split() for name, text in more.items())


def _says_the_same(row: ReadRow, used: Sequence[CategoryPath], levels: Sequence[str]) -> bool:
    """Whether the one path of a row repeats its category cells, so that nothing else was typed."""
    typed = tuple(row.cells.get(level, "") for level in levels)
    path = used[0] if len(used) == 1 else ()
    return path + ("",) * (len(typed) - len(path)) == typed


def _categories(
    tree: CategoryTree, incidents: Iterable[PlannedIncident]
) -> tuple[PlannedCategory, ...]:
    """The categories in the order of the file, the coarsest round first."""
    moments = Counter(
        path
        for incident in incidents
        for moment in incident.moments
        for path in {coding.category for coding in moment.codings}
    )
    return tuple(
        PlannedCategory(path, round=tree.depth - len(path) + 1, moments=moments[path])
        for path in sorted(tree.paths, key=len)
    )
