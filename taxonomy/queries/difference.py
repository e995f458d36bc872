"""Two revisions of a scheme side by side, as the page that compares them shows them."""

import dataclasses
from collections.abc import Sequence

from incidents.models import Member
from taxonomy.models import Revision, RevisionChange, Scheme
from taxonomy.queries.revisions import as_change
from taxonomy.tabulation.difference import RoundDifference, differences
from taxonomy.tabulation.folding import fold

AUTHORS_NAMED = 4


@dataclasses.dataclass(frozen=True)
class Compared:
    """What lies between two revisions: what is otherwise, in how many steps, whose."""

    former: int
    later: int
    rounds: Sequence[RoundDifference]
    steps: int
    authors: Sequence[str]
    more_authors: int


def compared(scheme: Scheme, former: int, later: int) -> Compared:
    """Compare the trees after two revisions; three queries, whatever lies between."""
    rows = (
        RevisionChange.objects.filter(revision__scheme=scheme, revision__number__lte=later)
        .select_related("revision")
        .order_by("revision__number", "pk")
    )
    changes = [(row.revision.number, as_change(row)) for row in rows]
    before = fold(change for number, change in changes if number <= former)
    after = fold((change for number, change in changes if number > former), before)
    between = Revision.objects.filter(
        scheme=scheme, number__gt=former, number__lte=later
    ).order_by()
    people = between.exclude(member=None).values_list("member", flat=True).distinct()
    names = list(Member.objects.filter(pk__in=people).order_by("display_name", "pk"))
    return Compared(
        former=former,
        later=later,
        rounds=differences(before, after),
        steps=between.count(),
        authors=[str(name.display_name) for name in names[:AUTHORS_NAMED]],
        more_authors=max(0, len(names) - AUTHORS_NAMED),
    )
