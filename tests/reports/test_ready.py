"""The ready-made tables: the right question, two columns beside each other, their words."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from incidents.choices import Elicitation, ToldAs, Valence
from taxonomy.choices import Outcome
from taxonomy.models import Settlement
from tests.factories import IncidentFactory
from tests.reports.told import blind, tell
from tests.taxonomy.factories import CategoryFactory, RoundFactory, SchemeFactory

pytestmark = pytest.mark.django_db


def show(client, world, which, **query):
    client.force_login(world.analyst.user)
    args = [world.study.slug, world.scheme.slug]
    return client.get(reverse(f"reports:ready_{which}", args=args, query=query))


def tell_many(world, category, number, **fields):
    """Let one person tell as many, and settle them at once."""
    first = tell(world, category.name, category=category, **fields)
    for _number in range(number - 1):
        incident = IncidentFactory(
            study=world.study, interview=first.interview, **{"told_as": ToldAs.OWN, **fields}
        )
        Settlement.objects.create(
            scheme=world.scheme,
            moment=incident.moments.get(),
            outcome=Outcome.SINGLE,
            category=category,
            from_seq=1,
        )


def both(world, fine):
    """Put the two fine categories into coarse ones of their own, so that the coarsest has two."""
    other = CategoryFactory(round=world.coarse, name="Speed")
    world.quick.parent = other
    world.quick.save()


def test_customers_and_providers_stand_beside_each_other_with_the_ratio_in_words(client, world):
    both(world, world.fine)
    tell_many(world, world.warm, 30, told_as=ToldAs.CUSTOMER)
    tell_many(world, world.quick, 20, told_as=ToldAs.CUSTOMER)
    tell_many(world, world.warm, 10)
    tell_many(world, world.quick, 40)

    page = show(client, world, "sides")

    said = page.context["beside"]["said"]
    assert said == [
        "“Service”: Customer 60%, Provider 20%; about three times as often under “Customer”.",
        "“Speed”: Customer 40%, Provider 80%; about twice as often under “Provider”.",
    ]
    assert page.context["beside"]["chosen"]["name"] == "Service"
    sides = page.context["beside"]["chosen"]["sides"]
    assert [(side["share"], side["count"]) for side in sides] == [("60%", "30"), ("20%", "10")]
    assert [len(side["verbatims"]) for side in sides] == [3, 3]
    assert "in 0 of 4 interviews something was told from both sides" in page.text


def test_a_small_base_bears_no_multiple(client, world):
    tell_many(world, world.warm, 3, told_as=ToldAs.CUSTOMER)
    tell_many(world, world.warm, 60)

    [said] = show(client, world, "sides").context["beside"]["said"]

    assert said == "“Service”: Customer 3 of 3, Provider 100%."


def test_each_side_leads_to_exactly_what_it_counts(client, world):
    tell_many(world, world.warm, 4, valence=Valence.NEGATIVE)
    tell_many(world, world.warm, 2)

    page = show(client, world, "valences")

    sides = page.context["beside"]["chosen"]["sides"]
    assert [side["count"] for side in sides] == ["2", "4"]
    for side in sides:
        assert client.get(side["url"]).context["count"] == side["count"]


def test_words_lead_back_to_the_ready_made_table_and_its_row(client, world):
    tell_many(world, world.warm, 4, valence=Valence.NEGATIVE)
    page = show(client, world, "valences", row=str(world.service.uid))
    here = page.wsgi_request.get_full_path()
    cell = page.context["rows"][0].figures[0]
    fresh = client.get(
        page.context["fresh_url"].replace("seen=", "seen=x"), headers={"HX-Request": "true"}
    )

    for url in (page.context["beside"]["chosen"]["sides"][1]["url"], cell.url):
        shown = client.get(url).context
        assert (shown["back_url"], shown["back_label"]) == (here, "Back to the table")
    assert escape(cell.url) in fresh.text


def test_the_row_is_chosen_and_an_unknown_one_is_the_usual_one(client, world):
    both(world, world.fine)
    tell_many(world, world.warm, 2)
    tell_many(world, world.quick, 3, valence=Valence.NEGATIVE)
    speed = world.coarse.categories.get(name="Speed")

    named = show(client, world, "valences", row=str(speed.uid)).context["beside"]["chosen"]["name"]

    assert named == "Speed"
    assert show(client, world, "valences", row="nothing").status_code == 200


@pytest.mark.parametrize(
    ("elicitation", "said"), [(Elicitation.FREE, False), (Elicitation.QUOTA, True)]
)
def test_shares_that_the_design_sets_are_said_to_be_so(client, world, elicitation, said):
    world.study.elicitation = elicitation
    world.study.save()
    tell(world, "a day", category=world.warm)

    assert ("asked for by design" in show(client, world, "valences").text) == said


def test_causes_cross_two_schemes_and_count_poor_service_alone(client, world):
    cause = SchemeFactory(study=world.study, slug="cause", name="Cause")
    rule = CategoryFactory(round=cause.rounds.get(), name="A rule")
    for valence in (Valence.NEGATIVE, Valence.NEGATIVE, Valence.POSITIVE):
        incident = tell(world, "a day", category=world.warm, valence=valence)
        Settlement.objects.create(
            scheme=cause,
            moment=incident.moments.get(),
            outcome=Outcome.SINGLE,
            category=rule,
            from_seq=1,
        )

    page = show(client, world, "causes")

    table = page.context["answered"].table
    assert table.base.total == 2
    assert "A rule" in [column.name for column in table.columns]


def test_causes_are_shown_by_the_round_asked_for_the_coarsest_without_one(client, world):
    cause = SchemeFactory(study=world.study, slug="cause", name="Cause")
    fine = cause.rounds.get()
    coarse = RoundFactory(scheme=cause, name="Rough", position=fine.position + 1)
    above = CategoryFactory(round=coarse, name="A remedy")
    rule = CategoryFactory(round=fine, name="A rule", parent=above)
    incident = tell(world, "a day", category=world.warm, valence=Valence.NEGATIVE)
    Settlement.objects.create(
        scheme=cause,
        moment=incident.moments.get(),
        outcome=Outcome.SINGLE,
        category=rule,
        from_seq=1,
    )

    def columns(**query):
        page = show(client, world, "causes", **query)
        assert 'name="causes_round"' in page.text
        return [column.name for column in page.context["answered"].table.columns]

    assert "A remedy" in columns()
    assert "A rule" in columns(causes_round=str(fine.position))
    assert "A remedy" in columns(causes_round="99")
    assert "A remedy" in columns(causes_round="nothing")


def test_without_a_second_scheme_the_page_says_what_is_needed(client, world):
    tell(world, "a day", category=world.warm)

    assert "A second scheme is needed" in show(client, world, "causes").text


def test_who_still_codes_what_others_code_reads_no_words_and_no_shares(client, world):
    tell(world, "a telling day", category=world.warm)
    blind(world, world.analyst)

    page = show(client, world, "valences")

    assert "a telling day" not in page.text
    assert "beside" not in page.context


def test_the_page_takes_as_many_queries_for_many(client, world, django_assert_num_queries):
    for category, told_as in ((world.warm, ToldAs.OWN), (world.quick, ToldAs.CUSTOMER)):
        tell_many(world, category, 1, told_as=told_as)
    show(client, world, "sides")
    with django_assert_num_queries(36):
        show(client, world, "sides")
    for category, told_as in ((world.warm, ToldAs.OWN), (world.quick, ToldAs.CUSTOMER)):
        tell_many(world, category, 6, told_as=told_as)
    with django_assert_num_queries(36):
        show(client, world, "sides")
