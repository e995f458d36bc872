"""The clipboard of quotes: what was told is taken, made unreadable where it names, confirmed.

The change log has ids and field names, never the words.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import Consent, IncidentState
from incidents.models import Incident, Member, Moment
from reports.models import Quote
from reports.queries.quotes import (
    Quotable,
    bars_of,
    original_of,
    quotes_of,
    read_quotes,
    sources_of,
)
from reports.quoted.passages import says_something, untold

UP, DOWN = "up", "down"
NOBODY: dict[str, Any] = {"confirmed_by": None, "confirmed_at": None}


@transaction.atomic
def collect(*, moment: Moment, version: int, words: str, by: Member) -> Quote:
    """Put a passage of a moment's words on the clipboard of the study; returns the quote.

    `version` is the number of the words it is taken from, those shown or a translation of them.

    Raises
    ------
    RefusedError
        The incident does not count, its respondent agreed to notes only, the words are no longer
        shown or were not told so, or the passage is there already.
    """
    lock_study(by.study_id)
    read = Moment.objects.select_related("incident__version", "incident__interview")
    moment = read.get(pk=moment.pk)
    _require_consent(moment.incident)
    source = next((one for one in sources_of(moment) if one.version == version), None)
    if source is None:
        raise RefusedError(_("These words were corrected meanwhile. Look at them again."))
    _require_told(words, source.text)
    last = Quote.objects.filter(study=by.study_id).aggregate(last=Max("position"))["last"]
    quote = _create(
        study_id=by.study_id,
        moment=moment,
        version=version,
        words=words,
        taken_sha256=hashlib.sha256(" ".join(words.split()).encode()).hexdigest(),
        language=source.language,
        collected_by=by,
        position=(last or 0) + 1,
    )
    record_change(
        verb="collect_quote",
        on=quote,
        study=by.study,
        by=by,
        moment=str(moment.uid),
        version=version,
    )
    return quote


def change(
    *, quote: Quote, words: str, row_version: int, by: Member, note: str | None = None
) -> Quote:
    """Change the words of a quote, or its note; returns it as it is then.

    Other words take the confirmation away. A note of None stays as it is.

    Raises
    ------
    StaleError
        Somebody else changed the quote since `row_version`, or took it off.
    RefusedError
        The words were not told so.
    """
    return _write(quote, row_version, words=words, note=note, by=by, verb="change_quote")


def confirm(
    *, quote: Quote, words: str, row_version: int, by: Member, note: str | None = None
) -> Quote:
    """Say that exactly these words may be read by others; returns the quote.

    Raises
    ------
    StaleError
        Somebody else changed the quote since `row_version`, or took it off.
    RefusedError
        The words were not told so, or the quote is not allowed any more.
    """
    [bars] = bars_of(list(read_quotes(Quote.objects.filter(pk=quote.pk)))).values()
    standing = [bar for bar in bars if bar.is_lasting]
    if standing:
        raise RefusedError(" ".join(str(bar.label) for bar in standing))
    said = {"confirmed_by": by, "confirmed_at": timezone.now()}
    return _write(quote, row_version, words=words, note=note, by=by, verb="confirm_quote", **said)


@transaction.atomic
def take_back(*, quote: Quote, row_version: int, by: Member) -> Quote:
    """Take the confirmation of a quote back. Raises StaleError where it was changed since."""
    _compare_and_set(quote, row_version, **NOBODY)
    record_change(verb="take_back_quote", on=quote, study=by.study, by=by)
    return quote


@transaction.atomic
def move(*, quote: Quote, to: str, by: Member) -> None:
    """Let a quote change places with the one before it (UP) or after it (DOWN), if there is one."""
    study = lock_study(by.study_id)
    quote.refresh_from_db(fields=["position", "removed_at"])
    standing = quotes_of(study).exclude(pk=quote.pk)
    before = standing.filter(position__lt=quote.position).order_by("-position", "-pk")
    after = standing.filter(position__gt=quote.position).order_by("position", "pk")
    other = (before if to == UP else after).first()
    if other is None or quote.removed_at is not None:
        return
    Quote.objects.filter(pk=quote.pk).update(position=other.position)
    Quote.objects.filter(pk=other.pk).update(position=quote.position)
    record_change(verb="move_quote", on=quote, study=by.study, by=by, to=to)


@transaction.atomic
def remove(*, quote: Quote, by: Member) -> None:
    """Take a quote off the clipboard; `put_back` brings it back as it was."""
    standing = Quote.objects.filter(pk=quote.pk, removed_at__isnull=True)
    if standing.update(removed_at=timezone.now(), row_version=F("row_version") + 1):
        record_change(verb="remove_quote", on=quote, study=by.study, by=by)


@transaction.atomic
def put_back(*, quote: Quote, by: Member) -> None:
    """Bring back what was taken off. Raises RefusedError where it was taken anew meanwhile."""
    lock_study(by.study_id)
    again = Quote.objects.filter(
        moment=quote.moment_id, taken_sha256=quote.taken_sha256, removed_at__isnull=True
    )
    if again.exclude(pk=quote.pk).exists():
        raise RefusedError(_("This passage was collected again meanwhile."))
    gone = Quote.objects.filter(pk=quote.pk, removed_at__isnull=False)
    if gone.update(removed_at=None, row_version=F("row_version") + 1):
        record_change(verb="put_back_quote", on=quote, study=by.study, by=by)


@transaction.atomic
def log_quotes(*, quotes: Sequence[Quotable], form: str, by: Member) -> None:
    """Record that a member took quotes along as a file of this form: which, never the words."""
    uids = [str(quote.uid) for quote in quotes]
    record_change(verb="export_quotes", on=by.study, study=by.study, by=by, form=form, quotes=uids)


def keep_quotes(incident: Incident) -> None:
    """Let quotes of an incident that is divided anew hang on its first moment, which stays.

    Called before its moments become others, with the study locked.
    """
    first = incident.moments.earliest("position")
    hanging = Quote.objects.filter(moment__incident=incident).exclude(moment=first)
    for quote in hanging:
        twin = Quote.objects.filter(moment=first, taken_sha256=quote.taken_sha256)
        if quote.removed_at is None and twin.filter(removed_at__isnull=True).exists():
            quote.removed_at = timezone.now()
        quote.moment = first
        quote.save(update_fields=["moment", "removed_at"])


def _require_consent(incident: Incident) -> None:
    if incident.state != IncidentState.ACCEPTED:
        raise RefusedError(_("Only what counts can be quoted."))
    if incident.interview.consent == Consent.NOTES:
        raise RefusedError(_("The respondent agreed to notes only."))


def _require_told(words: str, told: str) -> None:
    if not says_something(words):
        raise RefusedError(_("A quote needs some words that were told."))
    piece = untold(words, told)
    if piece:
        raise RefusedError(
            _("“%(piece)s” was not told so. Put what you add or replace in square brackets.")
            % {"piece": piece[:80]}
        )


def _create(**fields: Any) -> Quote:
    try:
        with transaction.atomic():
            return Quote.objects.create(**fields)
    except IntegrityError:
        raise RefusedError(_("This passage is on the clipboard already.")) from None


@transaction.atomic
def _write(
    quote: Quote,
    row_version: int,
    *,
    words: str,
    note: str | None,
    by: Member,
    verb: str,
    **confirmed: Any,
) -> Quote:
    """Keep words and note; the confirmation stays only where the words do."""
    written = {"words": words, **({} if note is None else {"note": note})}
    changed = sorted(name for name, value in written.items() if getattr(quote, name) != value)
    if "words" in changed:
        source = original_of(quote)
        _require_told(words, source.text if source else "")
        confirmed = confirmed or NOBODY
    _compare_and_set(quote, row_version, **written, **confirmed)
    record_change(verb=verb, on=quote, study=by.study, by=by, fields=changed)
    return quote


def _compare_and_set(quote: Quote, row_version: int, **fields: Any) -> None:
    """Change the quote if it is still as it was read, and stands on the clipboard."""
    same = Quote.objects.filter(pk=quote.pk, row_version=row_version, removed_at__isnull=True)
    if not same.update(row_version=F("row_version") + 1, **fields):
        raise StaleError(_("Somebody else changed this quote just now. Look at it again."))
    quote.refresh_from_db()
