"""Many incidents put on a batch at once: which one, for whom, and taken off again."""

import uuid
from types import SimpleNamespace

import pytest
from django.urls import reverse

from incidents import jobs
from incidents.choices import IncidentState, JobState, RoleName
from incidents.models import Change, Member
from reports.actions import bulk
from reports.models import BulkAct
from taxonomy.actions.coding import code_moment
from taxonomy.actions.planning import begin_batch, put_on_batch
from taxonomy.choices import BatchKind, BatchState
from taxonomy.models import Assignment, Batch, Category, Scheme
from tests.factories import MemberFactory
from tests.reports.told import tell
from tests.taxonomy.factories import AssignmentFactory, SchemeFactory

SUBMITTED = IncidentState.SUBMITTED


def address(world, name, *keys):
    return reverse(f"reports:{name}", args=[world.study.slug, *keys])


def put(client, world, *incidents, **data):
    """Let the admin put incidents on a batch, as they are now."""
    client.force_login(world.admin.user)
    chosen = [f"{incident.uid}.{incident.row_version}" for incident in incidents]
    given = {"verb": "batch", "scope": "chosen", "incident": chosen, **data}
    return client.post(address(world, "bulk_ask"), given)


def new(world, *coders, name="Overlap", scheme=None):
    """Say that it is a new batch, and whose."""
    return {
        "sure": "True",
        "batch": f"new:{(scheme or world.scheme).slug}",
        "name": name,
        "coders": [str(coder.uid) for coder in coders or [world.coder]],
    }


def undo(client, act):
    client.force_login(act.by.user)
    client.post(reverse("reports:bulk_undo", args=[act.study.slug, act.uid]))
    return BulkAct.objects.get(undoes=act)


def plans(world):
    return Batch.objects.filter(scheme__study=world.study, kind=BatchKind.PLAN)


def on(batch):
    """The headlines of what is on a batch, each once for each coder."""
    rows = batch.assignments.order_by("moment", "coder")
    return list(rows.values_list("moment__incident__version__headline", flat=True))


def refusals(act):
    return dict(act.lines.exclude(refusal="").values_list("incident__version__headline", "refusal"))


def answer(world, assignment):
    code_moment(assignment=assignment, by=assignment.coder, uid=uuid.uuid4(), category=world.warm)


# -- Which batch ------------------------------------------------------------------------------


def test_a_new_batch_is_made_for_the_coders_chosen(client, world):
    one, two = tell(world, "one"), tell(world, "two", moments=2)
    other = MemberFactory(study=world.study, roles=[RoleName.CODER])
    idle = MemberFactory(study=world.study, roles=[RoleName.CODER])

    asked = put(client, world, one, two, query="sort=region")
    assert asked.status_code == 200
    assert "A new batch in Kinds" in asked.text
    assert not plans(world).exists()
    answer = put(client, world, one, two, query="sort=region", **new(world, world.coder, other))

    assert answer.url == address(world, "incident_list") + "?sort=region"
    batch = plans(world).get()
    assert (batch.name, batch.scheme) == ("Overlap", world.scheme)
    assert on(batch) == ["one"] * 2 + ["two"] * 4
    assert not Assignment.objects.filter(coder=idle).exists()
    page = client.get(answer.url).text
    assert "2 incidents put on the batch." in page
    assert "Undo" in page


def test_an_open_batch_is_chosen_and_keeps_its_coders(client, world):
    first, second = tell(world, "first"), tell(world, "second")
    put(client, world, first, **new(world))
    batch = plans(world).get()
    MemberFactory(study=world.study, roles=[RoleName.CODER])

    assert f"Overlap (1 moment; {world.coder.display_name})" in put(client, world, second).text
    put(client, world, second, sure="True", batch=str(batch.uid))

    assert plans(world).get() == batch
    assert set(batch.assignments.values_list("coder", flat=True)) == {world.coder.pk}
    assert on(batch) == ["first", "second"]


def test_the_schemes_of_the_study_are_offered_and_no_others(client, world):
    SchemeFactory(study=world.study, slug="causes", name="Causes")
    elsewhere = SchemeFactory(name="Elsewhere")
    one = tell(world, "one")
    locked, free = (
        Batch.objects.create(scheme=world.scheme, name=name, kind=BatchKind.PLAN, state=state)
        for name, state in (("Locked", BatchState.LOCKED), ("Nobody's", BatchState.OPEN))
    )

    page = put(client, world, one).text

    assert all(f'value="new:{slug}"' in page for slug in ("kinds", "causes"))
    assert "Elsewhere" not in page
    assert not any(str(batch.uid) in page for batch in (locked, free))
    refused = put(client, world, one, **new(world, scheme=elsewhere))
    assert refused.status_code == 422
    put(client, world, one, **new(world, scheme=Scheme.objects.get(slug="causes")))
    assert plans(world).get(name="Overlap").scheme.slug == "causes"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 121}, "at most 120"),
        ({"coders": []}, "This field is required"),
        ({"coders": ["nobody"]}, "Select a valid choice"),
        ({"batch": "new:nowhere"}, "Select a valid choice"),
        ({"batch": ""}, "This field is required"),
        ({"name": "Taken"}, "has this name already"),
    ],
)
def test_a_batch_that_cannot_be_is_asked_for_again(client, world, data, words):
    one, two = tell(world, "one"), tell(world, "two")
    put(client, world, two, **new(world, name="Taken"))

    answer = put(client, world, one, **{**new(world), **data})

    assert answer.status_code == 422
    assert words in answer.text
    assert on(plans(world).get()) == ["two"]


