"""The database itself refuses what must never be, whoever writes it."""

import contextlib
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents import models
from incidents.choices import Criterion, JobState, Verdict
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    InvitationFactory,
    MemberFactory,
    OrganizationFactory,
    RegionFactory,
    RespondentFactory,
    SectorFactory,
    SiteFactory,
    StudyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@contextlib.contextmanager
def refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        yield


def change(row, **fields):
    type(row).objects.filter(pk=row.pk).update(**fields)


@pytest.fixture
def source():
    study = StudyFactory()
    file = models.StoredFile.objects.create(
        study=study, name="told.csv", path="a", size=1, sha256="0" * 64
    )
    return models.Import.objects.create(study=study, file=file)


# -- People -----------------------------------------------------------------------------------


def test_an_address_is_one_account_and_in_lower_case():
    user = UserFactory(email="ada@example.org")
    with refused():
        UserFactory(email="ada@example.org")
    with refused():
        change(user, email="Ada@example.org")


def test_a_member_is_known_by_one_code_and_one_account():
    member = MemberFactory()
    MemberFactory(code=member.code, user=member.user)  # of another study
    with refused():
        MemberFactory(study=member.study, code=member.code)
    with refused():
        MemberFactory(study=member.study, user=member.user)


def test_a_member_has_a_role_once_and_only_known_ones():
    member = MemberFactory(roles=["coder"])
    with refused():
        member.roles.create(name="coder")
    with refused():
        member.roles.create(name="owner")


def test_an_address_and_a_member_have_one_open_invitation():
    first = InvitationFactory()
    other = InvitationFactory(study=first.study, member=first.invited_by)
    InvitationFactory(email=first.email)  # to another study
    with refused():
        InvitationFactory(study=first.study, email=first.email)
    with refused():
        InvitationFactory(study=first.study, member=other.member)
    change(first, revoked_at=timezone.now())
    change(other, accepted_at=timezone.now())
    InvitationFactory(study=first.study, email=first.email, member=other.member)


def test_an_invitation_is_accepted_or_taken_back_and_its_link_is_its_own():
    invitation = InvitationFactory(accepted_at=timezone.now())
    with refused():
        change(invitation, revoked_at=timezone.now())
    with refused():
        InvitationFactory(token_hash=invitation.token_hash)
    with refused():
        change(invitation, email="Ada@example.org")


# -- Places -----------------------------------------------------------------------------------


@pytest.mark.parametrize("factory", [RegionFactory, SectorFactory])
def test_a_region_and_a_sector_have_one_name_and_one_is_not_stated(factory):
    place = factory()
    factory(name=place.name)  # of another study
    with refused():
        factory(study=place.study, name=place.name)
    with refused():
        factory(study=place.study, not_stated=True)


def test_a_country_falls_to_one_region():
    first = RegionFactory()
    first.countries.create(study=first.study, country="CA")
    with refused():
        RegionFactory(study=first.study).countries.create(study=first.study, country="CA")


def test_an_organization_has_one_name_in_its_sector_and_one_code():
    one = OrganizationFactory()
    OrganizationFactory(study=one.study, name=one.name)  # in another sector
    with refused():
        OrganizationFactory(study=one.study, sector=one.sector, name=one.name)
    with refused():
        OrganizationFactory(study=one.study, code=one.code)


def test_a_sector_has_one_organization_not_stated():
    one = OrganizationFactory(not_stated=True)
    with refused():
        OrganizationFactory(study=one.study, sector=one.sector, not_stated=True)


def test_a_site_is_its_organization_country_place_and_region():
    site = SiteFactory()
    key = {"organization": site.organization, "country": site.country, "place": site.place}
    SiteFactory(**key, region=RegionFactory(study=site.organization.study))
    with refused():
        SiteFactory(**key, region=site.region)


# -- Fieldwork --------------------------------------------------------------------------------


def test_a_respondent_is_one_code_of_a_study():
    one = RespondentFactory()
    with refused():
        RespondentFactory(study=one.study, code=one.code)


@pytest.mark.parametrize("missing", ["interviewer", "held_on"])
def test_only_an_implied_or_imported_interview_lacks_interviewer_and_date(missing, source):
    interview = InterviewFactory()
    with refused():
        change(interview, **{missing: None})
    change(interview, **{missing: None}, implied=True)
    change(interview, implied=False, imported_from=source)


