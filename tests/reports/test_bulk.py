"""One decision on many incidents: what it does, what it leaves, and how it is taken back."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from incidents import jobs
from incidents.actions import screening
from incidents.actions.refusals import RefusedError
from incidents.actions.reverting import put_back, restore
from incidents.choices import Criterion, IncidentState, JobState, RoleName
from incidents.models import Incident, Job, Screening
from reports.actions import bulk
from reports.choices import BulkVerb
from reports.models import BulkAct, BulkLine
from tests.factories import IncidentFactory, MemberFactory
from tests.reports.told import tell
from tests.taxonomy.factories import AssignmentFactory

SUBMITTED, RETURNED = IncidentState.SUBMITTED, IncidentState.RETURNED
ACCEPTED, EXCLUDED = IncidentState.ACCEPTED, IncidentState.EXCLUDED


def address(world, name, *keys):
    return reverse(f"reports:{name}", args=[world.study.slug, *keys])


def decide(client, world, verb, *incidents, **data):
    """Let the admin decide on incidents as they are now."""
    client.force_login(world.admin.user)
    chosen = [f"{incident.uid}.{incident.row_version}" for incident in incidents]
    given = {"verb": verb, "scope": "chosen", "incident": chosen, **data}
    return client.post(address(world, "bulk_ask"), given)


def states(*incidents):
    for incident in incidents:
        incident.refresh_from_db()
    return [incident.state for incident in incidents]


def undo(client, act):
    client.force_login(act.by.user)
    client.post(reverse("reports:bulk_undo", args=[act.study.slug, act.uid]))
    return BulkAct.objects.get(undoes=act)


def assert_numbers_are_right(world):
    """What counts has entered and not left; what entered and counts no longer has left since."""
    for incident in Incident.objects.filter(study=world.study):
        entered = [moment.entered_seq for moment in incident.moments.all()]
        if incident.state == ACCEPTED:
            assert incident.left_seq is None
            assert None not in entered
        elif any(entered):
            assert incident.left_seq > max(entered)


def refusals(act):
    return dict(act.lines.exclude(refusal="").values_list("incident__version__headline", "refusal"))


# -- Deciding ---------------------------------------------------------------------------------


def test_several_are_accepted_at_once_and_stand_above_the_grid(client, world):
    one, two = (tell(world, name, state=SUBMITTED) for name in ("one", "two"))
    left = tell(world, "left", state=SUBMITTED)

    answer = decide(client, world, "accept", one, two, query="sort=region")

    assert answer.url == address(world, "incident_list") + "?sort=region"
    assert states(one, two, left) == [ACCEPTED, ACCEPTED, SUBMITTED]
    assert {moment.entered_seq for moment in one.moments.all()} != {None}
    page = client.get(answer.url).text
    assert "2 incidents accepted." in page
    assert "Undo" in page


def test_a_question_is_asked_of_all_after_it_was_written(client, world):
    one, two = tell(world, "one"), tell(world, "two", state=SUBMITTED)

    asked = decide(client, world, "return", one, two)
    assert asked.status_code == 200
    assert 'name="question"' in asked.text
    assert states(one, two) == [ACCEPTED, SUBMITTED]
    assert decide(client, world, "return", one, two, sure="True").status_code == 422
    decide(client, world, "return", one, two, sure="True", question="When was it?")

    assert states(one, two) == [RETURNED, RETURNED]
    assert list(Screening.objects.values_list("words", flat=True)) == ["When was it?"] * 2


def test_the_page_that_asks_sends_what_was_chosen(client, world):
    one = tell(world, "one", state=SUBMITTED)

    page = decide(client, world, "exclude", one, query="sort=region").text

    sent = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    assert ("incident", f"{one.uid}.{one.row_version}") in sent
    assert {("verb", "exclude"), ("scope", "chosen"), ("query", "sort=region")} <= set(sent)


def test_an_exclusion_names_its_criterion_and_reason(client, world):
    one = tell(world, "one", state=SUBMITTED)

    missing = decide(client, world, "exclude", one, sure="True", criterion="other")
    assert missing.status_code == 422
    decide(client, world, "exclude", one, sure="True", criterion="other", reason="A test.")

    assert states(one) == [EXCLUDED]
    given = Screening.objects.get()
    assert (given.criterion, given.words) == (Criterion.OTHER, "A test.")


def test_what_cannot_be_decided_on_so_is_left_and_named(client, world):
    fits = tell(world, "fits", state=SUBMITTED)
    accepted = tell(world, "accepted already")
    stale = tell(world, "changed meanwhile", state=SUBMITTED)
    read = f"{stale.uid}.{stale.row_version}"
    screening.change_told_as(
        incident=stale, told_as="customer", by=world.admin, row_version=stale.row_version
    )

    both = [read, *(f"{row.uid}.{row.row_version}" for row in (fits, accepted))]
    decide(client, world, "accept", incident=both)

    act = BulkAct.objects.get()
    assert states(fits, accepted, stale) == [ACCEPTED, ACCEPTED, SUBMITTED]
    assert set(refusals(act)) == {"accepted already", "changed meanwhile"}
    page = client.get(address(world, "bulk_show", act.uid)).text
    assert "1 incident accepted." in page
    assert "2 were left as they are." in page
    assert all(words in page for words in ("accepted already", "changed meanwhile", "Look again"))


def test_an_excluded_incident_is_restored_to_where_it_stood(client, world):
    accepted, submitted = tell(world, "accepted"), tell(world, "submitted", state=SUBMITTED)
    untouched = tell(world, "never excluded", state=SUBMITTED)
    decide(client, world, "exclude", accepted, submitted, sure="True", criterion="habitual")
    assert states(accepted, submitted) == [EXCLUDED, EXCLUDED]

    decide(client, world, "restore", accepted, submitted, untouched)

    assert states(accepted, submitted, untouched) == [ACCEPTED, SUBMITTED, SUBMITTED]
    assert accepted.left_seq is None
    act = BulkAct.objects.get(verb=BulkVerb.RESTORE)
    assert refusals(act) == {"never excluded": "It is not excluded."}
    assert_numbers_are_right(world)


@pytest.mark.parametrize(
    "data",
    [
        {"incident": []},
        {"incident": ["nonsense"]},
        {"incident": ["00000000-0000-0000-0000-000000000000.99999999999"]},
        {"incident": ["00000000-0000-0000-0000-000000000000.²"]},
        {"verb": "withdraw"},
        {"verb": "undo"},
        {"scope": "world"},
        {"query": "x" * 5000},
    ],
)
def test_what_makes_no_sense_changes_nothing_and_says_so(client, world, data):
    one = tell(world, "one", state=SUBMITTED)
    client.force_login(world.admin.user)
    whole = {"verb": "accept", "scope": "chosen", "incident": [f"{one.uid}.0"], **data}

    answer = client.post(address(world, "bulk_ask"), whole, follow=True)

    assert answer.status_code == 200
    assert "note-error" in answer.text
    assert states(one) == [SUBMITTED]
    assert not BulkAct.objects.exists()


def test_incidents_of_another_study_are_not_touched(client, world):
    mine = tell(world, "mine", state=SUBMITTED)
    client.force_login(world.admin.user)
    theirs = IncidentFactory(state=SUBMITTED)

    decide(client, world, "accept", mine, theirs)

    assert states(mine, theirs) == [ACCEPTED, SUBMITTED]
    assert BulkLine.objects.count() == 1


@pytest.mark.parametrize("role", [RoleName.ANALYST, RoleName.CODER, RoleName.INTERVIEWER])
def test_only_admins_decide_on_many_and_others_are_offered_nothing(client, world, role):
    one = tell(world, "one", own=True)
    member = {
        RoleName.ANALYST: world.analyst,
        RoleName.CODER: world.coder,
        RoleName.INTERVIEWER: world.interviewer,
    }[role]
    client.force_login(member.user)

    page = client.get(address(world, "incident_list")).text
    answer = client.post(
        address(world, "bulk_ask"),
        {"verb": "exclude", "scope": "chosen", "incident": [f"{one.uid}.0"], "sure": "1"},
    )

    assert 'name="verb"' not in page
    assert answer.status_code == 403
    assert states(one) == [ACCEPTED]


# -- All that fit -----------------------------------------------------------------------------


@pytest.fixture
def small_portions(monkeypatch):
    monkeypatch.setattr(bulk, "PORTION", 2)
    monkeypatch.setattr(bulk, "KEYS_AT_ONCE", 3)


def test_all_that_fit_are_decided_on_in_the_background(client, world, small_portions):
    fit = [tell(world, f"refund {number}", state=SUBMITTED) for number in range(7)]
    other = tell(world, "something else", state=SUBMITTED)
    refused = tell(world, "refund, accepted")
    client.force_login(world.admin.user)
    asked = {"verb": "accept", "scope": "matching", "query": "q=refund&sort=region"}

    look = client.post(address(world, "bulk_ask"), asked)
    assert "8 incidents" in look.text
    assert "Words told: refund" in look.text
    answer = client.post(address(world, "bulk_ask"), {**asked, "sure": "1"})
    act = BulkAct.objects.get()
    assert answer.url == address(world, "bulk_show", act.uid)
    assert states(*fit) == [SUBMITTED] * 7
    assert "progress" in client.get(answer.url).text
    late = tell(world, "refund, but later", state=SUBMITTED)

    job = jobs.run_now(act.job)

    assert job.state == JobState.DONE
    assert states(*fit, other, refused, late) == [ACCEPTED] * 7 + [SUBMITTED, ACCEPTED, SUBMITTED]
    page = client.get(answer.url).text
    assert "7 incidents accepted." in page
    assert set(refusals(act)) == {"refund, accepted"}
    assert_numbers_are_right(world)


def test_an_act_cut_off_goes_on_where_it_stopped(client, world, small_portions, monkeypatch):
    fit = [tell(world, f"told {number}", state=SUBMITTED) for number in range(5)]
    found = Incident.objects.filter(study=world.study, state=SUBMITTED)
    act = bulk.request_decision(
        asked={"state": "submitted"}, found=found, verb=BulkVerb.ACCEPT, by=world.admin
    )
    take, calls = bulk._take, []

    def once(steps, taken):
        calls.append(taken)
        if len(calls) > 1:
            raise ConnectionError
        take(steps, taken)

    with monkeypatch.context() as cut:
        cut.setattr(bulk, "_take", once)
        assert jobs.run_now(act.job).state == JobState.WAITING
    assert sorted(states(*fit)) == [ACCEPTED] * 2 + [SUBMITTED] * 3

    Job.objects.update(run_after="1999-01-01T00:00Z")
    assert jobs.run_now(act.job).state == JobState.DONE

    assert states(*fit) == [ACCEPTED] * 5
    assert act.lines.count() == 5
    assert Screening.objects.count() == 5


def test_who_is_no_admin_any_more_decides_nothing_in_the_background(world):
    one = tell(world, "one", state=SUBMITTED)
    found = Incident.objects.filter(pk=one.pk)
    act = bulk.request_decision(asked={}, found=found, verb=BulkVerb.ACCEPT, by=world.admin)
    world.admin.roles.all().delete()

    assert jobs.run_now(act.job).state == JobState.FAILED
    assert states(one) == [SUBMITTED]


# -- Undoing ----------------------------------------------------------------------------------


def test_undoing_reverts_exactly_what_nobody_has_touched_since(client, world):
    plain, changed, coded, before = (
        tell(world, name, state=state)
        for name, state in (
            ("plain", SUBMITTED),
            ("changed", SUBMITTED),
            ("with a coder", SUBMITTED),
            ("returned before", RETURNED),
        )
    )
    decide(client, world, "accept", plain, changed, coded, before)
    changed.refresh_from_db()
    screening.change_told_as(
        incident=changed, told_as="customer", by=world.admin, row_version=changed.row_version
    )
    AssignmentFactory(scheme=world.scheme, moment=coded.moments.get(), coder=world.coder)

    taken_back = undo(client, BulkAct.objects.get())

    assert states(plain, changed, coded, before) == [SUBMITTED, ACCEPTED, ACCEPTED, RETURNED]
    assert plain.left_seq is not None
    assert refusals(taken_back) == {
        "changed": "Somebody else has changed or decided on it since.",
        "with a coder": "It is with the coders already.",
    }
    page = client.get(address(world, "bulk_show", taken_back.uid)).text
    assert "2 incidents stand again where they stood." in page
    assert "with a coder" in page
    assert_numbers_are_right(world)


def test_an_act_is_undone_once(client, world):
    decide(client, world, "accept", tell(world, "one", state=SUBMITTED))
    act = BulkAct.objects.get()
    taken_back = undo(client, act)

    for finished in (act, taken_back):
        with pytest.raises(RefusedError):
            bulk.undo(act=finished, by=world.admin)
    again = client.post(address(world, "bulk_undo", act.uid), follow=True)

    assert "undone already" in again.text
    assert BulkAct.objects.count() == 2


def test_undoing_what_was_excluded_lets_it_count_again(client, world):
    one, two = tell(world, "one"), tell(world, "two", state=SUBMITTED)
    decide(client, world, "exclude", one, two, sure="True", criterion="habitual")
    one.refresh_from_db()
    assert one.left_seq is not None

    undo(client, BulkAct.objects.get())

    assert states(one, two) == [ACCEPTED, SUBMITTED]
    assert one.left_seq is None
    assert_numbers_are_right(world)


def test_a_large_act_is_undone_in_the_background(client, world, small_portions):
    fit = [tell(world, f"told {number}", state=SUBMITTED) for number in range(5)]
    decide(client, world, "accept", *fit)

    taken_back = undo(client, BulkAct.objects.get())
    assert states(*fit) == [ACCEPTED] * 5
    with pytest.raises(RefusedError):
        bulk.undo(act=taken_back, by=world.admin)
    jobs.run_now(taken_back.job)

    assert states(*fit) == [SUBMITTED] * 5


def test_putting_back_refuses_what_is_stale_or_nowhere(world):
    one = tell(world, "one")

    for state, row_version in ((SUBMITTED, one.row_version + 1), (IncidentState.IMPORTING, 0)):
        with pytest.raises(RefusedError):
            put_back(incident=one, state=state, by=world.admin, row_version=row_version)
    with pytest.raises(RefusedError):
        restore(incident=one, by=world.admin, row_version=one.row_version)

    assert states(one) == [ACCEPTED]


# -- What always holds ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"verb": "destroy"},
        {"verb": BulkVerb.UNDO},
        {"verb": BulkVerb.ACCEPT, "undoes": "another"},
    ],
)
def test_a_bulk_act_has_a_known_verb_and_an_undo_names_what_it_undoes(world, fields):
    act = BulkAct.objects.create(study=world.study, by=world.admin, verb="accept", meant=1)
    if "undoes" in fields:
        fields = {**fields, "undoes": act}

    with pytest.raises(IntegrityError), transaction.atomic():
        BulkAct.objects.create(study=world.study, by=world.admin, meant=1, **fields)


def test_an_incident_has_one_line_of_an_act_either_done_or_refused(world):
    one, two = tell(world, "one"), tell(world, "two")
    act = BulkAct.objects.create(study=world.study, by=world.admin, verb="accept", meant=1)
    BulkLine.objects.create(act=act, incident=one, before=SUBMITTED, row_version=1)

    for fields in (
        {"incident": one, "row_version": 2},
        {"incident": two},
        {"incident": two, "row_version": 1, "refusal": "Why."},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            BulkLine.objects.create(act=act, before=SUBMITTED, **fields)


def test_a_stranger_sees_no_acts(client, world):
    decide(client, world, "accept", tell(world, "one", state=SUBMITTED))
    act = BulkAct.objects.get()
    stranger = MemberFactory(roles=[RoleName.ADMIN])
    client.force_login(stranger.user)

    for name, keys in (("bulk_list", []), ("bulk_show", [act.uid])):
        assert client.get(address(world, name, *keys)).status_code == 404


@pytest.mark.parametrize("lines", [1, 20])
def test_the_page_of_an_act_takes_the_same_queries_for_any_number_of_lines(
    client, world, lines, django_assert_num_queries
):
    accepted = [tell(world, f"accepted {number}") for number in range(lines)]
    decide(client, world, "accept", *accepted)
    act = BulkAct.objects.get()

    with django_assert_num_queries(5):
        page = client.get(address(world, "bulk_show", act.uid)).text

    assert page.count('class="row-link"') == lines
