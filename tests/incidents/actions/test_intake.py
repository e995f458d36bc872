import uuid

import pytest
from django.db import transaction

from incidents.actions.fieldwork import Told, move_respondent
from incidents.actions.intake import Arrival, take_in
from incidents.models import Incident, Interview, Respondent
from tests.factories import InterviewFactory, MemberFactory, SiteFactory


@pytest.mark.django_db
def test_what_arrives_stands_where_its_respondent_is_now():
    """A respondent may move between two portions of an import, which keeps them in memory."""
    interview = Interview.objects.select_related("respondent").get(pk=InterviewFactory().pk)
    study, site = interview.study, SiteFactory(study=interview.study)
    move_respondent(
        respondent=Respondent.objects.get(),
        site=site,
        by=MemberFactory(study=study),
        row_version=0,
    )

    arrival = Arrival(uid=uuid.uuid4(), interview=interview, told=Told(words={"headline": "Late"}))
    with transaction.atomic():
        take_in(study=study, arrivals=[arrival], source=None, by=None)

    assert Incident.objects.get().site == site
