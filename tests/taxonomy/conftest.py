"""Studies of either size: small ones are counted at once, large ones aside."""

import pytest

from taxonomy.queries import counts


@pytest.fixture
def large(monkeypatch):
    """Studies count as large from the first incident on."""
    monkeypatch.setattr(counts, "FEW", 0)


@pytest.fixture(params=["small", "large"])
def any_size(request):
    if request.param == "large":
        request.getfixturevalue("large")
