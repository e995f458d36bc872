"""`manage.py agreement`: what it prints, what it counts, and how it answers mistakes."""

import io
import json
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from taxonomy.management.commands import agreement as command
from taxonomy.reliability.results import Coefficient
from tests.taxonomy.reliability.examples import FLEISS_1971, FOUR_OBSERVERS, rows_of, rows_of_counts

HEADER = "unit,coder,value\n"
PAIR = HEADER + "u1,a,x\nu1,b,x\nu2,a,y\nu2,b,x\n"


@pytest.fixture
def written(tmp_path):
    """Write a file of text or bytes, and return its name."""

    def write(content, name="ratings.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def run(*arguments, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("agreement", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def as_json(*arguments):
    return json.loads(run(*arguments, "--format", "json")[0])


def refused(*arguments):
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    assert refusal.value.returncode == 1
    return str(refusal.value)


def lines_of(rows):
    return HEADER + "".join(
        f"u{unit},{'ABCDEF'[coder]},{'' if value is None else value}\n"
        for unit, coder, value in rows
    )


def test_the_json_has_every_key_in_order(written):
    found = as_json(written(lines_of(rows_of(FOUR_OBSERVERS))), "--bootstrap", "50")

    counts = {"units": 12, "coders": 4, "ratings": 41, "categories": 5, "missing": 7}
    assert list(found) == [*counts, "duplicates", "level", "coefficients", "per_category"]
    assert {name: found[name] for name in counts} == counts
    assert (found["duplicates"], found["level"]) == (0, "nominal")
    assert list(found["coefficients"]) == [one.value for one in Coefficient]
    assert {tuple(one) for one in found["coefficients"].values()} == {("value", "low", "high")}
    assert list(found["per_category"]) == list("12345")
    assert list(found["per_category"]["1"]) == ["ratings", *found["coefficients"]]
    alpha = found["coefficients"]["krippendorff_alpha"]
    assert alpha["low"] < alpha["value"] < alpha["high"]
    assert alpha["value"] == pytest.approx(0.7434, abs=0.00005)


@pytest.mark.parametrize(
    ("level", "printed"), [("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)]
)
def test_the_level_is_that_of_alpha(written, level, printed):
    path = written(lines_of(rows_of(FOUR_OBSERVERS)))
    found = as_json(path, "--level", level, "--bootstrap", "0")
    nominal = as_json(path, "--bootstrap", "0")

    alpha = found["coefficients"].pop("krippendorff_alpha")
    assert alpha == {"value": pytest.approx(printed, abs=0.00005), "low": None, "high": None}
    del nominal["coefficients"]["krippendorff_alpha"]
    assert found["coefficients"] == nominal["coefficients"]
    assert bool(found["per_category"]) == (level == "ordinal")


def test_single_categories_come_out_as_fleiss_printed_them(written):
    found = as_json(written(lines_of(rows_of_counts(FLEISS_1971))), "--bootstrap", "0")

    kappas = [one["fleiss_kappa"]["value"] for one in found["per_category"].values()]
    assert kappas == pytest.approx([0.2448, 0.2448, 0.52, 0.4711, 0.5661], abs=0.00005)


def test_the_seed_decides_the_intervals(written):
    path = written(lines_of(rows_of_counts(FLEISS_1971)))
    said = [run(path, "--bootstrap", "100", "--seed", seed)[0] for seed in ("5", "5", "6")]

    assert said[0] == said[1]
    assert said[0].replace("seed 5", "seed 6") != said[2]


def test_the_text_is_aligned_and_says_what_to_know(written):
    out, err = run(written(lines_of(rows_of(FOUR_OBSERVERS))), "--bootstrap", "50", "--seed", "3")

    lines = out.splitlines()
    assert err == ""
    assert lines[0] == (
        "units 12, coders 4, ratings 41, categories 5, missing 7, duplicates 0, level nominal"
    )
    assert lines[3].split() == ["Percent", "agreement", "0.8182", *lines[3].split()[3:]]
    assert len({len(line) for line in lines[2:11]}) == 1
    assert "A, B                 9  0.8889  0.8448  0.1465   0.8448" in lines
    assert lines[-5:] == [
        (
            "Cohen's kappa is the mean over the pairs of coders where it is defined (6 pairs)."
            " Conger's kappa is 0.7621."
        ),
        "Scott's pi of more than two coders is Fleiss' kappa.",
        "Units differ in their number of ratings: Fleiss' kappa is as generalized by Gwet.",
        "Intervals of 95 % from 50 bootstrap samples of 12 clusters, seed 3.",
        "Fewer than 20 clusters: the intervals are too narrow.",
    ]


def test_with_json_what_to_know_goes_to_standard_error(written):
    _out, err = run(written(PAIR + "u1,a,y\n"), "--format", "json", "--bootstrap", "10")

    assert err.splitlines() == [
        "row 6: coder “a” rates unit “u1” again; row 2 is kept.",
        "Intervals of 95 % from 10 bootstrap samples of 2 clusters, seed 1.",
        "Fewer than 20 clusters: the intervals are too narrow.",
    ]


def test_of_duplicates_the_first_is_kept_and_all_are_reported(written):
    twice = "".join(f"u{number % 2 + 1},a,z\n" for number in range(30))
    once, found = as_json(written(PAIR)), as_json(written(PAIR + twice))
    out, _err = run(written(PAIR + twice))

    assert found.pop("duplicates") == 30
    assert once.pop("duplicates") == 0
    assert found == once
    assert out.count("rates unit") == 20
    assert "… and 10 more rows that rate a unit again." in out


def test_undefined_is_said_in_words(written):
    path = written(HEADER + "u1,a,x\nu1,b,x\n")
    found = as_json(path)
    out, _err = run(path)

    reason = {"undefined": "there is only one category"}
    assert set(map(str, found["coefficients"].values())) == {str(reason)}
    assert "Undefined, because there is only one category: Percent agreement, Cohen's" in out
    assert "Intervals" not in out


def test_a_category_that_nobody_compared_is_undefined_beside_others(written):
    out, _err = run(written(PAIR + "u3,a,w\n"))

    assert re.search(r"^w +1( +–){8}$", out, flags=re.MULTILINE)
    assert "– undefined, because no unit with this category was rated by two coders." in out


def test_clusters_are_a_column_of_the_file(written):
    rows = "".join(f"u{n},{coder},x,c{n % 21}\n" for n in range(63) for coder in "ab")
    path = written("unit,coder,value,cluster\n" + rows.replace("u0,a,x", "u0,a,y"))
    out, _err = run(path, "--bootstrap", "10")

    assert "10 bootstrap samples of 21 clusters" in out
    assert "Fewer" not in out


# -- Categories -------------------------------------------------------------------------------


def test_more_categories_than_were_used(written):
    path, names = written(PAIR), written("x\ny\n\nz\nz\n", "names.txt")
    two, three = as_json(path), as_json(path, "--categories", "3")

    assert [one["categories"] for one in (two, three)] == [2, 3]
    assert two["coefficients"]["brennan_prediger"]["value"] == 0
    assert three["coefficients"]["brennan_prediger"]["value"] == pytest.approx(0.25)
    assert as_json(path, "--categories", names) == three


def test_the_file_of_categories_gives_their_order(written):
    path = written(HEADER + "1,a,low\n1,b,low\n2,a,mid\n2,b,low\n3,a,high\n3,b,high\n")
    names = written("low\nmid\nhigh\n", "names.txt")
    other = written("low\nhigh\nmid\n", "other.txt")

    found = [
        as_json(path, "--level", "ordinal", "--categories", order)["coefficients"]
        for order in (names, other)
    ]
    assert found[0]["krippendorff_alpha"]["value"] > found[1]["krippendorff_alpha"]["value"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("1", "2 categories were used, 1 were available. See --categories."),
        ("0", "--categories takes a number from 1 on, or a file."),
        ("-2", "--categories takes a number from 1 on, or a file."),
        ("nowhere.txt", "There is no file “nowhere.txt”."),
    ],
)
def test_categories_that_cannot_be(written, given, complaint):
    assert refused(written(PAIR), f"--categories={given}") == complaint


def test_a_value_that_is_no_category_is_said_by_its_row(written):
    names = written("x\n", "names.txt")

    assert refused(written(PAIR), "--categories", names) == (
        "row 4: “y” is not among the categories that were open.\nNothing was computed."
    )
    assert "names no category" in refused(written(PAIR), "--categories", written("\n", "none.txt"))
    numbers = written("1\ntwo\n", "numbers.txt")
    said = refused(written(PAIR), "--categories", numbers, "--level", "interval")
    assert said.endswith(
        "numbers.txt”, line 2: “two” is no number, which the interval level needs."
    )


# -- Files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PAIR.encode(),
        PAIR.replace(",", ";").encode(),
        PAIR.replace(",", "\t").replace("\n", "\r\n").encode(),
        PAIR.replace("unit,coder,value", " Unit ,CODER,Value").encode(),
        PAIR.replace("x", " x ").encode(),
        PAIR.encode("utf-16"),
        (PAIR + "\n,,\n").encode(),
        PAIR.replace("\n", ",note\n").encode(),
    ],
)
def test_a_file_of_any_common_kind_is_read(written, content):
    assert as_json(written(content)) == as_json(written(PAIR))


