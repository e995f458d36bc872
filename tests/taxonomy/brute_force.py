"""A table counted the long way: one moment after another, from the codings themselves."""

import datetime as dt
from collections import Counter, defaultdict
from fractions import Fraction

from incidents.choices import ToldAs
from incidents.models import Moment
from taxonomy.choices import BatchKind, Purpose, Residual
from taxonomy.models import Adjudication, Assignment, Category, Coding

COUNTED = (Purpose.PLAN, Purpose.RESORT, Purpose.IMPORT)
BESIDE = (BatchKind.RECODE, BatchKind.TRAINING)  # nothing waits for these
PROVIDERS = {ToldAs.OWN, ToldAs.COLLEAGUE, ToldAs.PROVIDER}


def viewpoint_of(incident):
    if incident.told_as == ToldAs.CUSTOMER:
        return "customer"
    return "provider" if incident.told_as in PROVIDERS else "not_stated"


PLACES = {
    "region": lambda site: named(site.region),
    "country": lambda site: site.country.name or "Not stated",
    "sector": lambda site: named(site.organization.sector),
    "organization": lambda site: named(site.organization),
}


def named(place):
    return "Not stated" if place.not_stated else place.name


def column_of(moment, by, *, by_event=False, other=None):
    """Return the name that the moment's column has in a table.

    `other` has the lines of moments in another scheme, by round and primary key.
    """
    incident, interview = moment.incident, moment.incident.interview
    if by in PLACES:
        elsewhere = by_event and incident.served_by != "own_site"
        return "Not stated" if elsewhere else PLACES[by](incident.site)
    if by in {"month", "quarter", "year"}:
        return period(interview.held_on, interview.held_on, by)
    if by.startswith("happened"):
        return period(incident.happened_from, incident.happened_to, by.split("_")[1])
    if by.startswith("scheme"):
        return in_words(other[int(by[-1])][moment.pk])
    if by == "interviewer":
        return interview.interviewer.display_name if interview.interviewer else "Not stated"
    value = viewpoint_of(incident) if by == "viewpoint" else moment.valence
    return value.replace("_", " ").capitalize()


def period(first, last, grain):
    first, last = first or last, last or first
    if first is None:
        return "Not stated"
    names = set()
    for day in (first, last):
        quarter = f"Q{(day.month - 1) // 3 + 1} {day.year}"
        names.add({"month": f"{day:%B %Y}", "quarter": quarter, "year": str(day.year)}[grain])
    return names.pop() if len(names) == 1 else "Not stated"


def in_words(line):
    return str(Residual(line).label) if isinstance(line, str) else line.name


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
    for coding in Coding.objects.filter(scheme=scheme, purpose__in=COUNTED).order_by("pk"):
        coding.category = categories.get(coding.category_id)
        written[coding.moment_id].codings.append(coding)
    given = Assignment.objects.filter(batch__scheme=scheme).select_related("batch")
    for one in given.exclude(batch__kind__in=BESIDE):
        written[one.moment_id].assigned.append(one)
    for decided in Adjudication.objects.filter(scheme=scheme, to_seq=None):
        decided.category = categories.get(decided.category_id)
        written[decided.moment_id].decided.append(decided)
    for one in written.values():
        sort_again(one)
    return written


def sort_again(written):
    """Let what was sorted again after a split say what the answers before it mean now."""
    again = [one for one in written.codings if one.purpose == Purpose.RESORT]
    written.codings = [one for one in written.codings if one.purpose != Purpose.RESORT]
    standing = [one for one in again if not one.taken_back]
    if standing and not written.decided:
        for coding in written.codings:
            if coding.pk < standing[-1].pk:
                coding.category = standing[-1].category


def recall_of(moment):
    """Whether the moment surely happened within 31 days before the interview."""
    incident, held = moment.incident, moment.incident.interview.held_on
    days = [day for day in (incident.happened_from, incident.happened_to) if day]
    if held is None or not days:
        return "not_stated"
    edge = held - dt.timedelta(days=31)
    inside = {day >= edge for day in days}
    return "not_stated" if len(inside) == 2 else "inside" if inside == {True} else "outside"


def keeps(moment, conditions, *, by_event=False, other=None):
    """Whether a moment meets conditions written as {field: values}."""
    incident, interview = moment.incident, moment.incident.interview
    elsewhere = by_event and incident.served_by != "own_site"
    first, last, held = incident.happened_from, incident.happened_to, interview.held_on
    has = {
        "country": lambda: (
            "Not stated" if elsewhere else str(incident.site.country) or "Not stated"
        ),
        "viewpoint": lambda: viewpoint_of(incident),
        "valence": lambda: moment.valence,
        "mode": lambda: interview.mode,
        "language": lambda: incident.version.language or "Not stated",
        "first_told": lambda: "yes" if incident.position == 1 else "no",
        "recall": lambda: recall_of(moment),
    }
    fits = {
        "since": lambda day: last is not None and last.isoformat() >= day,
        "until": lambda day: first is not None and first.isoformat() <= day,
        "held_since": lambda day: held is not None and held.isoformat() >= day,
        "held_until": lambda day: held is not None and held.isoformat() <= day,
        "q": lambda typed: typed in incident.version.situation,
        "other_category": lambda path: path.removeprefix("other: ") in stands_in(moment, other),
    }
    for field, values in conditions.items():
        if field in fits:
            kept = any(map(fits[field], values))
        elif field in has:
            kept = has[field]() in values
        elif field in {"told_as", "asked_for", "served_by"}:
            kept = getattr(incident, field) in values
        else:
            kept = column_of(moment, field, by_event=by_event) in values
        if not kept:
            return False
    return True


def stands_in(moment, other):
    """The names of what the moment counts in, at every round of another scheme."""
    return {in_words(lines[moment.pk]) for lines in other.values()}


def lines_of(scheme, level):
    """Return every moment that counts, with the line it counts in."""
    moments = Moment.objects.filter(
        incident__study=scheme.study, incident__state="accepted"
    ).select_related(
        "incident__version",
        "incident__interview__interviewer",
        "incident__site__region",
        "incident__site__organization__sector",
    )
    written = everything_written(scheme)
    return [(moment, line_of(written[moment.pk], level)) for moment in moments]


def count(lines, by, conditions, unit, *, then=None, over=None, weighted=False, **how):
    """Return counts by (line, column): categories by primary key, residuals by word, "base".

    `over` gives of a category the coarser one, or None; its subtotal is by "over" and primary key.
    """
    kept = [pair for pair in lines if keeps(pair[0], conditions, **how)]
    sizes = Counter(moment.incident.interview_id for moment, _line in kept)
    seen, counts = set(), Counter()
    for moment, line in kept:
        names = [line.pk, "base"] if isinstance(line, Category) else [line]
        if over and isinstance(line, Category) and over(line):
            names.append(("over", over(line).pk))
        column = column_of(moment, by, **how)
        column = f"{column}: {column_of(moment, then, **how)}" if then else column
        interview = moment.incident.interview_id
        thing = {"incidents": moment.incident_id, "interviews": interview}.get(unit, moment.pk)
        for place in ((name, in_) for in_ in ("All", column) for name in names):
            if (*place, thing) not in seen:
                counts[place] += Fraction(1, sizes[interview]) if weighted else 1
            seen.add((*place, thing))
    return counts
