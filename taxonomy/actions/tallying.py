"""Tallies: counts of the facts, built in the background and switched over at once."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from incidents.actions.numbering import REBUILD_TALLIES, lock_number
from incidents.choices import JobState
from incidents.jobs import Claim, request_job, try_again
from incidents.models import Job, Study
from incidents.prepared import Act, Given, changing
from taxonomy.models import RegionTally, Scheme, Tally, TallyPointer
from taxonomy.queries.counts import are_few, count_straight, counted_aside

PORTION = 10_000  # narrow rows, copied inside the database: a tenth of a second on SQLite
FIRST_REST = dt.timedelta(minutes=10)
LONGEST_REST = dt.timedelta(days=1)


def rebuild_tallies(claim: Claim) -> None:
    """Count the facts of a study again for each of its schemes. The runner of the job.

    Safe to run twice at once: each run writes a generation of its own, and the pointer only moves
    to a generation counted from a later number.
    """
    study = claim.job.study
    schemes = list(Scheme.objects.filter(study=study))
    built: dict[str, int] = {}
    for done, scheme in enumerate(schemes):
        claim.progress(done, len(schemes))
        built[scheme.slug] = rebuild_tally(scheme, claim)
        forget_former_generations(scheme)
    with transaction.atomic():
        claim.finish(built=built)
    request_where_stale(Study.objects.filter(jobs=claim.job))


def rebuild_tally(scheme: Scheme, claim: Claim) -> int:
    """Write a new generation of one scheme's tally, point to it, and return its data number."""
    count = _count_at_once if are_few(scheme) else _count_aside
    return count(scheme, claim, generation=claim.job.pk * 1000 + claim.job.attempts)


def forget_former_generations(scheme: Scheme) -> None:
    """Remove, in portions, generations older than the one pointed to.

    A newer one may be under way; it is not touched.
    """
    current = TallyPointer.objects.values_list("generation", flat=True).get(scheme=scheme)
    for rows in (Tally.objects.all(), RegionTally.objects.all()):
        _forget(rows.filter(scheme=scheme, generation__lt=current))


def request_where_stale(studies: QuerySet[Study]) -> int:
    """Ask for a rebuild where a tally is behind its study; returns for how many studies."""
    stale = _stale(studies)
    for study in stale:
        with transaction.atomic():
            request_job(kind=REBUILD_TALLIES, study=study, unique_key=_key(study))
    return len(stale)


def find_stale_tallies() -> None:
    """What the sweeper looks for. A rebuild that failed is tried again, ever more rarely."""
    for study in _stale(Study.objects.all()):
        last = Job.objects.filter(unique_key=_key(study)).order_by("-pk").first()
        if last is None or last.state == JobState.DONE:
            request_where_stale(Study.objects.filter(pk=study.pk))
        elif last.state == JobState.FAILED and _has_rested(last):
            try_again(last)


def _stale(studies: QuerySet[Study]) -> list[Study]:
    """Those with a scheme whose tally is of another number than the study's, or of none."""
    schemes = Scheme.objects.filter(study=OuterRef("pk"))
    behind = schemes.exclude(tally_pointer__data_seq=OuterRef("data_seq"))
    return list(studies.filter(Exists(behind)))


def _key(study: Study) -> str:
    return f"{REBUILD_TALLIES}:{study.pk}"


def _has_rested(job: Job) -> bool:
    """Whether a failed rebuild has waited: longer after each round of attempts, a day at most."""
    rounds = max(job.attempts // settings.JOB_MAX_ATTEMPTS, 1)
    rest = min(FIRST_REST * 2 ** min(rounds - 1, 10), LONGEST_REST)
    return job.finished_at is None or job.finished_at + rest <= timezone.now()


def _count_at_once(scheme: Scheme, claim: Claim, *, generation: int) -> int:
    """Count a small study in one transaction, while nobody changes a fact in it."""
    with transaction.atomic():
        seq = lock_number(scheme.study_id)
        claim.hold()
        count_straight(scheme, generation)
        _point(scheme, generation, seq)
    return seq


def _count_aside(scheme: Scheme, claim: Claim, *, generation: int) -> int:
    """Count a large study without locking anybody out, and write its tally in portions."""
    with counted_aside(scheme) as counts:
        for start in range(0, counts.rows, PORTION):
            with transaction.atomic():
                claim.hold()
                counts.copy(scheme, generation, first=start + 1, last=start + PORTION)
        with transaction.atomic():
            claim.hold()
            counts.sum_regions(scheme, generation)
            _point(scheme, generation, counts.seq)
    return counts.seq


def _point(scheme: Scheme, generation: int, seq: int) -> None:
    """Point to a generation, unless a later claim or a later number is pointed to already.

    An earlier claim never wins over a later one: its rows may be forgotten while it still writes.
    Whoever loses here is found stale, if it is, by the comparison that follows.
    """
    now = {"generation": generation, "seq": seq, "built_at": timezone.now()}
    if not _move_on.do(scheme=scheme.pk, **now):
        TallyPointer.objects.get_or_create(scheme=scheme)
        _move_on.do(scheme=scheme.pk, **now)


_move_on = Act(
    lambda: changing(
        TallyPointer.objects.filter(
            Q(data_seq__isnull=True) | Q(data_seq__lte=Given("seq")),
            scheme=Given("scheme"),
            generation__lt=Given("generation"),
        ),
        generation=Given("generation"),
        data_seq=Given("seq"),
        built_at=Given("built_at"),
    )
)


def _forget(former: QuerySet[Any]) -> None:
    """Delete rows by ranges of their keys: what is of one generation lies together."""
    generations = former.order_by().values_list("generation")
    for generation, first, last in generations.annotate(first=Min("pk"), last=Max("pk")):
        rows = former.filter(generation=generation)
        for start in range(first, last + 1, PORTION):
            rows.filter(pk__range=(start, start + PORTION - 1)).delete()
