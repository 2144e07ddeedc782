"""Cut, slow, half-open and refused connections: an error in time, one effect after a retry, no restart of ours."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from api.mirroring import brought_up
from graph.record import neo4j_store
from graph.record.backup import verify
from graph.record.errors import Conflict, Forbidden, StoreUnavailable
from graph.record.model import Change, Statement
from graph.record.neo4j_store import Neo4jStore as Store
from tests.neo4j.acts import append_much, much
from tests.neo4j.cutter import COMMIT, Cut, Cutter
from tests.neo4j.server import Server
from tests.neo4j.stores import opened
from tests.said import named, say, thing, told

pytestmark = pytest.mark.patient

READS, WRITES = 15.0, 45.0
"""Seconds: three times what is promised, since the machine is shared."""
A = thing("a")


@pytest.fixture
def cutter(neo4j_2026: Server) -> Iterator[Cutter]:
    neo4j_2026.clear()
    with Cutter(neo4j_2026.port) as made:
        yield made


@pytest.fixture
def store(neo4j_2026: Server, cutter: Cutter, tmp_path: Path) -> Iterator[Store]:
    """A store that reaches its server through the cutter."""
    with opened(neo4j_2026, tmp_path / "through", cutter.address) as made:
        say(made, *named("a", "甲工作室"))
        yield made


@pytest.fixture
def beside(neo4j_2026: Server, store: Store, tmp_path: Path) -> Iterator[Store]:
    """Another machine, which reaches the server undisturbed."""
    with opened(neo4j_2026, tmp_path / "beside") as made:
        yield made


def within(seconds: float, act: Callable[[], object]) -> object:
    """What an act answers, or the StoreUnavailable that it raises, in time."""
    begun = time.monotonic()
    try:
        return act()
    except StoreUnavailable as error:
        return error
    finally:
        assert time.monotonic() - begun < seconds


def patiently(act: Callable[[], object]) -> object:
    """What an act answers at last, asked again as a client does that hears 503: a server that has just begun is slow."""
    late = time.monotonic() + WRITES
    while isinstance(answer := within(WRITES, act), StoreUnavailable):
        assert time.monotonic() < late, answer
    return answer


def note(text: str) -> Statement:
    return Statement(A, "note", text, "desk:x")


def commits(cutter: Cutter, act: Callable[[], object]) -> int:
    """How many transactions an act commits when nothing disturbs it."""
    before = cutter.seen[COMMIT]
    act()
    return cutter.seen[COMMIT] - before


def assert_one_effect(store: Store, beside: Store, text: str, key: str, head: int) -> None:
    """The change is there once on both machines, and asking again under its key changes nothing."""
    assert say(store, note(text), key=key).number == head + 1
    for one in (store, beside):
        assert one.follow() == head + 1
        assert note(text) in told(one)
    assert store.head() == beside.head()


@pytest.mark.parametrize("when", ["before", "within", "after"])
def test_a_cut_at_any_commit_leaves_one_effect(store: Store, beside: Store, cutter: Cutter, when: str) -> None:
    count = commits(cutter, lambda: say(store, note("ungestört"), key="quiet"))
    for number in range(1, count + 1):
        head, text, key = beside.follow(), f"{when}{number}", f"{when}-{number}"
        cutter.cut_at(Cut(COMMIT, when, number))
        done = within(WRITES, lambda: say(store, note(text), key=key))  # noqa: B023 - called at once
        assert not isinstance(done, StoreUnavailable)  # one cut is nothing that a caller hears of
        assert_one_effect(store, beside, text, key, head)
    assert cutter.cuts == count
    assert [one.problem for one in verify(store) if one.problem] == []


def test_a_machine_that_falls_silent_before_its_commit_stops_nobody(store: Store, beside: Store, cutter: Cutter) -> None:
    """The server still holds the lock of a transaction whose client will never be heard of again: another machine goes on meanwhile."""
    count, head = commits(cutter, lambda: say(store, note("ungestört"), key="quiet")), store.follow()
    cutter.cut_at(Cut(COMMIT, "before", count, silent=True), then=cutter.swallow)
    silent = threading.Thread(target=within, args=(WRITES, lambda: say(store, note("stumm"), key="mute")))
    silent.start()
    patiently(lambda: say(beside, *named("b", "乙工作室"), key="other"))
    silent.join()
    cutter.heal()
    assert say(store, note("stumm"), key="mute").number == head + 2
    assert (store.follow(), beside.follow()) == (head + 2, head + 2)
    assert store.head() == beside.head()


def test_an_unreachable_server_is_said_in_time(neo4j_2026: Server, tmp_path: Path) -> None:
    """Half-open, refused and far too slow, side by side: each waits as long as it waits."""
    neo4j_2026.clear()

    def cut_off(how: str, act: Callable[[Cutter], None]) -> None:
        with Cutter(neo4j_2026.port) as cutter, opened(neo4j_2026, tmp_path / how, cutter.address) as store:
            say(store, *named(how, f"{how}工作室"), key=how)
            act(cutter)
            assert isinstance(within(WRITES, lambda: say(store, *named(f"{how}2", "新"), key=f"{how}2")), StoreUnavailable)
            assert isinstance(within(READS, store.follow), StoreUnavailable)
            assert store.snapshot().thing(thing(how)).name == f"{how}工作室"  # what is published goes on
            cutter.heal()
            assert say(store, *named(f"{how}2", "新"), key=f"{how}2").number

    ways = {"swallow": Cutter.swallow, "refuse": Cutter.refuse, "slow": lambda cutter: cutter.dawdle(20.0)}
    with ThreadPoolExecutor(len(ways)) as pool:
        for done in [pool.submit(cut_off, how, act) for how, act in ways.items()]:
            done.result()
    with opened(neo4j_2026, tmp_path / "after") as store:
        assert store.head().number == 6


def test_the_readable_graph_is_done_though_its_last_answer_is_lost(store: Store, cutter: Cutter) -> None:
    brought_up(store, take=True)
    say(store, note("一"))
    last = commits(cutter, lambda: brought_up(store, take=True))
    say(store, note("二"))
    cutter.cut_at(Cut(COMMIT, "after", last))
    brought_up(store, take=True)
    assert cutter.cuts == 1
    assert store.readable.mirrored() == store.head().number


def test_a_slow_network_is_only_slow(store: Store, beside: Store, cutter: Cutter) -> None:
    cutter.dawdle(0.02)
    head = beside.follow()
    say(store, note("langsam"), key="slow")
    cutter.heal()
    assert_one_effect(store, beside, "langsam", "slow", head)


def test_two_machines_at_once_have_one_effect_each(store: Store, beside: Store) -> None:
    answers: list[object] = []

    def work(one: Store, name: str) -> None:
        for number in range(8):
            other = f"{name}{number}"
            answers.append(say(one, *named(other, f"{other}工作室"), key=other).number)

    threads = [threading.Thread(target=work, args=told) for told in ((store, "x"), (beside, "y"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert sorted(answers) == list(range(2, 18))  # type: ignore[type-var]
    assert (store.follow(), beside.follow()) == (17, 17)
    assert store.head() == beside.head()
    assert told(store) == told(beside)


def test_a_large_change_is_let_pass_by_a_machine_that_never_rests(store: Store, beside: Store) -> None:
    """The other one writes all the while: without a word between them it would be overtaken for ever. (A change that takes longer than
    others wait, 5 s, may be: this one takes a fraction of that, so that a slow machine shows the same.)"""
    done = threading.Event()

    def busy() -> None:
        for number in count():
            if done.is_set():
                return
            say(beside, note(f"rastlos{number}"))

    other = threading.Thread(target=busy, daemon=True)
    other.start()
    try:
        for number in range(2):
            say(store, *much(f"groß{number}", 400), key=f"groß{number}")
    finally:
        done.set()
        other.join(WRITES)
    assert store.follow() == beside.follow()
    assert store._shared.asking == beside._shared.asking == ""


def test_following_ends_where_others_write_all_the_while(store: Store, beside: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    since, looks = store._shared.since, []

    def later(seen: Any) -> Any:
        looks.append(seen)
        if len(looks) < 100:
            beside.append(Change("y", adds=(note(f"weiter{len(looks)}"),)))
        return since(seen)

    monkeypatch.setattr(store._shared, "since", later)
    assert store.follow() == 2
    assert len(looks) == 1


def test_asking_to_be_let_pass_does_not_deadlock_with_who_writes(store: Store, beside: Store, caplog: pytest.LogCaptureFixture) -> None:
    """The lock is held for a while by one that tells, as the others ask: nobody is ended and tried again."""
    asked = threading.Barrier(2)

    def busy() -> None:
        asked.wait()
        for number in range(20):
            say(beside, note(f"immer{number}"))

    with ThreadPoolExecutor(1) as pool:
        writes = pool.submit(busy)
        asked.wait()
        while not writes.done():
            store._shared.ask("tester")
            store._shared.enough("tester")
        writes.result()
    assert not [record for record in caplog.records if "Deadlock" in record.getMessage()]


def overtaken(store: Store, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], times: int = 1_000_000) -> list[int]:
    """Before each of so many tellings another machine does something; the tellings that there were."""
    tell, told = store._shared.tell, []

    def later(*telling: Any) -> int:
        told.append(len(told))
        if len(told) <= times:
            act()
        return tell(*telling)

    monkeypatch.setattr(store._shared, "tell", later)
    return told


@pytest.mark.patient
def test_a_small_change_that_is_overtaken_on_a_slow_network_is_answered_in_time(
    store: Store, beside: Store, cutter: Cutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run takes seconds, none of them its own: it is not run so often as one that is long by itself."""
    counted = count()
    runs = overtaken(store, monkeypatch, lambda: beside.append(Change("y", adds=(note(f"zuvor{next(counted)}"),))))
    cutter.dawdle(0.4)
    with pytest.raises(StoreUnavailable):
        say(store, note("danach"), key="late")
    assert len(runs) < neo4j_store._TRIES
    cutter.heal()
    monkeypatch.undo()
    assert say(store, note("danach"), key="late").number == beside.follow() == store.head().number


