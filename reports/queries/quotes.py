"""The clipboard of a study: what was collected to be quoted, and what of it may be."""

import dataclasses
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents.choices import Consent, IncidentState, VersionKind
from incidents.models import IncidentVersion, Moment, Study
from reports.choices import QuoteBar
from reports.models import Quote
from reports.queries.attributions import READS, attributions_of
from reports.queries.categories import paths_by_scheme
from reports.queries.verbatims import words_of
from reports.quoted.passages import untold
from taxonomy.models import Scheme
from taxonomy.queries.behind import moments_behind
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification

AROUND = ("version", *READS)


@dataclasses.dataclass(frozen=True)
class Quotable:
    """A quote that may be read outside, as it is printed."""

    uid: uuid.UUID
    moment: uuid.UUID
    words: str
    language: str
    attribution: str

    @property
    def line(self) -> str:
        """The words in quotation marks, and who told them."""
        return quoted_line(self.words, self.attribution)


@dataclasses.dataclass(frozen=True)
class Kept:
    """A quote as the clipboard shows it; `bars`: why it may not be quoted, none where it may."""

    quote: Quote
    bars: list[QuoteBar]
    attribution: str
    paths: list[tuple[str, str]]

    @property
    def is_gone(self) -> bool:
        """Whether its words are not shown."""
        return QuoteBar.GONE in self.bars

    @property
    def is_open(self) -> bool:
        """Whether it can be confirmed."""
        return not any(bar.is_lasting for bar in self.bars)

    @property
    def line(self) -> str:
        """What is copied."""
        return quoted_line(self.quote.words, self.attribution)


@dataclasses.dataclass(frozen=True)
class Source:
    """Words that a quote may be taken from: what an incident shows, or a translation of it."""

    version: int
    language: str
    text: str
    is_translation: bool


def quoted_line(words: str, attribution: str) -> str:
    """Words in quotation marks, and who told them where that may be said."""
    said = _("“%(words)s”") % {"words": words}
    return f"{said} – {attribution}" if attribution else said


# -- What stands on the clipboard ---------------------------------------------------------------


def quotes_of(study: Study) -> QuerySet[Quote]:
    """What stands on the clipboard of a study, in its order."""
    return Quote.objects.filter(study=study, removed_at__isnull=True)


def quotes_saying(quotes: QuerySet[Quote], typed: str) -> QuerySet[Quote]:
    """Those in whose words stands what was typed; none whose words are not shown."""
    counting = {"moment__incident__state": IncidentState.ACCEPTED}
    return quotes.filter(words__icontains=typed, **counting)


def quotes_within(
    quotes: QuerySet[Quote], schemes: Iterable[Scheme], category: str
) -> QuerySet[Quote]:
    """Those whose moment counts in a category, by its uid, of one of these schemes."""
    for scheme in schemes:
        tree = tree_of(scheme)
        for node in tree.nodes.values():
            if node.uid == category:
                behind = moments_behind(scheme, tree, Specification(node.round), node)
                return quotes.filter(moment__in=behind.values("pk"))
    return quotes.none()


def read_quotes(quotes: QuerySet[Quote]) -> QuerySet[Quote]:
    """Load what is shown of quotes."""
    around = (f"moment__incident__{name}" for name in AROUND)
    return quotes.select_related(*around, "collected_by", "confirmed_by")


def kept_of(quotes: Sequence[Quote], schemes: Collection[Scheme]) -> list[Kept]:
    """Quotes of `read_quotes` as shown to who sees results in these schemes; four queries."""
    bars = bars_of(quotes)
    attributions = attributions_of([quote.moment.incident for quote in quotes])
    paths = paths_by_scheme(schemes, [quote.moment_id for quote in quotes])
    return [
        Kept(
            quote,
            bars[quote.pk],
            attributions.get(quote.moment.incident_id, ""),
            paths.get(quote.moment_id, []),
        )
        for quote in quotes
    ]


