"""The pages of the holdout, and every other page while something is held out."""

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse

from incidents.choices import IncidentState, RoleName
from incidents.models import Draft, Incident, Study
from reports.queries.funnel import fieldwork_of
from reports.queries.studies import funnel_of, states_by_region
from taxonomy.actions import holding
from taxonomy.actions.holding import draw_holdout, release_holdout
from taxonomy.models import Assignment, Holdout
from taxonomy.queries.holdout import AskedToHold
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory
from tests.taxonomy.planning_world import coders_in, moments_in, scheme_to_code

ALL = AskedToHold(seed=1, number=100)
ASKED = {"percent": "50", "seed": "1"}


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def study(scheme):
    return scheme.study


@pytest.fixture
def admin(client, study):
    member = MemberFactory(study=study, roles=[RoleName.ADMIN])
    client.force_login(member.user)
    return member


def url(name, study, *more):
    return reverse(f"taxonomy:{name}", args=[study.slug, *more])


def seen_in(page):
    return re.search(r'name="seen" value="(\w+)"', page).group(1)


def test_a_holdout_is_seen_drawn_and_released(client, study, scheme, admin):
    moments_in(scheme, 4)
    assert "Draw a holdout" in client.get(url("holdout_show", study)).text

    preview = client.get(url("holdout_preview", study), ASKED).text
    client.post(url("holdout_draw", study), {**ASKED, "seen": seen_in(preview)})

    assert "2 of 4 incidents are held out" in preview
    assert study.incidents.filter(state=IncidentState.HELD_OUT).count() == 2
    page = client.get(url("holdout_show", study)).text
    assert "2 of 4 incidents" in page
    assert "Code the holdout" not in page
    assert client.post(url("holdout_release", study), {"reason": ""}).status_code == 422

    client.post(url("holdout_release", study), {"reason": "Nothing new comes."})

    page = client.get(url("holdout_show", study)).text
    assert ("Nothing new comes." in page, "Code the holdout" in page) == (True, True)
    assert study.incidents.accepted().count() == 4
    again = client.post(url("holdout_release", study), {"reason": "Twice"})
    assert (again.status_code, "already" in again.text) == (422, True)
    assert client.get(url("holdout_release", study)).url == url("holdout_show", study)


@pytest.mark.parametrize(("number", "warned"), [(3, False), (4, True), (400, True)])
def test_who_would_hold_everything_out_is_told(client, scheme, admin, number, warned):
    moments_in(scheme, 4)

    page = client.get(url("holdout_preview", scheme.study), {"number": number, "seed": "1"}).text

    assert ("none of it is left to make categories from" in page) is warned


def test_what_arrives_after_the_preview_is_shown_before_anything_is_drawn(
    client, study, scheme, admin
):
    moments_in(scheme, 4)
    seen = seen_in(client.get(url("holdout_preview", study), ASKED).text)
    moments_in(scheme, 4)

    answer = client.post(url("holdout_draw", study), {**ASKED, "seen": seen})

    assert (answer.status_code, "4 of 8 incidents" in answer.text) == (409, True)
    assert seen_in(answer.text) != seen
    assert not Holdout.objects.exists()


def test_where_nothing_can_be_drawn_the_page_says_how_many_are_not_and_why(
    client, study, scheme, admin
):
    (moment,) = moments_in(scheme, 1)
    batch = scheme.batches.get()
    Assignment.objects.create(batch=batch, moment=moment, coder=admin, sole=True)
    IncidentFactory(study=study, state=IncidentState.SUBMITTED)

    page = client.get(url("holdout_draw", study)).text
    answer = client.post(url("holdout_draw", study), ASKED)

    assert "every accepted incident has been coded, given or sorted" in page
    rows = dict(re.findall(r"<dt>([^<]+)</dt>\s*<dd>(\d+)</dd>", page))
    assert rows == {
        "Accepted": "1",
        "Can be drawn": "0",
        "Coded, or with a coder": "1",
        "Not accepted yet": "1",
    }
    assert (answer.status_code, Holdout.objects.count()) == (422, 0)


