"""The forms there are: what the pages of the access table offer, and those of the packages."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.urls import Resolver404, resolve, reverse

from tests.conventions.test_access import READ, ROUTES, WRITTEN, ask, payload_of, send, url_of

NOT_TYPED = {"csrfmiddlewaretoken"}
NO_LIMIT = "-"
DONE = {"200", "yes"}
PART = re.compile(r"form-(\d+)-")
ALIKE = re.compile(r"(finding)-\w+$|\w+-(name|unmet|effect)$")  # one for each criterion of a study
INCLUDED = re.compile(r"\[name=([\w-]+)\]")
NEW_PASSWORD = "four words and more"

# Forms of the packages, and of whoever has a link: who sends them, and what.
OPEN = {
    "set_language": ("owner", {"language": "fr", "next": "/"}),
    "account_login": ("anonymous", {"login": "x@example.org", "password": "x", "remember": "on"}),
    "account_logout": ("owner", {}),
    "account_reset_password": ("anonymous", {"email": "x@example.org"}),
    "account_change_password": (
        "owner",
        {"oldpassword": "x", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    ),
    "account_reauthenticate": ("owner", {"password": "x"}),
    "mfa_activate_totp": ("owner", {"code": "123456"}),
    "mfa_add_webauthn": ("owner", {"name": "Key", "credential": "{}"}),
    "mfa_login_webauthn": ("anonymous", {"credential": "{}"}),
    "mfa_generate_recovery_codes": ("owner", {}),
    "incidents:invitation_accept": (
        "anonymous",
        {"name": "Eve", "password": NEW_PASSWORD, "again": NEW_PASSWORD},
    ),
}
NOT_WALKED = {  # and the administration: for superusers, switched off in production
    "account_reset_password_from_key": "opens by a mail only",
    "account_confirm_email": "opens by a mail only",
    "account_confirm_login_code": "switched off",
    "account_email": "leads to one's own account",
    "account_set_password": "for accounts without a password; there are none",
    "account_signup": "closed",
    "mfa_authenticate": "between password and second factor",
    "mfa_reauthenticate": "needs a second factor",
    "mfa_reauthenticate_webauthn": "needs a second factor",
    "mfa_deactivate_totp": "needs a second factor",
    "mfa_edit_webauthn": "needs a second factor",
    "mfa_remove_webauthn": "needs a second factor",
}
WITHOUT_FORM = {
    "icon",
    "account_inactive",
    "account_email_verification_sent",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
}


class Form(NamedTuple):
    """What may be sent to one address."""

    method: str
    name: str

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


# -- Who sends it, and what -------------------------------------------------------------------


def asked_of(world, form):
    """Return who sends a form, where to, and what would be right to send."""
    if form.name in OPEN:
        who, payload = OPEN[form.name]
        params = {"token": world.token} if ROUTES[form.name] else {}
        return SimpleNamespace(who=who, url=reverse(form.name, kwargs=params), payload=payload)
    line, who = line_of(form)
    url = url_of(world, form.name, world.things[line.thing])
    return SimpleNamespace(who=who, url=url, payload=payload_of(world, who, line) or {})


def line_of(form):
    """Return the first line of the access table by which somebody may do this, and who."""
    lines = [
        line for line in READ + WRITTEN if (line.method, line.name) == (form.method, form.name)
    ]
    return next(((line, doer_of(line)) for line in lines if doer_of(line)), (lines[0], "superuser"))


def doer_of(line):
    """Return somebody who may do what a line says; pages show most to admins."""
    able = [who for who, answer in line.answers.items() if answer in DONE]
    return "admin" if line.method == "GET" and "admin" in able else next(iter(able), None)


# -- What pages offer -------------------------------------------------------------------------


class Offers(HTMLParser):
    """Gathers what a page lets one send: fields with their limits, by form."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.found = {}
        self._forms = []  # each: its id, where it goes, its fields
        self._fields = []  # each: the form it names, itself
        self._open = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self._open = SimpleNamespace(id=given.get("id"), targets=set(), fields={})
            self._forms.append(self._open)
            method = "GET" if given.get("method", "get").lower() == "get" else "POST"
            self._open.targets.add((method, given.get("action") or self.url))
            for name in INCLUDED.findall(given.get("hx-include", "")):
                self._open.fields[name] = NO_LIMIT
        elif given.get("name") and tag in {"input", "textarea", "select", "button"}:
            self._note(given)
        if given.get("formaction") and self._open:
            self._open.targets.add(("POST", given["formaction"]))
        for address in (given.get("href") if tag == "a" else None, given.get("hx-get")):
            self._follow(address)

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None

    def _note(self, given):
        limit = NO_LIMIT
        if given.get("maxlength"):
            limit = f"length:{given['maxlength']}"
        elif given.get("max", "").isdecimal():
            limit = f"most:{given['max']}"
        if given.get("form"):
            self._fields.append((given["form"], given["name"], limit))
        elif self._open:
            self._open.fields[given["name"]] = limit

    def _follow(self, address):
        for name, _value in parse_qsl(urlsplit(address or "").query, keep_blank_values=True):
            self._offer("GET", address, {name: NO_LIMIT})

    def _offer(self, method, address, fields):
        name = name_of(urlsplit(urljoin(self.url, address)).path)
        keep_limits(self.found.setdefault(Form(method, name), {}), fields)

    def close(self):
        """Bring fields that stand elsewhere on the page to their forms."""
        super().close()
        for form in self._forms:
            elsewhere = {name: limit for ident, name, limit in self._fields if ident == form.id}
            for method, address in form.targets:
                self._offer(method, address, form.fields | elsewhere)


