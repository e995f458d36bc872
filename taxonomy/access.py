"""The doors to schemes and to everything that is derived from codings."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.access import require_role
from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState, RoleName
from incidents.models import Import, Member, Moment
from incidents.prepared import Given, Question
from taxonomy.choices import BatchKind, SortOf
from taxonomy.models import (
    Adjudication,
    Assignment,
    Batch,
    Category,
    Coding,
    Doubt,
    EarlyLook,
    Pile,
    Plan,
    Proposal,
    Revision,
    Round,
    Scheme,
    SchemeFile,
    Sort,
    Sorter,
    Training,
    TrainingItem,
    TrainingSet,
)
from taxonomy.queries.coding import not_coded_again, not_to_recall
from taxonomy.queries.disputes import to_look_into
from taxonomy.queries.looks import running_looks
from taxonomy.queries.proposals import listed
from taxonomy.queries.suggestions import classifier_of, doubts_of

MOST_CHOSEN = 500  # categories at once


def scheme_shown(member: Member, slug: str) -> Scheme:
    """A scheme of the member's study; every role may read the taxonomy."""
    scheme = Scheme.objects.filter(study=member.study_id, slug=slug).first()
    if scheme is None:
        raise Http404
    scheme.study = member.study
    return scheme


def scheme_to_edit(member: Member, slug: str) -> Scheme:
    """A scheme that the member, an admin, may change."""
    require_role(member, RoleName.ADMIN)
    return scheme_shown(member, slug)


def round_of(scheme: Scheme, uid: uuid.UUID) -> Round:
    """A round of the scheme."""
    row = Round.objects.filter(scheme=scheme, uid=uid, exists=True).first()
    if row is None:
        raise Http404
    row.scheme = scheme
    return row


def category_of(scheme: Scheme, uid: uuid.UUID) -> Category:
    """A category of the scheme."""
    categories = Category.objects.filter(scheme=scheme, exists=True)
    around = ("round", "parent", "merged_into")
    row = categories.select_related(*around).filter(uid=uid).first()
    if row is None:
        raise Http404
    row.scheme = scheme
    return row


def categories_chosen(scheme: Scheme, uids: Iterable[str]) -> list[Category]:
    """The categories of the scheme that these name, in this order; 404 where one is not there.

    None of them where they are more than MOST_CHOSEN.
    """
    try:
        wanted = list(dict.fromkeys(uuid.UUID(uid) for uid in uids))
    except ValueError:
        raise Http404 from None
    if len(wanted) > MOST_CHOSEN:
        return []
    categories = Category.objects.filter(scheme=scheme, exists=True, uid__in=wanted)
    rows = {row.uid: row for row in categories.select_related("round", "parent", "merged_into")}
    if len(rows) < len(wanted):
        raise Http404
    for row in rows.values():
        row.scheme = scheme
    return [rows[uid] for uid in wanted]


def plan_of(scheme: Scheme, uid: uuid.UUID) -> Plan:
    """A coding plan of the scheme."""
    row = Plan.objects.filter(scheme=scheme, uid=uid).select_related("made_by").first()
    if row is None:
        raise Http404
    row.scheme = scheme
    return row


def batch_of(scheme: Scheme, uid: uuid.UUID) -> Batch:
    """A batch of the scheme; what somebody practises on has pages of its own."""
    batches = Batch.objects.filter(scheme=scheme).exclude(kind=BatchKind.TRAINING)
    row = batches.filter(uid=uid).select_related("plan").first()
    if row is None:
        raise Http404
    row.scheme = scheme
    return row


def coder_of(batch: Batch, uid: uuid.UUID) -> Member:
    """Somebody who was given moments of the batch, active or not."""
    given = Assignment.objects.filter(batch=batch, coder=OuterRef("pk"))
    row = Member.objects.filter(Exists(given), uid=uid).first()
    if row is None:
        raise Http404
    return row


def training_set_of(scheme: Scheme, uid: uuid.UUID) -> TrainingSet:
    """A training set of the scheme."""
    row = TrainingSet.objects.filter(scheme=scheme, uid=uid).select_related("made_by").first()
    if row is None:
        raise Http404
    row.scheme = scheme
    return row


