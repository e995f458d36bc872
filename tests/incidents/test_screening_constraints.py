"""What the database itself holds of screening, each rule tried by breaking it."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents.choices import Verdict
from incidents.criteria import Effect
from incidents.models import (
    Likeness,
    Screening,
    ScreeningPlan,
    SecondScreening,
    StudyCriterion,
)
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


def refuses(act):
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


@pytest.fixture
def second():
    incident = IncidentFactory()
    member = MemberFactory(study=incident.study)
    first = Screening.objects.create(incident=incident, member=member, verdict=Verdict.ACCEPT)
    return SecondScreening.objects.create(incident=incident, first=first, version=incident.version)


def change(row, **fields):
    return lambda: type(row).objects.filter(pk=row.pk).update(**fields)


def test_a_study_has_a_criterion_once_and_with_a_known_effect():
    study = StudyFactory()
    row = StudyCriterion.objects.create(study=study, code="habitual", effect=Effect.BLOCKS)

    refuses(lambda: StudyCriterion.objects.create(study=study, code="habitual"))
    refuses(change(row, effect="shouts"))


def test_the_share_screened_twice_is_a_percentage():
    plan = ScreeningPlan.objects.create(study=StudyFactory(), share=100)

    refuses(change(plan, share=101))


def test_a_second_verdict_is_somebodys(second):
    member = MemberFactory(study=second.incident.study)
    now = timezone.now()

    refuses(change(second, verdict=Verdict.ACCEPT))
    refuses(change(second, verdict=Verdict.ACCEPT, member=member))
    refuses(change(second, verdict=Verdict.WITHDRAW, member=member, given_at=now))
    assert change(second, verdict=Verdict.ACCEPT, member=member, given_at=now)() == 1


def test_a_second_exclusion_names_its_criterion(second):
    given = {
        "verdict": Verdict.EXCLUDE,
        "member": MemberFactory(study=second.incident.study),
        "given_at": timezone.now(),
    }

    refuses(change(second, **given))
    assert change(second, **given, criterion="habitual")() == 1


def test_a_disagreement_is_settled_by_somebody_after_both_have_spoken(second):
    member, now = MemberFactory(study=second.incident.study), timezone.now()
    settled = {"settled_for": "first", "settled_by": member, "settled_at": now}

    refuses(change(second, **settled))
    change(second, verdict=Verdict.ACCEPT, member=member, given_at=now)()
    refuses(change(second, settled_for="first"))
    refuses(change(second, **{**settled, "settled_for": "neither"}))
    assert change(second, **settled)() == 1


def test_two_incidents_are_pointed_out_once_and_in_order():
    first = IncidentFactory()
    second = IncidentFactory(study=first.study)
    pair = {"study": first.study, "words": 60, "story": 70}
    Likeness.objects.create(first=first, second=second, **pair)

    refuses(lambda: Likeness.objects.create(first=first, second=second, **pair))
    refuses(lambda: Likeness.objects.create(first=second, second=first, **pair))
    refuses(lambda: Likeness.objects.create(first=first, second=first, **pair))


def test_a_likeness_is_judged_by_somebody():
    first = IncidentFactory()
    row = Likeness.objects.create(
        study=first.study,
        first=first,
        second=IncidentFactory(study=first.study),
        words=1,
        story=50,
    )

    refuses(change(row, judgement="same"))
    refuses(change(row, judgement="perhaps", judged_by=MemberFactory(study=first.study)))
    assert change(row, judgement="same", judged_by=MemberFactory(study=first.study))() == 1
