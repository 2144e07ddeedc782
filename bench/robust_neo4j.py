"""Damage on purpose between us and a real Neo4j, in numbers: cuts at every commit, kills of the server, random work on two machines.

python bench/robust_neo4j.py            every act and way of cutting, a kill at every commit, 40 kills at random, 60 rounds of random work
python bench/robust_neo4j.py --short    the cuts that close, 3 kills, 3 rounds; a few minutes less

Lost: acknowledged and not there afterwards. Twice: there twice, or under two numbers. Half: anything that `verify` finds.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from graph.record.backup import verify  # noqa: E402
from graph.record.errors import StoreUnavailable  # noqa: E402
from graph.record.neo4j_store import Neo4jStore  # noqa: E402
from tests.neo4j import test_random  # noqa: E402
from tests.neo4j.acts import ACTS, machines, patiently  # noqa: E402
from tests.neo4j.cutter import COMMIT, Cut  # noqa: E402
from tests.neo4j.server import CURRENT, LTS, Server  # noqa: E402
from tests.neo4j.stores import environment, opened  # noqa: E402
from tests.said import named, say  # noqa: E402

WHEN: tuple[Literal["before", "within", "after"], ...] = ("before", "within", "after")


def cuts(folder: Path, server: Server, silent: bool) -> None:
    """Every act cut at each of its commits, before, within and after; then asked again as a client does."""
    for name, done in ACTS.items():
        told: Counter[str] = Counter()
        slowest = 0.0
        with machines(folder / "cuts", server) as both:
            store, beside, cutter = both.store, both.beside, both.cutter
            commits = both.commits(name)
            for when in WHEN:
                for number in range(1, commits + 1):
                    key = f"{when}{number}"
                    both.prepare(name, key)
                    head = store.follow()
                    cutter.cut_at(Cut(COMMIT, when, number, silent), then=cutter.swallow if silent else lambda: None)
                    begun = time.monotonic()
                    try:
                        done.act(store, key)
                    except StoreUnavailable:
                        told["refused"] += 1
                    slowest = max(slowest, time.monotonic() - begun)
                    cutter.heal()
                    done.act(store, key)
                    told["cut"] += 1
                    told["wrong"] += (store.follow(), beside.follow()) != (head + done.further,) * 2 or store.head() != beside.head()
            told["half"] += bool(both.half(readable=name == "projection"))
        how = "silent" if silent else "closed"
        print(
            f"{how} cuts, {name}: {told['cut']} ({commits} commits x 3), {told['refused']} refused, slowest {slowest:.1f} s, "
            f"{told['wrong']} with another effect than one, {told['half']} half",
            flush=True,
        )


def killed(folder: Path, server: Server) -> None:
    """kill -9 of the server at each commit of each act, before, within and after: what the log, both machines and a retry say then."""
    for name in ACTS:
        wrong: list[str] = []
        with machines(folder / "killed", server) as both:
            commits = both.commits(name)
            for when in WHEN:
                for number in range(1, commits + 1):
                    wrong += both.killed(name, f"{when}{number}", Cut(COMMIT, when, number))
        print(f"kill -9 at each commit of {name}: {3 * commits} kills, {len(wrong)} wrong {wrong or ''}", flush=True)


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
        with patiently(partial(opened, server, folder / f"after{number}")) as store:
            told["lost"] += sum(int(words[1]) > store.head().number for words in done)
            told["lost"] += sum(words[0] == "append" and words[2] not in known(store) for words in done if not erased(words, done))
            told["half"] += any(check.problem for check in verify(store))
    print(
        f"kill -9 of the server: {rounds} rounds, {told['acknowledged']} acknowledged changes, {told['lost']} lost, {told['half']} half",
        flush=True,
    )


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
                killed(folder, server)
            kills(folder / "kills", server, 3 if asked.short else 40)
            contended(folder / "contended", server, 5 if asked.short else 30)
            rounds = 3 if asked.short else 60
            test_random.run(server, examples=rounds, steps=25)
            print(f"random work on two machines beside memory: {rounds} rounds of up to 25 acts, 0 differences")
        finally:
            server.kill()


if __name__ == "__main__":
    main()
