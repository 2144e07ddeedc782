"""The contract is kept by every store that there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.record.memory_store import MemoryStore
from graph.record.sqlite_store import SqliteStore
from graph.record.store import Store
from tests.conftest import EDITION_PARAMETERS, EDITIONS
from tests.neo4j import stores


@pytest.fixture(params=["memory", "sqlite", *EDITION_PARAMETERS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param in EDITIONS:
        made: Store = stores.fresh(request.getfixturevalue(request.param), tmp_path / "home")
    else:
        made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "home")
    with made:
        yield made
