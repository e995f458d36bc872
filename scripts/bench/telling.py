"""What an interviewer sends: the form of an incident as the page would post it."""

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from incidents.actions.fieldwork import open_interview
from incidents.choices import Consent, Mode, RoleName
from incidents.models import Interview, Member, Site, Study
from scripts.bench.drawing import INCIDENTS_OF_AN_INTERVIEW, Words
from scripts.bench.generator import account

HELD_ON = "2021-11-22"


@dataclass(frozen=True)
class Submission:
    """One incident to be handed in: where, under which uid, and the form."""

    interview: Interview
    uid: uuid.UUID
    form: Mapping[str, str]

    @property
    def interview_path(self) -> str:
        """Where a submission leads: the page of the interview, which says what was sent."""
        return f"/s/{self.interview.study.slug}/interviews/{self.interview.uid}/"

    @property
    def path(self) -> str:
        """The address of the incident's form."""
        return f"{self.interview_path}incidents/{self.uid}/"


def interviewer_of(study: Study) -> Member:
    """The member who submits."""
    return Member.objects.get(study=study, user=account(RoleName.INTERVIEWER))


def submissions(study: Study, number: int, *, seed: int = 2) -> list[Submission]:
    """So many incidents to be submitted, six to an interview; the interviews are opened now."""
    rng = random.Random(seed)  # noqa: S311  (a measurement, not a secret)
    member, words = interviewer_of(study), Words.drawn(rng)
    found: list[Submission] = []
    while len(found) < number:
        interview = _interview(study, member)
        found.extend(
            _submission(interview, member, place, words)
            for place in range(1, INCIDENTS_OF_AN_INTERVIEW + 1)
        )
    return found[:number]


def _interview(study: Study, member: Member) -> Interview:
    return open_interview(
        study=study,
        uid=uuid.uuid4(),
        respondent=f"B{uuid.uuid4().hex[:12]}",
        site=Site.objects.filter(organization__study=study).earliest("pk"),
        by=member,
        held_on=HELD_ON,
        mode=Mode.TELEPHONE,
        language="en",
        consent=Consent.QUOTES,
    )


def _submission(interview: Interview, member: Member, place: int, words: Words) -> Submission:
    texts, _folded = words.tell()
    form = {
        **texts,
        "told_as": "own",
        "served_by": "own_site",
        "asked_for": "good",
        "valence": "positive",
        "happened_told": "about two weeks ago",
        "happened_from": "2021-11-04",
        "happened_to": "2021-11-11",
        "language": "en",
        "note": "",
        "tab": uuid.uuid4().hex,
        "position": str(place),
        "member": str(member.uid),
    }
    return Submission(interview, uuid.uuid4(), form)
