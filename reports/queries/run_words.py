"""What the statistics of a run say, in the words of a reader; nothing is computed here."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.paging import shown_decimal, shown_number
from reports.models import Run
from reports.queries.table_words import COLUMNS_NAMED, notes_of_run
from reports.statistics.reasons import Reason, left_out_of
from taxonomy.choices import Shares, Unit
from taxonomy.tabulation.display import Number, count_shown

Statistics = Mapping[str, Any]

LEAST_P = 0.001
KEPT, UNIT, PERCENTAGES = 3, 4, 5  # places in the words of a question
LONGEST_FILTER, LONGEST_FILTERS = 50, 200
REASONS = {
    Reason.NO_DATA: gettext_lazy("there is nothing to test"),
    Reason.ONE_ROW: gettext_lazy("all stands in one row"),
    Reason.ONE_COLUMN: gettext_lazy("there is one column only"),
    Reason.OVERLAPPING: gettext_lazy("one unit may stand in several rows"),
    Reason.EMPTY: gettext_lazy("a column is empty"),
    Reason.NOT_TESTED: gettext_lazy("not stated is not compared"),
    Reason.SMALL_BASE: gettext_lazy("a base is below 30"),
    Reason.SMALL_EXPECTED: gettext_lazy("too few are expected in the cells"),
    Reason.CLUSTERS_UNKNOWN: gettext_lazy("it is not known which belong together"),
    Reason.FEW_CLUSTERS: gettext_lazy("a column has fewer than ten clusters"),
    Reason.NO_VARIANCE: gettext_lazy("nothing varies from cluster to cluster"),
    Reason.TOO_LARGE: gettext_lazy("the table is too large for it"),
    Reason.ENOUGH_EXPECTED: gettext_lazy("enough are expected in the cells, so it is not needed"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a table as a whole says: with clusters, without, and by interview instead."""

    says: str
    naive: str
    differs: str
    sensitivity: str


def asked_beside(run: Run) -> str:
    """What a run asks beside rows and columns where it is not the usual; filters shortened."""
    asked, words = run.question["specification"], run.question["words"]
    said = []
    if asked["where"]:
        filters = [one for _label, kept in words[KEPT:UNIT] for one in kept.split("; ")]
        shortened = "; ".join(Truncator(one).chars(LONGEST_FILTER) for one in filters)
        said.append(Truncator(shortened).chars(LONGEST_FILTERS))
    if asked["unit"] != Unit.MOMENTS:
        said += [value for _label, value in words[UNIT:PERCENTAGES]]
    if asked["shares"] != Shares.COLUMN:
        said += [value for _label, value in words[PERCENTAGES : PERCENTAGES + 1]]
    said += [f"{label}: {value}" for label, value in words[PERCENTAGES + 1 :]]
    return " · ".join(said)


def p_shown(p: float) -> str:
    """A probability: three decimals, or less than the least of these."""
    if p < LEAST_P:
        return "p < " + number(LEAST_P, 3)
    return "p = " + number(p, 3)


def number(value: float | None, decimals: int) -> str:
    """A number with its decimals, as the language writes it; "–" for none."""
    return "–" if value is None else shown_decimal(value, decimals)


def reason(word: str) -> str:
    """Why a figure is not given."""
    return str(REASONS[Reason(word)])


def verdict_of(statistics: Statistics, sensitivity: Statistics) -> Verdict:
    """The verdict in sentences."""
    found, otherwise = statistics["verdict"], sensitivity["verdict"]
    naive, corrected = found["naive"], found["corrected"]
    return Verdict(
        says=" ".join([_says(corrected), *_left_out(statistics, statistics["columns"])]),
        naive="" if "undefined" in naive else _naive(naive),
        differs=_differs(naive) if found["differs"] else "",
        sensitivity=" ".join(
            [
                _sensitivity(otherwise["corrected"], corrected),
                *_left_out(sensitivity, statistics["columns"]),
            ]
        ),
    )


def _left_out(statistics: Statistics, columns: Sequence[str]) -> Iterator[str]:
    """Which columns a verdict is not about, because too few of their clusters are known."""
    names = [columns[place] for place in left_out_of(statistics)]
    if len(names) > COLUMNS_NAMED:
        yield _(
            "%(number)d of %(columns)d columns are left out: too few clusters in them, or too many"
            " units whose cluster is not known."
        ) % {
            "number": len(names),
            "columns": len(columns),
        }
    elif names:
        said = ngettext(
            "%(names)s is left out: too few clusters in it, or too many units whose cluster is"
            " not known.",
            "%(names)s are left out: too few clusters in them, or too many units whose cluster"
            " is not known.",
            len(names),
        )
        yield said % {"names": ", ".join(names)}


def _says(corrected: Statistics) -> str:
    if "undefined" in corrected:
        return _("No verdict with organizations as clusters: %(why)s.") % {
            "why": reason(corrected["undefined"])
        }
    shown = {"p": p_shown(corrected["p"])}
    if corrected["significant"]:
        return (
            _(
                "What was told differs from column to column by more than chance would make it"
                " (%(p)s, organizations as clusters, Rao–Scott)."
            )
            % shown
        )
    return (
        _(
            "The columns differ by no more than chance would make them"
            " (%(p)s, organizations as clusters, Rao–Scott)."
        )
        % shown
    )


def _naive(naive: Statistics) -> str:
    method = _("Monte Carlo") if naive["method"] == "monte_carlo" else _("chi-square")
    return _("As if every unit were independent: %(p)s (%(method)s).") % {
        "p": p_shown(naive["p"]),
        "method": method,
    }


