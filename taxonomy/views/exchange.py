"""Schemes as files: taken away, looked at before they come in, brought in by one revision."""

import uuid
from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.access import member_for, require_recent_sign_in_for_file
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.http import Request, tell
from incidents.models import Member
from incidents.views.attempts import INVALID, refusal_of, version_to_send
from taxonomy import access
from taxonomy.actions import exchanging
from taxonomy.exchange.book import BookProblem
from taxonomy.exchange.files import FORMS
from taxonomy.exchange_messages import ACTS, FIELDS, book_sentence
from taxonomy.exports import answers_csv
from taxonomy.forms.exchange import (
    BringInForm,
    SchemeExportForm,
    SchemeFileForm,
    SchemeFromFileForm,
)
from taxonomy.models import Revision, Scheme, SchemeFile
from taxonomy.queries.answers import COLUMNS, answers_of
from taxonomy.views.revising import at_work, posted

CHUNK = 1 << 20
OK = 200
SHOWN = 100  # lines of each kind

# -- Taking away ------------------------------------------------------------------------------


@require_GET
def scheme_export(request: Request, slug: str, scheme: str) -> HttpResponse:
    """A scheme as a file: the choice of its form, and with `form` in the address the file."""
    member = member_for(request, slug, *RoleName)
    shown = access.scheme_shown(member, scheme)
    asked = "form" in request.GET
    form = SchemeExportForm(request.GET if asked else None)
    content: list[bytes] = []
    status = refusal_of(form, lambda: content.append(_written(shown, member, form)))
    if content:
        return _file(shown, form.cleaned_data["form"], content[0])
    reads = member.has_role(RoleName.ADMIN) and access.sees_results(member, shown)
    context = {"study": member.study, "scheme": shown, "form": form, "answers": reads}
    return render(request, "taxonomy/scheme_export.html", context, status=status)


def _written(scheme: Scheme, member: Member, form: SchemeExportForm) -> bytes:
    number = scheme.revision  # that of the file's name
    return exchanging.export_scheme(scheme=scheme, by=member, revision=number, **form.cleaned_data)


def _file(scheme: Scheme, form: str, content: bytes) -> HttpResponse:
    name = f"{scheme.study.slug}-{scheme.slug}-revision-{scheme.revision}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=FORMS[form][1], headers=headers)


@require_GET
@never_cache
def scheme_answers(request: Request, slug: str, scheme: str) -> HttpResponseBase:
    """What coders answered, as CSV: no names, no notes, nothing that is still coded blindly."""
    member, shown = at_work(request, slug, scheme)
    require_recent_sign_in_for_file(request)
    if not access.sees_results(member, shown):
        raise Http404
    exchanging.log_answers(scheme=shown, by=member)
    columns = [name for name in COLUMNS if name != "note"]
    return StreamingHttpResponse(
        answers_csv(answers_of(shown), columns),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}-{scheme}-answers.csv"'},
    )


# -- Into a scheme ----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def scheme_import(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Take a file that is to change a scheme."""
    member, edited = at_work(request, slug, scheme)
    return _upload(request, member, edited)


