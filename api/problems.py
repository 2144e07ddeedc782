"""Every error as problem+json (RFC 9457): ours, those of the framework, and what nobody foresaw."""

import json
import logging
import re
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph.record.errors import Forbidden, InvalidData, LianyinError, NotFound, language

MEDIA = "application/problem+json"

STATUS: Mapping[str, int] = {
    "token_missing": 401,
    "method_refused": 405,
    "thing_changed": 412,
    "content_type_refused": 415,
    "server_refused": 503,
    "too_busy": 503,
}
"""HTTP statuses of single codes; every other error has the status of its class. Whom the database does not let in is us, no client."""

RETRY = 1
"""Seconds after which a request that found no place, or the store busy, should be sent again."""
PASSING = ("server_unreachable", "store_busy", "store_contended", "too_busy", "version_awaited")
"""What may be over by then; of all else somebody has to be told first."""


def status_of(error: LianyinError) -> int:
    """The HTTP status of an error."""
    return STATUS.get(error.code, error.status)


def asked_language(headers: Mapping[str, str]) -> str:
    """The language of a request's messages: the first that Accept-Language names where it is ours, else that of the server."""
    first = headers.get("accept-language", "")[:2].lower()
    return first if first in ("zh", "en") else language()


def answer(error: LianyinError, lang: str, headers: Mapping[str, str] | None = None) -> Response:
    """The response that tells an error. ASCII, since a lone surrogate in a fact could not be sent otherwise."""
    status = status_of(error)
    told = {**error.problem(lang), "status": status}
    more = dict(headers or {})
    if error.code in PASSING:
        more["Retry-After"] = str(RETRY)
    if status == 401:
        more["WWW-Authenticate"] = "Bearer"
    return Response(json.dumps(told, default=str), status, more, MEDIA)


class Problems:
    """The outermost part: what is raised before the router, and what nobody foresaw, becomes its answer; every answer is sealed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                told = {name.lower() for name, _ in message["headers"]}
                message = {**message, "headers": [*message["headers"], *(seal for seal in SEALS if seal[0] not in told)]}
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception as error:  # the last place: uvicorn would log the error's words, which may be a person's
            if scope["type"] != "http":
                raise
            told = error if isinstance(error, LianyinError) else unforeseen(error)
            if not begun:
                await answer(told, asked_language(Request(scope).headers))(scope, receive, sending)


SEALS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Headers of every answer that has none of its own: no guessing of types, no use by other sites, no address told to them, nothing run."""


def unforeseen(error: Exception) -> LianyinError:
    """One line in the log that says what and where, without the error's words."""
    places = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(places[-4:]))
    logging.getLogger("lianyin").error("unforeseen %s at %s", type(error).__name__, where)
    return LianyinError("unforeseen")


def install(app: FastAPI) -> None:
    """Makes every error that a route raises a problem."""
    app.add_exception_handler(LianyinError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _of_framework)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, LianyinError)
    return answer(error, asked_language(request.headers))


def _invalid(request: Request, error: Exception) -> Response:
    """422 with the first field as place and all of them as details; never the value, which may be a person's."""
    assert isinstance(error, RequestValidationError)
    fields = [{"in": str(one["loc"][0]), "field": _field(one["loc"]), "message": str(one["msg"])} for one in error.errors()]
    first = fields[0]
    place: dict[str, str | int] = {"in": first["in"], "field": first["field"]}
    told = InvalidData("request_refused", place=place, why=first["message"], fields=fields)
    return answer(told, asked_language(request.headers))


def _field(where: Sequence[Any]) -> str:
    return ".".join(str(part) for part in where[1:]) or str(where[0])


def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    told: LianyinError
    if error.status_code == 404:
        told = NotFound("route_unknown", path=request.url.path[:200])
    elif error.status_code == 405:
        told = Forbidden("method_refused", method=request.method[:20], path=request.url.path[:200])
        return answer(told, asked_language(request.headers), {"Allow": _allowed(request)})
    else:
        told = InvalidData("request_refused", place={"field": "body"}, why=str(error.detail))
    return answer(told, asked_language(request.headers), error.headers)


def _allowed(request: Request) -> str:
    """Every method of a path; the router itself names those of the first route that it finds."""
    paths: Mapping[str, Mapping[str, Any]] = request.app.openapi()["paths"]
    found = {method.upper() for path, methods in paths.items() if _fits(path, request.url.path) for method in methods}
    return ", ".join(sorted(found or {"GET"}))


def _fits(template: str, path: str) -> bool:
    return re.fullmatch("[^/]+".join(map(re.escape, re.split(r"\{\w+\}", template))), path) is not None
