"""Counts for saturation and participation in a large study: asked for, made by a job, and kept."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError
from incidents.jobs import Claim, request_job
from incidents.models import Member
from taxonomy.actions.measuring import report_asked_for
from taxonomy.models import AgreementReport, Round, Scheme
from taxonomy.queries.saturation_kept import ABOUT, CountedNow, kept_counts
from taxonomy.queries.trees import tree_of

COUNT_SATURATION = "taxonomy.count_saturation"


@transaction.atomic
def ask_saturation(*, scheme: Scheme, by: Member | None) -> AgreementReport:
    """Ask for the counts of every round; what waits already is not asked for twice.

    Raises RefusedError where the scheme has no round.
    """
    if not Round.objects.filter(scheme=scheme, exists=True).exists():
        raise RefusedError(_("There is nothing to count before the scheme has a round."))
    job = request_job(
        kind=COUNT_SATURATION,
        study=scheme.study,
        by=by,
        args={"scheme": str(scheme.uid)},
        unique_key=f"{COUNT_SATURATION}:{scheme.uid}",
    )
    report, is_new = AgreementReport.objects.get_or_create(
        job=job, defaults={"scheme": scheme, "question": {"about": ABOUT}, "asked_by": by}
    )
    if is_new:
        record_change(verb="count_saturation", on=report, study=scheme.study, by=by)
    return report


def count_saturation(claim: Claim) -> None:
    """Count every round of a scheme and keep the counts. The runner of the job."""
    report = report_asked_for(claim)
    scheme = report.scheme
    now = {"data_seq": scheme.study.data_seq, "revision": scheme.revision}  # later: it is behind
    counts, rounds = CountedNow(scheme, tree_of(scheme)), []
    steps = 2 * len(counts.tree.rounds)  # each reads all facts, and the lease is renewed between
    for done, position in enumerate(counts.tree.rounds):
        claim.progress(2 * done, steps)
        entered = counts.entered(position)
        claim.progress(2 * done + 1, steps)
        rounds.append(kept_counts(position, entered, counts.participation(position)))
    answer = {"made": sorted(counts.made), "rounds": rounds}
    with transaction.atomic():
        claim.hold()
        kept = AgreementReport.objects.filter(pk=report.pk)
        kept.update(answer=answer, answered_at=timezone.now(), **now)
        claim.finish(rounds=len(rounds))
