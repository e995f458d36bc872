"""The doors to schemes and to everything that is derived from codings."""

import uuid

from django.db.models import Exists, OuterRef
from django.http import Http404
from django.utils.translation import gettext as _

from incidents.access import require_role
from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState, RoleName
from incidents.models import Import, Member
from incidents.prepared import Given, Question
from taxonomy.choices import AssignmentState, BatchKind, BatchState
from taxonomy.models import Assignment, Category, Coding, Revision, Round, Scheme


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


def revision_of(scheme: Scheme, uid: uuid.UUID) -> Revision:
    """A revision of the scheme."""
    row = Revision.objects.filter(scheme=scheme, uid=uid).select_related("member").first()
    if row is None:
        raise Http404
    row.scheme = scheme
    return row


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
    """The coder's own assignment, to act on it; what became of its incident the action says."""
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
        .filter(uid=Given("uid"))
        .select_related("batch__scheme", "moment__incident__version")
    )
)


def assignment_shown(member: Member, scheme: str, uid: uuid.UUID) -> Assignment:
    """The coder's own assignment with the words to read, while its incident counts."""
    assignment = assignment_of(member, scheme, uid)
    if assignment.moment.incident.state != IncidentState.ACCEPTED:
        raise Http404
    return assignment


def coding_of(member: Member, uid: uuid.UUID) -> Coding:
    """The member's own coding of an assigned moment."""
    coding = (
        Coding.objects.visible_to(member)
        .filter(assignment__isnull=False, uid=uid)
        .select_related("scheme", "assignment__batch__scheme", "moment__incident")
        .first()
    )
    if coding is None:
        raise Http404
    coding.scheme.study = member.study
    return coding


def sees_results(member: Member, scheme: Scheme) -> bool:
    """Whether the member may see anything derived from others' codings in a scheme.

    Whoever has an open assignment in a batch where several code the same moments may not, whatever
    other roles they hold; nor may interviewers. A batch that gives each moment to one coder blinds
    nobody.
    """
    return scheme in schemes_open_to(member)


def require_results(member: Member, scheme: Scheme) -> None:
    """Refuse what would tell by its outcome whether others have coded in a scheme."""
    if not sees_results(member, scheme):
        raise RefusedError(
            _("You are coding in this scheme; this can be done when your batch is done.")
        )


def schemes_open_to(member: Member) -> list[Scheme]:
    """The schemes of the study of which `sees_results` is true."""
    if not member.has_role(RoleName.ANALYST, RoleName.ADMIN, RoleName.CODER):
        return []
    return _open_schemes.all(study=member.study_id, member=member.pk)


_open_schemes = Question(
    lambda: (
        Scheme.objects.filter(study=Given("study"))
        .exclude(
            Exists(
                Assignment.objects.of(Given("member"))
                .filter(batch__scheme=OuterRef("pk"), batch__kind=BatchKind.PLAN)
                .filter(batch__state=BatchState.OPEN)
                .exclude(state=AssignmentState.DONE)
            )
        )
        .order_by("pk")
    )
)
