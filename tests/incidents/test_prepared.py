import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, Q
from django.db.models.sql.compiler import SQLCompiler

from incidents.choices import RoleName
from incidents.models import Change, Incident, Interview, Member, Moment, Respondent, Study
from incidents.prepared import Act, Given, Question, changing, insert, removing
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    MomentFactory,
    StudyFactory,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db


def by_uid():
    return Interview.objects.filter(uid=Given("uid")).select_related("interviewer__study")


def test_a_question_answers_for_each_value_as_a_queryset_does(django_assert_num_queries):
    first, second = InterviewFactory(), InterviewFactory()
    question = Question(by_uid)

    with django_assert_num_queries(3):
        found = [question.first(uid=one.uid) for one in (first, second)]
        nobody = question.first(uid=uuid.uuid4())
        assert found == [first, second]
        assert [one.interviewer.study for one in found] == [first.study, second.study]
        assert [one.created_at for one in found] == [first.created_at, second.created_at]
    assert nobody is None


def test_the_sql_of_a_question_is_written_once(monkeypatch):
    interview = InterviewFactory()
    question = Question(by_uid)
    question.first(uid=interview.uid)

    def written_again(*_):
        pytest.fail("The SQL is written once more.")

    monkeypatch.setattr(SQLCompiler, "as_sql", written_again)

    assert question.first(uid=interview.uid) == interview


def test_a_question_takes_times_annotations_and_plain_values():
    early, late = (IncidentFactory() for _one in range(2))
    Incident.objects.filter(pk=early.pk).update(created_at=dt.datetime(2001, 1, 1, tzinfo=dt.UTC))
    MomentFactory(incident=late, position=2)
    question = Question(
        lambda: (
            Incident.objects.filter(created_at__gte=Given("since"), pk__lte=Given("last"))
            .annotate(moment_count=Count("moments"))
            .order_by("pk")
        )
    )
    counted = Question(lambda: Moment.objects.filter(incident=Given("of")).values_list("position"))

    found = question.all(since=dt.datetime(2002, 1, 1, tzinfo=dt.UTC), last=late.pk)

    assert [(one.pk, one.moment_count) for one in found] == [(late.pk, 2)]
    assert counted.all(of=late.pk) == [(1,), (2,)]


def test_rows_are_locked_in_a_transaction_only(transactional_db):
    respondent = InterviewFactory().respondent
    question = Question(lambda: Respondent.objects.select_for_update().filter(pk=Given("pk")))

    with transaction.atomic():
        assert question.first(pk=respondent.pk) == respondent

    if connection.features.has_select_for_update:
        with pytest.raises(transaction.TransactionManagementError):
            question.first(pk=respondent.pk)


def test_an_act_changes_and_removes_and_says_how_many():
    moment, other = MomentFactory(incident=IncidentFactory(), position=2), MomentFactory()
    change = Act(
        lambda: changing(
            Moment.objects.filter(uid=Given("uid")),
            valence=Given("valence"),
            row_version=F("row_version") + 1,
        )
    )
    remove = Act(lambda: removing(Moment.objects.filter(Q(uid=Given("a")) | Q(pk=Given("b")))))

    changed = [change.do(uid=uid, valence="mixed") for uid in (moment.uid, uuid.uuid4())]
    again = change.do(uid=moment.uid, valence="negative")

    moment.refresh_from_db()
    other.refresh_from_db()
    assert (changed, again) == ([1, 0], 1)
    assert (moment.valence, moment.row_version) == ("negative", 2)
    assert (other.valence, other.row_version) == ("positive", 0)
    assert remove.do(a=moment.uid, b=other.pk) == 2
    assert not Moment.objects.filter(pk__in=[moment.pk, other.pk]).exists()


def test_an_act_returns_a_column_as_it_is_afterwards():
    study = StudyFactory()
    count_on = Act(
        lambda: changing(Study.objects.filter(pk=Given("study")), data_seq=F("data_seq") + 1),
        returning="data_seq",
    )

    numbers = [count_on.returned(study=pk) for pk in (study.pk, study.pk, 0)]

    assert numbers == [[1], [2], []]
    assert Study.objects.get().data_seq == 2


def test_a_row_is_inserted_as_save_writes_it(django_assert_num_queries):
    pattern = IncidentFactory(told_as="own")
    told = {
        name: getattr(pattern, name) for name in ("study", "interview", "site", "told_as", "state")
    }
    saved = Incident.objects.create(**told)

    with django_assert_num_queries(1) as asked:
        inserted = insert(Incident(**told))

    rows = Incident.objects.in_bulk([saved.pk, inserted.pk])
    differing = {"id", "uid", "created_at"}
    first, second = (
        {name: value for name, value in row.items() if name not in differing}
        for row in Incident.objects.filter(pk__in=rows).order_by("pk").values()
    )
    assert "RETURNING" in asked[0]["sql"]
    assert first == second
    assert rows[inserted.pk].uid == inserted.uid
    assert (inserted.viewpoint, inserted.created_at) == (
        "provider",
        rows[inserted.pk].created_at,
    )
    inserted.position = 9
    inserted.save(update_fields=["position"])
    assert Incident.objects.get(pk=inserted.pk).position == 9


def test_an_inserted_row_keeps_json_and_a_time_of_its_own():
    member = MemberFactory()
    at = dt.datetime(2001, 2, 3, 4, 5, tzinfo=dt.UTC)
    details = {"fields": ["ü", None, 1]}

    row = insert(Change(study=member.study, member=member, verb="x", details=details, at=at))

    kept = Change.objects.get(pk=row.pk)
    assert (row.at, kept.at, kept.details) == (at, at, details)


def test_what_a_constraint_refuses_breaks_the_transaction():
    moment = MomentFactory(incident=IncidentFactory(), position=2)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Moment(incident=moment.incident, position=2))

    assert Moment.objects.filter(incident=moment.incident).count() == 2


@pytest.mark.postgres
def test_two_threads_ask_the_same_question_at_once(transactional_db):
    members = [MemberFactory(roles=[RoleName.CODER]) for _one in range(2)]
    question = Question(lambda: Member.objects.filter(uid=Given("uid")))

    def ask(member):
        return lambda: [question.first(uid=member.uid).pk for _time in range(200)]

    found = at_once(*map(ask, members))

    assert [set(pks) for pks in found] == [{member.pk} for member in members]
