"""A study with one of everything, each confidential word in it a token of its own."""

import datetime as dt
import uuid
from types import SimpleNamespace
from unittest import mock
from urllib.parse import urlencode

from django.utils import timezone

from incidents import jobs, texts
from incidents.actions.files import keep_file
from incidents.actions.numbering import REBUILD_TALLIES
from incidents.choices import Consent, Criterion, IncidentState, JobState, RoleName, Verdict
from incidents.models import Answer, Draft, Interview, Job, Likeness, Screening, SecondScreening
from reports.actions import composing, running
from reports.actions.documents import ask_document
from reports.actions.moment_files import ask_export
from reports.choices import BulkVerb, ChartKind, Rhythm, Theme
from reports.models import (
    BulkAct,
    BulkLine,
    ChangedResult,
    ClientLink,
    Export,
    Quote,
    ReportFile,
    Run,
    RunChart,
    SavedFilter,
    Schedule,
    Table,
)
from taxonomy.actions import (
    batching,
    editing,
    exchanging,
    importing,
    measuring,
    rounds,
    sorting,
    splitting,
)
from taxonomy.actions.adjudicating import adjudicate
from taxonomy.actions.coding import code_moment
from taxonomy.actions.measuring_again import MEASURE_RECODING
from taxonomy.actions.planning import lock_batch
from taxonomy.actions.proposing import decline_proposal, propose
from taxonomy.actions.recoding import draw_recoding
from taxonomy.actions.training import (
    add_moments,
    finish_training,
    give_training,
    make_training_set,
    retire_set,
    set_key,
)
from taxonomy.choices import BatchKind, BatchState, Dimension, ProposalKind, Unclassifiable
from taxonomy.models import (
    Batch,
    Classifier,
    Coding,
    Doubt,
    EarlyLook,
    HeldIncident,
    Holdout,
    Plan,
)
from taxonomy.queries.drawing import Asked
from taxonomy.queries.recoding import Asked as AskedAgain
from taxonomy.tabulation.specification import Specification
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    InvitationFactory,
    MemberFactory,
    OrganizationFactory,
    RegionFactory,
    RespondentFactory,
    SectorFactory,
    SiteFactory,
    StudyFactory,
)
from tests.taxonomy.factories import (
    AssignmentFactory,
    CategoryFactory,
    RoundFactory,
    SchemeFactory,
)

ROLES = {
    "no_role": [],
    "owner": [RoleName.INTERVIEWER],
    "interviewer": [RoleName.INTERVIEWER],
    "coder": [RoleName.CODER],
    "other_coder": [RoleName.CODER],
    "analyst": [RoleName.ANALYST],
    "admin": [RoleName.ADMIN],
    "interviewer_coder": [RoleName.INTERVIEWER, RoleName.CODER],
    "coder_analyst": [RoleName.CODER, RoleName.ANALYST],
    "blind": [RoleName.CODER, RoleName.ANALYST],
}
SLUGS = {"zq": "here", "zz": "elsewhere"}
FILE = (
    "incident id,narrative,region,organization\n"
    '1,"{tag}-words-imported: it came by file","{tag}-region-file","{tag}-org-file"\n'
    '2,,"{tag}-region-file","{tag}-org-file"\n'
)


LONGEST_IN_CODE = 15  # of a tag, for a code ends after 40 letters


def make_world(tag: str) -> SimpleNamespace:
    """Build one study; every token in it begins with the tag."""
    world = SimpleNamespace(tag=tag, things={})
    _found(world)
    _tell(world)
    _screen(world)
    _classify(world)
    _hold_out(world)
    _bring(world)
    _keep_the_grid(world)
    _keep_tables(world)
    _keep_quotes(world)
    _keep_reports(world)
    _keep_dashboards(world)
    _leave_work(world)
    _export(world)
    return world


def _found(world):
    tag = world.tag
    world.study = StudyFactory(slug=SLUGS[tag], name=f"{tag}-study-name")
    world.members = {
        who: MemberFactory(
            study=world.study,
            roles=roles,
            code=who,
            display_name="Ada" if who == "admin" else f"{tag}-person-{who}",
        )
        for who, roles in ROLES.items()
    }
    everything = list(RoleName)
    world.inactive = MemberFactory(study=world.study, roles=everything, active=False)
    world.deactivated = MemberFactory(study=world.study, roles=everything)
    world.sector = SectorFactory(study=world.study, name="Banks")
    world.other_sector = SectorFactory(study=world.study, name="Hotels")
    world.regions = [RegionFactory(study=world.study, name=f"{tag}-region-north")]
    world.regions.append(RegionFactory(study=world.study, name="Nobody's region"))
    world.sites = {
        who: SiteFactory(
            organization=OrganizationFactory(
                study=world.study,
                sector=world.sector,
                name=f"{tag}-org-{who}",
                code=f"{tag[:LONGEST_IN_CODE]}-code-{who}",
            ),
            region=world.regions[0],
        )
        for who in ("owner", "interviewer")
    }
    _thing(world, "nothing")
    _thing(world, "chapter", page="coding")
    _thing(world, "by_category", field="category")
    _thing(world, "by_place", field="organization")
    _thing(world, "region", uid=world.regions[0].uid)
    _thing(world, "empty_region", uid=world.regions[1].uid)
    _thing(world, "sector", uid=world.sector.uid)
    _thing(world, "organization", uid=world.sites["owner"].organization.uid)
    _thing(world, "member", uid=world.members["coder"].uid)
    _invite(world)


