"""Who may ask: law 7 of the design. Loopback alone is no protection: any page in the user's browser can reach it.

Every request names an allowed Host. A browser opens with a one-time token, which becomes a strict cookie, and its requests come from
our own page (Origin, Sec-Fetch-Site). A program sends a bearer token; its name is the actor. Only hashes of tokens are kept.
"""

import hashlib
import json
import re
import secrets
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.record.erasure import Gone, blanked
from graph.record.errors import Conflict, Forbidden, InvalidData, NotFound
from graph.record.keys import write_private

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
CALLER = "lianyin.caller"
"""Where a request's scope holds its `Caller`."""

API = "/api/"
PUBLIC = ("/api/v1/health", "/api/v1/openapi.json")
SESSION = "/api/v1/session"
HOME = "lianyin-home"
"""What a page sends: the home that it looks at. Where the server shows another one now, nothing of that page is answered."""


def digest(token: str) -> str:
    """What is kept of a token: 256 random bits need no slow hash."""
    return hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=32).hexdigest()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the actor's name (empty for a browser that has not said it yet) and the hash of a browser's cookie."""

    actor: str
    session: str = ""


class Tokens:
    """Bearer tokens of programs: name -> hash, in `tokens.json` of the home, mode 0600. Read anew when the file changes."""

    def __init__(self, home: Path) -> None:
        self._path = home / "tokens.json"
        self._stamp: tuple[int, int] | None = None
        self._hashes: dict[str, str] = {}

    def names(self) -> list[str]:
        """The names, sorted."""
        return sorted(self._read())

    def add(self, name: str) -> str:
        """A new token for that name, to be shown once. Raises InvalidData `token_name_refused`, Conflict `token_name_taken`."""
        if not re.fullmatch(r"[\w.@-]{1,64}", name):
            raise InvalidData("token_name_refused", name=ascii(name[:64])[1:-1])
        hashes = self._read()
        if name in hashes:
            raise Conflict("token_name_taken", name=name)
        token = "lianyin_" + secrets.token_urlsafe(32)
        self._write({**hashes, name: digest(token)})
        return token

    def remove(self, name: str) -> None:
        """Ends a token. Raises NotFound `token_unknown`."""
        hashes = self._read()
        if name not in hashes:
            raise NotFound("token_unknown", name=name[:64])
        self._write({other: hash for other, hash in hashes.items() if other != name})

    def forget(self, spelled: Collection[str]) -> None:
        """Ends the tokens that bear an erased name: no file of the home keeps it."""
        self._end(name for name in self.names() if blanked(name, spelled) != name)

    def forget_gone(self, gone: Gone) -> None:
        """Ends those that bear a name which another machine erased: here it is known by its hashes only."""
        self._end(name for name in self.names() if gone.named(name))

    def _end(self, names: Iterable[str]) -> None:
        for name in list(names):
            self.remove(name)

    def actor(self, token: str) -> str | None:
        """The name that a token stands for."""
        asked = digest(token)
        return next((name for name, kept in self._read().items() if secrets.compare_digest(asked, kept)), None)

    def _read(self) -> dict[str, str]:
        try:
            told = self._path.stat()
        except FileNotFoundError:
            return {}
        stamp = (told.st_mtime_ns, told.st_ino)
        if stamp != self._stamp:
            self._hashes, self._stamp = _hashes(self._path), stamp
        return self._hashes

    def _write(self, hashes: Mapping[str, str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_private(self._path, json.dumps(hashes, ensure_ascii=False, sort_keys=True).encode())


def _hashes(path: Path) -> dict[str, str]:
    try:
        return {str(name): str(hash) for name, hash in json.loads(path.read_text("utf-8")).items()}
    except (ValueError, AttributeError, OSError) as error:
        raise Forbidden("tokens_damaged", place={"file": str(path)}) from error


@dataclass(slots=True)
class Sessions:
    """Browsers that opened with a one-time token: hash of the cookie -> actor; `cookie` is its name. They end with the server."""

    cookie: str = "lianyin"
    _invited: set[str] = field(default_factory=set)
    _actors: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def invite(self) -> str:
        """A one-time token."""
        token = secrets.token_urlsafe(24)
        self._invited.add(digest(token))
        return token

    def open(self, token: str, actor: str = "") -> str:
        """The cookie's value for a one-time token. Raises Forbidden `token_spent`."""
        with self._lock:
            if digest(token) not in self._invited:
                raise Forbidden("token_spent")
            self._invited.remove(digest(token))
            cookie = secrets.token_urlsafe(32)
            self._actors[digest(cookie)] = actor
        return cookie

    def caller(self, cookie: str) -> Caller | None:
        """Who a cookie stands for."""
        session = digest(cookie)
        actor = self._actors.get(session)
        return None if actor is None else Caller(actor, session)

    def name(self, session: str, actor: str) -> None:
        """Says who acts in a session."""
        with self._lock:
            if session in self._actors:
                self._actors[session] = actor

    def close(self, session: str) -> None:
        """Ends a session."""
        with self._lock:
            self._actors.pop(session, None)


class Guard:
    """Refuses a request before anything of it is read, and names its caller."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset((*LOOPBACK, *hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[CALLER] = self._caller(scope, Headers(scope=scope))
        elif scope["type"] == "websocket":
            raise Forbidden("token_missing")
        await self._app(scope, receive, send)

    def _caller(self, scope: Scope, headers: Headers) -> Caller | None:
        self._check_host(headers)
        desk, path = scope["app"].state.desk, scope["path"]
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            actor = desk.tokens.actor(token.strip())
            if actor is None:
                raise Forbidden("token_missing")
            return Caller(actor)
        self._check_page(scope, headers)
        caller: Caller | None = desk.sessions.caller(_cookie(headers, desk.sessions.cookie))
        opens = path == SESSION and scope["method"] == "POST"
        if caller is None and path.startswith(API) and path not in PUBLIC and not opens:
            raise Forbidden("token_missing")
        if headers.get(HOME, desk.store) != desk.store:
            raise Conflict("home_switched")
        return caller

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        if not ({host, _without_port(host)} & self._hosts) or len(headers.getlist("host")) != 1:
            raise Forbidden("host_refused", host=host[:100])

    def _check_page(self, scope: Scope, headers: Headers) -> None:
        """A browser says where a request comes from: our own page, or (opening a page) the person."""
        origin = headers.get("origin")
        if origin is not None and origin.lower().partition("://")[2] != headers["host"].lower():
            raise Forbidden("origin_refused", origin=origin[:100])
        site = headers.get("sec-fetch-site", "same-origin")
        opens_page = site == "none" or (headers.get("sec-fetch-mode") == "navigate" and not scope["path"].startswith(API))
        if site != "same-origin" and not (opens_page and scope["method"] in ("GET", "HEAD")):
            raise Forbidden("origin_refused", origin=site[:100])


def _without_port(host: str) -> str:
    return re.sub(r":\d+$", "", host)


def _cookie(headers: Headers, name: str) -> str:
    for part in headers.get("cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""