def test_a_drawing_is_taken_back(client, study, scheme, admin):
    moments_in(scheme, 2)
    draw_holdout(study=study, asked=ALL, by=admin)

    client.post(url("holdout_take_back", study))

    assert study.incidents.accepted().count() == 2
    assert "2 incidents, drawn" in client.get(url("holdout_show", study)).text


def test_days_are_those_of_the_study_and_what_is_still_coming_back_is_said(
    client, study, scheme, admin, monkeypatch
):
    monkeypatch.setattr(holding, "PORTION", 2)
    Study.objects.filter(pk=study.pk).update(time_zone="Pacific/Auckland")
    moments_in(scheme, 3)
    holdout = draw_holdout(study=study, asked=ALL, by=admin)
    drawn_at = dt.datetime(2026, 1, 31, 12, 30, tzinfo=dt.UTC)
    Holdout.objects.filter(pk=holdout.pk).update(created_at=drawn_at)
    assert "Feb. 1, 2026" in client.get(url("holdout_show", study)).text

    client.post(url("holdout_take_back", study))

    page = client.get(url("holdout_show", study)).text
    assert ("1 incident is still on its way back" in page, "Feb. 1, 2026" in page) == (True, True)
    assert client.post(url("holdout_draw", study), ASKED).status_code == 422


def test_the_plan_of_the_holdout_begins_with_it(client, study, scheme, admin):
    moments_in(scheme, 2)
    create = url("plan_create", study, scheme.slug)
    assert "only_holdout" not in client.get(create).text
    holdout = draw_holdout(study=study, asked=ALL, by=admin)
    moments_in(scheme, 3)
    coders = [str(coder.uid) for coder in coders_in(scheme, 2)]
    assert "only_holdout" not in client.get(create).text
    release_holdout(holdout=holdout, reason="Done", by=admin)

    link = f'href="{create}?only_holdout=on"'
    assert link in client.get(url("holdout_show", study)).text
    page = client.get(create, {"only_holdout": "on"}).text
    asked = {"name": "Held", "coders": coders, "way": "whole", "each": 2, "every": 7, "seed": 1}
    client.post(create, {**asked, "later": "wait", "only_holdout": "on"})

    assert re.search(r'name="only_holdout"[^>]*checked', page)
    assert "This field is required" not in page
    given = set(Assignment.objects.values_list("moment__incident", flat=True))
    assert given == set(holdout.held.values_list("incident", flat=True))
    assert link not in client.get(url("holdout_show", study)).text
    plan = scheme.plans.get()
    assert (
        "Only what was held out" in client.get(url("plan_show", study, scheme.slug, plan.uid)).text
    )


@pytest.mark.parametrize("schemes", [1, 6])
def test_the_pages_take_as_many_queries_for_any_number_of_schemes(
    client, scheme, admin, schemes, django_assert_num_queries
):
    study = scheme.study
    moments_in(scheme, schemes)
    holdout = draw_holdout(study=study, asked=ALL, by=admin)
    release_holdout(holdout=holdout, reason="Done", by=admin)
    for _ in range(schemes - 1):
        scheme_to_code(study=study)
    client.get(url("holdout_show", study))

    with django_assert_num_queries(7):
        page = client.get(url("holdout_show", study)).text

    assert page.count("What it confirms") == schemes


def test_the_confirmation_says_that_nothing_is_released_or_decided_yet(
    client, study, scheme, admin
):
    page = url("holdout_confirm", study, scheme.slug)
    moments_in(scheme, 1)
    assert "Nothing is held out" in client.get(page).text
    holdout = draw_holdout(study=study, asked=ALL, by=admin)
    assert "Not released yet" in client.get(page).text
    release_holdout(holdout=holdout, reason="Done", by=admin)
    released_at = dt.datetime(2026, 1, 31, 12, 30, tzinfo=dt.UTC)
    Holdout.objects.filter(pk=holdout.pk).update(released_at=released_at)
    Study.objects.filter(pk=study.pk).update(time_zone="Pacific/Auckland")
    text = client.get(page).text
    assert ("0 of 1 moments decided" in text, "Feb. 1, 2026" in text) == (True, True)

    later = scheme_to_code(study=study)

    text = client.get(url("holdout_confirm", study, later.slug)).text
    assert "This scheme was started later" in text


