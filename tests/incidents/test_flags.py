"""What the house notices by itself: each flag is raised where it should be, and nowhere else."""

import datetime as dt

import pytest

from incidents.choices import Consent, IncidentState, ToldAs, Valence
from incidents.criteria import KNOWN, Flag, Judgement
from incidents.models import Incident, Likeness
from incidents.queries.criteria import criteria_of
from incidents.queries.flags import condition_of, flags_of, with_flags
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db
HELD = dt.date(1999, 3, 15)
LONG = "The clerk walked across the street with the guest and waited there until it was done. " * 4
WHOLE = {
    "situation": LONG,
    "action": "She waited.",
    "result": "He came back.",
    "people": "A clerk.",
    "reaction": "He smiled.",
}
SPOTLESS = {
    "state": IncidentState.SUBMITTED,
    "told_as": ToldAs.OWN,
    "happened_told": "two weeks ago",
    "happened_from": HELD - dt.timedelta(days=14),
    "valence": Valence.POSITIVE,
}


def spotless(study=None, words=None, consent=Consent.QUOTES, **fields):
    """Return an incident about which there is nothing to notice."""
    interview = InterviewFactory(study=study or StudyFactory(), consent=consent)
    return IncidentFactory(
        interview=interview, words={**WHOLE, **(words or {})}, **{**SPOTLESS, **fields}
    )


def raised(incident):
    criteria = criteria_of(incident.study)
    shown = with_flags(Incident.objects.filter(pk=incident.pk), incident.study, criteria).get()
    return set(flags_of(shown, criteria))


def test_about_an_incident_that_lacks_nothing_there_is_nothing_to_notice():
    assert raised(spotless()) == set()


@pytest.mark.parametrize(
    ("flag", "fields"),
    [
        (Flag.WHOSE_UNSAID, {"told_as": ToldAs.PROVIDER}),
        (Flag.WHOSE_UNSAID, {"told_as": ToldAs.NOT_STATED}),
        (Flag.NO_TIME, {"happened_told": "", "happened_from": None}),
        (Flag.SHORT, {"words": {"situation": "Short."}}),
        (Flag.NO_ACTION, {"words": {"action": ""}}),
        (Flag.NO_RESULT, {"words": {"result": ""}}),
        (Flag.PARTS_EMPTY, {"words": {"people": ""}}),
        (Flag.PARTS_EMPTY, {"words": {"reaction": ""}}),
        (Flag.TOO_OLD, {"happened_from": HELD - dt.timedelta(days=32)}),
        (Flag.QUOTED, {"consent": Consent.NOTES, "words": {"action": "She said “now”."}}),
        (Flag.QUOTED, {"consent": Consent.NOTES, "words": {"result": 'He said "now".'}}),
        (Flag.NO_VALENCE, {"valence": Valence.NEUTRAL}),
        (Flag.NO_VALENCE, {"valence": Valence.NOT_STATED}),
    ],
)
def test_what_is_missing_or_doubtful_is_noticed_and_nothing_else(flag, fields):
    assert raised(spotless(**fields)) == {flag}


@pytest.mark.parametrize(
    "fields",
    [
        {"told_as": ToldAs.COLLEAGUE},
        {"told_as": ToldAs.BYSTANDER},
        {"happened_told": "", "happened_from": HELD},
        {"happened_from": HELD - dt.timedelta(days=31)},
        {"happened_from": None},
        {"consent": Consent.NOTES},
        {"words": {"action": "She said “now”."}},
        {"valence": Valence.MIXED},
    ],
)
def test_what_is_in_order_is_not_noticed(fields):
    assert raised(spotless(**fields)) == set()


def test_the_recall_window_is_the_studys():
    incident = spotless()
    incident.study.recall_window_days = 13
    incident.study.save()

    assert raised(incident) == {Flag.TOO_OLD}


@pytest.mark.parametrize(("language", "flags"), [("zh-hans", set()), ("en", {Flag.SHORT})])
def test_a_chinese_sign_says_as_much_as_some_letters(language, flags):
    incident = spotless(words={"situation": "店员走过马路陪着客人办事直到办完。" * 4})
    incident.version.language = language
    incident.version.save()

    assert raised(incident) == flags


@pytest.mark.parametrize(
    ("judgement", "state", "noticed"),
    [
        (Judgement.OPEN, IncidentState.ACCEPTED, True),
        (Judgement.SAME, IncidentState.SUBMITTED, True),
        (Judgement.OTHER, IncidentState.ACCEPTED, False),
        (Judgement.OPEN, IncidentState.EXCLUDED, False),
        (Judgement.OPEN, IncidentState.WITHDRAWN, False),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_likeness_is_noticed_while_the_other_one_counts(judgement, state, noticed, first):
    study = StudyFactory()
    told = [spotless(study), spotless(study)]
    shown, other = told if first else reversed(told)
    Incident.objects.filter(pk=other.pk).update(state=state)
    Likeness.objects.create(
        study=study,
        first=told[0],
        second=told[1],
        words=0,
        story=50,
        judgement=judgement,
        judged_by=None if judgement == Judgement.OPEN else MemberFactory(study=study),
    )

    assert (Flag.ALIKE in raised(shown)) == noticed


def test_every_flag_has_a_criterion_and_a_condition():
    criteria = criteria_of(StudyFactory())

    assert {known.flag for known in KNOWN if known.flag} == set(Flag)
    for criterion in criteria:
        assert Incident.objects.filter(condition_of(StudyFactory(), criterion)).count() == 0
