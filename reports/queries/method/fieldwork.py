"""What the method section says of interviews, incidents and screening."""

from typing import Any

from django.conf.locale import LANG_INFO
from django.db.models import Count, Max, Min, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.choices import Elicitation, IncidentState, Mode
from incidents.models import Incident, Interview, ScreeningPlan, Study
from incidents.paging import shown_decimal, shown_number
from incidents.queries.criteria import asked_in
from incidents.queries.screening import NO_REASON
from incidents.queries.second_screening import double_screening_of
from reports.queries.funnel import Fieldwork
from reports.queries.method.sections import Gap, Section, listed, paragraph, typed

SETUP, CRITERIA = "incidents:study_setup", "incidents:criteria_edit"


def aim(study: Study) -> Section:
    """What the study is for."""
    if study.aim.strip():
        return Section(_("Aim"), typed(study.aim))
    return Section(_("Aim"), [], [Gap(_("The aim of the study is not stated."), SETUP)])


def interviews(study: Study) -> Section:
    """Who was asked, when, how and for what; six queries."""
    held = Interview.objects.filter(study=study, implied=False)
    facts = held.aggregate(
        number=Count("pk"),
        respondents=Count("respondent", distinct=True),
        sites=Count("respondent__site", distinct=True),
        organizations=Count(
            "respondent__site__organization",
            filter=Q(respondent__site__organization__not_stated=False),
            distinct=True,
        ),
        interviewers=Count("interviewer", distinct=True),
        undated=Count("pk", filter=Q(held_on=None)),
        first=Min("held_on"),
        last=Max("held_on"),
    )
    implied = Interview.objects.filter(study=study, implied=True).count()
    who = [_held(facts), _when(facts), _by_whom(facts), _how(held), _in_languages(held)]
    gaps = []
    if not facts["number"]:
        gaps.append(Gap(_("It is not known who told what: no interview is recorded.")))
    elif facts["undated"]:
        gaps.append(_undated(facts["undated"]))
    paragraphs = [*paragraph(*who), *paragraph(_asked(study), _unknown(implied))]
    return Section(_("Interviews"), paragraphs, gaps)


def _held(facts: dict[str, Any]) -> str:
    if not facts["number"]:
        return ""
    return ngettext(
        "%(number)s interview was held (respondents: %(respondents)s; organizations:"
        " %(organizations)s; sites: %(sites)s).",
        "%(number)s interviews were held (respondents: %(respondents)s; organizations:"
        " %(organizations)s; sites: %(sites)s).",
        facts["number"],
    ) % {
        name: shown_number(facts[name])
        for name in ("number", "respondents", "organizations", "sites")
    }


def _when(facts: dict[str, Any]) -> str:
    if facts["first"] is None:
        return ""
    days = {name: date_format(facts[name], "DATE_FORMAT") for name in ("first", "last")}
    return _("They were held between %(first)s and %(last)s.") % days


def _by_whom(facts: dict[str, Any]) -> str:
    number = facts["interviewers"]
    if not number:
        return ""
    return ngettext(
        "%(number)s interviewer held them.", "%(number)s interviewers held them.", number
    ) % {"number": shown_number(number)}


def _how(held: Any) -> str:
    modes = dict(held.order_by().values_list("mode").annotate(number=Count("pk")))
    stated = [(mode.label, modes.get(mode, 0)) for mode in Mode if mode != Mode.NOT_STATED]
    if not any(number for _label, number in stated):
        return ""
    unstated = (Mode.NOT_STATED.label, modes.get(Mode.NOT_STATED, 0))
    return _("How they were held: %(list)s.") % {"list": listed([*stated, unstated])}


def _in_languages(held: Any) -> str:
    rows = held.exclude(language="").order_by("language").values_list("language")
    spoken = [
        (LANG_INFO.get(code, {}).get("name_local", code), number)
        for code, number in rows.annotate(number=Count("pk"))
    ]
    return _("Languages: %(list)s.") % {"list": listed(spoken)} if spoken else ""


def _undated(number: int) -> Gap:
    text = ngettext(
        "The date of %(number)s interview is not known.",
        "The dates of %(number)s interviews are not known.",
        number,
    )
    return Gap(text % {"number": shown_number(number)})


