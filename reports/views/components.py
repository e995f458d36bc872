"""A page that shows every component of docs/pages.md, for those who write pages."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from incidents.http import Request
from incidents.queries.words import Words
from reports.forms.samples import SampleForm

Sample = dict[str, Any]

COLOURS = (
    *("paper", "surface", "sunken", "line", "line-control", "ink", "ink-soft", "ink-faint"),
    *("accent", "accent-strong", "accent-soft", "accent-under-white", "on-accent"),
    *("good", "good-soft", "poor", "poor-soft", "warn", "warn-soft", "info", "info-soft"),
    *("series-0", "series-1", "series-2", "series-3", "series-4", "series-5"),
    "shadow-edge",
)
BUTTONS = ("btn-primary", "btn-secondary", "btn-danger", "btn-quiet", "btn-secondary btn-sm")
STORY = "The clerk walked me to the right desk and waited until somebody came."
LONG = "An organization with a very long name that nobody thought of when they drew the page"
CATEGORY = SimpleNamespace(
    code="E2",
    name="Catches the human moment",
    definition="The provider answers the person, not the case.",
    includes="Warmth, attention, humour.",
    excludes="Concern for somebody in hardship.",
    positive_example="A teller asked about the marathon.",
    negative_example="A receptionist never looked up.",
)
IN_A_LIST = {"row_link": "rows panel panel-flush", "chip": "chips"}
STATES = (
    *("draft", "submitted", "accepted", "returned", "excluded", "held_out", "withdrawn"),
    *("waiting", "running", "done", "failed", "positive", "negative", "mixed", "neutral"),
)


@require_GET
def component_list(request: Request) -> HttpResponse:
    """Every component with a few samples of each, the colours and the icons."""
    if not (request.user.is_superuser or settings.DEBUG):
        raise Http404
    context = {
        "components": list(_drawn(request)),
        "buttons": BUTTONS,
        "colours": COLOURS,
        "icons": _icons(),
        "study": SimpleNamespace(name=LONG),
        "study_nav": [
            {"label": "Overview", "url": "#", "icon": "study", "current": True},
            {"label": "Screening", "url": "#", "icon": "done", "count": 12},
        ],
        "study_choices": [{"label": LONG, "url": "#", "current": True}],
    }
    return render(request, "reports/component_list.html", context)


def _drawn(request: Request) -> Iterator[Mapping[str, Any]]:
    for name, samples in sorted(_samples().items()):
        file = f"components/{name}.html"
        parts = [render_to_string(file, sample, request) for sample in samples]
        yield {"name": name, "parts": parts, "list_class": IN_A_LIST.get(name, "")}


def _icons() -> list[str]:
    sprite = Path(settings.BASE_DIR, "static", "img", "icons.svg").read_text()
    return [part.split('"')[0] for part in sprite.split('<symbol id="')[1:]]


def _samples() -> Mapping[str, list[Sample]]:
    """Return what each component is shown with; the frame of the page shows the others."""
    return _said() | _listed() | _filled_in() | _read() | _under_way()


def _said() -> dict[str, list[Sample]]:
    return {
        "callout": [
            {"kind": kind, "title": kind.capitalize(), "text": STORY, "url": "#", "action": "More"}
            for kind in ("info", "plain", "success", "warning", "danger")
        ],
        "confirm": [
            {
                "text": "Withdraw this incident?",
                "action": "Withdraw",
                "cancel_url": "#",
                "danger": True,
                "consequences": ["It leaves tables and searches at once."],
            }
        ],
        "empty_state": [
            {"title": "Nothing here yet", "text": "Say what to do.", "url": "#", "action": "Do it"}
        ],
        "form_errors": [{"form": SampleForm({})}],
        "message": [
            {"level": level, "text": STORY, "undo_url": "#" if level == "success" else ""}
            for level in ("success", "info", "warning", "error")
        ],
        "translation": [
            {"translation": Words("The right desk", [("The situation", STORY)], "en", "English")}
        ],
        "undo": [{"url": "#", "what": "the last change"}],
    }


def _listed() -> dict[str, list[Sample]]:
    states = ("empty", "part", "parked", "complete")
    return {
        "badge_state": [{"state": state, "label": state.capitalize()} for state in STATES],
        "sections": [{"sections": [("first", "Encouragement"), ("second", LONG)]}],
        "chip": [
            *({"label": each, "number": 2, "state": each, "state_label": each} for each in states),
            {"label": LONG, "url": "#", "current": True},
            {"label": "Asia", "remove_url": "#"},
        ],
        "pager": [{"previous_url": "#", "next_url": "#", "count": "10,000+ incidents"}],
        "row_link": [
            {"title": LONG, "url": "#", "icon": "incident", "count": 2826},
            {
                "title": "B-17",
                "detail": STORY,
                "state": "returned",
                "state_label": "Returned",
                "url": "#",
            },
        ],
        "section_header": [{"title": "A section", "text": STORY, "url": "#", "action": "Add"}],
        "stat": [{"label": "Told", "value": 2826, "note": "2,790 used", "url": "#"}],
    }


def _filled_in() -> dict[str, list[Sample]]:
    form, wrong = SampleForm(auto_id="a_%s"), SampleForm({}, auto_id="b_%s")
    return {
        "choices": [{"field": SampleForm(auto_id="c_%s")["consent"]}],
        "field": [{"field": field} for field in (*form, wrong["headline"], wrong["consent"])],
        "filter_bar": [
            {
                "form": SampleForm(auto_id="d_%s"),
                "reset_url": "#",
                "active": [{"label": "Asia", "remove_url": "#"}],
            }
        ],
        "receipt": [
            {"state": state, "time": timezone.now()}
            for state in ("saving", "saved", "unsaved", "offline", "failed")
        ],
    }


def _read() -> dict[str, list[Sample]]:
    return {
        "category_limits": [{"category": CATEGORY}],
        "definition": [{"category": CATEGORY, "path": "Establish · Catches the human moment"}],
        "kbd": [{"key": "Ctrl", "then": "Enter"}, {"key": "A"}],
        "narrative": [{"label": "The situation", "text": STORY, "lang": "en"}],
        "verbatim": [
            {
                "text": STORY,
                "lang": "en",
                "headline": "The right desk",
                "url": "#",
                "meta": "Bank, Asia",
                "states": [{"state": "positive", "label": "Positive"}],
            }
        ],
    }


def _under_way() -> dict[str, list[Sample]]:
    def job(state: str) -> SimpleNamespace:
        return SimpleNamespace(
            uid=state,
            state=state,
            label="Count anew",
            progress_done=1200,
            progress_total=2826,
            error="The file has no column with words.",
        )

    ends = {"result_url": "#", "result_label": "See it", "retry_url": "#"}
    return {
        "progress": [{"job": job(state), **ends} for state in ("done", "failed")],
        "skeleton": [{"kind": kind} for kind in ("lines", "line", "tiles", "table")],
    }
