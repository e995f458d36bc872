"""What somebody's own account page shows."""

import datetime as dt
from dataclasses import dataclass, field

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from incidents.devices import device_of
from incidents.models import User


@dataclass
class SecondFactors:
    """What an account asks for besides its password."""

    app: bool = False
    passkeys: list[Authenticator] = field(default_factory=list)
    codes_left: int | None = None

    @property
    def any(self) -> bool:
        """Say whether the account is asked for a second factor at all."""
        return self.app or bool(self.passkeys)


@dataclass
class SignedIn:
    """One browser in which an account is signed in."""

    pk: int
    device: str
    address: str
    since: dt.datetime
    here: bool


def second_factors_of(user: User) -> SecondFactors:
    """The authenticator app, the passkeys and the recovery codes of an account."""
    factors = SecondFactors()
    for authenticator in Authenticator.objects.filter(user=user).order_by("pk"):
        if authenticator.type == Authenticator.Type.WEBAUTHN:
            factors.passkeys.append(authenticator)
        elif authenticator.type == Authenticator.Type.TOTP:
            factors.app = True
        else:
            factors.codes_left = len(authenticator.wrap().get_unused_codes())
    return factors


def sessions_of(user: User, session_key: str | None) -> list[SignedIn]:
    """Where an account is signed in, this browser first; sessions that have ended are cleared."""
    rows = [
        SignedIn(
            pk=row.pk,
            device=device_of(row.user_agent),
            address=row.ip,
            since=row.created_at,
            here=row.session_key == session_key,
        )
        for row in UserSession.objects.purge_and_list(user)
    ]
    return sorted(rows, key=lambda row: (not row.here, -row.since.timestamp()))
