"""From the conditions of a table as people write them to a filter on facts or tallies."""

import dataclasses
import unicodedata
from collections.abc import Callable, Iterable

from django.db.models import Q, TextChoices
from django.utils.translation import gettext as _

from incidents.choices import AskedFor, ToldAs, Valence, Viewpoint
from incidents.countries import country_code
from incidents.models import Study
from taxonomy.choices import Residual
from taxonomy.tabulation.rollup import Settled, node_of
from taxonomy.tabulation.specification import (
    PATH_SEPARATOR,
    Specification,
    SpecificationError,
)
from taxonomy.tabulation.tree import Node, Tree

ON_FACTS_ONLY = {"told_as", "asked_for", "language"}
IN_REGION_TALLY = {"region", "viewpoint", "valence", "category"}
NOT_STATED_NAMES = {"not stated", "not_stated", ""}
CHOICES: dict[str, type[TextChoices]] = {
    "viewpoint": Viewpoint,
    "valence": Valence,
    "told_as": ToldAs,
    "asked_for": AskedFor,
}
PLACES = {
    "region": ("regions", "site__region"),
    "sector": ("sectors", "site__organization__sector"),
    "organization": ("organizations", "site__organization"),
}


@dataclasses.dataclass(frozen=True)
class Conditions:
    """A filter for each source, and the categories kept (None keeps all and the residuals).

    `region_tally` is None where it does not know what is asked about.
    """

    tally: Q
    region_tally: Q | None
    facts: Q
    needs_facts: bool
    categories: frozenset[int] | None

    def keep(self, tree: Tree) -> Callable[[Node | Residual, Settled], bool]:
        """Say of a row and a settlement whether the category filter keeps them."""
        if self.categories is None:
            return lambda _row, _settled: True
        kept = self.categories

        def is_kept(_row: Node | Residual, settled: Settled) -> bool:
            node = node_of(settled, tree)
            return node is not None and any(one.key in kept for one in tree.ancestry(node))

        return is_kept


def conditions_of(specification: Specification, *, study: Study, tree: Tree) -> Conditions:
    """Resolve what people wrote. Raises SpecificationError naming the value that means nothing."""
    tally, facts, by_region, categories = Q(), Q(), Q(), None
    for field, values in specification.where:
        if field == "category":
            found = frozenset(_category(tree, value) for value in values)
            categories = found if categories is None else categories & found
            continue
        tally_filter, facts_filter = _filters(field, values, study)
        tally, facts = tally & tally_filter, facts & facts_filter
        by_region &= _of_region_tally(tally_filter)
    in_regions = all(field in IN_REGION_TALLY for field, _values in specification.where)
    needs_facts = any(field in ON_FACTS_ONLY for field, _values in specification.where)
    return Conditions(tally, by_region if in_regions else None, facts, needs_facts, categories)


def _filters(field: str, values: Iterable[str], study: Study) -> tuple[Q, Q]:
    if field in PLACES:
        relation, lookup = PLACES[field]
        keys = [key for value in values for key in _place_keys(study, relation, field, value)]
        return Q(**{f"{lookup}__in": keys}), Q(**{f"incident__{lookup}__in": keys})
    if field == "country":
        codes = [_country(value) for value in values]
        return Q(site__country__in=codes), Q(incident__site__country__in=codes)
    if field == "language":
        codes = ["" if _bare(value) in NOT_STATED_NAMES else value for value in values]
        return Q(), Q(incident__version__language__in=codes)
    chosen = [_choice(field, value) for value in values]
    return Q(**{f"{field}__in": chosen}), Q(**{_fact_field(field): chosen})


def _of_region_tally(condition: Q) -> Q:
    """The same condition where a row has a region and no site."""
    pairs = [child for child in condition.children if isinstance(child, tuple)]
    return Q(*((lookup.removeprefix("site__"), value) for lookup, value in pairs))


def _fact_field(field: str) -> str:
    return "valence__in" if field == "valence" else f"incident__{field}__in"


def _place_keys(study: Study, relation: str, field: str, value: str) -> list[int]:
    bare = _bare(value)
    rows = list(getattr(study, relation).values_list("pk", "uid", "name", "not_stated"))
    if bare in NOT_STATED_NAMES:
        return [key for key, _uid, _name, not_stated in rows if not_stated]
    keys = [key for key, uid, _name, _not_stated in rows if str(uid) == bare]
    keys = keys or [
        key for key, _uid, name, not_stated in rows if not not_stated and _bare(name) == bare
    ]
    if not keys:
        raise SpecificationError(
            _("There is no %(field)s “%(value)s” in this study.") % {"field": field, "value": value}
        )
    return keys


def _country(value: str) -> str:
    if _bare(value) in NOT_STATED_NAMES:
        return ""
    code = country_code(value)
    if code is None:
        raise SpecificationError(_("“%(value)s” is not a country.") % {"value": value})
    return code


def _choice(field: str, value: str) -> str:
    bare = _bare(value)
    for choice in CHOICES[field]:
        if bare in {choice.value, _bare(str(choice.label)), choice.value.replace("_", " ")}:
            return str(choice.value)
    names = ", ".join(CHOICES[field].values)
    raise SpecificationError(
        _("“%(value)s” is not a value of %(field)s. The values are: %(names)s.")
        % {"value": value, "field": field, "names": names}
    )


def _category(tree: Tree, text: str) -> int:
    """The category meant by a uid, a path, or a name where that is enough."""
    for node in tree.nodes.values():
        if node.uid == text:
            return tree.canonical(node.key).key
    wanted = [_bare(name) for name in text.split(PATH_SEPARATOR)]
    found = [
        node.key
        for node in tree.nodes.values()
        if node.merged_into is None and [_bare(name) for name in tree.path(node)] == wanted
    ]
    if not found:
        found = _by_name(tree, wanted)
    if len(found) != 1:
        raise SpecificationError(
            _(
                "“%(path)s” does not name one category. Write its path from the coarsest round,"
                " joined by “ > ”."
            )
            % {"path": text}
        )
    return found[0]


def _by_name(tree: Tree, wanted: list[str]) -> list[int]:
    """Categories named by one name or label alone, where that is enough."""
    return [
        node.key
        for node in tree.nodes.values()
        if node.merged_into is None
        and wanted in ([_bare(node.name)], [_bare(node.label)], [_bare(node.heading)])
    ]


def _bare(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
