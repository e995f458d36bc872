"""What a method section is made of: sentences that the data support, and what is missing."""

import dataclasses
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from incidents.paging import shown_number
from incidents.texts import same_breaks


@dataclasses.dataclass(frozen=True)
class Gap:
    """What a reader of such a study asks for and nothing says; `page` is where it is put right."""

    text: str
    page: str = ""
    scheme: str = ""  # short name, where the page is one of a scheme


@dataclasses.dataclass(frozen=True)
class Section:
    """One part of the method section: paragraphs of sentences under a title."""

    title: str
    paragraphs: Sequence[str]
    gaps: Sequence[Gap] = ()


def paragraph(*sentences: str) -> list[str]:
    """The sentences as one paragraph; nothing where there are none."""
    said = [sentence for sentence in sentences if sentence]
    return [" ".join(said)] if said else []


def listed(numbers: Iterable[tuple[object, int]]) -> str:
    """Words with their numbers in one line: “Asia 12, Europe 7”; those with none left out."""
    return ", ".join(
        _("%(name)s %(number)s") % {"name": name, "number": shown_number(number)}
        for name, number in numbers
        if number
    )


def typed(words: str) -> list[str]:
    """What people wrote, by its paragraphs."""
    return [text.strip() for text in same_breaks(words).split("\n\n") if text.strip()]
