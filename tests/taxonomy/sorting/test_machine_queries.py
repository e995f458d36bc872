"""The machine reads the sort it works on once, however many cards that has."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import jobs
from taxonomy.actions.machine import request_machine_sort

pytestmark = pytest.mark.django_db


def test_the_sort_is_read_once(world, done):
    job = request_machine_sort(sort=done, sizes=[2], by=world.admin)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        jobs.run_now(job)

    read = [query["sql"] for query in asked if ' FROM "taxonomy_sort" ' in query["sql"]]
    assert (len(read), done.items.count() > 1) == (1, True)
