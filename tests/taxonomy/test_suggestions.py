"""A classifier of a scheme: trained by a job, shown on a page, offered on the coder's desk."""

import json
import re
import uuid
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState, JobState
from incidents.jobs import LeaseLost, execute, run_now
from incidents.models import Change, Incident, Job, StoredFile
from taxonomy.actions import suggesting
from taxonomy.actions.coding import code_moment
from taxonomy.actions.suggesting import (
    ask_training,
    look_at_doubt,
    offer_suggestions,
    remove_older,
)
from taxonomy.choices import BatchKind, Offered, Outcome, Purpose
from taxonomy.models import (
    Category,
    Classifier,
    Coding,
    Doubt,
    HeldIncident,
    Holdout,
    Scheme,
    Settlement,
    Suggestion,
)
from taxonomy.queries.answers import answers_of
from taxonomy.queries.suggestions import (
    classifier_of,
    model_of,
    offering_of,
    offers_for,
    settled_in,
    use_of,
)
from taxonomy.queries.trees import tree_of
from tests.factories import InterviewFactory, RespondentFactory
from tests.taxonomy.factories import AssignmentFactory, CategoryFactory, RoundFactory
from tests.taxonomy.suggested import WORDS, category_of, given, settled, train, world_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(suggesting, "FEWEST_MOMENTS", 20)


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Return a world that is made once; each test works in a savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield world_of()
        transaction.set_rollback(True)


@pytest.fixture
def world(built, db):
    built.scheme = Scheme.objects.select_related("study").get(pk=built.scheme.pk)
    built.study = built.scheme.study
    return built


@pytest.fixture
def trained(world):
    world.classifier = train(world)
    world.scheme.refresh_from_db()
    return world


def url(world, view="show", *more):
    return reverse(
        f"taxonomy:suggestions_{view}", args=[world.study.slug, world.scheme.slug, *more]
    )


def learned(world):
    rows = settled_in(world.scheme, tree_of(world.scheme))
    return set(rows.values_list("moment", flat=True))


def offer_of(world, assignment, **how):
    how.setdefault("is_blind", lambda: False)
    return offers_for(world.scheme, [assignment], **how).get(assignment.pk)


def named(offer):
    return [category.name for _key, category, _path in offer.categories]


# -- What is learned -------------------------------------------------------------------------------


def test_it_learns_from_what_is_settled_of_incidents_that_count_and_were_never_held_out(world):
    coarse = CategoryFactory(round=RoundFactory(scheme=world.scheme), name="Coarse")
    late = category_of(world, "Late")
    Category.objects.filter(pk=late.pk).update(parent=coarse)
    fine = learned(world)
    coarser = settled(world, "Late")
    Settlement.objects.filter(moment=coarser).update(category=coarse)
    withdrawn = settled(world, "Late")
    Incident.objects.filter(pk=withdrawn.incident_id).update(state=IncidentState.WITHDRAWN)
    disputed = settled(world, "Late")
    Settlement.objects.filter(moment=disputed).update(
        outcome=Outcome.IN_DISPUTE, category=None, contested=",1,2,"
    )
    closed = settled(world, "Late")
    Settlement.objects.filter(moment=closed).update(to_seq=9)
    released = settled(world, "Late")
    used = Holdout.objects.create(study=world.study, seed=1, released_at=timezone.now())
    HeldIncident.objects.create(holdout=used, incident=released.incident)
    unused = settled(world, "Late")
    void = Holdout.objects.create(study=world.study, seed=1, taken_back_at=timezone.now())
    HeldIncident.objects.create(holdout=void, incident=unused.incident)

    assert len(fine) == 24
    assert learned(world) == fine | {unused.pk}


def test_a_job_trains_it_and_keeps_how_it_did(world, settings):
    classifier = train(world)

    report = classifier.report
    assert (report["moments"], report["first"], report["third"]) == (24, 24, 24)
    assert (report["settled"], report["commonest"], report["doubts"]) == (24, 6, 0)
    assert {row["category"] for row in report["categories"]} == {
        str(category_of(world, name).uid) for name in WORDS
    }
    assert classifier.trained_at is not None
    assert classifier.data_seq == world.study.data_seq
    assert (Path(settings.FILES_DIR) / classifier.file).is_file()
    assert StoredFile.objects.get().path == classifier.file
    assert set(Change.objects.values_list("verb", flat=True)) >= {
        "ask_training",
        "train_classifier",
    }


