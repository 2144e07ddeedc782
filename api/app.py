"""The server: `create_app(settings)` puts guards, gate and routes together; its life opens and closes the home."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api import page, problems
from api.bodies import Bodies
from api.desk import Desk
from api.desks import Desks
from api.following import AtLeast
from api.gate import Gate
from api.models import NewImport, Problem
from api.routes import ROUTERS
from api.security import Guard
from api.settings import Settings
from api.waiting import Waiting

_PROBLEM = {problems.MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "what was asked cannot be done", "content": _PROBLEM},
    "5XX": {"description": "the server cannot do it now", "content": _PROBLEM},
}


def create_app(settings: Settings, desk: Desk | None = None) -> FastAPI:
    """The server over a home: over a desk that is open already, or over one that its life opens. Its life closes it."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        desks = Desks(app, desk or Desk.open(settings))
        try:
            yield
        finally:
            desks.close()

    app = FastAPI(
        title="Lianyin 联姻", version="1", summary="A matchmaking desk for a city's innovation workshops.", lifespan=life,
        docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", generate_unique_id_function=_operation,
    )  # fmt: skip
    app.state.watches = {}
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1", responses=_ERRORS)
    page.install(app)
    # the last one added is the outermost
    app.add_middleware(Waiting)
    app.add_middleware(Bodies, settings=settings)
    app.add_middleware(Gate, computing=settings.computing, waiting=settings.waiting, patience=settings.patience)
    app.add_middleware(AtLeast)
    app.add_middleware(Guard, hosts=settings.hosts)
    app.add_middleware(problems.Problems)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _operation(route: APIRoute) -> str:
    """An operation bears the name of its function, which is the verb's: `search`, `merge`, `import`."""
    return route.name.rstrip("_")


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description with the problem's shape, who may ask, and 304 where an ETag is sent."""
    if app.openapi_schema is None:
        table = FastAPI.openapi(app)
        schemas = table["components"]["schemas"]
        for model in (Problem, NewImport):
            schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        table["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "lianyin token add NAME"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "lianyin", "description": "POST /api/v1/session"},
        }
        table["security"] = [{"token": []}, {"cookie": []}]
        for operations in table["paths"].values():
            _with_etags(operations)
        table["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = table
    return app.openapi_schema


def _with_etags(operations: Mapping[str, Any]) -> None:
    told = operations.get("get", {})
    if any(one["name"] == "if-none-match" for one in told.get("parameters", [])):
        told["responses"]["304"] = {"description": "as it was"}
