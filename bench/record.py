"""The record at size: 100,000 things with 1.5 M statements in, first snapshot, reopen, next one, beside sqlite3 + networkx.

    python bench/record.py [--things 100000]
"""

import argparse
import gc
import os
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from graph.record.model import Change, Statement, thing_id
from graph.record.sqlite_store import SqliteStore


def generated(things: int, edges: int, literals: int, seed: int = 7) -> Iterator[Statement]:
    """Statements of a made-up graph with power-law degrees, sorted by subject as an import's are."""
    random = np.random.default_rng(seed)
    ids = [thing_id("workshop", "desk", str(number)) for number in range(things)]
    weights = 1.0 / np.arange(1, things + 1) ** 0.6
    weights /= weights.sum()
    sources = random.choice(things, edges, p=weights)
    targets = random.choice(things, edges, p=weights)
    for number, id in enumerate(ids):
        yield Statement(id, "kind", "workshop", "table:generated", locator=f"w!{number}!kind@0")
        yield Statement(id, "name", f"生成工作室{number}", "table:generated", locator=f"w!{number}!name@0")
    for number in range(literals - 2 * things):
        value = f"成绩{number}项，节约{number % 97}万元"
        yield Statement(ids[number % things], "achievement", value, "table:generated", locator=f"w!{number}!a@0")
    for at, (source, target) in enumerate(zip(sources.tolist(), targets.tolist(), strict=True)):
        yield Statement(ids[source], "partner", ids[target], f"table:g{at % 50}", locator=f"e!{at}!b@0")


def timed(label: str, work: Callable[[], Any], goal: str = "") -> Any:
    """Runs and prints seconds; the label first, so that one sees what is being done."""
    print(f"{label:44}", end="", flush=True)
    gc.collect()
    start = time.perf_counter()
    result = work()
    print(f"{time.perf_counter() - start:9.3f} s   {goal}", flush=True)
    return result


def ours(home: Path, statements: tuple[Statement, ...]) -> None:
    """The store's side."""
    store = SqliteStore(home, label="generated")
    timed("lianyin: one append with ids and digests", lambda: store.append(Change("bench", adds=statements)), "goal <= 20 s")
    timed("lianyin: first snapshot", store.snapshot, "goal <= 2 s")
    some = statements[0].subject
    edits = [Statement(statements[2 * number].subject, "note", f"备注{number}", "desk:bench") for number in range(200)]
    waits = []
    for edit in edits[:50]:
        start = time.perf_counter()
        store.append(Change("bench", adds=(edit,)))
        waits.append(time.perf_counter() - start)
    print(f"{'lianyin: small durable change, median':44}{sorted(waits)[25]:9.4f} s")
    store.snapshot()
    store.append(Change("bench", adds=tuple(edits[50:])))
    timed("lianyin: next snapshot after 150 statements", store.snapshot, "goal <= 0.040 s")
    timed("lianyin: one thing assembled", lambda: store.snapshot().thing(some))
    timed("lianyin: close (writes the cache)", store.close)
    again = timed("lianyin: reopen", lambda: _reopened(home), "goal <= 0.100 s")
    again.close()
    print(f"{'lianyin: store file':44}{(home / 'store.db').stat().st_size / 2**20:9.0f} MiB")


def _reopened(home: Path) -> SqliteStore:
    store = SqliteStore(home)
    store.snapshot()
    return store


def peer(path: Path, statements: tuple[Statement, ...]) -> None:
    """The same rows in a plain sqlite3 table and a networkx graph: no ids, no digests, no history."""
    import networkx

    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=wal")
    db.execute("CREATE TABLE s(subject, property, value, source, since, until, locator, confidence, rule)")
    db.execute("CREATE INDEX i ON s(subject, property)")

    def load() -> None:
        with db:
            db.executemany("INSERT INTO s VALUES(?,?,?,?,?,?,?,?,?)", statements)

    def graph() -> Any:
        made = networkx.MultiDiGraph()
        made.add_edges_from(db.execute("SELECT subject, value FROM s WHERE property = 'partner'"))
        return made

    timed("sqlite3: the same rows, no ids or digests", load)
    timed("networkx: graph from sqlite3", graph)


def main() -> None:
    """Prints both sides."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--things", type=int, default=100_000)
    things = parser.parse_args().things
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LIANYIN_KEYS"] = folder + "/keys"
        statements = tuple(generated(things, 10 * things, 5 * things))
        print(f"{things} things, {len(statements)} statements")
        ours(Path(folder) / "home", statements)
        print(f"{'peak memory so far':44}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:9.2f} GiB  goal <= 1.5")
        peer(Path(folder) / "peer.db", statements)


if __name__ == "__main__":
    main()
