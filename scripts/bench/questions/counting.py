"""Counting a study anew, beside the bare INSERT … SELECT … GROUP BY at the same grain."""

from collections.abc import Iterator
from contextlib import ExitStack

from django.db import connection, transaction

from incidents.actions.numbering import REBUILD_TALLIES
from incidents.jobs import Claim, claimed, request_job, run_now
from incidents.models import Job
from scripts.bench.measuring import Line, paired
from scripts.bench.subject import Subject, count_now
from taxonomy.actions.tallying import forget_former_generations, rebuild_tally
from taxonomy.models import Tally

MOST = 1.3
FEW, MANY = 2, 5
AGAINST = "INSERT … SELECT … GROUP BY"
LARGE = 500_000


def ask(subject: Subject) -> Iterator[Line]:
    """The rebuild by itself: counted, written, pointed to; then the whole job around it."""
    count_now(subject.study)
    _prepare()
    rounds = FEW if subject.size >= LARGE else MANY
    jobs = [_requested(subject) for _round in range(2 * rounds)]
    with ExitStack() as held:
        claims = [_held(held, job) for job in jobs[:rounds]]
        waiting = iter(claims)
        yield paired(
            "tally rebuilt: counted, written, pointed to",
            lambda: rebuild_tally(subject.scheme, next(waiting)),
            lambda: _bare(subject),
            against=AGAINST,
            rounds=rounds,
            most=MOST,
            tidy=lambda: _tidy(subject),
        )
        for claim in claims:
            claim.finish()
    further = iter(jobs[rounds:])
    yield paired(
        "the job around it: claimed, the former generation removed, ended",
        lambda: _done(next(further)),
        lambda: _bare(subject),
        against=AGAINST,
        rounds=rounds,
        tidy=lambda: _tidy(subject),
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_tally")


def _requested(subject: Subject) -> Job:
    return request_job(kind=REBUILD_TALLIES, study=subject.study)


def _held(held: ExitStack, job: Job) -> Claim:
    claim = held.enter_context(claimed(job.pk))
    if claim is None:
        raise RuntimeError("Somebody else does the job.")
    return claim


def _done(job: Job) -> None:
    job = run_now(job)
    if job.state != "done":
        raise RuntimeError(job.error)


def _tidy(subject: Subject) -> None:
    forget_former_generations(subject.scheme)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bench_tally")


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
