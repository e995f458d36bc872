"""Saturation and participation: counted the long way on random studies, and as the page shows."""

import re
from collections import Counter
from types import SimpleNamespace

import pytest
from django.urls import reverse

from incidents.choices import IncidentState, RoleName
from incidents.jobs import run_now
from incidents.models import Change, Incident, Interview, Job, Moment, Respondent
from taxonomy.actions.agreeing import take_over_piles
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.revisions import undo
from taxonomy.actions.saturating import COUNT_SATURATION
from taxonomy.actions.sorting import finish_sorting, put_on_pile, start_sort_of_moments
from taxonomy.choices import BatchKind, Outcome
from taxonomy.models import AgreementReport, Assignment, Batch, Category, Pile, Settlement
from taxonomy.queries import saturation
from taxonomy.queries.saturation import (
    Used,
    made_from_moments,
    participation_of,
    saturation_of,
)
from taxonomy.queries.trees import tree_of
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory, StudyFactory
from tests.taxonomy.brute_force import column_of, lines_of
from tests.taxonomy.random_study import make_random_study

pytestmark = pytest.mark.django_db


# -- Counted the long way ----------------------------------------------------------------------


def entered(scheme, level):
    """The moments that stand in a category of the round, in order of entry, with it."""
    lines = [line for line in lines_of(scheme, level) if isinstance(line[1], Category)]
    return sorted(lines, key=lambda line: (line[0].entered_seq, line[0].pk))


def firsts_of(keys):
    return sorted(keys.index(key) + 1 for key in set(keys))


@pytest.mark.parametrize("seed", [1, 2])
def test_both_equal_a_count_moment_by_moment(seed):
    scheme = make_random_study(seed, incidents=18)
    tree = tree_of(scheme)
    for level in (1, 2):
        lines = entered(scheme, level)
        assert lines
        check_saturation(saturation_of(scheme, tree, level, tree.nodes.keys()), lines)
        check_participation(participation_of(scheme, tree, level), lines)


def check_saturation(found, lines):
    keys = [category.pk for _moment, category in lines]
    counts = [keys.count(key) for key in set(keys)]
    richness = found.richness
    assert list(found.firsts) == firsts_of(keys)
    assert (richness.moments, richness.categories) == (len(keys), len(counts))
    assert (richness.once, richness.twice) == (counts.count(1), counts.count(2))
    assert sum(region.richness.moments for region in found.regions) == len(keys)
    for region in found.regions:
        there = [c.pk for moment, c in lines if column_of(moment, "region") == region.name]
        assert (region.richness.moments, region.new) == (len(there), len(set(there)))
        assert region.richness.once == sum(there.count(key) == 1 for key in set(there))


def check_participation(found, lines):
    pairs = {(category.pk, moment.incident.interview_id) for moment, category in lines}
    assert found.interviews == len({interview for _key, interview in pairs})
    assert found.by_category == Counter(key for key, _interview in pairs)


def test_what_was_given_in_advance_counts_as_moments_only():
    scheme = make_random_study(1, incidents=18)
    tree, keys = tree_of(scheme), [category.pk for _moment, category in entered(scheme, 1)]
    seen = sorted(set(keys))
    made = {key for key in tree.nodes if tree.canonical(key).key in seen[:2]}

    found = saturation_of(scheme, tree, 1, made)

    assert [node.key for node in found.made] == [n.key for n in tree.rows(1) if n.key in seen[:2]]
    assert list(found.firsts) == sorted(keys.index(key) + 1 for key in seen[:2])
    assert (found.richness.moments, found.richness.categories) == (len(keys), 2)
    assert found.expected[len(keys)].mean == pytest.approx(2)


# -- A scheme made by sorting moments ----------------------------------------------------------


@pytest.fixture
def world():
    """Three incidents sorted by Ann into two piles, which became the only categories."""
    study = StudyFactory()
    admin, ann, bob = (
        MemberFactory(study=study, roles=[role])
        for role in (RoleName.ADMIN, RoleName.CODER, RoleName.ANALYST)
    )
    scheme = start_scheme(
        study=study, slug="s", name="S", rounds=[{"position": 1, "name": "Fine"}], by=admin
    )
    for headline in ("late bus", "lost bag", "late train"):
        IncidentFactory(study=study, words={"headline": headline})
    world = SimpleNamespace(study=study, admin=admin, ann=ann, bob=bob, scheme=scheme)
    world.sort = sort_moments(world)
    return world


