"""Who told, and in which interview: from what the incidents say about them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taxonomy.sheets.columns import Columns
from taxonomy.sheets.fields import INTERVIEW_FACTS, RESPONDENT_FACTS
from taxonomy.sheets.plan import Key, PlannedInterview, PlannedRespondent
from taxonomy.sheets.problems import Problem

NAMED_BY: Final = ("interview", "respondent")


def interview_key(facts: Mapping[str, str], row: int) -> Key:
    """Return the interview that the file names, else one implied by the respondent or the row."""
    for kind in NAMED_BY:
        if kind in facts:
            return Key(kind, facts[kind])
    return Key("row", str(row))


@dataclass(frozen=True, slots=True)
class Said:
    """What one incident says of its interview and its teller."""

    row: int
    interview: Key
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """The interviews and respondents of a file, and where it contradicts itself about them."""

    interviews: dict[Key, PlannedInterview]
    respondents: dict[Key, PlannedRespondent]
    problems: list[Problem]


def gather_people(said: Sequence[Said], columns: Columns) -> People:
    """Return everybody; what is said first counts, and every contradiction is a problem."""
    problems: list[Problem] = []
    by_interview = _first_said(
        [(one.interview, one) for one in said], INTERVIEW_FACTS, columns, problems
    )
    interviews = {
        key: PlannedInterview(key, _teller(key, facts), facts.get("interviewer", ""))
        for key, facts in by_interview.items()
    }
    by_respondent = _first_said(
        [(interviews[one.interview].respondent, one) for one in said],
        RESPONDENT_FACTS,
        columns,
        problems,
    )
    respondents = {key: PlannedRespondent(key, **facts) for key, facts in by_respondent.items()}
    return People(interviews, respondents, problems)


def _teller(interview: Key, facts: Mapping[str, str]) -> Key:
    return Key("respondent", facts["respondent"]) if "respondent" in facts else interview


def _first_said(
    keyed: Iterable[tuple[Key, Said]],
    names: tuple[str, ...],
    columns: Columns,
    problems: list[Problem],
) -> dict[Key, dict[str, str]]:
    code = "interview_contradicts" if names == INTERVIEW_FACTS else "respondent_contradicts"
    found: dict[Key, dict[str, str]] = defaultdict(dict)
    for key, one in keyed:
        about = found[key]
        for name in names:
            value = one.facts.get(name, "")
            if value and about.setdefault(name, value) != value:
                params = {"key": key.name, "first": about[name], "value": value}
                problems.append(Problem(code, one.row, columns.header(name), params))
    return dict(found)
