"""Accounts: their names, their sessions, their second factors."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F

from incidents.actions.history import record_change
from incidents.models import User


@transaction.atomic
def rename_account(*, user: User, name: str) -> User:
    """Change the name of an account; what its members are called in studies stays."""
    user.name = name
    user.save(update_fields=["name"])
    record_change(verb="rename_account", on=user, study=None, user=user, fields=["name"])
    return user


@transaction.atomic
def end_session(*, user: User, pk: int) -> bool:
    """Sign an account out in one browser; False where it was not signed in there any more."""
    session = UserSession.objects.filter(user=user, pk=pk).first()
    if session is None:
        return False
    session.end()
    record_change(verb="end_session", on=user, study=None, user=user)
    return True


@transaction.atomic
def end_sessions(*, user: User) -> User:
    """Sign an account out everywhere, also in browsers that are on no list.

    What every session must match takes the next round, so none of before is valid with the next
    request. Whoever asked may be let in again with Django's `update_session_auth_hash`.
    """
    User.objects.filter(pk=user.pk).update(session_round=F("session_round") + 1)
    user.refresh_from_db(fields=["session_round"])
    UserSession.objects.filter(user=user).delete()
    record_change(verb="end_sessions", on=user, study=None, user=user)
    return user


@transaction.atomic
def take_second_factors_away(*, user: User, by: User) -> int:
    """Let somebody who lost their devices sign in with the password alone; returns how many went.

    Sessions end with it: whoever found the devices is signed out too.
    """
    gone: int = Authenticator.objects.filter(user=user).delete()[0]
    end_sessions(user=user)
    record_change(verb="take_second_factors_away", on=user, study=None, user=by, number=gone)
    return gone
