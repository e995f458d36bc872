"""What `manage.py check_facts` and its nightly likeness say, also while people work."""

import io

import pytest
from django.core.management import CommandError, call_command

from incidents.models import Incident
from taxonomy.queries import checks
from taxonomy.tasks import check_facts_nightly
from tests.factories import IncidentFactory, SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def misplaced():
    incident = IncidentFactory()
    Incident.objects.filter(pk=incident.pk).update(site=SiteFactory(study=incident.study))
    return incident


def test_a_difference_is_printed_and_ends_with_an_error(misplaced):
    out = io.StringIO()

    with pytest.raises(CommandError, match="Differences found: 1"):
        call_command("check_facts", study=misplaced.study.slug, stdout=out)

    assert f"site of an incident, {misplaced.uid}" in out.getvalue()


def test_what_is_gone_at_the_second_look_was_somebody_at_work(misplaced, monkeypatch, caplog):
    look = checks.differences

    def look_and_be_overtaken(study):
        yield from look(study)
        Incident.objects.update(site=misplaced.site)

    monkeypatch.setattr(checks, "differences", look_and_be_overtaken)
    out = io.StringIO()

    call_command("check_facts", stdout=out)

    assert out.getvalue() == "No difference. Studies compared: 1.\n"


def test_the_nightly_look_logs_what_lasts(misplaced, caplog):
    check_facts_nightly()

    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert str(misplaced.uid) in caplog.text
