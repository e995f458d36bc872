"""How the moments of the invented study fell into piles before there was any codebook.

Pure. A pile is named by what was done; the rare ones by how it was told, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reports.demo.four_regions.plans import PartPlan


@dataclass(frozen=True, slots=True)
class OpenSort:
    """So many moments, drawn by a seed, that so many of two people sorted."""

    name: str
    moments: int
    sorters: int
    names_given: bool
    seed: int


SLUG: Final = "first-words"
NAME: Final = "First words"
DESCRIPTION: Final = (
    "Made from the moments themselves, before anybody opened a codebook: two sorted into piles as"
    " they read, named them, and went on with more moments until hardly a new one came."
)
ROUND: Final = "Piles"
RATIONALE: Final = "To see what people tell of, before a codebook says it."
CODED: Final = 200  # moments, in the order in which they came
AGREED: Final = "We laid our piles side by side and took the plainer name."

SORTS: Final = (
    OpenSort("First piles", moments=10, sorters=2, names_given=False, seed=1954),
    OpenSort("More moments, the same piles", moments=18, sorters=1, names_given=True, seed=1955),
)
PILES: Final[Mapping[str, tuple[str, ...]]] = {
    "Heard what was meant": ("S1", "R1"),
    "Stood in for each other": ("S2",),
    "Wanted it better for all": ("S3",),
    "Knew the person": ("E1",),
    "Small things": ("E2",),
    "In good or bad spirits": ("E3",),
    "Looked for a way": ("R2",),
    "Straight about money": ("R3",),
    "Knew the ropes": ("R4",),
    "Took it in hand": ("R5",),
    "Kept their word": ("R6",),
    "After hours": ("V1",),
    "Somebody was in trouble": ("V2",),
    "Around a rule": ("V3",),
    "How the no was said": ("V4",),
    "Owned the mistake": ("X1",),
    "Faced with anger": ("X2",),
    "Made up for it": ("X3",),
    "Sure for the future": ("X4",),
}
RARE: Final[Mapping[tuple[str, str], str]] = {
    ("E3", "neutral"): "Neither warm nor cold",
    ("E3", "not_stated"): "Neither warm nor cold",
    ("X2", "mixed"): "Good and bad by turns",
    ("X3", "mixed"): "Good and bad by turns",
    ("R5", "mixed"): "Meant well, and too late",
    ("R6", "mixed"): "Meant well, and too late",
}
OTHER_WORDS: Final = {  # of the second sorter, for the same
    "Heard what was meant": "Listening",
    "Took it in hand": "Doing it at once",
    "Faced with anger": "When customers shout",
    "How the no was said": "Saying no",
}
_PILE_OF: Final = {code: name for name, codes in PILES.items() for code in codes}


def pile_of(part: PartPlan) -> str:
    """Return the name of the pile that a moment belongs on."""
    return RARE.get((part.behaviour, part.valence), _PILE_OF[part.behaviour])


def in_other_words(name: str) -> str:
    """Return how the second sorter calls a pile."""
    return OTHER_WORDS.get(name, name)


def agreed(name: str) -> str:
    """Return what was agreed on for a name of either sorter."""
    return {other: plain for plain, other in OTHER_WORDS.items()}.get(name, name)
