"""The pages of training: sets for admins, practice for coders, and what came of it."""

import pytest
from django.urls import reverse

from incidents.choices import IncidentState, RoleName
from incidents.models import Incident, IncidentVersion
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.coding import assignments_ahead, put_aside, take_next_assignment
from taxonomy.actions.training import finish_training, take_out
from taxonomy.choices import BatchKind, BatchState
from taxonomy.models import Training, TrainingItem, TrainingSet
from taxonomy.queries.training import items_of, offered_to
from taxonomy.queries.training_results import percents_of, result_of
from taxonomy.queries.trees import tree_of
from tests.factories import MemberFactory
from tests.taxonomy.factories import AssignmentFactory
from tests.taxonomy.planning_world import coders_in, moments_in, scheme_to_code
from tests.taxonomy.training_world import admin_of, answer, answer_all, category, give, set_of


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def newcomer(scheme):
    return coders_in(scheme, 1)[0]


@pytest.fixture
def admin(scheme):
    return admin_of(scheme)


@pytest.fixture
def moments(scheme):
    return moments_in(scheme, 4)


@pytest.fixture
def complete(scheme, moments):
    return set_of(scheme, moments, ["Listening", "Waiting", "Listening", "Waiting"])


@pytest.fixture
def training(complete, newcomer):
    return give(complete, newcomer)


@pytest.fixture
def finished(training, newcomer):
    answer_all(training, ["Listening", "Listening", "Listening", "Waiting"])
    return finish_training(training=training, by=newcomer)


def address(name, scheme, *uids):
    return reverse(f"taxonomy:{name}", args=[scheme.study.slug, scheme.slug, *uids])


def of_set(name, training_set, *uids):
    return address(name, training_set.scheme, training_set.uid, *uids)


def text_of(response):
    return " ".join(response.text.split())


# -- Sets --------------------------------------------------------------------------------------


def test_an_admin_makes_a_set_and_goes_on_to_its_moments(client, scheme, admin, moments):
    client.force_login(admin.user)

    response = client.post(address("training_set_create", scheme), {"name": "First"})

    made = TrainingSet.objects.get()
    assert response.url == of_set("training_set_add", made)
    assert response.status_code == 302
    client.post(response.url, {"moment": [moments[0].uid, moments[2].uid]})
    assert [item.moment for item in items_of(made)] == [moments[0], moments[2]]
    again = client.post(address("training_set_create", scheme), {"name": "First"})
    assert again.status_code == 422


def test_moments_are_found_by_their_words(client, complete, admin, scheme):
    (other,) = moments_in(scheme, 1)
    Incident.objects.get(moments=other).version.__class__.objects.filter(
        incident__moments=other
    ).update(folded="a zebra at the till")
    client.force_login(admin.user)

    found = client.get(of_set("training_set_add", complete), {"q": "zebra"})
    none = client.get(of_set("training_set_add", complete), {"q": "giraffe"})

    assert [moment for moment, _path in found.context["moments"]] == [other]
    assert none.context["moments"] == []


def test_a_moment_without_a_headline_is_called_by_how_its_words_begin(client, admin, complete):
    others = moments_in(complete.scheme, 1)
    rows = IncidentVersion.objects.filter(
        incident__moments__in=[*others, items_of(complete)[0].moment]
    )
    rows.update(headline="", situation="The queue was long. " * 20)
    client.force_login(admin.user)

    for name in ("training_set_show", "training_set_add"):
        page = client.get(of_set(name, complete)).text
        assert "The queue was long." in page
        assert "Without a headline" not in page


def test_keeping_a_key_leads_to_the_next_without_one(client, scheme, admin, moments):
    made = set_of(scheme, moments[:2], ["", ""])
    first, second = items_of(made)
    client.force_login(admin.user)
    key = {"category": category(scheme, "Waiting").uid, "explanation": "It took an hour."}

    response = client.post(of_set("training_item_key", made, first.uid), key)

    assert response.url == of_set("training_item_key", made, second.uid)
    first.refresh_from_db()
    assert (first.category.name, first.explanation) == ("Waiting", "It took an hour.")
    last = client.post(of_set("training_item_key", made, second.uid), {"unclassifiable": "other"})
    assert last.url == of_set("training_set_show", made)


