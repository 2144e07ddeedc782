"""Shared fixtures: keys in a folder of their own, and every store there is."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does, before numpy is there

import pytest

from graph.record.memory_store import MemoryStore
from graph.record.sqlite_store import SqliteStore
from graph.record.store import Store
from tests.neo4j import certificate
from tests.neo4j.server import CURRENT, LTS, Edition, NoServer, Server

EDITIONS = {"neo4j_526": LTS, "neo4j_2026": CURRENT}
EDITION_PARAMETERS = [pytest.param("neo4j_526", marks=pytest.mark.patient), "neo4j_2026"]
"""Both lines keep what they promise; the older one is asked by `.ci/run` alone."""


@pytest.fixture(autouse=True)
def _own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANYIN_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("LIANYIN_HOME", raising=False)
    monkeypatch.delenv("LIANYIN_LANG", raising=False)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Every store that lives in this process; tests/contract adds those on a server."""
    with embedded(request.param, tmp_path) as made:
        yield made


def embedded(kind: str, folder: Path) -> Store:
    """An empty store in this process: `memory` or `sqlite`."""
    return MemoryStore() if kind == "memory" else SqliteStore(folder / "home")


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The think tank of the first run with its keys, made once, to be copied."""
    from tests.api.serving import made

    return made(tmp_path_factory.mktemp("demo")).parent


@pytest.fixture(scope="session")
def _neo4j(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Edition], Server]]:
    """Starts servers at the first need of one: both at once where the chosen tests want both, since a start waits more than it works."""
    servers: dict[Edition, Server] = {}
    asked = " ".join(f"{item.nodeid} {getattr(item, 'fixturenames', '')}" for item in request.session.items)
    wanted = [edition for name, edition in EDITIONS.items() if name in asked]

    def running(edition: Edition) -> Server:
        for one in (edition, *wanted):
            if one not in servers:
                folder = tmp_path_factory.mktemp("neo4j")
                try:
                    servers[one] = Server(one, folder / one.version, settings=certificate.made(folder / "tls")).start()
                except NoServer:
                    if one == edition:
                        raise
        return servers[edition].ready()

    yield running
    for server in servers.values():
        server.kill()


def _running(start: Callable[[Edition], Server], edition: Edition) -> Server:
    try:
        return start(edition)
    except NoServer as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def neo4j_526(_neo4j: Callable[[Edition], Server]) -> Server:
    """A running Neo4j 5.26 LTS, with TLS where it is asked for, shared by the whole run: who uses it calls `clear` first.

    Skipped with what is missing where there is no fitting JDK, Maven or openssl.
    """
    return _running(_neo4j, LTS)


@pytest.fixture(scope="session")
def neo4j_2026(_neo4j: Callable[[Edition], Server]) -> Server:
    """The same of the current line (2026.x)."""
    return _running(_neo4j, CURRENT)
