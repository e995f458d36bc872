"""Inviting people to a study, by e-mail or by a link to hand over."""

import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.duplicates import refuse_taken
from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.people import add_member, change_member
from incidents.actions.refusals import RefusedError
from incidents.models import Invitation, Member, Study, User
from incidents.queries.places import free_member_code

TOKEN_BYTES = 32
logger = logging.getLogger(__name__)


@transaction.atomic
def invite(
    *,
    study: Study,
    email: str,
    display_name: str,
    roles: Collection[str],
    member: Member | None = None,
    by: Member,
) -> tuple[Invitation, str]:
    """Ask somebody to join, or a member without an account to get one.

    Returns the invitation and the token of its link, of which only a digest is kept. Raises
    ValidationError on `email` where the address is a member's or has an open invitation; one that
    has run out makes room.
    """
    lock_study(study.pk)
    email = email.strip().lower()
    _refuse_invited(study, email, member)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        study=study,
        member=member,
        email=email,
        display_name=display_name,
        roles=sorted(map(str, roles)),
        token_hash=_digest(token),
        expires_at=_deadline(),
        invited_by=by,
    )
    record_change(verb="invite", on=invitation, study=study, by=by, roles=invitation.roles)
    return invitation, token


def _refuse_invited(study: Study, email: str, member: Member | None) -> None:
    if Member.objects.filter(study=study, user__email=email, active=True).exists():
        raise ValidationError({"email": _("This address is a member of the study already.")})
    same = Q(email=email) if member is None else Q(email=email) | Q(member=member)
    waiting = Invitation.objects.open().filter(same, study=study)
    waiting.filter(expires_at__lte=Now()).update(revoked_at=Now())
    if waiting.exists():
        raise ValidationError(
            {"email": _("There is an open invitation. Send it again, or take it back first.")}
        )


@transaction.atomic
def renew_invitation(*, invitation: Invitation, by: Member) -> tuple[Invitation, str]:
    """Give an open invitation a new link and a new term; the link before it opens nothing more.

    Raises RefusedError where it was accepted or taken back meanwhile.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    renewed = Invitation.objects.open().filter(pk=invitation.pk)
    if not renewed.update(
        token_hash=_digest(token), expires_at=_deadline(), mailed_at=None, invited_by=by
    ):
        raise RefusedError(_("This invitation was accepted or taken back meanwhile."))
    invitation.refresh_from_db()
    record_change(verb="renew_invitation", on=invitation, study=invitation.study, by=by)
    return invitation, token


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: Member) -> None:
    """Take an open invitation back. Raises RefusedError where it was accepted meanwhile."""
    if not Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=Now()):
        raise RefusedError(_("This invitation was accepted or taken back meanwhile."))
    record_change(verb="revoke_invitation", on=invitation, study=invitation.study, by=by)


def invitation_of(token: str) -> Invitation | None:
    """Find the invitation that a link opens; None where it was used, taken back or ran out."""
    standing = Invitation.objects.standing(Now()).select_related("study", "member", "invited_by")
    return standing.filter(token_hash=_digest(token)).first()


@transaction.atomic
def accept_invitation(*, token: str, user: User) -> Member:
    """Let an account into the study that a link opens, and return the member it acts as.

    A link works once: of two who come together one gets in. Who was in the study before comes
    back, with the roles of the invitation. Raises RefusedError where the link opens nothing, or
    the account is in the study.
    """
    invitation = _claimed(token)
    member = _join(invitation, user)
    Invitation.objects.filter(pk=invitation.pk).update(member=member)
    record_change(
        verb="accept_invitation", on=invitation, study=invitation.study, by=member, user=user
    )
    return member


def _claimed(token: str) -> Invitation:
    """The invitation of a link, accepted from here on: who comes second finds it closed."""
    invitation = invitation_of(token)
    if invitation is None:
        raise RefusedError(_("This link was used, taken back or ran out."))
    lock_study(invitation.study_id)
    standing = Invitation.objects.standing(Now()).filter(token_hash=_digest(token))
    if not standing.update(accepted_at=Now()):
        raise RefusedError(_("This link was used, taken back or ran out."))
    return invitation


def _join(invitation: Invitation, user: User) -> Member:
    study, by, roles = invitation.study, invitation.invited_by, invitation.roles
    known = Member.objects.filter(study=study, user=user).first()
    if known is not None and known.active:
        raise RefusedError(_("You are a member of this study already."))
    if known is not None:
        return change_member(member=known, by=by, roles=roles, active=True)
    if invitation.member is not None and invitation.member.user_id is None:
        return change_member(member=invitation.member, by=by, roles=roles, active=True, user=user)
    return add_member(
        study=study,
        display_name=invitation.display_name,
        code=free_member_code(study),
        roles=roles,
        user=user,
        by=by,
    )


@transaction.atomic
def accept_with_new_account(*, token: str, name: str, password: str) -> User:
    """Make the account of somebody who was invited, at the address that the invitation names.

    Raises RefusedError as `accept_invitation`, and ValidationError where the address has an
    account by now.
    """
    invitation = invitation_of(token)
    if invitation is None:
        raise RefusedError(_("This link was used, taken back or ran out."))
    taken = _("There is an account with this address. Sign in, then open the link again.")
    with refuse_taken("email", taken):
        user = User.objects.create_user(invitation.email, password, name=name)
    record_change(verb="create_account", on=user, study=invitation.study, user=user)
    accept_invitation(token=token, user=user)
    return user


def mail_invitation(*, invitation: Invitation, link: str) -> bool:
    """Send the link; False where no mail goes out. The invitation stands either way.

    Call it outside a transaction: a mail server may take its time.
    """
    if not settings.SENDS_MAIL:
        return False
    words = {"invitation": invitation, "link": link}
    subject = render_to_string("incidents/mail/invitation_subject.txt", words)
    message = render_to_string("incidents/mail/invitation.txt", words)
    try:
        send_mail(" ".join(subject.split()), message, None, [invitation.email])
    except OSError:  # smtplib's own errors are of this kind too
        logger.exception("An invitation could not be sent.")
        return False
    Invitation.objects.filter(pk=invitation.pk).update(mailed_at=Now())
    return True


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _deadline() -> dt.datetime:
    return timezone.now() + dt.timedelta(days=settings.INVITATION_DAYS)
