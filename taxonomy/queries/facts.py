"""Facts: moments of accepted incidents beside what counts for them, read as it is now."""

from django.db.models import FilteredRelation, Q, QuerySet

from incidents.choices import IncidentState
from incidents.models import Moment
from incidents.prepared import Given
from taxonomy.models import Scheme

GROUPING = ("settled__outcome", "settled__category_id", "settled__contested")


class SomeScheme(Given):
    """A scheme in a statement that is kept: `scheme` and `study` come later."""

    def __init__(self) -> None:
        super().__init__("scheme")
        self.study_id = Given("study")


def facts_of(scheme: Scheme | SomeScheme) -> QuerySet[Moment]:
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


def facts_at(scheme: Scheme, number: int) -> tuple[QuerySet[Moment], QuerySet[Moment]]:
    """The moments that counted at a number of the study, with what counted for them as `settled`.

    First those in their latest stay, then those in an earlier one; no moment is in both. Valence,
    side and site are as they are now.
    """
    moments = Moment.objects.filter(incident__study=scheme.study_id)
    still = Q(incident__state=IncidentState.ACCEPTED, incident__left_seq__isnull=True)
    latest = moments.filter(still | Q(incident__left_seq__gt=number), entered_seq__lte=number)
    earlier = moments.filter(stays__from_seq__lte=number, stays__to_seq__gt=number)
    return _settled_at(latest, scheme, number), _settled_at(earlier, scheme, number)


def _settled_at(moments: QuerySet[Moment], scheme: Scheme, number: int) -> QuerySet[Moment]:
    open_then = Q(settlements__to_seq__isnull=True) | Q(settlements__to_seq__gt=number)
    begun = Q(settlements__scheme=scheme, settlements__from_seq__lte=number)
    return moments.annotate(settled=FilteredRelation("settlements", condition=begun & open_then))
