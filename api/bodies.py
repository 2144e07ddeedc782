"""Bodies of requests, read strictly before any route sees them: size, type, and JSON without any of its known edges."""

import json
import math
from collections.abc import Iterable
from typing import Any

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.settings import Settings
from graph.record.errors import InvalidData, LimitExceeded
from graph.record.ontology import check_text

DEEPEST = 32
"""Deepest nesting of a JSON body; ours go three deep."""

LARGEST = 2**53
"""Numbers beyond which a JavaScript program no longer tells one from the next."""

_TEXTS = ("text/csv", "text/plain")


class Bodies:
    """Reads a body whole within its limit, refuses what it is not, and hands it on."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        for field, text in request.query_params.multi_items():
            check_text(text, field=ascii(field[:80])[1:-1])
        takes_files = scope["path"].endswith("/imports")
        body = await self._read(request, self._settings.body_limit if takes_files else self._settings.json_limit)
        if body or takes_files:
            _check_type(request, body, takes_files)
        await self._app(scope, _replayed(body, receive), send)

    async def _read(self, request: Request, limit: int) -> bytes:
        told = request.headers.get("content-length", "0")
        if told.isdigit() and int(told) > limit:
            raise LimitExceeded("body_too_large", limit=limit)
        parts, size = [], 0
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise LimitExceeded("body_too_large", limit=limit)
            parts.append(part)
        return b"".join(parts)


def _check_type(request: Request, body: bytes, takes_files: bool) -> None:
    type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if type == "application/json":
        read_json(body)
    elif not (takes_files and type in _TEXTS):
        taken = ("application/json", *_TEXTS) if takes_files else ("application/json",)
        raise InvalidData("content_type_refused", type=type[:80] or "-", taken=", ".join(taken))


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body as one message; then what the server tells (that the client is gone)."""
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def read_json(body: bytes) -> Any:
    """The value of a JSON body.

    Raises InvalidData `json_unreadable`, `json_key_doubled`, `number_refused`, `json_too_deep`, `text_refused`.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_number, parse_float=_float, parse_int=_int
        )
    except RecursionError:
        raise InvalidData("json_too_deep", limit=DEEPEST) from None
    except UnicodeDecodeError as error:
        raise InvalidData("json_unreadable", place={"offset": error.start}, why="UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidData("json_unreadable", place={"offset": error.pos}, why=error.msg) from None
    _check_texts([("", value)], 0)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise InvalidData("json_key_doubled", place={"field": ascii(double[:80])[1:-1]})
    return found


def _number(text: str) -> float:
    raise InvalidData("number_refused", number=text[:40])


def _int(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST:
        _number(text)
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) and abs(value) <= LARGEST else _number(text)


def _check_texts(values: Iterable[tuple[str, Any]], depth: int) -> None:
    """Looks at every text, each with the field that it stands in; names of fields are texts too."""
    if depth > DEEPEST:
        raise InvalidData("json_too_deep", limit=DEEPEST)
    for field, value in values:
        if isinstance(value, str):
            check_text(value, **({"field": field[:80]} if field else {}))
        elif isinstance(value, dict):
            _check_texts([(field, name) for name in value], depth + 1)
            _check_texts(value.items(), depth + 1)
        elif isinstance(value, list):
            _check_texts([(field, one) for one in value], depth + 1)
