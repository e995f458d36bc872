"""From a time to the number that a study's data had then, and back."""

import datetime as dt

from django.utils import timezone

from incidents.models import DataNumber, Study


def number_at(study: Study, when: dt.datetime) -> int | None:
    """The number of the study's last change until a time; None where that is not known.

    Times are kept since `DataNumber` is; before its first change a study has the number 0.
    """
    latest = Study.objects.values_list("data_seq", flat=True).get(pk=study.pk)
    if when >= timezone.now():
        return latest
    taken = DataNumber.objects.filter(study=study.pk)
    last = taken.filter(at__lte=when).order_by("-at", "-number").first()
    if last is not None:
        return last.number
    first = taken.order_by("number").values_list("number", flat=True).first()
    return 0 if first == 1 or latest == 0 else None


def time_of(study: Study, number: int) -> dt.datetime | None:
    """When the study took a number; None where that is not known."""
    taken = DataNumber.objects.filter(study=study.pk, number=number)
    return taken.values_list("at", flat=True).first()


def known_since(study: Study) -> dt.datetime | None:
    """The first time of which the number is known."""
    taken = DataNumber.objects.filter(study=study.pk).order_by("number")
    return taken.values_list("at", flat=True).first()
