"""Rows of classification to test with: a scheme, its rounds and categories, who codes what."""

import factory
from factory.django import DjangoModelFactory

from taxonomy import models
from taxonomy.choices import BatchKind
from tests.factories import StudyFactory


class SchemeFactory(DjangoModelFactory):
    """A scheme of one round with its open batch; `categories=["one", "two"]` fills the round."""

    class Meta:
        model = models.Scheme
        skip_postgeneration_save = True

    study = factory.SubFactory(StudyFactory)
    slug = factory.Sequence("scheme-{}".format)
    name = factory.Sequence("Scheme {}".format)

    @factory.post_generation
    def batch(scheme, create, extracted, **kwargs):  # noqa: N805
        if extracted is not False:
            models.Batch.objects.create(scheme=scheme, name="Once", kind=BatchKind.ONCE)

    @factory.post_generation
    def categories(scheme, create, extracted, **kwargs):  # noqa: N805
        round_ = RoundFactory(scheme=scheme)
        for name in extracted or ():
            CategoryFactory(scheme=scheme, round=round_, name=name)


class RoundFactory(DjangoModelFactory):
    class Meta:
        model = models.Round

    scheme = factory.SubFactory(SchemeFactory)
    position = factory.LazyAttribute(lambda round_: round_.scheme.rounds.count() + 1)
    name = factory.LazyAttribute(lambda round_: f"Round {round_.position}")
    exists = True


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = models.Category

    round = factory.SubFactory(RoundFactory)
    scheme = factory.SelfAttribute("round.scheme")
    position = factory.Sequence(int)
    name = factory.Sequence("Category {}".format)
    exists = True


class AssignmentFactory(DjangoModelFactory):
    """A moment given to a coder in the scheme's open batch."""

    class Meta:
        model = models.Assignment

    class Params:
        scheme = None

    batch = factory.LazyAttribute(lambda assignment: assignment.scheme.batches.get())
    sole = True


class SortFactory(DjangoModelFactory):
    """A sort of these `categories` by these `members`; nobody has begun."""

    class Meta:
        model = models.Sort
        skip_postgeneration_save = True

    scheme = factory.SubFactory(SchemeFactory)
    round = factory.LazyAttribute(lambda sort: sort.scheme.rounds.get(position=1))
    name = factory.Sequence("Sort {}".format)

    @factory.post_generation
    def categories(sort, create, extracted, **kwargs):  # noqa: N805
        for position, name in enumerate(extracted or (), 1):
            category = CategoryFactory(round=sort.round, name=name)
            models.SortItem.objects.create(sort=sort, position=position, category=category)

    @factory.post_generation
    def members(sort, create, extracted, **kwargs):  # noqa: N805
        for member in extracted or ():
            models.Sorter.objects.create(sort=sort, member=member)
