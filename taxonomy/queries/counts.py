"""The facts counted at the grain of the tally."""

from typing import Any

from django.db.models import Count, Subquery

from incidents.models import Study
from taxonomy.choices import Outcome
from taxonomy.models import Scheme
from taxonomy.queries.facts import GROUPING, facts_of


def count_facts(scheme: Scheme) -> tuple[int, list[dict[str, Any]]]:
    """The counts at the tally's grain, and the number they were counted at.

    One statement reads both, so that they belong together; where there are no facts the number is
    read before, and may only be too old, which is found and mended.
    """
    study = Study.objects.filter(pk=scheme.study_id).values("data_seq")
    before = study.get()["data_seq"]
    columns = (*GROUPING, "incident__site_id", "incident__viewpoint", "valence")
    found = list(
        facts_of(scheme)
        .annotate(seq=Subquery(study))
        .values_list(*columns, "seq")
        .annotate(total=Count("pk"))
        .order_by()
    )
    rows = [
        {
            "outcome": outcome or Outcome.WAITING,
            "category_id": category,
            "contested": contested or "",
            "site_id": site,
            "viewpoint": viewpoint,
            "valence": valence,
            "moments": total,
        }
        for outcome, category, contested, site, viewpoint, valence, _seq, total in found
    ]
    return (found[0][6] if found else before), _together(rows)


def _together(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add up rows that differ only in having a waiting settlement or none at all."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(value for name, value in row.items() if name != "moments")
        if key in sums:
            sums[key]["moments"] += row["moments"]
        else:
            sums[key] = row
    return list(sums.values())
