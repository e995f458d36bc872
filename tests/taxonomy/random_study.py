"""A random study with everything that can go wrong for a table: merged, disputed, unbatched."""

import datetime as dt
import random
import uuid

from django.db import transaction

from incidents.actions.fieldwork import Part, Told
from incidents.actions.intake import Arrival, publish, take_in
from incidents.actions.numbering import change_facts
from incidents.actions.places import add_organization, add_region, add_sector, site_for
from incidents.actions.studies import found_study
from incidents.choices import (
    AskedFor,
    IncidentState,
    Mode,
    Relation,
    RoleName,
    ServedBy,
    ToldAs,
    Valence,
)
from incidents.models import Incident, Interview, Moment, Respondent
from taxonomy.actions.bringing import Brought, bring_codings
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.revisions import revise
from taxonomy.actions.settling import settle
from taxonomy.choices import BatchKind, BatchState, Purpose, RevisionVerb, Unclassifiable
from taxonomy.models import Adjudication, Assignment, Batch, Category, Coding
from taxonomy.tabulation.folding import ObjectChange
from tests.factories import MemberFactory

COUNTRIES = ("CA", "FR", "JP", "")
LANGUAGES = ("en", "de", "")


def make_random_study(seed, *, incidents=40):
    """Return a scheme whose study was drawn at random from the seed."""
    rng = random.Random(seed)
    study = found_study(slug=f"random-{seed}-{uuid.uuid4().hex[:6]}", name=f"Random {seed}")
    sites = _sites(study, rng)
    coders = [MemberFactory(study=study, user=None, roles=[RoleName.CODER]) for _ in range(3)]
    scheme = start_scheme(study=study, slug="scheme", name="Scheme", by=None, **_tree(rng))
    moments = _tell(study, sites, rng, incidents)
    _date(study, random.Random(seed))
    _code(scheme, moments, coders, rng)
    _share(scheme, random.Random(seed))
    _merge(scheme, rng)
    _take_out(study, rng)
    return scheme


def add_other_scheme(scheme, seed):
    """Return a second scheme of the study, in which the same moments are coded otherwise."""
    rng = random.Random(seed)
    other = start_scheme(study=scheme.study, slug="other", name="Other", by=None, **_tree(rng))
    coders = list(scheme.study.members.filter(roles__name=RoleName.CODER).order_by("pk"))
    moments = list(Moment.objects.filter(incident__study=scheme.study).order_by("pk"))
    _code(other, moments, coders, rng)
    _merge(other, rng)
    return other


def _sites(study, rng):
    for name, countries in (("North", ["CA"]), ("South", ["FR", "JP"])):
        add_region(study=study, name=name, countries=countries, by=None)
    sectors = [add_sector(study=study, name=name, by=None) for name in ("Banks", "Shops")]
    organizations = list(study.organizations.filter(not_stated=True))
    organizations += [
        add_organization(study=study, name=f"O{n}", sector=rng.choice(sectors), by=None)
        for n in range(3)
    ]
    regions = [None, *study.regions.all()]
    return [
        site_for(
            organization=rng.choice(organizations),
            country=rng.choice(COUNTRIES),
            place=str(n),
            region=rng.choice(regions),
        )
        for n in range(8)
    ]


def _tree(rng):
    """Three rounds; some categories without a parent, one name under two parents."""
    categories = [{"round": 3, "code": f"c{n}", "name": f"Coarse {n}"} for n in range(2)]
    for level, prefix, above, count in ((2, "m", "c", 4), (1, "f", "m", 7)):
        parents = [entry["code"] for entry in categories if entry["code"].startswith(above)]
        for n in range(count):
            parent = rng.choice([*parents, None])
            categories.append(
                {"round": level, "code": f"{prefix}{n}", "name": f"{prefix} {n}", "parent": parent}
            )
    rounds = [{"position": n, "name": f"Round {n}"} for n in (1, 2, 3)]
    return {"rounds": rounds, "categories": categories}


def _tell(study, sites, rng, incidents):
    arrivals = []
    for number in range(incidents):
        if number % 3 == 0:
            respondent = Respondent.objects.create(
                study=study, code=f"R{number}", site=rng.choice(sites), relation=Relation.EMPLOYEE
            )
            interview = Interview.objects.create(study=study, respondent=respondent, implied=True)
        told = Told(
            words={"situation": f"Told {number}"},
            language=rng.choice(LANGUAGES),
            told_as=rng.choice(ToldAs.values),
            asked_for=rng.choice(AskedFor.values),
        )
        parts = tuple(
            Part(valence=rng.choice(Valence.values)) for _ in range(rng.choice((1, 1, 1, 3)))
        )
        arrivals.append(Arrival(uuid.uuid4(), interview, told, parts=parts))
    with transaction.atomic():
        seq = change_facts(study)
        keys = take_in(study=study, arrivals=arrivals, source=None, by=None)
        publish(Incident.objects.filter(study=study), seq=seq)
    moments = [moment for one in keys for moment in one.moments]
    return list(Moment.objects.filter(pk__in=moments).order_by("pk"))


