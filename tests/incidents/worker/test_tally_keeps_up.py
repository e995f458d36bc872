"""With a real worker beside them, coders see their answers in the table within seconds."""

import uuid

import pytest

from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.queries.tables import answer
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory, MemberFactory
from tests.incidents.worker.conftest import bell_at
from tests.racing import until
from tests.taxonomy.factories import SchemeFactory

pytestmark = pytest.mark.worker


@pytest.fixture
def scheme(transactional_db):
    scheme = SchemeFactory(categories=["kind", "rude"])
    for _ in range(4):
        IncidentFactory(study=scheme.study)
    return scheme


def code_one(scheme):
    coder = MemberFactory(study=scheme.study, roles=["coder"])
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    category = scheme.categories.first()
    code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=category)


def is_counted(scheme, moments):
    counted = answer(scheme, Specification(1))
    by_tally = counted.counted_at is not None
    return by_tally and counted.fresh and counted.table.base.total == moments


def test_the_tally_follows_every_settlement_by_itself(scheme, site):
    site.start_worker(sweeps=False)
    for number in (1, 2):
        code_one(scheme)
        until(lambda number=number: is_counted(scheme, number))


def test_the_sweeper_brings_the_tally_up_to_date_when_no_bell_was_heard(scheme, site, tmp_path):
    with bell_at("redis+socket:///nowhere/at/all", folder=tmp_path):
        code_one(scheme)
        code_one(scheme)
    site.start_worker(sweeps=True)

    until(lambda: is_counted(scheme, 2))
