"""A table counted the long way: one moment after another, from the codings themselves."""

from collections import Counter, defaultdict

from incidents.choices import ToldAs
from incidents.models import Moment
from taxonomy.models import Adjudication, Assignment, Category, Coding

PROVIDERS = {ToldAs.OWN, ToldAs.COLLEAGUE, ToldAs.PROVIDER}


def viewpoint_of(incident):
    if incident.told_as == ToldAs.CUSTOMER:
        return "customer"
    return "provider" if incident.told_as in PROVIDERS else "not_stated"


def column_of(moment, by):
    """Return the name that the moment's column has in a table."""
    incident, site = moment.incident, moment.incident.site
    organization = site.organization
    if by == "region":
        return "Not stated" if site.region.not_stated else site.region.name
    if by == "sector":
        return "Not stated" if organization.sector.not_stated else organization.sector.name
    if by == "organization":
        return "Not stated" if organization.not_stated else organization.name
    value = viewpoint_of(incident) if by == "viewpoint" else moment.valence
    return value.replace("_", " ").capitalize()


def up(category, level):
    """Follow merges and parents to a round; the word of a residual line where that fails."""
    while category.merged_into is not None:
        category = category.merged_into
    if category.round.position > level:
        return "coarser_only"
    while category.round.position < level:
        if category.parent is None:
            return "not_batched"
        category = category.parent
        while category.merged_into is not None:
            category = category.merged_into
    return category


def line_of(written, level):
    """Return the category or residual that a moment counts in, from all that was written of it."""
    superseded = {coding.supersedes_id for coding in written.codings}
    codings = [
        coding
        for coding in written.codings
        if coding.pk not in superseded and not coding.taken_back
    ]
    if not codings:
        return "not_coded"
    waiting_for = {one.coder_id for one in written.assigned}
    if waiting_for - {coding.coder_id for coding in codings}:
        return "not_coded"
    if any(one.batch.kind == "plan" and one.batch.state == "open" for one in written.assigned):
        return "not_coded"
    said = {coding.category for coding in codings}
    if any(one.batch.majority for one in written.assigned) and len(codings) > 2:
        times = Counter(coding.category for coding in codings)
        said = {category for category in said if times[category] * 2 > len(codings)} or said
    for decided in written.decided:
        said = {decided.category}
    if said == {None}:
        return "unclassifiable"
    if None in said:
        return "in_dispute"
    ends = set()
    for category in said:
        ends.add(up(category, category.round.position))
    return up(ends.pop(), level) if len(ends) == 1 else "in_dispute"


class Written:
    """What was written of one moment in a scheme."""

    def __init__(self):
        self.codings, self.assigned, self.decided = [], [], []


def everything_written(scheme):
    """Return what was written of each moment; each category is there once, with its parent."""
    categories = {
        one.pk: one for one in Category.objects.filter(scheme=scheme).select_related("round")
    }
    for one in categories.values():
        one.parent = categories.get(one.parent_id)
        one.merged_into = categories.get(one.merged_into_id)
    written = defaultdict(Written)
    for coding in Coding.objects.filter(scheme=scheme):
        coding.category = categories.get(coding.category_id)
        written[coding.moment_id].codings.append(coding)
    for one in Assignment.objects.filter(batch__scheme=scheme).select_related("batch"):
        written[one.moment_id].assigned.append(one)
    for decided in Adjudication.objects.filter(scheme=scheme, to_seq=None):
        decided.category = categories.get(decided.category_id)
        written[decided.moment_id].decided.append(decided)
    return written


def keeps(moment, conditions):
    """Whether a moment meets conditions written as {field: values}."""
    incident, site = moment.incident, moment.incident.site
    has = {
        "region": column_of(moment, "region"),
        "sector": column_of(moment, "sector"),
        "organization": column_of(moment, "organization"),
        "country": str(site.country) or "Not stated",
        "viewpoint": viewpoint_of(incident),
        "valence": moment.valence,
        "told_as": incident.told_as,
        "asked_for": incident.asked_for,
        "language": incident.version.language or "Not stated",
    }
    return all(has[field] in values for field, values in conditions.items())


def lines_of(scheme, level):
    """Return every moment that counts, with the line it counts in."""
    moments = Moment.objects.filter(
        incident__study=scheme.study, incident__state="accepted"
    ).select_related(
        "incident__version", "incident__site__region", "incident__site__organization__sector"
    )
    written = everything_written(scheme)
    return [(moment, line_of(written[moment.pk], level)) for moment in moments]


def count(lines, by, conditions, unit):
    """Return Counters by (line, column): categories by primary key, residuals by word, "base"."""
    seen, counts = set(), Counter()
    for moment, line in lines:
        if not keeps(moment, conditions):
            continue
        key = line.pk if isinstance(line, Category) else line
        names = [key, "base"] if isinstance(line, Category) else [key]
        for column in ("All", column_of(moment, by)):
            for name in names:
                thing = (name, column, moment.incident_id)
                if unit == "moments" or thing not in seen:
                    counts[name, column] += 1
                seen.add(thing)
    return counts