def keep_limits(known, fields):
    """Add fields to those that are known; a link to the same address says no limit."""
    for name, limit in fields.items():
        if limit != NO_LIMIT or name not in known:
            known[name] = limit


def name_of(path):
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def offered(world):
    """Return the fields of all forms, on all pages and in links, with their limits."""
    found = {Form("POST", line.name): {} for line in WRITTEN}
    for url, page in pages(world):
        offers = Offers(url)
        offers.feed(page.text)
        offers.close()
        for form, fields in offers.found.items():
            keep_limits(found.setdefault(form, {}), fields)
    for name in OPEN:
        found.setdefault(Form("POST", name), {})
    walked = {form: typed(world, form, fields) for form, fields in found.items() if is_form(form)}
    return {form: fields for form, fields in walked.items() if fields or form.method == "POST"}


def pages(world):
    """Read every page of the access table, and those of the packages."""
    for line in READ:
        who = doer_of(line) or "superuser"
        url = url_of(world, line.name, world.things[line.thing], line.query)
        yield url, send(world, who, line)
    for name in OPEN:
        asked = asked_of(world, Form("POST", name))
        yield asked.url, ask(world, asked.who, "GET", asked.url)


def is_form(form):
    """Say whether something is sent there: links to what opens no page lead elsewhere."""
    if form.method == "POST":
        return form.name in OPEN or any(line.name == form.name for line in WRITTEN)
    return form.name in OPEN or any(line.name == form.name and doer_of(line) for line in READ)


def typed(world, form, fields):
    """Return the fields that somebody may fill in, those of the right payload among them."""
    payload = asked_of(world, form).payload if form.method == "POST" else {}
    fields = fields | {"file-name": NO_LIMIT} if "file" in fields else fields
    names = {*fields, *payload} - NOT_TYPED
    sent = sorted(name for name in names if not is_beyond(name, payload))
    firsts = {kind_of(name): name for name in reversed(sent)}.values()
    return {name: fields.get(name, NO_LIMIT) for name in sent if name in firsts}


def kind_of(name):
    """Return what a field has in common with those that a loop made with it; one is walked."""
    alike = ALIKE.match(name)
    return alike[alike.lastindex] if alike else name


def is_beyond(name, payload):
    """Say whether a field belongs to a part of a form that is not sent."""
    part = PART.match(name)
    return bool(part) and int(part[1]) >= int(payload["form-TOTAL_FORMS"])
