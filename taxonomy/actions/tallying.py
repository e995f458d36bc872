"""Tallies: counts of the facts, built in the background and switched over at once."""

from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Subquery
from django.utils import timezone

from incidents.actions.numbering import REBUILD_TALLIES
from incidents.jobs import Claim, request_job
from incidents.models import Study
from taxonomy.choices import Outcome
from taxonomy.models import Scheme, Tally, TallyPointer
from taxonomy.queries.facts import GROUPING, facts_of

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
    request_where_stale(Study.objects.filter(pk=claim.job.study_id))


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


def count_facts(scheme: Scheme) -> tuple[int, list[dict[str, Any]]]:
    """The counts at the tally's grain, and the number they were counted at.

    One statement reads both, so that they belong together; where there are no facts the number is
    read before, and may only be too old, which is found and mended.
    """
    study = Study.objects.filter(pk=scheme.study_id).values("data_seq")
    before = study.get()["data_seq"]
    columns = (*GROUPING, "incident__site_id", "incident__viewpoint", "valence")
    found = list(
        facts_of(scheme)
        .annotate(seq=Subquery(study))
        .values_list(*columns, "seq")
        .annotate(total=Count("pk"))
        .order_by()
    )
    rows = [
        {
            "outcome": outcome or Outcome.WAITING,
            "category_id": category,
            "contested": contested or "",
            "site_id": site,
            "viewpoint": viewpoint,
            "valence": valence,
            "moments": total,
        }
        for outcome, category, contested, site, viewpoint, valence, _seq, total in found
    ]
    return (found[0][6] if found else before), _together(rows)


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


def _together(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add up rows that differ only in having a waiting settlement or none at all."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(value for name, value in row.items() if name != "moments")
        if key in sums:
            sums[key]["moments"] += row["moments"]
        else:
            sums[key] = row
    return list(sums.values())


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