@pytest.mark.parametrize("what", ["coders", "schemes"])
def test_without_coders_or_schemes_the_page_says_what_to_do(client, world, what):
    one = tell(world, "one")
    if what == "coders":
        Member.objects.filter(pk=world.coder.pk).update(active=False)
        words, page = (
            "Nobody codes in this study yet",
            reverse("incidents:member_list", args=[world.study.slug]),
        )
    else:
        Batch.objects.all().delete()
        Category.objects.update(parent=None)
        Category.objects.all().delete()
        world.scheme.rounds.all().delete()
        world.scheme.delete()
        words, page = "There is no scheme", reverse("taxonomy:scheme_list", args=[world.study.slug])

    asked = put(client, world, one).text

    assert words in asked
    assert f'href="{page}"' in asked
    assert 'name="batch"' not in asked


# -- What is put there ------------------------------------------------------------------------


def test_what_is_on_it_already_is_counted_as_such_and_the_rest_is_named(client, world):
    already, free, taken = (tell(world, name) for name in ("already", "free", "taken"))
    waiting = tell(world, "waiting", state=SUBMITTED)
    put(client, world, already, **new(world))
    batch = plans(world).get()
    once = world.scheme.batches.get(kind=BatchKind.ONCE)
    AssignmentFactory(
        scheme=world.scheme, batch=once, moment=taken.moments.get(), coder=world.coder
    )

    put(client, world, already, free, taken, waiting, sure="True", batch=str(batch.uid))

    act = BulkAct.objects.latest("pk")
    assert on(batch) == ["already", "free"]
    assert refusals(act) == {
        "taken": "It is with a coder of this scheme already.",
        "waiting": "Only what is accepted is coded.",
    }
    page = client.get(address(world, "bulk_show", act.uid)).text
    for words in (
        "1 incident put on the batch.",
        "1 was on it already.",
        "2 were left as they are.",
        "Kinds: Overlap",
    ):
        assert words in page


def test_the_log_says_what_was_put_where_and_for_whom(client, world):
    one = tell(world, "one")

    put(client, world, one, **new(world))

    batch = plans(world).get()
    log = Change.objects.filter(member=world.admin).order_by("pk")
    assert [change.verb for change in log] == ["open_batch", "bulk_batch", "put_on_batch"]
    assert log[0].details == {"moments": 0, "coders": [str(world.coder.uid)]}
    assert log[2].object_uid == one.uid
    assert log[2].details == {"batch": str(batch.uid), "moments": 1}


def test_a_new_batch_that_nothing_was_put_on_is_not_kept(client, world):
    waiting = tell(world, "waiting", state=SUBMITTED)

    put(client, world, waiting, **new(world))

    assert not plans(world).exists()
    act = BulkAct.objects.get()
    assert set(refusals(act)) == {"waiting"}
    assert "Kinds: Overlap" in client.get(address(world, "bulk_show", act.uid)).text


@pytest.fixture
def small_portions(monkeypatch):
    monkeypatch.setattr(bulk, "PORTION", 2)
    monkeypatch.setattr(bulk, "KEYS_AT_ONCE", 3)


def test_all_that_fit_are_put_on_a_batch_in_the_background(client, world, small_portions):
    for number in range(5):
        tell(world, f"refund {number}")
    tell(world, "something else")
    client.force_login(world.admin.user)
    asked = {"verb": "batch", "scope": "matching", "query": "q=refund", **new(world)}

    answer = client.post(address(world, "bulk_ask"), asked)
    act = BulkAct.objects.get()
    assert answer.url == address(world, "bulk_show", act.uid)
    assert on(plans(world).get()) == []
    assert jobs.run_now(act.job).state == JobState.DONE

    assert on(plans(world).get()) == [f"refund {number}" for number in range(5)]
    assert "5 incidents put on the batch." in client.get(answer.url).text
    taken_back = undo(client, act)
    assert jobs.run_now(taken_back.job).state == JobState.DONE
    assert not plans(world).exists()


def test_a_coder_who_left_since_the_page_was_opened_is_refused_in_words(client, world, monkeypatch):
    one = tell(world, "one")
    begin = bulk.begin_batch

    def leave_then_begin(**fields):
        Member.objects.filter(pk=world.coder.pk).update(active=False)
        return begin(**fields)

    monkeypatch.setattr(bulk, "begin_batch", leave_then_begin)

    answer = put(client, world, one, **new(world))

    assert "active coders" in client.get(answer.url).text
    assert not BulkAct.objects.exists()
    assert not plans(world).exists()


