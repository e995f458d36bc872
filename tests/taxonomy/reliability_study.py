"""A study whose batches several coders have coded, and its agreement counted by hand."""

import itertools
import uuid
from collections import Counter
from types import SimpleNamespace

from django.db import transaction
from django.utils import timezone

from incidents.actions.numbering import change_facts
from incidents.choices import RoleName
from incidents.jobs import run_now
from incidents.models import Job
from taxonomy.actions.bringing import Brought, bring_assigned_codings
from taxonomy.actions.coding import code_moment
from taxonomy.actions.measuring import MEASURE_AGREEMENT
from taxonomy.actions.planning import lock_batch, open_batch
from taxonomy.choices import Unclassifiable
from taxonomy.models import Category
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    RespondentFactory,
)
from tests.taxonomy.factories import CategoryFactory, RoundFactory, SchemeFactory

NO = "-"  # cannot be classified
PLACES = 12
OTHER = ({}, {"unclassifiable": Unclassifiable.OTHER})
PARENTS = {"Late": "Waiting", "Slow": "Waiting", "Rude": "Manner", "Warm": "Manner", "Loose": None}
# What three coders say of each moment; one letter for each category.
SAID = str.split(
    "LLL LLS SSS SSL RRR RRW WWW WWR LLL SSS RRR WWW LSL RWR LRR SWW OOO OOL"
    " --- L-L R-- SSS LLL LLL WWW RRW WSW LLS"
)
LETTERS = {"L": "Late", "S": "Slow", "R": "Rude", "W": "Warm", "O": "Loose", NO: ""}


def study_of(coders=3):
    """A scheme of two rounds with coders, an analyst and an admin; nothing is coded."""
    scheme = SchemeFactory()
    study = scheme.study
    coarse = RoundFactory(scheme=scheme, name="Coarse")
    parents = {name: CategoryFactory(round=coarse, name=name) for name in ("Waiting", "Manner")}
    fine = scheme.rounds.get(position=1)
    for name, parent in PARENTS.items():
        CategoryFactory(round=fine, name=name, parent=parents.get(parent))
    return SimpleNamespace(
        study=study,
        scheme=scheme,
        coders=[
            MemberFactory(study=study, roles=[RoleName.CODER], display_name=f"Coder {n}")
            for n in range(1, coders + 1)
        ],
        analyst=MemberFactory(study=study, roles=[RoleName.ANALYST]),
        admin=MemberFactory(study=study, roles=[RoleName.ADMIN]),
    )


def code_batch(world, said=SAID, name="Overlap", *, lock=True):
    """A batch in which each coder said what the letters of each moment say."""
    respondents = [RespondentFactory(study=world.study) for _ in range(min(len(said), PLACES))]
    talks = [InterviewFactory(respondent=one) for one in respondents]
    incidents = [
        IncidentFactory(study=world.study, interview=talks[at % PLACES]) for at in range(len(said))
    ]
    moments = [incident.moments.get() for incident in incidents]
    batch = open_batch(
        scheme=world.scheme, name=name, moments=moments, coders=world.coders, by=world.admin
    )
    categories = {row.name: row for row in Category.objects.filter(scheme=world.scheme)}
    brought = [
        Brought(moment.pk, coder, categories.get(LETTERS[letter]), **OTHER[letter == NO])
        for letters, moment in zip(said, moments, strict=True)
        for letter, coder in zip(letters, world.coders, strict=False)
    ]
    with transaction.atomic():
        seq = change_facts(world.study)
        bring_assigned_codings(batch=batch, brought=brought, seq=seq, done_at=timezone.now())
    if lock:
        batch = lock_batch(batch=batch, by=world.admin)
    return SimpleNamespace(batch=batch, moments=moments)


def answer(batch, moment, coder, letter):
    assignment = batch.assignments.get(moment=moment, coder=coder)
    category = named(batch, letter)
    return code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=category)


def named(batch, letter):
    return Category.objects.get(scheme=batch.scheme, name=LETTERS[letter])


def measure():
    """Run what a lock, or somebody, asked for."""
    job = run_now(Job.objects.filter(kind=MEASURE_AGREEMENT).latest("pk"))
    assert job.state == "done", job.error
    return job


# -- By hand, pair by pair --------------------------------------------------------------------


def at_coarse(said):
    """The same at the coarser round; what has no parent has no place there."""
    place = {
        letter: (PARENTS[name] or "")[:1] if name else letter for letter, name in LETTERS.items()
    }
    return [[place[letter] or None for letter in letters] for letters in said]


def without_none(said):
    return [[letter for letter in letters if letter is not None] for letters in said]


def observed(said):
    """The mean over moments of the share of pairs of codings that are the same."""
    shares = []
    for letters in without_none(said):
        pairs = list(itertools.combinations(letters, 2))
        if pairs:
            shares.append(sum(a == b for a, b in pairs) / len(pairs))
    return sum(shares) / len(shares)


def cohen(said):
    """The mean of the kappas of all pairs of coders."""
    kappas = []
    for one, other in itertools.combinations(range(len(said[0])), 2):
        both = [(row[one], row[other]) for row in said if row[one] and row[other]]
        agreed = sum(a == b for a, b in both) / len(both)
        first, second = Counter(a for a, _ in both), Counter(b for _, b in both)
        chance = sum(first[c] * second[c] for c in first) / len(both) ** 2
        kappas.append((agreed - chance) / (1 - chance))
    return sum(kappas) / len(kappas)


def steps(one, other):
    """How many steps lead from one letter to another in the tree of two rounds."""
    if one == other:
        return 0
    above = [PARENTS.get(LETTERS[letter]) for letter in (one, other)]
    return 2 if above[0] and above[0] == above[1] else 4


def weighted(said):
    """The mean over pairs of coders of kappa weighted by steps."""
    kappas = []
    for one, other in itertools.combinations(range(len(said[0])), 2):
        apart = sum(steps(row[one], row[other]) for row in said) / len(said)
        each = [steps(row[one], another[other]) for row in said for another in said]
        kappas.append(1 - apart / (sum(each) / len(each)))
    return sum(kappas) / len(kappas)


def krippendorff(said):
    """Observed disagreement over that of any two codings of compared moments."""
    rows = [letters for letters in without_none(said) if len(letters) > 1]
    every = [letter for letters in rows for letter in letters]
    within = sum(
        sum(a != b for a, b in itertools.permutations(letters, 2)) / (len(letters) - 1)
        for letters in rows
    ) / len(every)
    counts = Counter(every)
    different = len(every) ** 2 - sum(n * n for n in counts.values())
    return 1 - within / (different / (len(every) * (len(every) - 1)))


def shares(said):
    """How often each letter was given, each moment counting once."""
    rows = [letters for letters in without_none(said) if letters]
    total = Counter()
    for letters in rows:
        for letter in letters:
            total[letter] += 1 / len(letters) / len(rows)
    return total


def fleiss(said):
    chance = sum(share**2 for share in shares(said).values())
    return (observed(said) - chance) / (1 - chance)


def gwet(said, k):
    chance = sum(share * (1 - share) for share in shares(said).values()) / (k - 1)
    return (observed(said) - chance) / (1 - chance)


def brennan(said, k):
    return (observed(said) - 1 / k) / (1 - 1 / k)
