"""A study is made with what every study has, and changed by one person at a time."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from incidents.actions.refusals import StaleError
from incidents.actions.studies import change_study, create_study
from incidents.choices import RoleName
from incidents.models import Change, Study
from tests.factories import StudyFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_who_creates_a_study_is_its_admin():
    user = UserFactory(may_create_studies=True, name="Ada")

    study = create_study(user=user, slug="first", name="First", recall_window_days=14)

    member = study.members.get()
    assert (member.user, member.display_name) == (user, "Ada")
    assert member.role_names == {RoleName.ADMIN}
    assert study.recall_window_days == 14


def test_every_study_has_its_rows_not_stated():
    study = create_study(user=UserFactory(is_superuser=True), slug="first", name="First")

    assert study.regions.get().not_stated
    assert study.sectors.get().not_stated
    organization = study.organizations.get()
    assert (organization.not_stated, organization.sector) == (True, study.sectors.get())


def test_an_account_that_may_not_create_studies_makes_none():
    with pytest.raises(PermissionDenied):
        create_study(user=UserFactory(), slug="first", name="First")

    assert not Study.objects.exists()


def test_a_short_name_is_taken_once():
    StudyFactory(slug="first")

    with pytest.raises(ValidationError) as refusal:
        create_study(user=UserFactory(is_superuser=True), slug="first", name="Second")

    assert list(refusal.value.message_dict) == ["slug"]
    assert Study.objects.count() == 1


def test_a_change_decided_on_an_older_version_is_refused():
    study = StudyFactory(name="Old")
    change_study(study=study, by=None, row_version=0, name="New")

    with pytest.raises(StaleError):
        change_study(study=study, by=None, row_version=0, name="Newer")

    study.refresh_from_db()
    assert (study.name, study.row_version) == ("New", 1)


def test_the_change_log_names_fields_and_not_their_words():
    study = StudyFactory()

    change_study(study=study, by=None, row_version=0, aim="What nobody may read in a log")

    assert Change.objects.get(verb="change_study").details == {"fields": ["aim"]}
