"""Something that waits, once it has looked, for somebody who comes between."""

import threading


def slowly(monkeypatch, module, name, seconds=0.5):
    """Let a function of a module wait once it has answered; returns what says so and what ends it.

    Behind a lock the other does not come; then it goes on after so many seconds.
    """
    seen, came = threading.Event(), threading.Event()
    act = getattr(module, name)

    def act_slowly(*given, **named):
        found = act(*given, **named)
        seen.set()
        came.wait(seconds)
        return found

    monkeypatch.setattr(module, name, act_slowly)
    return seen, came
