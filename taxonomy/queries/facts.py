"""Facts: moments of accepted incidents beside what counts for them, read as it is now."""

from django.db.models import FilteredRelation, Q, QuerySet

from incidents.choices import IncidentState
from incidents.models import Moment
from taxonomy.models import Scheme

GROUPING = ("settled__outcome", "settled__category_id", "settled__contested")


def facts_of(scheme: Scheme) -> QuerySet[Moment]:
    """Each moment of an accepted incident, with its open settlement as `settled` where it has one.

    A moment without a settlement is there too: that is the line *not coded*.
    """
    return Moment.objects.filter(
        incident__study=scheme.study_id, incident__state=IncidentState.ACCEPTED
    ).annotate(
        settled=FilteredRelation(
            "settlements",
            condition=Q(settlements__scheme=scheme, settlements__to_seq__isnull=True),
        )
    )
