"""What a machine does to a shared store that can be cut and killed in its middle, and what has to be so afterwards.

An act takes a store and a key, under which it has one effect however often it is asked.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from api.handwork import edits
from api.mirroring import brought_up
from graph.record.backup import verify
from graph.record.errors import Conflict, StoreUnavailable
from graph.record.model import Statement
from graph.record.neo4j_store import Neo4jStore
from tests.neo4j.cutter import COMMIT, Cut, Cutter
from tests.neo4j.server import Server
from tests.neo4j.stores import opened
from tests.said import named, say, thing

Act = Callable[[Neo4jStore, str], object]
T = TypeVar("T")
A = thing("a")
PATIENCE = 45.0
"""Seconds for which somebody who hears 503 asks again."""


def much(key: str, rows: int = 1_200) -> Iterator[Statement]:
    """7 MB: several transactions before the last one."""
    return (Statement(A, "note", f"{key}{number}{'长' * 2_000}", "desk:x") for number in range(rows))


def append(store: Neo4jStore, key: str) -> object:
    """A small change."""
    return say(store, Statement(A, "note", key, "desk:x"), key=key)


def append_much(store: Neo4jStore, key: str) -> object:
    """A change of many parts."""
    return say(store, *much(key), key=key)


def keep(store: Neo4jStore, key: str) -> object:
    """A kept text of many parts."""
    return store.keep(key.encode() * (6_000_000 // len(key)))


def open_log(store: Neo4jStore, key: str) -> object:
    """A draft; asked again it is there."""
    with suppress(Conflict):
        store.open_log(key)
    return key


def erase(store: Neo4jStore, key: str) -> object:
    """A person; asked again it was done."""
    with suppress(Conflict):
        store.erase([thing(key, "person")], actor="x")
    return key


def project(store: Neo4jStore, key: str) -> object:
    """The readable graph; `key` is what it has to show anew."""
    brought_up(store, take=True)
    return key


@dataclass(frozen=True)
class Done:
    """An act, by how many changes the head is further afterwards, and what it needs before."""

    act: Act
    further: int
    needs: Callable[[str], Iterator[Statement]] = lambda key: iter(())


def _person(key: str) -> Iterator[Statement]:
    yield from named(key, f"某人{key}", "person")


def _person_among_much(key: str) -> Iterator[Statement]:
    yield from (*_person(key), *much(f"not about {key}"))


def _workshops(key: str) -> Iterator[Statement]:
    return (one for number in range(150) for one in named(f"{key}{number}", f"{key}工作室{number}"))


ACTS = {
    "append": Done(append, 1), "append of 7 MB": Done(append_much, 1), "keep of 6 MB": Done(keep, 0), "open_log": Done(open_log, 0),
    "erase": Done(erase, 1, _person), "erase out of 7 MB": Done(erase, 1, _person_among_much), "projection": Done(project, 0, _workshops),
}  # fmt: skip


@dataclass
class Machines:
    """Two machines over one store; the first reaches it through a cutter."""

    server: Server
    cutter: Cutter
    store: Neo4jStore
    beside: Neo4jStore

    def prepare(self, name: str, key: str) -> None:
        """What an act needs."""
        if needs := tuple(ACTS[name].needs(key)):
            say(self.store, *needs)

    def commits(self, name: str) -> int:
        """How many transactions an act commits where nothing disturbs it."""
        self.prepare(name, "quiet")
        seen = self.cutter.seen[COMMIT]
        ACTS[name].act(self.store, "quiet")
        return self.cutter.seen[COMMIT] - seen

    def killed(self, name: str, key: str, cut: Cut) -> list[str]:
        """kill -9 of the server at a message of an act, then the same data on the same port, then the act again: what is wrong.

        Acknowledged is there; refused is there as a whole or not at all, and once after the same request; no process of ours is restarted.
        """
        done, wrong = ACTS[name], []
        self.prepare(name, key)
        head, made = self.beside.follow(), self.cutter.cuts
        self.cutter.cut_at(cut, then=lambda: (self.server.kill(), self.server.start()))
        acknowledged = True
        try:
            done.act(self.store, key)
        except StoreUnavailable:
            acknowledged = False
        self.server.ready()
        found = patiently(self.beside.follow) - head
        if found != done.further and (acknowledged or found):
            wrong.append(f"{found} changes after {'an answer' if acknowledged else 'none'}")
        patiently(lambda: done.act(self.store, key))
        if (patiently(self.store.follow), patiently(self.beside.follow)) != (head + done.further,) * 2:
            wrong.append(f"version {self.store.head().number} and {self.beside.head().number}, not {head + done.further}")
        if self.store.head() != self.beside.head():
            wrong.append("two machines have two heads")
        if self.cutter.cuts != made + 1:
            wrong.append("the server was not killed")
        self.cutter.heal()
        return wrong + self.half(readable=done.act is project)

    def half(self, *, readable: bool) -> list[str]:
        """What is not whole: of the log, and of the readable graph."""
        wrong = [check.problem for one in (self.store, self.beside) for check in verify(one) if check.problem]
        return wrong + [edit["words"] for edit in edits(self.beside)] if readable else wrong


@contextmanager
def machines(folder: Path, server: Server) -> Iterator[Machines]:
    """Two machines on a new store, with a thing in it."""
    server.clear()
    shutil.rmtree(folder, ignore_errors=True)
    with Cutter(server.port) as cutter, opened(server, folder / "through", cutter.address) as store:
        with opened(server, folder / "beside") as beside:
            say(store, *named("a", "甲工作室"))
            yield Machines(server, cutter, store, beside)


def patiently(act: Callable[[], T]) -> T:
    """What an act answers at last, asked again as a client does that hears 503: a server that has just begun is slow."""
    late = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except StoreUnavailable:
            if time.monotonic() > late:
                raise
