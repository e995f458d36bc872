"""Where the categories of a scheme came from and where they went: as a list and as a picture."""

import dataclasses
import functools
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.paging import shown_number
from taxonomy.choices import Outcome, RevisionVerb
from taxonomy.models import Category, Revision, RevisionChange, Scheme
from taxonomy.queries.counts import standing_counts
from taxonomy.queries.deeds import Deed, deeds_of
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.folding import CATEGORY
from taxonomy.tabulation.lineage import Stream, Way, narrowed, streams_of
from taxonomy.tabulation.outcomes import contested_keys
from taxonomy.tabulation.sankey import Box, Head, Picture, draw
from taxonomy.tabulation.tree import Node, Tree

NOBODY = str(uuid.UUID(int=0))  # in an address, to be replaced: 160 would ask the router as often
WHOLE_TREE = {RevisionVerb.START, RevisionVerb.IMPORT}


@dataclasses.dataclass(frozen=True)
class Entry:
    """A category in words: where it went, by which revision, and what flowed into it.

    `node` is None for the line of what is not batched. `moments` is empty where counts may not be
    seen. `deed` is what gave it its place, None for what goes nowhere; `how` tells of it.
    """

    node: Node | None
    name: str
    round: str
    went: str
    how: str
    address: str
    moments: str
    figure: str
    direct: str
    split: Sequence[str]
    deed: Deed | None
    sources: Sequence["Entry"]

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"category-{self.node.uid}" if self.node else "not-batched"

    @property
    def said(self) -> str:
        """What its ribbon tells: which went where, how many moments, and by which revision."""
        parts = [f"{self.name}. {self.went}", self.moments]
        if self.deed is not None:
            parts.append(_("Revision %(number)d") % {"number": self.deed.told.number})
        return ". ".join(part for part in parts if part)

    @property
    def can_be_taken_back(self) -> bool:
        """Whether the deed was about this, and not about a whole tree, and stands."""
        if self.deed is None or hasattr(self.deed.revision, "undone_by"):
            return False
        return self.deed.act.verb not in WHOLE_TREE


@dataclasses.dataclass(frozen=True)
class Link:
    """A ribbon with the entry that says who drew it, when and why."""

    entry: Entry
    path: str
    series: int


@dataclasses.dataclass(frozen=True)
class Lineage:
    """The entries from the coarsest round down, and their picture."""

    entries: Sequence[Entry]
    heads: Sequence[Head]
    boxes: Sequence[tuple[Box, Entry]]
    links: Sequence[Link]
    width: int
    height: int
    has_counts: bool
    coarsest: Sequence[Node]


def lineage_of(scheme: Scheme, *, counted: bool, about: uuid.UUID | None = None) -> Lineage:
    """The lineage of a scheme, or of one category of it: what flowed into it, and where it goes.

    Without `counted` nothing of it depends on what was coded. Seven queries, nine with counts,
    and one more if something was done again.
    """
    counts = _counts(scheme) if counted else []
    tree = tree_of(scheme)  # read after them: they may name categories made since
    settled = _settled(counts, tree)
    roots = streams_of(tree, settled)
    if about is not None:
        roots = _about(roots, tree, about)
    writer = _Writer(scheme, tree, counted=counted)
    entries = [writer.entry(root, None) for root in roots]
    picture = draw(roots, tree.rounds)
    return _lineage(picture, entries, writer, has_counts=any(settled.values()))


def _about(roots: Sequence[Stream], tree: Tree, uid: uuid.UUID) -> list[Stream]:
    keys = [node.key for node in tree.nodes.values() if node.uid == str(uid)]
    return narrowed(roots, keys[0]) if keys else []


def _lineage(
    picture: Picture, entries: Sequence[Entry], writer: "_Writer", *, has_counts: bool
) -> Lineage:
    written = writer.written
    return Lineage(
        entries=entries,
        heads=picture.heads,
        boxes=[(box, written[id(box.stream)]) for box in picture.boxes],
        links=[Link(written[id(one.stream)], one.path, one.series) for one in picture.ribbons],
        width=picture.width,
        height=picture.height,
        has_counts=has_counts,
        coarsest=writer.tree.rows(max(writer.tree.rounds, default=0)),
    )


# -- Counts -----------------------------------------------------------------------------------

Settled = tuple[str, int | None, str, int]


def _counts(scheme: Scheme) -> list[Settled]:
    rows = standing_counts([scheme]).values_list("outcome", "category", "contested")
    return list(rows.annotate(total=Sum("moments")).order_by())


