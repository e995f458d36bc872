"""What a study asks of an incident, and how much of it is screened by two."""

import dataclasses
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError, StaleError
from incidents.criteria import BY_CODE, OWN, Effect, effects_in
from incidents.models import Member, ScreeningPlan, Study, StudyCriterion
from incidents.queries.criteria import criteria_of

MOST_CRITERIA = 30
SEEDS = 1_000_000


@dataclasses.dataclass(frozen=True)
class Wanted:
    """How a criterion is to be; blank words mean those that every study knows."""

    code: str
    effect: str
    name: str = ""
    unmet: str = ""
    limit: int | None = None


@transaction.atomic
def choose_template(*, study: Study, template: str, by: Member, row_version: int) -> ScreeningPlan:
    """Let the known criteria do what a template says, whose words stay. Returns the plan.

    Raises
    ------
    StaleError
        Somebody changed the criteria or the plan since `row_version`.
    """
    plan = _take(study, row_version, template=template)
    _write_missing(study)
    for code, effect in effects_in(template).items():
        StudyCriterion.objects.filter(study=study, code=code).update(effect=effect)
    record_change(verb="choose_criteria", on=plan, study=study, by=by, template=template)
    return plan


@transaction.atomic
def change_criteria(
    *, study: Study, wanted: Sequence[Wanted], share: int, seed: int, by: Member, row_version: int
) -> ScreeningPlan:
    """Change what criteria do and say, and which share is screened by two. Returns the plan.

    Share and seed hold for verdicts from now on; what was drawn stays drawn.

    Raises
    ------
    StaleError
        Somebody changed the criteria or the plan since `row_version`.
    """
    plan = _take(study, row_version, share=share, seed=seed)
    _write_missing(study)
    for criterion in wanted:
        fields = {name: value for name, value in vars(criterion).items() if name != "code"}
        StudyCriterion.objects.filter(study=study, code=criterion.code).update(**fields)
    record_change(
        verb="change_criteria",
        on=plan,
        study=study,
        by=by,
        effects={criterion.code: criterion.effect for criterion in wanted},
        share=share,
        seed=seed,
    )
    return plan


@transaction.atomic
def add_criterion(
    *, study: Study, name: str, unmet: str, effect: str, by: Member
) -> StudyCriterion:
    """Add a criterion that only this study has, at the end. Returns it.

    Raises
    ------
    RefusedError
        The study has as many criteria as one page can hold.
    """
    lock_study(study.pk)
    _write_missing(study)
    own = StudyCriterion.objects.filter(study=study)
    if own.count() >= MOST_CRITERIA:
        raise RefusedError(_("A study has %(most)s criteria at most.") % {"most": MOST_CRITERIA})
    position = own.count()
    criterion = StudyCriterion.objects.create(
        study=study,
        code=f"{OWN}{position}",
        name=name,
        unmet=unmet,
        effect=effect,
        position=position,
    )
    record_change(
        verb="add_criterion", on=criterion, study=study, by=by, code=criterion.code, effect=effect
    )
    return criterion


def plan_of(study: Study) -> ScreeningPlan:
    """How a study screens; one that was not saved where nobody chose yet."""
    return ScreeningPlan.objects.filter(study=study).first() or ScreeningPlan(study=study)


def new_seed() -> int:
    """A seed nobody chose."""
    return secrets.randbelow(SEEDS)


def _take(study: Study, row_version: int, **fields: object) -> ScreeningPlan:
    """Change the plan if it is still as it was read; it stands for the criteria as a whole."""
    lock_study(study.pk)
    plan, _new = ScreeningPlan.objects.get_or_create(study=study, defaults={"seed": new_seed()})
    same = ScreeningPlan.objects.filter(pk=plan.pk, row_version=row_version)
    if not same.update(row_version=F("row_version") + 1, **fields):
        raise StaleError(_("Somebody else changed the criteria just now."))
    plan.refresh_from_db()
    return plan


def _write_missing(study: Study) -> None:
    """Give every known criterion a row, doing what it does now."""
    had = set(StudyCriterion.objects.filter(study=study).values_list("code", flat=True))
    StudyCriterion.objects.bulk_create(
        StudyCriterion(
            study=study,
            code=criterion.code,
            effect=Effect(criterion.effect),
            position=position,
        )
        for position, criterion in enumerate(criteria_of(study))
        if criterion.code not in had and criterion.code in BY_CODE
    )
