"""How `manage.py agreement` shows what it found: as JSON, or as text in columns."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from taxonomy.management.long_table import Duplicate
from taxonomy.reliability.results import (
    FEW_CLUSTERS,
    Agreement,
    Coefficient,
    Estimate,
    Figure,
    Figures,
    PairAgreement,
    Reason,
    Undefined,
)

LINES_SHOWN: Final = 20
LONGEST: Final = 40
TWO: Final = 2
NAMES: Final = {
    Coefficient.PERCENT_AGREEMENT: "Percent agreement",
    Coefficient.COHEN_KAPPA: "Cohen's kappa",
    Coefficient.SCOTT_PI: "Scott's pi",
    Coefficient.FLEISS_KAPPA: "Fleiss' kappa",
    Coefficient.KRIPPENDORFF_ALPHA: "Krippendorff's alpha",
    Coefficient.GWET_AC1: "Gwet's AC1",
    Coefficient.BRENNAN_PREDIGER: "Brennan–Prediger",
    Coefficient.PERREAULT_LEIGH: "Perreault–Leigh I_r",
}
REASONS: Final = {
    Reason.NO_RATINGS: "there are no ratings",
    Reason.ONE_CODER: "there is only one coder",
    Reason.NO_OVERLAP: "no unit was rated by two coders",
    Reason.ONE_CATEGORY: "there is only one category",
    Reason.ONE_COMPARED: "where two coders can be compared, only one category was used",
    Reason.NOT_COMPARED: "no unit with this category was rated by two coders",
    Reason.NOTHING_ELSE: "where two coders can be compared, only this category was used",
    Reason.MANY_CODERS: "there are too many coders to compare each with each",
    Reason.MANY_VALUES: "there are too many different values for this level",
}
HEADINGS: Final = ("agree", "Cohen", "Scott", "Fleiss", "alpha", "AC1", "B–P", "I_r")


def as_json(found: Agreement, duplicates: Sequence[Duplicate]) -> str:
    """The figures for programs; an interval's ends are null where there is none."""
    body = {
        "units": found.units,
        "coders": found.coders,
        "ratings": found.ratings,
        "categories": found.k,
        "missing": found.missing,
        "duplicates": len(duplicates),
        "level": found.level.value,
        "coefficients": _figures(found.overall),
        "per_category": {
            _key(label): {"ratings": one.ratings, **_figures(one.figures)}
            for label, one in found.categories.items()
        },
    }
    return json.dumps(body, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _figures(figures: Figures) -> dict[str, dict[str, Any]]:
    return {one.value: _figure(figure) for one, figure in figures.items()}


def _figure(figure: Figure) -> dict[str, Any]:
    if isinstance(figure, Undefined):
        return {"undefined": REASONS[figure.reason]}
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def as_text(found: Agreement, duplicates: Sequence[Duplicate]) -> str:
    """The figures for people."""
    blocks = [_counts(found, duplicates), _overall(found)]
    blocks += [_categories(found)] if found.defined and found.categories else []
    blocks += [_pairs(found.pairs)] if len(found.pairs) else []
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def notes(found: Agreement, duplicates: Sequence[Duplicate]) -> Iterator[str]:
    """What a reader has to know beside the figures, each in a sentence."""
    for one in duplicates[:LINES_SHOWN]:
        yield (
            f"row {one.row}: coder “{named(one.coder)}” rates unit “{named(one.unit)}” again;"
            f" row {one.first} is kept."
        )
    if len(duplicates) > LINES_SHOWN:
        yield f"… and {len(duplicates) - LINES_SHOWN} more rows that rate a unit again."
    if found.coders > TWO and isinstance(found.overall[Coefficient.COHEN_KAPPA], Estimate):
        conger = found.conger
        beside = f" Conger's kappa is {conger.value:.4f}." if isinstance(conger, Estimate) else ""
        yield (
            "Cohen's kappa is the mean over the pairs of coders where it is defined"
            f" ({sum(pair.kappa is not None for pair in found.pairs)} pairs).{beside}"
        )
    if found.coders > TWO:
        yield "Scott's pi of more than two coders is Fleiss' kappa."
    if found.unequal:
        yield "Units differ in their number of ratings: Fleiss' kappa is as generalized by Gwet."
    yield from _about_intervals(found)


def _about_intervals(found: Agreement) -> Iterator[str]:
    if not found.defined:
        return
    if not found.samples:
        yield "No intervals: no bootstrap samples were asked for."
    elif found.clusters < TWO:
        yield "No intervals: there are no two clusters to draw from."
    else:
        yield (
            f"Intervals of 95 % from {found.samples:,} bootstrap samples of {found.clusters:,}"
            f" clusters, seed {found.seed}."
        )
        if found.clusters < FEW_CLUSTERS:
            yield f"Fewer than {FEW_CLUSTERS} clusters: the intervals are too narrow."


# -- Blocks of text ---------------------------------------------------------------------------


def _counts(found: Agreement, duplicates: Sequence[Duplicate]) -> list[str]:
    numbers = {
        "units": found.units,
        "coders": found.coders,
        "ratings": found.ratings,
        "categories": found.k,
        "missing": found.missing,
        "duplicates": len(duplicates),
    }
    counts = [f"{name} {number:,}" for name, number in numbers.items()]
    return [", ".join([*counts, f"level {found.level.value}"])]


def _overall(found: Agreement) -> list[str]:
    rows = [["", "value", "low", "high"]]
    rows += [
        [NAMES[one], *_numbers(figure)]
        for one, figure in found.overall.items()
        if isinstance(figure, Estimate)
    ]
    reasons: dict[Reason, list[str]] = {}
    for one, figure in found.overall.items():
        if isinstance(figure, Undefined):
            reasons.setdefault(figure.reason, []).append(NAMES[one])
    undefined = [
        f"Undefined, because {REASONS[reason]}: {', '.join(names)}."
        for reason, names in reasons.items()
    ]
    return [*(aligned(rows) if len(rows) > 1 else []), *undefined]


def _numbers(figure: Estimate) -> list[str]:
    return [_number(number) for number in (figure.value, figure.low, figure.high)]


def _categories(found: Agreement) -> list[str]:
    rows = [["Each category against all others", "ratings", *HEADINGS]]
    reasons: dict[str, None] = {}
    for label, one in found.categories.items():
        figures = one.figures.values()
        rows.append([named(label), f"{one.ratings:,}", *map(_value, figures)])
        reasons |= {REASONS[why.reason]: None for why in figures if isinstance(why, Undefined)}
    return [*aligned(rows), *(f"– undefined, because {reason}." for reason in reasons)]


def _pairs(pairs: Sequence[PairAgreement]) -> list[str]:
    rows = [["Pairs of coders", "units", "agree", "Cohen", "error", "at most"]]
    rows += [
        [
            f"{named(pair.first)}, {named(pair.second)}",
            f"{pair.units:,}",
            *map(_number, (pair.agreement, pair.kappa, pair.standard_error, pair.kappa_max)),
        ]
        for pair in pairs[:LINES_SHOWN]
    ]
    more = len(pairs) - LINES_SHOWN
    return [*aligned(rows), *([f"… and {more} more pairs."] if more > 0 else [])]


def _value(figure: Figure) -> str:
    return _number(figure.value if isinstance(figure, Estimate) else None)


def _number(number: float | None) -> str:
    return "–" if number is None else f"{number:.4f}"


def named(label: object) -> str:
    """A category, unit or coder as it is shown, on one line."""
    return "".join(one if one.isprintable() else " " for one in _key(label))


def _key(label: object) -> str:
    """A category by its name; a whole number without a point."""
    return f"{label:.0f}" if isinstance(label, float) and label.is_integer() else str(label)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines: the first column to the left, the others to the right."""
    short = [[_short(row[0]), *row[1:]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*short, strict=True)]
    return [_line(row, widths) for row in short]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _line(row: Sequence[str], widths: Iterable[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
    return "  ".join(cells).rstrip()
