"""Recording a coding: the act alone, and what the desk sends and fetches for each moment."""

import itertools
import uuid
from collections.abc import Iterator

from django.test import Client

from incidents.choices import IncidentState, RoleName
from incidents.models import Member, Moment
from scripts.bench.generator import account
from scripts.bench.measuring import Line, alone
from scripts.bench.subject import Subject
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.planning import open_batch
from taxonomy.choices import BatchKind
from taxonomy.models import Assignment, Batch, Category
from taxonomy.queries.coding import offered

MOST_MS = 10
ANSWERS = 25


def ask(subject: Subject) -> Iterator[Line]:
    """Code some moments that nobody has coded, as a coder would."""
    coder = Member.objects.get(study=subject.study, user=account(RoleName.CODER))
    categories = itertools.cycle(offered(subject.scheme).order_by("pk")[:20])
    yield alone(
        "next moment found for a coder",
        lambda: take_next_assignment(coder=coder, scheme=subject.scheme),
    )
    assignments = iter(_taken(coder, subject))
    yield alone(
        "coding recorded (UPDATE study, job; INSERT coding, settlement, change)",
        lambda: _code(next(assignments), coder, next(categories)),
        rounds=ANSWERS - 1,
        most=MOST_MS,
    )
    planned = iter(_planned(coder, subject))
    yield alone(
        "coding recorded in a batch of three coders",
        lambda: _code(next(planned), coder, next(categories)),
        rounds=ANSWERS - 1,
        most=MOST_MS,
    )
    client = subject.client(RoleName.CODER)

    def answer_on_page() -> None:
        assignment = _open(coder, subject)
        _post(client, subject, assignment, next(categories))

    yield alone("answer received, and the moment ahead", answer_on_page, rounds=ANSWERS)


def _taken(coder: Member, subject: Subject) -> list[Assignment]:
    """As many moments as are to be coded, given to the coder before the clock runs."""
    once = Batch.objects.select_related("scheme__study")
    batch = once.get(scheme=subject.scheme, kind=BatchKind.ONCE)
    return [
        Assignment.objects.create(batch=batch, moment=moment, coder=coder, sole=True)
        for moment in _free(subject)
    ]


def _planned(coder: Member, subject: Subject) -> list[Assignment]:
    """As many moments in a batch that this coder and two others code, who have not begun."""
    others = Member.objects.filter(study=subject.study, user=None, roles__name=RoleName.CODER)
    batch = open_batch(
        scheme=subject.scheme,
        name="By plan",
        moments=_free(subject),
        coders=[coder, *others.order_by("pk")[:2]],
        by=None,
    )
    own = Assignment.objects.filter(batch=batch, coder=coder)
    return list(own.select_related("batch__scheme__study").order_by("pk"))


def _free(subject: Subject) -> list[Moment]:
    free = Moment.objects.filter(
        incident__study=subject.study, incident__state=IncidentState.ACCEPTED, assignments=None
    )
    return list(free.order_by("pk")[:ANSWERS])


def _open(coder: Member, subject: Subject) -> Assignment:
    assignment = take_next_assignment(coder=coder, scheme=subject.scheme)
    if assignment is None:
        msg = "Nothing is left to code; make the study anew."
        raise RuntimeError(msg)
    return assignment


def _code(assignment: Assignment, coder: Member, category: Category) -> None:
    code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=category)


def _post(
    client: Client,
    subject: Subject,
    assignment: Assignment,
    category: Category,
) -> None:
    address = subject.address("taxonomy:coding_record", subject.scheme.slug, assignment.uid)
    answer = {
        "uid": str(uuid.uuid4()),
        "category": str(category.uid),
        "revision": str(subject.scheme.revision),
    }
    receipt = {"Accept": "application/json"}
    ahead = subject.address("taxonomy:coding_ahead", subject.scheme.slug)
    for response in (client.post(address, answer, headers=receipt), client.get(ahead)):
        if response.status_code != 200:  # noqa: PLR2004  (OK)
            raise RuntimeError(f"{address} answers {response.status_code}: {response.text[:2000]}")
