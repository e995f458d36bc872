"""A scheme with a training set: its keys, its coders, what they answer."""

import uuid

from incidents.choices import RoleName
from taxonomy.actions.coding import code_moment
from taxonomy.actions.training import add_moments, give_training, make_training_set, set_key
from taxonomy.models import Assignment, Category
from tests.factories import MemberFactory


def category(scheme, name):
    return Category.objects.get(scheme=scheme, name=name, exists=True)


def admin_of(scheme, **fields):
    return MemberFactory(study=scheme.study, roles=[RoleName.ADMIN], **fields)


def set_of(scheme, moments, keys, *, by=None, name="First steps"):
    """A training set with a key for each moment: the name of a category, or none: not yet."""
    made = make_training_set(scheme=scheme, name=name, by=by)
    add_moments(training_set=made, moments=moments, by=by)
    for item, key in zip(made.items.order_by("position"), keys, strict=True):
        if key:
            right = category(scheme, key)
            set_key(item=item, by=by, category=right, explanation=f"Why {key}")
    return made


def give(training_set, coder):
    return give_training(training_set=training_set, coder=coder, by=None)


def answer(training, moment, name="", unclassifiable=""):
    row = Assignment.objects.select_related("batch__scheme__study", "coder").get(
        batch=training.batch_id, moment=moment
    )
    said = category(row.batch.scheme, name) if name else None
    return code_moment(
        assignment=row,
        by=row.coder,
        uid=uuid.uuid4(),
        category=said,
        unclassifiable=unclassifiable,
    )


def answer_all(training, names):
    """Answer in the order given."""
    rows = Assignment.objects.filter(batch=training.batch_id).order_by("pk")
    for row, name in zip(rows, names, strict=True):
        answer(training, row.moment, name)