def test_where_all_have_keys_one_goes_on_from_each_to_the_next(client, complete, admin):
    first, second, *_between, last = items_of(complete)
    client.force_login(admin.user)
    key = {"category": first.category.uid, "explanation": "It took an hour."}

    kept = client.post(of_set("training_item_key", complete, first.uid), key)
    at_the_end = client.post(of_set("training_item_key", complete, last.uid), key)

    assert kept.url == of_set("training_item_key", complete, second.uid)
    assert at_the_end.url == of_set("training_set_show", complete)


def test_changing_a_key_says_whom_it_concerns(client, admin, complete, finished, newcomer):
    item = items_of(complete).first()
    client.force_login(admin.user)

    client.post(of_set("training_item_key", complete, item.uid), {"unclassifiable": "other"})
    page = client.get(of_set("training_set_show", complete))

    assert f"It concerns {newcomer.display_name}, who has coded this moment." in text_of(page)


def test_a_set_without_all_keys_says_how_many_are_missing(client, scheme, admin, moments):
    made = set_of(scheme, moments[:3], ["Listening", "", ""])
    client.force_login(admin.user)

    page = client.get(of_set("training_set_show", made))

    assert "2 moments have no key that a coder could give." in text_of(page)
    assert of_set("training_set_give", made) not in page.text


def test_a_set_is_given_to_coders_who_find_it_under_code(client, complete, admin, newcomer):
    client.force_login(admin.user)

    client.post(of_set("training_set_give", complete), {"to": [newcomer.uid]})

    training = Training.objects.get()
    assert (training.member, training.given_by) == (newcomer, admin)
    client.force_login(newcomer.user)
    page = client.get(reverse("taxonomy:coding_list", args=[complete.scheme.study.slug]))
    assert address("training_show", complete.scheme, training.uid) in page.text


def test_an_admin_who_codes_blind_sees_no_keys_and_changes_none(client, complete, moments):
    admin = admin_of(complete.scheme)
    admin.roles.create(name=RoleName.CODER)
    give(complete, admin)
    item = items_of(complete).first()
    client.force_login(admin.user)

    shown = client.get(of_set("training_set_show", complete))
    key = client.get(of_set("training_item_key", complete, item.uid))
    client.post(of_set("training_item_key", complete, item.uid), {"unclassifiable": "other"})
    client.post(of_set("training_item_take_out", complete, item.uid))

    item.refresh_from_db()
    assert (item.unclassifiable, item.taken_out_at) == ("", None)
    assert "Why Listening" not in shown.text + key.text
    assert "Waiting" not in shown.text + key.text


# -- Practice ----------------------------------------------------------------------------------


def test_a_coder_takes_an_offered_set_and_begins(client, complete, newcomer):
    client.force_login(newcomer.user)
    slug = complete.scheme.study.slug
    offered = client.get(reverse("taxonomy:coding_list", args=[slug]))
    take = reverse("taxonomy:training_take", args=[slug, complete.uid])

    response = client.post(take)

    assert take in offered.text
    assert response.url == address("coding_next", complete.scheme)
    assert Training.objects.get().member == newcomer


def test_before_the_end_neither_key_nor_explanation_is_seen(client, training, newcomer, moments):
    answer(training, moments[0], "Listening")
    client.force_login(newcomer.user)

    page = client.get(address("training_show", training.training_set.scheme, training.uid))

    assert "1 of 4" in text_of(page)
    assert "Why " not in page.text
    assert "result" not in page.context


