"""Versions that other machines make: how a server over a shared store hears of them, and how a request waits for one."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.gate import OPEN
from api.problems import unforeseen
from api.published import Publisher
from api.security import CALLER
from graph.record.errors import InvalidData, LianyinError, StoreUnavailable
from graph.record.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from api.desk import Desk

PAUSE = 0.3
"""Seconds between two looks at the shared log."""
AGAIN = 5.0
"""Seconds after which the work after a publishing is tried again, where another process was at it or the server away."""
REFUSED = 60.0
"""Seconds without another try after the server refused the login: three failures in a row lock the user out, also for other machines."""
HEADER = "lianyin-at-least"
PATIENCE = 2.0
"""Seconds that a request waits for the version that it asks for."""


class Follower:
    """Follows the shared log on a thread of its own and publishes what comes. While the server is away, what is published stays.

    `then` is called after a new version was published, and now and then: on another thread, since it may take long; with what is set
    when it should come to an end.
    """

    def __init__(self, store: SqliteStore, publisher: Publisher, then: Callable[[threading.Event], object] = lambda ended: None) -> None:
        self._store, self._publisher, self._then = store, publisher, then
        self._ended, self._news = threading.Event(), threading.Event()
        self._at = time.monotonic()
        self.trouble = ""
        """Code of what kept it from following at the last look; empty where nothing did."""
        self._refused = -REFUSED
        self._threads = [threading.Thread(target=run, name="follower", daemon=True) for run in (self._follow, self._go_on)]
        for thread in self._threads:
            thread.start()

    @property
    def behind(self) -> float:
        """Seconds since the log was last read to its end."""
        return time.monotonic() - self._at

    def close(self) -> None:
        """Ends after what has begun."""
        self._ended.set()
        self._news.set()
        for thread in self._threads:
            thread.join()

    def _follow(self) -> None:
        version = -1
        while not self._ended.wait(PAUSE):
            with self._lasting() as may:  # the next look is soon
                if not may:
                    continue
                begun = time.monotonic()
                self._store.follow()
                now = self._publisher.now().version
                self._at, self.trouble = begun, ""
                if now != version:
                    version = now
                    self._news.set()

    def _go_on(self) -> None:
        while not self._ended.is_set():
            self._news.wait(AGAIN)
            self._news.clear()
            with self._lasting() as may:
                if may and not self._ended.is_set():
                    self._then(self._ended)

    @contextmanager
    def _lasting(self) -> Iterator[bool]:
        """Nothing ends a thread that follows: what goes wrong is said in the log, once, and in the health; False after a refusal."""
        try:
            yield time.monotonic() - self._refused >= REFUSED
        except LianyinError as error:
            if error.code == "server_refused":
                self._refused = time.monotonic()
            if self.trouble != error.code:
                self.trouble = error.code
                logging.getLogger("lianyin").warning("does not follow: %s", error.code)
        except Exception as error:  # noqa: BLE001 - a server that no longer follows would show old versions for ever and say nothing
            self.trouble = unforeseen(error).code


class AtLeast:
    """Lets a request of somebody known wait for the version that it names, without a place in the gate."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            version = Headers(scope=scope).get(HEADER, "")
            if version and scope[CALLER] and scope["path"] not in OPEN:
                await _known(scope["app"].state.desk, _number(version))
        await self._app(scope, receive, send)


def _number(version: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", version):
        raise InvalidData("request_refused", place={"in": "header", "field": HEADER}, why="it is the number of a version")
    return int(version)


async def _known(desk: "Desk", version: int) -> None:
    """Waits until a version is published. Raises StoreUnavailable `version_awaited`."""
    give_up = time.monotonic() + PATIENCE
    while desk.publisher.last.version < version:
        if (await anyio.to_thread.run_sync(desk.publisher.now)).version >= version:
            return
        if time.monotonic() > give_up:
            raise StoreUnavailable("version_awaited", version=version, here=desk.publisher.last.version)
        await anyio.sleep(0.03)