def test_what_was_answered_in_sight_of_suggestions_is_learned_but_measures_nothing(trained, client):
    client.force_login(trained.analyst.user)
    seen, changed, own, *others = trained.moments
    beside(trained, seen, Offered.BEFORE)
    beside(trained, changed, Offered.AFTER, supersedes=coded(trained, changed))
    beside(trained, own, Offered.AFTER)  # it was given before the suggestion was seen

    report = train(trained).report

    assert (report["read"], report["led"], report["moments"]) == (24, 2, 22)
    assert sum(row["moments"] for row in report["categories"]) == 22
    page = client.get(url(trained)).text
    assert "2 moments are left out" in page
    assert "on a random sample" not in page
    for moment in (own, *others):
        beside(trained, moment, Offered.BEFORE, supersedes=last_coded(trained, moment))
    assert train(trained).report["moments"] == 0
    page = client.get(url(trained)).text
    assert ("24 moments are left out" in page, "0 of 0" in page) == (True, False)


def coded(world, moment, **fields):
    return Coding.objects.create(
        scheme=world.scheme,
        moment=moment,
        coder=world.coder,
        category=category_of(world, "Late"),
        purpose=Purpose.PLAN,
        scheme_revision=0,
        seq=1,
        **fields,
    )


def last_coded(world, moment):
    return Coding.objects.live().filter(scheme=world.scheme, moment=moment).first()


def beside(world, moment, offered, **fields):
    """An answer beside which something was suggested."""
    Suggestion.objects.create(
        coding=coded(world, moment, **fields), classifier=world.classifier, offered=offered
    )


def test_what_one_person_said_in_two_interviews_is_not_kept(world):
    person = RespondentFactory(study=world.study)
    for _ in range(2):
        talk = InterviewFactory(study=world.study, respondent=person)
        settled(world, "Late", words=f"{WORDS['Late']} Quigley", interview=talk)

    vocabulary = model_of(train(world)).vocabulary

    assert "bus" in vocabulary
    assert not [word for word in vocabulary if "quigley" in word]


def test_a_moment_that_people_put_elsewhere_is_a_doubt_and_stays_looked_at(world):
    odd = settled(world, "Kind", words=WORDS["Late"])
    first = train(world)
    doubt = first.doubts.get()
    look_at_doubt(doubt=doubt, looked=True, by=world.analyst)
    second = train(world)

    again = second.doubts.get()
    assert (doubt.moment_id, doubt.stands.name, doubt.suggested.name) == (odd.pk, "Kind", "Late")
    assert doubt.margin > 0
    assert again.looked_by_id == world.analyst.pk
    assert not Doubt.objects.filter(classifier=first).exists()


def test_what_came_before_is_removed_but_not_the_row_that_answers_name(world, settings):
    first = train(world)
    old = Path(settings.FILES_DIR) / first.file
    second = train(world)

    first.refresh_from_db()
    assert first.file == ""
    assert not old.exists()
    assert [file.path for file in StoredFile.objects.all()] == [second.file]
    assert classifier_of(world.scheme) == second
    remove_older(world.scheme)
    assert model_of(second) is not None


def test_too_little_to_learn_from_is_refused_with_what_it_takes(world, monkeypatch):
    monkeypatch.setattr(suggesting, "FEWEST_MOMENTS", 25)

    with pytest.raises(RefusedError, match="25 moments"):
        ask_training(scheme=world.scheme, by=world.admin)

    assert not Job.objects.filter(kind=suggesting.TRAIN_CLASSIFIER).exists()


def test_a_job_that_finds_one_category_only_fails_with_a_sentence(world):
    classifier = ask_training(scheme=world.scheme, by=world.admin)
    Settlement.objects.update(category=category_of(world, "Late"))

    job = run_now(classifier.job)

    assert job.state == JobState.FAILED
    assert "two categories" in job.error
    assert not StoredFile.objects.exists()


