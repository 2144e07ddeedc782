"""How far a long piece of work has come, told to whoever waits for it; and its end where nobody waits any more.

    with watched(Watch()) as watch:          # the server, around a request
        ...
    step("pairs", at, of)                    # the work, now and then; costs nothing where nobody watches
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from graph.record.errors import Conflict

T = TypeVar("T")


@dataclass(slots=True)
class Watch:
    """What one waits for: the step, how many of how many are done (0 of 0 where nobody counts), and whether it is still wanted."""

    step: str = ""
    at: int = 0
    of: int = 0
    wanted: bool = True


_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[Watch]:
    """Work inside tells this watch, in threads that the block starts for itself too."""
    before = _WATCH.set(watch)
    try:
        yield watch
    finally:
        _WATCH.reset(before)


def step(name: str, at: int = 0, of: int = 0) -> None:
    """Says where the work is. Raises Conflict `not_wanted` where nobody waits for it any more."""
    watch = _WATCH.get()
    if watch is None:
        return
    if not watch.wanted:
        raise Conflict("not_wanted")
    watch.step, watch.at, watch.of = name, at, of


def stepping(name: str, things: Sequence[T]) -> Iterable[T]:
    """The things, one after the other, each a step."""
    for at, one in enumerate(things):
        step(name, at, len(things))
        yield one
