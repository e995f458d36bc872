"""Columns by the categories of another scheme."""

import functools
from collections.abc import Collection
from typing import Any

from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext as _

from incidents.models import Study
from taxonomy.choices import Outcome, Residual
from taxonomy.models import Scheme
from taxonomy.queries.settled import contested_sets, settled_so
from taxonomy.queries.trees import tree_of
from taxonomy.queries.variables import Axis, Facts, distinct
from taxonomy.tabulation.rollup import ColumnKey, Settled, row_of
from taxonomy.tabulation.specification import Across, SpecificationError
from taxonomy.tabulation.table import Column


class OtherScheme(Axis):
    """By the categories of another scheme; what stands in none is in columns of its own."""

    merges = True

    def __init__(self, asked: Across, study: Study, place: int) -> None:
        scheme = Scheme.objects.filter(study=study, slug=asked.scheme).first()
        if scheme is None:
            raise SpecificationError(
                _("There is no scheme “%(name)s” in this study.") % {"name": asked.scheme}
            )
        self.scheme, self._at, self._tree = scheme, f"across_{place}", tree_of(scheme)
        self._round = max(self._tree.rounds, default=0) if asked.round is None else asked.round
        if self._round not in self._tree.rounds:
            raise SpecificationError(
                _("The scheme “%(name)s” has no round %(round)s.")
                % {"name": asked.scheme, "round": self._round}
            )
        names = ("outcome", "category_id", "contested")
        self.reads = tuple(f"{self._at}__{name}" for name in names)

    def onto(self, facts: Facts) -> Facts:
        """Joined to what counts in the other scheme."""
        is_open = Q(settlements__scheme=self.scheme, settlements__to_seq__isnull=True)
        joined = FilteredRelation("settlements", condition=is_open)
        return facts.annotate(**{self._at: joined})

    def key(self, *read: Any) -> ColumnKey:
        """The category at the round, or the residual line."""
        key: ColumnKey = self._keys(*read)
        return key

    @functools.cached_property
    def _keys(self) -> Any:
        def key_of(outcome: str | None, category: int | None, contested: str | None) -> ColumnKey:
            if category is not None and category not in self._tree.nodes:
                self._tree = tree_of(self.scheme)  # made while this was read
            settled = Settled(Outcome(outcome) if outcome else None, category, contested or "")
            place = row_of(settled, self._tree, self._round)
            return place.value if isinstance(place, Residual) else place.key

        return functools.cache(key_of)

    def columns(self, met: Collection[ColumnKey]) -> list[Column]:
        """In the order of the tree, then what is in no category."""
        nodes = [
            node for node in self._tree.rows(self._round) if not node.retired or node.key in met
        ]
        beside = [
            Column(kind.value, str(kind.label), not_stated=True, word=kind.value)
            for kind in Residual
        ]
        placed = (Column(node.key, node.heading, word=node.uid) for node in nodes)
        return distinct([*placed, *beside])

    def behind(self, key: ColumnKey) -> Q:
        """Settled so in the other scheme."""

        def is_wanted(place: Any, _settled: Settled) -> bool:
            return bool(key == (place.value if isinstance(place, Residual) else place.key))

        sets = contested_sets(self.scheme)
        return settled_so(self._tree, self._round, is_wanted, sets, at=f"{self._at}__")

    def named(self, word: str) -> Column | None:
        """By the uid of the category, retired or not."""
        everything = self.columns(frozenset(self._tree.nodes))
        return next((one for one in everything if one.word == word), None)
