"""What the database refuses of sorts, whoever asks."""

import pytest
from django.db import IntegrityError, transaction

from taxonomy.models import PairVerdict, Pile, Placement, Sort, SortAct, Sorter, SortItem
from tests.factories import IncidentFactory, MemberFactory
from tests.taxonomy.factories import SortFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sort():
    sort = SortFactory(categories=["Late", "Rude"])
    Sorter.objects.create(sort=sort, member=MemberFactory(study=sort.scheme.study))
    return sort


@pytest.fixture
def sorter(sort):
    return sort.sorters.get()


@pytest.fixture
def items(sort):
    return list(sort.items.all())


def refused(make, **fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make(**fields)


def test_a_sort_is_of_categories_or_of_moments(sort):
    refused(Sort.objects.create, scheme=sort.scheme, round=sort.round, name="x", of="words")


def test_a_thing_is_in_a_sort_once(sort, items):
    refused(SortItem.objects.create, sort=sort, position=3, category=items[0].category)
    moment = IncidentFactory(study=sort.scheme.study).moments.get()
    SortItem.objects.create(sort=sort, position=3, moment=moment)
    refused(SortItem.objects.create, sort=sort, position=4, moment=moment)


def test_what_is_sorted_is_a_category_or_a_moment(sort, items):
    refused(SortItem.objects.create, sort=sort, position=3)
    moment = IncidentFactory(study=sort.scheme.study).moments.get()
    refused(SortItem.objects.filter(pk=items[0].pk).update, moment=moment)


def test_a_member_sorts_once(sort, sorter):
    refused(Sorter.objects.create, sort=sort, member=sorter.member)


def test_the_machine_cuts_once_at_a_size(sort):
    Sorter.objects.create(sort=sort, groups=5)
    Sorter.objects.create(sort=sort, groups=3)
    refused(Sorter.objects.create, sort=sort, groups=5)


def test_a_sorter_is_a_member_or_the_machine(sort, sorter):
    refused(Sorter.objects.create, sort=sort)
    refused(Sorter.objects.filter(pk=sorter.pk).update, groups=5)


def test_the_piles_of_a_sorter_have_their_own_names_and_numbers(sorter):
    Pile.objects.create(sorter=sorter, position=1, name="Time")
    refused(Pile.objects.create, sorter=sorter, position=2, name="Time")
    refused(Pile.objects.create, sorter=sorter, position=1, name="Manners")


def test_a_thing_lies_in_one_pile_of_a_sorter(sorter, items):
    time, manners = (
        Pile.objects.create(sorter=sorter, position=n, name=name)
        for n, name in enumerate(("Time", "Manners"), 1)
    )
    Placement.objects.create(sorter=sorter, item=items[0], pile=time)
    refused(Placement.objects.create, sorter=sorter, item=items[0], pile=manners)


def test_a_step_has_its_own_number(sorter):
    SortAct.objects.create(sorter=sorter, number=1)
    refused(SortAct.objects.create, sorter=sorter, number=1)


def test_a_pair_is_settled_once_and_in_one_order(sort, items):
    first, second = items
    PairVerdict.objects.create(sort=sort, first=first, second=second, together=True)
    refused(PairVerdict.objects.create, sort=sort, first=first, second=second, together=False)
    refused(PairVerdict.objects.create, sort=sort, first=second, second=first, together=True)
