"""Tallies: counts of the facts, built in the background and switched over at once."""

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from incidents.actions.numbering import REBUILD_TALLIES
from incidents.jobs import Claim, request_job
from incidents.models import Study
from taxonomy.models import Scheme, Tally, TallyPointer
from taxonomy.queries.counts import count_facts

PORTION = 500


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
    with transaction.atomic():
        claim.finish(built=built)
    request_where_stale(Study.objects.filter(jobs=claim.job))


def rebuild_tally(scheme: Scheme, claim: Claim) -> int:
    """Write a new generation of one scheme's tally, point to it, and return its data number."""
    generation = _generation(claim)
    seq, rows = count_facts(scheme)
    for start in range(0, len(rows), PORTION):
        with transaction.atomic():
            claim.hold()
            Tally.objects.bulk_create(
                Tally(scheme=scheme, generation=generation, **row)
                for row in rows[start : start + PORTION]
            )
    with transaction.atomic():
        claim.hold()
        _point(scheme, generation, seq)
    _forget_other_generations(scheme)
    return seq


def request_where_stale(studies: QuerySet[Study]) -> int:
    """Ask for a rebuild where a tally is behind its study; returns for how many studies."""
    behind = Q(schemes__tally_pointer__isnull=True) | Q(
        schemes__tally_pointer__data_seq__isnull=True
    )
    behind |= ~Q(schemes__tally_pointer__data_seq=F("data_seq"))
    stale = list(studies.filter(schemes__isnull=False).filter(behind).distinct())
    for study in stale:
        with transaction.atomic():
            request_job(
                kind=REBUILD_TALLIES, study=study, unique_key=f"{REBUILD_TALLIES}:{study.pk}"
            )
    return len(stale)


def find_stale_tallies() -> None:
    """What the sweeper looks for."""
    request_where_stale(Study.objects.all())


def _generation(claim: Claim) -> int:
    """A number no other run of any job uses."""
    return claim.job.pk * 1000 + claim.job.attempts


def _point(scheme: Scheme, generation: int, seq: int) -> None:
    """Point to a generation, unless a later claim or a later number is pointed to already.

    An earlier claim never wins over a later one: its rows may be forgotten while it still writes.
    Whoever loses here is found stale, if it is, by the comparison that follows.
    """
    TallyPointer.objects.get_or_create(scheme=scheme)
    TallyPointer.objects.filter(
        Q(data_seq__isnull=True) | Q(data_seq__lte=seq), scheme=scheme, generation__lt=generation
    ).update(generation=generation, data_seq=seq, built_at=timezone.now())


def _forget_other_generations(scheme: Scheme) -> None:
    """Remove, in portions, generations older than the one pointed to.

    A newer one may be under way; it is not touched.
    """
    current = TallyPointer.objects.values_list("generation", flat=True).get(scheme=scheme)
    old = Tally.objects.filter(scheme=scheme, generation__lt=current)
    while keys := list(old.values_list("pk", flat=True)[:PORTION]):
        Tally.objects.filter(pk__in=keys).delete()
