"""What an erasure reaches, and what it leaves: run over all stores."""

from dataclasses import replace

import pytest

from graph.record.backup import verify
from graph.record.errors import Conflict, InvalidData, NotFound
from graph.record.model import Change, Statement
from graph.record.store import Store
from tests.said import named, say, thing, told

A, P, Q = thing("a"), thing("p", "person"), thing("q", "person")
SPELLINGS = {"欧阳明华": ["歐陽明華", "ouyangminghua"], "欧阳明": ["歐陽明", "ouyangming"], "老王": ["laowang"]}


def spell(name: str) -> list[str]:
    return SPELLINGS.get(name, [])


def noted(store: Store, *notes: str) -> None:
    """A workshop with notes, kept also as bytes."""
    say(store, *named("a", "甲工作室"), *(Statement(A, "note", note, "d") for note in notes))
    for note in notes:
        store.keep(note.encode())


def notes(store: Store) -> set[str]:
    assert [one.problem for one in verify(store) if one.problem] == []
    found = set(store.snapshot().thing(A).values("note"))
    assert found == {store.kept(digest).decode() for digest in store._blobs()}
    return found


def test_a_shared_alias_leaves_the_other_spellings_masked(store: Store) -> None:
    noted(store, "报道 ouyangminghua 與 歐陽明華", "老王即laowang")
    say(store, *named("p", "欧阳明华", "person"), Statement(P, "alias", "老王", "d"))
    say(store, *named("q", "王大力", "person"), Statement(Q, "alias", "老王", "d"))
    store.erase([P], actor="x", spell=spell)
    assert notes(store) == {f"报道 {'■' * 13} 與 ■■■■", "老王即laowang"}


def test_a_name_of_old_is_masked_in_all_its_spellings(store: Store) -> None:
    noted(store, "歐陽明 ouyangming 欧阳明")
    old = named("p", "欧阳明", "person")[1]
    say(store, *named("p", "欧阳明", "person"))
    say(store, old._replace(value="欧阳新"), retracts=(old.id,))
    store.erase([P], actor="x", spell=spell)
    assert notes(store) == {f"■■■ {'■' * 10} ■■■"}


def test_a_spelling_that_is_the_name_of_somebody_else_is_left(store: Store) -> None:
    noted(store, "见 歐陽明華 ouyangminghua")
    say(store, *named("p", "欧阳明华", "person"), *named("q", "歐陽明華", "person"))
    store.erase([P], actor="x", spell=spell)
    assert notes(store) == {f"见 歐陽明華 {'■' * 13}"}
    assert store.snapshot().thing(Q).name == "歐陽明華"
    assert not [one for one in told(store) if one.value == "欧阳明华"]


def test_bytes_are_kept_with_the_change_that_tells_of_them_or_not_at_all(store: Store) -> None:
    say(store, *named("p", "欧阳明华", "person"))
    store.erase([P], actor="x")
    before = store.head()
    text = "由欧阳明华领衔".encode()
    for adds, base in (((Statement(A, "note", "x", "d"),), None), (named("b", "欧阳明华工作室", "workshop"), None), (named("a", "甲"), 0)):
        say(store, *named("a", "乙")) if base == 0 else None
        with pytest.raises((Conflict, InvalidData)):
            store.append(Change("x", adds=adds), base, keeping=[text])
    assert say(store, *named("p", "欧阳明华", "person"), keeping=[text]).number is None
    assert list(store._blobs()) == []
    assert store.head().number == before.number + 1
    assert say(store, *named("c", "丙"), keeping=[b"x", b"y", b"x"], key="k").number
    assert say(store, *named("c", "丙"), keeping=[b"z"], key="k").number
    assert sorted(store.kept(digest) for digest in store._blobs()) == [b"x", b"y"]
    assert [one.problem for one in verify(store) if one.problem] == []


def test_who_lost_the_answer_to_an_erasure_hears_that_it_was_done(store: Store) -> None:
    say(store, *named("p", "欧阳明华", "person"), *named("a", "甲"))
    store.erase([P], actor="x")
    before = store.head()
    for ids in ([P], [A, P]):
        with pytest.raises(Conflict) as told:
            store.erase(ids, actor="x")
        assert told.value.code == "thing_erased"
    with pytest.raises(NotFound):
        store.erase([thing("nobody")], actor="x")
    assert store.head() == before


