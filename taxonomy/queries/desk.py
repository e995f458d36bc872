"""What the coder's desk shows beside the words: attributes, the own way so far, what is aside."""

import dataclasses
import uuid
from collections.abc import Collection, Mapping, Sequence

from django.core.signing import Signer
from django.db.models import Q, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.choices import AskedFor, Viewpoint
from incidents.models import Incident, Member
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Hidden
from taxonomy.models import Assignment, Category, Coding, Scheme
from taxonomy.models.codings import hide_all
from taxonomy.queries.coding import (
    Told,
    answers_of,
    day_began,
    not_to_recall,
    offered,
    open_assignments,
    told_of,
)
from taxonomy.queries.planning import OwnBatch, own_batches
from taxonomy.queries.suggestions import Offer
from taxonomy.tabulation.pace import Pace, pace_of

RECENT = 6
LOOKED_BACK = 200  # answers among which recently used categories are sought
HELD = Signer(salt="taxonomy.held")
WHO_AND_WHERE = {Hidden.REGION, Hidden.ORGANIZATION, Hidden.INTERVIEWER}
LABELS = {
    Hidden.REGION: gettext_lazy("Region"),
    Hidden.ORGANIZATION: gettext_lazy("Organization"),
    Hidden.INTERVIEWER: gettext_lazy("Interviewer"),
    Hidden.ASKED_FOR: gettext_lazy("Asked for"),
}


# -- One moment ----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Shown:
    """A moment as its coder sees it: the words, and what is known of it that the plan shows.

    `offer` is what is suggested for it, if anything is.
    """

    assignment: Assignment
    told: Told
    attributes: list[tuple[str, str]]
    offer: Offer | None = None


def shown_to_code(
    assignments: Sequence[Assignment], offers: Mapping[int, Offer] | None = None
) -> list[Shown]:
    """Several moments with their words and attributes, in their order and in three queries.

    Take assignments with batch, plan and the incident's version. `offers` are by assignment.
    """
    told = told_of([assignment.moment for assignment in assignments])
    placed = _placed(assignments)
    return [
        Shown(assignment, words, _attributes(assignment, placed), (offers or {}).get(assignment.pk))
        for assignment, words in zip(assignments, told, strict=True)
    ]


def hidden_in(assignment: Assignment) -> Collection[str]:
    """What the coder of an assignment does not see; without a plan nothing of who and where."""
    plan = assignment.batch.plan
    return hide_all() if plan is None else plan.hides


def proof_of_holding(coder: Member, assignment: uuid.UUID) -> str:
    """What a form shows for having been given to a coder, when the assignment is there no more."""
    return HELD.sign(f"{coder.uid} {assignment}")


def was_held(proof: str, coder: Member, assignment: uuid.UUID) -> bool:
    """Whether a proof is that of this coder for this assignment."""
    return constant_time_compare(proof, proof_of_holding(coder, assignment))


def _placed(assignments: Sequence[Assignment]) -> dict[int, Incident]:
    """The incidents of which who and where may be told, by their keys."""
    open_ = [one for one in assignments if not set(hidden_in(one)).issuperset(WHO_AND_WHERE)]
    if not open_:
        return {}
    around = ("site__region", "site__organization", "interview__interviewer")
    incidents = {one.moment.incident_id for one in open_}
    return Incident.objects.select_related(*around).in_bulk(incidents)


def _attributes(assignment: Assignment, placed: dict[int, Incident]) -> list[tuple[str, str]]:
    """What is known of a moment beside its words, under its names."""
    incident, hidden = assignment.moment.incident, set(hidden_in(assignment))
    found = []
    if incident.viewpoint != Viewpoint.NOT_STATED:
        found.append((_("Viewpoint"), str(Viewpoint(incident.viewpoint).label)))
    if when := _when(incident):
        found.append((_("When"), when))
    open_ = [one for one in LABELS if one not in hidden]
    values = {one: _value(one, incident, placed.get(incident.pk)) for one in open_}
    return found + [(str(LABELS[one]), value) for one, value in values.items() if value]


def _value(which: Hidden, incident: Incident, placed: Incident | None) -> str:
    if which == Hidden.ASKED_FOR:
        return str(AskedFor(incident.asked_for).label)
    if placed is None:
        return ""
    if which == Hidden.REGION:
        return placed.site.region.shown_name
    if which == Hidden.ORGANIZATION:
        return str(placed.site)
    interviewer = placed.interview.interviewer
    return interviewer.display_name if interviewer else ""


def _when(incident: Incident) -> str:
    days = [day for day in (incident.happened_from, incident.happened_to) if day]
    shown = " – ".join(dict.fromkeys(date_format(day) for day in days))
    if incident.happened_told and shown:
        return f"{incident.happened_told} ({shown})"
    return incident.happened_told or shown


# -- The own way so far --------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Trail:
    """What a coder has done in a scheme: last answer, categories used, how many, how fast."""

    last: Coding | None
    recent: list[Category]
    done_today: int
    done: int
    aside: int
    pace: Pace
    batches: list[OwnBatch]


def trail_of(coder: Member, scheme: Scheme) -> Trail:
    """A coder's own way through a scheme so far, in six queries; practice is no part of it."""
    given = Assignment.objects.of(coder).filter(batch__scheme=scheme)
    own = given.exclude(batch__kind=BatchKind.TRAINING)
    today = own.filter(done_at__gte=day_began(coder.study)).order_by()
    times = [time for time in today.values_list("done_at", flat=True) if time]
    return Trail(
        last=answers_of(coder).filter(_may_be_changed(), scheme=scheme).order_by("-pk").first(),
        recent=_recent(coder, scheme),
        done_today=len(times),
        done=own.filter(done_at__isnull=False).count(),
        aside=put_aside_by(coder, scheme).count(),
        pace=pace_of(times),
        batches=[batch for batch in own_batches(coder) if batch.scheme == scheme],
    )


def put_aside_by(coder: Member, scheme: Scheme) -> QuerySet[Assignment]:
    """What a coder put aside in a scheme and may take up again."""
    return open_assignments(coder, scheme).filter(state=AssignmentState.SKIPPED)


def _may_be_changed() -> Q:
    return Q(assignment__batch__state=BatchState.OPEN) | Q(assignment__late=True)


def _recent(coder: Member, scheme: Scheme) -> list[Category]:
    """The categories a coder used last, each once, while they are offered."""
    codings = (
        Coding.objects.live()
        .filter(not_to_recall(), scheme=scheme, coder=coder, assignment__isnull=False)
        .filter(category__in=offered(scheme))
        .select_related("category")
        .order_by("-pk")[:LOOKED_BACK]
    )
    categories = {coding.category_id: coding.category for coding in codings if coding.category}
    return list(categories.values())[:RECENT]
