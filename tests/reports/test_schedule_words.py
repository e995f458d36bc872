"""What the page of a saved table says of its schedule."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_no_time_that_ends_with_a_full_stop_ends_a_sentence(language):
    schedule = SimpleNamespace(
        rhythm="nightly",
        owner=SimpleNamespace(display_name="Ana"),
        due_at=dt.datetime(2026, 3, 2, 3, tzinfo=dt.UTC),
        keep=10,
    )
    study = SimpleNamespace(time_zone="UTC")

    with override(language):
        page = render_to_string(
            "reports/schedule_state.html", {"schedule": schedule, "study": study}
        )

    assert "2026" in page
    assert ".." not in page
    assert ". )" not in page