def test_no_request_confirms_an_erased_name(store: Store) -> None:
    """A request's digest has no salt: whoever guesses the name could compare."""
    kind, name = named("p", "欧阳明华", "person")
    other = named("a", "甲工作室")
    say(store, kind, name, key="one")
    say(store, *other, key="other")
    store.open_log("draft")
    say(store, retracts=(name.id,), log="draft", key="draft")
    say(store, retracts=(name.id,), key="gone")
    say(store, name, key="back")
    say(store, name, key="again")
    guesses = [Change("tester", adds=(kind, name)), Change("tester", adds=(name,)), Change("tester", retracts=(name.id,))]
    digests = {replace(guess, log=log).request_digest() for guess in guesses for log in store.logs()}
    kept = store.answered("tester", "other")

    def held() -> set[bytes]:
        answers = {answer.request for log in store.logs() for *_, answer in store._answers(log)}
        return digests & (answers | {one.request for log in store.logs() for one in store.changes(log=log)})

    assert len(held()) == 4
    store.erase([P], actor="x")
    assert held() == set()
    assert kept == store.answered("tester", "other") == say(store, *other, key="other")
    assert store.change(2).request
    assert [one.problem for one in verify(store) if one.problem] == []


def test_other_texts_lose_long_names_and_those_of_people(store: Store) -> None:
    noted(store, "职工、焊接工艺、赵明、李")
    say(store, *named("f", "工", "field"), *named("g", "焊接工艺", "field"), *named("p", "赵明", "person"), *named("q", "李", "person"))
    say(store, Statement(A, "field", thing("f", "field"), "d"), Statement(A, "leader", P, "d"))
    store.erase([thing("f", "field"), thing("g", "field"), P, Q], actor="x")
    assert notes(store) == {"职工、■■■■、■■、李"}
    assert {one.property for one in told(store)} == {"kind", "name", "note"}


def test_a_short_name_goes_everywhere_where_that_is_asked(store: Store) -> None:
    noted(store, "职工")
    say(store, *named("f", "工", "field"))
    store.erase([thing("f", "field")], actor="x", everywhere=True)
    assert notes(store) == {"职■"}


def test_a_log_of_which_nothing_goes_is_left_alone(store: Store) -> None:
    say(store, *named("p", "欧阳明华", "person"), *named("a", "甲工作室"))
    for log in ("one", "two"):
        store.open_log(log)
        say(store, Statement(A, "note", "草稿", "d"), log=log)
    say(store, Statement(A, "note", "见欧阳明华", "d"), log="two")
    assert all(store.snapshot(log=log).has(P) for log in ("one", "two"))
    before = store.head("one")
    store.erase([P], actor="x")
    assert (store.head("one"), store.head("two").number) == (before, 3)
    assert store.snapshot(log="one").thing(A).values("note") == ["草稿"]
    assert set(store.snapshot(log="two").thing(A).values("note")) == {"草稿", "见■■■■"}
    assert not any(store.snapshot(log=log).has(P) for log in ("one", "two"))
    assert [one.problem for one in verify(store) if one.problem] == []


def test_what_names_a_thing_by_its_id_goes_with_it(store: Store) -> None:
    """Entries of lists whole (taken off ones too), other keys and texts that are the id; an id that it is part of is another one."""
    say(store, *named("a", "甲工作室"), *named("p", "赵明", "person"), *named("q", "钱明", "person"))
    say(store, Statement(A, "note", P, "d"), Statement(A, "note", P + "a", "d"), Statement(A, "key", f"{Q} {P}", "d"))
    say(store, Statement(A, "key", f"{Q} {P}a", "d"))
    store.open_log("list")
    entries = {key: thing(key, "decision") for key in (P, f"{A} {P}", f"{P} {Q}", f"{A} {Q}")}
    for key, id in entries.items():
        for one in (("kind", "decision"), ("key", key), ("words", "住在北京路")):
            say(store, Statement(id, *one, "desk:x"), log="list")
    taken = [row.statement.id for row in store.own("list") if row.statement.subject == entries[P]]
    say(store, retracts=tuple(taken), log="list")
    store.erase([P], actor="x")
    assert {row.statement.subject for row in store.own("list")} == {entries[f"{A} {Q}"]}
    left = [row.statement for log in store.logs() for row in store._mentioning(log, [P, *list(entries.values())[:3]], ())]
    assert left == []
    assert store.snapshot().thing(A).values("note") == [P + "a"]
    assert store.snapshot().thing(A).values("key") == [f"{Q} {P}a"]
    assert say(store, Statement(entries[P], "kind", "decision", "desk:y"), log="list").number is None
    assert [one.problem for one in verify(store) if one.problem] == []
