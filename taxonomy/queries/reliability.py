"""How far coders agree: what is measured, and what was found and kept."""

import dataclasses
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from incidents.choices import IncidentState, JobState
from incidents.models import Incident, Job, Member, Moment, Stay
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Purpose
from taxonomy.models import Adjudication, AgreementReport, Assignment, Batch, Coding, Scheme
from taxonomy.queries.brought import (
    BROUGHT,
    answers_brought,
    brought_codings,
    brought_otherwise,
    is_brought,
    several_brought,
)
from taxonomy.queries.coder_names import coder_names
from taxonomy.queries.disputes import decided_by_coder
from taxonomy.queries.past import past_tree
from taxonomy.queries.trees import tree_of
from taxonomy.reliability.material import Coded, Material, last_answers
from taxonomy.tabulation.tree import Node, Tree

ORGANIZATION, INTERVIEW = "organization", "interview"
AT_ONCE = 10_000
NO_CATEGORY = "none"  # in addresses: cannot be classified


# -- What is measured --------------------------------------------------------------------------


def measured_batches(scheme: Scheme) -> QuerySet[Batch]:
    """The batches in which several coded and that are locked, in the order of their locks."""
    locked = Batch.objects.filter(scheme=scheme, kind=BatchKind.PLAN, state=BatchState.LOCKED)
    return locked.order_by("locked_seq", "pk")


def counted_codings(scheme: Scheme, batches: Iterable[uuid.UUID] | None = None) -> QuerySet[Coding]:
    """The last answer of each coder for each moment, as the batch was locked with it.

    Of incidents that count. Whoever was added to a locked batch counts when all of theirs is done;
    whatever was sorted again, adjudicated or coded elsewhere does not. `batches` keeps some only;
    `BROUGHT` among them stands for what files brought.
    """
    if batches is not None and BROUGHT in (batches := list(batches)):
        return brought_codings(scheme)
    given = _given(scheme, batches)
    later = given.filter(moment=OuterRef("moment"), coder=OuterRef("coder"), pk__gt=OuterRef("pk"))
    return given.exclude(Exists(later)).filter(taken_back=False)


def _given(scheme: Scheme, batches: Iterable[uuid.UUID] | None) -> QuerySet[Coding]:
    locked = Q(
        assignment__batch__kind=BatchKind.PLAN,
        assignment__batch__state=BatchState.LOCKED,
        assignment__late=False,
    )
    if batches is not None:
        locked &= Q(assignment__batch__uid__in=list(batches))
    before = Q(seq__lte=F("assignment__batch__locked_seq"))
    added = Q(assignment__created_at__gt=F("assignment__batch__locked_at"))
    return Coding.objects.filter(
        locked,
        before | added | Q(assignment__batch__locked_seq__isnull=True),
        scheme=scheme,
        purpose=Purpose.PLAN,
        moment__incident__state=IncidentState.ACCEPTED,
    )


def answers_of(scheme: Scheme, batches: Iterable[uuid.UUID]) -> list[Coded]:
    """The counted codings of some batches, in one statement."""
    rows = _given(scheme, batches).order_by("pk")
    return last_answers(
        (Coded(moment, str(coder), category, str(batch)), taken_back)
        for moment, coder, category, batch, taken_back in rows.values_list(
            "moment_id", "coder__uid", "category_id", "assignment__batch__uid", "taken_back"
        )
    )


def material_of(scheme: Scheme, batches: Sequence[Batch], *, clusters: str) -> Material:
    """What a report on some locked batches is made from; without any, on what files brought."""
    uids, tree = [batch.uid for batch in batches], tree_of(scheme)
    coded = answers_of(scheme, uids) if batches else answers_brought(scheme)
    return Material(
        tree=tree,
        coded=coded,
        available=available_at(scheme, tree, batches) or {str(BROUGHT): _open_in(tree)},
        clusters=dict(clusters_of({one.moment for one in coded}, clusters)),
        unanswered=unanswered_in(batches),
    )


def unanswered_in(batches: Iterable[Batch]) -> dict[str, int]:
    """How many answers were never given in locked batches, by uid, for incidents that count.

    Such incidents did not count when their batch was locked, and came back.
    """
    given = Assignment.objects.filter(
        batch__in=[batch.pk for batch in batches],
        late=False,
        moment__incident__state=IncidentState.ACCEPTED,
    )
    rows = given.exclude(state=AssignmentState.DONE).order_by().values_list("batch__uid")
    return {str(uid): number for uid, number in rows.annotate(Count("pk"))}


