"""When a saved table is computed again by itself, and what it then asks."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.choices import RoleName
from incidents.models import Member
from reports.actions.scheduling import FEWEST_KEPT, MOST_KEPT
from reports.choices import Rhythm
from reports.forms.questions import Question, question_about
from reports.models import Schedule
from reports.queries.kept_questions import to_ask
from reports.queries.tables import tables_open_to
from taxonomy.access import schemes_open_to

USUAL_KEPT = 10


class PausedError(Exception):
    """A schedule does not ask today; the message is a sentence that says why."""


class ScheduleForm(forms.Form):
    """How often a table is computed, and how many of its runs are kept."""

    rhythm = forms.ChoiceField(
        label=gettext_lazy("Compute again"),
        choices=Rhythm.choices,
        initial=Rhythm.NIGHTLY,
        widget=forms.RadioSelect,
    )
    keep = forms.IntegerField(
        label=gettext_lazy("Runs to keep"),
        min_value=FEWEST_KEPT,
        max_value=MOST_KEPT,
        initial=USUAL_KEPT,
        help_text=gettext_lazy(
            "From 2 to 100. Older ones are removed when the table is computed again, except those"
            " that stand in a report or on a page for a client, and changes nobody has looked at."
        ),
    )
    row_version = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)


def question_scheduled(schedule: Schedule) -> Question:
    """What a schedule asks, as far as its owner may ask it today. Raises PausedError."""
    table, owner = schedule.table, schedule.owner
    name = {"name": owner.display_name}
    if not _reads_tables(owner):
        raise PausedError(_("%(name)s does not read the tables of the study any more.") % name)
    if not tables_open_to(owner, schemes_open_to(owner)).filter(pk=table.pk).exists():
        if table.shared or table.owner_id == owner.pk:
            raise PausedError(
                _("%(name)s codes blindly at present, and sees no results until that is over.")
                % name
            )
        raise PausedError(_("The table is no longer shared with %(name)s.") % name)
    asked, round_gone = to_ask(table.query, table.scheme)
    question = question_about(table.scheme, owner, asked)
    if round_gone or not question.tree.rounds or not question.form.is_valid():
        raise PausedError(
            _("What the table asks is no longer there, or %(name)s may not ask it.") % name
        )
    return question


def pause_of(schedule: Schedule | None) -> str:
    """Why a schedule does not ask today; "" where it does, or there is none."""
    try:
        if schedule is not None:
            question_scheduled(schedule)
    except PausedError as pause:
        return str(pause)
    return ""


def _reads_tables(owner: Member) -> bool:
    active = Member.objects.active().filter(pk=owner.pk).exists()
    return active and owner.has_role(RoleName.ANALYST, RoleName.ADMIN)
