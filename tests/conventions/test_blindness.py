"""What one coder gives reaches nobody before the batch is locked: every address, as everybody else.

The world of the access table is walked twice, before one coder has answered and after: the pages of
those who code the same moments stay as they are, byte for byte, and nobody's holds a word of it.
"""

import re
import uuid

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from incidents.choices import RoleName
from incidents.models import Moment, Study
from reports.models import Run, Table
from reports.queries.dashboards import digests_of
from taxonomy.access import sees_results
from taxonomy.actions.coding import code_moment, put_aside, take_back
from taxonomy.actions.looking import look_early
from taxonomy.actions.planning import lock_batch
from taxonomy.actions.proposing import propose
from taxonomy.actions.running import add_coder
from taxonomy.choices import (
    AssignmentState,
    BatchKind,
    BatchState,
    Outcome,
    ProposalKind,
    Unclassifiable,
)
from taxonomy.models import (
    Assignment,
    Batch,
    Category,
    Coding,
    Proposal,
    Settlement,
    TallyPointer,
)
from tests.conventions import access_table as table
from tests.conventions.access_world import count_anew, make_world
from tests.conventions.test_access import (
    ROUTES,
    Sender,
    at_one_moment,
    bare,
    cookies_of,
    payload_of,
    text_of,
    url_of,
)
from tests.factories import MemberFactory
from tests.taxonomy.factories import CategoryFactory