def training_item_of(training_set: TrainingSet, uid: uuid.UUID) -> TrainingItem:
    """A moment of a training set that nobody took out."""
    around = ("moment__incident__version", "category", "expert")
    items = TrainingItem.objects.filter(training_set=training_set, taken_out_at__isnull=True)
    row = items.filter(uid=uid).select_related(*around).first()
    if row is None:
        raise Http404
    row.training_set = training_set
    return row


def training_set_offered(coder: Member, uid: uuid.UUID) -> TrainingSet:
    """A training set of the coder's study; whether it can be taken the action says."""
    sets = TrainingSet.objects.filter(scheme__study=coder.study_id, uid=uid)
    row = sets.select_related("scheme").first()
    if row is None:
        raise Http404
    row.scheme.study = coder.study
    return row


def training_of(member: Member, scheme: str, uid: uuid.UUID) -> Training:
    """The member's own training, or for an admin that of anybody."""
    around = ("training_set__scheme", "batch", "member", "given_by")
    rows = Training.objects.filter(
        training_set__scheme__study=member.study_id, training_set__scheme__slug=scheme
    )
    row = rows.filter(uid=uid).select_related(*around).first()
    if row is None or not (row.member_id == member.pk or member.has_role(RoleName.ADMIN)):
        raise Http404
    row.training_set.scheme.study = member.study
    row.batch.scheme = row.training_set.scheme
    return row


def revision_of(scheme: Scheme, uid: uuid.UUID) -> Revision:
    """A revision of the scheme."""
    row = Revision.objects.filter(scheme=scheme, uid=uid).select_related("member").first()
    if row is None:
        raise Http404
    row.scheme = scheme
    return row


def scheme_file_of(member: Member, scheme: Scheme | None, uid: uuid.UUID) -> SchemeFile:
    """A file that the member, an admin, uploaded for a scheme, or for a new one."""
    require_role(member, RoleName.ADMIN)
    files = SchemeFile.objects.filter(file__study=member.study_id, file__member=member.pk)
    file = files.filter(scheme=scheme, uid=uid).select_related("file", "scheme").first()
    if file is None:
        raise Http404
    file.file.study = member.study
    if file.scheme is not None:
        file.scheme.study = member.study
    return file


def import_of(member: Member, uid: uuid.UUID) -> Import:
    """An import into the study of the member, who is an admin."""
    require_role(member, RoleName.ADMIN)
    imports = Import.objects.select_related("file", "member")
    source = imports.filter(study=member.study_id, uid=uid).first()
    if source is None:
        raise Http404
    source.study = member.study
    return source


def assignment_of(member: Member, scheme: str, uid: uuid.UUID) -> Assignment:
    """The coder's own assignment, to act on it; what became of its incident the action says.

    404 for what the coder codes again: their first answer is neither shown nor changed then.
    """
    known_by = {"study": member.study_id, "coder": member.pk}
    assignment = _own_assignment.first(scheme=scheme, uid=uid, **known_by)
    if assignment is None:
        raise Http404
    assignment.coder = member
    assignment.batch.scheme.study = member.study
    return assignment


_own_assignment = Question(
    lambda: (
        Assignment.objects.of(Given("coder"))
        .filter(batch__scheme__study=Given("study"), batch__scheme__slug=Given("scheme"))
        .filter(not_coded_again(), uid=Given("uid"))
        .select_related("batch__scheme", "batch__plan", "moment__incident__version")
    )
)


def assignment_shown(member: Member, scheme: str, uid: uuid.UUID) -> Assignment:
    """The coder's own assignment with the words to read, while its incident counts."""
    assignment = assignment_of(member, scheme, uid)
    if assignment.moment.incident.state != IncidentState.ACCEPTED:
        raise Http404
    return assignment


def coding_of(member: Member, uid: uuid.UUID) -> Coding:
    """The member's own coding of an assigned moment, unless they code it again."""
    coding = (
        Coding.objects.visible_to(member)
        .filter(not_to_recall(), assignment__isnull=False, uid=uid)
        .select_related("scheme", "assignment__batch__scheme", "moment__incident")
        .first()
    )
    if coding is None:
        raise Http404
    coding.scheme.study = member.study
    return coding


