"""The coding plans of the invented study: what was drawn, and how far the coders have come."""

from dataclasses import dataclass
from typing import Final

from reports.demo.four_regions.judging import CAUSE, SERVE

SECOND_THOUGHTS: Final = 6  # in SERVE, before the lock


@dataclass(frozen=True, slots=True)
class CodingPlan:
    """A plan in which all three coders code `several` of the moments, the others one of them.

    `done` of its `portions` are coded. Of the last of these the coder `slow` (by number) has not
    answered the last `due`; where it is locked all the same, these are moments of nobody else, put
    aside.
    """

    scheme: str
    name: str
    several: int
    portions: int
    done: int
    slow: int
    due: int
    locked: bool
    seed: int


PLANS: Final = (
    CodingPlan(
        scheme=SERVE,
        name="Coded by all three",
        several=120,
        portions=3,
        done=3,
        slow=2,
        due=3,
        locked=True,
        seed=2026,
    ),
    CodingPlan(
        scheme=CAUSE,
        name="Causes",
        several=48,
        portions=3,
        done=1,
        slow=0,
        due=9,
        locked=False,
        seed=2027,
    ),
)
FIRST_DUE_IN, EVERY = 4, 7  # days, from the one on which the study is made
