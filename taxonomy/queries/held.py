"""What codings keep as it is in a scheme: categories that may not leave, merges that stay."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from taxonomy.choices import Purpose
from taxonomy.models import Category, Coding
from taxonomy.tabulation.folding import CATEGORY, Fields, ObjectChange


def concerns_codings(changes: Iterable[ObjectChange]) -> bool:
    """Whether codings may stand in the way of these changes, so that nobody may code meanwhile."""
    return any(_leaves(change) or _parts(change) for change in changes)


def hindrance_by_codings(changes: Sequence[ObjectChange], tree: Mapping[str, Fields]) -> str | None:
    """Why codings stand in the way: they would be in nothing, or count where nobody put them.

    `tree` is the tree before the changes.
    """
    leaving = [change.uid for change in changes if _leaves(change)]
    coded = _coded_in(leaving)
    if coded is not None:
        sentence = _("Moments are coded in “%(name)s”, so it stays; it can be merged or retired.")
        return sentence % {"name": coded.category}
    resorted = _sorted_again_out_of_parts(leaving)
    for change in changes:
        if _parts(change):
            resorted = resorted or _sorted_again_after_merge(change.uid, tree)
    if resorted is not None:
        sentence = _("Moments of “%(name)s” have been sorted again; take that back first.")
        return sentence % {"name": resorted.resorts}
    return None


def _leaves(change: ObjectChange) -> bool:
    return change.object_type == CATEGORY and change.after.get("exists") is False


def _parts(change: ObjectChange) -> bool:
    """Whether a merged category would stand by itself again, or be merged otherwise."""
    return change.before.get("merged_into") is not None


def _coded_in(uids: Collection[str]) -> Coding | None:
    """A coding in one of these categories; of what was sorted again only what still counts."""
    no_longer = Q(purpose=Purpose.RESORT, superseded_by__isnull=False)
    rows = Coding.objects.filter(category__uid__in=uids).exclude(no_longer)
    return rows.select_related("category").first()


def _sorted_again_out_of_parts(uids: Collection[str]) -> Coding | None:
    """A sorting that counts, out of a category that would be split no more without these."""
    staying = Category.objects.filter(split_from=OuterRef("resorts"), exists=True)
    rows = Coding.objects.live().filter(
        ~Exists(staying.exclude(uid__in=uids)), resorts__split_off__uid__in=uids
    )
    return rows.select_related("resorts").first()


def _sorted_again_after_merge(uid: str, tree: Mapping[str, Fields]) -> Coding | None:
    """A sorting, by the category it was out of, that took a moment of a merged one with it.

    Without the merge such a moment would still count where it was sorted to. `tree` is the tree
    with the merge; the moment may have been sorted on since.
    """
    onto = _targets(uid, tree)
    if not Category.objects.filter(split_from__uid__in=onto).exists():
        return None
    of_these = [one for one in tree if one == uid or uid in _targets(one, tree)]
    here = {"scheme": OuterRef("scheme"), "moment": OuterRef("moment")}
    answered = Coding.objects.filter(
        Q(superseded_by__isnull=True) | Q(purpose=Purpose.RESORT),
        category__uid__in=of_these,
        pk__lt=OuterRef("pk"),
        **here,
    )
    counting = Coding.objects.live().filter(purpose=Purpose.RESORT, pk__gte=OuterRef("pk"), **here)
    rows = Coding.objects.filter(
        Exists(answered),
        Exists(counting),
        purpose=Purpose.RESORT,
        taken_back=False,
        resorts__uid__in=onto,
    )
    return rows.select_related("resorts").first()


def _targets(uid: str, tree: Mapping[str, Fields]) -> list[str]:
    """What a category was merged into, and that in turn."""
    found: list[str] = []
    row = tree[uid]
    while row["type"] == CATEGORY and (further := row.get("merged_into")) is not None:
        found.append(further)
        row = tree[further]
    return found
