"""What only a shared store has: two handles, parts, sweeping, following an erasure, replicas that are no longer true, copies."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from api import shortlists, verbs
from graph.record import neo4j_log, transfer
from graph.record.backup import verify
from graph.record.errors import Conflict, Forbidden, InvalidData, StoreUnavailable
from graph.record.memory_store import MemoryStore
from graph.record.model import Change, Statement
from graph.record.neo4j_database import Address, Database, _login
from graph.record.neo4j_log import LATE, LOAD, Seen, Telling, Written
from graph.record.neo4j_store import Neo4jStore, init
from graph.record.sqlite_store import SqliteStore
from graph.record.store import Store
from graph.record.transfer import copy
from tests.contract.test_transfer import KilledError, assert_same, eventful, killed_at
from tests.neo4j import stores
from tests.neo4j.server import USER, Server
from tests.said import named, say, thing, told

A, B, P = thing("a"), thing("b"), thing("p", "person")


@pytest.fixture
def one(neo4j_2026: Server, tmp_path: Path) -> Iterator[Neo4jStore]:
    with stores.fresh(neo4j_2026, tmp_path / "one") as store:
        yield store


@pytest.fixture
def two(one: Neo4jStore, neo4j_2026: Server, tmp_path: Path) -> Iterator[Neo4jStore]:
    with stores.opened(neo4j_2026, tmp_path / "two") as store:
        yield store


def rows(store: Neo4jStore, query: str, **values: object) -> list[dict[str, object]]:
    return store._shared.database.read(query, **values)  # type: ignore[arg-type]


def sound(store: Store) -> bool:
    return not [check.problem for check in verify(store) if check.problem]


def large(name: str, size: int) -> list[Statement]:
    return [*named(name, "大"), *(Statement(thing(name), "note", f"{count}" + "长" * 2000, "table:large") for count in range(size // 6000))]


def test_each_follows_the_other(one: Neo4jStore, two: Neo4jStore) -> None:
    say(one, *named("a", "甲"))
    assert say(two, *named("b", "乙")).number == 2
    assert one.snapshot().version == 1
    assert one.follow() == 2
    assert_same(one, two)


def test_two_that_write_at_once_lose_nothing(one: Neo4jStore, two: Neo4jStore) -> None:
    def write(store: Neo4jStore, mark: str) -> None:
        for count in range(12):
            say(store, *named(f"{mark}{count}", f"{mark}{count}"), key=f"{mark}{count}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, (one, two), "ab"))
    assert one.follow() == two.follow() == 24
    assert_same(one, two)


def test_where_both_touch_one_thing_one_is_told(one: Neo4jStore, two: Neo4jStore) -> None:
    say(one, *named("a", "甲"))
    two.follow()
    say(one, Statement(A, "note", "一", "desk:x"))
    with pytest.raises(Conflict) as error:
        two.append(Change("y", adds=(Statement(A, "note", "二", "desk:y"),)), base=1)
    assert error.value.code == "touched_since"
    assert two.append(Change("y", adds=(Statement(A, "note", "二", "desk:y"),)), base=2).number == 3


def just_before_telling(one: Neo4jStore, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Lets something happen once between a store's last look at the log and what it tells it."""
    tell = one._shared.tell

    def later(*told: object) -> int:
        monkeypatch.setattr(one._shared, "tell", tell)
        act()
        return tell(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(one._shared, "tell", later)


def test_a_change_that_was_overtaken_runs_again(one: Neo4jStore, two: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    just_before_telling(one, monkeypatch, lambda: say(two, *named("b", "乙"), key="k"))
    assert say(one, *named("a", "甲")).number == 2
    two.follow()
    assert_same(one, two)


def test_what_comes_between_of_another_log_is_taken_in_order(one: Neo4jStore, two: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    two.open_log("draft")
    just_before_telling(one, monkeypatch, lambda: say(two, *named("d", "丁"), log="draft"))
    assert say(one, *named("a", "甲")).number == 1
    assert one._things.all() == [thing("d"), A]
    two.follow()
    assert_same(one, two)


def test_a_lost_answer_is_found_again(one: Neo4jStore, two: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = one._shared.tell

    def lost(*told: object) -> int:
        tell(*told)  # type: ignore[arg-type]
        return tell(*told)  # type: ignore[arg-type]  # as the driver does where a COMMIT was not answered

    monkeypatch.setattr(one._shared, "tell", lost)
    assert say(one, *named("a", "甲"), key="k").number == 1

    def gone(*told: object) -> int:
        tell(*told)  # type: ignore[arg-type]
        raise StoreUnavailable("server_unreachable", place={"store": "x"}, why="x")

    monkeypatch.setattr(one._shared, "tell", gone)
    with pytest.raises(StoreUnavailable):
        say(one, *named("b", "乙"), key="k2")
    assert one.head().number == 1
    monkeypatch.setattr(one._shared, "tell", tell)
    assert say(one, *named("b", "乙"), key="k2").number == 2
    two.follow()
    assert_same(one, two)


def test_large_changes_and_blobs_go_in_parts(one: Neo4jStore, two: Neo4jStore) -> None:
    say(one, *large("a", LOAD + (3 << 20)))
    digest = one.keep(b"x" * (LOAD + (2 << 20)))
    two.follow()
    assert len(two.kept(digest)) == LOAD + (2 << 20)
    assert_same(one, two)
    assert rows(one, "MATCH (p:Part) RETURN count(p) AS count, max(size(p.bytes)) AS size")[0]["count"] in range(12, 16)
    assert rows(one, "MATCH (a:Attempt) RETURN a.id") == []


def test_parts_of_an_attempt_that_was_overtaken_are_swept(one: Neo4jStore, two: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def killed(*_: object) -> int:
        raise RuntimeError

    monkeypatch.setattr("graph.record.neo4j_log._last", killed)
    with pytest.raises(RuntimeError):
        say(one, *large("a", LOAD + (3 << 20)))
    monkeypatch.undo()
    two._shared.sweep()
    assert rows(two, "MATCH (p:Part) RETURN count(p) AS count")[0]["count"] != 0  # it could still be told
    say(two, *named("b", "乙"))
    two._shared.sweep()
    assert rows(two, "MATCH (p:Part) RETURN count(p) AS count") == [{"count": 0}]
    assert rows(two, "MATCH (a:Attempt) RETURN a.id") == []
    assert say(one, *large("a", LOAD + (3 << 20))).number == 2


@pytest.mark.patient
def test_parts_that_belong_to_no_change_are_swept_once_the_log_has_gone_on(
    one: Neo4jStore, two: Neo4jStore, neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here their writer is only slow: it begins anew."""
    data, load, swept = b"x" * (LOAD + (3 << 20)), one._shared._load, []

    def slow_once(*told: Any) -> int:
        early = load(*told)
        if not swept:
            for number in range(LATE):
                two.keep(f"{number}".encode())
            stores.opened(neo4j_2026, tmp_path / "third").close()
            swept.extend(rows(two, "MATCH (p:Part) RETURN count(p) AS count"))
        return early

    monkeypatch.setattr(one._shared, "_load", slow_once)
    digest = one.keep(data)
    assert swept == [{"count": 0}]
    assert rows(two, "MATCH (a:Attempt) RETURN a.id") == []
    two.follow()
    assert two.kept(digest) == data


def test_what_comes_while_an_attempt_is_swept_belongs_to_nobody(one: Neo4jStore, two: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that is written between the sweeping of the others and that of their attempt would stay for ever."""
    write, late = one._shared.database.write, []

    def between(query: Any, **told: Any) -> list[dict[str, Any]]:
        done = write(query, **told)
        if query == neo4j_log._DISCARD and not done[0]["count"]:
            attempt = rows(two, "MATCH (a:Attempt) RETURN a.id AS id")[0]["id"]
            parts = [{"id": f"{attempt}:0:000099", "bytes": b"late"}]
            late.extend(two._shared.database.write(neo4j_log._LOAD, attempt=attempt, loaded=0, parts=parts))
        return done

    just_before_telling(one, monkeypatch, lambda: say(two, *named("b", "乙")))
    monkeypatch.setattr(one._shared.database, "write", between)
    say(one, *large("a", LOAD + (3 << 20)))
    assert late == [{"count": 0}]
    monkeypatch.undo()
    two._shared.sweep()
    one._shared.sweep()
    assert rows(two, "MATCH (p:Part) WHERE p.bytes = $late RETURN p.id", late=b"late") == []


def held(store: Neo4jStore, name: str) -> list[object]:
    """The nodes whose properties hold a name, in whatever form."""
    nodes = rows(store, "MATCH (n) UNWIND keys(n) AS key RETURN labels(n) AS labels, n[key] AS value")
    found = []
    for node in nodes:
        value = node["value"]
        data = bytes(value) if isinstance(value, bytes | bytearray) else str(value).encode()
        if name.encode() in data:
            found.append(node["labels"])
    return found


def test_an_erasure_reaches_the_log_and_every_replica(one: Neo4jStore, two: Neo4jStore) -> None:
    eventful(one)
    assert two.follow() == one.head().number
    say(one, *large("big", 2 << 20), *named("r", "赵铁柱", "person"), key="赵铁柱")
    say(one, Statement(thing("big"), "leader", thing("r", "person"), "table:large"), key="赵铁柱二")
    kept = one.keep(("由赵铁柱领衔" + "长" * 400_000).encode())
    two.follow()
    assert held(one, "赵铁柱")
    one.erase([thing("r", "person")], actor="x", reason="赵铁柱")
    assert held(one, "赵铁柱") == []
    assert held(one, "肖阳") == []
    assert two.follow() == one.head().number
    assert_same(one, two)
    assert "赵" not in two.kept(kept).decode()
    assert sound(one)
    assert rows(one, "MATCH (a:Attempt) RETURN a.id") == []
    assert say(two, *named("r", "赵铁柱", "person")).number is None
    one.follow()
    assert_same(one, two)


def test_an_erasure_out_of_many_changes_goes_in_parts(
    one: Neo4jStore, two: Neo4jStore, neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in {"LOAD": 6_000, "PART": 1_000, "INLINE": 2_000, "MANY": 5}.items():
        monkeypatch.setattr(neo4j_log, name, size)
    say(one, *named("a", "甲"), *named("p", "肖阳", "person"))
    for count in range(9):
        say(one, Statement(A, "note", f"{count}由肖阳领衔" + "长" * 100 * count, "desk:x"), key=f"肖阳{count}")
    say(one, Statement(A, "note", "由肖阳领衔" + "长" * 6_000, "desk:x"))
    two.follow()
    one.erase([P], actor="x")
    assert held(one, "肖阳") == []
    parts = rows(one, "MATCH (e:Change) RETURN sum(e.parts) AS told, max(size(e.bytes)) AS inline")[0]
    assert rows(one, "MATCH (p:Part) RETURN count(p) AS count")[0]["count"] == int(str(parts["told"])) + things(one)
    assert int(str(parts["told"])) > 25
    two.follow()
    with stores.opened(neo4j_2026, tmp_path / "three") as three:
        for other in (two, three):
            assert_same(one, other)
    one.erase([A], actor="x")
    assert rows(one, "MATCH (a:Attempt) RETURN a.id") == []
    two.follow()
    assert_same(one, two)
    assert sound(two)


def things(store: Neo4jStore) -> int:
    """Of how many parts the slots are."""
    return int(str(rows(store, "MATCH (s:Store) RETURN coalesce(s.things_parts, 0) AS parts")[0]["parts"]))


@pytest.mark.patient
def test_an_erasure_out_of_twenty_thousand_changes(one: Neo4jStore) -> None:
    """All of them are one last transaction, which the server ends after some seconds."""
    log, count = one._shared, 20_000
    query = "UNWIND range($from, $to - 1) AS at "
    query += "CREATE (:Entry:Change {id: 'x:' + at, sequence: 9 + at, attempt: 'old:' + at, parts: 0, bytes: $bytes})"
    for start in range(0, count, 5_000):
        log.database.write(query, **{"from": start, "to": start + 5_000, "bytes": b"x" * 600})  # type: ignore[arg-type]
    blanked = [Written(f"x:{at}", "Change", b"y" * 600) for at in range(count)]
    head = {"log": "main", "number": 0, "digest": bytes(32).hex()}
    log.tell(Telling([Written("erased:x", "Erasure", b"x")], [head], {}, blanked=blanked, things=b"things"), Seen())
    assert rows(one, "MATCH (a:Attempt) RETURN a.id") == []
    assert rows(one, "MATCH (e:Change) RETURN count(e) AS count, sum(e.parts) AS parts") == [{"count": count, "parts": count}]


def test_a_replica_may_be_deleted_or_damaged(one: Neo4jStore, neo4j_2026: Server, tmp_path: Path) -> None:
    eventful(one)
    for harm in (shutil.rmtree, lambda folder: (folder / "store.db").write_bytes(b"nonsense" * 1000)):
        with stores.opened(neo4j_2026, tmp_path / "two") as two:
            assert_same(one, two)
            folder = two.path.parent
        harm(folder)
    with stores.opened(neo4j_2026, tmp_path / "two") as two:
        assert_same(one, two)


def test_a_snapshot_that_is_held_reads_the_same_words_after_a_rebuilding(
    one: Neo4jStore, two: Neo4jStore, neo4j_2026: Server, tmp_path: Path
) -> None:
    """As in a server, whose writer follows the erasure of another machine while a reader answers."""
    say(one, *named("p", "肖阳", "person"), Statement(P, "note", "某", "desk:only there"))
    say(one, *named("a", "甲"), Statement(A, "note", "原话", "desk:later"), Statement(A, "level", "provincial", "desk:last"))
    two.follow()
    with stores.opened(neo4j_2026, tmp_path / "two") as reader:
        held = reader.snapshot()
        facts = [fact.row.statement for fact in held.thing(A).facts]
        one.erase([P], actor="x")
        two.follow()
        assert [fact.row.statement for fact in held.thing(A).facts] == facts


def test_a_replica_of_another_past_is_not_gone_on_with(one: Neo4jStore, two: Neo4jStore) -> None:
    """As where the database was put back to an older dump, and one that had not seen more went on."""
    say(one, *named("a", "甲"))
    two.follow()
    say(one, *named("b", "乙"))
    one._shared.database.write(
        "MATCH (e:Entry {id: 'change:main:2'}) DETACH DELETE e WITH 1 AS one MATCH (h:Head {log: 'main'}), (s:Store), "
        "(f:Change {number: 1}) SET h.number = 1, h.digest = f.digest, s.sequence = 1"
    )
    assert say(two, *named("c", "丙")).number == 2
    with pytest.raises(StoreUnavailable) as error:
        one.follow()
    assert error.value.code == "shared_log_older"
    assert sound(two)


def test_a_copy_there_and_back(one: Neo4jStore, two: Neo4jStore, tmp_path: Path) -> None:
    source = eventful(MemoryStore(one._key))
    copy(source, one)
    assert_same(source, one)
    two.follow()
    assert_same(source, two)
    with SqliteStore(tmp_path / "back", key=one._key) as back:
        copy(two, back)
        assert_same(source, back)


def test_a_copy_is_of_one_moment_while_others_go_on(
    one: Neo4jStore, two: Neo4jStore, neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`beside` works on the same replica."""
    monkeypatch.setattr(transfer, "_BATCH", 3)
    say(eventful(one), *named("z", "末"))
    head, target = one.head(), MemoryStore(one._key)
    with stores.opened(neo4j_2026, tmp_path / "two") as beside:
        beside._db.setbusytimeout(100)
        two.follow()

        def write(done: int, of: int) -> None:
            say(beside, Statement(A, "note", f"{done} {of}", "desk:x"))

        copy(two, target, write)
        assert target.head() == head
        assert two.follow() == beside.head().number > head.number + 5


def test_a_copy_has_the_label_of_its_source(
    one: Neo4jStore, two: Neo4jStore, neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the store was made before, without one, and on every machine that follows."""
    with SqliteStore(tmp_path / "demo", key=one._key, label="demo") as source, SqliteStore(tmp_path / "back", key=one._key) as back:
        say(source, *named("a", "甲"))
        copy(source, one)
        two.follow()
        assert (one.label, two.label) == ("demo", "demo")
        copy(two, back)
        assert back.label == "demo"
    with unfinished(neo4j_2026, tmp_path / "third", monkeypatch) as third:
        third.follow()
        assert third.label == "demo"


def test_the_source_of_a_copy_has_a_login_of_its_own(
    one: Neo4jStore, neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of two servers; here the other one would refuse it. What is not told of the source is as for all."""
    say(one, *named("a", "甲"))
    told = stores.environment(neo4j_2026) | {"LIANYIN_STORE_USER": "nobody", "LIANYIN_STORE_PASSWORD": "wrong-password"}
    for name, value in {**told, "LIANYIN_HOME": str(tmp_path / "home"), "LIANYIN_FROM_USER": USER}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "password").write_text(neo4j_2026.password + "\n")
    monkeypatch.setenv("LIANYIN_FROM_PASSWORD_FILE", str(tmp_path / "password"))
    assert verbs.copy(neo4j_2026.address, str(tmp_path / "back"))["version"] == 1
    with pytest.raises(Forbidden) as error:
        verbs.copy(str(tmp_path / "back"), neo4j_2026.address)
    assert error.value.code == "server_refused"
    monkeypatch.delenv("LIANYIN_FROM_PASSWORD_FILE")
    assert Address.of("bolt://h").settings == ("LIANYIN_STORE",)
    assert _login(Address.of("bolt://h", source=True)) == (USER, "wrong-password")


def unfinished(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> Neo4jStore:
    """A store on the server for a copy to be made into."""
    for name, value in stores.environment(server).items():
        monkeypatch.setenv(name, value)
    return Neo4jStore(Address.of(server.address), home, unfinished=True)


def test_an_interrupted_copy_is_opened_by_the_next_copy_alone(
    one: Neo4jStore, two: Neo4jStore, neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is killed while it takes out what an earlier one left; those that were open all the while follow what comes of it."""
    monkeypatch.setattr(transfer, "_BATCH", 4)
    source = eventful(MemoryStore(one._key))
    source.keep(b"x" * (LOAD + (2 << 20)))
    with pytest.raises(KilledError):
        copy(source, one, killed_at(5))
    with unfinished(neo4j_2026, tmp_path / "third", monkeypatch) as third, monkeypatch.context() as patch:
        patch.setattr(neo4j_log, "_EMPTY", neo4j_log._EMPTY[:2])
        patch.setattr(neo4j_log, "_ANEW", "nonsense")
        with pytest.raises(StoreUnavailable):
            copy(source, third)
    for act in (two.follow, lambda: say(two, *named("y", "别")), lambda: stores.opened(neo4j_2026, tmp_path / "fourth")):
        with pytest.raises(StoreUnavailable) as error:
            act()
        assert error.value.code == "copy_unfinished"
    say(source, *named("z", "末"))
    with unfinished(neo4j_2026, tmp_path / "third", monkeypatch) as third:
        copy(source, third)
        assert_same(source, third)
    with stores.opened(neo4j_2026, tmp_path / "fourth") as fourth:
        for store in (two, fourth):
            store.follow()
            assert_same(source, store)
            assert sound(store)
        assert say(fourth, *named("p", "肖阳", "person")).number is None
    assert rows(two, "MATCH (a:Attempt) RETURN a.id") == []
    told = int(str(rows(two, "MATCH (e:Entry) RETURN sum(e.parts) AS parts")[0]["parts"]))
    assert rows(two, "MATCH (p:Part) RETURN count(p) AS count") == [{"count": told + things(two)}]


def test_of_two_copies_into_one_place_the_later_is_made(
    one: Neo4jStore, neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = MemoryStore(one._key)
    say(another, *named("y", "别"))

    def begin_anew(done: int, of: int) -> None:
        with unfinished(neo4j_2026, tmp_path / "second", monkeypatch) as second:
            copy(another, second)

    with pytest.raises(StoreUnavailable) as error:
        copy(eventful(MemoryStore(one._key)), one, begin_anew)
    assert error.value.code == "copy_unfinished"
    with stores.opened(neo4j_2026, tmp_path / "two") as two:
        assert_same(another, two)
        assert sound(two)


def test_what_was_written_before_a_copy_began_stays(one: Neo4jStore, two: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that a copy comes before is refused; a copy that a write comes before is."""
    source = eventful(MemoryStore(one._key))
    just_before_telling(two, monkeypatch, lambda: copy_begins(one))
    with pytest.raises(StoreUnavailable) as error:
        say(two, *named("y", "别"))
    assert error.value.code == "copy_unfinished"
    one._shared.end_copy()
    say(two, *named("y", "别"))
    with pytest.raises(Conflict) as conflict:
        copy(source, one)
    assert conflict.value.code == "copy_target_not_empty"
    assert one.follow() == 1
    assert_same(one, two)


def copy_begins(store: Neo4jStore) -> None:
    store._begin_copy("")


def test_a_list_is_opened_once_though_it_is_asked_of_two_machines(one: Neo4jStore, two: Neo4jStore) -> None:
    """The second one has not heard of the first one's answer, as where a client tries again behind a proxy."""
    first = shortlists.create(one, "备选", "王", key="k")
    assert shortlists.create(two, "备选", "王", key="k") == first
    one.follow()
    assert_same(one, two)


def test_verify_reads_the_log_itself(one: Neo4jStore) -> None:
    eventful(one)
    assert sound(one)
    one._shared.database.write("MATCH (e:Change {log: 'main', number: 2}) SET e.bytes = $bytes", bytes=b"lianyin1Cxxxxxxxxxxxxxxxxxxxx")
    assert not sound(one)


def test_verify_says_nothing_of_what_others_write_and_erase_meanwhile(
    one: Neo4jStore, two: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    eventful(one)
    since = one._shared.since

    def reading(seen: Seen) -> object:
        monkeypatch.undo()
        page = since(seen)
        say(two, *named("late", "晚", "person"))
        two.open_log("late")
        two.erase([thing("late", "person")], actor="t")
        return page

    monkeypatch.setattr(one._shared, "since", reading)
    assert sound(one)


@pytest.mark.parametrize("told", ["h.number = 1", "h.number = h.number + 1", "h.digest = '00'", "h.log = 'elsewhere'"])
def test_verify_says_that_a_head_is_not_ours(one: Neo4jStore, told: str) -> None:
    eventful(one)
    one._shared.database.write(f"MATCH (h:Head {{log: 'main'}}) SET {told}")  # type: ignore[arg-type]
    assert [check.problem for check in verify(one) if check.problem] == ["the heads differ"]


def test_opening_says_what_is_wrong(neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stores.fresh(neo4j_2026, tmp_path / "one") as store:
        for name, value in stores.environment(neo4j_2026).items():
            monkeypatch.setenv(name, value)
        where = Address.of(neo4j_2026.address)

        def refused() -> tuple[str, str]:
            with pytest.raises((Forbidden, StoreUnavailable)) as error:
                Neo4jStore(where, tmp_path / "two").close()
            return error.value.code, str(error.value) + repr(error.value.__context__)

        monkeypatch.setenv("LIANYIN_KEY", "ab" * 32)
        assert refused()[0] == "shared_key_other"
        with pytest.raises(Forbidden):
            init(where)
        monkeypatch.setenv("LIANYIN_KEY", "ab")
        assert refused()[0] == "key_damaged"
        monkeypatch.delenv("LIANYIN_KEY")
        assert refused()[0] == "shared_key_missing"
        monkeypatch.setenv("LIANYIN_KEY_FILE", str(tmp_path / "key"))
        (tmp_path / "key").write_text(stores.KEY + "\n")
        (tmp_path / "password").write_text(neo4j_2026.password + "\n")
        monkeypatch.setenv("LIANYIN_STORE_PASSWORD", "wrong-password")
        code, words = refused()
        assert (code, "wrong-password" in words) == ("server_refused", False)
        monkeypatch.setenv("LIANYIN_STORE_PASSWORD_FILE", str(tmp_path / "password"))
        Neo4jStore(where, tmp_path / "two").close()
        store._shared.database.write("MATCH (s:Store) SET s.schema = 2")
        assert refused()[0] == "shared_store_newer"
        store._shared.database.write("MATCH (n) DETACH DELETE n")
        assert refused()[0] == "shared_store_absent"


@pytest.mark.parametrize("text", ["http://h", "neo4j://", "neo4j://u:p@h", "bolt://h/a/b", "neo4j://h?x=1", "neo4j:h", "neo4j://[::1", "bolt://h:x"])
def test_an_address_without_secrets(text: str) -> None:
    with pytest.raises(InvalidData) as error:
        Address.of(text)
    assert "u:p" not in str(error.value)


def test_a_server_that_is_not_there_is_told_in_time() -> None:
    database = Database(Address.of("bolt://127.0.0.1:9"))
    try:
        with pytest.raises(StoreUnavailable) as error:
            database.read("RETURN 1")
        assert error.value.code == "server_unreachable"
    finally:
        database.close()


INDEX = "CREATE FULLTEXT INDEX 名称 IF NOT EXISTS FOR (n:Book) ON EACH [n.title]"


@pytest.mark.patient
@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("CREATE (:Entry {id: 'theirs', sequence: 3}), (:Book)", "(:Entry)"),
        ("CREATE (:Head {log: 'main', number: 7})", "(:Head)"),
        ("CREATE (:Part {id: 'x'}), (:Part {id: 'x'}), (:Store)", "(:Store), (:Part)"),
        ("CREATE (:事物 {名称: '别人的'})", "(:事物)"),
        (INDEX, "INDEX 名称"),
    ],
)
def test_init_is_refused_where_others_have_our_names(query: str, what: str, neo4j_2026: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    neo4j_2026.clear(schema=True)
    for name, value in stores.environment(neo4j_2026).items():
        monkeypatch.setenv(name, value)
    database = Database(where := Address.of(neo4j_2026.address))
    try:
        database.apart(query)
        with pytest.raises(Conflict) as error:
            init(where)
        assert (error.value.code, error.value.facts["what"]) == ("names_taken", what)
        assert database.read("SHOW CONSTRAINTS") == []
        neo4j_2026.clear(schema=True)
        database.apart("CREATE (:Book {title: '别人的'})")
        init(where)
        init(where)
    finally:
        database.close()


def test_init_twice_changes_nothing(one: Neo4jStore, neo4j_2026: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    say(one, *named("a", "甲"))
    for name, value in stores.environment(neo4j_2026).items():
        monkeypatch.setenv(name, value)
    assert init(Address.of(neo4j_2026.address)).uuid == one.uuid
    assert one._shared.since(Seen())[0].sequence == 1
    assert told(one)
