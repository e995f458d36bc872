"""A small study whose incidents are told, coded and ready to be counted."""

from types import SimpleNamespace

from incidents.choices import RoleName, ToldAs, Valence
from taxonomy.choices import BatchKind, Outcome
from taxonomy.models import Assignment, Batch, Settlement
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    OrganizationFactory,
    RegionFactory,
    RespondentFactory,
    SectorFactory,
    SiteFactory,
    StudyFactory,
)
from tests.taxonomy.factories import CategoryFactory, RoundFactory, SchemeFactory

SECRET = "Zanzibar Bank"


def make_world():
    """Return a study with a scheme of two rounds: warm and quick under service, and coarse."""
    study = StudyFactory()
    scheme = SchemeFactory(study=study, slug="kinds", name="Kinds")
    fine = scheme.rounds.get()
    coarse = RoundFactory(scheme=scheme, name="Coarse")
    service = CategoryFactory(round=coarse, name="Service")
    world = SimpleNamespace(
        study=study,
        scheme=scheme,
        fine=fine,
        coarse=coarse,
        service=service,
        warm=CategoryFactory(round=fine, name="Warm", parent=service),
        quick=CategoryFactory(round=fine, name="Quick", parent=service),
        analyst=MemberFactory(study=study, roles=[RoleName.ANALYST]),
        admin=MemberFactory(study=study, roles=[RoleName.ADMIN]),
        coder=MemberFactory(study=study, roles=[RoleName.CODER]),
        interviewer=MemberFactory(study=study, roles=[RoleName.INTERVIEWER]),
    )
    sector = SectorFactory(study=study, name="Banks")
    world.organization = OrganizationFactory(study=study, sector=sector, name=SECRET, code="B-17")
    world.regions = [RegionFactory(study=study, name=name) for name in ("North", "South")]
    return world


def tell(world, headline, *, category=None, region=0, own=False, **fields):
    """Let someone tell an incident in a region; coded if a category is given."""
    site = SiteFactory(organization=world.organization, region=world.regions[region])
    options = {"interviewer": world.interviewer} if own else {}
    interview = InterviewFactory(respondent=RespondentFactory(site=site), **options)
    incident = IncidentFactory(
        interview=interview,
        words={"headline": headline, "situation": f"It was about {headline}."},
        **{"told_as": ToldAs.OWN, "valence": Valence.POSITIVE, **fields},
    )
    for moment in incident.moments.all():
        place(world, moment, category)
    return incident


def place(world, moment, category):
    """Settle a moment in a category; None leaves it uncoded."""
    if category is not None:
        Settlement.objects.create(
            scheme=world.scheme,
            moment=moment,
            outcome=Outcome.SINGLE,
            category=category,
            from_seq=1,
        )


def blind(world, member):
    """Give the member something to code that others code, too."""
    batch = Batch.objects.create(scheme=world.scheme, name="Plan", kind=BatchKind.PLAN)
    incident = tell(world, "to be coded blindly")
    return Assignment.objects.create(batch=batch, moment=incident.moments.get(), coder=member)
