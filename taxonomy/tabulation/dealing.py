"""Who codes what: a sample drawn by strata, moments dealt to coders, cut into portions."""

import dataclasses
import math
import random
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from operator import add, itemgetter
from typing import TypeVar

ROUNDS_TRIED = 3  # of several orders of a round the one in which coders met least often is taken
Stratum = tuple[int, str]  # a region's key and a valence
Kind = TypeVar("Kind", Stratum, str, int)


@dataclasses.dataclass(frozen=True, slots=True)
class Dealt:
    """One moment (its key) with the coders (their keys) who are to code it."""

    moment: int
    coders: tuple[int, ...]

    @property
    def several(self) -> bool:
        """Whether several code it."""
        return len(self.coders) > 1


Portion = Sequence[Dealt]
"""What is coded as one: each moment once, in the order in which it is given out."""


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """How moments are dealt: so many of them to `each` coders, the others to one coder each.

    `portions` is how many parts the whole is cut into; more than there are moments make none.
    The moments in `alone` are never among those that several code.
    """

    overlap: int
    each: int
    portions: int
    seed: str
    alone: frozenset[int] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Deal:
    """What was drawn of each stratum, and the portions in their order."""

    drawn: Mapping[Stratum, int]
    portions: Sequence[Portion]


def shares(sizes: Mapping[Kind, int], number: int) -> dict[Kind, int]:
    """Share a number out in proportion to sizes, by the largest remainder; the sum is exact.

    Nothing gets more than its size. Of equal remainders the first in order comes first.

    Raises ValueError where the number is negative or more than all sizes together.
    """
    total = sum(sizes.values())
    if not 0 <= number <= total:
        msg = f"{number} of {total} cannot be shared out."
        raise ValueError(msg)
    if total == 0:
        return dict.fromkeys(sizes, 0)
    parts = {kind: divmod(size * number, total) for kind, size in sizes.items()}
    left = number - sum(whole for whole, _rest in parts.values())
    nearest = set(sorted(parts, key=lambda kind: (-parts[kind][1], kind))[:left])
    return {kind: whole + (kind in nearest) for kind, (whole, _rest) in parts.items()}


def deal(strata: Mapping[int, Stratum], coders: Sequence[int], terms: Terms) -> Deal:
    """Draw the overlap by strata, deal all moments to coders, and cut them into portions.

    `strata` has the stratum of each moment by its key. The same moments, coders and terms give the
    same deal, in whatever order they come. The numbers that two coders have differ by one at most.

    Raises ValueError where there are fewer coders than are to code a moment, or none, and where the
    overlap is more than there are moments for it.
    """
    if not 1 <= terms.each <= len(coders):
        msg = f"{terms.each} of {len(coders)} coders cannot be chosen."
        raise ValueError(msg)
    chance = random.Random(terms.seed)  # noqa: S311  (to be repeated, nothing secret)
    open_ = {moment: kind for moment, kind in strata.items() if moment not in terms.alone}
    wanted, several = _by_strata(open_, terms.overlap, chance)
    single = sorted(strata.keys() - set(several))
    chance.shuffle(several)
    chance.shuffle(single)
    hand = _Hand(coders, chance)
    shared = [Dealt(moment, hand.next(terms.each)) for moment in several]
    alone = [Dealt(moment, hand.next(1)) for moment in single]
    cut = zip(_cut(shared, terms.portions), _cut(alone, terms.portions)[::-1], strict=True)
    portions = [[*some, *rest] for some, rest in cut]
    for portion in portions:
        chance.shuffle(portion)
    drawn = {**dict.fromkeys(strata.values(), 0), **wanted}
    return Deal(drawn=drawn, portions=[portion for portion in portions if portion])


def draw_sample(
    strata: Mapping[int, Stratum], number: int, *, seed: str
) -> tuple[dict[Stratum, int], list[int]]:
    """Draw so many things by strata, in proportion to what there is.

    `strata` has the stratum of each thing by its key. Returns how many were drawn of each stratum,
    and their keys in ascending order: the same for the same things, number and seed.

    Raises ValueError where the number is negative or more than there are.
    """
    wanted, chosen = _by_strata(strata, number, random.Random(seed))  # noqa: S311  (to be repeated)
    return wanted, sorted(chosen)


