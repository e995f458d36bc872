"""The pages of screening by two, of stories told twice, and of what a study asks."""

import re

import pytest
from django.urls import reverse

from incidents.actions import screening
from incidents.choices import IncidentState, RoleName
from incidents.criteria import KNOWN, Judgement
from incidents.models import (
    Incident,
    Likeness,
    Screening,
    ScreeningPlan,
    SecondScreening,
    StudyCriterion,
)
from incidents.queries.criteria import criteria_of
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db
SECRET = "a-planted-reason"


@pytest.fixture
def study():
    return StudyFactory()


@pytest.fixture
def first(study):
    ScreeningPlan.objects.create(study=study, share=100, seed=1)
    return MemberFactory(study=study, roles=[RoleName.ADMIN])


@pytest.fixture
def admin(client, study):
    member = MemberFactory(study=study, roles=[RoleName.ADMIN])
    client.force_login(member.user)
    return member


@pytest.fixture
def judged(first):
    """Return an incident that somebody else has excluded and that was drawn."""
    incident = IncidentFactory(study=first.study, state=IncidentState.SUBMITTED)
    screening.exclude(
        incident=incident, criterion="habitual", reason=SECRET, by=first, row_version=0
    )
    return incident


def url(name, study, *args):
    return reverse(f"incidents:{name}", args=[study.slug, *args])


# -- The second verdict -----------------------------------------------------------------------


def test_the_second_screener_sees_the_words_and_not_the_first_verdict(client, admin, first, judged):
    page = client.get(url("second_next", admin.study), follow=True)

    assert judged.version.headline in page.text
    for told in (SECRET, first.display_name, "Excluded", 'class="state state-excluded"'):
        assert told not in page.text
    assert client.get(url("screening_show", admin.study, judged.uid))["Location"] == url(
        "second_show", admin.study, judged.uid
    )


def test_the_first_screener_is_not_asked_for_a_second_verdict(client, first, judged):
    client.force_login(first.user)

    assert client.get(url("second_show", first.study, judged.uid)).status_code == 404
    page = client.get(url("second_next", first.study), follow=True)
    assert "No incident waits for a second verdict of yours" in page.text
    assert SECRET in client.get(url("screening_show", first.study, judged.uid)).text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"verdict_given": "accept", "question": "x"}, ("accept", "", "")),
        ({"verdict_given": "return", "question": "When?"}, ("return", "", "When?")),
        (
            {"verdict_given": "exclude", "criterion": "too_old", "reason": "Long ago."},
            ("exclude", "too_old", "Long ago."),
        ),
    ],
)
def test_a_second_verdict_is_kept_with_what_belongs_to_it(client, admin, judged, sent, kept):
    client.post(url("second_show", admin.study, judged.uid), {**sent, "finding-habitual": "unmet"})

    second = SecondScreening.objects.get()
    assert (second.verdict, second.criterion, second.words) == kept
    assert (second.member, second.findings) == (admin, {"habitual": "unmet"})
    assert Incident.objects.get().state == IncidentState.EXCLUDED


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"verdict_given": "withdraw"},
        {"verdict_given": "return", "question": " "},
        {"verdict_given": "exclude"},
        {"verdict_given": "exclude", "criterion": "other"},
        {"verdict_given": "exclude", "criterion": "nonsense"},
        {"verdict_given": "accept", "finding-habitual": "nonsense"},
    ],
)
def test_a_faulty_second_verdict_comes_back_and_is_not_kept(client, admin, judged, sent):
    response = client.post(url("second_show", admin.study, judged.uid), sent)

    assert response.status_code == 422
    assert SecondScreening.objects.get().given_at is None


def test_a_verdict_by_somebody_who_came_late_tells_nothing_of_the_one_before(client, admin, judged):
    response = client.post(
        url("screening_accept", admin.study, judged.uid), {"row_version": 0}, follow=True
    )

    assert "Somebody else decided on this one just now" in response.text
    assert SECRET not in response.text
    assert Incident.objects.get().state == IncidentState.EXCLUDED


# -- Agreement --------------------------------------------------------------------------------


def test_before_anything_was_drawn_the_page_says_how_to_begin(client, admin):
    page = client.get(url("agreement_show", admin.study))

    assert "No incident was drawn yet" in page.text
    assert url("criteria_edit", admin.study) in page.text


def test_agreement_is_shown_with_its_base_and_the_disagreement_to_settle(
    client, admin, first, judged
):
    client.post(url("second_show", admin.study, judged.uid), {"verdict_given": "accept"})

    page = client.get(url("agreement_show", admin.study))

    text = " ".join(re.sub("<[^>]+>", " ", page.text).split())
    assert "Agreement 0% on 1 incident judged by two" in text
    assert "Cohen's kappa 0.00" in text.replace("&#x27;", "'")
    second = SecondScreening.objects.get()
    assert url("disagreement_settle", admin.study, second.uid) in page.text


def test_a_disagreement_is_settled_with_a_reason(client, admin, first, judged):
    client.post(url("second_show", admin.study, judged.uid), {"verdict_given": "accept"})
    page_url = url("disagreement_settle", admin.study, SecondScreening.objects.get().uid)
    page = client.get(page_url)
    assert SECRET in page.text

    assert client.post(page_url, {"settled_for": "second"}).status_code == 422
    sent = {"settled_for": "second", "because": "It is one.", "row_version": 1}
    client.post(page_url, sent)

    assert Incident.objects.get().state == IncidentState.ACCEPTED
    assert Screening.objects.latest("pk").member == admin
    assert client.get(page_url).status_code == 404
    assert "It is one." in client.get(url("agreement_show", admin.study)).text


