"""The starter schemes that come with Candid."""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from incidents.models import Study
from taxonomy.models import Scheme

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FOLDER = Path(__file__).resolve().parents[1] / "codebooks"
SERVE = "serve"


@dataclasses.dataclass(frozen=True)
class Template:
    """A starter scheme as it is offered; `name` is that of its file, and its short name."""

    name: str
    label: "StrOrPromise"
    says: "StrOrPromise"


TEMPLATES = (
    Template(SERVE, "SERVE", _("Twenty behaviours under five strategies, defined with examples.")),
    Template(
        "cause",
        _("Cause"),
        _("What brought it about, and who can act on it: training, or only the organization."),
    ),
    Template(
        "encounter",
        _("Kind of encounter"),
        _("What the customer came for: something standard, something particular, a change."),
    ),
    Template(
        "outcome",
        _("Outcome"),
        _("How it left the customer, from lost to loyal; apart from the kind of encounter."),
    ),
)


def templates_left(study: Study) -> list[tuple[Template, bool]]:
    """The starter schemes, each with whether the study can still take it."""
    there = set(Scheme.objects.filter(study=study).values_list("slug", flat=True))
    return [(template, template.name not in there) for template in TEMPLATES]


def codebook(name: str) -> dict[str, Any]:
    """Read a starter scheme: `slug`, `name`, `description`, `rounds` and `categories`."""
    book: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return book
