"""The embedded store beside a real Neo4j on this machine, and the log beside a bare script that writes the same bytes.

    OPENBLAS_NUM_THREADS=1 python bench/stores.py [--things 100000] [--city 1469] [--line 2026|5.26] [--heap 3g]

`--things N` makes N things with 15 N statements, as bench/record.py does. The bare script sends the log's own parts in batches of the same
size by UNWIND and does nothing else: no rules, no comparing, no replica. Of the database's size up to 45 MiB are what warmed it up and was
deleted. Needs a JDK and Maven (tests/neo4j); at 100,000 things 2.5 GiB of memory for itself, 3.5 GiB for the server, 3 GB of disk, and
17 minutes on two cores that others used as well, seven of them for the readable graph.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from neo4j import Driver, GraphDatabase  # noqa: E402

from api.mirroring import brought_up  # noqa: E402
from bench.record import generated, timed  # noqa: E402
from graph.record.model import Change, Statement  # noqa: E402
from graph.record.neo4j_log import LOAD, PART, Seen, Telling  # noqa: E402
from graph.record.neo4j_store import Neo4jStore  # noqa: E402
from graph.record.sqlite_store import SqliteStore  # noqa: E402
from graph.record.store import Store  # noqa: E402
from tests.neo4j.cutter import Cutter  # noqa: E402
from tests.neo4j.processes import add, machine, names  # noqa: E402
from tests.neo4j.server import CURRENT, LTS, Server  # noqa: E402
from tests.neo4j.stores import opened  # noqa: E402

MIB = 1 << 20


def told(what: str, value: float, unit: str = "s", goal: str = "") -> None:
    """One line."""
    print(f"{what:<58}{value:10.3f} {unit:4} {goal}", flush=True)


# ---- at size


class Clocked(Neo4jStore):
    """A shared store that keeps the seconds which its largest change took to be told: packed and written, and written alone."""

    told, written = 0.0, 0.0

    def _tell(self) -> None:
        write = self._shared.tell

        def clocked(telling: Telling, seen: Seen) -> int:
            begun = perf_counter()
            before = write(telling, seen)
            self.written = max(self.written, perf_counter() - begun)
            return before

        self._shared.tell = clocked  # type: ignore[method-assign]
        begun = perf_counter()
        super()._tell()
        self.told = max(self.told, perf_counter() - begun)
        self._shared.tell = write  # type: ignore[method-assign]


def small_changes(store: Store, statements: tuple[Statement, ...]) -> float:
    """Median seconds of a small durable change."""
    waits = []
    for number in range(50):
        edit = Statement(statements[2 * number].subject, "note", f"备注{number}", "desk:bench")
        begun = perf_counter()
        store.append(Change("bench", adds=(edit,)))
        waits.append(perf_counter() - begun)
    return statistics.median(waits)


def filled(name: str, store: Store, statements: tuple[Statement, ...]) -> None:
    """The same steps on either store."""
    timed(f"{name}: one append with ids and digests", lambda: store.append(Change("bench", adds=statements)))
    timed(f"{name}: first snapshot", store.snapshot)
    told(f"{name}: small durable change, median", small_changes(store, statements))
    timed(f"{name}: next snapshot after 50 statements", store.snapshot)


def at_size(folder: Path, server: Server, things: int) -> None:
    """Both stores with the same statements in, then the bare script."""
    with GraphDatabase.driver(server.address, auth=server.auth) as driver:
        scripted(driver, [os.urandom(PART)] * 40)  # a server that has just begun is slow: neither side is to pay for that
    with opened(server, folder / "warm") as store:
        store.append(Change("bench", adds=tuple(generated(4_000, 40_000, 20_000))))
    server.clear()
    statements = tuple(generated(things, 10 * things, 5 * things))
    print(f"{things} things, {len(statements)} statements")
    with SqliteStore(folder / "embedded", label="generated") as store:
        filled("embedded", store, statements)
        head = store.head()
    told("embedded: store file", (folder / "embedded/store.db").stat().st_size / MIB, "MiB")
    with opened(server, folder / "shared", kind=Clocked) as store:
        filled("neo4j", store, statements)
        told("neo4j: of the append, packing and writing the log", store.told)
        told("neo4j: of the append, writing the log", store.written)
        assert store.head().number == head.number
        written = store.written
    sizes("the log", server, folder / "shared")
    timed("neo4j: another machine, from nothing to the head", lambda: opened(server, folder / "other").close())
    with opened(server, folder / "shared") as store:
        timed("neo4j: readable graph of all that", lambda: brought_up(store, take=True))
    memory(server)
    sizes("log and readable graph", server, folder / "shared")
    beside(server, written)


def sizes(what: str, server: Server, home: Path) -> None:
    """MiB on disk once the server has ended and written all out: the database, its transaction logs, the replica."""
    server.stop()
    for name, folder in (("database", server.folder / "data/databases"), ("transaction logs", server.folder / "data/transactions")):
        told(f"neo4j: {what}, {name}", size(folder), "MiB")
    told(f"neo4j: {what}, this machine's replica", size(home), "MiB")
    server.start().ready()


def size(folder: Path) -> float:
    """MiB of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MIB


