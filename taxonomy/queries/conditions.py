"""From the conditions of a table as people write them to a filter on facts or tallies."""

import dataclasses
import datetime as dt
import unicodedata
import uuid
from collections.abc import Callable, Iterable

from django.db.models import (
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    TextChoices,
    Value,
)
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from incidents.choices import AskedFor, Mode, ServedBy, ToldAs, Valence, Viewpoint
from incidents.countries import country_code
from incidents.models import Incident, Member, Study
from taxonomy.choices import Origin, Recall, Residual
from taxonomy.models import Category, Scheme
from taxonomy.queries.settled import settlements_in
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.rollup import Settled, node_of
from taxonomy.tabulation.specification import (
    PATH_SEPARATOR,
    Specification,
    SpecificationError,
)
from taxonomy.tabulation.tree import Node, Tree

IN_TALLY = {"region", "country", "organization", "sector", "viewpoint", "valence", "category"}
IN_REGION_TALLY = {"region", "viewpoint", "valence", "category"}
NOT_STATED_NAMES = {"not stated", "not_stated", ""}
CHOICES: dict[str, type[TextChoices]] = {
    "viewpoint": Viewpoint,
    "valence": Valence,
    "told_as": ToldAs,
    "asked_for": AskedFor,
    "served_by": ServedBy,
    "mode": Mode,
    "recall": Recall,
}
FIELDS = {"valence": "valence", "mode": "incident__interview__mode"}  # others: of the incident
DAYS = {
    "since": "incident__happened_to__gte",
    "until": "incident__happened_from__lte",
    "held_since": "incident__interview__held_on__gte",
    "held_until": "incident__interview__held_on__lte",
}
OWN_SITE = Q(incident__served_by=ServedBy.OWN_SITE)
SCHEME_SEPARATOR = ":"
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
        elif field in PLACES or field == "country":
            kept, not_stated = _placed(field, values, study)
            tally, by_region = tally & kept, by_region & _of_region_tally(kept)
            facts &= _of_facts(kept, specification.origin, not_stated=not_stated)
        elif field in {"viewpoint", "valence"}:
            kept = Q(**{f"{field}__in": [_choice(field, value) for value in values]})
            tally, by_region = tally & kept, by_region & kept
            facts &= kept if field == "valence" else _under("incident", kept)
        else:
            facts &= _on_facts(field, values, study)
    fields = {field for field, _values in specification.where}
    by_event = specification.origin == Origin.EVENT and not fields.isdisjoint({*PLACES, "country"})
    in_regions = fields <= IN_REGION_TALLY
    return Conditions(
        tally,
        by_region if in_regions else None,
        facts,
        by_event or not fields <= IN_TALLY,
        categories,
    )


def _on_facts(field: str, values: Iterable[str], study: Study) -> Q:
    """What only the facts know."""
    if field in DAYS:
        return _any_of(Q(**{DAYS[field]: _day(value)}) for value in values)
    if field in ASKED:
        return _any_of(ASKED[field](value, study) for value in values)
    chosen = [_choice(field, value) for value in values]
    return Q(**{f"{FIELDS.get(field, f'incident__{field}')}__in": chosen})


