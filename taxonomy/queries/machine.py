"""What the machine proposes for a sort, and how far it is."""

import dataclasses
from collections.abc import Iterable, Sequence

from incidents.models import Job
from taxonomy.models import Pile, Sort, SortItem
from taxonomy.queries.sorts import Made


@dataclasses.dataclass(frozen=True)
class Proposed:
    """The groups of one size, each a pile with what lies in it, the largest first."""

    made: Made
    groups: list[tuple[Pile, list[SortItem]]]


def machine_piles(made: Iterable[Made], items: Sequence[SortItem]) -> list[Proposed]:
    """The groups of each machine sorter."""
    found = []
    for each in made:
        if not each.is_machine:
            continue
        groups = [
            (pile, [item for item in items if each.partition.get(item.pk) == key])
            for key, pile in each.piles.items()
        ]
        found.append(Proposed(each, sorted(groups, key=lambda group: -len(group[1]))))
    return found


def latest_machine_job(sort: Sort) -> Job | None:
    """The job that was last asked for, if any."""
    jobs = Job.objects.filter(study=sort.scheme.study_id, kind="taxonomy.sort_by_words")
    return jobs.filter(args__sort=str(sort.uid)).order_by("-pk").first()
