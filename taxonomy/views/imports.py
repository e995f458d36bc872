"""The import of a file, from the upload to the incidents, and back."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_countries import countries

from incidents.access import member_for, require_recent_sign_in_for_file
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import ImportState, JobState, RoleName
from incidents.http import Request, part_of
from incidents.models import Import, Job, Member
from incidents.paging import page_by_key
from incidents.views.attempts import CONFLICT, INVALID, refusal_of, version_to_send
from taxonomy import access
from taxonomy.actions import importing
from taxonomy.exports import refused_csv
from taxonomy.forms.imports import ColumnsForm, UploadForm, ValuesForm, VersionForm
from taxonomy.models import Scheme
from taxonomy.queries.imports import (
    groups_of,
    imports_of,
    is_withdrawn,
    job_of,
    new_names_of,
    tree_of,
)

SHOW_PAGE = "taxonomy/import_show.html"
SAMPLE_CELLS = 3
CHUNK = 1 << 20
KIND_OF_WORK = {
    ImportState.UPLOADED: importing.CHECK_IMPORT,
    ImportState.CHECKED: importing.CHECK_IMPORT,
    ImportState.RUNNING: importing.RUN_IMPORT,
    ImportState.UNDOING: importing.UNDO_IMPORT,
}
CHANGEABLE = (ImportState.UPLOADED, ImportState.CHECKED)


@require_GET
def import_list(request: Request, slug: str) -> HttpResponse:
    """The files that were brought into a study, the newest first."""
    member = member_for(request, slug, RoleName.ADMIN)
    page = page_by_key(imports_of(member.study), query=request.GET)
    return render(request, "taxonomy/import_list.html", {"study": member.study, "page": page})


@require_http_methods(["GET", "POST"])
def import_new(request: Request, slug: str) -> HttpResponse:
    """Take a file, read it at once and guess what its columns mean."""
    member = member_for(request, slug, RoleName.ADMIN)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    received: list[Import] = []
    status = refusal_of(form, lambda: received.append(_receive(form, member)))
    if status is None:
        return redirect("taxonomy:import_columns", slug, received[0].uid)
    context = {"study": member.study, "form": form}
    return render(request, "taxonomy/import_new.html", context, status=status)


def _receive(form: UploadForm, member: Member) -> Import:
    file = form.cleaned_data["file"]
    return importing.receive_file(
        study=member.study, name=file.name, chunks=file.chunks(CHUNK), by=member
    )


@require_http_methods(["GET", "POST"])
def import_columns(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """What each column of the file means."""
    member, source = _at_work(request, slug, uid)
    if source.state not in CHANGEABLE:
        return redirect("taxonomy:import_show", slug, uid)
    form = ColumnsForm(_posted(request), study=member.study, options=source.options)
    status = refusal_of(form, lambda: _mean(source, member, form, form.meaning()))
    if status is None:
        return redirect("taxonomy:import_show", slug, uid)
    try:
        rows = list(form.rows(importing.sample_of(source)))
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("taxonomy:import_list", slug)
    context = {"rows": rows, "sample_cells": SAMPLE_CELLS}
    return _form_page(request, "taxonomy/import_columns.html", source, form, status, **context)


@require_http_methods(["GET", "POST"])
def import_values(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """What the values of the file stand for."""
    member, source = _at_work(request, slug, uid)
    if source.state != ImportState.CHECKED or "values" not in source.summary:
        return _outdated(request, source) if request.method == "POST" else _to_show(source)
    form = _values_form(request, source)
    status = refusal_of(
        form,
        lambda: _mean(source, member, form, {"values": form.mapping(source.options["values"])}),
    )
    if status is None:
        return redirect("taxonomy:import_show", slug, uid)
    return _form_page(request, "taxonomy/import_values.html", source, form, status)


def _values_form(request: Request, source: Import) -> ValuesForm:
    values = dict(source.summary["values"])
    values["country"] = [use for use in values.get("country", []) if use["ours"] is None]
    known = importing.known_names(source.study)
    known["country"] = [name for _code, name in countries]
    return ValuesForm(_posted(request), values=values, known=known)


def _mean(source: Import, member: Member, form: VersionForm, options: dict[str, Any]) -> None:
    version = form.cleaned_data["row_version"]
    importing.say_what_it_means(
        source=source, by=member, row_version=-1 if version is None else version, **options
    )
    importing.request_check(source=source, by=member)


@require_GET
@vary_on_headers("HX-Request")
def import_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Where an import stands: being read, its preview, being brought in, done, undone."""
    _member, source = _at_work(request, slug, uid)
    job = _job_of(source)
    if source.state == ImportState.UPLOADED and (job is None or job.state == JobState.DONE):
        return redirect("taxonomy:import_columns", slug, uid)
    return _show(request, source, job)