# -- Undoing ----------------------------------------------------------------------------------


def test_undoing_takes_off_what_nobody_has_coded_and_nothing_else(client, world):
    earlier, coded, plain = (tell(world, name) for name in ("earlier", "coded", "plain"))
    put(client, world, earlier, **new(world))
    batch = plans(world).get()
    put(client, world, earlier, coded, plain, sure="True", batch=str(batch.uid))
    act = BulkAct.objects.latest("pk")
    answer(world, batch.assignments.get(moment=coded.moments.get()))

    taken_back = undo(client, act)

    assert on(batch) == ["earlier", "coded"]
    assert refusals(taken_back) == {"coded": "Somebody has coded it already."}
    page = client.get(address(world, "bulk_show", taken_back.uid)).text
    assert "1 incident taken off the batch." in page
    assert "stands again" not in page
    assert Change.objects.filter(verb="take_off_batch").count() == 1


def test_undoing_keeps_what_was_on_the_batch_of_the_same_incident_before(client, world):
    one = tell(world, "one", moments=2)
    first, second = one.moments.all()
    once = world.scheme.batches.get(kind=BatchKind.ONCE)
    held = AssignmentFactory(scheme=world.scheme, batch=once, moment=second, coder=world.coder)
    batch = begin_batch(scheme=world.scheme, name="Overlap", coders=[world.coder], by=None)
    put_on_batch(batch=batch, incident=one, coders=[world.coder], by=None)
    held.delete()  # as the undoing of another plan leaves it
    put(client, world, one, sure="True", batch=str(batch.uid))

    undo(client, BulkAct.objects.get())

    assert list(batch.assignments.values_list("moment", flat=True)) == [first.pk]


def test_a_batch_that_is_empty_after_undoing_goes_too(client, world):
    put(client, world, tell(world, "one"), **new(world))
    act = BulkAct.objects.get()

    undo(client, act)

    assert not plans(world).exists()
    act.refresh_from_db()
    assert act.batch is None
    assert "Kinds: Overlap" in client.get(address(world, "bulk_show", act.uid)).text
    assert Change.objects.filter(verb="discard_batch").count() == 1


def test_where_everything_was_on_it_already_there_is_nothing_to_undo(client, world):
    one = tell(world, "one")
    put(client, world, one, **new(world))
    put(client, world, one, sure="True", batch=str(plans(world).get().uid))
    act = BulkAct.objects.latest("pk")

    page = client.get(address(world, "bulk_show", act.uid)).text
    assert "0 incidents put on the batch." in page
    assert "/undo/" not in page
    again = client.post(address(world, "bulk_undo", act.uid), follow=True)

    assert "There is nothing to undo." in again.text
    assert on(plans(world).get()) == ["one"]


def test_only_admins_put_on_batches(client, world):
    one = tell(world, "one")
    client.force_login(world.analyst.user)
    given = {"verb": "batch", "scope": "chosen", "incident": f"{one.uid}.{one.row_version}"}

    answer = client.post(address(world, "bulk_ask"), {**given, **new(world)})

    assert answer.status_code == 403
    assert not plans(world).exists()
    assert not Assignment.objects.exists()


# -- Undoing by who codes blindly --------------------------------------------------------------


@pytest.fixture
def blind_act(client, world):
    """Three incidents that an admin put on a batch of their own; somebody else coded one."""
    world.admin = MemberFactory(study=world.study, roles=[RoleName.ADMIN, RoleName.CODER])
    told = [tell(world, name) for name in ("one", "two", "three")]
    put(client, world, *told, **new(world, world.admin, world.coder))
    coded = plans(world).get().assignments.filter(coder=world.coder).first()
    return SimpleNamespace(act=BulkAct.objects.get(), coded=coded)


def test_who_codes_blindly_does_not_learn_by_undoing_what_others_coded(client, world, blind_act):
    answer(world, blind_act.coded)

    page = client.post(address(world, "bulk_undo", blind_act.act.uid), follow=True).text

    assert "this can be done when your batch is done" in page
    assert not BulkAct.objects.filter(undoes=blind_act.act).exists()
    assert len(on(plans(world).get())) == 6


def test_nor_when_it_is_undone_in_the_background(client, world, blind_act, small_portions):
    given = plans(world).get().assignments.filter(coder=world.admin)
    moments = list(given.values_list("moment", flat=True))
    given.delete()
    taken_back = undo(client, blind_act.act)
    answer(world, blind_act.coded)
    for moment in moments:
        AssignmentFactory(
            scheme=world.scheme, batch=plans(world).get(), moment_id=moment, coder=world.admin
        )

    job = jobs.run_now(taken_back.job)

    assert job.state == JobState.FAILED
    assert "this can be done when your batch is done" in job.error
    assert not taken_back.lines.exists()
