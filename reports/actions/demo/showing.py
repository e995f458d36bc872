"""What the demo studies open with: tables that are computed by themselves, and a dashboard."""

from collections.abc import Sequence

from django.db import transaction

from incidents.models import Member, Study
from reports.actions.composing import add_table, add_words, create_dashboard
from reports.actions.scheduling import schedule_table
from reports.actions.tables import change_table, keep_table
from reports.choices import ChartKind, Rhythm
from reports.models import Table
from taxonomy.models import Scheme

SCHEME = "serve"
KEPT = 10
BY_REGION = ("Strategies by region", "", ChartKind.DOTS)
QUESTIONS = (
    BY_REGION,
    ("Received and given", "by=viewpoint", ChartKind.DOTS),
    ("Good and poor", "by=valence", ChartKind.DIVERGING),
    ("Month by month", "by=month", ChartKind.OVER_TIME),
)
HEADING = "Four questions to begin with"
WORDS = (
    "What differs between regions, between service received and service given, between good and"
    " poor, and from one month to the next? For members of the study, a click on any figure leads"
    " to what people said.\n\n"
    "All of it is made up, like everything in this study."
)


@transaction.atomic
def keep_tables(
    *, study: Study, by: Member, questions: Sequence[tuple[str, str, ChartKind]] = QUESTIONS
) -> list[Table]:
    """Keep tables of the study's first scheme, for everybody; returns them.

    Each is computed again when the data changed, the first time as soon as somebody does jobs.
    """
    scheme = Scheme.objects.select_related("study").get(study=study, slug=SCHEME)
    tables = []
    for name, query, _kind in questions:
        table = keep_table(scheme=scheme, name=name, query=query, by=by)
        tables.append(
            change_table(table=table, name=name, shared=True, row_version=table.row_version, by=by)
        )
        schedule_table(table=table, rhythm=Rhythm.CHANGED, keep=KEPT, row_version=None, by=by)
    return tables


@transaction.atomic
def show_at_a_glance(*, study: Study, by: Member) -> None:
    """Keep the tables, and show them on the front page of the study, unless that was done."""
    if study.dashboards.exists():
        return
    dashboard = create_dashboard(title="At a glance", is_front=True, by=by)
    dashboard = add_words(composition=dashboard, heading=HEADING, text=WORDS, by=by)
    tables = keep_tables(study=study, by=by)
    for table, (_name, _query, kind) in zip(tables, QUESTIONS, strict=True):
        dashboard = add_table(
            dashboard=dashboard, saved=table, table=True, findings=True, charts=[kind], by=by
        )
