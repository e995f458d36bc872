"""What the tests of files share."""

import sys
import tracemalloc

import pytest


@pytest.fixture
def calls_of():
    """Count the calls that some work makes: the same on every machine, however busy it is."""

    def counted(work, *arguments):
        calls = 0

        def count(_frame, event, _argument):
            nonlocal calls
            calls += event in {"call", "c_call"}

        former = sys.getprofile()
        sys.setprofile(count)
        try:
            result = work(*arguments)
        finally:
            sys.setprofile(former)
        return result, calls

    return counted


@pytest.fixture
def bytes_held_by():
    """Return the most bytes that some work held at one time."""

    def measured(work, *arguments):
        tracemalloc.start()
        try:
            result = work(*arguments)
            return result, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return measured
