"""Every sentence goes through gettext."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings

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


class Unmarked(HTMLParser):
    """Gathers the words of a template that nobody can translate."""

    def __init__(self):
        super().__init__()
        self.words = []
        self._silent = 0

    def handle_starttag(self, tag, attrs):
        self._silent += tag in ("script", "style")
        is_metadata = tag == "meta" and dict(attrs).get("name") != "description"
        for name, value in attrs:
            if name in SPOKEN and not is_metadata:
                self.gather(value)

    def handle_endtag(self, tag):
        self._silent -= tag in ("script", "style")

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
    ],
)
def test_what_is_not_marked_is_found(source, words):
    assert unmarked(source) == words
