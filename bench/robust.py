"""Damage on purpose, in numbers: kills, flipped bits, failing I/O calls. Prints what was done and what was lost.

python bench/robust.py            300 kills, 500 flips, every I/O call of a session failing once
python bench/robust.py --short    20, 60, and every 7th call
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import apsw

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from graph.record import backup as backups  # noqa: E402
from graph.record.errors import LianyinError  # noqa: E402
from graph.record.keys import Keys  # noqa: E402
from graph.record.model import Change, Statement, thing_id  # noqa: E402
from graph.record.sqlite_store import SqliteStore  # noqa: E402

A = thing_id("workshop", "desk", "a")


def live(store: SqliteStore) -> list[Statement]:
    """All live statements, sorted."""
    snapshot = store.snapshot()
    return sorted(row.statement for source in snapshot.sources() for row in snapshot.told_by(source))


def fill(home: Path) -> None:
    """A small store with a backup."""
    with SqliteStore(home) as store:
        adds = [Statement(A, "kind", "workshop", "d"), Statement(A, "name", "甲工作室", "d")]
        store.append(Change("b", adds=(*adds, *(Statement(A, "note", f"备注{number}", "d") for number in range(300)))))
        store.snapshot()
        backups.backup(store)


def forget_head(trial: Path) -> None:
    """A copy of a store shares its keys: what the last trial wrote there is not about this one."""
    Keys.of((trial / "store.id").read_text("ascii").strip()).write_heads({})


def kills(folder: Path, rounds: int) -> None:
    """kill -9 at random points of import, undo, merge, backup and erase."""
    home, choice, lost, half, acknowledged = folder / "kills", random.Random(1), 0, 0, 0
    for number in range(rounds):
        if number % 25 == 0:
            shutil.rmtree(home, ignore_errors=True)
        command = [sys.executable, str(ROOT / "tests/record/worker.py"), str(home), str(number)]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
        # From the first act on, however slow the machine: else a busy one kills every worker before it has begun. One in six while opening.
        first = worker.stdout.readline() if number % 6 and worker.stdout else ""
        time.sleep(choice.random() * 0.4)
        worker.kill()
        lines = [line.split() for line in (first + worker.communicate()[0]).splitlines() if line.split()[0] in ("append", "undo", "merge", "erase")]
        acknowledged += len(lines)
        with SqliteStore(home) as store:
            lost += sum(int(words[1]) > store.head().number for words in lines)
            half += any(check.problem for check in backups.verify(store))
    print(f"kill -9: {rounds} rounds, {acknowledged} acknowledged changes, {lost} lost, {half} stores with anything half")


def flips(folder: Path, rounds: int) -> None:
    """One bit flipped in the store, the cache or the backup, then everything read and verified."""
    home, choice = folder / "flips", random.Random(2)
    fill(home)
    with SqliteStore(home) as store:
        right = live(store)
    told: Counter[str] = Counter()
    for _ in range(rounds):
        trial = folder / "trial"
        shutil.rmtree(trial, ignore_errors=True)
        shutil.copytree(home, trial)
        forget_head(trial)
        target = choice.choice([trial / "store.db", trial / "cache.db", next((trial / "backups").iterdir())])
        data = bytearray(target.read_bytes())
        if choice.random() < 0.2:
            data = data[: choice.randrange(len(data))]
        else:
            data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
        target.write_bytes(data)
        told[_read(trial, target, right)] += 1
    print(f"flips and truncations: {rounds} rounds, {told['wrong']} served wrong data ({dict(told)})")


def _read(trial: Path, target: Path, right: list[Statement]) -> str:
    try:
        if target.parent.name == "backups":
            backups.restore(trial, target, actor="x")
        with SqliteStore(trial) as store:
            same = live(store) == right and not any(check.problem for check in backups.verify(store))
            return "right" if same else "wrong"
    except LianyinError:
        return "refused"


class Faulty(apsw.VFS):
    """A VFS that fails one chosen I/O call: error, full disk, or a torn write."""

    calls, fail_at, how = 0, -1, ""

    def __init__(self) -> None:
        super().__init__("faulty", "")

    @classmethod
    def due(cls) -> bool:
        """Counts a call; whether it is the one to fail."""
        cls.calls += 1
        return cls.calls == cls.fail_at

    def xOpen(self, name: object, flags: list[int]) -> "FaultyFile":
        if self.due():
            raise apsw.CantOpenError("open failed on purpose")
        return FaultyFile(name, flags)

    def xDelete(self, name: str, sync: bool) -> None:
        if self.due():
            raise apsw.IOError("delete failed on purpose")
        super().xDelete(name, sync)

    def xAccess(self, name: str, flags: int) -> bool:
        if self.due():
            raise apsw.IOError("access failed on purpose")
        return super().xAccess(name, flags)


class FaultyFile(apsw.VFSFile):
    """Counts reads, writes, syncs and truncations, and fails the chosen one."""

    def __init__(self, name: object, flags: list[int]) -> None:
        super().__init__("", name, flags)  # type: ignore[arg-type]

    def xRead(self, amount: int, offset: int) -> bytes:
        if Faulty.due():
            raise apsw.IOError("read failed on purpose")
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:
        if Faulty.due():
            if Faulty.how == "torn":
                super().xWrite(bytes(data)[: len(data) // 2], offset)
            raise apsw.FullError("disk full on purpose") if Faulty.how == "full" else apsw.IOError("write failed on purpose")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        if Faulty.due():
            raise apsw.IOError("sync failed on purpose")
        super().xSync(flags)

    def xFileSize(self) -> int:
        if Faulty.due():
            raise apsw.IOError("size failed on purpose")
        return super().xFileSize()

    def xLock(self, level: int) -> None:
        if Faulty.due():
            raise apsw.IOError("lock failed on purpose")
        super().xLock(level)

    def xTruncate(self, size: int) -> None:
        if Faulty.due():
            raise apsw.IOError("truncate failed on purpose")
        super().xTruncate(size)


def session(home: Path, acknowledged: list[int]) -> None:
    """Append, undo, erase over the faulty files; notes what was acknowledged."""
    with SqliteStore(home, vfs="multipleciphers-faulty") as store:
        person = thing_id("person", "desk", "p")
        adds = (Statement(person, "kind", "person", "d"), Statement(person, "name", "某甲", "d"))
        for act in (
            lambda: store.append(Change("f", adds=(Statement(A, "note", "新", "d"),))),
            lambda: store.append(Change("f", adds=adds)),
            lambda: store.undo(2, actor="f"),
            lambda: store.erase([person], actor="f"),
        ):
            acknowledged.append(act().version)
            store.snapshot()
        backups.backup(store)


def _kept_right(store: SqliteStore, acts: int) -> bool:
    """Whether the live statements are those after the acknowledged acts, or after the one that was under way."""
    facts = live(store)
    note = any(one.value == "新" for one in facts)
    person = any(one.value == "某甲" for one in facts)
    seen = (note, person)
    after = [(False, False), (True, False), (True, True), (False, True), (False, False)]
    return seen in after[acts : acts + 2] and sum(one.value.startswith("备注") for one in facts) == 300


def faults(folder: Path, every: int) -> None:
    """Each I/O call of a session failing once, in three ways."""
    faulty = Faulty()
    home = folder / "faults"
    fill(home)
    lost = half = errors = unnamed = rounds = 0
    for how in ("error", "full", "torn"):
        number = 1
        while True:
            trial = folder / "fault-trial"
            shutil.rmtree(trial, ignore_errors=True)
            shutil.copytree(home, trial)
            forget_head(trial)
            Faulty.calls, Faulty.fail_at, Faulty.how = 0, number, how
            acknowledged: list[int] = []
            try:
                session(trial, acknowledged)
            except LianyinError:
                errors += 1
            except apsw.Error as error:
                unnamed += 1
                print(f"  call {number} ({how}): {type(error).__name__} was not translated")
            reached = Faulty.calls
            Faulty.fail_at = -1
            with SqliteStore(trial) as store:
                lost += store.head().number < max(acknowledged, default=1) or not _kept_right(store, len(acknowledged))
                half += any(check.problem for check in backups.verify(store))
            rounds += 1
            if reached < number:
                break
            number += every
    del faulty
    print(f"I/O faults: {rounds} rounds, {errors} errors with what to do, {unnamed} others, {lost} lost, {half} half")


def main() -> None:
    """Prints each figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    short = parser.parse_args().short
    sys.unraisablehook = lambda _: None  # a call that fails while a refused store is let go has nobody to tell
    with tempfile.TemporaryDirectory() as name:
        os.environ["LIANYIN_KEYS"] = name + "/keys"
        folder = Path(name)
        flips(folder, 60 if short else 500)
        faults(folder, 7 if short else 1)
        kills(folder, 20 if short else 300)


if __name__ == "__main__":
    main()
