"""The whole method section of a study, as its reader may see it."""

import dataclasses
from collections.abc import Mapping, Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.choices import Elicitation
from incidents.models import Study
from incidents.paging import shown_number
from reports.choices import MethodPart
from reports.models import MethodWords
from reports.queries.funnel import fieldwork_of, stages_of
from reports.queries.method.coding import scheme_section
from reports.queries.method.fieldwork import aim, interviews, screening
from reports.queries.method.sections import Gap, Section, paragraph, typed
from taxonomy.models import Scheme
from taxonomy.queries.holdout import holdout_of

WORDS = "reports:method_edit"


@dataclasses.dataclass(frozen=True)
class Method:
    """The parts of a method section in their order, and what a reader would miss."""

    sections: Sequence[Section]

    @property
    def gaps(self) -> list[Gap]:
        """Everything that is missing for a complete report, in the order of the parts."""
        return [gap for section in self.sections for gap in section.gaps]

    @property
    def text(self) -> str:
        """All of it as plain text, without what is missing."""
        parts = [
            "\n\n".join([section.title, *section.paragraphs])
            for section in self.sections
            if section.paragraphs
        ]
        return "\n\n\n".join(parts)


def method_words_of(study: Study) -> tuple[Mapping[str, str], int]:
    """What people wrote, by part, and its version; nothing and 0 where nobody did."""
    row = MethodWords.objects.filter(study=study).first()
    return (row.words, row.row_version) if row else ({}, 0)


def method_of(study: Study, open_to: Sequence[Scheme]) -> Method:
    """The method section from the data as they stand; of schemes whose results are open."""
    words, _version = method_words_of(study)
    stages = {stage.scheme.pk: stage for stage in stages_of(open_to)}
    return Method(
        [
            aim(study),
            _written(MethodPart.SAMPLING, words),
            interviews(study),
            screening(study, fieldwork_of(study)),
            _written(MethodPart.CODERS, words),
            *(scheme_section(scheme, stages.get(scheme.pk)) for scheme in open_to),
            _confirmation(study),
            _counting(tested=bool(stages) and not study.reconstruction),
            _limits(study, words),
        ]
    )


def _written(part: MethodPart, words: Mapping[str, str]) -> Section:
    """A part that only people can write."""
    said = typed(words.get(part, ""))
    return Section(str(part.label), said, [] if said else [_unwritten(part)])


def _unwritten(part: MethodPart) -> Gap:
    texts = {
        MethodPart.SAMPLING: _("How organizations and respondents were chosen is not stated."),
        MethodPart.CODERS: _("Who coded, and how they were prepared, is not stated."),
        MethodPart.LIMITS: _("What the study cannot show is not stated in words of your own."),
    }
    return Gap(texts[part], WORDS)


def _confirmation(study: Study) -> Section:
    """Whether the categories were confirmed on incidents that nobody had seen."""
    title = _("Confirmation")
    holdout = holdout_of(study)
    if holdout is None:
        missing = _("No incidents were held out to confirm the categories with.")
        return Section(title, [], [Gap(missing, "taxonomy:holdout_show")])
    number = holdout.held.count()
    drawn = ngettext(
        "%(number)s incident was drawn at random (seed %(seed)s) before coding and locked until the"
        " categories stood.",
        "%(number)s incidents were drawn at random (seed %(seed)s) before coding and locked until"
        " the categories stood.",
        number,
    ) % {"number": shown_number(number), "seed": str(holdout.seed)}
    if holdout.released_at is None:
        waiting = Gap(_("What was held out is still locked."), "taxonomy:holdout_show")
        return Section(title, [drawn], [waiting])
    released = _("They were released on %(day)s.") % {
        "day": date_format(holdout.released_at, "DATE_FORMAT")
    }
    return Section(title, paragraph(drawn, released))


def _counting(*, tested: bool) -> Section:
    """How tables are counted and what their tests are."""
    base = _(
        "Percentages are of the moments placed in a category of the round (the base), rounded half"
        " up; what is not placed is counted beside the base, so that both add up to the same at"
        " every round. Shares on a base below 50 are marked, and below 30 counts stand instead."
    )
    tests = _(
        "Several incidents come from one interview and several interviews from one organization,"
        " so they are not independent. Intervals and tests of stored runs use the linearized"
        " variance with organizations as clusters and the correction of Rao and Scott; each run"
        " names its tests, its seed and its limits."
    )
    return Section(_("Counting and tests"), [base, tests] if tested else [base])


def _limits(study: Study, words: Mapping[str, str]) -> Section:
    """What follows from the design, and what people add."""
    chosen = _(
        "The respondents were chosen, not drawn at random. Percentages describe incidents told;"
        " they say nothing about how often such incidents happen, about all customers or about the"
        " service as such. What was told is what was remembered."
    )
    quotas = (
        _("How many good and how many poor incidents there are was set by the design.")
        if study.elicitation != Elicitation.FREE
        else ""
    )
    rebuilt = (
        _(
            "The study is rebuilt from published figures: percentages are as published, everything"
            " else is invented."
        )
        if study.reconstruction
        else ""
    )
    own = _written(MethodPart.LIMITS, words)
    return Section(own.title, [*paragraph(chosen, quotas, rebuilt), *own.paragraphs], own.gaps)
