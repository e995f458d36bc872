"""Making a coding plan: moments drawn, dealt to coders and written as batches."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import StaleError
from incidents.actions.rows import write_rows
from incidents.models import Member, Study
from taxonomy.actions.planning import PlanRefused, check_coders
from taxonomy.choices import BatchKind, Hidden, Later
from taxonomy.models import Assignment, Batch, Plan, Scheme
from taxonomy.queries.coding import giving
from taxonomy.queries.drawing import Asked, Drawing, PortionLine, draw, draw_again


class PlanStale(StaleError):
    """What would be drawn is no longer what the preview showed."""


@transaction.atomic
def make_plan(
    *,
    scheme: Scheme,
    asked: Asked,
    by: Member | None,
    hides: Sequence[str] = tuple(Hidden.values),
    later: str = Later.WAIT,
    seen: str = "",
) -> Plan:
    """Draw from the moments that nobody has in the scheme, and give them out. Returns the plan.

    `seen` is the digest of the preview that was agreed to. With Later.WAIT nobody is given anything
    outside the plan from now on. Raises PlanStale where the preview showed something else, and
    PlanRefused where nothing can be drawn or somebody is no active coder of the study.
    """
    study = lock_study(scheme.study_id)  # nobody takes or gives one of the moments meanwhile
    _check(scheme, asked)
    drawing = draw(scheme, asked)
    _check_drawing(drawing, seen)
    plan = Plan.objects.create(
        scheme=scheme,
        name=asked.name,
        seed=asked.seed,
        drawing={"asked": asked.as_json(), "drawn": [drawing.as_json()]},
        hides=list(hides),
        later=later,
        made_by=by,
    )
    _give(plan, drawing)
    if later == Later.WAIT:
        giving(scheme).update(paused_at=timezone.now())
    _record("make_plan", plan, drawing, study, by=by)
    return plan


@transaction.atomic
def give_out(*, plan: Plan, asked: Asked, by: Member | None, seen: str = "") -> Plan:
    """Give out, by a plan, the moments that nobody has in its scheme by now. Returns the plan.

    Raises as `make_plan` does.
    """
    study = lock_study(plan.scheme.study_id)
    plan.refresh_from_db(fields=["drawing"])
    _check(plan.scheme, asked)
    drawing = draw_again(plan, asked)
    _check_drawing(drawing, seen)
    plan.drawing["drawn"].append(drawing.as_json())
    plan.save(update_fields=["drawing"])
    _give(plan, drawing)
    _record("give_out", plan, drawing, study, by=by)
    return plan


def _check(scheme: Scheme, asked: Asked) -> None:
    check_coders(scheme, {coder.pk for coder in asked.coders})
    if len(asked.coders) < asked.each:
        raise PlanRefused(
            _("The plan wants %(number)s coders for a moment, and there are not as many.")
            % {"number": asked.each}
        )


def _check_drawing(drawing: Drawing, seen: str) -> None:
    if not drawing.available:
        raise PlanRefused(
            _("There is nothing to give out: every accepted moment is with a coder already.")
        )
    if seen and seen != drawing.digest:
        raise PlanStale(_("Moments came or went since you looked. See what it would be now."))


def _give(plan: Plan, drawing: Drawing) -> None:
    """Write the batches and the assignments, the first portion as the newest batch.

    A portion has a batch of what several code and one of what is shared out; what coders are given
    goes through both as it was shuffled, so that nobody can tell which is which.
    """
    batches = Batch.objects.bulk_create(
        Batch(
            scheme=plan.scheme,
            plan=plan,
            name=portion.name,
            kind=kind,
            due_on=portion.due_on,
            majority=drawing.asked.majority and kind == BatchKind.PLAN,
        )
        for portion in reversed(drawing.portions)
        for kind in _kinds(portion)
    )
    by_portion = {(batch.name, batch.kind): batch.pk for batch in batches}
    write_rows(Assignment, _rows(drawing.portions, by_portion))


def _kinds(portion: PortionLine) -> list[BatchKind]:
    wanted = {BatchKind.SHARED: portion.single, BatchKind.PLAN: portion.several}
    return [kind for kind, number in wanted.items() if number]


def _rows(
    portions: Sequence[PortionLine], batches: dict[tuple[str, str], int]
) -> Iterator[dict[str, Any]]:
    for portion in portions:
        for one in portion.dealt:
            kind = BatchKind.PLAN if one.several else BatchKind.SHARED
            for coder in one.coders:
                yield {
                    "batch_id": batches[portion.name, kind],
                    "moment_id": one.moment,
                    "coder_id": coder,
                    "sole": not one.several,
                }


def _record(verb: str, plan: Plan, drawing: Drawing, study: Study, *, by: Member | None) -> None:
    record_change(
        verb=verb,
        on=plan,
        study=study,
        by=by,
        moments=drawing.available,
        overlap=drawing.several,
        coders=[str(coder.uid) for coder in drawing.asked.coders],
        portions=len(drawing.portions),
    )