# -- While it is held out ----------------------------------------------------------------------


@pytest.fixture
def talk(study):
    teller = MemberFactory(study=study, roles=[RoleName.INTERVIEWER])
    return InterviewFactory(study=study, interviewer=teller)


@pytest.fixture
def held(study, talk):
    incident = IncidentFactory(interview=talk, words={"headline": "planted-words"})
    body = {"headline": "planted-draft"}
    Draft.objects.create(
        study=study,
        member=talk.interviewer,
        interview=talk,
        object_uid=incident.uid,
        tab="tab",
        body=body,
        sha256="0" * 64,
        saved_at=incident.created_at,
    )
    draw_holdout(study=study, asked=ALL, by=None)
    return incident


def test_its_teller_sees_that_it_exists_and_neither_words_nor_drafts(client, study, talk, held):
    client.force_login(talk.interviewer.user)
    show = reverse("incidents:interview_show", args=[study.slug, talk.uid])
    record = reverse("incidents:incident_record", args=[study.slug, talk.uid, held.uid])

    page = client.get(show).text
    others = [
        client.get(reverse(f"incidents:{name}", args=[study.slug])).text
        for name in ("interview_list", "incident_mine")
    ]

    assert "Until it is released nobody reads or changes it." in page
    assert "planted" not in "".join([page, *others])
    assert client.get(record).url == show
    assert (
        client.get(reverse("incidents:incident_show", args=[study.slug, held.uid])).status_code
        == 404
    )


def test_what_its_teller_sends_of_it_all_the_same_is_kept_and_changes_nothing(
    client, study, talk, held
):
    client.force_login(talk.interviewer.user)
    submit = reverse("incidents:incident_submit", args=[study.slug, talk.uid, held.uid])
    words = {"headline": "Mine", "situation": "Other words", "language": "en", "told_as": "own"}
    window = {"tab": "another", "position": "1", "member": str(talk.interviewer.uid)}

    client.post(submit, {**words, **window, "valence": "positive", "asked_for": "good"})

    held.refresh_from_db()
    assert (held.state, held.versions.count()) == (IncidentState.HELD_OUT, 1)
    assert Draft.objects.filter(tab="another", body__headline="Mine").exists()


def test_an_admin_withdraws_it_unread(client, study, talk, held, admin):
    page = reverse("incidents:held_out_withdraw", args=[study.slug, held.uid])

    asked = client.get(page)
    stale = client.post(page, {"row_version": "7", "reason": "x"})
    client.post(page, {"row_version": "0", "reason": "They asked for it."})

    assert (asked.status_code, "planted" in asked.text, stale.status_code) == (200, False, 409)
    assert Incident.objects.get(pk=held.pk).state == IncidentState.WITHDRAWN
    assert client.get(page).status_code == 404
    unknown = reverse("incidents:held_out_withdraw", args=[study.slug, uuid.uuid4()])
    assert client.get(unknown).status_code == 404


def test_the_funnel_reconciles_with_what_is_held_out(client, study, scheme, held, admin):
    moments_in(scheme, 2)

    funnel, fieldwork = funnel_of(study, states_by_region(study)), fieldwork_of(study)
    overview = client.get(reverse("reports:study_show", args=[study.slug])).text
    page = client.get(reverse("reports:funnel_show", args=[study.slug])).text

    assert (funnel.told, funnel.screened, funnel.held_out, funnel.used) == (3, 3, 1, 2)
    assert (fieldwork.submitted, fieldwork.states[IncidentState.HELD_OUT]) == (3, 1)
    assert "Held out" in overview
    assert url("holdout_show", study) in page
