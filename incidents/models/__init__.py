"""The rows of fieldwork."""

from incidents.models.asking import Answer, Guide, NoneRecalled
from incidents.models.fieldwork import (
    Draft,
    Incident,
    IncidentVersion,
    Interview,
    Moment,
    Respondent,
    Screening,
    Stay,
)
from incidents.models.files import Import, ImportRow, StoredFile
from incidents.models.history import Change, DataNumber
from incidents.models.invitations import Invitation
from incidents.models.jobs import Job
from incidents.models.people import Member, Role, User
from incidents.models.screening import (
    Likeness,
    ScreeningHold,
    ScreeningPlan,
    SecondScreening,
    Sketch,
    StudyCriterion,
)
from incidents.models.studies import Organization, Region, RegionCountry, Sector, Site, Study

__all__ = [
    "Answer",
    "Change",
    "DataNumber",
    "Draft",
    "Guide",
    "Import",
    "ImportRow",
    "Incident",
    "IncidentVersion",
    "Interview",
    "Invitation",
    "Job",
    "Likeness",
    "Member",
    "Moment",
    "NoneRecalled",
    "Organization",
    "Region",
    "RegionCountry",
    "Respondent",
    "Role",
    "Screening",
    "ScreeningHold",
    "ScreeningPlan",
    "SecondScreening",
    "Sector",
    "Site",
    "Sketch",
    "Stay",
    "StoredFile",
    "Study",
    "StudyCriterion",
    "User",
]
