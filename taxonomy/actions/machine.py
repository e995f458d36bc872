"""One more sorter beside the people: categories clustered by the words of their incidents."""

from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.choices import IncidentState
from incidents.jobs import Claim, Refused, request_job
from incidents.models import IncidentVersion, Job, Member
from incidents.models.fieldwork import ANSWERS
from taxonomy.actions.sorting import AT_ONCE, SortRefused
from taxonomy.choices import SortOf
from taxonomy.models import Pile, Placement, Settlement, Sort, Sorter, SortItem
from taxonomy.queries.trees import tree_of
from taxonomy.sorting.linkage import agglomerate, cut
from taxonomy.sorting.words import Weights, distances, heaviest, weights, words_of
from taxonomy.tabulation.tree import Node, Tree

SORT_BY_WORDS = "taxonomy.sort_by_words"
MOST_READ = 200  # incidents of a category
MOST_SIZES = 5
WORDS_IN_NAME = 3


@transaction.atomic
def request_machine_sort(*, sort: Sort, sizes: Sequence[int], by: Member) -> Job:
    """Ask for machine proposals: the categories of a sort in so many groups, for each size.

    What waits already is not asked for twice. Raises SortRefused where the sort is not of
    categories, is still open, or a size is none.
    """
    held = Sort.objects.select_for_update(no_key=True).get(pk=sort.pk)
    if held.of != SortOf.CATEGORIES or held.closed_at is None:
        raise SortRefused(_("The results open when everybody has finished."))
    things = sort.items.count()
    sizes = sorted(set(sizes), reverse=True)
    if not sizes or len(sizes) > MOST_SIZES or not all(1 < size < things for size in sizes):
        raise SortRefused(
            _("Name one to %(most)d numbers of groups, each from 2 to %(things)d.")
            % {"most": MOST_SIZES, "things": things - 1}
        )
    record_change(verb="request_machine_sort", on=sort, study=sort.scheme.study, by=by, sizes=sizes)
    return request_job(
        kind=SORT_BY_WORDS,
        study=sort.scheme.study,
        by=by,
        args={"sort": str(sort.uid), "sizes": sizes},
        unique_key=f"{SORT_BY_WORDS}:{sort.uid}:{','.join(map(str, sizes))}",
    )


def sort_by_words(claim: Claim) -> None:
    """Cluster the categories of a sort by the words of their incidents. The runner of the job.

    Each size is one sorter that is no member, and one transaction: what was made before a job was
    stopped stays. Asked for again it is made anew.
    """
    args = claim.job.args
    sort = Sort.objects.select_related("scheme__study", "round").filter(uid=args["sort"]).first()
    if sort is None:
        raise Refused(_("The sort is no longer there."))
    items = list(sort.items.all())
    steps = 2 * len(items)
    counts = []
    tree = tree_of(sort.scheme)
    for done, item in enumerate(items):
        claim.progress(done, steps)
        counts.append(_words_told(item, tree))
    vectors = weights(counts)
    apart = distances(vectors, progress=lambda row: claim.progress(len(items) + row, steps))
    merges = agglomerate(apart, "complete")  # average makes one pile of nearly all
    sizes = args["sizes"]
    for size in sizes:
        with transaction.atomic():
            claim.hold()
            _keep(sort, items, cut(len(items), merges, size), vectors, size)
            record_change(verb="sort_by_words", on=sort, study=sort.scheme.study, groups=size)
            if size == sizes[-1]:
                claim.finish(sizes=sizes)


def _words_told(item: SortItem, tree: Tree) -> Counter[str]:
    """How often each word occurs in what was told of the moments that count in a category."""
    below = [key for key in tree.nodes if _counts_in(tree, key, item.category_id)]
    told = Settlement.objects.filter(scheme=item.sort.scheme_id, to_seq=None, category__in=below)
    accepted = told.filter(moment__incident__state=IncidentState.ACCEPTED).order_by("moment")
    versions = accepted.values("moment__incident__version")[:MOST_READ]
    counts: Counter[str] = Counter()
    keys = [row["moment__incident__version"] for row in versions]
    told_in = IncidentVersion.objects.filter(pk__in=keys)  # nothing of the interviewer's note
    for row in told_in.values_list("headline", *ANSWERS):
        counts.update(words_of(" ".join(row)))
    return counts


def _counts_in(tree: Tree, key: int, category: int | None) -> bool:
    """Whether what is coded in a category counts in this one, or in what it was merged into."""
    if category is None or category not in tree.nodes:
        return False
    target = tree.canonical(category)
    found = tree.at_round(key, target.round)
    return isinstance(found, Node) and found.key == target.key


def _keep(
    sort: Sort,
    items: Sequence[SortItem],
    groups: Sequence[int],
    vectors: Sequence[Weights],
    size: int,
) -> None:
    """Write one cut of the tree as the piles of a sorter, in place of an earlier one."""
    Sorter.objects.filter(sort=sort, member=None, groups=size).delete()
    sorter = Sorter.objects.create(sort=sort, groups=size, finished_at=timezone.now())
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    piles = {
        group: Pile(
            sorter=sorter,
            position=group + 1,
            name=_name(group + 1, heaviest([vectors[place] for place in places], WORDS_IN_NAME)),
        )
        for group, places in members.items()
    }
    Pile.objects.bulk_create(piles.values(), batch_size=AT_ONCE)
    Placement.objects.bulk_create(
        (
            Placement(sorter=sorter, item=items[place], pile=piles[group])
            for place, group in enumerate(groups)
        ),
        batch_size=AT_ONCE,
    )


def _name(number: int, words: Sequence[str]) -> str:
    """The number keeps names apart; a pile of categories without incidents has no words."""
    return f"{number}: {', '.join(words) or '–'}"[:300]
