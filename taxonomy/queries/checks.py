"""Whether what is derived still follows from what was recorded."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import F

from incidents.models import Incident, Moment, Study
from taxonomy.models import RegionTally, Scheme, Settlement, Tally, TallyPointer
from taxonomy.models.facts import Counted
from taxonomy.queries.counts import GRAIN, REGION_GRAIN, count_facts
from taxonomy.queries.decisions import decisions_for, stands
from taxonomy.queries.revisions import rows_of, tree_at_revision

PORTION = 500


@dataclasses.dataclass(frozen=True)
class Difference:
    """One thing that does not follow: what it is about, what stands, and what follows."""

    kind: str
    where: str
    stands: str
    follows: str

    def __str__(self) -> str:
        return f"{self.kind}, {self.where}: stands {self.stands}, but {self.follows} follows"


def differences(study: Study) -> Iterator[Difference]:
    """Everything in a study that does not follow from its codings, moments and revisions.

    Reads in portions without a lock: one seen while people work need not be one. Where they may
    be at work ask `lasting_differences`.
    """
    yield from _misplaced_incidents(study)
    for scheme in Scheme.objects.filter(study=study):
        yield from _wrong_settlements(scheme)
        yield from _wrong_tally(scheme)
        yield from _wrong_tree(scheme)


def lasting_differences(study: Study) -> list[Difference]:
    """The differences that are still there when looked at once more."""
    seen = set(differences(study))
    return [one for one in differences(study) if one in seen] if seen else []


def _misplaced_incidents(study: Study) -> Iterator[Difference]:
    told = Incident.objects.published().filter(study=study)  # an import follows when it publishes
    rows = told.exclude(site=F("interview__respondent__site"))
    for uid, site, right in rows.values_list("uid", "site", "interview__respondent__site"):
        yield Difference("site of an incident", str(uid), str(site), str(right))


def _wrong_settlements(scheme: Scheme) -> Iterator[Difference]:
    last = 0
    while moments := _moments_after(scheme, last):
        last = max(moments)
        decisions = decisions_for(moments, scheme)
        rows = Settlement.objects.filter(scheme=scheme, moment__in=moments, to_seq__isnull=True)
        standing = {row.moment_id: row for row in rows}
        for key, uid in moments.items():
            row, decision = standing.get(key), decisions.get(key)
            if not stands(row, decision):
                what = row and f"{row.outcome} {row.category_id or row.contested}"
                right = decision and f"{decision.outcome} {decision.category or ''}"
                yield Difference("settlement", str(uid), str(what), str(right))


def _moments_after(scheme: Scheme, key: int) -> dict[int, Any]:
    moments = Moment.objects.filter(incident__study=scheme.study_id, pk__gt=key).order_by("pk")
    return dict(moments.values_list("pk", "uid")[:PORTION])


def _wrong_tally(scheme: Scheme) -> Iterator[Difference]:
    """Compare a tally that claims to be up to date; one that is behind is being built."""
    seq, counted = count_facts(scheme)
    pointer = TallyPointer.objects.filter(scheme=scheme, data_seq=seq).first()
    if pointer is None:
        return
    yield from _wrong_counts(scheme, pointer, Tally, GRAIN, counted)
    if RegionTally.objects.filter(scheme=scheme, generation=pointer.generation).exists():
        yield from _wrong_counts(scheme, pointer, RegionTally, REGION_GRAIN, counted)


def _wrong_counts(
    scheme: Scheme,
    pointer: TallyPointer,
    model: type[Counted],
    grain: Sequence[str],
    counted: Iterable[Mapping[str, Any]],
) -> Iterator[Difference]:
    right: Counter[tuple[Any, ...]] = Counter()
    for row in counted:
        right[tuple(row[name] for name in grain)] += row["moments"]
    rows = model._default_manager.filter(scheme=scheme, generation=pointer.generation)
    tally = Counter({tuple(row[:-1]): row[-1] for row in rows.values_list(*grain, "moments")})
    for key in sorted(set(right) | set(tally), key=str):
        if right[key] != tally[key]:
            where = f"{scheme.slug} {dict(zip(grain, key, strict=True))}"
            yield Difference("tally", where, str(tally[key]), str(right[key]))


def _wrong_tree(scheme: Scheme) -> Iterator[Difference]:
    right, standing = tree_at_revision(scheme, scheme.revision), rows_of(scheme)
    for uid in sorted(set(right) | set(standing)):
        if right.get(uid) != standing.get(uid):
            where = f"{scheme.slug} {uid}"
            yield Difference("category", where, str(standing.get(uid)), str(right.get(uid)))
