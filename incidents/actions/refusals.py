"""What an action says when it does not act; the sentence is for the person who asked."""


class RefusedError(Exception):
    """The rules do not allow it, whoever asks."""


class StaleError(RefusedError):
    """Somebody else changed the object since it was read."""
