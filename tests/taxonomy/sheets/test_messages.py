"""Every code of a problem has a sentence, and every sentence can be filled."""

import re
from pathlib import Path

import pytest

from taxonomy import sheets
from taxonomy.sheet_messages import MESSAGES, sentence
from taxonomy.sheets.problems import SEVERITIES, Problem

SOURCE = "".join(path.read_text() for path in Path(sheets.__file__).parent.glob("*.py"))


def test_every_code_has_a_sentence_and_no_sentence_is_left_over():
    assert set(MESSAGES) == set(SEVERITIES)


@pytest.mark.parametrize("code", SEVERITIES)
def test_every_code_is_used_where_files_are_read_or_planned(code):
    assert len(re.findall(f'"{code}"', SOURCE)) > 1


@pytest.mark.parametrize("code", SEVERITIES)
def test_a_sentence_ends_and_fills_its_parameters(code):
    names = re.findall(r"%\((\w+)\)s", str(MESSAGES[code]))
    filled = sentence(Problem(code, params=dict.fromkeys(names, "X1")))
    assert filled.endswith(".")
    assert filled.count("X1") == len(names)


def test_a_per_cent_sign_in_a_value_is_harmless():
    problem = Problem("bad_date", params={"value": "100%(x)s"})
    assert "100%(x)s" in sentence(problem)
