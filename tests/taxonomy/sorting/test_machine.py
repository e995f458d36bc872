"""The machine as one more sorter: asked for, computed by a job, marked, and seen by few."""

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from incidents import jobs
from incidents.choices import IncidentState, JobState, RoleName
from incidents.models import Change, Job
from taxonomy.actions import machine
from taxonomy.actions.machine import request_machine_sort
from taxonomy.actions.sorting import SortRefused, reopen_sort
from taxonomy.choices import BatchKind, Outcome
from taxonomy.models import Assignment, Batch, Category, Settlement, Sorter
from taxonomy.queries.clustering import clustering_of
from taxonomy.queries.sorts import made_in
from tests.factories import IncidentFactory, MemberFactory

pytestmark = pytest.mark.django_db
WORDS = {
    "Late": "the train was late and we waited at the platform",
    "Slow": "we waited for the late train on a cold platform",
    "Rude": "the clerk shouted and insulted my mother",
    "Cold": "the clerk insulted us and shouted again",
}


@pytest.fixture
def told(world, done):
    """One incident in each category; one that was withdrawn would part Late from Slow."""
    for name, words in WORDS.items():
        settle(world, name, words)
    settle(world, "Late", "shouted insulted mother " * 9, state=IncidentState.WITHDRAWN)
    return done


def settle(world, name, words, **fields):
    texts = {"headline": "", "situation": words, "note": "shouted note"}
    incident = IncidentFactory(study=world.study, words=texts, **fields)
    Settlement.objects.create(
        scheme=world.scheme,
        moment=incident.moments.get(),
        category=Category.objects.get(name=name, scheme=world.scheme),
        outcome=Outcome.SINGLE,
        from_seq=1,
    )


def propose(world, sort, *sizes):
    job = jobs.run_now(request_machine_sort(sort=sort, sizes=sizes, by=world.admin))
    assert job.state == JobState.DONE, job.error
    return job


def groups_of(sorter):
    found = {}
    for placement in sorter.placements.select_related("item__category", "pile"):
        found.setdefault(placement.pile.name, set()).add(placement.item.heading)
    return sorted(found.values(), key=min)


def url(sort, name="sort_results"):
    return reverse(f"taxonomy:{name}", args=[sort.scheme.study.slug, sort.scheme.slug, sort.uid])


def test_categories_are_grouped_by_the_words_of_accepted_incidents(world, told):
    propose(world, told, 2, 3)

    two, three = Sorter.objects.filter(member=None).order_by("groups")
    assert groups_of(two) == [{"Rude", "Cold"}, {"Late", "Slow"}]
    assert len(groups_of(three)) == 3
    assert all("note" not in pile.name for pile in two.piles.all())
    assert Change.objects.filter(verb="sort_by_words", object_uid=told.uid).exists()


def test_the_same_size_again_takes_the_place_of_the_earlier(world, told):
    propose(world, told, 2)
    propose(world, told, 2)

    assert Sorter.objects.filter(member=None).count() == 1


def test_what_waits_already_is_not_asked_for_twice(client, world, told):
    client.force_login(world.admin.user)

    for sizes in ("3, 2", "2, 3", "2"):
        client.post(url(told, "sort_machine"), {"sizes": sizes})

    asked = Job.objects.filter(kind="taxonomy.sort_by_words").order_by("pk")
    assert [job.args["sizes"] for job in asked.all()] == [[3, 2], [2]]
    for job in asked.all():
        assert jobs.run_now(job).state == JobState.DONE
    propose(world, told, 2)
    assert asked.count() == 3  # what was done is done anew


def test_what_was_told_of_merged_categories_counts_in_the_one_that_stands(world, told):
    category = Category.objects.get(name="Slow")
    category.merged_into = Category.objects.get(name="Rude")
    category.save(update_fields=["merged_into"])

    propose(world, told, 2)

    groups = groups_of(Sorter.objects.get(member=None))
    assert any({"Slow", "Rude"} <= group for group in groups)


def test_each_size_is_kept_by_itself(world, told, monkeypatch):
    def keep(sort, items, groups, vectors, size):
        if size == 2:
            raise OSError
        return kept(sort, items, groups, vectors, size)

    kept = machine._keep
    monkeypatch.setattr(machine, "_keep", keep)

    job = jobs.run_now(request_machine_sort(sort=told, sizes=[2, 3], by=world.admin))

    assert job.state == JobState.WAITING
    assert Sorter.objects.get(member=None).groups == 3
    assert Change.objects.filter(verb="sort_by_words").count() == 1
    monkeypatch.undo()
    Job.objects.update(run_after=Now())
    assert jobs.run_now(job).state == JobState.DONE
    assert Sorter.objects.filter(member=None).count() == 2


@pytest.mark.parametrize("sizes", [(), (1,), (4,), (2, 99), (2, 3, 2, 3, 2, 3, 0)])
def test_sizes_that_make_no_groups_are_refused(world, told, sizes):
    with pytest.raises(SortRefused, match="numbers of groups"):
        request_machine_sort(sort=told, sizes=sizes, by=world.admin)
    assert not Job.objects.filter(kind="taxonomy.sort_by_words").exists()


def test_nothing_is_proposed_while_people_sort(world, told):
    reopen_sort(sort=told, by=world.admin)

    with pytest.raises(SortRefused):
        request_machine_sort(sort=told, sizes=[2], by=world.admin)


def test_the_machine_counts_in_no_share_and_no_name(world, told):
    propose(world, told, 2)
    people = made_in(told, with_machine=False)

    assert [made.is_machine for made in made_in(told, with_machine=True)] == [False, False, True]
    found = clustering_of(told, people, linkage="average", groups=2)
    assert found.shares[0][1] == 0.5  # of two people, not of three


def test_the_page_marks_the_machine_and_says_how_weak_it_is(client, world, told):
    client.force_login(world.admin.user)
    client.post(url(told, "sort_machine"), {"sizes": "3, 2"})
    assert "Sorting categories by words" in client.get(url(told)).text
    jobs.run_now(Job.objects.get(kind="taxonomy.sort_by_words"))

    text = client.get(url(told)).text

    assert "Machine, 2 groups" in text
    assert "A weak suggestion" in text
    assert "platform" in text
    refused = client.post(url(told, "sort_machine"), {"sizes": "many"}, follow=True)
    assert "Write whole numbers" in refused.text


def test_who_does_not_see_results_sees_nothing_of_the_machine(client, world, told):
    propose(world, told, 2)
    analyst = MemberFactory(study=world.study, roles=[RoleName.ANALYST, RoleName.CODER])
    client.force_login(world.ann.user)  # a coder, who sorted
    assert "platform" not in client.get(url(told)).text
    client.force_login(analyst.user)
    assert "platform" in client.get(url(told)).text

    batch = Batch.objects.create(scheme=world.scheme, name="B", kind=BatchKind.PLAN)
    moment = IncidentFactory(study=world.study).moments.get()
    Assignment.objects.create(batch=batch, moment=moment, coder=analyst)

    text = client.get(url(told)).text
    assert "platform" not in text
    assert "Machine" not in text
    assert "dendrogram" in text  # what people made is not from codings
