"""What a preview says: counts that add up, messages, categories, and what would be new."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import Study
from taxonomy.models import Scheme
from taxonomy.sheet_messages import sentence
from taxonomy.sheets.plan import ImportPlan, PlannedIncident, ValueUse
from taxonomy.sheets.planning import path_text
from taxonomy.sheets.problems import Problem, Severity
from taxonomy.sheets.reading import Sheet

KEPT_OF_A_KIND = 100
VALUES_KEPT = 300
NAMES_KEPT = 200
CATEGORIES_KEPT = 1000
MOST_CATEGORIES = 1000  # made in one revision, which is one transaction
HEAVIEST_INCIDENT = 1000  # rows of the database that one incident needs, written in one transaction


def summarize(
    sheet: Sheet, plan: ImportPlan, *, study: Study, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The preview as JSON values; `messages` are the first of every kind, the counts are whole."""
    messages = [
        *(_message(problem) for problem in (*sheet.problems(), *plan.problems)),
        *_further(plan, study, options),
    ]
    messages.sort(key=lambda one: (list(Severity).index(one["severity"]), one["row"] or 0))
    return {
        "blocked": any(one["severity"] == Severity.ERROR for one in messages),
        "counts": counts_of(plan),
        "clusters_known": plan.clusters_known,
        "messages": list(_first_of_each_kind(messages)),
        "messages_in_all": len(messages),
        "messages_by_kind": dict(Counter(one["code"] for one in messages)),
        "levels": list(plan.levels),
        "categories": [
            {"path": list(one.path), "round": one.round, "moments": one.moments}
            for one in plan.categories[:CATEGORIES_KEPT]
        ],
        "categories_by_round": [
            sum(one.round == at for one in plan.categories) for at in range(1, plan.rounds + 1)
        ],
        "not_batched": not_batched_of(plan),
        "values": {field: _values(uses) for field, uses in plan.values.items()},
        "new_names": {field: _new(uses.values()) for field, uses in plan.values.items()},
        "unmapped": dict(plan.unmapped),
    }


def not_batched_of(plan: ImportPlan) -> dict[str, list[str]]:
    """The categories the file leaves without one parent, and why."""
    return {
        "several_parents": [path_text(path) for path in plan.tree.ambiguous_parents],
        "no_parent": [path_text(path) for path in plan.tree.orphans],
    }


def counts_of(plan: ImportPlan) -> dict[str, Any]:
    """Where the rows go: rows = incidents + refused + merged."""
    counts = plan.counts
    return {
        "rows": counts.rows,
        "incidents": counts.incidents,
        "merged": counts.merged,
        "refused": sum(counts.refused.values()),
        "refused_by_reason": dict(counts.refused),
        "moments": counts.moments,
        "codings": counts.codings,
        "categories": len(plan.categories),
        "interviews": len(plan.interviews),
        "respondents": len(plan.respondents),
    }


def weight_of(planned: PlannedIncident) -> int:
    """How many rows of the database one incident needs, at most."""
    codings = sum(len(moment.codings) for moment in planned.moments)
    return 4 + len(planned.rows) + 2 * len(planned.moments) + codings


def _message(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity.value,
        "code": problem.code,
        "row": problem.row,
        "column": problem.column,
        "text": sentence(problem),
    }


def _first_of_each_kind(messages: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for message in messages:
        seen[message["code"]] += 1
        if seen[message["code"]] <= KEPT_OF_A_KIND:
            yield message


def _further(
    plan: ImportPlan, study: Study, options: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """What only the study can say, and what would be too much at once."""
    if plan.levels:
        yield from _about_rounds(plan, study, options)
    if len(plan.categories) > MOST_CATEGORIES:
        yield _said(
            Severity.ERROR,
            "too_many_categories",
            _(
                "The category columns hold %(number)s different categories; at most %(most)s can"
                " be made at once. Is one of these columns no category?"
            )
            % {"number": len(plan.categories), "most": MOST_CATEGORIES},
        )
    for incident in plan.incidents:
        if weight_of(incident) > HEAVIEST_INCIDENT:
            yield _said(
                Severity.ERROR,
                "incident_too_big",
                _(
                    "The incident has %(moments)s moments, more than can be brought in at once."
                    " Is the incident id a column that tells the incidents apart?"
                )
                % {"moments": len(incident.moments)},
                row=incident.row_number,
            )


def _about_rounds(
    plan: ImportPlan, study: Study, options: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    scheme = Scheme.objects.filter(study=study.pk, slug=options["scheme"]).first()
    rounds = scheme.rounds.filter(exists=True).count() if scheme else 0
    if scheme is None or not rounds or rounds == plan.rounds:
        return
    said = {"scheme": scheme.name, "rounds": rounds, "levels": plan.rounds}
    if plan.rounds > rounds:
        text = _(
            "The file has %(levels)d levels of categories, but the scheme “%(scheme)s” has only"
            " %(rounds)d rounds. Choose another scheme, or leave a column out."
        )
        yield _said(Severity.ERROR, "scheme_has_fewer_rounds", text % said)
    else:
        text = ngettext(
            "The file has %(levels)d level of categories and the scheme “%(scheme)s” %(rounds)d"
            " rounds: the level becomes the coarsest of them, so moments are coded there only.",
            "The file has %(levels)d levels of categories and the scheme “%(scheme)s” %(rounds)d"
            " rounds: the levels become the coarsest of them, so no moment is coded in the finest.",
            plan.rounds,
        )
        yield _said(Severity.NOTICE, "scheme_has_more_rounds", text % said)


def _said(severity: Severity, code: str, text: str, row: int | None = None) -> dict[str, Any]:
    return {"severity": severity.value, "code": code, "row": row, "column": None, "text": text}


def _values(uses: Mapping[str, ValueUse]) -> list[dict[str, Any]]:
    """What somebody has to say first, then what is new, then the commonest."""
    ordered = sorted(
        uses.items(), key=lambda one: (one[1].ours is not None, not one[1].new, -one[1].rows)
    )
    return [
        {
            "theirs": theirs,
            "ours": use.ours,
            "new": use.new,
            "guessed": use.guessed,
            "rows": use.rows,
        }
        for theirs, use in ordered[:VALUES_KEPT]
    ]


def _new(uses: Iterable[ValueUse]) -> dict[str, Any]:
    """The names that the study does not have yet, each spelling once, and how many there are."""
    names = {
        " ".join(use.ours.split()).casefold(): use.ours for use in uses if use.new and use.ours
    }
    return {"names": list(names.values())[:NAMES_KEPT], "in_all": len(names)}
