"""Counting a study anew, beside the bare INSERT … SELECT … GROUP BY at the same grain."""

from collections.abc import Iterator

from django.db import connection, transaction

from incidents.actions.numbering import change_facts
from incidents.jobs import run_now
from incidents.models import Job
from scripts.bench.measuring import Line, paired
from scripts.bench.subject import Subject, count_now
from taxonomy.models import Tally

MOST = 1.3
FEW, MANY = 2, 5
LARGE = 500_000


def ask(subject: Subject) -> Iterator[Line]:
    """The whole job: counted, written, pointed to, the former generation removed."""
    count_now(subject.study)
    _prepare()
    yield paired(
        "tally rebuilt",
        lambda: _rebuild(subject),
        lambda: _bare(subject),
        against="INSERT … SELECT … GROUP BY",
        rounds=FEW if subject.size >= LARGE else MANY,
        most=MOST,
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_tally")


def _rebuild(subject: Subject) -> None:
    with transaction.atomic():
        change_facts(subject.study)
    job = run_now(Job.objects.filter(study=subject.study, state="waiting").latest("pk"))
    if job.state != "done":
        raise RuntimeError(job.error)


def _prepare() -> None:
    """A table like the tally's, with the key and the index that reading it needs."""
    columns = ", ".join(f"{name} {kind}" for name, kind in _columns())
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_tally")
        key = "bigserial" if connection.vendor == "postgresql" else "integer"
        cursor.execute(f"CREATE TABLE bench_tally (id {key} PRIMARY KEY, {columns})")
        cursor.execute("CREATE INDEX bench_tally_read ON bench_tally (scheme_id, generation)")


def _columns() -> list[tuple[str, str]]:
    fields = [field for field in Tally._meta.concrete_fields if not field.primary_key]
    return [(str(field.column), str(field.db_type(connection))) for field in fields]


def _bare(subject: Subject) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE, [subject.scheme.pk, subject.scheme.pk, subject.study.pk])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bench_tally")


BARE = """
INSERT INTO bench_tally
  (scheme_id, generation, outcome, category_id, contested, site_id, viewpoint, valence, moments)
SELECT %s, 1, coalesce(s.outcome, 'waiting'), s.category_id, coalesce(s.contested, ''),
  i.site_id, i.viewpoint, m.valence, count(*)
FROM incidents_moment m
JOIN incidents_incident i ON i.id = m.incident_id
LEFT JOIN taxonomy_settlement s
  ON s.moment_id = m.id AND s.scheme_id = %s AND s.to_seq IS NULL
WHERE i.study_id = %s AND i.state = 'accepted'
GROUP BY 3, 4, 5, 6, 7, 8
"""