def _date(study, rng):
    """Say of some when and by whom they were written down, when and where they happened."""
    writers = [None, *(MemberFactory(study=study, user=None) for _ in range(2))]
    days = [None, *(dt.date(2026, 1, 20) + dt.timedelta(days=25 * n) for n in range(5))]
    interviews = list(study.interviews.order_by("pk"))
    for interview in interviews:
        interview.interviewer, interview.held_on = rng.choice(writers), rng.choice(days)
        interview.mode = rng.choice(Mode.values)
    Interview.objects.bulk_update(interviews, ["interviewer", "held_on", "mode"])
    incidents = list(study.incidents.order_by("pk"))
    for number, incident in enumerate(incidents):
        incident.position, incident.served_by = number % 3 + 1, rng.choice(ServedBy.values)
        first = rng.choice(days)
        last = rng.choice((None, first, first and first + dt.timedelta(days=rng.choice((3, 40)))))
        incident.happened_from, incident.happened_to = rng.choice(((first, last), (last, last)))
    fields = ["position", "served_by", "happened_from", "happened_to"]
    Incident.objects.bulk_update(incidents, fields)


def _code(scheme, moments, coders, rng):
    categories = list(Category.objects.filter(scheme=scheme).order_by("pk"))
    batch = scheme.batches.get()
    with transaction.atomic():
        seq = change_facts(scheme.study)
        for moment in moments:
            said = rng.sample(coders, rng.choice((0, 1, 1, 1, 2, 3)))
            agreed = rng.choice(categories)
            for coder in said:
                category = agreed if rng.random() < 0.6 else rng.choice(categories)
                if rng.random() < 0.15:
                    _cannot_be_classified(scheme, moment, coder, seq)
                else:
                    bring_codings(
                        scheme=scheme, brought=[Brought(moment.pk, coder, category)], seq=seq
                    )
            if said and rng.random() < 0.1:
                Assignment.objects.create(batch=batch, moment=moment, coder=rng.choice(coders))
        settle(moments=[moment.pk for moment in moments], scheme=scheme, seq=seq + 1)
        change_facts(scheme.study)


def _share(scheme, rng):
    """Some of what was coded is in a batch of several, open or locked; some was decided by one."""
    with transaction.atomic():
        seq = change_facts(scheme.study)
        open_ = Batch.objects.create(scheme=scheme, name="Open", kind=BatchKind.PLAN)
        locked = Batch.objects.create(
            scheme=scheme,
            name="Locked",
            kind=BatchKind.PLAN,
            state=BatchState.LOCKED,
            majority=True,
        )
        categories = list(Category.objects.filter(scheme=scheme).order_by("pk"))
        coded = Moment.objects.filter(codings__scheme=scheme).distinct().order_by("pk")
        for moment in coded:
            batch = rng.choice((None, None, None, locked, locked, open_))
            for coding in moment.codings.filter(scheme=scheme) if batch else ():
                Assignment.objects.get_or_create(batch=batch, moment=moment, coder=coding.coder)
            if rng.random() < 0.15:
                _decide(scheme, moment, rng.choice(categories), seq)
        settle(moments=[moment.pk for moment in coded], scheme=scheme, seq=seq)


def _decide(scheme, moment, category, seq):
    Adjudication.objects.create(
        scheme=scheme,
        moment=moment,
        member=MemberFactory(study=scheme.study, user=None),
        by_coder=False,
        category=category,
        reason="Read again.",
        scheme_revision=scheme.revision,
        from_seq=seq,
    )


def _cannot_be_classified(scheme, moment, coder, seq):
    Coding.objects.create(
        scheme=scheme,
        moment=moment,
        coder=coder,
        purpose=Purpose.IMPORT,
        unclassifiable=Unclassifiable.OTHER,
        scheme_revision=scheme.revision,
        seq=seq,
    )


def _merge(scheme, rng):
    """Merge some categories within their round."""
    for level in (1, 2):
        rows = list(Category.objects.filter(scheme=scheme, round__position=level).order_by("pk"))
        gone, kept = rng.sample(rows, 2)
        merge = ObjectChange(
            "category", str(gone.uid), {"merged_into": None}, {"merged_into": str(kept.uid)}
        )
        revise(
            scheme=scheme,
            verb=RevisionVerb.MERGE,
            rationale="alike",
            by=None,
            changes=[merge],
            expected_revision=None,
        )


def _take_out(study, rng):
    states = (IncidentState.EXCLUDED, IncidentState.WITHDRAWN, IncidentState.RETURNED)
    keys = list(study.incidents.order_by("pk").values_list("pk", flat=True))
    for key in rng.sample(keys, 5):
        Incident.objects.filter(pk=key).update(state=rng.choice(states))
