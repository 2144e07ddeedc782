"""`lianyin copy`, ended in the middle: what it left says so, and the next one makes it whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from api import homes, verbs
from graph.record.errors import StoreUnavailable
from graph.record.sqlite_store import SqliteStore
from tests.said import named, say, thing

KILLED = """
import os, sys
from api import verbs
from graph.record import transfer
transfer._BATCH = 1
steps = iter(range(1, 100))
verbs.copy(sys.argv[1], sys.argv[2], lambda step: next(steps) == 2 and os._exit(9))
"""


def test_a_copy_that_was_killed_is_not_taken_for_the_store(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    with SqliteStore(source) as store:
        say(store, *named("p", "肖阳", "person"))
        for count in range(4):
            say(store, *named(f"{count}", f"第{count}工作室"))
            store.keep(f"{count}".encode())
        store.erase([thing("p", "person")], actor="x")
    assert subprocess.run([sys.executable, "-c", KILLED, str(source), str(target)], check=False).returncode == 9
    for act in (lambda: homes.open_home(target), lambda: verbs.doctor(target), lambda: verbs.copy(str(target), str(tmp_path / "third"))):
        with pytest.raises(StoreUnavailable) as error:
            act()
        assert error.value.code == "copy_unfinished"
    done = verbs.copy(str(source), str(target))
    with homes.open_home(target) as copied, homes.open_home(source) as store:
        assert (copied.head().number, copied.head().digest.hex()) == (6, done["digest"])
        assert copied.head() == store.head()
        assert verbs.verify(copied)["ok"]
        assert say(copied, *named("p", "肖阳", "person")).number is None
