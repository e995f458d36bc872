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
from taxonomy.queries.deeds import Deed, deeds_of
from taxonomy.queries.revisions import as_change
from taxonomy.tabulation.folding import CATEGORY, ROUND, ObjectChange

NAMED = 3  # of so many objects the names are said
TELLING = {  # the field whose change a verb is about; what is new in it is not named
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
    takes_back: bool


def steps_of(revisions: Sequence[Revision]) -> list[Step]:
    """Say of each revision of one scheme what it did.

    Four queries, however many they are, and a fifth if there is one that did something again.
    """
    deeds = deeds_of(revisions)
    acts = [deed.act for deed in deeds]
    names = _names({revision.scheme_id for revision in revisions})
    changes = _changes_of(acts)
    brought = _brought_by(acts)
    return [
        _step(deed, _sentence(deed.act, changes[deed.act.pk], names, brought)) for deed in deeds
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


def _brought_by(acts: Iterable[Revision]) -> Mapping[int, tuple[int, int]]:
    """How many categories came with each of the files among these acts, and how many it changed."""
    files = [act.pk for act in acts if act.verb == RevisionVerb.IMPORT]
    touched = RevisionChange.objects.filter(revision__in=files, object_type=CATEGORY)
    added = Count("pk", filter=Q(after__has_key="exists"))
    counts = touched.values_list("revision").annotate(came=added, all=Count("pk")).order_by()
    return {revision: (came, total - came) for revision, came, total in counts}


def _step(deed: Deed, sentence: str) -> Step:
    undoes = deed.revision.undoes
    if undoes and deed.takes_back:
        said = {"number": undoes.number, "sentence": sentence}
        sentence = _("Took back revision %(number)d: %(sentence)s") % said
    elif undoes:
        sentence = _("Did again: %(sentence)s") % {"sentence": sentence}
    return Step(deed.revision, sentence, deed.takes_back)


def _sentence(
    act: Revision,
    changes: Sequence[ObjectChange],
    names: Names,
    brought: Mapping[int, tuple[int, int]],
) -> str:
    verb = RevisionVerb(act.verb)
    if verb == RevisionVerb.IMPORT:
        return _brought(*brought.get(act.pk, (0, 0)))
    objects = _about(verb, changes)
    if not objects:
        return f"{verb.label}."
    named = quoted([_name_of(change, names) for change in objects])
    said = {"names": named}
    first = objects[0]
    if verb == RevisionVerb.MERGE:
        said["other"] = quoted([names.get(first.after.get("merged_into") or "", "")])
    if verb == RevisionVerb.PLACE:
        above = first.after.get("parent")
        if above is None:
            return _("Took %(names)s out from under its parent.") % said
        said["other"] = quoted([names.get(above, "")])
    if verb == RevisionVerb.SPLIT:
        said = {"names": quoted([names.get(first.after["split_from"], "")]), "other": named}
    if verb == RevisionVerb.RENAME:
        said["names"] = quoted([str(first.before.get("name", ""))])
        said["other"] = quoted([str(first.after.get("name", ""))])
    return _SENTENCES()[verb] % said


def _brought(added: int, changed: int) -> str:
    came = ngettext(
        "Brought %(number)d category with a file.",
        "Brought %(number)d categories with a file.",
        added,
    ) % {"number": added}
    others = ngettext(
        "Changed %(number)d category by a file.",
        "Changed %(number)d categories by a file.",
        changed,
    ) % {"number": changed}
    return " ".join([*([came] if added or not changed else []), *([others] if changed else [])])


def _SENTENCES() -> dict[RevisionVerb, str]:  # noqa: N802  (a table, in the reader's language)
    return {
        RevisionVerb.ADD: _("Added %(names)s."),
        RevisionVerb.RENAME: _("Renamed %(names)s to %(other)s."),
        RevisionVerb.DESCRIBE: _("Described %(names)s."),
        RevisionVerb.PLACE: _("Placed %(names)s under %(other)s."),
        RevisionVerb.MERGE: _("Merged %(names)s into %(other)s."),
        RevisionVerb.SPLIT: _("Split %(names)s into %(other)s."),
        RevisionVerb.RETIRE: _("Retired %(names)s."),
        RevisionVerb.RESTORE: _("Restored %(names)s."),
        RevisionVerb.REORDER: _("Moved %(names)s among its neighbours."),
        RevisionVerb.FREEZE: _("Froze the round %(names)s."),
        RevisionVerb.REOPEN: _("Reopened the round %(names)s."),
        RevisionVerb.DROP: _("Dropped the round %(names)s."),
        RevisionVerb.SORT: _("Took over a sort: added %(names)s."),
    }


def _about(verb: RevisionVerb, changes: Sequence[ObjectChange]) -> list[ObjectChange]:
    """The changes whose objects the sentence names."""
    if verb == RevisionVerb.DROP:
        return [one for one in changes if one.object_type == ROUND and "exists" in one.after]
    if verb in {RevisionVerb.ADD, RevisionVerb.SORT, RevisionVerb.SPLIT}:
        return [one for one in changes if "exists" in one.after]
    if verb == RevisionVerb.REORDER:
        return _moved(changes)
    telling = TELLING.get(verb)
    return [one for one in changes if telling is None or telling in one.before]


def _moved(changes: Sequence[ObjectChange]) -> list[ObjectChange]:
    """Of those that changed places the one that went furthest."""
    return sorted(changes, key=lambda one: -abs(one.after["position"] - one.before["position"]))[:1]


def _name_of(change: ObjectChange, names: Names) -> str:
    return str(change.after.get("name") or names.get(change.uid, ""))


def quoted(names: Sequence[str]) -> str:
    """Names as they stand in a sentence: the first few, and how many more."""
    said = [_("“%(name)s”") % {"name": name} for name in names[:NAMED]]
    if len(names) > NAMED:
        more = _("%(number)d more") % {"number": len(names) - NAMED}
        return _("%(names)s and %(last)s") % {"names": ", ".join(said), "last": more}
    if len(said) < 2:  # noqa: PLR2004  (one)
        return "".join(said)
    return _("%(names)s and %(last)s") % {"names": ", ".join(said[:-1]), "last": said[-1]}


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
        if latest.member_id == member.pk and latest.number > mine[0].number:
            again = (act, latest)
    return Last(_to_take_back(done), _to_take_back(again, takes_back=True))


def _to_take_back(
    found: tuple[Revision, Revision] | None, *, takes_back: bool = False
) -> Step | None:
    if found is None:
        return None
    act, latest = found
    return Step(latest, steps_of([act])[0].sentence, takes_back)
