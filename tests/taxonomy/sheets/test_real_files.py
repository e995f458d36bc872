"""Files of real narratives with nothing but the guesses; figures recounted by other means."""

import csv

import pytest
import xlsxwriter

from taxonomy.sheets.guessing import guess_columns
from taxonomy.sheets.planning import plan_import
from taxonomy.sheets.reading import open_sheet, sample

pytestmark = [pytest.mark.real_data, pytest.mark.thorough]

COUNTRIES = {"China": "CN", "Indonesia": "ID", "United Kingdom": "GB", "United States": "US"}
LEFT = ["source_dataset", "rating", "prompt"]
FIGURES = {
    # rows, incidents, refused, moments, codings, categories by round (finest first), not placed
    "asap_restaurants_zh_300": (300, 300, 0, 1_809, 1_809, [54, 18, 5], 61),
    "banking77_train": (10_003, 10_003, 0, 10_003, 10_003, [77], 0),
    "casa_cars_id": (1_080, 1_080, 0, 1_416, 1_416, [12, 6], 0),
    "cfpb_mixed_products": (617, 617, 0, 617, 617, [95, 78, 14], 0),
    "nhs_fft_trusts_A_C": (7_027, 7_027, 0, 7_027, 7_027, [45, 45, 9], 0),
    "nhs_v6_nhft_multilabel": (2_812, 2_313, 499, 3_378, 3_378, [45, 11], 4),
    "safecom_fire_aviation": (180, 179, 1, 404, 400, [41, 8], 29),
}


def plan_of(path):
    sheet = open_sheet(path)
    return plan_import(
        sheet.rows(),
        headers=sheet.headers,
        mapping=guess_columns(sheet.headers, sample(sheet, 50)),
        country_code=COUNTRIES.get,
    )


@pytest.fixture
def plan(real_data, request):
    return plan_of(real_data / "data" / "narratives" / f"{request.param}.csv")


@pytest.mark.parametrize(("plan", "name"), [(name, name) for name in FIGURES], indirect=["plan"])
def test_every_row_of_a_real_file_is_accounted_for(plan, name):
    rows, incidents, refused, moments, codings, categories, not_placed = FIGURES[name]
    counts = plan.counts
    assert (counts.rows, counts.incidents, counts.merged) == (rows, incidents, 0)
    assert counts.refused == ({"no_words": refused} if refused else {})
    assert (counts.moments, counts.codings) == (moments, codings)
    by_round = [one.round for one in plan.categories]
    assert [by_round.count(at) for at in range(1, plan.rounds + 1)] == categories
    assert (len(plan.tree.orphans), len(plan.tree.ambiguous_parents)) == (not_placed, 0)
    assert not plan.blocked
    assert list(plan.unmapped)[:3] == LEFT


@pytest.mark.parametrize("plan", ["nhs_fft_trusts_A_C"], indirect=True)
def test_the_code_that_stands_under_two_labels_is_two_categories_and_said(plan):
    assert [name for _, name in plan.tree.same_names] == ["Nothing to improve", "xn"]
    assert {len(paths) for paths in plan.tree.same_names.values()} == {2}
    words = [incident.words["situation"] for incident in plan.incidents]
    assert sum(text.strip() in {"NA", "None", "n/a"} for text in words) >= 31
    assert sum(text != text.strip() for text in words) == 828


@pytest.mark.parametrize("plan", ["nhs_v6_nhft_multilabel"], indirect=True)
def test_respondents_of_a_real_file_are_the_clusters(plan):
    assert (len(plan.interviews), len(plan.respondents)) == (1_436, 1_436)
    assert plan.clusters_known
    assert {use.ours for use in plan.values["viewpoint"].values()} == {"customer"}
    assert plan.values["valence"]["negative"].rows == 694
    assert str(plan.incidents[0].happened_from) == "2021-06-02"


@pytest.mark.parametrize("plan", ["safecom_fire_aviation"], indirect=True)
def test_employees_tell_from_the_providers_side(plan):
    assert {incident.told_as for incident in plan.incidents} == {"provider"}
    assert not plan.clusters_known


def test_a_real_file_says_the_same_as_a_workbook_and_in_other_encodings(real_data, tmp_path):
    path = real_data / "data" / "narratives" / "nhs_v6_nhft_multilabel.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"), {"strings_to_numbers": False})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(at, column, cell)
    book.close()
    for name, encoding, delimiter in [("b.csv", "utf-16", ";"), ("c.csv", "utf-16-be", "\t")]:
        with (tmp_path / name).open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream, delimiter=delimiter).writerows(rows)

    original = plan_of(path)
    for name in ("a.xlsx", "b.csv", "c.csv"):
        copy = plan_of(tmp_path / name)
        assert copy.incidents == original.incidents, name
        assert copy.counts == original.counts, name
