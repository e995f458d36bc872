"""Studies: making one, and changing what it says of itself."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from incidents.actions.duplicates import refuse_taken
from incidents.actions.history import record_change
from incidents.actions.refusals import StaleError
from incidents.choices import RoleName
from incidents.models import Member, Organization, Region, Role, Sector, Study, User

FIRST_CODE = "M1"
NOT_STATED_CODE = "NS"


@transaction.atomic
def create_study(*, user: User, slug: str, name: str, **fields: Any) -> Study:
    """Make a study with its rows *not stated*, and the account that makes it its admin.

    `fields` are further fields of the study. Raises PermissionDenied for an account that may not
    create studies and ValidationError (on `slug`) where the short name is taken.
    """
    if not (user.may_create_studies or user.is_superuser):
        raise PermissionDenied(_("A superuser can let you create studies."))
    study = found_study(slug=slug, name=name, **fields)
    admin = Member.objects.create(
        study=study, user=user, display_name=str(user)[:120], code=FIRST_CODE
    )
    Role.objects.create(member=admin, name=RoleName.ADMIN)
    record_change(verb="create_study", on=study, study=study, by=admin, user=user)
    return study


@transaction.atomic
def found_study(*, slug: str, name: str, **fields: Any) -> Study:
    """Make a study without members, as commands do: it has its rows *not stated*."""
    with refuse_taken("slug", _("Another study has this short name.")):
        study = Study.objects.create(slug=slug, name=name, **fields)
    not_stated = _("Not stated")
    Region.objects.create(study=study, name=not_stated, not_stated=True)
    sector = Sector.objects.create(study=study, name=not_stated, not_stated=True)
    Organization.objects.create(
        study=study, sector=sector, name=not_stated, code=NOT_STATED_CODE, not_stated=True
    )
    record_change(verb="found_study", on=study, study=study)
    return study


@transaction.atomic
def change_study(*, study: Study, by: Member | None, row_version: int, **fields: Any) -> Study:
    """Change fields of a study that stands at `row_version`, and return it as it is now.

    Raises StaleError where somebody changed it meanwhile, ValidationError (on `slug`) where the
    short name is taken.
    """
    with refuse_taken("slug", _("Another study has this short name.")):
        changed = Study.objects.filter(pk=study.pk, row_version=row_version).update(
            **fields, row_version=F("row_version") + 1
        )
    if not changed:
        raise StaleError(
            _("Somebody changed the study meanwhile. Look at what it says now, then save again.")
        )
    study.refresh_from_db()
    record_change(verb="change_study", on=study, study=study, by=by, fields=sorted(fields))
    return study