def test_a_number_in_a_file_is_one_interview_and_one_incident_of_its_import(source):
    interview = InterviewFactory(imported_from=source, code="17")
    IncidentFactory(interview=interview, imported_from=source, source_id="17")
    with refused():
        InterviewFactory(imported_from=source, code="17")
    with refused():
        IncidentFactory(interview=interview, imported_from=source, source_id="17")
    for _ in range(2):  # rows without a number
        IncidentFactory(interview=interview, imported_from=source)


@pytest.mark.parametrize("field", ["state", "told_as", "asked_for"])
def test_an_incident_says_only_what_the_lists_know(field):
    incident = IncidentFactory()
    with refused():
        change(incident, **{field: "perhaps"})


def test_what_happened_began_before_it_ended():
    incident = IncidentFactory()
    change(incident, happened_from="1999-03-01", happened_to="1999-03-01")
    with refused():
        change(incident, happened_from="1999-03-02")


def test_a_study_has_one_guide_in_a_language():
    study = StudyFactory()
    for language in ("en", "fr"):
        study.guides.create(language=language)
    with refused():
        study.guides.create(language="fr")


def test_a_kind_that_nobody_recalled_is_recorded_once_and_known():
    interview = InterviewFactory()
    by = interview.interviewer
    for told_as in ("own", "customer"):
        interview.none_recalled.create(asked_for="poor", told_as=told_as, recorded_by=by)
    with refused():
        interview.none_recalled.create(asked_for="poor", told_as="own", recorded_by=by)
    with refused():
        interview.none_recalled.create(asked_for="splendid", told_as="own", recorded_by=by)


def test_an_answer_to_a_question_says_something_and_is_given_once():
    incident = IncidentFactory()
    by = incident.interview.interviewer
    question = incident.screenings.create(member=by, verdict=Verdict.RETURN, words="Where?")
    answer = {"sha256": "0" * 64, "answered_on": "1999-03-01", "source": "notes", "author": by}
    question.answers.create(words="At the bank.", **answer)
    with refused():
        question.answers.create(words="At the bank.", **answer)
    with refused():
        question.answers.create(words="", **{**answer, "sha256": "1" * 64})


def test_a_version_has_a_number_of_its_own():
    incident = IncidentFactory()
    with refused():
        incident.versions.create(number=1, sha256="0" * 64)


def test_a_moment_has_a_place_of_its_own_and_a_known_valence():
    moment = IncidentFactory().moments.get()
    with refused():
        moment.incident.moments.create(position=moment.position)
    with refused():
        change(moment, valence="perhaps")


def test_a_window_keeps_one_draft_of_an_incident():
    member = MemberFactory()
    key = {"member": member, "study": member.study, "object_uid": uuid.uuid4()}
    rest = {"sha256": "0" * 64, "saved_at": timezone.now()}
    models.Draft.objects.create(**key, tab="one", **rest)
    models.Draft.objects.create(**key, tab="two", **rest)
    with refused():
        models.Draft.objects.create(**key, tab="one", **rest)


def test_an_exclusion_names_its_criterion_and_a_return_asks_something():
    incident = IncidentFactory()
    by = MemberFactory(study=incident.study)
    incident.screenings.create(member=by, verdict=Verdict.EXCLUDE, criterion=Criterion.HABITUAL)
    with refused():
        incident.screenings.create(member=by, verdict=Verdict.EXCLUDE)
    with refused():
        incident.screenings.create(member=by, verdict=Verdict.RETURN)


def test_a_row_of_a_file_becomes_one_thing(source):
    source.rows.create(number=3, outcome="refused")
    with refused():
        source.rows.create(number=3, outcome="incident")


# -- Jobs -------------------------------------------------------------------------------------


def test_work_with_a_key_waits_once():
    models.Job.objects.create(kind="a.b", unique_key="k", state=JobState.DONE)
    models.Job.objects.create(kind="a.b", unique_key="k")
    with refused():
        models.Job.objects.create(kind="a.b", unique_key="k")


def test_running_work_is_somebodys():
    with refused():
        models.Job.objects.create(kind="a.b", state=JobState.RUNNING)
