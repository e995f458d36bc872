"""The kinds of work there are, and the checks of the sweeper. Apps register theirs when ready."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from incidents.jobs.claiming import Claim

    Runner = Callable[[Claim], None]
else:
    Runner = Callable


class Kind(NamedTuple):
    """How one kind of work is done and what people call it."""

    run: "Runner"
    label: "StrOrPromise"


_kinds: dict[str, Kind] = {}
_sweeps: list[Callable[[], None]] = []


def register(kind: str, run: "Runner", *, label: "StrOrPromise") -> None:
    """Say how a kind of work is done; a second registration replaces the first."""
    _kinds[kind] = Kind(run, label)


def register_sweep(find_work: Callable[[], None]) -> None:
    """Let the sweeper make one more check, each time it goes round."""
    if find_work not in _sweeps:
        _sweeps.append(find_work)


def kinds() -> frozenset[str]:
    """Return the names of all kinds of work."""
    return frozenset(_kinds)


def sweeps() -> tuple[Callable[[], None], ...]:
    """Return the further checks of the sweeper, in the order they were registered."""
    return tuple(_sweeps)


def kind_of(name: str) -> Kind:
    """Return a kind by its name; LookupError if no app has registered it."""
    if name not in _kinds:
        msg = f"No app has registered jobs of the kind {name!r}."
        raise LookupError(msg)
    return _kinds[name]


def label_of(name: str) -> str:
    """Say what people call a kind of work; its bare name if it is no longer known."""
    return str(_kinds[name].label) if name in _kinds else name
