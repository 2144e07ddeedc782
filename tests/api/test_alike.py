"""Two servers over two stores of the same data: every answer is the same bytes. `bench/alike.py` asks it of a city of 20,000 things."""

import shutil
from pathlib import Path

import pytest

from tests.api.answers import answers, lived
from tests.api.serving import moved, running
from tests.neo4j.server import Server


@pytest.mark.patient
def test_answers_are_the_same_bytes_on_either_store(demo_folder: Path, neo4j_2026: Server, tmp_path: Path) -> None:
    home = tmp_path / "demo" / "home"
    shutil.copytree(demo_folder, home.parent)
    with running(home) as embedded:
        lived(embedded.client)
        told = answers(embedded.client)
    with running(moved(home, neo4j_2026), neo4j_2026) as shared:
        other = answers(shared.client)
    assert list(told) == list(other)
    assert [question for question in told if told[question] != other[question]] == []
    assert len(told) > 300