def _settled(counts: Sequence[Settled], tree: Tree) -> dict[int, int]:
    """Moments by the category they are settled in, be it because those in dispute were merged."""
    settled: dict[int, int] = defaultdict(int)
    for outcome, category, contested, number in counts:
        key = category
        if outcome == Outcome.IN_DISPUTE:
            agreed = tree.agreed(contested_keys(contested))
            key = agreed.key if agreed else None
        if key is not None:
            settled[key] += number
    return settled


# -- In words ---------------------------------------------------------------------------------


class _Writer:
    """Says of each stream what it is, and remembers which entry it became."""

    def __init__(self, scheme: Scheme, tree: Tree, *, counted: bool) -> None:
        self.tree, self.counted = tree, counted
        self.deeds = _deeds(scheme)
        self.split = _split(scheme)
        self.written: dict[int, Entry] = {}
        zone = ZoneInfo(scheme.study.time_zone)
        self._told = functools.cache(functools.partial(_told, zone=zone))  # many by one revision
        self._address = reverse(
            "taxonomy:category_show", args=[scheme.study.slug, scheme.slug, NOBODY]
        )

    def entry(self, stream: Stream, into: Stream | None) -> Entry:
        """One stream with everything that flowed into it."""
        node = stream.node
        deed = self._deed(stream)
        entry = Entry(
            node=node,
            name=node.heading if node else _("Not batched"),
            round=self.tree.rounds.get(node.round, "") if node else "",
            went=_went(stream, into),
            how=self._told(deed.told) if deed else "",
            address=self._address.replace(NOBODY, node.uid) if node else "",
            moments=_moments(stream.moments) if self.counted else "",
            figure=shown_number(stream.moments) if self.counted else "",
            direct=self._direct(stream),
            split=self.split.get(node.uid, ()) if node else (),
            deed=deed,
            sources=[self.entry(source, stream) for source in stream.sources],
        )
        self.written[id(stream)] = entry
        return entry

    def _direct(self, stream: Stream) -> str:
        """How many were coded in itself, where others flowed in besides."""
        return _moments(stream.direct) if stream.direct and stream.sources else ""

    def _deed(self, stream: Stream) -> Deed | None:
        if stream.node is None or stream.way == Way.COARSEST:
            return None
        placed, merged = self.deeds.get(stream.node.uid, (None, None))
        return merged if stream.way == Way.MERGED else placed


def _told(revision: Revision, *, zone: ZoneInfo) -> str:
    """Which revision, by whom, when and why."""
    said = _("revision %(number)d (%(act)s)") % {
        "number": revision.number,
        "act": RevisionVerb(revision.verb).label,
    }
    day = date_format(localtime(revision.created_at, zone))
    parts = [said, f"{revision.member or _('the system')}, {day}", revision.rationale]
    return " · ".join(part for part in parts if part)


def _went(stream: Stream, into: Stream | None) -> str:
    if stream.way == Way.NOT_BATCHED:
        return _("Not batched")
    if into is None or into.node is None:
        return ""
    words = _("Merged into “%(other)s”") if stream.way == Way.MERGED else _("Under “%(other)s”")
    return words % {"other": into.node.heading}


def _moments(number: int) -> str:
    return ngettext("%(number)s moment", "%(number)s moments", number) % {
        "number": shown_number(number)
    }


def _deeds(scheme: Scheme) -> Mapping[str, tuple[Deed | None, Deed | None]]:
    """By category what last gave it its parent, and what last merged it."""
    changes = RevisionChange.objects.filter(revision__scheme=scheme, object_type=CATEGORY)
    touched = (
        changes.values_list("object_uid")
        .annotate(
            placed=Max("revision__number", filter=Q(after__has_key="parent")),
            merged=Max("revision__number", filter=Q(after__has_key="merged_into")),
        )
        .order_by()
    )
    last = {str(uid): numbers for uid, *numbers in touched}
    wanted = {number for numbers in last.values() for number in numbers}
    revisions = Revision.objects.filter(scheme=scheme, number__in=wanted - {None})
    found = deeds_of(list(revisions.select_related("member", "undoes", "undone_by")))
    deeds = {deed.revision.number: deed for deed in found}
    return {uid: (deeds.get(placed), deeds.get(merged)) for uid, (placed, merged) in last.items()}


def _split(scheme: Scheme) -> Mapping[str, list[str]]:
    """By category from what it was split off, and what was split off from it, in words."""
    pairs = Category.objects.filter(scheme=scheme, exists=True, split_from__exists=True)
    said = defaultdict(list)
    for uid, name, other_uid, other in pairs.order_by("pk").values_list(
        "uid", "name", "split_from__uid", "split_from__name"
    ):
        said[str(uid)].append(_("Split off from “%(name)s”") % {"name": other})
        said[str(other_uid)].append(_("“%(name)s” was split off from it") % {"name": name})
    return said
