"""Pages of coding again: drawing a sample, the figures, and what was answered otherwise."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.choices import RoleName
from incidents.models import Change, Job
from taxonomy.actions.measuring_again import MEASURE_RECODING
from taxonomy.actions.planning import lock_batch
from taxonomy.actions.recoding import draw_recoding
from taxonomy.choices import BatchKind
from taxonomy.models import Batch, Coding
from taxonomy.queries.recoding import Asked
from taxonomy.views import recoding
from tests.factories import MemberFactory
from tests.taxonomy.factories import AssignmentFactory
from tests.taxonomy.planning_world import answer, coders_in, moments_in, scheme_to_code

pytestmark = pytest.mark.django_db
QUERIES = 11


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def admin(scheme, client):
    member = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    client.force_login(member.user)
    return member


def url(name, scheme):
    return reverse(f"taxonomy:{name}", args=[scheme.study.slug, scheme.slug])


def coded(scheme, coder, number, days=30):
    once = scheme.batches.get(kind=BatchKind.ONCE)
    for moment in moments_in(scheme, number):
        answer(AssignmentFactory(batch=once, moment=moment, coder=coder))
    at = timezone.now() - dt.timedelta(days=days, hours=1)
    Coding.objects.filter(coder=coder).update(created_at=at)


def coded_again(scheme, coder, number, name="Waiting"):
    """A locked batch in which a coder said so many times something else."""
    coded(scheme, coder, number)
    asked = Asked(name="Again", coders=[coder], number=number)
    (batch,) = draw_recoding(scheme=scheme, asked=asked, by=None)
    for row in batch.assignments.select_related("coder", "batch__scheme__study"):
        answer(row, name)
    return lock_batch(batch=batch, by=None)


def sent(coder, **fields):
    return {"name": "Again", "coders": [coder.uid], "days": 14, "number": 2, "seed": 1, **fields}


def test_a_sample_is_seen_before_it_is_drawn(client, scheme, admin):
    coder = coders_in(scheme, 1)[0]
    coded(scheme, coder, 3)

    preview = client.get(url("recoding_preview", scheme), sent(coder))

    assert [(share.old, share.drawn) for share in preview.context["shares"]] == [(3, 2)]
    assert not Batch.objects.filter(kind=BatchKind.RECODE).exists()
    drawn = client.post(url("recoding_create", scheme), sent(coder, due_on="2027-01-05"))
    assert drawn.url == url("plan_list", scheme)
    batch = Batch.objects.get(kind=BatchKind.RECODE)
    assert (batch.assignments.count(), batch.due_on) == (2, dt.date(2027, 1, 5))
    shown = client.get(drawn.url).text
    assert "1 coder finds the moments under Code" in shown
    assert "Coded again by the same coder" in shown


def test_when_nothing_is_old_enough_it_is_said_and_nothing_can_be_drawn(client, scheme, admin):
    coder = coders_in(scheme, 1)[0]
    coded(scheme, coder, 2, days=13)

    preview = client.get(url("recoding_preview", scheme), sent(coder)).text
    drawn = client.post(url("recoding_create", scheme), sent(coder))

    assert "Nothing is old enough" in preview
    assert "Draw, and give it out" not in preview
    assert drawn.status_code == 422
    assert "None of them has an answer that is old enough" in drawn.text


def test_a_sample_without_a_size_is_refused(client, scheme, admin):
    shown = client.get(url("recoding_preview", scheme), sent(coders_in(scheme, 1)[0], number=""))

    assert shown.status_code == 422
    assert "Say how large the sample is." in shown.text


def test_the_page_of_the_batch_says_how_it_was_drawn_and_takes_away(client, scheme, admin):
    coder = coders_in(scheme, 1)[0]
    coded(scheme, coder, 3)
    client.post(url("recoding_create", scheme), sent(coder, spread="on"))
    batch = Batch.objects.get(kind=BatchKind.RECODE)
    at = [scheme.study.slug, scheme.slug, batch.uid]

    shown = client.get(reverse("taxonomy:batch_show", args=at)).text

    assert "2 drawn at random from 3 answers at least 14 days old (seed 1)" in shown
    assert "Hand on" not in shown
    client.post(reverse("taxonomy:batch_take_away", args=[*at, coder.uid]))
    assert not batch.assignments.exists()


def test_the_figures_are_asked_for_and_shown_without_any_other_batch(client, scheme, admin):
    coder = coders_in(scheme, 1)[0]
    assert (
        "Nobody has coded earlier work again yet"
        in client.get(url("reliability_show", scheme)).text
    )
    coded_again(scheme, coder, 2)
    Job.objects.all().delete()
    assert "nobody has computed its figures" in client.get(url("reliability_show", scheme)).text

    client.post(url("recoding_measure", scheme))

    assert Job.objects.filter(kind=MEASURE_RECODING, requested_by=admin).count() == 1
    assert Change.objects.filter(verb="measure_recoding", member=admin).count() == 1
    assert "New figures are being computed" in client.get(url("reliability_show", scheme)).text


def test_nothing_is_measured_before_a_batch_is_locked(client, scheme, admin):
    told = client.post(url("recoding_measure", scheme), follow=True).text

    assert "nothing to measure before a batch coded again is locked" in told
    assert not Job.objects.filter(kind=MEASURE_RECODING).exists()


def test_coders_read_what_they_said_otherwise_themselves_and_no_name(client, scheme):
    one, other = coders_in(scheme, 2)
    coded_again(scheme, one, 2)
    coded_again(scheme, other, 1)
    client.force_login(one.user)

    page = client.get(url("recoding_apart", scheme), {"coder": other.uid})

    assert [row.again.coder for row in page.context["rows"]] == [one, one]
    assert "2 moments to which you gave another answer" in page.text
    assert other.display_name not in page.text


def test_who_codes_again_finds_no_page_before_the_lock(client, scheme):
    coder = coders_in(scheme, 1)[0]
    coded_again(scheme, coder, 1)
    coded(scheme, coder, 1)
    draw_recoding(scheme=scheme, asked=Asked(name="", coders=[coder], number=9), by=None)
    client.force_login(coder.user)

    assert client.get(url("recoding_apart", scheme)).status_code == 404
    assert "The same coder again" not in client.get(url("reliability_show", scheme)).text


@pytest.mark.parametrize("number", [1, 12])
def test_the_list_takes_as_many_queries_for_any_number_of_moments(
    client, scheme, admin, number, django_assert_num_queries
):
    coder = coders_in(scheme, 1)[0]
    coded_again(scheme, coder, number)
    client.get(url("recoding_apart", scheme))

    with django_assert_num_queries(QUERIES):
        page = client.get(url("recoding_apart", scheme))

    assert len(page.context["rows"]) == number
    assert page.text.count(coder.display_name) == number


def test_the_list_is_paged_and_keeps_what_was_asked(client, scheme, admin, monkeypatch):
    monkeypatch.setattr(recoding, "PAGE_SIZE", 2)
    coder = coders_in(scheme, 1)[0]
    coded_again(scheme, coder, 3)

    first = client.get(url("recoding_apart", scheme), {"round": 1, "coder": coder.uid})
    second = client.get(url("recoding_apart", scheme) + first.context["next_url"])

    assert (len(first.context["rows"]), len(second.context["rows"])) == (2, 1)
    assert second.context["whose"] == coder
