"""The time machine: a table of a past moment beside the one of today."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from incidents.http import Request
from incidents.models import Study
from incidents.paging import shown_number
from incidents.queries.numbers import known_since, number_at, time_of
from reports.forms.past import Ask, MomentForm
from reports.queries.captions import sentences_of
from reports.queries.run_words import shown_count
from reports.views.figures import EXPLAINED, column_name, notes_of, residual_name, total_of
from reports.views.past_rounds import RoundChoice, choice_at
from reports.views.questions import Question, page_of_nothing, question_of
from taxonomy.choices import Residual, Shares, Weight
from taxonomy.models import Category, Revision, Scheme
from taxonomy.queries.behind import BASE
from taxonomy.queries.history import steps_of
from taxonomy.queries.past import (
    MOST_AT_ONCE,
    began_at,
    is_counted_at_once,
    past_tree,
    revision_at,
    revision_numbered,
)
from taxonomy.queries.protection import tells_organizations
from taxonomy.queries.tables import Answered, answer
from taxonomy.tabulation.beside import BesideLine, beside
from taxonomy.tabulation.preview import Change
from taxonomy.tabulation.specification import Specification, SpecificationError

PAGE = "reports/table_past.html"
NAMED = 8  # of so many categories that came later the names are said


Moment = tuple[Revision, int | None, dt.datetime | None]


@dataclasses.dataclass(frozen=True)
class Past:
    """A table of a past moment; `today` is None where its round is not there any more.

    `number` is that of the data, None where they are today's; `at` when it was so, where known.
    """

    revision: Revision
    number: int | None
    at: dt.datetime | None
    asked: Question
    then: Answered
    today: Answered | None


@require_GET
def table_past(request: Request, slug: str, scheme: str) -> HttpResponse:
    """A table of a past moment, beside the one of today; without a moment, the question."""
    question = question_of(request, slug, scheme)
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return nothing
    moment = MomentForm(request.GET or None, scheme=question.scheme)
    status, answered = _answered(question, moment)
    frame = {
        "study": question.member.study,
        "scheme": question.scheme,
        "moment": moment,
        "reconstruction": question.reconstruction(),
        "unfolded": "filters" in request.GET,
    }
    return render(request, PAGE, {**frame, **answered}, status=status)


def _answered(question: Question, moment: MomentForm) -> tuple[int, dict[str, Any]]:
    if not moment.is_asked:
        return HTTPStatus.OK, _asking(choice_at(question))
    if not moment.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY, _asking(choice_at(question))
    try:
        found = _moment(question, moment)
    except SpecificationError as error:
        return HTTPStatus.UNPROCESSABLE_ENTITY, {
            **_asking(choice_at(question)),
            "refusal": str(error),
        }
    choice = choice_at(question, found[0].number)
    try:
        return HTTPStatus.OK, _shown(_past(choice, found), choice)
    except SpecificationError as error:
        return HTTPStatus.UNPROCESSABLE_ENTITY, {**_refused(choice), "refusal": str(error)}


def _asking(choice: RoundChoice) -> dict[str, Any]:
    return {"form": choice.form_of(choice.question), "table_url": choice.table_url()}


def _refused(choice: RoundChoice) -> dict[str, Any]:
    was_there = choice.chosen is not None and choice.chosen.then is not None
    return {**_asking(choice), "rounds_of_then": [] if was_there else choice.of_then()}


def _past(choice: RoundChoice, found: Moment) -> Past:
    """Answer the question as of the moment. Raises SpecificationError where there is no answer."""
    question, (revision, number, at) = choice.question, found
    if number is not None and not is_counted_at_once(question.member.study):
        raise SpecificationError(_too_large())
    tree = past_tree(question.scheme, revision.number)
    if not tree.rounds:
        raise SpecificationError(_("The scheme had no rounds then."))
    asked = question.under(tree, round=str(choice.position_then()))
    if not question.names and tells_organizations(asked.specified()):
        raise SpecificationError(_nameless())
    then = answer(
        question.scheme,
        _plainly(asked.specified()),
        names=question.names,
        tree=tree,
        revision=revision.number,
        number=number,
    )
    return Past(revision, number, at, asked, then, _today(choice, then))


def _plainly(asked: Specification) -> Specification:
    """The question of a table that can stand beside another: column per cent, without weights."""
    return dataclasses.replace(asked, subtotals=False, weight=Weight.NONE, shares=Shares.COLUMN)


def _moment(question: Question, moment: MomentForm) -> Moment:
    """The revision, the data's number where they are not today's, and when that was."""
    study, given = question.member.study, moment.cleaned_data
    number, at = given["number"], moment.when()
    if number is not None:
        at = time_of(study, number)
    revision = _revision(question, given["revision"], at, number)
    if given["ask"] != Ask.AS_WAS:
        return revision, None, None
    if number is None:
        at = at or revision.created_at
        number = number_at(study, at)
        at = min(at, timezone.now())  # a day that goes on is as of now
    if number is None:
        raise SpecificationError(_unknown(study))
    return revision, number, at


def _revision(
    question: Question, asked: int | None, at: dt.datetime | None, number: int | None
) -> Revision:
    if asked is not None:
        return revision_numbered(question.scheme, asked)
    if at is None and number is not None:
        raise SpecificationError(_("When this number was is not known; give the revision, too."))
    revision = revision_at(question.scheme, at) if at else None
    if revision is None:
        raise SpecificationError(_not_yet(question.scheme))
    return revision


def _not_yet(scheme: Scheme) -> str:
    began = began_at(scheme)
    if began is None:
        return _("The scheme was not there yet.")
    return _("The scheme was not there yet; it is there since %(time)s.") % {
        "time": _in_words(began, scheme.study)
    }


def _in_words(time: dt.datetime, study: Study) -> str:
    """A time on the clock of the study."""
    with timezone.override(study.time_zone):
        return date_format(timezone.localtime(time), "DATETIME_FORMAT")


def _nameless() -> str:
    return _(
        "Where the names of organizations are not shown, tables about them are those of today:"
        " two moments beside each other might tell of single people."
    )


def _too_large() -> str:
    return _(
        "As it was is counted from single moments, and only in studies of up to %(most)s incidents:"
        " a larger one would keep you waiting too long. Re-rolled is answered at once."
    ) % {"most": shown_number(MOST_AT_ONCE)}


def _unknown(study: Study) -> str:
    since = known_since(study)
    if since is None:
        return _("Of no day is it known which data there were. Give a revision and a data number.")
    return _(
        "Which data there were on a day is known from %(day)s on. For what was before, give"
        " a revision and a data number."
    ) % {"day": _in_words(since, study)}


def _today(choice: RoundChoice, then: Answered) -> Answered | None:
    """The same question asked of today's tree; None where it cannot be."""
    question, chosen = choice.question, choice.chosen
    if chosen is None or chosen.today is None:
        return None
    specification = dataclasses.replace(then.specification, round=chosen.today)
    try:
        return answer(question.scheme, specification, names=question.names, tree=question.tree)
    except SpecificationError:  # it filters by a category that is not there any more
        return None


