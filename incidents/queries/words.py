"""What was told, in the teller's language and in translation. The original is the evidence."""

import dataclasses
from collections.abc import Iterable, Mapping

from django.utils.text import capfirst
from django.utils.translation import get_language, get_language_info

from incidents.choices import VersionKind
from incidents.models import Incident, IncidentVersion
from incidents.models.fieldwork import ANSWERS


@dataclasses.dataclass(frozen=True)
class Words:
    """What one version says, in its language."""

    headline: str
    answers: list[tuple[str, str]]
    language: str
    language_name: str

    @property
    def text(self) -> str:
        """The answers as one text."""
        return "\n\n".join(text for _label, text in self.answers)

    @property
    def is_readers(self) -> bool:
        """Whether the reader need not open it first."""
        return is_readers(self.language)


def words_in(version: IncidentVersion) -> Words:
    """What a version says, under the labels of the questions."""
    answers = [(_question(name), text) for name in ANSWERS if (text := getattr(version, name))]
    return Words(version.headline, answers, version.language, _language_name(version.language))


def translation_of(incident: Incident) -> Words | None:
    """The translation of the words that an incident shows, if there is one."""
    return translations_of([incident]).get(incident.pk)


def translations_of(incidents: Iterable[Incident]) -> dict[int, Words]:
    """The translations of what some incidents show, by their keys."""
    return translations_at(
        {
            incident.pk: incident.version.number
            for incident in incidents
            if incident.version is not None and incident.version.kind != VersionKind.TRANSLATION
        }
    )


def translations_at(shown: Mapping[int, int]) -> dict[int, Words]:
    """The translations of the version that each incident shows, by its number, in one query.

    Where there are several of one incident it is that in the reader's language, else the newest;
    what translates words that were corrected since is none.
    """
    found: dict[int, IncidentVersion] = {}
    rows = IncidentVersion.objects.filter(incident__in=shown, kind=VersionKind.TRANSLATION)
    for version in rows.order_by("number"):
        before = found.get(version.incident_id)
        if version.based_on != shown[version.incident_id]:
            continue
        if before is None or is_readers(version.language) or not is_readers(before.language):
            found[version.incident_id] = version
    words = {key: words_in(version) for key, version in found.items()}
    return {key: said for key, said in words.items() if said.headline or said.answers}


def is_readers(language: str) -> bool:
    """Whether it is the language in which the reader uses Candid."""
    reader = get_language() or ""
    return bool(language) and language.partition("-")[0] == reader.partition("-")[0]


def _question(name: str) -> str:
    field = IncidentVersion._meta.get_field(name)
    return capfirst(str(getattr(field, "verbose_name", name)))


def _language_name(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"]) if code else ""
    except KeyError:
        return code