def quotable(study: Study) -> list[Quotable]:
    """The quotes of a study that a person confirmed and that are still allowed, in their order.

    For whatever leaves the study; attributions are in the reader's language. Three queries.
    """
    confirmed = quotes_of(study).filter(confirmed_at__isnull=False)
    quotes = list(read_quotes(confirmed).order_by("position", "-pk"))
    bars = bars_of(quotes)
    allowed = [quote for quote in quotes if not bars[quote.pk]]
    attributions = attributions_of([quote.moment.incident for quote in allowed])
    return [
        Quotable(
            quote.uid,
            quote.moment.uid,
            quote.words,
            quote.language,
            attributions.get(quote.moment.incident_id, ""),
        )
        for quote in allowed
    ]


def bars_of(quotes: Sequence[Quote]) -> dict[int, list[QuoteBar]]:
    """Why each quote of `read_quotes` may not be quoted, by its key; one query."""
    others = _versions_of([quote for quote in quotes if not _is_current(quote)])
    return {quote.pk: list(_bars(quote, others)) for quote in quotes}


def _bars(quote: Quote, others: Mapping[tuple[int, int], IncidentVersion]) -> Sequence[QuoteBar]:
    incident = quote.moment.incident
    found = []
    if incident.state != IncidentState.ACCEPTED:
        found.append(QuoteBar.GONE)
    if incident.interview.consent == Consent.NOTES:
        found.append(QuoteBar.CONSENT)
    taken = others.get((incident.pk, quote.version))
    if not _is_current(quote) and not _says_the_same(incident.version, taken):
        found.append(QuoteBar.CORRECTED)
    if quote.confirmed_at is None:
        found.append(QuoteBar.UNCONFIRMED)
    return found


def _is_current(quote: Quote) -> bool:
    shown = quote.moment.incident.version
    return shown is not None and shown.number == quote.version


def _says_the_same(shown: IncidentVersion | None, taken: IncidentVersion | None) -> bool:
    """Whether one of two versions of an incident is a translation of the other."""
    if shown is None or taken is None:
        return False
    return _translates(taken, shown) or _translates(shown, taken)


def _translates(one: IncidentVersion, other: IncidentVersion) -> bool:
    return one.kind == VersionKind.TRANSLATION and one.based_on == other.number


def _versions_of(quotes: Sequence[Quote]) -> dict[tuple[int, int], IncidentVersion]:
    if not quotes:
        return {}
    incidents = [quote.moment.incident_id for quote in quotes]
    rows = IncidentVersion.objects.filter(
        incident__in=incidents, number__in=[quote.version for quote in quotes]
    )
    return {(row.incident_id, row.number): row for row in rows}


# -- What a quote is taken from -----------------------------------------------------------------


def sources_of(moment: Moment) -> list[Source]:
    """What a quote of a moment may be taken from: the words shown, then their translations."""
    shown = moment.incident.version
    if shown is None:
        return []
    rows = IncidentVersion.objects.filter(
        incident=moment.incident_id, kind=VersionKind.TRANSLATION, based_on=shown.number
    )
    versions = [shown, *rows.exclude(pk=shown.pk).order_by("-number")]
    return [source for version in versions if (source := source_of(version)).text]


def source_of(version: IncidentVersion) -> Source:
    """The words of a version; its headline where there are no others."""
    is_translation = version.kind == VersionKind.TRANSLATION
    text = words_of(version) or version.headline
    return Source(version.number, version.language, text, is_translation)


def original_of(quote: Quote) -> Source | None:
    """The words that a quote was taken from."""
    versions = IncidentVersion.objects.filter(incident=quote.moment.incident_id)
    version = versions.filter(number=quote.version).first()
    return None if version is None else source_of(version)


def told_of(typed: str, quote: Quote) -> str:
    """What was typed for a quote if it was told so, else the quote as it is.

    Names are looked for in nothing else: what anybody types would say whom the study knows.
    """
    original = original_of(quote)
    is_told = original is not None and not untold(typed, original.text)
    return typed if is_told else quote.words
