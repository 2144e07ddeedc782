"""The think tank of the first run, served once for all tests that only read; a small home of its own for each that writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api import homes, verbs
from tests.api.serving import Served, running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(folder / "keys"))
        with homes.open_home(folder / "home", homes.DEMO) as store:
            verbs.demo(store, "测试")
    with running(folder / "home") as served:
        yield served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with running(tmp_path / "own" / "home") as own:
        yield own
