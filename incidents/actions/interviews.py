"""What is noted of a conversation beside its incidents: the person, consent, none recalled."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import Relation, ToldAs
from incidents.models import Interview, Member, NoneRecalled, Respondent

NOTHING_STATED = ("", Relation.NOT_STATED)


@transaction.atomic
def change_consent(
    *, interview: Interview, by: Member, row_version: int, **agreed: Any
) -> Interview:
    """Note what the respondent agrees to now (`consent`, `may_call_back`); return the interview.

    Raises
    ------
    StaleError
        Somebody changed the interview since `row_version`.
    """
    unchanged = Interview.objects.filter(pk=interview.pk, row_version=row_version)
    if not unchanged.update(**agreed, row_version=F("row_version") + 1):
        raise StaleError(
            _("Somebody changed this interview meanwhile. Look at it, then try again.")
        )
    before = {name: getattr(interview, name) for name in agreed}
    interview.refresh_from_db()
    changes: dict[str, Any] = {name: [was, agreed[name]] for name, was in before.items()}
    record_change(verb="change_consent", on=interview, study=interview.study, by=by, **changes)
    return interview


@transaction.atomic
def record_none_recalled(
    *, interview: Interview, asked_for: str, by: Member, told_as: str = ToldAs.NOT_STATED
) -> NoneRecalled:
    """Record that a kind of incident was asked for and none came to mind; return the record.

    The same kind again is the record there is.
    """
    record, new = NoneRecalled.objects.get_or_create(
        interview=interview,
        asked_for=asked_for,
        told_as=told_as,
        defaults={"recorded_by": by},
    )
    if new:
        record_change(
            verb="record_none_recalled",
            on=record,
            study=interview.study,
            by=by,
            interview=str(interview.uid),
            asked_for=asked_for,
            told_as=told_as,
        )
    return record


@transaction.atomic
def take_back_none_recalled(*, record: NoneRecalled, by: Member) -> None:
    """Remove the record, say because an incident came to mind after all."""
    interview = record.interview
    record_change(
        verb="take_back_none_recalled",
        on=record,
        study=interview.study,
        by=by,
        interview=str(interview.uid),
        asked_for=record.asked_for,
        told_as=record.told_as,
    )
    record.delete()


@transaction.atomic
def update_respondent(
    *, respondent: Respondent, by: Member, replace: bool = False, **typed: str
) -> Respondent:
    """Add what was typed to what is known of a respondent, and return them.

    What is not known yet is filled in. Where something else is known it is replaced if `replace`.

    Raises
    ------
    RefusedError
        Something else is known and is not to be replaced.
    """
    known = Respondent.objects.select_for_update(no_key=True).get(pk=respondent.pk)
    if contradictions(known, typed) and not replace:
        raise RefusedError(_("Something else is known of the respondent with this code."))
    news = {name: value for name, value in typed.items() if says_otherwise(known, name, value)}
    if news:
        Respondent.objects.filter(pk=known.pk).update(**news, row_version=F("row_version") + 1)
        record_change(
            verb="change_respondent", on=known, study=known.study, by=by, fields=sorted(news)
        )
        known.refresh_from_db()
    return known


def contradictions(known: Respondent, typed: dict[str, str]) -> list[str]:
    """The names of what was typed although something else is known of the respondent."""
    return [
        name
        for name, value in typed.items()
        if says_otherwise(known, name, value) and getattr(known, name) not in NOTHING_STATED
    ]


def says_otherwise(known: Respondent, name: str, value: str) -> bool:
    """Say whether something was typed, and it is not what is known."""
    return value not in NOTHING_STATED and value != getattr(known, name)