def sort_moments(world):
    sort = start_sort_of_moments(
        scheme=world.scheme, members=[world.ann, world.bob], name="Open", number=9, by=world.admin
    )
    mine, other = sort.sorters.select_related("sort__scheme__study", "member").order_by("member")
    for item in sort.items.all():
        name = "Waiting" if "late" in item.heading else "Luggage"
        put_on_pile(sorter=mine, item=item, to=name, by=world.ann)
        put_on_pile(sorter=other, item=item, to="All", by=world.bob)
    for sorter in (mine, other):
        finish_sorting(sorter=sorter, by=sorter.member)
    sort.refresh_from_db()
    return sort


def take(world, *names):
    piles = Pile.objects.filter(sorter__sort=world.sort, name__in=names)
    return take_over_piles(
        sort=world.sort, chosen=[(pile, pile.name) for pile in piles], by=world.admin
    )


def settle_in(world, name, *moments):
    category = Category.objects.get(scheme=world.scheme, name=name, merged_into=None)
    Settlement.objects.bulk_create(
        Settlement(
            scheme=world.scheme,
            moment=moment,
            outcome=Outcome.SINGLE,
            category=category,
            from_seq=1,
        )
        for moment in moments
    )


def moments(world):
    return list(Moment.objects.filter(incident__study=world.study).order_by("pk"))


def made(world):
    tree = tree_of(world.scheme)
    return {tree.nodes[key].name for key in made_from_moments(world.scheme, tree)}


def add(world, name):
    level = world.scheme.rounds.get()
    level.scheme = world.scheme
    add_category(round=level, name=name, by=world.admin)


def test_a_scheme_without_a_sorting_of_moments_was_given(world):
    add(world, "Known")

    assert made(world) == set()


def test_what_was_sorted_and_what_came_after_it_is_made_from_moments(world):
    add(world, "Known")
    take(world, "Waiting", "Luggage")
    add(world, "Later")

    assert made(world) == {"Waiting", "Luggage", "Later"}


def test_a_pile_put_into_a_category_that_stood_there_makes_it_no_new_one(world):
    add(world, "Waiting")
    take(world, "Waiting", "Luggage")

    assert made(world) == {"Luggage"}


def test_what_was_taken_over_and_taken_back_was_not_made(world):
    undo(revision=take(world, "Waiting"), by=world.admin)

    assert made(world) == set()


def test_what_is_merged_with_a_given_category_was_given(world):
    add(world, "Known")
    take(world, "Waiting", "Luggage")
    names = {row.name: row for row in Category.objects.filter(scheme=world.scheme)}
    merge_categories(categories=[names["Known"]], into=names["Luggage"], by=world.admin)
    tree = tree_of(world.scheme)

    found = saturation_of(world.scheme, tree, 1, made_from_moments(world.scheme, tree))

    assert [node.name for node in found.made] == ["Waiting"]
    assert [node.name for node in found.given] == ["Luggage"]


def test_entry_is_the_order_in_which_moments_began_to_count(world):
    take(world, "Waiting", "Luggage")
    late, lost, train = moments(world)
    settle_in(world, "Waiting", late, train)
    settle_in(world, "Luggage", lost)
    Moment.objects.filter(pk=late.pk).update(entered_seq=10_000)  # came back
    Moment.objects.filter(pk=lost.pk).update(entered_seq=10_000)
    tree = tree_of(world.scheme)

    found = saturation_of(world.scheme, tree, 1, tree.nodes.keys())

    assert list(found.firsts) == [1, 3]  # the train, the late bus, the lost bag


def test_of_a_codebook_is_said_what_is_used(world):
    for name in ("Known", "Unknown", "Retired"):
        add(world, name)
    Category.objects.filter(name="Retired").update(retired=True)
    settle_in(world, "Known", moments(world)[0])
    tree = tree_of(world.scheme)

    found = saturation_of(world.scheme, tree, 1, frozenset())

    unused = [node for node in tree.rows(1) if node.name == "Unknown"]
    assert found == Used(moments=1, used=1, offered=2, unused=unused)


# -- The page ----------------------------------------------------------------------------------


