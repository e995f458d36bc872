"""How the disputes of the invented study were decided: what for, and with which words.

Most are decided for what was done, by the definition that tells it from the others; every third is
left, and one decision is reopened.
"""

from typing import Final

LEFT_EVERY: Final = 3
WHY: Final = {
    "S": "It is told for what it meant to the organization, not for how it was done.",
    "E": "What counts is the contact itself; the business would have been done without it.",
    "R": "They came for this and got it, better than they had to: nothing had gone wrong before.",
    "V": "It answers something particular to this customer, which no other would have needed.",
    "X": "It comes after an upset, and repairs it; without the upset it would stand elsewhere.",
}
TOO_LITTLE: Final = "Read again, it does not say what was done, only how it ended."
REOPENED: Final = "The German words say more than the translation: somebody had complained before."


def left_open(place: int) -> bool:
    """Whether the dispute at a place, from 0 in the order told, is not decided yet."""
    return place % LEFT_EVERY == LEFT_EVERY - 1
