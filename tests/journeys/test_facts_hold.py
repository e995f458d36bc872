"""Whatever people do, in whatever order: what is derived follows from what was recorded."""

import contextlib
import uuid

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from incidents import jobs
from incidents.actions import people, places, screening
from incidents.actions.drafts import discard_draft, keep, unsent
from incidents.actions.fieldwork import (
    Part,
    Told,
    correct_incident,
    move_respondent,
    record_incident,
)
from incidents.actions.numbering import REBUILD_TALLIES
from incidents.actions.refusals import RefusedError
from incidents.choices import Criterion, RoleName, ToldAs, Valence
from incidents.models import Incident, Job, Moment
from taxonomy.actions import coding, importing
from taxonomy.actions.batching import (
    merge_categories,
    move_category,
    place_category,
    restore_category,
    retire_category,
)
from taxonomy.actions.editing import (
    add_category,
    describe_category,
    start_scheme,
)
from taxonomy.actions.revisions import undo
from taxonomy.actions.rounds import (
    add_round,
    freeze_round,
    rename_round,
    reopen_round,
)
from taxonomy.choices import Unclassifiable
from taxonomy.models import Assignment, Category, Coding, Round, TallyPointer
from taxonomy.queries.checks import differences
from taxonomy.queries.tables import answer
from taxonomy.tabulation.specification import Specification
from tests.factories import InterviewFactory, MemberFactory, SiteFactory, StudyFactory

