"""What became of the invented study's schemes after the first coding, with the reasons given.

Categories are named by their codes, or by their names where they were added later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reports.demo.four_regions.judging import CAUSE, SERVE

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SortPlan:
    """A round whose categories were sorted, and who put which on which pile."""

    scheme: str
    name: str
    sorters: tuple[str, ...]
    piles: Mapping[str, Mapping[str, tuple[str, ...]]]
    groups: int | None = None


# -- Kind of encounter: one category split, sorted again and two of its parts merged --------------

SPLIT: Final = "K2"
EXCEPTION: Final = "An exception to a rule"
OTHER_TIME: Final = "Another time or place"
MADE_TO_MEASURE: Final = "Made to measure"
PARTS: Final = (EXCEPTION, OTHER_TIME, MADE_TO_MEASURE)
WHY_SPLIT: Final = "More than a quarter of all moments stands here, and not all for one reason."
SORTED_AGAIN: Final = 24  # moments, the oldest; the rest waits
PART_OF: Final = {
    **dict.fromkeys(("R3", "V2", "V3", "V4", "X3", "X4"), EXCEPTION),
    **dict.fromkeys(("E3", "R4", "R6", "V1"), OTHER_TIME),
}
WHY_MERGED: Final = "Sorting the first two dozen, we could not keep hour and place apart from it."
DEFINITIONS: Final[Mapping[str, Words]] = {
    EXCEPTION: {
        "definition": "A rule stands against what the customer wants, and somebody may bend it.",
        "includes": "Deadlines, conditions, proofs, limits of who may sign.",
        "excludes": "What no rule forbids and only nobody has asked for yet.",
    },
    MADE_TO_MEASURE: {
        "definition": "What is offered is fitted to this customer: what, when or where.",
        "includes": "Unusual dates and places, adapted goods, a service put together anew.",
        "excludes": "What needs leave from a rule, which is an exception.",
    },
}
WHY_DEFINED: Final = "So that the rest is sorted as the first ones were."

# -- Outcome: a merge taken back, a proposal accepted, a round above, the round below frozen -------

LOYAL: Final = ("O5", "O4")  # merged into
WHY_LOYAL: Final = "Hardly anybody can know, some weeks later, who came back."
WHY_NOT_LOYAL: Final = "They do know, and say so: “has come to no other workshop since”."
UNHAPPY: Final = "O2"
UNHAPPY_WORDS: Final[Words] = {
    "name": "Dissatisfied, and stayed",
    "definition": (
        "The customer was left worse off, annoyed or hurt, and did not leave; what counts is how"
        " it ended, not the worst of it."
    ),
}
WHY_UNHAPPY: Final = "I coded by the worst moment, the others by the end. The words allow both."
UNHAPPY_ANSWER: Final = "Yes: how it ended counts."
GLAD: Final = ("O3", "O4")  # to be merged into
WHY_GLAD: Final = "A nod or a smile: I often guess which it was."
GLAD_ANSWER: Final = "Half of all moments would stand in one outcome. Say “unsure” where you guess."
COARSER: Final = "Worse or better off"
WHY_COARSER: Final = "Five are too many beside five strategies in one table."
GROUPS: Final = {"Worse off": ("O1", "O2"), "Better off": ("O3", "O4", "O5")}
WHY_GROUPS: Final[Words] = {
    "Worse off": "Lost or kept, they were left with less than they came for.",
    "Better off": "From a nod to coming back: all of them had what they wanted.",
}
WHY_FROZEN: Final = "Agreed on by all three coders; from here on the outcomes stay as they are."

# -- Cause: a proposal that waits -----------------------------------------------------------------

NEW_CAUSE: Final[Words] = {
    "name": "Another firm",
    "definition": "A carrier, a supplier or a partner did or left undone what mattered.",
}
UNDER: Final = "N"
WHY_NEW_CAUSE: Final = "Carriers come up again and again; under “Outside” they vanish among storms."

# -- Sorts: one with results, one in which the second coder is asked ------------------------------

SORTS: Final = (
    SortPlan(
        scheme=CAUSE,
        name="Who could have acted?",
        sorters=("COD2", "COD3"),
        piles={
            "COD2": {
                "Whoever serves": ("C1", "C2"),
                "The organization": ("C3", "C4", "C5"),
                "Nobody here": ("C6", "C7"),
            },
            "COD3": {
                "People": ("C1", "C2", "C6"),
                "What is laid down": ("C3",),
                "What is at hand": ("C4", "C5"),
                "Fate": ("C7",),
            },
        },
    ),
    SortPlan(
        scheme=SERVE,
        name="Twenty behaviours in about five groups",
        sorters=("COD2", "COD3"),
        groups=5,
        piles={
            "COD3": {
                "Warmth": ("E1", "E2", "V2", "V4", "X2"),
                "Knowing one's trade": ("R1", "R2", "R3", "R4"),
                "Putting things right": ("R5", "R6", "X1", "X3", "X4"),
                "Moving the house": ("S1", "S3", "V3"),
                "Giving one's time": ("S2", "E3", "V1"),
            },
        },
    ),
)


def part_of(behaviour: str) -> str:
    """Return into which of the three a moment of this behaviour was sorted again."""
    return PART_OF.get(behaviour, MADE_TO_MEASURE)
