"""Shared fixtures: keys in a folder of their own, and every store there is."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does, before numpy is there

import pytest

from graph.record.memory_store import MemoryStore
from graph.record.sqlite_store import SqliteStore
from graph.record.store import Store


@pytest.fixture(autouse=True)
def _own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANYIN_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("LIANYIN_HOME", raising=False)
    monkeypatch.delenv("LIANYIN_LANG", raising=False)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "home")
    with made:
        yield made


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The think tank of the first run with its keys, made once, to be copied."""
    from tests.api.serving import made

    return made(tmp_path_factory.mktemp("demo")).parent