def test_a_large_change_is_run_again_within_its_own_time(store: Store, beside: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its runs is longer than a small change may take as a whole."""
    monkeypatch.setattr(neo4j_store, "_PATIENCE", 0.5)
    monkeypatch.setattr(neo4j_store, "_COURTESY", 0.0)
    batch = store._shared.database.load

    def slow(*told: Any, **more: Any) -> Any:
        time.sleep(0.6)
        return batch(*told, **more)

    monkeypatch.setattr(store._shared.database, "load", slow)
    runs = overtaken(store, monkeypatch, lambda: say(beside, note(f"zuvor{beside.head().number}")), times=4)
    append_much(store, "groß")
    assert len(runs) == 5
    assert store.follow() == beside.follow()


def test_who_asked_to_be_let_pass_and_is_gone_stops_nobody(store: Store, beside: Store) -> None:
    store._shared.ask("gone")
    assert within(WRITES, lambda: say(beside, note("nachher"))) is not None
    beside.follow()
    assert beside._shared.asking == ""


def test_two_machines_at_one_thing_conflict(store: Store, beside: Store) -> None:
    base = store.head().number
    say(beside, note("zuerst"))
    with pytest.raises(Conflict) as error:
        store.append(Change("x", adds=(note("danach"),)), base)
    assert error.value.code == "touched_since"


def test_a_wrong_password_is_one_clear_error(neo4j_2026: Server, tmp_path: Path) -> None:
    with pytest.raises(Forbidden) as error:
        opened(neo4j_2026, tmp_path / "home", password="wrong-password")
    assert error.value.code == "server_refused"
    assert "wrong-password" not in repr(error.value.problem())


def test_an_older_server_is_one_clear_error(neo4j_2026: Server, cutter: Cutter, tmp_path: Path) -> None:
    version = neo4j_2026.edition.version
    older = "5.13.".ljust(len(version), "0")
    cutter.reworded = version.encode(), older.encode()
    with pytest.raises(StoreUnavailable) as error:
        opened(neo4j_2026, tmp_path / "home", cutter.address)
    assert (error.value.code, error.value.facts["version"]) == ("server_unknown", older)
