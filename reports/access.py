"""Who reads what comes out."""

import uuid
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import Http404

from incidents.access import member_for, require_role
from incidents.choices import IncidentState, RoleName
from incidents.http import Request
from incidents.models import Incident, Member, Moment
from reports.choices import ReportItem
from reports.models import (
    BulkAct,
    ClientLink,
    Composition,
    Dashboard,
    Export,
    Quote,
    Report,
    ReportFile,
    Run,
    SavedFilter,
    Table,
)
from reports.queries.bulk import acts_of
from reports.queries.client_links import links_of
from reports.queries.exports import exports_of, has_withdrawn, hidden_schemes
from reports.queries.quotes import read_quotes
from reports.queries.reports import composed, composed_and_deleted, files_of
from reports.queries.runs import runs_open_to
from reports.queries.saved import filters_open_to, filters_to_change
from reports.queries.tables import deleted_by, may_change, tables_open_to
from taxonomy.access import scheme_shown, schemes_open_to
from taxonomy.models import Scheme

Whole = TypeVar("Whole", bound=Composition)


def reader_for(request: Request, slug: str) -> Member:
    """The member who reads the study's tables: an analyst or an admin."""
    return member_for(request, slug, RoleName.ANALYST, RoleName.ADMIN)


def exporter_for(request: Request, slug: str) -> Member:
    """The member who takes files of moments: an interviewer their own, analysts and admins all."""
    return member_for(request, slug, RoleName.INTERVIEWER, RoleName.ANALYST, RoleName.ADMIN)


def scheme_read(request: Request, slug: str, scheme: str) -> tuple[Member, Scheme]:
    """The reader and the scheme; whether they see results there `sees_results` says."""
    reader = reader_for(request, slug)
    return reader, scheme_shown(reader, scheme)


def sees_names(member: Member) -> bool:
    """Whether organizations are shown to the member by name, or else by code."""
    return member.has_role(RoleName.ADMIN) or (
        member.has_role(RoleName.ANALYST) and member.study.names_shown_to_analysts
    )


def sees_people(member: Member) -> bool:
    """Whether the member may know who wrote things down."""
    return member.has_role(RoleName.ADMIN)


def filter_to_use(member: Member, uid: uuid.UUID) -> SavedFilter:
    """A saved filter of the member's own, or one that is shared."""
    found = filters_open_to(member).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def filter_to_change(member: Member, uid: uuid.UUID) -> SavedFilter:
    """A saved filter that the member may rename, share and delete."""
    found = filters_to_change(member).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def export_shown(member: Member, uid: uuid.UUID) -> Export:
    """A file of moments: one's own, for admins of the study any; those with names only for them."""
    found = exports_of(member).filter(uid=uid).first()
    if found is None:
        raise Http404
    found.study = member.study
    return found


def export_to_take(member: Member, uid: uuid.UUID) -> Export:
    """One whose file is there and holds nothing that the member may not see by now.

    Also not where something in it was withdrawn since.
    """
    export = export_shown(member, uid)
    if export.file is None or hidden_schemes(export, member) or has_withdrawn(export):
        raise Http404
    return export


def act_shown(member: Member, uid: uuid.UUID) -> BulkAct:
    """A decision on many incidents of the study, for its admins."""
    require_role(member, RoleName.ADMIN)
    act = acts_of(member).filter(uid=uid).first()
    if act is None:
        raise Http404
    return act


def table_to_use(member: Member, uid: uuid.UUID) -> Table:
    """A saved table that is the member's or shared, of a scheme that is open to them."""
    found = tables_open(member).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def table_to_change(member: Member, uid: uuid.UUID) -> Table:
    """A saved table that the member may rename, share and delete."""
    table = table_to_use(member, uid)
    if not may_change(member, table):
        raise Http404
    return table


def table_of(member: Member, uid: uuid.UUID) -> Table:
    """A saved table of the member's own."""
    table = table_to_use(member, uid)
    if table.owner_id != member.pk:
        raise Http404
    return table


def table_named(member: Member, uid: str) -> Table:
    """A saved table that an address names, for whoever may use it."""
    try:
        return table_to_use(member, uuid.UUID(uid))
    except ValueError:
        raise Http404 from None


def runs_shown(member: Member) -> QuerySet[Run]:
    """The runs that a member may read, without their answers."""
    return runs_open_to(member, schemes_open_to(member), names=sees_names(member))


