"""Taking an import out again, as long as nobody has worked on what it brought."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Model, ProtectedError, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents import jobs
from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts, leave_tables
from incidents.actions.refusals import RefusedError
from incidents.choices import ImportState, IncidentState, VersionKind
from incidents.jobs import Claim, request_job
from incidents.models import (
    Draft,
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
)
from taxonomy.actions.importing.meaning import RUN_IMPORT, UNDO_IMPORT, fenced, source_of
from taxonomy.actions.revisions import Conflict, InvalidTree, undo
from taxonomy.choices import Purpose
from taxonomy.models import (
    Assignment,
    Coding,
    HeldIncident,
    Revision,
    SortItem,
    TrainingItem,
)

PORTION = 200
ROWS_IN_ONE_TRANSACTION = 900
UNUSED: dict[str, QuerySet[Any]] = {
    "respondent": Respondent.objects.filter(interviews__isnull=True),
    "member": Member.objects.filter(
        user__isnull=True, codings__isnull=True, interviews__isnull=True
    ),
    "site": Site.objects.filter(respondents__isnull=True, incidents__isnull=True),
    "organization": Organization.objects.filter(sites__isnull=True, row_version=0),
    "sector": Sector.objects.filter(row_version=0)
    .exclude(organizations__not_stated=False)
    .exclude(organizations__sites__isnull=False),
    "region": Region.objects.filter(sites__isnull=True, countries__isnull=True, row_version=0),
}


def obstacles(source: Import) -> list[str]:
    """What people have done since with the incidents of an import, in sentences."""
    said = [*_classified(source), *_worked_on(source)]
    return [sentence % number for number, sentence in said if number]


_Said = list[tuple[int, str]]


def _classified(source: Import) -> _Said:
    """What was coded, given, sorted or put aside of it; of each how often."""
    moments = {"moment__incident__imported_from": source}
    coded = Coding.objects.filter(**moments).exclude(purpose=Purpose.IMPORT).count()
    given = Assignment.objects.filter(**moments).count()
    sorted_ = SortItem.objects.filter(**moments).count()
    practised = TrainingItem.objects.filter(**moments, taken_out_at__isnull=True).count()
    held_out = HeldIncident.objects.filter(
        incident__imported_from=source, holdout__taken_back_at__isnull=True
    ).count()
    return [
        (coded, ngettext("%d coding was made.", "%d codings were made.", coded)),
        (given, ngettext("%d moment is with a coder.", "%d moments are with coders.", given)),
        (sorted_, ngettext("%d moment is in a sort.", "%d moments are in sorts.", sorted_)),
        (
            practised,
            ngettext(
                "%d moment is in a training set.", "%d moments are in training sets.", practised
            ),
        ),
        (
            held_out,
            ngettext(
                "%d incident is of the holdout.", "%d incidents are of the holdout.", held_out
            ),
        ),
    ]


def _worked_on(source: Import) -> _Said:
    """What was screened, written or changed of it and of its interviews; of each how often."""
    brought = Incident.objects.filter(imported_from=source)
    incidents = {"incident__imported_from": source}
    others = Incident.objects.filter(interview__imported_from=source).exclude(imported_from=source)
    moved = Respondent.objects.filter(interviews__imported_from=source, row_version__gt=0)
    changed = brought.filter(Q(row_version__gt=0) | Q(moments__row_version__gt=0))
    screened = Screening.objects.filter(**incidents).count()
    corrected = IncidentVersion.objects.filter(**incidents, kind=VersionKind.CORRECTION).count()
    drafts = Draft.objects.filter(interview__imported_from=source).count()
    number_changed, number_moved = changed.distinct().count(), moved.distinct().count()
    added = others.count()
    return [
        (screened, ngettext("%d verdict was given.", "%d verdicts were given.", screened)),
        (corrected, ngettext("%d text was corrected.", "%d texts were corrected.", corrected)),
        (
            number_changed,
            ngettext("%d incident was changed.", "%d incidents were changed.", number_changed),
        ),
        (
            number_moved,
            ngettext("%d respondent was moved.", "%d respondents were moved.", number_moved),
        ),
        (
            added,
            ngettext(
                "%d incident was added to its interviews.",
                "%d incidents were added to its interviews.",
                added,
            ),
        ),
        (
            drafts,
            ngettext(
                "%d incident is being written in its interviews.",
                "%d incidents are being written in its interviews.",
                drafts,
            ),
        ),
    ]


@transaction.atomic
def request_undo(*, source: Import, by: Member | None) -> Job:
    """Hide what an import brought at once, and ask for its removal in the background.

    Raises RefusedError, naming what stands in the way, where somebody has worked on it.
    """
    seq = change_facts(source.study, by=by)  # whoever codes waits, and then finds it gone
    hidden = Import.objects.filter(
        pk=source.pk, state__in=[ImportState.DONE, ImportState.RUNNING]
    ).update(state=ImportState.UNDOING, row_version=F("row_version") + 1)
    if not hidden:
        raise RefusedError(_("There is nothing to undo."))
    brought = Incident.objects.filter(imported_from=source)
    leave_tables(brought, number=seq, state=IncidentState.IMPORTING)
    standing = [*_still_running(source), *obstacles(source)]
    if standing:
        raise RefusedError(
            _("This import cannot be undone any more: %(what)s You can withdraw it instead.")
            % {"what": " ".join(standing)}
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
    jobs_of_it = Job.objects.filter(kind=RUN_IMPORT, unique_key=f"{RUN_IMPORT}:{source.uid}")
    return [_("It is still being brought in.")] if jobs_of_it.going_on().exists() else []


def undo_import(claim: Claim) -> None:
    """Remove in portions what an import brought. The runner of the job."""
    source = source_of(claim)
    if source.state != ImportState.UNDOING:
        raise jobs.Refused(_("There is nothing to undo."))
    remove_rows(source, claim)
    with fenced(source, claim):
        kept = not _undo_categories(source)
    remove_unused(source, claim)
    with fenced(source, claim):
        Import.objects.filter(pk=source.pk).update(
            state=ImportState.UNDONE,
            summary={**source.summary, "categories_kept": kept},
            row_version=F("row_version") + 1,
        )
        claim.finish()


@transaction.atomic
def withdraw_import(*, source: Import, by: Member) -> int:
    """Withdraw every incident of an import that still counts; returns how many."""
    seq = change_facts(source.study, by=by)
    standing = Incident.objects.filter(imported_from=source).exclude(
        state__in=[IncidentState.WITHDRAWN, IncidentState.IMPORTING]
    )
    withdrawn = leave_tables(
        standing, number=seq, state=IncidentState.WITHDRAWN, row_version=F("row_version") + 1
    )
    record_change(verb="withdraw_import", on=source, study=source.study, by=by, incidents=withdrawn)
    return withdrawn


def remove_rows(source: Import, claim: Claim) -> None:
    """Delete what an unpublished or hidden import wrote, in portions fenced by the job."""
    hidden = Incident.objects.filter(imported_from=source, state=IncidentState.IMPORTING)
    total, done = hidden.count(), 0
    while keys := _next_incidents(hidden):
        claim.progress(done, total)
        with fenced(source, claim):
            rows = Incident.objects.filter(pk__in=keys)
            rows.update(version=None)
            rows.delete()
        done += len(keys)
    _delete_all(source, claim, ImportRow.objects.filter(source=source))
    interviews = Interview.objects.filter(imported_from=source, incidents__isnull=True)
    _delete_all(source, claim, interviews)
    implied = Respondent.objects.filter(study=source.study_id, interviews__isnull=True)
    _delete_all(source, claim, implied.filter(code__startswith=f"F{source.pk}-"))


def _next_incidents(hidden: QuerySet[Incident]) -> list[int]:
    """The next incidents to delete: as many as fit, with all their rows, in one transaction."""
    keys: list[int] = []
    rows = 0
    counted = hidden.order_by("pk").annotate(
        parts=Count("moments", distinct=True), answers=Count("moments__codings", distinct=True)
    )
    for key, parts, answers in counted.values_list("pk", "parts", "answers")[:PORTION]:
        rows += 5 + 2 * parts + answers
        if keys and rows > ROWS_IN_ONE_TRANSACTION:
            break
        keys.append(key)
    return keys


def _delete_all(source: Import, claim: Claim, rows: QuerySet[Any]) -> None:
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:PORTION]):
        with fenced(source, claim):
            rows.model._default_manager.filter(pk__in=keys).delete()


def _undo_categories(source: Import) -> bool:
    """Take the categories of the file back; False where something later stands on them."""
    if source.scheme_uid is None or source.revision_number is None:
        return True
    revision = Revision.objects.get(scheme__uid=source.scheme_uid, number=source.revision_number)
    if Revision.objects.filter(undoes=revision).exists():  # an earlier attempt came so far
        return True
    try:
        with transaction.atomic():
            undo(revision=revision, by=None, rationale=_("The import was undone."))
    except (Conflict, InvalidTree):
        return False  # somebody uses them: they stay, empty
    return True


def remove_unused(source: Import, claim: Claim) -> None:
    """Delete what the import made and nobody has used or changed: people, then places."""
    made = Import.objects.values_list("created", flat=True).get(pk=source.pk).get("made", [])
    for kind, unused in UNUSED.items():
        uids = [uid for what, uid in made if what == kind]
        for start in range(0, len(uids), PORTION):
            with fenced(source, claim):
                _delete_unused(kind, unused.filter(uid__in=uids[start : start + PORTION]))


def _delete_unused(kind: str, rows: QuerySet[Any]) -> None:
    """Delete rows, or one by one those of them that something unforeseen does not protect."""
    keys = list(rows.values_list("pk", flat=True))
    try:
        with transaction.atomic():
            _delete(kind, rows.model, keys)
    except ProtectedError:
        for key in keys:
            with suppress(ProtectedError), transaction.atomic():
                _delete(kind, rows.model, [key])


def _delete(kind: str, model: type[Model], keys: Sequence[int]) -> None:
    if kind == "sector":
        Organization.objects.filter(sector__in=keys, not_stated=True).delete()
    model._default_manager.filter(pk__in=keys).delete()
