"""Damage on purpose between us and a real Neo4j, in numbers: cuts at every commit, kills of the server, random work on two machines.

python bench/robust_neo4j.py            every act and way of cutting, 40 kills, 60 rounds of random work
python bench/robust_neo4j.py --short    the cuts that close, 3 kills, 3 rounds; a few minutes less

Lost: acknowledged and not there afterwards. Twice: there twice, or under two numbers. Half: anything that `verify` finds.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from api.handwork import edits  # noqa: E402
from api.mirroring import brought_up  # noqa: E402
from graph.record.backup import verify  # noqa: E402
from graph.record.errors import Conflict, NotFound, StoreUnavailable  # noqa: E402
from graph.record.model import Statement  # noqa: E402
from graph.record.neo4j_store import Neo4jStore  # noqa: E402
from tests.neo4j import test_random  # noqa: E402
from tests.neo4j.cutter import COMMIT, Cut, Cutter  # noqa: E402
from tests.neo4j.server import CURRENT, LTS, Server  # noqa: E402
from tests.neo4j.stores import environment, opened  # noqa: E402
from tests.said import named, say, thing  # noqa: E402

Act = Callable[[Neo4jStore, str], object]
A = thing("a")


def append(store: Neo4jStore, key: str) -> object:
    """A small change."""
    return say(store, Statement(A, "note", key, "desk:x"), key=key)


def append_much(store: Neo4jStore, key: str) -> object:
    """A change of many parts: several transactions before the last one."""
    return say(store, *(Statement(A, "note", f"{key}{number}{'长' * 2_000}", "desk:x") for number in range(1_200)), key=key)


def keep(store: Neo4jStore, key: str) -> object:
    """A kept text of many parts."""
    return store.keep(key.encode() * (6_000_000 // len(key)))


def open_log(store: Neo4jStore, key: str) -> object:
    """A draft; asked again it is there."""
    with suppress(Conflict):
        store.open_log(key)
    return key


def erase(store: Neo4jStore, key: str) -> object:
    """A person; asked again nobody is known."""
    with suppress(NotFound):
        store.erase([thing(key, "person")], actor="x")
    return key


def project(store: Neo4jStore, key: str) -> object:
    """The readable graph; `key` is what it has to show anew."""
    brought_up(store, take=True)
    return key


ACTS: dict[str, tuple[Act, int]] = {
    "append": (append, 1), "append of 7 MB": (append_much, 1), "keep of 6 MB": (keep, 0), "open_log": (open_log, 0), "erase": (erase, 1),
    "projection": (project, 0),
}  # fmt: skip
"""Each act and by how many changes the head is further afterwards."""


@contextmanager
def machines(folder: Path, server: Server) -> Iterator[tuple[Neo4jStore, Neo4jStore, Cutter]]:
    """Two machines on a new store; the first reaches it through a cutter."""
    server.clear()
    shutil.rmtree(folder, ignore_errors=True)
    with Cutter(server.port) as cutter, opened(server, folder / "through", cutter.address) as store, opened(server, folder / "beside") as beside:
        say(store, *named("a", "甲工作室"))
        yield store, beside, cutter


def prepared(store: Neo4jStore, act: Act, key: str) -> None:
    """What an act needs."""
    if act is erase:
        say(store, *named(key, f"某人{key}", "person"))
    if act is project:
        say(store, *(one for number in range(150) for one in named(f"{key}{number}", f"{key}工作室{number}")))


def cuts(folder: Path, server: Server, silent: bool) -> None:
    """Every act cut at each of its commits, before, within and after; then asked again as a client does."""
    for name, (act, further) in ACTS.items():
        told: Counter[str] = Counter()
        slowest = 0.0
        with machines(folder / "cuts", server) as (store, beside, cutter):
            prepared(store, act, "quiet")
            seen = cutter.seen[COMMIT]
            act(store, "quiet")
            commits = cutter.seen[COMMIT] - seen
            for when in ("before", "within", "after"):
                for number in range(1, commits + 1):
                    key = f"{when}{number}"
                    prepared(store, act, key)
                    head = store.follow()
                    cutter.cut_at(Cut(COMMIT, when, number, silent), then=cutter.swallow if silent else lambda: None)
                    begun = time.monotonic()
                    try:
                        act(store, key)
                    except StoreUnavailable:
                        told["refused"] += 1
                    slowest = max(slowest, time.monotonic() - begun)
                    cutter.heal()
                    act(store, key)
                    told["cut"] += 1
                    told["wrong"] += (store.follow(), beside.follow()) != (head + further,) * 2 or store.head() != beside.head()
            told["half"] += any(check.problem for one in (store, beside) for check in verify(one))
            told["half"] += act is project and len(edits(beside))
        how = "silent" if silent else "closed"
        print(
            f"{how} cuts, {name}: {told['cut']} ({commits} commits x 3), {told['refused']} refused, slowest {slowest:.1f} s, "
            f"{told['wrong']} with another effect than one, {told['half']} half",
            flush=True,
        )


def kills(folder: Path, server: Server, rounds: int) -> None:
    """kill -9 of the server at a random moment of a working process; then the same data, the same port."""
    choice, told = random.Random(1), Counter[str]()
    server.clear()
    env = {**os.environ, **environment(server), "PYTHONPATH": str(ROOT)}
    opened(server, folder / "first").close()
    for number in range(rounds):
        command = [sys.executable, str(ROOT / "tests/record/worker.py"), str(folder / "worker"), str(number), "shared"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env) as worker:
            assert worker.stdout is not None
            first = worker.stdout.readline()
            time.sleep(choice.random() * 3)
            server.kill()
            lines = [first, *worker.stdout]  # it ends with the first error
        done = [line.split() for line in lines if line.split()[:1] and line.split()[0] in ("append", "undo", "merge", "erase")]
        told["acknowledged"] += len(done)
        server.start().ready()
        with patiently(lambda: opened(server, folder / f"after{number}")) as store:  # noqa: B023 - called at once
            told["lost"] += sum(int(words[1]) > store.head().number for words in done)
            told["lost"] += sum(words[0] == "append" and words[2] not in known(store) for words in done if not erased(words, done))
            told["half"] += any(check.problem for check in verify(store))
    print(
        f"kill -9 of the server: {rounds} rounds, {told['acknowledged']} acknowledged changes, {told['lost']} lost, {told['half']} half",
        flush=True,
    )


def patiently(act: Callable[[], Neo4jStore]) -> Neo4jStore:
    """A store, asked for again while its server, just begun, is too slow."""
    for _ in range(10):
        with suppress(StoreUnavailable):
            return act()
    return act()


def known(store: Neo4jStore) -> set[str]:
    """The ids of all things ever made."""
    return set(store._things.all())


def erased(words: list[str], done: list[list[str]]) -> bool:
    """Whether somebody was erased afterwards: whom is not said, so that the change's own number must do."""
    return any(later[0] == "erase" for later in done[done.index(words) :])


