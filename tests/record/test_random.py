"""Random appends, undos, merges, splits and refusals on both stores, beside a plain dictionary model."""

import tempfile
from dataclasses import fields
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from graph.record.arrays import Arrays
from graph.record.backup import verify
from graph.record.errors import LianyinError
from graph.record.memory_store import MemoryStore
from graph.record.model import Statement
from graph.record.snapshot import Snapshot, build
from graph.record.sqlite_store import SqliteStore
from graph.record.store import Store
from tests.said import say, thing, told

KEYS = [thing(str(number)) for number in range(5)]
KINDS = [Statement(key, "kind", "workshop", "d") for key in KEYS]
NOTES = [Statement(key, "note", word, source) for key in KEYS for word in "甲乙" for source in ("d", "e")]
TIES = [Statement(first, "partner", second, "d") for first in KEYS[:3] for second in KEYS[2:]]
ALL = [*NOTES, *TIES]


class Model:
    """What DESIGN says, over a set of live statements and a list of changes; no ids, no digests, no files."""

    def __init__(self) -> None:
        self.live: set[Statement] = set()
        self.changes: list[tuple[set[Statement], set[Statement]]] = []

    @staticmethod
    def order(key: str) -> str:
        """All things are made in the first change: who was first made is the smallest id."""
        return key

    def append(self, adds: set[Statement], retracts: set[Statement]) -> None:
        added, gone = adds - self.live, (retracts & self.live) - adds
        if added or gone:
            self.live = (self.live - gone) | added
            self.changes.append((added, gone))

    def undone(self, number: int) -> tuple[set[Statement], set[Statement]]:
        added, gone = self.changes[number - 1]
        return gone - self.live, added & self.live


def trees(live: set[Statement]) -> list[set[str]]:
    """Connected sets of same_as."""
    found: list[set[str]] = []
    for one in live:
        if one.property == "same_as":
            joined = {one.subject, one.value}.union(*(tree for tree in found if tree & {one.subject, one.value}))
            found = [tree for tree in found if not tree & joined] + [joined]
    return found


def arrays(snapshot: Snapshot) -> list[list[int]]:
    """Every resident number: the next version must equal a build, and one store the other."""
    return [getattr(snapshot.arrays, field.name).tolist() for field in fields(Arrays)]


class Both(RuleBasedStateMachine):
    """The same operations on memory and SQLite; what one refuses the other refuses, with the same code."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.stores: list[Store] = [MemoryStore(), SqliteStore(Path(self.folder.name))]
        self.model = Model()
        self.do(lambda store: say(store, *KINDS), set(KINDS), set())

    def do(self, act: object, adds: set[Statement], retracts: set[Statement]) -> None:
        answers = []
        for store in self.stores:
            try:
                answers.append(act(store))  # type: ignore[operator]
            except LianyinError as error:
                answers.append(error.code)
        assert answers[0] == answers[1]
        if not isinstance(answers[0], str):
            self.model.append(adds, retracts)

    @rule(adds=st.sets(st.sampled_from(ALL), max_size=4), retracts=st.sets(st.sampled_from([*ALL, *KINDS[:2]]), max_size=3))
    def appended(self, adds: set[Statement], retracts: set[Statement]) -> None:
        self.append(adds, retracts)

    def append(self, adds: set[Statement], retracts: set[Statement]) -> None:
        ids = tuple(one.id for one in retracts)
        self.do(lambda store: say(store, *adds, retracts=ids), adds, retracts)

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, len(self.model.changes)))
        adds, retracts = self.model.undone(number)
        self.do(lambda store: store.undo(number, actor="x"), adds, retracts)

    @rule(adds=st.sets(st.sampled_from(ALL), max_size=4), retracts=st.sets(st.sampled_from(ALL), max_size=3))
    def append_and_undo(self, adds: set[Statement], retracts: set[Statement]) -> None:
        before, count = [told(store) for store in self.stores], len(self.model.changes)
        self.append(adds, retracts)
        if len(self.model.changes) > count:
            undone = self.model.undone(count + 1)
            self.do(lambda store: store.undo(count + 1, actor="x"), *undone)
            assert [told(store) for store in self.stores] == before

    @rule(first=st.sampled_from(KEYS), second=st.sampled_from(KEYS))
    def merge(self, first: str, second: str) -> None:
        edge = Statement(first, "same_as", second, "desk:x")
        known = first == second or any({first, second} <= tree for tree in trees(self.model.live))
        self.do(lambda store: store.merge(first, second, actor="x"), set() if known else {edge}, set())

    @rule(id=st.sampled_from(KEYS))
    def split(self, id: str) -> None:
        before = self.model.live
        own = {one for one in before if one.property == "same_as" and id in (one.subject, one.value)}
        rest = trees(before - own)
        parts = [
            next((tree for tree in rest if near in tree), {near})
            for near in {*(one.subject for one in own), *(one.value for one in own)} - {id}
        ]
        first = min((key for part in parts for key in part), key=self.model.order, default="")
        adds = {
            Statement(near, "same_as", first, "desk:x")
            for part in parts
            if first not in part
            for near in part & {*(one.subject for one in own), *(one.value for one in own)}
        }
        self.do(lambda store: store.split(id, actor="x"), adds, own)
        assert not any(id in tree for tree in trees(self.model.live))

    @rule(one=st.sampled_from([*NOTES, *KINDS]))
    def refuse(self, one: Statement) -> None:
        refusal = Statement(one.id, "refused", "误", "desk:x")
        self.do(lambda store: store.refuse(one.id, actor="x", reason="误"), {refusal}, set())

    @invariant()
    def agree(self) -> None:
        for store in self.stores:
            assert told(store) == sorted(self.model.live)
            snapshot = store.snapshot()
            refused = {one.subject for one in self.model.live if one.property == "refused"}
            used = {id for one in self.model.live if one.property != "kind" and one.id not in refused for id in (one.subject, one.value)}
            kinds = {one.subject for one in self.model.live if one.property == "kind" and (one.id not in refused or one.subject in used)}
            assert kinds == {id for id in KEYS if snapshot.has(id)}
            for tree in trees(self.model.live):
                assert {snapshot.thing(id).id for id in tree} == {min(tree, key=self.model.order)}
                assert tree <= kinds
            shown = {value for id in kinds for value in snapshot.thing(id).values("note")}
            assert shown == {one.value for one in self.model.live if one.property == "note" and one.id not in refused}
            whole = build(store, "main", snapshot.version, snapshot.digest)
            assert arrays(snapshot) == arrays(whole)
        assert arrays(self.stores[0].snapshot()) == arrays(self.stores[1].snapshot())
        assert self.stores[0].snapshot().names() == self.stores[1].snapshot().names()

    def teardown(self) -> None:
        for store in self.stores:
            assert [one.problem for one in verify(store) if one.problem] == []
            store.close()
        self.folder.cleanup()


Both.TestCase.settings = settings(
    max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestBoth = Both.TestCase
