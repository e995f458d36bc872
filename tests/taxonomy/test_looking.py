"""Looking early: for a reason and a time, on record, said on every page, open to admins alone."""

import datetime as dt
import threading
from contextlib import suppress

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.choices import RoleName
from incidents.models import Change
from taxonomy.access import is_blind, looks_used, schemes_open_to, sees_results
from taxonomy.actions import looking
from taxonomy.actions.looking import LookRefused, look_early, stop_looking
from taxonomy.actions.planning import open_batch
from taxonomy.choices import BatchState
from taxonomy.models import Assignment, Batch, EarlyLook
from taxonomy.queries.looks import looks_at, looks_during, running_look
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.racing import at_once
from tests.taxonomy.factories import SchemeFactory

pytestmark = pytest.mark.django_db
BOTH = [RoleName.ADMIN, RoleName.CODER]


@pytest.fixture
def study():
    return StudyFactory(slug="here")


@pytest.fixture
def scheme(study):
    return SchemeFactory(study=study, slug="kinds", name="Kinds", categories=["Warm"])


@pytest.fixture
def admin(study, scheme, client):
    admin = MemberFactory(study=study, roles=BOTH, display_name="Ada")
    other = MemberFactory(study=study, roles=[RoleName.CODER])
    moments = [IncidentFactory(study=study).moments.get()]
    open_batch(scheme=scheme, name="Overlap", moments=moments, coders=[admin, other], by=None)
    client.force_login(admin.user)
    return admin


def look(scheme, admin, minutes=15, reason="The server moves."):
    return look_early(scheme=scheme, by=admin, reason=reason, minutes=minutes)


def at(page, *args):
    return reverse(f"taxonomy:{page}", args=["here", *args])


def test_who_codes_blind_sees_until_the_time_is_over(scheme, admin):
    assert not sees_results(admin, scheme)
    made = look(scheme, admin, minutes=60, reason=" The server moves. ")

    assert sees_results(admin, scheme)
    assert is_blind(admin, scheme)
    assert made.reason == "The server moves."
    assert made.until - made.created_at == pytest.approx(
        dt.timedelta(hours=1), abs=dt.timedelta(minutes=1)
    )
    entry = Change.objects.get(verb="look_early")
    assert (entry.member, entry.object_uid) == (admin, made.uid)
    assert entry.details == {"scheme": str(scheme.uid), "minutes": 60}

    EarlyLook.objects.update(until=timezone.now())
    assert not sees_results(admin, scheme)


def test_a_look_is_for_one_scheme_and_one_admin(scheme, admin):
    look(scheme, admin)
    other = SchemeFactory(study=scheme.study, categories=["Warm"])
    coder = MemberFactory(study=scheme.study, roles=BOTH)
    for each in (scheme, other):
        batch = Batch.objects.create(scheme=each, name="More", kind="plan")
        moment = IncidentFactory(study=scheme.study).moments.get()
        for who in (admin, coder):
            Assignment.objects.create(batch=batch, moment=moment, coder=who)

    assert schemes_open_to(admin) == [scheme]
    assert schemes_open_to(coder) == []


def test_who_is_no_admin_any_more_sees_nothing_by_an_old_look(scheme, admin):
    look(scheme, admin)
    admin.roles.filter(name=RoleName.ADMIN).delete()
    again = type(admin).objects.get(pk=admin.pk)
    assert not sees_results(again, scheme)
    assert looks_used(again, scheme.slug) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": " "}, "Say why"),
        ({"minutes": 16}, "one of the times"),
    ],
)
def test_a_look_has_a_reason_and_a_time(scheme, admin, change, said):
    with pytest.raises(LookRefused, match=said):
        look(scheme, admin, **change)
    assert not EarlyLook.objects.exists()


def test_who_is_no_admin_or_not_blind_or_looks_already_is_refused(scheme, admin):
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    with pytest.raises(LookRefused, match="Only a study admin"):
        look(scheme, coder)
    with pytest.raises(LookRefused, match="Nothing is hidden"):
        look(scheme, MemberFactory(study=scheme.study, roles=BOTH))
    look(scheme, admin)
    with pytest.raises(LookRefused, match="already"):
        look(scheme, admin)


def test_a_look_is_ended_before_its_time_once(scheme, admin):
    made = look(scheme, admin)
    other = MemberFactory(study=scheme.study, roles=BOTH)
    assert not stop_looking(look=made, by=other)
    assert sees_results(admin, scheme)

    assert stop_looking(look=made, by=admin)
    assert not stop_looking(look=made, by=admin)
    assert not sees_results(admin, scheme)
    assert running_look(admin, scheme) is None
    assert Change.objects.filter(verb="stop_looking").count() == 1


