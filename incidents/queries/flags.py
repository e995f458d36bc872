"""What the house notices about an incident by itself, all in one place.

Nothing of it is stored: a flag is a condition on the rows as they are, so it is never out of date.
"""

import datetime as dt
from collections.abc import Callable, Iterable

from django.db.models import (
    BooleanField,
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Concat, Length
from django.db.models.lookups import Contains, LessThan

from incidents.choices import Consent, IncidentState, ToldAs, Valence
from incidents.criteria import LEAST_LETTERS, Flag, Judgement
from incidents.models import Incident, Likeness, Moment, Study
from incidents.models.fieldwork import ANSWERS
from incidents.queries.criteria import Asked
from incidents.querysets import IncidentQuerySet

QUOTATION_MARKS = ('"', "“", "„", "«", "「")
WITHOUT_SPACES = ("zh", "ja", "ko")  # a sign of theirs says as much as some letters elsewhere
LETTERS_IN_A_SIGN = 3
COUNTED = (IncidentState.SUBMITTED, IncidentState.RETURNED, IncidentState.ACCEPTED)
PREFIX = "flag_"


def with_flags(
    incidents: IncidentQuerySet, study: Study, asked: Iterable[Asked]
) -> IncidentQuerySet:
    """Add to each incident what `flags_of` reads."""
    return incidents.annotate(
        **{
            f"{PREFIX}{criterion.flag.value}": Case(
                When(condition_of(study, criterion), then=Value(value=True)),
                default=Value(value=False),
                output_field=BooleanField(),
            )
            for criterion in asked
            if criterion.flag
        }
    )


def flags_of(incident: Incident, asked: Iterable[Asked]) -> list[Flag]:
    """The flags that an incident of `with_flags` has, in the order of the criteria."""
    flags = [criterion.flag for criterion in asked if criterion.flag]
    return [flag for flag in flags if getattr(incident, f"{PREFIX}{flag.value}")]


def condition_of(study: Study, criterion: Asked) -> Q:
    """When a criterion's flag is raised, as a condition on incidents; never without a flag."""
    if criterion.flag is None:
        return Q(pk__in=[])
    return CONDITIONS[criterion.flag](study, criterion)


def _answers() -> Concat:
    return Concat(*(F(f"version__{name}") for name in ANSWERS))


def _shorter_than(letters: int) -> Q:
    """Few letters; fewer signs where each says more."""
    signs = Q()
    for language in WITHOUT_SPACES:
        signs |= Q(version__language__startswith=language)
    length = Length(_answers())
    return (~signs & Q(LessThan(length, letters))) | (
        signs & Q(LessThan(length, letters // LETTERS_IN_A_SIGN))
    )


def _told_later_than(window: dt.timedelta) -> Q:
    last = ExpressionWrapper(F("happened_from") + Value(window), output_field=DateField())
    return Q(interview__held_on__gt=last)


def _has_quotation_marks() -> Q:
    found = Q()
    for mark in QUOTATION_MARKS:
        found |= Q(Contains(_answers(), mark))
    return found


def _moments_with(*valences: str) -> Exists:
    return Exists(Moment.objects.filter(incident=OuterRef("pk"), valence__in=valences))


def _like_another() -> Q:
    standing = Likeness.objects.exclude(judgement=Judgement.OTHER)
    as_first = standing.filter(first=OuterRef("pk"), second__state__in=COUNTED)
    as_second = standing.filter(second=OuterRef("pk"), first__state__in=COUNTED)
    return Q(Exists(as_first)) | Q(Exists(as_second))


CONDITIONS: dict[Flag, Callable[[Study, Asked], Q]] = {
    Flag.WHOSE_UNSAID: lambda *_of: Q(told_as__in=[ToldAs.PROVIDER, ToldAs.NOT_STATED]),
    Flag.NO_TIME: lambda *_of: Q(
        happened_told="", happened_from__isnull=True, happened_to__isnull=True
    ),
    Flag.SHORT: lambda _study, criterion: _shorter_than(criterion.limit or LEAST_LETTERS),
    Flag.NO_ACTION: lambda *_of: Q(version__action=""),
    Flag.NO_RESULT: lambda *_of: Q(version__result=""),
    Flag.PARTS_EMPTY: lambda *_of: (
        Q(version__situation="") | Q(version__people="") | Q(version__reaction="")
    ),
    Flag.TOO_OLD: lambda study, _criterion: _told_later_than(
        dt.timedelta(days=study.recall_window_days)
    ),
    Flag.QUOTED: lambda *_of: Q(interview__consent=Consent.NOTES) & _has_quotation_marks(),
    Flag.NO_VALENCE: lambda *_of: (
        ~Q(_moments_with(Valence.POSITIVE, Valence.NEGATIVE, Valence.MIXED))
    ),
    Flag.ALIKE: lambda *_of: _like_another(),
}
