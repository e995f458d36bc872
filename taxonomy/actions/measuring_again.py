"""Reports on how steady coders are: asked for by locks and by people, made by a job, and kept."""

from django.utils.translation import gettext as _

from incidents.actions.refusals import RefusedError
from incidents.jobs import Claim
from incidents.models import Member
from taxonomy.actions.asking import ask_for, asked_for, keep_answer
from taxonomy.actions.measuring import SAMPLES, SEED
from taxonomy.models import AgreementReport, Scheme
from taxonomy.queries.looks import looks_during
from taxonomy.queries.recoding import ABOUT, recoding_batches, twice_coded
from taxonomy.queries.reliability import ORGANIZATION, available_at
from taxonomy.queries.trees import tree_of

MEASURE_RECODING = "taxonomy.measure_recoding"


def ask_recoding(*, scheme: Scheme, by: Member | None) -> AgreementReport:
    """Ask how far coders who coded again said the same; what waits is not asked for twice.

    Raises RefusedError where no batch of such is locked.
    """
    if not recoding_batches(scheme).exists():
        raise RefusedError(_("There is nothing to measure before a batch coded again is locked."))
    return ask_for(
        AgreementReport,
        kind=MEASURE_RECODING,
        verb="measure_recoding",
        scheme=scheme,
        by=by,
        question={"about": ABOUT, "clusters": ORGANIZATION, "samples": SAMPLES, "seed": SEED},
    )


def measure_recoding(claim: Claim) -> None:
    """Measure how far second answers are the first ones, and keep it. The runner of the job."""
    from taxonomy.reliability.recoding import steadiness_of  # noqa: PLC0415  (loads NumPy)

    report = asked_for(AgreementReport, claim)
    scheme, question = report.scheme, report.question
    batches, tree = list(recoding_batches(scheme)), tree_of(scheme)
    open_ = frozenset[int]().union(*available_at(scheme, tree, batches).values())
    found = steadiness_of(
        twice_coded(scheme, question["clusters"]),
        tree,
        open_,
        samples=question["samples"],
        seed=question["seed"],
        progress=claim.progress,
    )
    looks = len({look.pk for batch in batches for look in looks_during(batch)})
    answer = {**found, "batches": len(batches), "looks": looks}
    keep_answer(claim, report, answer, moments=found["moments"])