PICK = st.integers(min_value=0, max_value=10**6)
TREE = {
    "rounds": [{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
    "categories": [
        {"round": 2, "code": "A", "name": "A"},
        {"round": 2, "code": "B", "name": "B"},
        {"round": 1, "code": "a1", "name": "a1", "parent": "A"},
        {"round": 1, "code": "a2", "name": "a2", "parent": "A"},
        {"round": 1, "code": "b1", "name": "b1", "parent": "B"},
    ],
}


def pick(rows, number):
    rows = list(rows)
    return rows[number % len(rows)] if rows else None


class WorkOnAStudy(RuleBasedStateMachine):
    """Interviewers, screeners, coders and admins take turns at random."""

    @initialize()
    def found(self):
        self.study = StudyFactory()
        every = list(RoleName)
        self.admin = MemberFactory(study=self.study, roles=every)
        self.coders = [MemberFactory(study=self.study, roles=[RoleName.CODER]) for _ in range(2)]
        self.interviews = [
            InterviewFactory(study=self.study, interviewer=self.admin) for _ in range(2)
        ]
        self.sites = [SiteFactory(study=self.study) for _ in range(2)]
        self.scheme = start_scheme(study=self.study, slug="s", name="S", by=self.admin, **TREE)
        self.said = 0

    def told(self, told_as, valence):
        self.said += 1
        return Told(words={"situation": f"Told {self.said}"}, told_as=told_as, valence=valence)

    def incident(self, number):
        return pick(Incident.objects.filter(study=self.study).order_by("pk"), number)

    # -- Fieldwork and screening --------------------------------------------------------------

    @rule(number=PICK, told_as=st.sampled_from(ToldAs), valence=st.sampled_from(Valence))
    def record(self, number, told_as, valence):
        interview = pick(self.interviews, number)
        told = self.told(told_as, valence)
        incident = record_incident(interview=interview, uid=uuid.uuid4(), told=told, by=self.admin)
        if number % 3:
            screening.accept(incident=incident, by=self.admin, row_version=incident.row_version)

    @rule(number=PICK, verdict=st.sampled_from(["accept", "return", "exclude", "withdraw"]))
    def screen(self, number, verdict):
        incident = self.incident(number)
        if incident is None:
            return
        call = {"incident": incident, "by": self.admin, "row_version": incident.row_version}
        with contextlib.suppress(RefusedError):
            if verdict == "accept":
                screening.accept(**call)
            elif verdict == "return":
                screening.return_with_question(question="When was it?", **call)
            elif verdict == "exclude":
                screening.exclude(criterion=Criterion.HABITUAL, **call)
            else:
                screening.withdraw(**call)

    @rule(number=PICK, valence=st.sampled_from(Valence), told_as=st.sampled_from(ToldAs))
    def put_right(self, number, valence, told_as):
        incident = self.incident(number)
        moment = pick(Moment.objects.filter(incident__study=self.study).order_by("pk"), number)
        if incident is None:
            return
        with contextlib.suppress(RefusedError):
            told = self.told(told_as, valence)
            correct_incident(incident=incident, told=told, by=self.admin, based_on=None)
        moment.refresh_from_db()
        with contextlib.suppress(RefusedError):
            screening.change_valence(
                moment=moment, valence=valence, by=self.admin, row_version=moment.row_version
            )
        incident.refresh_from_db()
        with contextlib.suppress(RefusedError):
            screening.change_told_as(
                incident=incident,
                told_as=told_as,
                by=self.admin,
                row_version=incident.row_version,
            )

    @rule(number=PICK, valence=st.sampled_from(Valence))
    def divide(self, number, valence):
        incident = self.incident(number)
        if incident is None:
            return
        parts = [Part("first", valence), Part("second", Valence.POSITIVE)]
        with contextlib.suppress(RefusedError):
            screening.divide_incident(
                incident=incident, parts=parts, by=self.admin, row_version=incident.row_version
            )

    @rule(number=PICK)
    def move(self, number):
        respondent = pick(self.interviews, number).respondent
        respondent.refresh_from_db()
        move_respondent(
            respondent=respondent,
            site=pick(self.sites, number // 2),
            by=self.admin,
            row_version=respondent.row_version,
        )

    @rule(number=PICK)
    def draft(self, number):
        interview = pick(self.interviews, number)
        uid, body = uuid.uuid4(), {"jot": f"Said {number}"}
        keep(unsent(interview=interview, uid=uid, tab="t", body=body, by=self.admin))
        if number % 2:
            discard_draft(interview=interview, uid=uid, by=self.admin)

    # -- Places and people --------------------------------------------------------------------

    @rule(number=PICK)
    def change_places(self, number):
        """Give a country to one region or another: its sites follow."""
        self.said += 1
        name = f"Region {self.said} of the admin"
        with contextlib.suppress(ValidationError):
            region = places.add_region(study=self.study, name=name, by=self.admin)
            places.change_region(region=region, countries=["CA"], by=self.admin)
        sector = places.add_sector(
            study=self.study, name=f"Sector {self.said} of the admin", by=self.admin
        )
        organization = pick(self.study.organizations.filter(not_stated=False), number)
        places.change_organization(
            organization=organization,
            name=organization.name,
            code=organization.code,
            sector=sector,
            row_version=organization.row_version,
            by=self.admin,
        )

    @rule(active=st.booleans())
    def change_people(self, active):
        people.change_member(member=self.coders[1], active=active, by=self.admin)

    # -- Files --------------------------------------------------------------------------------

    @rule(number=PICK)
    def bring_a_file(self, number):
        self.said += 1
        rows = [f"{n},Brought {self.said}-{n},{'Good|Bad' if n % 2 else 'Good'}" for n in range(3)]
        text = "\n".join(["id,narrative,category_1", *rows])
        source = importing.receive_file(
            study=self.study, name="told.csv", chunks=[text.encode()], by=self.admin
        )
        self.run(importing.request_check(source=source, by=self.admin))
        source.refresh_from_db()
        self.run(
            importing.request_import(source=source, by=self.admin, row_version=source.row_version)
        )

    @rule(number=PICK, withdraw=st.booleans())
    def take_a_file_out(self, number, withdraw):
        source = pick(self.study.imports.filter(state="done").order_by("pk"), number)
        if source is None:
            return
        with contextlib.suppress(RefusedError):
            if withdraw:
                importing.withdraw_import(source=source, by=self.admin)
            else:
                self.run(importing.request_undo(source=source, by=self.admin))

    def run(self, job):
        assert jobs.run_now(job).state == "done", job.error

    # -- Coding -------------------------------------------------------------------------------

    @rule(number=PICK, cannot=st.booleans())
    def code(self, number, cannot):
        coder = pick(self.coders, number)
        assignment = coding.take_next_assignment(coder=coder, scheme=self.scheme)
        category = pick(coding.offered(self.scheme).order_by("pk"), number // 2)
        if assignment is None or category is None:
            return
        coding.code_moment(
            assignment=assignment,
            by=coder,
            uid=uuid.uuid4(),
            category=None if cannot else category,
            unclassifiable=Unclassifiable.OTHER if cannot else "",
        )

    @rule(number=PICK)
    def put_aside_or_change_an_answer(self, number):
        assignment = pick(
            Assignment.objects.filter(batch__scheme=self.scheme).order_by("pk"), number
        )
        if assignment is None:
            return
        if number % 2:
            coding.put_aside(assignment=assignment, by=assignment.coder)
            return
        category = pick(coding.offered(self.scheme).order_by("pk"), number // 2)
        if category is None:
            return
        with contextlib.suppress(coding.CodingRefused):
            coding.code_moment(
                assignment=assignment, by=assignment.coder, uid=uuid.uuid4(), category=category
            )

    @rule(number=PICK)
    def take_back(self, number):
        answer_given = pick(Coding.objects.live().filter(scheme=self.scheme).order_by("pk"), number)
        if answer_given is not None:
            with contextlib.suppress(coding.CodingRefused):
                coding.take_back(coding=answer_given, by=answer_given.coder)

    # -- The taxonomy -------------------------------------------------------------------------

    @rule(number=PICK)
    def add(self, number):
        fine = Round.objects.get(scheme=self.scheme, position=1)
        self.said += 1
        with contextlib.suppress(RefusedError):
            add_category(round=fine, by=self.admin, name=f"new {self.said}")

    @rule(number=PICK)
    def describe(self, number):
        self.said += 1
        category = pick(self.categories(1), number)
        describe_category(category=category, by=self.admin, name=f"named anew {self.said}")
        rename_round(round=category.round, by=self.admin, name=f"Round {self.said}")
        if number % 5 == 0:
            add_round(scheme=self.scheme, name=f"Round {self.said} more", by=self.admin)

    @rule(number=PICK)
    def place(self, number):
        fine = pick(self.categories(1), number)
        coarse = pick([None, *self.categories(2)], number // 3)
        with contextlib.suppress(RefusedError):
            place_category(category=fine, parent=coarse, by=self.admin)

    @rule(number=PICK)
    def merge(self, number):
        gone, kept = pick(self.categories(1), number), pick(self.categories(1), number // 5)
        with contextlib.suppress(RefusedError):
            merge_categories(categories=[gone], into=kept, by=self.admin, rationale="alike")

    @rule(number=PICK)
    def retire_or_restore(self, number):
        act = retire_category if number % 2 else restore_category
        with contextlib.suppress(RefusedError):
            act(category=pick(self.categories(1), number // 2), by=self.admin)

    @rule(number=PICK)
    def order(self, number):
        category = pick(self.categories(2), number)
        with contextlib.suppress(RefusedError):
            move_category(category=category, before=None, by=self.admin)

    @rule(frozen=st.booleans())
    def freeze(self, frozen):
        level = Round.objects.get(scheme=self.scheme, position=1, exists=True)
        with contextlib.suppress(RefusedError):
            if frozen:
                freeze_round(round=level, by=self.admin)
            else:
                reopen_round(round=level, by=self.admin, rationale="to go on")

    @rule(number=PICK)
    def undo(self, number):
        revision = pick(self.scheme.revisions.filter(number__gt=1).order_by("pk"), number)
        if revision is not None:
            with contextlib.suppress(RefusedError):
                undo(revision=revision, by=self.admin, rationale="to see")

    def categories(self, position):
        rows = Category.objects.filter(scheme=self.scheme, exists=True, round__position=position)
        return list(rows.order_by("pk"))

    # -- Counting -----------------------------------------------------------------------------

    @rule()
    def count(self):
        for job in Job.objects.filter(study=self.study, kind=REBUILD_TALLIES, state="waiting"):
            assert jobs.run_now(job).state == "done"
        self.study.refresh_from_db()
        pointer = TallyPointer.objects.filter(scheme=self.scheme).first()
        assert pointer is None or pointer.data_seq == self.study.data_seq
        by_tally = answer(self.scheme, Specification(1)).table
        by_facts = answer(self.scheme, Specification(1), from_facts=True).table
        assert by_tally == by_facts

    @invariant()
    def facts_hold(self):
        if hasattr(self, "scheme"):
            assert not list(differences(self.study))


@pytest.mark.django_db
def test_whatever_people_do_check_facts_finds_no_difference():
    run_machine(
        WorkOnAStudy,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
