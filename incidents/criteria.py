"""What a study may ask of an incident before it counts, and the templates it starts from."""

import dataclasses
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from incidents.choices import Criterion, Verdict

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OWN = "own_"  # how the codes of a study's own criteria begin
LEAST_LETTERS = 200
JUDGED_TWICE = (Verdict.ACCEPT, Verdict.RETURN, Verdict.EXCLUDE)  # who withdraws judges nothing


class Effect(TextChoices):
    """What a criterion does that an incident does not meet."""

    FLAGS = "flags", _("Only flags")
    BLOCKS = "blocks", _("Blocks accepting")
    OFF = "off", _("Is not asked")


class Finding(TextChoices):
    """What a screener finds of one criterion."""

    MET = "met", _("Yes")
    UNMET = "unmet", _("No")
    UNCLEAR = "unclear", _("Cannot tell")


class Flag(TextChoices):
    """What the house notices by itself. See incidents/queries/flags.py for when."""

    WHOSE_UNSAID = "whose_unsaid", _("Not said whose service it was")
    NO_TIME = "no_time", _("No time is given")
    SHORT = "short", _("Very short")
    NO_ACTION = "no_action", _("What the provider did is empty")
    NO_RESULT = "no_result", _("What resulted is empty")
    PARTS_EMPTY = "parts_empty", _("Situation, people or reaction are empty")
    TOO_OLD = "too_old", _("Longer ago than the recall window")
    QUOTED = "quoted", _("Quotation marks, but consent to notes only")
    NO_VALENCE = "no_valence", _("Neither good nor poor")
    ALIKE = "alike", _("Like another incident")


class Judgement(TextChoices):
    """Whether two incidents that look alike are one story."""

    OPEN = "open", _("Not judged yet")
    SAME = "same", _("One story told twice")
    OTHER = "other", _("Two stories")


class SettledFor(TextChoices):
    """Whose verdict an admin let stand where two screeners differ."""

    FIRST = "first", _("The first verdict")
    SECOND = "second", _("The second verdict")


class TemplateName(TextChoices):
    """A list of criteria to start from."""

    SERVE = "serve", _("SERVE: flag what is doubtful, the screener decides")
    CLASSIC = "classic", _("The classic four, which must be met")


@dataclasses.dataclass(frozen=True)
class Known:
    """A criterion that every study knows.

    `name` says what must hold, `unmet` why an incident is left out where it does not, and `flag`
    what the house notices about it. `limit` is the number of letters below which it flags.
    """

    code: str
    name: "StrOrPromise"
    unmet: "StrOrPromise"
    flag: Flag | None = None
    limit: int | None = None


KNOWN = (
    Known("no_customer", _("Somebody served a customer"), Criterion.NO_CUSTOMER.label),
    Known(
        "second_hand",
        _("It happened to the teller, or the teller saw it"),
        Criterion.SECOND_HAND.label,
        Flag.WHOSE_UNSAID,
    ),
    Known("habitual", _("It is one occasion, not a habit"), Criterion.HABITUAL.label, Flag.NO_TIME),
    Known(
        "too_little",
        _("It is specific enough to picture"),
        Criterion.TOO_LITTLE.label,
        Flag.SHORT,
        LEAST_LETTERS,
    ),
    Known("no_action", _("It says what somebody did"), _("No behaviour is told"), Flag.NO_ACTION),
    Known("no_result", _("It says what came of it"), _("No outcome is told"), Flag.NO_RESULT),
    Known("incomplete", _("No part is missing"), _("Parts are missing"), Flag.PARTS_EMPTY),
    Known("too_old", _("It lies within the recall window"), Criterion.TOO_OLD.label, Flag.TOO_OLD),
    Known(
        "neither",
        _("It is clearly good or clearly poor service"),
        _("Neither good nor poor"),
        Flag.NO_VALENCE,
    ),
    Known(
        "no_consent",
        _("The consent covers what is written"),
        _("Not covered by the consent"),
        Flag.QUOTED,
    ),
    Known("duplicate", _("It is told once in this study"), Criterion.DUPLICATE.label, Flag.ALIKE),
)
BY_CODE = {known.code: known for known in KNOWN}

_SERVE_OFF = {"neither"}
_CLASSIC_FOUR = {"no_customer", "neither", "habitual", "too_little"}
_CLASSIC_FLAGS = {"no_consent", "duplicate"}


def effects_in(template: str) -> dict[str, Effect]:
    """What each known criterion does in a template, by its code.

    The classic four are those of Bitner, Booms and Tetreault (1990): an interaction with a
    customer, clearly good or poor in the customer's eyes, a discrete episode, and enough detail to
    be pictured.
    """
    if template == TemplateName.CLASSIC:
        return {known.code: _in_classic(known.code) for known in KNOWN}
    return {known.code: Effect.OFF if known.code in _SERVE_OFF else Effect.FLAGS for known in KNOWN}


def _in_classic(code: str) -> Effect:
    if code in _CLASSIC_FOUR:
        return Effect.BLOCKS
    return Effect.FLAGS if code in _CLASSIC_FLAGS else Effect.OFF
