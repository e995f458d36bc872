"""What a classifier learns from, what it suggests for a moment, and where it doubts."""

import dataclasses
import uuid
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents.choices import IncidentState, JobState
from incidents.models import Job, Moment
from incidents.models.fieldwork import ANSWERS
from taxonomy.choices import BatchKind, Offered
from taxonomy.models import (
    Assignment,
    Classifier,
    Coding,
    Doubt,
    HeldIncident,
    Scheme,
    Settlement,
)
from taxonomy.models.facts import PLACED
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.tree import Node, Tree

if TYPE_CHECKING:
    from taxonomy.suggestions.model import LinearModel

SUGGESTED = 3
KEYS = "JKL"  # side by side under the right hand; numbers are for categories used lately
WHERE_OFFERED = (BatchKind.ONCE, BatchKind.SHARED)  # one coder for each moment: nothing is measured
SIGNER = signing.Signer(salt="taxonomy.suggestion")


# -- What it learns from -------------------------------------------------------------------------


def ever_held(incident: str) -> Exists:
    """Whether an incident, by the name of its column, was drawn for a holdout that was used."""
    drawn = HeldIncident.objects.filter(incident=OuterRef(incident))
    return Exists(drawn.filter(holdout__taken_back_at__isnull=True))


def settled_in(scheme: Scheme, tree: Tree) -> QuerySet[Settlement]:
    """What may be learned: moments settled in a category of the finest round, of those that count.

    Nothing that is disputed or waits, and nothing that was ever held out.
    """
    finest = min(tree.rounds, default=0)
    fine = [key for key in tree.nodes if tree.canonical(key).round == finest]
    rows = Settlement.objects.filter(
        scheme=scheme, to_seq=None, outcome__in=PLACED, category__in=fine
    ).filter(moment__incident__state=IncidentState.ACCEPTED)
    return rows.exclude(ever_held("moment__incident"))


def text_of(moment: Moment) -> str:
    """What is read of a moment: the words told as they stand, and the name of the part."""
    version = moment.incident.version
    answers = [getattr(version, name) for name in ("headline", *ANSWERS)] if version else []
    return _joined(moment.label, answers)


def _joined(label: str, answers: Sequence[str]) -> str:
    return "\n".join(text for text in (label, *answers) if text)


class Known(NamedTuple):
    """A settled moment: its key, its words, the canonical category and the key of who told it."""

    moment: int
    text: str
    category: Node
    person: int


AT_ONCE = 1_000


def known_of(settled: QuerySet[Settlement], tree: Tree, moments: Sequence[int]) -> list[Known]:
    """Some settled moments with their words, in the order of their keys, read in portions."""
    words = [f"moment__incident__version__{name}" for name in ("headline", *ANSWERS)]
    person = "moment__incident__interview__respondent"
    columns = ("moment", "category", person, "moment__label", *words)
    found = []
    for start in range(0, len(moments), AT_ONCE):
        rows = settled.filter(moment__in=moments[start : start + AT_ONCE]).order_by("moment")
        for moment, category, told_by, label, *answers in rows.values_list(*columns):
            text = _joined(label, [answer or "" for answer in answers])
            found.append(Known(moment, text, tree.canonical(category), told_by))
    return found


def led_in(scheme: Scheme) -> set[int]:
    """The moments of which an answer that stands was given, or changed, in sight of suggestions.

    That a classifier agrees with these says little of it.
    """
    beside = Coding.objects.live().filter(scheme=scheme, suggestion__isnull=False)
    led = beside.filter(Q(suggestion__offered=Offered.BEFORE) | Q(supersedes__isnull=False))
    return set(led.values_list("moment", flat=True))


# -- What it suggests ----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Offer:
    """What is suggested for one assignment, the likeliest first; `token` proves that it was.

    `categories` are the key to press, the category and what it stands under. `at_once`: shown
    before an answer is given, not after it.
    """

    categories: list[tuple[str, Node, str]]
    at_once: bool
    token: str


class Offering(NamedTuple):
    """What a token says was offered: by which classifier, when, and the keys of the categories."""

    classifier: int
    offered: str
    categories: list[int]


def offers_for(
    scheme: Scheme,
    assignments: Sequence[Assignment],
    *,
    is_blind: Callable[[], bool],
    answered: Collection[int] = (),
) -> Mapping[int, Offer]:
    """What the coders of these assignments of a scheme are to be offered, by their keys.

    Nothing where the scheme says never, in batches that measure somebody, for what was ever held
    out, without a classifier, and to a coder who `is_blind`, for it tells of others' answers; which
    is asked only then. For those `answered` it is shown at once. Four statements, beside what
    `is_blind` asks; one without a classifier, none where nothing can be offered.
    """
    given = [one for one in assignments if one.batch.kind in WHERE_OFFERED]
    if scheme.offered == Offered.NEVER or not given:
        return {}
    classifier = classifier_of(scheme)
    model = model_of(classifier)
    if classifier is None or model is None or is_blind():
        return {}
    held = _held_among(given)
    tree = tree_of(scheme)
    by_uid = {node.uid: node for node in tree.nodes.values()}
    offers = {}
    for one in given:
        if one.moment.incident_id in held:
            continue
        nodes = _suggested(model, text_of(one.moment), tree, by_uid)
        if nodes:
            shown = [
                (key, node, " › ".join(tree.path(node)[:-1]))
                for key, node in zip(KEYS, nodes, strict=False)
            ]
            token = _token(one.uid, classifier, scheme.offered, nodes)
            at_once = scheme.offered == Offered.BEFORE or one.pk in answered
            offers[one.pk] = Offer(shown, at_once, token)
    return offers