def test_who_practises_reads_what_the_results_wait_for(client, training, newcomer, scheme):
    client.force_login(newcomer.user)
    outcomes = reverse("taxonomy:coding_outcomes", args=[scheme.study.slug])

    for page in (address("reliability_show", scheme), outcomes):
        assert "and what you practise is finished" in client.get(page).text


def test_after_the_last_answer_the_result_is_one_press_away(client, training, newcomer, scheme):
    scheme.batches.filter(kind=BatchKind.ONCE).update(state=BatchState.LOCKED)
    client.force_login(newcomer.user)
    finish = address("training_finish", scheme, training.uid)
    desk = address("coding_next", scheme)
    assert finish not in client.get(desk).text

    answer_all(training, ["Listening", "Listening", "Listening", "Waiting"])

    assert f'action="{finish}"' in client.get(desk).text
    client.post(finish)
    assert finish not in client.get(desk).text


def test_practice_comes_before_other_work_and_then_its_result(client, complete, newcomer, scheme):
    once = scheme.batches.get(kind=BatchKind.ONCE)
    (other,) = moments_in(scheme, 1)
    waiting = AssignmentFactory(batch=once, moment=other, coder=newcomer)  # given earlier
    training = give(complete, newcomer)
    client.force_login(newcomer.user)
    desk = address("coding_next", scheme)
    last = training.batch.assignments.order_by("pk").last()

    for row in training.batch.assignments.order_by("pk"):
        shown = client.get(desk).context["shown"].assignment
        assert shown == row
        ahead = assignments_ahead(coder=newcomer, scheme=scheme, held=[shown.uid])
        assert waiting not in ahead
        assert bool(ahead) == (row != last)
        answer(training, row.moment, "Listening")

    page = client.get(desk)
    assert page.context["shown"] is None
    assert "All of the practice is answered" in page.text
    finished = client.post(address("training_finish", scheme, training.uid), follow=True)
    assert f'href="{desk}"' in finished.text
    assert client.get(desk).context["shown"].assignment == waiting


def test_what_is_put_aside_of_practice_comes_before_other_work(client, training, newcomer, scheme):
    moments_in(scheme, 1)  # for whoever asks next
    first, *others = training.batch.assignments.order_by("pk")
    put_aside(assignment=first, by=newcomer)
    for row in others:
        answer(training, row.moment, "Listening")

    assert take_next_assignment(coder=newcomer, scheme=scheme) == first


def test_a_set_with_nothing_new_to_a_coder_is_not_offered(client, complete, newcomer, moments):
    once = complete.scheme.batches.get(kind=BatchKind.ONCE)
    for moment in moments[1:]:
        AssignmentFactory(batch=once, moment=moment, coder=newcomer)
    assert offered_to(newcomer) == [complete]

    AssignmentFactory(batch=once, moment=moments[0], coder=newcomer)

    assert offered_to(newcomer) == []


def test_giving_a_set_says_who_has_only_part_of_it(client, complete, admin, newcomer, moments):
    once = complete.scheme.batches.get(kind=BatchKind.ONCE)
    AssignmentFactory(batch=once, moment=moments[0], coder=newcomer)
    other = coders_in(complete.scheme, 2)[1]
    client.force_login(admin.user)

    page = client.post(
        of_set("training_set_give", complete), {"to": [newcomer.uid, other.uid]}, follow=True
    )

    said = [str(message) for message in page.context["messages"]]
    assert said == [
        f"{other}: the set is under Code.",
        f"{newcomer}: 3 of 4 moments are under Code, the others not again.",
    ]


def test_the_newcomer_finishes_and_sees_every_miss(client, training, newcomer, moments):
    answer_all(training, ["Listening", "Listening", "Listening", "Waiting"])
    scheme = training.training_set.scheme
    client.force_login(newcomer.user)

    response = client.post(address("training_finish", scheme, training.uid), follow=True)

    page = text_of(response)
    assert "75%" in page
    assert "0.50" in page  # kappa
    assert "Why Waiting" in page
    (missed,) = response.context["judged"]
    assert (missed.key, missed.answer) == ("Waiting", "Listening")
    assert missed.told.headline == moments[1].incident.version.headline


