"""What counts for one moment, decided from who was to answer and what they answered."""

import dataclasses
from collections.abc import Collection, Sequence

from taxonomy.choices import Outcome

UNCLASSIFIABLE = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """One coder's live answer: a category's key, or UNCLASSIFIABLE."""

    coder: int
    category: int


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """What counts: the outcome, its category where there is one, and what is contested."""

    outcome: Outcome
    category: int | None = None
    contested: tuple[int, ...] = ()

    @property
    def contested_text(self) -> str:
        """The contested keys as one text between commas, empty when nothing is contested."""
        return f",{','.join(map(str, self.contested))}," if self.contested else ""


def contested_keys(text: str) -> tuple[int, ...]:
    """Read `Decision.contested_text` back."""
    return tuple(int(key) for key in text.strip(",").split(",") if key)


def decide(answers: Sequence[Answer], assigned: Collection[int]) -> Decision | None:
    """Decide from the live answers and the coders who were to give one.

    None when nobody has answered. While somebody assigned has not, the outcome is *waiting*.
    The order of the answers does not matter; the tree of categories plays no part.
    """
    if not answers:
        return None
    if set(assigned) - {answer.coder for answer in answers}:
        return Decision(Outcome.WAITING)
    given = {answer.category for answer in answers}
    if len(given) > 1:
        return Decision(Outcome.IN_DISPUTE, contested=tuple(sorted(given)))
    category = given.pop()
    if category == UNCLASSIFIABLE:
        return Decision(Outcome.UNCLASSIFIABLE)
    coders = {answer.coder for answer in answers}
    return Decision(Outcome.AGREED if len(coders) > 1 else Outcome.SINGLE, category)