def _invite(world):
    """Let one person have no account, and somebody else be invited."""
    study, tag = world.study, world.tag
    guest = MemberFactory(
        study=study, user=None, display_name=f"{tag}-person-guest", roles=[RoleName.CODER]
    )
    invitation = InvitationFactory(
        study=study, invited_by=world.members["admin"], email=f"{tag}-mail-invited@example.org"
    )
    _thing(world, "guest", uid=guest.uid)
    _thing(world, "invitation", uid=invitation.uid)


def _thing(world, name, **keys):
    world.things[name] = {"slug": world.study.slug, **keys}


# -- What was told ----------------------------------------------------------------------------


def _tell(world):
    tag = world.tag
    world.talks = {
        who: InterviewFactory(
            respondent=RespondentFactory(site=site, code=f"{tag}-respondent-{who}"),
            interviewer=world.members[who],
        )
        for who, site in world.sites.items()
    }
    world.talks["interviewer_coder"] = InterviewFactory(
        respondent=RespondentFactory(site=world.sites["owner"], code=f"{tag}-respondent-both"),
        interviewer=world.members["interviewer_coder"],
    )
    for name, who in (("own_talk", "owner"), ("their_talk", "interviewer")):
        _thing(world, name, uid=world.talks[who].uid)
    _thing(world, "respondent", uid=world.talks["owner"].respondent.uid)
    world.incidents = {}
    for state in IncidentState.values:
        _incident(world, state, "owner", state=state)
    _incident(world, "contested", "owner", state=IncidentState.SUBMITTED)
    _incident(world, "theirs", "interviewer")
    _incident(world, "theirs_waiting", "interviewer", state=IncidentState.SUBMITTED)
    _incident(world, "both_roles", "interviewer_coder")
    for name in ("assigned", "shared", "coded", "coded_by_other", "next", "planned"):
        _incident(world, name, "interviewer")
    _incident(world, "gone", "interviewer", state=IncidentState.WITHDRAWN)
    _draft(world, "unsent", uuid.uuid4())
    _draft(world, "contested", world.incidents["contested"].uid, based_on=1)


def _incident(world, name, who, **fields):
    tag = world.tag
    words = {
        "headline": f"{tag}-words-{name}",
        "situation": f"{tag}-words-{name} was so",
        "note": f"{tag}-note-{name}",
    }
    incident = IncidentFactory(interview=world.talks[who], words=words, **fields)
    world.incidents[name] = incident
    _thing(
        world,
        name,
        uid=incident.uid,
        interview=incident.interview.uid,
        moment=incident.moments.get().uid,
    )


def _draft(world, name, uid, based_on=None):
    token = f"{world.tag}-draft-{name}"
    body = {"headline": token, "situation": token, "told_as": "own", "valence": "positive"}
    talk = world.talks["owner"]
    draft = Draft.objects.create(
        study=world.study,
        member=world.members["owner"],
        interview=talk,
        object_uid=uid,
        tab="tab",
        position=9,
        based_on=based_on,
        body=body,
        sha256=texts.fingerprint(body),
        saved_at=timezone.now(),
    )
    world.drafts = {**getattr(world, "drafts", {}), name: draft}
    if name not in world.things:
        _thing(world, name, uid=uid, interview=talk.uid, moment=uuid.uuid4())


def _screen(world):
    said = {
        "returned": {"verdict": Verdict.RETURN},
        "excluded": {"verdict": Verdict.EXCLUDE, "criterion": Criterion.OTHER},
        "withdrawn": {"verdict": Verdict.WITHDRAW},
    }
    for name, fields in said.items():
        Screening.objects.create(
            incident=world.incidents[name],
            member=world.members["admin"],
            words=f"{world.tag}-verdict-{name}",
            **fields,
        )
    owner = world.members["owner"]
    Answer.objects.create(
        screening=Screening.objects.get(incident=world.incidents["returned"]),
        words=f"{world.tag}-answer-returned",
        sha256="0" * 64,
        answered_on="1999-03-20",
        source="notes",
        author=owner,
    )
    world.talks["owner"].none_recalled.create(asked_for="poor", told_as="own", recorded_by=owner)
    _screen_by_two(world, "drawn", first="other_coder")
    second = _screen_by_two(world, "differing", first="admin")
    SecondScreening.objects.filter(pk=second.pk).update(
        member=world.members["other_coder"],
        verdict=Verdict.RETURN,
        words=f"{world.tag}-verdict-second",
        given_at=timezone.now(),
    )
    world.things["twice_screened"] = world.things["differing"]
    _thing(world, "differing", uid=second.uid)
    alike = Likeness.objects.create(
        study=world.study,
        first=world.incidents["submitted"],
        second=world.incidents["theirs_waiting"],
        words=10,
        story=60,
    )
    _thing(world, "alike", uid=alike.uid)


