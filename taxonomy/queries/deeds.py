"""What a revision stands for once taking back was itself taken back."""

import dataclasses
from collections.abc import Sequence

from taxonomy.choices import RevisionVerb
from taxonomy.models import Revision


@dataclasses.dataclass(frozen=True)
class Deed:
    """A revision, and the act that it does again or takes back, which may be itself.

    To take back an undo is to do the act again, so every second one of a chain takes it back.
    """

    revision: Revision
    act: Revision
    takes_back: bool

    @property
    def told(self) -> Revision:
        """The revision that says who made it so, when and why."""
        return self.revision if self.takes_back else self.act


def deeds_of(revisions: Sequence[Revision]) -> list[Deed]:
    """What each of these stands for; one query, and only if there is one that undid an undo.

    Fetch them with `undoes`.
    """
    undone = _undone_undos(revisions)
    return [_deed(revision, undone) for revision in revisions]


def _undone_undos(revisions: Sequence[Revision]) -> dict[int, Revision]:
    """What was undone by each undo that was itself undone, in the schemes of these revisions."""
    schemes = {
        revision.scheme_id
        for revision in revisions
        if revision.undoes and revision.undoes.verb == RevisionVerb.UNDO
    }
    if not schemes:
        return {}
    rows = Revision.objects.filter(
        scheme__in=schemes, undoes__isnull=False, undone_by__isnull=False
    )
    return {row.pk: row.undoes for row in rows.select_related("undoes__member") if row.undoes}


def _deed(revision: Revision, undone: dict[int, Revision]) -> Deed:
    act, takes_back = revision, False
    undoes = revision.undoes
    while undoes is not None:
        act, takes_back = undoes, not takes_back
        undoes = undone.get(act.pk)
    return Deed(revision, act, takes_back)
