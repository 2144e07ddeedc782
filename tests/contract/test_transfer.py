"""A store taken over by another one, item by item, is the same store."""

import random
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from graph.record import transfer
from graph.record.arrays import Arrays
from graph.record.backup import verify
from graph.record.errors import Conflict, StoreUnavailable
from graph.record.memory_store import MemoryStore
from graph.record.model import Entry, Statement
from graph.record.sqlite_store import SqliteStore
from graph.record.store import Store
from graph.record.transfer import Blocked, Kept, copy, items, pack, replay, store_digests, unpack
from tests.said import named, say, thing, told

KEY = bytes(range(32))
A, B, C, P = thing("a"), thing("b"), thing("c"), thing("p", "person")


def eventful(store: Store) -> Store:
    """Undo, merges, a split, keys with and without effect, a refusal, drafts, kept bytes, and two erasures that reach all of these."""
    store.keep("由肖阳领衔".encode())
    say(store, *named("a", "甲工作室"), *named("b", "乙工作室"), *named("c", "肖阳创新工作室"), key="first")
    say(store, *named("p", "肖阳", "person"), Statement(A, "leader", P, "table:toy"), Statement(A, "note", "由肖阳领衔", "table:肖阳"))
    say(store, *named("a", "甲工作室"), key="none")
    store.merge(A, B, actor="x", key="m")
    store.merge(A, B, actor="x", key="again")
    store.split(B, actor="x")
    store.undo(4, actor="y", reason="撤销肖阳")
    store.open_log("draft")
    note = Statement(A, "note", "草稿", "desk:x")
    say(store, note, *named("d", "丁工作室"), log="draft", retracts=(named("b", "乙工作室")[1].id,), key="肖阳")
    say(store, *named("e", "戊工作室"))
    store.open_log("other", base=1)
    say(store, Statement(B, "note", "旁注", "desk:x"), log="other")
    store.refuse(named("c", "肖阳创新工作室")[1].id, actor="z", reason="不实", instead=Statement(C, "name", "丙工作室", "desk:z"))
    store.erase([P], actor="z", reason="肖阳请求")
    say(store, *named("q", "李明", "person"))
    store.erase([thing("q", "person")], actor="z")
    say(store, Statement(A, "note", "之后", "desk:x"), key="last")
    return store


def assert_same(one: Store, other: Store) -> None:
    assert store_digests(one) == store_digests(other)
    assert told(one) == told(other)
    for log in one.logs():
        first, second = one.snapshot(log=log), other.snapshot(log=log)
        for field in fields(Arrays):
            assert getattr(first.arrays, field.name).tolist() == getattr(second.arrays, field.name).tolist(), (log, field.name)
        assert list(one.changes(log=log)) == list(other.changes(log=log))
        for number in range(1, one.head(log).number + 1):
            assert one.told_in(number, log) == other.told_in(number, log)
    assert [check.problem for check in verify(other) if check.problem] == []


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "copy", key=KEY) as store:
        yield store


def test_a_copy_is_the_same_store(sqlite: SqliteStore) -> None:
    source, last = eventful(MemoryStore(KEY)), MemoryStore(KEY)
    steps: list[tuple[int, int]] = []
    copy(source, sqlite, lambda done, of: steps.append((done, of)))
    assert steps[-1][0] == steps[-1][1]
    assert_same(source, sqlite)
    copy(sqlite, last)
    assert_same(source, last)


def test_a_copy_goes_on_like_its_source(sqlite: SqliteStore) -> None:
    source = eventful(MemoryStore(KEY))
    copy(source, sqlite)
    for store in (source, sqlite):
        assert say(store, Statement(A, "note", "之后", "desk:x"), key="last").number == source.answered("tester", "last").number  # type: ignore[union-attr]
        assert say(store, *named("p", "肖阳", "person")).number is None
        assert store.undo(store.head().number, actor="x").adds == 0
        store.undo(1, actor="x", log="draft")
        assert [row.statement.value for row in store.own("draft")] == ["乙工作室"]
    assert told(source) == told(sqlite)


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_byte_is_refused(seed: int) -> None:
    choice = random.Random(seed)
    data = bytearray(pack(choice.choice(list(items(eventful(MemoryStore()))))))
    data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
    with pytest.raises(StoreUnavailable) as error:
        unpack(bytes(data))
    assert error.value.code == "transfer_damaged"


def test_every_item_is_read_as_it_was_packed() -> None:
    for item in items(eventful(MemoryStore())):
        again = unpack(pack(item))
        assert pack(again) == pack(item)
        assert again == item or isinstance(item, Entry)