def _screen_by_two(world, name, *, first):
    _incident(world, name, "owner", state=IncidentState.EXCLUDED)
    incident = world.incidents[name]
    given = Screening.objects.create(
        incident=incident,
        member=world.members[first],
        verdict=Verdict.EXCLUDE,
        criterion=Criterion.HABITUAL,
        words=f"{world.tag}-verdict-{name}",
    )
    return SecondScreening.objects.create(incident=incident, first=given, version=incident.version)


# -- How it is classified ---------------------------------------------------------------------


def _classify(world):
    world.kinds = _scheme(world, "kinds")
    world.planned = _scheme(world, "planned_scheme", batch=False)
    world.plan = Batch.objects.create(scheme=world.planned, name="Plan", kind=BatchKind.PLAN)
    assigned = {
        "assigned": ("coder", {"scheme": world.kinds}),
        "gone": ("coder", {"scheme": world.kinds}),
        "next": ("other_coder", {"scheme": world.kinds}),
        "shared": ("interviewer_coder", {"scheme": world.kinds}),
        "coded": ("coder", {"scheme": world.kinds}),
        "coded_by_other": ("other_coder", {"scheme": world.kinds}),
        "planned": ("blind", {"batch": world.plan, "sole": False}),
    }
    world.assignments = {
        name: AssignmentFactory(
            moment=world.incidents[name].moments.get(), coder=world.members[who], **fields
        )
        for name, (who, fields) in assigned.items()
    }
    world.codings = {
        name: _code(world, world.assignments[name]) for name in ("coded", "coded_by_other")
    }
    other = AssignmentFactory(
        batch=world.plan,
        moment=world.incidents["planned"].moments.get(),
        coder=world.members["other_coder"],
        sole=False,
    )
    world.codings["planned"] = _code(world, other)
    for name, assignment in world.assignments.items():
        scheme = assignment.batch.scheme.slug
        _thing(world, f"task_{name}", scheme=scheme, uid=assignment.uid)
    for name, coding in world.codings.items():
        _thing(world, f"answer_{name}", uid=coding.uid)
    for scheme in (world.kinds, world.planned):
        _thing(world, scheme.name, scheme=scheme.slug)
    _draw_up(world)
    _veil(world)
    _quarrel(world)
    _lay_out(world)
    _measure(world)
    _let_code_again(world)
    _let_doubt(world)
    _train(world)
    _propose(world)
    _sort(world)


def _scheme(world, name, **options):
    slug = name.replace("_", "-")
    scheme = SchemeFactory(study=world.study, slug=slug, name=name, **options)
    coarse = RoundFactory(scheme=scheme, name="Coarse")
    service = CategoryFactory(round=coarse, name="Service")
    fine = scheme.rounds.get(position=1)
    for each in ("Warm", "Quick"):
        CategoryFactory(round=fine, parent=service, name=each)
    return scheme


def _code(world, assignment, category="Warm"):
    scheme = assignment.batch.scheme
    name = next(name for name, row in world.incidents.items() if row == assignment.moment.incident)
    return code_moment(
        assignment=assignment,
        by=assignment.coder,
        uid=uuid.uuid4(),
        category=scheme.categories.get(name=category),
        unclassifiable="",
        note=f"{world.tag}-coding-{name}",
    )


def count_anew(study):
    """Let the tallies of a study be up to date, and no work wait."""
    job = Job.objects.create(study=study, kind=REBUILD_TALLIES)
    assert jobs.run_now(job).state == JobState.DONE
    Job.objects.filter(study=study, state__in=[JobState.WAITING, JobState.DONE]).delete()


def _part(world, scheme, category):
    """Split a category in which two moments are coded; one of them is sorted again."""
    for name, coder in (("coded", "coder"), ("coded_by_other", "other_coder")):
        assignment = AssignmentFactory(
            batch=scheme.batches.get(),
            moment=world.incidents[name].moments.get(),
            coder=world.members[coder],
        )
        code_moment(assignment=assignment, by=assignment.coder, uid=uuid.uuid4(), category=category)
    splitting.split_category(
        category=category, names=["Part one", "Part two"], by=world.members["admin"]
    )
    return splitting.resort(
        moment=world.incidents["coded_by_other"].moments.get(),
        category=category,
        into=scheme.categories.get(name="Part one"),
        by=world.members["admin"],
        uid=uuid.uuid4(),
    )


