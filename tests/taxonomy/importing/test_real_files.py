"""Every file of real narratives, imported for real and reconciled with what it holds."""

import io
import json
from collections import Counter

import pytest
from django.core.management import call_command

from incidents.choices import RowOutcome
from incidents.models import Import, ImportRow, Incident, Moment
from taxonomy.models import Category, Coding, Scheme, Settlement
from taxonomy.queries.checks import differences
from tests.reports.statistics.on_runs import check_run
from tests.taxonomy.importing.files import row_counts, take_out, tally

pytestmark = [pytest.mark.real_data, pytest.mark.thorough, pytest.mark.django_db]

# Recounted from the files by other means.
# rows = incidents + refused + merged; moments, codings; then for each round, the finest first:
# its categories, and the moments placed in one, coded only above it, not batched there, not coded
FIGURES = {
    "asap_restaurants_zh_300": (
        (300, 300, 0, 0),
        (1_809, 1_809),
        [(54, 1_809, 0, 0, 0), (18, 350, 0, 1_459, 0), (5, 350, 0, 1_459, 0)],
    ),
    "banking77_train": ((10_003, 10_003, 0, 0), (10_003, 10_003), [(77, 10_003, 0, 0, 0)]),
    "casa_cars_id": (
        (1_080, 1_080, 0, 0),
        (1_416, 1_416),
        [(12, 1_416, 0, 0, 0), (6, 1_416, 0, 0, 0)],
    ),
    "cfpb_mixed_products": (
        (617, 617, 0, 0),
        (617, 617),
        [(95, 444, 173, 0, 0), (78, 617, 0, 0, 0), (14, 617, 0, 0, 0)],
    ),
    "nhs_fft_trusts_A_C": (
        (7_027, 7_027, 0, 0),
        (7_027, 7_027),
        [(45, 7_027, 0, 0, 0), (45, 7_027, 0, 0, 0), (9, 7_027, 0, 0, 0)],
    ),
    "nhs_v6_nhft_multilabel": (
        (2_812, 2_313, 499, 0),
        (3_378, 3_378),
        [(45, 3_378, 0, 0, 0), (11, 3_367, 0, 11, 0)],
    ),
    "safecom_fire_aviation": (
        (180, 179, 1, 0),
        (404, 400),
        [(41, 400, 0, 0, 4), (8, 318, 0, 82, 4)],
    ),
}
REGIONS = {  # how many there are with the blank ones, the largest, and those not stated
    "asap_restaurants_zh_300": (1, ("Not stated", 300), 300),
    "banking77_train": (1, ("Not stated", 10_003), 10_003),
    "casa_cars_id": (1, ("Not stated", 1_080), 1_080),
    "cfpb_mixed_products": (44, ("TX", 78), 0),
    "nhs_fft_trusts_A_C": (1, ("Not stated", 7_027), 7_027),
    "nhs_v6_nhft_multilabel": (1, ("East Midlands (England)", 2_313), 0),
    "safecom_fire_aviation": (32, ("Region 05 Pacific Southwest Region", 38), 11),
}
COMPUTED = {  # by what runs of the coarsest round are computed, and tested by other software
    "cfpb_mixed_products": ("region", "organization"),
    "nhs_fft_trusts_A_C": ("valence", "organization"),
    "safecom_fire_aviation": ("region",),
}
TAKEN_OUT = "nhs_v6_nhft_multilabel"
ONLY_ADDED = ("Change", "Job", "data_seq", "DataNumber", "Import", "StoredFile")
DERIVED = ("Tally", "TallyPointer")
NEVER_DELETED = ("Scheme", "Batch", "Round", "Category", "Revision", "RevisionChange")


def command(name, *arguments):
    out = io.StringIO()
    call_command(name, "--study", "real", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def brought(real_data, request):
    """Import one file into a study of its own, as anybody would who knows nothing of it."""
    path = real_data / "data" / "narratives" / f"{request.param}.csv"
    command("import_incidents", "--create-study", "Real", str(path))
    return Import.objects.select_related("study").get()


def as_printed(position):
    """Return (placed, coded only above, not batched, not coded) and the sum of all lines."""
    table = json.loads(command("tabulate", "--round", str(position), "--format", "json"))
    base, residuals = table["base"]["All"], {k: v["All"] for k, v in table["residuals"].items()}
    assert sum(row["counts"]["All"] for row in table["rows"]) == base
    named = ("coarser_only", "not_batched", "not_coded")
    return (base, *(residuals[name] for name in named)), base + sum(residuals.values())


@pytest.mark.parametrize(
    ("brought", "name"), [(name, name) for name in FIGURES], indirect=["brought"], ids=FIGURES
)
def test_a_real_file_is_brought_in_and_reconciles(brought, name):
    rows, (moments, codings), rounds = FIGURES[name]
    outcomes = Counter(ImportRow.objects.values_list("outcome", flat=True))
    found = [
        outcomes[kind] for kind in (RowOutcome.INCIDENT, RowOutcome.REFUSED, RowOutcome.MERGED)
    ]
    assert (sum(found), *found) == rows
    assert Incident.objects.accepted().count() == rows[1]
    assert (Moment.objects.count(), Coding.objects.count()) == (moments, codings)
    assert Settlement.objects.filter(to_seq__isnull=True).count() == codings

    for position, (categories, *lines) in enumerate(rounds, start=1):
        standing = Category.objects.filter(exists=True, round__position=position)
        assert standing.count() == categories
        assert as_printed(position) == (tuple(lines), moments)

    regions = Counter(Incident.objects.values_list("site__region__name", flat=True))
    assert (len(regions), regions.most_common(1)[0], regions["Not stated"]) == REGIONS[name]
    assert list(differences(brought.study)) == []
    for by in COMPUTED.get(name, ()):
        run = check_run(Scheme.objects.get(), position=len(rounds), by=by)
        assert "p" in run.answer["statistics"]["chi_square"]
    if name == TAKEN_OUT:
        assert_nothing_is_left_after_undoing(brought)


def assert_nothing_is_left_after_undoing(source):
    take_out(source)
    tally(source.study)

    left = row_counts(but=(*ONLY_ADDED, *DERIVED, *NEVER_DELETED))
    assert {kind: number for kind, number in left.items() if number} == {
        "Study": 1,
        "Region": 1,
        "Sector": 1,
        "Organization": 1,
    }
    assert Category.objects.filter(exists=True).count() == 0
    assert list(differences(source.study)) == []
