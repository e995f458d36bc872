"""The table by region as one would make it without Candid: pandas.crosstab over rows of its own."""

from typing import Any

import pandas as pd
from django.db import connection

from scripts.bench.subject import Subject
from taxonomy.choices import Outcome
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.rollup import Settled, row_of
from taxonomy.tabulation.tree import Node

AGAINST = "pandas.crosstab"
ROUND = 4  # the strategies


def crosstab(subject: Subject) -> Any:
    """Shares of the strategies in each region, read from the database anew."""
    tree = tree_of(subject.scheme)
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [subject.scheme.pk, subject.study.pk])
        rows = pd.DataFrame(cursor.fetchall(), columns=["category", "contested", "region"])
    found = {
        (category, contested): row_of(settled_of(category, contested), tree, ROUND)
        for category, contested in rows[["category", "contested"]].drop_duplicates().to_numpy()
    }
    names = {key: node.heading for key, node in found.items() if isinstance(node, Node)}
    settled = pd.Series(zip(rows["category"], rows["contested"], strict=True))
    return pd.crosstab(settled.map(names), rows["region"], normalize="columns")


def settled_of(category: int, contested: str) -> Settled:
    """How a moment is settled: in a category, in dispute, or else it stands in no row."""
    if category:
        return Settled(Outcome.SINGLE, int(category))
    return Settled(Outcome.IN_DISPUTE if contested else Outcome.WAITING, None, contested)


ROWS = """
SELECT coalesce(s.category_id, 0), s.contested, r.name
FROM incidents_moment m
JOIN incidents_incident i ON i.id = m.incident_id
JOIN incidents_site p ON p.id = i.site_id
JOIN incidents_region r ON r.id = p.region_id
JOIN taxonomy_settlement s
  ON s.moment_id = m.id AND s.scheme_id = %s AND s.to_seq IS NULL
WHERE i.study_id = %s AND i.state = 'accepted'
"""
