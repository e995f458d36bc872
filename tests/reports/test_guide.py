"""The guide is read inside the application, and every page knows its chapter."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from reports.queries import guide
from tests.conventions.test_access import ROUTES
from tests.factories import MemberFactory, UserFactory

CHAPTERS = sorted(guide.pages().items())
ADDRESS = re.compile(r'<a href="([^"]*)"')


def chapter(client, name, **options):
    return client.get(reverse("reports:help_show", args=[name]), **options)


@pytest.fixture
def reader(client, db):
    client.force_login(UserFactory())
    return client


@pytest.mark.parametrize("name", sorted(guide.pages()))
def test_every_chapter_opens_and_says_its_title_once(reader, name):
    answer = chapter(reader, name)

    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert answer.context["page"].title in answer.text.split("<h1")[1]


def test_the_index_leads_to_every_chapter_of_the_guide(reader):
    answer = reader.get(reverse("reports:help_index"))
    own = {path.stem for path in guide.GUIDE.glob("*.md")} - {"README"}

    assert {name for name, _title in answer.context["contents"]} == own
    assert all(reverse("reports:help_show", args=[name]) in answer.text for name in own)


def test_a_chapter_that_nobody_wrote_is_missing(reader):
    assert chapter(reader, "secrets").status_code == 404
    assert chapter(reader, "README").status_code == 404


@pytest.mark.parametrize(("name", "path"), CHAPTERS, ids=[name for name, _path in CHAPTERS])
def test_every_link_of_a_chapter_leads_to_a_heading_that_is_there(name, path):
    own = guide.read(path).html
    leading = [(target, *target.partition("#")[::2]) for target in ADDRESS.findall(own)]

    for target, address, section in leading:
        if "://" not in target:
            known = {reverse("reports:help_show", args=[each]): each for each in guide.pages()}
            goal = guide.pages()[known[address]] if address in known else path
            assert address in {"", reverse("reports:help_index"), *known}
            assert not section or f'id="{section}"' in guide.read(goal).html


@pytest.mark.parametrize(
    "path", [guide.INDEX, *guide.GUIDE.glob("*.md")], ids=lambda path: path.stem
)
def test_the_guide_leads_nowhere_but_to_pages_of_the_site(path):
    assert "<a>" not in guide.read(path).html


def test_markup_in_a_document_is_text(tmp_path):
    document = tmp_path / "odd.md"
    document.write_text("# Odd\n\n<script>go()</script> [x](javascript:go)\n\n|a<b>|\n|-|\n|1|\n")

    html = guide.read(document).html

    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "javascript:" not in re.sub(r"\[.*?\]\(.*?\)", "", html)
    assert 'aria-label="Odd: a&lt;b&gt;"' in html


def test_every_picture_of_the_guide_is_served():
    sources = [
        source
        for path in guide.pages().values()
        for source in re.findall(r"!\[.*?\]\((.+?)\)", path.read_text())
    ]

    assert [
        source for source in sources if not finders.find(f"guide/{source.split('/')[-1]}")
    ] == []
    assert finders.find("guide/table.png")


# -- Help at hand -----------------------------------------------------------------------------


@pytest.mark.parametrize("view_name", sorted(ROUTES))
def test_every_page_knows_its_chapter_and_the_place_in_it(view_name):
    address, _hash, section = guide.address_about(view_name).partition("#")
    name = address.removeprefix(reverse("reports:help_index")).strip("/")

    assert not section or f'id="{section}"' in guide.read(guide.pages()[name]).html


def test_only_what_belongs_to_no_job_has_the_general_chapter():
    general = reverse("reports:help_show", args=["getting-around"])
    named = {name for name in ROUTES if ":" in name and not name.startswith("admin:")}

    assert {name for name in named if guide.address_about(name) == general} == {
        "reports:component_list",
        "reports:help_index",
        "reports:help_show",
        "reports:home",
        "reports:study_interviewers",
        "reports:study_show",
    }


def test_no_name_in_the_map_is_of_a_page_that_is_gone():
    gone = [begin for begin in guide.ABOUT if not any(name.startswith(begin) for name in ROUTES)]

    assert [begin for begin in gone if not begin.startswith(("mfa_", "usersessions_"))] == []


@pytest.mark.parametrize(
    ("view_name", "name"),
    [
        ("reports:home", "getting-around"),
        ("incidents:incident_record", "interviewing"),
        ("incidents:incident_divide", "screening"),
        ("taxonomy:coding_show", "coding"),
    ],
)
def test_the_longest_name_decides(view_name, name):
    assert guide.address_about(view_name) == reverse("reports:help_show", args=[name])


def test_the_bar_on_top_leads_to_the_chapter_about_the_page(client, db):
    member = MemberFactory(roles=["coder"])
    client.force_login(member.user)

    page = client.get(reverse("taxonomy:coding_list", args=[member.study.slug]))

    assert f'href="{reverse("reports:help_show", args=["coding"])}" target=' in page.text


def test_who_is_not_signed_in_is_offered_no_help_that_is_closed(client, db):
    assert "/help/" not in client.get(settings.LOGIN_URL and "/accounts/login/").text
