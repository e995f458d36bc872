"""How fast somebody works, from the times of their answers."""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterable

BREAK = dt.timedelta(minutes=5)
FEWEST = 3  # stretches of work from which a pace is told
SHORTEST = dt.timedelta(minutes=1)  # and as much work
HOUR = dt.timedelta(hours=1)


@dataclasses.dataclass(frozen=True)
class Pace:
    """The time spent between answers, and how many an hour that makes; None where it is too few."""

    worked: dt.timedelta
    per_hour: int | None

    @property
    def minutes(self) -> int:
        """The time in whole minutes."""
        return round(self.worked / dt.timedelta(minutes=1))


def pace_of(times: Iterable[dt.datetime]) -> Pace:
    """The pace of answers given at these times, in any order.

    More than five minutes between two answers are a break: neither they nor the answer that ends
    them count. Answers that were kept and arrived together weigh on the stretch before them.
    """
    stretches = [after - before for before, after in itertools.pairwise(sorted(times))]
    worked = [stretch for stretch in stretches if stretch <= BREAK]
    spent = sum(worked, dt.timedelta())
    told = len(worked) >= FEWEST and spent >= SHORTEST
    return Pace(spent, round(len(worked) * (HOUR / spent)) if told else None)
