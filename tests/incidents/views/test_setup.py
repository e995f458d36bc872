"""Admins set a study up; what cannot be is said beside what was typed."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django_countries import countries

from incidents.choices import RoleName
from incidents.models import Member, Organization, Region, Sector, Study, User
from tests.factories import (
    IncidentFactory,
    MemberFactory,
    OrganizationFactory,
    RegionFactory,
    SectorFactory,
    SiteFactory,
    StudyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

STUDY = {
    "name": "Renamed",
    "slug": "renamed",
    "aim": "",
    "note": "A trial run.",
    "languages": ["en", "fr"],
    "time_zone": "Europe/Paris",
    "recall_window_days": 31,
    "elicitation": "free",
    "quota_good": 0,
    "quota_poor": 0,
    "confidentiality_threshold": 5,
    "row_version": 0,
}
LISTS = ["region_list", "sector_list", "organization_list", "member_list"]


@pytest.fixture
def admin(client):
    member = MemberFactory(study__slug="s", roles=[RoleName.ADMIN])
    client.force_login(member.user)
    return member


@pytest.fixture
def study(admin):
    return admin.study


def url(name, *args):
    return reverse(f"incidents:{name}", args=["s", *args])


# -- The study --------------------------------------------------------------------------------


def test_settings_are_saved_and_the_page_moves_with_the_short_name(client, study):
    response = client.post(url("study_setup"), STUDY)

    assert response.url == reverse("incidents:study_setup", args=["renamed"])
    study.refresh_from_db()
    assert (study.name, study.note, study.languages, study.time_zone) == (
        "Renamed",
        "A trial run.",
        ["en", "fr"],
        "Europe/Paris",
    )


def test_settings_saved_from_an_older_page_are_a_conflict_and_can_be_saved_again(client, study):
    Study.objects.update(row_version=3, name="By somebody else")

    response = client.post(url("study_setup"), STUDY)

    assert response.status_code == 409
    assert 'name="row_version" value="3"' in response.text
    assert 'value="Renamed"' in response.text
    study.refresh_from_db()
    assert study.name == "By somebody else"


def test_a_mistake_keeps_the_version_that_the_page_started_from(client, study):
    Study.objects.update(row_version=3)

    response = client.post(url("study_setup"), STUDY | {"name": ""})

    assert response.status_code == 422
    assert 'name="row_version" value="0"' in response.text


@pytest.mark.parametrize(
    "bad",
    [
        {"slug": "other"},
        {"name": "x" * 161},
        {"name": "nul \x00"},
        {"aim": "x" * 5001},
        {"languages": ["xx"]},
        {"time_zone": "Mars"},
        {"recall_window_days": 0},
        {"recall_window_days": 10**12},
        {"row_version": "x"},
        {"row_version": 10**20},
        {"quota_good": 40_000},
        {"quota_poor": 2**31},
    ],
)
def test_settings_that_cannot_be_come_back(client, study, bad):
    StudyFactory(slug="other")

    response = client.post(url("study_setup"), STUDY | bad)

    assert response.status_code in {422, 409}
    assert "Not saved yet" in response.text
    study.refresh_from_db()
    assert study.slug == "s"


# -- Places -----------------------------------------------------------------------------------


def test_a_region_is_made_with_its_countries(client, study):
    client.post(url("region_create"), {"name": "North", "countries": ["CA", "US"]})

    region = Region.objects.get(study=study, not_stated=False)
    assert [row.country.code for row in region.countries.order_by("country")] == ["CA", "US"]


@pytest.mark.parametrize(
    "data",
    [
        {"name": "Taken"},
        {"name": ""},
        {"name": "x" * 121},
        {"name": "nul \x00"},
        {"name": "New", "countries": ["XX"]},
        {"name": "New", "countries": ["FR"]},
        {"name": "Not stated"},
    ],
)
def test_a_region_that_cannot_be_comes_back(client, study, data):
    taken = RegionFactory(study=study, name="Taken")
    taken.countries.create(study=study, country="FR")

    response = client.post(url("region_create"), data)

    assert response.status_code == 422
    assert "Not saved yet" in response.text
    assert Region.objects.filter(study=study).count() == 2


def test_a_region_moves_down_and_up(client, study):
    one, two = (RegionFactory(study=study, position=n) for n in (1, 2))

    client.post(url("region_move", one.uid), {"to": "down"})
    assert list(Region.objects.filter(study=study, not_stated=False)) == [two, one]

    client.post(url("region_move", one.uid), {"to": "up"})
    assert list(Region.objects.filter(study=study, not_stated=False)) == [one, two]


def test_a_region_with_sites_is_not_removed_and_the_page_says_why(client, study):
    region = SiteFactory(study=study).region

    response = client.post(url("region_remove", region.uid), follow=True)

    assert "Sites stand in this region" in response.text
    assert Region.objects.filter(pk=region.pk).exists()


@pytest.mark.parametrize("name", ["region_list", "sector_list", "organization_list"])
def test_what_was_not_said_is_named_in_the_language_of_the_reader(client, study, name):
    for model in (Region, Sector, Organization):
        model.objects.filter(study=study, not_stated=True).update(name="Unbekannt")

    page = client.get(url(name)).text

    assert "Not stated" in page
    assert "Unbekannt" not in page


def test_a_sector_is_made_with_its_organization_not_stated(client, study):
    client.post(url("sector_create"), {"name": "Hotels"})

    sector = Sector.objects.get(study=study, name="Hotels")
    assert sector.organizations.get().not_stated


def test_an_organization_is_found_by_a_piece_of_its_name_or_code(client, study):
    wanted = OrganizationFactory(study=study, name="Grand Hotel", code="X1")
    OrganizationFactory(study=study, name="Rail", code="X2")
    OrganizationFactory(name="Grand Hotel of another study")

    by_name = client.get(url("organization_list"), {"q": "hotel"}).context["page"].rows
    by_code = client.get(url("organization_list"), {"q": "x1"}).context["page"].rows

    assert by_name == by_code == [wanted]


@pytest.mark.parametrize(
    "query", [{"q": "\x00"}, {"sector": "x"}, {"after": "x"}, {"q": "x" * 999}]
)
def test_a_search_that_means_nothing_is_no_error(client, study, query):
    assert client.get(url("organization_list"), query).status_code == 200


def test_htmx_gets_the_rows_only(client, study):
    response = client.get(url("organization_list"), headers={"HX-Request": "true"})

    assert "<html" not in response.text
    assert "HX-Request" in response.headers["Vary"]


def test_an_organization_and_a_site_are_made(client, study):
    sector = SectorFactory(study=study)
    client.post(url("organization_create"), {"name": "Acme", "code": "", "sector": sector.uid})
    organization = Organization.objects.get(name="Acme")

    client.post(url("site_create", organization.uid), {"country": "CA", "place": "Oslo"})

    assert organization.sector == sector
    assert organization.sites.get().region.not_stated


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("region_create", {"name": "North"}),
        ("sector_create", {"name": "Hotels"}),
        ("organization_create", {"name": "Acme"}),
    ],
)
def test_after_saving_one_may_add_another(client, study, name, data):
    given = data | {"sector": study.sectors.get().uid}

    again = client.post(url(name), given | {"again": "1"})
    back = client.post(url(name), given | {"name": "Other"})

    assert again.url == url(name)
    assert back.url == url(name.replace("_create", "_list"))


@pytest.mark.parametrize(
    ("name", "factory"), [("region_edit", RegionFactory), ("sector_edit", SectorFactory)]
)
def test_a_place_that_another_changed_meanwhile_is_a_conflict(client, study, name, factory):
    place = factory(study=study, row_version=2, name="Theirs")

    response = client.post(url(name, place.uid), {"name": "Mine", "row_version": 1})

    assert response.status_code == 409
    assert 'value="Mine"' in response.text
    assert 'name="row_version" value="2"' in response.text
    place.refresh_from_db()
    assert place.name == "Theirs"
    assert client.post(url(name, place.uid), {"name": "Mine", "row_version": 2}).status_code == 302


def test_the_same_site_again_comes_back_with_a_reason(client, study):
    site = SiteFactory(study=study)
    data = {"country": "CA", "place": site.place, "region": site.region.uid}

    response = client.post(url("site_create", site.organization.uid), data)

    assert response.status_code == 422
    assert "The organization has this site." in response.text
    assert site.place in response.text


def test_a_sector_of_another_study_is_no_choice(client, study):
    sector = SectorFactory()

    response = client.post(url("organization_create"), {"name": "A", "sector": sector.uid})

    assert response.status_code == 422
    assert not Organization.objects.filter(name="A").exists()


def test_what_another_changed_meanwhile_is_a_conflict(client, study):
    organization = OrganizationFactory(study=study, row_version=2)
    data = {"name": "Mine", "code": "C", "sector": organization.sector.uid, "row_version": 1}

    response = client.post(url("organization_edit", organization.uid), data)

    assert response.status_code == 409
    assert 'value="Mine"' in response.text
    assert 'name="row_version" value="2"' in response.text
    organization.refresh_from_db()
    assert organization.name != "Mine"


def test_a_respondent_is_moved_with_what_they_told(client, study):
    incident = IncidentFactory(study=study)
    respondent, goal = incident.interview.respondent, SiteFactory(study=study)
    elsewhere = SiteFactory()

    refused = client.post(url("respondent_move", respondent.uid), {"site": elsewhere.uid})
    done = client.post(url("respondent_move", respondent.uid), {"site": goal.uid})
    stale = client.post(url("respondent_move", respondent.uid), {"site": incident.site.uid})

    assert [answer.status_code for answer in (refused, done, stale)] == [422, 302, 409]
    incident.refresh_from_db()
    assert incident.site == goal
    assert 'name="row_version" value="1"' in stale.text


def test_admins_are_led_to_it_from_the_interview(client, study):
    interview = IncidentFactory(study=study).interview
    page = url("interview_show", interview.uid)

    assert url("respondent_move", interview.respondent.uid) in client.get(page).text
    client.force_login(interview.interviewer.user)
    assert url("respondent_move", interview.respondent.uid) not in client.get(page).text


# -- People -----------------------------------------------------------------------------------


def test_a_person_is_added_with_roles_and_account(client, study):
    user = UserFactory(email="ada@example.org")
    data = {
        "display_name": "Ada",
        "code": "A",
        "email": "ADA@example.org",
        "roles": ["coder", "analyst"],
    }

    client.post(url("member_create"), data)

    member = Member.objects.get(study=study, user=user)
    assert member.role_names == {"coder", "analyst"}
    assert member.active


def test_a_free_code_is_proposed_for_a_person(client, study):
    MemberFactory(study=study, code="M1")
    MemberFactory(study=study, code="M3")

    assert client.get(url("member_create")).context["form"]["code"].value() == "M2"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"email": "nobody@example.org"}, "No account has this address"),
        ({"code": "TAKEN"}, "Another member has this code"),
        ({"roles": ["owner"]}, "owner"),
        ({"display_name": "x\x00"}, "Null characters"),
        ({"email": "no address"}, "valid email"),
    ],
)
def test_a_person_that_cannot_be_added_comes_back(client, study, data, said):
    MemberFactory(study=study, code="TAKEN")

    response = client.post(url("member_create"), {"display_name": "N", "code": "N"} | data)

    assert response.status_code == 422
    assert said in response.text
    assert Member.objects.filter(study=study).count() == 2


def test_a_person_whom_another_changed_meanwhile_is_a_conflict(client, study):
    person = MemberFactory(study=study, row_version=2, roles=[RoleName.CODER])
    data = {"display_name": "Mine", "code": "C", "roles": ["admin"], "active": "on"}

    response = client.post(url("member_edit", person.uid), data | {"row_version": 1})

    assert response.status_code == 409
    assert 'value="Mine"' in response.text
    assert 'name="row_version" value="2"' in response.text
    person = Member.objects.get(pk=person.pk)
    assert (person.row_version, person.role_names) == (2, {"coder"})


def test_the_last_admin_cannot_leave(client, admin):
    data = {"display_name": "A", "code": "A", "roles": ["admin"]}  # active is not ticked

    response = client.post(url("member_edit", admin.uid), data)

    assert response.status_code == 422
    assert "The study needs an active admin" in response.text
    admin.refresh_from_db()
    assert admin.active


# -- Doors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*LISTS, "study_setup", "region_create", "member_create"])
@pytest.mark.parametrize("role", [RoleName.INTERVIEWER, RoleName.CODER, RoleName.ANALYST])
def test_only_admins_set_a_study_up_and_others_are_told_who_can_help(client, admin, role, name):
    member = MemberFactory(study=admin.study, roles=[role])
    client.force_login(member.user)

    response = client.get(url(name))

    assert response.status_code == 403
    assert admin.display_name in response.text


def test_rows_of_another_study_are_not_found(client, study):
    for name, row in [
        ("region_edit", RegionFactory()),
        ("sector_edit", SectorFactory()),
        ("organization_edit", OrganizationFactory()),
        ("member_edit", MemberFactory()),
    ]:
        assert client.get(url(name, row.uid)).status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize(
    "page",
    [("region_list", 5), ("sector_list", 4), ("organization_list", 5), ("member_list", 6)],
)
def test_lists_take_the_same_queries_for_any_number_of_rows(
    client, study, page, rows, django_assert_num_queries
):
    name, queries = page
    for country in list(countries)[:rows]:
        region = SiteFactory(study=study).region
        region.countries.create(study=study, country=country.code)
        MemberFactory(study=study, roles=[RoleName.CODER])

    with django_assert_num_queries(queries):
        response = client.get(url(name))

    assert response.text.count('scope="row"') >= rows


# -- Accounts ---------------------------------------------------------------------------------


def test_a_superuser_makes_an_account_that_can_sign_in(client):
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    data = {
        "email": "Ada@Example.org",
        "name": "Ada",
        "usable_password": "true",
        "password1": "a long and odd phrase",
        "password2": "a long and odd phrase",
    }

    client.post(reverse("admin:incidents_user_add"), data)

    assert User.objects.get(email="ada@example.org").check_password("a long and odd phrase")


def test_a_superuser_takes_a_lost_second_factor_away_in_the_administration(client):
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    user = UserFactory()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    data = {"action": "take_second_factors_away", "_selected_action": [user.pk]}

    client.post(reverse("admin:incidents_user_changelist"), data)

    assert not Authenticator.objects.exists()


def test_the_admin_shows_accounts_and_nothing_else(client):
    client.force_login(UserFactory(is_superuser=True, is_staff=True))

    response = client.get(reverse("admin:index"))

    models = [
        model["object_name"] for app in response.context["app_list"] for model in app["models"]
    ]
    assert models == ["User"]


def test_the_account_menu_leads_to_the_accounts_whoever_may_administer_them(client):
    client.force_login(UserFactory())
    without = client.get(reverse("reports:home")).text
    client.force_login(UserFactory(is_staff=True))
    with_link = client.get(reverse("reports:home")).text

    assert f'href="{reverse("admin:index")}"' not in without
    assert f'href="{reverse("admin:index")}"' in with_link


def test_createsuperuser_asks_for_an_address(monkeypatch):
    from django.core.management import call_command  # noqa: PLC0415

    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long and odd phrase")
    call_command("createsuperuser", email="Root@example.org", interactive=False, verbosity=0)

    assert User.objects.get(email="root@example.org").is_superuser