UNLESS_BLIND = (RoleName.CODER, RoleName.ANALYST, RoleName.ADMIN)  # see results
SORTING = (RoleName.CODER, RoleName.ANALYST, RoleName.ADMIN)


def sort_of(member: Member, scheme: str, uid: uuid.UUID) -> Sort:
    """A sort of a scheme: any for admins and analysts, for coders one that they sort in."""
    require_role(member, *SORTING)
    sorts = Sort.objects.visible_to(member).select_related("scheme", "round", "started_by")
    sort = sorts.filter(scheme__slug=scheme, uid=uid).first()
    if sort is None:
        raise Http404
    sort.scheme.study = member.study
    return sort


def sort_to_run(member: Member, scheme: str, uid: uuid.UUID) -> Sort:
    """A sort that the member, an admin, may end, open again and take over."""
    require_role(member, RoleName.ADMIN)
    return sort_of(member, scheme, uid)


def sorter_of(member: Member, scheme: str, uid: uuid.UUID) -> Sorter:
    """The member's own part of a sort; nobody sorts for others."""
    sort = sort_of(member, scheme, uid)
    sorter = Sorter.objects.filter(sort=sort, member=member).first()
    if sorter is None:
        raise Http404
    sorter.sort, sorter.member = sort, member
    return sorter


def pile_of(sorter: Sorter, uid: uuid.UUID) -> Pile:
    """A pile of the sorter's own."""
    pile = Pile.objects.filter(sorter=sorter, uid=uid).first()
    if pile is None:
        raise Http404
    return pile


def sees_sorted(member: Member, sort: Sort) -> bool:
    """Whether the member may see what others made of a sort.

    Nobody may before all have finished, or an admin has ended it; and nobody who still codes
    blindly, where moments are sorted.
    """
    if sort.closed_at is None:
        return False
    return sort.of == SortOf.CATEGORIES or sees_results(member, sort.scheme)


def sees_machine(member: Member, sort: Sort) -> bool:
    """Whether the member may see what the machine made: from codings, and named by words told."""
    reads_all = member.has_role(RoleName.ANALYST, RoleName.ADMIN)
    return reads_all and sees_sorted(member, sort) and sees_results(member, sort.scheme)


def sees_results(member: Member, scheme: Scheme) -> bool:
    """Whether the member may see anything derived from others' codings in a scheme.

    Whoever has a moment in a batch where several code the same ones may not until it is locked,
    whatever other roles they hold; nor may interviewers. An admin who looks early, for a reason
    and a time, may. A batch that gives each moment to one coder blinds nobody.
    """
    return scheme in schemes_open_to(member)


def is_blind(member: Member, scheme: Scheme) -> bool:
    """Whether the member codes there what others code as well, looking early or not."""
    own = Assignment.objects.of(member).filter(batch__scheme=OuterRef("pk"))
    return Scheme.objects.filter(own.any_blinding(), pk=scheme.pk).exists()


def proposals_shown(member: Member, scheme: Scheme) -> QuerySet[Proposal]:
    """One's own proposals; for admins all, unless they still code in the scheme what others code.

    What somebody proposes, with the moment that made them, tells how they code.
    """
    proposals = Proposal.objects.filter(scheme=scheme)
    if member.has_role(RoleName.ADMIN) and sees_results(member, scheme):
        return proposals
    return proposals.of(member)


def proposal_shown(member: Member, scheme: Scheme, uid: uuid.UUID) -> Proposal:
    """A proposal that the member may read."""
    row = listed(proposals_shown(member, scheme)).filter(uid=uid).first()
    if row is None:
        raise Http404
    row.scheme = scheme
    for category in (row.category, row.other):
        if category is not None:
            category.scheme = scheme
    return row


def proposal_to_answer(member: Member, scheme: Scheme, uid: uuid.UUID) -> Proposal:
    """A proposal that the member, an admin, may accept or decline."""
    require_role(member, RoleName.ADMIN)
    return proposal_shown(member, scheme, uid)


