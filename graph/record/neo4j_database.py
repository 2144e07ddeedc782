"""A Neo4j database with deadlines: whatever the server does, a call is answered or refused in time.

The asynchronous driver runs on a thread of its own: a call that outlives its deadline is cancelled and its connection is closed, which
a blocking socket does not allow (a half-open connection is noticed after minutes only). No word of the server goes into an error: it may
hold values.
"""

import asyncio
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, Protocol, TypeVar
from urllib.parse import urlsplit

from graph.record.errors import Forbidden, InvalidData, MissingExtra, StoreUnavailable

T = TypeVar("T")
READ, WRITE = 4.5, 12.0
"""Seconds after which a transaction that reads or writes is given up, and what an act waits for all of its transactions together."""
_RETRY, _FIRST_RETRY = 6.0, 0.1
"""Seconds for which the driver tries a transaction again after what passes by (a leader elected anew, a deadlock, a lost connection), and
after which it does so first; each time it waits twice as long."""
_HOLD = 6.0
"""Seconds after which the server ends a writing transaction: a client that is never heard of again holds its lock no longer, so that
another's write, which waits up to WRITE, still comes through."""
_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
logging.getLogger("neo4j").addHandler(logging.NullHandler())  # its words would stand among ours, and may hold what the server said


class TakenError(StoreUnavailable):
    """What was to be written goes against a constraint of the database: one of ours, or one that somebody made there."""


@dataclass
class Act:
    """The time of one act, all its tries and calls together: what it waited for, and what it took by itself.

    It waits for WRITE seconds in all, and once more for as long as it takes by itself (its rules, the loading of its parts).
    """

    waited: float = 0.0
    begun: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.begun

    @property
    def own(self) -> float:
        """Seconds that it did not wait."""
        return self.age - self.waited

    @property
    def left(self) -> float:
        """Seconds that it may still wait."""
        return max(0.05, WRITE + self.own - self.waited)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Counts what is waited for within."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.waited += time.monotonic() - begun


ACT: ContextVar[Act | None] = ContextVar("act", default=None)
"""The act that this thread is at: what it asks of a database is in the act's time."""


