"""Who is named as the teller of some words, where the respondent agreed to it."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower, Trim
from django.utils.translation import get_language, pgettext

from incidents.choices import Consent, Relation, ServedBy, Viewpoint
from incidents.models import Incident, Respondent, Site, Study
from reports.quoted.attribution import (
    LEAST_ALIKE,
    THE,
    Teller,
    as_noun,
    coarsened,
    steps_of,
    takes_an,
)

ATTRIBUTED = (Consent.ATTRIBUTED, Consent.BY_SOURCE)
AT_ONCE = 200  # steps asked for in one query; a page of 25 has no more
READS = ("site__region", "site__organization__sector", "interview__respondent")


def attributions_of(incidents: Iterable[Incident]) -> dict[int, str]:
    """Who tells each of some incidents of one study, in words, by their keys.

    Only where the respondent agreed to be named so; the incidents come with READS. Two queries
    for as many as a page has.
    """
    named = [one for one in incidents if one.interview.consent in ATTRIBUTED]
    if not named:
        return {}
    tellers = {one.pk: teller_of(one) for one in named}
    shared = _shared(named[0].study_id, tellers.values())
    return {one.pk: _in_words(coarsened(tellers[one.pk], shared), one) for one in named}


def teller_of(incident: Incident) -> Teller:
    """What is known of who tells an incident, from the side they tell it from.

    Who tells as a customer is not quoted as what they work as, nor, unless it happened there, in
    the sector that they work in.
    """
    respondent, site = incident.interview.respondent, incident.site
    as_customer = is_customer(incident)
    elsewhere = (
        as_customer
        and respondent.relation != Relation.CUSTOMER
        and incident.served_by != ServedBy.OWN_SITE
    )
    sector = site.organization.sector
    return Teller(
        relation=respondent.relation,
        role="" if as_customer else respondent.job_role.strip(),
        sector=None if elsewhere or sector.not_stated else sector.pk,
        country=site.country.code or "",
        region=None if site.region.not_stated else site.region.pk,
        unnamed=respondent.implied,
    )


def is_customer(incident: Incident) -> bool:
    """Whether the teller speaks as a customer."""
    relation = incident.interview.respondent.relation
    return incident.viewpoint == Viewpoint.CUSTOMER or relation == Relation.CUSTOMER


def _shared(study: int, tellers: Collection[Teller]) -> set[Teller]:
    """The steps of these tellers that enough respondents of the study share."""
    steps = {step for teller in tellers for step in steps_of(teller)}
    with_role = {step for step in steps if step.role}
    return _roles_shared(study, with_role) | _places_shared(study, steps - with_role)


def _roles_shared(study: int, steps: set[Teller]) -> set[Teller]:
    """Those of some steps with a role that enough people share; one pass over the respondents.

    Of respondents that a file did not name nothing says that they are several people: all of a
    site count as one.
    """
    if not steps:
        return set()
    people = Respondent.objects.filter(study=study).annotate(role=Lower(Trim("job_role")))
    groups = people.filter(role__in={step.role.lower() for step in steps}).values_list(
        "role", "site__country", "site__region"
    )
    rows = groups.annotate(
        named=Count("pk", filter=Q(implied=False)),
        sites=Count("site", filter=Q(implied=True), distinct=True),
    )
    counted: Counter[tuple[bool, str, str, int | None]] = Counter()
    for role, country, region, named, sites in rows.order_by():
        for where in {(country, None), ("", region), ("", None)}:
            counted[False, role, *where] += named
            counted[True, role, *where] += sites
    return {
        step
        for step in steps
        if counted[step.unnamed, step.role.lower(), step.country, step.region] >= LEAST_ALIKE
    }


def _places_shared(study: int, steps: set[Teller]) -> set[Teller]:
    """Those of some steps without a role that enough people share.

    Of any number the fifth ends the search, so it takes no longer however many there are.
    """
    found: set[Teller] = set()
    asked = sorted(steps, key=repr)
    for start in range(0, len(asked), AT_ONCE):
        portion = asked[start : start + AT_ONCE]
        one_row = Study.objects.filter(pk=study)
        answers = one_row.values_list(*(_is_shared(study, step) for step in portion)).get()
        found.update(step for step, yes in zip(portion, answers, strict=True) if yes)
    return found


def _is_shared(study: int, step: Teller) -> Exists:
    """Whether a fifth respondent is found, or of those without a name a fifth site."""
    where = {
        "country": step.country,
        "region": step.region,
        "organization__sector": step.sector,
    }
    there = {lookup: value for lookup, value in where.items() if value}
    sites = Site.objects.filter(organization__study=study, **there)
    people = Respondent.objects.filter(relation=step.relation, implied=step.unnamed)
    if step.unnamed:
        found: QuerySet[Any] = sites.filter(Exists(people.filter(site=OuterRef("pk"))))
    else:
        found = people.filter(site__in=sites)
    return Exists(found.order_by()[LEAST_ALIKE - 1 : LEAST_ALIKE])


def _in_words(said: Teller, incident: Incident) -> str:
    """What is said of a teller, in the reader's language."""
    who, site = _who(said, incident), incident.site
    if said.sector:
        values = {"who": who, "sector": site.organization.sector.shown_name}
        who = pgettext("somebody quoted", "%(who)s (%(sector)s)") % values
    if said.country:
        values = {"who": who, "where": str(site.country.name)}
        if said.country in THE:
            return pgettext("somebody quoted", "%(who)s in the %(where)s") % values
        return pgettext("somebody quoted", "%(who)s in %(where)s") % values
    if said.region:
        values = {"who": who, "where": site.region.shown_name}
        return pgettext("somebody quoted", "%(who)s in %(where)s") % values
    return who


def _who(said: Teller, incident: Incident) -> str:
    if said.role:
        english = (get_language() or "").startswith("en")
        role = as_noun(said.role) if english else said.role
        if takes_an(role):
            return pgettext("somebody quoted", "an %(role)s") % {"role": role}
        return pgettext("somebody quoted", "a %(role)s") % {"role": role}
    if is_customer(incident):
        return pgettext("somebody quoted", "a customer")
    if said.relation == Relation.EMPLOYEE or incident.viewpoint == Viewpoint.PROVIDER:
        return pgettext("somebody quoted", "an employee")
    return pgettext("somebody quoted", "a respondent")
