"""The rows of a file of moments, read in portions by the keys of its incidents."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from incidents.choices import IncidentState, Verdict
from incidents.models import Screening, Study
from reports.datafiles.book import Row, Variable
from reports.queries.moment_fields import LOOKUPS, WORDS, Field, Raw, Told
from reports.queries.moment_outcomes import NOTHING, Key, Outcomes, outcomes_of
from reports.queries.moment_survey import (
    PORTION,
    Asked,
    ChangedMeanwhileError,
    Progress,
    Survey,
    moments_asked,
    survey_of,
)
from reports.queries.moment_variables import fields_of
from taxonomy.models import Scheme, Settlement

if TYPE_CHECKING:
    from array import array


class Standing(NamedTuple):
    """What a file is read from: the number of the study and the revisions of its schemes."""

    data_seq: int
    revisions: tuple[int, ...]


class Moments:
    """The moments that were asked for: their variables now, and their rows."""

    def __init__(self, asked: Asked, *, progress: Progress = lambda _done, _all: None) -> None:
        self.asked = asked
        self.standing = standing_of(asked)
        self.survey: Survey = survey_of(asked, progress=progress)
        self._fields: list[Field] = fields_of(asked, self.survey)
        self._outcomes: list[Outcomes] = []
        for scheme in asked.schemes:
            taken = [variable.name for variable in self.variables]
            self._outcomes.append(outcomes_of(scheme, taken))
        self._progress = progress

    @property
    def variables(self) -> list[Variable]:
        """All variables in the order of the cells of a row."""
        told = [field.variable for field in self._fields]
        return told + [variable for one in self._outcomes for variable in one.variables]

    def rows(self) -> Iterator[Row]:
        """Every moment in the order of the incidents.

        Raises ChangedMeanwhileError where not all are there any more, or something is new.
        """
        done = 0
        incidents = self.survey.incidents
        for start in range(0, len(incidents), PORTION):
            for row in self._portion(incidents[start : start + PORTION]):
                yield row
                done += 1
            self._progress(done, self.survey.moments)
        if done != self.survey.moments:
            raise ChangedMeanwhileError

    def has_changed(self) -> bool:
        """Whether facts or schemes are others than when reading began."""
        return standing_of(self.asked) != self.standing

    def _portion(self, keys: "array[int]") -> Iterator[Row]:
        lookups = (*LOOKUPS, *(WORDS if self.asked.full else ()))
        rows = moments_asked(self.asked).filter(incident__in=list(keys))
        read = list(rows.order_by("incident", "position").values_list(*lookups))
        settled = self._settled([row[0] for row in read])
        reasons = _reasons(read) if self.asked.set_aside else {}
        takes = [field.take for field in self._fields]
        wide = len(LOOKUPS)
        for values in read:
            told = self._told(Raw(*values[:wide]), values[wide:], reasons)
            cells = [take(told) for take in takes]
            for outcomes in self._outcomes:
                if told.raw.state == IncidentState.ACCEPTED:
                    key = settled[outcomes.scheme.pk].get(told.raw.pk, NOTHING)
                    cells += outcomes.cells(key)
                else:
                    cells += outcomes.none()
            yield cells

    def _told(self, raw: Raw, words: Sequence[Any], reasons: dict[int, str]) -> Told:
        place = self.survey.places.get(raw.site)
        if place is None:
            raise ChangedMeanwhileError
        return Told(raw, place, reasons.get(raw.incident, ""), words)

    def _settled(self, moments: list[int]) -> dict[int, dict[int, Key]]:
        """By scheme and moment what counts now; a moment without is not there."""
        settled: dict[int, dict[int, Key]] = defaultdict(dict)
        if not self.asked.schemes:
            return settled
        rows = Settlement.objects.filter(
            scheme__in=[scheme.pk for scheme in self.asked.schemes],
            moment__in=moments,
            to_seq__isnull=True,
        )
        for scheme, moment, outcome, category, contested in rows.values_list(
            "scheme_id", "moment_id", "outcome", "category_id", "contested"
        ):
            settled[scheme][moment] = (outcome, category, contested)
        return settled


def standing_of(asked: Asked) -> Standing:
    """The number of the study and the revisions of the schemes, as they are now."""
    study = Study.objects.values_list("data_seq", flat=True).get(pk=asked.study.pk)
    keys = [scheme.pk for scheme in asked.schemes]
    revisions = dict(Scheme.objects.filter(pk__in=keys).values_list("pk", "revision"))
    return Standing(study, tuple(revisions[key] for key in keys))


def _reasons(read: Sequence[tuple[Any, ...]]) -> dict[int, str]:
    """By incident the criterion of its latest exclusion, for those that are excluded."""
    state, incident = LOOKUPS.index("incident__state"), LOOKUPS.index("incident_id")
    keys = {row[incident] for row in read if row[state] == IncidentState.EXCLUDED}
    rows = Screening.objects.filter(incident__in=keys, verdict=Verdict.EXCLUDE).order_by("pk")
    return dict(rows.values_list("incident_id", "criterion")) if keys else {}
