"""The study of four regions, in portions, so that it may be cut off and taken up again."""

import datetime as dt
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from incidents.actions.fieldwork import Part, Told
from incidents.actions.intake import Arrival, publish, take_in
from incidents.actions.numbering import change_facts, next_number
from incidents.actions.screening import exclude, return_with_question, withdraw
from incidents.actions.studies import found_study
from incidents.choices import Elicitation, IncidentState, Valence, Verdict
from incidents.models import (
    Incident,
    Interview,
    Member,
    NoneRecalled,
    Screening,
    Site,
    Study,
)
from reports.actions.demo.accounts import ADMIN, ANALYST, CODER, FURTHER_CODERS, join
from reports.actions.demo.building import (
    divide,
    hold_interviews,
    is_seeded,
    mark_seeded,
    settle_places,
    uid_of,
)
from reports.actions.demo.coding import code_once
from reports.actions.demo.first_words import sort_openly
from reports.actions.demo.holding import confirm_piles, hold_out, release
from reports.actions.demo.planning import parts_of, plan_and_code
from reports.actions.demo.revising import revise_schemes
from reports.actions.demo.settling import settle_disputes
from reports.actions.demo.showing import show_at_a_glance
from reports.actions.demo.suggesting import ask_for_suggestions
from reports.actions.demo.training import train_newcomer
from reports.demo.four_regions.judging import CAUSE, ENCOUNTER, OUTCOME, SERVE
from reports.demo.four_regions.narrator import narrate
from reports.demo.four_regions.places import REGIONS, SECTORS
from reports.demo.four_regions.plans import Fate, FourRegions, StoryPlan
from reports.demo.four_regions.world import build_world
from taxonomy.actions.editing import start_scheme
from taxonomy.models import Scheme
from taxonomy.queries.codebooks import codebook

SEED = 2026
SCHEMES = (SERVE, CAUSE, ENCOUNTER, OUTCOME)
PORTION = 120  # incidents; with words, moments and verdicts under a thousand rows
DRAWN_AT = dt.datetime(2026, 4, 13, 9, tzinfo=dt.UTC)
CODED_AT = dt.datetime(2026, 4, 17, 10, tzinfo=dt.UTC)
RELEASED_AT = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)
CODED_LAST_AT = dt.datetime(2026, 5, 8, 10, tzinfo=dt.UTC)
EVENING, MORNING_AFTER = dt.timedelta(hours=18), dt.timedelta(days=1, hours=9)
NOTE = "Fictional: every organization, place, person, incident and figure is invented."
AIM = (
    "What do people who serve customers in four regions tell of good and poor service, and what"
    " brought it about? Made up to show a study with two languages, several coders and every"
    " state an incident can be in."
)


def seed_four_regions(
    *,
    slug: str,
    name: str,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Study:
    """Build the study, or go on where an earlier run was cut off; returns it.

    Everything is drawn from one seed, so it is always the same study.
    """
    world = build_world(SEED)
    study = Study.objects.filter(slug=slug).first() or _found(slug, name)
    sites = settle_places(study, world.organizations, world.sites)
    members = join(study, (ADMIN, CODER, *FURTHER_CODERS, ANALYST), world.interviewers)
    schemes = {one: _scheme(study, one) for one in SCHEMES}
    interviews = _interviews(study, world, sites, members)
    coders = [members[code] for code, *_rest in (CODER, *FURTHER_CODERS)]
    _Writing(study, members, coders, schemes, interviews).run(world.stories, progress)
    return study


@transaction.atomic
def _found(slug: str, name: str) -> Study:
    study = found_study(
        slug=slug,
        name=name,
        aim=AIM,
        note=NOTE,
        languages=["en", "de"],
        time_zone="Europe/Berlin",
        elicitation=Elicitation.ALTERNATING,
    )
    divide(study, REGIONS, SECTORS)
    return study


def _scheme(study: Study, slug: str) -> Scheme:
    known = Scheme.objects.filter(study=study, slug=slug).first()
    return known or start_scheme(
        study=study, by=None, rationale="A starter codebook.", **codebook(slug)
    )


def _interviews(
    study: Study, world: FourRegions, sites: Mapping[str, Site], members: Mapping[str, Member]
) -> dict[str, Interview]:
    headers = {
        talk.code: {
            "respondent": talk.respondent,
            "interviewer": members[talk.interviewer],
            "held_on": talk.held_on,
            "mode": talk.mode,
            "language": talk.language,
            "consent": talk.consent,
            "may_call_back": talk.may_call_back,
            "created_at": _at(talk.held_on, EVENING),
        }
        for talk in world.talks
    }
    interviews = hold_interviews(study, sites, world.respondents, headers)
    NoneRecalled.objects.bulk_create(
        (
            NoneRecalled(
                uid=uid_of(study, "none recalled", talk.code),
                interview=interviews[talk.code],
                asked_for=talk.none_recalled,
                recorded_by=members[talk.interviewer],
                created_at=_at(talk.held_on, EVENING),
            )
            for talk in world.talks
            if talk.none_recalled
        ),
        ignore_conflicts=True,
    )
    return interviews


def _at(day: dt.date, later: dt.timedelta) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC) + later


