"""Many organizations and sites at once, for what a file names: a few statements for all of them."""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.actions.history import record_changes
from incidents.actions.numbering import lock_study
from incidents.actions.places import free_codes
from incidents.actions.refusals import RefusedError
from incidents.models import Member, Organization, Region, Sector, Site, Study


class SiteKey(NamedTuple):
    """What makes a site that site, with primary keys of organization and region."""

    organization: int
    country: str
    place: str
    region: int


@transaction.atomic
def add_organizations(
    *, study: Study, named: Sequence[tuple[str, Sector]], by: Member | None
) -> list[Organization]:
    """Add organizations by name and sector under the next free codes; returns them in this order.

    Call it holding the study, having looked that no sector has such a name: else IntegrityError.
    """
    codes = islice(free_codes(study), len(named))
    made = Organization.objects.bulk_create(
        Organization(study=study, sector=sector, name=name, code=code)
        for (name, sector), code in zip(named, codes, strict=True)
    )
    record_changes(verb="add_organization", on=made, study=study, by=by)
    return made


@transaction.atomic
def add_sites(*, study: Study, keys: Sequence[SiteKey], by: Member | None) -> list[Site]:
    """Add sites by their keys; returns them in this order.

    Raises RefusedError where a region was removed meanwhile, IntegrityError where there is such a
    site.
    """
    lock_study(study.pk)  # nobody removes a region until the commit
    regions = {key.region for key in keys}
    if Region.objects.filter(study=study, pk__in=regions).count() < len(regions):
        raise RefusedError(_("A region was removed meanwhile. Import the file once more."))
    made = Site.objects.bulk_create(
        Site(
            organization_id=key.organization,
            country=key.country,
            place=key.place,
            region_id=key.region,
        )
        for key in keys
    )
    record_changes(verb="add_site", on=made, study=study, by=by)
    return made