# -- As the page draws it ---------------------------------------------------------------------


def _shown(past: Past, choice: RoundChoice) -> dict[str, Any]:
    then = past.then
    both = beside(then.table, (past.today or then).table)
    return {
        "form": choice.form_of(past.asked),
        "table_url": choice.table_url(),
        "step": steps_of([past.revision])[0],
        "then": then,
        "today": past.today,
        "columns": [column_name(column) for column in both.columns],
        "notes": _notes(past),
        "rows": both.rows,
        "lines": [_line(line) for line in (both.base, *both.residuals)],
        "changed": both.changed,
        "newer": _newer(then),
        "round_name": then.tree.rounds[then.specification.round],
        "basis": sentences_of(then.specification),
        "behind": _behind(past),
        "as_was": past.number is not None,
        "at": past.at,
        "data_seq": shown_number(then.data_seq),
        "total": shown_count(total_of(then.table)),
    }


def _notes(past: Past) -> list[str]:
    """What a reader should know; where both tables stand, which of them it is about."""
    then = notes_of(past.then)
    today = notes_of(past.today) if past.today else then
    of_then = [_("Then: %(note)s") % {"note": note} for note in then if note not in today]
    of_today = [_("Today: %(note)s") % {"note": note} for note in today if note not in then]
    return [*of_then, *of_today, *(note for note in then if note in today)]


def _behind(past: Past) -> dt.datetime | None:
    """When the figures of today were counted, if something has changed since."""
    shown = past.today if past.number is not None else past.today or past.then
    return None if shown is None or shown.fresh else shown.counted_at


@dataclasses.dataclass(frozen=True)
class PastLine:
    """The base or a residual line: its words, why it is there, its counts then and today."""

    kind: str
    label: str
    detail: str
    counts: Sequence[Change]


def _line(line: BesideLine) -> PastLine:
    counts = [Change(*map(shown_number, pair)) for pair in line.counts]
    if line.kind == BASE:
        return PastLine(BASE, _("Base"), "", counts)
    return PastLine(
        line.kind, residual_name(line.kind), str(EXPLAINED[Residual(line.kind)]), counts
    )


def _newer(then: Answered) -> str:
    """The names of the categories counted that came later."""
    rows = Category.objects.filter(pk__in=then.newer).order_by("round__position", "position", "pk")
    names = [_("“%(name)s”") % {"name": row.heading} for row in rows[:NAMED]]
    more = len(then.newer) - NAMED
    if more > 0:
        names.append(_("%(number)d more") % {"number": more})
    return ", ".join(names)