def run_shown(member: Member, uid: uuid.UUID) -> Run:
    """A run that the member may read, with its answer."""
    runs = runs_shown(member).defer(None).select_related("schedule__owner")
    run = runs.filter(uid=uid).first()
    if run is None:
        raise Http404
    return run


def table_to_bring_back(member: Member, uid: uuid.UUID) -> Table:
    """A deleted table that the member may bring back."""
    rows = deleted_by(member).filter(scheme__in=schemes_open_to(member))
    found = rows.select_related("owner", "scheme__study").filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def moment_to_quote(reader: Member, uid: uuid.UUID) -> Moment:
    """A moment that counts, whose words the reader may read."""
    incidents = Incident.objects.visible_to(reader).filter(state=IncidentState.ACCEPTED)
    around = ("incident__version", "incident__interview__respondent", "incident__site__region")
    moments = Moment.objects.filter(uid=uid, incident__in=incidents).select_related(
        *around, "incident__site__organization__sector"
    )
    row = moments.first()
    if row is None:
        raise Http404
    return row


def quote_to_change(reader: Member, uid: uuid.UUID) -> Quote:
    """A quote on the clipboard of the study."""
    return _quote(reader, uid, removed_at__isnull=True)


def quote_taken_off(reader: Member, uid: uuid.UUID) -> Quote:
    """A quote that was taken off the clipboard of the study."""
    return _quote(reader, uid, removed_at__isnull=False)


def _quote(reader: Member, uid: uuid.UUID, **where: bool) -> Quote:
    quotes = Quote.objects.filter(study=reader.study_id, uid=uid, **where)
    row = read_quotes(quotes).first()
    if row is None:
        raise Http404
    return row


def sees_all_results(member: Member) -> bool:
    """Whether no scheme of the study is hidden from the member."""
    hidden = Scheme.objects.filter(study=member.study_id)
    return not hidden.exclude(pk__in=[one.pk for one in schemes_open_to(member)]).exists()


def composer_for(request: Request, slug: str) -> Member:
    """The member who composes: a reader from whom no scheme of the study is hidden."""
    reader = reader_for(request, slug)
    if not sees_all_results(reader):
        raise Http404
    return reader


def report_shown(reader: Member, uid: uuid.UUID) -> Report:
    """A report of the study."""
    return _composed(Report, reader, uid)


def dashboard_shown(reader: Member, uid: uuid.UUID) -> Dashboard:
    """A dashboard of the study; what the reader may see of it its page works out."""
    return _composed(Dashboard, reader, uid)


def link_shown(reader: Member, dashboard: uuid.UUID, uid: uuid.UUID) -> ClientLink:
    """A link of a dashboard of the study."""
    found = links_of(dashboard_shown(reader, dashboard)).filter(uid=uid)
    link = found.select_related("dashboard__study", "made_by", "job").first()
    if link is None:
        raise Http404
    return link


def _composed(kind: type[Whole], reader: Member, uid: uuid.UUID) -> Whole:
    found = composed(kind, reader.study).select_related("study").filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def composition_to_bring_back(kind: type[Whole], reader: Member, uid: uuid.UUID) -> Whole:
    """A deleted report or dashboard of the study."""
    found = composed_and_deleted(kind, reader.study).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def item_to_change(composition: Composition, uid: uuid.UUID) -> dict[str, Any]:
    """A part of a report or a dashboard that has something to change: a table, or words."""
    for item in composition.items:
        if item["id"] == str(uid) and item["kind"] != ReportItem.QUOTE:
            return dict(item)
    raise Http404


def tables_open(member: Member) -> QuerySet[Table]:
    """The saved tables that the member may use."""
    return tables_open_to(member, schemes_open_to(member))


def tables_shown(member: Member) -> QuerySet[Table]:
    """Those of them that everybody may use who reads tables: what can stand on a dashboard."""
    return tables_open(member).filter(shared=True)


def document_shown(reader: Member, report: uuid.UUID, uid: uuid.UUID) -> ReportFile:
    """A document of a report of the study."""
    found = files_of(report_shown(reader, report)).filter(uid=uid)
    file = found.select_related("report__study", "file", "job", "asked_by").first()
    if file is None:
        raise Http404
    return file
