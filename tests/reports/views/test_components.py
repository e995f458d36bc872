"""One page shows every component, to those who write pages."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from reports.views import components
from tests.factories import MemberFactory, UserFactory

ROOT = settings.BASE_DIR
pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    client.force_login(UserFactory(is_superuser=True))
    return client.get(reverse("reports:component_list"))


def test_the_page_shows_every_component_that_is_documented(page):
    section = (ROOT / "docs/pages.md").read_text().split("## Components")[1].split("\n## ")[0]
    names = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    documented = set(re.findall(r"`(\w+)`", " ".join(names)))
    drawn = {template.name for template in page.templates}

    assert len(documented) > 30
    assert {name for name in documented if f"components/{name}.html" not in drawn} == set()


def test_every_sample_draws_something(page):
    silent = [
        each["name"]
        for each in page.context["components"]
        if not all(map(str.strip, each["parts"]))
    ]

    assert silent == []


def test_the_page_shows_every_colour():
    tokens = (ROOT / "static/css/tokens.css").read_text()
    shown = re.findall(r"\.swatch-([\w-]+) {", (ROOT / "static/css/samples.css").read_text())

    assert set(re.findall(r"--([\w-]+): light-dark\(", tokens)) == set(components.COLOURS)
    assert shown == list(components.COLOURS)


def test_a_member_does_not_find_the_page_unless_the_house_is_being_built(client, settings):
    client.force_login(MemberFactory(roles=["admin"]).user)
    address = reverse("reports:component_list")

    assert client.get(address).status_code == 404
    settings.DEBUG = True
    assert client.get(address).status_code == 200
