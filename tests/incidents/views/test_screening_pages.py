import pytest
from django.urls import reverse

from incidents.choices import IncidentState, RoleName
from incidents.models import Incident, Screening, ScreeningHold, StudyCriterion
from taxonomy.models import Assignment, Batch, Scheme
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}


@pytest.fixture
def study():
    return StudyFactory()


@pytest.fixture
def admin(client, study):
    member = MemberFactory(study=study, roles=[RoleName.ADMIN])
    client.force_login(member.user)
    return member


@pytest.fixture
def waiting(study):
    return [IncidentFactory(study=study, state=IncidentState.SUBMITTED) for _number in range(2)]


def address(name, incident):
    return reverse(f"incidents:{name}", args=[incident.study.slug, incident.uid])


def queue(study):
    return reverse("incidents:screening_queue", args=[study.slug])


VALID = {
    "screening_accept": {"row_version": 0},
    "screening_return": {"row_version": 0, "question": "Where was it?"},
    "screening_exclude": {"row_version": 0, "criterion": "habitual", "reason": "Every Monday."},
    "screening_withdraw": {"row_version": 0, "reason": "Asked us to."},
}
STATES = ["accepted", "returned", "excluded", "withdrawn"]


@pytest.mark.parametrize(("name", "state"), list(zip(VALID, STATES, strict=True)))
def test_a_verdict_leads_to_the_next_incident(client, admin, waiting, name, state):
    first, second = waiting

    response = client.post(address(name, first), VALID[name])

    assert response["Location"] == address("screening_show", second)
    assert Incident.objects.get(pk=first.pk).state == state
    assert Screening.objects.get().member == admin


def test_htmx_gets_the_next_incident_in_place_with_its_address(client, admin, waiting):
    first, second = waiting

    response = client.post(
        address("screening_accept", first), VALID["screening_accept"], headers=HTMX
    )

    assert response["HX-Push-Url"] == address("screening_show", second)
    assert second.version.headline in response.text
    assert "<html" not in response.text


def test_after_the_last_verdict_the_queue_says_that_nothing_waits(client, admin, waiting):
    for incident in waiting:
        last = client.post(
            address("screening_accept", incident), VALID["screening_accept"], headers=HTMX
        )

    assert last["HX-Redirect"] == queue(admin.study)
    assert "Nothing waits" in client.get(queue(admin.study)).text


def test_the_second_of_two_screeners_is_told_and_keeps_what_they_typed(client, admin, waiting):
    first, _second = waiting
    Incident.objects.filter(pk=first.pk).update(row_version=1, state=IncidentState.SUBMITTED)

    response = client.post(address("screening_return", first), VALID["screening_return"])

    assert response.status_code == 409
    assert "Somebody else changed or decided" in response.text
    assert "Where was it?" in response.text
    assert 'name="row_version" value="1"' in response.text
    assert Screening.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("screening_return", {"question": "  \x00"}),
        ("screening_exclude", {"criterion": ""}),
        ("screening_exclude", {"criterion": "other", "reason": ""}),
        ("screening_withdraw", {"reason": ""}),
        ("screening_accept", {"row_version": "soon"}),
    ],
)
def test_a_faulty_verdict_comes_back_and_decides_nothing(client, admin, waiting, name, changes):
    response = client.post(address(name, waiting[0]), {**VALID[name], **changes})

    assert response.status_code == 422
    assert Incident.objects.get(pk=waiting[0].pk).state == IncidentState.SUBMITTED
    assert Screening.objects.count() == 0


@pytest.mark.parametrize("name", list(VALID))
@pytest.mark.parametrize("role", [RoleName.INTERVIEWER, RoleName.CODER, RoleName.ANALYST])
def test_only_admins_screen(client, waiting, name, role):
    member = MemberFactory(study=waiting[0].study, roles=[role])
    client.force_login(member.user)

    response = client.post(address(name, waiting[0]), VALID[name])

    assert response.status_code == 403
    assert Incident.objects.get(pk=waiting[0].pk).state == IncidentState.SUBMITTED


@pytest.mark.parametrize("name", list(VALID))
def test_an_incident_of_another_study_is_not_found(client, admin, name):
    theirs = IncidentFactory(state=IncidentState.SUBMITTED)
    url = reverse(f"incidents:{name}", args=[admin.study.slug, theirs.uid])

    assert client.post(url, VALID[name]).status_code == 404
    assert Incident.objects.get().state == IncidentState.SUBMITTED


