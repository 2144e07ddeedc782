"""What stands behind every route: the stores, the published version, who asks. A route takes one of `Read`, `Write`, `Edit`, `Plain`.

    @router.get("/numbers", response_model=models.Numbers)
    def numbers(asked: Read) -> Response:
        return asked.answer(lambda: looking.numbers(asked.published))

    @router.post("/words", response_model=models.Receipt)
    def say(asked: Edit, body: models.Word) -> Response:
        return asked.done(verbs.say(asked.store, body.text, asked.actor, key=asked.key, match=asked.match))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Event
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request
from starlette.responses import Response

from api import homes
from api.following import Follower
from api.jobs import Jobs
from api.mirroring import brought_up
from api.problems import asked_language
from api.published import Origin, Published, Publisher, default_recipe
from api.security import CALLER, Caller, Sessions, Tokens
from api.settings import Settings
from graph.record.errors import Forbidden
from graph.record.neo4j_store import Neo4jStore
from graph.record.sqlite_store import SqliteStore

JSON = "application/json"


@dataclass(frozen=True)
class Desk:
    """An open home. Two connections: an import holds the lock of the one that writes while others read through the other."""

    settings: Settings
    reader: SqliteStore
    writer: SqliteStore
    publisher: Publisher
    tokens: Tokens
    sessions: Sessions
    jobs: Jobs
    follower: Follower | None = None

    @classmethod
    def open(cls, settings: Settings, recipe: str = "") -> "Desk":
        """Opens a home; `recipe` stands in every ETag beside the version. Raises what `SqliteStore` raises."""
        writer = homes.open_home(settings.home, address=settings.store)
        reader = homes.open_home(settings.home, address=settings.store)
        jobs = Jobs(settings.jobs)
        tokens = Tokens(settings.home)
        publisher = Publisher(Origin(reader, writer, recipe or default_recipe(), settings.embed), jobs.forget)
        follower = Follower(writer, publisher, partial(_followed, tokens, reader)) if isinstance(reader, Neo4jStore) else None
        sessions = Sessions(f"lianyin-{writer.uuid[:8]}")  # cookies know no ports: two servers on one machine need two names
        return cls(settings, reader, writer, publisher, tokens, sessions, jobs, follower)

    @property
    def store(self) -> str:
        """Stands for this home in ETags and in what a page says that it looks at."""
        return self.writer.uuid[:8]

    def close(self) -> None:
        """Waits for a write that has begun and ends the connections."""
        self.jobs.close()
        if self.follower:
            self.follower.close()
        self.publisher.close()
        try:
            self.reader.close()
        finally:
            self.writer.close()


def _followed(tokens: Tokens, store: Neo4jStore, ended: Event) -> None:
    """What is to be done after other machines' changes: a name that one of them erased goes here, too, and the readable graph follows."""
    tokens.forget_gone(store.gone())
    brought_up(store, ended)


class Asked:
    """A request that reads."""

    def __init__(self, request: Request, if_none_match: str = "") -> None:
        self.request = request
        self.desk: Desk = request.app.state.desk
        self._if_none_match = if_none_match

    @cached_property
    def published(self) -> Published:
        """The version of now, the same for the whole request."""
        return self.desk.publisher.now()

    @property
    def lang(self) -> str:
        """The language of messages."""
        return asked_language(self.request.headers)

    @property
    def caller(self) -> Caller:
        """Who asks."""
        found: Caller = self.request.scope[CALLER]
        return found

    def answer(self, make: Callable[[], Mapping[str, Any]], etag: str = "") -> Response:
        """JSON with its ETag (version and recipe unless told), or 304 without making it."""
        return self.answer_bytes(lambda: orjson.dumps(make()), JSON, etag)

    def now(self, data: Mapping[str, Any]) -> Response:
        """JSON that no version stands for and nobody may keep."""
        return Response(orjson.dumps(data), 200, {"Cache-Control": "no-store"}, JSON)

    def answer_bytes(self, make: Callable[[], bytes], media: str, etag: str = "", headers: Mapping[str, str] | None = None) -> Response:
        """Bytes with their ETag, or 304."""
        tag = f'"{etag or self.published.etag}.{self.desk.store}"'
        told = {"ETag": tag, "Cache-Control": "private, no-cache", **(headers or {})}
        if tag in tags(self._if_none_match):
            return Response(status_code=304, headers=told)
        return Response(make(), media_type=media, headers=told)


class Asking(Asked):
    """A request that writes."""

    def __init__(self, request: Request, key: str, match: str = "") -> None:
        super().__init__(request)
        self.key = key
        self._match = match

    @cached_property
    def store(self) -> SqliteStore:
        """The connection that writes, with all that other machines told: what was just made at another one is written about here."""
        self.desk.writer.follow()
        return self.desk.writer

    @property
    def actor(self) -> str:
        """Who acts. Raises Forbidden `actor_unknown` where a browser has not been told yet."""
        if not self.caller.actor:
            raise Forbidden("actor_unknown")
        return self.caller.actor

    @property
    def match(self) -> str:
        """The thing's etag that the writer saw (the part of an HTTP ETag before the first dot); empty where any will do."""
        found = [tag.strip('"').partition(".")[0] for tag in tags(self._match)]
        return "" if "*" in found else next(iter(found), "")

    def done(self, data: Mapping[str, Any], status: int = 200) -> Response:
        """JSON that tells what was done; the version that it made is made ready behind it."""
        self.desk.publisher.stir()
        return Response(orjson.dumps(data), status, {"Cache-Control": "no-store"}, JSON)


def tags(header: str) -> list[str]:
    """The tags of an If-None-Match or If-Match header, weak ones as if strong (RFC 9110 compares them so for If-None-Match)."""
    return [part.strip().removeprefix("W/") for part in header.split(",") if part.strip()]


_Seen = Annotated[str, Header(description="ETag of an earlier answer: 304 where it still holds", max_length=2000)]
_Key = Annotated[str, Header(description="The same request under the same key has one effect and one answer", max_length=200)]
_AtLeast = Annotated[
    str, Header(description="Number of a version that the answer must know: waits for it up to 2 seconds, else 503", max_length=2000)
]
_Match = Annotated[str, Header(description="The thing's ETag as it was seen: 412 where the thing has changed since", max_length=2000)]


# `lianyin_at_least` is described here, and waited for before a place is taken (api/following.py)
# async: a plain function would be sent to a thread of its own before the route gets one
async def _plain(request: Request) -> Asked:
    return Asked(request)


async def _read(request: Request, if_none_match: _Seen = "", lianyin_at_least: _AtLeast = "") -> Asked:
    return Asked(request, if_none_match)


async def _write(request: Request, idempotency_key: _Key = "", lianyin_at_least: _AtLeast = "") -> Asking:
    return Asking(request, idempotency_key)


async def _edit(request: Request, idempotency_key: _Key = "", if_match: _Match = "", lianyin_at_least: _AtLeast = "") -> Asking:
    return Asking(request, idempotency_key, if_match)


Plain = Annotated[Asked, Depends(_plain)]
"""A request whose answer no version stands for."""

Read = Annotated[Asked, Depends(_read)]
"""A request that reads a version: its answer has an ETag."""

Write = Annotated[Asking, Depends(_write)]
"""A request that writes, once however often it is sent."""

Edit = Annotated[Asking, Depends(_edit)]
"""A request that writes about one thing as the writer saw it."""
