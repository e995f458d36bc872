"""The plain rows that the plan of the study of four regions consists of."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reports.demo.plans import (
    InterviewerPlan,
    OrganizationPlan,
    RespondentPlan,
    SitePlan,
)


class Fate(StrEnum):
    """What became of an incident after it was told."""

    USED = "accepted"
    WAITING = "submitted"
    RETURNED = "returned"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"
    WITHDRAWN_LATE = "withdrawn late"  # after it was accepted and coded


@dataclass(frozen=True, slots=True)
class TalkPlan:
    """One interview."""

    code: str
    respondent: str
    interviewer: str
    country: str
    sector: str
    held_on: dt.date
    mode: str
    language: str
    consent: str
    may_call_back: bool
    none_recalled: str  # what was asked for and did not come to mind; mostly empty


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """What one coder (by number) says: the code of a category, or why there is none.

    What has a `note` is to be discussed.
    """

    coder: int
    category: str = ""
    reason: str = ""
    confidence: str = "not_stated"
    note: str = ""


@dataclass(frozen=True, slots=True)
class PartPlan:
    """One moment: a behaviour with its valence, and who answers what in which scheme.

    `planned` are the schemes in which a coding plan gives it out, so that `answers` say what each
    of the coders would; `second` is what one of them would say in SERVE on second thoughts.
    """

    behaviour: str
    valence: str
    answers: Mapping[str, tuple[AnswerPlan, ...]]
    planned: frozenset[str] = frozenset()
    second: AnswerPlan | None = None


@dataclass(frozen=True, slots=True)
class StoryPlan:
    """One incident; `criterion` and `words` say why it was excluded, returned or withdrawn."""

    number: int
    talk: TalkPlan
    order: int
    told_as: str
    served_by: str
    asked_for: str
    as_told: str
    happened_from: dt.date
    happened_to: dt.date
    fate: Fate
    parts: tuple[PartPlan, ...]
    translated: bool
    criterion: str = ""
    words: str = ""

    @property
    def was_accepted(self) -> bool:
        """Whether it was let in, and so coded, at some time."""
        return self.fate in {Fate.USED, Fate.WITHDRAWN_LATE}


@dataclass(frozen=True, slots=True)
class FourRegions:
    """Everything the study consists of, except its schemes and its words."""

    organizations: tuple[OrganizationPlan, ...]
    sites: tuple[SitePlan, ...]
    interviewers: tuple[InterviewerPlan, ...]
    respondents: tuple[RespondentPlan, ...]
    talks: tuple[TalkPlan, ...]
    stories: tuple[StoryPlan, ...]
