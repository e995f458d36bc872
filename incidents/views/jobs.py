"""The pages of background work: what runs, what failed and why, and the way to try again."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from incidents import access
from incidents.actions.jobs import retry_job
from incidents.http import Request, part_of
from incidents.models import Job
from incidents.paging import page_by_key


@require_GET
@vary_on_headers("HX-Request")
def job_list(request: Request, slug: str) -> HttpResponse:
    """One's own jobs, newest first; all of the study for its admins."""
    member = access.member_for(request, slug)
    page = page_by_key(Job.objects.visible_to(member).for_list(), query=request.GET)
    context = {
        "study": member.study,
        "page": page,
        "poll_url": request.get_full_path(),
        "goes_on": any(job.goes_on for job in page.rows),
    }
    return render(request, part_of("incidents/job_list.html", "rows", request), context)


@require_GET
@vary_on_headers("HX-Request")
def job_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """One job; htmx asks for its progress only, and tells the page around it when it is over."""
    member = access.member_for(request, slug)
    job = access.job_shown(member, uid)
    template = part_of("incidents/job_show.html", "progress", request)
    response = render(request, template, {"study": member.study, "job": job})
    if not job.goes_on:
        trigger_client_event(response, "job-over", {"state": job.state}, after="settle")
    return response


@require_POST
def job_retry(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Try a failed job once more."""
    member = access.member_for(request, slug)
    job = retry_job(job=access.job_to_retry(member, uid), by=member)
    return redirect("incidents:job_show", slug, job.uid)
