"""The number of a study's last change of a fact, what bears it, and the request to count again."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from incidents.jobs import join_waiting, request_job
from incidents.models import DataNumber, Incident, Member, Moment, Stay, Study
from incidents.prepared import Act, Given, Question, changing, insert

REBUILD_TALLIES = "taxonomy.rebuild_tallies"


def change_facts(study: Study, *, by: Member | None = None) -> int:
    """Take the study's next number, and ask for its tallies to be built again.

    Call it first in every transaction that changes a fact (a settlement; an incident's state or
    told-as; a moment's valence; a respondent's site), and only then read what the change is
    decided on: the study's row stays locked until the commit, so numbers are in commit order.

    Returns the number of the change about to be made, from 1.

    Raises
    ------
    TransactionManagementError
        Outside a transaction, where the lock would protect nothing.
    """
    number = next_number(study)
    key = f"{REBUILD_TALLIES}:{study.pk}"
    if not join_waiting(key):
        request_job(kind=REBUILD_TALLIES, study=study, by=by, unique_key=key)
    return number


def enter_tables(incidents: QuerySet[Incident], *, number: int, **fields: Any) -> int:
    """Note that incidents count from this number of the study on, and set fields along with it.

    Call it under the number that `change_facts` gave. Three statements, and one more where some
    come back: their former stays are kept. Returns how many incidents there were.
    """
    back = incidents.filter(left_seq__isnull=False).values("pk")
    _keep_former_stays(back)
    entering = Q(entered_seq__isnull=True) | Q(incident__in=back)  # what counts already goes on
    moments = Moment.objects.filter(incident__in=incidents.values("pk"))
    moments.filter(entering).update(entered_seq=number)
    return incidents.update(**fields, left_seq=None)


def _keep_former_stays(back: QuerySet[Incident, Any]) -> None:
    """Write down when those that come back counted before, which is about to be overwritten."""
    counted = Moment.objects.filter(incident__in=back, entered_seq__lt=F("incident__left_seq"))
    stays: Any = counted.values_list("pk", "entered_seq", "incident__left_seq")  # none is null
    Stay.objects.bulk_create(
        Stay(moment_id=key, from_seq=entered, to_seq=left) for key, entered, left in stays
    )


def leave_tables(incidents: QuerySet[Incident], *, number: int, **fields: Any) -> int:
    """Note that incidents count up to this number of the study, and set fields along with it.

    Those that had left before left then. Call it under the number that `change_facts` gave. One
    statement, whatever their number. Returns how many incidents there were.
    """
    return incidents.update(**fields, left_seq=Coalesce(F("left_seq"), number))


def lock_study(study_pk: int) -> Study:
    """Let one at a time decide in a study, until the caller's commit; returns its row as it is.

    Rows that refer to the study may still be written: who holds one of them and is about to commit
    must not wait for whoever waits for them.
    """
    return Study.objects.select_for_update(no_key=True).get(pk=study_pk)


def lock_number(study_pk: int) -> int:
    """Let one at a time decide in a study, as `lock_study` does; returns its number as it is."""
    ((number,),) = _number_of.all(study=study_pk)
    return int(number)


_number_of = Question(
    lambda: (
        Study.objects.select_for_update(no_key=True)
        .filter(pk=Given("study"))
        .values_list("data_seq")
    )
)


def next_number(study: Study) -> int:
    """Lock the study and take its next number, without asking for new tallies."""
    if not transaction.get_connection().in_atomic_block:
        msg = "A fact changes only inside a transaction."
        raise transaction.TransactionManagementError(msg)
    (study.data_seq,) = _count_on.returned(study=study.pk)
    insert(DataNumber(study_id=study.pk, number=study.data_seq, at=timezone.now()))
    return study.data_seq


_count_on = Act(
    lambda: changing(Study.objects.filter(pk=Given("study")), data_seq=F("data_seq") + 1),
    returning="data_seq",
)