# -- The queue --------------------------------------------------------------------------------


def next_one(study, **query):
    return reverse("incidents:screening_next", args=[study.slug], query=query)


def test_next_leads_to_the_oldest_and_holds_it_for_the_screener(client, admin, waiting):
    response = client.get(next_one(admin.study))

    assert response["Location"] == address("screening_show", waiting[0])
    assert ScreeningHold.objects.values_list("incident", "member").get() == (
        waiting[0].pk,
        admin.pk,
    )


def test_another_screener_is_led_to_another_incident_and_told_who_has_the_first(
    client, admin, waiting
):
    client.get(next_one(admin.study))
    colleague = MemberFactory(study=admin.study, roles=[RoleName.ADMIN])
    client.force_login(colleague.user)

    assert client.get(next_one(admin.study))["Location"] == address("screening_show", waiting[1])
    assert f"On {admin.display_name}" in client.get(address("screening_show", waiting[0])).text
    assert f"On {admin.display_name}" not in client.get(address("screening_show", waiting[1])).text


def test_who_passes_one_over_is_led_to_the_one_behind_it(client, admin, waiting):
    response = client.get(next_one(admin.study, after=waiting[0].uid))

    assert response["Location"] == address("screening_show", waiting[1])


@pytest.mark.parametrize("after", ["nonsense", "00000000-0000-0000-0000-000000000000", ""])
def test_behind_an_unknown_one_it_begins_with_the_oldest(client, admin, waiting, after):
    response = client.get(next_one(admin.study, after=after))

    assert response["Location"] == address("screening_show", waiting[0])


def test_when_colleagues_have_all_that_is_left_the_queue_says_so(client, admin, waiting):
    for _incident in waiting:
        colleague = MemberFactory(study=admin.study, roles=[RoleName.ADMIN])
        client.force_login(colleague.user)
        client.get(next_one(admin.study))
    client.force_login(admin.user)

    page = client.get(next_one(admin.study), follow=True)

    assert "other screeners" in page.text
    assert "Start with the oldest" not in page.text


def filters_of(incident):
    return {
        "interviewer": str(incident.interview.interviewer.uid),
        "region": str(incident.site.region.uid),
        "flag": "whose_unsaid",
    }


@pytest.mark.parametrize("name", ["interviewer", "region", "flag"])
def test_the_queue_is_filtered_and_the_filter_goes_along(client, admin, waiting, name):
    Incident.objects.filter(pk=waiting[1].pk).update(told_as="not_stated")
    chosen = {name: filters_of(waiting[1])[name]}
    query = f"?{name}={chosen[name]}"

    page = client.get(queue(admin.study) + query)
    assert waiting[1].version.headline in page.text
    assert waiting[0].version.headline not in page.text
    assert "1 incident waits" in page.text

    shown = client.get(next_one(admin.study, **chosen))
    assert shown["Location"] == address("screening_show", waiting[1]) + query
    assert f"{address('screening_accept', waiting[1])}{query}" in client.get(
        shown["Location"]
    ).text.replace("&amp;", "&")

    last = client.post(address("screening_accept", waiting[1]) + query, {"row_version": 0})
    assert last["Location"] == queue(admin.study) + query
    assert "Nothing fits" in client.get(last["Location"]).text


def test_a_filter_that_cannot_be_understood_has_no_effect(client, admin, waiting):
    page = client.get(queue(admin.study) + "?region=nonsense&flag=%00")

    assert page.status_code == 200
    assert "2 incidents wait" in page.text


def test_a_row_shows_what_was_noticed(client, admin, waiting):
    Incident.objects.filter(pk=waiting[1].pk).update(told_as="not_stated")

    page = client.get(queue(admin.study)).text.split('class="row-link"')

    assert ["Not said whose service it was" in row for row in page[1:]] == [True, False]


# -- Criteria ---------------------------------------------------------------------------------


def test_what_was_found_goes_with_the_verdict(client, admin, waiting):
    found = {"finding-habitual": "met", "finding-too_little": "unmet", "finding-no_result": ""}

    client.post(address("screening_accept", waiting[0]), {"row_version": 0, **found})

    assert Screening.objects.get().findings == {"habitual": "met", "too_little": "unmet"}