class Run(Protocol):
    """Runs one statement of a transaction. Values are parameters; the text is written here and never made."""

    def __call__(self, query: LiteralString, **parameters: object) -> Awaitable[list[dict[str, Any]]]: ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is: `neo4j://host:7687` or `…/name` (schemes neo4j, bolt, and with +s)."""

    uri: str
    database: str | None
    settings: tuple[str, ...] = ("LIANYIN_STORE",)
    """How the settings with its login begin; the first that tell something hold."""

    @classmethod
    def of(cls, text: str, *, source: bool = False) -> "Address":
        """Reads an address, which holds no password; the source of a copy has a login of its own. Raises InvalidData `address_refused`."""
        try:
            parts = urlsplit(text)
            whole = parts.scheme in _SCHEMES and parts.hostname and (parts.port or True)
        except ValueError:  # a bracket that does not close, a port of letters
            whole = False
        if not whole or parts.username or parts.password or parts.query or "/" in parts.path.strip("/"):
            raise InvalidData("address_refused", schemes=", ".join(_SCHEMES))
        name = parts.path.strip("/")
        settings = ("LIANYIN_FROM", "LIANYIN_STORE") if source else ("LIANYIN_STORE",)
        return cls(f"{parts.scheme}://{parts.netloc}", name or None, settings)

    def __str__(self) -> str:
        return f"{self.uri}/{self.database or ''}"


def _login(address: Address) -> tuple[str, str] | None:
    """User and password from the environment; none for a server without authentication."""
    password = next(filter(None, map(_password, address.settings)), "")
    user = next(filter(None, (os.environ.get(f"{setting}_USER") for setting in address.settings)), "neo4j")
    return (user, password) if password else None


def _password(setting: str) -> str:
    file = os.environ.get(f"{setting}_PASSWORD_FILE")
    if not file:
        return os.environ.get(f"{setting}_PASSWORD", "")
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Forbidden("password_unreadable", place={"file": file}) from None


class Database:
    """One database of a server. Raises StoreUnavailable where it cannot be reached in time, Forbidden where it does not let us in."""

    def __init__(self, address: Address) -> None:
        try:
            from neo4j import AsyncGraphDatabase
        except ImportError as error:
            raise MissingExtra("neo4j_missing") from error
        self.address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="neo4j", daemon=True)
        self._thread.start()
        with self._errors():
            self._driver = AsyncGraphDatabase.driver(
                address.uri, auth=_login(address), user_agent="lianyin", connection_timeout=3.0, connection_acquisition_timeout=4.0,
                max_transaction_retry_time=_RETRY, initial_retry_delay=_FIRST_RETRY, max_connection_pool_size=16,
                notifications_min_severity="OFF", telemetry_disabled=True,
            )  # fmt: skip
        # what one of our transactions wrote, the next one sees, also on another member of a cluster
        self._new_bookmarks = AsyncGraphDatabase.bookmark_manager
        self._bookmarks = self._new_bookmarks()

    def __repr__(self) -> str:
        return f"Database({self.address})"

    def close(self) -> None:
        """Ends all connections."""
        with suppress(StoreUnavailable, Forbidden):
            self._call(self._ended(), READ)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def read(self, query: LiteralString, *, seconds: float = READ, **parameters: object) -> list[dict[str, Any]]:
        """The rows of one query, from whichever member of a cluster reads."""
        return self._call(self._transaction(lambda run: run(query, **parameters), reads=True), seconds)

    def write(self, query: LiteralString, **parameters: object) -> list[dict[str, Any]]:
        """The rows of one statement in a transaction of its own. The driver may run it twice: it says the same twice."""
        return self.transact(lambda run: run(query, **parameters))

    def load(self, query: LiteralString, **parameters: object) -> list[dict[str, Any]]:
        """As `write`, for one batch of many: how many there are is the act's own matter, and so is the time that they take."""
        return self._timed(self._transaction(lambda run: run(query, **parameters), reads=False), WRITE)

    def transact(self, work: Callable[[Run], Awaitable[T]]) -> T:
        """What `work` makes of one writing transaction. The driver may run it twice, also after a COMMIT whose answer was lost."""
        return self._call(self._transaction(work, reads=False), WRITE)

    def apart(self, query: LiteralString, **parameters: object) -> None:
        """A statement outside a managed transaction: what changes the schema."""
        self._call(self._apart(query, parameters), WRITE)

    def check_version(self) -> str:
        """The server's version. Raises StoreUnavailable `server_unknown` below 5.26."""
        self._call(self._driver.verify_connectivity(), WRITE)  # tries once: what is wrong with name or certificate is not hidden by retries
        query: LiteralString = "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version"
        rows = self.read(query, seconds=WRITE)  # a server that has just begun takes seconds for its first answer
        version = str(rows[0]["version"]) if rows else ""
        found = re.match(r"(\d+)\.(\d+)", version)
        if not found or (int(found[1]), int(found[2])) < (5, 26):
            raise StoreUnavailable("server_unknown", place={"store": str(self.address)}, version=version[:40])
        return version

    async def _transaction(self, work: Callable[[Run], Awaitable[T]], *, reads: bool) -> T:
        from neo4j import unit_of_work
        from neo4j.exceptions import IncompleteCommit

        async with self._driver.session(database=self.address.database, bookmark_manager=self._bookmarks) as session:

            async def within(transaction: Any) -> T:
                async def run(query: LiteralString, **parameters: object) -> list[dict[str, Any]]:
                    result = await transaction.run(query, parameters)
                    return [dict(record) async for record in result]  # `data()` walks through bytes one by one

                return await work(run)

            limited = unit_of_work(timeout=WRITE if reads else _HOLD)(within)
            execute = session.execute_read if reads else session.execute_write
            try:
                return await execute(limited)
            except IncompleteCommit:  # its answer was lost: our work finds out itself whether it was done, the driver does not
                return await execute(limited)

    async def _ended(self) -> None:
        await self._driver.close()
        await asyncio.sleep(0.05)  # the loop ends connections after the driver has let go of them, those with TLS after a last word

    async def _apart(self, query: LiteralString, parameters: dict[str, object]) -> None:
        async with self._driver.session(database=self.address.database, bookmark_manager=self._bookmarks) as session:
            await (await session.run(query, parameters)).consume()

    def _call(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        act = ACT.get()
        if act is None:
            return self._timed(work, seconds)
        with act.waiting():
            return self._timed(work, min(seconds, act.left))

    def _timed(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        with self._errors():
            future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop)
            try:
                return future.result(seconds + 2)  # a cancelled call that does not end is left behind: nobody waits for it
            except TimeoutError:  # perhaps for a transaction that is no more: the database was brought back to an older state
                self._bookmarks = self._new_bookmarks()
                raise
            finally:
                future.cancel()  # of an interrupted wait

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """The driver's errors as ours, without its words and without a trace that holds them."""
        from neo4j import exceptions

        place = {"store": str(self.address)}
        try:
            yield
        except exceptions.ConstraintError as error:
            raise TakenError("server_unusable", place=place, why=error.code or type(error).__name__) from None
        except (exceptions.AuthError, exceptions.Forbidden) as error:
            raise Forbidden("server_refused", place=place, why=error.code or type(error).__name__) from None
        except (exceptions.ConfigurationError, exceptions.ClientError, exceptions.DatabaseError, ValueError) as error:
            why = getattr(error, "code", "") or type(error).__name__
            if ".Security." in why:  # too many refused logins
                raise Forbidden("server_refused", place=place, why=why) from None
            late = why.endswith(("TransactionTimedOut", "LockClientStopped"))  # the server ended it after _HOLD
            raise StoreUnavailable("server_unreachable" if late else "server_unusable", place=place, why=why) from None
        except (exceptions.Neo4jError, exceptions.DriverError, OSError, TimeoutError) as error:
            why = getattr(error, "code", "") or type(error).__name__
            raise StoreUnavailable(_unreachable(error), place=place, why=why) from None


def _unreachable(error: BaseException) -> str:
    """Which of our errors a failed connection is: its certificate, its name, or that nobody answers."""
    import ssl

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "server_untrusted"
        if isinstance(cause, socket.gaierror):
            return "server_not_found"
        cause = cause.__cause__ or cause.__context__
    return "server_unreachable"
