"""What coders are called where their answers stand side by side."""

import string
from collections.abc import Iterable

from django.utils.translation import gettext as _

from incidents.choices import RoleName
from incidents.models import Member


def coder_names(coders: Iterable[Member], reader: Member, *, after: int = 0) -> dict[int, str]:
    """Names for admins; for others a letter each, in the order of the keys, and *you*.

    `after`: so many letters are others' on the same page.
    """
    people = {coder.pk: coder for coder in coders}
    if reader.has_role(RoleName.ADMIN):
        return {key: coder.display_name for key, coder in people.items()}
    letters = zip(sorted(people), _letters(after + len(people))[after:], strict=True)
    named = {key: _("Coder %(letter)s") % {"letter": letter} for key, letter in letters}
    return named | ({reader.pk: _("You")} if reader.pk in named else {})


def _letters(number: int) -> list[str]:
    letters = string.ascii_uppercase
    return [letters[at] if at < len(letters) else str(at + 1) for at in range(number)]