@require_http_methods(["GET", "POST"])
def scheme_import_preview(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """What a file would do to the scheme; sent, it does it."""
    member, edited = at_work(request, slug, scheme)
    file = access.scheme_file_of(member, edited, uid)
    form = BringInForm(posted(request))
    made: list[Revision] = []
    status = refusal_of(form, lambda: made.append(_bring_in(file, edited, member, form)))
    if made:
        undo = reverse("taxonomy:revision_undo", args=[slug, scheme, made[0].uid])
        tell(request, _("Brought in as revision %(n)d.") % {"n": made[0].number}, undo=undo)
        return redirect("taxonomy:scheme_show", slug, scheme)
    return _preview(request, member, file, form, status or OK)


def _bring_in(file: SchemeFile, scheme: Scheme, member: Member, form: BringInForm) -> Revision:
    """Bring it in, unless that would tell what others have coded in what it parts."""
    book = exchanging.book_kept(file)
    if exchanging.meets_codings(book=book, scheme=scheme):
        access.require_results(member, scheme)
    revision = exchanging.import_book(scheme=scheme, book=book, by=member, **form.change())
    exchanging.put_away(file=file, by=member)
    return revision


@require_POST
def scheme_import_discard(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Throw the file away that was looked at."""
    member, edited = at_work(request, slug, scheme)
    exchanging.put_away(file=access.scheme_file_of(member, edited, uid), by=member)
    messages.success(request, _("The file is deleted. Nothing was imported."))
    return redirect("taxonomy:scheme_show", slug, scheme)


# -- A new scheme -----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def scheme_from_file(request: Request, slug: str) -> HttpResponse:
    """Take a file that is to become a new scheme."""
    return _upload(request, member_for(request, slug, RoleName.ADMIN), None)


@require_http_methods(["GET", "POST"])
def scheme_from_file_preview(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """What the new scheme would have; sent, it is made."""
    member = member_for(request, slug, RoleName.ADMIN)
    file = access.scheme_file_of(member, None, uid)
    form = SchemeFromFileForm(posted(request))
    made: list[Scheme] = []
    status = refusal_of(form, lambda: made.append(_start(file, member, form)))
    if made:
        return redirect("taxonomy:scheme_show", slug, made[0].slug)
    return _preview(request, member, file, form, status or OK)


def _start(file: SchemeFile, member: Member, form: SchemeFromFileForm) -> Scheme:
    scheme = exchanging.start_from_book(
        study=member.study, book=exchanging.book_kept(file), by=member, **form.cleaned_data
    )
    exchanging.put_away(file=file, by=member)
    return scheme


@require_POST
def scheme_from_file_discard(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Throw the file away that was looked at."""
    member = member_for(request, slug, RoleName.ADMIN)
    exchanging.put_away(file=access.scheme_file_of(member, None, uid), by=member)
    messages.success(request, _("The file is deleted. Nothing was imported."))
    return redirect("taxonomy:scheme_create", slug)


# -- What they share --------------------------------------------------------------------------


def _upload(request: Request, member: Member, scheme: Scheme | None) -> HttpResponse:
    form = SchemeFileForm(posted(request), request.FILES or None)
    kept: list[SchemeFile] = []
    status = refusal_of(form, lambda: kept.append(_receive(form, member, scheme)))
    if kept:
        return redirect(_address("preview", member, kept[0]))
    context = {"study": member.study, "scheme": scheme, "form": form}
    return render(request, "taxonomy/scheme_upload.html", context, status=status)


def _receive(form: SchemeFileForm, member: Member, scheme: Scheme | None) -> SchemeFile:
    file = form.cleaned_data["file"]
    return exchanging.receive_scheme_file(
        study=member.study, name=file.name, chunks=file.chunks(CHUNK), by=member, scheme=scheme
    )


def _address(page: str, member: Member, file: SchemeFile) -> str:
    study = member.study.slug
    if file.scheme is None:
        return reverse(f"taxonomy:scheme_from_file_{page}", args=[study, file.uid])
    return reverse(f"taxonomy:scheme_import_{page}", args=[study, file.scheme.slug, file.uid])


def _preview(
    request: Request,
    member: Member,
    file: SchemeFile,
    form: BringInForm | SchemeFromFileForm,
    status: int,
) -> HttpResponse:
    """The preview, made again of the kept file and the scheme as it stands now."""
    try:
        book = exchanging.book_kept(file)
    except RefusedError as refusal:  # two confirmed it at once, say
        messages.error(request, str(refusal))
        return _back_to_upload(member, file.scheme)
    preview = exchanging.preview_of(book=book, study=member.study, scheme=file.scheme)
    if file.scheme is None and not form.is_bound:
        form.initial = {"name": book.name, "slug": book.slug, "description": book.description}
    context = {
        "study": member.study,
        "scheme": file.scheme,
        "file": file,
        "form": form,
        "preview": preview,
        "groups": _groups(preview),
        "absent": preview.plan.absent[:SHOWN],
        "errors": _said(preview.plan.errors, book.form),
        "notices": _said(preview.plan.notices, book.form),
        "revision": version_to_send(form, "revision", preview.revision, status),
        "discard_url": _address("discard", member, file),
    }
    if status == INVALID and not preview.possible:
        form.errors.clear()  # the preview says it already
    return render(request, "taxonomy/scheme_preview.html", context, status=status)


def _back_to_upload(member: Member, scheme: Scheme | None) -> HttpResponse:
    if scheme is None:
        return redirect("taxonomy:scheme_from_file", member.study.slug)
    return redirect("taxonomy:scheme_import", member.study.slug, scheme.slug)


def _said(problems: list[BookProblem], form: str) -> list[str]:
    return [book_sentence(one, form) for one in problems[:SHOWN]]


def _groups(preview: exchanging.Preview) -> list[dict[str, Any]]:
    """What the file would do, by kind: how often, and the first lines of each."""
    kinds = defaultdict(list)
    for step in preview.plan.steps:
        kinds[step.act].append(step)
    return [
        {
            "act": act.value,
            "label": label,
            "number": len(kinds[act]),
            "two_sided": any(one.before or one.after for one in kinds[act]),
            "steps": [
                {"step": one, "field": FIELDS.get(one.field, "")} for one in kinds[act][:SHOWN]
            ],
        }
        for act, label in ACTS.items()
        if kinds[act]
    ]
