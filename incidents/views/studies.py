"""The settings of a study."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from incidents.access import member_for
from incidents.actions.studies import change_study
from incidents.choices import RoleName
from incidents.forms.studies import StudyForm
from incidents.http import Request
from incidents.models import Study
from incidents.views.attempts import refusal_of, version_to_send


@require_http_methods(["GET", "POST"])
def study_setup(request: Request, slug: str) -> HttpResponse:
    """What a study says of itself, and the way to its places and people."""
    member = member_for(request, slug, RoleName.ADMIN)
    shown = Study.objects.get(pk=member.study_id)  # the form writes into it, saved or not
    form = StudyForm(request.POST if request.method == "POST" else None, instance=shown)
    status = refusal_of(
        form, lambda: change_study(study=member.study, by=member, **form.cleaned_data)
    )
    if status is None:
        messages.success(request, _("The settings are saved."))
        return redirect("incidents:study_setup", member.study.slug)
    current = Study.objects.values_list("row_version", flat=True).get(pk=member.study_id)
    context = {
        "study": member.study,
        "form": form,
        "row_version": version_to_send(form, "row_version", current, status),
    }
    return render(request, "incidents/study_setup.html", context, status=status)
