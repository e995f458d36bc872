"""Work that the clock asks for."""

import logging

from django.conf import settings
from django.db.models.functions import Now
from django.utils import translation

from incidents.jobs.exceptions import path_of
from reports.actions.scheduling import ask_scheduled, put_off
from reports.forms.schedules import PausedError, question_scheduled
from reports.models import Run, Schedule
from reports.queries.schedules import due_schedules

AT_ONCE = 20

logger = logging.getLogger(__name__)


def compute_due() -> None:
    """Ask for the tables of the schedules whose time has come. A check of the sweeper."""
    for schedule in due_schedules(Now())[:AT_ONCE]:
        try:
            compute_scheduled(schedule)
        except Exception as error:  # noqa: BLE001  (one schedule must not stop the next)
            logger.error("A schedule: %s at %s", type(error).__name__, path_of(error))  # noqa: TRY400  (a traceback would quote what people asked)
            put_off(schedule)


def compute_scheduled(schedule: Schedule) -> Run | None:
    """Ask for the table of a schedule that is due; None where it pauses, or another sweep asked.

    In the language in which it was set up.
    """
    with translation.override(schedule.language or settings.LANGUAGE_CODE):
        try:
            question = question_scheduled(schedule)
        except PausedError:
            put_off(schedule)
            return None
        return ask_scheduled(
            schedule=schedule,
            specification=question.specified(),
            query=question.form.query({"counts": ""}),
            words=question.words(),
            names=question.names,
        )
