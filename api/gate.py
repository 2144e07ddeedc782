"""A bounded number of requests is answered at once; a short queue waits; the rest is told when to come again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from graph.record.errors import StoreUnavailable

OPEN = ("/api/v1/health", "/api/v1/openapi.json")
"""Answered at once, whatever else is going on."""


STEPS = "/api/v1/steps/"
"""How far a question has come is told while the places are taken by questions."""

QUESTIONS = tuple(f"/api/v1/{path}" for path in ("suggestions", "suggestions/counts", "groups", "groups/instance", "evidence", "tables"))
"""What is asked by POST and writes nothing: it stands in the line of reads."""


class _Line:
    """Requests that wait for one of some places."""

    def __init__(self, places: int, waiting: int, patience: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._present, self._most, self._patience = 0, places + waiting, patience

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for as long as the block lasts. Raises StoreUnavailable `too_busy`."""
        if self._present >= self._most:
            raise StoreUnavailable("too_busy")
        self._present += 1
        try:
            await self._acquire()
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._present -= 1

    async def _acquire(self) -> None:
        try:
            await asyncio.wait_for(self._places.acquire(), self._patience)
        except TimeoutError:
            raise StoreUnavailable("too_busy") from None


class Gate:
    """Lets `computing` reads and one write in, and `waiting` of each wait for `patience` seconds. Streams of events compute nothing.

    Writes have a line of their own: the store takes one at a time, and those that wait for a long import must not keep readers out.
    """

    def __init__(self, app: ASGIApp, *, computing: int, waiting: int, patience: float) -> None:
        self._app = app
        self._reads = _Line(computing, waiting, patience)
        self._writes = _Line(1, waiting, patience)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN or scope["path"].endswith("/events") or scope["path"].startswith(STEPS):
            await self._app(scope, receive, send)
            return
        reads = scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"] in QUESTIONS
        line = self._reads if reads else self._writes
        async with line.place():
            await self._app(scope, receive, send)