def proposal_to_withdraw(member: Member, scheme: Scheme, uid: uuid.UUID) -> Proposal:
    """A proposal of the member's own."""
    row = proposal_shown(member, scheme, uid)
    if row.member_id != member.pk:
        raise Http404
    return row


def require_results(member: Member, scheme: Scheme) -> None:
    """Refuse what would tell by its outcome whether others have coded in a scheme."""
    if not sees_results(member, scheme):
        raise RefusedError(
            _("You are coding in this scheme; this can be done when your batch is done.")
        )


def schemes_open_to(member: Member) -> list[Scheme]:
    """The schemes of the study of which `sees_results` is true.

    By which early looks some of them are, the member keeps for `looks_used`.
    """
    return schemes_open_and_hidden(member)[0]


def schemes_open_and_hidden(member: Member) -> tuple[list[Scheme], list[Scheme]]:
    """The same, and those that are hidden while the member codes blindly there."""
    if not member.has_role(*UNLESS_BLIND):
        return [], []
    schemes = _schemes.all(study=member.study_id, member=member.pk)
    looking = [one for one in schemes if one.is_blind and _looks(member, one.look_until)]
    member.looking = [one.pk for one in looking]  # type: ignore[attr-defined]
    hidden = [one for one in schemes if one.is_blind and one not in looking]
    return [one for one in schemes if one not in hidden], hidden


def _looks(member: Member, until: dt.datetime | None) -> bool:
    if until is None or not member.has_role(RoleName.ADMIN):
        return False
    return until > timezone.now()


_looks_of_member = EarlyLook.objects.filter(member=Given("member"), scheme=OuterRef("pk"))
_schemes: Question[Any] = Question(
    lambda: (
        Scheme.objects.filter(study=Given("study"))
        .annotate(
            is_blind=Assignment.objects.of(Given("member"))
            .filter(batch__scheme=OuterRef("pk"))
            .any_blinding(),
            look_until=Subquery(_looks_of_member.order_by("-until").values("until")[:1]),
        )
        .order_by("pk")
    )
)


def looks_used(member: Member, slug: str | None = None) -> list[EarlyLook]:
    """The looks by which the member was shown what would be hidden, as far as was asked.

    With the slug of a scheme those in this one; for it alone it is asked anew.
    """
    if slug is not None and not hasattr(member, "looking"):
        schemes_open_to(member)
    keys = getattr(member, "looking", ())
    looks = running_looks(member, keys) if keys else EarlyLook.objects.none()
    return [look for look in looks if slug is None or look.scheme.slug == slug]


def dispute_shown(member: Member, scheme: Scheme, uid: uuid.UUID) -> Moment:
    """A moment that coders disagreed on, or want to discuss; nothing of it to who is blind."""
    if not sees_results(member, scheme):
        raise Http404
    around = ("incident__version", "incident__site__region", "incident__site__organization")
    row = to_look_into(scheme, member).filter(uid=uid).select_related(*around).first()
    if row is None:
        raise Http404
    return row


def decision_of(member: Member, scheme: Scheme, uid: uuid.UUID) -> Adjudication:
    """What was decided in a dispute, to be reopened by the member, an admin."""
    require_role(member, RoleName.ADMIN)
    around = ("category", "member", "moment__incident__version")
    row = Adjudication.objects.filter(scheme=scheme, uid=uid).select_related(*around).first()
    if row is None or not to_look_into(scheme, member).filter(pk=row.moment_id).exists():
        raise Http404
    if not sees_results(member, scheme):
        raise Http404
    row.scheme = scheme
    return row


def doubt_shown(member: Member, scheme: Scheme, uid: uuid.UUID) -> Doubt:
    """A doubt of the scheme's classifier about a settled moment; nothing of it to who is blind."""
    classifier = classifier_of(scheme) if sees_results(member, scheme) else None
    row = doubts_of(classifier).filter(uid=uid).first() if classifier else None
    if row is None or classifier is None:
        raise Http404
    classifier.scheme = scheme
    row.classifier = classifier
    return row