def test_an_empty_value_is_missing(written):
    found = as_json(written(PAIR + "u3,a,x\nu3,b,\nu3,c,  \n"))

    assert [found[name] for name in ("units", "coders", "ratings", "missing")] == [3, 3, 5, 4]


def test_words_that_look_like_nothing_are_values(written):
    found = as_json(written(PAIR.replace("y", "NA").replace("x", "None")))

    assert list(found["per_category"]) == ["NA", "None"]


def test_a_decimal_comma_is_read_where_semicolons_part_the_columns(written):
    path = written("unit;coder;value\n1;a;1,5\n1;b;1,5\n2;a;2\n2;b;3,0\n")
    point = written("unit,coder,value\n1,a,1.5\n1,b,1.50\n2,a,2\n2,b,3\n", "point.csv")

    assert as_json(path, "--level", "interval") == as_json(point, "--level", "interval")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "The file is empty. It has to have the columns unit, coder and value."),
        (HEADER, "The file has headers but no rows."),
        (
            "unit,who\n1,2\n",
            "The file has no column “coder” and no column “value”. Its columns are: unit, who.",
        ),
        ("unit,coder,value,Unit\n1,a,x,2\n", "Two columns are called “unit”."),
        (
            PAIR.encode() + "u3,a,éééééééééé\n".encode() + b"u3,b,\xff\n",
            "Some letters cannot be read as utf-8. Export the file again as CSV UTF-8.",
        ),
        (
            PAIR + "u3,a,\0\n",
            (
                "row 6: The file contains zero bytes, so it is damaged or no text."
                " Export it again as CSV or .xlsx."
            ),
        ),
        (
            PAIR + 'u3,a,"x\nu3,b,y\n',
            (
                "row 6: A quotation mark is opened and not closed, or stands alone inside a quoted"
                " cell. Close it, or write it twice."
            ),
        ),
        (PAIR + ",a,x\n", "row 6: the unit is empty.\nNothing was computed."),
        (PAIR + "u3, ,x\n", "row 6: the coder is empty.\nNothing was computed."),
        (
            PAIR + "u3,a,x,y\n",
            "row 6: there are 4 cells, but 3 headers.\nNothing was computed.",
        ),
        (
            "unit,coder,value,cluster\nu,a,x,k\nu,b,x,\nu,c,x,l\n",
            "row 4: unit “u” is in cluster “l”, in row 2 it is in “k”.\nNothing was computed.",
        ),
    ],
)
def test_a_bad_file_gets_a_sentence(written, content, complaint):
    assert refused(written(content)) == complaint


