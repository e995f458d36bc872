"""What became of the disputes of the demo study: decided with a reason, one reopened, some left."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from incidents.actions.numbering import lock_study
from incidents.models import Member, Moment
from reports.actions.demo.building import uid_of
from reports.demo.four_regions import settling as plan
from reports.demo.four_regions.plans import StoryPlan
from taxonomy.actions.adjudicating import adjudicate, reopen
from taxonomy.choices import Unclassifiable
from taxonomy.models import Adjudication, Category, Coding, Scheme
from taxonomy.queries.disputes import can_be_decided


@transaction.atomic
def settle_disputes(*, scheme: Scheme, by: Member, stories: Sequence[StoryPlan]) -> None:
    """Decide the disputes of a scheme as its people did, unless that was done.

    It is there as a whole or not at all.
    """
    lock_study(scheme.study_id)
    if Adjudication.objects.filter(scheme=scheme).exists():
        return
    told = {uid_of(scheme.study, "incident", story.number): story for story in stories}
    disputes = can_be_decided(scheme).select_related("incident").order_by("pk")
    made = [
        _decide(moment, scheme, by, told[moment.incident.uid])
        for place, moment in enumerate(list(disputes))
        if not plan.left_open(place)
    ]
    reopen(adjudication=made[1], by=by, reason=plan.REOPENED)


def _decide(moment: Moment, scheme: Scheme, by: Member, story: StoryPlan) -> Adjudication:
    """For what was done, where somebody said so; else the moment says too little."""
    done = story.parts[moment.position - 1].behaviour
    category = Category.objects.get(scheme=scheme, code=done, exists=True)
    category.scheme = scheme
    given = Coding.objects.live().filter(scheme=scheme, moment=moment)
    how: dict[str, Any] = {"unclassifiable": Unclassifiable.TOO_LITTLE, "reason": plan.TOO_LITTLE}
    if given.filter(category=category).exists():
        how = {"category": category, "reason": plan.WHY[done[0]]}
    return adjudicate(moment=moment, scheme=scheme, by=by, **how)
