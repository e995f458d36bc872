"""The table of who may do what, walked: every address, every kind of person.

Refused means the status, no row changed, and no confidential word in the answer.
"""

import datetime as dt
import hashlib
import io
import re
import uuid
import zipfile
from types import SimpleNamespace

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import URLResolver, get_resolver, reverse

from incidents.choices import RoleName
from incidents.models import Incident, Study
from taxonomy.actions import suggesting
from taxonomy.actions.coding import code_moment
from taxonomy.models import Assignment
from tests.conventions import access_table as table
from tests.conventions.access_world import count_anew, make_world
from tests.factories import MemberFactory, UserFactory

OURS = ("incidents", "taxonomy", "reports")
LINES = table.lines()
READ = [line for line in LINES if line.method == "GET"]
WRITTEN = [line for line in LINES if line.method == "POST"]
SIGHT = {who: {f"zq-{name}" for name in names} for who, names in table.sight().items()}
TOKEN = re.compile(r"\b(z[qz])-([a-z]+-[a-z_]+)")
WAYS_IN = {"/", "/accounts/login/", "/admin/login/"}
SIGN_IN = "/accounts/login/"
HTMX = {"HX-Request": "true"}
# In addresses, and the same in both studies.
WORDS = {"slug", "scheme", "other", "page", "field", "query"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RANDOM = re.compile(
    r"csrf[-_a-z]*\"[^>]*>"
    r"|'(?:Content-Length|Expires|X-Request-ID)': '[^']*'"
    r"|name=\"uid\" value=\"[^\"]*\""  # minted by the form
)
SECURITY = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def routes():
    """Return the parameters of every address that has a name, by name."""
    return dict(_routes(get_resolver().url_patterns, "", ()))


def _routes(patterns, space, above):
    for pattern in patterns:
        params = (*above, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, pattern.namespace or space, params)
        else:
            yield f"{space}:{pattern.name}".removeprefix(":"), params


ROUTES = routes()


def url_of(world, name, thing, query=""):
    """Return the address of a thing."""
    known = {"slug": world.study.slug, **thing}
    if "incident_uid" in ROUTES[name]:
        known |= {"uid": known["interview"], "incident_uid": known["uid"]}
    elif name == "incidents:moment_valence":
        known["uid"] = known["moment"]
    address = reverse(name, kwargs={param: known[param] for param in ROUTES[name]})
    return address + query + thing.get("query", "")


# -- One study for all of it ------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Return a study with one of everything and who knocks at it; another like it is elsewhere."""
    with django_db_blocker.unblock(), transaction.atomic():
        built = make_world("zq")
        built.elsewhere = make_world("zz")
        built.all_roles = MemberFactory(study=built.study, roles=list(RoleName))
        built.cookies = {
            **{who: cookies_of(member.user) for who, member in built.members.items()},
            "superuser": cookies_of(UserFactory(is_superuser=True, is_staff=True)),
            "outsider": cookies_of(built.elsewhere.members["admin"].user),
            "inactive": cookies_of(built.inactive.user),
            "deactivated": cookies_of(built.deactivated.user),
            "all_roles": cookies_of(built.all_roles.user),
            "anonymous": {},
        }
        built.deactivated.user.is_active = False
        built.deactivated.user.save(update_fields=["is_active"])
        built.rows = all_rows()
        built.answers = {}
        yield built
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _unblocked(db):
    """Let every test reach the database, each in a savepoint of its own."""


@pytest.fixture(autouse=True)
def _few_suffice(monkeypatch):
    """Let a classifier be asked for however little there is to learn from."""
    monkeypatch.setattr(suggesting, "FEWEST_MOMENTS", 0)


def cookies_of(user):
    client = Client()
    client.force_login(user)
    key = client.session.session_key
    UserSession.objects.create(user=user, ip="192.0.2.1", session_key=key)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def all_rows():
    """Return a digest of every row there is, sessions apart."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model is not Session:
                table, key = model._meta.db_table, model._meta.pk.column
                cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")
                digest.update(repr((table, cursor.fetchall())).encode())
    return digest.hexdigest()


# -- Asking -----------------------------------------------------------------------------------


HANDLERS = {csrf: ClientHandler(enforce_csrf_checks=csrf) for csrf in (False, True)}


class Sender(RequestFactory):
    """Sends requests as the server gets them, and hands its errors back as answers."""

    def __init__(self, cookies, *, csrf=False):
        super().__init__()
        self.cookies.load(cookies)
        self.handler = HANDLERS[csrf]

    def request(self, **request):
        return self.handler(self._base_environ(**request))


def ask(world, who, method, url, payload=None, *, csrf=False, **headers):
    """Ask as somebody, say whether it changed any row, and take it all back."""
    sender = Sender(world.cookies[who], csrf=csrf)
    wrote = []
    with transaction.atomic(), connection.execute_wrapper(noting_writes(wrote)):
        if payload is None:
            response = sender.generic(method, url, headers=headers)
        else:
            response = sender.post(url, payload, headers=headers)
        text = text_of(response)
        changed = bool(wrote) and all_rows() != world.rows
        transaction.set_rollback(True)
    return SimpleNamespace(
        headers=response.headers,
        status=str(response.status_code),
        text=text,
        tokens={
            f"{tag}-{rest}"
            for tag, rest in TOKEN.findall(text)
            if (tag, who) != ("zz", "outsider")  # their own study
        },
        changed=changed,
        signed_in=who not in table.SIGNED_OUT,
    )


def noting_writes(wrote):
    """Note what may change a row; only then all rows need be compared."""

    def execute(run, sql, params, many, context):
        if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO")):
            wrote.append(sql)
        return run(sql, params, many, context)

    return execute


def text_of(response):
    """Return all that an answer says, its headers and what is packed in it too."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            content = b"\n".join(packed.read(name) for name in packed.namelist())
    return f"{content.decode()}\n{dict(response.headers)}"


def payload_of(world, who, line):
    if line.method != "POST":
        return None
    thing = world.things[line.thing]
    incident = Incident.objects.filter(uid=thing.get("uid")).first()
    asked = SimpleNamespace(world=world, who=who, thing=thing, incident=incident)
    return table.PAYLOADS[line.name](asked)


def send(world, who, line, **headers):
    """Ask what a line says; what was read already is not read again while no row has changed."""
    if line.method != "GET":
        return _send(world, who, line, headers)
    known = (line.name, line.query, line.thing, who, *headers, world.rows)
    if known not in world.answers:
        world.answers[known] = _send(world, who, line, headers)
    return world.answers[known]


def _send(world, who, line, headers):
    url = url_of(world, line.name, world.things[line.thing], line.query)
    return ask(world, who, line.method, url, payload_of(world, who, line), **headers)


def wrong_with(world, who, answer, *, expected, readable):
    """Name what an answer should not have been or held."""
    done = expected == "yes"
    statuses = {"200", "302"} if done else {expected}
    faults = []
    if answer.status not in statuses:
        faults.append(f"{answer.status} instead of {expected}")
    if answer.changed != done:
        faults.append("changed rows" if answer.changed else "changed nothing")
    if int(answer.status) >= 400 and answer.tokens and expected not in {"409", "422"}:
        faults.append(f"refused, but told {sorted(answer.tokens)}")
    if answer.tokens - readable:
        faults.append(f"read {sorted(answer.tokens - readable)}")
    if answer.status == "404" and bare(answer.text) != nothing_for(world, who):
        faults.append("a 404 that differs from that of a study that does not exist")
    faults += [f"header {name}" for name in missing_headers(answer)]
    return [f"{who}: {fault}" for fault in faults]


def nothing_for(world, who):
    """Return what is answered for a study that does not exist."""
    if who not in world.answers:
        answer = ask(world, who, "GET", "/s/no-such-study/")
        assert answer.status == "404"
        world.answers[who] = bare(answer.text)
    return world.answers[who]


def bare(text):
    """Leave out what is random."""
    return RANDOM.sub("", text)


def at_one_moment():
    """Let the clock stand, so that pages read one after the other are of one minute and day."""
    return time_machine.travel(dt.datetime.now(dt.UTC), tick=False)


def missing_headers(answer):
    headers = answer.headers
    wrong = [name for name, value in SECURITY.items() if headers.get(name) != value]
    policy = headers.get("Content-Security-Policy", "")
    parts = {part.strip() for part in policy.split(";")}  # in any order
    if "unsafe" in policy or not {"default-src 'none'", "script-src 'self'"} <= parts:
        wrong.append("Content-Security-Policy")
    kept = headers.get("Cache-Control", "")
    if answer.signed_in and not ("no-store" in kept and "private" in kept):
        wrong.append("Cache-Control")
    return wrong


def readable_by(who):
    """Return the words that somebody may read; who administers the other study reads of it."""
    return SIGHT.get(who, set())


def by_uid(line):
    return bool(set(ROUTES[line.name]) - WORDS)


def walk(world, line, people, *, outside=False):
    """Name all that was wrong with the answers that these people got."""
    faults = []
    for who in people:
        expected = outsiders_answer(line, who) if outside else line.answers[who]
        answers = [send(world, who, line)]
        if has_parts(line, answers[0]):
            answers.append(send(world, who, line, **HTMX))
        for answer in answers:
            faults += wrong_with(world, who, answer, expected=expected, readable=readable_by(who))
    return faults


def has_parts(line, page):
    """Say whether htmx may get something else of this page."""
    return line.method == "GET" and "HX-Request" in page.headers.get("Vary", "")


def outsiders_answer(line, who):
    exception = table.ELSEWHERE.get(line.name, {}).get(who, "404")
    return {"GET": "200", "POST": "yes"}[line.method] if exception == "may" else exception


# -- The walk ---------------------------------------------------------------------------------


@pytest.mark.parametrize("line", LINES, ids=str)
def test_every_member_gets_the_answer_of_the_table_and_no_word_beyond_it(world, line):
    assert walk(world, line, table.PEOPLE) == []


@pytest.mark.parametrize("line", LINES, ids=str)
def test_who_is_not_in_the_study_finds_nothing_there(world, line):
    assert walk(world, line, table.OUTSIDERS, outside=True) == []


@pytest.mark.parametrize("line", LINES, ids=str)
def test_who_is_not_signed_in_is_led_to_the_sign_in_and_a_script_is_told(world, line):
    faults = []
    for who in table.SIGNED_OUT:
        led = send(world, who, line)
        by_script = [
            send(world, who, line, **headers) for headers in (HTMX, {"Accept": "application/json"})
        ]
        faults += [who] * (led.headers.get("Location", "").split("?")[0] != SIGN_IN)
        for answer, status in ((led, "302"), *((one, "401") for one in by_script)):
            faults += wrong_with(world, who, answer, expected=status, readable=set())
    assert faults == []


@pytest.mark.parametrize("who", table.PEOPLE)
def test_everybody_reads_on_some_page_what_the_table_lets_them(world, who):
    seen = set()
    for line in READ:
        if line.answers[who] in {"200", "yes"}:
            seen |= send(world, who, line).tokens

    assert seen == readable_by(who)


def test_every_planted_word_is_in_the_table_and_elsewhere_there_are_others(world):
    planted = {
        word.partition("-")[2]
        for model in apps.get_models()
        for row in model._base_manager.values_list()
        for word in (match.group() for match in TOKEN.finditer(str(row)))
        if word.startswith("zq-")
    }
    abroad = reverse("incidents:region_list", args=[world.elsewhere.study.slug])

    assert planted == table.words()
    assert "zz-region-north" in ask(world, "outsider", "GET", abroad).text


# -- The table is whole -----------------------------------------------------------------------


def test_every_address_has_a_line_and_every_line_an_address():
    ours = {name for name in ROUTES if name.split(":")[0] in OURS} - table.BY_LINK

    assert {line.name for line in LINES} == ours
    others = {name for name in ROUTES if not name.startswith((*table.FOREIGN, "None"))}
    assert others - table.BY_LINK == ours


def test_every_write_has_a_payload_and_is_done_by_somebody():
    done = {line.name for line in WRITTEN if "yes" in line.answers.values()}
    by_outsiders = {"reports:study_create"}
    only_ask = {"incidents:incident_received", "taxonomy:categories_preview"}

    assert set(table.PAYLOADS) == {line.name for line in WRITTEN}
    assert done | by_outsiders | only_ask == {line.name for line in WRITTEN}


def test_every_page_is_read_by_somebody():
    read = {line.name for line in READ if {"200", "yes"} & set(line.answers.values())}

    by_outsiders = {"reports:study_create", "reports:component_list"}
    leads_on = {"reports:table_open", "taxonomy:scheme_against_any"}

    assert read | by_outsiders | leads_on == {line.name for line in READ}


@pytest.mark.parametrize("name", sorted({line.name for line in LINES}))
def test_an_address_answers_to_no_other_method(world, name):
    mine = [line for line in LINES if line.name == name]
    url = url_of(world, name, world.things[mine[0].thing])
    for method in set(METHODS) - {line.method for line in mine}:
        answer = ask(world, "admin", method, url)
        assert (answer.status, answer.tokens, answer.changed) == ("405", set(), False)


@pytest.mark.parametrize("line", WRITTEN, ids=str)
def test_nothing_is_written_without_the_token_of_the_form(world, line):
    who = next((who for who, answer in line.answers.items() if answer == "yes"), "admin")
    url = url_of(world, line.name, world.things[line.thing])

    answer = ask(world, who, "POST", url, payload_of(world, who, line), csrf=True)

    assert (answer.status, answer.changed, answer.tokens) == ("403", False, set())


# -- One study knows nothing of another -------------------------------------------------------


@pytest.mark.parametrize("line", [line for line in LINES if by_uid(line)], ids=str)
def test_what_belongs_to_another_study_is_as_good_as_missing(world, line):
    mine, theirs = world.things[line.thing], world.elsewhere.things[line.thing]
    missing = {key: uuid.uuid4() if key not in WORDS else mine[key] for key in mine}

    for thing in ({**theirs, "slug": mine["slug"]}, missing):
        url = url_of(world, line.name, thing)
        answer = ask(world, "all_roles", line.method, url, payload_of(world, "admin", line))
        assert (answer.status, answer.changed, answer.tokens) == ("404", False, set())
        assert bare(answer.text) == nothing_for(world, "all_roles")


# -- Packages ---------------------------------------------------------------------------------


def test_of_the_packages_only_the_way_in_is_open_to_all(client, db):
    open_to_all = set()
    for name, params in ROUTES.items():
        if name.startswith(table.FOREIGN) and not name.endswith(":None"):
            known = {"key": "x", "uidb36": "1", "app_label": "incidents", "url": "x"}
            url = reverse(name, kwargs={param: known.get(param, "1") for param in params})
            answer = client.get(url)
            led = answer.status_code == 302 and answer.url.split("?")[0] in WAYS_IN
            open_to_all |= set() if led else {name}

    assert open_to_all == table.OPEN_TO_ALL


def test_the_administration_is_about_accounts_only():
    assert [model._meta.label for model in admin.site._registry] == ["incidents.User"]


@pytest.mark.parametrize("who", ["admin", "outsider", "blind"])
def test_the_administration_is_closed_to_members(world, who):
    assert ask(world, who, "GET", "/admin/").status == "302"
    assert ask(world, who, "GET", "/admin/login/").status == "403"


# -- Who codes blindly ------------------------------------------------------------------------


def pages_of(world, who):
    """Return the pages about the planned scheme and the study as somebody reads them."""
    lines = [line for line in READ if line.thing in {"planned_scheme", "planned", "nothing"}]
    return {
        str(line): bare(send(world, who, line).text)
        for line in lines
        if line.answers[who] in {"200", "204", "yes"}
        and not line.name.startswith("taxonomy:import")
    }


def code_otherwise(world):
    """Let the other coder answer anew and more in the planned scheme."""
    quick, coder = world.planned.categories.get(name="Quick"), world.members["other_coder"]
    for name in ("planned", "accepted", "theirs"):
        moment = world.incidents[name].moments.get()
        assignment, _new = Assignment.objects.get_or_create(
            batch=world.plan, moment=moment, coder=coder
        )
        code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=quick)
    count_anew(world.study)


