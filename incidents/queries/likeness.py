"""Which incidents were pointed out as alike."""

from django.db.models import Exists, OuterRef, QuerySet

from incidents.choices import IncidentState
from incidents.models import Incident, Likeness, Sketch, Study
from incidents.querysets import IncidentQuerySet

OUT = (IncidentState.WITHDRAWN, IncidentState.IMPORTING, IncidentState.HELD_OUT)


def likenesses_in(study: Study, judgement: str) -> QuerySet[Likeness]:
    """The pairs of a study under one judgement, without incidents that are out of everything."""
    return standing_pairs(study).filter(judgement=judgement)


def standing_pairs(study: Study) -> QuerySet[Likeness]:
    """The pairs of a study of which neither is out of everything, with what is shown of both."""
    pairs = Likeness.objects.filter(study=study)
    standing = pairs.exclude(first__state__in=OUT).exclude(second__state__in=OUT)
    shown = ("version", "interview__respondent", "interview__interviewer", "site__region")
    sides = [f"{side}__{name}" for side in ("first", "second") for name in shown]
    return standing.select_related(
        *sides, "first__site__organization", "second__site__organization", "judged_by", "study"
    )


def not_compared(incidents: IncidentQuerySet) -> IncidentQuerySet:
    """Keep what was not compared with the others as it is worded now."""
    seen = Sketch.objects.filter(
        incident=OuterRef("pk"), version=OuterRef("version"), compared=True
    )
    return incidents.filter(version__isnull=False).exclude(Exists(seen))


def unseen_in(study: Study) -> bool:
    """Say whether an incident that waits for a verdict was not compared yet."""
    waiting = Incident.objects.filter(study=study, state=IncidentState.SUBMITTED)
    return not_compared(waiting).exists()
