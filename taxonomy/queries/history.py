"""What was done to a scheme, in sentences, and what a member could take back."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import Member
from taxonomy.choices import RevisionVerb
from taxonomy.models import Category, Revision, RevisionChange, Round, Scheme
from taxonomy.queries.revisions import as_change
from taxonomy.tabulation.folding import CATEGORY, ROUND, ObjectChange

NAMED = 3  # of so many objects the names are said
TELLING = {  # the field whose change a verb is about; of the others it is that they changed
    RevisionVerb.MERGE: "merged_into",
    RevisionVerb.PLACE: "parent",
    RevisionVerb.RENAME: "name",
}
WITHOUT_NAMES = {RevisionVerb.START, RevisionVerb.IMPORT, RevisionVerb.UNDO}
LOOKED_BACK = 50  # revisions of a member

Names = Mapping[str, str]  # by uid


def history_of(scheme: Scheme) -> QuerySet[Revision]:
    """The revisions of a scheme, the newest first, with what took them back."""
    return (
        Revision.objects.filter(scheme=scheme)
        .select_related("member", "undoes", "undone_by")
        .annotate(number_of_changes=Count("changes"))
        .order_by("-number")
    )


def history_of_category(category: Category) -> QuerySet[Revision]:
    """The revisions that made a category what it is: its own, and what came to it or left it."""
    uid = str(category.uid)
    about = Q(object_uid=category.uid)
    for reference in ("merged_into", "parent", "split_from"):
        about |= Q(**{f"before__{reference}": uid}) | Q(**{f"after__{reference}": uid})
    changes = RevisionChange.objects.filter(about, revision=OuterRef("pk"))
    return history_of(category.scheme).filter(Exists(changes))


# -- In sentences -----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Step:
    """A revision, and in one sentence what it did."""

    revision: Revision
    sentence: str


def steps_of(revisions: Sequence[Revision]) -> list[Step]:
    """Say of each revision of one scheme what it did; four queries, however many they are."""
    acts = [revision.undoes or revision for revision in revisions]
    names = _names({revision.scheme_id for revision in revisions})
    changes = _changes_of(acts)
    brought = _brought_by(acts)
    return [
        Step(revision, _step(revision, _sentence(act, changes[act.pk], names, brought)))
        for revision, act in zip(revisions, acts, strict=True)
    ]


def _names(schemes: Iterable[int]) -> Names:
    return {
        str(uid): name
        for model in (Round, Category)
        for uid, name in model._default_manager.filter(scheme__in=schemes).values_list(
            "uid", "name"
        )
    }


def _changes_of(acts: Iterable[Revision]) -> Mapping[int, list[ObjectChange]]:
    """What each of these changed, except where whole trees came."""
    changes = defaultdict(list)
    keys = [act.pk for act in acts if act.verb not in WITHOUT_NAMES]
    told = RevisionChange.objects.filter(revision__in=keys).exclude(
        revision__verb=RevisionVerb.DROP, object_type=CATEGORY
    )
    for row in told.order_by("pk"):
        changes[row.revision_id].append(as_change(row))
    return changes


def _brought_by(acts: Iterable[Revision]) -> Mapping[int, int]:
    """How many categories came with each of the files among these acts."""
    files = [act.pk for act in acts if act.verb == RevisionVerb.IMPORT]
    added = RevisionChange.objects.filter(revision__in=files, object_type=CATEGORY)
    return dict(added.values_list("revision").annotate(Count("pk")).order_by())


def _step(revision: Revision, sentence: str) -> str:
    act = revision.undoes
    if act is None:
        return sentence
    if act.verb == RevisionVerb.UNDO:
        return _("Undid revision %(number)d, which took something back.") % {"number": act.number}
    return _("Took back revision %(number)d: %(sentence)s") % {
        "number": act.number,
        "sentence": sentence,
    }


def _sentence(
    act: Revision, changes: Sequence[ObjectChange], names: Names, brought: Mapping[int, int]
) -> str:
    verb = RevisionVerb(act.verb)
    if verb == RevisionVerb.IMPORT:
        number = brought.get(act.pk, 0)
        return ngettext(
            "Brought %(number)d category with a file.",
            "Brought %(number)d categories with a file.",
            number,
        ) % {"number": number}
    objects = _about(verb, changes)
    if not objects:
        return f"{verb.label}."
    said = {"names": _quoted([_name_of(change, names) for change in objects])}
    first = objects[0]
    if verb == RevisionVerb.MERGE:
        said["other"] = _quoted([names.get(first.after.get("merged_into") or "", "")])
    if verb == RevisionVerb.PLACE:
        above = first.after.get("parent")
        if above is None:
            return _("Took %(names)s out from under its parent.") % said
        said["other"] = _quoted([names.get(above, "")])
    if verb == RevisionVerb.RENAME:
        said["names"] = _quoted([str(first.before.get("name", ""))])
        said["other"] = _quoted([str(first.after.get("name", ""))])
    return _SENTENCES()[verb] % said


def _SENTENCES() -> dict[RevisionVerb, str]:  # noqa: N802  (a table, in the reader's language)
    return {
        RevisionVerb.ADD: _("Added %(names)s."),
        RevisionVerb.RENAME: _("Renamed %(names)s to %(other)s."),
        RevisionVerb.DESCRIBE: _("Described %(names)s."),
        RevisionVerb.PLACE: _("Placed %(names)s under %(other)s."),
        RevisionVerb.MERGE: _("Merged %(names)s into %(other)s."),
        RevisionVerb.SPLIT: _("Split %(names)s."),
        RevisionVerb.RETIRE: _("Retired %(names)s."),
        RevisionVerb.RESTORE: _("Restored %(names)s."),
        RevisionVerb.REORDER: _("Moved %(names)s among its neighbours."),
        RevisionVerb.FREEZE: _("Froze the round %(names)s."),
        RevisionVerb.REOPEN: _("Reopened the round %(names)s."),
        RevisionVerb.DROP: _("Dropped the round %(names)s."),
    }


def _about(verb: RevisionVerb, changes: Sequence[ObjectChange]) -> list[ObjectChange]:
    """The changes whose objects the sentence names."""
    if verb == RevisionVerb.DROP:
        return [one for one in changes if one.object_type == ROUND and "exists" in one.after]
    if verb == RevisionVerb.ADD:
        return [one for one in changes if "exists" in one.after]
    if verb == RevisionVerb.REORDER:
        return _moved(changes)
    telling = TELLING.get(verb)
    return [one for one in changes if telling is None or telling in one.after]


def _moved(changes: Sequence[ObjectChange]) -> list[ObjectChange]:
    """Of those that changed places the one that went furthest."""
    return sorted(changes, key=lambda one: -abs(one.after["position"] - one.before["position"]))[:1]


def _name_of(change: ObjectChange, names: Names) -> str:
    return str(change.after.get("name") or names.get(change.uid, ""))


def _quoted(names: Sequence[str]) -> str:
    """Names as they stand in a sentence: the first few, and how many more."""
    quoted = [_("“%(name)s”") % {"name": name} for name in names[:NAMED]]
    if len(names) > NAMED:
        more = _("%(number)d more") % {"number": len(names) - NAMED}
        return _("%(names)s and %(last)s") % {"names": ", ".join(quoted), "last": more}
    if len(quoted) < 2:  # noqa: PLR2004  (one)
        return "".join(quoted)
    return _("%(names)s and %(last)s") % {"names": ", ".join(quoted[:-1]), "last": quoted[-1]}


# -- Taking back ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Last:
    """What a member did last in a scheme, and what they took back last.

    Each is the revision to take back, with the sentence of the act: an act is done again by taking
    back its taking back.
    """

    done: Step | None
    taken_back: Step | None


def last_of(member: Member, scheme: Scheme) -> Last:
    """What the member could take back or do again, as it stands after all taking back.

    What was taken back can be done again until the member does something else.
    """
    acts = Revision.objects.filter(scheme=scheme, member=member).exclude(
        verb__in=[RevisionVerb.UNDO, RevisionVerb.START]
    )
    mine = list(acts.order_by("-number")[:LOOKED_BACK])
    if not mine:
        return Last(None, None)
    undoing = Revision.objects.filter(
        scheme=scheme, verb=RevisionVerb.UNDO, number__gt=mine[-1].number
    )
    taken_back_by = {revision.undoes_id: revision for revision in undoing}
    done, again = None, None
    for act in mine:
        latest, stands = act, True
        while latest.pk in taken_back_by:
            latest, stands = taken_back_by[latest.pk], not stands
        if stands:
            done = (act, latest)
            break
        if latest.member_id == member.pk:
            again = (act, latest)
    return Last(_to_take_back(done), _to_take_back(again))


def _to_take_back(found: tuple[Revision, Revision] | None) -> Step | None:
    if found is None:
        return None
    act, latest = found
    return Step(latest, steps_of([act])[0].sentence)