def test_what_others_code_changes_nothing_on_any_page_of_who_codes_blindly(world, monkeypatch):
    with at_one_moment():
        before = {who: pages_of(world, who) for who in ("blind", "analyst")}
        code_otherwise(world)
        monkeypatch.setattr(world, "rows", all_rows())
        after = {who: pages_of(world, who) for who in ("blind", "analyst")}

    assert before["blind"] == after["blind"]
    changed = {name for name, page in after["analyst"].items() if before["analyst"][name] != page}
    assert {line.split()[1] for line in changed} >= {
        "reports:table_show",
        "reports:table_csv",
    }


def test_the_grid_offers_who_codes_blindly_no_category_of_that_scheme(world):
    category = world.planned.categories.get(name="Warm")
    grid = reverse("reports:incident_list", args=[world.study.slug])

    choices = reverse("reports:filter_choices", args=[world.study.slug, "category"])

    for url in (grid, f"{grid}?filters=whole", f"{grid}?category={category.uid}", choices):
        answer = ask(world, "blind", "GET", url)
        assert f'"{category.uid}"' not in answer.text
        assert ("words-planned" in answer.text) == (url.split("?filters")[0] == grid)
    for url in (f"{grid}?filters=whole", choices):
        assert f'"{category.uid}"' in ask(world, "analyst", "GET", url).text


# -- Names of organizations -------------------------------------------------------------------


def test_analysts_read_the_names_of_organizations_where_the_study_lets_them(world, monkeypatch):
    lines = [line for line in READ if line.name.startswith("reports:") and line.thing == "kinds"]
    Study.objects.filter(pk=world.study.pk).update(names_shown_to_analysts=True)
    monkeypatch.setattr(world, "rows", all_rows())

    def read(who):
        return set().union(*(send(world, who, line).tokens for line in lines))

    assert {"zq-org-owner", "zq-org-interviewer", "zq-org-file"} <= read("analyst")
    assert not any(token.startswith("zq-org") for token in read("coder") | read("owner"))


@pytest.mark.parametrize("name", ["incidents:incident_show", "taxonomy:coding_show"])
def test_who_codes_what_another_was_told_reads_the_words_alone_though_an_interviewer(world, name):
    thing = world.things["shared" if name == "incidents:incident_show" else "task_shared"]

    answer = ask(world, "interviewer_coder", "GET", url_of(world, name, thing))

    assert answer.tokens == {"zq-words-shared", "zq-study-name"}
