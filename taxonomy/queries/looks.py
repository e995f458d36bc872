"""Who looked at what others code while they were blind, when and why."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from incidents.models import Member
from taxonomy.models import Batch, EarlyLook, Scheme


def looks_at(scheme: Scheme) -> QuerySet[EarlyLook]:
    """All looks in a scheme, with who looked."""
    return EarlyLook.objects.filter(scheme=scheme).select_related("member")


def looks_during(batch: Batch) -> QuerySet[EarlyLook]:
    """The looks that overlap the time in which a batch was coded, the first one first."""
    looks = looks_at(batch.scheme).filter(until__gt=batch.created_at)
    if batch.locked_at is not None:
        looks = looks.filter(created_at__lt=batch.locked_at)
    return looks.order_by("created_at", "pk")


def running_look(member: Member, scheme: Scheme) -> EarlyLook | None:
    """The look of a member that runs now."""
    return running_looks(member, [scheme.pk]).first()


def running_looks(member: Member, schemes: Iterable[int]) -> QuerySet[EarlyLook]:
    """The looks of a member that run now in these schemes (primary keys)."""
    looks = EarlyLook.objects.filter(member=member, scheme__in=list(schemes))
    return looks.filter(until__gt=timezone.now()).select_related("scheme").order_by("pk")
