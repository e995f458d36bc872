"""Accounts, and the members they act as in each study."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from incidents.choices import RoleName
from incidents.querysets import MemberQuerySet


class UserManager(BaseUserManager["User"]):
    """Makes accounts; the e-mail address is always kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find an account whatever the case of the address typed."""
        return self.get(email=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account that can sign in."""
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account that administers accounts; it opens no study by itself."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. What people do in a study is tied to their member, never to this."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    may_create_studies = models.BooleanField(_("may create studies"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may use the account administration"), default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    session_round = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        """Keep the address in lower case."""
        super().clean()
        self.email = self.email.lower()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What every session must match; the next round ends all sessions of before at once."""
        of_password: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        if not self.session_round:
            return of_password
        salt = "incidents.User.session_round"
        value = f"{self.session_round}:{of_password}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()


class Member(models.Model):
    """A person in a study, with or without an account."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey("incidents.Study", models.PROTECT, related_name="members")
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    display_name = models.CharField(_("name shown"), max_length=120)
    code = models.CharField(_("code"), max_length=40)
    active = models.BooleanField(_("active"), default=True)
    row_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    roles_known: "frozenset[str] | None" = None  # not stored: where they were read with the member

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "code"], name="member_code_once_per_study"),
            models.UniqueConstraint(fields=["study", "user"], name="member_user_once_per_study"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def role_names(self) -> frozenset[str]:
        """The member's roles; prefetch `roles` where many members are shown."""
        if self.roles_known is not None:
            return self.roles_known
        return frozenset(role.name for role in self.roles.all())

    def has_role(self, *names: RoleName) -> bool:
        """Say whether the member has at least one of these roles."""
        return bool(self.role_names & set(names))


class Role(models.Model):
    """One role of one member."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="roles")
    name = models.CharField(_("role"), max_length=20, choices=RoleName)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "name"], name="role_once_per_member"),
            models.CheckConstraint(condition=models.Q(name__in=RoleName.values), name="role_known"),
        ]

    def __str__(self) -> str:
        return RoleName(self.name).label.__str__()
