"""What a coding plan would give to whom: the same before it is made and when it is made."""

import dataclasses
import datetime as dt
import hashlib
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from incidents.choices import Valence
from incidents.models import Member, Region
from taxonomy.models import Plan, Scheme
from taxonomy.queries.coding import unassigned_moments
from taxonomy.queries.planning import coders_of
from taxonomy.queries.training import for_practice
from taxonomy.tabulation.dealing import Deal, Portion, Stratum, Terms, deal

NAME_LENGTH = 100  # of a plan; its portions are numbered
MOST_PORTIONS = 100  # of one drawing


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is asked of a drawing.

    `each`: how many coders a moment of the overlap has. The overlap is `percent` of the moments,
    or `number` of them, or so many of so many by a `share`; `whole` is every moment. There are
    `portions`, or as many as are needed for `size` moments each, but MOST_PORTIONS at most. The
    first is due on `first_due`, if at all, the next `every` days later. `holdout` is the uid of a
    holdout where its moments alone are given out.
    """

    name: str
    coders: Sequence[Member]
    each: int
    whole: bool = False
    percent: int | None = None
    number: int | None = None
    share: tuple[int, int] | None = None
    portions: int | None = None
    size: int | None = None
    first_due: dt.date | None = None
    every: int = 7
    seed: int = 0
    majority: bool = False
    holdout: str = ""

    def overlap(self, available: int) -> int:
        """How many of so many moments several coders code."""
        if self.each == 1:
            return 0
        if self.whole:
            return available
        if self.number is not None:
            return min(self.number, available)
        part, of = self.share or (self.percent or 0, 100)
        return (2 * available * part + of) // (2 * of)

    def parts(self, available: int) -> int:
        """How many portions so many moments make."""
        wanted = math.ceil(available / self.size) if self.size else self.portions or 1
        return min(wanted, MOST_PORTIONS)

    def as_json(self) -> dict[str, Any]:
        """What a plan keeps of it."""
        kept = ("each", "whole", "percent", "number", "portions", "size", "every", "majority")
        coders = [str(coder.uid) for coder in self.coders]
        held = {"holdout": self.holdout} if self.holdout else {}
        return {**{name: getattr(self, name) for name in kept}, "coders": coders, **held}


@dataclasses.dataclass(frozen=True)
class StratumLine:
    """How many of a region's moments of a valence there are, and how many several are to code."""

    region: str
    valence: str
    available: int
    drawn: int


@dataclasses.dataclass(frozen=True)
class LoadLine:
    """How many moments a coder is given: coded by others, too, and by nobody else."""

    coder: Member
    several: int
    single: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.several + self.single


@dataclasses.dataclass(frozen=True)
class PortionLine:
    """One portion: its name, its day, and its moments in the order in which they are given."""

    name: str
    due_on: dt.date | None
    dealt: Portion

    @property
    def several(self) -> int:
        """How many moments several code."""
        return sum(one.several for one in self.dealt)

    @property
    def single(self) -> int:
        """How many moments one codes."""
        return len(self.dealt) - self.several

    @property
    def answers(self) -> int:
        """How many answers it takes."""
        return sum(len(one.coders) for one in self.dealt)


@dataclasses.dataclass(frozen=True)
class Drawing:
    """What would be given to whom. `digest` is another where anything of it is.

    `practised`: so many moments go to one coder each since a training set has them.
    """

    asked: Asked
    available: int
    practised: int
    strata: list[StratumLine]
    loads: list[LoadLine]
    portions: list[PortionLine]
    digest: str

    @property
    def several(self) -> int:
        """How many moments several code."""
        return sum(line.drawn for line in self.strata)

    @property
    def answers(self) -> int:
        """How many answers it takes."""
        return sum(portion.answers for portion in self.portions)

    def due_before(self, today: dt.date) -> list[PortionLine]:
        """The portions whose day has passed already."""
        return [one for one in self.portions if one.due_on is not None and one.due_on < today]

    def as_json(self) -> dict[str, Any]:
        """What a plan keeps of it, beside what was asked for."""
        strata = [[line.region, line.valence, line.available, line.drawn] for line in self.strata]
        return {"available": self.available, "overlap": self.several, "strata": strata}


