"""Counts for saturation and participation in a large study: asked for, made by a job, and kept."""

from django.utils.translation import gettext as _

from incidents.actions.refusals import RefusedError
from incidents.jobs import Claim
from incidents.models import Member
from taxonomy.actions.asking import ask_for, asked_for, keep_answer
from taxonomy.models import AgreementReport, Round, Scheme
from taxonomy.queries.saturation_kept import ABOUT, CountedNow, kept_counts
from taxonomy.queries.trees import tree_of

COUNT_SATURATION = "taxonomy.count_saturation"


def ask_saturation(*, scheme: Scheme, by: Member | None) -> AgreementReport:
    """Ask for the counts of every round; what waits already is not asked for twice.

    Raises RefusedError where the scheme has no round.
    """
    if not Round.objects.filter(scheme=scheme, exists=True).exists():
        raise RefusedError(_("There is nothing to count before the scheme has a round."))
    return ask_for(
        AgreementReport,
        kind=COUNT_SATURATION,
        verb="count_saturation",
        scheme=scheme,
        by=by,
        question={"about": ABOUT},
    )


def count_saturation(claim: Claim) -> None:
    """Count every round of a scheme and keep the counts. The runner of the job."""
    report = asked_for(AgreementReport, claim)
    scheme = report.scheme
    counts, rounds = CountedNow(scheme, tree_of(scheme)), []
    steps = 2 * len(counts.tree.rounds)  # each reads all facts, and the lease is renewed between
    for done, position in enumerate(counts.tree.rounds):
        claim.progress(2 * done, steps)
        entered = counts.entered(position)
        claim.progress(2 * done + 1, steps)
        rounds.append(kept_counts(position, entered, counts.participation(position)))
    answer = {"made": sorted(counts.made), "rounds": rounds}
    keep_answer(claim, report, answer, rounds=len(rounds))
