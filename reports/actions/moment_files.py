"""Files of all moments: asked for, made by a job, taken away, removed."""

import datetime as dt
import importlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.files import keep_file, portions_of, remove_file
from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.jobs import Claim, Refused, request_job
from incidents.models import Member, StoredFile
from incidents.paging import shown_number
from reports.choices import OWN_FORMS, ExportForm
from reports.datafiles.book import MOST_ROWS, Book, FileError
from reports.models import Export
from reports.queries.exports import OWN, asked_by, asked_of_own, book_of, expired_exports
from reports.queries.moment_rows import Moments
from reports.queries.moment_survey import Asked, ChangedMeanwhileError
from taxonomy.models import Scheme

EXPORT_MOMENTS = "reports.export_moments"
TRIES = 3  # of reading, where the data change meanwhile
SWEPT_AT_ONCE = 20
LEFT_FOR = 24 * 60 * 60  # seconds, in which a job comes back to what it has begun


@transaction.atomic
def ask_export(
    *,
    form: str,
    full: bool,
    set_aside: bool = False,
    reason: str = "",
    own: bool = False,
    by: Member,
) -> Export:
    """Ask for a file of all moments; returns its row, which a job will fill.

    `own`: of what the member was told, with words and names. Raises RefusedError where a member who
    is no admin asks for names or for what was set aside, where names are asked for without a
    reason, and where the member's roles do not go so far.
    """
    if not by.has_role(*_roles(full=full, own=own)):
        raise RefusedError(_("Only a study admin may do this."))
    if set_aside and not by.has_role(RoleName.ADMIN):
        raise RefusedError(_("Only a study admin may do this."))
    if own and form not in OWN_FORMS:
        raise RefusedError(_("Your own incidents leave as CSV or Excel."))
    if set_aside and not full:
        raise RefusedError(_("What was set aside leaves only with names."))
    if full and not reason.strip():
        raise RefusedError(_("Say why the file has to have names."))
    export = Export(
        study=by.study,
        asked_by=by,
        form=form,
        full=full,
        reason=reason.strip() if full else "",
        question={"set_aside": set_aside or own, **({OWN: True} if own else {})},
    )
    args = {"export": str(export.uid)}
    export.job = request_job(kind=EXPORT_MOMENTS, study=by.study, by=by, args=args)
    export.save()
    about: dict[str, Any] = {"form": form, "full": full, "set_aside": set_aside}
    about |= {"own": True} if own else {}
    record_change(verb="ask_export", on=export, study=by.study, by=by, **about)
    return export


def _roles(*, full: bool, own: bool) -> tuple[RoleName, ...]:
    """Who may have a file of this kind."""
    if own:
        return (RoleName.INTERVIEWER,)
    return (RoleName.ADMIN,) if full else (RoleName.ADMIN, RoleName.ANALYST)


@transaction.atomic
def log_download(*, export: Export, by: Member) -> None:
    """Record that a member took a file away."""
    about: dict[str, Any] = {"form": export.form, "full": export.full, "rows": export.rows}
    record_change(verb="download_export", on=export, study=export.study, by=by, **about)


@transaction.atomic
def remove_export(*, export: Export, by: Member | None) -> bool:
    """Remove the file for good; its row stays. Returns whether there was one."""
    rows = StoredFile.objects.filter(pk=export.file_id) if export.file_id else None
    file = rows.select_for_update().first() if rows is not None else None
    if file is None:
        return False
    Export.objects.filter(pk=export.pk).update(file=None)
    remove_file(file)
    record_change(verb="remove_export", on=export, study=export.study, by=by)
    export.file = None
    return True


def remove_expired_exports() -> None:
    """Remove the files that are old, or that tell of what was withdrawn. A check of the sweeper."""
    for export in expired_exports().select_related("study").order_by("pk")[:SWEPT_AT_ONCE]:
        remove_export(export=export, by=None)


# -- The job -------------------------------------------------------------------------------------


class _Written(NamedTuple):
    """A file that was written: what it holds, and when reading began."""

    book: Book
    moments: Moments
    began: dt.datetime


def export_moments(claim: Claim) -> None:
    """Write the moments to a file, read it again, and offer it. The runner.

    Raises Refused where the file cannot hold them, where who asked may no longer, where not as
    many rows are found in it as were written, and where moments left while it was written.
    """
    exports = Export.objects.select_related("study", "asked_by__study")
    export = exports.filter(uid=claim.job.args["export"]).first()
    if export is None:
        raise Refused(_("The file is no longer asked for."))
    asked, left_out = _asked(export)
    _remove_leftovers(export)
    with _workshop(export) as folder:
        path = folder / f"moments.{export.form}"
        written = _write(claim, export, asked, left_out, path)
        _check(export, path, written.book)
        _offer(claim, export, path, written, left_out)


