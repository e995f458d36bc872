"""Where moments come from, as variables of a file: place, organization, respondent, interview."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django_countries import countries

from incidents.choices import Consent, Mode, Relation
from reports.datafiles.book import WITHHELD, Cell, Kind, Value, Variable
from reports.queries.moment_fields import (
    Field,
    Raw,
    Told,
    chosen,
    days,
    not_stated,
    text,
    whole,
    withheld_value,
)
from reports.queries.moment_survey import Asked, ChangedMeanwhileError, Key, Survey

HELD = ("interview_date", "interview_month")
WIDE = 30


def origins_of(asked: Asked, survey: Survey) -> list[Field]:
    """Places, organization, respondent and interview, as far as the survey lets them be shown."""
    study = asked.study
    regions = dict(study.regions.values_list("pk", "name"))
    sectors = dict(study.sectors.values_list("pk", "name"))
    names = {code: str(countries.name(code)) for code in survey.found["country"]}
    region = _guarded("region", _("Region"), regions, survey)
    withheld = region.variable.choices[0]

    def country_of(told: Told) -> Key:
        """A country would tell its region."""
        is_hidden = region.take(told) is withheld
        return WITHHELD if is_hidden else told.place.country

    fields = [
        region,
        _guarded("country", _("Country"), names, survey, country_of),
        _guarded("sector", _("Sector"), sectors, survey),
    ]
    if asked.told_to is None:  # interviewers know names, and no codes
        fields.append(
            text(
                "organization",
                _("Organization (code; blank where it is not stated)"),
                lambda told: told.place.organization_code,
            )
        )
    if asked.full:
        fields += [
            text(
                "organization_name",
                _("Organization"),
                lambda told: told.place.organization_name,
                width=WIDE,
            ),
            text("place", _("Place"), lambda told: told.place.place),
        ]
    return [*fields, *_interviews(asked, survey)]


def _interviews(asked: Asked, survey: Survey) -> list[Field]:
    fields = [
        chosen("relation", _("Relation"), Relation, lambda raw: raw.relation),
        _bounded("job_role", _("Job role"), lambda raw: raw.job_role, survey),
        _bounded("contact", _("Kind of customer contact"), lambda raw: raw.contact, survey),
        *days(HELD, _("Interview held"), lambda raw: raw.held_on, asked),
        chosen("mode", _("Mode"), Mode, lambda raw: raw.mode),
        _bounded("language", _("Language of the interview"), lambda raw: raw.language, survey),
        chosen("consent", _("Consent"), Consent, lambda raw: raw.consent),
    ]
    if asked.full:
        fields.append(
            whole(
                "may_call_back",
                _("May be called back (1: yes)"),
                lambda told: int(told.raw.may_call_back),
            )
        )
    return fields


def _guarded(
    name: str,
    label: str,
    names: Mapping[Key, str] | Mapping[int, str] | Mapping[str, str],
    survey: Survey,
    key_of: Callable[[Told], Key] | None = None,
) -> Field:
    """A place by its name, while enough stand behind it."""
    found, shown = survey.found[name], survey.shown[name]
    known: dict[Key, str] = {key: words for key, words in names.items() if key in shown}
    unstated, withheld = not_stated(), withheld_value()
    by_key = {
        key: Value(number, str(key) if name == "country" else words, words)
        for number, (key, words) in enumerate(known.items(), 1)
    }
    cells: dict[Key, Value] = {
        **dict.fromkeys(found, withheld),
        **by_key,
        **dict.fromkeys(("", 0), unstated),
        WITHHELD: withheld,
    }

    def take(told: Told) -> Cell:
        key = key_of(told) if key_of else getattr(told.place, name)
        if key not in cells:
            raise ChangedMeanwhileError
        return cells[key]

    choices = (withheld, unstated, *by_key.values())
    return Field(Variable(name, label, Kind.CODED, choices), take)


def _bounded(name: str, label: str, read: Callable[[Raw], str], survey: Survey) -> Field:
    shown = survey.shown[name]

    def take(told: Told) -> str:
        said = read(told.raw)
        return said if not said or said in shown else "withheld"

    return text(name, label, take)