def _held_among(assignments: Sequence[Assignment]) -> set[int]:
    incidents = {one.moment.incident_id for one in assignments}
    drawn = HeldIncident.objects.filter(incident__in=incidents)
    used = drawn.filter(holdout__taken_back_at__isnull=True)
    return set(used.values_list("incident", flat=True))


def _suggested(
    model: "LinearModel", text: str, tree: Tree, by_uid: Mapping[str, Node]
) -> list[Node]:
    """The likeliest categories that stand and are offered, where merges have led."""
    found: dict[int, Node] = {}
    for scored in model.ranked(text):
        known = by_uid.get(scored.category)
        node = tree.canonical(known.key) if known else None
        if node is not None and not node.retired:
            found.setdefault(node.key, node)
        if len(found) == SUGGESTED:
            break
    return list(found.values())


def classifier_of(scheme: Scheme) -> Classifier | None:
    """The classifier of a scheme that was trained last, if any."""
    trained = Classifier.objects.filter(scheme=scheme, trained_at__isnull=False)
    return trained.order_by("-trained_at", "-pk").first()


def model_of(classifier: Classifier | None) -> "LinearModel | None":
    """What it learned; None where its file is gone or is no such file."""
    from taxonomy.suggestions.model import model_at  # noqa: PLC0415  (loads NumPy: if ever needed)

    if classifier is None or not classifier.file:
        return None
    try:
        return model_at(str(Path(settings.FILES_DIR) / classifier.file))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _token(
    assignment: uuid.UUID, classifier: Classifier, offered: str, nodes: Sequence[Node]
) -> str:
    keys = [node.key for node in nodes]
    return SIGNER.sign_object([str(assignment), classifier.pk, offered, keys])


def offering_of(token: str, assignment: Assignment) -> Offering | None:
    """What a page was given for an assignment; None for what the server did not sign for it."""
    try:
        own, *rest = SIGNER.unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    return Offering(*rest) if own == str(assignment.uid) else None


# -- Its page --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Line:
    """How one category fared in the trial; nothing is said of what was not learned."""

    node: Node | None
    path: str
    moments: int
    first: int
    third: int
    learned: bool

    @property
    def first_share(self) -> int:
        """Per cent that the first suggestion hits."""
        return percent(self.first, self.moments)

    @property
    def third_share(self) -> int:
        """Per cent that one of the first three hits."""
        return percent(self.third, self.moments)


def percent(part: int, of: int) -> int:
    """A share in whole per cent, half rounded up; 0 of nothing."""
    return (200 * part + of) // (2 * of) if of else 0


def shares_of(report: Mapping[str, Any]) -> dict[str, int]:
    """The shares of a report, in per cent."""
    wanted = ("first", "third", "commonest")
    return {name: percent(report[name], report["moments"]) for name in wanted}


def job_of(scheme: Scheme) -> Job | None:
    """The job of the training asked for last, unless it is done."""
    rows = Classifier.objects.filter(scheme=scheme, trained_at=None, job__isnull=False)
    last = rows.select_related("job__study").order_by("-pk").first()
    newest = classifier_of(scheme)
    if last is None or last.job is None or (newest is not None and newest.pk > last.pk):
        return None
    return None if last.job.state == JobState.DONE else last.job


def lines_of(report: Mapping[str, Any], tree: Tree) -> list[Line]:
    """The categories of a report, under the names they have now."""
    by_uid = {node.uid: node for node in tree.nodes.values()}
    found = []
    for row in report.get("categories", []):
        node = by_uid.get(row["category"])
        path = " › ".join(tree.path(tree.canonical(node.key))[:-1]) if node else ""
        counts = (row["moments"], row["first"], row["third"], row["learned"])
        found.append(Line(node, path, *counts))
    return found


def doubts_of(classifier: Classifier) -> QuerySet[Doubt]:
    """Where a classifier would put a settled moment elsewhere; of incidents that count."""
    rows = Doubt.objects.filter(
        classifier=classifier, moment__incident__state=IncidentState.ACCEPTED
    )
    return rows.select_related("moment__incident__version", "stands", "suggested", "looked_by")


def use_of(classifier: Classifier) -> dict[str, int]:
    """How often coders were offered something by a classifier beside an answer that stands."""
    stand = classifier.suggestions.filter(coding__in=Coding.objects.live())
    rows = stand.values_list("chosen", flat=True)
    chosen = list(rows.order_by("-pk")[:MOST_COUNTED])
    return {
        "offered": len(chosen),
        "first": sum(place == 1 for place in chosen),
        "other": sum(place is not None and place > 1 for place in chosen),
    }


MOST_COUNTED = 10_000
