"""Every field of every form is given sixty values that nobody means to type, and one too long.

Whatever comes, no answer is an error of the server, and what is refused changes no row. What
became of each value stands in bad_input.txt, so that both databases are held to the same. A usual
run tries one value in every other field, and the one beyond each limit; CANDID_BAD_INPUT=all tries
all, and CANDID_BAD_INPUT=write writes what became of them; where fields are new it is run twice.
"""

import fcntl
import os
import re
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from incidents.actions.invitations import invite
from incidents.choices import RoleName
from tests.conventions import bad_forms
from tests.conventions.bad_forms import NO_LIMIT, Form, asked_of
from tests.conventions.bad_values import VALUES
from tests.conventions.test_access import (
    ROUTES,
    WRITTEN,
    Sender,
    _unblocked,  # noqa: F401  (a fixture)
    all_rows,
    noting_writes,
    table,
    world,  # noqa: F401  (a fixture)
)

VERDICTS = Path(__file__).with_name("bad_input.txt")
HEADING = """\
# What becomes of bad_values.VALUES in each field of each form, and of one beyond its limit:
# k kept as typed, t answered without keeping just that, r refused, - cannot be sent.
"""
HOW_MUCH = os.environ.get("CANDID_BAD_INPUT", "")
FORM = "application/x-www-form-urlencoded"
KEPT, TAKEN, REFUSED, NOT_SENT, UNKNOWN = "ktr-?"
LONGEST_ADDRESS = 4000  # gunicorn takes no longer line
DRAFTS = {f"incidents:incident_{verb}" for verb in ("record", "draft", "submit")}  # keep it all
WRITES_TO = re.compile(r'(?:INSERT INTO|UPDATE) "(\w+)"')
TRIED = [*VALUES, "one beyond the limit"]


class Known(NamedTuple):
    """One line of bad_input.txt: a field, its limit, and a letter for each value."""

    limit: str
    letters: str


def known_verdicts():
    known = {}
    for line in VERDICTS.read_text().splitlines() if VERDICTS.exists() else []:
        if not line.startswith("#"):
            method, name, field, limit, letters = line.split()
            fields = known.setdefault(Form(method, name), {})
            fields |= {} if field == "-" else {field: Known(limit, letters)}
    return known


KNOWN = known_verdicts()
FORMS = [form for form in KNOWN if KNOWN[form]]


@pytest.fixture(scope="module", autouse=True)
def _prepared(world):  # noqa: F811
    """Let an invitation be open to whoever has its link."""
    study, admin = world.study, world.members["admin"]
    _invitation, world.token = invite(
        study=study, by=admin, email="link@example.org", display_name="Eve", roles=[RoleName.CODER]
    )
    world.rows = all_rows()


@pytest.fixture(autouse=True)
def _in_no_hurry(settings):
    """Let a long run not be asked who is there, and no key be tried too often."""
    settings.REAUTHENTICATE_MINUTES = 10_000
    settings.MFA_RATE_LIMITS = False


# -- Sending ----------------------------------------------------------------------------------


def verdict(world, form, field, value):  # noqa: F811
    """Send a form with one value in one field, take it all back, and say what became of it."""
    asked = asked_of(world, form)
    sender = Sender(world.cookies[asked.who])
    body, kind = packed(asked.payload, field, value)
    address = f"{asked.url}?{body}" if form.method == "GET" else asked.url
    if len(address) > LONGEST_ADDRESS:
        return SimpleNamespace(letter=NOT_SENT, faults=[])
    wrote = []
    with transaction.atomic(), connection.execute_wrapper(noting_writes(wrote)):
        response = sender.generic(form.method, address, body, content_type=kind)
        answer = judged(world, response, wrote, value)
        transaction.set_rollback(True)
    return answer


def packed(payload, field, value):
    """Return what is sent, and how: a form, or a file whose content or name is the value."""
    if field not in {"file", "file-name"}:
        return urlencode({**payload, field: value}, doseq=True), FORM
    content, name = (value, b"new.csv") if field == "file" else (b"narrative,name\nx,y\n", value)
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"',
        b"Content-Type: text/csv",
        b"",
        content,
        b"--x--\r\n",
    ]
    return b"\r\n".join(parts), "multipart/form-data; boundary=x"