def clusters_of(moments: Collection[int], by: str) -> Iterator[tuple[int, str]]:
    """The organization or the interview of each moment; where no organization is known, the latter.

    Both are texts, so that they are put in one order.
    """
    organization = "incident__site__organization"
    fields = ("pk", "incident__interview_id", organization, f"{organization}__not_stated")
    keys = sorted(moments)
    for start in range(0, len(keys), AT_ONCE):
        rows = Moment.objects.filter(pk__in=keys[start : start + AT_ONCE])
        for key, interview, place, not_stated in rows.values_list(*fields):
            alone = by == INTERVIEW or not_stated or place is None
            yield key, f"interview {interview}" if alone else f"organization {place}"


def available_at(scheme: Scheme, tree: Tree, batches: Sequence[Batch]) -> dict[str, frozenset[int]]:
    """The categories that were open to the coders of each batch when it was locked.

    Of a batch whose revision is not known, those that are open today.
    """
    trees: dict[int | None, Tree] = {None: tree, scheme.revision: tree}
    for batch in batches:
        number = batch.locked_revision
        if number is not None and number not in trees:
            trees[number] = past_tree(scheme, number)
    return {str(batch.uid): _open_in(trees[batch.locked_revision]) for batch in batches}


def _open_in(tree: Tree) -> frozenset[int]:
    nodes = tree.nodes.values()
    return frozenset(node.key for node in nodes if node.merged_into is None and not node.retired)


def adjudicated_in(scheme: Scheme, batches: Collection[uuid.UUID]) -> tuple[int, int]:
    """How many moments of some batches stand adjudicated, and how many by one of their coders.

    That is somebody who had coded the moment, or has been added as its coder since. Without any
    batch, of the moments of which files brought several answers.
    """
    assigned = Assignment.objects.filter(moment=OuterRef("moment"), batch__uid__in=list(batches))
    brought = brought_codings(scheme).filter(moment=OuterRef("moment"))
    standing = Adjudication.objects.filter(scheme=scheme, to_seq__isnull=True)
    here = standing.filter(Exists(assigned) if batches else Exists(brought))
    return here.count(), here.filter(decided_by_coder()).count()


def last_coding(scheme: Scheme) -> int:
    """The newest key of a coding of a scheme; all that are made from now on lie behind it.

    Keys of one study are given under its lock, so they are in the order of commits.
    """
    return Coding.objects.filter(scheme=scheme).aggregate(last=Max("pk"))["last"] or 0


# -- What was found and kept -------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Kept:
    """The last report with an answer, and the job of a newer one that has none yet."""

    report: AgreementReport | None
    job: Job | None


def kept_of(scheme: Scheme, *, about: str | None = None) -> Kept:
    """What there is to show of a scheme. `about`: another report than of coders.

    One statement where the newest report has its answer, which may be half a megabyte; else two.
    """
    told = {"question__about": about} if about else {"question__about__isnull": True}
    rows = AgreementReport.objects.filter(scheme=scheme, **told).select_related("job", "asked_by")
    newest = rows.order_by("-pk").first()
    if newest is None or newest.answered_at:
        return Kept(newest, None)
    report = rows.filter(answered_at__isnull=False).order_by("-pk").first()
    job = newest.job
    return Kept(report, job if job and job.state != JobState.DONE else None)


def is_behind(report: AgreementReport, scheme: Scheme) -> bool:
    """Whether the study or the scheme has changed since a report was made."""
    here = (scheme.study.data_seq, scheme.revision)
    return (report.data_seq, report.revision) != here


def is_agreement_behind(report: AgreementReport, scheme: Scheme) -> bool:
    """Whether what the agreement of coders was measured from has changed since.

    That is the tree, the locked batches, and what counts in them.
    """
    if report.revision != scheme.revision:
        return True
    otherwise = brought_otherwise if is_brought(report.answer) else _counts_otherwise
    return is_behind(report, scheme) and (
        _locked_otherwise(report, scheme) or otherwise(report, scheme)
    )


def _locked_otherwise(report: AgreementReport, scheme: Scheme) -> bool:
    rows = measured_batches(scheme).values_list("uid", "locked_at")
    locked = [(str(uid), at.isoformat() if at else None) for uid, at in rows]
    measured = [(one["uid"], one["locked_at"]) for one in report.answer["batches"]]
    return locked != [one for one in measured if one[0] != str(BROUGHT)]


def _counts_otherwise(report: AgreementReport, scheme: Scheme) -> bool:
    """Whether a coding in a locked batch came since, or a moment of one left or came back.

    One statement; each part of it begins at what is new, and not at all that was coded.
    """
    batches, since = measured_batches(scheme).order_by(), report.data_seq
    codings = Coding.objects.filter(scheme=scheme, purpose=Purpose.PLAN, seq__gt=since)
    came = codings.filter(
        pk__gt=report.answer.get("last_coding", 0),
        assignment__late=False,
        assignment__batch__in=batches,
    )
    incidents = Incident.objects.filter(study=scheme.study_id, left_seq__gt=since)
    left = incidents.exclude(state=IncidentState.ACCEPTED).filter(
        moments__assignments__batch__in=batches
    )
    back = Stay.objects.filter(
        moment__incident__study=scheme.study_id,
        moment__entered_seq__gt=since,
        moment__assignments__batch__in=batches,
    )
    differs = Q(Exists(came)) | Q(Exists(left)) | Q(Exists(back))
    return Scheme.objects.filter(differs, pk=scheme.pk).exists()