def _draw_up(world):
    """Make a scheme by revisions, so that there is one to take back."""
    admin = world.members["admin"]
    scheme = editing.start_scheme(
        study=world.study,
        slug="drawn-up",
        name="drawn_up",
        by=admin,
        rounds=[
            {"position": n, "name": name} for n, name in enumerate(("Fine", "Coarse", "Top"), 1)
        ],
    )
    fine, coarse, top = scheme.rounds.order_by("position")
    rounds.freeze_round(round=top, by=admin)
    editing.add_category(round=coarse, name="Above", by=admin)
    twin = editing.add_category(round=fine, name="Twin", by=admin)
    retired = editing.add_category(round=fine, name="Retired", by=admin)
    batching.retire_category(category=retired, by=admin)
    category = editing.add_category(round=fine, name="Below", by=admin)
    parted = editing.add_category(round=fine, name="Parted", by=admin)
    resorted = _part(world, scheme, parted)
    scheme.refresh_from_db()
    world.drawn_up = scheme
    _thing(world, "drawn_up", scheme=scheme.slug)
    _thing(world, "round", scheme=scheme.slug, uid=fine.uid)
    _thing(world, "upper", scheme=scheme.slug, uid=coarse.uid)
    _thing(world, "frozen", scheme=scheme.slug, uid=top.uid)
    _thing(world, "category", scheme=scheme.slug, uid=category.uid)
    _thing(world, "twin", scheme=scheme.slug, uid=twin.uid)
    _thing(world, "parted", scheme=scheme.slug, uid=parted.uid)
    _thing(world, "resorted", scheme=scheme.slug, uid=parted.uid, coding=resorted.uid)
    _thing(world, "retired", scheme=scheme.slug, uid=retired.uid)
    _thing(
        world,
        "revision",
        scheme=scheme.slug,
        uid=scheme.revisions.get(changes__object_uid=category.uid).uid,
    )
    _thing(world, "two_schemes", scheme=scheme.slug, other=world.kinds.slug)
    _thing(world, "with_planned", scheme=world.kinds.slug, other=world.planned.slug)
    for name, into in (("scheme_file", {"scheme": scheme}), ("new_scheme", {})):
        file = exchanging.receive_scheme_file(
            study=world.study,
            name=f"{world.tag}-file-{name}.csv",
            chunks=[b"round,path\n1,Brought\n"],
            by=admin,
            **into,
        )
        keys = {"scheme": scheme.slug} if into else {}
        _thing(world, name, uid=file.uid, **keys)


def _veil(world):
    """Let the admin be blind in a scheme, and look early in another."""
    admin, veiled = world.members["admin"], _scheme(world, "veiled", batch=False)
    plan = Batch.objects.create(scheme=veiled, name="Plan", kind=BatchKind.PLAN)
    moment = world.incidents["planned"].moments.get()
    AssignmentFactory(batch=plan, moment=moment, coder=admin, sole=False)
    look = EarlyLook.objects.create(
        scheme=world.drawn_up,
        member=admin,
        reason="The server moves.",
        until=timezone.now() + dt.timedelta(hours=1),
    )
    _thing(world, "veiled", scheme=veiled.slug)
    _thing(world, "look", scheme=world.drawn_up.slug, uid=look.uid)


def _quarrel(world):
    """Let two coders disagree in two schemes; in one of them it is decided."""
    moment, admin = world.incidents["planned"].moments.get(), world.members["admin"]
    for name in ("quarrel", "decided"):
        scheme = _scheme(world, f"{name}_scheme", batch=False)
        batch = Batch.objects.create(scheme=scheme, name="Both", kind=BatchKind.PLAN)
        for who, category in (("other_coder", "Warm"), ("blind", "Quick")):
            coder = world.members[who]
            given = AssignmentFactory(batch=batch, moment=moment, coder=coder, sole=False)
            code_moment(
                assignment=given,
                by=coder,
                uid=uuid.uuid4(),
                category=scheme.categories.get(name=category),
                note=f"{world.tag}-quarrel-{name}",
            )
        lock_batch(batch=batch, by=None)
        _thing(world, f"{name}_scheme", scheme=scheme.slug)
        _thing(world, name, scheme=scheme.slug, uid=moment.uid)
    decision = adjudicate(
        moment=moment,
        scheme=scheme,
        by=admin,
        category=scheme.categories.get(name="Warm"),
        reason=f"{world.tag}-decision-why",
    )
    _thing(world, "decision", scheme=scheme.slug, uid=decision.uid)


def _lay_out(world):
    """Let two who have no account share a batch of a plan, and have done another that is paused."""
    scheme = _scheme(world, "laid_out", batch=True)
    people = [
        MemberFactory(study=world.study, user=None, roles=[RoleName.CODER], display_name=name)
        for name in ("Nia", "Otto")
    ]
    asked = Asked(name="Laid out", coders=people, each=2, whole=True, seed=1)
    plan = Plan.objects.create(
        scheme=scheme,
        name=asked.name,
        seed=1,
        drawing={
            "asked": asked.as_json(),
            "drawn": [{"available": 2, "overlap": 2, "strata": [["North", "positive", 2, 2]]}],
        },
    )
    for name, about in (("due", {}), ("paused", {"state": "done", "done_at": timezone.now()})):
        paused_at = timezone.now() if about else None
        batch = Batch.objects.create(
            scheme=scheme, plan=plan, name=name, kind=BatchKind.PLAN, paused_at=paused_at
        )
        moment = world.incidents["assigned" if about else "coded"].moments.get()
        for coder in people:
            AssignmentFactory(batch=batch, moment=moment, coder=coder, sole=False, **about)
        _thing(world, f"batch_{name}", scheme=scheme.slug, uid=batch.uid)
    due = world.things["batch_due"]
    _thing(world, "batch_share", scheme=scheme.slug, uid=due["uid"], coder=people[0].uid)
    _thing(world, "laid_out", scheme=scheme.slug)
    uids = [coder.uid for coder in people]
    wanted = {"name": "Main", "coders": uids, "way": "whole", "each": 2, "every": 7, "seed": 1}
    asked_for = urlencode({**wanted, "later": "wait"}, doseq=True)
    _thing(world, "plan_asked", scheme=scheme.slug, query=f"?{asked_for}")
    _thing(world, "plan", scheme=scheme.slug, uid=plan.uid)


