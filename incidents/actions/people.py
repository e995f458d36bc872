"""Members of a study and their roles."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from incidents.actions.duplicates import refuse_taken
from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import StaleError
from incidents.choices import RoleName
from incidents.models import Member, Role, Study, User


@transaction.atomic
def add_member(
    *,
    study: Study,
    display_name: str,
    code: str,
    roles: Collection[str] = (),
    email: str | None = None,
    user: User | None = None,
    by: Member | None,
) -> Member:
    """Add a person to a study; `email` links the account with this address, `user` this one.

    Raises ValidationError where no such account exists, or the code or the account is taken.
    """
    user = user or _account(email)
    _refuse_second_membership(study, user)
    with refuse_taken("code", _("Another member has this code.")):
        member = Member.objects.create(study=study, user=user, display_name=display_name, code=code)
    _set_roles(member, roles)
    record_change(verb="add_member", on=member, study=study, by=by, roles=sorted(map(str, roles)))
    return member


@transaction.atomic
def change_member(
    *,
    member: Member,
    by: Member | None,
    display_name: str | None = None,
    code: str | None = None,
    roles: Collection[str] | None = None,
    active: bool | None = None,
    email: str | None = None,
    user: User | None = None,
    row_version: int | None = None,
) -> Member:
    """Change what is given of a member, and return the member as it is now.

    `email` or `user` links an account to a member without one. Raises ValidationError where the
    study would lose its last active admin with an account, or a code or account is taken or
    unknown, and StaleError where the member no longer stands at `row_version`, if that is given.
    """
    lock_study(member.study_id)  # two admins take turns
    had_admin = _has_admin(member.study_id)
    given = {"display_name": display_name, "code": code, "active": active}
    fields: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if (email or user) and member.user_id is None:
        fields["user"] = user or _account(email)
        _refuse_second_membership(member.study, fields["user"])
    _write(member, fields, row_version)
    if roles is not None:
        _set_roles(member, roles)
    if had_admin and not _has_admin(member.study_id):
        raise ValidationError(_("The study needs an active admin with an account."))
    record_change(
        verb="change_member",
        on=member,
        study=member.study,
        by=by,
        fields=sorted(fields),
        active=active,
        roles=None if roles is None else sorted(map(str, roles)),
    )
    return Member.objects.select_related("study").prefetch_related("roles").get(pk=member.pk)


def _write(member: Member, fields: dict[str, Any], row_version: int | None) -> None:
    rows = Member.objects.filter(pk=member.pk)
    if row_version is not None:
        rows = rows.filter(row_version=row_version)
    with refuse_taken("code", _("Another member has this code.")):
        changed = rows.update(**fields, row_version=F("row_version") + 1)
    if not changed:
        raise StaleError(_("Somebody changed this person meanwhile."))


def _account(email: str | None) -> User | None:
    if not email:
        return None
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise ValidationError(
            {"email": _("No account has this address. Invite the person instead.")}
        )
    return user


def _refuse_second_membership(study: Study, user: User | None) -> None:
    if user is None:
        return
    lock_study(study.pk)  # who links the account next sees it
    if Member.objects.filter(study=study, user=user).exists():
        raise ValidationError({"email": _("This account is a member of the study.")})


def _set_roles(member: Member, roles: Collection[str]) -> None:
    wanted = {RoleName(role).value for role in roles}
    present = set(Role.objects.filter(member=member).values_list("name", flat=True))
    Role.objects.filter(member=member, name__in=present - wanted).delete()
    Role.objects.bulk_create(Role(member=member, name=name) for name in sorted(wanted - present))


def _has_admin(study_pk: int) -> bool:
    admins = Member.objects.active().with_role(RoleName.ADMIN)
    return admins.filter(study=study_pk, user__is_active=True).exists()
