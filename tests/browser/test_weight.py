"""What a page weighs on its way, with files compressed as they are collected."""

import random
from functools import cache
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.core.files import File

from config.storage import LastingStaticFilesStorage
from tests.conventions.access_world import make_world
from tests.conventions.test_access import url_of
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    OrganizationFactory,
    RespondentFactory,
    SiteFactory,
)
from tests.taxonomy.factories import CategoryFactory

FIRST_LOAD = 120_000  # bytes of compressed bodies
NEXT_LOAD = 15_000
FIFTY_STORIES = 9_000  # what the words of a full page of the grid may add
NOTHING_NEW = 204
MAIN_PAGES = [
    ("owner", "reports:home", "nothing"),
    ("owner", "reports:study_show", "nothing"),
    ("owner", "incidents:interview_list", "nothing"),
    ("owner", "incidents:interview_open", "nothing"),
    ("owner", "incidents:incident_record", "unsent"),
    ("owner", "incidents:incident_mine", "nothing"),
    ("coder", "taxonomy:coding_list", "nothing"),
    ("coder", "taxonomy:coding_show", "task_assigned"),
    ("coder", "taxonomy:coding_mine", "nothing"),
    ("analyst", "reports:dashboard", "nothing"),
    ("analyst", "reports:table_show", "kinds"),
    ("analyst", "reports:verbatim_list", "kinds"),
    ("analyst", "reports:incident_list", "nothing"),
    ("admin", "reports:study_show", "nothing"),
    ("admin", "incidents:screening_queue", "nothing"),
    ("admin", "incidents:screening_show", "submitted"),
    ("admin", "taxonomy:scheme_list", "nothing"),
    ("admin", "taxonomy:scheme_show", "kinds"),
    ("admin", "taxonomy:scheme_show", "drawn_up"),
    ("admin", "incidents:member_list", "nothing"),
]
WORDS = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text().split()


def crowded(world):
    """Add as many organizations, sites, stories and categories as a real study shows on a page."""
    draw = random.Random(7)
    for number in range(50):
        organization = OrganizationFactory(
            study=world.study, sector=world.sector, name=f"Organization of {number}"
        )
        site = SiteFactory(organization=organization, region=world.regions[number % 2])
        story = " ".join(draw.choices(WORDS, k=90))
        IncidentFactory(
            interview=InterviewFactory(respondent=RespondentFactory(site=site)),
            words={"headline": " ".join(draw.choices(WORDS, k=6)), "situation": story},
        )
    fine = world.drawn_up.rounds.get(position=1)
    for _number in range(150):
        name, definition = (" ".join(draw.choices(WORDS, k=length)) for length in (4, 40))
        CategoryFactory(round=fine, name=name, definition=definition)
    return world


def weigh(page, url):
    """Open a page; return what its own answers weighed, and its files with what each does."""
    answers = []
    listener = lambda answer: answers.append(answer)  # noqa: E731, PLW0108  (a method cannot be let go)
    page.on("response", listener)
    assert page.goto(url, wait_until="networkidle").status == 200
    page.remove_listener("response", listener)
    files = {answer.url for answer in answers if "/static/" in answer.url}
    own = [answer for answer in answers if answer.url not in files and answer.status != NOTHING_NEW]
    return sum(map(length_of, own)), {url: size_of(url) for url in files}


def length_of(answer):
    """What the server says that a body weighs: what Chromium says may count headers in a hurry."""
    return int(answer.header_value("content-length"))


@cache
def size_of(url):
    """Return what a static file weighs as it is served."""
    content = Path(finders.find(url.split("/static/")[1])).read_bytes()
    return min(len(content), len(brotli.compress(content)))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_main_page_is_light_at_first_and_lighter_afterwards(open_browser):
    world = crowded(make_world("zq"))
    first, following, seen = {}, {}, {}
    pages = {who: open_browser(world.members[who].user) for who, _name, _thing in MAIN_PAGES}
    for who, name, thing in MAIN_PAGES:
        own, files = weigh(pages[who], url_of(world, name, world.things[thing]))
        first[who, name] = own + sum(files.values())
        had = seen.setdefault(who, files)
        following[who, name] = own + sum(files[url] for url in files.keys() - had.keys())
        had |= files

    assert {page: size for page, size in first.items() if size > FIRST_LOAD} == {}
    following["analyst", "reports:incident_list"] -= FIFTY_STORIES
    assert {page: size for page, size in following.items() if size > NEXT_LOAD} == {}
    assert min(first.values()) > 90_000  # typeface, style sheets and htmx were counted


def test_a_module_names_the_modules_it_imports_by_lasting_names(tmp_path):
    storage = LastingStaticFilesStorage(location=tmp_path, base_url="/static/")
    source = Path(finders.find("js/app.js")).parent
    paths = {}
    for script in source.glob("*.js"):
        name = f"js/{script.name}"
        with script.open("rb") as content:
            storage.save(name, File(content))
        paths[name] = (storage, name)
    list(storage.post_process(paths))

    app = (tmp_path / storage.stored_name("js/app.js")).read_text()
    named = [line.split('"')[1] for line in app.splitlines() if line.startswith("import")]

    assert len(named) > 5
    assert all((tmp_path / "js" / name).exists() for name in named)
    assert not {f"js/{name.removeprefix('./')}" for name in named} & set(paths)


def test_an_answer_comes_compressed_to_whom_can_read_it(client, db):
    compressed = client.get("/accounts/login/", headers={"Accept-Encoding": "gzip, br"})
    plain = client.get("/accounts/login/")

    assert compressed.headers["Content-Encoding"] == "gzip"
    assert len(compressed.content) < len(plain.content) / 2
    assert not plain.has_header("Content-Encoding")
