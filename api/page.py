"""The desk's page: its built files, the policy they run under, and the index for every address that a screen has."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from api.desk import Desk
from api.routes import front
from api.security import API, CALLER
from graph.record.errors import Forbidden, NotFound

STATIC = Path(__file__).parent / "static"
"""Where the page was built: by `start.py`, or by the hook that makes the wheel."""

POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "font-src 'self'",
        "connect-src 'self'", "worker-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    )
)  # fmt: skip
"""Nothing from elsewhere, nothing inline."""

# told here: the system's own table may say anything of .js (on Windows, whatever the registry holds)
_MEDIA: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2", ".json": "application/json", ".wasm": "application/wasm",
}  # fmt: skip
_INDEX = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "X-Frame-Options": "DENY"}
_HASHED = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASSETS = "/assets/"


def install(app: FastAPI, folder: Path = STATIC) -> None:
    """Serves the page under every address that no route has, but the API's. Files that came after the start are not served."""
    files = {f"/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.suffix in _MEDIA}

    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            raise NotFound("route_unknown", path=scope["path"][:200])
        request = Request(scope, receive)
        token = request.query_params.get("token", "")
        answer = _opened(request, token, files) if token else _file(files, scope["path"])
        await answer(scope, receive, send)

    app.router.default = elsewhere


def _file(files: Mapping[str, Path], path: str) -> Response:
    """A built file, or the index where the page itself knows the address. Raises NotFound `route_unknown`."""
    if f"{path}/".startswith(API) or (path.startswith(_ASSETS) and path not in files):
        raise NotFound("route_unknown", path=path[:200])
    if "/index.html" not in files:
        return RedirectResponse("/api/v1/health", 303)
    found = files.get(path, files["/index.html"])
    return FileResponse(found, headers=_HASHED if path.startswith(_ASSETS) else _INDEX, media_type=_MEDIA[found.suffix])


def _opened(request: Request, token: str, files: Mapping[str, Path]) -> Response:
    """First the cookie for a one-time token, then the page at the same address without it; for a spent one the page, which says so.

    Raises Forbidden `token_spent` where no page was built.
    """
    left = request.url.remove_query_params("token")
    address = f"/{left.path.lstrip('/')}" + (f"?{left.query}" if left.query else "")  # never //host
    answer = RedirectResponse(address, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    if request.scope[CALLER] is None:
        desk: Desk = request.app.state.desk
        try:
            front.seal(answer, desk.sessions.cookie, desk.sessions.open(token))
        except Forbidden:
            if "/index.html" not in files:
                raise
            return FileResponse(files["/index.html"], 403, {**_INDEX, "Referrer-Policy": "no-referrer"}, _MEDIA[".html"])
    return answer