def test_the_looks_during_a_batch_are_those_that_overlap_it(scheme, admin):
    batch = Batch.objects.get(name="Overlap")
    now = timezone.now()
    hour = dt.timedelta(hours=1)
    Batch.objects.filter(pk=batch.pk).update(
        created_at=now - 4 * hour, locked_at=now - 2 * hour, state=BatchState.LOCKED
    )
    for name, start, end in (
        ("before", 6, 5),
        ("into", 5, 3),
        ("within", 3.5, 3),
        ("over", 3, 1),
        ("after", 1, 0),
    ):
        row = EarlyLook.objects.create(
            scheme=scheme, member=admin, reason=name, until=now - end * hour
        )
        EarlyLook.objects.filter(pk=row.pk).update(created_at=now - start * hour)
    batch.refresh_from_db()

    assert [row.reason for row in looks_during(batch)] == ["into", "within", "over"]
    assert looks_at(scheme).count() == 5
    batch.locked_at = None
    assert [row.reason for row in looks_during(batch)][-1] == "after"


# -- The pages ---------------------------------------------------------------------------------


def test_from_the_page_that_hides_to_the_look_and_back(client, scheme, admin):
    shown = at("scheme_show", "kinds")
    page = client.get(shown).text
    assert "Not yet for you" in page
    assert at("look_list", "kinds") in page
    assert "Stop looking" not in page

    form = client.get(at("look_list", "kinds")).text
    assert "Nobody has looked" in form
    sent = client.post(at("look_list", "kinds"), {"reason": "A <fault>.", "minutes": 240})
    assert sent.url == at("look_list", "kinds")

    for address in (shown, at("look_list", "kinds"), at("scheme_history", "kinds")):
        page = client.get(address).text
        assert "You look at what is still blind in “Kinds” until" in page
        assert "Reason: A &lt;fault&gt;." in page
    assert "Not yet for you" not in client.get(shown).text
    assert "Stop looking" in client.get(reverse("reports:incident_list", args=["here"])).text
    assert "Stop looking" not in client.get(at("import_list")).text

    stop = at("look_stop", "kinds", EarlyLook.objects.get().uid)
    assert client.post(stop).url == at("look_list", "kinds")
    assert "Not yet for you" in client.get(shown).text
    assert "A &lt;fault&gt;." in client.get(at("look_list", "kinds")).text


def test_what_cannot_be_sent_comes_back_with_what_was_typed(client, scheme, admin):
    for sent in ({"reason": "", "minutes": 15}, {"reason": "Typed.", "minutes": 16}):
        answer = client.post(at("look_list", "kinds"), sent)
        assert answer.status_code == 422
        assert sent["reason"] in answer.text
    assert not EarlyLook.objects.exists()


def test_all_admins_read_who_looked_and_no_other_can_look_or_stop_it(client, scheme, admin):
    made = look(scheme, admin)
    other = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    client.force_login(other.user)

    page = client.get(at("look_list", "kinds")).text

    assert "Ada" in page
    assert "The server moves." in page
    assert "Why you look" not in page
    assert "Stop looking" not in page
    assert client.post(at("look_stop", "kinds", made.uid)).status_code == 404
    sent = client.post(at("look_list", "kinds"), {"reason": "Also.", "minutes": 15})
    assert sent.status_code == 422


def test_who_codes_blind_and_is_no_admin_is_told_why_and_offered_nothing(client, scheme, admin):
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER, RoleName.ANALYST])
    batch = Batch.objects.get(name="Overlap")
    moment = IncidentFactory(study=scheme.study).moments.get()
    Assignment.objects.create(batch=batch, moment=moment, coder=coder)
    client.force_login(coder.user)

    page = client.get(at("scheme_show", "kinds")).text

    assert "Not yet for you" in page
    assert "Look early" not in page
    assert client.get(at("look_list", "kinds")).status_code == 403


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_of_looks_takes_the_same_queries_for_any_number(
    client, scheme, admin, number, django_assert_num_queries
):
    past = timezone.now() - dt.timedelta(hours=1)
    for _look in range(number):
        EarlyLook.objects.create(scheme=scheme, member=admin, reason="Why", until=past)
    client.get(at("look_list", "kinds"))
    with django_assert_num_queries(8):
        client.get(at("look_list", "kinds"))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_looks_asked_for_at_once_one_runs(scheme, admin, monkeypatch):
    meeting = threading.Barrier(2, timeout=2)
    known = looking.running_look

    def look_together(*who):
        found = known(*who)
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        return found

    monkeypatch.setattr(looking, "running_look", look_together)
    outcomes = at_once(lambda: look(scheme, admin), lambda: look(scheme, admin))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EarlyLook", "LookRefused"]
    assert EarlyLook.objects.count() == 1
