"""Answers that go out and come in: what counts is the same, and so is the agreement."""

import io
import itertools
import json
from collections import defaultdict

import pytest
from django.core.management import call_command
from django.db import transaction

from incidents.actions.numbering import change_facts
from taxonomy.actions.bringing import Brought, bring_codings
from taxonomy.actions.settling import settle
from taxonomy.choices import BatchKind, BatchState
from taxonomy.models import Category, Coding, Settlement
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory, MemberFactory, OrganizationFactory, SiteFactory
from tests.taxonomy.factories import SchemeFactory
from tests.taxonomy.random_study import make_random_study

pytestmark = pytest.mark.django_db

CANNOT = "cannot be classified"
ANSWERS = {  # of Ada, Ben and Cleo for seven moments; None: has not coded it
    1: ("Warm", "Warm", "Warm"),
    2: ("Warm", "Slow", "Warm"),
    3: ("Slow", "Slow", None),
    4: (None, "Rude", CANNOT),
    5: ("=Odd, name", "=Odd, name", "Rude"),
    6: (CANNOT, CANNOT, CANNOT),
    7: ("Rude", None, None),
}


@pytest.fixture
def scheme():
    """A study in which three have coded seven moments, told at two organizations."""
    scheme = SchemeFactory(categories=["Warm", "Slow", "Rude", "=Odd, name"])
    study = scheme.study
    coders = [MemberFactory(study=study, display_name=name) for name in ("Ada", "Ben", "Cleo")]
    sites = [SiteFactory(organization=OrganizationFactory(study=study)) for _ in range(2)]
    for number, answers in ANSWERS.items():
        incident = IncidentFactory(study=study, site=sites[number % 2], moments=1 + number % 2)
        code(scheme, incident.moments.order_by("position").last(), coders, answers)
    return scheme


def code(scheme, moment, coders, answers):
    categories = {one.name: one for one in Category.objects.filter(scheme=scheme)}
    brought = [
        Brought(
            moment.pk,
            coder,
            categories.get(given),
            unclassifiable="other" if given == CANNOT else "",
        )
        for coder, given in zip(coders, answers, strict=True)
        if given
    ]
    with transaction.atomic():
        bring_codings(scheme=scheme, brought=brought, seq=change_facts(scheme.study))


def codings(act, scheme, *arguments):
    out = io.StringIO()
    named = ("--study", scheme.study.slug, "--scheme", scheme.slug)
    call_command("codings", act, *arguments, *named, stdout=out)
    return out.getvalue()


def agreement(path):
    out, err = io.StringIO(), io.StringIO()
    options = {"bootstrap": 20, "format": "json", "stdout": out, "stderr": err}
    call_command("agreement", str(path), **options)
    return json.loads(out.getvalue())


def empty(scheme):
    """The study as a copy of it would be in which nobody has coded."""
    Settlement.objects.filter(scheme=scheme).delete()
    Coding.objects.filter(scheme=scheme, supersedes__isnull=False).delete()
    Coding.objects.filter(scheme=scheme).delete()


def settled(scheme):
    rows = Settlement.objects.filter(scheme=scheme, to_seq=None).order_by("moment")
    return list(rows.values_list("moment", "outcome", "category", "contested"))


def test_what_went_out_and_came_in_settles_and_agrees_alike(scheme, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    codings("export", scheme, str(first))
    before, agreed = settled(scheme), agreement(first)
    empty(scheme)

    codings("import", scheme, str(first), "--coders", "existing")

    codings("export", scheme, str(second))
    assert settled(scheme) == before
    assert len(before) == len(ANSWERS)
    assert agreement(second) == agreed


def test_the_agreement_of_an_export_is_that_of_the_answers(scheme, tmp_path):
    path = tmp_path / "codings.csv"
    codings("export", scheme, str(path))

    found = agreement(path)

    figures = found["coefficients"]
    assert {name: found[name] for name in ("units", "coders", "ratings", "duplicates")} == {
        "units": 7,
        "coders": 3,
        "ratings": sum(given is not None for row in ANSWERS.values() for given in row),
        "duplicates": 0,
    }
    assert figures["percent_agreement"]["value"] == pytest.approx(share_of_equal_pairs())
    assert figures["krippendorff_alpha"]["value"] == pytest.approx(nominal_alpha())
    assert set(found["per_category"]) == {"Warm", "Slow", "Rude", "'=Odd, name", CANNOT}
    assert figures["percent_agreement"]["low"] < figures["percent_agreement"]["high"]  # clusters


def compared():
    """The answers of the moments that two coded or more."""
    units = ([given for given in row if given] for row in ANSWERS.values())
    return [unit for unit in units if len(unit) > 1]


def share_of_equal_pairs():
    shares = []
    for unit in compared():
        pairs = list(itertools.combinations(unit, 2))
        shares.append(sum(one == other for one, other in pairs) / len(pairs))
    return sum(shares) / len(shares)


def nominal_alpha():
    """One minus observed over expected disagreement, counted pair by pair (Krippendorff 2011)."""
    units = compared()
    everything = [given for unit in units for given in unit]
    observed = sum(
        sum(one != other for one, other in itertools.permutations(unit, 2)) / (len(unit) - 1)
        for unit in units
    ) / len(everything)
    pairs = list(itertools.permutations(everything, 2))
    return 1 - observed / (sum(one != other for one, other in pairs) / len(pairs))


@pytest.mark.parametrize("seed", [3, 14])
def test_the_tables_of_a_random_study_come_back(seed, tmp_path):
    """Merged categories come back as what stands for them, so what is compared is what is shown."""
    scheme, path = make_random_study(seed), tmp_path / "codings.csv"
    lock_everything(scheme)
    codings("export", scheme, str(path))
    before = tables(scheme)
    empty(scheme)

    codings("import", scheme, str(path))

    assert tables(scheme) == before
    assert "nothing was changed" in codings("import", scheme, str(path))


def lock_everything(scheme):
    """Nobody takes codings from elsewhere for what is still coded blindly."""
    scheme.batches.filter(kind=BatchKind.PLAN).update(state=BatchState.LOCKED)
    moments = Coding.objects.filter(scheme=scheme).values_list("moment", flat=True)
    with transaction.atomic():
        settle(moments=set(moments), scheme=scheme, seq=change_facts(scheme.study))


def tables(scheme):
    found = defaultdict(dict)
    for position in tree_of(scheme).rounds:
        table = answer(scheme, Specification(round=position), from_facts=True).table
        for row in table.rows:
            found[position][tuple(row.path)] = [cell.count for cell in row.cells]
        for line in table.residuals:
            found[position][line.kind] = [count for _column, count in line.cells]
    return found
