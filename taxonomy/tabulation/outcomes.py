"""What counts for one moment, decided from who was to answer and what they answered."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence

from taxonomy.choices import Outcome

UNCLASSIFIABLE = 0
MOST_FROM = 3  # answers of which there can be a majority


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


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """How a moment is settled: who is to answer, and what else is known.

    `closed`: the batch in which several code it is not locked yet, so nothing counts.
    `majority`: of three answers or more the one that more than half gave counts.
    `adjudicated`: what somebody decided, a category's key or UNCLASSIFIABLE; None: nobody did.
    """

    assigned: Collection[int] = ()
    closed: bool = False
    majority: bool = False
    adjudicated: int | None = None


def decide(answers: Sequence[Answer], terms: Terms) -> Decision | None:
    """Decide from the live answers, and from how the moment is to be settled.

    None when nobody has answered. While somebody assigned has not, or the batch of several coders
    is not locked, the outcome is *waiting*. The order of the answers does not matter; the tree of
    categories plays no part.
    """
    if not answers:
        return None
    if terms.closed or set(terms.assigned) - {answer.coder for answer in answers}:
        return Decision(Outcome.WAITING)
    if terms.adjudicated is not None:
        return _placed(Outcome.ADJUDICATED, terms.adjudicated)
    by_coder = {answer.coder: answer.category for answer in answers}
    given = Counter(by_coder.values())
    most, times = given.most_common(1)[0]
    if times == len(by_coder):
        return _placed(Outcome.AGREED if times > 1 else Outcome.SINGLE, most)
    if terms.majority and len(by_coder) >= MOST_FROM and times * 2 > len(by_coder):
        return _placed(Outcome.MAJORITY, most)
    return Decision(Outcome.IN_DISPUTE, contested=tuple(sorted(given)))


def _placed(outcome: Outcome, category: int) -> Decision:
    if category == UNCLASSIFIABLE:
        return Decision(Outcome.UNCLASSIFIABLE)
    return Decision(outcome, category)