def test_what_does_not_follow_is_refused() -> None:
    source = MemoryStore()
    for key in "ab":
        say(source, *named(key, "工作室"))
    changes = [item for item in items(source) if isinstance(item, Entry)]
    first = changes[0]
    forged = replace(first, recorded=replace(first.recorded, reason="别的"))
    bent = replace(first, leaves=[bytes(32), *first.leaves[1:]])
    for wrong in (changes[1], forged, bent, Kept("0" * 64, "0" * 64, b"x")):
        with pytest.raises(StoreUnavailable) as error:
            replay(MemoryStore(), wrong)
        assert error.value.code == "transfer_refused"


def test_a_copy_needs_an_empty_target_and_where_things_were_erased_the_same_key(sqlite: SqliteStore) -> None:
    source = eventful(MemoryStore(b"another"))
    assert refused(source, sqlite) == "copy_other_key"
    copy(MemoryStore(), sqlite)
    sqlite.keep(b"x")
    assert refused(MemoryStore(), sqlite) == "copy_target_not_empty"


class KilledError(Exception):
    """What stands for the end of a process: nothing of ours comes after it."""


def killed_at(count: int) -> Callable[[int, int], None]:
    """A progress that ends the copy at its nth step."""
    steps = iter(range(1, 1_000))

    def step(done: int, of: int) -> None:
        if next(steps) == count:
            raise KilledError

    return step


def opening(home: Path) -> str:
    """Why a store is not opened; empty where it is."""
    try:
        SqliteStore(home).close()
    except StoreUnavailable as error:
        return error.code
    return ""


def test_an_interrupted_copy_is_opened_by_the_next_copy_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_BATCH", 1)
    source, home, steps = eventful(MemoryStore(KEY)), tmp_path / "copy", []
    copy(source, MemoryStore(KEY), lambda done, of: steps.append(done))
    for count in range(1, len(steps) + 1):
        with SqliteStore(home, key=KEY, unfinished=True) as target, pytest.raises(KilledError):
            copy(source, target, killed_at(count))
        assert opening(home) == "copy_unfinished"
    say(source, *named("z", "末"))
    with SqliteStore(home, key=KEY, unfinished=True) as target:
        copy(source, target)
        assert_same(source, target)
    assert opening(home) == ""
    with SqliteStore(home) as target:
        assert_same(source, target)
        assert say(target, *named("p", "肖阳", "person")).number is None


def test_a_copy_that_comes_out_otherwise_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = eventful(MemoryStore(KEY))
    whole = list(items(source))
    monkeypatch.setattr(transfer, "items", lambda store: iter(whole[:-1]))
    with SqliteStore(tmp_path / "copy", key=KEY) as target, pytest.raises(StoreUnavailable) as error:
        copy(source, target)
    assert error.value.code == "copy_differs"
    assert opening(tmp_path / "copy") == "copy_unfinished"


def test_nobody_else_writes_or_reads_where_a_copy_is_made(sqlite: SqliteStore) -> None:
    source = eventful(MemoryStore(KEY))
    with SqliteStore(sqlite.home) as other:
        assert other.snapshot().version == 0

        def use(done: int, of: int) -> None:
            for act in (lambda: say(other, *named("y", "别")), other.snapshot, lambda: copy(source, other)):
                with pytest.raises(StoreUnavailable) as error:
                    act()
                assert error.value.code == "copy_unfinished"

        copy(source, sqlite, use)
        assert_same(source, other)


def test_of_two_copies_into_one_place_the_later_is_made(sqlite: SqliteStore) -> None:
    source, another = eventful(MemoryStore(KEY)), MemoryStore(KEY)
    say(another, *named("y", "别"))
    with pytest.raises(StoreUnavailable) as error:  # noqa: PT012 - the second begins within the first

        def begin_anew(done: int, of: int) -> None:
            with SqliteStore(sqlite.home, unfinished=True) as second:
                copy(another, second)

        copy(source, sqlite, begin_anew)
    assert error.value.code == "copy_unfinished"
    with SqliteStore(sqlite.home) as target:
        assert_same(another, target)


def test_hashes_of_the_erased_come_before_what_was_told() -> None:
    forms = [type(item) for item in items(eventful(MemoryStore(KEY)))]
    assert forms.index(Blocked) < forms.index(Entry)


def refused(source: Store, target: Store) -> str:
    with pytest.raises(Conflict) as error:
        copy(source, target)
    return error.value.code
