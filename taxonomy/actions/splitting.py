"""Splitting a category: new ones beside it, and its moments sorted again one by one."""

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts
from incidents.actions.refusals import RefusedError
from incidents.models import Member, Moment
from taxonomy.actions.changes import changed, new_category
from taxonomy.actions.revisions import InvalidTree, hold_unchanged, revise
from taxonomy.actions.settling import settle_one
from taxonomy.choices import Purpose, RevisionVerb
from taxonomy.models import Adjudication, Category, Coding, Revision, Scheme
from taxonomy.queries.coding import offered
from taxonomy.queries.splitting import waiting_in, was_split
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.folding import CATEGORY

MOST_PARTS = 50


class ResortRefused(RefusedError):
    """The moment cannot be sorted so; the text says why and what to do."""


@transaction.atomic
def split_category(
    *,
    category: Category,
    names: Sequence[str],
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Make new categories out of one, beside it, and offer it to coders no more.

    No coding is changed: what was coded in it counts there until it is sorted again, see `resort`;
    what stands under it stays until it is placed. Raises InvalidTree for fewer than two names.
    """
    scheme = category.scheme
    expected = hold_unchanged(scheme, expected_revision, [category])
    row = Category.objects.select_related("round", "parent", "merged_into").get(pk=category.pk)
    named = [name.strip() for name in names if name.strip()]
    if len(named) < 2:  # noqa: PLR2004  (else it is no split)
        raise InvalidTree(_("Name at least two new categories."))
    if len(named) > MOST_PARTS:
        raise InvalidTree(_("At most %(number)d new categories at once.") % {"number": MOST_PARTS})
    if row.merged_into is not None or not row.exists:
        raise InvalidTree(_("“%(name)s” is no longer part of the scheme.") % {"name": row})
    new = [
        new_category(
            round_uid=str(row.round.uid),
            parent=str(row.parent.uid) if row.parent else None,
            position=row.position,
            split_from=str(row.uid),
            name=name,
        )
        for name in named
    ]
    return revise(
        scheme=scheme,
        verb=RevisionVerb.SPLIT,
        rationale=rationale,
        by=by,
        changes=[changed(CATEGORY, row, {"retired": True}), *new],
        expected_revision=expected,
    )


@transaction.atomic
def resort(
    *, moment: Moment, category: Category, into: Category, by: Member, uid: uuid.UUID
) -> Coding:
    """Sort a moment that counts in a split category again; the coders' answers stay as they are.

    `uid` is minted by the page: the same answer under it again returns the coding that is there.
    Raises ResortRefused where the moment no longer counts in `category`, or `into` is not offered.
    """
    scheme = category.scheme
    seq = change_facts(scheme.study, by=by)
    sent = Coding.objects.filter(uid=uid).first()
    if sent is not None and _is_the_same(sent, moment, into, by):
        return sent
    if into == category:
        raise ResortRefused(_("This is the category that was split. Choose another."))
    if not was_split(category):
        raise ResortRefused(_("“%(name)s” is not split any more.") % {"name": category})
    if not waiting_in(category).filter(pk=moment.pk).exists():
        raise ResortRefused(_("This moment has been sorted meanwhile. Go on with the next."))
    if not offered(scheme).filter(pk=into.pk).exists():
        raise ResortRefused(_("This category is no longer offered. Choose another."))
    coding = Coding.objects.create(
        uid=uuid.uuid4() if sent else uid,
        scheme=scheme,
        moment=moment,
        coder=by,
        purpose=Purpose.RESORT,
        category=into,
        resorts=category,
        scheme_revision=Scheme.objects.values_list("revision", flat=True).get(pk=scheme.pk),
        seq=seq,
        supersedes=_end_of_chain(scheme, moment, by),
    )
    settle_one(moment=moment.pk, scheme=scheme, seq=seq)
    record_change(
        verb="resort",
        on=coding,
        study=scheme.study,
        by=by,
        category=str(into.uid),
        out_of=str(category.uid),
    )
    return coding


@transaction.atomic
def take_back_resort(*, coding: Coding, by: Member) -> Coding:
    """Take back one's own sorting of a moment: it waits again where it was sorted out of.

    One's earlier sorting into that category counts again. Raises ResortRefused where the moment has
    been sorted otherwise since.
    """
    scheme, moment = coding.scheme, coding.moment
    seq = change_facts(scheme.study, by=by)
    last, earlier = _end_of_chain(scheme, moment, by), _sorted_before(coding)
    if last is not None and last.supersedes_id == coding.pk and _says(last, earlier):
        return last
    if last != coding or coding.purpose != Purpose.RESORT or _sorted_on(coding):
        raise ResortRefused(_("This moment has been sorted otherwise since."))
    if _decided_since(coding):
        earlier = None
    undone = Coding.objects.create(
        scheme=scheme,
        moment=moment,
        coder=by,
        purpose=Purpose.RESORT,
        category=earlier.category if earlier else None,
        resorts_id=(earlier or coding).resorts_id,
        taken_back=earlier is None,
        scheme_revision=coding.scheme_revision,
        seq=seq,
        supersedes=coding,
    )
    settle_one(moment=moment.pk, scheme=scheme, seq=seq)
    record_change(verb="take_back", on=coding, study=scheme.study, by=by)
    return undone


def _is_the_same(sent: Coding, moment: Moment, into: Category, by: Member) -> bool:
    """Whether a repeated request asks for what a coding says that still counts."""
    asked = (by.pk, moment.pk, into.pk)
    still = not Coding.objects.filter(supersedes=sent).exists()
    return still and (sent.coder_id, sent.moment_id, sent.category_id) == asked


def _sorted_before(coding: Coding) -> Coding | None:
    """The coder's earlier sorting that put the moment into what this one took it out of."""
    tree = tree_of(coding.scheme)
    earlier = coding.supersedes
    while earlier is not None and earlier.category_id and coding.resorts_id:
        into, out_of = tree.nodes.get(earlier.category_id), tree.nodes.get(coding.resorts_id)
        if into and out_of and tree.canonical(into.key) == tree.canonical(out_of.key):
            return earlier
        earlier = earlier.supersedes
    return None


def _says(last: Coding, earlier: Coding | None) -> bool:
    """Whether what followed a sorting is its taking back."""
    if earlier is None or last.taken_back:
        return last.taken_back
    return (last.category_id, last.resorts_id) == (earlier.category_id, earlier.resorts_id)


def _later(coding: Coding) -> QuerySet[Coding]:
    live = Coding.objects.live().filter(scheme=coding.scheme_id, moment=coding.moment_id)
    return live.filter(pk__gt=coding.pk)


def _sorted_on(coding: Coding) -> bool:
    """Whether another has sorted the moment further."""
    return _later(coding).filter(purpose=Purpose.RESORT).exclude(coder=coding.coder_id).exists()


def _decided_since(coding: Coding) -> bool:
    """Whether somebody answered, or decided, after the moment was sorted: that stays as it is."""
    decided = Adjudication.objects.filter(scheme=coding.scheme_id, moment=coding.moment_id)
    after = decided.filter(to_seq=None, from_seq__gt=coding.seq)
    return after.exists() or _later(coding).exclude(purpose=Purpose.RESORT).exists()


def _end_of_chain(scheme: Scheme, moment: Moment, coder: Member) -> Coding | None:
    chain = Coding.objects.filter(scheme=scheme, moment=moment, coder=coder)
    return chain.filter(purpose=Purpose.RESORT, superseded_by__isnull=True).first()
