"""The guide of an interview in the language it is held in, as the study's admin worded it."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from incidents.choices import AskedFor, Elicitation, GuidePart
from incidents.models import Guide, Study
from incidents.models.fieldwork import ANSWERS

SINCE = "{since}"
ENGLISH = "en"
DAY_AND_MONTH = "j F"  # as it is said in English wherever it is spoken: 21 October
DEFAULTS: Mapping[str, Any] = {
    GuidePart.OPENING: _(
        "Thank you for taking the time. We want to learn what good and poor service is made of, "
        "and we learn it from things that really happened. Tell them as you remember them; there "
        "are no right answers."
    ),
    GuidePart.CONFIDENTIALITY: _(
        "What you tell stays with us. I write down no names: not yours, not a customer's, not a "
        "colleague's. Nothing that leaves the study says who told what. You need not answer, and "
        "you may take something back at any time."
    ),
    GuidePart.ASK_GOOD: _(
        "Think of the time since {since}. Tell me of one occasion in it on which a customer was "
        "served especially well. What happened?"
    ),
    GuidePart.ASK_POOR: _(
        "Think of the time since {since}. Tell me of one occasion in it on which a customer was "
        "served especially poorly. What happened?"
    ),
    GuidePart.ASK_EITHER: _(
        "Think of the time since {since}. Tell me of one occasion in it on which a customer was "
        "served especially well or especially poorly. What happened?"
    ),
    GuidePart.SITUATION: _(
        "Where was it, and on which occasion?\n"
        "What did the customer want or need?\n"
        "What had happened before?"
    ),
    GuidePart.ACTION: _(
        "Which words were used?\n"
        "What would somebody standing by have seen?\n"
        "“Rude” or “helpful” is a judgement: what was done?"
    ),
    GuidePart.RESULT: _(
        "How did it end for the customer?\nWhat did it cost or save, in time, money or goodwill?"
    ),
    GuidePart.PEOPLE: _(
        "Who took part, by role: the guest, the clerk, the clerk's manager?\n"
        "Did anybody else step in?"
    ),
    GuidePart.REACTION: _(
        "What did the customer say or do, then and later?\nDid the customer come back?"
    ),
    GuidePart.CLOSE: _(
        "Is there anything that I should have asked? May your words be quoted, without your name? "
        "May I call you again if something is unclear? Thank you."
    ),
}
ASKS = {
    AskedFor.GOOD: GuidePart.ASK_GOOD,
    AskedFor.POOR: GuidePart.ASK_POOR,
    AskedFor.EITHER: GuidePart.ASK_EITHER,
}


@dataclasses.dataclass(frozen=True)
class Saying:
    """One part of the guide: its words, their language, and whether an admin worded them."""

    part: GuidePart
    words: str
    language: str
    own: bool

    @property
    def label(self) -> str:
        """What the part is for."""
        return str(self.part.label)

    @property
    def lines(self) -> list[str]:
        """The questions of a part that has one on each line."""
        return [line.strip() for line in self.words.splitlines() if line.strip()]


@dataclasses.dataclass(frozen=True)
class GuideRead:
    """The guide in one language, for an interview of a certain day."""

    language: str
    since: dt.date
    asked: Sequence[AskedFor]
    sayings: Mapping[GuidePart, Saying]
    row_version: int

    @property
    def opening(self) -> Saying:
        """How the conversation begins."""
        return self.sayings[GuidePart.OPENING]

    @property
    def confidentiality(self) -> Saying:
        """What is promised before anything is told."""
        return self.sayings[GuidePart.CONFIDENTIALITY]

    @property
    def asks(self) -> list[tuple[AskedFor, Saying]]:
        """The questions of this study, in its order, each with what it asks for."""
        return [(asked, self.sayings[ASKS[asked]]) for asked in self.asked]

    def nearest(self, kind: str) -> AskedFor:
        """What this study asks for that is the kind, or its first question."""
        return next((asked for asked in self.asked if asked == kind), self.asked[0])

    @property
    def probes(self) -> list[Saying]:
        """What to ask when little comes, in the order of the five questions."""
        return [self.sayings[GuidePart(name)] for name in ANSWERS]

    @property
    def close(self) -> Saying:
        """How the conversation ends."""
        return self.sayings[GuidePart.CLOSE]


def guide_of(study: Study, language: str, *, held_on: dt.date) -> GuideRead:
    """The guide of a study for an interview held in a language on a day."""
    language = language or next(iter(study.languages), ENGLISH)
    row = Guide.objects.filter(study=study, language=language).first()
    words = row.words if row else {}
    since = held_on - dt.timedelta(days=study.recall_window_days)
    return GuideRead(
        language=language,
        since=since,
        asked=asked_kinds(study),
        sayings={
            part: _dated(_saying(part, words, language), since, held_on) for part in GuidePart
        },
        row_version=row.row_version if row else 0,
    )


def guide_words(study: Study, language: str) -> tuple[dict[str, str], int]:
    """The words of every part as an admin edits them, and the version they stand at."""
    row = Guide.objects.filter(study=study, language=language).first()
    words = row.words if row else {}
    parts = {part.value: _saying(part, words, language).words for part in GuidePart}
    return parts, row.row_version if row else 0


def default_words(part: GuidePart, language: str) -> str:
    """The words that Candid comes with; English where it has none in the language."""
    with translation.override(language):
        return str(DEFAULTS[part])


def asked_kinds(study: Study) -> list[AskedFor]:
    """What a study asks for, in its order."""
    if study.elicitation == Elicitation.FREE:
        return [AskedFor.EITHER]
    both = [AskedFor.GOOD, AskedFor.POOR]
    return both[::-1] if study.poor_first else both


def asked_in_turn(study: Study) -> list[AskedFor]:
    """What is asked for from the first incident on; then from the start again."""
    kinds = asked_kinds(study)
    if study.elicitation != Elicitation.QUOTA:
        return kinds
    wanted = {AskedFor.GOOD: study.quota_good, AskedFor.POOR: study.quota_poor}
    return [kind for kind in kinds for _time in range(wanted[kind])] or kinds


def _saying(part: GuidePart, words: Mapping[str, str], language: str) -> Saying:
    own = str(words.get(part, ""))
    if own:
        return Saying(part, own, language, own=True)
    spoken = default_words(part, language)
    same = not language.startswith(ENGLISH) and spoken == default_words(part, ENGLISH)
    return Saying(part, spoken, ENGLISH if same else language, own=False)


def _dated(saying: Saying, since: dt.date, held_on: dt.date) -> Saying:
    if SINCE not in saying.words:
        return saying
    day = _spoken_day(since, saying.language, with_year=since.year != held_on.year)
    return dataclasses.replace(saying, words=saying.words.replace(SINCE, day))


def _spoken_day(day: dt.date, language: str, *, with_year: bool) -> str:
    with translation.override(language):
        if language.startswith(ENGLISH):
            return date_format(day, f"{DAY_AND_MONTH} Y" if with_year else DAY_AND_MONTH)
        return date_format(day, "DATE_FORMAT" if with_year else "MONTH_DAY_FORMAT")
