"""An action tried out: done, or the form again, or a message, with the reason why not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from incidents.actions.refusals import RefusedError, StaleError
from incidents.http import Request

INVALID = 422
CONFLICT = 409


@contextmanager
def telling_refusals(request: Request) -> Iterator[None]:
    """Say in a message why what the block does was refused; the page goes on after the block."""
    try:
        yield
    except RefusedError as refusal:
        messages.error(request, str(refusal))


def refusal_of(form: forms.BaseForm, act: Callable[[], object]) -> int | None:
    """Act on a valid form. None when done; else a status, and the form says what is wrong."""
    if not form.is_bound:
        return 200
    if not form.is_valid():
        return INVALID
    try:
        act()
    except ValidationError as error:
        _say(form, error)
        return INVALID
    except StaleError as error:
        form.add_error(None, _("%(reason)s Saving again keeps what you typed.") % {"reason": error})
        return CONFLICT
    except RefusedError as error:
        form.add_error(None, str(error))
        return INVALID
    return None


def _say(form: forms.BaseForm, error: ValidationError) -> None:
    """Put the sentences beside their fields, or above where the form has no such field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, sentences in error.message_dict.items():
        known = name in form.fields and name != NON_FIELD_ERRORS
        for sentence in sentences:
            form.add_error(name if known else None, sentence)


def version_to_send(form: forms.BaseForm, name: str, current: int, status: int) -> object:
    """The version that the page sends when saved again.

    The one that the person started from, unless they were just told that it is outdated.
    """
    return form.data.get(name, current) if status == INVALID else current
