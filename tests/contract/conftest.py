"""The contract is kept by every store that there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.record.store import Store
from tests.conftest import EDITION_PARAMETERS, EDITIONS, embedded
from tests.neo4j import stores


@pytest.fixture(params=["memory", "sqlite", *EDITION_PARAMETERS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    shared = request.param in EDITIONS
    with stores.fresh(request.getfixturevalue(request.param), tmp_path / "home") if shared else embedded(request.param, tmp_path) as made:
        yield made