def _measure(world):
    """Let two coders have coded a moment in a scheme, and their agreement be computed."""
    scheme = _scheme(world, "measured", batch=False)
    locked = {"state": BatchState.LOCKED, "locked_at": timezone.now(), "locked_seq": 10**6}
    plan = Batch.objects.create(scheme=scheme, name="Plan", kind=BatchKind.PLAN, **locked)
    for who in ("other_coder", "blind"):
        moment, coder = world.incidents["planned"].moments.get(), world.members[who]
        given = {"batch": plan, "moment": moment, "coder": coder, "sole": False}
        assignment = AssignmentFactory(state="done", **given)
        Coding.objects.create(
            scheme=scheme,
            moment=moment,
            coder=coder,
            assignment=assignment,
            unclassifiable=Unclassifiable.OTHER,
            scheme_revision=0,
            seq=1,
        )
    report = measuring.ask_agreement(scheme=scheme, by=None)
    assert jobs.run_now(report.job).state == JobState.DONE
    _thing(world, "measured", scheme=scheme.slug)


def _train(world):
    """Let there be a training set that three have: one does nothing, two have answered it all."""
    scheme, admin = _scheme(world, "trained"), world.members["admin"]
    moments = [world.incidents[name].moments.get() for name in ("planned", "coded_by_other")]
    warm, quick = (scheme.categories.get(name=name) for name in ("Warm", "Quick"))
    settled = AssignmentFactory(
        scheme=scheme,
        moment=world.incidents["coded"].moments.get(),
        coder=world.members["coder"],
    )
    code_moment(assignment=settled, by=settled.coder, uid=uuid.uuid4(), category=warm)
    made = make_training_set(scheme=scheme, name=f"{world.tag}-training", by=admin)
    add_moments(training_set=made, moments=moments, by=admin)
    for item in made.items.all():
        set_key(item=item, category=warm, explanation=f"{world.tag}-training-why", by=admin)
    _thing(world, "training_set", scheme=scheme.slug, uid=made.uid)
    _thing(world, "set_offered", uid=made.uid)
    first = made.items.get(position=1)
    _thing(world, "training_item", scheme=scheme.slug, uid=made.uid, item=first.uid)
    given = {
        who: give_training(training_set=made, coder=world.members[who], by=admin)
        for who in ("blind", "coder_analyst", "other_coder")
    }
    for who in ("coder_analyst", "other_coder"):
        for task in given[who].batch.assignments.select_related("batch__scheme__study", "coder"):
            quick = scheme.categories.get(name="Quick")
            code_moment(assignment=task, by=task.coder, uid=uuid.uuid4(), category=quick)
    finish_training(training=given["other_coder"], by=None)
    for name, who in (("open", "blind"), ("full", "coder_analyst"), ("done", "other_coder")):
        _thing(world, f"training_{name}", scheme=scheme.slug, uid=given[who].uid)
    retired = make_training_set(scheme=scheme, name="Old", by=admin)
    retire_set(training_set=retired, by=admin)
    _thing(world, "set_retired", scheme=scheme.slug, uid=retired.uid)
    _thing(world, "trained", scheme=scheme.slug)


def _let_doubt(world):
    """Let a classifier be trained that would put a settled moment elsewhere."""
    scheme = _scheme(world, "suggesting")
    warm, quick = (scheme.categories.get(name=name) for name in ("Warm", "Quick"))
    row = {"category": str(warm.uid), "moments": 60, "first": 31, "third": 59, "learned": True}
    report = {"moments": 60, "settled": 60, "first": 31, "third": 59, "commonest": 30, "doubts": 1}
    classifier = Classifier.objects.create(
        scheme=scheme, trained_at=timezone.now(), report={**report, "categories": [row]}
    )
    doubt = Doubt.objects.create(
        classifier=classifier,
        moment=world.incidents["planned"].moments.get(),
        stands=warm,
        suggested=quick,
        margin=0.5,
    )
    _thing(world, "suggesting", scheme=scheme.slug)
    _thing(world, "doubt", scheme=scheme.slug, uid=doubt.uid)


