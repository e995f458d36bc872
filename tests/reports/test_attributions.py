"""Who is named as the teller: as the paper does, and only where it was agreed to."""

import pytest
from django.utils.translation import override

from incidents.choices import Consent, Relation, ServedBy, ToldAs
from incidents.models import Incident
from reports.queries.attributions import READS, attributions_of
from tests.factories import IncidentFactory, InterviewFactory, RespondentFactory, SiteFactory

FINLAND = {"country": "FI"}


def somebody(world, place=None, *, consent=Consent.ATTRIBUTED, implied=False, **fields):
    """Let somebody tell an incident; returns it."""
    told = {name: fields.pop(name) for name in ("told_as", "served_by") if name in fields}
    site = SiteFactory(
        organization=world.organization, region=world.regions[0], **(place or FINLAND)
    )
    known = {"relation": Relation.EMPLOYEE, "job_role": "Cashier", **fields}
    respondent = RespondentFactory(site=site, implied=implied, **known)
    interview = InterviewFactory(respondent=respondent, consent=consent)
    return IncidentFactory(interview=interview, **{"told_as": ToldAs.OWN, **told})


def named(incident):
    read = Incident.objects.select_related("interview", *READS)
    return attributions_of(read.filter(pk=incident.pk)).get(incident.pk)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "a cashier in Finland"),
        ({"job_role": "Usher"}, "an usher in Finland"),
        ({"place": {"country": "US"}}, "a cashier in the United States of America"),
        ({"job_role": ""}, "an employee (Banks) in Finland"),
        ({"job_role": "", "place": {"country": ""}}, "an employee (Banks) in North"),
        ({"place": {"country": ""}}, "a cashier in North"),
        ({"told_as": ToldAs.CUSTOMER}, "a customer in Finland"),
        (
            {"told_as": ToldAs.CUSTOMER, "served_by": ServedBy.OWN_SITE},
            "a customer (Banks) in Finland",
        ),
        ({"relation": Relation.CUSTOMER, "job_role": "Nurse"}, "a customer (Banks) in Finland"),
        ({"relation": Relation.NOT_STATED, "job_role": ""}, "an employee (Banks) in Finland"),
        (
            {"relation": Relation.NOT_STATED, "job_role": "", "told_as": ToldAs.BYSTANDER},
            "a respondent (Banks) in Finland",
        ),
    ],
)
def test_a_teller_is_named_by_what_was_stated(world, fields, words):
    told = [somebody(world, **fields) for _number in range(5)]

    assert named(told[0]) == words


def test_what_fewer_than_five_share_is_said_more_coarsely(world):
    told = [somebody(world, region) for region in [FINLAND] * 4 + [{"country": "SE"}] * 2]

    assert named(told[0]) == "a cashier in North"
    assert named(told[5]) == "a cashier in North"
    alone = somebody(world, {"country": "NO"}, job_role="Director")
    assert named(alone) == "an employee (Banks) in North"


def test_rows_of_a_file_that_name_nobody_count_once_for_each_site(world):
    told = [somebody(world, implied=True, job_role="") for _number in range(4)]
    for one in told:
        RespondentFactory(
            site=one.site, relation=Relation.EMPLOYEE, job_role="", implied=True, study=world.study
        )

    assert named(told[0]) == "an employee"
    somebody(world, implied=True, job_role="")
    assert named(told[0]) == "an employee (Banks) in Finland"


@pytest.mark.parametrize(
    ("consent", "words"),
    [
        (Consent.NOTES, None),
        (Consent.QUOTES, None),
        (Consent.ATTRIBUTED, "a cashier in Finland"),
        (Consent.BY_SOURCE, "a cashier in Finland"),
    ],
)
def test_a_teller_is_named_only_where_it_was_agreed_to(world, consent, words):
    told = [somebody(world, consent=consent) for _number in range(5)]

    assert named(told[0]) == words


def test_another_study_makes_nobody_less_known(world):
    for _number in range(4):
        told = somebody(world)
    other = RespondentFactory(relation=Relation.EMPLOYEE, job_role="Cashier")
    other.site.country = "FI"
    other.site.save()

    assert named(told) == "an employee"


@pytest.mark.parametrize("rows", [1, 8])
def test_names_for_a_page_take_two_queries(world, rows, django_assert_num_queries):
    told = [somebody(world, job_role=f"Role {number}") for number in range(rows)]
    read = list(Incident.objects.select_related("interview", *READS).order_by("pk"))

    with django_assert_num_queries(2):
        words = attributions_of(read)

    assert set(words) == {one.pk for one in told}


def test_the_name_is_in_the_readers_language(world):
    told = [somebody(world) for _number in range(5)]

    with override("de"):
        assert "Finnland" in named(told[0])
        assert "Cashier" in named(told[0])
