"""What only a file can suffer: keys, damage, kills, full disks, two processes."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from graph.record import backup as backups
from graph.record import transfer
from graph.record.connection import connect
from graph.record.errors import Forbidden, LianyinError, StoreUnavailable
from graph.record.memory_store import MemoryStore
from graph.record.model import Change, Statement
from graph.record.sqlite_store import SCHEMA, SqliteStore
from tests.said import named, say, thing, told

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("LIANYIN_KILLS", "8"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with SqliteStore(tmp_path / "home") as store:
        say(store, *named("a", "甲工作室"), *named("p", "肖阳", "person"))
        say(store, Statement(thing("a"), "leader", thing("p", "person"), "d"))
        store.snapshot()
        backups.backup(store)
    return tmp_path / "home"


def refusal(home: Path) -> str:
    with pytest.raises(LianyinError) as error:
        SqliteStore(home)
    return error.value.code


def key_file(home: Path) -> Path:
    return next((home.parent / "keys").iterdir()) / "key"


def test_reopens_from_the_cache(home: Path) -> None:
    assert (home / "cache.db").exists()
    with SqliteStore(home) as store:
        assert store._from_cache("main") is not None
        assert store.snapshot().thing(thing("a")).name == "甲工作室"


def test_more_sources_may_be_asked_for_than_a_query_takes_values(home: Path) -> None:
    with SqliteStore(home) as store:
        say(store, *(Statement(thing("a"), "note", f"备注{number}", f"desk:{number}") for number in range(1_200)))
        store._db.limit(apsw.SQLITE_LIMIT_VARIABLE_NUMBER, 600)
        told = store.snapshot().told_by(*(f"desk:{number}" for number in range(1_200)))
        assert [row.number for row in told] == sorted(row.number for row in told)
        assert len(told) == 1_200


def test_missing_wrong_and_open_keys(home: Path) -> None:
    key = key_file(home)
    key.chmod(0o644)
    assert refusal(home) == "key_exposed"
    key.chmod(0o600)
    key.write_text("00" * 32)
    assert refusal(home) == "store_unreadable"
    key.write_text("xx")
    assert refusal(home) == "key_damaged"
    key.unlink()
    assert refusal(home) == "key_missing"


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_a_truncated_store_is_refused(home: Path, size: int) -> None:
    os.truncate(home / "store.db", size)
    assert refusal(home) in ("store_unreadable", "store_older_than_head")


def test_a_store_older_than_its_head_is_refused(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "old")
    with SqliteStore(home) as store:
        say(store, Statement(thing("a"), "note", "x", "d"))
    shutil.copy(tmp_path / "old" / "store.db", home / "store.db")
    assert refusal(home) == "store_older_than_head"


def test_a_newer_schema_is_refused(home: Path) -> None:
    db = connect(home / "store.db", bytes.fromhex(key_file(home).read_text()))
    db.pragma("user_version", SCHEMA + 1)
    db.close()
    assert refusal(home) == "store_newer"


def test_an_older_schema_is_migrated_into_a_copy(home: Path) -> None:
    key = bytes.fromhex(key_file(home).read_text())
    step = {SCHEMA: lambda db: db.execute("CREATE TABLE extra(x)") and None}
    copy = backups.migrate(home / "store.db", key, to=SCHEMA + 1, steps=step)
    assert connect(copy, key, readonly=True).pragma("user_version") == SCHEMA + 1
    with SqliteStore(home) as store:
        assert len(told(store)) == 5
    with pytest.raises(StoreUnavailable):
        backups.migrate(home / "store.db", key, to=SCHEMA + 2, steps=step)


@pytest.mark.parametrize("file", ["store.db", "cache.db", "backup"])
def test_flipped_bits_serve_no_wrong_data(home: Path, tmp_path: Path, file: str) -> None:
    with SqliteStore(home) as store:
        right = told(store)
    choice = random.Random(file)
    refused = set()
    for _ in range(10):
        trial = tmp_path / "trial"
        shutil.rmtree(trial, ignore_errors=True)
        shutil.copytree(home, trial)
        target = next((trial / "backups").iterdir()) if file == "backup" else trial / file
        data = bytearray(target.read_bytes())
        data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
        target.write_bytes(data)
        try:
            if file == "backup":
                backups.restore(trial, target, actor="x")
            with SqliteStore(trial) as store:
                assert told(store) == right
                assert not [one.problem for one in backups.verify(store) if one.problem]
        except LianyinError as error:
            refused.add(error.code)
    assert refused <= {"store_unreadable", "backup_unreadable", "store_id_missing", "not_a_store"}


def test_restore_brings_back_and_marks(home: Path) -> None:
    with SqliteStore(home) as store:
        before = told(store)
        say(store, Statement(thing("a"), "note", "x", "d"))
    assert backups.restore(home, next((home / "backups").iterdir()), actor="x") == 3
    with SqliteStore(home) as store:
        assert told(store) == before
        assert list(store.changes())[-1].reason.startswith("restored")


def test_restore_on_another_machine_needs_the_sheet(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqliteStore(home) as store:
        sheet, uuid = store.keys.recovery(store.uuid), store.uuid
    monkeypatch.setenv("LIANYIN_KEYS", str(tmp_path / "elsewhere"))
    copy = shutil.copy(next((home / "backups").iterdir()), tmp_path / "carried.db")
    with pytest.raises(StoreUnavailable):
        backups.restore(tmp_path / "new", Path(copy), actor="x")
    backups.Keys.of(uuid).recover(sheet)
    backups.restore(tmp_path / "new", Path(copy), actor="x")
    with SqliteStore(tmp_path / "new") as store:
        assert store.snapshot().thing(thing("a")).name == "甲工作室"


def plain_bytes(home: Path) -> bytes:
    """Everything the files of a home hold, decrypted: pages of every store and backup, and the raw files."""
    key = bytes.fromhex(key_file(home).read_text())
    found = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for path in (home / "store.db", *(home / "backups").glob("*.db")):
        db = connect(path, key)
        plain = path.with_suffix(".plain")
        other = apsw.Connection(str(plain))
        other.pragma("key", "raw:" + key.hex())
        with other.backup("main", db, "main") as job:
            job.step(-1)
        other.close()
        db.close()
        rekeyed = apsw.Connection(str(plain))
        rekeyed.pragma("key", "raw:" + key.hex())
        rekeyed.pragma("journal_mode", "delete")
        rekeyed.pragma("rekey", "")
        rekeyed.close()
        found += plain.read_bytes()
        plain.unlink()
    return found


def test_an_erased_name_is_in_no_file(home: Path) -> None:
    with SqliteStore(home) as store:
        store.keep("肖陽(yang)和肖阳xiaoyang在".encode())
        store.keep("肖阳在".encode("gb18030"))
        store.erase([thing("p", "person")], actor="x", spellings=["肖陽", "xiaoyang"])
        store.snapshot()
        backups.backup(store)
    everything = plain_bytes(home)
    assert "甲工作室".encode() in everything  # the reading of decrypted pages works
    for spelling in ("肖阳", "肖陽"):
        for codec in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            assert spelling.encode(codec) not in everything
    assert b"xiaoyang" not in everything
    oldest = min((home / "backups").iterdir())
    backups.restore(home, oldest, actor="x")
    with SqliteStore(home) as store:
        assert not store.snapshot().has(thing("p", "person"))
        assert not [one for one in backups.verify(store) if one.problem]


def test_a_carried_backup_does_not_bring_the_erased_back(home: Path, tmp_path: Path) -> None:
    carried = Path(shutil.copy(next((home / "backups").iterdir()), tmp_path / "carried.db"))
    with SqliteStore(home) as store:
        store.erase([thing("p", "person")], actor="x")
    backups.restore(home, carried, actor="x")
    with SqliteStore(home) as store:
        assert not store.snapshot().has(thing("p", "person"))
        assert not [one for one in told(store) if one.value == "肖阳"]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_kills_lose_nothing_acknowledged(tmp_path: Path) -> None:
    home, choice = tmp_path / "home", random.Random(3)
    erased: set[str] = set()
    for round_number in range(KILLS):
        command = [sys.executable, str(ROOT / "tests/record/worker.py"), str(home), str(round_number)]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
        assert worker.stdout
        first = worker.stdout.readline()  # from the first act on: a busy machine would kill every worker before it has begun
        time.sleep(choice.random() * 0.3)
        worker.kill()
        lines = (first + worker.communicate()[0]).splitlines()
        with SqliteStore(home) as store:
            acknowledged = [line.split() for line in lines if line.split()[0] in ("append", "undo", "merge", "erase")]
            erased |= {words[2] for words in acknowledged if words[0] == "erase"}
            last = max((int(words[1]) for words in acknowledged), default=0)
            assert store.head().number >= last
            assert not [one.problem for one in backups.verify(store) if one.problem]
            assert not erased & set(store.snapshot().names())
            assert not store._meta("erasing")


def test_two_processes_append_at_once(home: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from graph.record.sqlite_store import SqliteStore; from graph.record.model import *\n"
        "with SqliteStore(Path(sys.argv[1])) as s:\n"
        "  for n in range(40): s.append(Change('w', adds=(Statement(sys.argv[2], 'note', sys.argv[3] + str(n), 'd'),)))\n"
    )
    command = [sys.executable, "-c", script, str(home), thing("a")]
    workers = [subprocess.Popen([*command, name], env=environment()) for name in "xy"]
    assert [worker.wait() for worker in workers] == [0, 0]
    with SqliteStore(home) as store:
        assert store.head().number == 82
        assert len(store.snapshot().thing(thing("a")).values("note")) == 80
        assert not [one.problem for one in backups.verify(store) if one.problem]


def test_a_reader_keeps_its_version_while_another_writes(home: Path) -> None:
    with SqliteStore(home) as reader, SqliteStore(home) as writer:
        held = reader.snapshot()
        say(writer, Statement(thing("a"), "note", "later", "d"), *named("z", "新的"))
        assert held.thing(thing("a")).values("note") == []
        assert reader.snapshot().thing(thing("a")).values("note") == ["later"]
        assert reader.snapshot().has(thing("z"))
        assert not held.has(thing("z"))


def read_all(reader: SqliteStore, text: str) -> int:
    """Asks what a server's readers ask, and tells the version that answered."""
    snapshot = reader.snapshot()
    assert snapshot.version <= reader.head().number
    assert snapshot.thing(thing("a")).name == snapshot.names()[snapshot.number(thing("a"))] == "甲工作室"
    assert sorted(row.statement.property for row in snapshot.history(thing("a"))) == ["kind", "leader", "name"]
    assert [row.statement.subject for row in snapshot.incoming(thing("p", "person"))] == [thing("a")]
    assert next(reader.changes()).number == 1
    assert reader.kept(text) == b"text"
    return snapshot.version


