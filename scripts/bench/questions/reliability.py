"""Agreement and saturation as jobs on what three coders coded, and the pages that show them."""

import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

from django.db import transaction
from django.test import Client
from django.utils import timezone

from incidents.choices import IncidentState, RoleName
from incidents.jobs import run_now
from incidents.models import Job, Member, Moment
from reports.demo.world import read_scheme
from scripts.bench.measuring import Line, alone, seconds
from scripts.bench.subject import Subject, page
from scripts.bench.writing import next_key, write_rows
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.measuring import ask_agreement
from taxonomy.actions.saturating import ask_saturation
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Confidence, Purpose
from taxonomy.models import AgreementReport, Assignment, Batch, Category, Coding, Scheme

SLUG, CODERS, RIGHT = "three", 3, 0.75
MOST_CODED = 100_000
JOB_SECONDS = {3_000: 3, MOST_CODED: 60}  # up to so many moments
PAGE_MS, PREVIEW_MS = 100, 200


def ask(subject: Subject) -> Iterator[Line]:
    """A report on three coders at every round, its page, a preview with agreement, saturation."""
    scheme = _coded(subject)
    yield _job(ask_agreement(scheme=scheme, by=None), JOB_SECONDS)
    analyst, admin = (subject.client(role) for role in (RoleName.ANALYST, RoleName.ADMIN))
    shown = subject.address("taxonomy:reliability_show", scheme.slug)
    yield alone("page of reliability", page(analyst, shown), most=PAGE_MS)
    yield _preview(subject, admin)
    yield _job(ask_saturation(scheme=subject.scheme, by=None), {})
    counted = subject.address("taxonomy:saturation_show", subject.scheme.slug)
    yield alone("page of saturation", page(admin, counted), most=PAGE_MS)


def _preview(subject: Subject, admin: Client) -> Line:
    """A merge in the scheme of the study, in which every twelfth moment was coded by two."""
    run_now(_job_of(ask_agreement(scheme=subject.scheme, by=None)))
    rows = Category.objects.filter(scheme=subject.scheme, round__position=1).order_by("pk")[:2]
    address = subject.address("taxonomy:categories_preview", subject.scheme.slug)
    asked = f"{address}?category={rows[0].uid}&into={rows[1].uid}"
    question = "preview of a merge, with agreement before and after"
    return alone(question, page(admin, asked), most=PREVIEW_MS)


def _job(report: AgreementReport, targets: dict[int, int]) -> Line:
    job = _job_of(report)
    worked = time.process_time()
    took = seconds(lambda: run_now(job)) * 1000
    worked = (time.process_time() - worked) * 1000
    report.refresh_from_db()
    number = report.answer.get("moments")
    said = "saturation of every round" if number is None else f"agreement of {number:,} moments"
    question = f"job: {said}, {len(report.answer['rounds'])} rounds"
    line = Line(question, took, remark=f"Python {worked:,.0f}")
    most = next((most for size, most in targets.items() if number and number <= size), None)
    return line if most is None else replace(line, target=f"≤ {most} s", met=took <= most * 1000)


def _job_of(report: AgreementReport) -> Job:
    return Job.objects.get(pk=report.job_id or 0)


def _coded(subject: Subject) -> Scheme:
    """A scheme in which three coders coded the same moments, right so often and else at random."""
    found = Scheme.objects.select_related("study").filter(study=subject.study, slug=SLUG).first()
    if found:
        return found
    content = {name: read_scheme()[name] for name in ("rounds", "categories")}
    with transaction.atomic():
        scheme = start_scheme(study=subject.study, slug=SLUG, name="Three", by=None, **content)
        _write(scheme)
    return scheme


def _write(scheme: Scheme) -> None:
    source = random.Random(1)  # noqa: S311  (no secret)
    accepted = Moment.objects.filter(
        incident__study=scheme.study, incident__state=IncidentState.ACCEPTED
    )
    moments = list(accepted.order_by("pk").values_list("pk", flat=True)[:MOST_CODED])
    members = Member.objects.filter(study=scheme.study, user=None, roles__name=RoleName.CODER)
    coders = list(members.order_by("pk").values_list("pk", flat=True)[:CODERS])
    finest = Category.objects.filter(scheme=scheme, round__position=1).order_by("pk")
    categories = list(finest.values_list("pk", flat=True))
    chances = [1 / (place + 1) for place in range(len(categories))]
    true = source.choices(categories, chances, k=len(moments))
    batch = Batch.objects.create(
        scheme=scheme,
        name="All",
        kind=BatchKind.PLAN,
        state=BatchState.LOCKED,
        locked_at=timezone.now(),
        locked_seq=scheme.study.data_seq,
        locked_revision=scheme.revision,
    ).pk
    pairs = [(moment, coder) for moment in moments for coder in coders]
    first, coding = next_key(Assignment), next_key(Coding)
    write_rows(
        Assignment,
        ("id", "uid", "batch", "moment", "coder", "state"),
        (
            (first + at, uuid.uuid4().hex, batch, moment, coder, AssignmentState.DONE.value)
            for at, (moment, coder) in enumerate(pairs)
        ),
    )
    write_rows(
        Coding,
        (
            *("id", "uid", "scheme", "moment", "coder", "assignment", "purpose", "category"),
            *("unclassifiable", "confidence", "scheme_revision", "seq"),
        ),
        (
            (
                *(coding + at, uuid.uuid4().hex, scheme.pk, moment, coder, first + at),
                Purpose.PLAN.value,
                true[at // CODERS] if source.random() < RIGHT else source.choice(categories),
                *("", Confidence.NOT_STATED.value, scheme.revision, scheme.study.data_seq),
            )
            for at, (moment, coder) in enumerate(pairs)
        ),
    )
