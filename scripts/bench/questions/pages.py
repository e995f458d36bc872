"""How long the pages take that people open all day."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Count

from incidents.choices import RoleName
from reports.demo.world import read_scheme
from scripts.bench.measuring import Line, alone, paired
from scripts.bench.subject import Subject, page
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.revisions import undo
from taxonomy.choices import Dimension
from taxonomy.models import Category, Scheme
from taxonomy.queries.tables import answer
from taxonomy.tabulation.specification import Specification

TABLE_MS = 60
PREVIEW_MS = 200
BOARD_MS = 100
ROUND = 4  # the strategies


def ask(subject: Subject) -> Iterator[Line]:
    """Home, the study, the board, the table by region, and one scheme against another."""
    for role in (RoleName.ADMIN, RoleName.ANALYST, RoleName.INTERVIEWER, RoleName.CODER):
        yield alone(f"home of the {role.value}", page(subject.client(role), "/"))
    admin = subject.client(RoleName.ADMIN)
    board = subject.address("taxonomy:scheme_show", subject.scheme.slug)
    yield alone("study, to its admin", page(admin, subject.address("reports:study_show")))
    interviewers = subject.address("reports:study_interviewers")
    yield alone("its interviewers, fetched when scrolled to", page(admin, interviewers))
    yield alone("board of the scheme", page(admin, board), most=BOARD_MS)
    yield from batching(subject)
    yield from tables(subject)
    yield against(subject)


def batching(subject: Subject) -> Iterator[Line]:
    """A merge of what holds most moments beside one of what holds fewest, and its preview."""
    scheme = subject.scheme
    held = dict(
        scheme.settlements.filter(category__round__position=1, to_seq=None)
        .values_list("category")
        .annotate(Count("pk"))
        .order_by()
    )
    standing = Category.objects.filter(scheme=scheme, round__position=1, exists=True)
    rows = sorted(standing, key=lambda row: -held.get(row.pk, 0))
    admin = subject.client(RoleName.ADMIN)
    address = subject.address("taxonomy:categories_preview", scheme.slug)
    yield alone(
        "preview of a merge of the commonest category",
        page(admin, f"{address}?category={rows[0].uid}&into={rows[1].uid}"),
        most=PREVIEW_MS,
    )
    yield paired(
        "the two commonest categories merged, and taken back",
        lambda: _merge_and_take_back(rows[0], rows[1]),
        lambda: _merge_and_take_back(rows[-1], rows[-2]),
        against="the two rarest",
    )


def _merge_and_take_back(one: Category, other: Category) -> None:
    undo(revision=merge_categories(categories=[one], into=other, by=None), by=None)


def tables(subject: Subject) -> Iterator[Line]:
    """The table by region: its numbers beside one SUM over the facts, and its page."""
    specification = Specification(round=ROUND, by=Dimension.REGION)
    scheme = subject.scheme
    yield paired(
        "numbers of the table by region",
        lambda: answer(scheme, specification),
        lambda: _bare(subject),
        against="one GROUP BY over the facts",
    )
    analyst = subject.client(RoleName.ANALYST)
    url = subject.address("reports:table_show", scheme.slug)
    yield alone("page of the table by region", page(analyst, f"{url}?by=region"), most=TABLE_MS)
    yield alone("page of the table by viewpoint", page(analyst, f"{url}?by=viewpoint"))
    yield alone("page of the table by sector", page(analyst, f"{url}?by=sector"))


def against(subject: Subject) -> Line:
    """The moments of all pairs of categories of two schemes; the second is gone afterwards."""
    with transaction.atomic():
        other = _second_scheme(subject)
        url = subject.address("taxonomy:scheme_against", subject.scheme.slug, other.slug)
        analyst = subject.client(RoleName.ANALYST)
        line = alone("one scheme against another", page(analyst, url), rounds=3)
        transaction.set_rollback(True)
    return line


def _second_scheme(subject: Subject) -> Scheme:
    """A scheme in which the same moments are settled, spread over its categories."""
    content = {name: read_scheme()[name] for name in ("rounds", "categories")}
    other = start_scheme(study=subject.study, slug="second", name="Second", by=None, **content)
    finest = other.rounds.get(position=1)
    with connection.cursor() as cursor:
        number = finest.categories.count()
        cursor.execute(SETTLED_ELSEWHERE, [finest.pk, other.pk, number, subject.scheme.pk])
    return other


def _bare(subject: Subject) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FACTS_BY_REGION, [subject.scheme.pk, subject.study.pk])
        cursor.fetchall()


FACTS_BY_REGION = """
SELECT s.category_id, p.region_id, count(*)
FROM incidents_moment m
JOIN incidents_incident i ON i.id = m.incident_id
JOIN incidents_site p ON p.id = i.site_id
LEFT JOIN taxonomy_settlement s
  ON s.moment_id = m.id AND s.scheme_id = %s AND s.to_seq IS NULL
WHERE i.study_id = %s AND i.state = 'accepted'
GROUP BY 1, 2
"""
SETTLED_ELSEWHERE = """
WITH finest AS (
  SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
  FROM taxonomy_category WHERE round_id = %s
)
INSERT INTO taxonomy_settlement (scheme_id, moment_id, outcome, category_id, contested, from_seq)
SELECT %s, s.moment_id, 'single', finest.id, '', s.from_seq
FROM taxonomy_settlement s JOIN finest ON finest.place = s.moment_id %% %s
WHERE s.scheme_id = %s AND s.to_seq IS NULL
"""