def judged(world, response, wrote, value):  # noqa: F811
    if response.status_code >= 500:
        return SimpleNamespace(letter=REFUSED, faults=[str(response.status_code)])
    if connection.needs_rollback:
        return SimpleNamespace(letter=REFUSED, faults=["left a broken transaction"])
    if response.status_code >= 400:
        changed = bool(wrote) and all_rows() != world.rows
        faults = ["was refused, and yet rows changed"] if changed else []
        return SimpleNamespace(letter=REFUSED, faults=faults)
    return SimpleNamespace(letter=KEPT if is_kept(wrote, value) else TAKEN, faults=[])


def is_kept(wrote, value):
    """Say whether a row holds what was typed, letter by letter, apart from space around it."""
    written = {match[1] for sql in wrote if (match := WRITES_TO.match(sql))}
    text = value.decode(errors="replace").strip()
    return bool(text) and any(
        text in texts_in(list(row))
        for model in apps.get_models()
        if model._meta.db_table in written and model is not Session
        for row in model._base_manager.values_list()
    )


def texts_in(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return {text for part in value for text in texts_in(part)}
    return {value} if isinstance(value, str) else set()


def values_for(limit):
    """Return the sixty values, and one beyond the limit of a field."""
    kind, _colon, most = limit.partition(":")
    beyond = {"length": b"x" * (int(most or 0) + 1), "most": str(int(most or 0) + 1).encode()}
    return [*VALUES.values(), beyond.get(kind)]


def is_tried(form, field, place):
    """Say whether a usual run tries a value: one in every other field, and those beyond limits."""
    chosen = zlib.crc32(f"{form} {field}".encode()) % (2 * len(VALUES))
    return bool(HOW_MUCH) or place == chosen or place == len(VALUES)


# -- The walk ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_no_value_in_any_field_is_more_than_taken_or_refused(world, form):  # noqa: F811
    faults, found = [], {}
    for field, known in KNOWN[form].items():
        letters = ""
        for place, value in enumerate(values_for(known.limit)):
            if not is_tried(form, field, place):
                continue
            answer = verdict(world, form, field, value) if value is not None else None
            letter, wrong = (answer.letter, answer.faults) if answer else (NOT_SENT, [])
            letters += letter
            if HOW_MUCH != "write" and known.letters[place] not in {letter, UNKNOWN}:
                wrong = [*wrong, f"{letter}, not {known.letters[place]}"]
            faults += [f"{field}: {TRIED[place]}: {fault}" for fault in wrong]
        found[field] = Known(known.limit, letters)
    if HOW_MUCH == "write":
        write_verdicts({form: found})

    assert faults == []


def write_verdicts(found):
    """Put what was found in place of what was known; several processes may do so at once."""
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        everything = sorted((known_verdicts() | found).items())
        rows = [
            f"{form} {field} {known.limit} {known.letters}\n"
            for form, fields in everything
            for field, known in (sorted(fields.items()) or [("-", Known("-", "-"))])
        ]
        written = VERDICTS.with_suffix(".new")
        written.write_text(HEADING + "".join(rows))
        written.replace(VERDICTS)


def with_verdicts(form, fields):
    """Return the fields of a form with what is known of them; of new ones that is nothing."""
    known = known_verdicts().get(form, {})
    new = Known("", UNKNOWN * len(TRIED))
    return {field: Known(limit, known.get(field, new).letters) for field, limit in fields.items()}


def test_nothing_beyond_a_limit_is_kept_but_in_drafts():
    kept = {
        form.name
        for form in FORMS
        for known in KNOWN[form].values()
        if known.limit != NO_LIMIT and known.letters[-1] == KEPT
    }

    assert kept == DRAFTS


# -- The list is whole ------------------------------------------------------------------------


def test_the_verdicts_are_about_every_field_of_every_form(world):  # noqa: F811
    there = bad_forms.offered(world)
    if HOW_MUCH == "write":
        write_verdicts({form: with_verdicts(form, fields) for form, fields in there.items()})
    listed = {form: {at: known.limit for at, known in KNOWN[form].items()} for form in KNOWN}

    assert listed == there
    assert {len(known.letters) for form in FORMS for known in KNOWN[form].values()} == {len(TRIED)}


def test_every_address_that_takes_a_form_is_walked_or_said_not_to_be():
    walked = {form.name for form in KNOWN if form.method == "POST"}
    foreign = {name for name in ROUTES if name.startswith(table.FOREIGN)}
    spared = {*bad_forms.NOT_WALKED, *bad_forms.WITHOUT_FORM}

    assert walked == {line.name for line in WRITTEN} | set(bad_forms.OPEN)
    assert {name for name in foreign - walked if not name.startswith("admin:")} == spared
    assert len(VALUES) == 60
