"""As it was: whatever people do, each past moment is counted as it was recorded then."""

import random
import time
import uuid
from contextlib import suppress

import pytest
from django.utils import timezone

from incidents.actions import reverting, screening
from incidents.actions.fieldwork import Part
from incidents.actions.refusals import RefusedError
from incidents.choices import ImportState, IncidentState, RoleName
from incidents.models import Import, Incident, Moment, StoredFile, Study
from incidents.queries.numbers import number_at, time_of
from taxonomy.actions.batching import merge_categories, place_category
from taxonomy.actions.coding import code_moment, take_back, take_next_assignment
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.importing.taking_out import withdraw_import
from taxonomy.actions.planning import open_batch
from taxonomy.actions.revisions import undo
from taxonomy.actions.rounds import add_round, drop_round
from taxonomy.choices import Dimension, Unclassifiable, Unit
from taxonomy.models import Assignment, Category, Coding, Revision, Round
from taxonomy.queries.past import past_tree, revision_at
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.taxonomy.test_past import shown

pytestmark = pytest.mark.django_db

STEPS = 45
QUESTIONS = [
    {"by": Dimension.REGION},
    {"by": Dimension.SECTOR, "unit": Unit.INCIDENTS},
    {"by": Dimension.VALENCE, "where": (("viewpoint", ("customer",)),)},
]


def tables(scheme, tree, **past):
    return [
        shown(answer(scheme, Specification(position, **question), tree=tree, **past))
        for position in tree.rounds
        for question in QUESTIONS
    ]


def a_file(study):
    name = uuid.uuid4().hex
    stored = StoredFile.objects.create(
        study=study, name="a.csv", path=name, size=1, sha256="0" * 64
    )
    return Import.objects.create(study=study, file=stored, state=ImportState.DONE)


