"""Random operations on a memory store and on Neo4j through two handles in turn, as two machines work: nothing differs."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from graph.record.backup import verify
from graph.record.errors import LianyinError
from graph.record.memory_store import MemoryStore
from graph.record.model import MAIN, Statement
from graph.record.neo4j_store import Neo4jStore
from graph.record.store import Store
from tests.neo4j.server import Server
from tests.neo4j.stores import opened
from tests.record.test_random import ALL, KEYS, KINDS, NOTES, arrays
from tests.said import named, say, thing, told

FOLK = [thing(name, "person") for name in ("p", "q")]
NAMED = [*named("p", "肖阳", "person"), *named("q", "李明", "person")]
FOUND = [Statement(key, "note", "由肖阳领衔", "d") for key in KEYS[:2]]
SAID = st.sets(st.sampled_from([*ALL, *NAMED, *FOUND]), max_size=4)
LOG = st.sampled_from([MAIN, "draft"])


class Alike(RuleBasedStateMachine):
    """What memory answers or refuses, Neo4j answers or refuses; afterwards all that can be asked is the same."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        server.clear()
        self.folder = tempfile.TemporaryDirectory()
        self.memory = MemoryStore()
        self.handles = [opened(server, Path(self.folder.name) / name) for name in "ab"]
        self.turns = 0
        self.do(lambda store: say(store, *KINDS, *NAMED))

    def do(self, act: Callable[[Store], object]) -> None:
        self.turns += 1
        answers: list[object] = []
        for store in (self.memory, self.handles[self.turns % 2]):
            try:
                answers.append(act(store))
            except LianyinError as error:
                answers.append(error.code)
        assert answers[0] == answers[1]

    @rule(adds=SAID, retracts=SAID, log=LOG, key=st.sampled_from(["", "", "k1", "k2"]))
    def append(self, adds: set[Statement], retracts: set[Statement], log: str, key: str) -> None:
        self.do(lambda store: say(store, *sorted(adds), retracts=tuple(sorted(one.id for one in retracts)), log=log, key=key))

    @rule(number=st.integers(1, 12), with_later=st.booleans())
    def undo(self, number: int, with_later: bool) -> None:
        self.do(lambda store: store.undo(number, actor="x", with_later=with_later))

    @rule(first=st.sampled_from(KEYS), second=st.sampled_from(KEYS))
    def merge(self, first: str, second: str) -> None:
        self.do(lambda store: store.merge(first, second, actor="x"))

    @rule(id=st.sampled_from(KEYS))
    def split(self, id: str) -> None:
        self.do(lambda store: store.split(id, actor="x"))

    @rule(one=st.sampled_from(NOTES))
    def refuse(self, one: Statement) -> None:
        self.do(lambda store: store.refuse(one.id, actor="x", reason="误"))

    @rule()
    def open_draft(self) -> None:
        self.do(lambda store: store.open_log("draft"))

    @rule()
    def accept(self) -> None:
        self.do(lambda store: store.accept("draft", actor="x"))

    @rule(data=st.sampled_from(["肖阳的材料", "另一份", "长" * 700_000]))
    def keep(self, data: str) -> None:
        self.do(lambda store: store.keep(data.encode()))

    @rule(id=st.sampled_from(FOLK))
    def erase(self, id: str) -> None:
        self.do(lambda store: store.erase([id], actor="x"))

    @invariant()
    def agree(self) -> None:
        if self.turns % 4 == 0:  # the look at everything costs more than the act
            for handle in self.handles:
                self.compare(handle)

    def compare(self, handle: Neo4jStore) -> None:
        handle.follow()
        assert told(handle) == told(self.memory)
        assert handle.logs() == self.memory.logs()
        for log in self.memory.logs():
            here, there = self.memory.snapshot(log=log), handle.snapshot(log=log)
            assert arrays(here) == arrays(there)
            assert here.names() == there.names()
            assert [one.number for one in handle.changes(log=log)] == [one.number for one in self.memory.changes(log=log)]
        assert sorted(handle._blobs()) == sorted(self.memory._blobs())

    def teardown(self) -> None:
        for handle in self.handles:
            self.compare(handle)
            assert [one.problem for one in verify(handle) if one.problem] == []
        heads = [[handle.head(log) for log in handle.logs()] for handle in self.handles]
        assert heads[0] == heads[1]
        for handle in self.handles:
            handle.close()
        self.folder.cleanup()


def test_nothing_differs(neo4j_2026: Server) -> None:
    run(neo4j_2026, examples=4, steps=12)


def run(server: Server, *, examples: int, steps: int) -> None:
    """Fails with the first difference, unshrunk: each example costs seconds."""
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
        phases=[Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(lambda: Alike(server), settings=chosen)
