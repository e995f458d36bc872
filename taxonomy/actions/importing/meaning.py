"""What a file means: its columns and values, and the plan that follows from them."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from incidents.actions.files import keep_file, path_of
from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import ImportState
from incidents.countries import country_code
from incidents.jobs import Claim, Refused, request_job
from incidents.models import Import, Job, Member, Study
from taxonomy.actions.importing.preview import summarize
from taxonomy.actions.importing.sizes import let_others_write
from taxonomy.sheet_messages import sentence
from taxonomy.sheets.guessing import guess_columns
from taxonomy.sheets.limits import Limits
from taxonomy.sheets.plan import ImportPlan
from taxonomy.sheets.planning import plan_import
from taxonomy.sheets.problems import SheetError
from taxonomy.sheets.reading import Sheet, open_sheet, sample

CHECK_IMPORT = "taxonomy.check_import"
RUN_IMPORT = "taxonomy.run_import"
UNDO_IMPORT = "taxonomy.undo_import"
SAMPLE = 50
SCHEME_SLUG = "imported"
CHANGEABLE = (ImportState.UPLOADED, ImportState.CHECKED)
OPTIONS: Mapping[str, Any] = {
    "values": {},
    "codes": "split",
    "create_missing": True,
    "scheme": SCHEME_SLUG,
    "scheme_name": "",
    "defaults": {},
}


def receive_file(*, study: Study, name: str, chunks: Iterable[bytes], by: Member | None) -> Import:
    """Keep a file and guess what its columns mean; returns the import that may come of it.

    Raises RefusedError with a sentence where the file cannot be read or was imported before;
    then nothing is kept.
    """
    guess: dict[str, Any] = {}

    def look(path: Path, sha256: str) -> None:
        _refuse_again(study, sha256)
        sheet = open_sheet(path, limits=limits(), name=name)
        guess["headers"] = list(sheet.headers)
        guess["columns"] = guess_columns(sheet.headers, sample(sheet, SAMPLE))

    try:
        file = keep_file(study=study, name=name, chunks=chunks, by=by, look=look)
    except SheetError as error:
        raise _refusal(error) from None
    with transaction.atomic():
        source = Import.objects.create(
            study=study, member=by, file=file, options={**OPTIONS, **guess}
        )
        record_change(verb="receive_file", on=source, study=study, by=by)
    return source


def limits() -> Limits:
    """How big a file may be here."""
    return Limits(file_bytes=settings.UPLOAD_LIMIT_MB * 1_000_000)


def _refusal(error: SheetError) -> RefusedError:
    return RefusedError(sentence(error.problem))


def _refuse_again(study: Study, sha256: str, *, but: Import | None = None) -> None:
    brought = (ImportState.RUNNING, ImportState.DONE, ImportState.UNDOING)
    imports = Import.objects.filter(study=study, file__sha256=sha256, state__in=brought)
    if but is not None:
        imports = imports.exclude(pk=but.pk)
    earlier = imports.select_related("file").first()
    if earlier is not None:
        raise RefusedError(
            _(
                "This very file was imported before, as “%(name)s”. Nothing was changed. Undo that"
                " import first if you want to bring the file in anew."
            )
            % {"name": earlier.file.name}
        )


@transaction.atomic
def say_what_it_means(
    *, source: Import, by: Member | None, row_version: int, **options: Any
) -> Import:
    """Set columns ({header: field}), values ({field: {theirs: ours}}), codes, and the like.

    Raises StaleError where somebody changed it meanwhile or it is being imported already.
    """
    changed = Import.objects.filter(
        pk=source.pk, row_version=row_version, state__in=CHANGEABLE
    ).update(
        options={**source.options, **options},
        summary={},
        state=ImportState.UPLOADED,
        row_version=F("row_version") + 1,
    )
    if not changed:
        raise StaleError(_("Somebody changed this import meanwhile. Look at it as it is now."))
    source.refresh_from_db()
    record_change(
        verb="say_what_it_means", on=source, study=source.study, by=by, options=sorted(options)
    )
    return source


def sheet_of(source: Import) -> Sheet:
    """Open the file of an import. Raises SheetError, or RefusedError where it is gone."""
    path = path_of(source.file)
    if not path.exists():
        raise RefusedError(_("The file is no longer there. Upload it again."))
    return open_sheet(path, limits=limits(), name=source.file.name)


def sample_of(source: Import) -> Sequence[list[str]]:
    """The cells of the first rows of the file. Raises RefusedError where it cannot be read."""
    try:
        return sample(sheet_of(source), SAMPLE)
    except SheetError as error:
        raise _refusal(error) from None


def plan_of(source: Import) -> tuple[Sheet, ImportPlan]:
    """Read the file and plan what importing it would do. Raises RefusedError with a sentence."""
    try:
        return _planned(sheet_of(source), source.study, source.options)
    except SheetError as error:
        raise _refusal(error) from None


def _planned(sheet: Sheet, study: Study, options: Mapping[str, Any]) -> tuple[Sheet, ImportPlan]:
    with _keeping_everything():
        plan = plan_import(
            sheet.rows(),
            headers=sheet.headers,
            mapping={column: field for column, field in options["columns"].items() if field},
            country_code=country_code,
            value_map=options["values"],
            codes=options["codes"],
            defaults=options.get("defaults", {}),
            known=known_names(study),
            create_missing=options["create_missing"],
        )
    return sheet, plan


@contextmanager
def _keeping_everything() -> Iterator[None]:
    """Look for no garbage: a plan is many objects that all stay, and looking takes half the time.

    Where two plans are made at once, the first to end only makes the other slower.
    """
    looked_before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked_before:
            gc.enable()


def preview_of(path: Path, *, study: Study, **options: Any) -> dict[str, Any]:
    """The preview of a file that is not kept; `study` may be one still to be made.

    `columns` are laid over what is guessed; an empty field leaves a column out.
    """
    try:
        sheet = open_sheet(path, limits=limits(), name=path.name)
        guessed = guess_columns(sheet.headers, sample(sheet, SAMPLE))
        columns = {**guessed, **options["columns"]}
        meant = {**OPTIONS, **options, "columns": columns}
        return summarize(*_planned(sheet, study, meant), study=study, options=meant)
    except SheetError as error:
        raise _refusal(error) from None


def known_names(study: Study) -> dict[str, list[str]]:
    """The names that the study has already, by field."""
    if study._state.adding:  # it is still to be made
        return {"region": [], "sector": [], "organization": [], "interviewer": [], "coder": []}
    stated = {"not_stated": False}
    members = study.members.values_list("display_name", flat=True)
    return {
        "region": list(study.regions.filter(**stated).values_list("name", flat=True)),
        "sector": list(study.sectors.filter(**stated).values_list("name", flat=True)),
        "organization": list(study.organizations.filter(**stated).values_list("name", flat=True)),
        "interviewer": list(members),
        "coder": list(members),
    }


def request_check(*, source: Import, by: Member | None) -> Job:
    """Ask for the preview to be made in the background."""
    return _request(CHECK_IMPORT, source, by)


@transaction.atomic
def request_import(*, source: Import, by: Member | None, row_version: int) -> Job:
    """Ask for a checked file to be brought in.

    Raises RefusedError where its check found something that has to be settled first, StaleError
    where somebody changed it or asked meanwhile.
    """
    lock_study(source.study_id)  # one asks at a time
    _refuse_again(source.study, source.file.sha256, but=source)
    source.summary = Import.objects.values_list("summary", flat=True).get(pk=source.pk)
    changed = Import.objects.filter(
        pk=source.pk, row_version=row_version, state=ImportState.CHECKED
    ).update(state=ImportState.RUNNING, row_version=F("row_version") + 1)
    if not changed:
        raise StaleError(_("Somebody changed this import meanwhile. Look at it as it is now."))
    if source.summary.get("blocked", True):
        raise RefusedError(_("Something in the preview has to be settled before the import."))
    record_change(verb="request_import", on=source, study=source.study, by=by)
    return _request(RUN_IMPORT, source, by)


def _request(kind: str, source: Import, by: Member | None) -> Job:
    with transaction.atomic():
        return request_job(
            kind=kind,
            study=source.study,
            by=by,
            args={"import": str(source.uid)},
            unique_key=f"{kind}:{source.uid}",
        )


def source_of(claim: Claim) -> Import:
    """The import that a job is about."""
    return Import.objects.select_related("study", "file").get(uid=claim.job.args["import"])


def under_way(source: Import) -> None:
    """Raise Refused unless the import still runs: it may have been undone meanwhile."""
    if not Import.objects.filter(pk=source.pk, state=ImportState.RUNNING).exists():
        raise Refused(_("This import is not under way any more."))


@contextmanager
def fenced(source: Import, claim: Claim) -> Iterator[None]:
    """A portion: a transaction that commits only while the job is ours; locks study, then job."""
    with transaction.atomic():
        lock_study(source.study_id)
        claim.hold()
        yield
    let_others_write()


def check_import(claim: Claim) -> None:
    """Make the preview of an import. The runner of the job."""
    source = source_of(claim)
    claim.progress(0, 1)
    summary = summary_of(source)
    with transaction.atomic():
        claim.finish(blocked=summary["blocked"])
        Import.objects.filter(
            pk=source.pk, row_version=source.row_version, state__in=CHANGEABLE
        ).update(summary=summary, state=ImportState.CHECKED)


def summary_of(source: Import) -> dict[str, Any]:
    """The preview of an import as JSON values; what `summarize` says, or why there is none."""
    try:
        return summarize(*plan_of(source), study=source.study, options=source.options)
    except RefusedError as refusal:
        return {"blocked": True, "refused": str(refusal)}


@transaction.atomic
def discard_import(*, source: Import, by: Member | None, row_version: int) -> None:
    """Throw away a file that was not brought in. Raises StaleError where it is not as it was."""
    rows = Import.objects.filter(pk=source.pk, row_version=row_version, state__in=CHANGEABLE)
    if not rows.exists():
        raise StaleError(_("Somebody changed this import meanwhile. Look at it as it is now."))
    record_change(verb="discard_import", on=source, study=source.study, by=by)
    Import.objects.filter(pk=source.pk).delete()
    source.file.delete()
    path = path_of(source.file)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


@transaction.atomic
def note_handing_out(*, source: Import, by: Member) -> None:
    """Note that somebody took the rows that were left out, words and all, out of the house."""
    record_change(verb="hand_out_refused_rows", on=source, study=source.study, by=by)
