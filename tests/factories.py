"""Rows to test with. Each stands on its own; what belongs together shares its study."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from incidents import models, texts
from incidents.choices import Consent, IncidentState, RoleName, ToldAs, Valence
from incidents.models.fieldwork import TEXTS
from incidents.queries.fieldwork import facts_checksum

PASSWORD = "long enough to sign in"


class UserFactory(DjangoModelFactory):
    """An account that can sign in with PASSWORD."""

    class Meta:
        model = models.User
        skip_postgeneration_save = True

    email = factory.Sequence("user{}@example.org".format)
    name = factory.Sequence("Person {}".format)

    @classmethod
    def _create(cls, model_class, *args, password=PASSWORD, **fields):
        return model_class.objects.create_user(password=password, **fields)


class StudyFactory(DjangoModelFactory):
    """A study with its rows *not stated*: a region, a sector and that sector's organization."""

    class Meta:
        model = models.Study
        skip_postgeneration_save = True

    slug = factory.Sequence("study-{}".format)
    name = factory.Sequence("Study {}".format)

    @factory.post_generation
    def not_stated(study, create, extracted, **kwargs):  # noqa: N805
        RegionFactory(study=study, name="Not stated", not_stated=True)
        sector = SectorFactory(study=study, name="Not stated", not_stated=True)
        OrganizationFactory(study=study, sector=sector, name="Not stated", not_stated=True)


class OfOneStudy(DjangoModelFactory):
    """What takes its study from the row it belongs to, when only that row is given."""

    class Meta:
        abstract = True

    @classmethod
    def _generate(cls, strategy, params):
        for name in ("interview", "respondent", "organization", "site"):
            if "study" not in params and params.get(name) is not None:
                params["study"] = _study_of(params[name])
        return super()._generate(strategy, params)


def _study_of(row):
    return row.organization.study if isinstance(row, models.Site) else row.study


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = models.Region

    study = factory.SubFactory(StudyFactory)
    name = factory.Sequence("Region {}".format)


class SectorFactory(DjangoModelFactory):
    class Meta:
        model = models.Sector

    study = factory.SubFactory(StudyFactory)
    name = factory.Sequence("Sector {}".format)


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = models.Organization

    study = factory.SubFactory(StudyFactory)
    sector = factory.SubFactory(SectorFactory, study=factory.SelfAttribute("..study"))
    name = factory.Sequence("Organization {}".format)
    code = factory.Sequence("ORG{}".format)


class SiteFactory(OfOneStudy):
    """A site with an organization and a region of its own."""

    class Meta:
        model = models.Site

    class Params:
        study = factory.SubFactory(StudyFactory)

    organization = factory.SubFactory(OrganizationFactory, study=factory.SelfAttribute("..study"))
    region = factory.SubFactory(RegionFactory, study=factory.SelfAttribute("..study"))
    country = "CA"
    place = factory.Sequence("Place {}".format)


class MemberFactory(DjangoModelFactory):
    """A member with an account; `roles=[…]` gives roles."""

    class Meta:
        model = models.Member
        skip_postgeneration_save = True

    study = factory.SubFactory(StudyFactory)
    user = factory.SubFactory(UserFactory)
    display_name = factory.Sequence("Member {}".format)
    code = factory.Sequence("M{}".format)

    @factory.post_generation
    def roles(member, create, extracted, **kwargs):  # noqa: N805
        models.Role.objects.bulk_create(
            models.Role(member=member, name=name) for name in extracted or ()
        )


class InvitationFactory(DjangoModelFactory):
    """An open invitation by an admin of its study; nobody holds its link."""

    class Meta:
        model = models.Invitation

    study = factory.SubFactory(StudyFactory)
    invited_by = factory.SubFactory(
        MemberFactory, study=factory.SelfAttribute("..study"), roles=[RoleName.ADMIN]
    )
    email = factory.Sequence("invited{}@example.org".format)
    display_name = factory.Sequence("Invited {}".format)
    roles = factory.LazyFunction(lambda: [RoleName.CODER.value])
    token_hash = factory.Sequence("{:064}".format)
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=7))


class RespondentFactory(OfOneStudy):
    class Meta:
        model = models.Respondent

    study = factory.SubFactory(StudyFactory)
    site = factory.SubFactory(SiteFactory, study=factory.SelfAttribute("..study"))
    code = factory.Sequence("R{}".format)


class InterviewFactory(OfOneStudy):
    """An interview with a respondent and an interviewer of its own."""

    class Meta:
        model = models.Interview

    study = factory.SubFactory(StudyFactory)
    respondent = factory.SubFactory(RespondentFactory, study=factory.SelfAttribute("..study"))
    interviewer = factory.SubFactory(
        MemberFactory, study=factory.SelfAttribute("..study"), roles=[RoleName.INTERVIEWER]
    )
    held_on = dt.date(1999, 3, 15)
    language = "en"
    consent = Consent.QUOTES


class IncidentFactory(OfOneStudy):
    """An incident with one version and one moment, at a site of its own; accepted unless said.

    `words={"headline": …}` replaces texts, `valence` is its moment's, `moments` divides it.
    """

    class Meta:
        model = models.Incident

    study = factory.SubFactory(StudyFactory)
    interview = factory.SubFactory(InterviewFactory, study=factory.SelfAttribute("..study"))
    site = factory.LazyAttribute(lambda incident: incident.interview.respondent.site)
    state = IncidentState.ACCEPTED
    told_as = ToldAs.OWN

    @classmethod
    def _create(cls, model_class, *args, words=None, valence=Valence.POSITIVE, moments=1, **fields):
        incident = super()._create(model_class, *args, **fields)
        _write(incident, words or {}, valence if moments == 1 else "")
        for position in range(1, moments + 1):
            label = f"Part {position}" if moments > 1 else ""
            MomentFactory(incident=incident, position=position, label=label, valence=valence)
        return incident


def _write(incident, words, valence):
    given = {
        "headline": f"Headline of {incident.uid}",
        "situation": f"Situation of {incident.uid}",
        **words,
    }
    written = {name: given.get(name, "") for name in TEXTS}
    incident.version = models.IncidentVersion.objects.create(
        incident=incident,
        number=1,
        language=incident.interview.language,
        sha256=texts.fingerprint(written),
        facts_sha256=facts_checksum(incident, valence),
        folded=texts.searchable(" ".join(written[name] for name in TEXTS if name != "note")),
        author=incident.interview.interviewer,
        **written,
    )
    incident.save(update_fields=["version"])


class MomentFactory(DjangoModelFactory):
    """A moment; of an accepted incident it has entered under a number of its study."""

    class Meta:
        model = models.Moment

    incident = factory.SubFactory(IncidentFactory, moments=0)
    position = factory.Sequence(lambda number: number + 1)
    valence = Valence.POSITIVE

    @classmethod
    def _create(cls, model_class, *args, **fields):
        incident = fields["incident"]
        if incident.state == IncidentState.ACCEPTED and "entered_seq" not in fields:
            fields["entered_seq"] = _next_number(incident.study)
        return super()._create(model_class, *args, **fields)


def _next_number(study):
    study.data_seq = models.Study.objects.values_list("data_seq", flat=True).get(pk=study.pk) + 1
    study.save(update_fields=["data_seq"])
    return study.data_seq
