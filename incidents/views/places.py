"""The places of a study: regions, sectors, organizations and their sites."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from incidents import access
from incidents.access import member_for
from incidents.actions import places
from incidents.choices import RoleName
from incidents.forms.places import (
    OrganizationFilterForm,
    OrganizationForm,
    RegionForm,
    SectorForm,
    SiteForm,
)
from incidents.http import Request, part_of
from incidents.models import Member, Organization, Region, Sector
from incidents.paging import page_by_key
from incidents.queries.places import organizations_of, regions_of, sectors_of, sites_of
from incidents.views.attempts import refusal_of, version_to_send

FORM_PAGE = "incidents/place_form.html"


# -- Regions ----------------------------------------------------------------------------------


@require_GET
def region_list(request: Request, slug: str) -> HttpResponse:
    """The regions of a study in the order of its tables."""
    member = member_for(request, slug, RoleName.ADMIN)
    context = {"study": member.study, "regions": regions_of(member.study)}
    return render(request, "incidents/region_list.html", context)


@require_http_methods(["GET", "POST"])
def region_create(request: Request, slug: str) -> HttpResponse:
    """A new region."""
    member = member_for(request, slug, RoleName.ADMIN)
    form = RegionForm(request.POST if request.method == "POST" else None)
    return _form_page(
        request,
        member,
        form,
        lambda: places.add_region(
            study=member.study, by=member, **_without_version(form.cleaned_data)
        ),
        title=_("New region"),
        back="incidents:region_list",
        again="incidents:region_create",
    )


@require_http_methods(["GET", "POST"])
def region_edit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The name and the countries of a region."""
    member = member_for(request, slug, RoleName.ADMIN)
    region = access.region_to_change(member, uid)
    codes = [row.country.code for row in region.countries.all()]
    initial = {"name": region.name, "countries": codes}
    removable = not region.sites.exists()
    form = RegionForm(request.POST if request.method == "POST" else None, initial=initial)
    return _form_page(
        request,
        member,
        form,
        lambda: places.change_region(region=region, by=member, **form.cleaned_data),
        title=region.name,
        back="incidents:region_list",
        standing=region,
        remove_url=reverse("incidents:region_remove", args=[slug, uid]) if removable else "",
    )


