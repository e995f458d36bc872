"""The column variables of a table: what each reads of a fact, and which columns that makes."""

import abc
import dataclasses
import functools
import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django_countries import countries

from incidents.choices import ServedBy, Valence, Viewpoint
from incidents.models import Member, Moment, Study
from taxonomy.choices import Dimension
from taxonomy.tabulation.rollup import ColumnKey
from taxonomy.tabulation.table import NOT_STATED, Column

OWN_SITE = Q(incident__served_by=ServedBy.OWN_SITE)

Facts = QuerySet[Moment]


class Axis(abc.ABC):
    """One column variable.

    `reads` are lookups of a fact. `tally` and `region_tally` are lookups of the counts kept, where
    these know it. `merges`: different values that are read may be of one column.
    """

    merges = False
    reads: tuple[str, ...] = ()
    tally: str | None = None
    region_tally: str | None = None

    def onto(self, facts: Facts) -> Facts:
        """The facts with what is read of them joined."""
        return facts

    def key(self, *read: Any) -> ColumnKey:
        """The key of the column in which a fact stands."""
        key: ColumnKey = read[0]
        return key

    @abc.abstractmethod
    def columns(self, met: Collection[ColumnKey]) -> list[Column]:
        """The columns in their order, *not stated* last; `met` are the keys that were counted."""

    def behind(self, key: ColumnKey) -> Q:
        """The facts that stand in a column."""
        return Q(**{self.reads[0]: key})

    def named(self, word: str) -> Column | None:
        """The column that an address names."""
        return next((one for one in self.columns(()) if one.word == word), None)


class Places(Axis):
    """By region or sector."""

    def __init__(self, dimension: Dimension, study: Study) -> None:
        is_region = dimension == Dimension.REGION
        self.tally = "site__region_id" if is_region else "site__organization__sector_id"
        self.region_tally = "region_id" if is_region else None
        self.reads = (f"incident__{self.tally}",)
        self._places = study.regions if is_region else study.sectors

    @functools.cached_property
    def _rows(self) -> list[tuple[int, str, bool, uuid.UUID]]:
        rows = self._places.order_by("not_stated", "position", "pk")
        return list(rows.values_list("pk", "name", "not_stated", "uid"))

    def columns(self, _met: Collection[ColumnKey]) -> list[Column]:
        """In the study's order."""
        return distinct(
            Column(key, not_stated_name() if not_stated else name, not_stated, str(uid))
            for key, name, not_stated, uid in self._rows
        )

    @property
    def not_stated(self) -> ColumnKey:
        """The key of what was not stated."""
        return next(key for key, _name, not_stated, _uid in self._rows if not_stated)


class Organizations(Axis):
    """By organization: under its name, or by its code where names may not be seen.

    Codes are in their own order then: that of the names would tell of them.
    """

    merges = True
    tally = "site__organization_id"
    reads = ("incident__site__organization_id",)
    not_stated: ColumnKey = NOT_STATED

    def __init__(self, study: Study, *, names: bool) -> None:
        self._study, self._shown = study, "name" if names else "code"

    @functools.cached_property
    def _unnamed(self) -> frozenset[int]:
        """Those that are not stated, one per sector, which make one column."""
        rows = self._study.organizations.filter(not_stated=True)
        return frozenset(rows.values_list("pk", flat=True))

    def key(self, *read: Any) -> ColumnKey:
        """The organization, or that none is stated."""
        [key] = read
        return NOT_STATED if key in self._unnamed else key

    def columns(self, _met: Collection[ColumnKey]) -> list[Column]:
        """In the order of their names, or codes."""
        rows = self._study.organizations.filter(not_stated=False).order_by(self._shown, "pk")
        columns = distinct(
            Column(key, name, word=str(uid))
            for key, name, uid in rows.values_list("pk", self._shown, "uid")
        )
        return [*columns, not_stated_column()]

    def behind(self, key: ColumnKey) -> Q:
        """Of one of them, or of none."""
        if key == NOT_STATED:
            return Q(incident__site__organization__not_stated=True)
        return super().behind(key)


