"""The coding plans of the demo study: drawn as an admin does, and coded as far as they are."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from incidents.actions.numbering import change_facts
from incidents.models import Member, Moment, Study
from reports.actions.demo.building import uid_of
from reports.demo.four_regions.planning import (
    EVERY,
    FIRST_DUE_IN,
    PLANS,
    SECOND_THOUGHTS,
    CodingPlan,
)
from reports.demo.four_regions.plans import AnswerPlan, PartPlan, StoryPlan
from taxonomy.actions.bringing import Brought, bring_assigned_codings
from taxonomy.actions.coding import code_moment, put_aside
from taxonomy.actions.drawing import make_plan
from taxonomy.actions.planning import lock_batch
from taxonomy.choices import AssignmentState, BatchKind, BatchState
from taxonomy.models import Assignment, Batch, Category, Plan, Scheme
from taxonomy.queries.drawing import Asked

AT_ONCE = 150  # answers; with their settlements they stay under a thousand rows
Parts = Mapping[int, PartPlan]  # by the key of their moment


def plan_and_code(
    *,
    study: Study,
    admin: Member,
    coders: Sequence[Member],
    parts: Parts,
    coded_at: dt.datetime,
) -> None:
    """Draw the plans of the study, and code what is coded of them; leaves out what is there."""
    for asked in PLANS:
        scheme = Scheme.objects.select_related("study").get(study=study, slug=asked.scheme)
        _Planning(scheme, admin, coders, parts, asked).run(coded_at)


def parts_of(study: Study, stories: Sequence[StoryPlan]) -> Parts:
    """The planned moments of a study by the keys of those that were written."""
    told = {uid_of(study, "incident", story.number): story for story in stories}
    rows = Moment.objects.filter(incident__study=study)
    return {
        pk: told[uid].parts[position - 1]
        for pk, uid, position in rows.values_list("pk", "incident__uid", "position")
    }


def brought(
    answer: AnswerPlan, *, moment: int, coder: Member, categories: Mapping[str, Category]
) -> Brought:
    """The coding that a planned answer is; what has a note is to be discussed."""
    return Brought(
        moment=moment,
        coder=coder,
        category=categories[answer.category] if answer.category else None,
        unclassifiable=answer.reason,
        confidence=answer.confidence,
        note=answer.note,
        flagged=bool(answer.note),
    )


class _Planning:
    def __init__(
        self,
        scheme: Scheme,
        admin: Member,
        coders: Sequence[Member],
        parts: Parts,
        asked: CodingPlan,
    ) -> None:
        self._scheme, self._admin, self._coders = scheme, admin, coders
        self._parts, self._asked = parts, asked
        self._numbers = {coder.pk: number for number, coder in enumerate(coders)}
        self._categories = {row.code: row for row in Category.objects.filter(scheme=scheme)}

    def run(self, coded_at: dt.datetime) -> None:
        plan = Plan.objects.filter(scheme=self._scheme).first() or self._drawn()
        batches = list(plan.batches.order_by("name", "kind"))
        names = sorted({batch.name for batch in batches})[: self._asked.done]
        left = self._left([batch for batch in batches if batch.name == names[-1]])
        for batch in batches:
            if batch.name in names:
                batch.scheme = self._scheme
                self._code(batch, left, coded_at)
        if self._asked.locked:
            self._finish([batch for batch in batches if batch.kind == BatchKind.PLAN], left)

    def _drawn(self) -> Plan:
        return make_plan(
            scheme=self._scheme,
            asked=Asked(
                name=self._asked.name,
                coders=self._coders,
                each=len(self._coders),
                number=self._asked.several,
                portions=self._asked.portions,
                first_due=timezone.localdate() + dt.timedelta(days=FIRST_DUE_IN),
                every=EVERY,
                seed=self._asked.seed,
            ),
            by=self._admin,
        )

    def _left(self, batches: Sequence[Batch]) -> set[int]:
        """The assignments that the slow coder leaves: the last of the portion."""
        theirs = Assignment.objects.filter(
            batch__in=batches, coder=self._coders[self._asked.slow]
        ).order_by("-pk")
        if self._asked.locked:
            theirs = theirs.filter(sole=True)
        return set(theirs.values_list("pk", flat=True)[: self._asked.due])

    # -- Answering -----------------------------------------------------------------------------

    def _code(self, batch: Batch, left: set[int], coded_at: dt.datetime) -> None:
        open_ = batch.assignments.filter(state=AssignmentState.OPEN).order_by("pk")
        due = [row for row in open_ if row.pk not in left]
        for start in range(0, len(due), AT_ONCE):
            self._answer(batch, due[start : start + AT_ONCE], coded_at)

    @transaction.atomic
    def _answer(self, batch: Batch, due: Sequence[Assignment], coded_at: dt.datetime) -> None:
        seq = change_facts(self._scheme.study)
        answers = [
            brought(
                self._parts[one.moment_id].answers[self._asked.scheme][self._numbers[one.coder_id]],
                moment=one.moment_id,
                coder=self._coders[self._numbers[one.coder_id]],
                categories=self._categories,
            )
            for one in due
        ]
        bring_assigned_codings(batch=batch, brought=answers, seq=seq, done_at=coded_at)

    # -- The end -------------------------------------------------------------------------------

    def _finish(self, batches: Sequence[Batch], left: set[int]) -> None:
        for assignment in Assignment.objects.filter(pk__in=left).select_related(
            "batch__scheme__study", "coder"
        ):
            put_aside(assignment=assignment, by=assignment.coder)
        open_ = [batch for batch in batches if batch.state == BatchState.OPEN]
        for assignment, answer in self._second_thoughts(batches):
            if assignment.batch in open_:
                self._think_again(assignment, answer)
        for batch in open_:
            lock_batch(batch=batch, by=self._admin)

    def _second_thoughts(self, batches: Sequence[Batch]) -> list[tuple[Assignment, AnswerPlan]]:
        rows = Assignment.objects.filter(batch__in=batches).order_by("pk")
        return list(self._thoughts(rows.select_related("batch__scheme__study")))[:SECOND_THOUGHTS]

    def _thoughts(self, rows: Iterable[Assignment]) -> Iterator[tuple[Assignment, AnswerPlan]]:
        for one in rows:
            second = self._parts[one.moment_id].second
            if second and second.coder == self._numbers[one.coder_id]:
                yield one, second

    def _think_again(self, assignment: Assignment, answer: AnswerPlan) -> None:
        code_moment(
            assignment=assignment,
            by=self._coders[answer.coder],
            uid=uid_of(self._scheme.study, "second thought", assignment.moment_id),
            category=self._categories[answer.category],
            confidence=answer.confidence,
        )