@pytest.mark.parametrize("anew", [False, True], ids=["a_store_held_open", "stores_opened_meanwhile"])
def test_a_second_store_reads_while_the_first_is_inside_a_long_append(home: Path, anew: bool) -> None:
    adds = [one for at in range(30_000) for one in named(f"x{at}", f"第{at}工作室")]
    with SqliteStore(home) as writer, SqliteStore(home) as reader, ThreadPoolExecutor(1) as pool:
        text = writer.keep(b"text")
        writing = pool.submit(say, writer, *adds)
        during = 0
        while not writing.done():
            inside = writer._depth == 1
            if anew:
                (home / "cache.db").unlink(missing_ok=True)
                with SqliteStore(home) as another:
                    version = read_all(another, text)
            else:
                version = read_all(reader, text)
            during += inside and writer._depth == 1 and version == 2
        assert writing.result().adds == 60_000
        assert during > 0
        assert read_all(reader, text) == 3
        assert reader.snapshot().thing(thing("x29999")).name == "第29999工作室"


def test_a_copy_is_of_one_moment_while_others_write(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_BATCH", 1)
    with SqliteStore(home) as source, SqliteStore(home) as other:
        head, target = source.head(), MemoryStore(source._key)
        other._db.setbusytimeout(100)

        def write(done: int, of: int) -> None:
            say(other, Statement(thing("a"), "note", f"{done}", "d"))

        transfer.copy(source, target, write)
        assert target.head() == head
        assert source.head().number > head.number + 1


def test_an_erasure_during_a_copy_says_that_it_waits_and_is_ended_later(home: Path) -> None:
    with SqliteStore(home) as source, SqliteStore(home) as other:
        other._db.setbusytimeout(100)
        with source._steady():
            with pytest.raises(StoreUnavailable) as error:
                other.erase([thing("p", "person")], actor="x")
            assert error.value.code == "erase_unfinished"
            assert source.snapshot().has(thing("p", "person"))  # of the moment at which it began
        assert not source.snapshot().has(thing("p", "person"))
    with SqliteStore(home) as again:
        assert not again._meta("erasing")
        assert [one.problem for one in backups.verify(again) if one.problem] == []


def test_a_request_is_refused_without_its_key_file_first(home: Path) -> None:
    (home / "store.id").unlink()
    with pytest.raises((StoreUnavailable, Forbidden)) as error:
        SqliteStore(home).append(Change("x"))
    assert error.value.code == "store_id_missing"


def test_several_processes_may_make_a_store(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from graph.record.sqlite_store import SqliteStore; from graph.record.model import *\n"
        "while time.time() < float(sys.argv[2]): pass\n"
        "with SqliteStore(Path(sys.argv[1])) as s:\n"
        "  s.append(Change('w', adds=(Statement(thing_id('workshop', 'desk', sys.argv[3]), 'kind', 'workshop', 'd'),)))\n"
    )
    for trial in range(3):
        home = tmp_path / f"home{trial}"
        command = [sys.executable, "-c", script, str(home), str(time.time() + 0.7)]
        workers = [subprocess.Popen([*command, name], env=environment()) for name in "xyz"]
        assert [worker.wait() for worker in workers] == [0, 0, 0]
        with SqliteStore(home) as store:
            assert len(told(store)) == 3


def test_another_process_notices_an_erasure(home: Path) -> None:
    with SqliteStore(home) as eraser, SqliteStore(home) as other:
        say(other, Statement(thing("a"), "note", "1", "desk:肖阳"))
        assert thing("p", "person") in other.snapshot().ids
        eraser.erase([thing("p", "person")], actor="x")
        assert thing("p", "person") not in other.snapshot().ids
        say(other, Statement(thing("a"), "note", "2", "desk:肖阳"))
        for store in (eraser, other):
            assert not [one.problem for one in backups.verify(store) if one.problem]


def early_backup(tmp_path: Path) -> tuple[Path, Path]:
    """A home whose backup, and a carried copy of it, tell a person's name only in the name of a workshop."""
    with SqliteStore(tmp_path / "early") as store:
        say(store, *named("w", "某厂肖阳创新工作室"))
        store.keep("见肖阳".encode())
        carried = Path(shutil.copy(backups.backup(store)[0], tmp_path / "carried.db"))
        say(store, *named("p", "肖阳", "person"), Statement(thing("w"), "leader", thing("p", "person"), "d"))
        store.erase([thing("p", "person")], actor="x")
    return tmp_path / "early", carried


def assert_nameless(store: SqliteStore) -> None:
    assert not [one for one in told(store) if "肖阳" in "".join(map(str, one))]
    assert not [digest for digest in store._blobs() if "肖阳".encode() in store.kept(digest)]
    assert not [one.problem for one in backups.verify(store) if one.problem]


def test_a_backup_older_than_the_person_is_rewritten(tmp_path: Path) -> None:
    home, _ = early_backup(tmp_path)
    backups.restore(home, next((home / "backups").glob("*.db")), actor="x")
    with SqliteStore(home) as store:
        assert_nameless(store)


def test_a_carried_backup_older_than_the_person(tmp_path: Path) -> None:
    home, carried = early_backup(tmp_path)
    backups.restore(home, carried, actor="x")
    with SqliteStore(home) as store:
        assert_nameless(store)


def test_a_kill_before_the_backups_were_rewritten(home: Path) -> None:
    """The process ends right after the erasure's commit: the next start rewrites the backups."""
    script = (
        "import os, sys; from pathlib import Path; from graph.record.sqlite_store import SqliteStore\n"
        "class Killed(SqliteStore):\n"
        "  def _forget(self, erasure): os._exit(9)\n"
        "Killed(Path(sys.argv[1])).erase([sys.argv[2]], actor='x')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(home), thing("p", "person")], env=environment(), check=False)
    assert done.returncode == 9
    (home / "backups" / ".version-00000001.db.99").write_bytes(b"half a backup")
    with SqliteStore(home) as store:
        assert not store._meta("erasing")
        with SqliteStore.over(next((home / "backups").glob("*.db")), store.uuid, store._key) as copy:
            assert_nameless(copy)
    assert "肖阳".encode() not in plain_bytes(home)
    assert [path.suffix for path in (home / "backups").iterdir()] == [".db"]


def test_a_damaged_backup_does_not_stop_an_erasure(home: Path) -> None:
    with SqliteStore(home) as store:
        first = next((home / "backups").iterdir())
        say(store, Statement(thing("a"), "note", "x", "d"))
        second = backups.backup(store)[0]
        first.write_bytes(first.read_bytes()[:5000])
        with pytest.raises(StoreUnavailable) as error:
            store.erase([thing("p", "person")], actor="x")
        assert error.value.place["file"] == str(first)
        assert not store._meta("erasing")
        with SqliteStore.over(second, store.uuid, store._key) as copy:
            assert_nameless(copy)


def test_a_head_that_cannot_be_written_is_one_error(home: Path) -> None:
    with SqliteStore(home) as store:
        head = store.keys.folder / "head"
        head.unlink()
        head.mkdir()
        with pytest.raises(StoreUnavailable) as error:
            say(store, Statement(thing("a"), "note", "x", "d"))
        assert error.value.code == "store_io"


def test_a_lost_wal_is_noticed(home: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from graph.record.sqlite_store import SqliteStore; from graph.record.model import *\n"
        "SqliteStore(Path(sys.argv[1])).append(Change('w', adds=(Statement(sys.argv[2], 'note', 'x', 'd'),)))\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(home), thing("a")], env=environment(), check=False)
    (home / "store.db-wal").unlink()
    assert refusal(home) == "store_older_than_head"


def test_a_cache_of_another_ontology_is_not_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqliteStore(home) as store:
        monkeypatch.setattr("graph.record.cache._layout", lambda schema: "another release")
        assert store._from_cache("main") is None


def test_threads_share_a_store(home: Path) -> None:
    def work(store: SqliteStore, name: int) -> None:
        for number in range(15):
            say(store, Statement(thing("a"), "note", f"{name}-{number}", "d"))
            store.snapshot().thing(thing("a"))

    with SqliteStore(home) as store, ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, store, name) for name in range(4)]:
            done.result()
        assert store.head().number == 62
        assert not [one.problem for one in backups.verify(store) if one.problem]


def test_another_process_notices_an_erasure_below_a_draft_of_its(home: Path) -> None:
    with SqliteStore(home) as eraser, SqliteStore(home) as other:
        other.open_log("draft")
        say(other, Statement(thing("a"), "note", "1", "d"), log="draft")
        assert other.snapshot(log="draft").has(thing("p", "person"))
        eraser.erase([thing("p", "person")], actor="x")
        seen = other.snapshot(log="draft")
        assert not seen.has(thing("p", "person"))
        assert seen.live("person").tolist() == []
        assert seen.thing(thing("a")).values("note") == ["1"]


def test_whoever_reads_holds_the_lock(tmp_path: Path) -> None:
    """Two threads on one connection at once are an error of the engine; which of them hears it, and when, is chance."""
    a, alone = thing("a"), []
    with SqliteStore(tmp_path) as store:
        say(store, *named("a", "甲工作室"), *named("b", "乙工作室"), Statement(a, "note", "x", "d"), keeping=[b"x"], key="k")
        store.open_log("draft")
        digest, snapshot = next(iter(store._blobs())), store.snapshot()

        def looked_at(_: object, sql: str, __: object) -> bool:
            if not store._lock._is_owned():  # type: ignore[attr-defined]
                alone.append(sql)
            return True

        store._db.exec_trace = looked_at
        reads: list[Callable[[], object]] = [
            lambda: list(store.changes()), lambda: store.change(1), lambda: store.told_in(1), store.logs, lambda: store.own("draft"),
            store.head, lambda: store.snapshot(log="draft"), lambda: store.snapshot(0), lambda: store.kept(digest),
            lambda: store.answered("tester", "k"), lambda: snapshot.thing(a), lambda: snapshot.rows([1, 2]), snapshot.sources,
            lambda: snapshot.told_by("d"), lambda: snapshot.texts(("name",)), snapshot.names, lambda: snapshot.incoming(a),
            lambda: store.label, store.follow, lambda: snapshot.has("nobody"), lambda: backups.verify(store),
            lambda: snapshot.statement(snapshot.thing(a).facts[0].row.statement.id),
            lambda: store.append(Change("x", adds=named("c", "丙"))), lambda: store.undo(2, actor="x"), lambda: store.keep(b"y"),
            lambda: store.merge(a, thing("b"), actor="x"), lambda: store.erase([a], actor="x"),
        ]  # fmt: skip
        for read in reads:
            read()
            assert alone == []
        store._db.exec_trace = None
