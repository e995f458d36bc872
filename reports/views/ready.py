"""The tables that every study wants, each with the words on either side of a row."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from incidents.choices import Elicitation
from incidents.http import Request
from incidents.paging import shown_number
from incidents.templatetags.figure_tags import percent_in_words
from reports import access
from reports.choices import Ready
from reports.queries.ready import (
    Pair,
    causes_among,
    columns_beside,
    pairs_of,
    query_of,
    rounds_among,
    row_to_read,
    told_from_both_sides,
)
from reports.queries.times import times_in_words
from reports.queries.verbatims import coded_in, read_moments, verbatims_of
from reports.views.dashboard import ready_address, shown_table
from reports.views.figures import column_name
from reports.views.questions import Question, page_of_nothing, question_about
from taxonomy.access import schemes_open_to
from taxonomy.models import Scheme
from taxonomy.queries.behind import moments_behind
from taxonomy.queries.tables import Answered
from taxonomy.tabulation.table import Shown

READ = 3  # words on either side


@require_GET
def ready_show(request: Request, slug: str, scheme: str, which: str) -> HttpResponse:
    """One of the ready-made tables: its figures, two columns beside each other, and their words."""
    ready = Ready(which)
    reader, found = access.scheme_read(request, slug, scheme)
    open_to = schemes_open_to(reader)
    others = [one for one in open_to if one != found]
    cause = causes_among(others, request.GET.get("causes", "")) if ready == Ready.CAUSES else None
    rounds, position = rounds_among(cause, request.GET.get("causes_round", ""))
    asked = query_of(ready, cause, position)
    question = question_about(found, reader, QueryDict(urlencode(asked)))
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return nothing
    context = {
        "study": reader.study,
        "scheme": found,
        "ready": ready,
        "cause": cause,
        "schemes": _choices(question, ready, open_to),
        "causes": others if ready == Ready.CAUSES else [],
        "rounds": rounds,
        "position": position,
        "lead": _lead(ready),
        "notes_before": _notes(ready, question),
    }
    if ready == Ready.CAUSES and cause is None:
        return render(request, "reports/ready_show.html", context)
    here = request.get_full_path()
    status, figures = shown_table(question, back=here)
    context = {
        **figures,
        **context,
        "form": {"active": [], "shows_counts": True},
        "table_url": question.address("table_show"),
    }
    answered = figures.get("answered")
    if answered is not None:
        row = request.GET.get("row", "")
        context["beside"] = _beside(ready, question, answered, row=row, here=here)
    return render(request, "reports/ready_show.html", context, status=status)


def _choices(question: Question, ready: Ready, open_to: list[Scheme]) -> list[dict[str, Any]]:
    """The schemes whose results are open, each with the address of the same table of it."""
    return [
        {
            "name": one.name,
            "current": one == question.scheme,
            "url": ready_address(question.member.study, one, ready),
        }
        for one in open_to
    ]


def _lead(ready: Ready) -> str:
    return {
        Ready.SIDES: _(
            "What is told of service received, beside what is told of service given. The subject"
            " is incidents told."
        ),
        Ready.VALENCES: _(
            "Of what is told in each category: how much of it was good service, how much poor."
        ),
        Ready.CAUSES: _(
            "Poor service only: what it is put down to in each category. What people can learn,"
            " what has to be repaired, which rule has to change."
        ),
    }[ready]


def _notes(ready: Ready, question: Question) -> list[str]:
    """What one has to know before one reads the shares."""
    study = question.member.study
    if ready == Ready.SIDES:
        both, heard = told_from_both_sides(study)
        if not heard:
            return [_("Who told what is not known, so nothing is said of the same people.")]
        return [
            _(
                "These are the same people in two roles, not customers and their providers: in"
                " %(both)s of %(heard)s interviews something was told from both sides."
            )
            % {"both": shown_number(both), "heard": shown_number(heard)}
        ]
    if ready == Ready.VALENCES and study.elicitation != Elicitation.FREE:
        return [
            _(
                "Good and poor service were asked for by design, so how much of everything is good"
                " says nothing; compare the categories with each other."
            )
        ]
    return []


# -- Two columns beside each other --------------------------------------------------------------


def _beside(
    ready: Ready, question: Question, answered: Answered, *, row: str, here: str
) -> dict[str, Any] | None:
    columns = columns_beside(ready, answered.table)
    if columns is None:
        return None
    pairs = pairs_of(answered.table, *columns)
    chosen = row_to_read(pairs, row)
    return {
        "left": column_name(columns[0]),
        "right": column_name(columns[1]),
        "rows": [
            {"uid": pair.row.node.uid, "name": pair.row.node.heading, "current": pair is chosen}
            for pair in pairs
        ],
        "said": [said for pair in pairs if (said := _said(ready, pair))],
        "chosen": chosen and _read(question, answered, chosen, here),
    }


def _said(ready: Ready, pair: Pair) -> str:
    """One row in a sentence; nothing where neither column has any of it."""
    if not pair.left.count and not pair.right.count:
        return ""
    words = {
        "row": pair.row.node.heading,
        "left": _share(pair.left),
        "right": _share(pair.right),
        "first": column_name(pair.left.column),
        "second": column_name(pair.right.column),
        "times": times_in_words(pair.times or 0) if pair.is_telling else "",
        "more": column_name(pair.more.column),
    }
    if ready == Ready.SIDES and words["times"]:
        return (
            _(
                "“%(row)s”: %(first)s %(left)s, %(second)s %(right)s; %(times)s as often under"
                " “%(more)s”."
            )
            % words
        )
    return _("“%(row)s”: %(first)s %(left)s, %(second)s %(right)s.") % words


def _share(cell: Shown) -> str:
    """A cell as the table shows it; counts say that they are some."""
    if cell.percent is not None:
        return percent_in_words(cell.percent)
    return _("%(count)s of %(base)s") % {"count": cell.text or "–", "base": str(cell.base)}


def _read(question: Question, answered: Answered, pair: Pair, here: str) -> dict[str, Any]:
    """The words of one row on either side, the newest first, and the way to all and back here."""
    return {
        "name": pair.row.node.heading,
        "sides": [_side(question, answered, pair, cell, here) for cell in (pair.left, pair.right)],
    }


def _side(
    question: Question, answered: Answered, pair: Pair, cell: Shown, here: str
) -> dict[str, Any]:
    node = pair.row.node
    found = moments_behind(
        question.scheme, answered.tree, answered.specification, node, cell.column.key
    )
    rows = list(read_moments(found).order_by("-pk")[:READ])
    coded = coded_in(
        question.scheme, question.tree, question.member, [moment.pk for moment in rows]
    )
    query = question.form.query({"row": node.uid, "column": cell.column.word, "back": here})
    return {
        "name": column_name(cell.column),
        "share": _share(cell),
        "count": shown_number(int(cell.count)),
        "url": f"{question.url('verbatim_list')}?{query}" if cell.count else "",
        "verbatims": verbatims_of(rows, names=question.names, coded=coded),
    }
