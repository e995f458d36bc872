"""How sign-in behaves where it differs from allauth's own way."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils.translation import gettext as _

from incidents.access import signed_in_recently

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Nobody opens an account for oneself: invitations and superusers make them."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Keep public sign-up closed."""
        return False

    def is_reauthentication_required(self, *, app: str, **_more: Any) -> bool:  # noqa: ARG002
        """Ask who is there only where the sign-in itself is not recent."""
        return not signed_in_recently(context.request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a message; a mail server that fails does not undo what it was about."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # smtplib's own errors are of this kind too
            logger.exception("The message %s could not be sent.", template_prefix)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keys and authenticator apps show the name of the product."""

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002
        """Propose a name for a new key, which its owner may change."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the site that a passkey is for; it works on this host only."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Candid"}
