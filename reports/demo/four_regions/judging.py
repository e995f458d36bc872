"""How three invented coders judge moments: mostly alike, sometimes not.

Pure: every choice comes from the generator that is passed in.
"""

import dataclasses
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from reports.demo.four_regions.plans import AnswerPlan

CODERS: Final = 3
SERVE, CAUSE, ENCOUNTER, OUTCOME = "serve", "cause", "encounter", "outcome"
BEHAVIOURS: Final = {
    "S": ("S1", "S2", "S3"),
    "E": ("E1", "E2", "E3"),
    "R": ("R1", "R2", "R3", "R4", "R5", "R6"),
    "V": ("V1", "V2", "V3", "V4"),
    "X": ("X1", "X2", "X3", "X4"),
}
# The further schemes: what a moment may be, and how often, by valence or strategy.
CAUSES: Final = ("C1", "C2", "C3", "C4", "C5", "C6", "C7")
CAUSES_OF: Final = {
    "positive": (62, 12, 6, 6, 3, 4, 7),
    "negative": (26, 10, 24, 19, 9, 5, 7),
}
ENCOUNTERS: Final = ("K1", "K2", "K3", "K0")
ENCOUNTERS_OF: Final = {
    "S": (30, 25, 35, 10),
    "E": (45, 30, 10, 15),
    "R": (78, 14, 3, 5),
    "V": (8, 70, 16, 6),
    "X": (40, 44, 8, 8),
}
OUTCOMES: Final = ("O1", "O2", "O3", "O4", "O5")
OUTCOMES_OF: Final = {
    "positive": (0, 2, 34, 46, 18),
    "negative": (30, 56, 12, 2, 0),
    "mixed": (4, 34, 54, 6, 2),
}
REASONS: Final = ("too_little", "no_behaviour", "several", "no_category", "other")
TOO_LITTLE: Final = 0.03  # of all moments say nothing of how it ended
SLIPS: Final = {"same": 88, "sibling": 6, "other": 2, "coarser": 2, "none": 2}
DOUBTED: Final = frozenset({"sibling", "other"})
DISCUSSED: Final = 0.4  # of the doubtful answers have a note
DOUBTS: Final = (
    "Two things were done here; I took the one that is told at length.",
    "Is this still the same, or does the definition want a second sentence?",
    "The translation and the German words do not say quite the same.",
    "Would a customer see it so? The teller does not.",
    "Like one we had last week, and there we chose otherwise.",
)
COARSER: Final = {
    CAUSE: {"C1": "T", "C2": "T", "C3": "G", "C4": "G", "C5": "G", "C6": "N", "C7": "N"},
    SERVE: {code: strategy for strategy, codes in BEHAVIOURS.items() for code in codes},
}


def judged_serve(behaviour: str, rng: random.Random) -> AnswerPlan:
    """Return what a careful coder says in SERVE: mostly the behaviour itself."""
    return _answer(0, behaviour, SERVE, BEHAVIOURS[behaviour[0]], rng)


def judged_cause(valence: str, rng: random.Random) -> AnswerPlan:
    """Return a cause by the pole of a moment."""
    return _answer(0, _drawn(CAUSES, CAUSES_OF, valence, rng), CAUSE, CAUSES, rng)


def judged_encounter(behaviour: str, rng: random.Random) -> AnswerPlan:
    """Return a kind of encounter by the strategy of a moment."""
    return AnswerPlan(0, _drawn(ENCOUNTERS, ENCOUNTERS_OF, behaviour[0], rng), confidence="sure")


def judged_outcome(valence: str, rng: random.Random) -> AnswerPlan:
    """Return an outcome by the pole of a moment; now and then there is too little to say."""
    if rng.random() < TOO_LITTLE:
        return AnswerPlan(0, reason="too_little")
    return AnswerPlan(0, _drawn(OUTCOMES, OUTCOMES_OF, valence, rng), confidence="sure")


def second_opinion(
    first: AnswerPlan, coder: int, scheme: str, options: Sequence[str], rng: random.Random
) -> AnswerPlan:
    """Return another coder's answer to the same moment: the same, or one of their own."""
    if first.category not in COARSER[scheme]:
        same = rng.random() < SLIPS["same"] / 100
        code = first.category if same else rng.choice(options)
        reason = first.reason if same else ""
        return AnswerPlan(coder, code, reason, first.confidence)
    return _answer(coder, first.category, scheme, options, rng)


def by_coder(answer: AnswerPlan, coder: int) -> AnswerPlan:
    """Return the same answer as another coder's."""
    return dataclasses.replace(answer, coder=coder)


def second_thought(answers: Sequence[AnswerPlan]) -> AnswerPlan | None:
    """Return the answer by which the one of three who stands alone joins the others."""
    counts = Counter((answer.category, answer.reason) for answer in answers)
    (wanted, most), *others = counts.most_common()
    if most == len(answers) or len(others) != 1 or not wanted[0]:
        return None
    alone = next(answer for answer in answers if (answer.category, answer.reason) != wanted)
    return AnswerPlan(alone.coder, *wanted, confidence="sure")


def _answer(
    coder: int, code: str, scheme: str, siblings: Sequence[str], rng: random.Random
) -> AnswerPlan:
    slip = rng.choices(list(SLIPS), list(SLIPS.values()))[0]
    confidence = rng.choice(("sure", "sure", "not_stated") if slip == "same" else ("unsure",))
    if slip == "none":
        return AnswerPlan(coder, reason=rng.choice(REASONS), confidence=confidence)
    chosen = {
        "same": code,
        "sibling": rng.choice([one for one in siblings if one != code]),
        "other": rng.choice([one for one in COARSER[scheme] if one != code]),
        "coarser": COARSER[scheme][code],
    }[slip]
    note = rng.choice(DOUBTS) if slip in DOUBTED and rng.random() < DISCUSSED else ""
    return AnswerPlan(coder, chosen, confidence=confidence, note=note)


def _drawn(
    options: Sequence[str], weights: Mapping[str, Sequence[int]], key: str, rng: random.Random
) -> str:
    """Draw by the weights of a key; of two poles by either where there is none for it."""
    known = key if key in weights else rng.choice(("positive", "negative"))
    return rng.choices(options, weights[known])[0]
