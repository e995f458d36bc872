"""What the filters of tables and of the grid offer: values for addresses, labels for people."""

import uuid
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django_countries import countries

from incidents.models import Interview, Member, Organization, Region, Sector, Site, Study
from incidents.paging import shown_number
from incidents.prepared import Given, Question
from taxonomy.models import Round, Scheme
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import PATH_SEPARATOR, Across
from taxonomy.tabulation.tree import Node, Tree

NOT_STATED = "not_stated"
COUNTED = 10_000

Choices = list[tuple[str, str]]
Groups = list[tuple[str, Choices]]

_regions = Question(lambda: Region.objects.filter(study=Given("study")))
_sectors = Question(lambda: Sector.objects.filter(study=Given("study")))


def region_choices(study: Study) -> Choices:
    """The regions of a study in their order, by uid."""
    return _choices(_regions.all(study=study.pk))


def sector_choices(study: Study) -> Choices:
    """The sectors of a study in their order, by uid."""
    return _choices(_sectors.all(study=study.pk))


def _choices(places: Iterable[Region | Sector]) -> Choices:
    return [(str(place.uid), place.shown_name) for place in places]


def organization_choices(study: Study, *, names: bool) -> Choices:
    """The organizations of a study by uid, under their names or only under their codes."""
    shown = "name" if names else "code"
    rows = _organizations(study).order_by(shown, "pk")
    named = [(str(uid), label) for uid, label in rows.values_list("uid", shown)]
    return [*named, (NOT_STATED, _("Not stated"))]


def organization_words(study: Study, value: str, *, names: bool) -> str | None:
    """What `organization_choices` calls this one of them; None: it is none of them."""
    if value == NOT_STATED:
        return _("Not stated")
    if not is_uid(value):
        return None
    found = _organizations(study).filter(uid=value)
    return found.values_list("name" if names else "code", flat=True).first()


def _organizations(study: Study) -> QuerySet[Organization]:
    return Organization.objects.filter(study=study, not_stated=False)


def country_choices(study: Study) -> Choices:
    """The countries in which a study has sites, by ISO code."""
    sites = Site.objects.filter(organization__study=study).order_by()
    codes = set(sites.values_list("country", flat=True).distinct())
    named = sorted(
        ((str(code), str(countries.name(code) or code)) for code in codes if code),
        key=lambda choice: choice[1],
    )
    return [*named, (NOT_STATED, _("Not stated"))] if "" in codes else named


def category_choices(tree: Tree) -> Groups:
    """The standing categories by uid, under their paths, the coarsest round first."""
    return [
        (name, [(node.uid, path_of(tree, node)) for node in tree.rows(position)])
        for position, name in sorted(tree.rounds.items(), reverse=True)
    ]


def categories_of(schemes: Iterable[Scheme]) -> Groups:
    """The standing categories of schemes by uid, each with its scheme, under scheme and round."""
    return [
        (f"{scheme.name}: {name}", [(uid, f"{scheme.name}: {words}") for uid, words in choices])
        for scheme in schemes
        for name, choices in category_choices(tree_of(scheme))
    ]


def round_choices(schemes: Iterable[Scheme]) -> Choices:
    """The rounds of schemes as column variables, the coarsest of each first."""
    rounds = Round.objects.filter(scheme__in=schemes, exists=True).order_by("scheme", "-position")
    rows = rounds.values_list("scheme__slug", "scheme__name", "position", "name")
    return [
        (Across(slug, position).value, f"{scheme}: {name}") for slug, scheme, position, name in rows
    ]


def interviewer_choices(study: Study) -> Choices:
    """Who wrote interviews of a study down, by uid."""
    held = Interview.objects.filter(study=study, interviewer=OuterRef("pk"))
    members = Member.objects.filter(Exists(held), study=study).order_by("display_name", "pk")
    named = [(str(uid), name) for uid, name in members.values_list("uid", "display_name")]
    return [*named, (NOT_STATED, _("Not stated"))]


def path_of(tree: Tree, node: Node) -> str:
    """A category as tables call it, from the coarsest round down, as one line."""
    return PATH_SEPARATOR.join(tree.headings(node))


def is_uid(text: str) -> bool:
    """Say whether a value of an address names a row at all."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def shown_count(number: int) -> str:
    """A count that stopped at COUNTED, as shown."""
    return f"{shown_number(COUNTED)}+" if number > COUNTED else shown_number(number)