def _let_code_again(world):
    """Let a coder have coded a moment a second time, another way; one more is old enough."""
    scheme, coder = _scheme(world, "recoded"), world.members["other_coder"]

    def code(task, category):
        row = scheme.categories.get(name=category)
        return code_moment(assignment=task, by=coder, uid=uuid.uuid4(), category=row)

    for name in ("planned", "coded_by_other"):
        moment = world.incidents[name].moments.get()
        code(AssignmentFactory(scheme=scheme, moment=moment, coder=coder), "Warm")
    month_ago = timezone.now() - dt.timedelta(days=30)
    Coding.objects.filter(scheme=scheme).update(created_at=month_ago)
    (batch,) = draw_recoding(
        scheme=scheme, asked=AskedAgain(name="Again", coders=[coder], number=1), by=None
    )
    code(batch.assignments.get(), "Quick")
    lock_batch(batch=batch, by=None)
    assert jobs.run_now(Job.objects.get(kind=MEASURE_RECODING)).state == JobState.DONE
    wanted = {"name": "Again", "coders": coder.uid, "days": 14, "number": 1, "seed": 1}
    _thing(world, "recoded", scheme=scheme.slug)
    _thing(world, "recoding_asked", scheme=scheme.slug, query=f"?{urlencode(wanted)}")
    _thing(world, "batch_recoded", scheme=scheme.slug, uid=batch.uid)


def _propose(world):
    """Let a coder propose two things, of which one is declined."""
    scheme, coder = world.drawn_up, world.members["coder"]
    for name in ("proposed", "declined"):
        proposal = propose(
            scheme=scheme,
            kind=ProposalKind.ADD,
            by=coder,
            reason=f"{world.tag}-proposal-{name}",
            words={"name": f"To be {name}"},
            example=world.incidents["coded"].moments.get(),
        )
        _thing(world, name, scheme=scheme.slug, uid=proposal.uid)
    decline_proposal(proposal=proposal, by=world.members["admin"], answer="There is one already.")


def _sort(world):
    """Let one sort be under way, one half done, and one have open results."""
    for name, who in (
        ("open", ("coder", "other_coder")),
        ("half", ("coder", "other_coder")),
        ("done", ("coder", "admin")),
    ):
        sort = sorting.start_sort(
            round=world.drawn_up.rounds.get(position=1),
            members=[world.members[each] for each in who],
            name=f"{name} sort",
            by=world.members["admin"],
        )
        _thing(world, f"sort_{name}", scheme=world.drawn_up.slug, uid=sort.uid)
        for sorter in sort.sorters.select_related("member", "sort__scheme__study"):
            _sort_by(world, name, sorter)
    told = sorting.start_sort_of_moments(
        scheme=world.drawn_up,
        members=[world.members["analyst"], world.members["admin"]],
        name="told sort",
        number=3,
        seed=1,
        by=world.members["admin"],
    )
    for sorter in told.sorters.select_related("member", "sort__scheme__study"):
        _sort_by(world, "told", sorter)
    _thing(world, "sort_told", scheme=world.drawn_up.slug, uid=told.uid)


def _sort_by(world, name, sorter):
    by = sorter.member
    finished = name in {"done", "told"}
    token = f"{world.tag}-pile-{name}" if finished else f"{world.tag}-pile-{by.code}"
    put = None
    for item in sorter.sort.items.all()[:2]:
        put = sorting.put_on_pile(sorter=sorter, item=item, to=token, by=by)
    if name == "open" and by == world.members["coder"]:
        thing = world.things["sort_open"]
        _thing(world, "pile", **{**thing, "pile": put.pile.uid})
    if finished or (name == "half" and by == world.members["coder"]):
        sorting.finish_sorting(sorter=sorter, by=by)


# -- What is held out -------------------------------------------------------------------------


def _hold_out(world):
    """Let one be held out, and a study apart, of the same admin, have something to draw."""
    drawn = {"available": 1, "drawn": 1, "strata": [["North", "positive", 1, 1]]}
    asked = {"percent": 20, "number": None}
    holdout = Holdout.objects.create(
        study=world.study, seed=1, drawing={"asked": asked, "drawn": drawn}
    )
    HeldIncident.objects.create(holdout=holdout, incident=world.incidents["held_out"])
    apart = StudyFactory(slug=f"{world.study.slug}-apart", name="A study apart")
    user = world.members["admin"].user
    MemberFactory(study=apart, user=user, roles=[RoleName.ADMIN], display_name="Ada")
    IncidentFactory(study=apart)
    world.things["apart"] = {"slug": apart.slug}
    _thing(world, "held_asked", query="?percent=50&seed=1")


# -- Files and background work ----------------------------------------------------------------


def _bring(world):
    admin = world.members["admin"]
    world.imports = {}
    for name in ("brought", "checked"):
        text = FILE.format(tag=world.tag.replace('"', '""')) + "\n" * (name == "checked")
        source = importing.receive_file(
            study=world.study,
            name=f"{world.tag}-file-{name}.csv",
            chunks=[text.encode()],
            by=admin,
        )
        jobs.run_now(importing.request_check(source=source, by=admin))
        source.refresh_from_db()
        if name == "brought":
            version = source.row_version
            asked = importing.request_import(source=source, by=admin, row_version=version)
            jobs.run_now(asked)
            source.refresh_from_db()
        world.imports[name] = source
        _thing(world, f"file_{name}", uid=source.uid)
    count_anew(world.study)


