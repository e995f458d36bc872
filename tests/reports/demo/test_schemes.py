import json
from collections import Counter

import pytest

from reports.demo import world as demo

STARTER = demo.FOLDER.parents[1] / "taxonomy" / "codebooks" / "serve.json"
FACTS = json.loads((demo.FOLDER / "published_facts.json").read_text(encoding="utf-8"))


def starter() -> dict:
    return json.loads(STARTER.read_text(encoding="utf-8"))


@pytest.fixture(params=[starter, demo.read_scheme], ids=["starter", "reconstruction"])
def scheme(request) -> dict:
    return request.param()


def test_the_reconstruction_has_rounds_of_85_53_19_and_5():
    sizes = Counter(category["round"] for category in demo.read_scheme()["categories"])
    assert [sizes[position] for position in (1, 2, 3, 4)] == FACTS["rounds"] == [85, 53, 19, 5]


def test_the_starter_has_20_behaviours_under_five_strategies():
    sizes = Counter(category["round"] for category in starter()["categories"])
    assert sizes == {1: 20, 2: 5}


def test_every_category_has_its_parent_in_the_next_coarser_round(scheme):
    categories = {category["code"]: category for category in scheme["categories"]}
    coarsest = max(row["position"] for row in scheme["rounds"])
    for category in categories.values():
        if category["round"] == coarsest:
            assert category["parent"] is None
        else:
            assert categories[category["parent"]]["round"] == category["round"] + 1


def test_every_coarser_category_has_children(scheme):
    parents = {category["parent"] for category in scheme["categories"]}
    assert {c["code"] for c in scheme["categories"] if c["round"] > 1} == parents - {None}


def test_codes_and_names_are_unique_and_everything_is_defined(scheme):
    categories = scheme["categories"]
    for field in ("code", "name", "definition"):
        assert len({category[field] for category in categories}) == len(categories)
    assert all(category["definition"].endswith(".") for category in categories)


def test_the_strategies_are_named_and_labelled_as_published(scheme):
    coarsest = max(row["position"] for row in scheme["rounds"])
    strategies = {c["code"]: c for c in scheme["categories"] if c["round"] == coarsest}
    for key, code in demo.STRATEGY_CODES.items():
        assert strategies[code]["name"] == FACTS["strategies"][key]
        assert strategies[code]["label"] == FACTS["table_labels"].get(key, "")


def test_every_starter_category_says_what_belongs_and_shows_both_poles():
    fields = ("includes", "excludes", "positive_example", "negative_example")
    assert [
        (category["code"], field)
        for category in starter()["categories"]
        for field in fields
        if not category[field].endswith(".")
    ] == []


def test_the_nineteen_are_the_twenty_with_responsibility_and_confidence_as_one():
    nineteen = {c["code"] for c in demo.read_scheme()["categories"] if c["round"] == 3}
    twenty = {c["code"] for c in starter()["categories"] if c["round"] == 1}
    assert twenty - nineteen == {"X4"}
    assert nineteen < twenty
