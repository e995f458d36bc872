"""One batch of a coding plan: how far each coder is, when it will be done, and what can be done."""

import datetime as dt
import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.http import Request
from incidents.models import Member
from incidents.views.attempts import refusal_of, telling_refusals
from taxonomy import access
from taxonomy.actions import running
from taxonomy.actions.planning import lock_batch
from taxonomy.choices import BatchKind, BatchState
from taxonomy.forms.plans import AddCoderForm, BatchForm, HandOnForm
from taxonomy.models import Batch
from taxonomy.queries.planning import same_portion
from taxonomy.queries.progress import forecast_of, is_complete, is_overdue, progress_of, today_in
from taxonomy.queries.recoding import drawn_as
from taxonomy.views.revising import at_work, posted

Address = tuple[str, str, uuid.UUID]


@require_GET
def batch_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """How far each coder of a batch is, at what pace, and what an admin can do."""
    batch = _batch(request, (slug, scheme, uid))
    study = batch.scheme.study
    progress = progress_of([batch], study)[batch.pk]
    several, again = batch.kind == BatchKind.PLAN, batch.kind == BatchKind.RECODE
    context = {
        "study": study,
        "scheme": batch.scheme,
        "batch": batch,
        "progress": progress,
        "forecast": forecast_of(batch, progress, study),
        "overdue": is_overdue(batch, progress, today_in(study)),
        "complete": is_complete(batch, progress),
        "twin": same_portion(batch).exclude(pk=batch.pk).first(),
        "sees": access.sees_results(request.member, batch.scheme),
        "is_open": batch.state == BatchState.OPEN,
        "is_again": again,
        "drawn": drawn_as(batch) if again else {},
        "may_lock": (several or again)
        and batch.state == BatchState.OPEN
        and (progress.given > 0 or batch.assignments.exists()),
        "may_add": several,
        "may_hand_on": not again,
        "leavers": [share for share in progress.coders if share.left and share.due],
        "quiet": running.QUIET.seconds // 60,
    }
    return render(request, "taxonomy/batch_show.html", context)


def _batch(request: Request, address: Address) -> Batch:
    slug, scheme, uid = address
    _member, edited = at_work(request, slug, scheme)
    return access.batch_of(edited, uid)


