"""Who waits for an answer: how far it has come is told at GET /steps/{ask}, and work for a client that has gone is given up.

A page names its question in the header `Lianyin-Ask`. Innermost of all: the body has been read, what still comes is that the client left.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph.analysis.steps import Watch, watched

ASK = "lianyin-ask"
LONGEST = 64


class Waiting:
    """Watches each request of one server; `app.state.watches` holds those that were named."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watches: dict[str, Watch] = scope["app"].state.watches
        ask = Headers(scope=scope).get(ASK, "")[:LONGEST]
        watch = Watch()
        if ask:
            watches[ask] = watch
        try:
            with watched(watch):
                async with _listening(receive, watch) as heard:
                    await self._app(scope, heard, send)
        finally:
            watches.pop(ask, None)


@asynccontextmanager
async def _listening(receive: Receive, watch: Watch) -> AsyncIterator[Receive]:
    """What the client sends, read ahead by one message, so that it is noticed when the client goes."""
    messages: asyncio.Queue[Message] = asyncio.Queue(1)

    async def read() -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                watch.wanted = False
            await messages.put(message)
            if message["type"] == "http.disconnect":
                return

    reading = asyncio.create_task(read())
    try:
        yield messages.get
    finally:
        reading.cancel()
