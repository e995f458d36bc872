"""The pictures of runs, drawn by jobs and kept with them."""

import logging
from collections.abc import Iterator, Sequence

from django.db import transaction

from incidents.actions.history import record_change
from incidents.models import Member
from reports.charts.choosing import charts_of
from reports.charts.drawing import draw
from reports.charts.figures import Figures
from reports.charts.marks import Spec
from reports.choices import Theme
from reports.models import Run, RunChart
from reports.queries.charts import figures_of, label_of

logger = logging.getLogger(__name__)


def draw_charts(run: Run) -> list[RunChart]:
    """Draw and keep every picture that fits an answered run; one that has pictures keeps them.

    Starts a JavaScript engine: for jobs and commands only, and outside of transactions.
    """
    drawn = pictures_of(run)
    keep_pictures(drawn)
    return drawn


def pictures_of(run: Run) -> list[RunChart]:
    """Every picture that fits an answered run, for light and dark pages; nothing is kept yet.

    What cannot be drawn is left out and logged: figures do not wait for pictures.
    """
    figures = figures_of(run)
    return [
        RunChart(run=run, kind=kind, theme=theme, svg=svg)
        for kind, spec in charts_of(figures).items()
        for theme, svg in _drawn(run, figures, kind, spec)
    ]


def keep_pictures(drawn: Sequence[RunChart]) -> None:
    """Write pictures of a run that is kept."""
    with transaction.atomic():
        RunChart.objects.bulk_create(drawn, ignore_conflicts=True)


def _drawn(run: Run, figures: Figures, kind: str, spec: Spec) -> Iterator[tuple[str, str]]:
    words = figures.words
    said = {
        "title": f"{words.title}: {label_of(kind, figures)}",
        "description": words.subtitles[kind],
    }
    try:
        yield from draw(spec, tuple(Theme), name=f"{kind}-{run.uid.hex[:8]}", **said).items()
    except ValueError as error:
        logger.error("Run %s has no picture %s: %s", run.uid, kind, type(error).__name__)  # noqa: TRY400  (a traceback would quote what people told)


@transaction.atomic
def log_chart(*, chart: RunChart, form: str, by: Member) -> None:
    """Record that a member took a picture away."""
    record_change(
        verb="export_chart",
        on=chart.run,
        study=by.study,
        by=by,
        kind=chart.kind,
        theme=chart.theme,
        form=form,
    )
