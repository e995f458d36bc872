"""A kept report on agreement, in the words and numbers of its page. Nothing is computed here."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from incidents.paging import shown_decimal, shown_number
from taxonomy.charts.whiskers import Chart, Point, floor_of, whiskers
from taxonomy.queries.reliability_words import COEFFICIENTS, REASONS
from taxonomy.reliability.results import (
    FEW_CLUSTERS,
    FEW_RATINGS,
    WEIGHTED_KAPPA,
    Coefficient,
    Reason,
)

APART = 0.1  # kappa below AC1 by so much is explained
CHARTED = (
    Coefficient.PERCENT_AGREEMENT,
    Coefficient.COHEN_KAPPA,
    Coefficient.KRIPPENDORFF_ALPHA,
    Coefficient.GWET_AC1,
)
OVER_TIME = Coefficient.KRIPPENDORFF_ALPHA
IN_MATRIX = 20  # categories; of more those that were taken for another most often
CONFUSED_SHOWN = 30

Kept = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Figure:
    """A coefficient as it was kept: a value with its interval, or in words why it has none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""

    @property
    def has_interval(self) -> bool:
        """Whether it has both ends."""
        return self.low is not None and self.high is not None

    @property
    def point(self) -> Point:
        """As a chart takes it."""
        return Point(self.value, self.low, self.high)


def figure_of(kept: Kept) -> Figure:
    """Read one figure of a report."""
    if "undefined" in kept:
        return Figure(why=str(REASONS[Reason(kept["undefined"])]))
    return Figure(kept["value"], kept["low"], kept["high"])


@dataclasses.dataclass(frozen=True)
class Line:
    """One coefficient at a round; `second` takes *cannot be classified* for no answer."""

    name: str
    figure: Figure
    second: Figure


@dataclasses.dataclass(frozen=True)
class RoundShown:
    """One round: what was counted, the coefficients, and what one has to know about them."""

    kept: Kept
    lines: Sequence[Line]
    notes: Sequence[str]

    @property
    def position(self) -> int:
        """Its place, 1 the finest."""
        return int(self.kept["position"])

    @property
    def undefined(self) -> str:
        """The sentence where no coefficient at all has a value."""
        whys = {line.figure.why for line in self.lines}
        return whys.pop() if len(whys) == 1 else ""


def rounds_of(answer: Kept) -> list[RoundShown]:
    """The rounds of a report, the finest first."""
    return [RoundShown(kept, _lines(kept), _notes(kept)) for kept in answer["rounds"]]


def _lines(kept: Kept) -> list[Line]:
    return [
        Line(
            str(name),
            figure_of(kept["overall"][one.value]),
            figure_of(kept["second"]["overall"][one.value]),
        )
        for one, name in COEFFICIENTS.items()
    ] + _weighted(kept)


def _weighted(kept: Kept) -> list[Line]:
    """Kappa weighted by the tree; none at the coarsest round, nor in reports made before it."""
    if WEIGHTED_KAPPA not in kept["overall"]:
        return []
    figure, second = (figure_of(one["overall"][WEIGHTED_KAPPA]) for one in (kept, kept["second"]))
    return [Line(_("Weighted kappa, by steps in the tree"), figure, second)]


def _notes(kept: Kept) -> list[str]:
    notes = [
        _parting(kept),
        _by_the_tree(kept),
        _few_clusters(kept),
        _many_coders(kept),
        _unequal(kept),
    ]
    return [note for note in notes if note]


def _parting(kept: Kept) -> str:
    """Why kappa and AC1 differ, where they do: a category is rare."""
    kappa = figure_of(kept["overall"][Coefficient.COHEN_KAPPA.value])
    if kappa.value is None:
        kappa = figure_of(kept["overall"][Coefficient.FLEISS_KAPPA.value])
    ac1 = figure_of(kept["overall"][Coefficient.GWET_AC1.value])
    if kappa.value is None or ac1.value is None or ac1.value - kappa.value < APART:
        return ""
    by_use = sorted(kept["categories"], key=lambda one: -one["ratings"])
    most, least = by_use[0], by_use[-1]
    return _(
        "Kappa (%(kappa)s) and AC1 (%(ac1)s) part company here because codings are uneven:"
        " “%(most)s” has %(many)s of %(all)s, and “%(least)s” is rare, with %(few)s. Kappa expects"
        " coders to agree on what is common by chance alone, AC1 hardly does. Neither is wrong."
    ) % {
        "kappa": shown_decimal(kappa.value, 2),
        "ac1": shown_decimal(ac1.value, 2),
        "most": name_of(most),
        "many": shown_number(most["ratings"]),
        "all": shown_number(kept["ratings"]),
        "least": name_of(least),
        "few": shown_number(least["ratings"]),
    }


