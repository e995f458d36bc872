"""Reports on how steady coders are: asked for by locks and by people, made by a job, and kept."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError
from incidents.jobs import Claim, request_job
from incidents.models import Member
from taxonomy.actions.measuring import SAMPLES, SEED, report_asked_for
from taxonomy.models import AgreementReport, Scheme
from taxonomy.queries.looks import looks_during
from taxonomy.queries.recoding import ABOUT, recoding_batches, twice_coded
from taxonomy.queries.reliability import ORGANIZATION, available_at
from taxonomy.queries.trees import tree_of

MEASURE_RECODING = "taxonomy.measure_recoding"


@transaction.atomic
def ask_recoding(*, scheme: Scheme, by: Member | None) -> AgreementReport:
    """Ask how far coders who coded again said the same; what waits is not asked for twice.

    Raises RefusedError where no batch of such is locked.
    """
    if not recoding_batches(scheme).exists():
        raise RefusedError(_("There is nothing to measure before a batch coded again is locked."))
    job = request_job(
        kind=MEASURE_RECODING,
        study=scheme.study,
        by=by,
        args={"scheme": str(scheme.uid)},
        unique_key=f"{MEASURE_RECODING}:{scheme.uid}",
    )
    question = {"about": ABOUT, "clusters": ORGANIZATION, "samples": SAMPLES, "seed": SEED}
    report, is_new = AgreementReport.objects.get_or_create(
        job=job, defaults={"scheme": scheme, "question": question, "asked_by": by}
    )
    if is_new:
        record_change(verb="measure_recoding", on=report, study=scheme.study, by=by)
    return report


def measure_recoding(claim: Claim) -> None:
    """Measure how far second answers are the first ones, and keep it. The runner of the job."""
    from taxonomy.reliability.recoding import steadiness_of  # noqa: PLC0415  (loads NumPy)

    report = report_asked_for(claim)
    scheme, question = report.scheme, report.question
    now = {"data_seq": scheme.study.data_seq, "revision": scheme.revision}  # later: it is behind
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
    with transaction.atomic():
        claim.hold()
        kept = AgreementReport.objects.filter(pk=report.pk)
        kept.update(answer=answer, answered_at=timezone.now(), **now)
        claim.finish(moments=found["moments"])
