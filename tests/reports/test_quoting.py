"""The clipboard of quotes: what was told, what is confirmed, what takes it away again."""

import json

import pytest
from django.db import IntegrityError, transaction

from incidents.actions.interviews import change_consent
from incidents.actions.refusals import RefusedError, StaleError
from incidents.actions.screening import Part, divide_incident
from incidents.choices import Consent, IncidentState, Valence, VersionKind
from incidents.models import Change, Incident, IncidentVersion, Interview
from reports.actions import quoting
from reports.choices import QuoteBar
from reports.models import Quote
from reports.queries.quotes import bars_of, quotable, quotes_of, read_quotes
from tests.reports.told import tell

WORDS = "At Zanzibar Bank Otto said no. We waited."


def told(world, text=WORDS, consent=Consent.QUOTES, **fields):
    """Let somebody tell this, and agree to so much."""
    incident = tell(world, "a wait", **fields)
    IncidentVersion.objects.filter(incident=incident).update(situation=text, language="en")
    Interview.objects.filter(pk=incident.interview_id).update(consent=consent)
    return incident.moments.get()


def take(world, moment, words=WORDS, **options):
    return quoting.collect(
        moment=moment, words=words, **{"version": 1, "by": world.analyst, **options}
    )


def confirmed(world, moment, words="At [organization] [name] said no."):
    quote = take(world, moment)
    return quoting.confirm(quote=quote, words=words, row_version=0, by=world.analyst)


def bars(quote):
    [found] = bars_of(list(read_quotes(Quote.objects.filter(pk=quote.pk)))).values()
    return found


def test_a_passage_is_collected_redacted_and_confirmed(world):
    quote = take(world, told(world))

    assert bars(quote) == [QuoteBar.UNCONFIRMED]
    assert quotable(world.study) == []

    words = "At [organization] [name] said no. […]"
    quoting.confirm(quote=quote, words=words, row_version=0, by=world.admin, note="Good")
    [found] = quotable(world.study)

    assert (quote.confirmed_by, quote.note, quote.row_version) == (world.admin, "Good", 1)
    assert (found.words, found.language, found.attribution) == (words, "en", "")
    assert found.line == f"“{words}”"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("We did not wait.", "“We did not wait” was not told so"),
        ("We waited. At Zanzibar Bank", "was not told so"),
        ("[…] ...", "needs some words"),
    ],
)
def test_what_was_not_told_is_neither_collected_nor_confirmed(world, words, reason):
    moment = told(world)
    with pytest.raises(RefusedError, match=reason):
        take(world, moment, words)
    quote = take(world, moment)

    for act in (quoting.change, quoting.confirm):
        with pytest.raises(RefusedError, match=reason):
            act(quote=quote, words=words, row_version=0, by=world.analyst)

    assert Quote.objects.get().words == WORDS


@pytest.mark.parametrize(
    ("fields", "consent", "reason"),
    [
        ({}, Consent.NOTES, "notes only"),
        ({"state": IncidentState.WITHDRAWN}, Consent.QUOTES, "Only what counts"),
        ({"state": IncidentState.SUBMITTED}, Consent.ATTRIBUTED, "Only what counts"),
    ],
)
def test_what_may_not_be_quoted_is_not_collected(world, fields, consent, reason):
    moment = told(world, consent=consent, **fields)

    with pytest.raises(RefusedError, match=reason):
        take(world, moment)

    assert not Quote.objects.exists()


def test_other_words_take_the_confirmation_away_and_a_note_does_not(world):
    quote = confirmed(world, told(world))

    quoting.change(quote=quote, words=quote.words, row_version=1, by=world.admin, note="For page 3")
    assert [one.words for one in quotable(world.study)] == [quote.words]

    quoting.change(quote=quote, words="We waited.", row_version=2, by=world.admin)
    assert (quote.confirmed_by, quote.confirmed_at, quote.note) == (None, None, "For page 3")
    assert quotable(world.study) == []


def test_a_confirmation_is_taken_back(world):
    quote = confirmed(world, told(world))

    quoting.take_back(quote=quote, row_version=1, by=world.admin)

    assert bars(quote) == [QuoteBar.UNCONFIRMED]


@pytest.mark.parametrize("state", [IncidentState.WITHDRAWN, IncidentState.EXCLUDED])
def test_what_does_not_count_any_more_is_not_quoted_and_again_when_it_does(world, state):
    quote = confirmed(world, told(world))
    incidents = Incident.objects.filter(pk=quote.moment.incident_id)

    incidents.update(state=state)
    assert bars(quote) == [QuoteBar.GONE]
    assert quotable(world.study) == []
    with pytest.raises(RefusedError, match="does not count now"):
        quoting.confirm(quote=quote, words=quote.words, row_version=1, by=world.analyst)

    incidents.update(state=IncidentState.ACCEPTED)
    assert len(quotable(world.study)) == 1


def test_who_agrees_to_notes_only_afterwards_is_not_quoted(world):
    quote = confirmed(world, told(world))
    interview = quote.moment.incident.interview

    change_consent(interview=interview, by=world.admin, row_version=0, consent=Consent.NOTES)

    assert bars(quote) == [QuoteBar.CONSENT]
    assert quotable(world.study) == []


