"""The moments of one incident, from the codes of its rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from taxonomy.sheets.categories import CategoryPath
from taxonomy.sheets.fields import NOT_STATED
from taxonomy.sheets.plan import PlannedCoding, PlannedMoment

LABEL_LENGTH: Final = 120


@dataclass(slots=True)
class _Slot:
    valence: str
    codings: list[PlannedCoding] = field(default_factory=list)


class Slots:
    """Moments in the order in which rows bring them.

    Codes without a coder are further moments. The first code of every coder is about one moment,
    the second of every coder about the next, and so on.
    """

    def __init__(self) -> None:
        self._slots: list[_Slot] = []
        self._shared: list[_Slot] = []
        self._given: Counter[str] = Counter()

    def add(self, coder: str, valence: str, paths: Sequence[CategoryPath]) -> bool:
        """Add what one row brings; False when a moment already has another valence.

        A row without a code still is a moment.
        """
        agrees = True
        for path in paths or (None,):
            slot = self._slot(coder, valence)
            if slot.valence == NOT_STATED:
                slot.valence = valence
            agrees = agrees and valence in {NOT_STATED, slot.valence}
            if path is not None:
                slot.codings.append(PlannedCoding(coder, path))
        return agrees

    def _slot(self, coder: str, valence: str) -> _Slot:
        at = self._given[coder]
        if coder and at < len(self._shared):
            self._given[coder] += 1
            return self._shared[at]
        slot = _Slot(valence)
        self._slots.append(slot)
        if coder:
            self._shared.append(slot)
            self._given[coder] += 1
        return slot

    def moments(self) -> tuple[PlannedMoment, ...]:
        """Return the moments; labelled by their first code where there are several."""
        several = len(self._slots) > 1
        return tuple(
            PlannedMoment(at, _label(slot) if several else "", slot.valence, tuple(slot.codings))
            for at, slot in enumerate(self._slots, start=1)
        )


def _label(slot: _Slot) -> str:
    return slot.codings[0].category[-1][:LABEL_LENGTH] if slot.codings else ""