def _any_of(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for condition in conditions:
        found |= condition
    return found


# -- Places -----------------------------------------------------------------------------------


def _placed(field: str, values: Iterable[str], study: Study) -> tuple[Q, bool]:
    """A filter on counts kept, and whether it keeps what is not stated."""
    if field == "country":
        codes = [_country(value) for value in values]
        return Q(site__country__in=codes), "" in codes
    relation, lookup = PLACES[field]
    rows = list(getattr(study, relation).values_list("pk", "uid", "name", "not_stated"))
    keys = {key for value in values for key in _place_keys(rows, field, value)}
    not_stated = any(key in keys for key, _uid, _name, unstated in rows if unstated)
    return Q(**{f"{lookup}__in": sorted(keys)}), not_stated


def _of_facts(condition: Q, origin: Origin, *, not_stated: bool) -> Q:
    """The same condition on facts; by the event, what another site served is not stated."""
    placed = _under("incident", condition)
    if origin == Origin.RESPONDENT:
        return placed
    return (OWN_SITE & placed) | ~OWN_SITE if not_stated else OWN_SITE & placed


def _under(relation: str, condition: Q) -> Q:
    pairs = [child for child in condition.children if isinstance(child, tuple)]
    return Q(*((f"{relation}__{lookup}", value) for lookup, value in pairs))


def _of_region_tally(condition: Q) -> Q:
    """The same condition where a row has a region and no site."""
    pairs = [child for child in condition.children if isinstance(child, tuple)]
    return Q(*((lookup.removeprefix("site__"), value) for lookup, value in pairs))


def _place_keys(
    rows: Iterable[tuple[int, uuid.UUID, str, bool]], field: str, value: str
) -> list[int]:
    bare = _bare(value)
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


# -- Interviews and words ---------------------------------------------------------------------


def _day(value: str) -> dt.date:
    try:
        day = parse_date(value)
    except ValueError:
        day = None
    if day is None:
        raise SpecificationError(
            _("“%(value)s” is not a day: write it as in 2026-03-31.") % {"value": value}
        )
    return day


def _saying(typed: str, study: Study) -> Q:
    found = Incident.objects.accepted().filter(study=study).saying(typed)
    return Q(incident__in=found.values("pk"))


def _told_to(value: str, study: Study) -> Q:
    """What a member wrote down, by uid or name, or what nobody stated did."""
    if _bare(value) in NOT_STATED_NAMES:
        return Q(incident__interview__interviewer=None)
    members = [
        key
        for key, uid, name in Member.objects.filter(study=study).values_list(
            "pk", "uid", "display_name"
        )
        if _bare(value) in {str(uid), _bare(name)}
    ]
    if not members:
        raise SpecificationError(
            _("There is no %(field)s “%(value)s” in this study.")
            % {"field": "interviewer", "value": value}
        )
    return Q(incident__interview__interviewer__in=members)


def _told_in(value: str, _study: Study) -> Q:
    return Q(incident__version__language="" if _bare(value) in NOT_STATED_NAMES else value)


def _first(value: str, _study: Study) -> Q:
    if _bare(value) not in {"yes", "no"}:
        raise SpecificationError(
            _("“%(value)s” is not a value of %(field)s. The values are: %(names)s.")
            % {"value": value, "field": "first_told", "names": "yes, no"}
        )
    first = Q(incident__position=1)
    return first if _bare(value) == "yes" else ~first


def _recalled(value: str, study: Study) -> Q:
    """Inside the study's recall window: all days on which it may have happened are; or none is."""
    wanted = _choice("recall", value)
    days = Study.objects.values_list("recall_window_days", flat=True).get(pk=study.pk)
    window = dt.timedelta(days=days)
    held = F("incident__interview__held_on")
    edge = ExpressionWrapper(held - Value(window), output_field=DateField())
    dated = Q(incident__interview__held_on__isnull=False)
    first, last = "incident__happened_from", "incident__happened_to"
    no_first, no_last = Q(**{f"{first}__isnull": True}), Q(**{f"{last}__isnull": True})
    inside = dated & (Q(**{f"{first}__gte": edge}) | (no_first & Q(**{f"{last}__gte": edge})))
    outside = dated & (Q(**{f"{last}__lt": edge}) | (no_last & Q(**{f"{first}__lt": edge})))
    if wanted == Recall.NOT_STATED:
        straddles = dated & Q(**{f"{first}__lt": edge, f"{last}__gte": edge})
        return ~dated | (no_first & no_last) | straddles
    return inside if wanted == Recall.INSIDE else outside


def _in_other(value: str, study: Study) -> Q:
    """What stands in a category of another scheme, by uid or as `scheme: path`."""
    scheme, text = _other_scheme(value, study)
    tree = tree_of(scheme)
    node = tree.nodes[_category(tree, text)]
    return Q(Exists(settlements_in(scheme, tree, node).filter(moment=OuterRef("pk"))))


ASKED: dict[str, Callable[[str, Study], Q]] = {
    "language": _told_in,
    "q": _saying,
    "interviewer": _told_to,
    "other_category": _in_other,
    "first_told": _first,
    "recall": _recalled,
}


def _other_scheme(value: str, study: Study) -> tuple[Scheme, str]:
    schemes, found = Scheme.objects.filter(study=study), None
    try:
        named = Category.objects.filter(scheme__in=schemes, uid=uuid.UUID(value), exists=True)
    except ValueError:
        name, separator, text = value.partition(SCHEME_SEPARATOR)
        found = schemes.filter(slug=name.strip()).first() if separator else None
    else:
        category, text = named.select_related("scheme").first(), value
        if category is not None:
            found = category.scheme
    if found is None:
        raise SpecificationError(
            _("“%(value)s” names no category of another scheme. Write scheme: path.")
            % {"value": value}
        )
    return found, text.strip()


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
