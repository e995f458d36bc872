"""What in the words of a quote may name somebody, with what may stand there instead."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet, TextField, Value
from django.utils.translation import override, pgettext

from incidents.models import Member, Organization, Respondent, Site, Study
from reports.quoted.redaction import Found, Kind, proposals

CAPITAL_NOUNS = ("de", "lb")  # languages that write every noun with a capital
MOST_NAMES = 5_000


@dataclasses.dataclass(frozen=True)
class Proposal:
    """A passage to look at; `known`: the study has this name, `times`: so often it stands there."""

    text: str
    kind: Kind
    known: bool
    times: int


def proposed(found: Sequence[Found]) -> list[Proposal]:
    """Each passage once, in the order of the words."""
    times: dict[tuple[str, Kind, bool], int] = {}
    for one in found:
        key = (one.text, one.kind, one.known)
        times[key] = times.get(key, 0) + 1
    return [Proposal(*key, number) for key, number in times.items()]


def marked(words: str, found: Sequence[Found]) -> Iterator[tuple[str, Found | None]]:
    """The words in pieces, each with what it may name, or None."""
    at = 0
    for one in found:
        yield words[at : one.start], None
        yield one.text, one
        at = one.end
    yield words[at:], None


def in_place_of(kind: Kind, language: str) -> str:
    """What stands in a quote for what named somebody, in the language of the quote."""
    base = language.partition("-")[0]
    if base not in dict(settings.LANGUAGES):
        return f"[{_word_for(kind)}]"
    with override(base):
        return f"[{_word_for(kind)}]"


def _word_for(kind: Kind) -> str:
    words = {
        Kind.ORGANIZATION: pgettext("in a quote", "organization"),
        Kind.PLACE: pgettext("in a quote", "place"),
        Kind.NAME: pgettext("in a quote", "name"),
        Kind.CONTACT: pgettext("in a quote", "contact"),
    }
    return words[kind]


def proposals_for(words: str, *, study: Study, language: str) -> list[Found]:
    """What in the words may name an organization, a place or a person; five queries."""
    capital_nouns = language.partition("-")[0] in CAPITAL_NOUNS
    return proposals(words, names_in(words, study=study), nouns_capitalized=capital_nouns)


def names_in(words: str, *, study: Study) -> dict[Kind, list[str]]:
    """The names of a study that may stand in some words.

    Those that do, as the database compares them; and names of which a part may stand there, of
    members and of so many organizations.
    """
    organizations = Organization.objects.filter(study=study, not_stated=False)
    sites = Site.objects.filter(organization__study=study)
    people = Member.objects.filter(study=study).order_by("-pk")
    codes = Respondent.objects.filter(study=study, implied=False)
    return {
        Kind.ORGANIZATION: [
            *_standing_in(words, organizations, "name"),
            *_standing_in(words, organizations, "code"),
            *organizations.order_by("pk").values_list("name", flat=True)[:MOST_NAMES],
        ],
        Kind.PLACE: _standing_in(words, sites, "place"),
        Kind.NAME: [
            *people.values_list("display_name", flat=True)[:MOST_NAMES],
            *_standing_in(words, codes, "code"),
        ],
    }


def _standing_in(words: str, rows: QuerySet[Any], field: str) -> list[str]:
    """What stands in a field of some rows and in the words as well."""
    held = rows.annotate(words=Value(words, output_field=TextField()))
    found = held.filter(~Q(**{field: ""}), words__icontains=F(field))
    return list(found.values_list(field, flat=True).distinct().order_by()[:MOST_NAMES])