def _differs(naive: Statistics) -> str:
    if naive["significant"]:
        return _(
            "Without clusters this table would look like a finding. Several incidents come from the"
            " same organization, so there is less to go by than it seems: the verdict above counts."
        )
    return _(
        "Without clusters this table would look like chance. The verdict above counts, which takes"
        " into account what organizations have in common."
    )


def _sensitivity(otherwise: Statistics, corrected: Statistics) -> str:
    if "undefined" in otherwise:
        why = reason(otherwise["undefined"])
        return _("With interviews as clusters instead: no verdict, %(why)s.") % {"why": why}
    shown = {"p": p_shown(otherwise["p"])}
    if "undefined" in corrected or otherwise["significant"] == corrected["significant"]:
        return _("With interviews as clusters instead: %(p)s.") % shown
    return _("With interviews as clusters instead the verdict is the other one: %(p)s.") % shown


def tests_of(statistics: Statistics) -> list[tuple[str, str]]:
    """The tests of the whole table, each under its name."""
    return list(_tests(statistics))


def _tests(of: Statistics) -> Iterator[tuple[str, str]]:
    yield _("Pearson's chi-square"), _test(of["chi_square"])
    yield _("Likelihood ratio (G²)"), _test(of["likelihood_ratio"])
    yield _("Cells that expect fewer than 5"), _percent(of["expected_below_5_percent"])
    yield _("Monte Carlo"), _monte_carlo(of["monte_carlo"])
    yield _("Cramér's V"), number(of["cramers_v"], 3)
    yield _("Cramér's V, bias-corrected"), number(of["cramers_v_corrected"], 3)
    yield _("Design effect (mean)"), number(of["design_effect"], 2)
    yield from _rao_scott(of["rao_scott"])


def _rao_scott(of: Statistics) -> Iterator[tuple[str, str]]:
    if "undefined" in of:
        yield _("Rao–Scott"), _test(of)
        return
    yield _("Rao–Scott, first order"), _test(of["first_order"])
    second = of["second_order"]
    shown = _test(second)
    if "undefined" not in second and second["f"] is not None:
        f = {"f": number(second["f"], 2), "df": number(second["df_denominator"], 1)}
        shown += "; " + _("F = %(f)s, denominator df %(df)s") % f
    yield _("Rao–Scott, second order"), shown


def _test(of: Statistics) -> str:
    if "undefined" in of:
        return _("not given: %(why)s") % {"why": reason(of["undefined"])}
    return _("%(statistic)s, df %(df)s, %(p)s") % {
        "statistic": number(of["statistic"], 2),
        "df": number(of["df"], 0 if float(of["df"]).is_integer() else 2),
        "p": p_shown(of["p"]),
    }


def _percent(value: float | None) -> str:
    return "–" if value is None else number(value, 0) + "%"


def _monte_carlo(of: Statistics) -> str:
    if "undefined" in of:
        return _("not given: %(why)s") % {"why": reason(of["undefined"])}
    return p_shown(of["p"])


def method_notes(statistics: Statistics) -> list[str]:
    """Which tests were used, with their seed and limits."""
    method, letters = statistics["method"], statistics["letters"]
    adjusted = {
        "fdr": _("the false discovery rate over the whole table (Benjamini and Hochberg)"),
        "bonferroni": _("Bonferroni within each row"),
    }[letters["method"]]
    return [
        _(
            "Interviewees were chosen, not drawn at random, and tell of incidents of their own"
            " choice. A verdict says what chance alone would make of such incidents; it is about"
            " incidents told, not about customers or the service."
        ),
        _(
            "Intervals of 95 per cent are Wilson's, with linearized variances and organizations as"
            " clusters where a column has ten or more; letters and the verdict use the same"
            " variances."
        ),
        _(
            "A letter names a column whose share is lower at the 5 per cent level, adjusted by"
            " %(adjusted)s. A column is never tested against a total that contains it; columns"
            " below %(base)d units, with fewer than %(clusters)d clusters, or not stated, are not"
            " tested."
        )
        % {
            "adjusted": adjusted,
            "base": method["smallest_base"],
            "clusters": method["fewest_clusters"],
        },
        _(
            "Residuals are adjusted (Haberman): beyond ±2 a cell has more or less than independence"
            " would give it."
        ),
        _("Random draws use the seed %(seed)s; method version %(format)s.")
        % {"seed": method["seed"], "format": statistics["format"]},
    ]


def reasons_of(statistics: Statistics, names: list[str]) -> list[str]:
    """Which columns are not tested with clusters, and why."""
    told: dict[str, list[str]] = {}
    for name, word in zip(names, statistics["reasons"], strict=True):
        if word and word != Reason.EMPTY:
            told.setdefault(word, []).append(name)
    return [
        ngettext(
            "%(names)s is not tested: %(why)s.",
            "%(names)s are not tested: %(why)s.",
            len(columns),
        )
        % {"names": ", ".join(columns), "why": reason(word)}
        for word, columns in told.items()
    ]


def notes_of(answer: Statistics) -> list[str]:
    """What a reader of the table of a run should know."""
    notes = notes_of_run(answer)
    if answer["hides"]:
        notes.append(_("× stands where a figure is not shown, so that nobody is recognized."))
    return notes


def shown_count(count: Number) -> str:
    """A count as the language writes it; one decimal where it is a sum of weights."""
    if isinstance(count, int):
        return shown_number(count)
    shown = count_shown(count)
    below = "<" if shown.startswith("<") else ""
    return below + shown_decimal(Decimal(shown.removeprefix("<")), 1)
