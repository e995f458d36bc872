"""Coding ahead of the network: what is handed out ahead, and what a window did not know."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection
from django.urls import reverse

from incidents.choices import AskedFor, IncidentState, RoleName
from incidents.models import Incident
from taxonomy.actions import coding as coding_actions
from taxonomy.actions.coding import (
    AHEAD,
    CodingRefused,
    assignments_ahead,
    code_moment,
    put_aside,
    take_back,
    take_next_assignment,
)
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Hidden, Purpose
from taxonomy.models import Assignment, Batch, Category, Coding, Plan
from taxonomy.queries.coding import answers_of
from taxonomy.queries.desk import shown_to_code
from taxonomy.tabulation.pace import pace_of
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    OrganizationFactory,
    RegionFactory,
    RespondentFactory,
    SiteFactory,
)
from tests.taxonomy.factories import AssignmentFactory, SchemeFactory

SCRIPT = {"Accept": "application/json"}
NOON = dt.datetime(1999, 3, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def scheme(db):
    return SchemeFactory(categories=["Listening", "Waiting"])


@pytest.fixture
def coder(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.CODER])


def planned(scheme, coder, number, *, kind=BatchKind.SHARED, **fields):
    batch = Batch.objects.create(scheme=scheme, name="Week 1", kind=kind, **fields)
    moments = [IncidentFactory(study=scheme.study).moments.get() for _ in range(number)]
    return [AssignmentFactory(batch=batch, moment=moment, coder=coder) for moment in moments]


def answer(assignment, name="Listening", *, uid=None, **fields):
    category = Category.objects.get(scheme=assignment.batch.scheme, name=name)
    return code_moment(
        assignment=assignment,
        by=assignment.coder,
        uid=uid or uuid.uuid4(),
        category=category,
        **fields,
    )


def ahead(coder, scheme, *held):
    return assignments_ahead(coder=coder, scheme=scheme, held=[one.uid for one in held])


# -- Handed out ahead --------------------------------------------------------------------------


def test_ahead_is_a_handful_of_ones_own_in_order_without_what_the_page_holds(scheme, coder):
    given = planned(scheme, coder, AHEAD + 3)
    put_aside(assignment=given[2], by=coder)
    assert ahead(coder, scheme, given[0]) == [given[1], *given[3 : AHEAD + 2]]


def test_of_what_goes_to_whoever_asks_one_is_taken_ahead_and_no_more(scheme, coder):
    for _ in range(4):
        IncidentFactory(study=scheme.study)
    first = take_next_assignment(coder=coder, scheme=scheme)

    second = ahead(coder, scheme, first)
    assert len(second) == 1
    assert ahead(coder, scheme, first) == second, "another window is shown the same"
    assert ahead(coder, scheme, first, *second) == []
    assert Assignment.objects.count() == 2

    answer(first)
    assert take_next_assignment(coder=coder, scheme=scheme) == second[0]
    assert len(ahead(coder, scheme, *second)) == 1


def test_nothing_is_handed_out_ahead_that_is_paused_or_does_not_count(scheme, coder):
    given = planned(scheme, coder, 3, paused_at=NOON)
    assert ahead(coder, scheme) == []
    Batch.objects.update(paused_at=None)
    Incident.objects.filter(moments=given[0].moment_id).update(state=IncidentState.WITHDRAWN)
    assert ahead(coder, scheme) == given[1:]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_windows_that_ask_at_once_take_one_ahead(monkeypatch):
    """The other window takes one after this one saw that none was taken."""
    scheme = SchemeFactory(categories=["Listening"])
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    for _ in range(4):
        IncidentFactory(study=scheme.study)
    first = take_next_assignment(coder=coder, scheme=scheme)
    next_free = coding_actions._next_free

    def ask_in_other_window():
        try:
            ahead(coder, scheme, first)
        finally:
            connection.close()

    def after_the_other(batch):
        monkeypatch.setattr(coding_actions, "_next_free", next_free)
        other = threading.Thread(target=ask_in_other_window)
        other.start()
        other.join(timeout=30)
        return next_free(batch)

    monkeypatch.setattr(coding_actions, "_next_free", after_the_other)
    ahead(coder, scheme, first)

    assert Assignment.objects.filter(coder=coder).count() == 2


# -- What a window did not know ----------------------------------------------------------------


def test_an_answer_from_a_window_that_did_not_see_the_last_one_is_refused(scheme, coder):
    (given,) = planned(scheme, coder, 1)
    first = answer(given, seen="")

    with pytest.raises(CodingRefused, match="in another window: Listening"):
        answer(given, "Waiting", seen="")
    assert Coding.objects.live().get() == first
    changed = answer(given, "Waiting", seen=str(first.uid))
    assert Coding.objects.live().get() == changed


def test_what_was_taken_back_is_answered_anew_by_a_window_that_did_not_see_it(scheme, coder):
    (given,) = planned(scheme, coder, 1)
    take_back(coding=answer(given), by=coder)
    assert answer(given, "Waiting", seen="").category.name == "Waiting"


def test_sent_twice_an_answer_counts_once_though_another_window_has_changed_it(scheme, coder):
    (given,) = planned(scheme, coder, 1)
    uid = uuid.uuid4()
    first = answer(given, uid=uid, seen="")
    changed = answer(given, "Waiting", seen=str(uid))

    assert answer(given, uid=uid, seen="") == first
    assert Coding.objects.live().get() == changed


def test_whether_it_is_to_be_discussed_is_part_of_an_answer(scheme, coder):
    (given,) = planned(scheme, coder, 1)
    uid = uuid.uuid4()
    answer(given, uid=uid)
    flagged = answer(given, uid=uid, flagged=True)
    assert Coding.objects.live().get() == flagged
    assert flagged.flagged


def test_coding_again_leaves_the_first_answer_as_it_is(scheme, coder):
    (given,) = planned(scheme, coder, 1)
    first = answer(given)
    batch = Batch.objects.create(scheme=scheme, name="Again", kind=BatchKind.RECODE)
    again = AssignmentFactory(batch=batch, moment=given.moment, coder=coder)

    second = answer(again, "Waiting", seen="")

    assert (second.purpose, second.supersedes) == (Purpose.RECODE, None)
    assert set(Coding.objects.live()) == {first, second}
    assert list(answers_of(coder)) == [second], "the first is not shown until the batch is locked"
    Batch.objects.update(state=BatchState.LOCKED)
    assert set(answers_of(coder)) == {first, second}


# -- What is shown -----------------------------------------------------------------------------

KNOWN = {
    Hidden.REGION: "North by East",
    Hidden.ORGANIZATION: "Hidden Hotels – Reef",
    Hidden.INTERVIEWER: "Iris Interviewer",
    Hidden.ASKED_FOR: "Poor service",
}


@pytest.fixture
def placed(scheme, coder):
    """An assignment of which everything is known."""
    study = scheme.study
    site = SiteFactory(
        study=study,
        organization=OrganizationFactory(study=study, name="Hidden Hotels"),
        region=RegionFactory(study=study, name="North by East"),
        place="Reef",
        country="",
    )
    talk = InterviewFactory(
        study=study,
        respondent=RespondentFactory(study=study, site=site),
        interviewer=MemberFactory(study=study, display_name="Iris Interviewer"),
    )
    incident = IncidentFactory(
        study=study, interview=talk, asked_for=AskedFor.POOR, happened_told="last summer"
    )
    plan = Plan.objects.create(scheme=scheme, name="Plan", seed=1)
    batch = Batch.objects.create(scheme=scheme, plan=plan, name="B", kind=BatchKind.PLAN)
    return AssignmentFactory(batch=batch, moment=incident.moments.get(), coder=coder)


@pytest.mark.parametrize("hides", [list(Hidden), [], *([one] for one in Hidden)], ids=str)
def test_coders_see_what_the_plan_does_not_hide(client, placed, hides):
    Plan.objects.update(hides=hides)
    client.force_login(placed.coder.user)
    scheme = placed.batch.scheme
    addresses = [
        reverse("taxonomy:coding_show", args=[scheme.study.slug, scheme.slug, placed.uid]),
        reverse("taxonomy:coding_ahead", args=[scheme.study.slug, scheme.slug]),
    ]
    for address in addresses:
        text = client.get(address).text
        assert "last summer" in text
        shown = {which for which, words in KNOWN.items() if words in text}
        assert shown == set(Hidden) - set(hides)


def test_without_a_plan_nothing_of_who_and_where_is_shown(client, placed):
    Batch.objects.update(plan=None)
    client.force_login(placed.coder.user)
    scheme = placed.batch.scheme
    address = reverse("taxonomy:coding_show", args=[scheme.study.slug, scheme.slug, placed.uid])
    text = client.get(address).text
    assert not [words for words in KNOWN.values() if words in text]


def test_many_moments_are_shown_by_three_queries(scheme, coder, django_assert_num_queries):
    plan = Plan.objects.create(scheme=scheme, name="Plan", seed=1, hides=[])
    planned(scheme, coder, AHEAD, plan=plan)
    rows = list(Assignment.objects.select_related("batch__plan", "moment__incident__version").all())
    with django_assert_num_queries(3):
        assert len(shown_to_code(rows)) == AHEAD


# -- What the script is told -------------------------------------------------------------------


def address(name, assignment):
    scheme = assignment.batch.scheme
    return reverse(f"taxonomy:{name}", args=[scheme.study.slug, scheme.slug, assignment.uid])


def sent(**fields):
    return {"uid": str(uuid.uuid4()), "unclassifiable": "too_little", **fields}


def test_what_somebody_else_left_in_a_browser_is_not_taken(client, scheme, coder):
    (given,) = planned(scheme, coder, 1)
    other = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    client.force_login(other.user)
    theirs = sent(member=str(coder.uid))

    response = client.post(address("coding_record", given), theirs, headers=SCRIPT)

    assert response.status_code == 403
    assert not Coding.objects.exists()
    client.force_login(coder.user)
    response = client.post(address("coding_record", given), theirs, headers=SCRIPT)
    assert response.json()["uid"] == theirs["uid"]
    assert Coding.objects.get().coder == coder


def test_an_answer_for_a_moment_handed_on_meanwhile_is_refused_with_a_reason(client, scheme, coder):
    (given,) = planned(scheme, coder, 1)
    client.force_login(coder.user)
    Assignment.objects.all().delete()
    for name in ("coding_record", "coding_put_aside"):
        response = client.post(address(name, given), sent(), headers=SCRIPT)
        assert (response.status_code, response.json()["gone"]) == (409, True)
        assert client.post(address(name, given), sent()).status_code == 404


def test_putting_aside_and_taking_back_are_acknowledged_too(client, scheme, coder):
    aside, coded = planned(scheme, coder, 2)
    coding = answer(coded)
    client.force_login(coder.user)
    back = reverse("taxonomy:coding_take_back", args=[scheme.study.slug, coding.uid])

    first = client.post(address("coding_put_aside", aside), sent(), headers=SCRIPT).json()
    assert "1 put aside" in first["parts"]["trail"]
    assert "0 done today" in client.post(back, sent(), headers=SCRIPT).json()["parts"]["trail"]
    assert not Coding.objects.live().exists()


@pytest.mark.parametrize("rows", [1, 30])
def test_what_is_put_aside_is_listed_to_take_up_again(
    client, scheme, coder, rows, django_assert_num_queries
):
    given = planned(scheme, coder, rows + 1)
    Assignment.objects.exclude(pk=given[-1].pk).update(state=AssignmentState.SKIPPED)
    client.force_login(coder.user)
    listed = reverse("taxonomy:coding_aside", args=[scheme.study.slug, scheme.slug])

    with django_assert_num_queries(5):
        text = client.get(listed).text

    assert text.count('class="row-link"') == rows
    assert address("coding_show", given[0]) in text
    assert address("coding_show", given[-1]) not in text


# -- Pace --------------------------------------------------------------------------------------


def after(*minutes):
    return [NOON + dt.timedelta(minutes=minute) for minute in minutes]


@pytest.mark.parametrize(
    ("minutes", "worked", "per_hour"),
    [
        ([], 0, None),
        ([0], 0, None),
        ([0, 1, 2], 2, None),
        ([0, 1, 2, 3], 3, 60),
        ([3, 0, 2, 1], 3, 60),
        ([0, 2, 4, 6, 66, 68], 8, 30),
        ([0, 5, 10, 15], 15, 12),
        ([0, 0.1, 0.2, 0.9], 1, None),
        ([0, 0, 0, 0], 0, None),
    ],
    ids=["none", "one", "few", "steady", "unordered", "a break", "no break", "hasty", "at once"],
)
def test_a_pace_leaves_breaks_out(minutes, worked, per_hour):
    pace = pace_of(after(*minutes))
    assert (pace.minutes, pace.per_hour) == (worked, per_hour)
