"""Documents of a report: asked for, watched while they are made, taken away."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from incidents.access import require_recent_sign_in_for_file
from incidents.actions.files import path_of, portions_of
from incidents.http import Request
from reports import access
from reports.actions.documents import ask_document, log_document
from reports.choices import DocumentForm
from reports.forms.reports import DocumentFormForm
from reports.queries.reports import may_be_taken

OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    DocumentForm.PDF.value: "application/pdf",
    DocumentForm.DOCX.value: f"{OFFICE}.wordprocessingml.document",
    DocumentForm.PPTX.value: f"{OFFICE}.presentationml.presentation",
}


@require_POST
def document_make(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Ask for a document of a report; its own page says how far it is."""
    reader = access.composer_for(request, slug)
    report = access.report_shown(reader, uid)
    form = DocumentFormForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a format."))
        return redirect("reports:report_show", slug, uid)
    file = ask_document(report=report, form=form.cleaned_data["form"], by=reader)
    return redirect("reports:document_show", slug, uid, file.uid)


@require_GET
def document_show(request: Request, slug: str, uid: uuid.UUID, document: uuid.UUID) -> HttpResponse:
    """One document: how far it is, what is in it, what is missing, and the way to take it."""
    reader = access.composer_for(request, slug)
    file = access.document_shown(reader, uid, document)
    context = {
        "study": reader.study,
        "report": file.report,
        "document": file,
        "job": file.job,
        "open": may_be_taken(file, access.runs_shown(reader)),
    }
    return render(request, "reports/document_show.html", context)


@require_GET
@never_cache
def document_file(
    request: Request, slug: str, uid: uuid.UUID, document: uuid.UUID
) -> HttpResponse | StreamingHttpResponse:
    """The document itself, to whoever signed in recently; each time it is taken is in the log."""
    reader = access.composer_for(request, slug)
    file = access.document_shown(reader, uid, document)
    path = path_of(file.file) if file.file else None
    if path is None or not path.is_file() or not may_be_taken(file, access.runs_shown(reader)):
        raise Http404
    require_recent_sign_in_for_file(request)
    log_document(file=file, by=reader)
    name = slugify(file.asked["title"])[:80] or "report"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{file.form}"',
        "Content-Length": str(path.stat().st_size),
    }
    return StreamingHttpResponse(portions_of(path), content_type=KINDS[file.form], headers=headers)
