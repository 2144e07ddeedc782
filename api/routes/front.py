"""The door: who asks, opening with the one-time token, and whether the server lives."""

from ipaddress import ip_address
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api import models
from api.desk import Asked, Desk, Plain
from api.desks import Desks
from graph.analysis.steps import Watch
from graph.record.errors import Forbidden, InvalidData
from graph.record.ontology import clean_text

router = APIRouter(tags=["session"])


@router.get("/health", response_model=models.Health, openapi_extra={"security": []})
async def health(request: Request) -> models.Health:
    """Answers at once, however busy the server is, and asks for no token."""
    desk: Desk = request.app.state.desk
    followed = round(desk.follower.behind, 3) if desk.follower else None
    engine: Literal["embedded", "shared"] = "shared" if desk.follower else "embedded"
    trouble = desk.follower.trouble if desk.follower else ""
    return models.Health(
        status="behind" if trouble else "ok", version=desk.publisher.last.version, store=desk.store, engine=engine, followed=followed,
        trouble=trouble,
    )  # fmt: skip


@router.get("/steps/{ask}", response_model=models.Step)
async def steps(
    request: Request, ask: Annotated[str, Path(description="what a page called its question in the header `Lianyin-Ask`", max_length=64)]
) -> models.Step:
    """How far a question has come that is still being answered; no step where it is answered, or has not begun."""
    watch = request.app.state.watches.get(ask) or Watch()
    return models.Step(step=watch.step, at=watch.at, of=watch.of)


@router.get("/session", response_model=models.Session)
def session(asked: Plain) -> Response:
    """Who asks."""
    return asked.now(_told(asked, asked.caller.actor, "browser" if asked.caller.session else "program"))


def _told(asked: Asked, actor: str, kind: str) -> dict[str, str]:
    desks: Desks = asked.request.app.state.desks
    desk: Desk = asked.request.app.state.desk
    return {"actor": actor, "kind": kind, "label": desk.writer.label, "store": desk.store, "other": desks.other}


@router.post("/session", response_model=models.Session, openapi_extra={"security": []})
def open_session(asked: Plain, body: models.Opening) -> Response:
    """Opens with the one-time token that `lianyin serve` printed; the answer sets the cookie."""
    actor = _name(body.actor) if body.actor.strip() else ""
    cookie = asked.desk.sessions.open(body.token, actor)
    answer = asked.now(_told(asked, actor, "browser"))
    seal(answer, asked.desk.sessions.cookie, cookie)
    return answer


def seal(answer: Response, name: str, value: str) -> None:
    """Sets the session's cookie: no script reads it, no other site sends it."""
    answer.set_cookie(name, value, httponly=True, samesite="strict", path="/")


@router.put("/session", response_model=models.Session)
def name_actor(asked: Plain, body: models.Naming) -> Response:
    """Says once who acts in this browser (操作人，留痕用). A program acts under its token's name."""
    if not asked.caller.session:
        raise InvalidData("actor_is_token", place={"field": "actor"})
    actor = _name(body.actor)
    asked.desk.sessions.name(asked.caller.session, actor)
    return asked.now(_told(asked, actor, "browser"))


def _name(actor: str) -> str:
    """An actor's name as it stands in every source that it tells. Raises InvalidData `text_refused`, `text_empty`."""
    try:
        return clean_text(actor)
    except InvalidData as error:
        raise error.at(field="actor") from None


@router.put("/session/home", response_model=models.Session)
def show_home(asked: Plain, body: models.Showing) -> Response:
    """Shows the user's own home (用自己的资料开始) or again the made-up one that the server was started with.

    For a browser on this machine; a program names its home by its token. 409 `jobs_running` while an import is on its way.
    """
    client = asked.request.client
    if not asked.caller.session or client is None or not ip_address(client.host).is_loopback:
        raise Forbidden("home_fixed")
    asked.request.app.state.desks.show(body.home)
    return asked.now(_told(asked, asked.caller.actor, "browser"))


@router.delete("/session", status_code=204, response_class=Response)
def close_session(asked: Plain) -> Response:
    """Ends this browser's session."""
    asked.desk.sessions.close(asked.caller.session)
    answer = Response(status_code=204)
    answer.delete_cookie(asked.desk.sessions.cookie, path="/")
    return answer
