"""What the invented study held out before anybody coded, and how two coders judged it afterwards.

Pure: every choice comes from the generator that is passed in.
"""

import random
from collections.abc import Collection
from typing import Final

from reports.demo.four_regions.first_words import PILES, pile_of
from reports.demo.four_regions.plans import AnswerPlan, PartPlan

INCIDENTS: Final = 36
SEED: Final = 1953
RELEASED_FOR: Final = "Hardly a new pile came any more. Now: do they fit what nobody had read?"
PLAN: Final = "The holdout"
PLAN_SEED: Final = 1957
CODERS: Final = 2  # the first two, each moment by both
ALIKE: Final = 0.85  # of the answers of the second are those of the first
NONE_FITS: Final = "no_category"
DECIDED: Final = "Both piles are near; the name that we agreed on says what was done."
DECIDED_NONE: Final = "Neither pile was made for this, and stretching one would blur it."


def both_answers(
    part: PartPlan, known: Collection[str], rng: random.Random
) -> tuple[AnswerPlan, AnswerPlan]:
    """Return what the two say of a moment: the name of a known pile each, or that none fits.

    The second mostly says the same; else a pile beside it, or of two minds whether there is one.
    """
    first = pile_of(part)
    beside = [name for name in _beside(part) if name in known and name != first]
    if first not in known:
        second = first
        if beside and rng.random() > ALIKE:
            second = rng.choice(beside)
    elif rng.random() > ALIKE:
        second = rng.choice([*beside, ""])
    else:
        second = first
    return _answer(0, first, known), _answer(1, second, known)


def _beside(part: PartPlan) -> list[str]:
    """The piles of the same strategy."""
    strategy = part.behaviour[0]
    return [name for name, codes in PILES.items() if any(code[0] == strategy for code in codes)]


def _answer(coder: int, name: str, known: Collection[str]) -> AnswerPlan:
    if name in known:
        return AnswerPlan(coder, name, confidence="sure")
    return AnswerPlan(coder, reason=NONE_FITS, confidence="sure")