def memory(server: Server) -> None:
    """GiB at the most so far: ours with the statements, and the server's."""
    told("this process at its largest", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GiB")
    status = Path(f"/proc/{server.process.pid if server.process else 0}/status")
    if status.exists():
        peak = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        told("the server at its largest", int(peak.split()[1]) / 2**20, "GiB")


def beside(server: Server, written: float) -> None:
    """The bare script with the same bytes, as parts of the same size in transactions of the same size."""
    with GraphDatabase.driver(server.address, auth=server.auth) as driver:
        parts = [record["bytes"] for record in driver.execute_query("MATCH (p:Part) RETURN p.bytes AS bytes").records]
        told("neo4j: bytes of the log", sum(map(len, parts)) / MIB, "MiB")
        server.clear()
        bare = scripted(driver, parts)
    told("bare UNWIND script, the same bytes", bare)
    told("the log's rate of the script's", bare / written, "x", "goal >= 0.7")


def scripted(driver: Driver, parts: list[bytes]) -> float:
    """Seconds for what anybody would write."""
    driver.execute_query("CREATE CONSTRAINT bare IF NOT EXISTS FOR (n:Bare) REQUIRE n.id IS UNIQUE")
    begun = perf_counter()
    for batch in batches(parts):
        driver.execute_query("UNWIND $parts AS part CREATE (n:Bare) SET n = part", parts=batch)
    return perf_counter() - begun


def batches(parts: list[bytes]) -> Iterator[list[dict[str, object]]]:
    """Rows of up to LOAD bytes."""
    batch, size = [], 0
    for number, data in enumerate(parts):
        if size + len(data) > LOAD and batch:
            yield batch
            batch, size = [], 0
        batch.append({"id": number, "bytes": data})
        size += len(data)
    yield batch


# ---- as it is used


def delay(folder: Path, server: Server, rounds: int) -> None:
    """How long after the answer to a write on one process another one shows it: two serving processes."""
    server.clear()
    with machine(folder / "one", server) as one, machine(folder / "two", server) as two:
        waits = []
        for number in range(rounds):
            assert add(one, f"甲{number}工作室").is_success
            begun = perf_counter()
            while f"甲{number}工作室" not in names(two):
                time.sleep(0.005)
            waits.append(perf_counter() - begun)
    told("seen by the other process after, median", statistics.median(waits), "s", "goal <= 1")
    told("seen by the other process after, slowest", max(waits))


def lost(folder: Path, server: Server) -> None:
    """How long until a process says 503, where it is refused, and where nobody answers."""
    server.clear()
    with Cutter(server.port) as cutter, machine(folder / "lost", server, cutter.address) as desk:
        assert add(desk, "甲工作室").is_success
        for how, act in (("refused", cutter.refuse), ("half-open", cutter.swallow), ("each block 20 s late", lambda: cutter.dawdle(20.0))):
            act()
            begun = perf_counter()
            answer = add(desk, f"{how}工作室")
            told(f"a write while the server is {how}: {answer.status_code} after", perf_counter() - begun, "s", "goal <= 15")
            begun = perf_counter()
            answer = desk.get("/things", params={"kind": "workshop"})
            told(f"a read meanwhile: {answer.status_code} after", perf_counter() - begun, "s", "goal <= 5")
            cutter.heal()
            begun = perf_counter()
            while not add(desk, f"{how}工作室").is_success:
                time.sleep(0.05)
            told("the server is back: the same request done after", perf_counter() - begun)


def suggestions(folder: Path, server: Server, workshops: int, count: int = 100) -> None:
    """The same questions on both; the answers are compared byte by byte."""
    from matching.embedding import GramEmbedder
    from matching.suggestion import Question, matcher, texts
    from seeds import city

    adds = tuple(claim.statement for claim in city.generate(workshops).claims)
    server.clear()
    answers = []
    with SqliteStore(folder / "city") as embedded, opened(server, folder / "city-replica") as shared:
        for name, store in (("embedded", embedded), ("neo4j", shared)):
            store.append(Change("bench", adds=adds))
            snapshot = store.snapshot()
            ready = matcher(snapshot, GramEmbedder.train(texts(snapshot)))
            asked = [Question(id=id) for id in ready.index.profiles.ids[: 3 * count : 3]]
            waits = []
            for question in asked:
                begun = perf_counter()
                answers.append(repr(ready.suggest(question)))
                waits.append(perf_counter() - begun)
            told(f"{name}: a suggestion with ten explanations, median", statistics.median(waits) * 1e3, "ms")
    assert answers[:count] == answers[count:], "the two stores answer differently"


def main() -> None:
    """Prints both sides."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--things", type=int, default=100_000)
    parser.add_argument("--city", type=int, default=1469)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--line", choices=("2026", "5.26"), default="2026")
    parser.add_argument("--heap", default="3g")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as told_folder:
        folder = Path(told_folder)
        os.environ["LIANYIN_KEYS"] = str(folder / "keys")
        server = Server(CURRENT if asked.line == "2026" else LTS, folder / "server", heap=asked.heap)
        timed(f"Neo4j {server.edition.version} started", lambda: server.start().ready())
        try:
            at_size(folder, server, asked.things)
            delay(folder, server, asked.rounds)
            lost(folder, server)
            suggestions(folder, server, asked.city)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
