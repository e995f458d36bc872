"""The guide of the interviews: read by interviewers, worded by admins."""

from typing import Any

from django.conf.locale import LANG_INFO
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from incidents import access
from incidents.actions.guides import change_guide
from incidents.choices import RoleName
from incidents.forms.fieldwork import study_zone
from incidents.forms.guides import GuideForm
from incidents.http import Request
from incidents.models import Study
from incidents.queries.guides import guide_of, guide_words
from incidents.views.attempts import refusal_of, version_to_send
from incidents.views.interviews import WRITERS


@require_GET
def guide_show(request: Request, slug: str) -> HttpResponse:
    """The whole guide in one language, as it is said today."""
    member = access.member_for(request, slug, *WRITERS)
    study, language = member.study, _language(request, member.study)
    today = timezone.localdate(timezone=study_zone(study))
    context = {
        "study": study,
        "guide": guide_of(study, language, held_on=today),
        "languages": _languages(study, language),
        "may_edit": member.has_role(RoleName.ADMIN),
    }
    return render(request, "incidents/guide_show.html", context)


@require_http_methods(["GET", "POST"])
def guide_edit(request: Request, slug: str) -> HttpResponse:
    """The words of the guide in one language, part by part."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    study, language = member.study, _language(request, member.study)
    words, current = guide_words(study, language)
    posted = request.POST if request.method == "POST" else None
    form = GuideForm(posted, initial={**words, "row_version": current}, language=language)
    status = refusal_of(
        form,
        lambda: change_guide(
            study=study,
            language=language,
            words=form.words(),
            by=member,
            row_version=form.cleaned_data["row_version"],
        ),
    )
    if status is None:
        messages.success(request, _("The guide is saved."))
        return redirect(f"{reverse('incidents:guide_edit', args=[slug])}?language={language}")
    _words, current = guide_words(study, language)
    context = {
        "study": study,
        "form": form,
        "language": language,
        "languages": _languages(study, language),
        "row_version": version_to_send(form, "row_version", current, status),
    }
    return render(request, "incidents/guide_edit.html", context, status=status)


def _language(request: Request, study: Study) -> str:
    """The language that the address names, if the study has it; else its first."""
    wanted = request.GET.get("language", "")
    return wanted if wanted in study.languages else next(iter(study.languages), "en")


def _languages(study: Study, current: str) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name": LANG_INFO.get(code, {}).get("name_local", code),
            "current": code == current,
        }
        for code in study.languages
    ]
