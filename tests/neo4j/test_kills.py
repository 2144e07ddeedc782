"""kill -9 of the server in the middle of an act, then the same data on the same port; `bench/robust_neo4j.py` kills at every commit."""

from pathlib import Path
from typing import Literal

import pytest

from api.handwork import edits
from tests.neo4j.acts import ACTS, machines, patiently
from tests.neo4j.cutter import COMMIT, Cut, Cutter
from tests.neo4j.processes import add, machine, names, soon
from tests.neo4j.server import Server
from tests.neo4j.stores import fresh
from tests.said import say

pytestmark = pytest.mark.patient
BATCH = b"MATCH (m:Mirror"
"""What each batch of the readable graph says first; the third one of a turn: its nodes stand there, bare."""


@pytest.mark.parametrize(
    ("name", "number", "when"),
    [
        ("append", 2, "after"),  # after what makes it seen: it is there, though nobody was told
        ("append of 7 MB", 3, "within"),  # among its parts: it is not there, and the parts are in nobody's way
        ("erase out of 7 MB", 4, "before"),  # all is written but seen by nobody
        ("erase out of 7 MB", 4, "after"),  # done, and nothing is swept yet
        ("projection", 5, "within"),
    ],
)
def test_a_server_killed_in_the_middle(
    neo4j_2026: Server, tmp_path: Path, name: str, number: int, when: Literal["before", "within", "after"]
) -> None:
    with machines(tmp_path, neo4j_2026) as both:
        assert both.killed(name, "k", Cut(COMMIT, when, number)) == []


def test_the_readable_graph_goes_on_by_itself_after_a_kill(neo4j_2026: Server, tmp_path: Path) -> None:
    """Nobody asks again: the process that serves finds its server back and ends what it had begun."""
    with fresh(neo4j_2026, tmp_path / "beside") as beside, Cutter(neo4j_2026.port) as cutter:
        with machine(tmp_path / "serving", neo4j_2026, cutter.address) as serving:
            assert add(serving, "甲工作室").is_success
            assert soon(60, lambda: beside.readable.mirrored() == 1)
            cutter.cut_at(Cut(BATCH, "within", 3), then=lambda: (neo4j_2026.kill(), neo4j_2026.start()))
            say(beside, *ACTS["projection"].needs("k"))
            assert soon(60, lambda: cutter.cuts == 1)
            neo4j_2026.ready()
            assert soon(60, lambda: patiently(beside.readable.mirrored) == 2)
            assert edits(beside) == []
            assert add(serving, "乙工作室").is_success
            assert len(names(serving)) == 100  # a page of them
