"""The grid of incidents: what a member may filter it by, and what one row shows."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents.choices import IncidentState, RoleName, Viewpoint
from incidents.models import Incident, IncidentVersion, Member, Moment
from incidents.querysets import IncidentQuerySet
from reports.queries.filters import NOT_STATED
from reports.queries.verbatims import valences_of, words_of
from taxonomy.models import Category, Scheme
from taxonomy.queries.behind import moments_in
from taxonomy.queries.trees import tree_of

ASIDE = (IncidentState.EXCLUDED, IncidentState.WITHDRAWN)
EXCERPT = 400
PLACES = {
    "region": "site__region__uid",
    "sector": "site__organization__sector__uid",
    "organization": "site__organization__uid",
}


@dataclasses.dataclass(frozen=True)
class Sight:
    """What a member sees of the incidents they may read.

    `places`: where they come from; `names`: organizations by name, not by code; `people`: who
    wrote them down; `states`: those that stand aside, too; `schemes`: whose results are open.
    """

    places: bool
    names: bool
    people: bool
    states: bool
    schemes: tuple[Scheme, ...]


def sight_of(member: Member, *, names: bool, schemes: Iterable[Scheme]) -> Sight:
    """Work out what the member sees, given whose names and results are open to them.

    Who codes others' incidents sees no places, unless as an analyst or admin; an interviewer knows
    the places of their own.
    """
    admin = member.has_role(RoleName.ADMIN)
    overseer = member.has_role(RoleName.ADMIN, RoleName.ANALYST)
    own_only = not member.has_role(RoleName.CODER)
    return Sight(
        places=overseer or own_only,
        names=names or (own_only and not overseer),
        people=admin,
        states=admin,
        schemes=tuple(schemes),
    )


def incidents_found(member: Member, sight: Sight, asked: Mapping[str, Any]) -> IncidentQuerySet:
    """The incidents that fit what is asked; what the member may not ask has no effect."""
    incidents = Incident.objects.visible_to(member)
    state = asked.get("state") if sight.states else None
    incidents = incidents.filter(state=state) if state else incidents.exclude(state__in=ASIDE)
    if sight.places:
        incidents = incidents.filter(_in_places(asked))
    if asked.get("viewpoint"):
        incidents = incidents.filter(viewpoint=asked["viewpoint"])
    incidents = incidents.between(asked.get("since"), asked.get("until"))
    return _with_moments(incidents.saying(asked.get("q") or ""), sight, asked)


def read_rows(incidents: IncidentQuerySet) -> QuerySet[Incident]:
    """Load what the rows of the grid show."""
    return incidents.for_list().prefetch_related("moments")


def _in_places(asked: Mapping[str, Any]) -> Q:
    found = Q()
    for name, lookup in PLACES.items():
        value = asked.get(name)
        if value == NOT_STATED:
            found &= Q(site__organization__not_stated=True)
        elif value:
            found &= Q(**{lookup: value})
    return found


def _with_moments(
    incidents: IncidentQuerySet, sight: Sight, asked: Mapping[str, Any]
) -> IncidentQuerySet:
    """Keep the incidents with one moment that has both the valence and the category asked for."""
    valence, category = asked.get("valence"), asked.get("category")
    if not valence and not category:
        return incidents
    moments = _moments_of(sight, category) if category else Moment.objects.all()
    if valence:
        moments = moments.filter(valence=valence)
    return incidents.filter(Exists(moments.filter(incident=OuterRef("pk"))))


def _moments_of(sight: Sight, uid: str) -> QuerySet[Moment]:
    open_to = Category.objects.filter(scheme__in=sight.schemes, exists=True)
    category = open_to.select_related("scheme").filter(uid=uid).first()
    if category is None:
        return Moment.objects.none()
    tree = tree_of(category.scheme)
    return moments_in(category.scheme, tree, tree.canonical(category.pk))


@dataclasses.dataclass(frozen=True)
class GridRow:
    """One incident of the grid; what the member may not see is empty."""

    uid: uuid.UUID
    headline: str
    excerpt: str
    language: str
    state: str
    state_label: str
    viewpoint: str
    valences: list[tuple[str, str]]
    happened: tuple[dt.date | None, dt.date | None]
    region: str = ""
    sector: str = ""
    organization: str = ""
    interviewer: str = ""


def grid_rows(incidents: Iterable[Incident], sight: Sight) -> list[GridRow]:
    """Rows of `read_rows` as they are shown."""
    return [_grid_row(incident, sight) for incident in incidents]


def _grid_row(incident: Incident, sight: Sight) -> GridRow:
    version = incident.version or IncidentVersion()
    return GridRow(
        uid=incident.uid,
        headline=version.headline,
        excerpt=_excerpt(words_of(version)),
        language=version.language,
        state=incident.state,
        state_label=str(incident.get_state_display()),
        viewpoint=str(Viewpoint(incident.viewpoint).label),
        valences=valences_of(incident.moments.all()),
        happened=(incident.happened_from, incident.happened_to),
        **_origin(incident, sight),
    )


def _origin(incident: Incident, sight: Sight) -> dict[str, str]:
    shown = {}
    if sight.places:
        organization = incident.site.organization
        shown = {
            "region": incident.site.region.name,
            "sector": organization.sector.name,
            "organization": organization.name if sight.names else organization.code,
        }
    interviewer = incident.interview.interviewer if sight.people else None
    return {**shown, "interviewer": interviewer.display_name} if interviewer else shown


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…"