class _Writing:
    """Writes what was told, decided and coded; each step leaves out what is there."""

    def __init__(
        self,
        study: Study,
        members: Mapping[str, Member],
        coders: Sequence[Member],
        schemes: Mapping[str, Scheme],
        interviews: Mapping[str, Interview],
    ) -> None:
        self._study, self._members, self._coders = study, members, coders
        self._schemes, self._interviews = schemes, interviews
        self._admin = members[ADMIN[0]]

    def run(self, stories: Sequence[StoryPlan], progress: Callable[[int, int], None]) -> None:
        if is_seeded(self._study.slug):
            return
        self._write(stories, progress)
        self._publish()
        lead: dict[str, Any] = {"study": self._study, "admin": self._admin}
        coding: dict[str, Any] = {
            "coders": self._coders,
            "parts": parts_of(self._study, stories),
            "coded_at": CODED_AT,
        }
        hold_out(**lead, drawn_at=DRAWN_AT)
        self._code(**coding)
        for story in stories:
            self._decide(story)
        plan_and_code(**lead, **coding)
        settle_disputes(scheme=self._schemes[SERVE], by=self._admin, stories=stories)
        sort_openly(**lead, **coding)
        release(**lead, released_at=RELEASED_AT)
        coding["coded_at"] = CODED_LAST_AT
        self._code(**coding)
        confirm_piles(**lead, **coding)
        revise_schemes(study=self._study, members=self._members, stories=stories)
        train_newcomer(**lead, newcomer=self._coders[-1])
        ask_for_suggestions(**lead)
        show_at_a_glance(study=self._study, by=self._members[ANALYST[0]])
        with transaction.atomic():
            change_facts(self._study)
            mark_seeded(self._study, len(stories))

    def _code(self, **coding: Any) -> None:
        for scheme in self._schemes.values():
            code_once(scheme=scheme, **coding)

    # -- Telling -------------------------------------------------------------------------------

    def _write(self, stories: Sequence[StoryPlan], progress: Callable[[int, int], None]) -> None:
        known = set(Incident.objects.filter(study=self._study).values_list("uid", flat=True))
        rng = random.Random(SEED)  # noqa: S311  (a demonstration, not a secret)
        arrivals = [(story, self._arrival(story, rng)) for story in stories]
        missing = [pair for pair in arrivals if pair[1].uid not in known]
        for start in range(0, len(missing), PORTION):
            progress(start, len(missing))
            self._write_portion(missing[start : start + PORTION])
        progress(len(missing), len(missing))

    def _arrival(self, story: StoryPlan, rng: random.Random) -> Arrival:
        words, labels = narrate(story, rng)
        talk = story.talk
        several = len(story.parts) > 1
        told = Told(
            words=words[talk.language],
            language=talk.language,
            told_as=story.told_as,
            served_by=story.served_by,
            asked_for=story.asked_for,
            happened_told=story.as_told,
            happened_from=story.happened_from,
            happened_to=story.happened_to,
        )
        return Arrival(
            uid=uid_of(self._study, "incident", story.number),
            interview=self._interviews[talk.code],
            told=told,
            parts=[
                Part(label=label if several else "", valence=Valence(part.valence))
                for part, label in zip(story.parts, labels, strict=True)
            ],
            position=story.order,
            translation=words["en"] if story.translated else {},
            translation_language="en" if story.translated else "",
            recorded_by=self._members[talk.interviewer],
            recorded_at=_at(talk.held_on, EVENING),
        )

    @transaction.atomic
    def _write_portion(self, portion: Sequence[tuple[StoryPlan, Arrival]]) -> None:
        next_number(self._study)
        take_in(study=self._study, arrivals=[one for _story, one in portion], source=None, by=None)
        self._screen(portion)

    def _screen(self, portion: Iterable[tuple[StoryPlan, Arrival]]) -> None:
        """Note who let the accepted ones in; the others are only submitted so far."""
        told = {arrival.uid: story for story, arrival in portion}
        rows = list(Incident.objects.filter(uid__in=told))
        Screening.objects.bulk_create(
            Screening(
                incident=row,
                member=self._admin,
                verdict=Verdict.ACCEPT,
                created_at=_at(told[row.uid].talk.held_on, MORNING_AFTER),
            )
            for row in rows
            if told[row.uid].was_accepted
        )
        others = [row.pk for row in rows if not told[row.uid].was_accepted]
        Incident.objects.filter(pk__in=others).update(state=IncidentState.SUBMITTED)

    # -- Deciding ------------------------------------------------------------------------------

    @transaction.atomic
    def _publish(self) -> None:
        seq = change_facts(self._study)
        publish(Incident.objects.filter(study=self._study, state=IncidentState.IMPORTING), seq=seq)

    @transaction.atomic
    def _decide(self, story: StoryPlan) -> None:
        """Return, exclude or withdraw what is to be, unless that was done."""
        before = {Fate.WITHDRAWN_LATE: IncidentState.ACCEPTED}
        if story.fate in {Fate.USED, Fate.WAITING}:
            return
        incident = Incident.objects.select_related("study").get(
            uid=uid_of(self._study, "incident", story.number)
        )
        if incident.state != before.get(story.fate, IncidentState.SUBMITTED):
            return
        by, version, words = self._admin, incident.row_version, story.words
        if story.fate == Fate.RETURNED:
            return_with_question(incident=incident, question=words, by=by, row_version=version)
        elif story.fate == Fate.EXCLUDED:
            exclude(
                incident=incident,
                criterion=story.criterion,
                reason=words,
                by=by,
                row_version=version,
            )
        else:
            withdraw(incident=incident, reason=words, by=by, row_version=version)
        Screening.objects.filter(incident=incident).exclude(verdict=Verdict.ACCEPT).update(
            created_at=_at(story.talk.held_on, MORNING_AFTER)
        )