def contended(folder: Path, server: Server, seconds: float) -> None:
    """Four machines that write at once as fast as they can: what was acknowledged stands once, under one number."""
    server.clear()
    numbers: list[int] = []
    refused: list[str] = []
    opened(server, folder / "first").close()

    def work(name: str) -> None:
        with opened(server, folder / name) as store:
            late, count = time.monotonic() + seconds, 0
            while time.monotonic() < late:
                count += 1
                try:
                    told = say(store, *named(f"{name}{count}", f"{name}{count}工作室"), key=f"{name}{count}").number
                    numbers.append(told or 0)
                except StoreUnavailable as error:
                    refused.append(error.code)

    threads = [threading.Thread(target=work, args=(name,)) for name in "wxyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with opened(server, folder / "after") as store:
        right = sorted(numbers) == list(range(1, store.head().number + 1))
    print(f"four machines at once: {len(numbers) / seconds:.0f} changes a second, {len(refused)} refused, each once: {right}", flush=True)


def main() -> None:
    """Runs all or the short form."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--line", choices=("2026", "5.26"), default="2026")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as told:
        folder = Path(told)
        os.environ["LIANYIN_KEYS"] = str(folder / "keys")
        server = Server(CURRENT if asked.line == "2026" else LTS, folder / "server", heap="1g").start().ready()
        try:
            cuts(folder, server, silent=False)
            if not asked.short:
                cuts(folder, server, silent=True)
            kills(folder / "kills", server, 3 if asked.short else 40)
            contended(folder / "contended", server, 5 if asked.short else 30)
            rounds = 3 if asked.short else 60
            test_random.run(server, examples=rounds, steps=25)
            print(f"random work on two machines beside memory: {rounds} rounds of up to 25 acts, 0 differences")
        finally:
            server.kill()


if __name__ == "__main__":
    main()
