"""A bounded number of requests is answered at once; a short queue waits; the rest is told when to come again."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from graph.record.errors import StoreUnavailable

OPEN = ("/api/v1/health", "/api/v1/openapi.json")
"""Answered at once, whatever else is going on."""


class Gate:
    """Lets `computing` requests in and `waiting` wait for `patience` seconds. Streams of events compute nothing and pass."""

    def __init__(self, app: ASGIApp, *, computing: int, waiting: int, patience: float) -> None:
        self._app = app
        self._places = asyncio.Semaphore(computing)
        self._present, self._most, self._patience = 0, computing + waiting, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN or scope["path"].endswith("/events"):
            await self._app(scope, receive, send)
            return
        if self._present >= self._most:
            raise StoreUnavailable("too_busy")
        self._present += 1
        try:
            await self._pass(scope, receive, send)
        finally:
            self._present -= 1

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.wait_for(self._places.acquire(), self._patience)
        except TimeoutError:
            raise StoreUnavailable("too_busy") from None
        try:
            await self._app(scope, receive, send)
        finally:
            self._places.release()