def _asked(export: Export) -> tuple[Asked, list[Scheme]]:
    by = export.asked_by
    if not (by.active and by.has_role(*_roles(full=export.full, own=export.own))):
        raise Refused(_("Whoever asked for the file may not have it any more."))
    if export.own:
        return asked_of_own(by), []
    set_aside = bool(export.question.get("set_aside"))
    return asked_by(by, full=export.full, set_aside=set_aside)


def _write(
    claim: Claim, export: Export, asked: Asked, left_out: list[Scheme], path: Path
) -> _Written:
    """Write the file, anew where the data changed meanwhile; after three times as it is."""
    for attempt in range(1, TRIES + 1):
        is_last = attempt == TRIES
        began = timezone.now()
        try:
            moments = Moments(asked, progress=claim.progress)
            book = book_of(export, moments, left_out=left_out, restless=is_last)
            _check_size(export, book)
            _form(export).write(path, book, moments.rows())
        except ChangedMeanwhileError:
            continue
        if is_last or not moments.has_changed():
            return _Written(book, moments, began)
    raise Refused(_("What is to be in the file changed while it was read. Ask for it again."))


def _check_size(export: Export, book: Book) -> None:
    most = MOST_ROWS.get(export.form)
    if most is not None and book.rows > most:
        words = _(
            "%(form)s holds %(most)s rows at most, and there are %(rows)s. Ask for CSV or JSON."
        )
        raise Refused(
            words
            % {
                "form": ExportForm(export.form).label,
                "most": shown_number(most),
                "rows": shown_number(book.rows),
            }
        )


def _check(export: Export, path: Path, book: Book) -> None:
    """Read the finished file again. Raises Refused where it does not have the rows it says."""
    try:
        counted = _form(export).rows_in(path, book)
    except FileError as error:
        raise Refused(
            _("The file was not whole when it was read again. Ask for it anew.")
        ) from error
    if counted != book.rows:
        words = _(
            "The file says %(said)s rows, and %(counted)s were found in it: it is not offered."
        )
        numbers = {"said": shown_number(book.rows), "counted": shown_number(counted)}
        raise Refused(words % numbers)


def _offer(
    claim: Claim, export: Export, path: Path, written: _Written, left_out: list[Scheme]
) -> None:
    """Keep the file, and end the job with it; no trace of it is left where that fails."""
    book, moments, began = written
    file = keep_file(study=export.study, name=_name_of(export), chunks=portions_of(path), by=None)
    try:
        with transaction.atomic():
            claim.hold()
            Export.objects.filter(pk=export.pk).update(
                file=file,
                rows=book.rows,
                data_seq=moments.standing.data_seq,
                made=_made(written, left_out),
                made_at=began,
            )
            record_change(verb="make_export", on=export, study=export.study, rows=book.rows)
            page = reverse("reports:export_show", args=[export.study.slug, export.uid])
            claim.finish(rows=book.rows, url=page)
    except BaseException:
        with transaction.atomic():
            remove_file(file)
        raise


def _made(written: _Written, left_out: list[Scheme]) -> dict[str, Any]:
    book, moments, _began = written
    revisions = zip(moments.asked.schemes, moments.standing.revisions, strict=True)
    return {
        "notes": [list(note) for note in book.notes],
        "variables": len(book.variables),
        "schemes": [
            {"uid": str(scheme.uid), "name": scheme.name, "revision": number}
            for scheme, number in revisions
        ],
        "left_out": [scheme.name for scheme in left_out],
        "changed": moments.has_changed(),
    }


def _form(export: Export) -> Any:
    """The module that writes files of a form; that for SPSS loads pandas."""
    return importlib.import_module(f"reports.datafiles.{ExportForm(export.form).value}_file")


def _name_of(export: Export) -> str:
    """What its file is called, so that it is found where a worker died before its row named it."""
    return f"export-{export.uid}.{export.form}"


def _remove_leftovers(export: Export) -> None:
    """Remove what an attempt that was stopped has left."""
    with transaction.atomic():
        for file in StoredFile.objects.filter(study=export.study, name=_name_of(export)):
            remove_file(file)


@contextmanager
def _workshop(export: Export) -> Iterator[Path]:
    """Give a private folder for what is not finished, and take it away with all that is in it."""
    home = Path(settings.FILES_DIR) / str(export.study.uid)
    folder = home / f".export-{export.uid}"
    for left in (folder, *_left_behind(home)):
        shutil.rmtree(left, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _left_behind(home: Path) -> list[Path]:
    """The folders of jobs that were stopped for good, a day ago or more."""
    limit = time.time() - LEFT_FOR
    return [left for left in home.glob(".export-*") if left.stat().st_mtime < limit]
