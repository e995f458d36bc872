"""The accounts of the demo, and who they are in a study."""

from collections.abc import Iterable
from typing import Final

from incidents.actions.people import add_member
from incidents.choices import RoleName
from incidents.models import Member, Study, User
from reports.demo.plans import InterviewerPlan

Person = tuple[str, str, str | None, RoleName]  # code, name, address, role

ADMIN: Final[Person] = ("ADM", "Ada Quist", "admin@candid.example", RoleName.ADMIN)
ANALYST: Final[Person] = ("ANA", "Anton Beyer", "analyst@candid.example", RoleName.ANALYST)
CODER: Final[Person] = ("COD1", "Cora Lindqvist", "coder@candid.example", RoleName.CODER)
FURTHER_CODERS: Final[tuple[Person, ...]] = (
    ("COD2", "Emre Falk", "coder2@candid.example", RoleName.CODER),
    ("COD3", "Lucie Brandt", "coder3@candid.example", RoleName.CODER),
)
INTERVIEWER_EMAIL: Final = "interviewer@candid.example"
SUPERUSER_EMAIL: Final = "superuser@candid.example"


def make_accounts(password: str) -> list[str]:
    """Make the demo's accounts where they are missing; returns all their addresses."""
    people = [ADMIN, CODER, *FURTHER_CODERS, ANALYST]
    named = {email: name for _code, name, email, _role in people if email}
    named[INTERVIEWER_EMAIL] = "Interviewer"
    for email, name in named.items():
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(email, password, name=name)
    if not User.objects.filter(email=SUPERUSER_EMAIL).exists():
        User.objects.create_superuser(SUPERUSER_EMAIL, password, name="Superuser")
    return [*named, SUPERUSER_EMAIL]


def join(
    study: Study, people: Iterable[Person], interviewers: Iterable[InterviewerPlan]
) -> dict[str, Member]:
    """Make these people members where they are missing; returns them by their codes.

    The first interviewer has the interviewer's account; who has none is a member all the same.
    """
    asking: list[Person] = [
        (plan.code, plan.display_name, None if place else INTERVIEWER_EMAIL, RoleName.INTERVIEWER)
        for place, plan in enumerate(interviewers)
    ]
    known = {member.code: member for member in Member.objects.filter(study=study)}
    for code, name, email, role in (*people, *asking):
        if code not in known:
            address = email if email and User.objects.filter(email=email).exists() else None
            known[code] = add_member(
                study=study, display_name=name, code=code, roles=(role,), email=address, by=None
            )
    return known
