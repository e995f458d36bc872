"""Whatever may be told of an incident is kept, handed out again and put into its form."""

import dataclasses

import pytest

from incidents.actions.fieldwork import Told
from incidents.forms.fieldwork import IncidentForm
from incidents.models.fieldwork import TEXTS
from incidents.queries.fieldwork import FACTS, body_of_incident
from tests.factories import IncidentFactory

TOLD = {field.name for field in dataclasses.fields(Told)} - {"words"}


def test_every_fact_that_is_told_goes_into_the_row_of_the_incident():
    assert TOLD - {"language", "valence"} == set(FACTS)  # those are the words' and the moment's


@pytest.mark.django_db
def test_the_form_opens_with_everything_that_was_told():
    body = body_of_incident(IncidentFactory(), "positive")

    assert set(body) == TOLD | set(TEXTS)
    assert set(body) <= set(IncidentForm.base_fields)
