"""The plain rows that the plan of the demo study consists of."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellCount:
    """How many incidents one region, strategy, viewpoint and valence have."""

    region: str
    strategy: str
    viewpoint: str
    valence: str
    incidents: int


@dataclass(frozen=True, slots=True)
class OrganizationPlan:
    """An invented employer; `part` is the part of the world it is counted in."""

    code: str
    name: str
    sector: str
    part: str


@dataclass(frozen=True, slots=True)
class SitePlan:
    """One place of an employer; the country is an ISO alpha-2 code."""

    code: str
    organization: str
    sector: str
    country: str
    place: str
    region: str


@dataclass(frozen=True, slots=True)
class InterviewerPlan:
    """A member who interviews in one region."""

    code: str
    display_name: str
    region: str


@dataclass(frozen=True, slots=True)
class RespondentPlan:
    """An employee with customer contact, known by a code."""

    code: str
    site: str
    job_role: str
    contact: str


@dataclass(frozen=True, slots=True)
class InterviewPlan:
    """One conversation with one respondent."""

    code: str
    respondent: str
    interviewer: str
    region: str
    held_on: dt.date
    mode: str


@dataclass(frozen=True, slots=True)
class IncidentPlan:
    """One incident; `category` is the code of a finest category, `order` counts from one."""

    number: int
    interview: str
    order: int
    region: str
    country: str
    sector: str
    strategy: str
    viewpoint: str
    valence: str
    category: str
    told_as: str
    served_by: str
    asked_for: str
    as_told: str
    happened_from: dt.date
    happened_to: dt.date


@dataclass(frozen=True, slots=True)
class World:
    """Everything the demo study consists of, except its scheme and its words."""

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    organizations: tuple[OrganizationPlan, ...]
    sites: tuple[SitePlan, ...]
    interviewers: tuple[InterviewerPlan, ...]
    respondents: tuple[RespondentPlan, ...]
    interviews: tuple[InterviewPlan, ...]
    incidents: tuple[IncidentPlan, ...]