@pytest.mark.parametrize("count", [1, 20])
def test_agreement_takes_as_many_queries_for_many(
    client, admin, first, count, django_assert_num_queries
):
    for number in range(count):
        incident = IncidentFactory(study=first.study, state=IncidentState.SUBMITTED)
        screening.accept(incident=incident, by=first, row_version=0)
        client.post(
            url("second_show", admin.study, incident.uid),
            {"verdict_given": "return", "question": f"{number}?"},
        )

    with django_assert_num_queries(10):
        client.get(url("agreement_show", admin.study))


# -- Told twice -------------------------------------------------------------------------------


def pair(study, **fields):
    told = [IncidentFactory(study=study) for _side in range(2)]
    return Likeness.objects.create(
        study=study, first=told[0], second=told[1], words=12, story=61, **fields
    )


def test_two_that_are_alike_are_shown_side_by_side_and_on_the_desk(client, admin):
    alike = pair(admin.study)

    listed = client.get(url("likeness_list", admin.study)).text
    shown = client.get(url("likeness_show", admin.study, alike.uid)).text
    desk = client.get(url("screening_show", admin.study, alike.second.uid)).text

    for headline in (alike.first.version.headline, alike.second.version.headline):
        assert headline in listed
        assert headline in shown
    assert alike.first.version.headline in desk
    assert "61%" in listed


def test_judging_two_as_one_story_leaves_both(client, admin):
    alike = pair(admin.study)

    client.post(url("likeness_judge", admin.study, alike.uid), {"judgement": "same"})

    alike.refresh_from_db()
    assert (alike.judgement, alike.judged_by) == (Judgement.SAME, admin)
    assert set(Incident.objects.values_list("state", flat=True)) == {IncidentState.ACCEPTED}
    assert alike.first.version.headline not in client.get(url("likeness_list", admin.study)).text
    page = client.get(url("likeness_list", admin.study) + "?judgement=same")
    assert alike.first.version.headline in page.text


def test_a_judgement_that_there_is_not_changes_nothing(client, admin):
    alike = pair(admin.study)

    client.post(url("likeness_judge", admin.study, alike.uid), {"judgement": "merge"})

    assert Likeness.objects.get().judgement == Judgement.OPEN


def test_a_pair_of_another_study_is_not_found(client, admin):
    theirs = pair(StudyFactory())

    assert client.get(url("likeness_show", admin.study, theirs.uid)).status_code == 404


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_of_pairs_takes_five_queries(client, admin, count, django_assert_num_queries):
    for _number in range(count):
        pair(admin.study)

    with django_assert_num_queries(5):
        response = client.get(url("likeness_list", admin.study))

    assert response.text.count('class="row-link"') == count


# -- What a study asks ------------------------------------------------------------------------


def all_rows(study, **changes):
    sent = {"row_version": 0, "share": 25, "seed": 7}
    for criterion in criteria_of(study):
        sent |= {
            f"{criterion.code}-effect": criterion.effect,
            f"{criterion.code}-name": str(criterion.name),
            f"{criterion.code}-unmet": str(criterion.unmet),
        }
    return {**sent, "too_little-limit": 150, **changes}


def test_criteria_are_saved_and_words_that_all_studies_know_are_not_repeated(client, admin):
    changes = {"habitual-effect": "blocks", "too_old-name": "It was this month"}

    client.post(url("criteria_edit", admin.study), all_rows(admin.study, **changes))

    rows = {row.code: row for row in StudyCriterion.objects.all()}
    assert rows["habitual"].effect == "blocks"
    assert (rows["too_old"].name, rows["habitual"].name) == ("It was this month", "")
    assert rows["too_little"].limit == 150
    assert ScreeningPlan.objects.values_list("share", "seed", "row_version").get() == (25, 7, 1)
    assert "It was this month" in client.get(url("criteria_edit", admin.study)).text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"share": 101}, 422),
        ({"share": ""}, 422),
        ({"seed": -1}, 422),
        ({"habitual-effect": "shout"}, 422),
        ({"habitual-name": "x" * 161}, 422),
        ({"too_little-limit": 0}, 422),
        ({"row_version": 5}, 409),
    ],
)
def test_faulty_criteria_come_back_and_are_not_saved(client, admin, changes, status):
    response = client.post(url("criteria_edit", admin.study), all_rows(admin.study, **changes))

    assert response.status_code == status
    assert not StudyCriterion.objects.exists()


def test_a_template_is_used(client, admin):
    sent = {"row_version": 0, "template": "classic"}

    client.post(url("criteria_from_template", admin.study), sent)

    assert StudyCriterion.objects.filter(effect="blocks").count() == 4
    again = client.post(url("criteria_from_template", admin.study), sent)
    assert again.status_code == 409


def test_an_own_criterion_needs_words_and_is_asked_from_then_on(client, admin):
    address = url("criterion_create", admin.study)
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "In a branch", "effect": "flags"}).status_code == 422

    client.post(address, {"name": "In a branch", "unmet": "Elsewhere", "effect": "blocks"})

    assert StudyCriterion.objects.count() == len(KNOWN) + 1
    incident = IncidentFactory(study=admin.study, state=IncidentState.SUBMITTED)
    assert "In a branch" in client.get(url("screening_show", admin.study, incident.uid)).text