def test_what_waits_is_not_asked_for_twice(world):
    first = ask_training(scheme=world.scheme, by=world.admin)
    second = ask_training(scheme=world.scheme, by=world.admin)

    assert first == second
    assert Job.objects.filter(kind=suggesting.TRAIN_CLASSIFIER).count() == 1


def test_a_worker_that_lost_its_claim_leaves_no_trace(world, monkeypatch):
    classifier = ask_training(scheme=world.scheme, by=world.admin)

    def lost(*_args):
        raise LeaseLost

    monkeypatch.setattr(suggesting, "_write_doubts", lost)
    execute(classifier.job.pk)

    classifier.refresh_from_db()
    assert classifier.trained_at is None
    assert not StoredFile.objects.exists()


class Killed(BaseException):
    """A worker that is gone in the middle: it clears nothing up."""


def killed_while_training(world, monkeypatch):
    """A file that a worker kept, and died before its classifier named it; the classifier."""
    classifier = ask_training(scheme=world.scheme, by=world.admin)

    def die(*_args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(suggesting, "_write_doubts", die)
        patch.setattr(suggesting, "_remove", lambda _file: None)
        with pytest.raises(Killed):
            execute(classifier.job.pk)
    assert StoredFile.objects.count() == 1
    return classifier


def test_the_file_of_a_worker_that_was_killed_goes_with_the_next_attempt(
    world, monkeypatch, settings
):
    classifier = killed_while_training(world, monkeypatch)
    left = Path(settings.FILES_DIR) / StoredFile.objects.get().path
    Job.objects.update(state=JobState.WAITING, claim_token=None, lease_until=None)

    job = run_now(classifier.job)

    classifier.refresh_from_db()
    assert (job.state, classifier.file) == (JobState.DONE, StoredFile.objects.get().path)
    assert not left.exists()


def test_the_file_of_a_training_that_was_given_up_goes_with_the_next_one(world, monkeypatch):
    killed_while_training(world, monkeypatch)
    Job.objects.update(state=JobState.FAILED, claim_token=None, lease_until=None)

    classifier = train(world)

    assert StoredFile.objects.get().path == classifier.file


def test_the_file_of_a_training_that_still_runs_stays(world, monkeypatch):
    running = killed_while_training(world, monkeypatch)

    classifier = train(world)

    assert StoredFile.objects.count() == 2
    assert Job.objects.get(pk=running.job_id).state == JobState.RUNNING
    assert model_of(classifier) is not None


# -- What is suggested -----------------------------------------------------------------------------


def test_the_likeliest_three_are_suggested(trained):
    offer = offer_of(trained, given(trained, WORDS["Rude"]))

    assert named(offer)[0] == "Rude"
    assert len(offer.categories) == 3
    assert not offer.at_once


def test_a_merged_category_is_followed_and_a_retired_one_not_suggested(trained):
    assignment = given(trained, WORDS["Rude"])
    rude, late = category_of(trained, "Rude"), category_of(trained, "Late")
    Category.objects.filter(pk=rude.pk).update(merged_into=late)

    assert named(offer_of(trained, assignment))[0] == "Late"
    assert len(set(named(offer_of(trained, assignment)))) == 3

    Category.objects.filter(pk=late.pk).update(retired=True)
    assert sorted(named(offer_of(trained, assignment))) == ["Clean", "Kind"]


@pytest.mark.parametrize("kind", BatchKind)
def test_only_where_one_codes_each_moment_something_is_suggested(trained, kind):
    if kind == BatchKind.ONCE:
        batch = trained.scheme.batches.get(kind=kind)
        assignment = AssignmentFactory(
            batch=batch, moment=given(trained, WORDS["Kind"]).moment, coder=trained.coder
        )
    else:
        assignment = given(trained, WORDS["Kind"], kind=kind)

    assert bool(offer_of(trained, assignment)) == (kind in (BatchKind.ONCE, BatchKind.SHARED))


@pytest.mark.parametrize("released", [None, timezone.now()])
def test_for_what_was_held_out_nothing_is_suggested_released_or_not(trained, released):
    assignment = given(trained, WORDS["Kind"])
    drawn = Holdout.objects.create(study=trained.study, seed=1, released_at=released)
    HeldIncident.objects.create(holdout=drawn, incident=assignment.moment.incident)

    assert offer_of(trained, assignment) is None


def test_where_it_says_never_nothing_is_asked(trained, django_assert_num_queries):
    assignment = given(trained, WORDS["Kind"])
    trained.scheme.offered = Offered.NEVER

    with django_assert_num_queries(0):
        assert offer_of(trained, assignment) is None


@pytest.mark.parametrize("content", [None, b"", b"no such file"])
def test_without_its_file_nothing_is_suggested(trained, settings, content):
    path = Path(settings.FILES_DIR) / trained.classifier.file
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    assert offer_of(trained, given(trained, WORDS["Kind"])) is None


@pytest.mark.parametrize("number", [1, 4])
def test_suggesting_takes_four_queries_for_any_number_of_moments(
    trained, number, django_assert_num_queries
):
    assignments = [given(trained, WORDS["Kind"]) for _ in range(number)]

    with django_assert_num_queries(4):
        found = offers_for(trained.scheme, assignments, is_blind=lambda: False)

    assert len(found) == number


# -- On the desk -----------------------------------------------------------------------------------


def desk(client, world, assignment=None):
    client.force_login(world.coder.user)
    address = [world.study.slug, world.scheme.slug]
    if assignment is None:
        return client.get(reverse("taxonomy:coding_next", args=address)).content.decode()
    return client.get(
        reverse("taxonomy:coding_show", args=[*address, assignment.uid])
    ).content.decode()


def offered_at_once(text):
    strip = re.search(r'<fieldset class="suggested".*?</fieldset>', text, re.DOTALL)[0]
    return re.findall(r'data-suggested="(.)"', strip)


def token_in(text):
    return re.search(r'<template data-offer="([^"]*)"', text)[1]


def send(client, world, assignment, name, **more):
    client.force_login(world.coder.user)
    category = category_of(world, name)
    body = {"uid": uuid.uuid4(), "category": category.uid, **more}
    address = [world.study.slug, world.scheme.slug, assignment.uid]
    return client.post(
        reverse("taxonomy:coding_record", args=address),
        body,
        headers={"Accept": "application/json"},
    )


def test_before_the_answer_the_page_holds_suggestions_back_or_shows_them(trained, client):
    assignment = given(trained, WORDS["Rude"])

    after = desk(client, trained)
    offer_suggestions(scheme=trained.scheme, offered=Offered.BEFORE, by=trained.admin)
    before = desk(client, trained)

    assert offered_at_once(after) == []
    assert offering_of(token_in(after), assignment).categories[0] == category_of(trained, "Rude").pk
    assert offered_at_once(before) == ["J", "K", "L"]
    assert f'name="suggested" value="{token_in(before)}"' in before
    assert 'name="suggested" value=""' in after


def test_an_answer_given_is_shown_with_suggestions_to_change_it(trained, client):
    assignment = given(trained, WORDS["Rude"])
    send(client, trained, assignment, "Late")

    assert offered_at_once(desk(client, trained, assignment)) == ["J", "K", "L"]


def test_what_comes_ahead_brings_its_suggestions(trained, client):
    first, second = given(trained, WORDS["Rude"]), given(trained, WORDS["Kind"])
    client.force_login(trained.coder.user)
    address = reverse("taxonomy:coding_ahead", args=[trained.study.slug, trained.scheme.slug])

    text = client.get(address, {"held": first.uid}).content.decode()

    assert offering_of(token_in(text), second).categories[0] == category_of(trained, "Kind").pk


def test_a_blind_coder_is_offered_nothing(trained, client):
    assignment = given(trained, WORDS["Rude"])
    assert "data-offer" in desk(client, trained, assignment)

    given(trained, WORDS["Kind"], kind=BatchKind.PLAN)

    assert "data-offer" not in desk(client, trained, assignment)


def test_what_was_shown_stays_beside_the_answer(trained, client):
    assignment = given(trained, WORDS["Rude"])
    token = token_in(desk(client, trained, assignment))
    second = offering_of(token, assignment).categories[1]

    assert send(client, trained, assignment, "Rude", suggested=token).status_code == 200
    coding = Coding.objects.get()
    name = Category.objects.get(pk=second).name
    send(client, trained, assignment, name, suggested=token, seen=coding.uid, stays="1")

    kept = Suggestion.objects.order_by("pk")
    assert [(row.coding_id, row.offered, row.chosen) for row in kept] == [
        (coding.pk, Offered.AFTER, 1),
        (Coding.objects.latest("pk").pk, Offered.AFTER, 2),
    ]
    assert {row.classifier_id for row in kept} == {trained.classifier.pk}
    assert len(kept[0].categories) == 3
    assert Coding.objects.latest("pk").supersedes == coding
    assert use_of(trained.classifier) == {"offered": 1, "first": 0, "other": 1}


@pytest.mark.parametrize("forge", ["other moment", "changed", "made up", "unsigned"])
def test_what_the_server_did_not_sign_for_this_moment_is_not_kept(trained, client, forge):
    assignment, other = given(trained, WORDS["Rude"]), given(trained, WORDS["Late"])
    token = token_in(desk(client, trained, assignment))
    forged = {
        "other moment": token_in(desk(client, trained, other)),
        "changed": "x" + token,
        "made up": "0" * 900,
        "unsigned": json.dumps([str(assignment.uid), trained.classifier.pk, "after", [1]]),
    }[forge]

    assert send(client, trained, assignment, "Rude", suggested=forged).status_code == 200

    assert Coding.objects.count() == 1
    assert not Suggestion.objects.exists()


def test_the_same_answer_sent_twice_keeps_one_row(trained, client):
    assignment = given(trained, WORDS["Rude"])
    token = token_in(desk(client, trained, assignment))
    uid = uuid.uuid4()
    for _time in range(2):
        send(client, trained, assignment, "Rude", suggested=token, uid=uid)

    assert Suggestion.objects.count() == 1


def test_keeping_what_was_shown_takes_two_statements_and_none_where_nothing_was(trained):
    category = category_of(trained, "Rude")

    def statements(suggested):
        assignment = given(trained, WORDS["Rude"])
        token = offer_of(trained, assignment).token if suggested else ""
        with CaptureQueriesContext(connection) as asked:
            code_moment(
                assignment=assignment,
                by=trained.coder,
                uid=uuid.uuid4(),
                category=category,
                suggested=token,
            )
        return len(asked)

    statements(suggested=False)  # asks for new counts, which the others join
    without = statements(suggested=False)
    assert statements(suggested=True) == without + 2
    assert statements(suggested=False) == without


def test_the_export_says_what_was_suggested_and_which_was_chosen(trained, client):
    with_it, without = given(trained, WORDS["Rude"]), given(trained, WORDS["Late"])
    token = token_in(desk(client, trained, with_it))
    send(client, trained, with_it, "Rude", suggested=token)
    send(client, trained, without, "Rude")

    rows = {row["unit"]: row for row in answers_of(trained.scheme)}

    told = [rows[f"{one.moment.incident.uid}/1"] for one in (with_it, without)]
    assert [(row["suggested"], row["suggested_place"]) for row in told] == [
        ("after", 1),
        ("", None),
    ]


# -- Its page --------------------------------------------------------------------------------------


def page(client, member, address, **query):
    client.force_login(member.user)
    return client.get(address, query)


def test_the_page_tells_how_far_it_agrees_and_of_what_too_little_was_told(world, client):
    CategoryFactory(round=world.scheme.rounds.get(), name="Seldom")
    settled(world, "Seldom", words="nothing like it")
    train(world)

    text = page(client, world.analyst, url(world)).content.decode()

    assert "24 of 25 moments" in text
    assert "96%" in text
    assert "too few to learn from" in text
    assert "never one of the coders" in text


def test_before_there_is_one_the_page_says_what_it_takes_and_only_an_admin_may_train(world, client):
    assert "No classifier yet" in page(client, world.coder, url(world)).content.decode()
    assert "Train it" not in page(client, world.analyst, url(world)).content.decode()
    assert "Train it" in page(client, world.admin, url(world)).content.decode()


def test_who_codes_blind_sees_no_figures_and_no_doubts(trained, client):
    odd = settled(trained, "Kind", words=WORDS["Late"])
    doubt = train(trained).doubts.get()
    given(trained, WORDS["Kind"], kind=BatchKind.PLAN)
    AssignmentFactory(
        batch=trained.scheme.batches.get(kind=BatchKind.PLAN), moment=odd, coder=trained.analyst
    )
    client.force_login(trained.analyst.user)

    assert "of 25 moments" not in client.get(url(trained)).content.decode()
    assert str(doubt.uid) not in client.get(url(trained, "doubts")).content.decode()
    assert client.post(url(trained, "look", doubt.uid), {"looked": "on"}).status_code == 404
    assert Doubt.objects.get().looked_at is None


def test_an_admin_has_it_trained_and_the_page_shows_how_far_it_is(world, client):
    client.force_login(world.admin.user)

    assert client.post(url(world, "train")).status_code == 302

    job = Classifier.objects.get().job
    assert f"job-{job.uid}" in client.get(url(world)).content.decode()
    assert f"job-{job.uid}" in client.get(url(world), {"progress": 1}).content.decode()
    run_now(job)
    over = client.get(url(world), {"progress": 1})
    assert "job-over" in over.headers["HX-Trigger-After-Settle"]


def test_an_admin_says_when_suggestions_are_shown(world, client):
    client.force_login(world.admin.user)
    for offered in ("before", "before", "sometimes"):
        client.post(url(world, "offer"), {"offered": offered})

    assert Scheme.objects.get(pk=world.scheme.pk).offered == Offered.BEFORE
    assert Change.objects.filter(verb="offer_suggestions").count() == 1


def test_doubts_are_listed_by_margin_ticked_and_taken_up_again(world, client):
    for name, words in (("Kind", "Late"), ("Kind", "Rude"), ("Clean", "Late")):
        settled(world, name, words=WORDS[words])
    classifier = train(world)
    margins = list(classifier.doubts.order_by("-margin").values_list("uid", flat=True))
    client.force_login(world.analyst.user)

    def listed(**query):
        text = client.get(url(world, "doubts"), query).content.decode()
        return [uuid.UUID(uid) for uid in re.findall(r"doubts/([0-9a-f-]{36})/", text)]

    assert listed() == margins
    ticked = client.post(url(world, "look", margins[0]), {"looked": "on"}, follow=True)
    assert f'action="{url(world, "look", margins[0])}"' in ticked.content.decode()  # the undo
    assert listed() == margins[1:]
    assert listed(all="") == margins
    client.post(url(world, "look", margins[0]))
    assert listed() == margins
    assert Change.objects.filter(verb="look_at_doubt").count() == 2


@pytest.mark.parametrize("number", [1, 6])
def test_the_list_of_doubts_takes_seven_queries_for_any_number(
    trained, client, number, django_assert_num_queries
):
    kind, late = category_of(trained, "Kind"), category_of(trained, "Late")
    for moment in trained.moments[:number]:
        Doubt.objects.create(
            classifier=trained.classifier, moment=moment, stands=kind, suggested=late, margin=0.5
        )
    client.force_login(trained.analyst.user)
    client.get(url(trained, "doubts"))

    with django_assert_num_queries(7):
        text = client.get(url(trained, "doubts")).content.decode()

    assert text.count("dispute-row") == number


# -- Held by the database --------------------------------------------------------------------------


def doubt_of(world, **fields):
    kind, late = category_of(world, "Kind"), category_of(world, "Late")
    classifier, _new = Classifier.objects.get_or_create(scheme=world.scheme)
    about = {"moment": world.moments[0], "stands": kind, "suggested": late, "margin": 1}
    return Doubt.objects.create(classifier=classifier, **about, **fields)


def test_a_moment_is_doubted_once_by_a_classifier(world):
    doubt_of(world)

    with pytest.raises(IntegrityError, match=r"doubt_once|UNIQUE"):
        doubt_of(world)


def test_who_looked_at_a_doubt_is_known(world):
    with pytest.raises(IntegrityError, match="doubt_looked_at_by_somebody"):
        doubt_of(world, looked_at=timezone.now())
