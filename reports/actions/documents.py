"""Documents of a report: asked for, made by a job, taken away."""

import importlib
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.files import keep_file, path_of
from incidents.actions.history import record_change
from incidents.choices import RoleName
from incidents.jobs import Claim, Refused, request_job
from incidents.models import Member, StoredFile
from reports.actions.drawing import pictures_of
from reports.choices import DocumentForm
from reports.documents.model import Document
from reports.models import Report, ReportFile, Run
from reports.queries.runs import hidden_from, runs_open_to
from taxonomy.access import schemes_open_to

MAKE_DOCUMENT = "reports.make_document"
STEPS = 3
FACES = ("400Regular", "600SemiBold")
TYPEFACE = "@expo-google-fonts/inter"
WRITERS = {
    DocumentForm.PDF.value: ("reports.documents.pdf", "as_pdf"),
    DocumentForm.DOCX.value: ("reports.documents.word", "as_docx"),
    DocumentForm.PPTX.value: ("reports.documents.slides", "as_pptx"),
}


@transaction.atomic
def ask_document(*, report: Report, form: str, by: Member) -> ReportFile:
    """Ask for a document of what stands in a report now; returns its row, which a job will fill."""
    asked = {"title": report.title, "items": report.items, "with_method": report.with_method}
    file = ReportFile(report=report, asked_by=by, form=form, asked=asked)
    args = {"document": str(file.uid)}
    file.job = request_job(kind=MAKE_DOCUMENT, study=by.study, by=by, args=args)
    file.save()
    record_change(verb="ask_document", on=file, study=by.study, by=by, form=form)
    return file


@transaction.atomic
def log_document(*, file: ReportFile, by: Member) -> None:
    """Record that a member took a document away."""
    record_change(verb="download_document", on=file, study=by.study, by=by, form=file.form)


def make_document(claim: Claim) -> None:
    """Write what was asked, and offer it. The runner of the job.

    Raises Refused where who asked may no longer, and where there is nothing to write.
    """
    from reports.queries import outside, written  # noqa: PLC0415  (load NumPy: jobs only)
    from reports.runs.members import unpacked  # noqa: PLC0415

    file = _asked(claim)
    by = file.asked_by
    schemes = schemes_open_to(by)
    runs = runs_open_to(by, schemes, names=reads_names(by))
    sources = written.Sources(
        by,
        schemes,
        runs,
        draw=pictures_of,
        hide=lambda run: outside.hidden_outside(run, unpacked(members_in(run))),
    )
    claim.progress(0, STEPS)
    file.made_at = timezone.now()
    with claim.kept():
        found = written.document_of(file.asked, sources, made_at=file.made_at)
        if not found.document.parts:
            raise Refused(_("There is nothing in this report that may be written."))
        claim.progress(1, STEPS)
        content = _writer(file.form)(found.document)
    claim.progress(2, STEPS)
    file.made = found.made
    _keep(claim, file, content)


def _asked(claim: Claim) -> ReportFile:
    files = ReportFile.objects.select_related("report__study", "asked_by__study")
    file = files.filter(uid=claim.job.args["document"], report__deleted_at__isnull=True).first()
    if file is None:
        raise Refused(_("The report is no longer there."))
    by = file.asked_by
    if not (by.active and by.has_role(RoleName.ADMIN, RoleName.ANALYST) and sees_all(by)):
        raise Refused(_("Whoever asked for the document may not have it any more."))
    return file


def sees_all(member: Member) -> bool:
    """Whether no scheme of the study is hidden from a member."""
    return not hidden_from(member, schemes_open_to(member))


def reads_names(member: Member) -> bool:
    """Whether a member may read the names of organizations."""
    return member.has_role(RoleName.ADMIN) or member.study.names_shown_to_analysts


def members_in(run: Run) -> bytes:
    """The file of a run's moments. Raises Refused where it is gone."""
    if run.members is None:
        raise Refused(_("A run has lost its file. Take it out of the report."))
    return path_of(run.members).read_bytes()


def _writer(form: str) -> Callable[[Document], bytes]:
    """The function that writes a form, loaded by the first document of it."""
    module, name = WRITERS[form]
    write: Callable[..., bytes] = getattr(importlib.import_module(module), name)
    if form != DocumentForm.PDF:
        return write
    faces = [settings.NODE_MODULES_DIR / TYPEFACE / face for face in FACES]
    return partial(write, faces=faces)


def _keep(claim: Claim, file: ReportFile, content: bytes) -> None:
    """Keep the document and end the job with it, if it is still ours; else leave nothing."""
    kept: list[StoredFile] = []
    study = file.report.study
    try:
        with transaction.atomic():
            claim.hold()
            name = f"report-{file.uid}.{file.form}"
            kept.append(keep_file(study=study, name=name, chunks=[content], by=None))
            file.file = kept[0]
            file.save(update_fields=["file", "made", "made_at"])
            record_change(verb="make_document", on=file, study=study, form=file.form)
            claim.finish(size=len(content))
    except BaseException:
        for stored in kept:
            path_of(stored).unlink(missing_ok=True)
        raise
