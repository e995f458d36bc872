"""What can end a job early, and how an unexpected end is described."""

import traceback
from pathlib import Path


class LeaseLost(Exception):
    """The job is no longer ours: the lease ran out and somebody else may hold it."""


class Refused(Exception):
    """The work cannot be done; the message is a plain sentence for the user. Not tried again."""


def describe(error: BaseException) -> str:
    """Name an error and where it arose; never its message, which may quote what people told."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{where}"


def path_of(error: BaseException) -> str:
    """Say which calls led to an error, outermost first, without any value."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
