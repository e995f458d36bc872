"""Every sentence goes through gettext, and is said in every language."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings

from scripts import catalogues

TEMPLATES = sorted(
    path
    for path in (settings.BASE_DIR / "templates").rglob("*")
    if path.suffix in (".html", ".txt")
)
IN_NO_LANGUAGE = {"Candid", "SERVE", "CSV", "XLSX", "JSON", "Alt", "Ctrl", "Enter", "Esc", "kB"}
SPOKEN = ("title", "alt", "placeholder", "aria-label", "aria-description", "content")
MARKED = re.compile(
    r"{%\s*blocktrans(late)?\b.*?{%\s*endblocktrans(late)?\s*%}"
    r"|{%\s*comment\b.*?{%\s*endcomment\s*%}"
    r"|{%\s*block\s+\w+_class\s*%}.*?{%\s*endblock\b.*?%}"  # names of styles
    r"|{#.*?#}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
WORD = re.compile(r"[^\W\d_]{2,}")


SILENT = ("script", "style", "code")  # what a computer reads


class Unmarked(HTMLParser):
    """Gathers the words of a template that nobody can translate."""

    def __init__(self):
        super().__init__()
        self.words = []
        self._silent = 0

    def handle_starttag(self, tag, attrs):
        self._silent += tag in SILENT
        is_metadata = tag == "meta" and dict(attrs).get("name") != "description"
        for name, value in attrs:
            if name in SPOKEN and not is_metadata:
                self.gather(value)

    def handle_endtag(self, tag):
        self._silent -= tag in SILENT

    def handle_data(self, data):
        if not self._silent:
            self.gather(data)

    def gather(self, text):
        self.words += [word for word in WORD.findall(text or "") if word not in IN_NO_LANGUAGE]


def unmarked(source):
    parser = Unmarked()
    parser.feed(MARKED.sub("", source))
    parser.close()
    return parser.words


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_past_gettext(path):
    assert unmarked(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>{% translate 'Hello' %}</p>", []),
        ("<p>Hello</p>", ["Hello"]),
        ('<a title="Open it" href="x">{{ name }}</a>', ["Open", "it"]),
        ("{% blocktranslate %}Hello{% endblocktranslate %} you", ["you"]),
        ("<script>let hello;</script>{# a note #}", []),
        ("<code>merged_into</code> you", ["you"]),
    ],
)
def test_what_is_not_marked_is_found(source, words):
    assert unmarked(source) == words


# -- What is said in other languages ------------------------------------------------------------

PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|{\w+}|</?\w+[^>]*>")


def sayings(catalog):
    """Return what a catalogue says, by message and context, each as a tuple of its forms."""
    return {
        (forms(message.id), message.context): forms(message.string)
        for message in catalog
        if message.id
    }


def forms(said):
    return (said,) if isinstance(said, str) else tuple(said or ("",))


def placeholders(text):
    return sorted(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_everything_is_said_in_every_language_and_nothing_else(language):
    said = sayings(catalogues.read(language))
    wanted = sayings(catalogues.messages())

    assert set(wanted) - set(said) == set(), "run make messages, then translate"
    assert set(said) - set(wanted) == set(), "run make messages"
    assert [message for (message, _context), found in said.items() if not all(found)] == []


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_translations_name_what_the_sentences_name(language):
    wrong = [
        (message[-1], found)
        for (message, _context), found in sayings(catalogues.read(language)).items()
        if placeholders(found[-1]) != placeholders(message[-1])
    ]

    assert wrong == []


def test_both_catalogues_are_for_languages_that_pages_offer():
    assert {*catalogues.LANGUAGES, "en"} == {code for code, _name in settings.LANGUAGES}


def test_whoever_chooses_a_language_reads_in_it(client, db):
    page = client.get("/accounts/login/")
    assert page["Content-Language"] == "en"
    assert 'lang="fr">Français</button>' in page.text

    chosen = client.post("/language/", {"language": "fr"}, headers={"Referer": "/accounts/login/"})
    page = client.get("/accounts/login/")

    assert (chosen.status_code, chosen["Location"]) == (302, "/accounts/login/")
    assert page["Content-Language"] == "fr"
    assert '<html lang="fr"' in page.text


def test_a_browser_is_answered_in_its_language(client, db):
    page = client.get("/accounts/login/", headers={"Accept-Language": "de-AT,de;q=0.9"})

    assert '<html lang="de"' in page.text
