"""What others say and do when the parts of an incident change; they say so when they are ready.

As with jobs, what is above is not known here: it asks to be called.
"""

from collections.abc import Callable, Sequence

from incidents.models import Incident, Moment

ToDivide = Callable[[Incident], object]
MadeWhole = Callable[[Moment, Sequence[Moment]], object]
_asked: list[ToDivide] = []
_called: list[MadeWhole] = []


def before_dividing(act: ToDivide) -> None:
    """Call this with an incident before its parts become others; RefusedError leaves them be.

    The study is locked then. Saying it twice calls it once.
    """
    if act not in _asked:
        _asked.append(act)


def ask_to_divide(incident: Incident) -> None:
    """Let whoever asked for it refuse that the parts of an incident become others."""
    for act in _asked:
        act(incident)


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
