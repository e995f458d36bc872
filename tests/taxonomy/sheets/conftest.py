"""What the tests of files share."""

import sys
import time
from contextlib import contextmanager

import pytest


@pytest.fixture
def seconds_of_work():
    """Measure processor seconds: other work on the machine and the coverage tracer do not count."""

    @contextmanager
    def measured():
        tracer = sys.gettrace()
        sys.settrace(None)
        started = time.process_time()
        spent = []
        try:
            yield lambda: spent[0]
        finally:
            spent.append(time.process_time() - started)
            sys.settrace(tracer)

    return measured
