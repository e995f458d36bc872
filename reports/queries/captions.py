"""What a table counts, in sentences: its page, files, runs and reports say the same."""

from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from taxonomy.choices import Origin, Shares, Unit, Weight
from taxonomy.queries.tables import Answered
from taxonomy.tabulation.specification import Across, Specification, Variable

OF_COLUMNS = {
    Unit.MOMENTS: gettext_lazy(
        "Moments of incidents told, per cent of those placed in this round (the base)."
    ),
    Unit.INCIDENTS: gettext_lazy(
        "Incidents told, per cent of those with a moment placed in this round (the base)."
    ),
    Unit.INTERVIEWS: gettext_lazy(
        "Interviews, per cent of those with a moment placed in this round (the base)."
    ),
}
COUNTED = {
    Unit.MOMENTS: gettext_lazy("Moments of incidents told; the base are those placed here."),
    Unit.INCIDENTS: gettext_lazy(
        "Incidents told; the base are those with a moment placed in this round."
    ),
    Unit.INTERVIEWS: gettext_lazy(
        "Interviews; the base are those with a moment placed in this round."
    ),
}
SHARED = {
    Shares.ROW: gettext_lazy("Per cent of each row."),
    Shares.TOTAL: gettext_lazy("Per cent of the base of the whole table."),
    Shares.COUNTS: gettext_lazy("Figures are counts."),
}
WEIGHTED = {
    Weight.NONE: gettext_lazy("Not weighted."),
    Weight.INTERVIEW: gettext_lazy(
        "Weighted: each interview counts alike, a moment as 1 / the moments kept of its interview."
    ),
}
PLACED = {
    Origin.RESPONDENT: gettext_lazy("Places are the respondent's."),
    Origin.EVENT: gettext_lazy(
        "Places are the event's: what another site served, or nobody said which, is not stated."
    ),
}


def facts_about(answered: Answered, *, kept: str, numbered: bool = True) -> list[tuple[str, str]]:
    """What a table answers, line by line, so that a file of it can be read by itself.

    Not `numbered`, the number of the data is left out: it moves with every scheme of the study.
    """
    asked, study = answered.specification, answered.scheme.study
    facts = [
        (_("Study"), study.name),
        (_("Scheme"), answered.scheme.name),
        (_("Round"), answered.tree.rounds[asked.round]),
        (_("Columns"), columns_in_words(asked)),
        (_("Kept"), kept or _("Everything")),
        (_("Unit"), str(asked.unit.label)),
        (_("Base"), " ".join(sentences_of(asked))),
        (_("Tree revision"), str(answered.revision)),
        *([(_("Data number"), f"{answered.data_seq} / {answered.latest}")] if numbered else []),
        (_("As of"), _time(answered, study.time_zone)),
    ]
    return [*facts, (_("Note"), study.note)] if study.note else facts


def _time(answered: Answered, zone: str) -> str:
    when = timezone.localtime(answered.counted_at or timezone.now(), ZoneInfo(zone))
    return f"{date_format(when, 'DATETIME_FORMAT')} ({zone})"


def sentences_of(asked: Specification) -> list[str]:
    """The unit and the base, the weights, and whose places are meant; then what needs a word."""
    said = [str(OF_COLUMNS[asked.unit])]
    if asked.shares != Shares.COLUMN:
        said = [str(COUNTED[asked.unit]), str(SHARED[asked.shares])]
    said += [str(WEIGHTED[asked.weight]), str(PLACED[asked.origin])]
    if asked.adjusted:
        said.append(
            _("Adjusted to 100 by the largest remainder: single figures are not always as rounded.")
        )
    if any(field == "recall" for field, _values in asked.where):
        said.append(
            _("The recall window is told from dates; what has none is neither inside nor before.")
        )
    return said


def columns_in_words(asked: Specification) -> str:
    """The column variables as they stand in a heading."""
    return _joined([variable_in_words(one) for one in asked.columns])


def columns_in_a_sentence(asked: Specification) -> str:
    """The same within a sentence; German keeps the capitals of its nouns."""
    own = get_language() == "de"
    return _joined(
        [
            words if own or isinstance(one, Across) else words.lower()
            for one in asked.columns
            if (words := variable_in_words(one))
        ]
    )


def variable_in_words(variable: Variable) -> str:
    """A column variable as people call it."""
    return str(variable.label or variable.value)


def _joined(words: list[str]) -> str:
    if len(words) == 1:
        return words[0]
    return _("%(outer)s and, within each, %(inner)s") % {"outer": words[0], "inner": words[1]}
