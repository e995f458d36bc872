"""A study admin brings a file in with a real browser, and takes it out again."""

import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.urls import reverse

from incidents.choices import JobState, RoleName
from incidents.jobs import execute
from incidents.models import Incident, Job
from tests.conftest import DESKTOP, PHONE
from tests.factories import MemberFactory, StudyFactory
from tests.taxonomy.importing.files import csv_of, told

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREENS = [
    {"viewport": DESKTOP, "color_scheme": "light"},
    {"viewport": PHONE, "color_scheme": "dark"},
]
FILE = csv_of(
    [
        told(1, valence="thrilled"),
        told(2, region="South", codes=("A", "A1|A2")),
        ["i3", "", "", "", "", "", ""],
    ]
)


@pytest.fixture
def study():
    return StudyFactory()


@pytest.fixture
def admin(study):
    return MemberFactory(study=study, roles=[RoleName.ADMIN])


def work():
    """Do what waits, as a worker does in a process of its own."""

    def run():
        for job in Job.objects.filter(state=JobState.WAITING):
            execute(job.pk)
        connection.close()

    worker = threading.Thread(target=run)
    worker.start()
    worker.join(30)


def assert_no_barriers(page):
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert page.evaluate(wide) is False


def press(page, name):
    page.get_by_role("button", name=name).click()


@pytest.mark.parametrize("screen", SCREENS, ids=["desktop", "phone in the dark"])
def test_a_file_is_brought_in_and_taken_out_without_a_reload(
    open_browser, study, admin, tmp_path, screen
):
    path = tmp_path / "told.csv"
    path.write_bytes(FILE)
    page = open_browser(admin.user, **screen)
    page.goto(reverse("taxonomy:import_list", args=[study.slug]))
    assert_no_barriers(page)
    page.get_by_role("main").get_by_role("link", name="Import a file").first.click()
    page.get_by_label("File").set_input_files(path)
    assert_no_barriers(page)
    press(page, "Upload and read")
    assert page.get_by_label("narrative").input_value() == "narrative"
    assert_no_barriers(page)

    press(page, "Preview")
    page.get_by_text("Reading a file").first.wait_for()
    work()
    page.get_by_text("Nothing can be imported yet").wait_for()
    assert_no_barriers(page)
    page.get_by_role("link", name="Values").click()
    page.get_by_label("thrilled").select_option("positive")
    assert_no_barriers(page)
    press(page, "Preview again")
    work()
    press(page, "Import 2 incidents")
    page.get_by_text("Importing a file").first.wait_for()
    work()
    page.get_by_text("Imported on").wait_for()
    assert_no_barriers(page)
    assert Incident.objects.accepted().count() == 2

    page.get_by_role("link", name="Undo the import").click()
    assert_no_barriers(page)
    press(page, "Undo the import")
    work()
    page.get_by_text("This import was undone.").wait_for()
    assert_no_barriers(page)
    assert Incident.objects.count() == 0


def test_everything_works_without_scripts(open_browser, study, admin, tmp_path):
    path = tmp_path / "told.csv"
    path.write_bytes(csv_of([told(1)]))
    page = open_browser(admin.user, java_script_enabled=False)
    page.goto(reverse("taxonomy:import_new", args=[study.slug]))
    page.get_by_label("File").set_input_files(path)
    press(page, "Upload and read")
    press(page, "Preview")
    work()
    page.get_by_role("link", name="Reload to see how far it is").click()
    press(page, "Import 1 incident")
    work()
    page.reload()
    page.get_by_text("Imported on").wait_for()
    assert Incident.objects.accepted().count() == 1
