"""Fixtures of what comes out."""

import pytest

from tests.reports.told import make_world


@pytest.fixture
def world(db):
    """Return a small study that tests tell incidents in."""
    return make_world()