def _by_the_tree(kept: Kept) -> str:
    """What the weights of weighted kappa are."""
    if "value" not in kept["overall"].get(WEIGHTED_KAPPA, {}):
        return ""
    return _(
        "Weighted kappa counts a disagreement by the steps in the tree from one category to the"
        " other: two where both stand under the same category, and two more for every further"
        " round at which they part. What cannot be classified, or is not batched, parts from"
        " everything at every round."
    )


def _few_clusters(kept: Kept) -> str:
    number = kept["clusters"]
    if not _is_defined(kept) or number >= FEW_CLUSTERS:
        return ""
    if number <= 1:
        return _("All moments belong together (one cluster), so there are no intervals.")
    return _(
        "There are only %(number)d clusters. With fewer than %(few)d an interval is too narrow:"
        " take it for a hint."
    ) % {"number": number, "few": FEW_CLUSTERS}


def _many_coders(kept: Kept) -> str:
    if kept["coders"] <= 2 or not _is_defined(kept):  # noqa: PLR2004  (two)
        return ""
    return _("Of three coders or more Cohen's kappa is the mean over all pairs of them.")


def _unequal(kept: Kept) -> str:
    if not kept["unequal"] or not _is_defined(kept):
        return ""
    return _("Not all moments have equally many codings: Fleiss' kappa is as Gwet generalized it.")


def _is_defined(kept: Kept) -> bool:
    return any("value" in figure for figure in kept["overall"].values())


def name_of(category: Kept) -> str:
    """A category of a report by its name."""
    return str(category["name"] or _("Cannot be classified"))


# -- Single categories ------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class CategoryShown:
    """One category against all others."""

    uid: str
    name: str
    above: str
    ratings: int
    agreement: Figure
    alpha: Figure
    kappa: Figure
    ac1: Figure
    few: bool


def categories_of(kept: Kept) -> list[CategoryShown]:
    """The categories that were used at a round, those with the least agreement first."""
    shown = [_category(one) for one in kept["categories"]]
    return sorted(
        shown, key=lambda one: (one.alpha.value is None, one.alpha.value or 0, -one.ratings)
    )


def _category(kept: Kept) -> CategoryShown:
    figures = kept["figures"]
    return CategoryShown(
        uid=kept["uid"],
        name=name_of(kept),
        above=" › ".join(kept["path"][:-1]),
        ratings=kept["ratings"],
        agreement=figure_of(figures[Coefficient.PERCENT_AGREEMENT.value]),
        alpha=figure_of(figures[Coefficient.KRIPPENDORFF_ALPHA.value]),
        kappa=figure_of(figures[Coefficient.FLEISS_KAPPA.value]),
        ac1=figure_of(figures[Coefficient.GWET_AC1.value]),
        few=kept["ratings"] < FEW_RATINGS,
    )


# -- Confusion --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Matrix:
    """On how many moments one coder chose the row and another the column.

    `labels` are uids with names; `left_out` says how many categories do not fit in.
    """

    labels: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[int]]
    left_out: int


def matrix_of(kept: Kept) -> Matrix:
    """The confusion matrix of a round; of many categories those that are confused most."""
    counts = {(one, other): number for one, other, number in kept["confusion"]}
    wrong: dict[str, int] = {one["uid"]: 0 for one in kept["categories"]}
    for (one, other), number in counts.items():
        if one != other:
            wrong[one] += number
            wrong[other] += number
    chosen = set(sorted(wrong, key=lambda uid: -wrong[uid])[:IN_MATRIX])
    labels = [(one["uid"], name_of(one)) for one in kept["categories"] if one["uid"] in chosen]
    rows = [
        [counts.get((one, other), 0) or counts.get((other, one), 0) for other, _name in labels]
        for one, _named in labels
    ]
    return Matrix(labels, rows, len(wrong) - len(labels))


@dataclasses.dataclass(frozen=True)
class Confused:
    """Two categories that coders took for each other, and on how many moments."""

    first: str
    first_name: str
    second: str
    second_name: str
    number: int


