"""How `manage.py import_incidents` reads what is typed."""

import io

import pytest
from django.core.management import CommandError, call_command

from incidents.models import Incident, StoredFile
from tests.factories import StudyFactory

pytestmark = pytest.mark.django_db(transaction=True)
FILE = "Told,Mood\nThe letter came late.,bad\n"
MAP = ["--map", "Told=situation", "Mood=valence"]
VALUES = ["--values", "valence:bad=negative"]
ORDERS = {
    "the file first": lambda file: [file, *MAP, *VALUES],
    "the file last": lambda file: [*MAP, *VALUES, file],
    "the file between": lambda file: [*MAP, file, *VALUES],
    "the file behind a flag": lambda file: [*MAP, *VALUES, "--create-missing", file],
}


@pytest.fixture
def file(tmp_path):
    StudyFactory(slug="mine")
    path = tmp_path / "told.csv"
    path.write_text(FILE)
    return path


def run(*arguments):
    call_command("import_incidents", "--study", "mine", *arguments, stdout=io.StringIO())


@pytest.mark.parametrize("order", ORDERS)
def test_the_file_may_stand_before_or_behind_what_its_columns_mean(file, order):
    run(*ORDERS[order](str(file)))

    assert Incident.objects.get().moments.get().valence == "negative"


def test_without_a_file_it_is_asked_for(file):
    with pytest.raises(CommandError, match="Say which file"):
        run(*MAP)


def test_a_second_file_is_no_pair(file):
    with pytest.raises(CommandError, match=r"other\.csv"):
        run(str(file), *MAP, "other.csv")


def test_a_file_whose_name_is_not_utf_8_is_read(file):
    odd = file.rename(file.with_name("told\udcff.csv"))

    run(str(odd), *MAP, *VALUES)

    assert Incident.objects.count() == 1
    assert StoredFile.objects.get().name == "told?.csv"


@pytest.mark.parametrize("command", ["tabulate", "check_facts", "import_incidents"])
def test_what_is_typed_and_not_utf_8_is_answered_by_a_sentence(file, command):
    more = {"tabulate": ["--round", "1"], "import_incidents": [str(file)]}

    with pytest.raises(CommandError, match="not UTF-8"):
        call_command(command, "--study", "mine\udcff", *more.get(command, []))