def _keep_the_grid(world):
    """Let the analyst and the admin save a filter, and the admin decide on many."""
    for name, who in (("own", "analyst"), ("shared", "admin")):
        saved = SavedFilter.objects.create(
            owner=world.members[who],
            name=f"{world.tag}-filter-{name}",
            query="q=x",
            shared=name == "shared",
        )
        _thing(world, f"filter_{name}", uid=saved.uid)
    act = BulkAct.objects.create(
        study=world.study,
        by=world.members["admin"],
        verb=BulkVerb.ACCEPT,
        meant=1,
        ended_at=timezone.now(),
    )
    done = world.incidents["theirs"]
    BulkLine.objects.create(
        act=act, incident=done, before=IncidentState.SUBMITTED, row_version=done.row_version
    )
    _thing(world, "bulk_act", uid=act.uid)


def _keep_tables(world):
    """Let tables be saved of a scheme and of one coded blindly, and runs be computed of both."""
    kept = {"own": "analyst", "own_two": "analyst", "shared": "admin", "hidden": "admin"}
    for position, (name, who) in enumerate({**kept, "deleted": "analyst"}.items(), start=1):
        table = Table.objects.create(
            scheme=world.planned if name == "hidden" else world.kinds,
            owner=world.members[who],
            name=f"{world.tag}-table-{name.removesuffix('_two')}" + "2" * name.endswith("two"),
            query="round=1",
            shared=who == "admin",
            position=position,
            deleted_at=timezone.now() if name == "deleted" else None,
        )
        _thing(world, f"table_{name}", uid=table.uid)
        if name in {"own", "shared"}:
            world.schedule = Schedule.objects.create(
                table=table, owner=table.owner, rhythm=Rhythm.NIGHTLY
            )
    by_organization = Specification(1, by=Dimension.ORGANIZATION)
    asked = {
        "run": (world.kinds, Specification(1), False),
        "run_later": (world.kinds, Specification(1), False),
        "run_named": (world.kinds, by_organization, True),
        "run_hidden": (world.planned, Specification(1), False),
    }
    runs = {name: _run(world, name, *how) for name, how in asked.items()}
    query = f"?other={runs['run_later'].uid}"
    _thing(world, "runs", uid=runs["run"].uid, query=query)
    cell = {"row": "Warm", "column": "North", "before": 41.2, "after": 47, "low": 1, "high": 10.6}
    ChangedResult.objects.create(
        schedule=world.schedule,
        before=runs["run"],
        after=runs["run_later"],
        cells=[cell],
        seen_at=timezone.now(),
    )


def _run(world, name, scheme, specification, names):
    """Compute a run, with one picture that is drawn by hand: no JavaScript engine is started."""
    run = running.ask_run(
        scheme=scheme,
        specification=specification,
        query="round=1",
        words=[("Scheme", scheme.name), ("Round", "Round 1"), ("Columns", "Region")],
        names=names,
        by=world.members["admin" if names else "analyst"],
    )
    with mock.patch.object(running, "pictures_of", return_value=[]):
        assert jobs.run_now(run.job).state == JobState.DONE
    svg = '<svg xmlns="http://www.w3.org/2000/svg" role="img"><title>Dots</title></svg>'
    RunChart.objects.create(run=run, kind=ChartKind.DOTS, theme=Theme.LIGHT, svg=svg)
    run.refresh_from_db()
    _thing(world, name, uid=run.uid)
    _thing(world, f"{name}_drawn", uid=run.uid, kind=ChartKind.DOTS, form="svg")
    return run


def _keep_quotes(world):
    """Let a confirmed quote stand, one of what was withdrawn since, and one that was taken off."""
    talks = [world.talks[who].pk for who in ("owner", "interviewer_coder")]
    Interview.objects.filter(pk__in=talks).update(consent=Consent.QUOTES)  # the others: notes only
    for name in ("accepted", "submitted", "withdrawn", "held_out", "theirs"):
        _thing(world, f"told_{name}", uid=world.incidents[name].moments.get().uid)
    kept = {"quote": "accepted", "quote_gone": "withdrawn", "quote_off": "accepted"}
    for position, (name, told) in enumerate(kept.items(), start=1):
        quote = Quote.objects.create(
            study=world.study,
            moment=world.incidents[told].moments.get(),
            version=1,
            words=f"{world.tag}-words-{told} was",
            note=f"{world.tag}-quote-note",
            taken_sha256=str(position) * 64,
            collected_by=world.members["analyst"],
            confirmed_by=world.members["admin"],
            confirmed_at=timezone.now(),
            position=position,
            removed_at=timezone.now() if name == "quote_off" else None,
        )
        _thing(world, name, uid=quote.uid)


