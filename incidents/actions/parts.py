"""What others do when the parts of an incident become one again; they say so when they are ready.

As with jobs, what is above is not known here: it asks to be called.
"""

from collections.abc import Callable, Sequence

from incidents.models import Moment

MadeWhole = Callable[[Moment, Sequence[Moment]], object]
_called: list[MadeWhole] = []


def when_made_whole(act: MadeWhole) -> None:
    """Call this with the moment that stays and those that go, before they do, in the same commit.

    The study is locked then. Saying it twice calls it once.
    """
    if act not in _called:
        _called.append(act)


def make_whole(stays: Moment, going: Sequence[Moment]) -> None:
    """Let whoever asked for it bring what hangs on the moments that go to the one that stays."""
    for act in _called:
        act(stays, going)
