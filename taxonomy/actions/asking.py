"""What a job makes of a scheme and keeps: asked for once while it waits, answered once."""

from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.jobs import Claim, Refused, request_job
from incidents.models import Member
from taxonomy.models import AgreementReport, Classifier, Scheme

Made = TypeVar("Made", AgreementReport, Classifier)


@transaction.atomic
def ask_for(
    what: type[Made],
    *,
    kind: str,
    verb: str,
    scheme: Scheme,
    by: Member | None,
    variant: dict[str, str] | None = None,
    **asked: Any,
) -> Made:
    """Ask for one to be made; returns the row that its job will fill, or the one that waits.

    `variant` tells apart what may wait beside each other, `asked` are further fields of the row.
    """
    told: dict[str, Any] = variant or {}
    job = request_job(
        kind=kind,
        study=scheme.study,
        by=by,
        args={"scheme": str(scheme.uid), **told},
        unique_key=":".join([kind, str(scheme.uid), *told.values()]),
    )
    row, is_new = what.objects.get_or_create(
        job=job, defaults={"scheme": scheme, "asked_by": by, **asked}
    )
    if is_new:
        record_change(verb=verb, on=row, study=scheme.study, by=by, **told)
    return row


def asked_for(what: type[Made], claim: Claim) -> Made:
    """The row that a job is to fill, dated as of now: what changes meanwhile leaves it behind.

    Raises Refused where it went with its scheme.
    """
    rows = what.objects.filter(job=claim.job).select_related("scheme__study")
    row = rows.order_by("-pk").first()
    if row is None:
        raise Refused(_("The scheme is no longer there."))
    row.data_seq, row.revision = row.scheme.study.data_seq, row.scheme.revision
    return row


@transaction.atomic
def keep_answer(
    claim: Claim, report: AgreementReport, answer: dict[str, Any], **result: int
) -> None:
    """Keep what a job found, as of when it began, and finish the job with what came of it."""
    claim.hold()
    AgreementReport.objects.filter(pk=report.pk).update(
        answer=answer,
        answered_at=timezone.now(),
        data_seq=report.data_seq,
        revision=report.revision,
    )
    claim.finish(**result)