def add_version(incident, number, kind, **fields):
    return IncidentVersion.objects.create(
        incident=incident, number=number, kind=kind, sha256="", **fields
    )


def test_words_that_were_corrected_since_are_not_quoted(world):
    quote = confirmed(world, told(world))
    incident = quote.moment.incident
    incident.version = add_version(incident, 2, VersionKind.CORRECTION, situation="We left.")
    incident.save(update_fields=["version"])

    assert bars(quote) == [QuoteBar.CORRECTED]
    assert quotable(world.study) == []
    with pytest.raises(RefusedError, match="corrected meanwhile"):
        take(world, quote.moment, "We waited.")


def test_a_translation_may_be_quoted_until_what_it_translates_is_corrected(world):
    moment = told(world)
    incident = moment.incident
    more = {"situation": "Wir warteten.", "language": "de", "based_on": 1}
    add_version(incident, 2, VersionKind.TRANSLATION, **more)
    quote = take(world, moment, "Wir warteten.", version=2)

    assert quote.language == "de"
    assert bars(quote) == [QuoteBar.UNCONFIRMED]

    incident.version = add_version(incident, 3, VersionKind.CORRECTION, situation="We left.")
    incident.save(update_fields=["version"])
    assert bars(quote) == [QuoteBar.CORRECTED, QuoteBar.UNCONFIRMED]


def test_a_quote_of_the_original_stands_when_its_translation_is_shown(world):
    quote = confirmed(world, told(world))
    incident = quote.moment.incident
    more = {"situation": "Wir warteten.", "based_on": 1}
    incident.version = add_version(incident, 2, VersionKind.TRANSLATION, **more)
    incident.save(update_fields=["version"])

    assert bars(quote) == []


def test_a_passage_stands_once_on_the_clipboard(world):
    moment = told(world)
    quote = take(world, moment, "We waited.")

    with pytest.raises(RefusedError, match="on the clipboard already"):
        take(world, moment, "We  waited.", by=world.admin)
    take(world, moment, "Otto said no")
    take(world, told(world), "We waited.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.create(
            study=world.study,
            moment=moment,
            version=1,
            words="else",
            taken_sha256=quote.taken_sha256,
            collected_by=world.admin,
        )

    assert quotes_of(world.study).count() == 3


def test_a_confirmation_has_somebody_and_a_time(world):
    quote = take(world, told(world))

    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(confirmed_by=world.admin)


def test_what_is_taken_off_comes_back_as_it_was_unless_it_was_collected_anew(world):
    quote = confirmed(world, told(world))

    quoting.remove(quote=quote, by=world.admin)
    assert quotable(world.study) == []
    quoting.put_back(quote=quote, by=world.admin)
    assert [one.uid for one in quotable(world.study)] == [quote.uid]

    quoting.remove(quote=quote, by=world.admin)
    with pytest.raises(StaleError):
        quoting.change(quote=quote, words="We waited.", row_version=3, by=world.admin)
    take(world, quote.moment)
    with pytest.raises(RefusedError, match="collected again"):
        quoting.put_back(quote=quote, by=world.admin)


def test_quotes_change_places(world):
    moment = told(world)
    quotes = [take(world, moment, words) for words in ("Otto said no", "We waited", "no")]

    def order():
        return [quotes.index(quote) for quote in quotes_of(world.study)]

    assert order() == [0, 1, 2]
    quoting.move(quote=quotes[2], to=quoting.UP, by=world.analyst)
    assert order() == [0, 2, 1]
    quoting.remove(quote=quotes[2], by=world.analyst)
    quoting.move(quote=quotes[0], to=quoting.DOWN, by=world.analyst)
    quoting.move(quote=quotes[1], to=quoting.UP, by=world.analyst)
    assert order() == [1, 0]


def test_the_change_log_knows_every_act_and_no_words(world):
    quote = confirmed(world, told(world))
    quoting.change(quote=quote, words="We waited.", row_version=1, by=world.admin, note="Nice")
    quoting.log_quotes(quotes=quotable(world.study), form="txt", by=world.analyst)
    quoting.remove(quote=quote, by=world.admin)

    log = Change.objects.filter(study=world.study).order_by("pk")
    verbs = [change.verb for change in log if "quote" in change.verb]

    assert verbs == [
        "collect_quote",
        "confirm_quote",
        "change_quote",
        "export_quotes",
        "remove_quote",
    ]
    assert log.get(verb="change_quote").details == {"fields": ["note", "words"]}
    written = json.dumps([change.details for change in log])
    assert not [word for word in ("Zanzibar", "waited", "Nice") if word in written]


def test_quotes_stay_with_an_incident_that_is_divided_anew(world):
    moment = told(world)
    incident = moment.incident

    def divide(*labels):
        parts = [Part(label=label, valence=Valence.MIXED) for label in labels]
        incident.refresh_from_db()
        version = incident.row_version
        return divide_incident(incident=incident, parts=parts, by=world.admin, row_version=version)

    first, second = divide("One", "Two")
    kept, twin = (take(world, part, "no") for part in (first, second))
    other = take(world, second, "We waited")
    [whole] = divide("")

    assert set(quotes_of(world.study)) == {kept, other}
    assert {quote.moment for quote in Quote.objects.all()} == {whole}
    assert Quote.objects.get(pk=twin.pk).removed_at is not None
