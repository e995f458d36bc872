"""Why a moment stands in another cell of a later run. Loads nothing, so pages may import it."""

from enum import StrEnum


class Cause(StrEnum):
    """The five causes, in the order in which they are told."""

    ENTERED = "entered"
    LEFT = "left"
    RECODED = "recoded"
    REBATCHED = "rebatched"
    CORRECTED = "corrected"
