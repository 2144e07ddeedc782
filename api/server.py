"""Runs the server on one address until it is stopped."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from api import overview
from api.app import create_app
from api.desk import Desk
from api.security import LOOPBACK
from api.settings import Settings
from graph.record.errors import Forbidden, StoreUnavailable

BACKLOG = 512
"""Connections that the system holds while the server is busy: 200 clients at once are all answered, if only with 503."""


def serve(home: Path, host: str, port: int, ready: Callable[[str], None], shared: str = "") -> None:
    """Serves a home until SIGINT or SIGTERM; `ready` gets the address with the one-time token once it is bound.

    `shared` is the address of a shared store, whose replica the home then holds.

    Raises Forbidden `host_needs_hosts`, StoreUnavailable `port_taken`, and what `SqliteStore` raises.
    """
    settings = Settings(home=home, store=shared)
    if host not in (*LOOPBACK, "::1") and not settings.hosts:
        raise Forbidden("host_needs_hosts", host=host)
    with bound(host, port) as listening:
        desk = Desk.open(settings)
        desk.publisher.ahead(overview.AHEAD)
        desk.publisher.stir()
        name = settings.hosts[0] if host not in (*LOOPBACK, "::1") else f"[{host}]" if ":" in host else host
        ready(f"http://{name}:{listening.getsockname()[1]}/?token={desk.sessions.invite()}")
        configured(create_app(settings, desk)).run(sockets=[listening])


def configured(app: object) -> uvicorn.Server:
    """uvicorn as we run it. No access log: its lines would hold names that were searched for."""
    config = uvicorn.Config(app, access_log=False, log_level="warning", server_header=False, backlog=BACKLOG, timeout_graceful_shutdown=5)  # type: ignore[arg-type]
    return uvicorn.Server(config)


def bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises StoreUnavailable `port_taken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # there it would let a second server take the port over
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise StoreUnavailable("port_taken", host=host, port=port, why=str(error.strerror or error)) from error
    return made