class People:
    """A study in which everything happens that changes what counts."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        study = StudyFactory()
        self.admin = MemberFactory(study=study, roles=[RoleName.ADMIN])
        self.coders = [MemberFactory(study=study, roles=[RoleName.CODER]) for _ in range(2)]
        self.scheme = start_scheme(
            study=study,
            slug="x",
            name="X",
            by=self.admin,
            rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
            categories=[
                *({"round": 2, "code": name, "name": name} for name in "TU"),
                *({"round": 1, "name": name, "parent": "T"} for name in "abc"),
                {"round": 1, "name": "d"},
            ],
        )
        self.files = [a_file(study) for _ in range(2)]
        for number in range(10):
            IncidentFactory(
                study=study,
                state=IncidentState.SUBMITTED,
                told_as=self.rng.choice(("customer", "own")),
                moments=self.rng.choice((1, 1, 2)),
                imported_from=self.files[number % 3] if number % 3 < 2 else None,
            )
        self.study = Study.objects.get(pk=study.pk)

    def act(self):
        acts = [
            *[self.accept] * 4,
            *[self.code] * 5,
            *[self.take_out] * 3,
            *[self.put_back] * 3,
            self.take_back,
            self.divide,
            self.plan,
            self.withdraw_file,
            self.merge,
            self.place,
            self.add,
            self.undo,
            self.rounds,
        ]
        with suppress(RefusedError):
            self.rng.choice(acts)()
        self.scheme.refresh_from_db()

    def incident(self, *states):
        found = list(Incident.objects.filter(study=self.study, state__in=states).order_by("pk"))
        if not found:
            raise RefusedError
        return self.rng.choice(found)

    def category(self, **conditions):
        rows = Category.objects.filter(
            scheme=self.scheme, exists=True, merged_into=None, **conditions
        )
        if not rows:
            raise RefusedError
        return self.rng.choice(list(rows.order_by("pk")))

    def accept(self):
        incident = self.incident("submitted", "returned", "excluded")
        screening.accept(incident=incident, by=self.admin, row_version=incident.row_version)

    def take_out(self):
        incident = self.incident("accepted", "submitted")
        told = {"incident": incident, "by": self.admin, "row_version": incident.row_version}
        way = self.rng.choice(("withdraw", "exclude", "return"))
        if way == "withdraw":
            screening.withdraw(**told)
        elif way == "exclude":
            screening.exclude(criterion="other", **told)
        else:
            screening.return_with_question(question="When?", **told)

    def put_back(self):
        incident = self.incident("withdrawn", "excluded", "accepted")
        state = self.rng.choice(("submitted", "accepted"))
        reverting.put_back(
            incident=incident, state=state, by=self.admin, row_version=incident.row_version
        )

    def divide(self):
        """Into more pieces: those that are joined again are counted as they are now."""
        incident = self.incident("accepted", "submitted", "excluded")
        parts = [Part(label=f"P{n}", valence="positive") for n in range(3)]
        parts[0] = Part(label="P", valence=incident.moments.first().valence)
        screening.divide_incident(
            incident=incident, parts=parts, by=self.admin, row_version=incident.row_version
        )

    def code(self):
        coder = self.rng.choice(self.coders)
        open_ = Assignment.objects.filter(coder=coder, batch__scheme=self.scheme).order_by("pk")
        assignment = self.rng.choice(
            [*open_[:5], take_next_assignment(scheme=self.scheme, coder=coder)]
        )
        if assignment is None:
            return
        said = {"category": self.category()}
        if self.rng.random() < 0.2:
            said = {"unclassifiable": Unclassifiable.OTHER}
        code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), **said)

    def take_back(self):
        codings = Coding.objects.filter(scheme=self.scheme, superseded_by=None, taken_back=False)
        if codings:
            coding = self.rng.choice(list(codings.order_by("pk")))
            take_back(coding=coding, by=coding.coder)

    def plan(self):
        free = Moment.objects.filter(
            incident__study=self.study, incident__state="accepted", assignments=None
        )
        moments = list(free.order_by("pk")[:2])
        open_batch(
            scheme=self.scheme,
            name=f"B{uuid.uuid4()}",
            moments=moments,
            coders=self.coders,
            by=self.admin,
        )

    def withdraw_file(self):
        withdraw_import(source=self.rng.choice(self.files), by=self.admin)

    def merge(self):
        one, other = self.category(round__position=1), self.category(round__position=1)
        merge_categories(categories=[one], into=other, by=self.admin)

    def place(self):
        place_category(
            category=self.category(round__position=1),
            parent=self.rng.choice((None, self.category(round__position=2))),
            by=self.admin,
        )

    def add(self):
        finest = Round.objects.get(scheme=self.scheme, exists=True, position=1)
        add_category(round=finest, name=f"New {self.rng.randrange(10**6)}", by=self.admin)

    def undo(self):
        last = Revision.objects.filter(scheme=self.scheme).order_by("-number").first()
        undo(revision=last, by=self.admin)

    def rounds(self):
        name = f"Round {self.rng.randrange(10**6)}"
        rows = list(Round.objects.filter(scheme=self.scheme, exists=True).order_by("position"))
        if len(rows) < 3:
            add_round(scheme=self.scheme, name=name, finest=self.rng.random() < 0.5, by=self.admin)
        else:
            drop_round(round=rows[2], by=self.admin)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(3))
def test_each_past_moment_is_counted_as_it_was(seed):
    people = People(seed)
    scheme, study, recorded = people.scheme, people.study, []
    for _step in range(STEPS):
        people.act()
        time.sleep(0.002)  # SQLite notes a revision's time to the millisecond
        study.refresh_from_db()
        now = tables(scheme, tree_of(scheme))
        recorded.append((timezone.now(), study.data_seq, scheme.revision, now))
        time.sleep(0.002)

    assert Moment.objects.filter(stays__isnull=False).exists()  # something came back
    for when, number, revision, then in recorded:
        assert (number_at(study, when), revision_at(scheme, when).number) == (number, revision)
        tree = past_tree(scheme, revision)
        assert tables(scheme, tree, revision=revision, number=number) == then


def test_the_time_of_a_number_is_when_it_was_taken():
    people = People(9)
    begun = timezone.now()
    people.accept()

    taken = time_of(people.study, 1)

    assert begun <= taken <= timezone.now()
    assert number_at(people.study, begun) == 0
    assert number_at(people.study, taken) == 1
    assert time_of(people.study, 2) is None
