"""What the values of a file become: mapped by a person, guessed, or left for somebody to say."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping

from taxonomy.sheets.fields import CLOSED, LONGEST, NOT_STATED, OPEN, field_named, is_not_stated
from taxonomy.sheets.guessing import guess_value
from taxonomy.sheets.plan import ValueUse
from taxonomy.sheets.problems import Problem

CountryCode = Callable[[str], str | None]
ValueMap = Mapping[str, Mapping[str, str]]


def _plain(value: str) -> str:
    return " ".join(value.split()).casefold()


def check_values(value_map: ValueMap) -> Iterator[Problem]:
    """Yield what is wrong with a value map: no such field, no such value of ours."""
    for name, values in value_map.items():
        field = field_named(name)
        if field not in {*CLOSED, *OPEN}:
            yield Problem("unknown_field", params={"field": name})
            continue
        for theirs, ours in values.items():
            if field in CLOSED and ours not in CLOSED[field]:
                known = ", ".join(CLOSED[field])
                params = {"field": field, "value": theirs, "target": ours, "known": known}
                yield Problem("unknown_target", params=params)


class Values:
    """Reads the values of all fields and remembers what each distinct one became."""

    def __init__(
        self,
        value_map: ValueMap,
        country_code: CountryCode,
        known: Mapping[str, Collection[str]],
        *,
        create_missing: bool,
    ) -> None:
        self.country_code, self.create_missing = country_code, create_missing
        self.mapped = {
            (field_named(field) or field, _plain(theirs)): ours
            for field, values in value_map.items()
            for theirs, ours in values.items()
        }
        self.known = {
            field: {_plain(name): name for name in names} for field, names in known.items()
        }
        self.uses: dict[str, dict[str, ValueUse]] = defaultdict(dict)
        self.problems: list[Problem] = []

    def read(self, field: str, theirs: str, row: int, column: str) -> str:
        """Return what a trimmed value becomes ("" when not stated), noting what is wrong with it.

        A value of a closed field is one of ours, a country its code, another name the name.
        """
        use = self.uses[field].get(theirs)
        if use is None:
            use = self.uses[field][theirs] = self._decide(field, theirs, row, column)
        use.rows += 1
        if use.ours is None:
            code = "unknown_country" if field == "country" else "unknown_value"
            self._say(code, row, column, field=field, value=theirs)
        return use.ours or ""

    def _decide(self, field: str, theirs: str, row: int, column: str) -> ValueUse:
        ours = self.mapped.get((field, _plain(theirs)))
        guessed = ours is None
        if field in CLOSED:
            ours = ours if ours in CLOSED[field] else guess_value(field, theirs)
            return ValueUse("" if ours == NOT_STATED else ours, guessed, new=False, first_row=row)
        ours = theirs if ours is None else ours.strip()
        if is_not_stated(ours):
            return ValueUse("", guessed, new=False, first_row=row)
        if field == "country":
            return ValueUse(self.country_code(ours), guessed, new=False, first_row=row)
        return self._named(ValueUse(ours, guessed, new=False, first_row=row), field, row, column)

    def _named(self, use: ValueUse, field: str, row: int, column: str) -> ValueUse:
        """Take the study's spelling of a name that it has; else say that it is new."""
        name = use.ours or ""
        if len(name) > LONGEST[field]:
            self._say("value_too_long", row, column, limit=LONGEST[field])
        known = self.known.get(field)
        if known is not None:
            use.ours = known.get(_plain(name), name)
            use.new = _plain(name) not in known
        if use.new and not self.create_missing:
            self._say("not_in_study", row, column, field=field, value=name)
        return use

    def _say(self, code: str, row: int, column: str, **params: object) -> None:
        self.problems.append(Problem(code, row, column, params))
