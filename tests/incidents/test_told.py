"""Whatever may be told of an incident is kept, handed out again and put into its form."""

import dataclasses

import pytest

from incidents.actions.fieldwork import Told
from incidents.forms.fieldwork import CheckedIncidentForm, IncidentForm
from incidents.models.fieldwork import TEXTS
from incidents.queries.fieldwork import FACTS, body_of_incident
from tests.factories import IncidentFactory, InterviewFactory

TOLD = {field.name for field in dataclasses.fields(Told)} - {"words"}


def test_every_fact_that_is_told_goes_into_the_row_of_the_incident():
    assert TOLD - {"language", "valence"} == set(FACTS)  # those are the words' and the moment's


@pytest.mark.django_db
def test_the_form_opens_with_everything_that_was_told():
    body = body_of_incident(IncidentFactory(), "positive")

    assert set(body) == TOLD | set(TEXTS)
    assert set(body) <= set(IncidentForm.base_fields)


@pytest.mark.django_db
def test_what_one_form_asks_for_is_not_asked_of_the_next():
    interview, other = InterviewFactory(language="en"), InterviewFactory(language="vo")
    told = {"headline": "It came late", "told_as": "own", "language": "vo"}
    known = {"answered_from", "answered_on", "answer"}

    asked = CheckedIncidentForm(told, interview=other, question="When?", divided=True)
    plain = CheckedIncidentForm({**told, "language": "en"}, interview=interview)
    foreign = CheckedIncidentForm({**told, "valence": "positive"}, interview=interview)

    assert (set(asked.errors), set(plain.errors)) == (known, {"valence"})
    assert foreign.is_valid()
    assert ("vo", "vo") not in plain.fields["language"].choices
    assert IncidentForm(None, interview=interview).fields["valence"].required