CODED = ("planned", "accepted", "theirs", "both_roles")
DESK = ("taxonomy:coding_", "taxonomy:proposal_", "taxonomy:scheme_show", "reports:home")
FIGURES = (
    "reports:",
    "taxonomy:reliability_",
    "taxonomy:saturation_",
    "taxonomy:category_show",
    "taxonomy:suggestions_",
)
BLIND = {  # who codes the same, and where they look: what opens to no role of theirs is left out
    "coder": DESK,
    "blind": (*DESK, *FIGURES),  # a coder and analyst
    "everything": ("incidents:", "taxonomy:", "reports:"),  # a coder, admin, analyst, interviewer
}
OTHERS = {
    "admin": ("taxonomy:", "reports:"),
    "analyst": FIGURES,
    "interviewer": ("reports:home", "reports:incident_", "taxonomy:scheme_"),
    "interviewer_coder": DESK,
}
PLANTED = "zq-planted"
FIRST = "zq-first-answer"  # of somebody who codes the moment again
UID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
DRAWN = re.compile(r'name="(?:[a-z]+-)?seed"[^>]*|name="tab" value="[0-9a-f]{32}"')


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Return the world with the answers of both walks; one coder has answered by the second."""
    with django_db_blocker.unblock(), transaction.atomic():
        built = make_world("zq")
        with at_one_moment():
            people(built)
            share_out(built)
            count_anew(built.study)
            addresses = asked_of(built)
            built.before = walk(built, BLIND, addresses)
            posts = posts_of(built)
            built.sent_before = send_all(built, posts)
            answer(built)
            count_anew(built.study)
            built.after = walk(built, BLIND | OTHERS, addresses)
            built.sent_after = send_all(built, posts)
        yield built
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _unblocked(db):
    """Let every test reach the database, each in a savepoint of its own."""


def people(world):
    for who, roles in {"everything": list(RoleName), "late": [RoleName.CODER]}.items():
        world.members[who] = MemberFactory(study=world.study, roles=roles, code=who)
    world.cookies = {who: cookies_of(member.user) for who, member in world.members.items()}


# -- What is planted --------------------------------------------------------------------------


def share_out(world):
    """Give four moments to one coder and to three others, who have each answered for some."""
    fine = world.planned.rounds.get(position=1)
    parent = world.planned.categories.get(name="Service")
    world.rare = CategoryFactory(round=fine, parent=parent, name="Rare")
    world.given = {}
    for who in ("other_coder", *BLIND):
        for name in CODED:
            world.given[who, name], _new = Assignment.objects.get_or_create(
                batch=world.plan,
                moment=world.incidents[name].moments.get(),
                coder=world.members[who],
                sole=False,
            )
    for who in BLIND:
        say(world, who, "accepted", category="Warm", note=own_words(who))
        put_aside(assignment=world.given[who, "theirs"], by=world.members[who])
    for name in CODED:
        # who has done all is blind, too
        say(world, "blind", name, category="Warm", note=own_words("blind"))
    world.again = Batch.objects.create(scheme=world.planned, name="Again", kind=BatchKind.RECODE)
    about = {"moment": world.given["everything", "accepted"].moment, "sole": False}
    Assignment.objects.create(batch=world.again, coder=world.members["everything"], **about)


def own_words(who):
    """What one of those who code the same says beside each answer, and nobody else."""
    return FIRST if who == "everything" else f"zq-words-of-{who}"


def say(world, who, name, *, category=None, **said):
    row = world.planned.categories.get(name=category) if category else None
    task, by = world.given[who, name], world.members[who]
    return code_moment(assignment=task, by=by, uid=uuid.uuid4(), category=row, **said)


def answer(world):
    """Let the one coder answer in every way there is, change and take back, and propose."""
    said = {"planned": "Rare", "accepted": "Quick", "theirs": "Rare"}
    for name, category in said.items():
        note = f"{PLANTED}-searched {PLANTED}-{name}"
        say(world, "other_coder", name, category=category, note=note, flagged=True)
    cannot = {"unclassifiable": Unclassifiable.OTHER, "note": f"{PLANTED}-cannot"}
    say(world, "other_coder", "both_roles", **cannot)
    again = say(world, "other_coder", "theirs", category="Warm", note=f"{PLANTED}-again")
    take_back(coding=again, by=again.coder)
    put_aside(assignment=again.assignment, by=again.coder)
    made = propose(
        scheme=world.planned,
        kind=ProposalKind.ADD,
        by=again.coder,
        reason=f"{PLANTED}-reason",
        words={"name": f"{PLANTED}-proposed", "definition": f"{PLANTED}-definition"},
        example=again.moment,
    )
    world.theirs = {"Coding": again.uid, "Proposal": made.uid}


# -- Every address ----------------------------------------------------------------------------


def asked_of(world):
    """Every address that is read, for its own thing and for those of the scheme that is blind."""
    known = {}
    for line in table.lines():
        if line.method == "GET" and not line.name.startswith("reports:help_"):
            for thing in things_for(world, line):
                known[url_of(world, line.name, thing, line.query)] = line.name
    shown = reverse("reports:incident_list", args=[world.study.slug])
    by_words = [f"{shown}?q={PLANTED}-searched"]
    by_category = [f"{shown}?category={row.uid}" for row in world.planned.categories.all()]
    return known | dict.fromkeys([*by_words, *by_category], "reports:incident_list")


def things_for(world, line):
    """The thing of a line, and what stands for it in the scheme that is blind."""
    thing = world.things[line.thing]
    if "scheme" not in ROUTES[line.name]:
        return [thing]
    blind = {**thing, "scheme": world.planned.slug}
    uids = of_the_same_kind(world, thing["uid"]) if "uid" in ROUTES[line.name] else []
    return [{**blind, "uid": uid} for uid in uids] or [blind]


def of_the_same_kind(world, uid):
    """The uids of the first rows of the kind in the scheme that is blind."""
    if Moment.objects.filter(uid=uid).exists():
        return [world.incidents[name].moments.get().uid for name in CODED[:2]]
    for model in apps.get_app_config("taxonomy").get_models():
        fields = {field.name for field in model._meta.get_fields()}
        if "uid" in fields and model.objects.filter(uid=uid).exists():
            if model is Assignment:
                return [world.given[who, "accepted"].uid for who in ("other_coder", *BLIND)]
            rows = model.objects.filter(scheme=world.planned) if "scheme" in fields else []
            return [row.uid for row in rows[:2]] + [world.rare.uid] * (model is Category)
    return []


def walk(world, people, addresses):
    """What everybody is told at each address."""
    return {
        (who, url): read(world, who, url)
        for who, names in people.items()
        for url, name in addresses.items()
        if name.startswith(names)
    }


def read(world, who, url, payload=None):
    """Return the status and all that is said but what is random; what was written is undone."""
    sender = Sender(world.cookies[who])
    with transaction.atomic():
        response = sender.get(url) if payload is None else sender.post(url, payload)
        text = bare(text_of(response))
        transaction.set_rollback(True)
    return f"{response.status_code} {text}"


def posts_of(world):
    """What may be sent about the scheme that is blind: the line and its thing, by the address."""
    return {
        url_of(world, line.name, thing): (line, thing)
        for line in table.lines()
        if line.method == "POST" and "scheme" in ROUTES[line.name]
        for thing in things_for(world, line)[:1]
    }


def send_all(world, posts):
    """What is said to somebody blind who sends it; what a page minted is left out."""
    sent = {}
    for url, (line, thing) in posts.items():
        world.things["blind thing"] = thing
        try:
            payload = payload_of(world, "everything", line._replace(thing="blind thing"))
        except (AttributeError, KeyError, IndexError, ValueError, TypeError):
            payload = {}  # made for a thing of another kind
        sent[url] = UID.sub("", read(world, "everything", url, payload))
    return sent


# -- Before the lock --------------------------------------------------------------------------


def test_nothing_that_one_coder_gave_reaches_anybody_before_the_lock(world):
    told = {
        f"{who}: {url}"
        for (who, url), page in world.after.items()
        if PLANTED in page.replace(f"{PLANTED}-searched", "")
    }

    assert Coding.objects.filter(note__startswith=PLANTED).count() == 5
    assert told == {f"admin: {url}" for url in to_answer(world)}


def test_what_each_coder_says_is_read_by_nobody_else_before_the_lock(world):
    told = {
        f"{reader}: {url}"
        for pages in (world.before, world.after)
        for (reader, url), page in pages.items()
        for who in BLIND
        if who != reader and own_words(who) in page
    }

    assert Coding.objects.filter(note__in=map(own_words, BLIND)).count() == len(BLIND) + len(CODED)
    assert told == set()
    for who in ("coder", "blind"):
        own = reverse("taxonomy:coding_mine", args=[world.study.slug])
        assert own_words(who) in world.after[who, own]


def to_answer(world):
    """Where an admin who codes nothing there reads what is proposed, to answer it."""
    at = [world.study.slug, world.planned.slug]
    return {reverse("taxonomy:proposal_list", args=at)}


@pytest.mark.parametrize("who", BLIND)
def test_what_one_coder_gave_changes_no_byte_for_who_codes_the_same(world, who):
    known = uids_there()
    changed = [
        url
        for (reader, url), page in world.before.items()
        if reader == who and unminted(page, known) != unminted(world.after[who, url], known)
    ]

    assert "\n".join(changed) == ""


def uids_there():
    """The uids of all rows there are."""
    models = [model for model in apps.get_models() if hasattr(model, "uid")]
    return {str(uid) for model in models for uid in model.objects.values_list("uid", flat=True)}


def unminted(page, known):
    """Leave out what a page has drawn for its form: uids of no row, seeds, and its window."""
    drawn = UID.sub(lambda found: found[0] if found[0] in known else "", page)
    return DRAWN.sub("", drawn)


def test_what_is_sent_is_answered_alike_whatever_the_other_gave(world):
    changed = [url for url, said in world.sent_before.items() if said != world.sent_after[url]]

    assert "\n".join(changed) == ""
    assert len(world.sent_before) > 30


def test_who_codes_again_reads_their_first_answer_nowhere(world):
    told = [
        url
        for pages in (world.before, world.after)
        for (who, url), page in pages.items()
        if who == "everything" and FIRST in page
    ]

    assert Coding.objects.filter(note=FIRST, coder=world.members["everything"]).count() == 1
    assert told == []


def test_for_nobody_it_counts(world):
    standing = Settlement.objects.filter(scheme=world.planned, to_seq=None)
    at = [world.study.slug, world.planned.slug]
    answers = world.after["admin", reverse("taxonomy:scheme_answers", args=at)]

    assert set(standing.values_list("outcome", flat=True)) == {Outcome.WAITING}
    assert answers.startswith("200 ")
    assert "Rare" not in answers


@pytest.mark.parametrize("who", BLIND)
def test_what_only_the_other_has_is_not_there(world, who):
    none = uuid.uuid4()
    slug, scheme = world.study.slug, world.planned.slug
    theirs = Proposal.objects.get(uid=world.theirs["Proposal"])
    mine = world.given["other_coder", "planned"]

    def of(uid):
        return read(world, who, reverse("taxonomy:proposal_show", args=[slug, scheme, uid]))

    def task(uid):
        return read(world, who, reverse("taxonomy:coding_show", args=[slug, scheme, uid]))

    assert of(theirs.uid) == of(none)
    assert task(mine.uid) == task(none)
    assert of(none).startswith("404")


# -- The lock, and after it -------------------------------------------------------------------


@pytest.fixture
def locked(world):
    """Let all answer for all of it, and lock the batch; nobody codes again any more."""
    Assignment.objects.filter(batch=world.again).delete()
    for (who, name), task in world.given.items():
        category = "Rare" if who == "other_coder" else "Warm"
        if not Assignment.objects.filter(pk=task.pk, state=AssignmentState.DONE).exists():
            say(world, who, name, category=category, note=f"{PLANTED}-last")
    return lock_batch(batch=world.plan, by=None)


def sighted(world):
    return {who for who, member in world.members.items() if sees_results(member, world.planned)}


def test_until_the_lock_it_is_hidden_from_whoever_codes_there_and_from_nobody_else(world):
    assert sighted(world) == table_of_sight(world) - {"other_coder", *BLIND}
    Batch.objects.filter(pk=world.plan.pk).update(state=BatchState.LOCKED)
    assert sighted(world) == table_of_sight(world) - {"everything"}  # who codes again
    Batch.objects.filter(pk=world.again.pk).update(state=BatchState.LOCKED)
    assert sighted(world) == table_of_sight(world)


def table_of_sight(world):
    """Who reads results where they code nothing."""
    roles = {RoleName.CODER, RoleName.ANALYST, RoleName.ADMIN}
    return {who for who, member in world.members.items() if roles & set(member.role_names)}


def test_after_the_lock_it_is_there_for_all_who_read_results(world, locked):
    at = [world.study.slug, world.planned.slug]
    moment = world.incidents["planned"].moments.get()
    table_shown = reverse("reports:table_show", args=at)
    dispute = reverse("taxonomy:dispute_show", args=[*at, moment.uid])

    assert sighted(world) == table_of_sight(world)
    for who in ("everything", "blind", "analyst", "admin"):
        assert "Not yet for you" not in read(world, who, table_shown)
        assert f"{PLANTED}-planned" in read(world, who, dispute)
    assert PLANTED not in read(world, "interviewer", dispute)


def test_who_is_added_after_the_lock_is_blind_until_all_is_given_and_nobody_else(world, locked):
    late = world.members["late"]
    add_coder(batch=locked, coder=late, by=None)
    tasks = list(Assignment.objects.filter(coder=late, batch=locked))
    warm = world.planned.categories.get(name="Warm")
    everybody = table_of_sight(world)

    for task in tasks:
        assert sighted(world) == everybody - {"late"}
        code_moment(assignment=task, by=late, uid=uuid.uuid4(), category=warm)

    assert len(tasks) == len(CODED)
    assert sighted(world) == everybody


def test_an_admin_who_looks_early_is_shown_what_nobody_else_is(world):
    admin = world.members["everything"]
    look_early(scheme=world.planned, by=admin, reason="The server moves.", minutes=15)

    assert sighted(world) == (table_of_sight(world) - {"other_coder", *BLIND}) | {"everything"}


# -- The number of the study ------------------------------------------------------------------


@pytest.fixture
def behind(world):
    """Let every table be behind, a run of the open scheme be of today, and return its pages."""
    scheme, number = world.kinds, Study.objects.values_list("data_seq").get(pk=world.study.pk)[0]
    TallyPointer.objects.filter(scheme=scheme).update(data_seq=number - 1)
    run = Run.objects.get(uid=world.things["runs"]["uid"])
    [asks] = set(digests_of(Table.objects.filter(uid=world.things["table_shared"]["uid"])).values())
    question = {**run.question, "asks": asks}
    Run.objects.filter(pk=run.pk).update(
        question=question, data_seq=number, revision=scheme.revision
    )
    Run.objects.filter(scheme=scheme).exclude(pk=run.pk).delete()
    study, board = world.study.slug, world.things["board"]["uid"]
    return {
        "table": reverse("reports:table_show", args=[study, scheme.slug]),
        "run": reverse("reports:run_show", args=[study, run.uid]),
        "board": reverse("reports:dashboard_show", args=[study, board]),
        "ready": reverse("reports:ready_valences", args=[study, scheme.slug]),
        "file": reverse("reports:table_csv", args=[study, scheme.slug]),
    }


def settle_elsewhere(world):
    """Let the number of the study move as it does when anything is settled in any scheme."""
    Study.objects.filter(pk=world.study.pk).update(data_seq=F("data_seq") + 1)


def test_that_something_is_settled_in_a_hidden_scheme_changes_no_page_of_the_others(world, behind):
    def pages(who):
        return {name: bare(read(world, who, url)) for name, url in behind.items()}

    with at_one_moment():
        before = {who: pages(who) for who in ("blind", "analyst")}
        settle_elsewhere(world)
        after = {who: pages(who) for who in ("blind", "analyst")}

    assert all(page.startswith("200 ") for pages in before.values() for page in pages.values())
    for name in ("table", "board"):
        assert "Being counted again" in before["blind"][name]
    assert "Computed" in before["blind"]["board"]
    assert after["blind"] == before["blind"]
    changed = {name for name, page in after["analyst"].items() if page != before["analyst"][name]}
    assert changed >= {"table", "run", "board"}


def test_what_a_table_that_is_behind_asks_by_holds_no_number_of_the_study(world, behind):
    number = TallyPointer.objects.get(scheme=world.kinds).data_seq

    asked = re.findall(r"seen=([^&\"]*)", read(world, "blind", behind["table"]))

    assert asked
    assert str(number) not in asked