@require_POST
def import_run(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Bring the file in, as the preview that was seen says."""
    member, source = _at_work(request, slug, uid)
    return _try(
        request,
        source,
        lambda version: importing.request_import(source=source, by=member, row_version=version),
    )


@require_http_methods(["GET", "POST"])
def import_undo(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take an import out again, after naming what goes; or say what stands in the way."""
    member, source = _at_work(request, slug, uid)
    if request.method == "POST":
        return _try(
            request, source, lambda _version: importing.request_undo(source=source, by=member)
        )
    if source.state not in {ImportState.DONE, ImportState.RUNNING}:
        return redirect("taxonomy:import_show", slug, uid)
    context = {
        "study": source.study,
        "source": source,
        "obstacles": importing.obstacles(source),
        "withdrawn": is_withdrawn(source),
        "counts": source.summary.get("counts", {}),
    }
    return render(request, "taxonomy/import_undo.html", context)


@require_POST
def import_withdraw(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Withdraw every incident of an import that still counts."""
    member, source = _at_work(request, slug, uid)
    number = importing.withdraw_import(source=source, by=member)
    said = ngettext("%d incident was withdrawn.", "%d incidents were withdrawn.", number)
    messages.success(request, said % number)
    return redirect("taxonomy:import_show", slug, uid)


@require_http_methods(["GET", "POST"])
def import_discard(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Throw away a file that was not brought in."""
    member, source = _at_work(request, slug, uid)
    form = VersionForm(_posted(request), initial={"row_version": source.row_version})
    status = refusal_of(
        form,
        lambda: importing.discard_import(
            source=source, by=member, row_version=form.cleaned_data["row_version"] or 0
        ),
    )
    if status is None:
        messages.success(request, _("The file is deleted. Nothing was imported."))
        return redirect("taxonomy:import_list", slug)
    return _form_page(request, "taxonomy/import_discard.html", source, form, status)


@require_GET
def import_refused(request: Request, slug: str, uid: uuid.UUID) -> HttpResponseBase:
    """The rows that were left out, with the reasons, as CSV."""
    member, source = _at_work(request, slug, uid)
    require_recent_sign_in_for_file(request)
    importing.note_handing_out(source=source, by=member)
    name = get_valid_filename(f"left-out-{source.file.name.rsplit('.', 1)[0]}.csv")
    return StreamingHttpResponse(
        refused_csv(source),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# -- What they share --------------------------------------------------------------------------


def _at_work(request: Request, slug: str, uid: uuid.UUID) -> tuple[Member, Import]:
    member = member_for(request, slug, RoleName.ADMIN)
    return member, access.import_of(member, uid)


def _posted(request: Request) -> Any:
    return request.POST if request.method == "POST" else None


def _to_show(source: Import) -> HttpResponse:
    return redirect("taxonomy:import_show", source.study.slug, source.uid)


def _job_of(source: Import) -> Job | None:
    kind = KIND_OF_WORK.get(ImportState(source.state))
    return job_of(source, kind) if kind else None


def _form_page(
    request: Request,
    template: str,
    source: Import,
    form: VersionForm,
    status: int,
    **context: Any,
) -> HttpResponse:
    latest = Import.objects.values_list("row_version", flat=True).get(pk=source.pk)
    context |= {
        "study": source.study,
        "source": source,
        "form": form,
        "row_version": version_to_send(form, "row_version", latest, status),
    }
    return render(request, template, context, status=status)


def _try(request: Request, source: Import, act: Callable[[int], object]) -> HttpResponse:
    """Act on the version of the import that was seen; else its page as it is, and the reason."""
    form = VersionForm(request.POST)
    version = form.cleaned_data["row_version"] if form.is_valid() else None
    try:
        act(-1 if version is None else version)
    except RefusedError as refusal:
        source.refresh_from_db()
        status = CONFLICT if isinstance(refusal, StaleError) else INVALID
        return _show(request, source, _job_of(source), refusal=str(refusal), status=status)
    return _to_show(source)


def _outdated(request: Request, source: Import) -> HttpResponse:
    refusal = _("Somebody changed this import meanwhile. Look at it as it is now.")
    return _show(request, source, _job_of(source), refusal=refusal, status=CONFLICT)


def _show(
    request: Request, source: Import, job: Job | None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "study": source.study,
        "source": source,
        "job": job,
        "refusal": refusal,
        "summary": source.summary,
        "counts": source.summary.get("counts"),
        **_of_preview(source),
        **_of_result(source),
    }
    return render(request, part_of(SHOW_PAGE, "state", request), context, status=status)


def _of_preview(source: Import) -> dict[str, Any]:
    if source.state != ImportState.CHECKED or "counts" not in source.summary:
        return {}
    summary = source.summary
    last = job_of(source, importing.RUN_IMPORT)
    return {
        "groups": groups_of(summary),
        "tree": tree_of(summary),
        "new_names": new_names_of(summary),
        "given_up": last.error if last and last.state == JobState.FAILED else "",
        "scheme": Scheme.objects.filter(study=source.study, slug=source.options["scheme"]).first(),
    }


def _of_result(source: Import) -> dict[str, Any]:
    if source.state != ImportState.DONE:
        return {}
    scheme = Scheme.objects.filter(uid=source.scheme_uid).first() if source.scheme_uid else None
    return {"withdrawn": is_withdrawn(source), "scheme": scheme}
