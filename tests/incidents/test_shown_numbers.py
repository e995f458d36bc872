"""Numbers as the language writes them."""

import pytest
from django.utils import translation

from incidents.paging import shown_decimal


@pytest.mark.parametrize(
    ("number", "places", "shown"),
    [
        (200 / 3, 1, "66.7"),
        (0.0496, 3, "0.050"),
        (0.25, 1, "0.3"),
        (1.005, 2, "1.01"),  # as it is written, not as the machine keeps it
        (2, 2, "2.00"),
        (1e-9, 3, "0.000"),
        (12345.678, 1, "12,345.7"),
        (-2.96, 1, "−3.0"),
        (-0.04, 1, "0.0"),
    ],
)
def test_a_number_is_rounded_half_up_and_never_cut_off(number, places, shown):
    assert shown_decimal(number, places) == shown


def test_a_number_is_written_as_its_language_does():
    with translation.override("de"):
        assert shown_decimal(1234.56, 1) == "1.234,6"
