"""A scheme of which enough is settled to train a classifier in no time."""

import itertools
from types import SimpleNamespace

from incidents.choices import RoleName
from incidents.jobs import run_now
from taxonomy.actions.suggesting import ask_training
from taxonomy.choices import BatchKind, Outcome
from taxonomy.models import Batch, Category, Settlement
from tests.factories import IncidentFactory, InterviewFactory, MemberFactory
from tests.taxonomy.factories import AssignmentFactory, SchemeFactory

WORDS = {
    "Late": "waited an hour the bus came late again",
    "Rude": "shouted at me in a harsh unfriendly voice",
    "Kind": "smiled and helped carry my heavy bags",
    "Clean": "the room was spotless and smelled fresh",
}


def world_of(each=6, names=("Late", "Rude", "Kind", "Clean")):
    """A scheme with `each` settled moments of each category, three told in each interview."""
    scheme = SchemeFactory(categories=names)
    study = scheme.study
    world = SimpleNamespace(
        study=study,
        scheme=scheme,
        admin=MemberFactory(study=study, roles=[RoleName.ADMIN]),
        analyst=MemberFactory(study=study, roles=[RoleName.ANALYST]),
        coder=MemberFactory(study=study, roles=[RoleName.CODER]),
        moments=[],
    )
    talks = itertools.cycle(InterviewFactory(study=study) for _ in range(10))
    for name in names * each:
        world.moments.append(settled(world, name, interview=next(talks)))
    return world


def told(world, words, **about):
    """A moment of which so much was told."""
    about.setdefault("interview", InterviewFactory(study=world.study))
    incident = IncidentFactory(words={"headline": "", "situation": words}, **about)
    return incident.moments.get()


def settled(world, name, *, words="", outcome=Outcome.SINGLE, **about):
    moment = told(world, words or WORDS[name], **about)
    category = category_of(world, name)
    Settlement.objects.create(
        scheme=world.scheme, moment=moment, category=category, outcome=outcome, from_seq=1
    )
    return moment


def category_of(world, name):
    return Category.objects.get(scheme=world.scheme, name=name)


def train(world):
    """Train a classifier as the worker does; returns it."""
    classifier = ask_training(scheme=world.scheme, by=world.admin)
    job = run_now(classifier.job)
    assert job.error == ""
    classifier.refresh_from_db()
    return classifier


def given(world, words, *, kind=BatchKind.SHARED):
    """A moment that the coder is to code, in a batch of some kind."""
    batch, _new = Batch.objects.get_or_create(scheme=world.scheme, name=kind, kind=kind)
    return AssignmentFactory(batch=batch, moment=told(world, words), coder=world.coder)
