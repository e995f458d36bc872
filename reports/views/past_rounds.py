"""Which round the time machine is asked about, and which others it offers."""

import dataclasses
from collections.abc import Sequence
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from reports.forms.tables import TableForm
from reports.views.questions import Question
from taxonomy.queries.past import PastRound, rounds_then_and_today
from taxonomy.tabulation.specification import SpecificationError

NO_REVISION = 0  # after it no round stood


@dataclasses.dataclass(frozen=True)
class RoundChoice:
    """The rounds of then and today, and the one asked for; `chosen` is None for an unknown one."""

    question: Question
    rounds: Sequence[PastRound]
    chosen: PastRound | None

    def position_then(self) -> int:
        """Where the round asked for stood then. Raises SpecificationError where it did not."""
        if self.chosen is None:
            raise SpecificationError(_("There is no such round."))
        if self.chosen.then is None:
            raise SpecificationError(
                _("The round “%(name)s” was not there then.") % {"name": self.chosen.name}
            )
        return self.chosen.then

    def form_of(self, question: Question) -> TableForm:
        """The form of a question, its rounds those of today and those that went since."""
        form = question.under(question.tree, round=self.chosen.uid if self.chosen else "").form
        form.offer("round", [(one.uid, _in_words(one)) for one in self._offered()])
        return form

    def table_url(self) -> str:
        """The address of the table of today."""
        today = self.chosen.today if self.chosen else None
        position = "" if today is None else str(today)
        return self.question.under(self.question.tree, round=position).address("table_show")

    def of_then(self) -> list[tuple[str, str]]:
        """The rounds of then, each with the address that asks the same about it."""
        given = dict(self.question.form.data.items())
        return [
            (one.name, f"?{urlencode({**given, 'round': one.uid})}")
            for one in sorted(self.rounds, key=lambda one: one.then or 0, reverse=True)
            if one.then is not None
        ]

    def _offered(self) -> list[PastRound]:
        return [one for one in self.rounds if not (one.then is None and one.today is None)]


def choice_at(question: Question, number: int = NO_REVISION) -> RoundChoice:
    """The round that a question is about where revision `number` is asked for; two queries."""
    rounds = rounds_then_and_today(question.scheme, number)
    asked = question.form.data.get("round", "")
    chosen = next((one for one in rounds if one.is_meant_by(asked)), None)
    return RoundChoice(question, rounds, chosen if asked else _coarsest(rounds))


def _coarsest(rounds: Sequence[PastRound]) -> PastRound | None:
    """What is meant where nothing is said: the coarsest of today or, where it came later, of then.

    The rounds of today come first, the coarsest first.
    """
    of_then = [one for one in rounds if one.then is not None]
    if not of_then or rounds[0].then is not None:
        return rounds[0]
    return max(of_then, key=lambda one: one.then or 0)


def _in_words(one: PastRound) -> str:
    if one.today is None:
        return _("%(name)s (not there today)") % {"name": one.name}
    return one.name
