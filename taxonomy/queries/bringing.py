"""What codings made elsewhere mean in a scheme: their moments, coders and categories, by row."""

import dataclasses
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from django.db.models import Q

from incidents.choices import IncidentState
from incidents.models import Member, Moment, Study
from taxonomy.choices import Purpose
from taxonomy.models import Assignment, Coding, Scheme
from taxonomy.queries.trees import tree_of
from taxonomy.sheets.codings import CodedRow, CodedSheet, Fault, Paths, RowFault
from taxonomy.tabulation.specification import PATH_SEPARATOR

AT_ONCE: Final = 400  # incidents looked up by one query
ANSWERS: Final = (Purpose.PLAN, Purpose.IMPORT)
PATHS_NAMED: Final = 5

One = TypeVar("One")


@dataclasses.dataclass(frozen=True, slots=True)
class FoundCoding:
    """One answer: keys of a moment and a category, who gave it, and what else the row says.

    `coder` is the key of a member, or the name of one to be made as `bare_name` has it.
    """

    row: int
    moment: int
    coder: int | str
    category: int | None
    unclassifiable: str
    confidence: str
    note: str


@dataclasses.dataclass(frozen=True)
class Found:
    """What a file comes to in a scheme.

    `new` is what is to be written, `known` counts answers that are there already, and `coders` are
    those the study does not have: how their names are written, by `bare_name`.
    """

    new: Sequence[FoundCoding]
    known: int
    left_out: int
    rows: int
    coders: Mapping[str, str]
    faults: Sequence[RowFault]


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """A moment and where its incident stands."""

    key: int
    position: int
    incident: int
    state: str


def find_codings(sheet: CodedSheet, scheme: Scheme, *, only_known_coders: bool) -> Found:
    """Look up every row; what stands in its way is a fault of the row."""
    finder = _Finder(scheme, only_known_coders=only_known_coders)
    found = list(finder.found(sheet.rows))
    faults = [*sheet.faults, *finder.faults]
    hindrances: dict[int, RowFault] = {}
    known: set[int] = set()
    for portion in in_portions(found):
        there, hindered = standing(portion, scheme, {})
        known |= there
        hindrances |= hindered
    faults += hindrances.values()
    new = [one for one in found if one.row not in known and one.row not in hindrances]
    return Found(
        new=new,
        known=len(known),
        left_out=sheet.left_out,
        rows=len(sheet.rows) + len(sheet.faults),
        coders={one.coder: finder.coders[one.coder] for one in new if isinstance(one.coder, str)},
        faults=sorted(faults, key=lambda one: one.row),
    )


def standing(
    portion: Collection[FoundCoding], scheme: Scheme, made: Mapping[str, Member]
) -> tuple[set[int], dict[int, RowFault]]:
    """The rows whose answers are there already, and what stands in the way of others, by row.

    `made` are the coders who are members by now. Whoever writes asks under the study's lock.
    """
    moments = {one.moment for one in portion}
    batches = _blind_batches(moments, scheme)
    given = _given(moments, scheme)
    there: set[int] = set()
    hindered: dict[int, RowFault] = {}
    for one in portion:
        answer = given.get((one.moment, _key_of(one.coder, made)))
        if answer == (one.category, one.unclassifiable):
            there.add(one.row)
        elif one.moment in batches:
            params = {"batch": batches[one.moment]}
            hindered[one.row] = RowFault(one.row, Fault.IN_OPEN_BATCH, params)
        elif answer is not None:
            hindered[one.row] = RowFault(one.row, Fault.CODED_OTHERWISE)
    return there, hindered


def _key_of(coder: int | str, made: Mapping[str, Member]) -> int | None:
    """The key of a coder; None of one who is not a member yet."""
    if isinstance(coder, int):
        return coder
    return made[coder].pk if coder in made else None


def _given(
    moments: Collection[int], scheme: Scheme
) -> dict[tuple[int, int | None], tuple[int | None, str]]:
    """The first answers that count, by moment and coder; the latest of a coder's."""
    rows = Coding.objects.live().filter(scheme=scheme, moment__in=moments, purpose__in=ANSWERS)
    fields = ("moment_id", "coder_id", "category_id", "unclassifiable")
    return {
        (moment, coder): (category, reason)
        for moment, coder, category, reason in rows.order_by("pk").values_list(*fields)
    }


def _blind_batches(moments: Collection[int], scheme: Scheme) -> dict[int, str]:
    """The batches in which somebody still codes these moments blindly, by their names."""
    rows = Assignment.objects.blinding().filter(batch__scheme=scheme, moment__in=moments)
    return dict(rows.values_list("moment_id", "batch__name"))


def coders_named(study: Study) -> dict[str, list[Member]]:
    """The members that a name in a file may mean: by their code; if nobody's, by the name shown."""
    by_code: dict[str, list[Member]] = {}
    by_name: dict[str, list[Member]] = defaultdict(list)
    for member in study.members.order_by("pk"):
        by_code.setdefault(bare_name(member.code), []).append(member)
        by_name[bare_name(member.display_name)].append(member)
    return {**by_name, **by_code}


def bare_name(name: str) -> str:
    """A name as it is compared: small letters, single spaces."""
    return " ".join(name.split()).casefold()


class _Faulty(Exception):
    def __init__(self, fault: Fault, **params: object) -> None:
        super().__init__(fault)
        self.fault, self.params = fault, params


