"""Receipts against the database: what was sent and acknowledged is there, once, word for word."""

import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from incidents import texts
from incidents.models import Change, Draft, Incident, IncidentVersion, Moment
from incidents.models.fieldwork import TEXTS
from scripts.bench.telling import Submission

RECEIPT, CUT = "receipt", "cut"
SERVER_ERROR = 500


@dataclass
class Ledger:
    """What became of each delivery, noted by many threads at once."""

    submissions: Sequence[Submission]
    receipts: Counter[uuid.UUID] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, uid: uuid.UUID, outcome: int | str, seconds: float) -> None:
        """One delivery ended: with the way to the interview, a status, cut by us, or an error."""
        with self._lock:
            self.outcomes[str(outcome)] += 1
            if outcome == RECEIPT:
                self.receipts[uid] += 1
                self.seconds.append(seconds)

    def unacknowledged(self) -> list[Submission]:
        """What nobody has a receipt for: a browser would send it again."""
        return [one for one in self.submissions if not self.receipts[one.uid]]

    def faults(self) -> list[str]:
        """Everything that is not as the receipts say, in sentences; nothing if all is well."""
        return [*self._failures(), *self._lost(), *self._doubled()]

    def _failures(self) -> Iterator[str]:
        for outcome, number in sorted(self.outcomes.items()):
            if outcome.isdigit() and int(outcome) >= SERVER_ERROR:
                yield f"{number} answers were {outcome}."
        for one in self.unacknowledged():
            yield f"{one.uid} was never acknowledged."

    def _lost(self) -> Iterator[str]:
        """Acknowledged, and not there as it was sent."""
        versions = IncidentVersion.objects.filter(incident__uid__in=self._uids(), number=1)
        stored = dict(versions.values_list("incident__uid", "sha256"))
        for one in self.submissions:
            if self.receipts[one.uid] and one.uid not in stored:
                yield f"{one.uid} was acknowledged and is lost."
            elif one.uid in stored and stored[one.uid] != fingerprint_of(one):
                yield f"{one.uid} is there in other words."

    def _doubled(self) -> Iterator[str]:
        """More rows than one submission makes."""
        uids = self._uids()
        versions = Counter(_uids_of(IncidentVersion, uids))
        moments = Counter(_uids_of(Moment, uids))
        changes = Counter(
            Change.objects.filter(object_uid__in=uids, verb="record_incident").values_list(
                "object_uid", flat=True
            )
        )
        for kind, counted in (("versions", versions), ("moments", moments), ("acts", changes)):
            for uid, number in counted.items():
                if number > 1:
                    yield f"{uid} has {number} {kind}."
        interviews = {one.interview.pk for one in self.submissions}
        told = set(Incident.objects.filter(interview__in=interviews).values_list("uid", flat=True))
        for uid in told - set(uids):
            yield f"{uid} was sent by nobody."
        for uid in Draft.objects.filter(object_uid__in=uids).values_list("object_uid", flat=True):
            yield f"{uid} is submitted and still a draft."

    def _uids(self) -> list[uuid.UUID]:
        return [one.uid for one in self.submissions]


def _uids_of(
    model: type[IncidentVersion] | type[Moment], uids: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    rows = model._default_manager.filter(incident__uid__in=uids)
    return list(rows.values_list("incident__uid", flat=True))


def fingerprint_of(one: Submission) -> str:
    """The checksum of the words as they were sent."""
    return texts.fingerprint({name: texts.tidy(one.form.get(name, "")).strip() for name in TEXTS})
