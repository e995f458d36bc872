"""Rows in bulk are what the models would have written."""

import datetime as dt
import uuid
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from django.db.transaction import TransactionManagementError
from django.forms import model_to_dict
from django.utils import timezone

from incidents.actions.rows import reserve_keys, write_rows
from incidents.choices import Relation, RowOutcome, Valence
from incidents.models import Import, ImportRow, Incident, Moment, Respondent, StoredFile
from tests.factories import IncidentFactory, InterviewFactory, SiteFactory

AWKWARD = "A tab\t, a line\nbreak, a back\\slash, \\N, “quotes” 'and' \"these\", 退货 😀"


def respondent(site, code, **fields):
    return {"id": None, "uid": uuid.uuid4(), "site_id": site.pk, "code": code, **fields}


def written(site, *rows, **same):
    keys = reserve_keys(Respondent, len(rows))
    complete = [{**row, "id": key} for row, key in zip(rows, keys, strict=True)]
    write_rows(Respondent, complete, study_id=site.organization.study_id, **same)
    return list(Respondent.objects.filter(pk__in=keys).order_by("pk"))


@pytest.mark.django_db
def test_a_row_in_bulk_equals_one_of_the_model():
    site = SiteFactory()
    study = site.organization.study
    alone = Respondent.objects.create(study=study, site=site, code="a", job_role=AWKWARD)

    (bulk,) = written(site, respondent(site, "b", job_role=AWKWARD))

    assert model_to_dict(bulk) == {**model_to_dict(alone), "code": "b", "id": bulk.pk}
    assert bulk.relation == Relation.NOT_STATED
    assert (bulk.row_version, bulk.implied) == (0, False)
    assert bulk.uid != alone.uid


@pytest.mark.django_db
def test_what_is_alike_is_said_once():
    site = SiteFactory()

    rows = written(
        site, respondent(site, "a"), respondent(site, "b"), relation=Relation.CUSTOMER, implied=True
    )

    assert [(one.code, one.relation, one.implied) for one in rows] == [
        ("a", "customer", True),
        ("b", "customer", True),
    ]


@pytest.mark.django_db
def test_times_dates_and_json_come_back_as_they_were():
    like = IncidentFactory()
    (key,) = reserve_keys(Incident, 1)
    told_at = timezone.now() - dt.timedelta(days=1, microseconds=7)
    row = {
        "id": key,
        "interview_id": like.interview_id,
        "site_id": like.site_id,
        "happened_from": dt.date(2024, 2, 29),
        "told_as": "customer",
        "created_at": told_at,
    }
    write_rows(Incident, [row], study_id=like.study_id)

    incident = Incident.objects.get(pk=key)
    assert (incident.created_at, incident.happened_from) == (told_at, dt.date(2024, 2, 29))
    assert (incident.happened_to, incident.version, incident.viewpoint) == (None, None, "customer")

    file = StoredFile.objects.create(study=like.study, name="f", path="p", size=1, sha256="x")
    source = Import.objects.create(study=like.study, file=file)
    extra = {"columns": {"Wörter": AWKWARD}, "none": None}
    rows = [
        {"number": 1, "extra": extra, "outcome": RowOutcome.REFUSED},
        {"number": 2, "extra": {}, "outcome": RowOutcome.REFUSED},
    ]
    write_rows(ImportRow, rows, source_id=source.pk)
    kept = ImportRow.objects.order_by("number").values_list("extra", flat=True)
    assert list(kept) == [extra, {}]


@pytest.mark.django_db
def test_every_row_gets_a_uid_of_its_own_and_the_defaults():
    incident = IncidentFactory()
    Moment.objects.all().delete()

    write_rows(Moment, [{"incident_id": incident.pk, "position": n} for n in (1, 2, 3)])

    moments = Moment.objects.order_by("position")
    assert len({one.uid for one in moments}) == 3
    assert [(one.position, one.valence) for one in moments] == [
        (n, Valence.NOT_STATED) for n in (1, 2, 3)
    ]


@pytest.mark.django_db
def test_keys_are_ascending_and_nobody_elses():
    site = SiteFactory()
    first = reserve_keys(Respondent, 3)
    rows = written(site, respondent(site, "a"), respondent(site, "b"))
    later = Respondent.objects.create(study=site.organization.study, site=site, code="c")
    keys = [one.pk for one in rows]

    assert all(one < other for one, other in pairwise(first))
    assert all(one < other for one, other in pairwise(keys))
    assert later.pk not in keys
    assert Respondent.objects.count() == 3


@pytest.mark.django_db
def test_nothing_of_a_portion_stays_that_breaks_a_constraint():
    site = SiteFactory()
    rows = [respondent(site, "a"), respondent(site, "a")]

    with pytest.raises(IntegrityError), transaction.atomic():
        written(site, *rows)

    assert not Respondent.objects.exists()


@pytest.mark.django_db
def test_rows_that_name_different_things_are_refused():
    site = SiteFactory()
    rows = [respondent(site, "a"), respondent(site, "b", job_role="lost otherwise")]

    with pytest.raises(ValueError, match="job_role"), transaction.atomic():
        written(site, *rows)

    assert not Respondent.objects.exists()


@pytest.mark.django_db
def test_no_rows_are_no_work(django_assert_num_queries):
    with django_assert_num_queries(0):
        write_rows(Respondent, [], study_id=1)


@pytest.mark.django_db(transaction=True)
def test_rows_are_written_in_the_transaction_of_an_act():
    interview = InterviewFactory()

    with pytest.raises(TransactionManagementError):
        write_rows(Incident, [{"interview_id": interview.pk}])
    with pytest.raises(TransactionManagementError):
        reserve_keys(Incident, 1)