class _Finder:
    """Goes through the rows once; gathers faults and coders to be made."""

    def __init__(self, scheme: Scheme, *, only_known_coders: bool) -> None:
        self.scheme, self.only_known_coders = scheme, only_known_coders
        self.faults: list[RowFault] = []
        self.members = coders_named(scheme.study)
        self.coders: dict[str, str] = {}
        self.first: dict[tuple[int, int | str], int] = {}
        self.categories = _Categories(scheme)

    def found(self, rows: Iterable[CodedRow]) -> Iterator[FoundCoding]:
        for portion in in_portions(rows):
            places = _places(self.scheme.study, {row.incident for row in portion})
            for row in portion:
                try:
                    named = places.get(row.incident) or places.get(_key(row.incident))
                    yield self._found(row, named or [])
                except _Faulty as faulty:
                    self.faults.append(RowFault(row.number, faulty.fault, faulty.params))

    def _found(self, row: CodedRow, places: Sequence[_Place]) -> FoundCoding:
        place = _place(row, places)
        coder = self._coder(row.coder)
        category = self.categories.find(row.category) if row.category else None
        first = self.first.setdefault((place.key, coder), row.number)
        if first != row.number:
            raise _Faulty(Fault.TWICE, first=first, coder=row.coder)
        given = (row.unclassifiable, row.confidence, row.note)
        return FoundCoding(row.number, place.key, coder, category, *given)

    def _coder(self, name: str) -> int | str:
        bare = bare_name(name)
        members = self.members.get(bare)
        if members is None:
            if self.only_known_coders:
                raise _Faulty(Fault.UNKNOWN_CODER, value=name)
            self.coders.setdefault(bare, name)
            return bare
        if len(members) > 1:
            codes = ", ".join(member.code for member in members[:PATHS_NAMED])
            raise _Faulty(Fault.SEVERAL_CODERS, value=name, codes=codes)
        return members[0].pk


class _Categories:
    """The categories of a scheme by their paths: those that are offered, and those no longer."""

    def __init__(self, scheme: Scheme) -> None:
        self.tree = tree_of(scheme)
        paths = {key: self.tree.path(node) for key, node in self.tree.nodes.items()}
        gone = {key for key, node in self.tree.nodes.items() if node.retired or node.merged_into}
        self.paths = paths
        self.offered = Paths({key: path for key, path in paths.items() if key not in gone})
        self.gone = Paths({key: path for key, path in paths.items() if key in gone})

    def find(self, text: str) -> int:
        found = self.offered.find(text)
        if len(found) == 1:
            return found[0]
        if found:
            several = "; ".join(self._path(key) for key in found[:PATHS_NAMED])
            raise _Faulty(Fault.SEVERAL_CATEGORIES, value=text, paths=several)
        gone = self.gone.find(text)
        if not gone:
            raise _Faulty(Fault.UNKNOWN_CATEGORY, value=text)
        if self.tree.nodes[gone[0]].merged_into:
            into = self._path(self.tree.canonical(gone[0]).key)
            raise _Faulty(Fault.MERGED, value=text, into=into)
        raise _Faulty(Fault.RETIRED, value=text)

    def _path(self, key: int) -> str:
        return PATH_SEPARATOR.join(self.paths[key])


def _place(row: CodedRow, places: Sequence[_Place]) -> _Place:
    """The moment that a row means, of those whose incident it names."""
    if not places:
        raise _Faulty(Fault.UNKNOWN_INCIDENT, value=row.incident)
    if len({place.incident for place in places}) > 1:
        raise _Faulty(Fault.SEVERAL_INCIDENTS, value=row.incident)
    if places[0].state != IncidentState.ACCEPTED:
        raise _Faulty(Fault.NOT_ACCEPTED, state=places[0].state)
    if row.moment is None:
        if len(places) > 1:
            raise _Faulty(Fault.MOMENT_NOT_SAID, number=len(places))
        return places[0]
    place = next((one for one in places if one.position == row.moment), None)
    if place is None:
        orders = ", ".join(str(one.position) for one in places)
        raise _Faulty(Fault.UNKNOWN_MOMENT, value=row.moment, orders=orders)
    return place


def _places(study: Study, names: Collection[str]) -> dict[str, list[_Place]]:
    """The moments of the incidents with these uids or numbers in the source, in their order."""
    uids = [uid for uid in map(_uid, names) if uid is not None]
    named = Q(incident__uid__in=uids) | Q(incident__source_id__in=names)
    rows = Moment.objects.filter(named, incident__study=study).exclude(
        incident__state=IncidentState.IMPORTING
    )
    fields: Any = ("incident__uid", "incident__source_id", "pk", "position")
    by_uid: dict[str, list[_Place]] = defaultdict(list)
    by_source: dict[str, list[_Place]] = defaultdict(list)
    for uid, source, *place in rows.order_by("incident", "position").values_list(
        *fields, "incident_id", "incident__state"
    ):
        by_uid[str(uid)].append(_Place(*place))
        by_source[source].append(_Place(*place))
    return {**by_source, **by_uid}


def _key(name: str) -> str:
    uid = _uid(name)
    return str(uid) if uid else name


def _uid(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name)
    except ValueError:
        return None


def in_portions(rows: Iterable[One], size: int = AT_ONCE) -> Iterator[list[One]]:
    """Rows so many at a time."""
    iterator = iter(rows)
    while portion := list(islice(iterator, size)):
        yield portion