def _by_strata(
    strata: Mapping[int, Stratum], number: int, chance: random.Random
) -> tuple[dict[Stratum, int], list[int]]:
    by_stratum: dict[Stratum, list[int]] = {}
    for key in sorted(strata):
        by_stratum.setdefault(strata[key], []).append(key)
    wanted = shares({kind: len(found) for kind, found in by_stratum.items()}, number)
    chosen = [
        key for kind in sorted(by_stratum) for key in chance.sample(by_stratum[kind], wanted[kind])
    ]
    return wanted, chosen


def _cut(dealt: Portion, parts: int) -> list[Portion]:
    """Cut into so many parts whose sizes differ by one at most, the smaller ones first."""
    ends = [len(dealt) * part // parts for part in range(parts + 1)]
    return [dealt[first:last] for first, last in pairwise(ends)]


class _Hand:
    """Chooses who is next: everybody once in each round, with whom they met least often.

    A round is laid out at once, in a time that grows with the coders and not with their groups.
    """

    def __init__(self, coders: Sequence[int], chance: random.Random) -> None:
        self.chance = chance
        self.coders = sorted(coders)
        self.waiting: list[int] = []  # places of those whose turn comes in this round
        self.met = [[0] * len(coders) for _ in coders]
        self.cost = [[0] * len(coders) for _ in coders]  # its squares

    def next(self, number: int) -> tuple[int, ...]:
        """So many coders, whose numbers grow by one."""
        if len(self.waiting) < number:
            rounds = [self._round(number) for _ in range(ROUNDS_TRIED if number > 1 else 1)]
            _cost, best = min(rounds, key=itemgetter(0))
            self.waiting += best
        chosen, self.waiting = self.waiting[:number], self.waiting[number:]
        for one, other in combinations(chosen, 2):
            met = self.met[one][other] + 1
            self.met[one][other] = self.met[other][one] = met
            self.cost[one][other] = self.cost[other][one] = met * met
        return tuple(sorted([self.coders[place] for place in chosen]))

    def _round(self, number: int) -> tuple[int, list[int]]:
        """What a round costs, and everybody in its order; who waits still gets company first."""
        open_ = list(range(len(self.coders)))
        self.chance.shuffle(open_)
        if number == 1:
            return 0, open_
        cost, order = 0, list[int]()
        if self.waiting:
            others = [place for place in open_ if place not in self.waiting]
            cost, order = self._company(self.waiting, others, number - len(self.waiting))
            open_ = others + self.waiting
        while len(open_) >= number:
            first = open_.pop()
            more, group = self._company([first], open_, number - 1)
            cost += more
            order += [first, *group]
        return cost, order + open_

    def _company(self, begun: list[int], among: list[int], wanted: int) -> tuple[int, list[int]]:
        """Take from `among` so many who met those of a group, and each other, least often."""
        costs = self.cost[begun[0]]
        for place in begun[1:]:
            costs = list(map(add, costs, self.cost[place]))
        cost, taken = 0, list[int]()
        while True:
            best = min(among, key=costs.__getitem__)
            among.remove(best)
            taken.append(best)
            cost += costs[best]
            if len(taken) == wanted:
                return cost, taken
            costs = list(map(add, costs, self.cost[best]))


def deal_out(
    held: Mapping[int, frozenset[int]], coders: Sequence[int], load: Mapping[int, int]
) -> dict[int, int]:
    """Give each moment to one of the coders who does not have it yet, whoever has least first.

    `held` has, by moment, the coders who have it; `load` what the coders have to do already.
    Moments that fewest can take go first. Returns the coder by moment; moments that nobody can take
    are left out.
    """
    has = {coder: load.get(coder, 0) for coder in coders}
    free = {moment: [one for one in coders if one not in who] for moment, who in held.items()}
    given = {}
    for moment in sorted(free, key=lambda moment: (len(free[moment]), moment)):
        if free[moment]:
            taker = min(free[moment], key=lambda coder: (has[coder], coder))
            given[moment] = taker
            has[taker] += 1
    return given


def days_until_done(due: int, answered: int, days: int) -> int | None:
    """In how many days so many answers are given, at so many answers in so many days.

    0 where nothing is due; None where nothing was answered: never at this pace.
    """
    if due == 0:
        return 0
    if answered == 0:
        return None
    return math.ceil(due * days / answered)
