"""An interview, and its interviewer signed in."""

import pytest

from tests.factories import InterviewFactory


@pytest.fixture
def interview():
    return InterviewFactory()


@pytest.fixture
def interviewer(client, interview):
    client.force_login(interview.interviewer.user)
    return interview.interviewer