def _keep_reports(world):
    """Let a report stand with a run, a quote and words, and a document be made of it."""
    by, run = world.members["analyst"], Run.objects.get(uid=world.things["run"]["uid"])
    report = composing.create_report(title=f"{world.tag}-report-own", with_method=True, by=by)
    words = {"heading": "", "text": f"{world.tag}-report-words"}
    composing.add_words(composition=report, by=by, **words)
    composing.add_run(report=report, run=run, table=True, findings=True, charts=[], by=by)
    composing.add_words(composition=report, by=by, **words)
    composing.remove_item(composition=report, item=report.items[-1]["id"], by=by)
    _thing(world, "report", uid=report.uid)
    _thing(world, "report_words", uid=report.uid, item=report.items[0]["id"])
    _thing(world, "report_run", uid=report.uid, item=report.items[1]["id"])
    _thing(world, "report_removed", uid=report.uid, item=report.removed[0]["item"]["id"])
    for name in ("made", "waiting"):
        file = ask_document(report=report, form="pdf", by=by)
        _thing(world, f"document_{name}", uid=report.uid, document=file.uid)
        if name == "made":  # by hand: no writer is loaded
            kept = keep_file(study=world.study, name="report.pdf", chunks=[b"%PDF"], by=None)
            made = {"runs": [str(run.uid)], "quotes": [], "method": [], "missing": []}
            Job.objects.filter(pk=file.job_id).update(state=JobState.DONE)
            ReportFile.objects.filter(pk=file.pk).update(
                file=kept, made=made, made_at=timezone.now()
            )
    others = world.members["admin"]
    gone = composing.create_report(title=f"{world.tag}-report-gone", with_method=True, by=others)
    composing.delete_composition(composition=gone, by=by)
    _thing(world, "report_gone", uid=gone.uid)


def _keep_dashboards(world):
    """Let a dashboard stand with two tables, a quote and words, and one that was deleted."""
    by = world.members["analyst"]
    board = composing.create_dashboard(title=f"{world.tag}-board-own", is_front=False, by=by)
    words = {"heading": "", "text": f"{world.tag}-board-words"}
    composing.add_words(composition=board, by=by, **words)
    everything = {"table": True, "findings": True, "charts": [ChartKind.DOTS]}
    for name in ("shared", "hidden"):
        saved = Table.objects.get(uid=world.things[f"table_{name}"]["uid"])
        composing.add_table(dashboard=board, saved=saved, by=by, **everything)
    quote = Quote.objects.get(uid=world.things["quote"]["uid"])
    composing.add_quote(composition=board, quote=quote, by=by)
    composing.add_words(composition=board, by=by, **words)
    composing.remove_item(composition=board, item=board.items[-1]["id"], by=by)
    _thing(world, "board", uid=board.uid)
    _thing(world, "board_words", uid=board.uid, item=board.items[0]["id"])
    _thing(world, "board_table", uid=board.uid, item=board.items[1]["id"])
    _thing(world, "board_quote", uid=board.uid, item=board.items[3]["id"])
    _thing(world, "board_removed", uid=board.uid, item=board.removed[0]["item"]["id"])
    others = world.members["admin"]
    gone = composing.create_dashboard(title=f"{world.tag}-board-gone", is_front=False, by=others)
    composing.delete_composition(composition=gone, by=by)
    _thing(world, "board_gone", uid=gone.uid)
    _make_links(world, board)


def _make_links(world, board):
    """Let a link of a dashboard be made, be waiting, and be taken back; by hand, without a job."""
    shown = {"lang": "en", "zone": "UTC", "title": "", "caveats": [], "sections": []}
    for name in ("made", "waiting", "revoked"):
        link = ClientLink.objects.create(
            dashboard=board,
            recipient=f"{world.tag}-recipient",
            token_hash=f"{world.tag}-{name}",
            made_by=world.members["analyst"],
            made_at=None if name == "waiting" else timezone.now(),
            revoked_at=timezone.now() if name == "revoked" else None,
            content={} if name == "waiting" else {**shown, "released": []},
            expires_at=timezone.now() + dt.timedelta(days=7),
        )
        _thing(world, f"link_{name}", uid=board.uid, link=link.uid)


def _export(world):
    """Let files of all moments be made; who asked for one has become blind in a scheme of it."""
    asked = {"analyst": False, "full": True, "blind": False, "waiting": False}
    for name, full in asked.items():
        by = world.members["admin" if full else "blind" if name == "blind" else "analyst"]
        reason = f"{world.tag}-reason-export" if full else ""
        export = ask_export(form="json", full=full, reason=reason, by=by)
        if name != "waiting":
            assert jobs.run_now(export.job).state == JobState.DONE
        _thing(world, f"export_{name}", uid=export.uid)
    own = ask_export(form="csv", full=False, own=True, by=world.members["owner"])
    assert jobs.run_now(own.job).state == JobState.DONE
    later = timezone.now() + dt.timedelta(minutes=2)  # than what was withdrawn just now
    Export.objects.filter(pk=own.pk).update(made_at=later)
    _thing(world, "export_own", uid=own.uid)
    told = {"uid": str(world.planned.uid), "name": world.planned.name, "revision": 0}
    blind = world.members["blind"].pk
    for export in Export.objects.filter(asked_by=blind):
        export.made["schemes"].append(told)
        export.save()
    Job.objects.filter(study=world.study, state=JobState.DONE).delete()


def _leave_work(world):
    for who in ("admin", "analyst", "no_role"):
        job = Job.objects.create(
            study=world.study,
            requested_by=world.members[who],
            kind=importing.CHECK_IMPORT,
            state=JobState.FAILED,
            error=f"{world.tag}-job-{who}",
            finished_at=timezone.now(),
        )
        _thing(world, f"job_{who}", uid=job.uid)
