"""A real server on loopback for tests: its own thread, port 0, a bearer token; over a home, or over a shared store."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api import homes, verbs
from api.app import create_app
from api.desk import Desk
from api.server import bound, configured
from api.settings import Settings
from graph.analysis.training import picture
from matching.training import vectors
from tests.neo4j.server import Server
from tests.neo4j.stores import environment


@dataclass(frozen=True)
class Served:
    """A running server: a client that is let in, its address, what stands behind it, and what a command is told to work there, too."""

    client: httpx.Client
    address: str
    desk: Desk
    token: str
    environment: Mapping[str, str]


def made(folder: Path, city: int = 0, actor: str = "测试") -> Path:
    """A home in the folder, its keys beside it: the first run, or a city of so many workshops; trained, as after a first look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(folder / "keys"))
        with homes.open_home(folder / "home", homes.GENERATED if city else homes.DEMO) as store:
            verbs.demo(store, actor, city=city)
            picture(store)
            vectors(store)
    return folder / "home"


def told(home: Path, shared: Server | None = None) -> dict[str, str]:
    """What a process is told to work in a home, or on a shared store with its replica there."""
    return {"LIANYIN_HOME": str(home), "LIANYIN_KEYS": str(home.parent / "keys"), **(environment(shared) if shared else {})}


@contextmanager
def telling(environment: Mapping[str, str]) -> Iterator[None]:
    """Tells it this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


def moved(home: Path, shared: Server | None) -> Path:
    """The home itself, or where another machine will have its replica: copied to the server, history and all, as `lianyin copy` does."""
    if shared is None:
        return home
    with telling(told(home.parent / "copier", shared)):
        shared.clear()
        verbs.copy(str(home), shared.address)
    return home.parent / "machine"


@contextmanager
def running(home: Path, shared: Server | None = None, **limits: object) -> Iterator[Served]:
    """Serves a home, or a shared store with its replica there, until the block ends; the actor is 测试."""
    environment = told(home, shared)
    with telling(environment):
        if shared:
            homes.init(shared.address)
        settings = Settings(home=home, **limits)
        desk = Desk.open(settings)
        if "测试" in desk.tokens.names():
            desk.tokens.remove("测试")
        token = desk.tokens.add("测试")
    listening = bound("127.0.0.1", 0)
    server = configured(create_app(settings, desk))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60, trust_env=False) as client:
            yield Served(client, address, desk, token, environment)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
