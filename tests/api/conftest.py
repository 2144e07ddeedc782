"""The think tank of the first run, served once for all tests that only read; a small home of its own for each that writes.

The modules of SHARED are asked once more over a shared store: the same tests, the same answers.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.serving import Served, moved, running
from tests.neo4j.server import CURRENT, NoServer, Server

EMBEDDED, NEO4J = "embedded", "neo4j_2026"
SHARED = (
    "test_evidence", "test_following", "test_home", "test_judging", "test_matches", "test_reading", "test_shortlists",
    "test_writing",
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever asks a served home asks the embedded store, and where that is worth it the shared one."""
    if "engine" in metafunc.fixturenames:
        also = [pytest.param(NEO4J, marks=pytest.mark.patient)] if metafunc.module.__name__.rpartition(".")[2] in SHARED else []
        metafunc.parametrize("engine", [EMBEDDED, *also], indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """What kind of store is asked."""
    return str(request.param)


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest, engine: str) -> Server | None:
    """The server of tests that write, each of which begins with nothing; none where the store is embedded."""
    return None if engine == EMBEDDED else request.getfixturevalue(engine)


@pytest.fixture(scope="session")
def demo(engine: str, demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served") / "demo"
    shutil.copytree(demo_folder, folder)
    # a server of its own: the other one is emptied by each test that writes
    server = None if engine == EMBEDDED else Server(CURRENT, folder / "server")
    try:
        if server:
            server.start().ready()
        with running(moved(folder / "home", server), server) as served:
            yield served
    except NoServer as missing:
        pytest.skip(str(missing))
    finally:
        if server:
            server.kill()


@pytest.fixture
def served(shared: Server | None, tmp_path: Path) -> Iterator[Served]:
    if shared:
        shared.clear()
    with running(tmp_path / "own" / "home", shared) as own:
        yield own