class Chosen(Axis):
    """By viewpoint or valence."""

    def __init__(self, dimension: Dimension) -> None:
        self.tally = self.region_tally = dimension.value
        self._choices: type[Viewpoint | Valence] = Viewpoint
        self.reads = ("incident__viewpoint",)
        if dimension == Dimension.VALENCE:
            self._choices, self.reads = Valence, ("valence",)

    def columns(self, _met: Collection[ColumnKey]) -> list[Column]:
        """In the order of the choices."""
        return [
            Column(one.value, str(one.label), one.value == NOT_STATED, one.value)
            for one in self._choices
        ]


class Countries(Axis):
    """By the country of the site."""

    tally = "site__country"
    reads = ("incident__site__country",)
    not_stated: ColumnKey = NOT_STATED

    def key(self, *read: Any) -> ColumnKey:
        """The ISO code."""
        return str(read[0]) or NOT_STATED

    def columns(self, met: Collection[ColumnKey]) -> list[Column]:
        """Those that were counted, by name."""
        named = [Column(one, _country(str(one)), word=str(one)) for one in met if one != NOT_STATED]
        named.sort(key=lambda column: (column.name, str(column.key)))
        return [*distinct(named), not_stated_column()]

    def behind(self, key: ColumnKey) -> Q:
        """In one country, or in none stated."""
        return super().behind("" if key == NOT_STATED else key)

    def named(self, word: str) -> Column | None:
        """By its ISO code."""
        if word == NOT_STATED:
            return not_stated_column()
        return Column(word, _country(word), word=word) if countries.name(word) else None


class ByEvent(Axis):
    """By a place of the event: what another site served, or who knows which, is not stated."""

    merges = True

    def __init__(self, axis: Places | Organizations | Countries) -> None:
        self._axis, self.reads = axis, (*axis.reads, "incident__served_by")

    def key(self, *read: Any) -> ColumnKey:
        """The respondent's own place where it served."""
        *place, served_by = read
        own = served_by == ServedBy.OWN_SITE
        return self._axis.key(*place) if own else self._axis.not_stated

    def columns(self, met: Collection[ColumnKey]) -> list[Column]:
        """The same as by the respondent."""
        return self._axis.columns(met)

    def behind(self, key: ColumnKey) -> Q:
        """Served at the respondent's own place, or that is not stated."""
        found = OWN_SITE & self._axis.behind(key)
        return found | ~OWN_SITE if key == self._axis.not_stated else found

    def named(self, word: str) -> Column | None:
        """The same as by the respondent."""
        return self._axis.named(word)


class Interviewers(Axis):
    """By who wrote it down."""

    reads = ("incident__interview__interviewer_id",)

    def __init__(self, study: Study) -> None:
        self._study = study

    def key(self, *read: Any) -> ColumnKey:
        """The member, or that none is stated."""
        return NOT_STATED if read[0] is None else read[0]

    def columns(self, met: Collection[ColumnKey]) -> list[Column]:
        """Those that were counted, by name."""
        rows = self._members().filter(pk__in=[key for key in met if key != NOT_STATED])
        return [*distinct(map(_interviewer, rows)), not_stated_column()]

    def behind(self, key: ColumnKey) -> Q:
        """Of one of them, or of nobody stated."""
        return super().behind(None) if key == NOT_STATED else super().behind(key)

    def named(self, word: str) -> Column | None:
        """By uid."""
        if word == NOT_STATED:
            return not_stated_column()
        try:
            row = self._members().filter(uid=uuid.UUID(word)).first()
        except ValueError:
            return None
        return None if row is None else _interviewer(row)

    def _members(self) -> QuerySet[Member]:
        return Member.objects.filter(study=self._study).order_by("display_name", "pk")


def distinct(columns: Iterable[Column]) -> list[Column]:
    """Give a column whose name is taken a number behind it, so that names can be keys."""
    taken = {"All"}
    distinct = []
    for column in columns:
        name, number = column.name, 2
        while name in taken:
            name, number = f"{column.name} ({number})", number + 1
        taken.add(name)
        distinct.append(dataclasses.replace(column, name=name))
    return distinct


def _interviewer(member: Member) -> Column:
    return Column(member.pk, member.display_name, word=str(member.uid))


def _country(code: str) -> str:
    return str(countries.name(code) or code)


def not_stated_column() -> Column:
    """The column of what nobody stated."""
    return Column(NOT_STATED, not_stated_name(), not_stated=True, word=NOT_STATED)


def not_stated_name() -> str:
    """How that column is called."""
    return str(Viewpoint.NOT_STATED.label)
