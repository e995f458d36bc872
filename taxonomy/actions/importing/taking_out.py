"""Taking an import out again, as long as nobody has worked on what it brought."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import F, ProtectedError, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents import jobs
from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts
from incidents.actions.refusals import RefusedError
from incidents.choices import ImportState, IncidentState, JobState, VersionKind
from incidents.jobs import Claim, request_job
from incidents.models import (
    Import,
    ImportRow,
    Incident,
    IncidentVersion,
    Interview,
    Job,
    Member,
    Organization,
    Region,
    Respondent,
    Screening,
    Sector,
    Site,
    Study,
)
from taxonomy.actions.importing.meaning import RUN_IMPORT, UNDO_IMPORT, source_of
from taxonomy.actions.revisions import Conflict, InvalidTree, undo
from taxonomy.choices import Purpose
from taxonomy.models import Assignment, Coding, Revision

PORTION = 60  # incidents; each goes with its versions, moments, codings, settlements and row
MADE = {
    "respondent": Respondent,
    "site": Site,
    "organization": Organization,
    "sector": Sector,
    "region": Region,
}


def obstacles(source: Import) -> list[str]:
    """What people have done since with the incidents of an import, in sentences."""
    brought = Incident.objects.filter(imported_from=source)
    incidents = {"incident__imported_from": source}
    moments = {"moment__incident__imported_from": source}
    others = Incident.objects.filter(interview__imported_from=source).exclude(imported_from=source)
    changed = brought.filter(Q(row_version__gt=0) | Q(moments__row_version__gt=0)).distinct()
    corrected = IncidentVersion.objects.filter(**incidents, kind=VersionKind.CORRECTION)
    coded = Coding.objects.filter(**moments).exclude(purpose=Purpose.IMPORT).count()
    assigned = Assignment.objects.filter(**moments).count()
    screened = Screening.objects.filter(**incidents).count()
    said = [
        (coded, ngettext("%d coding was made.", "%d codings were made.", coded)),
        (assigned, ngettext("%d moment is assigned.", "%d moments are assigned.", assigned)),
        (screened, ngettext("%d verdict was given.", "%d verdicts were given.", screened)),
        (
            number := corrected.count(),
            ngettext("%d text was corrected.", "%d texts were corrected.", number),
        ),
        (
            number := changed.count(),
            ngettext("%d incident was changed.", "%d incidents were changed.", number),
        ),
        (
            number := others.count(),
            ngettext("%d incident was added.", "%d incidents were added.", number),
        ),
    ]
    return [sentence % number for number, sentence in said if number]


@transaction.atomic
def request_undo(*, source: Import, by: Member | None) -> Job:
    """Hide what an import brought at once, and ask for its removal in the background.

    Raises RefusedError, naming what stands in the way, where somebody has worked on it.
    """
    seq = change_facts(source.study, by=by)  # whoever codes waits, and then finds it gone
    standing = [*_still_running(source), *obstacles(source)]
    if standing:
        raise RefusedError(
            _("This import cannot be undone any more: %(what)s You can withdraw it instead.")
            % {"what": " ".join(standing)}
        )
    hidden = Import.objects.filter(
        pk=source.pk, state__in=[ImportState.DONE, ImportState.RUNNING]
    ).update(state=ImportState.UNDOING, row_version=F("row_version") + 1)
    if not hidden:
        raise RefusedError(_("There is nothing to undo."))
    Incident.objects.filter(imported_from=source).update(
        state=IncidentState.IMPORTING, left_seq=seq
    )
    record_change(verb="undo_import", on=source, study=source.study, by=by)
    return request_job(
        kind=UNDO_IMPORT,
        study=source.study,
        by=by,
        args={"import": str(source.uid)},
        unique_key=f"{UNDO_IMPORT}:{source.uid}",
    )


def _still_running(source: Import) -> list[str]:
    jobs_of_it = Job.objects.filter(
        kind=RUN_IMPORT,
        unique_key=f"{RUN_IMPORT}:{source.uid}",
        state__in=[JobState.WAITING, JobState.RUNNING],
    )
    return [_("It is still being brought in.")] if jobs_of_it.exists() else []


def undo_import(claim: Claim) -> None:
    """Remove in portions what an import brought. The runner of the job."""
    source = source_of(claim)
    if source.state != ImportState.UNDOING:
        raise jobs.Refused(_("There is nothing to undo."))
    remove_rows(source, claim)
    with transaction.atomic():
        Study.objects.select_for_update().get(pk=source.study_id)
        claim.hold()
        _undo_categories(source)
        _remove_unused(source)
        Import.objects.filter(pk=source.pk).update(
            state=ImportState.UNDONE, row_version=F("row_version") + 1
        )
        claim.finish()


@transaction.atomic
def withdraw_import(*, source: Import, by: Member) -> int:
    """Withdraw every incident of an import that still counts; returns how many."""
    seq = change_facts(source.study, by=by)
    withdrawn = (
        Incident.objects.filter(imported_from=source)
        .exclude(state__in=[IncidentState.WITHDRAWN, IncidentState.IMPORTING])
        .update(state=IncidentState.WITHDRAWN, left_seq=seq, row_version=F("row_version") + 1)
    )
    record_change(verb="withdraw_import", on=source, study=source.study, by=by, incidents=withdrawn)
    return withdrawn


def remove_rows(source: Import, claim: Claim) -> None:
    """Delete what an unpublished or hidden import wrote, in portions fenced by the job."""
    hidden = Incident.objects.filter(imported_from=source, state=IncidentState.IMPORTING)
    for done, keys in enumerate(_portions(hidden)):
        claim.progress(done, done + 1)
        with transaction.atomic():
            claim.hold()
            rows = Incident.objects.filter(pk__in=keys)
            rows.update(version=None)
            rows.delete()
    implied = Respondent.objects.filter(
        study=source.study_id,
        implied=True,
        interviews__isnull=True,
        code__startswith=f"F{source.pk}-",
    )
    _remove(ImportRow.objects.filter(source=source), claim)
    _remove(_interviews(source), claim)
    _remove(implied, claim)


def _remove(rows: QuerySet[Any], claim: Claim) -> None:
    for keys in _portions(rows, size=PORTION * 8):
        with transaction.atomic():
            claim.hold()
            rows.model._default_manager.filter(pk__in=keys).delete()


def _interviews(source: Import) -> QuerySet[Interview]:
    return Interview.objects.filter(imported_from=source, incidents__isnull=True)


def _portions(rows: QuerySet[Any], *, size: int = PORTION) -> Iterator[list[int]]:
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:size]):
        yield keys


def _undo_categories(source: Import) -> None:
    """Take the categories of the file back, unless something later stands on them."""
    if source.scheme_uid is None or source.revision_number is None:
        return
    revision = Revision.objects.get(scheme__uid=source.scheme_uid, number=source.revision_number)
    try:
        with transaction.atomic():
            undo(revision=revision, by=None, rationale=_("The import was undone."))
    except (Conflict, InvalidTree):
        return  # somebody uses them: they stay, empty


def _remove_unused(source: Import) -> None:
    """Delete places the import made that nothing else refers to, from the finest up."""
    made = Import.objects.values_list("created", flat=True).get(pk=source.pk).get("made", [])
    for kind, model in MADE.items():
        for uid in [uid for what, uid in made if what == kind]:
            try:
                with transaction.atomic():
                    if kind == "sector":
                        Organization.objects.filter(sector__uid=uid, not_stated=True).delete()
                    model._default_manager.filter(uid=uid).delete()
            except ProtectedError:
                continue
