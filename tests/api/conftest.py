"""The think tank of the first run, served once for all tests that only read; a small home of its own for each that writes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.serving import Served, running


@pytest.fixture(scope="session")
def demo(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served") / "demo"
    shutil.copytree(demo_folder, folder)
    with running(folder / "home") as served:
        yield served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with running(tmp_path / "own" / "home") as own:
        yield own
