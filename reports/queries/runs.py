"""Runs: which a member may read, and which two may be compared."""

import hashlib
import json
from collections.abc import Collection

from django.db.models import Q, QuerySet

from incidents.choices import RoleName
from incidents.models import Member
from reports.models import Run, Table
from reports.queries.dashboards import digests_of
from reports.queries.kept_questions import digest_of
from reports.queries.specified import SHOWN_ONLY, as_plain
from taxonomy.models import Round, Scheme
from taxonomy.tabulation.specification import Across, Specification

OTHER_CATEGORY = "other_category"
ANY = "*"


def runs_open_to(member: Member, schemes: Collection[Scheme], *, names: bool) -> QuerySet[Run]:
    """The runs of a study that a member may read, without their answers.

    `schemes` are those whose results are open to the member; `names`: whether they may read the
    names of organizations, which stand in runs as they stood for whoever asked. What tells of
    interviewers is for admins.
    """
    rows = Run.objects.filter(scheme__in=list(schemes), scheme__study=member.study_id)
    if not names:
        rows = rows.filter(question__names=False)
    if not member.has_role(RoleName.ADMIN):
        rows = rows.filter(question__interviewers=False)
    for slug in hidden_from(member, schemes):
        rows = rows.exclude(
            Q(question__others__icontains=f",{slug},") | Q(question__others__icontains=ANY)
        )
    return rows.select_related("scheme", "asked_by", "table", "job").defer("answer")


def hidden_from(member: Member, schemes: Collection[Scheme]) -> list[str]:
    """The short names of the schemes of a study whose results are not open to the member."""
    rows = Scheme.objects.filter(study=member.study_id)
    return list(rows.exclude(pk__in=[one.pk for one in schemes]).values_list("slug", flat=True))


def others_in(specification: Specification) -> str:
    """The further schemes that a question tells of, between commas; ANY where one is filtered."""
    slugs = [one.scheme for one in specification.columns if isinstance(one, Across)]
    if OTHER_CATEGORY in {field for field, _values in specification.where}:
        slugs.append(ANY)
    return f",{','.join(slugs)}," if slugs else ""


def key_of(scheme: Scheme, specification: Specification, *, names: bool) -> str:
    """What two runs share that may be compared: all of the question but how it is shown."""
    plain = as_plain(specification)
    asked = {name: value for name, value in plain.items() if name not in SHOWN_ONLY}
    rounds = Round.objects.filter(scheme=scheme, exists=True, position=specification.round)
    asked["round"] = str(rounds.values_list("uid", flat=True).first())
    asked["by"], asked["then"] = plain["by"][0], (plain["then"] or [None])[0]
    text = json.dumps([asked, names], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def asks_of(scheme: Scheme, specification: Specification, query: str) -> str:
    """By which the newest run of a saved table is found: what its question shares with others."""
    rounds = Round.objects.filter(scheme=scheme, exists=True, position=specification.round)
    return digest_of(scheme, rounds.values_list("uid", flat=True).first() or "", query)


def table_asking(scheme: Scheme, asks: str, member: Member) -> Table | None:
    """The saved table whose question `asks_of` says the same of, one's own first."""
    standing = Table.objects.filter(scheme=scheme, deleted_at__isnull=True).select_related("scheme")
    tables = list(standing.filter(Q(owner=member) | Q(shared=True)))
    found = digests_of(tables)
    return min(
        (table for table in tables if found[table.uid] == asks),
        key=lambda one: (one.owner_id != member.pk, one.position),
        default=None,
    )


def is_behind(run: Run) -> bool:
    """Whether the data of the study or the tree have changed since."""
    now = run.scheme.study.data_seq, run.scheme.revision
    return (run.data_seq, run.revision) != now


def comparable_with(run: Run, runs: QuerySet[Run]) -> QuerySet[Run]:
    """The answered runs of the same question, the newest first."""
    same = runs.filter(scheme=run.scheme_id, question__key=run.question["key"])
    return same.filter(answered_at__isnull=False).exclude(pk=run.pk).order_by("-pk")
