"""What the filters of tables and of the grid offer: values for addresses, labels for people."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django_countries import countries

from incidents.models import Organization, Site, Study
from taxonomy.tabulation.specification import PATH_SEPARATOR
from taxonomy.tabulation.tree import Tree

NOT_STATED = "not_stated"
COUNTED = 10_000

Choices = list[tuple[str, str]]
Groups = list[tuple[str, Choices]]


def region_choices(study: Study) -> Choices:
    """The regions of a study in their order, by uid."""
    return [(str(region.uid), region.shown_name) for region in study.regions.all()]


def sector_choices(study: Study) -> Choices:
    """The sectors of a study in their order, by uid."""
    return [(str(sector.uid), sector.shown_name) for sector in study.sectors.all()]


def organization_choices(study: Study, *, names: bool) -> Choices:
    """The organizations of a study by uid, under their names or only under their codes."""
    shown = "name" if names else "code"
    rows = Organization.objects.filter(study=study, not_stated=False).order_by(shown, "pk")
    named = [(str(uid), label) for uid, label in rows.values_list("uid", shown)]
    return [*named, (NOT_STATED, _("Not stated"))]


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
        (name, [(node.uid, PATH_SEPARATOR.join(tree.path(node))) for node in tree.rows(position)])
        for position, name in sorted(tree.rounds.items(), reverse=True)
    ]


def shown_number(number: int) -> str:
    """A number with its thousands set apart."""
    return str(number_format(number, use_l10n=True, force_grouping=True))


def shown_count(number: int) -> str:
    """A count that stopped at COUNTED, as shown."""
    return f"{shown_number(COUNTED)}+" if number > COUNTED else shown_number(number)


def shown_bounded(count: tuple[int, bool]) -> str:
    """A count as `count_found` gives it: exact, or at least so many."""
    number, is_all = count
    return shown_number(number) if is_all else f"{shown_number(number)}+"
