"""The method section: written from the data, with what people add."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Member
from incidents.views.attempts import refusal_of, version_to_send
from reports import access
from reports.actions.method import write_method
from reports.forms.method import MethodForm
from reports.queries.method.coding import RELIABILITY
from reports.queries.method.sections import Gap
from reports.queries.method.writing import WORDS, method_of, method_words_of
from taxonomy.access import schemes_open_to
from taxonomy.models import Scheme

ANALYSTS = (WORDS, RELIABILITY)


@require_GET
def method_show(request: Request, slug: str) -> HttpResponse:
    """The section as it may stand in a report, and what is missing for a complete one."""
    reader = access.reader_for(request, slug)
    open_to = schemes_open_to(reader)
    method = method_of(reader.study, open_to)
    context = {
        "study": reader.study,
        "method": method,
        "gaps": [{"text": gap.text, "url": _url(reader, gap)} for gap in method.gaps],
        "hidden": Scheme.objects.filter(study=reader.study)
        .exclude(pk__in=[scheme.pk for scheme in open_to])
        .order_by("pk"),
    }
    return render(request, "reports/method_show.html", context)


def _url(reader: Member, gap: Gap) -> str:
    """Where the reader can put it right; nowhere where only an admin can."""
    if not gap.page or not (gap.page in ANALYSTS or reader.has_role(RoleName.ADMIN)):
        return ""
    return reverse(gap.page, args=[reader.study.slug, *([gap.scheme] if gap.scheme else [])])


@require_http_methods(["GET", "POST"])
def method_edit(request: Request, slug: str) -> HttpResponse:
    """What only people can say of how the study was done."""
    writer = access.reader_for(request, slug)
    words, current = method_words_of(writer.study)
    posted = request.POST if request.method == "POST" else None
    form = MethodForm(posted, initial={**words, "row_version": current})
    status = refusal_of(
        form,
        lambda: write_method(
            study=writer.study,
            words=form.words(),
            by=writer,
            row_version=form.cleaned_data["row_version"],
        ),
    )
    if status is None:
        messages.success(request, _("The words are saved."))
        return redirect("reports:method_show", slug)
    _words, current = method_words_of(writer.study)
    context = {
        "study": writer.study,
        "form": form,
        "row_version": version_to_send(form, "row_version", current, status),
    }
    return render(request, "reports/method_edit.html", context, status=status)
