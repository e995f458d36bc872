"""The pages of a study that a member's roles open stand on every page of it."""

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from tests.factories import MemberFactory, UserFactory
from tests.taxonomy.factories import SchemeFactory

pytestmark = pytest.mark.django_db

OPENED = {
    RoleName.INTERVIEWER: ["Overview", "Interviews", "Schemes"],
    RoleName.CODER: ["Overview", "Code", "Schemes"],
    RoleName.ANALYST: ["Overview", "Dashboards", "Incidents", "Tables", "Schemes"],
}


def nav(client, user, address):
    client.force_login(user)
    return client.get(address).context.get("study_nav")


@pytest.mark.parametrize("role", OPENED)
def test_the_menu_holds_what_the_role_opens(client, role):
    member = MemberFactory(roles=[role])

    items = nav(client, member.user, reverse("reports:study_show", args=[member.study.slug]))

    assert [str(item["label"]) for item in items] == OPENED[role]


def test_every_page_in_the_menu_opens_for_whom_it_is_shown(client):
    member = MemberFactory(roles=list(RoleName))
    items = nav(client, member.user, reverse("reports:study_show", args=[member.study.slug]))

    assert {client.get(item["url"]).status_code for item in items} == {200}


def test_every_page_of_a_study_says_its_note(client):
    member = MemberFactory(roles=list(RoleName), study__note="All of this is made up.")
    items = nav(client, member.user, reverse("reports:study_show", args=[member.study.slug]))
    pages = [reverse("reports:home"), *(item["url"] for item in items)]

    assert len(pages) == 12
    assert [url for url in pages if "All of this is made up." not in client.get(url).text] == []


def test_the_page_one_is_on_is_marked_and_so_is_the_page_above_it(client):
    member = MemberFactory(roles=[RoleName.ADMIN])
    for name, label in (("study_setup", "Setup"), ("region_list", "Setup")):
        address = reverse(f"incidents:{name}", args=[member.study.slug])
        items = nav(client, member.user, address)

        assert [str(item["label"]) for item in items if item["current"]] == [label]


def test_there_is_no_menu_outside_of_a_study(client):
    assert nav(client, UserFactory(), "/") is None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("taxonomy:coding_next", "Code"),
        ("reports:table_show", "Tables"),
        ("reports:verbatim_list", "Tables"),
        ("taxonomy:scheme_history", "Schemes"),
    ],
)
def test_a_page_of_a_scheme_is_marked_as_what_one_does_there(client, name, label):
    scheme = SchemeFactory()
    member = MemberFactory(study=scheme.study, roles=[RoleName.CODER, RoleName.ANALYST])
    items = nav(client, member.user, reverse(name, args=[scheme.study.slug, scheme.slug]))

    assert [str(item["label"]) for item in items if item["current"]] == [label]


def test_a_member_without_roles_has_no_menu_and_no_failure(client):
    member = MemberFactory()

    assert nav(client, member.user, reverse("reports:study_show", args=[member.study.slug])) == []
