"""Share out incidents: to interviews, and to the finest categories of a scheme.

Pure: every choice comes from the generator that is passed in.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from reports.demo.plans import CellCount, InterviewPlan

FEWEST, MOST = 2, 10  # incidents in one interview
# What happens behind the counter is rarely told by a customer.
INSIDE: Final = frozenset({"S2.3a", "S3.1a", "S3.2b", "S3.3a", "S3.4a"})

Cell = tuple[str, str, str]  # strategy, viewpoint, valence
Told = tuple[InterviewPlan, int, Cell]  # the order told counts from one


def apportion(total: int, weights: Sequence[float], least: int = 0) -> list[int]:
    """Share out a whole number by largest remainders, at least `least` to each.

    Raises ValueError when there is not enough for everyone.
    """
    rest = total - least * len(weights)
    if rest < 0:
        message = f"{total} is too few for {len(weights)} shares of {least}"
        raise ValueError(message)
    exact = [rest * weight / sum(weights) for weight in weights]
    shares = [int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: shares[i] - exact[i])
    for i in by_remainder[: rest - sum(shares)]:
        shares[i] += 1
    return [least + share for share in shares]


def deal_incidents(
    counts: Sequence[CellCount], interviews: Sequence[InterviewPlan], rng: random.Random
) -> list[Told]:
    """Return (interview, order told, cell) for every incident counted, region by region.

    What was received as a customer is spread evenly over the interviews. Raises ValueError when
    a region's incidents do not fit its interviews.
    """
    told = []
    for region in dict.fromkeys(interview.region for interview in interviews):
        held = [interview for interview in interviews if interview.region == region]
        cells = _cells_of(region, counts, rng)
        sizes = _sizes(len(cells), len(held), rng)
        customers = [cell for cell in cells if cell[1] == "customer"]
        others = [cell for cell in cells if cell[1] != "customer"]
        shares = _customer_shares(len(customers), sizes, rng)
        for interview, size, share in zip(held, sizes, shares, strict=True):
            own = [customers.pop() for _ in range(share)]
            own += [others.pop() for _ in range(size - share)]
            rng.shuffle(own)
            told += [(interview, order, cell) for order, cell in enumerate(own, start=1)]
    return told


def _cells_of(region: str, counts: Sequence[CellCount], rng: random.Random) -> list[Cell]:
    cells = [
        (count.strategy, count.viewpoint, count.valence)
        for count in counts
        if count.region == region
        for _ in range(count.incidents)
    ]
    rng.shuffle(cells)
    return cells


def _sizes(total: int, interviews: int, rng: random.Random) -> list[int]:
    if not FEWEST * interviews <= total <= MOST * interviews:
        message = f"{total} incidents do not fit {interviews} interviews"
        raise ValueError(message)
    sizes = [FEWEST] * interviews
    for _ in range(total - sum(sizes)):
        sizes[rng.choice([i for i, size in enumerate(sizes) if size < MOST])] += 1
    return sizes


def _customer_shares(customers: int, sizes: Sequence[int], rng: random.Random) -> list[int]:
    everyone = list(range(len(sizes)))
    first = rng.sample(everyone, len(everyone))
    further = [i for i in everyone for _ in range(sizes[i] - 2)]
    rng.shuffle(further)
    taken = Counter((first + further + everyone)[:customers])
    return [taken[i] for i in everyone]


def choose_categories(
    cells: Sequence[Cell], codes_of: Mapping[str, Sequence[str]], rng: random.Random
) -> list[str]:
    """Return a finest category for each incident: uneven shares, and none is left out."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, (strategy, _, _) in enumerate(cells):
        numbers[strategy].append(number)
    chosen: dict[int, str] = {}
    for strategy, members in numbers.items():
        codes = rng.sample(codes_of[strategy], len(codes_of[strategy]))
        shares = apportion(len(members), [(rank + 3) ** -0.7 for rank in range(len(codes))], 1)
        drawn = [code for code, share in zip(codes, shares, strict=True) for _ in range(share)]
        rng.shuffle(drawn)
        drawn.sort(key=lambda code: code not in INSIDE)
        chosen |= dict(zip(_providers_first(members, cells, rng), drawn, strict=True))
    return [chosen[number] for number in range(len(cells))]


def _providers_first(
    members: Sequence[int], cells: Sequence[Cell], rng: random.Random
) -> list[int]:
    shuffled = rng.sample(members, len(members))
    return sorted(shuffled, key=lambda number: cells[number][1] == "customer")