def page(client, world, who, query="", **headers):
    client.force_login(who.user)
    address = reverse("taxonomy:saturation_show", args=[world.study.slug, world.scheme.slug])
    answer = client.get(f"{address}{query}", headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def fill(world, number):
    """So many further incidents in half as many interviews, all in Waiting, the last in Luggage."""
    talks = InterviewFactory.create_batch(max(number // 2, 1), study=world.study)
    for at in range(number):
        IncidentFactory(study=world.study, interview=talks[at % len(talks)])
    *most, last = moments(world)
    settle_in(world, "Waiting", *most)
    settle_in(world, "Luggage", last)


def test_an_analyst_reads_curve_rule_regions_and_participation(client, world):
    take(world, "Waiting", "Luggage")
    fill(world, 100)

    text = page(client, world, world.bob)

    assert "In the last 100 moments 1 new category appeared" in text
    assert text.count('<svg class="saturation-svg') == 2
    assert re.search(r'>1–100</th> <td class="num">1</td> <td class="num">1[.]0</td>', text)
    assert re.search(r'>101–103</th> <td class="num">1</td> <td class="num">–</td>', text)
    assert "1 once (f1), 0 twice (f2)" in text
    assert "99.0%" in text
    assert "of the 53 interviews" in text
    assert re.search(r'data-label="Interviews">53 of 53</td>', text)
    assert re.search(r'data-label="Interviews">1 of 53</td>', text)
    assert "To 1 of 2 categories at least 25% do" in text
    luggage = Category.objects.get(name="Luggage").uid
    [behind] = re.findall(rf'"([^"]*/verbatims/[?]round=1&amp;row={luggage}[^"]*)"', text)
    shown = client.get(behind.replace("&amp;", "&")).context
    assert "/saturation/?" in shown["back_url"]
    assert (shown["count"], shown["back_label"]) == ("1", "Back to saturation")


def test_fewer_than_a_hundred_moments_are_said(client, world):
    take(world, "Waiting", "Luggage")
    fill(world, 2)

    assert "There are 5 moments so far." in page(client, world, world.bob)


def test_a_codebook_is_not_applicable_and_says_what_is_unused(client, world):
    add(world, "Known")
    add(world, "Unknown")
    settle_in(world, "Known", moments(world)[0])

    text = page(client, world, world.admin)

    assert "Not applicable" in text
    assert "These categories were there before the incidents" in text
    assert "1 of 2 categories of this round are used (50%)" in text
    assert "1 category is not used" in text
    assert "saturation-svg" not in text


def test_given_categories_of_a_mixed_scheme_are_named_as_such(client, world):
    add(world, "Known")
    take(world, "Waiting", "Luggage")
    fill(world, 2)

    text = page(client, world, world.bob)

    assert "2 categories of this round were made by sorting moments, or later" in text
    assert "1 was given in advance" in text


def test_without_a_settled_moment_the_page_says_so(client, world):
    take(world, "Waiting", "Luggage")

    assert "Nothing is settled yet" in page(client, world, world.bob)


def test_a_scheme_without_a_round_says_what_to_do(client, world):
    world.scheme.rounds.update(exists=False)

    assert "No rounds yet" in page(client, world, world.admin)


def test_who_codes_blindly_sees_nothing_of_it(client, world):
    take(world, "Waiting", "Luggage")
    fill(world, 2)
    assert "Luggage" in page(client, world, world.admin)
    batch = Batch.objects.create(scheme=world.scheme, name="B", kind=BatchKind.PLAN)
    Assignment.objects.create(batch=batch, moment=moments(world)[0], coder=world.admin)

    for headers in ({}, {"HX-Request": "true"}):
        text = page(client, world, world.admin, "?now=1", **headers)
        assert "Not yet for you" in text
        assert "Luggage" not in text


def test_where_nobody_knows_who_told_what_participation_is_not_known(client, world):
    take(world, "Waiting", "Luggage")
    fill(world, 2)
    Respondent.objects.update(implied=True)
    Interview.objects.update(implied=True, code="")

    text = page(client, world, world.bob)

    assert "Participation cannot be known" in text
    assert 'data-label="Interviews"' not in text


# -- A large study -----------------------------------------------------------------------------


@pytest.fixture
def large(world, monkeypatch):
    """Two categories made from moments, in a study too large to be counted for a page."""
    monkeypatch.setattr(saturation, "MANY", 2)
    take(world, "Waiting", "Luggage")
    fill(world, 2)
    return world


def ask(client, world, member):
    client.force_login(member.user)
    address = reverse("taxonomy:saturation_count", args=[world.study.slug, world.scheme.slug])
    return client.post(address, follow=True)


def count_now():
    job = run_now(Job.objects.filter(kind=COUNT_SATURATION).latest("pk"))
    assert job.state == "done", job.error


def test_a_large_study_is_counted_by_a_job_and_kept(
    client, large, monkeypatch, django_assert_num_queries
):
    assert "Not counted yet" in page(client, large, large.bob)
    waiting = ask(client, large, large.bob).text
    assert ("<progress" in waiting, "Not counted yet" in waiting) == (True, False)
    count_now()

    address = reverse("taxonomy:saturation_show", args=[large.study.slug, large.scheme.slug])
    with django_assert_num_queries(11) as asked:
        kept = client.get(address).text
    assert not any("taxonomy_settlement" in query["sql"] for query in asked)
    assert "has changed since" not in kept
    monkeypatch.setattr(saturation, "MANY", 20)
    assert figures_in(client.get(address).text) == figures_in(kept)


def figures_in(text):
    """The page without how it came to its figures."""
    begins = text.index('<section aria-labelledby="')
    return re.sub(r"\s+", " ", text[begins : text.index("</main>")])


def test_what_was_counted_stands_under_the_tree_of_its_revision(client, large):
    ask(client, large, large.bob)
    count_now()
    before = figures_in(page(client, large, large.bob))
    one, other = Category.objects.filter(scheme=large.scheme, merged_into=None)
    merge_categories(categories=[one], into=other, by=large.admin)

    after = page(client, large, large.bob)

    assert figures_in(after) == before
    assert "The study or the scheme has changed since." in after
    assert "Count again" in after
    ask(client, large, large.bob)
    count_now()
    again = page(client, large, large.bob)
    assert "has changed since" not in again
    assert figures_in(again) != before


def test_the_bar_tells_the_page_when_the_counts_are_there(client, large):
    ask(client, large, large.bob)
    address = reverse("taxonomy:saturation_show", args=[large.study.slug, large.scheme.slug])
    going_on = client.get(address, {"progress": 1})
    assert ("<progress" in going_on.text, "<html" in going_on.text) == (True, False)
    assert "HX-Trigger-After-Settle" not in going_on

    count_now()
    over = client.get(address, {"progress": 1})
    assert "The new figures are ready." in over.text
    assert "job-over" in over["HX-Trigger-After-Settle"]


def test_counts_that_wait_are_not_asked_for_twice(client, large):
    for _time in range(2):
        ask(client, large, large.bob)

    assert AgreementReport.objects.filter(question__about="saturation").count() == 1
    assert Change.objects.filter(verb="count_saturation", member=large.bob).count() == 1


def test_a_scheme_without_a_round_is_not_counted(client, world):
    scheme = start_scheme(study=world.study, slug="bare", name="Bare", by=world.admin)
    world.scheme = scheme

    assert "before the scheme has a round" in ask(client, world, world.admin).text
    assert not AgreementReport.objects.exists()


def test_categories_are_listed_by_share_or_as_in_the_scheme_page_by_page(
    client, world, monkeypatch
):
    monkeypatch.setattr("taxonomy.views.saturation.PAGE_SIZE", 1)
    take(world, "Waiting", "Luggage")
    fill(world, 4)
    Category.objects.filter(name="Luggage").update(position=0)

    def listed(query):
        text = page(client, world, world.bob, query)
        return re.findall(r'link-alone" href="[^"]*">(\w+)</a></th>', text)

    assert listed("") == ["Waiting"]
    assert listed("?page=2") == ["Luggage"]
    assert listed("?order=tree") == ["Luggage"]
    assert listed("?order=tree&page=2&round=nonsense") == ["Waiting"]
    assert listed("?page=x") == ["Waiting"]


def test_what_is_no_longer_accepted_does_not_count(client, world):
    take(world, "Waiting", "Luggage")
    fill(world, 2)
    Incident.objects.filter(version__headline="late bus").update(state=IncidentState.WITHDRAWN)

    assert "There are 4 moments so far." in page(client, world, world.bob)


@pytest.mark.parametrize("number", [1, 30])
def test_the_page_takes_the_same_queries_however_much_was_told(
    client, world, number, django_assert_num_queries
):
    take(world, "Waiting", "Luggage")
    fill(world, number)
    address = reverse("taxonomy:saturation_show", args=[world.study.slug, world.scheme.slug])
    client.force_login(world.bob.user)
    client.get(address)

    with django_assert_num_queries(14):
        client.get(address)
