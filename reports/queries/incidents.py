"""The grid of incidents: what a member sees of them, and may filter them by."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q

from incidents.choices import IncidentState, RoleName
from incidents.models import Incident, Member, Moment
from incidents.queries.screening import last_reason
from incidents.querysets import IncidentQuerySet
from reports.queries.filters import NOT_STATED, is_uid
from taxonomy.models import Category, Scheme
from taxonomy.queries.behind import newest_coded
from taxonomy.queries.settled import settlements_in
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.tree import Node, Tree

ANY_STATE = "any"
ASIDE = (IncidentState.EXCLUDED, IncidentState.WITHDRAWN)
PLACES = {
    "region": "site__region__uid",
    "sector": "site__organization__sector__uid",
    "organization": "site__organization__uid",
}


@dataclasses.dataclass(frozen=True)
class Sight:
    """What a member sees of the incidents they may read.

    `places`: where they come from; `names`: organizations by name, not by code; `people`: who
    wrote them down; `states`: those that stand aside, too; `schemes`: whose results are open;
    `found`: categories that were looked up already.
    """

    places: bool
    names: bool
    people: bool
    states: bool
    schemes: tuple[Scheme, ...]
    found: dict[str, "CategoryFound | None"] = dataclasses.field(default_factory=dict)


class CategoryFound(NamedTuple):
    """A category where it stands."""

    scheme: Scheme
    tree: Tree
    node: Node


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
    incidents = _in_state(incidents, asked) if sight.states else incidents.exclude(state__in=ASIDE)
    if sight.places:
        incidents = incidents.filter(_in_places(asked))
    if asked.get("viewpoint"):
        incidents = incidents.filter(viewpoint=asked["viewpoint"])
    incidents = incidents.between(asked.get("since"), asked.get("until"))
    return _with_moments(incidents.saying(asked.get("q") or ""), sight, asked)


def _in_state(incidents: IncidentQuerySet, asked: Mapping[str, Any]) -> IncidentQuerySet:
    """Keep a state, all of them, or what was left out for a reason; else what stands aside not."""
    state, reason = asked.get("state"), asked.get("reason")
    if reason:
        excluded = incidents.filter(state=IncidentState.EXCLUDED)
        return excluded.alias(reason=last_reason()).filter(reason=reason)
    if state == ANY_STATE:
        return incidents
    return incidents.filter(state=state) if state else incidents.exclude(state__in=ASIDE)


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
    moments = Moment.objects.filter(incident=OuterRef("pk"))
    if valence:
        moments = moments.filter(valence=valence)
    if category:
        found = category_open_to(sight, category)
        if found is None:
            return incidents.none()
        settled = settlements_in(found.scheme, found.tree, found.node)
        moments = moments.filter(Exists(settled.filter(moment=OuterRef("pk"))))
        newest = newest_coded(found.scheme)  # nobody looks into each of those that wait
        incidents = incidents.accepted().filter(pk__lte=newest)  # the accepted alone count
        moments = moments.filter(incident__lte=newest)
    return incidents.filter(Exists(moments))


def category_open_to(sight: Sight, uid: str) -> CategoryFound | None:
    """The category that stands for this one after all merges, if its scheme's results are seen."""
    if uid not in sight.found:
        sight.found[uid] = _category(sight, uid) if is_uid(uid) else None
    return sight.found[uid]


def _category(sight: Sight, uid: str) -> CategoryFound | None:
    rows = Category.objects.filter(scheme__in=sight.schemes, exists=True, uid=uid)
    keys = rows.values_list("scheme_id", "pk").first()
    if keys is None:
        return None
    scheme = next(one for one in sight.schemes if one.pk == keys[0])
    tree = tree_of(scheme)
    return CategoryFound(scheme, tree, tree.canonical(keys[1]))
