"""Signing in, joining a study, and one's own account."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from incidents.models import User


class InOurWords(forms.Form):
    """A form of allauth, its fields named as elsewhere, and above them only."""

    labels: ClassVar = {
        "login": gettext_lazy("E-mail address"),
        "email": gettext_lazy("E-mail address"),
        "remember": gettext_lazy("Stay signed in on this device"),
        "oldpassword": gettext_lazy("Password until now"),
        "password1": gettext_lazy("New password"),
        "password2": gettext_lazy("The same password again"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class SignInForm(InOurWords, account.LoginForm):  # type: ignore[misc]  # allauth is untyped
    """Address and password."""


class PasswordChangeForm(InOurWords, account.ChangePasswordForm):  # type: ignore[misc]
    """The password until now, and the new one."""


class PasswordResetForm(InOurWords, account.ResetPasswordForm):  # type: ignore[misc]
    """The address that a link to a new password goes to."""


class NewPasswordForm(InOurWords, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, for who has such a link."""


class ConfirmForm(InOurWords, account.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""


# -- Passkeys ---------------------------------------------------------------------------------


class KeyAnswerField(forms.CharField):
    """What a passkey answered, as its browser hands it over: a JSON object."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        """Refuse all but objects: numbers of thousands of digits, lists in lists without end."""
        text = super().to_python(value)
        try:
            answer = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise get_adapter().validation_error("incorrect_code")
        return answer


@contextmanager
def _refusing_what_no_key_answers() -> Iterator[None]:
    """Refuse an answer without the parts it must have; allauth takes them for granted."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise get_adapter().validation_error("incorrect_code") from error


class NewPasskeyForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A further passkey, and what its owner calls it."""

    name = forms.CharField(required=False, max_length=120)
    credential = KeyAnswerField()

    def clean(self) -> dict[str, Any]:
        """Hold the answer to the question that was asked."""
        with _refusing_what_no_key_answers():
            given: dict[str, Any] = super().clean()
        return given


class PasskeyNameForm(webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """What the owner of a passkey calls it from now on."""

    name = forms.CharField(max_length=120)


class _KeyAnswerForm(forms.Form):
    credential = KeyAnswerField()

    def clean_credential(self) -> Any:
        """Find whose key it is."""
        with _refusing_what_no_key_answers():
            return super().clean_credential()  # type: ignore[misc]


class PasskeySignInForm(_KeyAnswerForm, webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in by a passkey alone."""


class PasskeySecondForm(_KeyAnswerForm, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey after the password."""


class PasskeyConfirmForm(_KeyAnswerForm, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey that says who is there."""


# -- Oneself ----------------------------------------------------------------------------------


class NameForm(forms.Form):
    """How somebody is called."""

    name = forms.CharField(label=gettext_lazy("Your name"), max_length=120)


class JoinForm(forms.Form):
    """A new account for somebody who was invited; the address is that of the invitation."""

    name = forms.CharField(label=gettext_lazy("Your name"), max_length=120)
    password = forms.CharField(
        label=gettext_lazy("Choose a password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "At least 12 characters. A few words that do not belong together are easy to keep."
        ),
    )
    again = forms.CharField(
        label=gettext_lazy("The same password again"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """Hold the password to the rules, and to what was typed again."""
        given = super().clean() or {}
        password = given.get("password")
        if password:
            self._check(password, User(email=self.email, name=given.get("name", "")))
        if password and given.get("again") and password != given["again"]:
            self.add_error("again", gettext_lazy("The two passwords differ."))
        return given

    def _check(self, password: str, user: User) -> None:
        try:
            password_validation.validate_password(password, user)
        except ValidationError as error:
            self.add_error("password", error)
