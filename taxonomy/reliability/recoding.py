"""How steady coders are: their own answers to the same moments, given twice."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from taxonomy.reliability.material import Coded, Material, Twice
from taxonomy.reliability.report import report_of
from taxonomy.reliability.results import Coefficient
from taxonomy.tabulation.tree import Tree

FIRST, AGAIN = "first", "second"
ALL = "all"
KEPT = (
    Coefficient.PERCENT_AGREEMENT,
    Coefficient.COHEN_KAPPA,
    Coefficient.KRIPPENDORFF_ALPHA,
)
Progress = Callable[[int, int], object]


def steadiness_of(
    pairs: Sequence[Twice],
    tree: Tree,
    available: frozenset[int],
    *,
    samples: int,
    seed: int,
    progress: Progress = lambda _done, _of: None,
) -> dict[str, Any]:
    """How far second answers are the first ones: over all coders, and for each by itself.

    The first answers are taken for one coder's and the second for another's, so that all figures
    are those of two coders; over all coders their pairs are put together. `available` has the keys
    of the categories that were open when the second ones were given. Each part has `moments`,
    `days` (the median) and, for every round, the coefficients of KEPT and how many are `apart`.
    """
    coders = sorted({pair.coder for pair in pairs})
    parts = [(ALL, list(pairs))]
    parts += [(coder, [pair for pair in pairs if pair.coder == coder]) for coder in coders]
    found: dict[str, dict[str, Any]] = {}
    for done, (name, own) in enumerate(parts):
        progress(done, len(parts))
        found[name] = {
            "moments": len(own),
            "days": round(statistics.median(pair.days for pair in own), 1) if own else None,
            "rounds": _rounds(own, tree, available, samples=samples, seed=seed),
        }
    overall = found.pop(ALL)
    return {**overall, "by_coder": [{"coder": coder, **part} for coder, part in found.items()]}


def _rounds(
    pairs: Sequence[Twice], tree: Tree, available: frozenset[int], *, samples: int, seed: int
) -> list[dict[str, Any]]:
    coded = [
        Coded(pair.key, who, category, ALL)
        for pair in pairs
        for who, category in ((FIRST, pair.first), (AGAIN, pair.again))
    ]
    material = Material(
        tree=tree,
        coded=coded,
        available={ALL: available},
        clusters={pair.key: pair.cluster for pair in pairs},
    )
    return [_kept(one) for one in report_of(material, samples=samples, seed=seed)]


def _kept(found: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a round; `pairs`: how many have a place there, both answers of them."""
    kept = ("position", "name", "k", "clusters")
    return {
        **{name: found[name] for name in kept},
        "overall": {one.value: found["overall"][one.value] for one in KEPT},
        "pairs": sum(number for _one, _other, number in found["confusion"]),
        "apart": sum(number for one, other, number in found["confusion"] if one != other),
    }