@require_POST
def region_remove(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take away a region that no site stands in."""
    member = member_for(request, slug, RoleName.ADMIN)
    region = access.region_to_change(member, uid)
    try:
        places.remove_region(region=region, by=member)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("incidents:region_list", slug)


@require_POST
def region_move(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Put a region one place up or down."""
    member = member_for(request, slug, RoleName.ADMIN)
    _move(request, member, access.region_to_change(member, uid))
    return redirect("incidents:region_list", slug)


# -- Sectors ----------------------------------------------------------------------------------


@require_GET
def sector_list(request: Request, slug: str) -> HttpResponse:
    """The sectors of a study in the order of its tables."""
    member = member_for(request, slug, RoleName.ADMIN)
    context = {"study": member.study, "sectors": sectors_of(member.study)}
    return render(request, "incidents/sector_list.html", context)


@require_http_methods(["GET", "POST"])
def sector_create(request: Request, slug: str) -> HttpResponse:
    """A new sector."""
    member = member_for(request, slug, RoleName.ADMIN)
    form = SectorForm(request.POST if request.method == "POST" else None)
    return _form_page(
        request,
        member,
        form,
        lambda: places.add_sector(
            study=member.study, by=member, **_without_version(form.cleaned_data)
        ),
        title=_("New sector"),
        back="incidents:sector_list",
        again="incidents:sector_create",
    )


@require_http_methods(["GET", "POST"])
def sector_edit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The name of a sector."""
    member = member_for(request, slug, RoleName.ADMIN)
    sector = access.sector_to_change(member, uid)
    posted = request.POST if request.method == "POST" else None
    form = SectorForm(posted, initial={"name": sector.name})
    return _form_page(
        request,
        member,
        form,
        lambda: places.change_sector(sector=sector, by=member, **form.cleaned_data),
        title=sector.name,
        back="incidents:sector_list",
        standing=sector,
    )


@require_POST
def sector_move(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Put a sector one place up or down."""
    member = member_for(request, slug, RoleName.ADMIN)
    _move(request, member, access.sector_to_change(member, uid))
    return redirect("incidents:sector_list", slug)


# -- Organizations and sites ------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Request")
def organization_list(request: Request, slug: str) -> HttpResponse:
    """The organizations of a study, the newest first; htmx asks for the rows only."""
    member = member_for(request, slug, RoleName.ADMIN)
    filters = OrganizationFilterForm(request.GET, study=member.study)
    page = page_by_key(organizations_of(member.study, **filters.given), query=request.GET)
    context = {
        "study": member.study,
        "filters": filters,
        "page": page,
        "previous_url": _turned(request, before=page.before),
        "next_url": _turned(request, after=page.after),
    }
    return render(request, part_of("incidents/organization_list.html", "rows", request), context)


def _turned(request: Request, **cursor: uuid.UUID | str | None) -> str:
    """The address of the next or previous page with the same filters, empty without one."""
    (name, uid), query = next(iter(cursor.items())), request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    query[name] = str(uid)
    return f"?{query.urlencode()}" if uid else ""


@require_http_methods(["GET", "POST"])
def organization_create(request: Request, slug: str) -> HttpResponse:
    """A new organization."""
    member = member_for(request, slug, RoleName.ADMIN)
    study = member.study
    form = OrganizationForm(request.POST if request.method == "POST" else None, study=study)
    return _form_page(
        request,
        member,
        form,
        lambda: places.add_organization(
            study=study, by=member, **_without_version(form.cleaned_data)
        ),
        title=_("New organization"),
        back="incidents:organization_list",
        again="incidents:organization_create",
        done=_("Saved. Open it to add its sites."),
    )


@require_http_methods(["GET", "POST"])
def organization_edit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """An organization with its sites."""
    member = member_for(request, slug, RoleName.ADMIN)
    organization = access.organization_to_change(member, uid)
    form = _organization_form(request, organization)
    status = refusal_of(form, lambda: _change(form, organization, member))
    if status is None:
        messages.success(request, _("Saved."))
        return redirect("incidents:organization_edit", slug, uid)
    return _organization_page(request, member, uid, form=form, status=status)


@require_POST
def site_create(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """A new site of an organization."""
    member = member_for(request, slug, RoleName.ADMIN)
    organization = access.organization_to_change(member, uid)
    form = SiteForm(request.POST, study=member.study)
    status = refusal_of(
        form,
        lambda: places.add_site(organization=organization, by=member, **form.cleaned_data),
    )
    if status is None:
        messages.success(request, _("The site is added."))
        return redirect("incidents:organization_edit", slug, uid)
    return _organization_page(request, member, uid, site_form=form, status=status)


def _organization_form(
    request: Request, organization: Organization, *, bound: bool = True
) -> OrganizationForm:
    posted = request.POST if bound and request.method == "POST" else None
    initial = {
        "name": organization.name,
        "code": organization.code,
        "sector": organization.sector.uid,
    }
    return OrganizationForm(posted, study=organization.study, initial=initial)


def _change(form: OrganizationForm, organization: Organization, member: Member) -> None:
    given = dict(form.cleaned_data)
    given["code"] = given["code"] or organization.code
    places.change_organization(organization=organization, by=member, **given)


def _without_version(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "row_version"}


def _organization_page(
    request: Request,
    member: Member,
    uid: uuid.UUID,
    *,
    form: OrganizationForm | None = None,
    site_form: SiteForm | None = None,
    status: int,
) -> HttpResponse:
    organization = access.organization_to_change(member, uid)  # as it stands, not as typed
    form = form or _organization_form(request, organization, bound=False)
    context = {
        "study": member.study,
        "organization": organization,
        "form": form,
        "row_version": version_to_send(form, "row_version", organization.row_version, status),
        "site_form": site_form or SiteForm(study=member.study),
        "sites": sites_of(organization)[:500],
    }
    return render(request, "incidents/organization_edit.html", context, status=status)


# -- What they share --------------------------------------------------------------------------


def _form_page(
    request: Request,
    member: Member,
    form: forms.Form,
    act: Callable[[], object],
    *,
    title: str,
    back: str,
    again: str = "",
    done: str = "",
    standing: Region | Sector | None = None,
    **context: Any,
) -> HttpResponse:
    """Try the form; when done, back to the list or to the next one; else the page again."""
    status = refusal_of(form, act)
    slug = member.study.slug
    if status is None:
        messages.success(request, done or _("Saved."))
        return redirect(again if again and "again" in request.POST else back, slug)
    context |= {
        "study": member.study,
        "form": form,
        "form_title": title,
        "back_url": reverse(back, args=[slug]),
        "again": bool(again),
    }
    if standing is not None:
        standing.refresh_from_db(fields=["row_version"])
        version = version_to_send(form, "row_version", standing.row_version, status)
        context["row_version"] = version
    return render(request, FORM_PAGE, context, status=status)


def _move(request: Request, member: Member, row: Region | Sector) -> None:
    """Put a row one place up or down, as the button says."""
    rows = type(row).objects.filter(study=member.study, not_stated=False)
    order = list(rows.order_by("position", "pk").values_list("uid", flat=True))
    if row.uid not in order:
        return
    place = order.index(row.uid)
    order.remove(row.uid)
    step = -1 if request.POST.get("to") == "up" else 1
    order.insert(max(place + step, 0), row.uid)
    places.reorder(study=member.study, kind=type(row), order=order, by=member)
