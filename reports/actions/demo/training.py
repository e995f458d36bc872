"""The training set of the demo study, with its keys explained, and a coder who has it to do."""

from collections.abc import Iterator

from django.db import transaction

from incidents.actions.numbering import lock_study
from incidents.choices import IncidentState
from incidents.models import Member, Moment, Study
from reports.demo.four_regions import training as plan
from taxonomy.actions.training import add_moments, give_training, make_training_set, set_key
from taxonomy.models import Coding, Scheme, TrainingSet


@transaction.atomic
def train_newcomer(*, study: Study, admin: Member, newcomer: Member) -> None:
    """Make the set and give it to a coder, unless that was done."""
    lock_study(study.pk)
    scheme = Scheme.objects.select_related("study").get(study=study, slug=plan.SCHEME)
    if TrainingSet.objects.filter(scheme=scheme).exists():
        return
    training_set = make_training_set(scheme=scheme, name=plan.NAME, by=admin)
    chosen = list(_chosen(scheme, newcomer))
    add_moments(training_set=training_set, moments=[one.moment for one in chosen], by=admin)
    answers = {one.moment_id: one.category for one in chosen}
    for item in training_set.items.select_related("training_set__scheme__study"):
        category = answers[item.moment_id]
        if category:
            why = plan.EXPLANATIONS[category.code]
            set_key(item=item, by=admin, category=category, explanation=why)
    give_training(training_set=training_set, coder=newcomer, by=admin)


def _chosen(scheme: Scheme, newcomer: Member) -> Iterator[Coding]:
    """Answers of others, so many for each category; each category in its turn."""
    theirs = Moment.objects.filter(assignments__coder=newcomer, assignments__batch__scheme=scheme)
    given = Coding.objects.live().filter(
        scheme=scheme, moment__incident__state=IncidentState.ACCEPTED
    )
    others = given.exclude(moment__in=theirs).select_related("moment", "category__scheme")
    for place in range(plan.OF_EACH):
        for code in plan.EXPLANATIONS:
            yield others.filter(category__code=code).order_by("moment")[place]