@dataclasses.dataclass(frozen=True)
class Beginnings:
    """Why there is nothing to measure yet, if so: so many locked batches, and open ones.

    `brought`: none is locked, and files brought several answers for a moment.
    """

    locked: int
    open: int
    brought: bool


def measures_brought(scheme: Scheme) -> bool:
    """Whether what files brought is measured: several coders, and no batch of theirs is locked."""
    return not measured_batches(scheme).exists() and several_brought(scheme)


def beginnings_of(scheme: Scheme) -> Beginnings:
    """How many batches with several coders there are; three statements at most."""
    kinds = Batch.objects.filter(scheme=scheme, kind=BatchKind.PLAN)
    states = list(kinds.values_list("state", flat=True))
    locked = states.count(BatchState.LOCKED)
    brought = not locked and several_brought(scheme)
    return Beginnings(locked, states.count(BatchState.OPEN), brought)


def coders_named(uids: Iterable[str], reader: Member) -> dict[str, str]:
    """What the coders are called, to this reader, whose uids a report names."""
    rows = list(Member.objects.filter(study=reader.study_id, uid__in=set(uids)))
    names = coder_names(rows, reader)
    return {str(row.uid): names[row.pk] for row in rows}


# -- Behind a cell of the confusion matrix -----------------------------------------------------


def place_at(tree: Tree, position: int, word: str) -> Node | None:
    """The category of a round that an address names; None stands for *cannot be classified*.

    Raises LookupError where there is none.
    """
    if position not in tree.rounds:
        raise LookupError(position)
    if word == NO_CATEGORY:
        return None
    for node in tree.nodes.values():
        if node.uid == word and node.merged_into is None and node.round == position:
            return node
    raise LookupError(word)


def moments_between(
    scheme: Scheme,
    tree: Tree,
    batches: Iterable[uuid.UUID],
    position: int,
    places: tuple[Node | None, Node | None],
) -> QuerySet[Moment]:
    """The moments for which one coder chose the one category and another coder the other."""
    counted = counted_codings(scheme, batches).filter(moment=OuterRef("pk"))
    one, other = (counted.filter(_stands_at(tree, position, place)) for place in places)
    if places[0] == places[1]:
        another = counted_codings(scheme, batches).filter(
            _stands_at(tree, position, places[1]),
            moment=OuterRef("moment"),
        )
        pair = one.filter(Exists(another.exclude(coder=OuterRef("coder"))))
        found = Moment.objects.filter(Exists(pair))
    else:
        found = Moment.objects.filter(Exists(one), Exists(other))
    return found.select_related("incident__version")


def _stands_at(tree: Tree, position: int, place: Node | None) -> Q:
    if place is None:
        return Q(category__isnull=True)
    keys = [
        key
        for key in tree.nodes
        if isinstance(node := tree.at_round(key, position), Node) and node.key == place.key
    ]
    return Q(category__in=keys)


@dataclasses.dataclass(frozen=True)
class Chosen:
    """What one coder chose for a moment; `at` is what it counts as at the round asked for."""

    coder: str
    category: str
    at: str
    note: str


def chosen_for(
    moments: Sequence[Moment],
    scheme: Scheme,
    tree: Tree,
    batches: Iterable[uuid.UUID],
    position: int,
    *,
    names: Mapping[str, str],
) -> Mapping[int, list[Chosen]]:
    """What each coder chose for some moments, in one statement; `names` by the coders' uids."""
    rows = counted_codings(scheme, batches).filter(moment__in=[row.pk for row in moments])
    found: dict[int, list[Chosen]] = {}
    for coding in rows.select_related("coder").order_by("coder", "pk"):
        name = names.get(str(coding.coder.uid), "")
        found.setdefault(coding.moment_id, []).append(_chosen(coding, tree, position, name))
    return found


def _chosen(coding: Coding, tree: Tree, position: int, coder: str) -> Chosen:
    if coding.category_id is None:
        words = _("Cannot be classified: %(why)s") % {"why": coding.get_unclassifiable_display()}
        return Chosen(coder, "", words, coding.note)
    node = tree.canonical(coding.category_id)
    at = tree.at_round(coding.category_id, position)
    name = at.heading if isinstance(at, Node) else str(at.label)
    return Chosen(coder, node.heading, name, coding.note)
