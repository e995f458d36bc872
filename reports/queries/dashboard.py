"""What the list of tables shows."""

import dataclasses
from collections.abc import Iterable

from django.db.models import Count, Q

from incidents.models import Member
from taxonomy.models import Round, Scheme


@dataclasses.dataclass(frozen=True)
class SchemeLine:
    """A scheme with its rounds, the coarsest first, each with `standing` categories."""

    scheme: Scheme
    rounds: list[Round]
    blind: bool


def scheme_lines(member: Member, *, open_to: Iterable[Scheme]) -> list[SchemeLine]:
    """The schemes of the member's study, and where the member may not look yet."""
    seen = {scheme.pk for scheme in open_to}
    standing = Q(categories__exists=True, categories__merged_into=None)
    rounds = Round.objects.filter(scheme__study=member.study_id, exists=True)
    counted = rounds.annotate(standing=Count("categories", filter=standing)).order_by("-position")
    by_scheme: dict[int, list[Round]] = {}
    for row in counted:
        by_scheme.setdefault(row.scheme_id, []).append(row)
    return [
        SchemeLine(scheme, by_scheme.get(scheme.pk, []), scheme.pk not in seen)
        for scheme in Scheme.objects.filter(study=member.study_id).order_by("pk")
    ]