def draw(scheme: Scheme, asked: Asked, *, before: int = 0, taken: Collection[str] = ()) -> Drawing:
    """Draw from the moments that nobody has in the scheme. Three queries.

    What a training set has is coded by one only: who practised on it knows what is right.

    `before` is how many drawings the plan has had, `taken` the names of its portions. ValueError
    where a moment is to have more coders than there are.
    """
    free = unassigned_moments(scheme)
    if asked.holdout:
        free = free.filter(incident__held_out_for__holdout__uid=asked.holdout)
    rows = free.values_list("pk", "incident__site__region", "valence")
    strata = {pk: (region, valence) for pk, region, valence in rows}
    practised = _practised(scheme, asked, strata)
    terms = Terms(
        overlap=asked.overlap(len(strata) - len(practised)),
        alone=practised,
        each=asked.each,
        portions=asked.parts(len(strata)),
        seed=f"{asked.seed}/{before}",
    )
    dealt = deal(strata, [coder.pk for coder in asked.coders], terms)
    return Drawing(
        asked=asked,
        available=len(strata),
        practised=len(practised),
        strata=_strata(scheme, strata, dealt),
        loads=_loads(asked.coders, dealt),
        portions=_portions(asked, dealt, taken),
        digest=_digest(asked, dealt),
    )


def _practised(scheme: Scheme, asked: Asked, moments: Collection[int]) -> frozenset[int]:
    """Which of these moments a training set has or had, where several are to code."""
    if asked.each == 1:
        return frozenset()
    return frozenset(moments) & frozenset(for_practice(scheme))


def _strata(
    scheme: Scheme, strata: Mapping[int, tuple[int, str]], dealt: Deal
) -> list[StratumLine]:
    return strata_in(scheme.study_id, Counter(strata.values()), dealt.drawn)


def strata_in(
    study: int, available: Mapping[Stratum, int], drawn: Mapping[Stratum, int]
) -> list[StratumLine]:
    """The strata of a drawing as the study orders its regions: what is not stated comes last."""
    order = list(Valence.values)
    return [
        StratumLine(region.shown_name, valence, available[region.pk, valence], number)
        for region in Region.objects.filter(study=study)
        for valence in order
        if (number := drawn.get((region.pk, valence))) is not None
    ]


def _loads(coders: Sequence[Member], dealt: Deal) -> list[LoadLine]:
    several: Counter[int] = Counter()
    single: Counter[int] = Counter()
    for one in (one for portion in dealt.portions for one in portion):
        (several if one.several else single).update(one.coders)
    return [LoadLine(coder, several[coder.pk], single[coder.pk]) for coder in coders]


def _portions(asked: Asked, dealt: Deal, taken: Collection[str]) -> list[PortionLine]:
    alone = not taken and len(dealt.portions) == 1
    names = _names(asked.name, taken)
    return [
        PortionLine(
            name=asked.name if alone else next(names),
            due_on=asked.first_due + dt.timedelta(days=asked.every * place)
            if asked.first_due
            else None,
            dealt=portion,
        )
        for place, portion in enumerate(dealt.portions)
    ]


def _names(plan: str, taken: Collection[str]) -> Iterator[str]:
    """Names by number for further portions, none that a portion has."""
    numbered = (f"{plan} · {number}" for number in count(len(taken) + 1))
    return (name for name in numbered if name not in taken)


def _digest(asked: Asked, dealt: Deal) -> str:
    said = (asked.name, str(asked.first_due), asked.every, asked.majority, dealt.portions)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


# -- Further drawings --------------------------------------------------------------------------


def asked_again(plan: Plan, *, first_due: dt.date | None, portions: int | None) -> Asked:
    """What a plan asks of the moments that came later, of those of its coders who still code.

    Of a plan that had a number drawn the same share is drawn.
    """
    asked = plan.drawing["asked"]
    wanted = set(asked["coders"])
    first = plan.drawing["drawn"][0]
    return Asked(
        name=plan.name,
        coders=[coder for coder in coders_of(plan.scheme.study) if str(coder.uid) in wanted],
        each=asked["each"],
        whole=asked["whole"],
        percent=asked["percent"],
        share=None if asked["number"] is None else (first["overlap"], first["available"]),
        portions=portions,
        size=None if portions else asked["size"],
        first_due=first_due,
        every=asked["every"],
        seed=plan.seed,
        majority=asked["majority"],
        holdout=asked.get("holdout", ""),
    )


def draw_again(plan: Plan, asked: Asked) -> Drawing:
    """What a further drawing by a plan would give to whom."""
    taken = frozenset(plan.batches.values_list("name", flat=True))
    return draw(plan.scheme, asked, before=len(plan.drawing["drawn"]), taken=taken)
