"""Two people at one quote, on two connections."""

import pytest
from django.db import transaction

from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import Consent, RoleName
from incidents.models import IncidentVersion, Interview, Moment
from reports.actions import quoting
from reports.models import Quote
from reports.queries.quotes import quotes_of
from tests.factories import MemberFactory
from tests.racing import at_once, elsewhere
from tests.reports.told import make_world, tell

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

WORDS = "We asked. We waited. We left."


@pytest.fixture
def world():
    """Return a small study, two analysts, and words that may be quoted."""
    world = make_world()
    world.other = MemberFactory(study=world.study, roles=[RoleName.ANALYST])
    incident = tell(world, "a wait")
    IncidentVersion.objects.update(situation=WORDS)
    Interview.objects.update(consent=Consent.QUOTES)
    world.moment = Moment.objects.get(incident=incident)
    return world


def take(world, by, words=WORDS):
    moment = Moment.objects.get(pk=world.moment.pk)
    return quoting.collect(moment=moment, version=1, words=words, by=by)


def test_of_two_who_change_a_quote_at_once_one_is_told_and_keeps_the_text(world):
    uid = take(world, world.analyst).uid

    def change(words, by):
        quote = Quote.objects.get(uid=uid)
        return quoting.change(quote=quote, words=words, row_version=0, by=by)

    outcomes = at_once(
        lambda: change("We asked.", world.analyst), lambda: change("We left.", world.other)
    )
    stale = [one for one in outcomes if isinstance(one, StaleError)]
    [done] = [one for one in outcomes if isinstance(one, Quote)]

    assert len(stale) == 1
    assert Quote.objects.get().words == done.words


def test_what_is_changed_while_it_is_confirmed_is_confirmed_as_read_or_not_at_all(world):
    uid = take(world, world.analyst).uid
    read = Quote.objects.get(uid=uid)

    with transaction.atomic():
        elsewhere(
            lambda: quoting.change(
                quote=Quote.objects.get(uid=uid), words="We left.", row_version=0, by=world.other
            )
        )
        with pytest.raises(StaleError):
            quoting.confirm(quote=read, words=WORDS, row_version=0, by=world.analyst)

    quote = Quote.objects.get()
    assert (quote.words, quote.confirmed_at) == ("We left.", None)


def test_a_passage_collected_by_two_at_once_stands_once(world):
    outcomes = at_once(lambda: take(world, world.analyst), lambda: take(world, world.other))

    assert sorted(type(one).__name__ for one in outcomes) == [Quote.__name__, RefusedError.__name__]
    assert Quote.objects.count() == 1


def test_quotes_collected_and_moved_at_once_keep_places_of_their_own(world):
    first, second = (take(world, world.analyst, words) for words in ("We asked", "We waited"))
    again = {quote.pk: Quote.objects.get(pk=quote.pk) for quote in (first, second)}

    outcomes = at_once(
        lambda: quoting.move(quote=again[first.pk], to=quoting.DOWN, by=world.analyst),
        lambda: quoting.move(quote=again[second.pk], to=quoting.UP, by=world.other),
        lambda: take(world, world.other, "We left"),
        lambda: take(world, world.analyst, "left"),
    )

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert sorted(quotes_of(world.study).values_list("position", flat=True)) == [1, 2, 3, 4]