def test_what_blocks_is_named_and_what_was_found_comes_back(client, admin, waiting):
    StudyCriterion.objects.create(study=admin.study, code="neither", effect="blocks")
    sent = {"row_version": 0, "finding-neither": "unmet"}

    response = client.post(address("screening_accept", waiting[0]), sent)

    assert response.status_code == 422
    assert "clearly good or clearly poor service" in response.text
    assert 'name="finding-neither" value="unmet" checked' in response.text
    assert Incident.objects.get(pk=waiting[0].pk).state == IncidentState.SUBMITTED


def test_only_reasons_of_the_study_may_be_given(client, admin, waiting):
    StudyCriterion.objects.create(study=admin.study, code="habitual", effect="off")
    StudyCriterion.objects.create(
        study=admin.study, code="own_1", name="In a branch", unmet="Elsewhere", effect="flags"
    )
    url = address("screening_exclude", waiting[0])

    assert client.post(url, {"row_version": 0, "criterion": "habitual"}).status_code == 422
    client.post(url, {"row_version": 0, "criterion": "own_1"})

    assert Screening.objects.get().criterion == "own_1"
    page = client.get(address("screening_show", waiting[0]))
    assert "Elsewhere" in page.text


# -- Pieces and facts -------------------------------------------------------------------------


def rows(*parts, row_version=0):
    posted = {"form-TOTAL_FORMS": len(parts), "form-INITIAL_FORMS": 0, "row_version": row_version}
    for number, (label, valence) in enumerate(parts):
        posted |= {f"form-{number}-label": label, f"form-{number}-valence": valence}
    return posted


def test_an_incident_is_divided_by_a_form_with_room_to_spare(client, admin, waiting):
    incident = waiting[0]
    assert client.get(address("incident_divide", incident)).status_code == 200

    parts = rows(("The wait", "negative"), ("", ""), ("The apology", "positive"))
    client.post(address("incident_divide", incident), parts)

    moments = incident.moments.values_list("label", "valence")
    assert list(moments) == [("The wait", "negative"), ("The apology", "positive")]


def test_a_part_with_half_of_what_it_needs_is_asked_for_the_rest(client, admin, waiting):
    response = client.post(
        address("incident_divide", waiting[0]), rows(("The wait", ""), ("", "positive"))
    )

    assert response.status_code == 422
    assert "Give this part a short label." in response.text
    assert waiting[0].moments.count() == 1


def test_a_coded_incident_says_that_it_can_no_longer_be_divided(client, admin):
    incident = IncidentFactory(study=admin.study)
    scheme = Scheme.objects.create(study=admin.study, slug="serve", name="SERVE")
    batch = Batch.objects.create(scheme=scheme, name="All")
    Assignment.objects.create(batch=batch, moment=incident.moments.get(), coder=admin)

    response = client.post(
        address("incident_divide", incident), rows(("a", "positive"), ("b", "mixed"))
    )

    assert "with the coders already" in response.text
    assert incident.moments.count() == 1


def test_sides_and_valences_are_corrected(client, admin, waiting):
    incident = waiting[0]
    moment = incident.moments.get()
    valence_url = reverse("incidents:moment_valence", args=[admin.study.slug, moment.uid])

    client.post(valence_url, {"row_version": 0, "valence": "mixed"})
    client.post(address("incident_told_as", incident), {"row_version": 0, "told_as": "customer"})

    moment.refresh_from_db()
    incident.refresh_from_db()
    assert (moment.valence, incident.viewpoint) == ("mixed", "customer")


def test_a_story_older_than_the_recall_window_is_flagged(client, admin, waiting):
    incident = waiting[0]
    incident.happened_from = "1999-01-01"  # the interview was held on 15 March
    incident.save()

    page = client.get(address("screening_show", incident))

    assert "73 days at most" in page.text
    assert "Longer ago than the recall window" in page.text


# -- As many queries for many as for one ------------------------------------------------------


@pytest.mark.parametrize("count", [1, 30])
def test_the_queue_takes_ten_queries(client, admin, count, django_assert_num_queries):
    for _number in range(count):
        IncidentFactory(study=admin.study, state=IncidentState.SUBMITTED)
    IncidentFactory(study=admin.study, state=IncidentState.ACCEPTED)
    IncidentFactory(state=IncidentState.SUBMITTED)

    with django_assert_num_queries(10):
        response = client.get(queue(admin.study))

    assert response.text.count('class="row-link"') == count
