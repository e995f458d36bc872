"""How far coders agree whose answers came with files, where no batch is locked here."""

import pytest
from django.db import transaction
from django.urls import reverse

from incidents.actions.numbering import change_facts, leave_tables
from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState
from incidents.models import Incident
from taxonomy.actions import measuring
from taxonomy.actions.bringing import Brought, bring_codings
from taxonomy.actions.measuring import ask_agreement
from taxonomy.choices import Purpose
from taxonomy.models import AgreementReport, Category, Coding, Scheme
from taxonomy.queries.brought import answers_brought, brought_codings
from taxonomy.queries.reliability import is_agreement_behind
from tests.factories import IncidentFactory
from tests.taxonomy import reliability_study as by_hand
from tests.taxonomy.reliability_study import (
    LETTERS,
    NO,
    OTHER,
    SAID,
    code_batch,
    measure,
    study_of,
)

pytestmark = pytest.mark.django_db

ELSEWHERE = "these figures are of answers that files brought"


@pytest.fixture(autouse=True)
def few_samples(monkeypatch):
    monkeypatch.setattr(measuring, "SAMPLES", 40)


def bring(world, said):
    """Answers as files bring them, a letter for each coder; a dot where a coder gave none."""
    categories = {row.name: row for row in Category.objects.filter(scheme=world.scheme)}
    moments = [IncidentFactory(study=world.study).moments.get() for _letters in said]
    brought = [
        Brought(moment.pk, coder, categories.get(LETTERS[letter]), **OTHER[letter == NO])
        for letters, moment in zip(said, moments, strict=True)
        for letter, coder in zip(letters, world.coders, strict=True)
        if letter != "."
    ]
    with transaction.atomic():
        bring_codings(scheme=world.scheme, brought=brought, seq=change_facts(world.study))
    return moments


def page(client, world, who="analyst", view="reliability_show", **query):
    client.force_login(getattr(world, who).user)
    address = reverse(f"taxonomy:{view}", args=[world.study.slug, world.scheme.slug])
    return client.get(address, query)


def report_of(world):
    return AgreementReport.objects.filter(scheme=world.scheme).latest("pk")


def measured(said):
    world = study_of()
    world.moments = bring(world, said)
    ask_agreement(scheme=world.scheme, by=world.analyst)
    measure()
    return world


@pytest.fixture
def brought():
    return measured(["LLS", "SSS", "L.."])


def test_what_files_brought_of_several_coders_is_measured_as_counted_by_hand(client):
    brought = measured([*SAID, "L..", "..S"])
    answer = report_of(brought).answer
    text = page(client, brought).text

    assert (answer["moments"], answer["codings"]) == (len(SAID), 3 * len(SAID))
    assert answer["rounds"][0]["missing"] == 0
    for value in (
        by_hand.observed(SAID),
        by_hand.cohen(SAID),
        by_hand.krippendorff(SAID),
        by_hand.gwet(SAID, 6),
    ):
        assert f'<td class="num">{value:.4f}</td>' in text
    assert ELSEWHERE in text
    assert "Brought with files" in text
    file = page(client, brought, view="reliability_csv").text
    assert f"all,,krippendorff_alpha,{by_hand.krippendorff(SAID):.6f}" in file
    assert "locked batch" not in text.replace("No batch of several coders is locked", "")


def test_a_cell_of_the_matrix_leads_to_the_moments_that_were_brought(client, brought):
    late, slow = (Category.objects.get(scheme=brought.scheme, name=name) for name in by_name("LS"))
    asked = {"round": 1, "a": late.uid, "b": slow.uid}
    shown = page(client, brought, view="reliability_confusion", **asked).text

    assert "1 moment for which one coder chose the one" in shown
    assert shown.count('<li class="panel">') == 1


def by_name(letters):
    return [LETTERS[letter] for letter in letters]


def test_a_file_of_one_coder_measures_nothing(client):
    world = study_of()
    bring(world, ["L..", "S..", ".S."])

    assert "Nothing locked yet" in page(client, world).text
    with pytest.raises(RefusedError):
        ask_agreement(scheme=world.scheme, by=world.analyst)


def test_the_page_offers_to_measure_what_files_brought(client):
    world = study_of()
    bring(world, ["LL.", "S.S"])
    text = page(client, world).text

    assert "Files brought what several coders said of the same moments" in text
    measure_url = reverse(
        "taxonomy:reliability_measure", args=[world.study.slug, world.scheme.slug]
    )
    assert f'action="{measure_url}"' in text
    assert ELSEWHERE not in text


def test_a_report_and_a_page_count_the_same(brought):
    one = Coding.objects.filter(moment=brought.moments[0], coder=brought.coders[0]).get()
    Coding.objects.create(
        scheme=one.scheme,
        moment=one.moment,
        coder=one.coder,
        purpose=Purpose.IMPORT,
        taken_back=True,
        supersedes=one,
        scheme_revision=one.scheme_revision,
        seq=change(brought),
    )
    leave(brought.moments[1].incident)

    rows = brought_codings(brought.scheme).select_related("coder")
    said = {(row.moment_id, str(row.coder.uid), row.category_id) for row in rows}
    assert said == {
        (each.moment, each.coder, each.category) for each in answers_brought(brought.scheme)
    }
    assert len(said) == 2


def change(world):
    with transaction.atomic():
        return change_facts(world.study)


def leave(incident):
    with transaction.atomic():
        number = change_facts(incident.study)
        these = Incident.objects.filter(pk=incident.pk)
        leave_tables(these, number=number, state=IncidentState.EXCLUDED)


def behind(world):
    return is_agreement_behind(report_of(world), Scheme.objects.get(pk=world.scheme.pk))


def test_figures_are_behind_when_files_bring_more_or_a_moment_left(brought):
    change(brought)
    assert not behind(brought)

    bring(brought, ["LLL"])
    assert behind(brought)

    ask_agreement(scheme=brought.scheme, by=None)
    measure()
    assert not behind(brought)
    leave(brought.moments[0].incident)
    assert behind(brought)


def test_once_a_batch_is_locked_only_what_was_coded_blind_is_measured(client, brought):
    code_batch(brought, ["LLL", "LSS"])
    assert behind(brought)
    measure()

    answer = report_of(brought).answer
    assert (answer["moments"], answer["batches"][0]["name"]) == (2, "Overlap")
    assert ELSEWHERE not in page(client, brought).text