@require_http_methods(["GET", "POST"])
def batch_edit(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Give a portion another name or day."""
    batch = _batch(request, (slug, scheme, uid))
    form = BatchForm(posted(request), initial={"name": batch.name, "due_on": batch.due_on})
    status = refusal_of(
        form,
        lambda: running.change_batch(batch=batch, by=request.member, **form.cleaned_data),
    )
    if status is None:
        messages.success(request, _("Changed."))
        if "due_on" in form.changed_data:
            _say_if_passed(request, batch, form.cleaned_data["due_on"])
        return redirect("taxonomy:batch_show", slug, scheme, uid)
    context = _form_context(batch, form, title=_("Name and day"), action=_("Save"))
    return render(request, "taxonomy/batch_form.html", context, status=status)


def _say_if_passed(request: Request, batch: Batch, due_on: dt.date | None) -> None:
    if due_on is not None and due_on < today_in(batch.scheme.study):
        said = _("%(day)s has passed: whatever is not answered in this portion is overdue.")
        messages.warning(request, said % {"day": date_format(due_on)})


def _form_context(
    batch: Batch, form: object, *, title: str, action: str, lead: str = ""
) -> dict[str, object]:
    return {
        "study": batch.scheme.study,
        "scheme": batch.scheme,
        "batch": batch,
        "form": form,
        "form_title": title,
        "form_lead": lead,
        "action": action,
    }


@require_POST
def batch_pause(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Give nobody anything of a portion for now."""
    return _run(request, (slug, scheme, uid), running.pause_batch, _("Paused."))


@require_POST
def batch_resume(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Let the coders of a portion go on."""
    return _run(request, (slug, scheme, uid), running.resume_batch, _("It goes on."))


@require_POST
def batch_lock(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Make the answers of a batch final, once all are given."""

    def lock(*, batch: Batch, by: Member) -> None:
        access.require_results(by, batch.scheme)  # what is due tells how far the others are
        lock_batch(batch=batch, by=by)

    return _run(request, (slug, scheme, uid), lock, _("The batch is locked."))


def _run(request: Request, address: Address, act: Callable[..., object], said: str) -> HttpResponse:
    batch = _batch(request, address)
    with telling_refusals(request):
        act(batch=batch, by=request.member)
        messages.success(request, said)
    return redirect("taxonomy:batch_show", *address)


@require_http_methods(["GET", "POST"])
def batch_hand_on(
    request: Request, slug: str, scheme: str, uid: uuid.UUID, coder: uuid.UUID
) -> HttpResponse:
    """Give what a coder has not answered to others."""
    batch = _batch(request, (slug, scheme, uid))
    leaver = access.coder_of(batch, coder)
    form = HandOnForm(posted(request), batch=batch, coder=leaver)

    def act() -> None:
        access.require_results(request.member, batch.scheme)
        to = list(form.cleaned_data["to"])
        handed = running.hand_on(batch=batch, coder=leaver, to=to, by=request.member)
        _say_handed(request, handed)

    status = refusal_of(form, act)
    if status is None:
        return redirect("taxonomy:batch_show", slug, scheme, uid)
    context = _form_context(batch, form, title=_("Hand moments on"), action=_("Hand them on"))
    context["coder"] = leaver
    return render(request, "taxonomy/batch_hand_on.html", context, status=status)


def _say_handed(request: Request, handed: running.HandedOn) -> None:
    if handed.given:
        given = ngettext(
            "%(number)s moment is handed on.", "%(number)s moments are handed on.", handed.given
        )
        messages.success(request, given % {"number": handed.given})
    if handed.left:
        left = ngettext(
            "%(number)s moment stays: everybody chosen has it in this batch already.",
            "%(number)s moments stay: everybody chosen has them in this batch already.",
            handed.left,
        )
        messages.warning(request, left % {"number": handed.left})


@require_POST
def batch_take_away(
    request: Request, slug: str, scheme: str, uid: uuid.UUID, coder: uuid.UUID
) -> HttpResponse:
    """Take what a coder has not answered away, and give it to nobody."""
    batch = _batch(request, (slug, scheme, uid))
    leaver = access.coder_of(batch, coder)
    with telling_refusals(request):
        access.require_results(request.member, batch.scheme)
        number = running.take_away(batch=batch, coder=leaver, by=request.member)
        said = ngettext(
            "%(number)s moment is taken away.", "%(number)s moments are taken away.", number
        )
        messages.success(request, said % {"number": number})
    return redirect("taxonomy:batch_show", slug, scheme, uid)


@require_http_methods(["GET", "POST"])
def batch_add_coder(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Let one more member code a batch."""
    batch = _batch(request, (slug, scheme, uid))
    form = AddCoderForm(posted(request), batch=batch)
    status = refusal_of(
        form,
        lambda: running.add_coder(batch=batch, coder=form.cleaned_data["coder"], by=request.member),
    )
    if status is None:
        messages.success(
            request,
            _("%(coder)s finds the batch under Code.") % {"coder": form.cleaned_data["coder"]},
        )
        return redirect("taxonomy:batch_show", slug, scheme, uid)
    lead = _("Gives every moment of the batch to one more coder.")
    if batch.state == BatchState.LOCKED:
        lead = _(
            "The batch is locked. Who is added is blind until all of it is answered, nobody else"
            " is; only then the answers count, and what was agreed may come into dispute."
        )
    context = _form_context(
        batch, form, title=_("Add a coder"), action=_("Add the coder"), lead=lead
    )
    return render(request, "taxonomy/batch_form.html", context, status=status)
