"""A real server on loopback for tests: its own thread, port 0, a bearer token."""

import threading
import time
from collections.abc import Iterator
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


@dataclass(frozen=True)
class Served:
    """A running server: a client that is let in, its address, and what stands behind it."""

    client: httpx.Client
    address: str
    desk: Desk
    token: str


def made(folder: Path, city: int = 0, actor: str = "测试") -> Path:
    """A home in the folder, its keys beside it: the first run, or a city of so many workshops; trained, as after a first look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(folder / "keys"))
        with homes.open_home(folder / "home", homes.GENERATED if city else homes.DEMO) as store:
            verbs.demo(store, actor, city=city)
            picture(store)
            vectors(store)
    return folder / "home"


@contextmanager
def running(home: Path, **limits: object) -> Iterator[Served]:
    """Serves a home until the block ends; the actor is 测试."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(home.parent / "keys"))
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
            yield Served(client, address, desk, token)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
