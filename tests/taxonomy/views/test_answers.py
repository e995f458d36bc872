"""What coders answered, as a file for admins."""

import csv
import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from incidents.choices import RoleName
from incidents.models import Change
from taxonomy.actions.planning import open_batch
from taxonomy.choices import BatchState
from taxonomy.models import Category, Coding
from tests.factories import IncidentFactory, MemberFactory
from tests.taxonomy.factories import SchemeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme():
    return SchemeFactory(categories=["Warm"])


@pytest.fixture
def admin(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.ADMIN, RoleName.CODER])


@pytest.fixture
def batch(scheme):
    """A batch in which one coder has answered, with a note."""
    coder = MemberFactory(study=scheme.study, display_name="Ada Quist", roles=[RoleName.CODER])
    moment = IncidentFactory(study=scheme.study).moments.get()
    batch = open_batch(scheme=scheme, name="Plan", moments=[moment], coders=[coder], by=None)
    Coding.objects.create(
        scheme=scheme,
        moment=moment,
        coder=coder,
        assignment=batch.assignments.get(),
        category=Category.objects.get(),
        note="private",
        scheme_revision=1,
        seq=1,
    )
    return batch


def lock(batch):
    batch.state = BatchState.LOCKED
    batch.save()


def url(name, scheme):
    return reverse(f"taxonomy:{name}", args=[scheme.study.slug, scheme.slug])


def test_an_admin_takes_the_answers_of_locked_batches_along(client, scheme, admin, batch):
    client.force_login(admin.user)

    assert rows_of(client.get(url("scheme_answers", scheme))) == []

    lock(batch)
    response = client.get(url("scheme_answers", scheme))

    text = b"".join(response).decode("utf-8-sig")
    assert url("scheme_answers", scheme) in client.get(url("scheme_export", scheme)).text
    assert [row["value"] for row in csv.DictReader(io.StringIO(text))] == ["Warm"]
    assert "private" not in text
    assert "Ada" not in text
    assert Change.objects.filter(verb="export_answers").first().member == admin
    out = io.StringIO()
    call_command("codings", "export", study=scheme.study.slug, stdout=out)
    assert out.getvalue().removeprefix("\ufeff") == text


def rows_of(response):
    return list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))


def test_an_admin_who_codes_blind_gets_no_answers(client, scheme, admin, batch):
    lock(batch)
    moment = IncidentFactory(study=scheme.study).moments.get()
    open_batch(scheme=scheme, name="Mine", moments=[moment], coders=[admin], by=None)
    client.force_login(admin.user)

    assert client.get(url("scheme_answers", scheme)).status_code == 404
    assert url("scheme_answers", scheme) not in client.get(url("scheme_export", scheme)).text
    assert not Change.objects.filter(verb="export_answers").exists()


def test_whoever_signed_in_long_ago_is_asked_first(client, scheme, admin, settings):
    settings.REAUTHENTICATE_MINUTES = 0
    client.force_login(admin.user)

    response = client.get(url("scheme_answers", scheme))

    assert response.status_code == 302
    assert not Change.objects.filter(verb="export_answers").exists()
