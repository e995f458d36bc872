"""How `manage.py crosstab` shows what it found: as JSON, or as text in columns."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.statistics.reasons import Reason, left_out_of
from taxonomy.management.agreement_output import aligned, named

FIRST: Final = (
    *("n", "chi_square", "likelihood_ratio", "cramers_v", "cramers_v_corrected"),
    *("expected_below_5_percent", "monte_carlo_p", "adjusted_residuals", "column_percent"),
    *("intervals", "letters", "design_effect", "rao_scott"),
)
COLUMNS_SHOWN: Final = 12
REASONS: Final = {
    Reason.NO_DATA: "nothing is counted",
    Reason.ONE_ROW: "all stands in one row",
    Reason.ONE_COLUMN: "all stands in one column",
    Reason.OVERLAPPING: "one unit may stand in several rows",
    Reason.EMPTY: "a column is empty",
    Reason.NOT_TESTED: "a column is not tested",
    Reason.SMALL_BASE: "a column has fewer than 30 units",
    Reason.SMALL_EXPECTED: "too few are expected in the cells",
    Reason.CLUSTERS_UNKNOWN: "it is not known which units belong to a cluster",
    Reason.FEW_CLUSTERS: "a column has fewer than ten clusters",
    Reason.NO_VARIANCE: "nothing varies from cluster to cluster",
    Reason.TOO_LARGE: "the table is too large",
    Reason.ENOUGH_EXPECTED: "enough are expected in the cells",
}
Found = Mapping[str, Any]


def as_json(found: Found) -> str:
    """The statistics for programs, and in `notes` what to know beside them."""
    body = {name: found[name] for name in FIRST} | {**found, "notes": list(notes(found))}
    return json.dumps(body, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_text(found: Found) -> str:
    """The statistics for people: shares with letters, the tests, and what to know."""
    blocks = [[_size(found)], _shares(found), list(_tests(found)), list(notes(found))]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def notes(found: Found) -> Iterator[str]:
    """What a reader has to know beside the figures, each in a sentence."""
    letters = found["letters"]
    how = {
        "fdr": "false discovery rate over the table",
        "bonferroni": "Bonferroni within each row",
    }[letters["method"]]
    if letters["naive"] is not None:
        kind = "clusters" if letters["corrected"] is not None else "independent units"
        yield (
            f"Letters name columns with a lower share (5 %, {how}, {kind}); columns with fewer than"
            " 30 units are not compared."
        )
    if found["verdict"]["differs"]:
        yield "The verdict with clusters differs from that of independent units: it is the one."
    missing = {
        "letters": letters.get("undefined") if letters["naive"] is None else None,
        "chi-square": found["chi_square"].get("undefined"),
        "correction for clusters": found["rao_scott"].get("undefined"),
        "verdict": found["verdict"]["corrected"].get("undefined"),
    }
    for why in dict.fromkeys(reason for reason in missing.values() if reason):
        names = [name for name, reason in missing.items() if reason == why]
        yield f"No {names[0]}: {REASONS[Reason(why)]}."
    left_out = [_name(found["columns"][place]) for place in left_out_of(found)]
    if left_out:
        yield (
            "The correction for clusters leaves out columns with fewer than ten clusters, or too"
            f" many that are not known: {', '.join(left_out)}."
        )
    if found["monte_carlo_p"] is not None:
        drawn = found["monte_carlo"]
        yield (
            "Expected counts are small: p by Monte Carlo, from"
            f" {drawn['samples']:,} tables with the same margins, seed {drawn['seed']}."
        )


# -- Blocks of text ---------------------------------------------------------------------------


def _size(found: Found) -> str:
    return f"n {found['n']:,}, rows {len(found['rows']):,}, columns {len(found['columns']):,}"


def _shares(found: Found) -> list[str]:
    """Column per cent, each with the letters of the columns that are lower."""
    letters = found["letters"]["corrected"] or found["letters"]["naive"]
    columns = range(min(len(found["columns"]), COLUMNS_SHOWN))
    names = found["letters"]["columns"]
    rows = [["", *(f"{names[at]}: {_name(found['columns'][at])}" for at in columns)]]
    for place, percents in enumerate(found["column_percent"]):
        marks = letters[place] if letters else [""] * len(found["columns"])
        cells = (f"{_percent(percents[at])} {marks[at]}".strip() for at in columns)
        rows.append([named(found["rows"][place]), *cells])
    rows.append(["base", *(f"{found['bases'][at]:,}" for at in columns)])
    if found["clusters"] is not None:
        rows.append(["clusters", *(f"{found['clusters'][at]:,}" for at in columns)])
    more = len(found["columns"]) - COLUMNS_SHOWN
    return [
        *aligned(rows),
        *([f"… and {more} more columns; see --format json."] if more > 0 else []),
    ]


def _tests(found: Found) -> Iterator[str]:
    rao_scott = found["rao_scott"]
    shown = {
        "Chi-square": found["chi_square"],
        "Likelihood ratio": found["likelihood_ratio"],
        "Rao–Scott, first order": rao_scott.get("first_order", {}),
        "Rao–Scott, second order": rao_scott.get("second_order", {}),
    }
    rows = [["", "statistic", "df", "p"]]
    rows += [
        [name, f"{one['statistic']:.4f}", f"{one['df']:g}", f"{one['p']:.4g}"]
        for name, one in shown.items()
        if "p" in one
    ]
    yield from aligned(rows) if len(rows) > 1 else []
    figures = {
        "Cramér's V": found["cramers_v"],
        "bias-corrected": found["cramers_v_corrected"],
        "p by Monte Carlo": found["monte_carlo_p"],
        "design effect": found["design_effect"],
    }
    said = [f"{name} {value:.4f}" for name, value in figures.items() if value is not None]
    if said:
        yield ", ".join(said)


def _name(name: str) -> str:
    return named(name)[:20]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1f}%"
