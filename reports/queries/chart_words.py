"""What stands above and below the pictures of a run."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from incidents.paging import shown_number
from reports.charts.fitting import DIVERGING, DOTS, MULTIPLES, OVER_TIME, RESIDUALS, STACKED
from reports.models import Run
from taxonomy.choices import Dimension
from taxonomy.tabulation.display import HIDDEN, LEAST_BASE, Number, is_least

ROUND, COLUMNS, PERCENTAGES = 1, 2, 5  # places in the words of a question


def title_of(run: Run) -> str:
    """What is asked: scheme, round and columns.

    Not the name of a saved table: that may be its owner's alone, and pictures are everybody's.
    """
    values = [value for _label, value in run.question["words"]]
    if len(values) <= COLUMNS:
        return run.scheme.name
    told = {"scheme": run.scheme.name, "round": values[ROUND], "columns": values[COLUMNS]}
    return _("%(scheme)s: %(round)s by %(columns)s") % told


def subtitles_of(*, corrected: bool, whiskers: bool) -> dict[str, str]:
    """What each kind of picture shows, in a sentence or two."""
    share = _("Per cent of the base of each column.")
    interval = _intervals(corrected=corrected) if whiskers else ""
    return {
        DOTS: f"{share} {interval}".strip(),
        STACKED: share + " " + _("The numbers are those of the rows named below."),
        DIVERGING: _("Per cent of all in each row. In grey what is neutral, then what is mixed."),
        RESIDUALS: _(
            "Adjusted residuals: how far a share is from that of the other columns, in standard"
            " errors, as if every moment were told for itself. Shaded from 2, dark from 3."
        ),
        MULTIPLES: share + " " + _("The upright line is the share in all."),
        OVER_TIME: f"{_('Per cent of the base of each period.')} {interval}".strip(),
    }


def notes_of(run: Run) -> Iterator[str]:
    """What a picture needs to be read without its page."""
    answer, study = run.answer, run.scheme.study
    words = run.question["words"]
    asked = [*words[:PERCENTAGES], *words[PERCENTAGES + 1 :]]  # a picture has shares of its own
    yield " · ".join(f"{label}: {value}" for label, value in asked)
    if any(is_least(base) for base in _bases(run)):
        yield _("Below a base of %(base)s there are counts, which are not drawn.") % {
            "base": LEAST_BASE
        }
    if answer["hides"]:
        yield _("%(sign)s: not shown, so that nobody is recognized.") % {"sign": HIDDEN}
    if study.reconstruction:
        yield _("A reconstruction: published are the percentages at most, all else is invented.")
    else:
        yield _("Interviewees were chosen, not drawn: this is about what was told.")
    yield _as_of(run)


def _bases(run: Run) -> Iterator[Number]:
    """What figures are shares of: columns, and rows where these are cut by valence."""
    answer = run.answer
    yield from answer["unweighted"] or answer["base"]
    if run.question["specification"]["by"][0] == Dimension.VALENCE:
        yield from (counts[0] for counts in answer["counts"])


def _intervals(*, corrected: bool) -> str:
    if corrected:
        return _(
            "The 95 per cent intervals allow for people of one organization telling alike; there"
            " is none where organizations are too few."
        )
    return _("The 95 per cent intervals (Wilson) are as if every moment were told for itself.")


def _as_of(run: Run) -> str:
    zone = ZoneInfo(run.scheme.study.time_zone)
    asked = {"revision": shown_number(run.revision or 0), "number": shown_number(run.data_seq or 0)}
    when = date_format(localtime(run.answered_at or run.created_at, zone), "DATE_FORMAT")
    return _("As of %(day)s, tree revision %(revision)s, data number %(number)s.") % {
        "day": when,
        **asked,
    }
