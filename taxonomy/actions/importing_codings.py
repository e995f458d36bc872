"""Codings made elsewhere come into a scheme, all of them or none, and are taken back again."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts
from incidents.actions.people import add_member
from incidents.actions.refusals import RefusedError
from incidents.actions.rows import write_rows
from incidents.choices import IncidentState, RoleName
from incidents.models import Change, Member, Moment, Study
from taxonomy.actions.bringing import Brought, bring_codings
from taxonomy.actions.importing.sizes import let_others_write, rows_at_once
from taxonomy.actions.settling import settle
from taxonomy.choices import Purpose
from taxonomy.models import Category, Coding, Scheme
from taxonomy.queries.bringing import FoundCoding, coders_named, in_portions, standing
from taxonomy.queries.coding import offered

ROWS_OF_ONE: Final = 3  # a coding, a settlement that is closed, one that is opened
VERB: Final = "import_codings"
TAKEN_BACK: Final = ("supersedes_id", "moment_id", "coder_id", "scheme_revision")

Progress = Callable[[int, int], None]


@dataclasses.dataclass(frozen=True)
class Imported:
    """What came in: the study's first number of it, by which it is taken back, and how much."""

    number: int | None
    codings: int


def import_codings(
    *,
    scheme: Scheme,
    new: Sequence[FoundCoding],
    coders: Mapping[str, str],
    by: Member | None,
    progress: Progress = lambda _done, _of: None,
) -> Imported:
    """Write what `find_codings` found, in portions, each settled under a number of its own.

    `coders` are made where nobody else has meanwhile. Raises RefusedError where the study changed
    so that a row does not fit any more; what was written before is then taken back. Whoever is cut
    off begins again: what is there already stays.
    """
    first: int | None = None
    written = done = 0
    for portion in in_portions(new, rows_at_once() // ROWS_OF_ONE):
        try:
            seq, number = _write(scheme, portion, coders, first, by)
        except RefusedError:
            if first is not None:
                take_codings_back(scheme=scheme, number=first, by=by)
            raise
        first = first if first is not None else seq
        written, done = written + number, done + len(portion)
        progress(done, len(new))
        if done < len(new):
            let_others_write()
    return Imported(first, written)


@transaction.atomic
def _write(
    scheme: Scheme,
    portion: Sequence[FoundCoding],
    coders: Mapping[str, str],
    first: int | None,
    by: Member | None,
) -> tuple[int, int]:
    """Write a portion, without what came there meanwhile; its number, and how many were written."""
    seq = change_facts(scheme.study, by=by)  # nobody else writes in the study from here on
    scheme.refresh_from_db(fields=["revision"])
    made = _made(scheme.study, coders, by)
    there, hindered = standing(portion, scheme, made)
    categories = _offered(scheme, {one.category for one in portion if one.category})
    if hindered or categories is None or not _all_count({one.moment for one in portion}):
        raise _changed()
    new = [one for one in portion if one.row not in there]
    ends = _taken_back({one.moment for one in new}, scheme)
    keys = {one.coder for one in new if isinstance(one.coder, int)}
    known = scheme.study.members.in_bulk(list(keys))
    coder_of = {
        one.coder: made[one.coder] if isinstance(one.coder, str) else known[one.coder]
        for one in new
    }
    brought = [_brought(one, coder_of[one.coder], categories, ends) for one in new]
    bring_codings(scheme=scheme, brought=brought, seq=seq)
    record_change(
        verb=VERB,
        on=scheme,
        study=scheme.study,
        by=by,
        number=seq,
        first=seq if first is None else first,
        codings=len(new),
    )
    return seq, len(new)


def _brought(
    one: FoundCoding,
    coder: Member,
    categories: Mapping[int, Category],
    ends: Mapping[tuple[int, int], int],
) -> Brought:
    return Brought(
        moment=one.moment,
        coder=coder,
        category=categories[one.category] if one.category else None,
        unclassifiable=one.unclassifiable,
        confidence=one.confidence,
        note=one.note,
        supersedes=ends.get((one.moment, coder.pk)),
    )


def _changed() -> RefusedError:
    return RefusedError(
        _("The study was changed meanwhile. Nothing was imported; check the file once more.")
    )


def _offered(scheme: Scheme, keys: Collection[int]) -> dict[int, Category] | None:
    """The categories with these keys; None where one is no longer offered."""
    rows = offered(scheme).in_bulk(list(keys))
    return rows if len(rows) == len(keys) else None


def _all_count(moments: Collection[int]) -> bool:
    counted = Moment.objects.filter(pk__in=moments, incident__state=IncidentState.ACCEPTED)
    return counted.count() == len(moments)


def _taken_back(moments: Collection[int], scheme: Scheme) -> dict[tuple[int, int], int]:
    """The codings by which earlier ones were taken back, by moment and coder."""
    rows = Coding.objects.filter(
        scheme=scheme,
        moment__in=moments,
        purpose=Purpose.IMPORT,
        taken_back=True,
        superseded_by__isnull=True,
    )
    return {(one, coder): key for one, coder, key in rows.values_list("moment", "coder", "pk")}


def _made(study: Study, coders: Mapping[str, str], by: Member | None) -> dict[str, Member]:
    """The coders whom the study lacked, as members without an account, made where they still lack.

    Raises RefusedError where several of that name came meanwhile.
    """
    known = coders_named(study) if coders else {}
    taken = set(study.members.values_list("code", flat=True))
    for bare, name in coders.items():
        if bare not in known:
            code = _code(taken)
            taken.add(code)
            roles = [RoleName.CODER]
            known[bare] = [
                add_member(study=study, display_name=name, code=code, roles=roles, by=by)
            ]
    if any(len(known[bare]) > 1 for bare in coders):
        raise _changed()
    return {bare: known[bare][0] for bare in coders}


def _code(taken: Collection[str]) -> str:
    """A code that nobody has; no name, for files hand out codes in place of names."""
    return next(f"M{n}" for n in range(1, len(taken) + 2) if f"M{n}" not in taken)


def take_codings_back(*, scheme: Scheme, number: int | None = None, by: Member | None) -> Imported:
    """Take back what an import of codings brought; without its number, the last that still stands.

    The codings stay, superseded. Raises RefusedError where there is nothing to take back.
    """
    first, numbers = _import_of(scheme, number)
    codings = 0
    while taken := _take_some_back(scheme, numbers, by):
        codings += taken
        let_others_write()
    return Imported(first, codings)


@transaction.atomic
def _take_some_back(scheme: Scheme, numbers: Collection[int], by: Member | None) -> int:
    standing_ = _standing(scheme, numbers)
    if not standing_.exists():
        return 0
    seq = change_facts(scheme.study, by=by)
    fields = ("pk", "moment", "coder", "scheme_revision")
    taking = standing_.order_by("pk").values_list(*fields)[: rows_at_once() // ROWS_OF_ONE]
    rows = [dict(zip(TAKEN_BACK, row, strict=True)) for row in taking]
    write_rows(
        Coding,
        rows,
        scheme_id=scheme.pk,
        purpose=Purpose.IMPORT,
        taken_back=True,
        seq=seq,
    )
    settle(moments={row["moment_id"] for row in rows}, scheme=scheme, seq=seq)
    record_change(
        verb="take_codings_back",
        on=scheme,
        study=scheme.study,
        by=by,
        numbers=sorted(numbers),
        codings=len(rows),
    )
    return len(rows)


def _standing(scheme: Scheme, numbers: Collection[int]) -> Any:
    return Coding.objects.live().filter(
        scheme=scheme, purpose=Purpose.IMPORT, assignment__isnull=True, seq__in=numbers
    )


def _import_of(scheme: Scheme, number: int | None) -> tuple[int, list[int]]:
    """The first number of an import of codings that still stands, and all its numbers."""
    entries = Change.objects.filter(
        study=scheme.study_id, verb=VERB, object_uid=scheme.uid
    ).order_by("-pk")
    numbers: dict[int, list[int]] = {}
    for details in entries.values_list("details", flat=True):
        numbers.setdefault(details["first"], []).append(details["number"])
    for first, its in numbers.items():
        if number in {None, first} and _standing(scheme, its).exists():
            return first, its
    raise RefusedError(_("There is no import of codings to take back."))
