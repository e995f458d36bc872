"""What interviewers answer to the questions of screeners."""

import dataclasses
import datetime as dt

from incidents import texts
from incidents.choices import AnswerSource, Verdict
from incidents.models import Answer, Incident, Member, Screening


@dataclasses.dataclass(frozen=True)
class Answered:
    """An answer in words, the day it was found out, and from whom."""

    words: str
    on: dt.date
    source: str = AnswerSource.NOTES


def question_to(incident: Incident) -> Screening | None:
    """The question that was asked last about an incident."""
    asked = Screening.objects.filter(incident=incident, verdict=Verdict.RETURN)
    return asked.order_by("-pk").first()


def is_answered_so(incident: Incident, answered: Answered) -> bool:
    """Say whether the last question has this very answer already."""
    asked, sha256 = question_to(incident), _checksum(answered)
    return asked is not None and asked.answers.filter(sha256=sha256).exists()


def keep_answer(incident: Incident, answered: Answered, *, by: Member) -> Answer:
    """Keep an answer beside the question that was asked last; call it holding the incident's row.

    The same answer again is the one there is. Raises Screening.DoesNotExist where nobody asked.
    """
    asked = question_to(incident)
    if asked is None:
        raise Screening.DoesNotExist
    answer, _new = asked.answers.get_or_create(
        sha256=_checksum(answered),
        defaults={
            "words": texts.tidy(answered.words),
            "answered_on": answered.on,
            "source": answered.source,
            "author": by,
        },
    )
    return answer


def _checksum(answered: Answered) -> str:
    return texts.fingerprint(
        {
            "words": texts.tidy(answered.words),
            "on": answered.on.isoformat(),
            "source": str(answered.source),
        }
    )
