"""A study as large as asked for, written in bulk: what every rule of the house says must hold."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from incidents import texts
from incidents.actions.people import add_member
from incidents.actions.places import add_region, add_sector
from incidents.actions.studies import found_study
from incidents.choices import Consent, IncidentState, Mode, Relation, RoleName, VersionKind
from incidents.models import (
    Incident,
    IncidentVersion,
    Interview,
    Member,
    Moment,
    Organization,
    Respondent,
    Site,
    Study,
    User,
)
from incidents.models.fieldwork import TEXTS
from reports.demo.world import read_scheme
from scripts.bench import drawing
from scripts.bench.drawing import Answers, Size, Words
from scripts.bench.writing import in_bulk, next_key, write_rows
from taxonomy.actions.editing import start_scheme
from taxonomy.choices import (
    AssignmentState,
    BatchKind,
    BatchState,
    Confidence,
    Purpose,
    Unclassifiable,
)
from taxonomy.models import Assignment, Batch, Category, Coding, Scheme, Settlement
from taxonomy.tabulation.outcomes import Answer, Terms, decide

SLUG = "bench"
SEQ = 1
ROLES = (RoleName.ADMIN, RoleName.ANALYST, RoleName.INTERVIEWER, RoleName.CODER)
WRITTEN = (
    Organization,
    Site,
    Respondent,
    Interview,
    Incident,
    IncidentVersion,
    Moment,
    Assignment,
    Coding,
    Settlement,
)


def generate(incidents: int, *, seed: int = 1) -> Study:
    """Write a study of so many incidents, and one account for each role; returns the study."""
    rng = random.Random(seed)  # noqa: S311  (a measurement, not a secret)
    size = Size(incidents)
    with transaction.atomic():
        study = _found()
        people = _people(study)
        scheme = _scheme(study)
    writer = _Writer(study, size, rng, people)
    with in_bulk(WRITTEN):
        writer.write_places()
        writer.write_interviews()
        writer.write_incidents()
        writer.write_codings(scheme)
    return study


def account(role: RoleName) -> User:
    """The account of the person who has this one role."""
    return User.objects.get(email=f"{role.value}@bench.example")


def _found() -> Study:
    study = found_study(slug=SLUG, name="Bench", languages=list(drawing.LANGUAGES))
    for name, countries in drawing.COUNTRIES.items():
        add_region(study=study, name=name, countries=countries, by=None)
    for number in range(1, drawing.SECTORS + 1):
        add_sector(study=study, name=f"Line of business {number}", by=None)
    Study.objects.filter(pk=study.pk).update(data_seq=SEQ)
    study.refresh_from_db()
    return study


@dataclass(frozen=True)
class _People:
    interviewers: list[Member]
    coders: list[Member]


def _people(study: Study) -> _People:
    """Interviewers and coders without accounts, and one person with an account for each role."""
    with_account = {role: _person(study, role) for role in ROLES}
    interviewers = [
        _member(study, f"I{number}", RoleName.INTERVIEWER)
        for number in range(1, drawing.INTERVIEWERS)
    ]
    coders = [_member(study, f"C{number}", RoleName.CODER) for number in range(drawing.CODERS)]
    return _People([with_account[RoleName.INTERVIEWER], *interviewers], coders)


def _person(study: Study, role: RoleName) -> Member:
    email = f"{role.value}@bench.example"
    User.objects.create_user(email, None, name=role.value.capitalize())
    return add_member(
        study=study,
        display_name=role.value.capitalize(),
        code=role.value.upper(),
        roles=[role],
        email=email,
        by=None,
    )


def _member(study: Study, code: str, role: RoleName) -> Member:
    return add_member(study=study, display_name=f"Person {code}", code=code, roles=[role], by=None)


def _scheme(study: Study) -> Scheme:
    content = read_scheme()
    return start_scheme(
        study=study,
        slug=content["slug"],
        name=content["name"],
        description=content["description"],
        rounds=content["rounds"],
        categories=content["categories"],
        by=None,
        rationale="For measuring.",
    )


class _Writer:
    """Writes the tables one after another; keys are counted up from what is free."""

    def __init__(self, study: Study, size: Size, rng: random.Random, people: _People) -> None:
        self.study, self.size, self.rng, self.people = study, size, rng, people
        self.first: dict[type[Model], int] = {model: next_key(model) for model in WRITTEN}
        self.sites: list[int] = []  # by interview
        self.states: list[str] = []

    def uid(self) -> str:
        """A uid as both databases take it."""
        return f"{self.rng.getrandbits(128):032x}"

    def keys(self, model: type[Model]) -> Iterator[int]:
        """The keys of a table, from the first that is free."""
        return itertools.count(self.first[model])

    def write_places(self) -> None:
        """Organizations, each with some sites in one region; a few of them large."""
        sectors = list(self.study.sectors.filter(not_stated=False).values_list("pk", flat=True))
        first, number = self.first[Organization], self.size.organizations
        write_rows(
            Organization,
            ("id", "uid", "study", "sector", "name", "code"),
            (
                (first + n, self.uid(), self.study.pk, sectors[n % len(sectors)], name, f"O{n}")
                for n in range(number)
                for name in (f"Employer {n:04d}",)
            ),
        )
        regions = dict(self.study.regions.values_list("name", "pk"))
        names = drawing.chosen(self.rng, drawing.REGIONS, number)
        keys = self.keys(Site)
        write_rows(
            Site,
            ("id", "uid", "organization", "country", "place", "region"),
            (
                (next(keys), self.uid(), first + n, country, f"Place {place}", regions[name])
                for n, name in enumerate(names)
                for place in range(drawing.SITES_OF_EACH)
                for country in (self.rng.choice(drawing.COUNTRIES[name]),)
            ),
        )

    def write_interviews(self) -> None:
        """One respondent each, most of them in the few large organizations."""
        number = self.size.interviews
        falling = drawing.weights(self.size.organizations, 0.8)
        organizations = self.rng.choices(range(len(falling)), cum_weights=falling, k=number)
        site = self.first[Site]
        of_each = drawing.SITES_OF_EACH
        self.sites = [site + n * of_each + self.rng.randrange(of_each) for n in organizations]
        people = self.keys(Respondent)
        write_rows(
            Respondent,
            ("id", "uid", "study", "site", "code", "relation", "job_role"),
            (
                (next(people), self.uid(), self.study.pk, site, f"R{n:06d}", relation, "Clerk")
                for n, site in enumerate(self.sites)
                for relation in (Relation.EMPLOYEE.value,)
            ),
        )
        write_rows(
            Interview,
            (
                "id",
                "uid",
                "study",
                "respondent",
                "interviewer",
                "held_on",
                "mode",
                "language",
                "consent",
            ),
            self._interviews(),
        )

    def _interviews(self) -> Iterator[tuple[object, ...]]:
        days = drawing.days(self.rng, self.size.interviews)
        languages = drawing.chosen(self.rng, drawing.LANGUAGES, self.size.interviews)
        interviewers = [member.pk for member in self.people.interviewers]
        for n, (day, language) in enumerate(zip(days, languages, strict=True)):
            yield (
                self.first[Interview] + n,
                self.uid(),
                self.study.pk,
                self.first[Respondent] + n,
                interviewers[n % len(interviewers)],
                day.isoformat(),
                Mode.TELEPHONE.value,
                language,
                Consent.QUOTES.value,
            )

    def write_incidents(self) -> None:
        """Incidents, the words of each, and the moments they are divided into."""
        self.states = drawing.states(self.rng, self.size)
        write_rows(
            Incident,
            (
                "id",
                "uid",
                "study",
                "interview",
                "site",
                "position",
                "asked_for",
                "told_as",
                "served_by",
                "happened_from",
                "happened_to",
                "state",
                "version",
            ),
            self._incidents(),
        )
        write_rows(
            IncidentVersion,
            ("id", "uid", "incident", "number", "kind", *TEXTS, "language", "sha256", "folded"),
            self._versions(),
        )
        write_rows(
            Moment,
            ("id", "uid", "incident", "position", "label", "valence", "entered_seq"),
            self._moments(),
        )

    def _incidents(self) -> Iterator[tuple[object, ...]]:
        number = self.size.incidents
        told_as = drawing.chosen(self.rng, drawing.TOLD_AS, number)
        asked = drawing.chosen(self.rng, drawing.ASKED_FOR, number)
        served = drawing.chosen(self.rng, drawing.SERVED_BY, number)
        days = [day.isoformat() for day in drawing.days(self.rng, number)]
        for n in range(number):
            interview, place = divmod(n, drawing.INCIDENTS_OF_AN_INTERVIEW)
            yield (
                self.first[Incident] + n,
                self.uid(),
                self.study.pk,
                self.first[Interview] + interview,
                self.sites[interview],
                place + 1,
                asked[n],
                told_as[n],
                served[n],
                days[n],
                days[n],
                self.states[n],
                self.first[IncidentVersion] + n,
            )

    def _versions(self) -> Iterator[tuple[object, ...]]:
        words = Words.drawn(self.rng)
        for n in range(self.size.incidents):
            told, folded = words.tell()
            whole = {name: told.get(name, "") for name in TEXTS}
            yield (
                self.first[IncidentVersion] + n,
                self.uid(),
                self.first[Incident] + n,
                1,
                VersionKind.ORIGINAL.value,
                *whole.values(),
                "en",
                texts.fingerprint(whole),
                folded,
            )

    def _moments(self) -> Iterator[tuple[object, ...]]:
        keys = self.keys(Moment)
        valences = iter(drawing.chosen(self.rng, drawing.VALENCES, 2 * self.size.incidents))
        self.to_code: list[int] = []
        for n, state in enumerate(self.states):
            accepted = state == IncidentState.ACCEPTED
            parts = ("First", "Second") if self.rng.random() < drawing.DIVIDED else ("",)
            for position, label in enumerate(parts, 1):
                key = next(keys)
                if accepted:
                    self.to_code.append(key)
                seq = SEQ if accepted else None
                incident = self.first[Incident] + n
                yield key, self.uid(), incident, position, label, next(valences), seq

    def write_codings(self, scheme: Scheme) -> None:
        """Assignments, answers, and what they settle; the newest moments wait for a coder."""
        number = int(len(self.to_code) * (1 - drawing.WAITING_TO_BE_CODED))
        finest = Category.objects.filter(scheme=scheme, round__position=1).order_by("position")
        categories = list(finest.values_list("pk", flat=True))
        self.rng.shuffle(categories)
        drawn = list(drawing.answers(self.rng, number, len(categories)))
        table = _Codings(self, scheme, [0, *categories])
        table.write(list(zip(self.to_code, drawn, strict=False)))


class _Codings:
    """The tables that follow from the answers."""

    def __init__(self, writer: _Writer, scheme: Scheme, categories: list[int]) -> None:
        self.writer, self.scheme, self.categories = writer, scheme, categories
        self.coders = [member.pk for member in writer.people.coders]
        self.once = Batch.objects.get(scheme=scheme, kind=BatchKind.ONCE).pk
        self.plan = Batch.objects.create(
            scheme=scheme,
            name="Overlap",
            kind=BatchKind.PLAN,
            state=BatchState.LOCKED,
            locked_at=timezone.now(),
            locked_seq=SEQ,
            locked_revision=scheme.revision,
        ).pk

    def write(self, answered: list[tuple[int, Answers]]) -> None:
        """Write all three tables."""
        write_rows(
            Assignment,
            ("id", "uid", "batch", "moment", "coder", "sole", "state", "done_at"),
            self._assignments(answered),
        )
        write_rows(
            Coding,
            (
                "id",
                "uid",
                "scheme",
                "moment",
                "coder",
                "assignment",
                "purpose",
                "category",
                "unclassifiable",
                "confidence",
                "scheme_revision",
                "seq",
            ),
            self._codings(answered),
        )
        write_rows(
            Settlement,
            ("id", "scheme", "moment", "outcome", "category", "contested", "from_seq"),
            self._settlements(answered),
        )

    def _assignments(self, answered: list[tuple[int, Answers]]) -> Iterator[tuple[object, ...]]:
        keys = self.writer.keys(Assignment)
        done, at = AssignmentState.DONE.value, f"{drawing.FIRST_DAY.isoformat()} 12:00:00"
        for moment, given in answered:
            sole = len(given.coders) == 1
            batch = self.once if sole else self.plan
            for coder in given.coders:
                uid = self.writer.uid()
                yield next(keys), uid, batch, moment, self.coders[coder], sole, done, at

    def _codings(self, answered: list[tuple[int, Answers]]) -> Iterator[tuple[object, ...]]:
        keys, assignments = self.writer.keys(Coding), self.writer.keys(Assignment)
        for moment, given in answered:
            for coder, number in zip(given.coders, given.categories, strict=True):
                category = self.categories[number]
                yield (
                    next(keys),
                    self.writer.uid(),
                    self.scheme.pk,
                    moment,
                    self.coders[coder],
                    next(assignments),
                    Purpose.PLAN.value,
                    category or None,
                    "" if category else Unclassifiable.TOO_LITTLE.value,
                    Confidence.NOT_STATED.value,
                    self.scheme.revision,
                    SEQ,
                )

    def _settlements(self, answered: list[tuple[int, Answers]]) -> Iterator[tuple[object, ...]]:
        keys = self.writer.keys(Settlement)
        for moment, given in answered:
            pairs = zip(given.coders, given.categories, strict=True)
            said = [Answer(coder, self.categories[number]) for coder, number in pairs]
            decision = decide(said, Terms(given.coders))
            if decision is None:
                continue
            outcome, contested = str(decision.outcome.value), decision.contested_text
            key = next(keys)
            yield key, self.scheme.pk, moment, outcome, decision.category, contested, SEQ
