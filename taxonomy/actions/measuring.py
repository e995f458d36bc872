"""Agreement reports: asked for by people and by locks, made by a job, kept as they were made."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError
from incidents.jobs import Claim
from incidents.models import Member
from taxonomy.actions.asking import ask_for, asked_for, keep_answer
from taxonomy.models import AgreementReport, Batch, Scheme
from taxonomy.queries.brought import BROUGHT, several_brought
from taxonomy.queries.looks import looks_during
from taxonomy.queries.reliability import (
    ORGANIZATION,
    adjudicated_in,
    last_coding,
    material_of,
    measured_batches,
)
from taxonomy.reliability.material import Coded, Material, answers_together

MEASURE_AGREEMENT = "taxonomy.measure_agreement"
SAMPLES = 1_000
SEED = 1


def ask_agreement(
    *, scheme: Scheme, by: Member | None, clusters: str = ORGANIZATION
) -> AgreementReport:
    """Ask for a report on the agreement in a scheme; what waits already is not asked for twice.

    Without a locked batch of several coders it is on what files brought. Raises RefusedError where
    they brought no moment that several coded.
    """
    if not measured_batches(scheme).exists() and not several_brought(scheme):
        raise RefusedError(_("There is nothing to measure before a batch is locked."))
    return ask_for(
        AgreementReport,
        kind=MEASURE_AGREEMENT,
        verb="measure_agreement",
        scheme=scheme,
        by=by,
        variant={"clusters": clusters},
        question={"clusters": clusters, "samples": SAMPLES, "seed": SEED},
    )


def measure_agreement(claim: Claim) -> None:
    """Measure how far the coders of a scheme agree, and keep it. The runner of the job."""
    from taxonomy.reliability.report import report_of  # noqa: PLC0415  (loads NumPy: jobs only)

    report = asked_for(AgreementReport, claim)
    scheme, question = report.scheme, report.question
    before = last_coding(scheme)
    batches = list(measured_batches(scheme))
    material = material_of(scheme, batches, clusters=question["clusters"])
    rounds = report_of(
        material, samples=question["samples"], seed=question["seed"], progress=claim.progress
    )
    answer = {
        **_origin(scheme, batches, material),
        "last_coding": before,
        "answers": answers_together(material.coded),
        "rounds": rounds,
    }
    keep_answer(claim, report, answer, rounds=len(rounds))


def _origin(scheme: Scheme, batches: list[Batch], material: Material) -> dict[str, Any]:
    """What the figures were made from, beside them."""
    adjudicated, by_coder = adjudicated_in(scheme, [batch.uid for batch in batches])
    return {
        "batches": [_batch(batch, material.coded) for batch in batches] or [_brought(material)],
        "coders": sorted({one.coder for one in material.coded}),
        "moments": len({one.moment for one in material.coded}),
        "codings": len(material.coded),
        "looks": len({look.pk for batch in batches for look in looks_during(batch)}),
        "adjudicated": adjudicated,
        "adjudicated_by_coder": by_coder,
    }


def _batch(batch: Batch, answers: Sequence[Coded]) -> dict[str, object]:
    return {
        "uid": str(batch.uid),
        "name": batch.name,
        "locked_at": batch.locked_at.isoformat() if batch.locked_at else None,
        "revision": batch.locked_revision,
        **_coded([one for one in answers if one.batch == str(batch.uid)]),
    }


def _brought(material: Material) -> dict[str, object]:
    """What files brought, in the place of a batch."""
    none = {"name": "", "locked_at": None, "revision": None}
    return {"uid": str(BROUGHT), **none, **_coded(material.coded)}


def _coded(answers: Sequence[Coded]) -> dict[str, object]:
    return {
        "moments": len({one.moment for one in answers}),
        "coders": sorted({one.coder for one in answers}),
    }


@transaction.atomic
def log_figures(*, report: AgreementReport, by: Member) -> None:
    """Record that a member took the figures of a report away."""
    record_change(verb="export_agreement", on=report, study=by.study, by=by)