def _asked(study: Study) -> str:
    window = ngettext(
        "Respondents were asked for incidents of the last %(number)s day.",
        "Respondents were asked for incidents of the last %(number)s days.",
        study.recall_window_days,
    ) % {"number": shown_number(study.recall_window_days)}
    return f"{window} {_elicited(study)}"


def _elicited(study: Study) -> str:
    if study.elicitation == Elicitation.ALTERNATING:
        return _("Good and poor service were asked for in turn.")
    if study.elicitation == Elicitation.QUOTA:
        return _(
            "In each interview incidents of good service (%(good)d) and of poor service (%(poor)d)"
            " were asked for, so their shares are set by the design."
        ) % {"good": study.quota_good, "poor": study.quota_poor}
    return _("Respondents told whatever came to mind.")


def _unknown(implied: int) -> str:
    if not implied:
        return ""
    return ngettext(
        "%(number)s incident came with a file that named no interview.",
        "%(number)s incidents came with a file that named no interview.",
        implied,
    ) % {"number": shown_number(implied)}


def screening(study: Study, fieldwork: Fieldwork) -> Section:
    """What was told, what was left out and why, and who decided it."""
    told = [_told(fieldwork), _became(fieldwork), _reasons(fieldwork)]
    unscreened = Incident.objects.filter(study=study).taken_over().count()
    by = [_criteria(study) if fieldwork.submitted > unscreened else "", _not_screened(unscreened)]
    twice, gaps = _screened_twice(study)
    waiting = fieldwork.states.get(IncidentState.SUBMITTED, 0)
    if waiting:
        gaps.append(_waiting(waiting))
    return Section(_("Incidents and screening"), [*paragraph(*told), *paragraph(*by, twice)], gaps)


def _told(fieldwork: Fieldwork) -> str:
    return ngettext(
        "%(number)s incident was told.", "%(number)s incidents were told.", fieldwork.submitted
    ) % {"number": shown_number(fieldwork.submitted)}


def _became(fieldwork: Fieldwork) -> str:
    states = [(IncidentState(state).label, number) for state, number in fieldwork.states.items()]
    used = shown_number(fieldwork.moments)
    some = any(fieldwork.states.values())
    stand = _("Where they stand: %(list)s.") % {"list": listed(states)} if some else ""
    unit = _(
        "The unit that is coded and counted is the moment, one behaviour of a provider with a"
        " valence of its own; the accepted incidents have %(number)s."
    ) % {"number": used}
    return f"{stand} {unit}".strip()


def _reasons(fieldwork: Fieldwork) -> str:
    reasons = [
        (_("no reason recorded") if code == NO_REASON else words, number)
        for code, words, number in fieldwork.reasons
    ]
    return _("Left out because of: %(list)s.") % {"list": listed(reasons)} if reasons else ""


def _not_screened(number: int) -> str:
    if not number:
        return ""
    return ngettext(
        "%(number)s of those used was taken over as accepted and not screened here.",
        "%(number)s of those used were taken over as accepted and not screened here.",
        number,
    ) % {"number": shown_number(number)}


def _criteria(study: Study) -> str:
    names = "; ".join(str(criterion.name) for criterion in asked_in(study))
    return _("Criteria: %(list)s.") % {"list": names} if names else ""


def _screened_twice(study: Study) -> tuple[str, list[Gap]]:
    twice = double_screening_of(study)
    if not twice.given:
        what = _("No sample of incidents was screened by a second person.")
        return "", [Gap(what, CRITERIA)]
    shares = ScreeningPlan.objects.filter(study=study).values_list("share", flat=True)
    facts = {
        "share": shares.first() or 0,
        "given": shown_number(twice.given),
        "drawn": shown_number(twice.drawn),
        "percent": _figure(twice.decision.percent, 1),
        "kappa": _figure(twice.decision.kappa, 2),
    }
    return (
        _(
            "A sample of %(share)s per cent was screened by a second person who did not see the"
            " first verdict (%(given)s of %(drawn)s done): alike in %(percent)s per cent, Cohen's"
            " kappa %(kappa)s."
        )
        % facts,
        [],
    )


def _figure(value: float | None, digits: int) -> str:
    return _("undefined") if value is None else shown_decimal(value, digits)


def _waiting(number: int) -> Gap:
    text = ngettext(
        "%(number)s incident still waits for a verdict.",
        "%(number)s incidents still wait for a verdict.",
        number,
    )
    return Gap(text % {"number": shown_number(number)}, "incidents:screening_queue")
