"""Files of all moments: asked for, watched while they are made, taken away, deleted."""

import dataclasses
import uuid
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from incidents.access import require_recent_sign_in_for_file
from incidents.actions.files import path_of, portions_of
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key, shown_bounded
from incidents.views.attempts import refusal_of
from reports import access
from reports.actions.moment_files import ask_export, log_download, remove_export
from reports.choices import ExportForm
from reports.forms.exports import DE_IDENTIFIED, FULL, OWN, AskExportForm
from reports.queries.exports import (
    asked_by,
    asked_of_own,
    columns_counted,
    expires_at,
    exports_of,
    has_withdrawn,
    hidden_schemes,
    moments_counted,
)

if TYPE_CHECKING:
    from reports.models import Export

KINDS = {
    ExportForm.CSV.value: "text/csv; charset=utf-8",
    ExportForm.XLSX.value: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportForm.JSON.value: "application/json",
    ExportForm.SAV.value: "application/x-spss-sav",
}


@require_GET
def export_list(request: Request, slug: str) -> HttpResponse:
    """The files asked for, newest first: one's own, for admins all."""
    member = access.exporter_for(request, slug)
    page = page_by_key(exports_of(member), query=request.GET)
    context = {
        "study": member.study,
        "page": page,
        "member": member,
        "reads_tables": member.has_role(RoleName.ANALYST, RoleName.ADMIN),
    }
    return render(request, "reports/export_list.html", context)


@require_http_methods(["GET", "POST"])
def export_ask(request: Request, slug: str) -> HttpResponse:
    """Ask for a file; the page says how many rows and columns it would have."""
    member = access.exporter_for(request, slug)
    contents = _contents(member)
    sent = request.POST if request.method == "POST" else None
    form = AskExportForm(sent, contents=contents)
    asked: list[Export] = []
    status = refusal_of(form, lambda: asked.append(ask_export(**form.asked(), by=member)))
    if status is None:
        return redirect("reports:export_show", slug, asked[0].uid)
    context = {"study": member.study, "form": form, **_preview(member, contents)}
    return render(request, "reports/export_ask.html", context, status=status)


def _contents(member: Member) -> list[str]:
    """What kinds of files the member may have, the one that tells least first."""
    by_role = {
        DE_IDENTIFIED: (RoleName.ANALYST, RoleName.ADMIN),
        FULL: (RoleName.ADMIN,),
        OWN: (RoleName.INTERVIEWER,),
    }
    return [content for content, roles in by_role.items() if member.has_role(*roles)]


def _preview(member: Member, contents: list[str]) -> dict[str, Any]:
    own = shown_bounded(moments_counted(asked_of_own(member))) if OWN in contents else ""
    return {"own": own, **(_preview_of_all(member) if DE_IDENTIFIED in contents else {})}


def _preview_of_all(member: Member) -> dict[str, Any]:
    is_admin = member.has_role(RoleName.ADMIN)
    asked, left_out = asked_by(member, full=is_admin, set_aside=is_admin)
    accepted = dataclasses.replace(asked, set_aside=False)
    plain = dataclasses.replace(accepted, full=False)
    return {
        "moments": shown_bounded(moments_counted(plain)),
        "with_set_aside": shown_bounded(moments_counted(asked)) if is_admin else "",
        "columns": columns_counted(plain),
        "full_columns": columns_counted(accepted) if is_admin else None,
        "schemes": asked.schemes,
        "left_out": left_out,
    }


@require_GET
def export_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """One file: how far it is, what is in it, and the way to take it."""
    member = access.exporter_for(request, slug)
    export = access.export_shown(member, uid)
    context = {
        "study": member.study,
        "member": member,
        "export": export,
        "job": export.job,
        "hidden": hidden_schemes(export, member),
        "withdrawn": export.file is not None and has_withdrawn(export),
        "expires_at": expires_at(export),
    }
    return render(request, "reports/export_show.html", context)


@require_GET
@never_cache
def export_file(
    request: Request, slug: str, uid: uuid.UUID
) -> HttpResponse | StreamingHttpResponse:
    """The file itself, to whoever signed in recently; each time it is taken is in the log."""
    member = access.exporter_for(request, slug)
    export = access.export_to_take(member, uid)
    require_recent_sign_in_for_file(request)
    path = path_of(export.file) if export.file else None
    if path is None or not path.is_file():  # removed a moment ago
        raise Http404
    log_download(export=export, by=member)
    name = f"{member.study.slug}-moments-{export.created_at:%Y-%m-%d}.{export.form}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(path.stat().st_size),
    }
    kind = KINDS[export.form]
    return StreamingHttpResponse(portions_of(path), content_type=kind, headers=headers)


@require_http_methods(["GET", "POST"])
def export_delete(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Delete a file before its time; that it was there stays on the list."""
    member = access.exporter_for(request, slug)
    export = access.export_shown(member, uid)
    if request.method == "POST":
        remove_export(export=export, by=member)
        return redirect("reports:export_list", slug)
    if export.file is None:
        return redirect("reports:export_show", slug, uid)
    return render(request, "reports/export_delete.html", {"study": member.study, "export": export})