def test_nobody_else_sees_a_result(client, finished, scheme):
    where = address("training_show", scheme, finished.uid)
    others = [[RoleName.CODER], [RoleName.ANALYST], [RoleName.INTERVIEWER]]

    for roles in others:
        client.force_login(MemberFactory(study=scheme.study, roles=roles).user)
        assert client.get(where).status_code in {403, 404}
    client.force_login(admin_of(scheme).user)
    assert "75%" in text_of(client.get(where))


def test_an_admin_ends_what_nobody_goes_on_with(client, training, admin, newcomer):
    newcomer.roles.all().delete()
    client.force_login(admin.user)
    where = address("training_show", training.training_set.scheme, training.uid)
    assert "codes no longer" in client.get(where).text

    client.post(address("training_end", training.training_set.scheme, training.uid))

    assert not Training.objects.exists()


# -- What came of it ---------------------------------------------------------------------------


def test_a_result_has_agreement_kappa_and_alpha_with_n_and_k(finished):
    result = result_of(finished)

    (line,) = result.rounds
    assert (line.figures.n, line.k, line.percent) == (4, 3, "75%")
    assert line.figures.kappa == pytest.approx(0.5)
    assert line.figures.alpha == pytest.approx(1 - 0.25 * 8 * 7 / 30)
    worst = result.categories[0]
    assert (worst.key, worst.right, worst.total) == ("Waiting", 1, 2)
    assert worst.instead == [("Listening", 1)]


def test_a_result_follows_merges(finished, scheme):
    merge_categories(
        categories=[category(scheme, "Waiting")], into=category(scheme, "Listening"), by=None
    )

    result = result_of(finished)

    assert result.missed == []
    assert (result.rounds[0].figures.percent, result.rounds[0].figures.kappa) == (1, None)


def test_a_withdrawn_incident_is_left_out_and_one_taken_out_stays(finished, complete, moments):
    take_out(item=TrainingItem.objects.get(moment=moments[0]), by=None)
    Incident.objects.filter(moments=moments[1]).update(state=IncidentState.WITHDRAWN)

    result = result_of(finished)

    assert (result.n, result.left_out, result.missed) == (3, 1, [])
    assert moments[0] in [one.coding.moment for one in result.right]


def test_no_reason_why_not_is_better_than_another(scheme, newcomer, moments):
    made = set_of(scheme, moments[:1], [""])
    TrainingItem.objects.update(unclassifiable="other")
    training = give(made, newcomer)
    answer(training, moments[0], unclassifiable="too_little")

    result = result_of(finish_training(training=training, by=newcomer))

    assert [one.is_right for one in result.right] == [True]


def test_the_figures_of_many_are_computed_without_their_words(
    finished, scheme, django_assert_num_queries
):
    tree = tree_of(scheme)

    with django_assert_num_queries(2) as asked:
        assert percents_of([finished], tree) == {finished.pk: "75%"}

    assert not [query for query in asked if "situation" in query["sql"]]


@pytest.mark.parametrize("number", [1, 4])
def test_lists_take_the_same_queries_for_any_number(
    client, scheme, admin, number, django_assert_num_queries
):
    moments = moments_in(scheme, number)
    sets = [set_of(scheme, moments, ["Waiting"] * number, name=f"Set {n}") for n in range(number)]
    for coder in coders_in(scheme, number):
        training = give(sets[0], coder)
        answer_all(training, ["Listening"] * number)
        finish_training(training=training, by=coder)
    client.force_login(admin.user)
    where = address("training_show", scheme, Training.objects.first().uid)

    pages = {
        address("training_set_list", scheme): 10,
        of_set("training_set_show", sets[0]): 22,
        of_set("training_set_add", sets[0]): 20,
        where: 13,
    }
    for page, queries in pages.items():
        with django_assert_num_queries(queries, info=page):
            assert client.get(page).status_code == 200
