import datetime as dt
import uuid
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q
from django.db.models.sql.compiler import SQLCompiler

from incidents.choices import RoleName
from incidents.models import Change, Incident, Interview, Member, Moment, Respondent, Study
from incidents.prepared import Act, Given, NextKey, Question, changing, insert, removing
from tests.factories import (
    IncidentFactory,
    InterviewFactory,
    MemberFactory,
    MomentFactory,
    StudyFactory,
)
from tests.racing import at_once, elsewhere

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


# -- What the database keeps ------------------------------------------------------------------

ask_for_study = Question(lambda: Study.objects.filter(uid=Given("uid")))
rename = Act(lambda: changing(Study.objects.filter(uid=Given("uid")), name=Given("name")))


@contextmanager
def a_longer_name():
    """What a migration may do while we serve: a column of studies takes more, for now."""

    def lengthen(most):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE incidents_study ALTER COLUMN name TYPE varchar({most})")

    usual = Study._meta.get_field("name").max_length
    try:
        elsewhere(lambda: lengthen(2 * usual))
        yield
    finally:
        elsewhere(lambda: lengthen(usual))


def plans_kept():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        return {sql: used for sql, used in cursor.fetchall() if "incidents_study" in sql}


@pytest.mark.postgres
def test_the_database_keeps_its_plan_for_the_next_time(transactional_db):
    study = StudyFactory()
    connection.close()

    for _time in range(3):
        ask_for_study.first(uid=study.uid)
        rename.do(uid=study.uid, name="Another")
        Study.objects.get(uid=study.uid)

    kept = plans_kept()
    assert sorted(sql[:6] for sql in kept) == ["SELECT", "UPDATE"]
    assert list(kept.values()) == [3, 3]


@pytest.mark.postgres
def test_in_a_transaction_it_keeps_the_plan_of_what_no_migration_makes_another(transactional_db):
    study = StudyFactory()
    connection.close()
    here = Study.objects.filter(uid=Given("uid"))
    is_named = ExpressionWrapper(Q(name=study.name), BooleanField())
    number = Question(lambda: here.annotate(is_named=is_named).values_list("data_seq", "is_named"))

    with transaction.atomic():
        answers = [number.first(uid=study.uid) for _time in range(2)]
        ask_for_study.first(uid=study.uid)
        kept = plans_kept()

    assert answers == [(study.data_seq, True)] * 2
    assert list(kept.values()) == [2]


@pytest.mark.postgres
def test_who_listens_hears_the_values(transactional_db, django_assert_num_queries):
    study = StudyFactory()

    with django_assert_num_queries(2) as asked:
        ask_for_study.first(uid=study.uid)
        rename.do(uid=study.uid, name="O'Neill")

    assert study.uid.hex in asked[0]["sql"].replace("-", "")
    assert "'O''Neill'" in asked[1]["sql"]


@pytest.mark.postgres
def test_a_question_survives_a_change_of_its_table(transactional_db):
    study = StudyFactory()
    ask_for_study.first(uid=study.uid)

    with a_longer_name():
        assert ask_for_study.first(uid=study.uid) == study
        assert ask_for_study.first(uid=study.uid) == study


@pytest.mark.postgres
def test_a_transaction_survives_a_change_of_a_table(transactional_db):
    study = StudyFactory()
    ask_for_study.first(uid=study.uid)
    rename.do(uid=study.uid, name="Before")

    with a_longer_name(), transaction.atomic():
        rename.do(uid=study.uid, name="Meanwhile")
        assert ask_for_study.first(uid=study.uid).name == "Meanwhile"


@pytest.mark.postgres
def test_what_is_not_known_is_given_as_null(transactional_db):
    moment = MomentFactory()
    enter = Act(lambda: changing(Moment.objects.filter(pk=Given("pk")), entered_seq=Given("seq")))

    for number in (None, 7, None, 2**40):
        enter.do(pk=moment.pk, seq=number)
        moment.refresh_from_db()
        assert moment.entered_seq == number


def test_a_key_that_is_taken_ahead_is_that_of_the_next_row():
    member = MemberFactory()
    take = Question(lambda: Study.objects.filter(pk=Given("study")).values_list(NextKey(Change)))

    keys, rows = [], []
    for _time in range(2):
        ((key,),) = take.all(study=member.study_id)
        rows.append(insert(Change(pk=key, study=member.study, verb="x")))
        keys.append(key)
    next_row = Change.objects.create(study=member.study, verb="x")

    assert [row.pk for row in rows] == keys == [next_row.pk - 2, next_row.pk - 1]
