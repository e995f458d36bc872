"""A scheme with coders and moments that nobody has, and a plan of them."""

import uuid

from incidents.choices import RoleName
from taxonomy.actions.coding import code_moment
from taxonomy.actions.drawing import make_plan
from taxonomy.choices import AssignmentState
from taxonomy.models import Category
from taxonomy.queries.drawing import Asked
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory
from tests.taxonomy.factories import SchemeFactory


def scheme_to_code(**fields):
    return SchemeFactory(categories=["Listening", "Waiting"], **fields)


def coders_in(scheme, number=3):
    return [
        MemberFactory(study=scheme.study, roles=[RoleName.CODER], display_name=f"Coder {place}")
        for place in range(number)
    ]


def moments_in(scheme, number):
    """Moments of one respondent, and with that of one region."""
    talk = InterviewFactory(study=scheme.study)
    return [
        IncidentFactory(interview=talk, position=place).moments.get()
        for place in range(1, number + 1)
    ]


def plan_of(scheme, coders, **asked):
    """A plan of everything that is free; every moment by two unless said otherwise."""
    kept = {key: asked.pop(key) for key in ("hides", "later", "seen", "by") if key in asked}
    wanted = {"name": "Main", "each": 2, "whole": True, "seed": 7, **asked}
    return make_plan(scheme=scheme, asked=Asked(coders=coders, **wanted), **{"by": None, **kept})


def answer(assignment, name="Listening"):
    category = Category.objects.get(scheme=assignment.batch.scheme, name=name)
    return code_moment(
        assignment=assignment, by=assignment.coder, uid=uuid.uuid4(), category=category
    )


def answer_open(batch, **whose):
    """Answer what is open of a batch; returns the codings."""
    rows = batch.assignments.filter(state=AssignmentState.OPEN, **whose)
    around = ("batch__scheme__study", "coder")
    return [answer(row) for row in rows.select_related(*around).order_by("pk")]