def most_confused(kept: Kept) -> list[Confused]:
    """The pairs of categories on which coders parted most often."""
    names = {one["uid"]: name_of(one) for one in kept["categories"]}
    apart = [row for row in kept["confusion"] if row[0] != row[1]]
    return [
        Confused(one, names[one], other, names[other], number)
        for one, other, number in sorted(apart, key=lambda row: -row[2])[:CONFUSED_SHOWN]
    ]


# -- Pairs of coders --------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class PairShown:
    """Two coders on the moments that both coded."""

    first: str
    second: str
    kept: Kept

    @property
    def weighted(self) -> Figure:
        """Kappa weighted by the tree, where it was computed."""
        kept = self.kept.get("weighted")
        return figure_of(kept) if kept else Figure()


def pairs_of(kept: Kept, names: Mapping[str, str]) -> list[PairShown]:
    """Each pair of coders at a round, by name."""
    gone = _("Somebody no longer here")
    return [
        PairShown(names.get(pair["first"], gone), names.get(pair["second"], gone), pair)
        for pair in kept["pairs"]
    ]


# -- Small multiples --------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Panel:
    """One small chart with what it shows in words, point by point."""

    title: str
    chart: Chart
    points: Sequence[tuple[int, str, Figure]]


def panels_by_round(answer: Kept) -> list[Panel]:
    """A panel for each of the main coefficients, with the rounds from left to right."""
    rounds = answer["rounds"]
    figures = {one: [figure_of(kept["overall"][one.value]) for kept in rounds] for one in CHARTED}
    lowest = _lowest(figures.values())
    names = [kept["name"] for kept in rounds]
    return [_panel(str(COEFFICIENTS[one]), row, names, lowest) for one, row in figures.items()]


def panels_by_batch(answer: Kept) -> list[Panel]:
    """A panel for each round, with the batches from left to right as they were locked."""
    names = {batch["uid"]: _with_day(batch, locked) for batch, locked in batches_of(answer)}
    figures = {
        kept["position"]: [figure_of(one["overall"][OVER_TIME.value]) for one in kept["batches"]]
        for kept in answer["rounds"]
        if kept["batches"]
    }
    lowest = _lowest(figures.values())
    rounds = [
        (kept["name"], figures[kept["position"]], [names[one["uid"]] for one in kept["batches"]])
        for kept in answer["rounds"]
        if kept["batches"]
    ]
    return [_panel(*one, lowest) for one in rounds]


def _with_day(batch: Kept, locked_at: dt.datetime | None) -> str:
    """The name of a batch and the day of its lock."""
    day = f", {date_format(timezone.localtime(locked_at))}" if locked_at else ""
    return f"{batch['name']}{day}"


def earlier_batches_in(answer: Kept) -> int:
    """How many batches have no figures of their own, since a report has those of the last ones."""
    shown = max((len(kept["batches"]) for kept in answer["rounds"]), default=0)
    return len(answer["batches"]) - shown if shown else 0


def few_clusters_in(answer: Kept) -> str:
    """Which batches have too few clusters for the intervals of their own, in words."""
    names = {batch["uid"]: batch["name"] for batch in answer["batches"]}
    few = {
        one["uid"]: names[one["uid"]]
        for kept in answer["rounds"]
        for one in kept["batches"]
        if one["clusters"] < FEW_CLUSTERS
        and figure_of(one["overall"][OVER_TIME.value]).has_interval
    }
    if not few:
        return ""
    return _(
        "Fewer than %(few)d clusters in: %(batches)s. An interval there is too narrow: take it for"
        " a hint."
    ) % {"few": FEW_CLUSTERS, "batches": ", ".join(few.values())}


def _panel(title: str, figures: Sequence[Figure], names: Sequence[str], lowest: float) -> Panel:
    points = [(at, name, one) for at, (name, one) in enumerate(zip(names, figures, strict=True), 1)]
    return Panel(title, whiskers([one.point for one in figures], lowest=lowest), points)


def _lowest(rows: Any) -> float:
    return min((floor_of([one.point for one in row]) for row in rows), default=0.0)


def batches_of(answer: Kept) -> list[tuple[Kept, dt.datetime | None]]:
    """The batches of a report, with the time of each lock."""
    return [
        (batch, parse_datetime(batch["locked_at"]) if batch["locked_at"] else None)
        for batch in answer["batches"]
    ]
