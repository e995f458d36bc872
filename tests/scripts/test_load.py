"""Submissions over a bad network: the ledger finds what is wrong, and here nothing is."""

import dataclasses
import random
import time
import uuid
from collections import Counter

import pytest
from django.conf import settings
from django.db import connections

from incidents.actions.fieldwork import Told, record_incident
from incidents.models import Draft, Incident, IncidentVersion, Moment
from incidents.models.fieldwork import TEXTS
from scripts.bench.browsers import session_of
from scripts.bench.delivering import deliver, deliveries, report
from scripts.bench.generator import generate
from scripts.bench.ledger import CUT, RECEIPT, Ledger
from scripts.bench.servers import web
from scripts.bench.telling import interviewer_of, submissions

RATE = 6
SECONDS = 4


@pytest.fixture
def sent(db):
    """Return a ledger of two submissions, both recorded and acknowledged."""
    study = generate(60)
    ledger = Ledger(submissions(study, 2))
    for one in ledger.submissions:
        told = Told(words={name: one.form.get(name, "") for name in TEXTS})
        record_incident(
            interview=one.interview, uid=one.uid, told=told, by=one.interview.interviewer
        )
        ledger.note(one.uid, RECEIPT, 0.1)
    assert ledger.faults() == []
    return ledger


def test_the_ledger_finds_what_is_lost_altered_or_never_acknowledged(sent):
    first, second = sent.submissions
    never, strange = (dataclasses.replace(first, uid=uuid.uuid4()) for _one in range(2))
    sent.submissions = [first, second, never]
    IncidentVersion.objects.filter(incident__uid=first.uid).update(sha256="0" * 64)
    Incident.objects.filter(uid=second.uid).update(uid=strange.uid)

    assert sent.faults() == [
        f"{never.uid} was never acknowledged.",
        f"{first.uid} is there in other words.",
        f"{second.uid} was acknowledged and is lost.",
        f"{strange.uid} was sent by nobody.",
    ]


def test_the_ledger_finds_what_is_doubled_or_still_a_draft(sent):
    first, second = sent.submissions
    incident = Incident.objects.get(uid=first.uid)
    Moment.objects.create(incident=incident, position=2)
    Draft.objects.create(
        study=incident.study,
        member=interviewer_of(incident.study),
        interview=incident.interview,
        object_uid=second.uid,
        tab="t",
        sha256="",
        saved_at="2021-01-01T00:00Z",
    )

    assert sent.faults() == [
        f"{first.uid} has 2 moments.",
        f"{second.uid} is submitted and still a draft.",
    ]


def test_an_answer_of_the_server_that_is_an_error_is_a_fault(sent):
    sent.note(sent.submissions[0].uid, 503, 0.1)

    assert sent.faults() == ["1 answers were 503."]


def test_each_submission_is_delivered_one_to_five_times_and_a_tenth_is_cut():
    planned = deliveries(2000, 50, random.Random(1))
    times = Counter(Counter(one.number for one in planned).values())
    cut = Counter(one.cut for one in planned)

    assert set(times) == {1, 2, 3, 4, 5}
    assert set(cut) == {"", "sending", "waiting", "reading"}
    assert 0.08 < 1 - cut[""] / len(planned) < 0.12
    assert planned == sorted(planned)


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_short_load_over_a_bad_network_loses_and_doubles_nothing(process_environment, tmp_path):
    study = generate(60)
    told = submissions(study, RATE * SECONDS)
    session = session_of(interviewer_of(study).user)
    connections.close_all()
    variables = {**process_environment, "BROKER_URL": "memory://", "DEBUG": "1"}
    variables["SECRET_KEY"] = settings.SECRET_KEY  # which sessions are signed with
    with web("config.wsgi", variables, tmp_path / "log") as port:
        began = time.monotonic()
        ledger = deliver(told, port, session, rate=RATE)

    assert ledger.faults() == [], report(ledger, time.monotonic() - began, "here")
    assert ledger.outcomes[RECEIPT] >= len(told)
    assert ledger.outcomes[CUT] > 0