@pytest.mark.parametrize(
    ("level", "value", "complaint"),
    [
        ("interval", "good", "“good” is no number, which the interval level needs."),
        ("interval", "nan", "“nan” is no number, which the interval level needs."),
        ("interval", "1e999", "“1e999” is no number, which the interval level needs."),
        ("interval", "1_0", "“1_0” is no number, which the interval level needs."),
        ("ratio", "-1", "“-1” is below zero, which the ratio level does not know."),
        (
            "ordinal",
            "good",
            (
                "“good” is no number, which the ordinal level needs."
                " Or name the categories in their order: --categories FILE."
            ),
        ),
    ],
)
def test_values_that_do_not_fit_the_level_are_said_by_row(written, level, value, complaint):
    path = written(HEADER + f"u,a,1\nu,b,{value}\n")

    assert refused(path, "--level", level) == f"row 3: {complaint}\nNothing was computed."


def test_of_many_faults_the_first_twenty_are_said(written):
    said = refused(written(HEADER + ",a,x\n" * 25)).splitlines()

    assert said[0] == "row 2: the unit is empty."
    assert said[19:] == ["row 21: the unit is empty.", "There are more.", "Nothing was computed."]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--bootstrap", "-1"], "--bootstrap takes a number from 0 to 100,000."),
        (["--bootstrap", "100001"], "--bootstrap takes a number from 0 to 100,000."),
        (["--seed", "-1"], "--seed takes a number from 0 on."),
    ],
)
def test_numbers_that_cannot_be(written, arguments, complaint):
    assert refused(written(PAIR), *arguments) == complaint


def test_a_file_that_is_not_there(tmp_path):
    assert refused("nowhere.csv") == "There is no file “nowhere.csv”."
    assert refused(str(tmp_path)) == f"There is no file “{tmp_path}”."


def test_names_with_control_characters_do_no_harm_to_a_terminal(written):
    out, _err = run(written(PAIR.replace("x", "\x1b[31mred")))

    assert "\x1b" not in out
    assert " [31mred" in out


# -- A long computation, and the processes that want none of it -------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("seconds", "shown"), [(0, True), (1000, False)])
def test_a_terminal_is_told_how_far_a_long_computation_is(written, monkeypatch, seconds, shown):
    monkeypatch.setattr(command, "LONG", seconds)
    err = Terminal()
    call_command("agreement", written(PAIR), "--bootstrap=100", stdout=io.StringIO(), stderr=err)

    assert ("50 of 100 bootstrap samples\r" in err.getvalue()) is shown
    assert err.getvalue().strip("\r ").count("100 of 100") == 0


def test_whoever_answers_requests_does_not_load_the_arithmetic():
    program = (
        "import django, sys; django.setup();"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        "import config.wsgi; sys.exit('numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "config.settings", "CANDID_ENV": "local"},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
